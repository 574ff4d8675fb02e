package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Unjudged reads what a View reads, row for row and page for page, and judges
// nothing of it: what benchmarks hold the View against. It is in no program.
type Unjudged struct{ v *View }

// NewUnjudged reads as v does.
func NewUnjudged(v *View) Unjudged { return Unjudged{v} }

// decoded is View.glimpse without a judgement.
func (u Unjudged) decoded(rows []graph.Golden) ([]*sighted, error) {
	out := make([]*sighted, len(rows))
	for i := range rows {
		if rows[i].State != graph.Live {
			continue
		}
		s, err := u.v.decode(&rows[i])
		if err != nil {
			return nil, err
		}
		out[i] = s
	}
	return out, nil
}

// Entities is View.Entities.
func (u Unjudged) Entities(ctx context.Context, ids []model.EntityID) ([]*Entity, error) {
	rows, err := u.v.follow(ctx, ids, graph.WithValues)
	if err != nil {
		return nil, err
	}
	seen, err := u.decoded(rows)
	if err != nil {
		return nil, err
	}
	out := make([]*Entity, len(ids))
	for i, s := range seen {
		if s != nil {
			e := *s.entity
			out[i] = &e
		}
	}
	return out, u.tell(ctx, seen)
}

// tell tells the audit of all: that is no judgement.
func (u Unjudged) tell(ctx context.Context, all []*sighted) error {
	ids := make([]model.EntityID, 0, len(all))
	for _, s := range all {
		if s != nil {
			ids = append(ids, s.entity.ID)
		}
	}
	return u.v.tell(ctx, ids)
}

// List is the first page of View.List in display order.
func (u Unjudged) List(ctx context.Context, kind model.Kind, first int) (*EntityPage, error) {
	l := &listing{sieve: &sieve{v: u.v, kind: kind}}
	rows := make([]graph.Golden, 0, first+1)
	for row, err := range u.v.from().List(ctx, graph.ListQuery{Kind: kind, Disclosure: u.v.clearance, Limit: first + 1, Parts: graph.WithValues}) {
		if err != nil {
			return nil, fmt.Errorf("list golden records: %w", err)
		}
		rows = append(rows, row)
	}
	seen, err := u.decoded(rows)
	if err == nil {
		err = u.tell(ctx, seen)
	}
	if err != nil {
		return nil, err
	}
	page := &EntityPage{HasNext: len(seen) > first}
	for _, s := range seen[:min(first, len(seen))] {
		page.Items, page.Cursors = append(page.Items, s.entity), append(page.Cursors, l.cursor(s))
	}
	return page, nil
}

// ReferrersTo is the first pages of View.ReferrersTo.
func (u Unjudged) ReferrersTo(ctx context.Context, shown []*Entity, q ReferrerQuery) ([]*ReferrerPage, error) {
	f := filler{v: u.v, index: u.v.index(), q: q, size: q.First, pages: make(map[model.EntityID]*filling, len(shown))}
	for _, e := range shown {
		f.pages[e.ID] = &filling{page: &ReferrerPage{}}
		f.open = append(f.open, e.ID)
	}
	for len(f.open) > 0 {
		if err := f.readLinks(ctx); err != nil {
			return nil, err
		}
		var ids []model.EntityID
		for _, target := range f.open {
			ids = append(ids, f.pages[target].things...)
		}
		slices.SortFunc(ids, model.EntityID.Compare)
		ids = slices.Compact(ids)
		rows, err := f.index.Goldens(ctx, ids, graph.WithValues)
		if err != nil {
			return nil, fmt.Errorf("read %d golden records: %w", len(ids), err)
		}
		all, err := u.decoded(rows)
		if err == nil {
			err = u.tell(ctx, all)
		}
		if err != nil {
			return nil, err
		}
		seen := make(map[model.EntityID]*Entity, len(ids))
		for i, s := range all {
			if s != nil {
				seen[ids[i]] = s.entity
			}
		}
		open := f.open[:0]
		for _, target := range f.open {
			p := f.pages[target]
			f.keep(target, p, seen)
			if p.more && !p.page.HasNext {
				open = append(open, target)
			}
		}
		f.open = open
	}
	pages := f.filled()
	out := make([]*ReferrerPage, len(shown))
	for i, e := range shown {
		out[i] = pages[e.ID]
	}
	return out, nil
}
