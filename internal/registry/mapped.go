package registry

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// mapped says by which mapper the live records of a delivery's part were made:
// an item that is known by its bytes alone is unchanged only if the mapper that
// would map it now is the one that did. It is kept for the part and not for each
// record, so that a new mapper that says the same of everything writes one row
// and not one a record.
type mapped struct {
	now  graph.Hash // the mapper of this delivery, with the delivery's context
	held graph.Hash // the one that made every live record of the part; zero when several did
	none bool       // nothing is noted of the part
	// remembered: held is what this registry knew, and is to be looked at again by
	// who writes, for it can be noted without a revision.
	remembered bool
}

// asNow tells whether every live record of the part was made by the mapper of
// this delivery.
func (m *mapped) asNow() bool { return !m.now.IsZero() && m.held == m.now }

// normalisation changes when the registry makes something else of what a mapper gives
// (run.normalise): it is a part of which mapper that is.
const normalisation = "3"

func (w *run) mappedName() string {
	return "mapped/" + string(w.source.Name) + "/" + w.part
}

// readMapped finds how the part's records were made. A part without any is made
// by whoever comes first.
func (w *run) readMapped(ctx context.Context) (mapped, error) {
	m := mapped{now: graph.Hash(w.r.keys.Hash(seal.DomainMapper, []byte(w.source.Format.Version()), w.context, []byte(normalisation)))}
	if held, ok := w.r.mappers.Load(w.mappedName()); ok && w.at > 0 {
		m.held, m.remembered = held.(graph.Hash), true
		return m, nil
	}
	if err := w.readHeld(ctx, w.r.store, &m); err != nil {
		return m, err
	}
	if !m.none {
		if w.at > 0 {
			w.r.mappers.Store(w.mappedName(), m.held)
		}
		return m, nil
	}
	live, err := w.r.store.CountPart(ctx, w.source.Name, w.part)
	if err != nil {
		return m, fmt.Errorf("count the records of %s: %w", w.source.Name, err)
	}
	if live == 0 {
		m.held = m.now
	}
	return m, nil
}

func (w *run) readHeld(ctx context.Context, from graph.RecordReader, m *mapped) error {
	a, ok, err := from.Artifact(ctx, w.mappedName())
	if err != nil {
		return fmt.Errorf("read artifact %s: %w", w.mappedName(), err)
	}
	m.held, m.none, m.remembered = a.Hash, !ok, false
	return nil
}

// noteMapped notes, in a transaction that writes records, that the part's
// records come from several mappers, if they will. So a delivery that is cut off
// leaves nothing known that it should not. It says what is held from then on.
func (w *run) noteMapped(ctx context.Context, tx graph.Tx, m mapped) (mapped, error) {
	if m.remembered {
		if err := w.readHeld(ctx, tx, &m); err != nil {
			return m, err
		}
	}
	switch {
	case m.none:
		m.none = false // as readMapped found it
	case m.asNow() || m.held.IsZero():
		return m, nil
	default:
		m.held = graph.Hash{}
	}
	return m, w.putMapped(ctx, tx, m)
}

func (w *run) putMapped(ctx context.Context, tx graph.Tx, m mapped) error {
	w.r.mappers.Delete(w.mappedName())
	rev, err := tx.Revision(ctx)
	if err != nil {
		return fmt.Errorf("read the revision: %w", err)
	}
	err = tx.PutArtifact(ctx, graph.Artifact{Name: w.mappedName(), Hash: m.held, Body: m.held[:], Revision: max(rev, 1)})
	if err != nil {
		return fmt.Errorf("note the mapper of %s: %w", w.source.Name, err)
	}
	return nil
}

// settleMapped notes that a full delivery that was taken whole was mapped by its
// mapper throughout: what it did not hold is retracted by now. Records that
// stay as another mapper made them, because their items went to quarantine, are
// no longer known by their items.
func (w *run) settleMapped(ctx context.Context) error {
	if w.mapped.asNow() || w.log.State != graph.Done || w.log.Counts.Stale > 0 {
		return nil
	}
	keys := make([]model.RecordKey, 0, len(w.spared))
	for k := range w.spared {
		keys = append(keys, k)
	}
	m := w.mapped
	m.none, m.held = false, m.now
	_, err := w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
		heads, err := tx.Heads(ctx, keys)
		if err != nil {
			return fmt.Errorf("look up %d records: %w", len(keys), err)
		}
		kept := heads[:0]
		for _, h := range heads {
			if h.Live && !h.Item.IsZero() {
				h.Item = graph.Hash{}
				kept = append(kept, h)
			}
		}
		if err := tx.PutHeads(ctx, kept); err != nil {
			return fmt.Errorf("forget the items of %d records: %w", len(kept), err)
		}
		return w.putMapped(ctx, tx, m)
	})
	if err != nil {
		return fmt.Errorf("note the mapper of a whole delivery: %w", err)
	}
	w.mapped = m
	return nil
}
