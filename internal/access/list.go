package access

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// List is a page of a kind in display order, or of those that the filter finds,
// in id order unless the filter says otherwise. A caller who may not see names
// gets persons in id order whatever is asked: the order itself would tell.
func (v *View) List(ctx context.Context, kind model.Kind, filter Filter, page Page) (*EntityPage, error) {
	size, err := page.size()
	if err != nil {
		return nil, err
	}
	s, err := v.sieve(ctx, kind, filter)
	if err != nil {
		return nil, err
	}
	l := v.listing(s)
	l.scope = v.scope(l.question())
	from, err := l.start(ctx, page)
	if err != nil || s.nothing {
		return &EntityPage{}, err
	}
	if err := l.open(ctx, page.Backward); err != nil {
		return nil, err
	}
	return l.page(ctx, size, from, page.Backward, page.Leave)
}

// listing is a list that is paged through.
type listing struct {
	*sieve
	byID, descending bool
	// scope is what the list's cursors belong to, when it is paged.
	scope scope
	// places, when known, are where everything that may pass lies, ascending.
	places []graph.Position
	known  bool
	// stream is whether the term index is read as it comes, by id upwards.
	stream bool
}

func (v *View) listing(s *sieve) *listing {
	l := &listing{sieve: s, byID: s.filter.Order.byID(), descending: s.filter.Order.descending()}
	if s.filter.Order == AsFound {
		l.byID = s.filter.narrow()
	}
	l.byID = l.byID || v.hidesNames(s.kind)
	return l
}

// question is what a cursor of the list belongs to: the kind, the order and all that
// narrows it. The days on which values and links are valid and the moment of
// transaction time are not: a place in the order is one on any other day, and today
// becomes tomorrow between two pages.
func (l *listing) question() question {
	f := &l.filter
	q := asks(cursorPlace).number(uint64(l.kind)).flag(l.byID).flag(l.descending).maybeText(f.Text).date(f.ValidAt).date(f.Ends.From).date(f.Ends.To)
	q = q.maybeID(f.Within).maybeID(f.Under).maybeText(f.Hierarchy).flag(f.UnknownProtection).number(uint64(len(f.Codes)))
	for _, c := range f.Codes {
		q = q.number(uint64(c.Property)).text(c.Code.Scheme).text(c.Code.Notation)
	}
	for _, val := range f.Values {
		q = q.number(uint64(val.Property)).text(val.Scheme).text(val.Value).maybeID(val.To)
	}
	return q
}

// open finds the cheapest way to the rows.
func (l *listing) open(ctx context.Context, backward bool) error {
	if !l.filter.narrow() {
		return nil
	}
	ids, ok, err := l.candidates(ctx)
	switch {
	case err != nil:
		return err
	case ok:
		return l.place(ctx, ids)
	case len(l.terms) == 0:
		return nil
	case l.byID && backward == l.descending:
		l.stream = true
		return nil
	}
	var places []graph.Position
	for row, err := range l.v.index().Find(ctx, l.query(firstID, l.v.a.bounds.placed+1, 0)) {
		if err != nil {
			return fmt.Errorf("find golden records: %w", err)
		}
		places = append(places, graph.Position{Sort: slices.Clone(row.Sort), ID: row.ID})
	}
	if len(places) <= l.v.a.bounds.placed {
		l.put(places)
	}
	return nil
}

func (l *listing) query(after model.EntityID, limit int, parts graph.Parts) graph.FindQuery {
	return graph.FindQuery{Kind: l.kind, Disclosure: l.v.clearance, Terms: l.terms, After: after, Limit: limit, Parts: parts}
}

// place learns where ids lie in the list.
func (l *listing) place(ctx context.Context, ids []model.EntityID) error {
	places := make([]graph.Position, 0, len(ids))
	for chunk := range slices.Chunk(ids, maxPage) {
		rows, err := l.v.from().Goldens(ctx, chunk, 0)
		if err != nil {
			return fmt.Errorf("read %d golden records: %w", len(chunk), err)
		}
		for i := range rows {
			if rows[i].State == graph.Live && rows[i].Kind == l.kind {
				places = append(places, graph.Position{Sort: slices.Clone(rows[i].Sort), ID: rows[i].ID})
			}
		}
	}
	l.put(places)
	return nil
}

func (l *listing) put(places []graph.Position) {
	slices.SortFunc(places, l.compare)
	l.places, l.known = places, true
}

func (l *listing) compare(a, b graph.Position) int {
	if !l.byID {
		if c := bytes.Compare(a.Sort, b.Sort); c != 0 {
			return c
		}
	}
	return a.ID.Compare(b.ID)
}

// read reads rows after a place upwards, or before it downwards.
func (l *listing) read(ctx context.Context, after *graph.Position, down bool, limit int) iter.Seq2[graph.Golden, error] {
	switch {
	case l.known:
		return l.readPlaces(ctx, after, down, limit)
	case l.stream && !down:
		least := firstID
		if after != nil {
			least = after.ID
		}
		return l.v.index().Find(ctx, l.query(least, limit, l.v.parts()))
	}
	return l.v.from().List(ctx, graph.ListQuery{
		Kind: l.kind, Disclosure: l.v.clearance, After: after, Backward: down, ByID: l.byID, Limit: limit, Parts: l.v.parts(),
	})
}

