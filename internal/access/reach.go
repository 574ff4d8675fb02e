package access

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// What leads from a place to the one that it lies in, and from an organisation
// to the one above.
var (
	placesUp        = []model.PropertyID{ontology.GeoParent, ontology.GeoOn, ontology.GeoIn}
	organisationsUp = []model.PropertyID{ontology.OrgParent}
)

// What leads from a kind to a place, and to an organisation. A place and an
// organisation are themselves.
var (
	placeOf = [model.Concept + 1][]model.PropertyID{
		model.Organisation: {ontology.OrgPlace, ontology.OrgMunicipality},
		model.Role:         {ontology.RolePlace},
		model.Service:      {ontology.ServiceAreaServed, ontology.ServiceChannelPlace},
	}
	unitOf = [model.Concept + 1][]model.PropertyID{
		model.Role:    {ontology.RoleOrganisation, ontology.RoleBody},
		model.Service: {ontology.ServiceProvider},
	}
)

// reach is a filter by what lies in a place or below an organisation. It is
// worked out from above while what lies there is little, and else from each thing
// upwards, which is a few steps: only by links that the caller sees, between
// things that the caller sees.
type reach struct {
	v       *View
	root    model.EntityID // zero: nothing that the caller sees
	kind    model.Kind     // of the root
	up      []model.PropertyID
	role    string             // of the links up; any when empty
	entries []model.PropertyID // to it from a thing; nil for the thing itself
	day     model.Date
	// people leads to it from persons, whom no link of theirs does; else nil.
	people peopleDoor

	asked  bool // from above
	whole  bool // inside is all that lies there
	inside map[model.EntityID]bool
	above  map[model.EntityID][]model.EntityID // where known things lead
	// things are what lies there, as the caller sees it; only for people.
	things []*Entity
	told   *known
	// areas and points are the places that addresses name, those that were looked up.
	areas  map[model.Identifier][]model.EntityID
	points map[string][]model.EntityID
	// entered are all persons who are led there, when they were asked for and are
	// not many.
	entered map[model.EntityID]bool
	invited bool
}

// peopleDoor leads from persons to where a reach is told. It goes by what the
// caller sees of persons, and of what is between.
type peopleDoor interface {
	// visible tells whether the caller sees what it goes by at all.
	visible(v *View) bool
	// all are all persons who are led there, who are looked for from what lies
	// there; ok is false when they are many.
	all(ctx context.Context, r *reach) (persons map[model.EntityID]bool, ok bool, err error)
	// starts are where persons are led, parallel to them; nothing for nil. A pass
	// after the first is only for those whom those before have not led there; more
	// says that there is one.
	starts(ctx context.Context, r *reach, persons []*sighted, pass int) (starts [][]model.EntityID, more bool, err error)
}

// addReach adds a filter by a place or an organisation, if there is one.
func (s *sieve) addReach(ctx context.Context, root *model.EntityID, name string, kind model.Kind, up []model.PropertyID, entries [][]model.PropertyID, role string, people peopleDoor) error {
	if root == nil {
		return nil
	}
	if s.kind != model.Person {
		people = nil
	}
	if s.kind != kind && entries[s.kind] == nil && people == nil {
		return fmt.Errorf("%w: %s cannot be filtered by %s: nothing links it to %s", ErrBadRequest, s.kind, name, kind)
	}
	rows, err := s.v.follow(ctx, []model.EntityID{*root}, s.v.parts())
	if err != nil {
		return err
	}
	seen, err := s.v.judge(ctx, rows)
	if err != nil {
		return err
	}
	if seen[0] == nil || seen[0].entity.Kind != kind || people != nil && !people.visible(s.v) {
		s.nothing = true
		return nil
	}
	top := seen[0].entity.ID
	s.reaches = append(s.reaches, &reach{
		v: s.v, root: top, kind: kind, up: up, role: role, entries: entries[s.kind], day: s.filter.Day,
		inside: map[model.EntityID]bool{top: true}, above: map[model.EntityID][]model.EntityID{}, people: people, things: []*Entity{seen[0].entity},
		areas: map[model.Identifier][]model.EntityID{}, points: map[string][]model.EntityID{},
	})
	return nil
}

