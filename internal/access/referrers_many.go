package access

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/karna-registry/karna/graph"
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
	Leave    Leave            // optional
}

// question is what a cursor of the links to a golden record belongs to; see
// listing.question.
func (q *ReferrerQuery) question(target model.EntityID) question {
	return asks(cursorReferrer).number(uint64(q.Property)).text(q.Role).id(target)
}

// ReferrersOf is Referrers for many golden records at once and with a filter:
// a page of links for each id, parallel to ids, in order of the referring ids.
// However many ids there are, the number of reads grows only with how often what is found is hidden
// from the caller.
func (v *View) ReferrersOf(ctx context.Context, ids []model.EntityID, q ReferrerQuery) ([]*ReferrerPage, error) {
	return v.referrersOf(ctx, q, len(ids), func() ([]model.EntityID, error) { return v.visibleIDs(ctx, ids) })
}

// ReferrersTo is ReferrersOf of golden records that this View has shown, which
// need not be read again.
func (v *View) ReferrersTo(ctx context.Context, shown []*Entity, q ReferrerQuery) ([]*ReferrerPage, error) {
	return v.referrersOf(ctx, q, len(shown), func() ([]model.EntityID, error) {
		targets := make([]model.EntityID, len(shown))
		for i, e := range shown {
			// Of a protected person of whom there is only the flag there is nothing more.
			if v.admits(e.Kind, e.Disclosure) {
				targets[i] = e.ID
			}
		}
		return targets, nil
	})
}

// referrersOf gives the pages of n targets; one that is zero has none.
func (v *View) referrersOf(ctx context.Context, q ReferrerQuery, n int, targetsOf func() ([]model.EntityID, error)) ([]*ReferrerPage, error) {
	size, err := pageSize(q.First)
	if err != nil {
		return nil, err
	}
	cursor := q.After
	if q.Backward {
		cursor = q.Before
	}
	of, at, err := parseReferrerCursor(cursor)
	if err != nil {
		return nil, err
	}
	out := make([]*ReferrerPage, n)
	for i := range out {
		out[i] = &ReferrerPage{}
	}
	if len(v.linkProperties([]model.PropertyID{q.Property})) == 0 {
		return out, nil
	}
	targets, err := targetsOf()
	if err != nil {
		return nil, err
	}
	// A cursor belongs to the links of one golden record.
	for _, target := range targets {
		if cursor != "" && !target.IsZero() && v.scope(q.question(target)) != of {
			return nil, ErrOtherList
		}
	}
	fill := func(backward bool, at linkPlace, size int) (map[model.EntityID]*ReferrerPage, error) {
		f := filler{v: v, index: v.index(), q: q, size: size, pages: make(map[model.EntityID]*filling, n)}
		for _, target := range targets {
			if !target.IsZero() && f.pages[target] == nil {
				p := &filling{page: &ReferrerPage{}, after: at}
				if q.Leave&LeaveCursors == 0 {
					p.scope = v.scope(q.question(target))
				}
				f.pages[target] = p
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
	if err := v.noteReferrers(ctx, pages); err != nil {
		return nil, err
	}
	if cursor == "" || q.Leave&LeaveBehind != 0 {
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

// noteReferrers tells of what is about to be shown on pages; not of the thing by
// which it is known that there are more.
func (v *View) noteReferrers(ctx context.Context, pages map[model.EntityID]*ReferrerPage) error {
	if !v.tells() {
		return nil
	}
	var shown []*Entity
	for _, p := range pages {
		for i := range p.Items {
			shown = append(shown, p.Items[i].Entity)
		}
	}
	slices.SortFunc(shown, func(a, b *Entity) int { return a.ID.Compare(b.ID) })
	return v.noteVersions(ctx, slices.CompactFunc(shown, func(a, b *Entity) bool { return a.ID == b.ID })...)
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
	limit int              // links of each that were read in the last round
}

// filling is one target's page under way.
type filling struct {
	page   *ReferrerPage
	scope  scope            // of its cursors, unless they are left
	after  linkPlace        // links up to here have been looked at
	things []model.EntityID // that link, to be looked at
	last   linkPlace        // where the index was read to
	more   bool             // there may be things after that
}

// allOf is the place after every link of a thing.
const allOf = math.MaxInt32

// mostLinks bounds how many links of a target are read at a time.
const mostLinks = 4096

// round reads so many links of each open target as would fill its page, and
// keeps what the caller sees of them.
func (f *filler) round(ctx context.Context) error {
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
		if p.more && !p.page.HasNext && (f.size < f.want() || len(p.page.Items) < f.size) {
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
	all, err := f.v.judge(ctx, rows)
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
				if f.q.Leave&LeaveCursors == 0 {
					p.page.Cursors = append(p.page.Cursors, here.cursor(p.scope))
				}
			}
		}
	}
	p.after = p.last
}

func (f *filler) asked(role string, period model.Period) bool {
	return (f.q.Role == "" || f.q.Role == role) && (f.q.ValidAt.IsZero() || period.Contains(f.q.ValidAt))
}

// want is how many links of a target tell all that is asked of its page.
func (f *filler) want() int {
	if f.q.Leave&LeaveAhead != 0 {
		return f.size
	}
	return f.size + 1
}

// readLinks reads the index: for each open target as many links as its page needs,
// and in later rounds more and more.
func (f *filler) readLinks(ctx context.Context) error {
	f.limit = min(max(2*f.limit, f.want()), mostLinks)
	targets := make([]graph.LinkTarget, len(f.open))
	for i, target := range f.open {
		// The links of a thing that has been looked at in part are looked at again.
		after := f.pages[target].after
		if targets[i] = (graph.LinkTarget{ID: target, From: after.from}); after.nth == allOf {
			targets[i].From = after.from.Next()
		}
	}
	found, err := f.index.LinksTo(ctx, targets, f.q.Property, f.v.clearance, f.limit)
	if err != nil {
		return fmt.Errorf("read what refers to %d golden records: %w", len(targets), err)
	}
	for i, target := range f.open {
		p, links := f.pages[target], found[i]
		p.things, p.more = p.things[:0], len(links) == f.limit
		for k := range links {
			l := &links[k]
			// Of the last there may be more than was read: its document says.
			partly := p.more && k == len(links)-1
			if (partly || f.asked(l.Role, l.Period)) && (len(p.things) == 0 || p.things[len(p.things)-1] != l.From) {
				p.things = append(p.things, l.From)
			}
			p.last = linkPlace{property: f.q.Property, from: l.From, nth: allOf}
		}
	}
	return nil
}
