package registry

import (
	"context"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// ahead reads the store as it will be once the writes of one transaction are
// committed, whether they are yet or not: each answer is the store's, with what
// is written put in and what is removed taken out, and that comes out the same
// over the state before and after. So the next transaction is worked out while
// that one is being written. It answers what a unit of work asks; what it does
// not override no transaction of a delivery changes.
type ahead struct {
	graph.Reader

	heads      map[model.RecordKey]*graph.Head
	headsByID  map[model.EntityID]*graph.Head
	versions   map[model.EntityID]*graph.Version
	sealed     map[model.EntityID]*graph.Sealed
	goldens    map[model.EntityID]*graph.Golden
	keys       map[uint64][]model.EntityID
	keysGone   map[graph.MatchKey]bool
	waiting    map[uint64][]graph.Dangling
	danglingOf map[model.EntityID][]graph.Dangling
	arrived    map[graph.Dangling]bool
	links      map[model.EntityID][]graph.Link
	linksGone  map[graph.Link]bool
	pairs      map[graph.PairKey]graph.Pair
	pairsOn    map[model.EntityID][]graph.PairKey
	conflicts  map[model.EntityID][]graph.Conflict
	settled    map[graph.Hash]bool
	marks      []graph.Mark
}

// newAhead indexes the writes by what a unit asks for.
func newAhead(from graph.Reader, w *writes) *ahead {
	a := &ahead{
		Reader:     from,
		heads:      make(map[model.RecordKey]*graph.Head, len(w.heads)+len(w.added)),
		headsByID:  make(map[model.EntityID]*graph.Head, len(w.heads)+len(w.added)),
		versions:   make(map[model.EntityID]*graph.Version, len(w.versions)),
		sealed:     make(map[model.EntityID]*graph.Sealed, len(w.sealed)),
		goldens:    make(map[model.EntityID]*graph.Golden, len(w.goldens)),
		keys:       make(map[uint64][]model.EntityID, len(w.keysPut)),
		keysGone:   setOf(w.keysGone),
		waiting:    make(map[uint64][]graph.Dangling, len(w.danglingPut)),
		danglingOf: make(map[model.EntityID][]graph.Dangling, len(w.danglingPut)),
		arrived:    setOf(w.danglingGone),
		links:      map[model.EntityID][]graph.Link{},
		linksGone:  map[graph.Link]bool{},
		pairs:      make(map[graph.PairKey]graph.Pair, len(w.pairsPut)),
		pairsOn:    map[model.EntityID][]graph.PairKey{},
		conflicts:  map[model.EntityID][]graph.Conflict{},
		settled:    setOf(w.conflictsGone),
		marks:      w.marks,
	}
	for _, heads := range [][]graph.Head{w.heads, w.added} {
		for i := range heads {
			a.heads[heads[i].Key], a.headsByID[heads[i].ID] = &heads[i], &heads[i]
		}
	}
	for i := range w.versions {
		a.versions[w.versions[i].ID] = &w.versions[i]
	}
	for i := range w.sealed {
		a.sealed[w.sealed[i].Ref] = &w.sealed[i]
	}
	for i := range w.goldens {
		a.golden(&w.goldens[i])
	}
	for _, k := range w.keysPut {
		a.keys[k.Key] = append(a.keys[k.Key], k.Record)
	}
	for _, d := range w.danglingPut {
		a.waiting[d.Key] = append(a.waiting[d.Key], d)
		a.danglingOf[d.Record] = append(a.danglingOf[d.Record], d)
	}
	for _, p := range w.pairsPut {
		a.pairs[p.PairKey] = p
		a.pairsOn[p.A], a.pairsOn[p.B] = append(a.pairsOn[p.A], p.PairKey), append(a.pairsOn[p.B], p.PairKey)
	}
	for _, c := range w.conflictsPut {
		for _, record := range c.Records {
			a.conflicts[record] = append(a.conflicts[record], c)
		}
	}
	return a
}

func setOf[T comparable](rows []T) map[T]bool {
	set := make(map[T]bool, len(rows))
	for _, r := range rows {
		set[r] = true
	}
	return set
}

func (a *ahead) golden(c *graph.GoldenChange) {
	a.goldens[c.New.ID] = c.New
	for _, l := range c.OldLinks {
		a.linksGone[l] = true
	}
	for _, l := range c.NewLinks {
		delete(a.linksGone, l)
		a.links[l.To] = append(a.links[l.To], l)
	}
}

func from[K comparable, V any](written map[K]*V) func(K) (V, bool) {
	return func(k K) (v V, ok bool) {
		p, ok := written[k]
		if ok {
			v = *p
		}
		return v, ok
	}
}

// Heads answers in the order of keys.
func (a *ahead) Heads(ctx context.Context, keys []model.RecordKey) ([]graph.Head, error) {
	return graph.ReadRest(keys, from(a.heads), func(rest []model.RecordKey) ([]graph.Head, error) { return a.Reader.Heads(ctx, rest) })
}

// HeadsByID answers in the order of ids.
func (a *ahead) HeadsByID(ctx context.Context, ids []model.EntityID) ([]graph.Head, error) {
	return graph.ReadRest(ids, from(a.headsByID), func(rest []model.EntityID) ([]graph.Head, error) { return a.Reader.HeadsByID(ctx, rest) })
}

// Versions answers in the order of ids.
func (a *ahead) Versions(ctx context.Context, ids []model.EntityID) ([]graph.Version, error) {
	return graph.ReadRest(ids, from(a.versions), func(rest []model.EntityID) ([]graph.Version, error) { return a.Reader.Versions(ctx, rest) })
}

// Sealed answers in the order of refs.
func (a *ahead) Sealed(ctx context.Context, refs []model.EntityID) ([]graph.Sealed, error) {
	return graph.ReadRest(refs, from(a.sealed), func(rest []model.EntityID) ([]graph.Sealed, error) { return a.Reader.Sealed(ctx, rest) })
}

// Goldens answers in the order of ids, with all parts of what is written.
func (a *ahead) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	return graph.ReadRest(ids, from(a.goldens), func(rest []model.EntityID) ([]graph.Golden, error) { return a.Reader.Goldens(ctx, rest, parts) })
}

