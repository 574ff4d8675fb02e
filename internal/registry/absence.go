package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// retractAbsent ends a full delivery: what its part held before and the
// delivery did not is retracted, unless that is more than the source's share,
// when it is held until someone confirms.
func (w *run) retractAbsent(ctx context.Context) error {
	if same, err := w.sameAsBefore(ctx); err != nil || same {
		return err
	}
	if !w.fresh {
		if err := w.retract(ctx); err != nil || w.log.State == graph.Held {
			return err
		}
	}
	return w.saveCovered(ctx)
}

func (w *run) retract(ctx context.Context) error {
	live, err := w.r.store.CountPart(ctx, w.source.Name, w.part)
	if err != nil {
		return fmt.Errorf("count the records of %s: %w", w.source.Name, err)
	}
	if live == 0 {
		return nil
	}
	if w.log.Counts.Records == 0 && w.log.Counts.Quarantined == 0 && w.seen.len() == 0 && !w.request.Confirm {
		w.hold(live, live)
		return nil
	}
	absent := 0
	err = w.absent(ctx, func(graph.Head) error { absent++; return nil })
	if err != nil || absent == 0 {
		return err
	}
	if err := w.stillUnder(ctx); err != nil {
		return err // everything is absent under another key
	}
	share := DefaultMaxRetract
	if w.source.MaxRetract != nil {
		share = *w.source.MaxRetract
	}
	if float64(absent) > share*float64(live) && !w.request.Confirm {
		w.hold(int64(absent), live)
		return nil
	}
	if n := w.unplaced(); n > 0 && !w.request.Confirm {
		w.log.State = graph.Held
		w.log.Message = fmt.Sprintf("would retract %d of %d records, and of %d items in quarantine nobody can tell whether they are these; new and changed records are in, "+
			"nothing was retracted. Mend the items in the source, or run it again with --confirm if the delivery is right", absent, live, n)
		return nil
	}
	var batch []incoming
	err = w.absent(ctx, func(h graph.Head) error {
		batch = append(batch, incoming{key: h.Key, part: h.Part, stamp: max(w.stamp, h.Stamp)})
		if len(batch) < maxRecords {
			return nil
		}
		defer func() { batch = nil }()
		return w.submit(ctx, flight{batch: batch})
	})
	if err == nil {
		err = w.submit(ctx, flight{batch: batch})
	}
	return errors.Join(err, w.land())
}

func (w *run) hold(absent, live int64) {
	w.log.State = graph.Held
	w.log.Message = fmt.Sprintf("would retract %d of %d records, more than the source's share; new and changed records are in, "+
		"nothing was retracted. Run it again with --confirm if the delivery is right", absent, live)
}

// refused is what is known of an item of the delivery that went to quarantine.
type refused struct {
	found bool // a live record of the part is its
	// before: it was there, refused too, in a full delivery of the part that was done.
	// What is held has come beside it, so it is nothing that is absent now.
	before bool
}

// unplaced counts the quarantined items that may be any record that is absent.
func (w *run) unplaced() (n int) {
	for _, r := range w.refusedItems {
		if !r.found && !r.before {
			n++
		}
	}
	return n
}

// readFormerly reads which items of the source were refused in full deliveries of the
// part that were done, before this one writes its own over them.
func (w *run) readFormerly(ctx context.Context) error {
	if !w.log.Full || w.fresh || w.formerly != nil {
		return nil
	}
	w.formerly = map[graph.Hash]bool{}
	done := map[model.EntityID]bool{}
	for d, err := range w.r.store.Deliveries(ctx, w.source.Name, 10_000) {
		if err != nil {
			return fmt.Errorf("read the deliveries of %s: %w", w.source.Name, err)
		}
		done[d.ID] = d.Full && d.State == graph.Done && d.Part == w.part
	}
	var after graph.Hash
	for n := 1; n > 0; {
		n = 0
		for q, err := range w.r.store.Quarantine(ctx, w.source.Name, after, 1000) {
			if err != nil {
				return fmt.Errorf("read the quarantine of %s: %w", w.source.Name, err)
			}
			n, after = n+1, q.Item
			if done[q.Delivery] {
				w.formerly[q.Item] = true
			}
		}
	}
	return nil
}

