package graphtest

import (
	"bytes"
	"context"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Travel reads along a route step by step, for stores of tests.
func Travel(ctx context.Context, r graph.Reader, route *graph.Route) (*graph.Travelled, error) {
	out := &graph.Travelled{Goldens: map[model.EntityID]graph.Golden{}}
	reached := [][]model.EntityID{route.IDs}
	if len(route.IDs) == 0 {
		holders, exact, err := Holders(ctx, r, route.Kind, route.Key)
		if err != nil {
			return nil, err
		}
		if out.Holders = holders; exact {
			reached[0] = holders
		} else if err := readRows(ctx, r, out, holders, route.Parts); err != nil {
			return nil, err
		}
		if err := readSeals(ctx, r, out, route); err != nil {
			return nil, err
		}
	}
	for i := range len(route.Steps) + 1 {
		if err := readRows(ctx, r, out, reached[i], route.Parts); err != nil {
			return nil, err
		}
		if i == len(route.Steps) {
			break
		}
		step := &route.Steps[i]
		reached = append(reached, nil)
		for _, id := range reached[step.After] {
			if g := out.Goldens[id]; g.State == graph.Live && g.Disclosure.Rank() <= route.Disclosure.Rank() {
				next, err := stepFrom(ctx, r, out, &g, step, route.Disclosure)
				if err != nil {
					return nil, err
				}
				reached[i+1] = append(reached[i+1], next...)
			}
		}
	}
	return out, nil
}

func readRows(ctx context.Context, r graph.Reader, out *graph.Travelled, ids []model.EntityID, parts graph.Parts) error {
	rows, err := r.Goldens(ctx, ids, parts)
	for _, row := range rows {
		out.Goldens[row.ID] = row
	}
	return err
}

// Holders is Reader.Holders key by key, for stores of tests; exact says that the ids
// hold the key itself.
func Holders(ctx context.Context, r graph.RecordReader, kind model.Kind, key uint64) (ids []model.EntityID, exact bool, err error) {
	under := func(key uint64) (ids []model.EntityID, err error) {
		for m, err := range r.MatchKeys(ctx, []uint64{key}) {
			if err != nil {
				return nil, err
			}
			heads, err := r.HeadsByID(ctx, []model.EntityID{m.Record})
			if err != nil {
				return nil, err
			}
			if h := heads[0]; h.Live && h.Key.Kind == kind {
				ids = append(ids, h.Golden)
			}
		}
		slices.SortFunc(ids, model.EntityID.Compare)
		return slices.Compact(ids), nil
	}
	for _, from := range []uint64{key, 0} {
		for near, err := range r.KeysFrom(ctx, from, 64) {
			if err != nil {
				return nil, false, err
			}
			if ids, err = under(near); err != nil || len(ids) > 0 {
				return ids, near == key, err
			}
		}
	}
	return nil, false, nil
}

// readSeals reads the sealed value that each holder's document refers to.
func readSeals(ctx context.Context, r graph.Reader, out *graph.Travelled, route *graph.Route) error {
	rows, err := r.Goldens(ctx, out.Holders, graph.WithValues)
	if err != nil {
		return err
	}
	for i := range rows {
		if refs := lying(&rows[i], route.Seal); len(refs) > 0 {
			sealed, err := r.Sealed(ctx, refs)
			if err != nil {
				return err
			}
			out.AddSealed(sealed[0])
		}
	}
	return nil
}

// lying is the id that lies at a spot of a record's document, if any.
func lying(g *graph.Golden, spot graph.Spot) []model.EntityID {
	i := bytes.Index(g.Values, spot.Mark)
	if len(spot.Mark) == 0 || i < 0 || len(g.Values) < i+spot.Place+16 {
		return nil
	}
	return []model.EntityID{model.EntityID(g.Values[i+spot.Place:][:16])}
}

// follows is the id that lies at a spot, if whoever sees a class may see it.
func follows(g *graph.Golden, spot graph.Spot, seen model.Disclosure) []model.EntityID {
	ids := lying(g, spot)
	if len(ids) == 0 || len(spot.Class) == 0 {
		return ids
	}
	behind, ok := bytes.CutPrefix(g.Values[bytes.Index(g.Values, spot.Mark)+spot.Place+16:], spot.Class)
	if !ok || len(behind) == 0 || int(behind[0]) > seen.Rank() {
		return nil
	}
	return ids
}

// stepFrom is where a step leads from a record.
func stepFrom(ctx context.Context, r graph.Reader, out *graph.Travelled, g *graph.Golden, step *graph.RouteStep, seen model.Disclosure) (ids []model.EntityID, err error) {
	if step.Back == 0 {
		return follows(g, step.Spot, seen), nil
	}
	links, err := r.LinksTo(ctx, []graph.LinkTarget{{ID: g.ID}}, step.Property, seen, step.Back)
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
