package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// matchedPerCommit is how many unmatched records one transaction matches: writers
// wait meanwhile.
const matchedPerCommit = 200

// wholeFrom is from how many unmatched records on, if they are more than an eighth
// of all, weighing all of them costs less.
const wholeFrom = 1000

// isWhole tells whether every record is to be weighed, and not only those that
// changed: there is no index, or it follows another definition, or the model is to
// be another.
func (w *resolving) isWhole(ctx context.Context) (bool, error) {
	state, err := matching(ctx, w.r.store, w.kind)
	if err != nil {
		return false, err
	}
	if state == nil || w.o.All || w.o.Refit || w.o.Model != nil {
		return true, nil
	}
	if w.model, err = w.r.modelOf(ctx, w.r.store, w.kind); err != nil || w.model == nil {
		return true, err
	}
	definition, err := w.r.definitionOf(w.kind, w.model)
	if err != nil || definition != state.Definition {
		return true, err
	}
	waiting, err := w.r.store.CountUnmatched(ctx, w.kind)
	if err != nil {
		return false, fmt.Errorf("count unmatched records: %w", err)
	}
	if waiting >= wholeFrom && 8*waiting > state.Records {
		if w.o.Weighing != nil {
			w.o.Weighing(waiting, state.Records)
		}
		return true, nil
	}
	w.token, w.done.Model = definition, fmt.Sprintf("%x", w.model.hash)
	least, most := state.Records-waiting, state.Records+waiting
	if w.model.holds(int(least)) && w.model.holds(int(most)) {
		return false, nil
	}
	counts, err := w.r.store.CountHeads(ctx)
	if err != nil {
		return false, fmt.Errorf("count the records: %w", err)
	}
	live := int64(0)
	for _, kinds := range counts {
		live += kinds[w.kind]
	}
	return !w.model.holds(int(live)), nil
}

// holds tells whether a model is still for so many records: not twice as many as
// it was made for, nor half.
func (m *storedModel) holds(records int) bool {
	n := m.Frequencies.Records
	return records <= 2*n && 2*records >= n
}

// follow matches the records that have changed, a transaction for some of them.
func (w *resolving) follow(ctx context.Context) error {
	definition, err := w.r.definitionOf(w.kind, w.model)
	if err != nil {
		return err
	}
	w.token = definition
	total, err := w.r.store.CountUnmatched(ctx, w.kind)
	if err != nil {
		return fmt.Errorf("count unmatched records: %w", err)
	}
	if w.o.DryRun {
		before := w.done
		_, err := w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) error {
			w.done = before
			for {
				n, err := w.followSome(ctx, tx)
				if err != nil {
					return err
				}
				w.progress("match", w.done.Changed, max(total, w.done.Changed))
				if n == 0 {
					return errNothingChanged
				}
			}
		})
		if errors.Is(err, errNothingChanged) {
			err = nil
		}
		return err
	}
	for some := 1; some > 0; {
		before := w.done
		rev, err := w.r.store.Update(ctx, w.provenance(), func(tx graph.Tx) (err error) {
			w.done, w.touched = before, nil
			if some, err = w.followSome(ctx, tx); err != nil || len(w.touched) == 0 {
				return err
			}
			return w.r.audit.AppendTx(ctx, tx, audit.Entry{Actor: graph.SystemActor, Operation: "resolve " + w.kind.String(), Subjects: w.touched})
		})
		if err != nil {
			w.done = before
			return fmt.Errorf("match records that have changed: %w", err)
		}
		w.done.Revision = max(w.done.Revision, rev)
		w.progress("match", w.done.Changed, max(total, w.done.Changed))
	}
	return nil
}

// followSome matches some of the records that have changed, and is how many.
func (w *resolving) followSome(ctx context.Context, tx graph.Tx) (int, error) {
	state, err := matching(ctx, tx, w.kind)
	if err != nil {
		return 0, err
	}
	if state == nil || state.Definition != w.token {
		return 0, errOvertaken
	}
	if !w.done.Whole {
		w.done.Records = state.Records
	}
	f := &following{resolving: w, ctx: ctx, tx: tx, row: map[model.EntityID]int{}, heads: map[model.EntityID]graph.Head{}, pairs: map[graph.PairKey]bool{}}
	for id, err := range tx.Unmatched(ctx, w.kind, w.r.perFollow) {
		if err != nil {
			return 0, fmt.Errorf("read unmatched records: %w", err)
		}
		f.changed = append(f.changed, id)
	}
	if len(f.changed) == 0 {
		return 0, nil
	}
	w.done.Changed += int64(len(f.changed))
	if err := f.rekey(); err != nil {
		return 0, err
	}
	if err := f.find(); err != nil {
		return 0, err
	}
	if err := f.settle(state); err != nil {
		return 0, err
	}
	return len(f.changed), nil
}

