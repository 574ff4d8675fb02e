package access

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
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
		ids = appendTargets(ids, s.entity.Values)
		for i := range s.evidence.Alternatives {
			ids = appendTarget(ids, s.evidence.Alternatives[i].Value)
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
	for _, s := range all {
		e := s.entity
		visible := v.admits(e.Kind, e.Disclosure.Stricter(standings[e.ID].class))
		for _, m := range s.evidence.Members {
			visible = visible && v.admits(e.Kind, standings[now[m]].class)
		}
		if !visible {
			s.entity = nil
			continue
		}
		for i := range e.Values {
			e.Values[i].Value = narrowLink(e.Values[i].Value, standings)
		}
		for i := range s.evidence.Alternatives {
			s.evidence.Alternatives[i].Value = narrowLink(s.evidence.Alternatives[i].Value, standings)
		}
	}
	return nil
}

func appendTargets(ids []model.EntityID, values []model.GoldenValue) []model.EntityID {
	for i := range values {
		ids = appendTarget(ids, values[i].Value)
	}
	return ids
}

func appendTarget(ids []model.EntityID, val model.Value) []model.EntityID {
	if l, ok := val.(model.Link); ok && !l.To.IsZero() {
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
// merged into. An id that nobody knows is not in the answer, so its class is
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
		out[unique[i]] = standing{golden: row.ID, kind: row.Kind, state: row.State, class: class}
	}
	return out, nil
}

// endedClass is who could see the thing when it was last alive: that it ended
// opens nothing.
func (v *View) endedClass(ctx context.Context, row *graph.Golden) (model.Disclosure, error) {
	class := row.Disclosure
	for old, err := range v.a.store.GoldenHistory(ctx, row.ID, 0) {
		if err != nil {
			return model.Unclassified, fmt.Errorf("read the history of golden record %s: %w", row.ID, err)
		}
		if old.State != graph.Live {
			continue
		}
		if row.Disclosure == model.Unclassified {
			class = old.Disclosure
		} else {
			class = row.Disclosure.Stricter(old.Disclosure)
		}
	}
	return class, nil
}
