package gql

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"

	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// NeighbourhoodConnection is a page of what is around a record.
type NeighbourhoodConnection struct {
	stretch
	edges []NeighbourhoodEdge
}

// NeighbourhoodEdge is a row of such a page.
type NeighbourhoodEdge struct {
	Cursor string
	Node   GoldenRecord
	Depth  int
	Links  []PathLink
}

// Nodes are the page's records.
func (c *NeighbourhoodConnection) Nodes() []GoldenRecord { return c.wrapped() }

// Edges are the page's records with their links.
func (c *NeighbourhoodConnection) Edges() []NeighbourhoodEdge { return c.edges }

// around are the places around a record, and the links of each to those that
// come before it, by its address.
type around struct {
	places []place
	hops   map[string][]hop
}

// Neighbourhood is what is around the record.
func (n *node) Neighbourhood(ctx context.Context, depth *int, via []string, first *int, after *string) (*NeighbourhoodConnection, error) {
	far := 1
	if depth != nil {
		far = *depth
	}
	if far < 1 || far > maxNeighbourhood {
		return nil, badInput(fmt.Sprintf("depth: want 1 to %d", maxNeighbourhood))
	}
	rows, err := links(via)
	if err != nil {
		return nil, err
	}
	a, err := n.around(rows, far)
	if err != nil {
		return nil, err
	}
	how := []string{"neighbourhood", strconv.Itoa(far)}
	for _, row := range rows {
		how = append(how, row.Name+" "+row.Kind.String())
	}
	s, err := n.stretch(ctx, a.places, first, after, how...)
	if err != nil {
		return nil, err
	}
	var shown []hop
	for _, p := range s.places {
		shown = append(shown, a.hops[p.iri]...)
	}
	op := graphql.GetOperationContext(ctx)
	if below := within(op, within(op, selected(ctx), "edges"), "links"); len(below) > 0 {
		if err := n.q.readEnds(ctx, below, shown); err != nil {
			return nil, err
		}
	}
	c := &NeighbourhoodConnection{stretch: s, edges: make([]NeighbourhoodEdge, len(s.items))}
	for i, e := range s.items {
		p := s.places[i]
		c.edges[i] = NeighbourhoodEdge{s.cursors[i], s.q.wrap(e), p.depth, n.q.pathLinks(a.hops[p.iri])}
	}
	return c, nil
}

func (n *node) around(rows []*ontology.Property, depth int) (*around, error) {
	w, err := n.q.walking(n.e, "")
	if err != nil {
		return nil, err
	}
	defer w.release()
	things, between, err := walk.New(w.source, n.q.walks).Neighbourhood(n.q.ctx, n.e.IRI, w.steps(rows, false), depth)
	if err != nil {
		return nil, err
	}
	all, err := w.places(things)
	if err != nil {
		return nil, err
	}
	at := map[string]place{}
	for _, p := range all {
		at[p.iri] = p
	}
	out := &around{hops: map[string][]hop{}}
	out.places = slices.DeleteFunc(all, func(p place) bool { return p.depth == 0 })
	for _, q := range between {
		// The link is told at the end that comes later, and from the other.
		l := walk.Link{From: q.Subject, To: q.Object.Value, Predicate: q.Predicate}
		if inOrder(at[l.From], at[l.To]) > 0 {
			l.From, l.To, l.Inverse = l.To, l.From, true
		}
		h, err := w.hop(l, rows)
		if err != nil {
			return nil, err
		}
		out.hops[l.To] = append(out.hops[l.To], h)
	}
	return out, nil
}

// Neighbourhood is what is around a record.
func (r *queryResolver) Neighbourhood(ctx context.Context, id model.EntityID, depth *int, via []string, first *int, after *string, validAt *model.Date) (*NeighbourhoodConnection, error) {
	n, err := r.beginning(ctx, id, validAt)
	if err != nil || n == nil {
		return nil, err
	}
	return n.Neighbourhood(ctx, depth, via, first, after)
}
