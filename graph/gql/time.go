package gql

import (
	"context"
	"errors"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// AsOf is a moment of transaction time: a revision or an instant.
type AsOf struct {
	Revision *int64
	At       *time.Time
}

// revision is the revision that holds at the moment.
func (m *AsOf) revision(ctx context.Context, v *access.View) (model.Revision, error) {
	switch {
	case (m.Revision == nil) == (m.At == nil):
		return 0, badInput("a moment is either a revision or an instant: give one of revision and at")
	case m.At != nil:
		return v.RevisionAt(ctx, *m.At)
	case *m.Revision < 0:
		return 0, badInput("revision: the first is 0")
	}
	return model.Revision(*m.Revision), nil
}

// queryAt is query at a moment; now for nil. What it reads is kept apart from
// what the operation reads of other moments.
func (r *resolver) queryAt(ctx context.Context, validAt *model.Date, asOf *AsOf) (*query, error) {
	q := r.query(ctx, validAt)
	if asOf == nil {
		return q, nil
	}
	revision, err := asOf.revision(ctx, q.view)
	if err != nil {
		return nil, err
	}
	return q.at(revision)
}

// at is the query at a revision.
func (q *query) at(revision model.Revision) (*query, error) {
	view, err := q.view.At(q.ctx, revision)
	if err != nil {
		return nil, err
	}
	return &query{request: &request{ctx: q.ctx, view: view, past: true, budget: q.budget}, day: q.day}, nil
}

// HistoryEvent is something that has happened to a golden record.
type HistoryEvent struct {
	q *query
	v *access.Event
}

// HistoryType is what happened, as access says it.
type HistoryType string

// CauseKind is a sort of cause, as access says it.
type CauseKind string

// MarshalHistoryType writes what happened.
func MarshalHistoryType(t HistoryType) graphql.Marshaler { return enum(word(t)) }

// UnmarshalHistoryType reads what happened.
func UnmarshalHistoryType(v any) (HistoryType, error) {
	w, err := parseEnum(v, word(access.Appeared), word(access.Changed), word(access.MergedIn), word(access.Ended))
	return HistoryType(w), err
}

// MarshalCauseKind writes a sort of cause.
func MarshalCauseKind(k CauseKind) graphql.Marshaler { return enum(word(k)) }

// UnmarshalCauseKind reads a sort of cause.
func UnmarshalCauseKind(v any) (CauseKind, error) {
	w, err := parseEnum(v, word(access.CauseDelivery), word(access.CauseDecision), word(access.CauseMerge), word(access.CauseSplit),
		word(access.CauseEvidence), word(access.CauseRule), word(access.CauseProtection))
	return CauseKind(w), err
}

// Revision is the revision that it happened at.
func (e *HistoryEvent) Revision() int64 { return int64(e.v.Revision) }

// At is when the revision was committed.
func (e *HistoryEvent) At() time.Time { return e.v.At }

// What is what happened.
func (e *HistoryEvent) What() HistoryType { return HistoryType(e.v.What) }

// MergedInto is what a merged id became.
func (e *HistoryEvent) MergedInto() model.EntityID { return e.v.Redirect }

// Changes are the properties that changed.
func (e *HistoryEvent) Changes() []PropertyChange { return propertyChanges(e.q, e.q, e.v.Changes) }

// Causes are why it happened.
func (e *HistoryEvent) Causes() []Cause {
	out := make([]Cause, len(e.v.Causes))
	for i, c := range e.v.Causes {
		out[i] = Cause{Kind: CauseKind(c.Kind), Source: Optional(c.Source), Records: c.Records}
		if c.Delivery != nil {
			out[i].Delivery = &Delivery{*c.Delivery}
		}
		if c.Decision != nil {
			out[i].Decision = &Decision{*c.Decision}
		}
	}
	return out
}

// Cause is why something changed.
type Cause struct {
	Kind     CauseKind
	Source   Optional
	Delivery *Delivery
	Decision *Decision
	Records  []model.EntityID
}

// PropertyChange is what became of one property. The values of each side are
// read at its own revision.
type PropertyChange struct {
	was, is *query
	v       *access.PropertyChange
}

func propertyChanges(was, is *query, all []access.PropertyChange) []PropertyChange {
	out := make([]PropertyChange, len(all))
	for i := range all {
		out[i] = PropertyChange{was, is, &all[i]}
	}
	return out
}

// Property is the property's name.
func (c *PropertyChange) Property() string {
	if c.v.Property == 0 {
		return "period"
	}
	return propertyName(c.v.Property)
}

// Before are the values that went.
func (c *PropertyChange) Before() []ChangedValue { return changedValues(c.was, c.v.Before) }

// After are the values that came.
func (c *PropertyChange) After() []ChangedValue { return changedValues(c.is, c.v.After) }

// ChangedValue is a value that went or came.
type ChangedValue struct {
	q *query
	v model.GoldenValue
}

func changedValues(q *query, all []model.GoldenValue) []ChangedValue {
	out := make([]ChangedValue, len(all))
	for i := range all {
		out[i] = ChangedValue{q, all[i]}
	}
	return out
}

// Value is the value with its type.
func (c *ChangedValue) Value() Value { return c.q.valueOf(c.v.Value, c.v.Period) }

// Text is the value as text.
func (c *ChangedValue) Text() string { return textOf(c.v.Value) }

// Period is when the value is valid.
func (c *ChangedValue) Period() Period { return Period(c.v.Period) }

// HistoryConnection is a page of a history.
type HistoryConnection struct {
	q       *query
	v       *access.TimelinePage
	resumed bool // the page began after an event
}

// HistoryEdge is one row of a history.
type HistoryEdge struct {
	Cursor string
	Node   *HistoryEvent
}

// Nodes are the events.
func (c *HistoryConnection) Nodes() []*HistoryEvent {
	out := make([]*HistoryEvent, len(c.v.Items))
	for i := range c.v.Items {
		out[i] = &HistoryEvent{c.q, &c.v.Items[i]}
	}
	return out
}

// Edges are the events with their cursors.
func (c *HistoryConnection) Edges() []HistoryEdge {
	out := make([]HistoryEdge, len(c.v.Items))
	for i, n := range c.Nodes() {
		out[i] = HistoryEdge{n.v.Cursor, n}
	}
	return out
}

// PageInfo is where the page lies.
func (c *HistoryConnection) PageInfo() *PageInfo {
	cursors := make([]string, len(c.v.Items))
	for i := range c.v.Items {
		cursors[i] = c.v.Items[i].Cursor
	}
	info := pageInfo(cursors, c.v.HasNext, c.resumed)
	return &info
}

// History is what has happened to a golden record.
func (r *queryResolver) History(ctx context.Context, id model.EntityID, after *string, first *int, asOf *AsOf) (*HistoryConnection, error) {
	q, err := r.queryAt(ctx, nil, asOf)
	if err != nil {
		return nil, err
	}
	p, err := q.view.Timeline(ctx, id, access.Page{First: size(first), After: deref(after)})
	if err != nil {
		if errors.Is(err, access.ErrNotFound) {
			return nil, nil
		}
		return nil, err
	}
	var all []sided
	for i := range p.Items {
		all = append(all, sidesOf(q, q, p.Items[i].Changes)...)
	}
	op := graphql.GetOperationContext(ctx)
	return &HistoryConnection{q, p, after != nil}, aheadOfChanges(op, within(op, rowsOf(ctx), "changes"), all)
}

// Difference is how a golden record differs between two revisions.
type Difference struct {
	was, is *query
	v       *access.Difference
}

// ID is the golden id.
func (d *Difference) ID() model.EntityID { return d.v.ID }

// Kind is which of the six kinds it is.
func (d *Difference) Kind() model.Kind { return d.v.Kind }

// Before is the record as it was at the earlier revision, or nil.
func (d *Difference) Before() GoldenRecord { return d.was.wrap(d.v.Before) }

// After is the record as it was at the later revision, or nil.
func (d *Difference) After() GoldenRecord { return d.is.wrap(d.v.After) }

// MergedInto is what a merged id was at the later revision.
func (d *Difference) MergedInto() model.EntityID { return d.v.Redirect }

// Changes are the properties that differ.
func (d *Difference) Changes() []PropertyChange { return propertyChanges(d.was, d.is, d.v.Changes) }

// DifferenceConnection is a page of differences.
type DifferenceConnection struct {
	was, is *query
	v       *access.DifferencePage
	resumed bool // the page began after a difference
}

// DifferenceEdge is one row of a page of differences.
type DifferenceEdge struct {
	Cursor string
	Node   *Difference
}

// Nodes are the differences.
func (c *DifferenceConnection) Nodes() []*Difference {
	out := make([]*Difference, len(c.v.Items))
	for i := range c.v.Items {
		out[i] = &Difference{c.was, c.is, &c.v.Items[i]}
	}
	return out
}

// Edges are the differences with their cursors.
func (c *DifferenceConnection) Edges() []DifferenceEdge {
	out := make([]DifferenceEdge, len(c.v.Items))
	for i, n := range c.Nodes() {
		out[i] = DifferenceEdge{c.v.Cursors[i], n}
	}
	return out
}

// PageInfo is where the page lies.
func (c *DifferenceConnection) PageInfo() *PageInfo {
	info := pageInfo(c.v.Cursors, c.v.HasNext, c.resumed)
	return &info
}

// span is a span of transaction time, and the queries at its ends.
type span struct {
	*query
	was, is  *query
	from, to model.Revision
}

func (r *queryResolver) span(ctx context.Context, from AsOf, to *AsOf) (s span, err error) {
	s.query = r.query(ctx, nil)
	if s.from, err = from.revision(ctx, s.view); err != nil {
		return s, err
	}
	if to != nil {
		s.to, err = to.revision(ctx, s.view)
	} else {
		s.to, err = s.view.Revision(ctx)
	}
	if err != nil {
		return s, err
	}
	if s.was, err = s.at(s.from); err != nil {
		return s, err
	}
	s.is, err = s.at(s.to)
	return s, err
}

// aheadOf reads what is selected below differences.
func (s *span) aheadOf(ctx context.Context, sel ast.SelectionSet, found []access.Difference) error {
	var was, is []*access.Entity
	var all []sided
	for i := range found {
		was, is = append(was, found[i].Before), append(is, found[i].After)
		all = append(all, sidesOf(s.was, s.is, found[i].Changes)...)
	}
	op := graphql.GetOperationContext(ctx)
	if err := s.was.descend(op, within(op, sel, "before"), was); err != nil {
		return err
	}
	if err := s.is.descend(op, within(op, sel, "after"), is); err != nil {
		return err
	}
	return aheadOfChanges(op, within(op, sel, "changes"), all)
}

// sided are values that went or came, and the query at their revision.
type sided struct {
	q      *query
	field  string // of PropertyChange
	values []model.GoldenValue
}

func sidesOf(was, is *query, all []access.PropertyChange) []sided {
	var out []sided
	for _, c := range all {
		out = append(out, sided{was, "before", c.Before}, sided{is, "after", c.After})
	}
	return out
}

// aheadOfChanges reads the records and the reference data that changed values
// lead to: for each side, one read however many values there are.
func aheadOfChanges(op *graphql.OperationContext, sel ast.SelectionSet, all []sided) error {
	type side struct {
		q     *query
		field string
	}
	var order []side
	values := map[side][]model.Value{}
	for _, s := range all {
		k := side{s.q, s.field}
		if _, have := values[k]; !have {
			order = append(order, k)
		}
		for i := range s.values {
			values[k] = append(values[k], s.values[i].Value)
		}
	}
	for _, k := range order {
		if err := k.q.aheadOfValues(op, within(op, within(op, sel, k.field), "value"), values[k]); err != nil {
			return err
		}
	}
	return nil
}

// Difference is how a golden record differs between two revisions.
func (r *queryResolver) Difference(ctx context.Context, id model.EntityID, from AsOf, to *AsOf) (*Difference, error) {
	s, err := r.span(ctx, from, to)
	if err != nil {
		return nil, err
	}
	d, err := s.view.Difference(ctx, id, s.from, s.to)
	if err != nil {
		if errors.Is(err, access.ErrNotFound) {
			return nil, nil
		}
		return nil, err
	}
	return &Difference{s.was, s.is, d}, s.aheadOf(ctx, selected(ctx), []access.Difference{*d})
}

// Differences are the golden records that differ between two revisions.
func (r *queryResolver) Differences(ctx context.Context, from AsOf, to *AsOf, kind *model.Kind, after *string, first *int) (*DifferenceConnection, error) {
	s, err := r.span(ctx, from, to)
	if err != nil {
		return nil, err
	}
	q := access.DifferenceQuery{From: s.from, To: s.to, First: size(first), After: deref(after)}
	if kind != nil {
		q.Kind = *kind
	}
	p, err := s.view.Differences(ctx, q)
	if err != nil {
		return nil, err
	}
	return &DifferenceConnection{s.was, s.is, p, after != nil}, s.aheadOf(ctx, rowsOf(ctx), p.Items)
}
