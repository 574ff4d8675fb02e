package gql

import (
	"context"
	"time"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// Change is one entry of the change feed.
type Change struct {
	q *query
	v *access.ChangeInfo
}

// Revision is the revision that changed it.
func (c *Change) Revision() int64 { return int64(c.v.Revision) }

// At is when the revision was committed.
func (c *Change) At() time.Time { return c.v.At }

// ID is the golden id.
func (c *Change) ID() model.EntityID { return c.v.ID }

// Kind is which of the six kinds it is.
func (c *Change) Kind() model.Kind { return c.v.Kind }

// What is what happened.
func (c *Change) What() ChangeType { return ChangeType(c.v.What) }

// MergedInto is what a merged id now is.
func (c *Change) MergedInto() model.EntityID { return c.v.Redirect }

// Record is the record as it is now, or nil.
func (c *Change) Record() (GoldenRecord, error) {
	e, err := c.q.entity(c.v.ID)
	return c.q.wrap(e), err
}

// ChangeConnection is a page of the change feed.
type ChangeConnection struct {
	q       *query
	v       *access.ChangePage
	resumed bool // the page began after an entry
}

// ChangeEdge is one row of the change feed.
type ChangeEdge struct {
	Cursor string
	Node   *Change
}

// Nodes are the entries.
func (c *ChangeConnection) Nodes() []*Change {
	out := make([]*Change, len(c.v.Items))
	for i := range c.v.Items {
		out[i] = &Change{c.q, &c.v.Items[i]}
	}
	return out
}

// Edges are the entries with their cursors.
func (c *ChangeConnection) Edges() []ChangeEdge {
	out := make([]ChangeEdge, len(c.v.Items))
	for i, n := range c.Nodes() {
		out[i] = ChangeEdge{c.v.Items[i].Cursor, n}
	}
	return out
}

// PageInfo is where the page lies. Its end is where to go on from, also when
// nothing on the way was for the caller.
func (c *ChangeConnection) PageInfo() *PageInfo {
	info := PageInfo{HasNextPage: c.v.HasNext, HasPreviousPage: c.resumed, EndCursor: Optional(c.v.Cursor)}
	if len(c.v.Items) > 0 {
		info.StartCursor = Optional(c.v.Items[0].Cursor)
	}
	return &info
}

// Changes is what has changed, oldest first.
func (r *queryResolver) Changes(ctx context.Context, after *string, first *int) (*ChangeConnection, error) {
	q := r.query(ctx, nil)
	p, err := q.view.Changes(ctx, deref(after), size(first))
	if err != nil {
		return nil, err
	}
	ids := make([]model.EntityID, len(p.Items))
	for i := range p.Items {
		ids[i] = p.Items[i].ID
	}
	if err := q.loadAheadOf(ctx, "record", ids); err != nil {
		return nil, err
	}
	return &ChangeConnection{q, p, after != nil}, nil
}
