package access

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// seeToday narrows what was read of the past by what holds today. A version is
// hidden (its entity set to nil) when the caller may not see today what its id
// stands for, or what any record it was made of belongs to now: a split may
// have sent a record, and what it said, to somebody who is protected. Links to
// what is hidden today become hidden.
func (v *View) seeToday(ctx context.Context, all []*sighted) error {
	var members, ids []model.EntityID
	for _, s := range all {
		members = append(members, s.evidence.Members...)
		ids = append(ids, s.entity.ID)
		ids = v.appendTargets(ids, s.entity.Values)
		for i := range s.evidence.Alternatives {
			ids = v.appendTarget(ids, s.evidence.Alternatives[i].Value)
		}
	}
	heads, err := v.a.heads(ctx, members)
	if err != nil {
		return err
	}
	now := make(map[model.EntityID]model.EntityID, len(heads)) // record to golden id
	for _, h := range heads {
		now[h.ID] = h.Golden
		ids = append(ids, h.Golden)
	}
	standings, err := v.standings(ctx, ids)
	if err != nil {
		return err
	}
	if err := v.meetAwaited(ctx, all); err != nil {
		return err
	}
	for _, s := range all {
		e := s.entity
		class := e.Disclosure.Stricter(standings[e.ID].class).Stricter(revealing(s, standings))
		for _, m := range s.evidence.Members {
			class = class.Stricter(standings[now[m]].class)
		}
		if !v.admits(e.Kind, class) {
			s.entity = nil
			continue
		}
		s.class = class
		if e.Kind == model.Person {
			s.now = append(s.now, standings[e.ID].golden)
			for _, m := range s.evidence.Members {
				s.now = append(s.now, now[m])
			}
		}
		s.narrow(standings)
	}
	return nil
}

// narrow gives the links of what is in sight the class that their targets have.
func (s *sighted) narrow(standings map[model.EntityID]standing) {
	for i := range s.entity.Values {
		s.entity.Values[i].Value = narrowLink(s.entity.Values[i].Value, standings)
	}
	for i := range s.evidence.Alternatives {
		s.evidence.Alternatives[i].Value = narrowLink(s.evidence.Alternatives[i].Value, standings)
	}
}

