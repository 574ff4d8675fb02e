package graphtest

import (
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// people commits a person for each name, with its words as terms.
func (s *suite) people(names ...string) []model.EntityID {
	s.Helper()
	ids := s.ids(len(names))
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		var changes []graph.GoldenChange
		for i, id := range ids {
			changes = append(changes, graph.GoldenChange{New: golden(id, model.Person, r, names[i]), NewTerms: []graph.Term{name(names[i], id)}})
		}
		return changes
	})
	return ids
}

func listPages(s *suite) {
	ids := s.people("d", "b", "b", "a", "e", "b", "c") // three of one name: the id decides
	want := at(ids, 3, 1, 2, 5, 6, 0, 4)
	s.update(func(graph.Tx, model.Revision) error { return nil })
	for _, p := range []graph.Past{s.store, must[graph.Past](s)(s.store.At(s.ctx, 1))} {
		for page := 1; page <= 8; page++ {
			rows, err := listBothWays(s.ctx, p, graph.ListQuery{Kind: model.Person, Disclosure: open, Parts: graph.WithValues}, page)
			if err != nil {
				s.Fatalf("pages of %d: %v", page, err)
			}
			equal(s, fmt.Sprintf("ids by pages of %d", page), idsOf(rows), want)
		}
		// A position need not be anybody's.
		q := graph.ListQuery{Kind: model.Person, Disclosure: open, After: &graph.Position{Sort: []byte("bb")}}
		equal(s, "after a position between two", idsOf(s.list(p, q)), want[4:])
		q.Backward = true
		equal(s, "before a position between two", idsOf(s.list(p, q)), reversed(want[:4]))
		q.Kind = model.Role
		equal(s, "of another kind", s.list(p, q), []graph.Golden{})
	}
}

func listByID(s *suite) {
	ids := s.people("d", "b", "c", "a", "b")
	s.update(func(graph.Tx, model.Revision) error { return nil })
	for _, p := range []graph.Past{s.store, must[graph.Past](s)(s.store.At(s.ctx, 1))} {
		q := graph.ListQuery{Kind: model.Person, Disclosure: open, ByID: true}
		equal(s, "by id", idsOf(s.list(p, q)), ids)
		for page := 1; page <= 6; page++ {
			rows, err := listBothWays(s.ctx, p, q, page)
			if err != nil {
				s.Fatalf("pages of %d: %v", page, err)
			}
			equal(s, fmt.Sprintf("ids by pages of %d", page), idsOf(rows), ids)
		}
		q.After, q.Limit = &graph.Position{Sort: []byte("not looked at"), ID: ids[1]}, 2
		equal(s, "two after an id", idsOf(s.list(p, q)), at(ids, 2, 3))
		q.Backward = true
		equal(s, "before an id", idsOf(s.list(p, q)), at(ids, 0))
	}
}

// disclosed commits five golden records, one of each class, and says which a
// clearance sees. What is unclassified nobody sees.
func (s *suite) disclosed() (ids []model.EntityID, seen map[model.Disclosure][]model.EntityID) {
	s.Helper()
	ids = s.ids(5)
	classes := []model.Disclosure{model.Protected, model.Open, model.Unclassified, model.Internal, model.Restricted}
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		var changes []graph.GoldenChange
		for i, id := range ids {
			g := golden(id, model.Person, r, fmt.Sprint(i))
			g.Disclosure = classes[i]
			changes = append(changes, graph.GoldenChange{New: g, NewTerms: []graph.Term{name("anna", id), name(fmt.Sprint("x", i), id)}})
		}
		return changes
	})
	return ids, map[model.Disclosure][]model.EntityID{
		model.Open:       at(ids, 1),
		model.Internal:   at(ids, 1, 3),
		model.Restricted: at(ids, 1, 3, 4),
		model.Protected:  at(ids, 0, 1, 3, 4),
	}
}

func listDisclosure(s *suite) {
	_, seen := s.disclosed()
	s.update(func(graph.Tx, model.Revision) error { return nil })
	for clearance, want := range seen {
		for _, byID := range []bool{false, true} {
			for _, p := range []graph.Past{s.store, must[graph.Past](s)(s.store.At(s.ctx, 1))} {
				q := graph.ListQuery{Kind: model.Person, Disclosure: clearance, ByID: byID}
				equal(s, fmt.Sprintf("list for %v, by id %v", clearance, byID), idsOf(s.list(p, q)), want)
				q.Limit = 2
				equal(s, fmt.Sprintf("two for %v, by id %v", clearance, byID), idsOf(s.list(p, q)), want[:min(2, len(want))])
			}
		}
	}
}

