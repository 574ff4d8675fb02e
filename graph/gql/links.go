package gql

import (
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// link is a link of a golden record to another.
type link struct {
	q      *query
	v      model.Link
	period model.Period
}

// Role is what qualifies the link.
func (l *link) Role() Optional { return Optional(l.v.Role) }

// Note is a note on the link, such as a decision's reference.
func (l *link) Note() Optional { return Optional(l.v.Note) }

// Period is when the link is valid.
func (l *link) Period() Period { return Period(l.period) }

func (l *link) entity() (*access.Entity, error) {
	if l.v.To.IsZero() {
		return nil, nil
	}
	return l.q.entity(l.v.To)
}

// page is a page of golden records.
type page struct {
	q       *query
	items   []*access.Entity
	cursors []string
	info    PageInfo
	total   *int // when it was asked for and is cheap
}

// TotalCount is how many there are on all pages; nil when that is not cheap to say.
func (p *page) TotalCount() *int { return p.total }

// PageInfo is where the page lies.
func (p *page) PageInfo() *PageInfo { return &p.info }

// PageInfo is where a page lies among all that the caller may see.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     Optional
	EndCursor       Optional
}

// pageInfo is the place of a page with these cursors.
func pageInfo(cursors []string, next, previous bool) PageInfo {
	info := PageInfo{HasNextPage: next, HasPreviousPage: previous}
	if len(cursors) > 0 {
		info.StartCursor, info.EndCursor = Optional(cursors[0]), Optional(cursors[len(cursors)-1])
	}
	return info
}

// referrers is a page of golden records that refer to another.
type referrers struct {
	q *query
	*access.ReferrerPage
}

// PageInfo is where the page lies.
func (r *referrers) PageInfo() *PageInfo {
	info := pageInfo(r.Cursors, r.HasNext, r.HasPrevious)
	return &info
}

func (r *referrers) edge(i int) linkEdge {
	return linkEdge{Cursor: r.Cursors[i], Role: Optional(r.Items[i].Role), Period: Period(r.Items[i].Period)}
}

// linkEdge is what an edge says of a link beside the record that has it.
type linkEdge struct {
	Cursor string
	Role   Optional
	Period Period
}
