package access

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// PropertyChange is what became of one property: the values that went and those
// that came. Property 0 is the period of the thing itself.
type PropertyChange struct {
	Property      model.PropertyID
	Before, After []model.GoldenValue
}

// Difference is what a golden record is at one revision and at a later one, to
// a caller of today.
type Difference struct {
	ID       model.EntityID
	Kind     model.Kind
	Redirect model.EntityID // what it was merged into by the later revision
	// Before and After are nil where there was nothing for the caller.
	Before, After *Entity
	Changes       []PropertyChange
}

// DifferenceQuery asks for what differs between two revisions.
type DifferenceQuery struct {
	From, To model.Revision // mandatory: From < To
	Kind     model.Kind     // optional: only of this kind
	First    int            // mandatory: 1 to 1000
	After    string         // optional: a cursor
}

// DifferencePage is a page of differences with a cursor each.
type DifferencePage struct {
	Items   []Difference
	Cursors []string
	HasNext bool
}

// Difference is how a golden record differs between two revisions, both seen with
// today's protection and disclosure. It is about the id itself: one that was
// merged is gone. ErrNotFound when there was nothing for the caller at either.
func (v *View) Difference(ctx context.Context, id model.EntityID, from, to model.Revision) (*Difference, error) {
	if err := v.span(ctx, from, to); err != nil {
		return nil, err
	}
	lives, err := v.lives(ctx, []model.EntityID{id})
	if err != nil {
		return nil, err
	}
	d := difference(id, &lives[0], from, to)
	if d.Before == nil && d.After == nil {
		return nil, ErrNotFound
	}
	return d, v.noteVersions(ctx, d.Before, d.After)
}

// Differences is a page of the golden records that differ for the caller between
// two revisions, each once, in the order in which they first changed.
func (v *View) Differences(ctx context.Context, q DifferenceQuery) (*DifferencePage, error) {
	size, err := pageSize(q.First)
	if err != nil {
		return nil, err
	}
	store, err := v.present()
	if err != nil {
		return nil, err
	}
	if err := v.span(ctx, q.From, q.To); err != nil {
		return nil, err
	}
	place := graph.ChangePosition{Revision: q.From, ID: lastID}
	// Where a difference first shows does not depend on where the span ends, which is
	// the present when nobody says.
	scope := v.scope(asks(cursorDiffer).number(uint64(q.From)).number(uint64(q.Kind)))
	if q.After != "" {
		revision, id, err := scope.parseKeyed(q.After, cursorDiffer)
		if err != nil {
			return nil, err
		}
		if place = (graph.ChangePosition{Revision: model.Revision(revision), ID: id}); place.Revision <= q.From || place.Revision > q.To {
			return nil, ErrCursor
		}
	}
	out := &DifferencePage{}
	var shown []*Entity
	for more := true; more; {
		var changes []graph.Change
		more = false
		for c, err := range store.Changes(ctx, place, feedChunk) {
			if err != nil {
				return nil, fmt.Errorf("read the change feed after revision %d: %w", place.Revision, err)
			}
			if c.Revision > q.To {
				more = false
				break
			}
			place = graph.ChangePosition{Revision: c.Revision, ID: c.ID}
			changes = append(changes, c)
			more = len(changes) == feedChunk
		}
		found, err := v.differences(ctx, &q, changes)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if len(out.Items) == size {
				out.HasNext = true
				return out, v.noteVersions(ctx, shown...)
			}
			shown = append(shown, f.Before, f.After)
			out.Items = append(out.Items, *f.Difference)
			out.Cursors = append(out.Cursors, scope.keyed(cursorDiffer, uint64(f.revision), f.ID))
		}
	}
	return out, v.noteVersions(ctx, shown...)
}

// span checks that two revisions have happened, the one before the other.
func (v *View) span(ctx context.Context, from, to model.Revision) error {
	now, err := v.Revision(ctx)
	switch {
	case err != nil:
		return err
	case from < 0 || from >= to:
		return fmt.Errorf("%w: from revision %d to %d: the first must be the earlier", ErrBadRequest, from, to)
	case to > now:
		return fmt.Errorf("revision %d: %w", to, graph.ErrFutureRevision)
	}
	return nil
}

// dated is a difference and the revision that first changed it.
type dated struct {
	*Difference
	revision model.Revision
}

// differences are the differences of those ids that a stretch of the feed has
// the first visible change of. The first one is found in the life of the id, so
// that a change of what is hidden neither moves it nor brings it in.
func (v *View) differences(ctx context.Context, q *DifferenceQuery, changes []graph.Change) ([]dated, error) {
	var ids []model.EntityID
	at := map[model.EntityID]int{}
	for _, c := range changes {
		if _, have := at[c.ID]; !have && v.admits(c.Kind, model.Open) && (q.Kind == model.KindUnknown || q.Kind == c.Kind) {
			at[c.ID] = len(ids)
			ids = append(ids, c.ID)
		}
	}
	worth, err := v.admittedAt(ctx, ids, q.From, q.To)
	if err != nil {
		return nil, err
	}
	var open []model.EntityID
	for i, id := range ids {
		if !worth[i] {
			delete(at, id)
			continue
		}
		at[id] = len(open)
		open = append(open, id)
	}
	if len(open) == 0 {
		return nil, nil
	}
	lives, err := v.lives(ctx, open)
	if err != nil {
		return nil, err
	}
	var out []dated
	for _, c := range changes {
		i, have := at[c.ID]
		if !have || lives[i].changedAfter(q.From) != c.Revision {
			continue
		}
		if d := difference(c.ID, &lives[i], q.From, q.To); d.differs() {
			out = append(out, dated{d, c.Revision})
		}
	}
	return out, nil
}

