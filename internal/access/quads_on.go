package access

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
)

// QuadsOn is what the caller may see as a graph to follow on a day: one quad for
// each value that is valid then, as quads.Renderer.AppendPlain has them, without
// what hangs on them. With a role (a hierarchy: line, economy, school) links of
// other roles are left out. It answers patterns with subjects, which are golden
// records, and patterns whose objects are golden records; another one is
// quads.ErrUnindexed. The zero day
// is any day.
func (v *View) QuadsOn(day model.Date, role string) quads.QuadSource { return quadsOn{v, day, role} }

type quadsOn struct {
	v    *View
	day  model.Date
	role string
}

func (q quadsOn) Match(ctx context.Context, p quads.Pattern) iter.Seq2[quads.Quad, error] {
	m := newMatcher(p)
	switch {
	case m.graphs != nil && !m.graphs[""]:
		return func(func(quads.Quad, error) bool) {}
	case m.subjects != nil:
		return q.entities(ctx, m, func() ([]model.EntityID, error) { return q.v.subjectIDs(p.Subjects), nil })
	}
	return q.entities(ctx, m, func() ([]model.EntityID, error) { return q.referrers(ctx, p) })
}

// holds tells whether a link or value is part of the graph.
func (q quadsOn) holds(period model.Period, role string, isLink bool) bool {
	return (q.day.IsZero() || period.Contains(q.day)) && (q.role == "" || !isLink || role == q.role)
}

// referrers are the things that may have a quad with one of the objects. It
// does not look at what the caller may see of them, but for what no link of
// theirs could show.
func (q quadsOn) referrers(ctx context.Context, p quads.Pattern) ([]model.EntityID, error) {
	var targets []model.EntityID
	for _, o := range p.Objects {
		_, id, ok := quads.ParseEntityIRI(q.v.a.base, o.Value)
		if o.Kind != quads.IRI || !ok {
			return nil, quads.ErrUnindexed
		}
		targets = append(targets, id)
	}
	if len(targets) == 0 {
		return nil, quads.ErrUnindexed
	}
	properties := q.v.linkProperties(linksOf(p.Predicates))
	if len(properties) == 0 || len(p.Predicates) > 0 && len(linksOf(p.Predicates)) == 0 {
		return nil, nil
	}
	slices.SortFunc(targets, model.EntityID.Compare)
	var ids []model.EntityID
	for link, err := range q.v.index().Referrers(ctx, slices.Compact(targets), properties, q.v.clearance) {
		if err != nil {
			return nil, fmt.Errorf("read what refers to %d things: %w", len(targets), err)
		}
		if q.holds(link.Period, link.Role, true) {
			ids = append(ids, link.From)
		}
	}
	return ids, nil
}

// linksOf are the link properties that predicates stand for.
func linksOf(predicates []string) (out []model.PropertyID) {
	for _, predicate := range predicates {
		for _, id := range quads.PropertiesOf(predicate) {
			if propertyOf(id).row.Type == model.TypeLink {
				out = append(out, id)
			}
		}
	}
	return out
}

// entities yields the matching quads of the things that candidates names, in
// order of id.
func (q quadsOn) entities(ctx context.Context, m *matcher, candidates func() ([]model.EntityID, error)) iter.Seq2[quads.Quad, error] {
	var wanted func(string) bool
	if m.predicates != nil {
		wanted = func(predicate string) bool { return m.predicates[predicate] }
	}
	return quadSource{q.v}.rendered(ctx, candidates, func(r *quads.Renderer, dst []quads.Quad, g *model.Golden) []quads.Quad {
		// A period of the thing itself is not a value: what has ended is still there.
		g.Values = slices.DeleteFunc(g.Values, func(val model.GoldenValue) bool {
			l, isLink := val.Value.(model.Link)
			return !q.holds(val.Period, l.Role, isLink)
		})
		return r.AppendPlain(dst, g, wanted)
	}, m)
}
