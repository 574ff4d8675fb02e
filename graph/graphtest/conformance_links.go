package graphtest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// linked commits golden records with the links that each has.
func (s *suite) linked(links []graph.Link) {
	s.Helper()
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		var changes []graph.GoldenChange
		for _, l := range links {
			i := slices.IndexFunc(changes, func(c graph.GoldenChange) bool { return c.New.ID == l.From })
			if i < 0 {
				i, changes = len(changes), append(changes, put(golden(l.From, model.Role, r, "x")))
			}
			changes[i].NewLinks = append(changes[i].NewLinks, l)
		}
		return changes
	})
}

func referrers(s *suite) {
	ids := s.ids(6)
	a, b := ids[0], ids[1]
	want := []graph.Link{ // in (to, property, from) order
		{To: a, Property: 2, From: ids[3]},
		{To: a, Property: 2, From: ids[5]},
		{To: a, Property: 300, From: ids[2]},
		{To: a, Property: 40000, From: ids[2]},
		{To: b, Property: 1, From: ids[5]},
		{To: b, Property: 2, From: ids[2]},
		{To: b, Property: 2, From: a}, // a target refers too
	}
	slices.SortFunc(want, compareLinks)
	s.linked(reversed(want))
	equal(s, "to both", all(s, s.store.Referrers(s.ctx, []model.EntityID{b, s.id(), a, b}, nil, model.Unclassified)), want)
	only := func(keep func(graph.Link) bool) []graph.Link {
		return slices.DeleteFunc(slices.Clone(want), func(l graph.Link) bool { return !keep(l) })
	}
	equal(s, "to one", all(s, s.store.Referrers(s.ctx, []model.EntityID{b}, nil, model.Unclassified)), only(func(l graph.Link) bool { return l.To == b }))
	equal(s, "by two properties", all(s, s.store.Referrers(s.ctx, []model.EntityID{a, b}, []model.PropertyID{40000, 2, 2}, model.Unclassified)),
		only(func(l graph.Link) bool { return l.Property == 2 || l.Property == 40000 }))
	equal(s, "by none that is there", all(s, s.store.Referrers(s.ctx, []model.EntityID{a, b}, []model.PropertyID{9}, model.Unclassified)), []graph.Link{})
	equal(s, "to nobody", all(s, s.store.Referrers(s.ctx, []model.EntityID{s.id()}, nil, model.Unclassified)), []graph.Link{})
}

// linksSeen: whoever sees a class comes by no link of a narrower one, and a page is
// full all the same.
func linksSeen(s *suite) {
	ids := s.ids(9)
	to, froms := ids[0], ids[1:]
	slices.SortFunc(froms, model.EntityID.Compare)
	classes := []model.Disclosure{model.Protected, model.Unclassified, model.Open, model.Restricted, model.Protected, model.Internal, model.Open, model.Unclassified}
	var links []graph.Link
	for i, from := range froms {
		links = append(links, graph.Link{To: to, Property: 2, From: from, Disclosure: classes[i]})
	}
	s.linked(links)
	for seen := model.Unclassified; seen <= model.Protected; seen++ {
		want := slices.DeleteFunc(slices.Clone(links), func(l graph.Link) bool { return l.Disclosure.Rank() > seen.Rank() })
		for _, properties := range [][]model.PropertyID{nil, {2}} {
			equal(s, "of "+seen.String(), all(s, s.store.Referrers(s.ctx, []model.EntityID{to}, properties, seen)), want)
		}
		equal(s, "the first of "+seen.String(), must[[][]graph.Link](s)(s.store.LinksTo(s.ctx, []graph.LinkTarget{{ID: to}}, 2, seen, 2)), [][]graph.Link{want[:min(2, len(want))]})
	}
	// One that is of another class now.
	was, now := links[0], links[0]
	now.Disclosure = model.Open
	s.relinked([]graph.Link{was}, []graph.Link{now})
	equal(s, "of another class", must[[][]graph.Link](s)(s.store.LinksTo(s.ctx, []graph.LinkTarget{{ID: to}}, 2, model.Open, 1)), [][]graph.Link{{now}})
}

