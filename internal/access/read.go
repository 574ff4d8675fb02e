package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
)

// sighted is a golden record that the caller may see, with what Statements
// needs beside it.
type sighted struct {
	entity *Entity
	sort   []byte
	// class is who may see it: its disclosure, and of the past that of today too. What
	// is restricted or more by it is a caller's by what the authorities have a part in.
	class model.Disclosure
	// own is what the caller's authorities have a part in, when they are narrowed.
	own  document.Part
	tell telling
	// What follows is there only when the evidence was read.
	proved   bool
	evidence model.Evidence
	places   []int               // of the kept values among all
	stored   []model.GoldenValue // the kept values as stored, seals and all
	// now is what the id of a person of the past, and the records that were part of it, are today.
	now []model.EntityID
}

// sight turns stored rows into what the caller may see of them, parallel to
// rows, nil for what the caller may not see, and tells of it in the audit. Rows
// hold the columns of v.parts().
func (v *View) sight(ctx context.Context, rows []graph.Golden) ([]*sighted, error) {
	out, err := v.judge(ctx, rows)
	if err != nil {
		return nil, err
	}
	return out, v.note(ctx, out)
}

// judge is sight of what is not shown itself: an answer depends on it. Who shows
// some of it says so with note.
func (v *View) judge(ctx context.Context, rows []graph.Golden) ([]*sighted, error) {
	out, err := v.glimpse(ctx, rows)
	if err != nil {
		return nil, err
	}
	return out, v.unseal(ctx, out)
}

// glimpse is sight with sealed values as they are stored. It is the one way
// from a stored golden record to a caller (the scan of an open dump takes the
// same steps over memory that it uses again).
func (v *View) glimpse(ctx context.Context, rows []graph.Golden) ([]*sighted, error) {
	out := make([]*sighted, len(rows))
	var then []*sighted // of the past
	space := make([]seenRecord, 0, len(rows))
	for i := range rows {
		row := &rows[i]
		if row.State != graph.Live || !v.admits(row.Kind, row.Disclosure) {
			continue
		}
		space = space[:len(space)+1]
		s := space[len(space)-1].sighted()
		if err := v.decodeInto(s, row); err != nil {
			return nil, err
		}
		if !v.admitsGolden(&s.entity.Golden) {
			continue
		}
		if out[i] = s; v.past != nil {
			then = append(then, s)
		}
	}
	if len(then) > 0 {
		if err := v.seeToday(ctx, then); err != nil {
			return nil, err
		}
	}
	if v.partsIdentities() {
		var err error
		if rows, err = v.proveSeveral(ctx, rows, out); err != nil {
			return nil, err
		}
	}
	if v.authorities != nil {
		if err := v.own(ctx, rows, out); err != nil {
			return nil, err
		}
	}
	for i, s := range out {
		if s == nil {
			continue
		}
		if s.entity == nil || v.authorities != nil && !s.own.Some && s.class.Rank() >= model.Restricted.Rank() {
			out[i] = nil
			continue
		}
		var own *document.Part
		if v.authorities != nil {
			own = &s.own
		}
		var kept *[]int
		if s.proved {
			kept = &s.places
		}
		s.tell = v.redact(&s.entity.Golden, s.class, own, kept)
		s.entity.Secret = s.class.Rank() >= model.Restricted.Rank()
	}
	if err := v.partIdentities(ctx, rows, out); err != nil {
		return nil, err
	}
	for _, s := range out {
		if s != nil && s.proved {
			s.stored = slices.Clone(s.entity.Values)
		}
	}
	return out, nil
}

// seenRecord is the memory of a record that is seen.
type seenRecord struct {
	seen   sighted
	entity Entity
}

func (r *seenRecord) sighted() *sighted {
	r.seen.entity = &r.entity
	return &r.seen
}

// decode opens a row's documents.
func (v *View) decode(row *graph.Golden) (*sighted, error) {
	s := new(seenRecord).sighted()
	return s, v.decodeInto(s, row)
}

func (v *View) decodeInto(s *sighted, row *graph.Golden) error {
	e := s.entity
	e.State, e.IRI, s.sort = graph.Live, v.iri(row.Kind, row.ID), row.Sort
	if err := document.DecodeGolden(row.Values, &e.Golden); err != nil {
		return fmt.Errorf("read golden record %s: %w", row.ID, err)
	}
	e.ID, e.Kind, e.Revision, e.Disclosure = row.ID, row.Kind, row.Revision, row.Disclosure
	s.class = row.Disclosure
	if row.Evidence != nil {
		s.proved = true
		if err := document.DecodeEvidence(row.Evidence, &s.evidence); err != nil {
			return fmt.Errorf("read the evidence of golden record %s: %w", row.ID, err)
		}
	}
	return nil
}

// unseal puts into the entities what the caller sees of sealed values.
func (v *View) unseal(ctx context.Context, all []*sighted) error {
	var refs []model.EntityID
	for _, s := range all {
		if s == nil || v.unopened {
			continue
		}
		for i := range s.entity.Values {
			if ref, ok := sealOf(s.entity.Values[i].Value); ok {
				refs = append(refs, ref)
			}
		}
	}
	open, err := v.a.unseal(ctx, refs)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s == nil {
			continue
		}
		for i := range s.entity.Values {
			val := &s.entity.Values[i]
			val.Value = v.presented(val.Value, open)
		}
	}
	return nil
}

