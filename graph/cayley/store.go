package cayley

import (
	"context"
	"errors"
	"fmt"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/quad"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
)

// ErrReadOnly is the answer to a change.
var ErrReadOnly = errors.New("the quad store is read-only: the registry is changed by deliveries and stewards")

// Unknown is the size of what nobody has counted. It is large, so that a plan
// made of sizes does not begin there; Cayley divides by some sizes and multiplies
// others, so that -1, 0 and the largest number would not do.
const Unknown = 1 << 30

// maxAhead is how many nodes are looked up together.
const maxAhead = 1024

// Store is a graph.QuadStore for one query, over the quads that have one of its
// predicates. It is not for concurrent use.
type Store struct {
	ctx        context.Context
	budget     *walk.Budget
	predicates []string // sorted out by Match; none means all
	terms      terms
	err        error
	steps      int // of iterators
	read       map[direction]map[quads.Term][]quads.Quad
	// cohorts are the nodes that one lookup brought, and asked how often one of
	// them was looked up.
	cohort  map[quads.Term]*cohort
	ordinal map[quads.Term]int
}

var _ graph.QuadStore = (*Store)(nil)

type cohort struct {
	nodes []quads.Term
	ahead map[direction]int
}

// direction is a quad's end that a lookup is by.
type direction = quad.Direction

// New is a store for one query. The predicates are all that the query can use:
// the only predicates that it has, and those that it need not look for. Without
// any it has all.
func New(ctx context.Context, budget *walk.Budget, predicates []string) *Store {
	return &Store{
		ctx: ctx, budget: budget, predicates: predicates, terms: rdf{},
		read: map[direction]map[quads.Term][]quads.Quad{}, cohort: map[quads.Term]*cohort{}, ordinal: map[quads.Term]int{},
	}
}

// Err is the first error of any lookup. It has to be asked for when an iteration
// is over: Cayley need not have passed it on.
func (s *Store) Err() error {
	if s.err == nil {
		s.fail(walk.Failure(s.ctx, s.ctx.Err()))
	}
	return s.err
}

// goes tells whether an iterator may go on. Cayley looks at the context between
// results only, and may be long between two.
func (s *Store) goes() bool {
	if s.steps++; s.steps%1024 == 0 {
		s.fail(walk.Failure(s.ctx, s.ctx.Err()))
	}
	return s.err == nil
}

func (s *Store) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// node is a term as Cayley refers to it. The term has a name, so that none of
// its methods becomes the node's.
type node struct{ term quads.Term }

// Key is the node: terms are comparable.
func (n node) Key() any { return n }

// link is a quad as Cayley refers to it.
type link struct{ quad quads.Quad }

// Key is the link: quads are comparable.
func (l link) Key() any { return l }

// end is a quad's term in a direction; ok is false for the default graph.
func end(q *quads.Quad, d direction) (t quads.Term, ok bool) {
	switch d {
	case quad.Subject:
		return quads.Term{Kind: quads.IRI, Value: q.Subject}, true
	case quad.Predicate:
		return quads.Term{Kind: quads.IRI, Value: q.Predicate}, true
	case quad.Object:
		return q.Object, true
	case quad.Label:
		return quads.Term{Kind: quads.IRI, Value: q.Graph}, q.Graph != ""
	}
	return quads.Term{}, false
}

// pattern asks for quads with one of the terms in a direction.
func (s *Store) pattern(d direction, terms []quads.Term) quads.Pattern {
	p := quads.Pattern{Predicates: s.predicates}
	var values []string
	for _, t := range terms {
		values = append(values, t.Value)
	}
	switch d {
	case quad.Subject:
		p.Subjects = values
	case quad.Predicate:
		p.Predicates = values
	case quad.Object:
		p.Objects = terms
	case quad.Label:
		p.Graphs = values
	}
	return p
}

// with are the quads with a term in a direction.
func (s *Store) with(d direction, t quads.Term) []quads.Quad {
	if found, ok := s.read[d][t]; ok || s.err != nil {
		return found
	}
	if d != quad.Object && t.Kind != quads.IRI {
		return nil
	}
	asked := s.ahead(d, t)
	found, err := s.budget.Match(s.ctx, s.pattern(d, asked))
	if err != nil {
		s.fail(err)
		return nil
	}
	if s.read[d] == nil {
		s.read[d] = map[quads.Term][]quads.Quad{}
	}
	for _, a := range asked {
		s.read[d][a] = nil
	}
	brought := &cohort{ahead: map[direction]int{}}
	for i := range found {
		if key, ok := end(&found[i], d); ok {
			s.read[d][key] = append(s.read[d][key], found[i])
		}
		s.bring(brought, &found[i])
	}
	return s.read[d][t]
}

// bring adds the quad's nodes to the cohort of those that came together.
func (s *Store) bring(c *cohort, q *quads.Quad) {
	for _, d := range [...]direction{quad.Subject, quad.Object} {
		t, _ := end(q, d)
		if _, known := s.cohort[t]; known || t.Kind != quads.IRI {
			continue
		}
		s.cohort[t], s.ordinal[t] = c, len(c.nodes)
		c.nodes = append(c.nodes, t)
	}
}

