package access

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/karna-registry/karna/model"
)

// ReferrerQuery asks for the things that link to golden records by one property.
type ReferrerQuery struct {
	Property model.PropertyID // mandatory
	Role     string           // optional: only links of this role
	ValidAt  model.Date       // optional: only links that are valid that day
	First    int              // mandatory: 1 to 1000, for each golden record
	After    string           // optional: a cursor
	Before   string           // optional: a cursor, with Backward
	Backward bool             // optional: the last First, before Before
}

// skipLimit is how many links of a target whose page is full are read over
// before the rest of the targets are asked for anew.
const skipLimit = 256

// ReferrersOf is Referrers for many golden records at once and with a filter:
// a page of links for each id, parallel to ids, in order of the referring ids.
// However many ids there are, the number of reads grows only with how often what is found is hidden
// from the caller.
func (v *View) ReferrersOf(ctx context.Context, ids []model.EntityID, q ReferrerQuery) ([]*ReferrerPage, error) {
	size, err := pageSize(q.First)
	if err != nil {
		return nil, err
	}
	cursor := q.After
	if q.Backward {
		cursor = q.Before
	}
	at, err := parseReferrerCursor(cursor)
	if err != nil || cursor != "" && at.property != q.Property {
		return nil, ErrCursor
	}
	out := make([]*ReferrerPage, len(ids))
	for i := range out {
		out[i] = &ReferrerPage{}
	}
	if len(v.linkProperties([]model.PropertyID{q.Property})) == 0 {
		return out, nil
	}
	targets, err := v.visibleIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	fill := func(backward bool, at linkPlace, size int) (map[model.EntityID]*ReferrerPage, error) {
		f := filler{v: v, index: v.index(), q: q, size: size, pages: map[model.EntityID]*filling{}}
		for _, target := range targets {
			if !target.IsZero() && f.pages[target] == nil {
				f.pages[target] = &filling{page: &ReferrerPage{}, after: at}
				f.open = append(f.open, target)
			}
		}
		if backward {
			return f.backwards(ctx, at)
		}
		return f.forwards(ctx)
	}
	pages, err := fill(q.Backward, at, size)
	if err != nil {
		return nil, err
	}
	for i, target := range targets {
		if p := pages[target]; p != nil {
			out[i] = p
		}
	}
	if cursor == "" {
		return out, nil
	}
	// What is on the other side of the cursor, the link that it is of included.
	if q.Backward {
		at.nth--
	} else {
		at.nth++
	}
	others, err := fill(!q.Backward, at, 1)
	if err != nil {
		return nil, err
	}
	for target, p := range pages {
		if q.Backward {
			p.HasNext = len(others[target].Items) > 0
		} else {
			p.HasPrevious = len(others[target].Items) > 0
		}
	}
	return out, nil
}

// forwards fills the pages from where they begin.
func (f *filler) forwards(ctx context.Context) (map[model.EntityID]*ReferrerPage, error) {
	for len(f.open) > 0 {
		if err := f.round(ctx); err != nil {
			return nil, err
		}
	}
	return f.filled(), nil
}

func (f *filler) filled() map[model.EntityID]*ReferrerPage {
	out := make(map[model.EntityID]*ReferrerPage, len(f.pages))
	for target, p := range f.pages {
		out[target] = p.page
	}
	return out
}

// visibleIDs are the golden ids that ids stand for, zero where the caller may
// not see them.
func (v *View) visibleIDs(ctx context.Context, ids []model.EntityID) ([]model.EntityID, error) {
	rows, err := v.follow(ctx, ids, v.parts())
	if err != nil {
		return nil, err
	}
	seen, err := v.judge(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]model.EntityID, len(ids))
	for i, s := range seen {
		if s != nil {
			out[i] = s.entity.ID
		}
	}
	return out, nil
}

// filler fills the pages of many targets.
type filler struct {
	v     *View
	index index
	q     ReferrerQuery
	size  int
	pages map[model.EntityID]*filling
	open  []model.EntityID // targets whose pages are not full
}

