package gql

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Path is a shortest path between two records.
type Path struct{ links []PathLink }

// Length is how many links it has.
func (p *Path) Length() int { return len(p.links) }

// Links are its links in order.
func (p *Path) Links() []PathLink { return p.links }

// PathLink is a link as it is gone along.
type PathLink struct {
	From, To GoldenRecord
	Property string
	Inverse  bool
}

// hop is a link before its records are read.
type hop struct {
	from, to place
	property string
	inverse  bool
}

func (w *walking) hop(l walk.Link, rows []*ontology.Property) (h hop, err error) {
	if h.from, err = w.place(l.From, 0); err != nil {
		return h, err
	}
	if h.to, err = w.place(l.To, 0); err != nil {
		return h, err
	}
	h.inverse = l.Inverse
	subject := l.From
	if l.Inverse {
		subject = l.To
	}
	kind, _, _ := quads.ParseEntityIRI(w.base, subject)
	for _, row := range rows {
		if row.Kind == kind && quads.Predicate(row.ID) == l.Predicate {
			h.property = row.Kind.String() + "." + row.Name
		}
	}
	return h, nil
}

// readEnds reads the records at the ends of links, and what is selected below them;
// sel is what is selected of the links.
func (q *query) readEnds(ctx context.Context, sel ast.SelectionSet, hops []hop) error {
	var from, to []model.EntityID
	for _, h := range hops {
		from, to = append(from, h.from.id), append(to, h.to.id)
	}
	if err := q.load(slices.Concat(from, to)); err != nil {
		return err
	}
	op := graphql.GetOperationContext(ctx)
	if err := q.descend(op, within(op, sel, "from"), q.known(from)); err != nil {
		return err
	}
	return q.descend(op, within(op, sel, "to"), q.known(to))
}

// pathLinks are the links whose ends have been read, but for those that have
// been withdrawn since the walk.
func (q *query) pathLinks(hops []hop) []PathLink {
	out := []PathLink{}
	for _, h := range hops {
		from, _ := kept(q.request, &q.entities, h.from.id)
		to, _ := kept(q.request, &q.entities, h.to.id)
		if from != nil && to != nil {
			out = append(out, PathLink{q.wrap(from), q.wrap(to), h.property, h.inverse})
		}
	}
	return out
}

// Path is a shortest path between two records, or nil.
func (r *queryResolver) Path(ctx context.Context, from, to model.EntityID, via []string, validAt *model.Date) (*Path, error) {
	rows, err := links(via)
	if err != nil {
		return nil, err
	}
	n, err := r.beginning(ctx, from, validAt)
	if err != nil || n == nil {
		return nil, err
	}
	goal, err := r.beginning(ctx, to, validAt)
	if err != nil || goal == nil {
		return nil, err
	}
	hops, ok, err := n.path(goal, rows)
	if err != nil || !ok {
		return nil, err
	}
	if err := n.q.readEnds(ctx, within(graphql.GetOperationContext(ctx), selected(ctx), "links"), hops); err != nil {
		return nil, err
	}
	links := n.q.pathLinks(hops)
	if len(links) < len(hops) {
		return nil, nil // it leads through what has been withdrawn
	}
	return &Path{links}, nil
}

func (n *node) path(to *node, rows []*ontology.Property) ([]hop, bool, error) {
	w, err := n.q.walking(n.e, "")
	if err != nil {
		return nil, false, err
	}
	defer w.release()
	via := slices.Concat(w.steps(rows, false), w.steps(rows, true))
	found, ok, err := walk.New(w.source, n.q.walks).Path(n.q.ctx, n.e.IRI, to.e.IRI, via)
	if err != nil || !ok {
		return nil, false, err
	}
	hops := make([]hop, len(found))
	for i, l := range found {
		if hops[i], err = w.hop(l, rows); err != nil {
			return nil, false, err
		}
	}
	return hops, true, nil
}
