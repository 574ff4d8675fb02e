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
	versions := all[0].versions
	if len(versions) == 0 {
		return nil, ErrNotFound
	}
	out := make([]*Entity, len(versions))
	for i := range versions {
		out[i] = versions[i].Entity
	}
	return out, v.noteVersions(ctx, out...)
}

// Revised is, for golden ids, the revision of the last change that the caller
// may know of; zero where there is nothing for the caller. It is parallel to ids.
func (v *View) Revised(ctx context.Context, ids []model.EntityID) ([]model.Revision, error) {
	all, err := v.lives(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]model.Revision, len(ids))
	for i := range all {
		if n := len(all[i].versions); n > 0 {
			out[i] = all[i].versions[n-1].Revision
		}
	}
	return out, nil
}

// life is what there is to know of a golden id: the stored rows, oldest first,
// what the caller sees of each (nil for what is hidden, or not live), and the
// versions that differ for the caller.
type life struct {
	rows     []graph.Golden
	seen     []*sighted
	versions []version
}

// version is a version that the caller may know of, and its row.
type version struct {
	*Entity
	row int
}

// lives reads the histories of golden ids up to the revision of the View, as
// the caller sees them.
func (v *View) lives(ctx context.Context, ids []model.EntityID) ([]life, error) {
	until, err := v.Revision(ctx)
	if err != nil {
		return nil, err
	}
	histories, err := v.a.store.GoldenHistories(ctx, ids, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return nil, fmt.Errorf("read the histories of %d golden records: %w", len(ids), err)
	}
	var rows []graph.Golden
	ends := make([]int, len(ids))
	for i, versions := range histories {
		for _, row := range versions {
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
	out := make([]life, len(ids))
	start := 0
	for i := range ids {
		l := &out[i]
		l.rows, l.seen = rows[start:ends[i]], seen[start:ends[i]]
		for k := range l.rows {
			l.versions = v.appendVersion(l.versions, l, k, standings)
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

// appendVersion adds the version of a row if it differs for the caller from the
// last one.
func (v *View) appendVersion(to []version, l *life, k int, standings map[model.EntityID]standing) []version {
	var e *Entity
	row := &l.rows[k]
	switch {
	case l.seen[k] != nil:
		// A copy: the revision that it is given here tells of this version only.
		shown := *l.seen[k].entity
		e = &shown
	case len(to) == 0 || row.State == graph.Live:
		// Before the caller could first see it, or while the caller may not.
		return to
	case row.State == graph.Merged && !v.admits(row.Kind, standings[row.Redirect].class):
		return to
	default:
		e = &Entity{
			Golden: model.Golden{ID: row.ID, Kind: row.Kind, Disclosure: to[len(to)-1].Disclosure},
			State:  row.State, Redirect: row.Redirect, IRI: v.iri(row.Kind, row.ID), Secret: to[len(to)-1].Secret,
		}
	}
	if n := len(to); n > 0 && sameVersion(to[n-1].Entity, e) {
		return to
	}
	e.Revision = row.Revision
	return append(to, version{e, k})
}

// sameVersion tells whether two versions are alike but for their revision.
func sameVersion(a, b *Entity) bool {
	x, y := *a, *b
	x.Revision, y.Revision = 0, 0
	x.Secret, y.Secret = false, false
	return reflect.DeepEqual(x, y)
}

// Gone tells whether an id that the caller gets no answer for was once one that
// the caller could see: an address that was published and is withdrawn.
func (v *View) Gone(ctx context.Context, id model.EntityID) (bool, error) {
	if _, err := v.present(); err != nil {
		return false, err
	}
	var rows []graph.Golden
	for row, err := range v.a.store.GoldenHistory(ctx, id, v.partsThen()) {
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
