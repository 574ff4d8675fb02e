package graphtest

import (
	"iter"
	"maps"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// spotOf is where documents of these tests have the first id by a property.
func spotOf(p model.PropertyID) graph.Spot {
	return graph.Spot{Mark: []byte{'<', byte(p >> 8), byte(p), '>'}, Place: 4}
}

// naming is a document with an id by a property behind it.
func naming(doc []byte, p model.PropertyID, id model.EntityID) []byte {
	return append(append(doc, spotOf(p).Mark...), id[:]...)
}

// classed is spotOf for links that have their class behind them.
func classed(p model.PropertyID) graph.Spot {
	spot := spotOf(p)
	spot.Class = []byte("=")
	return spot
}

// linking is a golden record whose document has links, as its index rows have.
func linking(id model.EntityID, kind model.Kind, r model.Revision, class model.Disclosure, links ...graph.Link) graph.GoldenChange {
	row := golden(id, kind, r, id.String())
	row.Disclosure, row.Values = class, []byte("links")
	for i := range links {
		if links[i].From = id; links[i].Disclosure == model.Unclassified {
			links[i].Disclosure = class
		}
		row.Values = append(naming(row.Values, links[i].Property, links[i].To), '=', byte(links[i].Disclosure.Rank()))
	}
	return graph.GoldenChange{New: row, NewLinks: links}
}

// identifiers is the property by which persons have theirs.
const identifiers model.PropertyID = 101

// numbered gives a golden record's document a reference to a sealed value.
func numbered(c graph.GoldenChange, ref model.EntityID) graph.GoldenChange {
	c.New.Values = naming(c.New.Values, identifiers, ref)
	return c
}

// travelled: what lies along a route is what is read step by step, and nothing
// beyond what may not be seen. A store may read nothing ahead.
func travelled(s *suite) {
	ids := s.ids(9)
	person, hidden, unit, above, absent := ids[0], ids[1], ids[2], ids[3], ids[4]
	roles := ids[5:]
	slices.SortFunc(roles, model.EntityID.Compare)
	const holder, organisation, parent model.PropertyID = 201, 203, 307
	sealed := graph.Sealed{Ref: s.id(), Hash: hash(5), KeyID: 1 << 31, Data: []byte("sealed")}
	since := model.Period{From: model.Date{Year: 2020, Month: 5}}
	s.update(func(tx graph.Tx, r model.Revision) error {
		return firstError(
			tx.PutHeads(s.ctx, []graph.Head{head(person, key("a"), 1, r), head(hidden, key("b"), 2, r)}),
			tx.PutMatchKeys(s.ctx, []graph.MatchKey{{Key: 77, Record: person}, {Key: 77, Record: hidden}}, nil),
			tx.PutSealed(s.ctx, []graph.Sealed{sealed}),
			tx.PutGoldens(s.ctx, []graph.GoldenChange{
				numbered(linking(person, model.Person, r, model.Internal), sealed.Ref), linking(hidden, model.Person, r, model.Protected),
				linking(above, model.Organisation, r, model.Open), linking(unit, model.Organisation, r, model.Open, graph.Link{To: above, Property: parent, Role: "line"}),
				linking(roles[0], model.Role, r, model.Internal, graph.Link{To: person, Property: holder, Period: since}, graph.Link{To: unit, Property: organisation}),
				linking(roles[1], model.Role, r, model.Protected, graph.Link{To: person, Property: holder, Role: "x"}, graph.Link{To: above, Property: organisation}),
				linking(roles[2], model.Role, r, model.Internal, graph.Link{To: person, Property: holder}, graph.Link{To: absent, Property: organisation, Disclosure: model.Protected}),
				linking(roles[3], model.Role, r, model.Internal, graph.Link{To: hidden, Property: holder}, graph.Link{To: unit, Property: organisation}),
			}),
		)
	})
	steps := func(back int) []graph.RouteStep {
		return []graph.RouteStep{{Property: holder, Back: back}, {After: 1, Property: organisation, Spot: classed(organisation)}, {After: 2, Property: parent, Spot: spotOf(parent)}}
	}
	for name, route := range map[string]graph.Route{
		"from an id":        {IDs: []model.EntityID{person}, Disclosure: model.Internal, Parts: graph.WithValues, Steps: steps(9)},
		"by two at a time":  {IDs: []model.EntityID{person}, Disclosure: model.Internal, Parts: graph.WithValues, Steps: steps(2)},
		"with the evidence": {IDs: []model.EntityID{person, absent}, Disclosure: model.Protected, Parts: graph.WithValues | graph.WithEvidence, Steps: steps(9)},
		"from a key":        {Key: 77, Kind: model.Person, Seal: spotOf(identifiers), Disclosure: model.Internal, Parts: graph.WithValues, Steps: steps(9)},
		"nowhere":           {IDs: ids[:2], Disclosure: model.Open, Parts: graph.WithValues, Steps: steps(9)},
		"without steps":     {Key: 77, Kind: model.Person, Disclosure: model.Protected, Parts: graph.WithValues},
		"of another kind":   {Key: 77, Kind: model.Role, Disclosure: model.Protected, Parts: graph.WithValues, Steps: steps(9)},
		"of no key":         {Key: 78, Kind: model.Person, Disclosure: model.Protected, Parts: graph.WithValues, Steps: steps(9)},
	} {
		got, err := s.store.Travel(s.ctx, &route)
		if err != nil {
			s.Fatalf("%s: %v", name, err)
		}
		if got == nil {
			continue
		}
		s.walkedAlong(name, &route, got)
		if _, followed := got.Goldens[absent]; followed && route.Disclosure != model.Protected {
			s.Errorf("%s: a link that may not be seen was followed", name)
		}
		if read, ok := got.Sealed[sealed.Ref]; ok != (route.Seal.Mark != nil) || ok && len(got.Sealed) != 1 {
			s.Errorf("%s: the sealed values that were read are %v", name, got.Sealed)
		} else if ok {
			equal(s, name+": a sealed value", read, sealed)
		}
	}
}

// walkedAlong holds what was read along a route against steps.
func (s *suite) walkedAlong(name string, route *graph.Route, got *graph.Travelled) {
	s.Helper()
	want := must[*graph.Travelled](s)(Travel(s.ctx, s.store, route))
	sorted := func(ids iter.Seq[model.EntityID]) []model.EntityID {
		return slices.SortedFunc(ids, model.EntityID.Compare)
	}
	equal(s, name+": who holds the key", sorted(slices.Values(got.Holders)), sorted(slices.Values(want.Holders)))
	equal(s, name+": records", sorted(maps.Keys(got.Goldens)), sorted(maps.Keys(want.Goldens)))
	for id, g := range want.Goldens {
		equal(s, name+": a record", got.Goldens[id], g)
		for _, step := range route.Steps {
			for limit := 1; limit <= step.Back+1; limit++ {
				links, read := got.LinksTo(id, step.Property, limit)
				expected, has := want.LinksTo(id, step.Property, limit)
				equal(s, name+": links", links, expected)
				equal(s, name+": whether links were read", read, has)
				if read {
					equal(s, name+": links by themselves", links, must[[][]graph.Link](s)(s.store.LinksTo(s.ctx, []graph.LinkTarget{{ID: id}}, step.Property, route.Disclosure, limit))[0])
				}
			}
		}
	}
}
