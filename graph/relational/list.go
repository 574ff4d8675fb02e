package relational

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Live golden records are indexed in display order and in id order, for each
// kind and class of disclosure by itself, so that a list for those who may see
// little does not pass over what they may not see. A list is the merger of the
// runs of the classes that its caller may see; a list of the past is the merger
// of what is still present and what has gone since.
type order struct {
	byID                       bool
	backward                   bool
	compare                    func(a, b *graph.Golden) int
	present, presentAt, goneAt runStatements
}

// runStatements read a run from its beginning and after a position.
type runStatements struct{ first, after byParts }

var (
	classKey       = []Column{{"disclosure", SmallInt}}
	classAndPlace  = []Column{{"disclosure", SmallInt}, {"sort", Bytes}, {"id", ID}}
	inDisplayOrder = newOrder(false, false)
	inReverse      = newOrder(false, true)
	inIDOrder      = newOrder(true, false)
	inReverseByID  = newOrder(true, true)
)

func newOrder(byID, backward bool) *order {
	o := &order{byID: byID, backward: backward}
	columns, position, hint := []string{"g.sort", "g.id"}, "(g.sort, g.id) %s (@sort, @id)", " {hint g.kind >= 0}"
	if byID {
		columns, position, hint = columns[1:], "g.id %s @id", " {hint g.disclosure >= 0}"
	}
	beyond, direction := ">", ""
	if backward {
		beyond, direction = "<", " DESC"
	}
	by := ""
	for i, c := range columns {
		if i > 0 {
			by += ", "
		}
		by += c + direction
	}
	o.compare = func(a, b *graph.Golden) int {
		if backward {
			a, b = b, a
		}
		if !byID {
			if c := bytes.Compare(a.Sort, b.Sort); c != 0 {
				return c
			}
		}
		return a.ID.Compare(b.ID)
	}
	run := func(table, where, position, hint string, keys []Column) byParts {
		return goldenStatement(func(columns string) string {
			return `SELECT ` + columns + ` FROM ` + table + ` AS g
				WHERE g.tenant = $1 AND g.kind = $2 AND g.disclosure = @disclosure AND g.state = 1` + hint + where + position + `
				ORDER BY ` + by + ` LIMIT $3`
		}, keys...)
	}
	place := classAndPlace
	if byID {
		place = []Column{place[0], place[2]}
	}
	runs := func(table, where, hint string) runStatements {
		return runStatements{
			first: run(table, where, "", hint, classKey),
			after: run(table, where, " AND "+fmt.Sprintf(position, beyond), hint, place),
		}
	}
	o.present = runs("golden", "", hint)
	o.presentAt = runs("golden", " AND +g.revision <= $4", hint)
	if byID {
		hint = "" // the past is in the order of its ids
	}
	o.goneAt = runs("golden_past", " AND +g.revision <= $4 AND g.until > $4", hint)
	return o
}

func orderOf(q *graph.ListQuery) *order {
	switch {
	case q.ByID && q.Backward:
		return inReverseByID
	case q.ByID:
		return inIDOrder
	case q.Backward:
		return inReverse
	}
	return inDisplayOrder
}

var errNoClass = errors.New("the query names no disclosure class: nothing may be shown")

// List yields Live golden records in display order.
func (r *reader) List(ctx context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	return r.list(ctx, q, nil)
}

// List yields what was Live at the revision in display order.
func (p *past) List(ctx context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	return p.list(ctx, q, &p.at)
}

// Scan yields every Live golden record of a kind in (kind, id) order.
func (r *reader) Scan(ctx context.Context, kind model.Kind, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return r.scan(ctx, kind, parts, nil)
}

// Scan yields what was Live at the revision in (kind, id) order.
func (p *past) Scan(ctx context.Context, kind model.Kind, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return p.scan(ctx, kind, parts, &p.at)
}

func (r *reader) list(ctx context.Context, q graph.ListQuery, at *model.Revision) iter.Seq2[graph.Golden, error] {
	if q.Disclosure == model.Unclassified {
		return failed[graph.Golden](fmt.Errorf("listing %s: %w", q.Kind, errNoClass))
	}
	return func(yield func(graph.Golden, error) bool) {
		m := &merger{reader: r, ctx: ctx, query: q, order: orderOf(&q), at: at}
		m.run(min(q.Disclosure.Rank(), model.Protected.Rank()), yield)
	}
}

