package graphtest

import (
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

func goldenUnknown(s *suite) {
	known, unknown := s.id(), s.id()
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{put(golden(known, model.Person, r, "Ada"))}
	})
	if got := s.golden(s.store, unknown); got.State != graph.Absent || got.ID != unknown {
		s.Errorf("an unknown id answers %+v: want its id and the state Absent", got)
	}
	if got := s.golden(must[graph.Past](s)(s.store.At(s.ctx, 0)), known); got.State != graph.Absent {
		s.Errorf("at revision 0 a later golden record is in state %d", got.State)
	}
}

func goldenParts(s *suite) {
	id := s.id()
	want := *golden(id, model.Person, 1, "Ada")
	s.putGoldens(func(model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{put(golden(id, model.Person, 1, "Ada"))}
	})
	s.update(func(graph.Tx, model.Revision) error { return nil })
	past := must[graph.Past](s)(s.store.At(s.ctx, 1))
	for _, parts := range []graph.Parts{0, graph.WithValues, graph.WithEvidence, graph.WithValues | graph.WithEvidence} {
		bare := want
		if bare.Values = nil; parts == graph.WithValues || parts == graph.WithValues|graph.WithEvidence {
			bare.Values = doc("values of Ada at 1")
		}
		if bare.Evidence = nil; parts >= graph.WithEvidence {
			bare.Evidence = doc("evidence of Ada at 1")
		}
		expect := []graph.Golden{bare}
		equal(s, fmt.Sprintf("Goldens, parts %d", parts), must[[]graph.Golden](s)(s.store.Goldens(s.ctx, []model.EntityID{id}, parts)), expect)
		equal(s, fmt.Sprintf("Goldens at 1, parts %d", parts), must[[]graph.Golden](s)(past.Goldens(s.ctx, []model.EntityID{id}, parts)), expect)
		equal(s, fmt.Sprintf("Scan, parts %d", parts), all(s, s.store.Scan(s.ctx, model.Person, parts)), expect)
		equal(s, fmt.Sprintf("GoldenHistory, parts %d", parts), all(s, s.store.GoldenHistory(s.ctx, id, parts)), expect)
		equal(s, fmt.Sprintf("List, parts %d", parts), s.list(s.store, graph.ListQuery{Kind: model.Person, Disclosure: open, Parts: parts}), expect)
	}
}

func goldenReplaced(s *suite) {
	id := s.id()
	var versions []graph.Golden
	var last *graph.Golden
	for i, word := range []string{"Ada", "Ada Berg", "Ada Berg-Ek"} {
		var next *graph.Golden
		s.putGoldens(func(r model.Revision) []graph.GoldenChange {
			next = golden(id, model.Person, r, word)
			next.Disclosure = model.Disclosure(i + 1)
			return []graph.GoldenChange{replace(last, next)}
		})
		last, versions = next, append(versions, *next)
	}
	equal(s, "the present", s.golden(s.store, id), versions[2])
	equal(s, "the history", all(s, s.store.GoldenHistory(s.ctx, id, graph.WithValues|graph.WithEvidence)), versions)
	equal(s, "histories", must[[][]graph.Golden](s)(s.store.GoldenHistories(s.ctx, []model.EntityID{id, s.id(), id}, graph.WithValues|graph.WithEvidence)),
		[][]graph.Golden{versions, nil, versions})
	for i, want := range versions {
		equal(s, fmt.Sprintf("at revision %d", i+1), s.golden(must[graph.Past](s)(s.store.At(s.ctx, model.Revision(i+1))), id), want)
	}
}

func goldenReplacedTwice(s *suite) {
	id := s.id()
	first := golden(id, model.Person, 1, "Ada")
	s.putGoldens(func(model.Revision) []graph.GoldenChange { return []graph.GoldenChange{put(first)} })
	var last *graph.Golden
	s.update(func(tx graph.Tx, r model.Revision) error {
		between := golden(id, model.Person, r, "nobody ever sees this")
		last = golden(id, model.Person, r, "Ada Ek")
		return firstError(tx.PutGoldens(s.ctx, []graph.GoldenChange{replace(first, between)}),
			tx.PutGoldens(s.ctx, []graph.GoldenChange{replace(between, last)}))
	})
	equal(s, "the history", all(s, s.store.GoldenHistory(s.ctx, id, graph.WithValues|graph.WithEvidence)), []graph.Golden{*first, *last})
	if changes := all(s, s.store.Changes(s.ctx, graph.ChangePosition{}, plenty)); len(changes) != 2 {
		s.Errorf("the feed has %v: want one entry for the id and revision", changes)
	}
}