func (a *Access) unseal(ctx context.Context, refs []model.EntityID) (map[model.EntityID]Unsealed, error) {
	if len(refs) == 0 || a.unsealer == nil {
		return nil, nil
	}
	unseal := a.unsealer.Unseal
	switch a.store.(type) {
	case *travelled, transaction:
		if u, ok := a.unsealer.(UnsealerFrom); ok {
			unseal = func(ctx context.Context, refs []model.EntityID) (map[model.EntityID]Unsealed, error) {
				return u.UnsealFrom(ctx, a.store, refs)
			}
		}
	}
	open, err := unseal(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("open %d sealed identifiers: %w", len(refs), err)
	}
	return open, nil
}

func (v *View) iri(kind model.Kind, id model.EntityID) string {
	return quads.EntityIRI(v.a.base, kind, id)
}

// Entity is the golden record with an id, or what an id that was merged now is.
// ErrNotFound when there is none that the caller may see. A caller with a login
// who asks for a protected person by a known id is told the id and the flag.
func (v *View) Entity(ctx context.Context, id model.EntityID) (*Entity, error) {
	found, err := v.Entities(ctx, []model.EntityID{id})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, ErrNotFound
	}
	return found[0], nil
}

// Entities is Entity for many ids, parallel to them, nil where there is nothing
// for the caller.
func (v *View) Entities(ctx context.Context, ids []model.EntityID) ([]*Entity, error) {
	rows, err := v.follow(ctx, ids, v.parts())
	if err != nil {
		return nil, err
	}
	seen, err := v.sight(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]*Entity, len(ids))
	var hidden []int
	for i, s := range seen {
		switch {
		case s != nil:
			e := s.entity
			if e.ID != ids[i] {
				e.Redirect = e.ID
			}
			out[i] = e
		case rows[i].State == graph.Live && rows[i].Kind == model.Person && v.rights.Role >= Reader:
			hidden = append(hidden, i)
		}
	}
	if len(hidden) == 0 {
		return out, nil
	}
	asked := make([]model.EntityID, len(hidden))
	for k, i := range hidden {
		asked[k] = ids[i]
	}
	// With today's flag, also when the View is of the past.
	if rows, err = v.a.follow(ctx, asked, graph.WithValues); err != nil {
		return nil, err
	}
	var flagged []model.EntityID
	for k, i := range hidden {
		if rows[k].State != graph.Live || rows[k].Disclosure != model.Protected {
			continue
		}
		s, err := v.decode(&rows[k])
		if err != nil {
			return nil, err
		}
		out[i] = v.flag(ids[i], &s.entity.Golden)
		flagged = append(flagged, rows[k].ID)
	}
	return out, v.tell(ctx, flagged)
}

// maxRedirects bounds a chain of merges. A chain has as many steps as there
// were merges between the reading of two rows, so it is short.
const maxRedirects = 32

// follow reads the golden rows that ids stand for now, parallel to ids: a
// merged id gives the row of what it was merged into, and so does the id of a
// record that never was a golden record by itself.
func (a *Access) follow(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	return follow(ctx, a.store, ids, parts, func(unknown []model.EntityID) ([]model.EntityID, error) {
		heads, err := a.heads(ctx, unknown)
		to := make([]model.EntityID, len(unknown))
		for i, h := range heads {
			to[i] = h.Golden
		}
		return to, err
	})
}

// follow is Access.follow at the revision of the View. The id of a person under
// another number leads nowhere for who may not see that (ADR 31).
func (v *View) follow(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	rows, err := v.followAll(ctx, ids, parts)
	if err != nil {
		return nil, err
	}
	parted, err := v.partedFrom(ctx, ids, rows)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		if parted[i] {
			rows[i] = graph.Golden{State: graph.Absent}
		}
	}
	return rows, nil
}

func (v *View) followAll(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	if v.past == nil {
		return v.a.follow(ctx, ids, parts)
	}
	at, err := v.past.Revision(ctx)
	if err != nil {
		return nil, err
	}
	return follow(ctx, v.past, ids, parts, func(unknown []model.EntityID) ([]model.EntityID, error) {
		to := make([]model.EntityID, len(unknown))
		for i, id := range unknown {
			for m, err := range v.a.store.Memberships(ctx, id) {
				if err != nil {
					return nil, fmt.Errorf("read what record %s was part of: %w", id, err)
				}
				if m.Revision <= at {
					to[i] = m.Golden
				}
			}
		}
		return to, nil
	})
}

func follow(ctx context.Context, from graph.Past, ids []model.EntityID, parts graph.Parts,
	clusters func(unknown []model.EntityID) ([]model.EntityID, error),
) ([]graph.Golden, error) {
	rows, err := from.Goldens(ctx, ids, parts)
	if err != nil {
		return nil, fmt.Errorf("read %d golden records: %w", len(ids), err)
	}
	var unknown, next []model.EntityID
	var at []int
	for i := range rows {
		if rows[i].State == graph.Absent && !ids[i].IsZero() {
			unknown, at = append(unknown, ids[i]), append(at, i)
		}
	}
	if len(unknown) > 0 {
		to, err := clusters(unknown)
		if err != nil {
			return nil, err
		}
		for k, i := range at {
			if !to[k].IsZero() && to[k] != ids[i] {
				rows[i].State, rows[i].Redirect = graph.Merged, to[k]
			}
		}
	}
	for range maxRedirects {
		next, at = next[:0], at[:0]
		for i := range rows {
			if rows[i].State == graph.Merged && !rows[i].Redirect.IsZero() {
				next, at = append(next, rows[i].Redirect), append(at, i)
			}
		}
		if len(next) == 0 {
			return rows, nil
		}
		more, err := from.Goldens(ctx, next, parts)
		if err != nil {
			return nil, fmt.Errorf("read what %d golden records were merged into: %w", len(next), err)
		}
		for k, i := range at {
			rows[i] = more[k]
		}
	}
	return nil, fmt.Errorf("%d golden records: more than %d redirects after each other: run karna verify", len(ids), maxRedirects)
}