func (r *reader) scan(ctx context.Context, kind model.Kind, parts graph.Parts, at *model.Revision) iter.Seq2[graph.Golden, error] {
	kinds := []model.Kind{kind}
	if kind == model.KindUnknown {
		kinds = model.Kinds
	}
	return func(yield func(graph.Golden, error) bool) {
		for _, kind := range kinds {
			q := graph.ListQuery{Kind: kind, Limit: math.MaxInt, Parts: parts}
			m := &merger{reader: r, ctx: ctx, query: q, order: inIDOrder, at: at}
			if !m.run(closedRank, yield) {
				return
			}
		}
	}
}

// merger merges the runs of a list.
type merger struct {
	reader *reader
	ctx    context.Context
	query  graph.ListQuery
	order  *order
	at     *model.Revision
	runs   []*run
}

// run is what is left of one class in one table.
type run struct {
	statements *runStatements
	class      int
	rows       []graph.Golden
	after      *graph.Position
	exhausted  bool
}

// run yields the list over the classes up to one. It returns false when the
// stream was stopped or has failed.
func (m *merger) run(classes int, yield func(graph.Golden, error) bool) bool {
	tables := []*runStatements{&m.order.present}
	if m.at != nil {
		tables = []*runStatements{&m.order.presentAt, &m.order.goneAt}
	}
	for _, table := range tables {
		for class := 1; class <= classes; class++ {
			m.runs = append(m.runs, &run{statements: table, class: class, after: m.query.After})
		}
	}
	var last *graph.Golden
	for left := m.query.Limit; left > 0; {
		if err := m.fill(left); err != nil {
			yield(graph.Golden{}, err)
			return false
		}
		next := m.next()
		if next == nil {
			return true
		}
		// A row that went from the present to the past between two statements is
		// in two runs.
		if last != nil && m.order.compare(last, next) == 0 {
			continue
		}
		if !yield(*next, nil) {
			return false
		}
		last = next
		left--
	}
	return true
}

// next takes the least row of all runs.
func (m *merger) next() *graph.Golden {
	var least *run
	for _, r := range m.runs {
		if len(r.rows) > 0 && (least == nil || m.order.compare(&r.rows[0], &least.rows[0]) < 0) {
			least = r
		}
	}
	if least == nil {
		return nil
	}
	g := &least.rows[0]
	least.rows = least.rows[1:]
	return g
}

// fill reads on in every run that has run out of rows. The present comes before
// the past: see run.
func (m *merger) fill(left int) error {
	var empty []*run
	for _, r := range m.runs {
		if len(r.rows) == 0 && !r.exhausted {
			empty = append(empty, r)
		}
	}
	if len(empty) == 0 {
		return nil
	}
	return m.reader.with(m.ctx, "listing golden records", func(s Session) error {
		ok, err := m.reader.visible(m.ctx, s)
		if err != nil {
			return err
		}
		if !ok {
			for _, r := range empty {
				r.exhausted = true
			}
			return nil
		}
		for len(empty) > 0 {
			n := 1
			for n < len(empty) && empty[n].statements == empty[0].statements {
				n++
			}
			if err := m.read(s, empty[:n], min(left, pageSize)); err != nil {
				return err
			}
			empty = empty[n:]
		}
		return nil
	})
}

// read reads the next page of runs of one table, all of which have a position
// or none.
func (m *merger) read(s Session, runs []*run, page int) error {
	st := runs[0].statements.first.of(m.query.Parts)
	if runs[0].after != nil {
		st = runs[0].statements.after.of(m.query.Parts)
	}
	err := lookup(m.ctx, s, st, func(w Writer) {
		w.Int(m.reader.store.number)
		w.Int(int64(m.query.Kind))
		w.Int(int64(page))
		if m.at != nil {
			w.Int(int64(*m.at))
		}
	}, len(runs), func(i int, w Writer) {
		w.Int(int64(runs[i].class))
		if runs[i].after == nil {
			return
		}
		if !m.order.byID {
			w.Bytes(runs[i].after.Sort)
		}
		w.ID(runs[i].after.ID)
	}, func(rows Rows) {
		r := runs[rows.Key()]
		r.rows = append(r.rows, readGolden(rows, m.query.Parts))
	})
	for _, r := range runs {
		if r.exhausted = len(r.rows) < page; !r.exhausted {
			last := &r.rows[len(r.rows)-1]
			r.after = &graph.Position{Sort: last.Sort, ID: last.ID}
		}
	}
	return err
}
