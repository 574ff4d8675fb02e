package access

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// List is a page of a kind in display order, or of those that the filter finds,
// in id order. A caller who may not see names gets persons in id order: the
// order itself would tell.
func (v *View) List(ctx context.Context, kind model.Kind, filter Filter, page Page) (*EntityPage, error) {
	if filter.Text != "" || len(filter.Codes) > 0 {
		return v.find(ctx, kind, filter, page)
	}
	size, err := page.size()
	if err != nil {
		return nil, err
	}
	if !v.admits(kind, model.Open) {
		return &EntityPage{}, nil
	}
	from, err := v.listStart(ctx, kind, page)
	if err != nil {
		return nil, err
	}
	byID := v.hidesNames(kind)
	read := func(after *graph.Position, backward bool, limit int) iter.Seq2[graph.Golden, error] {
		return v.from().List(ctx, graph.ListQuery{
			Kind: kind, Disclosure: v.clearance, After: after, Backward: backward, ByID: byID, Limit: limit, Parts: v.parts(),
		})
	}
	keep := func(e *Entity) bool { return filter.ValidAt.IsZero() || e.Period.Contains(filter.ValidAt) }
	rows, err := v.collect(ctx, size+1, from, page.Backward, read, keep)
	if err != nil {
		return nil, err
	}
	more := len(rows) > size
	rows = rows[:min(size, len(rows))]
	if page.Backward {
		slices.Reverse(rows)
	}
	out := &EntityPage{Items: make([]*Entity, len(rows)), Cursors: make([]string, len(rows))}
	for i, s := range rows {
		out.Items[i], out.Cursors[i] = s.entity, v.listCursor(kind, s)
	}
	// The other side is looked at only when the page began at a cursor.
	other := false
	if from != nil {
		edge := from
		if len(rows) > 0 {
			s := rows[0]
			if page.Backward {
				s = rows[len(rows)-1]
			}
			edge = &graph.Position{Sort: s.sort, ID: s.entity.ID}
		}
		behind, err := v.collect(ctx, 1, edge, !page.Backward, read, keep)
		if err != nil {
			return nil, err
		}
		other = len(behind) > 0
	}
	out.HasNext, out.HasPrevious = more, other
	if page.Backward {
		out.HasNext, out.HasPrevious = other, more
	}
	return out, nil
}

// hidesNames tells whether display names of the kind are hidden from the
// caller, all or some, so that their order is, too.
func (v *View) hidesNames(kind model.Kind) bool {
	return kind == model.Person && (v.rank < model.Restricted.Rank() || v.authorities != nil)
}

// listCursor holds the sort key of what is no person: a name does not belong in
// a cursor, which ends up in addresses and logs.
func (v *View) listCursor(kind model.Kind, s *sighted) string {
	if kind == model.Person {
		return idCursor(s.entity.ID)
	}
	return placeCursor(graph.Position{Sort: s.sort, ID: s.entity.ID})
}

// listStart is where a page begins; nil at the end of the list.
func (v *View) listStart(ctx context.Context, kind model.Kind, page Page) (*graph.Position, error) {
	cursor := page.After
	if page.Backward {
		cursor = page.Before
	}
	if cursor == "" {
		return nil, nil
	}
	if kind != model.Person {
		p, err := parsePlaceCursor(cursor)
		return &p, err
	}
	id, err := parseIDCursor(cursor)
	if err != nil {
		return nil, err
	}
	if v.hidesNames(kind) {
		return &graph.Position{ID: id}, nil
	}
	return v.placeOf(ctx, kind, id)
}

// placeOf looks up where a cursor's row lies. Only the place of what the caller
// may see is used: that of another would tell its name bit by bit.
func (v *View) placeOf(ctx context.Context, kind model.Kind, id model.EntityID) (*graph.Position, error) {
	rows, err := v.from().Goldens(ctx, []model.EntityID{id}, v.parts())
	if err != nil {
		return nil, fmt.Errorf("read golden record %s: %w", id, err)
	}
	if rows[0].State != graph.Live && v.past == nil {
		// Merged or ended since the page was read: where it was then.
		if rows[0], err = v.lastSeen(ctx, rows[0]); err != nil {
			return nil, err
		}
	}
	if rows[0].Kind != kind {
		return nil, ErrCursor
	}
	seen, err := v.judge(ctx, rows)
	if err != nil {
		return nil, err
	}
	if seen[0] == nil {
		return nil, ErrCursor
	}
	return &graph.Position{Sort: seen[0].sort, ID: id}, nil
}

// lastSeen is the last live version of an id that is no longer live, with the
// class that its id has today; ErrCursor when there is none.
func (v *View) lastSeen(ctx context.Context, row graph.Golden) (graph.Golden, error) {
	var last graph.Golden
	if row.State == graph.Absent {
		return last, ErrCursor
	}
	for old, err := range v.a.store.GoldenHistory(ctx, row.ID, v.parts()) {
		if err != nil {
			return last, fmt.Errorf("read the history of golden record %s: %w", row.ID, err)
		}
		if old.State == graph.Live {
			last = old
		}
	}
	standings, err := v.standings(ctx, []model.EntityID{row.ID})
	if err != nil {
		return last, err
	}
	last.Disclosure = last.Disclosure.Stricter(standings[row.ID].class)
	return last, nil
}

// collect reads rows until so many are for the caller, or the data ends, from a
// place on. Rows that are not for the caller are read over, so that a page is
// full whatever lies between.
func (v *View) collect(ctx context.Context, want int, from *graph.Position, backward bool,
	read func(after *graph.Position, backward bool, limit int) iter.Seq2[graph.Golden, error], keep func(*Entity) bool,
) ([]*sighted, error) {
	var out []*sighted
	for chunk := want; ; chunk = min(2*chunk, maxPage) {
		rows := make([]graph.Golden, 0, chunk)
		for row, err := range read(from, backward, chunk) {
			if err != nil {
				return nil, fmt.Errorf("list golden records: %w", err)
			}
			rows = append(rows, row)
		}
		seen, err := v.judge(ctx, rows)
		if err != nil {
			return nil, err
		}
		for _, s := range seen {
			if s != nil && keep(s.entity) {
				if out = append(out, s); len(out) == want {
					return out, v.note(ctx, out)
				}
			}
		}
		if len(rows) < chunk {
			return out, v.note(ctx, out)
		}
		last := &rows[len(rows)-1]
		from = &graph.Position{Sort: last.Sort, ID: last.ID}
	}
}