func (l *listing) readPlaces(ctx context.Context, after *graph.Position, down bool, limit int) iter.Seq2[graph.Golden, error] {
	from, to := 0, len(l.places)
	if after != nil {
		i, found := slices.BinarySearchFunc(l.places, *after, l.compare)
		switch {
		case down:
			to = i
		case found:
			from = i + 1
		default:
			from = i
		}
	}
	if down {
		from = max(from, to-limit)
	} else {
		to = min(to, from+limit)
	}
	ids := make([]model.EntityID, 0, to-from)
	for _, p := range l.places[from:to] {
		ids = append(ids, p.ID)
	}
	if down {
		slices.Reverse(ids)
	}
	return func(yield func(graph.Golden, error) bool) {
		rows, err := l.v.from().Goldens(ctx, ids, l.v.parts())
		if err != nil {
			yield(graph.Golden{}, err)
			return
		}
		for i := range rows {
			// One that has gone since keeps its place, so that rows are counted as read.
			if rows[i].ID, rows[i].Sort = ids[i], l.sortOf(from, to, i, down); !yield(rows[i], nil) {
				return
			}
		}
	}
}

// sortOf is the sort key of the ith row that is read of places.
func (l *listing) sortOf(from, to, i int, down bool) []byte {
	if down {
		return l.places[to-1-i].Sort
	}
	return l.places[from+i].Sort
}

// page reads a page: down is away from where the list begins when it descends.
func (l *listing) page(ctx context.Context, size int, from *graph.Position, backward bool, leave Leave) (*EntityPage, error) {
	down := backward != l.descending
	want := size + 1
	if leave&LeaveAhead != 0 {
		want = size
	}
	rows, err := l.collect(ctx, want, from, down)
	if err != nil {
		return nil, err
	}
	more := len(rows) > size
	rows = rows[:min(size, len(rows))]
	if err := l.v.note(ctx, rows); err != nil {
		return nil, err
	}
	if backward {
		slices.Reverse(rows)
	}
	out := &EntityPage{Items: make([]*Entity, len(rows))}
	for i, s := range rows {
		out.Items[i] = s.entity
	}
	if leave&LeaveCursors == 0 {
		out.Cursors = make([]string, len(rows))
		for i, s := range rows {
			out.Cursors[i] = l.cursor(s)
		}
	}
	// The other side is looked at only when the page began at a cursor.
	other := false
	if from != nil && leave&LeaveBehind == 0 {
		edge := from
		if len(rows) > 0 {
			s := rows[0]
			if backward {
				s = rows[len(rows)-1]
			}
			edge = &graph.Position{Sort: s.sort, ID: s.entity.ID}
		}
		if other, err = l.beyond(ctx, edge, !down); err != nil {
			return nil, err
		}
	}
	out.HasNext, out.HasPrevious = more, other
	if backward {
		out.HasNext, out.HasPrevious = other, more
	}
	return out, nil
}

func (l *listing) collect(ctx context.Context, want int, from *graph.Position, down bool) ([]*sighted, error) {
	return l.v.collect(ctx, want, from, down, func(after *graph.Position, down bool, limit int) iter.Seq2[graph.Golden, error] {
		return l.read(ctx, after, down, limit)
	}, l.sift)
}

// beyond tells whether anything lies after a place upwards, or before it downwards.
func (l *listing) beyond(ctx context.Context, edge *graph.Position, down bool) (bool, error) {
	if !l.stream || !down {
		found, err := l.collect(ctx, 1, edge, down)
		return len(found) > 0, err
	}
	// The term index is read upwards only: the first of all tells.
	first, err := l.collect(ctx, 1, nil, false)
	return len(first) > 0 && first[0].entity.ID.Compare(edge.ID) < 0, err
}

// hidesNames tells whether display names of the kind are hidden from the
// caller, all or some, so that their order is, too.
func (v *View) hidesNames(kind model.Kind) bool {
	return kind == model.Person && (v.rank < model.Restricted.Rank() || v.authorities != nil)
}

// cursor is of a row. That of what is no person, in order of names, holds its sort
// key: a person's name does not belong in a cursor, which ends up in addresses and
// logs, nor anybody's for who may hear one board, for it may be another's word.
func (l *listing) cursor(s *sighted) string {
	if l.namesID() {
		return l.scope.id(s.entity.ID)
	}
	return l.scope.place(graph.Position{Sort: s.sort, ID: s.entity.ID})
}

// namesID tells whether the list's cursors have an id and no name.
func (l *listing) namesID() bool {
	return l.byID || l.kind == model.Person || l.v.authorities != nil
}

// start is where a page begins; nil at the end of the list.
func (l *listing) start(ctx context.Context, page Page) (*graph.Position, error) {
	cursor := page.After
	if page.Backward {
		cursor = page.Before
	}
	if cursor == "" {
		return nil, nil
	}
	if !l.namesID() {
		p, err := l.scope.parsePlace(cursor)
		return &p, err
	}
	id, err := l.scope.parseID(cursor)
	if err != nil {
		return nil, err
	}
	if l.byID {
		return &graph.Position{ID: id}, nil
	}
	return l.v.placeOf(ctx, l.kind, id)
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
	for old, err := range v.a.store.GoldenHistory(ctx, row.ID, v.partsThen()) {
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
// full whatever lies between. It tells the audit of none: the caller tells of those
// that are shown, and not of the one by which it knows that there are more.
func (v *View) collect(ctx context.Context, want int, from *graph.Position, backward bool,
	read func(after *graph.Position, backward bool, limit int) iter.Seq2[graph.Golden, error], sift func(context.Context, []*sighted) error,
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
		if err := sift(ctx, seen); err != nil {
			return nil, err
		}
		for _, s := range seen {
			if s != nil {
				if out = append(out, s); len(out) == want {
					return out, nil
				}
			}
		}
		if len(rows) < chunk {
			return out, nil
		}
		last := &rows[len(rows)-1]
		from = &graph.Position{Sort: last.Sort, ID: last.ID}
	}
}