// narrowHeard narrows the links of what has taken the place of other values since
// seeToday narrowed those.
func (v *View) narrowHeard(ctx context.Context, heard []*sighted) error {
	var ids []model.EntityID
	for _, s := range heard {
		ids = v.appendTargets(ids, s.entity.Values)
		for i := range s.evidence.Alternatives {
			ids = v.appendTarget(ids, s.evidence.Alternatives[i].Value)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	standings, err := v.standings(ctx, ids)
	if err != nil {
		return err
	}
	for _, s := range heard {
		s.narrow(standings)
	}
	return nil
}

// eachPerson goes through the links to persons in what was said of a role, lost
// ones too.
func (s *sighted) eachPerson(visit func(model.PropertyID, *model.Value)) {
	if s.entity.Kind != model.Role {
		return
	}
	look := func(val *model.GoldenValue) {
		if _, ok := val.Value.(model.Link); ok && propertyOf(val.Property).person {
			visit(val.Property, &val.Value)
		}
	}
	for i := range s.entity.Values {
		look(&s.entity.Values[i])
	}
	for i := range s.evidence.Alternatives {
		look(&s.evidence.Alternatives[i].GoldenValue)
	}
}

// meetAwaited gives links to persons that dangled in old versions of roles the
// class of whom they lead to today: somebody who came later, when the role was
// gone, may be protected.
func (v *View) meetAwaited(ctx context.Context, all []*sighted) error {
	var refs []model.Reference
	var seals []model.EntityID
	for _, s := range all {
		s.eachPerson(func(_ model.PropertyID, val *model.Value) {
			if l := (*val).(model.Link); l.To.IsZero() {
				refs = append(refs, l.Ref)
				if !l.Ref.Seal.IsZero() {
					seals = append(seals, l.Ref.Seal)
				}
			}
		})
	}
	if len(refs) == 0 {
		return nil
	}
	open, err := v.a.unseal(ctx, seals)
	if err != nil {
		return err
	}
	opened := func(ref model.Reference) model.Reference {
		if u, ok := open[ref.Seal]; ok && !ref.Seal.IsZero() {
			ref.Value = u.Value
		}
		return plainRef(ref)
	}
	for i := range refs {
		refs[i] = opened(refs[i])
	}
	targets, err := v.targets(ctx, refs)
	if err != nil {
		return err
	}
	for _, s := range all {
		s.eachPerson(func(_ model.PropertyID, val *model.Value) {
			if l := (*val).(model.Link); l.To.IsZero() {
				l.Disclosure = targets[opened(l.Ref)].class
				*val = l
			}
		})
	}
	return nil
}

// revealing is the class that a role had to have because of whom it would
// reveal, as they are protected today: what a protected person held is as
// hidden as the person, but for a post, which shows without its holder; and
// nothing shows that is done on behalf of one (privacy.md 3). What revealed one who was
// protected then was hidden then, and is.
func revealing(s *sighted, standings map[model.EntityID]standing) model.Disclosure {
	isPost := false
	for _, val := range s.entity.All(ontology.RoleType) {
		c, ok := val.Value.(model.Code)
		if isPost = ok && c.Notation == rolePost; !isPost {
			break
		}
	}
	class := model.Open
	s.eachPerson(func(p model.PropertyID, val *model.Value) {
		l := (*val).(model.Link)
		who := l.Disclosure
		if !l.To.IsZero() && who != model.Protected {
			who = standings[l.To].class
		}
		if who == model.Protected && (p == ontology.RoleOnBehalfOf || p == ontology.RoleHolder && !isPost) {
			class = model.Protected
		}
	})
	return class
}

func (v *View) appendTargets(ids []model.EntityID, values []model.GoldenValue) []model.EntityID {
	for i := range values {
		ids = v.appendTarget(ids, values[i].Value)
	}
	return ids
}

// appendTarget appends what a value leads to, of which today's class is of interest:
// not when the caller sees no link of the class that it had then. To look it up would
// take longer than to find that there is no link.
func (v *View) appendTarget(ids []model.EntityID, val model.Value) []model.EntityID {
	if l, ok := val.(model.Link); ok && !l.To.IsZero() && (l.Disclosure != model.Protected || v.rank >= model.Protected.Rank()) {
		return append(ids, l.To)
	}
	return ids
}

// narrowLink gives a resolved link the stricter of the class that it was stored
// with and that of its target today.
func narrowLink(val model.Value, standings map[model.EntityID]standing) model.Value {
	if l, ok := val.(model.Link); ok && !l.To.IsZero() {
		l.Disclosure = l.Disclosure.Stricter(standings[l.To].class)
		return l
	}
	return val
}

// standing is what an id stands for today, and who may see it.
type standing struct {
	golden model.EntityID
	kind   model.Kind
	state  graph.GoldenState
	class  model.Disclosure
}

// standings reads today's standing of ids: a merged id has that of what it was
// merged into, and that of a person under another number is protected. An id that nobody knows is not in the answer, so its class is
// unclassified: nobody sees it.
func (v *View) standings(ctx context.Context, ids []model.EntityID) (map[model.EntityID]standing, error) {
	out := make(map[model.EntityID]standing, len(ids))
	unique := make([]model.EntityID, 0, len(ids))
	for _, id := range ids {
		if _, seen := out[id]; !seen && !id.IsZero() {
			out[id] = standing{}
			unique = append(unique, id)
		}
	}
	rows, err := v.a.follow(ctx, unique, 0)
	if err != nil {
		return nil, err
	}
	parted, err := v.partedFrom(ctx, unique, rows)
	if err != nil {
		return nil, err
	}
	for i := range rows {
		row := &rows[i]
		if row.State == graph.Absent {
			delete(out, unique[i])
			continue
		}
		class := row.Disclosure
		if row.State == graph.Ended {
			if class, err = v.endedClass(ctx, row); err != nil {
				return nil, err
			}
		}
		if parted[i] {
			// Where it led would tell who somebody was before.
			class = model.Protected
		}
		out[unique[i]] = standing{golden: row.ID, kind: row.Kind, state: row.State, class: class}
	}
	return out, nil
}

// endedClass is who could see the thing when it was last alive, and might still:
// that it ended opens nothing.
func (v *View) endedClass(ctx context.Context, row *graph.Golden) (model.Disclosure, error) {
	var last *graph.Golden
	for old, err := range v.a.store.GoldenHistory(ctx, row.ID, graph.WithValues|graph.WithEvidence) {
		if err != nil {
			return model.Unclassified, fmt.Errorf("read the history of golden record %s: %w", row.ID, err)
		}
		if old.State == graph.Live {
			last = &old
		}
	}
	if last == nil {
		return row.Disclosure, nil
	}
	class := last.Disclosure
	if row.Disclosure != model.Unclassified {
		class = class.Stricter(row.Disclosure)
	}
	if row.Kind != model.Role {
		return class, nil
	}
	s, err := v.decode(last)
	if err != nil {
		return model.Unclassified, err
	}
	if err := v.meetAwaited(ctx, []*sighted{s}); err != nil {
		return model.Unclassified, err
	}
	var people []model.EntityID
	s.eachPerson(func(_ model.PropertyID, val *model.Value) { people = v.appendTarget(people, *val) })
	standings, err := v.standings(ctx, people)
	if err != nil {
		return model.Unclassified, err
	}
	return class.Stricter(revealing(s, standings)), nil
}