// following is the work of one transaction that matches records which have changed.
type following struct {
	*resolving
	ctx context.Context
	tx  graph.Tx

	changed []model.EntityID            // ascending
	had     map[model.EntityID]bool     // of them: the index has them
	keys    map[model.EntityID][]string // of those that are live: their strings now
	come    map[string][]graph.IndexKey // strings that come to the index, by family
	gone    map[string][]graph.IndexKey // and those that leave it
	most    int                         // that come to or leave one family

	heads map[model.EntityID]graph.Head
	table *rows
	row   map[model.EntityID]int // of the table
	leads []leads                // by row

	pairs  map[graph.PairKey]bool // that are to be weighed
	looked []model.EntityID       // whose stored pairs are to be looked at
	parted []graph.PairKey        // stored pairs that no longer share a block of a divided one
}

func (f *following) isChanged(id model.EntityID) bool {
	_, found := slices.BinarySearchFunc(f.changed, id, model.EntityID.Compare)
	return found
}

// read brings records into the table, those that are live.
func (f *following) read(ids []model.EntityID) error {
	var missing []model.EntityID
	for _, id := range ids {
		if _, have := f.heads[id]; !have {
			missing = append(missing, id)
		}
	}
	slices.SortFunc(missing, model.EntityID.Compare)
	missing = slices.Compact(missing)
	heads, err := f.tx.HeadsByID(f.ctx, missing)
	if err != nil {
		return fmt.Errorf("read %d record heads: %w", len(missing), err)
	}
	live := make([]graph.Head, 0, len(heads))
	for _, h := range heads {
		f.heads[h.ID] = h
		if h.Live {
			live = append(live, h)
		}
	}
	said, err := f.r.lastWords(f.ctx, f.tx, live)
	if err != nil {
		return err
	}
	to, err := f.r.leadsIn(f.ctx, f.tx, live, said)
	if err != nil {
		return fmt.Errorf("read where %d roles lead: %w", len(live), err)
	}
	for i, rec := range said {
		if rec != nil {
			f.row[live[i].ID] = len(f.row)
			f.leads = append(f.leads, to[i])
			f.table.add(rec, &to[i])
		}
	}
	return nil
}

// rekey finds which strings come to the index and which leave it.
func (f *following) rekey() (err error) {
	if f.table, err = f.r.newRows(f.kind); err != nil {
		return err
	}
	if err := f.read(f.changed); err != nil {
		return err
	}
	strings := f.table.Table().Strings(f.model.Model, f.r.secretOf(f.kind))
	before, err := f.tx.Indexed(f.ctx, f.changed)
	if err != nil {
		return fmt.Errorf("read the keys of %d records: %w", len(f.changed), err)
	}
	f.had, f.keys = map[model.EntityID]bool{}, map[model.EntityID][]string{}
	f.come, f.gone = map[string][]graph.IndexKey{}, map[string][]graph.IndexKey{}
	for i, id := range f.changed {
		old, err := unpacked(before[i].Keys)
		if err != nil {
			return err
		}
		f.had[id] = before[i].Keys != nil
		var now []string
		if at, live := f.row[id]; live {
			now = stringsOf(strings, at)
			f.keys[id] = now
		}
		for _, s := range now {
			if _, still := slices.BinarySearch(old, s); !still {
				f.come[match.Family(s)] = append(f.come[match.Family(s)], graph.IndexKey{Key: s, Record: id})
			}
		}
		for _, s := range old {
			if _, still := slices.BinarySearch(now, s); !still {
				f.gone[match.Family(s)] = append(f.gone[match.Family(s)], graph.IndexKey{Key: s, Record: id})
			}
		}
	}
	for _, change := range []map[string][]graph.IndexKey{f.come, f.gone} {
		for _, list := range change {
			f.most = max(f.most, len(list))
		}
	}
	return nil
}

