package relational

import (
	"context"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// past reads a revision: what is in the present and was there already, and what
// has gone to the past since.
type past struct {
	*reader
	at model.Revision
}

var _ graph.Past = (*past)(nil)

// Revision is the revision read.
func (p *past) Revision(context.Context) (model.Revision, error) { return p.at, nil }

// Goldens answers in the order of ids.
func (p *past) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	out := make([]graph.Golden, len(ids))
	args := func(w Writer) {
		w.Int(p.store.number)
		w.Int(int64(p.at))
	}
	err := p.with(ctx, "reading past golden records", func(s Session) error {
		for _, st := range []*Statement{goldenAt.of(parts), pastGoldenAt.of(parts)} {
			err := lookup(ctx, s, st, args, len(ids), func(i int, w Writer) { w.ID(ids[i]) }, func(rows Rows) {
				if g := readGolden(rows, parts); g.Revision >= out[rows.Key()].Revision {
					out[rows.Key()] = g
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].ID = ids[i]
	}
	return out, nil
}

// Versions answers with each record's version at the revision.
func (p *past) Versions(ctx context.Context, ids []model.EntityID) ([]graph.Version, error) {
	return p.versions(ctx, ids, p.at)
}
