package graphtest

import (
	"context"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
)

// Travel reads along a route step by step, for stores of tests.
func Travel(ctx context.Context, r graph.Reader, route *graph.Route) (*graph.Travelled, error) {
	out := &graph.Travelled{Goldens: map[model.EntityID]graph.Golden{}}
	at := [][]model.EntityID{route.IDs}
	if len(route.IDs) == 0 {
		for m, err := range r.MatchKeys(ctx, []uint64{route.Key}) {
			if err != nil {
				return nil, err
			}
			heads, err := r.HeadsByID(ctx, []model.EntityID{m.Record})
			if err != nil {
				return nil, err
			}
			if h := heads[0]; h.Live && h.Key.Kind == route.Kind && !slices.Contains(out.Holders, h.Golden) {
				out.Holders = append(out.Holders, h.Golden)
			}
		}
		at[0] = out.Holders
		if err := readSeals(ctx, r, out, route); err != nil {
			return nil, err
		}
	}
	for i := range len(route.Steps) + 1 {
		rows, err := r.Goldens(ctx, at[i], route.Parts)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			out.Goldens[row.ID] = row
		}
		if i == len(route.Steps) {
			break
		}
		step := &route.Steps[i]
		at = append(at, nil)
		for _, id := range at[step.After] {
			if g := out.Goldens[id]; g.State == graph.Live && g.Disclosure.Rank() <= route.Disclosure.Rank() {
				next, err := stepFrom(ctx, r, out, &g, step)
				if err != nil {
					return nil, err
				}
				at[i+1] = append(at[i+1], next...)
			}
		}
	}
	return out, nil
}

// readSeals reads the sealed value of the first identifier of each holder.
func readSeals(ctx context.Context, r graph.Reader, out *graph.Travelled, route *graph.Route) error {
	rows, err := r.Goldens(ctx, out.Holders, graph.WithValues)
	if err != nil || route.Seal == 0 {
		return err
	}
	for _, row := range rows {
		var e model.Golden
		if err := document.DecodeGolden(row.Values, &e); err != nil {
			return err
		}
		for _, v := range e.All(route.Seal)[:min(1, len(e.All(route.Seal)))] {
			if id, ok := v.Value.(model.Identifier); ok && !id.Seal.IsZero() {
				sealed, err := r.Sealed(ctx, []model.EntityID{id.Seal})
				if err != nil {
					return err
				}
				out.AddSealed(sealed[0])
			}
		}
	}
	return nil
}

// stepFrom is where a step leads from a record.
func stepFrom(ctx context.Context, r graph.Reader, out *graph.Travelled, g *graph.Golden, step *graph.RouteStep) (ids []model.EntityID, err error) {
	if step.Back == 0 {
		var e model.Golden
		if err := document.DecodeGolden(g.Values, &e); err != nil {
			return nil, err
		}
		for _, v := range e.All(step.Property) {
			if l, ok := v.Value.(model.Link); ok && !l.To.IsZero() {
				return []model.EntityID{l.To}, nil
			}
		}
		return nil, nil
	}
	links, err := r.LinksTo(ctx, []graph.LinkTarget{{ID: g.ID}}, step.Property, step.Back)
	if err != nil {
		return nil, err
	}
	out.Look(g.ID, step.Property, step.Back)
	for _, l := range links[0] {
		out.AddLink(l)
		ids = append(ids, l.From)
	}
	return ids, nil
}
