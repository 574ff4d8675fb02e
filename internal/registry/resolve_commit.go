package registry

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

// order puts the changes that connect records beside each other.
func (w *resolving) order() {
	parent := make([]uint32, len(w.ids))
	for i := range parent {
		parent[i] = uint32(i) //nolint:gosec // a place in a table
	}
	find := func(i uint32) uint32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, c := range w.changes {
		a, b := find(c.a), find(c.b)
		parent[max(a, b)] = min(a, b)
	}
	for i := range w.changes {
		w.changes[i].root = find(w.changes[i].a)
	}
	slices.SortStableFunc(w.changes, func(x, y pairChange) int { return int(x.root) - int(y.root) })
}

// chunks are the changes as they are committed: whole groups of connected ones,
// as long as they are not very many.
func (w *resolving) chunks() iter.Seq[[]pairChange] {
	size := w.r.perResolve
	return func(yield func([]pairChange) bool) {
		rest := w.changes
		for len(rest) > 0 {
			n := min(size, len(rest))
			for n < len(rest) && n < 2*size && rest[n].root == rest[n-1].root {
				n++
			}
			if !yield(rest[:n]) {
				return
			}
			rest = rest[n:]
		}
	}
}

// commit writes the changes, a transaction for each chunk.
func (w *resolving) commit(ctx context.Context) error {
	written := int64(0)
	for chunk := range w.chunks() {
		before := w.done
		rev, err := w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
			w.done, w.touched = before, nil
			if err := w.apply(ctx, tx, chunk); err != nil {
				return err
			}
			return w.r.audit.AppendTx(ctx, tx, audit.Entry{Actor: "karna", Operation: "resolve " + w.kind.String(), Subjects: w.touched})
		})
		if err != nil {
			w.done = before
			return fmt.Errorf("write %d pairs: %w", len(chunk), err)
		}
		if rev > 0 {
			w.done.Revision, w.fresh = rev, nil
		}
		written += int64(len(chunk))
		w.progress("write", written, int64(len(w.changes)))
	}
	return nil
}

// apply writes a chunk of changes and forms anew the clusters that they touch.
// Pairs of records that have changed since they were weighed are left.
func (w *resolving) apply(ctx context.Context, tx graph.Tx, chunk []pairChange) error {
	var ids []model.EntityID
	for _, c := range chunk {
		ids = append(ids, w.ids[c.a], w.ids[c.b])
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	ids = slices.Compact(ids)
	heads, err := tx.HeadsByID(ctx, ids)
	if err != nil {
		return fmt.Errorf("read %d record heads: %w", len(ids), err)
	}
	current := make(map[model.EntityID]bool, len(ids))
	for _, h := range heads {
		current[h.ID] = h.Live && h.Revision <= w.revision
	}
	var put []graph.Pair
	var remove []graph.PairKey
	rev := tx.Basis().TakenAs()
	for _, c := range chunk {
		k := w.key(c)
		switch {
		case !current[k.A] || !current[k.B]:
			w.done.Skipped++
			continue
		case c.gone:
			remove = append(remove, k)
		default:
			put = append(put, graph.Pair{
				PairKey: k, Kind: w.kind, Band: w.r.bandOf(w.kind, c.weight), Weight: c.weight, Model: w.model.hash, Revision: rev,
			})
		}
	}
	if len(put)+len(remove) == 0 {
		return nil
	}
	if err := w.putModel(ctx, tx); err != nil {
		return err
	}
	return w.putPairs(ctx, tx, put, remove)
}

// putPairs writes pairs, and forms anew the clusters that they touch.
func (w *resolving) putPairs(ctx context.Context, tx graph.Tx, put []graph.Pair, remove []graph.PairKey) error {
	if len(put)+len(remove) == 0 {
		return nil
	}
	if _, err := tx.TakeRevision(ctx); err != nil {
		return fmt.Errorf("take a revision: %w", err)
	}
	if err := tx.PutPairs(ctx, put, remove); err != nil {
		return fmt.Errorf("write %d pairs: %w", len(put)+len(remove), err)
	}
	var touched []model.EntityID
	for _, p := range put {
		touched = append(touched, p.A, p.B)
	}
	for _, k := range remove {
		touched = append(touched, k.A, k.B)
	}
	slices.SortFunc(touched, model.EntityID.Compare)
	u, err := w.r.repartition(ctx, tx, slices.Compact(touched), true)
	if err != nil {
		return err
	}
	w.count(u)
	return nil
}

// count adds up what became of the clusters.
func (w *resolving) count(u *unit) {
	w.touched = touching(w.touched, u.writes.goldens)
	for _, c := range u.writes.goldens {
		wasLive := c.Old != nil && c.Old.State == graph.Live
		switch {
		case wasLive && c.New.State == graph.Merged:
			w.done.Joined++
		case !wasLive && c.New.State == graph.Live:
			w.done.Split++
		}
	}
	if w.moved != nil {
		for _, m := range u.writes.moves {
			w.moved[m.Record] = true
		}
	}
	w.done.Moved += int64(len(u.writes.moves))
	w.done.Conflicts += int64(len(u.writes.conflictsPut))
}

// countReviews counts the pairs that wait.
func (w *resolving) countReviews(ctx context.Context, from graph.Reader) (err error) {
	if w.done.Review, err = from.CountReviews(ctx, w.kind); err != nil {
		return fmt.Errorf("count the pairs that wait: %w", err)
	}
	return nil
}