// find finds which pairs are to be weighed, and which stored ones may no longer be
// candidates.
func (f *following) find() error {
	asked := map[string][]string{}
	ask := func(s string) { asked[match.Family(s)] = append(asked[match.Family(s)], s) }
	for _, id := range f.changed {
		for _, s := range f.keys[id] {
			ask(s)
		}
	}
	for _, list := range f.gone {
		for _, row := range list {
			ask(row.Key)
		}
	}
	families, err := f.families(asked)
	if err != nil {
		return err
	}
	for _, id := range f.changed {
		if f.keys[id] != nil {
			f.looked = append(f.looked, id)
		}
		for _, s := range f.keys[id] {
			block, _ := families[match.Family(s)].after.block(s, f.r.blockLimit)
			for _, row := range block {
				f.pair(id, row.Record)
			}
		}
	}
	var suspects []graph.PairKey
	for name, fam := range families {
		for _, change := range [][]graph.IndexKey{f.come[name], f.gone[name]} {
			for _, row := range change {
				before, was := fam.before.block(row.Key, f.r.blockLimit)
				after, is := fam.after.block(row.Key, f.r.blockLimit)
				switch {
				case is < was:
					f.joined(after)
				case is > was:
					more, err := f.divided(before, fam)
					if err != nil {
						return err
					}
					suspects = append(suspects, more...)
				}
			}
		}
	}
	return f.judge(suspects)
}

// pair has two records weighed.
func (f *following) pair(a, b model.EntityID) {
	if a != b {
		f.pairs[pairOf(a, b)] = true
	}
}

func pairOf(a, b model.EntityID) graph.PairKey {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return graph.PairKey{A: a, B: b}
}

// joined has every pair of a block weighed that was several.
func (f *following) joined(block []graph.IndexKey) {
	for i, x := range block {
		f.looked = append(f.looked, x.Record)
		for _, y := range block[:i] {
			f.pair(x.Record, y.Record)
		}
	}
}

// divided are the stored pairs of a block, of records that have not changed, that
// are in no block of the family any more.
func (f *following) divided(block []graph.IndexKey, fam *family) (suspects []graph.PairKey, err error) {
	in := make(map[model.EntityID]string, len(block))
	var ids []model.EntityID
	for _, row := range block {
		if !f.isChanged(row.Record) {
			in[row.Record] = row.Key
			ids = append(ids, row.Record)
		}
	}
	for p, err := range f.tx.PairsOn(f.ctx, ids) {
		if err != nil {
			return nil, fmt.Errorf("read the pairs of %d records: %w", len(ids), err)
		}
		if a, b := in[p.A], in[p.B]; a != "" && b != "" && !fam.together(a, p.B, f.r.blockLimit) {
			suspects = append(suspects, p.PairKey)
		}
	}
	return suspects, nil
}

// judge finds which of some stored pairs no key finds any more.
func (f *following) judge(suspects []graph.PairKey) error {
	if len(suspects) == 0 {
		return nil
	}
	slices.SortFunc(suspects, graph.PairKey.Compare)
	suspects = slices.Compact(suspects)
	var ids []model.EntityID
	for _, p := range suspects {
		ids = append(ids, p.A, p.B)
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	ids = slices.Compact(ids)
	indexed, err := f.tx.Indexed(f.ctx, ids)
	if err != nil {
		return fmt.Errorf("read the keys of %d records: %w", len(ids), err)
	}
	keys := make(map[model.EntityID][]string, len(ids))
	for _, x := range indexed {
		if keys[x.Record], err = unpacked(x.Keys); err != nil {
			return err
		}
	}
	asked := map[string][]string{}
	shared := func(p graph.PairKey) (of []string) {
		families := map[string]bool{}
		for _, s := range keys[p.B] {
			families[match.Family(s)] = true
		}
		for _, s := range keys[p.A] {
			if families[match.Family(s)] {
				of = append(of, s)
			}
		}
		return of
	}
	for _, p := range suspects {
		for _, s := range shared(p) {
			asked[match.Family(s)] = append(asked[match.Family(s)], s)
		}
	}
	families, err := f.families(asked)
	if err != nil {
		return err
	}
	for _, p := range suspects {
		if !slices.ContainsFunc(shared(p), func(s string) bool { return families[match.Family(s)].together(s, p.B, f.r.blockLimit) }) {
			f.parted = append(f.parted, p)
		}
	}
	return nil
}
