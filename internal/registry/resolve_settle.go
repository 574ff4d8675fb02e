package registry

import (
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// settle weighs the pairs and writes what differs, with the index.
func (f *following) settle(state *graph.Matching) error {
	held := map[graph.PairKey]*graph.Pair{}
	slices.SortFunc(f.looked, model.EntityID.Compare)
	for p, err := range f.tx.PairsOn(f.ctx, slices.Compact(f.looked)) {
		if err != nil {
			return fmt.Errorf("read the pairs of %d records: %w", len(f.looked), err)
		}
		held[p.PairKey] = &p
	}
	put, err := f.weighPairs(held)
	if err != nil {
		return err
	}
	remove := f.outdated(held)
	if err := f.putPairs(f.ctx, f.tx, put, remove); err != nil {
		return err
	}
	if err := f.putIndex(state); err != nil {
		return err
	}
	return f.countReviews(f.ctx, f.tx)
}

// weighPairs is which pairs are new, or weigh otherwise than is stored. Those that
// weigh nothing are taken out of the pairs.
func (f *following) weighPairs(held map[graph.PairKey]*graph.Pair) ([]graph.Pair, error) {
	var err error
	if f.table, err = f.r.newRows(f.kind); err != nil {
		return nil, err
	}
	clear(f.heads)
	clear(f.row)
	f.leads = nil
	keys := make([]graph.PairKey, 0, len(f.pairs))
	ids := make([]model.EntityID, 0, len(f.pairs))
	for k := range f.pairs {
		keys, ids = append(keys, k), append(ids, k.A, k.B)
	}
	slices.SortFunc(keys, graph.PairKey.Compare)
	for _, p := range held {
		ids = append(ids, p.A, p.B)
	}
	if err := f.read(ids); err != nil {
		return nil, err
	}
	weigher := &weigher{match.NewWeigher(f.table.Table(), f.model.Model), f.r, f.kind, f.leads}
	rev := f.tx.Basis().TakenAs()
	var put []graph.Pair
	for _, k := range keys {
		a, okA := f.row[k.A]
		b, okB := f.row[k.B]
		if !okA || !okB || !pairedInOneSource(f.kind) && f.heads[k.A].Key.Source == f.heads[k.B].Key.Source {
			delete(f.pairs, k)
			continue // gone, and to be matched itself; or see Resolve
		}
		f.done.Candidates++
		p := graph.Pair{PairKey: k, Kind: f.kind, Weight: weigher.weigh(a, b), Model: f.model.hash, Revision: rev}
		switch p.Band = f.r.bandOf(f.kind, p.Weight); p.Band {
		case graph.LinkBand:
			f.done.Linking++
		case graph.ReviewBand:
		default:
			delete(f.pairs, k)
			continue
		}
		switch was := held[k]; {
		case was == nil:
			f.done.Added++
		case was.Weight != p.Weight || was.Model != p.Model || was.Band != p.Band:
			f.done.Reweighed++
		default:
			continue
		}
		put = append(put, p)
	}
	return put, nil
}

// outdated are the stored pairs that are none any more: of a record that has
// changed, those that were not found again; and those that were parted. Of a record
// that is gone they stay as they were.
func (f *following) outdated(held map[graph.PairKey]*graph.Pair) []graph.PairKey {
	remove := slices.DeleteFunc(f.parted, func(k graph.PairKey) bool { return f.pairs[k] })
	for k := range held {
		if f.pairs[k] || !f.isChanged(k.A) && !f.isChanged(k.B) {
			continue
		}
		_, a := f.row[k.A]
		_, b := f.row[k.B]
		if a && b {
			remove = append(remove, k)
		}
	}
	slices.SortFunc(remove, graph.PairKey.Compare)
	remove = slices.Compact(remove)
	f.done.Removed += int64(len(remove))
	return remove
}

// putIndex writes the index as it is now, and takes the records out of those that
// are unmatched.
func (f *following) putIndex(state *graph.Matching) error {
	var come, gone []graph.IndexKey
	for _, list := range f.come {
		come = append(come, list...)
	}
	for _, list := range f.gone {
		gone = append(gone, list...)
	}
	slices.SortFunc(come, compareIndexKeys)
	slices.SortFunc(gone, compareIndexKeys)
	if err := f.tx.PutIndexKeys(f.ctx, f.kind, come, gone); err != nil {
		return fmt.Errorf("write %d rows of the key index: %w", len(come)+len(gone), err)
	}
	var put []graph.Indexed
	var left []model.EntityID
	now := *state
	for _, id := range f.changed {
		keys, live := f.keys[id]
		switch {
		case live:
			put = append(put, graph.Indexed{Record: id, Keys: packed(keys)})
			if !f.had[id] {
				now.Records++
			}
		case f.had[id]:
			left = append(left, id)
			now.Records--
		}
	}
	if err := f.tx.PutIndexed(f.ctx, f.kind, put, left); err != nil {
		return fmt.Errorf("write the keys of %d records: %w", len(put), err)
	}
	if err := f.tx.PutUnmatched(f.ctx, f.kind, nil, f.changed); err != nil {
		return fmt.Errorf("note that %d records are matched: %w", len(f.changed), err)
	}
	if now != *state {
		if err := f.tx.PutMatching(f.ctx, now); err != nil {
			return fmt.Errorf("write how many records are matched: %w", err)
		}
	}
	if !f.done.Whole {
		f.done.Records = now.Records
	}
	return nil
}