// entering are the ids of what passes, and perhaps others; ok is false when they
// are many.
func (r *reach) entering(ctx context.Context) (ids []model.EntityID, ok bool, err error) {
	inside, ok, err := r.all(ctx)
	switch {
	case err != nil || !ok:
		return nil, false, err
	case r.people != nil:
		if ok, err = r.invite(ctx); err != nil || !ok {
			return nil, false, err
		}
		return slices.Collect(maps.Keys(r.entered)), true, nil
	case r.entries != nil:
		return r.v.linking(ctx, inside, r.entries)
	}
	return inside, true, nil
}

// isWhole tells whether what lies there is little. Only what the caller sees
// decides it.
func (r *reach) isWhole(ctx context.Context) (bool, error) {
	if _, ok, err := r.all(ctx); err != nil || !ok || r.people == nil {
		return ok, err
	}
	return r.invite(ctx)
}

// invite looks for the persons who are led to what lies there; all of that is
// known.
func (r *reach) invite(ctx context.Context) (ok bool, err error) {
	if !r.invited {
		r.invited = true
		persons, ok, err := r.people.all(ctx, r)
		if err != nil {
			return false, err
		}
		if ok {
			r.entered = persons
		}
	}
	return r.entered != nil, nil
}

// targets are where the links of e by properties lead.
func (r *reach) targets(to []model.EntityID, e *Entity, of []model.PropertyID, role string) []model.EntityID {
	for i := range e.Values {
		val := &e.Values[i]
		l, ok := val.Value.(model.Link)
		if ok && !l.To.IsZero() && slices.Contains(of, val.Property) && (role == "" || role == l.Role) && (r.day.IsZero() || val.Period.Contains(r.day)) {
			to = append(to, l.To)
		}
	}
	return to
}

// all are the ids of what lies there, at any depth; ok is false when it is much.
func (r *reach) all(ctx context.Context) (ids []model.EntityID, ok bool, err error) {
	if !r.asked {
		r.asked = true
		if r.whole, err = r.descend(ctx); err != nil {
			return nil, false, err
		}
	}
	if !r.whole {
		return nil, false, nil
	}
	for id := range r.inside {
		ids = append(ids, id)
	}
	return ids, true, nil
}

// descend looks for what lies there, a level at a time, until it is much.
func (r *reach) descend(ctx context.Context) (whole bool, err error) {
	up := r.v.linkProperties(r.up)
	for level := []model.EntityID{r.root}; len(level) > 0; {
		var next, froms []model.EntityID
		flush := func() error {
			slices.SortFunc(froms, model.EntityID.Compare)
			froms = slices.Compact(froms)
			found, err := r.read(ctx, froms)
			froms = froms[:0]
			for _, e := range found {
				if e != nil && !r.inside[e.ID] && slices.ContainsFunc(r.targets(nil, e, up, r.role), func(id model.EntityID) bool { return r.inside[id] }) {
					r.inside[e.ID] = true
					next = append(next, e.ID)
					if r.people != nil {
						r.things = append(r.things, e)
					}
				}
			}
			return err
		}
		for l, err := range r.v.index().Referrers(ctx, level, up, r.v.clearance) {
			if err != nil {
				return false, fmt.Errorf("read what lies below %s: %w", r.root, err)
			}
			if r.inside[l.From] {
				continue
			}
			if froms = append(froms, l.From); len(froms) == maxPage {
				if err := flush(); err != nil {
					return false, err
				}
				if len(r.inside) > r.v.a.bounds.inside {
					return false, nil
				}
			}
		}
		if err := flush(); err != nil {
			return false, err
		}
		if len(r.inside) > r.v.a.bounds.inside {
			return false, nil
		}
		level = next
	}
	return true, nil
}

