package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Appeared is what happened when the caller could first see a golden record, or
// again after it had ended.
const Appeared = "appeared"

// Event is something that has happened to a golden record, as far as the caller
// may know of it.
type Event struct {
	Revision model.Revision
	At       time.Time
	What     string // Appeared, Changed, MergedIn, Ended
	Redirect model.EntityID
	Changes  []PropertyChange
	Causes   []Cause
	Cursor   string
}

// CauseKind is what sort of thing brings a change about.
type CauseKind string

// The kinds of cause.
const (
	CauseDelivery   CauseKind = "delivery"   // a source delivered something else
	CauseDecision   CauseKind = "decision"   // a steward decided about two records
	CauseMerge      CauseKind = "merge"      // records that were elsewhere came
	CauseSplit      CauseKind = "split"      // records went elsewhere
	CauseEvidence   CauseKind = "evidence"   // records were weighed against each other
	CauseRule       CauseKind = "rule"       // a policy, the property table or a model changed
	CauseProtection CauseKind = "protection" // a person's protection changed
)

// Cause is why something happened. Who may see two records may see that they
// came together or parted; which delivery, decision or rule it was is for
// stewards, who may see deliveries and decisions as such.
type Cause struct {
	Kind     CauseKind
	Source   model.Source    // of a delivery
	Delivery *DeliveryInfo   // of a delivery, for stewards
	Decision *graph.Decision // for stewards who may see both its records
	Records  []model.EntityID
}

// TimelinePage is a page of events; each has its cursor.
type TimelinePage struct {
	Items   []Event
	HasNext bool
}

// Timeline is a page of what has happened to a golden record, oldest first, seen
// with today's protection and disclosure: of what is hidden today nothing is told.
// An id that never stood for a golden record of its own has the history of the one
// that it is in. ErrNotFound when nothing is for the caller.
func (v *View) Timeline(ctx context.Context, id model.EntityID, page Page) (*TimelinePage, error) {
	size, err := page.size()
	if err != nil {
		return nil, err
	}
	if page.Backward {
		return nil, fmt.Errorf("%w: a history is paged forwards only", ErrBadRequest)
	}
	scope := v.scope(asks(cursorEvent).id(id))
	var after model.Revision
	if page.After != "" {
		revision, _, err := scope.parseKeyed(page.After, cursorEvent)
		if err != nil {
			return nil, err
		}
		after = model.Revision(revision)
	}
	l, err := v.lifeOf(ctx, id)
	if err != nil {
		return nil, err
	}
	t := &timeline{v: v, life: l}
	if err := t.load(ctx); err != nil {
		return nil, err
	}
	out := &TimelinePage{}
	for i := range t.steps {
		e, happened := t.event(i)
		if !happened || e.Revision <= after {
			continue
		}
		if len(out.Items) == size {
			out.HasNext = true
			break
		}
		e.Cursor = scope.keyed(cursorEvent, uint64(e.Revision), id)
		out.Items = append(out.Items, e)
	}
	shown := make([]*Entity, len(t.versions))
	for i := range t.versions {
		shown[i] = t.versions[i].Entity
	}
	if err := v.noteVersions(ctx, shown...); err != nil {
		return nil, err
	}
	return out, t.explain(ctx, out.Items)
}

// lifeOf is the life of what an id stands for; ErrNotFound when nothing of it is
// for the caller.
func (v *View) lifeOf(ctx context.Context, id model.EntityID) (*life, error) {
	for _, next := range []func() (model.EntityID, error){
		func() (model.EntityID, error) { return id, nil },
		func() (model.EntityID, error) {
			heads, err := v.a.heads(ctx, []model.EntityID{id})
			if err != nil {
				return id, err
			}
			return heads[0].Golden, nil
		},
	} {
		of, err := next()
		if err != nil {
			return nil, err
		}
		all, err := v.lives(ctx, []model.EntityID{of})
		if err != nil {
			return nil, err
		}
		switch l := &all[0]; {
		case len(l.rows) == 0:
		case len(l.versions) == 0:
			return nil, ErrNotFound
		default:
			return l, nil
		}
	}
	return nil, ErrNotFound
}