// admittedAt tells of ids whether their class lets the caller see them at either
// of two revisions: all others need no more reading.
func (v *View) admittedAt(ctx context.Context, ids []model.EntityID, revisions ...model.Revision) ([]bool, error) {
	out := make([]bool, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	for _, r := range revisions {
		past, err := v.a.store.At(ctx, r)
		if err != nil {
			return nil, err
		}
		rows, err := past.Goldens(ctx, ids, 0)
		if err != nil {
			return nil, fmt.Errorf("read %d golden records at revision %d: %w", len(ids), r, err)
		}
		for i := range rows {
			out[i] = out[i] || rows[i].State == graph.Live && v.admits(rows[i].Kind, rows[i].Disclosure)
		}
	}
	return out, nil
}

// at is the row that held at a revision, and what the caller sees of it.
func (l *life) at(r model.Revision) (row *graph.Golden, s *sighted) {
	for k := range l.rows {
		if l.rows[k].Revision > r {
			break
		}
		row, s = &l.rows[k], l.seen[k]
	}
	return row, s
}

// changedAfter is the first revision after another at which the caller sees
// something else; 0 for none.
func (l *life) changedAfter(r model.Revision) model.Revision {
	_, was := l.at(r)
	for k := range l.rows {
		if l.rows[k].Revision > r && !alike(was, l.seen[k]) {
			return l.rows[k].Revision
		}
	}
	return 0
}

// alike tells whether the caller sees the same of both.
func alike(a, b *sighted) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameVersion(a.entity, b.entity)
}

// difference compares what held at two revisions.
func difference(id model.EntityID, l *life, from, to model.Revision) *Difference {
	d := &Difference{ID: id}
	if row, s := l.at(from); s != nil {
		d.Kind, d.Before = row.Kind, s.entity
	}
	if row, s := l.at(to); s != nil {
		d.Kind, d.After = row.Kind, s.entity
	} else if row != nil && row.State == graph.Merged && d.Before != nil {
		for _, known := range l.versions {
			if known.Entity.Revision == row.Revision {
				d.Redirect = known.Redirect
			}
		}
	}
	d.Changes = changesOf(d.Before, d.After)
	return d
}

func (d *Difference) differs() bool {
	return (d.Before == nil) != (d.After == nil) || len(d.Changes) > 0
}

// changesOf are the properties whose values differ, in the order of their
// numbers, and first the period of the thing itself. Nothing has no values.
func changesOf(before, after *Entity) []PropertyChange {
	var out []PropertyChange
	period := PropertyChange{Before: periodOf(before), After: periodOf(after)}
	if !slices.Equal(period.Before, period.After) {
		out = append(out, period)
	}
	was, is := valuesOf(before), valuesOf(after)
	for len(was) > 0 || len(is) > 0 {
		p := lesser(was, is)
		var b, a []model.GoldenValue
		b, was = cutProperty(was, p)
		a, is = cutProperty(is, p)
		if c := (PropertyChange{Property: p, Before: without(b, a), After: without(a, b)}); len(c.Before)+len(c.After) > 0 {
			out = append(out, c)
		}
	}
	return out
}

func periodOf(e *Entity) []model.GoldenValue {
	if e == nil || e.Period.IsZero() {
		return nil
	}
	return []model.GoldenValue{{Value: e.Period}}
}

func valuesOf(e *Entity) []model.GoldenValue {
	if e == nil {
		return nil
	}
	return e.Values
}

// lesser is the least property of two lists, one of which has any.
func lesser(a, b []model.GoldenValue) model.PropertyID {
	switch {
	case len(a) == 0:
		return b[0].Property
	case len(b) == 0:
		return a[0].Property
	}
	return min(a[0].Property, b[0].Property)
}

// cutProperty parts values of a property from those after.
func cutProperty(all []model.GoldenValue, p model.PropertyID) (of, rest []model.GoldenValue) {
	n := 0
	for n < len(all) && all[n].Property == p {
		n++
	}
	return all[:n], all[n:]
}

// without are the values that the others do not have; one that is there twice
// goes once for each.
func without(all, others []model.GoldenValue) []model.GoldenValue {
	left := slices.Clone(others)
	var out []model.GoldenValue
	for _, val := range all {
		if i := slices.IndexFunc(left, func(o model.GoldenValue) bool { return sameValue(val, o) }); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		out = append(out, val)
	}
	return out
}

// sameValue tells whether two values are the same to their reader: a link's
// class is that of its target, and no part of what it says.
func sameValue(a, b model.GoldenValue) bool {
	a.Value, b.Value = unclassed(a.Value), unclassed(b.Value)
	return reflect.DeepEqual(a, b)
}

func unclassed(val model.Value) model.Value {
	if l, ok := val.(model.Link); ok {
		l.Disclosure = model.Unclassified
		return l
	}
	return val
}
