package registry

import (
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// writes is everything that a unit of work has decided to write. What it holds
// is final, and putting it twice in two runs of one transaction does the same.
type writes struct {
	takes bool // a revision: something but heads is written

	sealed                    []graph.Sealed
	heads                     []graph.Head // of records that are there
	added                     []graph.Head // of those that are not
	versions                  []graph.Version
	moves                     []graph.Membership
	keysPut, keysGone         []graph.MatchKey
	pairsPut                  []graph.Pair
	marks                     []graph.Mark
	unmatched                 map[model.Kind][]model.EntityID
	goldens                   []graph.GoldenChange
	danglingPut, danglingGone []graph.Dangling
	flawed, flawless          []graph.Flawed // records that have issues, and that have none now
	conflictsPut              []graph.Conflict
	conflictsGone             []graph.Hash
}

// more tells whether anything but heads is written.
func (w *writes) more() bool {
	return len(w.sealed)+len(w.added)+len(w.versions)+len(w.moves)+len(w.keysPut)+len(w.keysGone)+len(w.goldens)+len(w.danglingPut)+len(w.danglingGone)+len(w.flawed)+len(w.flawless)+
		len(w.conflictsPut)+len(w.conflictsGone)+len(w.pairsPut)+len(w.marks) > 0
}

// unmatch notes that a record is to be matched again.
func (w *writes) unmatch(n *node) {
	if w.unmatched == nil {
		w.unmatched = map[model.Kind][]model.EntityID{}
	}
	kind := n.head.Key.Kind
	w.unmatched[kind] = append(w.unmatched[kind], n.head.ID)
}

// put writes all of it in a transaction.
func (w *writes) put(ctx context.Context, tx graph.Tx) error {
	if w.takes {
		if _, err := tx.TakeRevision(ctx); err != nil {
			return fmt.Errorf("take a revision: %w", err)
		}
	}
	if len(w.sealed) > 0 {
		if err := tx.AddSealed(ctx, w.sealed); err != nil {
			return fmt.Errorf("write %d sealed values: %w", len(w.sealed), err)
		}
	}
	if len(w.heads) > 0 {
		if err := tx.PutHeads(ctx, w.heads); err != nil {
			return fmt.Errorf("write %d record heads: %w", len(w.heads), err)
		}
	}
	if len(w.added) > 0 {
		if err := tx.AddHeads(ctx, w.added); err != nil {
			return fmt.Errorf("write %d new records' heads: %w", len(w.added), err)
		}
	}
	if len(w.versions) > 0 {
		if err := tx.AppendVersions(ctx, w.versions); err != nil {
			return fmt.Errorf("write %d record versions: %w", len(w.versions), err)
		}
	}
	if len(w.moves) > 0 {
		if err := tx.Move(ctx, w.moves); err != nil {
			return fmt.Errorf("write %d memberships: %w", len(w.moves), err)
		}
	}
	if n := len(w.keysPut) + len(w.keysGone); n > 0 {
		if err := tx.PutMatchKeys(ctx, w.keysPut, w.keysGone); err != nil {
			return fmt.Errorf("write %d matching keys: %w", n, err)
		}
	}
	if len(w.marks) > 0 {
		if err := tx.PutMarks(ctx, w.marks); err != nil {
			return fmt.Errorf("write %d marks: %w", len(w.marks), err)
		}
	}
	if len(w.pairsPut) > 0 {
		if err := tx.PutPairs(ctx, w.pairsPut, nil); err != nil {
			return fmt.Errorf("write %d pairs: %w", len(w.pairsPut), err)
		}
	}
	for kind, ids := range w.unmatched {
		slices.SortFunc(ids, model.EntityID.Compare)
		ids = slices.Compact(ids)
		if err := tx.PutUnmatched(ctx, kind, ids, nil); err != nil {
			return fmt.Errorf("note %d records to be matched: %w", len(ids), err)
		}
	}
	if len(w.goldens) > 0 {
		if err := tx.PutGoldens(ctx, w.goldens); err != nil {
			return fmt.Errorf("write %d golden records: %w", len(w.goldens), err)
		}
	}
	if n := len(w.danglingPut) + len(w.danglingGone); n > 0 {
		if err := tx.PutDangling(ctx, w.danglingPut, w.danglingGone); err != nil {
			return fmt.Errorf("write %d dangling references: %w", n, err)
		}
	}
	if n := len(w.flawed) + len(w.flawless); n > 0 {
		if err := tx.PutFlawed(ctx, w.flawed, w.flawless); err != nil {
			return fmt.Errorf("note which of %d records have issues: %w", n, err)
		}
	}
	if n := len(w.conflictsPut) + len(w.conflictsGone); n > 0 {
		if err := tx.PutConflicts(ctx, w.conflictsPut, w.conflictsGone); err != nil {
			return fmt.Errorf("write %d conflicts: %w", n, err)
		}
	}
	return nil
}