// timeline makes events of a life.
type timeline struct {
	*life
	v *View
	// steps are the versions, and the rows between them that the caller sees: the
	// same to read may be made of other records.
	steps []version
	// records are those that were ever part of a version that the caller sees, as
	// far as the caller sees them.
	records map[model.EntityID]*told
	// decided are the decisions on any of them, whoever may see them.
	decided []graph.Decision
}

func (t *timeline) load(ctx context.Context) error {
	class := model.Open
	var members []model.EntityID
	next := 0
	for k := range t.rows {
		if next < len(t.versions) && t.versions[next].row == k {
			t.steps = append(t.steps, t.versions[next])
			next++
		} else if s := t.seen[k]; s != nil && next > 0 {
			t.steps = append(t.steps, version{s.entity, k})
		}
		if s := t.seen[k]; s != nil {
			class = class.Stricter(s.class)
			members = append(members, s.evidence.Members...)
		}
	}
	slices.SortFunc(members, model.EntityID.Compare)
	members = slices.Compact(members)
	all, err := t.v.histories(ctx, class, members)
	if err != nil {
		return err
	}
	t.records = make(map[model.EntityID]*told, len(all))
	for i := range all {
		t.records[all[i].head.ID] = &all[i]
	}
	if t.v.rights.Role < Steward {
		return nil
	}
	for d, err := range t.v.a.store.DecisionsOn(ctx, members) {
		if err != nil {
			return fmt.Errorf("read the decisions on %d records: %w", len(members), err)
		}
		t.decided = append(t.decided, d)
	}
	return nil
}

// event is what the ith version is beside the one before, without what only the
// log knows. happened is false when nothing that a history tells of differs.
func (t *timeline) event(i int) (e Event, happened bool) {
	now := t.steps[i]
	e = Event{Revision: t.rows[now.row].Revision, Redirect: now.Redirect}
	var before *Entity
	var was []model.EntityID
	if i > 0 {
		if s := t.seen[t.steps[i-1].row]; s != nil {
			before, was = s.entity, s.evidence.Members
		}
	}
	switch now.State {
	case graph.Merged:
		e.What = MergedIn
		e.Causes = t.delivered(e.Revision, was)
		return e, true
	case graph.Ended:
		e.What = Ended
		e.Causes = t.delivered(e.Revision, was)
		return e, true
	}
	e.What = Changed
	if before == nil {
		e.What = Appeared
	}
	is := t.seen[now.row].evidence.Members
	e.Changes = changesOf(before, now.Entity)
	e.Causes = t.delivered(e.Revision, append(slices.Clone(was), is...))
	moved := false
	if before != nil {
		if came := t.elsewhere(is, was, e.Revision); len(came) > 0 {
			e.Causes = append(e.Causes, Cause{Kind: CauseMerge, Records: came})
			moved = true
		}
		if went := t.elsewhere(was, is, e.Revision); len(went) > 0 {
			e.Causes = append(e.Causes, Cause{Kind: CauseSplit, Records: went})
			moved = true
		}
		if slices.ContainsFunc(e.Changes, func(c PropertyChange) bool { return c.Property == ontology.PersonProtection }) {
			e.Causes = append(e.Causes, Cause{Kind: CauseProtection})
		}
	}
	return e, before == nil || moved || len(e.Changes) > 0
}

