package cayley

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/iterator"
	"github.com/cayleygraph/cayley/graph/path"
	"github.com/cayleygraph/quad"

	"github.com/karna-registry/karna/graph/pathexpr"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Follow is the addresses of the golden records that an expression leads to from
// one, each once and in order. A filter is of what the source shows: what it
// hides has no value. The error is a *walk.LimitError when the budget does not do.
func Follow(ctx context.Context, budget *walk.Budget, base, from string, e pathexpr.Expression) (found []string, err error) {
	ctx, cancel := budget.Begin(ctx)
	defer cancel()
	s := New(ctx, budget, predicatesOf(e))
	return s.follow(base, from, e)
}

func (s *Store) follow(base, from string, e pathexpr.Expression) ([]string, error) {
	found := s.results(base, from, e)
	if err := s.Err(); err != nil {
		return nil, err
	}
	slices.Sort(found)
	return found, nil
}

// results are what the iteration gave, which is an answer only if the store has
// no error.
func (s *Store) results(base, from string, e pathexpr.Expression) (found []string) {
	defer s.recovered()
	c := compiler{s, base}
	p := c.compile(path.StartPathNodes(s, node{quads.Term{Kind: quads.IRI, Value: from}}), e)
	limit := s.budget.Limits().Results
	// The shape as it is written, without the optimiser (see the package).
	it := p.Shape().BuildIterator(s)
	err := graph.Iterate(s.ctx, it).UnOptimized().Paths(false).Each(func(r graph.Ref) {
		n, ok := r.(node)
		switch {
		case !ok || n.term.Kind != quads.IRI:
		case len(found) == limit:
			s.fail(&walk.LimitError{What: "results", Limit: fmt.Sprint(limit)})
		default:
			found = append(found, n.term.Value)
		}
	})
	if err != nil {
		s.fail(walk.Failure(s.ctx, err))
	}
	return found
}

// predicatesOf are all that an expression uses, in order.
func predicatesOf(e pathexpr.Expression) (out []string) {
	for _, row := range pathexpr.Properties(e) {
		out = append(out, quads.Predicate(row.ID))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

type compiler struct {
	store *Store
	base  string
}

// compile is a path that goes on by an expression.
func (c compiler) compile(p *path.Path, e pathexpr.Expression) *path.Path {
	switch e := e.(type) {
	case pathexpr.Sequence:
		for _, part := range e {
			p = c.compile(p, part)
		}
		return p
	case pathexpr.Alternatives:
		out := c.compile(p.Clone(), e[0])
		for _, other := range e[1:] {
			out = out.Or(c.compile(p.Clone(), other))
		}
		return out.Unique()
	case pathexpr.Link:
		return c.link(p, e)
	case pathexpr.Test:
		return c.test(p, e)
	}
	panic(fmt.Sprintf("an expression of type %T", e))
}

// link goes along the properties. A predicate that other kinds have too is
// followed only from, or to, things of the property's kind.
func (c compiler) link(p *path.Path, e pathexpr.Link) *path.Path {
	var out *path.Path
	for _, via := range groups(e.Properties) {
		next := p.Clone()
		if e.Inverse {
			next = c.ofKinds(next.In(via.predicates), via.kinds)
		} else {
			next = c.ofKinds(next, via.kinds).Out(via.predicates)
		}
		out = or(out, next)
	}
	return out.Unique()
}

func or(p, other *path.Path) *path.Path {
	if p == nil {
		return other
	}
	return p.Or(other)
}

// group are predicates with the kinds that they are meant of; none means all
// that have them.
type group struct {
	predicates []quad.Value
	kinds      []model.Kind
}

// groups are the predicates of properties: together those that no other kind
// has, each by itself the others.
func groups(rows []*ontology.Property) (out []group) {
	kinds := map[string][]model.Kind{}
	for _, row := range rows {
		predicate := quads.Predicate(row.ID)
		kinds[predicate] = append(kinds[predicate], row.Kind)
	}
	var free group
	for _, predicate := range slices.Sorted(maps.Keys(kinds)) {
		elsewhere := slices.ContainsFunc(quads.PropertiesOf(predicate), func(id model.PropertyID) bool {
			return !slices.Contains(kinds[predicate], ontology.ByID(id).Kind)
		})
		if elsewhere {
			out = append(out, group{[]quad.Value{quad.IRI(predicate)}, kinds[predicate]})
		} else {
			free.predicates = append(free.predicates, quad.IRI(predicate))
		}
	}
	if free.predicates != nil {
		out = append(out, free)
	}
	return out
}

func (c compiler) ofKinds(p *path.Path, kinds []model.Kind) *path.Path {
	if kinds == nil {
		return p
	}
	return p.Filters(c.where(func(t quads.Term) bool { return t.Kind == quads.IRI && c.isOf(t.Value, kinds...) }))
}

// isOf tells whether an address is of a thing of one of the kinds.
func (c compiler) isOf(address string, kinds ...model.Kind) bool {
	return slices.ContainsFunc(kinds, func(k model.Kind) bool { return strings.HasPrefix(address, KindPrefix(c.base, k)) })
}

// KindPrefix is what the addresses of a kind's golden records begin with.
func KindPrefix(base string, k model.Kind) string { return base + "/id/" + k.String() + "/" }

// test keeps the things that are as a test says. The test is a path of its own
// from all nodes, which only ever answers for those that come by.
func (c compiler) test(p *path.Path, e pathexpr.Test) *path.Path {
	if e.Kind != model.KindUnknown {
		return c.ofKinds(p, []model.Kind{e.Kind})
	}
	var test *path.Path
	for _, via := range groups(e.Properties) {
		has := c.ofKinds(path.StartPath(c.store), via.kinds).HasFilter(via.predicates, false, c.where(Is(c.base, e)))
		test = or(test, has)
	}
	return p.And(test)
}

// Is tells whether a term is the value of a test, as the golden records under a
// base have it.
func Is(base string, e pathexpr.Test) func(quads.Term) bool {
	switch v := e.Value; v.Type {
	case model.TypeCode:
		return func(t quads.Term) bool {
			list, notation, ok := quads.ParseCodeIRI(base, t.Value)
			return ok && t.Kind == quads.IRI && notation == v.Text && (v.List == "" || list == v.List)
		}
	case model.TypeLink:
		return func(t quads.Term) bool {
			_, id, ok := quads.ParseEntityIRI(base, t.Value)
			return ok && t.Kind == quads.IRI && id.String() == v.Text
		}
	default:
		return func(t quads.Term) bool { return t.Value == v.Text }
	}
}

// where is a filter of nodes by their terms.
func (c compiler) where(keep func(quads.Term) bool) filter { return filter{c.store, keep} }

type filter struct {
	store *Store
	keep  func(quads.Term) bool
}

// BuildIterator filters an iterator's nodes.
func (f filter) BuildIterator(qs graph.QuadStore, it graph.Iterator) graph.Iterator {
	return iterator.NewValueFilter(qs, it, func(v quad.Value) (bool, error) {
		t, ok := f.store.terms.term(v)
		return ok && f.keep(t), nil
	})
}
