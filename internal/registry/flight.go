package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// flight is one transaction of a delivery: its records, and what becomes of
// them. While one is being written, the next is planned on what it will have
// written; they are written in order, one at a time.
type flight struct {
	batch       []incoming
	quarantined []graph.Quarantined
	last        bool // of a delta: its row says that the delivery is done
	unasked     []unasked

	planned *planned // nil: to be planned in its own transaction
	row     graph.Delivery
	did     outcome
	knew    graph.Counts // what the items that were known add to what was counted
	rev     model.Revision
	touched []model.EntityID // golden ids that it and those before it changed
	mapped  mapped
	err     error
	again   bool // the plan was made again
	// uncontested: of the last of a delta, there was no open case of rectification.
	uncontested bool
	// unmatching: see planned
	unmatching bool
	landed     chan struct{}
}

// submit plans a flight and has it written. The one before it is written by
// then, and this one is not: land waits for it.
func (w *run) submit(ctx context.Context, f flight) error {
	if !f.last {
		if err := w.learn(ctx); err != nil {
			return err
		}
	}
	if u := w.unseen.Load(); w.flying == nil && (f.last || (u == nil || u.learnt) && !w.r.store.ReadsBeside()) {
		// Nothing to do meanwhile, or it would cost more than it gains: what the plan
		// reads, its own transaction reads.
		f.log(w)
		w.write(ctx, &f)
		return w.landed(&f)
	}
	p, err := w.planAhead(ctx, f.batch)
	if err = errors.Join(err, w.land()); err != nil {
		return err
	}
	f.planned, f.landed = &p, make(chan struct{})
	f.log(w)
	w.flying = &f
	go func() {
		defer close(f.landed)
		w.write(ctx, &f)
	}()
	return nil
}

// log takes what is said of the delivery with the flight.
func (f *flight) log(w *run) { f.row, f.mapped = w.log, w.mapped }

// planAhead plans a batch on what the store will hold after the flight that is
// under way.
func (w *run) planAhead(ctx context.Context, batch []incoming) (p planned, err error) {
	var basis graph.Basis
	from := w.r.store.Committed()
	if before := w.flying; before != nil {
		basis = before.planned.after()
	} else if basis, err = w.r.store.Basis(ctx); err != nil {
		return p, fmt.Errorf("read what a transaction would start from: %w", err)
	}
	u := w.unseenAt(basis)
	if u != nil {
		from = loading{from, u}
	}
	if w.flying != nil {
		from = newAhead(from, w.flying.planned.writes)
	}
	p, err = w.r.plan(ctx, from, basis, w.log.ID, batch)
	if err == nil && u != nil {
		u.wrote(&p)
	}
	return p, err
}

// unseenAt is what the store is known not to hold at a basis, if that is known.
func (w *run) unseenAt(basis graph.Basis) *unseen {
	u := w.unseen.Load()
	if u != nil && u.learnt && u.at != basis {
		w.unseen.Store(nil) // somebody else has written
		return nil
	}
	return u
}

// land waits for the flight under way.
func (w *run) land() error {
	f := w.flying
	if f == nil {
		return nil
	}
	<-f.landed
	w.flying = nil
	return w.landed(f)
}

func (w *run) landed(f *flight) error {
	if f.err != nil {
		return fmt.Errorf("commit %d records of %s: %w", len(f.batch), w.log.Name, f.err)
	}
	if f.again {
		w.unseen.Store(nil) // somebody else writes too, and what was not noted
	}
	f.did.addTo(&w.log.Counts)
	addKnown(&w.log.Counts, &f.knew)
	w.uncontested = f.uncontested
	w.mapped, w.unmatching, w.touched = f.mapped, f.unmatching, f.touched
	if len(f.did.held) > 0 {
		w.held = append(w.held, f.did.held...)
		w.log.Message = f.row.Message
	}
	switch {
	case w.at > 0 && f.rev == w.at+1:
		w.at = f.rev
	case w.at > 0 && f.rev > 0:
		w.at, w.disturbed = 0, true
	}
	if f.last {
		w.log.State, w.log.Ended, w.log.Counts.Bytes, w.ended = f.row.State, f.row.Ended, f.row.Counts.Bytes, true
	}
	return nil
}

