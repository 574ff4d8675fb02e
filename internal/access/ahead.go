package access

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// AheadOfIDs is the View with what lies along a route from golden records read
// beforehand, where the store reads that at once for less. Nothing of it is shown:
// the View answers as before, and decides of each record as before, but need not
// wait for rows that it has. It is for one answer, since they grow old.
func (v *View) AheadOfIDs(ctx context.Context, ids []model.EntityID, steps []graph.RouteStep) (*View, error) {
	return v.ahead(ctx, &graph.Route{IDs: ids, Steps: steps})
}

// AheadOfIdentifier is AheadOfIDs from what holds an identifier, as ByIdentifier
// finds it.
func (v *View) AheadOfIdentifier(ctx context.Context, kind model.Kind, scheme model.Scheme, value string, steps []graph.RouteStep) (*View, error) {
	value = v.canonical(scheme, value)
	if v.a.keyer == nil || value == "" || !v.admits(kind, model.Open) || !v.looksUp(v.a.proofOf(scheme).Sealed) {
		return v, nil
	}
	keys, err := v.a.keyer.IdentifierKeys(kind, scheme, value, false)
	if err != nil || len(keys) > 1 { // a route begins at one
		return v, err
	}
	route := &graph.Route{Key: keys[0], Kind: kind, Steps: steps}
	if row := ontology.ByName(kind, "identifier"); row != nil && v.a.proofOf(scheme).Sealed {
		route.Seal = document.SealSpot(row.ID)
	}
	return v.ahead(ctx, route)
}

func (v *View) ahead(ctx context.Context, r *graph.Route) (*View, error) {
	if v.past != nil {
		return v, nil
	}
	// The public sees no persons, whatever class they are of.
	if v.rights.Role == Public {
		r.Steps = nil
	}
	r.Disclosure, r.Parts, r.Steps = v.clearance, v.parts(), v.mayFollow(r.Steps)
	read, err := v.a.store.Travel(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("read ahead: %w", err)
	}
	if read == nil {
		return v, nil
	}
	a, out := *v.a, *v
	a.store = &travelled{store: a.store, route: r, read: read}
	out.a = &a
	return &out, nil
}

// mayFollow are the steps by properties of a class that the caller may see, without
// those that come after others: what such a property has costs no time either.
func (v *View) mayFollow(steps []graph.RouteStep) (some []graph.RouteStep) {
	at := make([]int, len(steps)+1) // the numbers that they have among some
	for i, step := range steps {
		p := propertyOf(step.Property)
		if p.row == nil || p.row.Disclosure.Rank() > v.rank || step.After > 0 && at[step.After] == 0 {
			continue
		}
		if step.After = at[step.After]; step.Back == 0 {
			step.Spot = document.LinkSpot(step.Property)
		}
		some = append(some, step)
		at[i+1] = len(some)
	}
	return some
}

// travelled is a store of which some has been read already.
type travelled struct {
	store
	route *graph.Route
	read  *graph.Travelled
}

// holders are the golden records of a kind with a live record under a key.
func (t *travelled) holders(kind model.Kind, key uint64) (ids []model.EntityID, ok bool) {
	return t.read.Holders, len(t.route.IDs) == 0 && t.route.Key == key && t.route.Kind == kind
}

// Goldens reads what has not been read.
func (t *travelled) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	if parts&^t.route.Parts != 0 {
		return t.store.Goldens(ctx, ids, parts)
	}
	return graph.ReadRest(ids, func(id model.EntityID) (graph.Golden, bool) {
		row, ok := t.read.Goldens[id]
		return row, ok
	}, func(rest []model.EntityID) ([]graph.Golden, error) { return t.store.Goldens(ctx, rest, parts) })
}

// Sealed reads what has not been read.
func (t *travelled) Sealed(ctx context.Context, refs []model.EntityID) ([]graph.Sealed, error) {
	return graph.ReadRest(refs, func(ref model.EntityID) (graph.Sealed, bool) {
		row, ok := t.read.Sealed[ref]
		return row, ok
	}, func(rest []model.EntityID) ([]graph.Sealed, error) { return t.store.Sealed(ctx, rest) })
}

// LinksTo reads what has not been read.
func (t *travelled) LinksTo(ctx context.Context, targets []graph.LinkTarget, property model.PropertyID, seen model.Disclosure, limit int) ([][]graph.Link, error) {
	return graph.ReadRest(targets, func(target graph.LinkTarget) ([]graph.Link, bool) {
		if !target.From.IsZero() || seen != t.route.Disclosure {
			return nil, false
		}
		return t.read.LinksTo(target.ID, property, limit)
	}, func(rest []graph.LinkTarget) ([][]graph.Link, error) {
		return t.store.LinksTo(ctx, rest, property, seen, limit)
	})
}