// linksClassified: of links that change their class, come and go at once each is there
// once, as it is now, and what has the same ends keeps its own class.
func linksClassified(s *suite) {
	to := s.id()
	period := model.Period{From: model.Date{Year: 2020}}
	link := func(from model.EntityID, role string, p model.Period, d model.Disclosure) graph.Link {
		return graph.Link{To: to, Property: 2, From: from, Role: role, Period: p, Disclosure: d}
	}
	for _, n := range []int{1, 40} {
		var were, are []graph.Link
		for _, from := range s.ids(n) {
			were = append(were, link(from, "", model.Period{}, model.Open), link(from, "line", model.Period{}, model.Open),
				link(from, "line", period, model.Open), link(from, "staff", period, model.Internal))
			are = append(are, link(from, "", period, model.Protected), link(from, "line", model.Period{}, model.Open),
				link(from, "line", period, model.Protected), link(from, "staff", period, model.Open))
		}
		s.linked(were)
		s.relinked(were, are)
		slices.SortFunc(are, compareLinks)
		for _, seen := range []model.Disclosure{model.Open, model.Protected} {
			want := slices.DeleteFunc(slices.Clone(are), func(l graph.Link) bool { return l.Disclosure.Rank() > seen.Rank() })
			got := all(s, s.store.Referrers(s.ctx, []model.EntityID{to}, nil, seen))
			slices.SortFunc(got, compareLinks)
			equal(s, fmt.Sprintf("of %d, seen as %s", n, seen), got, want)
		}
		s.relinked(are, nil)
		equal(s, fmt.Sprintf("of %d, none", n), all(s, s.store.Referrers(s.ctx, []model.EntityID{to}, nil, model.Protected)), []graph.Link{})
	}
}

// relinked commits golden records anew with other links than they had.
func (s *suite) relinked(were, are []graph.Link) {
	s.Helper()
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		var changes []graph.GoldenChange
		of := func(from model.EntityID) *graph.GoldenChange {
			i := slices.IndexFunc(changes, func(c graph.GoldenChange) bool { return c.New.ID == from })
			if i < 0 {
				old := must[[]graph.Golden](s)(s.store.Goldens(s.ctx, []model.EntityID{from}, graph.WithValues|graph.WithEvidence))[0]
				i, changes = len(changes), append(changes, graph.GoldenChange{Old: &old, New: golden(from, model.Role, r, "y")})
			}
			return &changes[i]
		}
		for _, l := range were {
			c := of(l.From)
			c.OldLinks = append(c.OldLinks, l)
		}
		for _, l := range are {
			c := of(l.From)
			c.NewLinks = append(c.NewLinks, l)
		}
		return changes
	})
}

// linksTo: the first links to each target, from an id on.
func linksTo(s *suite) {
	ids := s.ids(7)
	a, b, froms := ids[0], ids[1], ids[2:]
	slices.SortFunc(froms, model.EntityID.Compare)
	var links []graph.Link
	for i, from := range froms {
		links = append(links, graph.Link{To: a, Property: 2, From: from}, graph.Link{To: a, Property: 3, From: from})
		if i == 2 {
			links = append(links, graph.Link{To: b, Property: 2, From: from, Role: "line"}, graph.Link{To: b, Property: 2, From: from, Role: "staff"})
		}
	}
	s.linked(reversed(links))
	from := func(to model.EntityID, some []model.EntityID) (out []graph.Link) {
		for _, f := range some {
			out = append(out, graph.Link{To: to, Property: 2, From: f})
		}
		return out
	}
	ask := func(limit int, targets ...graph.LinkTarget) [][]graph.Link {
		return must[[][]graph.Link](s)(s.store.LinksTo(s.ctx, targets, 2, model.Unclassified, limit))
	}
	toB := []graph.Link{{To: b, Property: 2, From: froms[2], Role: "line"}, {To: b, Property: 2, From: froms[2], Role: "staff"}}
	equal(s, "of each, two", ask(2, graph.LinkTarget{ID: b}, graph.LinkTarget{ID: s.id()}, graph.LinkTarget{ID: a}), [][]graph.Link{toB, nil, from(a, froms[:2])})
	equal(s, "from one on", ask(plenty, graph.LinkTarget{ID: a, From: froms[3]}, graph.LinkTarget{ID: b, From: froms[2]}, graph.LinkTarget{ID: b, From: froms[3]}),
		[][]graph.Link{from(a, froms[3:]), toB, nil})
	equal(s, "one of one, twice", ask(1, graph.LinkTarget{ID: b}, graph.LinkTarget{ID: b}), [][]graph.Link{toB[:1], toB[:1]})
	equal(s, "none", ask(0, graph.LinkTarget{ID: a}), [][]graph.Link{nil})
	equal(s, "to nobody", ask(1), [][]graph.Link{})
}

// referrersApart: one may refer to another twice by one property, with another
// role, or in another period, and every precision of a date is kept.
func referrersApart(s *suite) {
	from, to := s.id(), s.id()
	var want []graph.Link
	for _, role := range []string{"", "line", "Line", "ekonomi é"} {
		for _, p := range []model.Period{
			{},
			{From: model.Date{Year: 2020}},
			{From: model.Date{Year: 2020, Month: 1}},
			{From: model.Date{Year: 2020, Month: 1, Day: 1}},
			{To: model.Date{Year: 2020}},
			{From: model.Date{Year: 1, Month: 1, Day: 1}, To: model.Date{Year: 9999, Month: 12, Day: 31}},
			{From: model.Date{Year: 1899, Month: 12, Day: 31}, To: model.Date{Year: 2020, Month: 2, Day: 29}},
		} {
			want = append(want, graph.Link{To: to, Property: 3, From: from, Role: role, Period: p})
		}
	}
	slices.SortFunc(want, compareLinks)
	s.linked(want)
	got := all(s, s.store.Referrers(s.ctx, []model.EntityID{to}, nil, model.Unclassified))
	slices.SortFunc(got, compareLinks)
	equal(s, "links", got, want)
}

