package gql

import (
	"context"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Conflict is something that could not be merged because a constraint forbids it, or a
// value that differs from what its master states.
type Conflict struct {
	q *query
	v access.ConflictInfo
}

// ID is the conflict's id.
func (c *Conflict) ID() string { return c.v.ID }

// Code is what sort of conflict it is.
func (c *Conflict) Code() string { return c.v.Code }

// Property is the property that it is about, if it is about one.
func (c *Conflict) Property() *string {
	row := ontology.ByID(c.v.Property)
	if row == nil {
		return nil
	}
	return &row.Name
}

// Since is the revision since when it stands.
func (c *Conflict) Since() int64 { return int64(c.v.Since) }

// Records are the source records in conflict.
func (c *Conflict) Records() (out []SourceRecord) {
	for i, r := range c.v.Records {
		out = append(out, c.q.sourceRecords(c.v.In[i], r)...)
	}
	return out
}

// Goldens are the golden records that they are in.
func (c *Conflict) Goldens() ([]GoldenRecord, error) {
	out := make([]GoldenRecord, 0, len(c.v.Goldens))
	for _, id := range c.v.Goldens {
		e, err := c.q.entity(id)
		if err != nil {
			return nil, err
		}
		if e != nil {
			out = append(out, c.q.wrap(e))
		}
	}
	return out, nil
}

// Pairs are what its records weigh.
func (c *Conflict) Pairs(ctx context.Context) ([]Pair, error) {
	ids := make([]model.EntityID, len(c.v.Records))
	for i := range c.v.Records {
		ids[i] = c.v.Records[i].ID
	}
	found, err := c.q.view.PairsAmong(ctx, ids)
	if err != nil {
		return nil, err
	}
	if err := c.q.load(goldensOf(found)); err != nil {
		return nil, err
	}
	out := make([]Pair, len(found))
	for i, p := range found {
		out[i] = Pair{c.q, p}
	}
	return out, nil
}

// Quarantined is a delivered item that could not become a record.
type Quarantined struct{ access.QuarantineInfo }

// Source is the system that delivered it.
func (i *Quarantined) Source() string { return string(i.QuarantineInfo.Source) }

// DanglingReference is a reference that waits for its target.
type DanglingReference struct {
	q *query
	v access.DanglingInfo
}

// From is the golden record that refers.
func (d *DanglingReference) From() (GoldenRecord, error) {
	e, err := d.q.entity(d.v.From)
	return d.q.wrap(e), err
}

// Kind is the kind of what refers.
func (d *DanglingReference) Kind() model.Kind { return d.v.Kind }

// Property is the property's name.
func (d *DanglingReference) Property() string { return propertyName(d.v.Property) }

// Target is what it waits for.
func (d *DanglingReference) Target() string { return d.v.Target }

// FlawedRecord is a source record that has issues.
type FlawedRecord struct {
	q *query
	v access.FlawedInfo
}

// Record is the record.
func (f *FlawedRecord) Record() *SourceRecord {
	return &f.q.sourceRecords(f.v.Golden, f.v.RecordInfo)[0]
}

// Golden is the golden record that it is in.
func (f *FlawedRecord) Golden() (GoldenRecord, error) {
	e, err := f.q.entity(f.v.Golden)
	return f.q.wrap(e), err
}

// workPage is a page of a steward's work list.
type workPage[T any] struct {
	items   []*T
	cursors []string
	info    PageInfo
}

func newWorkPage[T, I any](from *access.WorkPage[I], resumed bool, wrap func(I) *T) workPage[T] {
	p := workPage[T]{items: make([]*T, len(from.Items)), cursors: from.Cursors, info: pageInfo(from.Cursors, from.HasNext, resumed)}
	for i, item := range from.Items {
		p.items[i] = wrap(item)
	}
	return p
}

// ConflictConnection is a page of conflicts.
type ConflictConnection struct{ p workPage[Conflict] }

// ConflictEdge is a row of a page of conflicts.
type ConflictEdge struct {
	Cursor string
	Node   *Conflict
}

// Nodes are the conflicts.
func (c *ConflictConnection) Nodes() []*Conflict { return c.p.items }

// Edges are the conflicts with their cursors.
func (c *ConflictConnection) Edges() []ConflictEdge {
	out := make([]ConflictEdge, len(c.p.items))
	for i, n := range c.p.items {
		out[i] = ConflictEdge{c.p.cursors[i], n}
	}
	return out
}

// PageInfo is where the page lies.
func (c *ConflictConnection) PageInfo() *PageInfo { return &c.p.info }

// QuarantineConnection is a page of quarantined items.
type QuarantineConnection struct{ p workPage[Quarantined] }

// QuarantineEdge is a row of a page of quarantined items.
type QuarantineEdge struct {
	Cursor string
	Node   *Quarantined
}

// Nodes are the items.
func (c *QuarantineConnection) Nodes() []*Quarantined { return c.p.items }

// Edges are the items with their cursors.
func (c *QuarantineConnection) Edges() []QuarantineEdge {
	out := make([]QuarantineEdge, len(c.p.items))
	for i, n := range c.p.items {
		out[i] = QuarantineEdge{c.p.cursors[i], n}
	}
	return out
}

// PageInfo is where the page lies.
func (c *QuarantineConnection) PageInfo() *PageInfo { return &c.p.info }

// DanglingReferenceConnection is a page of references that wait.
type DanglingReferenceConnection struct{ p workPage[DanglingReference] }

// DanglingReferenceEdge is a row of a page of references that wait.
type DanglingReferenceEdge struct {
	Cursor string
	Node   *DanglingReference
}

// Nodes are the references.
func (c *DanglingReferenceConnection) Nodes() []*DanglingReference { return c.p.items }

// Edges are the references with their cursors.
func (c *DanglingReferenceConnection) Edges() []DanglingReferenceEdge {
	out := make([]DanglingReferenceEdge, len(c.p.items))
	for i, n := range c.p.items {
		out[i] = DanglingReferenceEdge{c.p.cursors[i], n}
	}
	return out
}

// PageInfo is where the page lies.
func (c *DanglingReferenceConnection) PageInfo() *PageInfo { return &c.p.info }

// RecordIssueConnection is a page of records that have issues.
type RecordIssueConnection struct{ p workPage[FlawedRecord] }

// RecordIssueEdge is a row of a page of records that have issues.
type RecordIssueEdge struct {
	Cursor string
	Node   *FlawedRecord
}

// Nodes are the records.
func (c *RecordIssueConnection) Nodes() []*FlawedRecord { return c.p.items }

// Edges are the records with their cursors.
func (c *RecordIssueConnection) Edges() []RecordIssueEdge {
	out := make([]RecordIssueEdge, len(c.p.items))
	for i, n := range c.p.items {
		out[i] = RecordIssueEdge{c.p.cursors[i], n}
	}
	return out
}

// PageInfo is where the page lies.
func (c *RecordIssueConnection) PageInfo() *PageInfo { return &c.p.info }

// Conflicts are what a steward has to see to.
func (r *queryResolver) Conflicts(ctx context.Context, after *string, first *int) (*ConflictConnection, error) {
	q := r.query(ctx, nil)
	found, err := q.view.Conflicts(ctx, deref(after), size(first))
	if err != nil {
		return nil, err
	}
	var ids []model.EntityID
	for i := range found.Items {
		ids = append(ids, found.Items[i].Goldens...)
	}
	if err := q.loadAheadOf(ctx, "goldens", ids); err != nil {
		return nil, err
	}
	return &ConflictConnection{newWorkPage(found, after != nil, func(c access.ConflictInfo) *Conflict { return &Conflict{q, c} })}, nil
}

// Quarantine are delivered items that could not become records.
func (r *queryResolver) Quarantine(ctx context.Context, source, after *string, first *int) (*QuarantineConnection, error) {
	found, err := requestOf(ctx).view.Quarantine(ctx, model.Source(deref(source)), deref(after), size(first))
	if err != nil {
		return nil, err
	}
	return &QuarantineConnection{newWorkPage(found, after != nil, func(i access.QuarantineInfo) *Quarantined { return &Quarantined{i} })}, nil
}

// RecordIssues are source records with fields that could not be read as they should.
func (r *queryResolver) RecordIssues(ctx context.Context, source, after *string, first *int) (*RecordIssueConnection, error) {
	q := r.query(ctx, nil)
	found, err := q.view.RecordIssues(ctx, model.Source(deref(source)), deref(after), size(first))
	if err != nil {
		return nil, err
	}
	ids := make([]model.EntityID, len(found.Items))
	for i := range found.Items {
		ids[i] = found.Items[i].Golden
	}
	if err := q.loadAheadOf(ctx, "golden", ids); err != nil {
		return nil, err
	}
	return &RecordIssueConnection{newWorkPage(found, after != nil, func(f access.FlawedInfo) *FlawedRecord { return &FlawedRecord{q, f} })}, nil
}

// DanglingReferences are references that wait for their target.
func (r *queryResolver) DanglingReferences(ctx context.Context, after *string, first *int) (*DanglingReferenceConnection, error) {
	q := r.query(ctx, nil)
	found, err := q.view.Dangling(ctx, deref(after), size(first))
	if err != nil {
		return nil, err
	}
	ids := make([]model.EntityID, len(found.Items))
	for i := range found.Items {
		ids[i] = found.Items[i].From
	}
	if err := q.loadAheadOf(ctx, "from", ids); err != nil {
		return nil, err
	}
	return &DanglingReferenceConnection{newWorkPage(found, after != nil, func(d access.DanglingInfo) *DanglingReference { return &DanglingReference{q, d} })}, nil
}