// History yields every version of a record, oldest first.
func (a *ahead) History(ctx context.Context, id model.EntityID) iter.Seq2[graph.Version, error] {
	last, written := a.versions[id]
	if !written {
		return a.Reader.History(ctx, id)
	}
	return func(yield func(graph.Version, error) bool) {
		for v, err := range a.Reader.History(ctx, id) {
			if err == nil && v.Revision >= last.Revision {
				continue // itself, or what it replaces in a first load
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
		yield(*last, nil)
	}
}

// merged yields what the store has and is not gone, and then what is written and
// was not there yet. The order is none in particular.
func merged[T comparable](stored iter.Seq2[T, error], gone map[T]bool, written []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		put := setOf(written)
		for v, err := range stored {
			if err == nil && (gone[v] || put[v]) {
				continue
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
		for _, v := range written {
			if put[v] && !yield(v, nil) {
				return
			}
			delete(put, v) // what is written twice is there once
		}
	}
}

// MatchKeys yields the records put under any of the keys.
func (a *ahead) MatchKeys(ctx context.Context, keys []uint64) iter.Seq2[graph.MatchKey, error] {
	var written []graph.MatchKey
	for _, k := range keys {
		for _, record := range a.keys[k] {
			written = append(written, graph.MatchKey{Key: k, Record: record})
		}
	}
	return merged(a.Reader.MatchKeys(ctx, keys), a.keysGone, written)
}

// Waiting yields the dangling references that wait for any of the keys.
func (a *ahead) Waiting(ctx context.Context, keys []uint64) iter.Seq2[graph.Dangling, error] {
	var written []graph.Dangling
	for _, k := range keys {
		written = append(written, a.waiting[k]...)
	}
	return merged(a.Reader.Waiting(ctx, keys), a.arrived, written)
}

// DanglingOf yields the dangling references of the records.
func (a *ahead) DanglingOf(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Dangling, error] {
	var written []graph.Dangling
	for _, id := range records {
		written = append(written, a.danglingOf[id]...)
	}
	return merged(a.Reader.DanglingOf(ctx, records), a.arrived, written)
}

// Referrers yields links to any of the targets; a unit asks for all properties and
// classes.
func (a *ahead) Referrers(ctx context.Context, to []model.EntityID, properties []model.PropertyID, seen model.Disclosure) iter.Seq2[graph.Link, error] {
	var written []graph.Link
	for _, id := range to {
		written = append(written, a.links[id]...)
	}
	return merged(a.Reader.Referrers(ctx, to, properties, seen), a.linksGone, written)
}

// PairsOn yields the pairs with any of the records.
func (a *ahead) PairsOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Pair, error] {
	return func(yield func(graph.Pair, error) bool) {
		for p, err := range a.Reader.PairsOn(ctx, records) {
			if _, written := a.pairs[p.PairKey]; err == nil && written {
				continue
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
		told := map[graph.PairKey]bool{}
		for _, id := range records {
			for _, k := range a.pairsOn[id] {
				if !told[k] && !yield(a.pairs[k], nil) {
					return
				}
				told[k] = true
			}
		}
	}
}

// ConflictsOn yields the open conflicts with any of the records.
func (a *ahead) ConflictsOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Conflict, error] {
	return func(yield func(graph.Conflict, error) bool) {
		seen := map[graph.Hash]bool{}
		for c, err := range a.Reader.ConflictsOn(ctx, records) {
			if err == nil && a.settled[c.ID] {
				continue
			}
			seen[c.ID] = true
			if !yield(c, err) || err != nil {
				return
			}
		}
		for _, id := range records {
			for _, c := range a.conflicts[id] {
				if !seen[c.ID] && !yield(c, nil) {
					return
				}
				seen[c.ID] = true
			}
		}
	}
}

// MarksOn yields the marks on any of the records.
func (a *ahead) MarksOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Mark, error] {
	if len(a.marks) == 0 {
		return a.Reader.MarksOn(ctx, records)
	}
	asked := setOf(records)
	var written []graph.Mark
	for _, m := range a.marks {
		if asked[m.Record] {
			written = append(written, m)
		}
	}
	return merged(a.Reader.MarksOn(ctx, records), nil, written)
}

// MarkedSorts are the sorts of which there are marks.
func (a *ahead) MarkedSorts(ctx context.Context) ([]graph.MarkSort, error) {
	sorts, err := a.Reader.MarkedSorts(ctx)
	for _, m := range a.marks {
		if !slices.Contains(sorts, m.Sort) {
			sorts = append(sorts, m.Sort)
		}
	}
	slices.Sort(sorts)
	return sorts, err
}
