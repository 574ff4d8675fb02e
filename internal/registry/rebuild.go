package registry

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// Report says what a rebuild or verification found.
type Report struct {
	Records  int64          `json:"records"`  // records gone through
	Changed  int64          `json:"changed"`  // golden rows that came out otherwise
	Revision model.Revision `json:"revision"` // the revision it made; 0 for none
}

// Rebuild makes everything that is derived anew from the record versions:
// golden records, index rows, matching keys, dangling references, conflicts. It
// is one transaction; ids never change, and a golden record that comes out as it
// was keeps its revision. progress may be nil.
func (r *Registry) Rebuild(ctx context.Context, progress func(done int64)) (Report, error) {
	return r.rebuild(ctx, progress, false)
}

// Verify makes everything anew as Rebuild does, and throws it away: the report
// says how many golden rows would come out otherwise. Zero is well.
func (r *Registry) Verify(ctx context.Context, progress func(done int64)) (Report, error) {
	return r.rebuild(ctx, progress, true)
}

func (r *Registry) rebuild(ctx context.Context, progress func(int64), dry bool) (Report, error) {
	var rep Report
	stale, err := r.staleArtifacts(ctx, r.store)
	if err != nil {
		return rep, err
	}
	reader, release, err := r.store.Snapshot(ctx)
	if err != nil {
		return rep, fmt.Errorf("open a snapshot to rebuild from: %w", err)
	}
	defer release()
	rev, err := underKey{Store: r.base, keys: r.keys}.Update(ctx, r.provenance(graph.SystemActor, graph.ReasonRebuild), func(tx graph.Tx) error {
		rep = Report{}
		now, err := tx.Revision(ctx)
		if err != nil {
			return fmt.Errorf("read the revision: %w", err)
		}
		if err := tx.ClearDerived(ctx); err != nil {
			return fmt.Errorf("clear what is derived: %w", err)
		}
		next := now + 1
		// Every matching key first, so that each component is seen whole.
		for batch, err := range headBatches(reader.ScanHeads(ctx, "", "")) {
			if err != nil {
				return fmt.Errorf("read the records: %w", err)
			}
			if err := r.remakeKeys(ctx, tx, batch); err != nil {
				return err
			}
		}
		for batch, err := range headBatches(reader.ScanHeads(ctx, "", "")) {
			if err != nil {
				return fmt.Errorf("read the records: %w", err)
			}
			if err := r.remake(ctx, tx, batch, next); err != nil {
				return err
			}
			rep.Records += int64(len(batch))
			if progress != nil {
				progress(rep.Records)
			}
		}
		if rep.Changed, err = tx.SettleDerived(ctx, next); err != nil {
			return fmt.Errorf("settle what is derived: %w", err)
		}
		if dry {
			return errNothingChanged
		}
		if rep.Changed == 0 && len(stale) == 0 {
			return nil
		}
		if err := r.putArtifacts(ctx, tx, stale); err != nil {
			return err
		}
		return r.audit.AppendTx(ctx, tx, audit.Entry{Actor: "karna", Operation: fmt.Sprintf("rebuild: %d golden records came out otherwise", rep.Changed)})
	})
	if errors.Is(err, errNothingChanged) {
		err = nil
	}
	rep.Revision = rev
	return rep, err
}

// remakeKeys puts the matching keys of a batch of stored records.
func (r *Registry) remakeKeys(ctx context.Context, tx graph.Tx, heads []graph.Head) error {
	recs, err := r.lastWords(ctx, tx, heads)
	if err != nil {
		return err
	}
	var keys []graph.MatchKey
	for i, rec := range recs {
		if rec == nil {
			continue
		}
		for _, k := range resolve.Keys(rec, r.policy, r.keys.MatchKey) {
			keys = append(keys, graph.MatchKey{Key: k, Record: heads[i].ID})
		}
	}
	if err := tx.PutMatchKeys(ctx, keys, nil); err != nil {
		return fmt.Errorf("write %d matching keys: %w", len(keys), err)
	}
	return nil
}

// remake brings a batch of stored records into the cleared store as if they had
// just come, under the ids they have.
func (r *Registry) remake(ctx context.Context, tx graph.Tx, heads []graph.Head, rev model.Revision) error {
	u := r.newUnit(ctx, tx, len(heads))
	u.rev, u.keysDone = rev, true
	recs, err := r.lastWords(ctx, tx, heads)
	if err != nil {
		return err
	}
	for i, h := range heads {
		n := &node{before: h, head: h, changed: true}
		if h.Live {
			n.rec = recs[i]
		} else {
			n.last = recs[i]
		}
		u.add(n)
		u.changed = append(u.changed, n)
	}
	if u.judging, err = tx.HasDecisions(ctx); err != nil {
		return fmt.Errorf("look for decisions: %w", err)
	}
	// Pairs are a model's stored judgements, as decisions are a steward's: they
	// are what golden records are made anew from.
	if u.matched, err = matchedKinds(ctx, tx); err != nil {
		return err
	}
	if err := u.close(u.changed); err != nil {
		return err
	}
	u.indexPairs()
	if err := u.partition(u.changed); err != nil {
		return err
	}
	if err := u.settle(); err != nil {
		return err
	}
	return u.writes.put(ctx, tx)
}

func headBatches(heads iter.Seq2[graph.Head, error]) iter.Seq2[[]graph.Head, error] {
	return func(yield func([]graph.Head, error) bool) {
		batch := make([]graph.Head, 0, maxRecords)
		for h, err := range heads {
			if err != nil {
				yield(nil, err)
				return
			}
			batch = append(batch, h)
			if len(batch) == maxRecords {
				if !yield(batch, nil) {
					return
				}
				batch = make([]graph.Head, 0, maxRecords)
			}
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}