func referrersFollow(s *suite) {
	from, a, b := s.id(), s.id(), s.id()
	first := golden(from, model.Role, 1, "x")
	toA, toB := graph.Link{To: a, Property: 3, From: from, Role: "line"}, graph.Link{To: b, Property: 3, From: from, Role: "line"}
	s.linked([]graph.Link{toA})
	second := golden(from, model.Role, 2, "x")
	s.putGoldens(func(model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{{Old: first, New: second, OldLinks: []graph.Link{toA}, NewLinks: []graph.Link{toB}}}
	})
	equal(s, "to the old target", all(s, s.store.Referrers(s.ctx, []model.EntityID{a}, nil, model.Unclassified)), []graph.Link{})
	equal(s, "to the new target", all(s, s.store.Referrers(s.ctx, []model.EntityID{b}, nil, model.Unclassified)), []graph.Link{toB})
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{{Old: second, New: &graph.Golden{ID: from, Kind: model.Role, Revision: r, State: graph.Ended}, OldLinks: []graph.Link{toB}}}
	})
	equal(s, "after the origin ended", all(s, s.store.Referrers(s.ctx, []model.EntityID{a, b}, nil, model.Unclassified)), []graph.Link{})
}

// changesGapless writes 30 revisions of a few ids each and reads the feed from
// every position by pages of every size.
func changesGapless(s *suite) {
	ids := s.ids(9)
	now := map[model.EntityID]*graph.Golden{}
	var want []graph.Change
	for step := range 30 {
		s.putGoldens(func(r model.Revision) []graph.GoldenChange {
			var changes []graph.GoldenChange
			for i := range 1 + step%4 {
				id := ids[(step*5+i*2)%len(ids)]
				g := golden(id, model.Person, r, fmt.Sprint(step, i))
				changes = append(changes, replace(now[id], g))
				now[id] = g
				want = append(want, graph.Change{Revision: r, ID: id, Kind: model.Person, State: graph.Live, Disclosure: model.Open})
			}
			return changes
		})
	}
	slices.SortFunc(want, func(a, b graph.Change) int { return cmp.Or(cmp.Compare(a.Revision, b.Revision), a.ID.Compare(b.ID)) })
	for _, page := range []int{1, 2, 7, 1000} {
		equal(s, fmt.Sprintf("the feed by pages of %d", page), must[[]graph.Change](s)(changesPaged(s.ctx, s.store, page)), want)
	}
	for i, c := range want {
		got := all(s, s.store.Changes(s.ctx, graph.ChangePosition{Revision: c.Revision, ID: c.ID}, 3))
		equal(s, fmt.Sprintf("three after number %d", i), got, want[i+1:min(i+4, len(want))])
	}
	equal(s, "after a revision without an id", all(s, s.store.Changes(s.ctx, graph.ChangePosition{Revision: 29}, plenty)),
		slices.DeleteFunc(slices.Clone(want), func(c graph.Change) bool { return c.Revision < 29 }))
	equal(s, "after the end", all(s, s.store.Changes(s.ctx, graph.ChangePosition{Revision: 31}, plenty)), []graph.Change{})
}

func changesSayStates(s *suite) {
	a, b := s.id(), s.id()
	first, second := golden(a, model.Person, 1, "a"), golden(b, model.Organisation, 1, "b")
	second.Disclosure = model.Restricted
	s.putGoldens(func(model.Revision) []graph.GoldenChange { return []graph.GoldenChange{put(second), put(first)} })
	merged := &graph.Golden{ID: a, Kind: model.Person, Revision: 2, Disclosure: model.Open, State: graph.Merged, Redirect: b}
	s.putGoldens(func(model.Revision) []graph.GoldenChange { return []graph.GoldenChange{replace(first, merged)} })
	ended := &graph.Golden{ID: b, Kind: model.Organisation, Revision: 3, Disclosure: model.Protected, State: graph.Ended}
	s.putGoldens(func(model.Revision) []graph.GoldenChange { return []graph.GoldenChange{replace(second, ended)} })
	equal(s, "the feed", all(s, s.store.Changes(s.ctx, graph.ChangePosition{}, plenty)), []graph.Change{
		{Revision: 1, ID: a, Kind: model.Person, State: graph.Live, Disclosure: model.Open},
		{Revision: 1, ID: b, Kind: model.Organisation, State: graph.Live, Disclosure: model.Restricted},
		{Revision: 2, ID: a, Kind: model.Person, State: graph.Merged, Redirect: b, Disclosure: model.Open},
		{Revision: 3, ID: b, Kind: model.Organisation, State: graph.Ended, Disclosure: model.Protected},
	})
}