func findDisclosure(s *suite) {
	_, seen := s.disclosed()
	for clearance, want := range seen {
		for what, q := range map[string]graph.FindQuery{
			"exact":  {Terms: []graph.FindTerm{{Spaces: []graph.Space{nameSpace}, Key: "anna"}}},
			"prefix": {Terms: []graph.FindTerm{{Spaces: []graph.Space{nameSpace}, Key: "a", Prefix: true}}},
			"both":   {Terms: []graph.FindTerm{{Spaces: []graph.Space{nameSpace}, Key: "x", Prefix: true}, {Spaces: []graph.Space{nameSpace}, Key: "anna"}}},
		} {
			q.Kind, q.Disclosure = model.Person, clearance
			equal(s, fmt.Sprintf("%s for %v", what, clearance), idsOf(s.find(s.store, q)), want)
			q.Limit = 2
			equal(s, fmt.Sprintf("two %s for %v", what, clearance), idsOf(s.find(s.store, q)), want[:min(2, len(want))])
		}
	}
}

// listBytewise: collation keys are bytes, with zeroes, and one may begin another.
func listBytewise(s *suite) {
	sorts := []string{"", "\x00", "\x00\x00", "\x00\xff", "A", "Z", "a", "a\x00", "a\x00b", "aa", "z", "\x7f", "\x80", "\xc3\xa5", "\xff", "\xff\xff"}
	ids := s.people(sorts...)
	want := ids
	equal(s, "order", idsOf(must[[]graph.Golden](s)(listBothWays(s.ctx, s.store, graph.ListQuery{Kind: model.Person, Disclosure: open}, 3))), want)
	for i, id := range ids {
		after := &graph.Position{Sort: []byte(sorts[i]), ID: id}
		equal(s, fmt.Sprintf("after %q", sorts[i]), idsOf(s.list(s.store, graph.ListQuery{Kind: model.Person, Disclosure: open, After: after})), ids[i+1:])
	}
}

// inName is a condition on names.
func inName(word string, prefix bool) graph.FindTerm {
	return graph.FindTerm{Spaces: []graph.Space{nameSpace}, Key: word, Prefix: prefix}
}

func people(terms ...graph.FindTerm) graph.FindQuery {
	return graph.FindQuery{Kind: model.Person, Disclosure: open, Terms: terms}
}

func findExact(s *suite) {
	ids := s.people("bo", "anna", "bo", "bosse", "b", "Bo")
	equal(s, "bo", idsOf(s.find(s.store, people(inName("bo", false)))), at(ids, 0, 2))
	equal(s, "nobody", s.find(s.store, people(inName("bob", false))), []graph.Golden{})
	equal(s, "bo elsewhere", s.find(s.store, people(graph.FindTerm{Spaces: []graph.Space{codeSpace}, Key: "bo"})), []graph.Golden{})
	q := people(inName("bo", false))
	q.Kind = model.Organisation
	equal(s, "organisations", s.find(s.store, q), []graph.Golden{})
	q = people(inName("bo", false))
	q.Parts = graph.WithValues
	want := trim(*golden(ids[0], model.Person, 1, "bo"), graph.WithValues)
	equal(s, "the first, with values", s.find(s.store, q)[0], want)
}

func findPrefix(s *suite) {
	ids := s.people("bosse", "anna", "bo", "b", "a", "bo", "boa", "c", "B")
	equal(s, "bo…", idsOf(s.find(s.store, people(inName("bo", true)))), at(ids, 2, 5, 6, 0))
	equal(s, "b…", idsOf(s.find(s.store, people(inName("b", true)))), at(ids, 3, 2, 5, 6, 0))
	equal(s, "…", idsOf(s.find(s.store, people(inName("", true)))), at(ids, 8, 4, 1, 3, 2, 5, 6, 0, 7))
	q := people(inName("bo", true))
	q.Limit = 3
	equal(s, "three of bo…", idsOf(s.find(s.store, q)), at(ids, 2, 5, 6))

	// One that matches by several words, in several spaces, is one.
	both := s.id()
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{{New: golden(both, model.Person, r, "x"), NewTerms: []graph.Term{
			name("boris", both), name("bob", both), name("zz", both), {Space: codeSpace, Key: "bo1", ID: both},
		}}}
	})
	equal(s, "bo… with one of two words", idsOf(s.find(s.store, people(inName("bo", true)))), append(at(ids, 2, 5, 6), both, ids[0]))
	spaces := []graph.Space{codeSpace, nameSpace}
	equal(s, "bo… in two spaces", idsOf(s.find(s.store, people(graph.FindTerm{Spaces: spaces, Key: "bo", Prefix: true}))),
		append(at(ids, 2, 5), both, ids[6], ids[0]))
	q.Limit = 5
	if got := s.find(s.store, q); len(got) != 5 {
		s.Errorf("a limit of 5 gives %d different golden records of 5", len(got))
	}
}

