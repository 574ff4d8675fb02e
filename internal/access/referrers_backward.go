package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/model"
)

// backwards fills the pages from where they end, before a place or at the end of
// all links for none. The index is read upwards only, so all of its rows of a
// target are read, and of golden records what a page needs.
func (f *filler) backwards(ctx context.Context, before linkPlace) (map[model.EntityID]*ReferrerPage, error) {
	slices.SortFunc(f.open, model.EntityID.Compare)
	for l, err := range f.index.Referrers(ctx, f.open, []model.PropertyID{f.q.Property}, f.v.clearance) {
		if err != nil {
			return nil, fmt.Errorf("read what refers to %d golden records: %w", len(f.open), err)
		}
		p := f.pages[l.To]
		if n := len(p.things); f.asked(l.Role, l.Period) && (n == 0 || p.things[n-1] != l.From) &&
			(before.property == 0 || l.From.Compare(before.from) <= 0) {
			p.things = append(p.things, l.From)
		}
	}
	for len(f.open) > 0 {
		var ids []model.EntityID
		last := func(p *filling) int { return max(0, len(p.things)-f.size-1) }
		for _, target := range f.open {
			p := f.pages[target]
			ids = append(ids, p.things[last(p):]...)
		}
		slices.SortFunc(ids, model.EntityID.Compare)
		seen, err := f.read(ctx, slices.Compact(ids))
		if err != nil {
			return nil, err
		}
		open := f.open[:0]
		for _, target := range f.open {
			p := f.pages[target]
			for cut := last(p); len(p.things) > cut && !p.page.HasPrevious; p.things = p.things[:len(p.things)-1] {
				f.keepBefore(target, p, seen[p.things[len(p.things)-1]], before)
			}
			if len(p.things) > 0 && !p.page.HasPrevious {
				open = append(open, target)
			}
		}
		f.open = open
	}
	for _, p := range f.pages {
		slices.Reverse(p.page.Items)
		slices.Reverse(p.page.Cursors)
	}
	return f.filled(), nil
}

// keepBefore moves the links of one thing to a page that is filled from its end.
func (f *filler) keepBefore(target model.EntityID, p *filling, e *Entity, before linkPlace) {
	if e == nil {
		return
	}
	here := linkPlace{property: f.q.Property, from: e.ID}
	var found []Referrer
	var cursors []string
	for _, val := range e.All(f.q.Property) {
		l, ok := val.Value.(model.Link)
		if !ok || l.To != target {
			continue
		}
		here.nth++
		if before.property != 0 && here.compare(before) >= 0 || !f.asked(l.Role, val.Period) {
			continue
		}
		found = append(found, Referrer{Entity: e, Property: f.q.Property, Role: l.Role, Period: val.Period})
		if f.q.Leave&LeaveCursors == 0 {
			cursors = append(cursors, here.cursor(p.scope))
		}
	}
	for i := len(found) - 1; i >= 0; i-- {
		if len(p.page.Items) == f.size {
			p.page.HasPrevious = true
			return
		}
		p.page.Items = append(p.page.Items, found[i])
		if cursors != nil {
			p.page.Cursors = append(p.page.Cursors, cursors[i])
		}
	}
}