// goldenStates: live, merged into another, live again (a split), ended.
func goldenStates(s *suite) {
	id, into := s.id(), s.id()
	state := func(r model.Revision, state graph.GoldenState) *graph.Golden {
		g := &graph.Golden{ID: id, Kind: model.Person, Revision: r, Disclosure: model.Internal, State: state}
		switch state {
		case graph.Live:
			g = golden(id, model.Person, r, "Ada")
			g.Disclosure = model.Internal
		case graph.Merged:
			g.Redirect = into
		}
		return g
	}
	var last *graph.Golden
	var versions []graph.Golden
	for _, to := range []graph.GoldenState{graph.Live, graph.Merged, graph.Live, graph.Ended} {
		var next *graph.Golden
		s.putGoldens(func(r model.Revision) []graph.GoldenChange {
			next = state(r, to)
			return []graph.GoldenChange{replace(last, next)}
		})
		last, versions = next, append(versions, *next)
		equal(s, fmt.Sprintf("in state %d", to), s.golden(s.store, id), *next)
		want := 0
		if to == graph.Live {
			want = 1
		}
		if got := s.list(s.store, graph.ListQuery{Kind: model.Person, Disclosure: every}); len(got) != want {
			s.Errorf("in state %d a list has %d golden records", to, len(got))
		}
		if got := all(s, s.store.Scan(s.ctx, model.Person, 0)); len(got) != want {
			s.Errorf("in state %d a scan has %d golden records", to, len(got))
		}
	}
	equal(s, "the history", all(s, s.store.GoldenHistory(s.ctx, id, graph.WithValues|graph.WithEvidence)), versions)
	for i, want := range versions {
		equal(s, fmt.Sprintf("at revision %d", i+1), s.golden(must[graph.Past](s)(s.store.At(s.ctx, model.Revision(i+1))), id), want)
	}
}

func goldensInOrder(s *suite) {
	ids := s.ids(4)
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{put(golden(ids[0], model.Person, r, "c")), put(golden(ids[1], model.Service, r, "b")), put(golden(ids[2], model.Person, r, "a"))}
	})
	s.update(func(graph.Tx, model.Revision) error { return nil })
	ask := at(ids, 2, 3, 0, 2, 1)
	for _, p := range []graph.Past{s.store, must[graph.Past](s)(s.store.At(s.ctx, 1))} {
		equal(s, "ids", idsOf(must[[]graph.Golden](s)(p.Goldens(s.ctx, ask, 0))), ask)
	}
}

func goldensCounted(s *suite) {
	ids := s.ids(5)
	s.update(func(tx graph.Tx, r model.Revision) error {
		var heads []graph.Head
		for i, id := range ids {
			heads = append(heads, head(id, key(fmt.Sprint(i)), i, r))
		}
		heads[1].Golden = ids[0] // two are one
		heads[4].Live, heads[4].Item = false, graph.Hash{}
		merged := &graph.Golden{ID: ids[1], Kind: model.Person, Revision: r, State: graph.Merged, Redirect: ids[0]}
		ended := &graph.Golden{ID: ids[4], Kind: model.Person, Revision: r, State: graph.Ended}
		return firstError(tx.PutHeads(s.ctx, heads), tx.PutGoldens(s.ctx, []graph.GoldenChange{
			put(golden(ids[0], model.Person, r, "a")), put(merged), put(golden(ids[2], model.Person, r, "b")),
			put(golden(ids[3], model.Service, r, "c")), put(ended),
		}))
	})
	byKind, merged, err := s.store.CountGoldens(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	equal(s, "live golden records", byKind, map[model.Kind]int64{model.Person: 2, model.Service: 1})
	if merged != 2 {
		s.Errorf("%d records are in golden records of more than one, want 2", merged)
	}
}

func goldensScanned(s *suite) {
	ids := s.ids(7)
	kinds := []model.Kind{model.Concept, model.Person, model.Role, model.Person, model.Geography, model.Organisation, model.Service}
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		var changes []graph.GoldenChange
		for i, id := range ids {
			g := golden(id, kinds[i], r, fmt.Sprint(9-i))
			g.Disclosure = model.Disclosure(i % 5) // a scan is whatever the disclosure
			changes = append(changes, put(g))
		}
		return reversed(changes)
	})
	equal(s, "all kinds", idsOf(all(s, s.store.Scan(s.ctx, model.KindUnknown, graph.WithValues))), at(ids, 1, 3, 2, 5, 4, 6, 0))
	equal(s, "persons", idsOf(all(s, s.store.Scan(s.ctx, model.Person, graph.WithValues))), at(ids, 1, 3))
}

