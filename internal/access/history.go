package access

import (
	"context"
	"fmt"
	"reflect"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// History is every version of a golden record that differs for the caller from
// the one before, oldest first, each with the revision that it holds from, seen
// with today's protection and disclosure. That it was merged or ended is a
// version without values. ErrNotFound when nothing of it is for the caller.
func (v *View) History(ctx context.Context, id model.EntityID) ([]*Entity, error) {
	all, err := v.lives(ctx, []model.EntityID{id})
	if err != nil {
		return nil, err
	}
	if len(all[0]) == 0 {
		return nil, ErrNotFound
	}
	var shown []model.EntityID
	if v.rank >= model.Restricted.Rank() {
		for _, e := range all[0] {
			shown = v.appendTold(shown, &e.Golden)
		}
	}
	return all[0], v.tell(ctx, shown)
}

// Revised is, for golden ids, the revision of the last change that the caller
// may know of; zero where there is nothing for the caller. It is parallel to ids.
func (v *View) Revised(ctx context.Context, ids []model.EntityID) ([]model.Revision, error) {
	all, err := v.lives(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]model.Revision, len(ids))
	for i, versions := range all {
		if n := len(versions); n > 0 {
			out[i] = versions[n-1].Revision
		}
	}
	return out, nil
}

// lives reads the histories of golden ids up to the revision of the View, as
// the caller sees them.
func (v *View) lives(ctx context.Context, ids []model.EntityID) ([][]*Entity, error) {
	until, err := v.Revision(ctx)
	if err != nil {
		return nil, err
	}
	var rows []graph.Golden
	ends := make([]int, len(ids))
	for i, id := range ids {
		for row, err := range v.a.store.GoldenHistory(ctx, id, graph.WithValues|graph.WithEvidence) {
			if err != nil {
				return nil, fmt.Errorf("read the history of golden record %s: %w", id, err)
			}
			if row.Revision > until {
				break
			}
			rows = append(rows, row)
		}
		ends[i] = len(rows)
	}
	seen, err := v.asPast().judge(ctx, rows)
	if err != nil {
		return nil, err
	}
	standings, err := v.standings(ctx, redirects(rows))
	if err != nil {
		return nil, err
	}
	out := make([][]*Entity, len(ids))
	start := 0
	for i := range ids {
		for k := start; k < ends[i]; k++ {
			out[i] = v.appendVersion(out[i], &rows[k], seen[k], standings)
		}
		start = ends[i]
	}
	return out, nil
}

// asPast is the View that also looks at what holds today of what was stored
// earlier.
func (v *View) asPast() *View {
	if v.past != nil {
		return v
	}
	past := *v
	past.past = v.a.store
	return &past
}

// redirects are what merged rows were merged into.
func redirects(rows []graph.Golden) []model.EntityID {
	var ids []model.EntityID
	for i := range rows {
		if rows[i].State == graph.Merged {
			ids = append(ids, rows[i].Redirect)
		}
	}
	return ids
}

// appendVersion adds a version if it differs for the caller from the last one.
func (v *View) appendVersion(to []*Entity, row *graph.Golden, s *sighted, standings map[model.EntityID]standing) []*Entity {
	var e *Entity
	switch {
	case s != nil:
		e = s.entity
	case len(to) == 0 || row.State == graph.Live:
		// Before the caller could first see it, or while the caller may not.
		return to
	case row.State == graph.Merged && !v.admits(row.Kind, standings[row.Redirect].class):
		return to
	default:
		e = &Entity{
			Golden: model.Golden{ID: row.ID, Kind: row.Kind, Disclosure: to[len(to)-1].Disclosure},
			State:  row.State, Redirect: row.Redirect, IRI: v.iri(row.Kind, row.ID),
		}
	}
	if n := len(to); n > 0 && sameVersion(to[n-1], e) {
		return to
	}
	e.Revision = row.Revision
	return append(to, e)
}

// sameVersion tells whether two versions are alike but for their revision.
func sameVersion(a, b *Entity) bool {
	x, y := *a, *b
	x.Revision, y.Revision = 0, 0
	return reflect.DeepEqual(x, y)
}

// Gone tells whether an id that the caller gets no answer for was once one that
// the caller could see: an address that was published and is withdrawn.
func (v *View) Gone(ctx context.Context, id model.EntityID) (bool, error) {
	if _, err := v.present(); err != nil {
		return false, err
	}
	var rows []graph.Golden
	for row, err := range v.a.store.GoldenHistory(ctx, id, v.parts()) {
		if err != nil {
			return false, fmt.Errorf("read the history of golden record %s: %w", id, err)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return false, nil
	}
	found, err := v.Entities(ctx, []model.EntityID{id})
	if err != nil || found[0] != nil {
		return false, err
	}
	seen, err := v.judge(ctx, rows)
	if err != nil {
		return false, err
	}
	for _, s := range seen {
		if s != nil {
			return true, nil
		}
	}
	return false, nil
}