// read reads what the caller sees of golden records, parallel to ids.
func (r *reach) read(ctx context.Context, ids []model.EntityID) ([]*Entity, error) {
	out := make([]*Entity, 0, len(ids))
	closed := r.v.Unopened()
	for chunk := range slices.Chunk(ids, maxPage) {
		rows, err := closed.from().Goldens(ctx, chunk, closed.parts())
		if err != nil {
			return nil, fmt.Errorf("read %d golden records: %w", len(chunk), err)
		}
		seen, err := closed.judge(ctx, rows)
		if err != nil {
			return nil, err
		}
		for _, s := range seen {
			if s == nil {
				out = append(out, nil)
				continue
			}
			out = append(out, s.entity)
		}
	}
	return out, nil
}

// siftPeople takes out who is not led there.
func (r *reach) siftPeople(ctx context.Context, seen []*sighted) error {
	if r.entered != nil {
		for i, s := range seen {
			if s != nil && !r.entered[s.entity.ID] {
				seen[i] = nil
			}
		}
		return nil
	}
	out := slices.Clone(seen) // who is not led there so far
	for pass, more := 0, true; more; pass++ {
		starts, further, err := r.people.starts(ctx, r, out, pass)
		if err != nil {
			return err
		}
		more = further
		if !r.whole {
			if err := r.ascend(ctx, slices.Concat(starts...)); err != nil {
				return err
			}
		}
		for i := range out {
			if slices.ContainsFunc(starts[i], func(id model.EntityID) bool { return r.inside[id] }) {
				out[i] = nil
			}
		}
	}
	for i := range out {
		if out[i] != nil {
			seen[i] = nil
		}
	}
	return nil
}

// sift takes out what does not lie there.
func (r *reach) sift(ctx context.Context, seen []*sighted) error {
	if r.people != nil {
		return r.siftPeople(ctx, seen)
	}
	starts := make([][]model.EntityID, len(seen))
	var unknown []model.EntityID
	for i, s := range seen {
		if s == nil {
			continue
		}
		if r.entries == nil {
			starts[i] = []model.EntityID{s.entity.ID}
			if _, have := r.above[s.entity.ID]; !have && !r.whole {
				// It has been read already.
				r.above[s.entity.ID] = r.targets(nil, s.entity, r.up, r.role)
				unknown = append(unknown, r.above[s.entity.ID]...)
			}
			continue
		}
		starts[i] = r.targets(nil, s.entity, r.entries, "")
		unknown = append(unknown, starts[i]...)
	}
	if !r.whole {
		if err := r.ascend(ctx, unknown); err != nil {
			return err
		}
	}
	for i := range seen {
		if seen[i] != nil && !slices.ContainsFunc(starts[i], func(id model.EntityID) bool { return r.inside[id] }) {
			seen[i] = nil
		}
	}
	return nil
}

// ascend learns where things lead, up to what is known, and then what of all that
// is known lies inside.
func (r *reach) ascend(ctx context.Context, unknown []model.EntityID) error {
	for len(unknown) > 0 {
		slices.SortFunc(unknown, model.EntityID.Compare)
		unknown = slices.DeleteFunc(slices.Compact(unknown), func(id model.EntityID) bool {
			_, have := r.above[id]
			return have || r.inside[id]
		})
		found, err := r.read(ctx, unknown)
		if err != nil {
			return err
		}
		var next []model.EntityID
		for i, e := range found {
			var to []model.EntityID
			if e != nil && e.Kind == r.kind {
				to = r.targets(nil, e, r.up, r.role)
			}
			r.above[unknown[i]] = to
			next = append(next, to...)
		}
		unknown = next
	}
	below := map[model.EntityID][]model.EntityID{}
	var level []model.EntityID
	for id, to := range r.above {
		for _, up := range to {
			below[up] = append(below[up], id)
		}
	}
	for id := range r.inside {
		level = append(level, id)
	}
	for len(level) > 0 {
		var next []model.EntityID
		for _, id := range level {
			for _, b := range below[id] {
				if !r.inside[b] {
					r.inside[b] = true
					next = append(next, b)
				}
			}
		}
		level = next
	}
	return nil
}
