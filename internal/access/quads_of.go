package access

import (
	"context"
	"iter"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
)

// QuadsOf is what the caller may see of some golden records, with the nodes
// that hang on them, as quads. Unlike a pattern with their subjects it has
// everything that their published documents have.
func (v *View) QuadsOf(ids ...model.EntityID) quads.QuadSource { return quadsOf{v, ids} }

type quadsOf struct {
	v   *View
	ids []model.EntityID
}

func (q quadsOf) Match(ctx context.Context, p quads.Pattern) iter.Seq2[quads.Quad, error] {
	m := newMatcher(p)
	if m.graphs != nil && !m.graphs[""] {
		return func(func(quads.Quad, error) bool) {}
	}
	return quadSource{q.v}.entities(ctx, m, func() ([]model.EntityID, error) { return append([]model.EntityID(nil), q.ids...), nil })
}
