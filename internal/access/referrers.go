package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/model"
)

// referrerChunk is how many referring records are read together.
const referrerChunk = 256

// Referrers is a page of the links to a golden record by any of the properties
// (by any at all when none is given), in order of property and referring id. An
// id that the caller may not see has none.
func (v *View) Referrers(ctx context.Context, id model.EntityID, properties []model.PropertyID, page Page) (*ReferrerPage, error) {
	size, err := page.size()
	if err != nil {
		return nil, err
	}
	if page.Backward {
		return nil, fmt.Errorf("%w: referrers are paged forwards only", ErrBadRequest)
	}
	question := asks(cursorReferrer)
	for _, p := range properties {
		question = question.number(uint64(p))
	}
	of, after, err := parseReferrerCursor(page.After)
	if err != nil {
		return nil, err
	}
	properties = v.linkProperties(properties)
	target, err := v.visibleID(ctx, id)
	if err != nil || target.IsZero() || len(properties) == 0 {
		return &ReferrerPage{}, err
	}
	scope := v.scope(question.id(target))
	if page.After != "" && of != scope {
		return nil, ErrOtherList
	}
	out := &ReferrerPage{HasPrevious: page.After != ""}
	var things []linkPlace
	flush := func() (full bool, err error) {
		found, err := v.referring(ctx, target, things)
		things = things[:0]
		if err != nil {
			return false, err
		}
		for _, f := range found {
			if f.place.compare(after) <= 0 {
				continue
			}
			if len(out.Items) == size {
				out.HasNext = true
				return true, nil
			}
			out.Items, out.Cursors = append(out.Items, f.Referrer), append(out.Cursors, f.place.cursor(scope))
		}
		return false, nil
	}
	for link, err := range v.index().Referrers(ctx, []model.EntityID{target}, properties, v.clearance) {
		if err != nil {
			return nil, fmt.Errorf("read what refers to %s: %w", target, err)
		}
		// A thing may link twice, by different roles or in different periods; its
		// own document says how often.
		here := linkPlace{property: link.Property, from: link.From, nth: after.nth}
		if here.compare(after) < 0 || len(things) > 0 && things[len(things)-1] == here {
			continue
		}
		if things = append(things, here); len(things) == referrerChunk {
			if full, err := flush(); err != nil || full {
				return out, err
			}
		}
	}
	_, err = flush()
	return out, err
}

// linkPlace is a place in the order of referrers: the nth link, from 1, of a
// thing by a property. The zero place is before all.
type linkPlace struct {
	property model.PropertyID
	from     model.EntityID
	nth      int
}

func (p linkPlace) compare(o linkPlace) int {
	return cmp.Or(cmp.Compare(p.property, o.property), p.from.Compare(o.from), cmp.Compare(p.nth, o.nth))
}

func (p linkPlace) cursor(s scope) string {
	return s.keyed(cursorReferrer, uint64(p.property)<<32|uint64(p.nth), p.from)
}

// parseReferrerCursor is what a cursor belongs to, which only who knows whose links
// they are can tell, and its place.
func parseReferrerCursor(cursor string) (scope, linkPlace, error) {
	if cursor == "" {
		return scope{}, linkPlace{}, nil
	}
	of, n, from, err := parseKeyedCursor(cursor, cursorReferrer)
	return of, linkPlace{model.PropertyID(n >> 32), from, int(uint32(n))}, err
}

// linkProperties are the indexed link properties that the caller may see, of
// those asked for.
func (v *View) linkProperties(asked []model.PropertyID) []model.PropertyID {
	var out []model.PropertyID
	for i := range properties {
		p := properties[i]
		if p.row == nil || p.row.Type != model.TypeLink || len(asked) > 0 && !slices.Contains(asked, p.row.ID) {
			continue
		}
		if p.row.Disclosure.Rank() <= v.rank && v.admits(p.row.Kind, model.Open) {
			out = append(out, p.row.ID)
		}
	}
	return out
}

// visibleID is the golden id that id stands for; zero when the caller may not
// see it.
func (v *View) visibleID(ctx context.Context, id model.EntityID) (model.EntityID, error) {
	rows, err := v.follow(ctx, []model.EntityID{id}, v.parts())
	if err != nil {
		return model.EntityID{}, err
	}
	seen, err := v.judge(ctx, rows)
	if err != nil || seen[0] == nil {
		return model.EntityID{}, err
	}
	return seen[0].entity.ID, nil
}

// placedReferrer is a referrer and where it lies.
type placedReferrer struct {
	Referrer
	place linkPlace
}

// referring is what the caller sees of the links that things have to a target:
// only those that are still there after redaction.
func (v *View) referring(ctx context.Context, target model.EntityID, things []linkPlace) ([]placedReferrer, error) {
	var ids []model.EntityID
	index := map[model.EntityID]int{}
	for _, t := range things {
		if _, ok := index[t.from]; !ok {
			index[t.from] = len(ids)
			ids = append(ids, t.from)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := v.from().Goldens(ctx, ids, v.parts())
	if err != nil {
		return nil, fmt.Errorf("read %d golden records: %w", len(ids), err)
	}
	seen, err := v.sight(ctx, rows)
	if err != nil {
		return nil, err
	}
	var out []placedReferrer
	for _, t := range things {
		s := seen[index[t.from]]
		if s == nil {
			continue
		}
		t.nth = 0
		for _, val := range s.entity.All(t.property) {
			if to, ok := val.Value.(model.Link); ok && to.To == target {
				t.nth++
				out = append(out, placedReferrer{Referrer{Entity: s.entity, Property: t.property, Role: to.Role, Period: val.Period}, t})
			}
		}
	}
	return out, nil
}