// write commits a flight with the delivery's row beside it, so that the row says
// what is in the store. A plan whose basis somebody else has moved is made again
// in the transaction.
func (w *run) write(ctx context.Context, f *flight) {
	before, mapper := f.row, f.mapped
	f.rev, f.err = w.r.store.UpdateAhead(ctx, w.provenance(), w.ahead(f), func(tx graph.Tx) (err error) {
		if err := madeUnder(tx, w.hashKey); err != nil {
			return err
		}
		if f.mapped, err = w.noteMapped(ctx, tx, mapper); err != nil {
			return err
		}
		if f.last { // it changes no case
			if f.uncontested, err = uncontested(ctx, tx); err != nil {
				return err
			}
		}
		if len(f.quarantined) > 0 {
			if err := tx.PutQuarantine(ctx, f.quarantined, nil); err != nil {
				return fmt.Errorf("write %d quarantined items: %w", len(f.quarantined), err)
			}
		}
		p := f.planned
		if p == nil || p.basis != tx.Basis() {
			batch, knew, err := w.leaveKnown(ctx, tx, f)
			if err != nil {
				return err
			}
			var from graph.Reader = tx
			var u *unseen
			if f.landed == nil { // else the next is being planned, perhaps with it
				u = w.unseenAt(tx.Basis())
			}
			if u != nil {
				from = loading{tx, u}
			}
			made, err := w.r.plan(ctx, from, tx.Basis(), before.ID, batch)
			if err != nil {
				return err
			}
			if u != nil {
				u.wrote(&made)
			}
			p, f.knew, f.again = &made, knew, p != nil
		}
		if err := p.writes.put(ctx, tx); err != nil {
			return err
		}
		if err := w.putBeaten(ctx, tx, p.outcome.beaten); err != nil {
			return err
		}
		f.did, f.unmatching, f.row = p.outcome, p.unmatching, before
		f.touched = touching(slices.Clone(w.touched), p.writes.goldens)
		f.did.addTo(&f.row.Counts)
		addKnown(&f.row.Counts, &f.knew)
		if len(f.did.held) > 0 {
			f.row.Message = heldMessage(append(slices.Clone(w.held), f.did.held...))
		}
		if f.last {
			f.row.State, f.row.Ended, f.row.Counts.Bytes = graph.Done, w.r.clock(), w.read.n.Load()
		}
		if err := tx.PutDelivery(ctx, f.row); err != nil {
			return err
		}
		return w.auditEnd(ctx, tx, &f.row, f.touched)
	})
}

// fewRecords is up to how many records are looked up ahead of the questions.
const fewRecords = 16

// ahead is what the flight's transaction will ask, if it plans few records.
func (w *run) ahead(f *flight) graph.Ahead {
	if f.planned != nil || len(f.batch) == 0 || len(f.batch) > fewRecords {
		return graph.Ahead{}
	}
	keys := make([]model.RecordKey, len(f.batch))
	for i := range f.batch {
		keys[i] = f.batch[i].key
	}
	return graph.Ahead{Keys: keys, Artifact: w.mappedName()}
}

// unasked is an item of which nobody has asked whether it is known, with what it
// added to the counts.
type unasked struct {
	item   graph.Hash
	counts graph.Counts
}

// leaveKnown leaves out what comes of items that are known, and says how that
// changes the counts. An item is known if a live record has it; and when all
// records of the part were made by this delivery's mapper, that is one that the
// item gives now.
func (w *run) leaveKnown(ctx context.Context, tx graph.Tx, f *flight) ([]incoming, graph.Counts, error) {
	var knew graph.Counts
	if len(f.unasked) == 0 || !f.mapped.asNow() {
		return f.batch, knew, nil
	}
	keys := make([]model.RecordKey, len(f.batch))
	for i := range f.batch {
		keys[i] = f.batch[i].key
	}
	heads, err := tx.Heads(ctx, keys)
	if err != nil {
		return nil, knew, fmt.Errorf("look up %d records: %w", len(keys), err)
	}
	known := map[graph.Hash]bool{}
	for i, h := range heads {
		if item := f.batch[i].item; h.Live && h.Item == item {
			known[item] = true
		}
	}
	// Where another item has the key too, which counts is told by taking both.
	by := make(map[model.RecordKey]graph.Hash, len(keys))
	for i, k := range keys {
		if other, twice := by[k]; twice && other != f.batch[i].item {
			delete(known, other)
			delete(known, f.batch[i].item)
		}
		by[k] = f.batch[i].item
	}
	if len(known) == 0 {
		return f.batch, knew, nil
	}
	for _, u := range f.unasked {
		if known[u.item] {
			knew.Unchanged++
			knew.Records -= u.counts.Records
			knew.Issues -= u.counts.Issues
			knew.Dropped -= u.counts.Dropped
		}
	}
	var rest []incoming
	for _, in := range f.batch {
		if !known[in.item] {
			rest = append(rest, in)
		}
	}
	return rest, knew, nil
}

func addKnown(c, knew *graph.Counts) {
	c.Unchanged += knew.Unchanged
	c.Records += knew.Records
	c.Issues += knew.Issues
	c.Dropped += knew.Dropped
}