// recordHash is what absence is told by where an item does not say of all its
// records that they are still there: another mapper made them, and this one may
// make fewer of the same item.
func (r *Registry) recordHash(key model.RecordKey) graph.Hash {
	return graph.Hash(r.keys.Hash(seal.DomainRecord, []byte(key.Source), []byte{byte(key.Kind)}, []byte(key.LocalID)))
}

// absent calls f with each live head of the part that the delivery did not
// hold. It reads the heads once for each part of the seen hashes that fits in
// memory.
func (w *run) absent(ctx context.Context, f func(graph.Head) error) error {
	return w.seen.passes(func(covers func(graph.Hash) bool, has func(graph.Hash) bool) error {
		var missing []graph.Head
		for h, err := range w.r.store.ScanHeads(ctx, w.source.Name, w.part) {
			if err != nil {
				return fmt.Errorf("read the records of %s: %w", w.source.Name, err)
			}
			if !h.Live {
				continue
			}
			if _, gave := w.refusedItems[h.Item]; gave {
				w.spared[h.Key] = h.Item // what it said before is what is left of it
				w.refusedItems[h.Item] = refused{found: true}
				continue
			}
			seen := h.Item
			if !w.byItem {
				seen = w.r.recordHash(h.Key)
			}
			if !covers(seen) || has(seen) {
				continue
			}
			if item, spared := w.spared[h.Key]; spared {
				w.refusedItems[item] = refused{found: true}
				continue
			}
			missing = append(missing, h)
			if len(missing) == maxRecords {
				for _, m := range missing {
					if err := f(m); err != nil {
						return err
					}
				}
				missing = missing[:0]
			}
		}
		for _, m := range missing {
			if err := f(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// clearQuarantine takes out of the quarantine what earlier deliveries of the
// part put there and this full one no longer holds: it was corrected or is gone.
func (w *run) clearQuarantine(ctx context.Context) error {
	var gone []graph.Hash
	beaten := map[graph.Hash]bool{}
	var parts map[model.EntityID]string
	var after graph.Hash
	for {
		n := 0
		for q, err := range w.r.store.Quarantine(ctx, w.source.Name, after, 1000) {
			if err != nil {
				return fmt.Errorf("read the quarantine of %s: %w", w.source.Name, err)
			}
			n++
			after = q.Item
			if q.Delivery == w.log.ID {
				continue
			}
			if parts == nil {
				if parts, err = w.partsOfDeliveries(ctx); err != nil {
					return err
				}
			}
			if part, ok := parts[q.Delivery]; ok && part == w.part {
				gone = append(gone, q.Item)
				beaten[q.Item] = q.Reason == reasonBeaten
			}
		}
		if n == 0 {
			break
		}
	}
	// An item that another takes the place of may have stopped at its hash: of another
	// record it says what is held.
	known, err := w.r.store.Known(ctx, gone)
	if err != nil {
		return fmt.Errorf("look up %d quarantined items: %w", len(gone), err)
	}
	kept := 0
	for i, item := range gone {
		if !known[i] || !beaten[item] {
			gone[kept] = item
			kept++
		}
	}
	gone = gone[:kept]
	if len(gone) == 0 {
		return nil
	}
	_, err = w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
		return errors.Join(madeUnder(tx, w.hashKey), tx.PutQuarantine(ctx, nil, gone))
	})
	if err != nil {
		return fmt.Errorf("clear %d quarantined items of %s: %w", len(gone), w.source.Name, err)
	}
	return nil
}

func (w *run) partsOfDeliveries(ctx context.Context) (map[model.EntityID]string, error) {
	parts := map[model.EntityID]string{}
	for d, err := range w.r.store.Deliveries(ctx, w.source.Name, 10_000) {
		if err != nil {
			return nil, fmt.Errorf("read the deliveries of %s: %w", w.source.Name, err)
		}
		parts[d.ID] = d.Part
	}
	return parts, nil
}