// filling is one target's page under way.
type filling struct {
	page   *ReferrerPage
	after  linkPlace        // links up to here have been looked at
	things []model.EntityID // that link, to be looked at
	more   bool             // there may be things after those
}

// allOf is the place after every link of a thing.
const allOf = math.MaxInt32

// round reads so many links of each open target as would fill its page, and
// keeps what the caller sees of them.
func (f *filler) round(ctx context.Context) error {
	slices.SortFunc(f.open, model.EntityID.Compare)
	if err := f.readLinks(ctx); err != nil {
		return err
	}
	var ids []model.EntityID
	for _, target := range f.open {
		ids = append(ids, f.pages[target].things...)
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	ids = slices.Compact(ids)
	seen, err := f.read(ctx, ids)
	if err != nil {
		return err
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
	return nil
}

func (f *filler) read(ctx context.Context, ids []model.EntityID) (map[model.EntityID]*Entity, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := f.index.Goldens(ctx, ids, f.v.parts())
	if err != nil {
		return nil, fmt.Errorf("read %d golden records: %w", len(ids), err)
	}
	all, err := f.v.sight(ctx, rows)
	if err != nil {
		return nil, err
	}
	seen := make(map[model.EntityID]*Entity, len(ids))
	for i, s := range all {
		if s != nil {
			seen[ids[i]] = s.entity
		}
	}
	return seen, nil
}

// keep moves the links of a target's things to its page, as far as the caller
// sees them.
func (f *filler) keep(target model.EntityID, p *filling, seen map[model.EntityID]*Entity) {
	for _, from := range p.things {
		here := linkPlace{property: f.q.Property, from: from}
		if e := seen[from]; e != nil {
			for _, val := range e.All(f.q.Property) {
				l, ok := val.Value.(model.Link)
				if !ok || l.To != target {
					continue
				}
				here.nth++
				if here.compare(p.after) <= 0 || !f.asked(l.Role, val.Period) {
					continue
				}
				if len(p.page.Items) == f.size {
					p.page.HasNext = true
					return
				}
				p.page.Items = append(p.page.Items, Referrer{Entity: e, Property: f.q.Property, Role: l.Role, Period: val.Period})
				p.page.Cursors = append(p.page.Cursors, here.cursor())
			}
		}
		here.nth = allOf
		p.after = here
	}
}

func (f *filler) asked(role string, period model.Period) bool {
	return (f.q.Role == "" || f.q.Role == role) && (f.q.ValidAt.IsZero() || period.Contains(f.q.ValidAt))
}

// readLinks reads the index: for each open target one thing more than its page
// has room for.
func (f *filler) readLinks(ctx context.Context) error {
	for _, target := range f.open {
		p := f.pages[target]
		p.things, p.more = p.things[:0], false
	}
	remaining := f.open
	for len(remaining) > 0 {
		next, err := f.readSome(ctx, remaining)
		if err != nil {
			return err
		}
		remaining = next
	}
	return nil
}

// readSome reads until the targets end, or until so much of a full one has been
// read over that asking for the rest is cheaper; it gives the rest.
func (f *filler) readSome(ctx context.Context, targets []model.EntityID) ([]model.EntityID, error) {
	skipped := 0
	for l, err := range f.index.Referrers(ctx, targets, []model.PropertyID{f.q.Property}) {
		if err != nil {
			return nil, fmt.Errorf("read what refers to %d golden records: %w", len(targets), err)
		}
		p := f.pages[l.To]
		switch n, c := len(p.things), l.From.Compare(p.after.from); {
		case p.more:
			if skipped++; skipped > skipLimit {
				i, _ := slices.BinarySearchFunc(targets, l.To, model.EntityID.Compare)
				return targets[i+1:], nil
			}
		case c < 0, c == 0 && p.after.nth == allOf, !f.asked(l.Role, l.Period):
		case n > 0 && p.things[n-1] == l.From:
		default:
			p.things = append(p.things, l.From)
			p.more = len(p.page.Items)+n+1 > f.size
		}
	}
	return nil, nil
}