func atFuture(s *suite) {
	store := s.ready()
	_, err := store.At(s.ctx, 1)
	isError(s, "At(1) of an empty registry", err, graph.ErrFutureRevision)
	s.update(func(graph.Tx, model.Revision) error { return nil })
	_, err = store.At(s.ctx, 2)
	isError(s, "At(2) at revision 1", err, graph.ErrFutureRevision)
	past, err := store.At(s.ctx, 1)
	if err != nil {
		s.Fatalf("At(1) at revision 1: %v", err)
	}
	if r := must[model.Revision](s)(past.Revision(s.ctx)); r != 1 {
		s.Errorf("At(1) reads revision %d", r)
	}
}

// atStands reads every revision when it is new, and again from the same and
// from a new Past after each later one.
func atStands(s *suite) {
	w := newWorld(s)
	u := w.universe()
	w.fill(s.ready(), "word")
	pasts := map[model.Revision]graph.Past{}
	seen := map[model.Revision]pastSeen{}
	for step := range 5 {
		now := must[model.Revision](s)(s.store.Revision(s.ctx))
		for r := model.Revision(0); r <= now; r++ {
			past := must[graph.Past](s)(s.store.At(s.ctx, r))
			got := s.observedPast(past, u)
			if got.Revision != r {
				s.Errorf("At(%d) reads revision %d", r, got.Revision)
			}
			if before, ok := seen[r]; ok {
				equal(s, fmt.Sprintf("At(%d) at revision %d", r, now), got, before)
				equal(s, fmt.Sprintf("the first At(%d) at revision %d", r, now), s.observedPast(pasts[r], u), before)
				continue
			}
			pasts[r], seen[r] = past, got
		}
		// The latest revision is the present.
		equal(s, fmt.Sprintf("At(%d) and the present", now), seen[now], s.observed(s.store, u).pastSeen)
		rec := w.records
		s.update(func(tx graph.Tx, r model.Revision) error {
			old := s.golden(tx, rec[2])
			next := golden(rec[2], model.Person, r, fmt.Sprintf("bo %d", step))
			if step == 2 {
				next = &graph.Golden{ID: rec[2], Kind: model.Person, Revision: r, State: graph.Ended}
			}
			return firstError(tx.PutGoldens(s.ctx, []graph.GoldenChange{replace(&old, next)}),
				tx.AppendVersions(s.ctx, []graph.Version{{ID: rec[2], Revision: r, Doc: doc("step %d", step)}}))
		})
	}
}

// atLists: what was renamed, ended or closed later is listed as it was.
func atLists(s *suite) {
	ids := s.ids(3)
	first := make([]*graph.Golden, 3)
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		var changes []graph.GoldenChange
		for i, id := range ids {
			first[i] = golden(id, model.Person, r, fmt.Sprintf("name %d", i))
			changes = append(changes, put(first[i]))
		}
		return changes
	})
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		closed := golden(ids[1], model.Person, r, "name 1")
		closed.Disclosure = model.Protected
		return []graph.GoldenChange{
			replace(first[0], golden(ids[0], model.Person, r, "name 9")),
			replace(first[1], closed),
			replace(first[2], &graph.Golden{ID: ids[2], Kind: model.Person, Revision: r, State: graph.Ended}),
		}
	})
	q := graph.ListQuery{Kind: model.Person, Disclosure: open}
	then := must[graph.Past](s)(s.store.At(s.ctx, 1))
	equal(s, "the list now", idsOf(s.list(s.store, q)), at(ids, 0))
	equal(s, "the list then", idsOf(s.list(then, q)), at(ids, 0, 1, 2))
	equal(s, "the scan now", idsOf(all(s, s.store.Scan(s.ctx, model.Person, 0))), at(ids, 0, 1))
	equal(s, "the scan then", idsOf(all(s, then.Scan(s.ctx, model.Person, 0))), at(ids, 0, 1, 2))
	q.ByID, q.Backward, q.After = true, true, &graph.Position{ID: ids[2]}
	equal(s, "the list then by id, backward from the last", idsOf(s.list(then, q)), at(ids, 1, 0))
}
