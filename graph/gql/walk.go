package gql

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/karna-registry/karna/graph/cayley"
	"github.com/karna-registry/karna/graph/pathexpr"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// maxNeighbourhood is how far a neighbourhood reaches.
const maxNeighbourhood = 5

// walkCost is what a walk costs, in fields: it may take a hundred lookups.
const walkCost = 2000

// isWalk tells whether the field is answered by a walk.
func isWalk(field string) bool {
	switch field {
	case "descendants", "ancestors", "path", "follow", "neighbourhood":
		return true
	}
	return false
}

// place is a golden record that a walk came to.
type place struct {
	id    model.EntityID
	iri   string
	depth int
}

// inOrder sorts places by distance and address: an order that depends on
// nothing that the caller may not see.
func inOrder(a, b place) int {
	return cmp.Or(cmp.Compare(a.depth, b.depth), strings.Compare(a.iri, b.iri))
}

// spelt is where a place lies in that order, for a cursor, so that a page goes on
// there also when the place itself is gone.
func (p place) spelt() string { return strconv.Itoa(p.depth) + " " + p.iri }

func parsePlace(spelt string) (place, error) {
	depth, iri, ok := strings.Cut(spelt, " ")
	n, err := strconv.Atoi(depth)
	if err != nil || !ok {
		return place{}, access.ErrCursor
	}
	return place{iri: iri, depth: n}, nil
}

// walking is one committed state to follow links in. It is released before what
// was found is read, which is then seen as it is.
type walking struct {
	source  quads.QuadSource
	base    string
	release func()
}

// walking begins a walk from a record, on the query's day; role narrows links to
// a hierarchy.
func (q *query) walking(from *access.Entity, role string) (*walking, error) {
	still, release, err := q.view.Snapshot(q.ctx)
	if err != nil {
		return nil, err
	}
	base := from.IRI[:strings.LastIndex(from.IRI, "/id/")]
	return &walking{still.QuadsOn(q.day, role), base, release}, nil
}

// steps are steps along properties.
func (w *walking) steps(rows []*ontology.Property, inverse bool) []walk.Step {
	out := make([]walk.Step, len(rows))
	for i, row := range rows {
		out[i] = walk.Step{Predicate: quads.Predicate(row.ID), Inverse: inverse, Subjects: cayley.KindPrefix(w.base, row.Kind)}
	}
	return out
}

func (w *walking) place(iri string, depth int) (place, error) {
	_, id, ok := quads.ParseEntityIRI(w.base, iri)
	if !ok {
		return place{}, fmt.Errorf("a walk came to %s, which is no golden record's address", iri)
	}
	return place{id, iri, depth}, nil
}