// elsewhere are the records of some that are not among others, and that were
// there before the revision: those that came with it are a delivery's.
func (t *timeline) elsewhere(some, others []model.EntityID, r model.Revision) []model.EntityID {
	var out []model.EntityID
	for _, id := range some {
		if told := t.records[id]; told != nil && !slices.Contains(others, id) && len(told.settled) > 0 && told.settled[0].Revision < r {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, model.EntityID.Compare)
	return out
}

// delivered are the sources that said something else of the records at a
// revision, in the order of their names. The delivery is filled in by explain.
func (t *timeline) delivered(r model.Revision, records []model.EntityID) []Cause {
	var out []Cause
	for _, id := range records {
		told := t.records[id]
		if told == nil || !slices.ContainsFunc(told.versions, func(i RecordInfo) bool { return i.Revision == r }) {
			continue
		}
		source := told.head.Key.Source
		if slices.ContainsFunc(out, func(c Cause) bool { return c.Source == source }) {
			continue
		}
		c := Cause{Kind: CauseDelivery, Source: source}
		for _, version := range told.settled {
			if version.Revision == r && !version.Delivery.IsZero() {
				c.Delivery = &DeliveryInfo{Delivery: graph.Delivery{ID: version.Delivery}}
			}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Cause) int { return strings.Compare(string(a.Source), string(b.Source)) })
	return out
}

// explain adds to events what the log and the stewards' lists say of them.
func (t *timeline) explain(ctx context.Context, events []Event) error {
	revisions := make([]model.Revision, len(events))
	for i := range events {
		revisions[i] = events[i].Revision
	}
	infos, err := t.v.infos(ctx, revisions)
	if err != nil {
		return err
	}
	for i := range events {
		events[i].At = infos[events[i].Revision].At
	}
	if t.v.rights.Role < Steward {
		for i := range events {
			for k := range events[i].Causes {
				events[i].Causes[k].Delivery = nil
			}
		}
		return nil
	}
	decisions, err := t.v.visibleDecisions(ctx, slices.Clone(t.decided))
	if err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		for k := range decisions {
			if decisions[k].Revision == e.Revision {
				e.Causes = append(e.Causes, Cause{Kind: CauseDecision, Decision: &decisions[k]})
			}
		}
		info := infos[e.Revision]
		switch {
		case info.Actor == graph.SystemActor && info.Reason == graph.ReasonRebuild:
			e.Causes = append(e.Causes, Cause{Kind: CauseRule})
		case info.Actor == graph.SystemActor && strings.HasPrefix(info.Reason, graph.ReasonResolve):
			e.Causes = append(e.Causes, Cause{Kind: CauseEvidence})
		case !info.Delivery.IsZero() && !slices.ContainsFunc(e.Causes, func(c Cause) bool { return c.Kind == CauseDelivery }):
			// Something that the record links to was delivered.
			e.Causes = append(e.Causes, Cause{Kind: CauseDelivery, Delivery: &DeliveryInfo{Delivery: graph.Delivery{ID: info.Delivery}}})
		}
	}
	return t.v.fillDeliveries(ctx, events)
}

// fillDeliveries reads the deliveries that events name, and takes away what the
// caller may not know of.
func (v *View) fillDeliveries(ctx context.Context, events []Event) error {
	var ids []model.EntityID
	for i := range events {
		for _, c := range events[i].Causes {
			if c.Delivery != nil {
				ids = append(ids, c.Delivery.ID)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	ids = slices.Compact(ids)
	found, err := v.a.store.DeliveriesByID(ctx, ids)
	if err != nil {
		return fmt.Errorf("read %d deliveries: %w", len(ids), err)
	}
	known := make(map[model.EntityID]*DeliveryInfo, len(ids))
	for i := range found {
		if d := &found[i]; !d.ID.IsZero() && v.admitsSource(d.Source) {
			told := v.told(d)
			known[d.ID] = &told
		}
	}
	for i := range events {
		e := &events[i]
		for k := range e.Causes {
			c := &e.Causes[k]
			if c.Delivery == nil {
				continue
			}
			if c.Delivery = known[c.Delivery.ID]; c.Delivery != nil {
				c.Source = c.Delivery.Source
			}
		}
		e.Causes = slices.DeleteFunc(e.Causes, func(c Cause) bool { return c.Kind == CauseDelivery && c.Source == "" })
	}
	return nil
}
