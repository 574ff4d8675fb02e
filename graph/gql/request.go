package gql

import (
	"context"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// Sizes of pages.
const (
	DefaultPage = 100
	MaxPage     = 1000
)

// request is what one operation has read. List elements and root fields are
// answered in several goroutines, so it is locked.
type request struct {
	ctx  context.Context // the operation's: fields bound to plain methods have no other
	view *access.View
	doc  *ast.QueryDocument // valid; of the operation
	// walks bounds each walk of the operation.
	walks walk.Limits
	// budget is how large the answer may become.
	budget *budget

	mu       sync.Mutex
	entities map[model.EntityID]*access.Entity // nil for one that the caller may not see
	concepts map[codeOn]*access.Entity
	evidence map[evidenceKey][]access.StatementInfo
	revised  map[model.EntityID]model.Revision

	// past is whether the view is of an earlier revision. It has no index of codes,
	// so all of its reference data is read, once, when any is asked for.
	past      bool
	why       error // a subscription has ended
	check     func(context.Context) error
	reference map[model.Code][]*access.Entity
}

// query is one root field: its day, and the pages read below it (a page depends
// on the day).
type query struct {
	*request
	day   model.Date
	pages map[pageOf]*access.ReferrerPage // guarded by request.mu
}

// leaveSealed reads on without opening personal numbers: none is asked for.
func (r *request) leaveSealed() { r.view = r.view.Unopened() }

// end says why a subscription ends.
func (r *request) end(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.why = why
}

// ended is why a subscription has ended by itself; nil when it has not.
func (r *request) ended() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why
}

type requestKey struct{}

// withView gives the operation the caller's view.
func withView(ctx context.Context, v *access.View) context.Context {
	r := &request{view: v}
	ctx = context.WithValue(ctx, requestKey{}, r)
	r.ctx = ctx
	return ctx
}

// requestOf is the operation's state. An operation without one is a mistake of
// the program: there is no view that would do for it.
func requestOf(ctx context.Context) *request {
	r, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		panic("graph/gql: the operation has no view: run it through Executor")
	}
	return r
}

// pageKey is what is asked of a link the other way round.
type pageKey struct {
	property model.PropertyID
	linkPage
	role string // "" for any
}

// query is the same of the View, of links that are valid on a day.
func (k pageKey) query(day model.Date) access.ReferrerQuery {
	out := access.ReferrerQuery{Property: k.property, Role: k.role, ValidAt: day, First: k.size, Backward: k.backward}
	if k.backward {
		out.Before = k.cursor
	} else {
		out.After = k.cursor
	}
	return out
}

// linkPage is a page of links: the first after a cursor, or the last before one.
type linkPage struct {
	size     int
	backward bool
	cursor   string
}

// newLinks is the page that Relay's arguments ask for.
func newLinks(first *int, after *string, last *int, before *string) (linkPage, error) {
	p, err := listArgs{first: first, after: after, last: last, before: before}.page()
	if err != nil {
		return linkPage{}, err
	}
	if p.Backward {
		return linkPage{p.First, true, p.Before}, nil
	}
	return linkPage{p.First, false, p.After}, nil
}

type pageOf struct {
	id model.EntityID
	pageKey
}

// codeOn is a code on a day: a code list has versions.
type codeOn struct {
	model.Code
	day model.Date
}

func keep[K comparable, V any](r *request, m *map[K]V, k K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[k] = v
}

func kept[K comparable, V any](r *request, m *map[K]V, k K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := (*m)[k]
	return v, ok
}

// missing are the keys, each once, that have not been read.
func missing[K comparable, V any](r *request, m *map[K]V, keys []K) []K {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := make(map[K]bool, len(keys))
	out := keys[:0:0]
	for _, k := range keys {
		if _, have := (*m)[k]; !have && !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	return out
}

// entity is one golden record: as read ahead, or read now. It is nil for one
// that the caller may not see.
func (q *query) entity(id model.EntityID) (*access.Entity, error) {
	if e, ok := kept(q.request, &q.entities, id); ok {
		return e, nil
	}
	if err := q.load([]model.EntityID{id}); err != nil {
		return nil, err
	}
	e, _ := kept(q.request, &q.entities, id)
	return e, nil
}

// load reads golden records that have not been read.
func (q *query) load(ids []model.EntityID) error {
	ids = missing(q.request, &q.entities, ids)
	if len(ids) == 0 {
		return nil
	}
	es, err := q.view.Entities(q.ctx, ids)
	if err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.entities == nil {
		q.entities = make(map[model.EntityID]*access.Entity, len(ids))
	}
	for i, id := range ids {
		q.entities[id] = es[i]
	}
	return nil
}

// referrers is a page of what refers to a record: as read ahead, or read now.
func (q *query) referrers(id model.EntityID, key pageKey) (*access.ReferrerPage, error) {
	if p, ok := kept(q.request, &q.pages, pageOf{id, key}); ok {
		return p, nil
	}
	pages, err := q.readReferrers([]model.EntityID{id}, key)
	if err != nil {
		return nil, err
	}
	return pages[0], nil
}

// readReferrers reads the pages of what refers to records.
func (q *query) readReferrers(ids []model.EntityID, key pageKey) ([]*access.ReferrerPage, error) {
	pages, err := q.view.ReferrersOf(q.ctx, ids, key.query(q.day))
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		keep(q.request, &q.pages, pageOf{id, key}, pages[i])
	}
	return pages, nil
}

// revision is the last change of a record that the caller may know of.
func (q *query) revision(id model.EntityID) (model.Revision, error) {
	if r, ok := kept(q.request, &q.revised, id); ok {
		return r, nil
	}
	if err := q.readRevisions([]model.EntityID{id}); err != nil {
		return 0, err
	}
	r, _ := kept(q.request, &q.revised, id)
	return r, nil
}

func (q *query) readRevisions(ids []model.EntityID) error {
	ids = missing(q.request, &q.revised, ids)
	if len(ids) == 0 {
		return nil
	}
	revisions, err := q.view.Revised(q.ctx, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		keep(q.request, &q.revised, id, revisions[i])
	}
	return nil
}

// size is a page's size.
func size(first *int) int {
	if first == nil {
		return DefaultPage
	}
	return *first
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