func findTerms(s *suite) {
	ids := s.ids(5)
	words := [][]string{{"anna", "berg"}, {"anna", "bergman"}, {"berg"}, {"annika", "berg", "anna"}, {"anna"}}
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		var changes []graph.GoldenChange
		for i, id := range ids {
			c := put(golden(id, model.Person, r, fmt.Sprint(9-i)))
			for _, w := range words[i] {
				c.NewTerms = append(c.NewTerms, name(w, id))
			}
			if i != 3 {
				c.NewTerms = append(c.NewTerms, graph.Term{Space: codeSpace, Key: "active", ID: id})
			}
			changes = append(changes, c)
		}
		return changes
	})
	active := graph.FindTerm{Spaces: []graph.Space{codeSpace}, Key: "active"}
	for what, c := range map[string]struct {
		q    graph.FindQuery
		want []int
	}{
		"anna and berg":           {people(inName("anna", false), inName("berg", false)), []int{0, 3}},
		"anna and berg…":          {people(inName("anna", false), inName("berg", true)), []int{0, 1, 3}},
		"ann… and berg…":          {people(inName("ann", true), inName("berg", true)), []int{0, 1, 3}},
		"ann…, berg… and active":  {people(inName("ann", true), inName("berg", true), active), []int{0, 1}},
		"anna twice":              {people(inName("anna", false), inName("anna", false)), []int{0, 1, 3, 4}},
		"anna and nobody":         {people(inName("anna", false), inName("nobody", false)), nil},
		"active in either space":  {people(graph.FindTerm{Spaces: []graph.Space{nameSpace, codeSpace}, Key: "active"}), []int{0, 1, 2, 4}},
		"a… in either, and berg…": {people(graph.FindTerm{Spaces: []graph.Space{nameSpace, codeSpace}, Key: "a", Prefix: true}, inName("berg", true)), []int{0, 1, 2, 3}},
	} {
		equal(s, what, idsOf(s.find(s.store, c.q)), at(ids, c.want...))
	}
}

func findPages(s *suite) {
	ids := s.people("bosse", "bo", "boa", "anna", "bo")
	for what, c := range map[string]struct {
		q    graph.FindQuery
		want []model.EntityID // in id order, as paging makes it
	}{
		"prefix": {people(inName("bo", true)), at(ids, 0, 1, 2, 4)},
		"exact":  {people(inName("bo", false)), at(ids, 1, 4)},
		"two":    {people(inName("b", true), inName("bo", true)), at(ids, 0, 1, 2, 4)},
	} {
		for i, id := range c.want {
			c.q.After, c.q.Limit = id, 2
			rest := c.want[i+1:]
			equal(s, fmt.Sprintf("two of %s after number %d", what, i), idsOf(s.find(s.store, c.q)), rest[:min(2, len(rest))])
		}
	}
}

// findForgets: the old terms go with the old golden record, and only those.
func findForgets(s *suite) {
	id, other := s.id(), s.id()
	first := golden(id, model.Person, 1, "anna ek")
	oldTerms := []graph.Term{name("anna", id), name("ek", id)}
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{{New: first, NewTerms: oldTerms}, {New: golden(other, model.Person, r, "ek"), NewTerms: []graph.Term{name("ek", other)}}}
	})
	second := golden(id, model.Person, 2, "anna berg")
	newTerms := []graph.Term{name("anna", id), name("berg", id)}
	s.putGoldens(func(model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{{Old: first, New: second, OldTerms: oldTerms, NewTerms: newTerms}}
	})
	for word, want := range map[string][]model.EntityID{"anna": {id}, "berg": {id}, "ek": {other}} {
		equal(s, word, idsOf(s.find(s.store, people(inName(word, false)))), want)
	}
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{{Old: second, New: &graph.Golden{ID: id, Kind: model.Person, Revision: r, State: graph.Ended}, OldTerms: newTerms}}
	})
	equal(s, "anna, who is gone", s.find(s.store, people(inName("anna", true))), []graph.Golden{})
}