// ahead is a node and those that came after it, as many as have turned out to be
// wanted: from one at first to eight times as many each time.
func (s *Store) ahead(d direction, t quads.Term) []quads.Term {
	asked := []quads.Term{t}
	c := s.cohort[t]
	if c == nil || d != quad.Subject && d != quad.Object {
		return asked
	}
	n := max(1, c.ahead[d])
	c.ahead[d] = min(8*n, maxAhead)
	for _, other := range c.nodes[s.ordinal[t]+1:] {
		if len(asked) >= n {
			break
		}
		if _, known := s.read[d][other]; !known {
			asked = append(asked, other)
		}
	}
	return asked
}

// ValueOf is the node of a value, nil when there is none. A predicate of the
// store's is one; for any other the source is asked.
func (s *Store) ValueOf(v quad.Value) graph.Ref {
	t, ok := s.terms.term(v)
	if !ok {
		return nil
	}
	for _, p := range s.predicates {
		if t.Kind == quads.IRI && t.Value == p {
			return node{t}
		}
	}
	for _, d := range [...]direction{quad.Subject, quad.Object, quad.Predicate, quad.Label} {
		if d == quad.Predicate && len(s.predicates) > 0 {
			return nil // what else is a predicate is none of this graph's
		}
		if len(s.with(d, t)) > 0 {
			return node{t}
		}
	}
	return nil
}

// NameOf is a node's value.
func (s *Store) NameOf(r graph.Ref) quad.Value {
	switch r := r.(type) {
	case node:
		return s.terms.value(r.term)
	case graph.PreFetchedValue:
		return r.NameOf()
	}
	return nil
}

// Quad is a link's quad.
func (s *Store) Quad(r graph.Ref) quad.Quad {
	l, ok := r.(link)
	if !ok {
		return quad.Quad{}
	}
	var out quad.Quad
	for _, d := range quad.Directions {
		if t, ok := end(&l.quad, d); ok {
			out.Set(d, s.terms.value(t))
		}
	}
	return out
}

// QuadDirection is a link's node in a direction; nil where it has none.
func (s *Store) QuadDirection(r graph.Ref, d quad.Direction) graph.Ref {
	l, ok := r.(link)
	if !ok {
		return nil
	}
	t, ok := end(&l.quad, d)
	if !ok {
		return nil
	}
	return node{t}
}

// QuadIterator goes through the links with a node in a direction.
func (s *Store) QuadIterator(d quad.Direction, r graph.Ref) graph.Iterator {
	n, ok := r.(node)
	if !ok {
		return s.links(func() []quads.Quad { return nil })
	}
	return s.links(func() []quads.Quad { return s.with(d, n.term) })
}

// QuadIteratorSize is Unknown: to count would be to look up.
func (s *Store) QuadIteratorSize(context.Context, quad.Direction, graph.Ref) (graph.Size, error) {
	return graph.Size{Size: Unknown}, s.err
}

// QuadsAllIterator goes through everything, as far as the source can be scanned.
func (s *Store) QuadsAllIterator() graph.Iterator { return s.links(s.all) }

// NodesAllIterator goes through all nodes, as far as the source can be scanned.
func (s *Store) NodesAllIterator() graph.Iterator {
	return s.nodes(func() []quads.Term { return nodesOf(s.all()) })
}

func (s *Store) all() []quads.Quad {
	if s.err != nil {
		return nil
	}
	found, err := s.budget.Match(s.ctx, quads.Pattern{Predicates: s.predicates})
	if err != nil {
		s.fail(err)
	}
	return found
}

func nodesOf(all []quads.Quad) (out []quads.Term) {
	seen := map[quads.Term]bool{}
	for i := range all {
		for _, d := range quad.Directions {
			if t, ok := end(&all[i], d); ok && !seen[t] {
				seen[t] = true
				out = append(out, t)
			}
		}
	}
	return out
}

// Stats are Unknown unless exact ones are asked for, which costs a scan.
func (s *Store) Stats(_ context.Context, exact bool) (graph.Stats, error) {
	if !exact {
		return graph.Stats{Nodes: graph.Size{Size: Unknown}, Quads: graph.Size{Size: Unknown}}, s.err
	}
	all := s.all()
	return graph.Stats{
		Nodes: graph.Size{Size: int64(len(nodesOf(all))), Exact: true}, Quads: graph.Size{Size: int64(len(all)), Exact: true},
	}, s.err
}

// ApplyDeltas is ErrReadOnly.
func (s *Store) ApplyDeltas([]graph.Delta, graph.IgnoreOpts) error { return ErrReadOnly }

// NewQuadWriter is ErrReadOnly.
func (s *Store) NewQuadWriter() (quad.WriteCloser, error) { return nil, ErrReadOnly }

// Close does nothing: the source is not the store's.
func (s *Store) Close() error { return nil }

// recovered makes the store's error of a panic in Cayley.
func (s *Store) recovered() {
	if p := recover(); p != nil {
		s.fail(fmt.Errorf("cayley gave up: %v", p))
	}
}