func (w *walking) places(found []walk.Found) ([]place, error) {
	out := make([]place, len(found))
	for i, f := range found {
		var err error
		if out[i], err = w.place(f.IRI, f.Depth); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// links are the link properties of every kind, or those that are named.
func links(via []string) ([]*ontology.Property, error) {
	var out []*ontology.Property
	if via == nil {
		for _, k := range model.Kinds {
			for _, row := range ontology.Of(k) {
				if row.Type == model.TypeLink {
					out = append(out, row)
				}
			}
		}
		return out, nil
	}
	for i, name := range via {
		e, err := pathexpr.Parse(name)
		if err != nil {
			return nil, badInput(fmt.Sprintf("via: name %d: %v", i+1, err))
		}
		link, ok := e.(pathexpr.Link)
		if !ok || link.Inverse {
			return nil, badInput(fmt.Sprintf("via: name %d: want a property alone, such as organisation.parent; it is followed both ways", i+1))
		}
		out = append(out, link.Properties...)
	}
	if len(out) == 0 {
		return nil, badInput("via: want the name of a property at least")
	}
	return out, nil
}

// stretch is a page of what a walk came to.
type stretch struct {
	page
	places []place
	total  int
}

// TotalCount is how many there are on all pages.
func (s *stretch) TotalCount() int { return s.total }

// stretch is the page of places that the arguments ask for, with its records
// and what is selected below them read. How is how the walk goes from the record.
func (n *node) stretch(ctx context.Context, all []place, first *int, after *string, how ...string) (stretch, error) {
	return n.q.stretch(ctx, all, first, after, n.q.view.WalkCursors(n.e.ID, how...))
}

func (q *query) stretch(ctx context.Context, all []place, first *int, after *string, cursors access.WalkCursors) (stretch, error) {
	n := size(first)
	if n < 1 || n > MaxPage {
		return stretch{}, badInput(fmt.Sprintf("first: want 1 to %d", MaxPage))
	}
	slices.SortFunc(all, inOrder)
	rest := all
	if cursor := deref(after); cursor != "" {
		spelt, err := cursors.Place(cursor)
		if err != nil {
			return stretch{}, err
		}
		from, err := parsePlace(spelt)
		if err != nil {
			return stretch{}, err
		}
		at, found := slices.BinarySearchFunc(all, from, inOrder)
		if found {
			at++
		}
		rest = all[at:]
	}
	next := len(rest) > n
	rest = rest[:min(n, len(rest))]
	ids := make([]model.EntityID, len(rest))
	for i := range rest {
		ids[i] = rest[i].id
	}
	if err := q.load(ids); err != nil {
		return stretch{}, err
	}
	s := stretch{page: page{q: q}, total: len(all)}
	for _, p := range rest {
		// What was withdrawn since the walk is not there.
		if e, _ := kept(q.request, &q.entities, p.id); e != nil {
			s.items, s.cursors, s.places = append(s.items, e), append(s.cursors, cursors.Cursor(p.spelt())), append(s.places, p)
		}
	}
	s.info = pageInfo(s.cursors, next, deref(after) != "")
	return s, q.aheadOfPage(ctx, s.items)
}

// hierarchy is what lies above or below a record by its kind's hierarchy.
func (n *node) hierarchy(ctx context.Context, p model.PropertyID, below bool, role *string, depth, first *int, after *string) (stretch, error) {
	if depth != nil && *depth < 1 {
		return stretch{}, badInput("depth: want 1 or more")
	}
	most := 0
	if depth != nil {
		most = *depth
	}
	all, err := n.reach(p, below, deref(role), most)
	if err != nil {
		return stretch{}, err
	}
	return n.stretch(ctx, all, first, after, "hierarchy", strconv.FormatBool(below), deref(role), strconv.Itoa(most))
}

func (n *node) reach(p model.PropertyID, below bool, role string, most int) ([]place, error) {
	w, err := n.q.walking(n.e, role)
	if err != nil {
		return nil, err
	}
	defer w.release()
	via := w.steps([]*ontology.Property{ontology.ByID(p)}, below)
	found, err := walk.New(w.source, n.q.walks).Reach(n.q.ctx, n.e.IRI, via, most)
	if err != nil {
		return nil, err
	}
	return w.places(found)
}

// Follow is what a path leads to from the record.
func (n *node) Follow(ctx context.Context, path string, first *int, after *string) (*FollowConnection, error) {
	e, err := pathexpr.Parse(path)
	if err != nil {
		return nil, badInput("path: " + err.Error())
	}
	all, err := n.follow(e)
	if err != nil {
		return nil, err
	}
	s, err := n.stretch(ctx, all, first, after, "follow", path)
	return &FollowConnection{s}, err
}

func (n *node) follow(e pathexpr.Expression) ([]place, error) {
	w, err := n.q.walking(n.e, "")
	if err != nil {
		return nil, err
	}
	defer w.release()
	found, err := cayley.Follow(n.q.ctx, walk.NewBudget(w.source, n.q.walks), w.base, n.e.IRI, e)
	if err != nil {
		return nil, err
	}
	all := make([]walk.Found, len(found))
	for i := range found {
		all[i].IRI = found[i]
	}
	return w.places(all)
}

// FollowConnection is a page of what a path leads to.
type FollowConnection struct{ stretch }

// FollowEdge is a row of such a page.
type FollowEdge struct {
	Cursor string
	Node   GoldenRecord
}

// Nodes are the page's records.
func (c *FollowConnection) Nodes() []GoldenRecord { return c.wrapped() }

func (s *stretch) wrapped() []GoldenRecord {
	out := make([]GoldenRecord, len(s.items))
	for i, e := range s.items {
		out[i] = s.q.wrap(e)
	}
	return out
}

// Edges are the page's records with their cursors.
func (c *FollowConnection) Edges() []FollowEdge {
	out := make([]FollowEdge, len(c.items))
	for i, e := range c.items {
		out[i] = FollowEdge{c.cursors[i], c.q.wrap(e)}
	}
	return out
}

// Follow is what a path leads to from a record.
func (r *queryResolver) Follow(ctx context.Context, from model.EntityID, path string, first *int, after *string, validAt *model.Date) (*FollowConnection, error) {
	n, err := r.beginning(ctx, from, validAt)
	if err != nil || n == nil {
		return nil, err
	}
	return n.Follow(ctx, path, first, after)
}

// beginning is the record that a walk begins at; nil when there is none that the
// caller may see.
func (r *queryResolver) beginning(ctx context.Context, id model.EntityID, validAt *model.Date) (*node, error) {
	q := r.query(ctx, validAt)
	e, err := entityOrNil(q.view.Entity(ctx, id))
	if err != nil || e == nil {
		return nil, err
	}
	return &node{e, q}, nil
}
