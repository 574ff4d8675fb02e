package relational

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

const markColumns = `m.record, m.revision, m.sort, m.stamp, m.level, m.covers, m.period, m.reference, m.actor, m.reason, m.at`

var (
	marksOn = statement(`SELECT `+markColumns+` FROM mark AS m
		WHERE m.tenant = $1 AND m.record = @record ORDER BY m.record, m.revision, m.sort, m.stamp, m.level`, Column{"record", ID})
	// The records of a page come first, for a join of both would be planned by what
	// is known of the table.
	markedWith = statement(`SELECT DISTINCT m.record FROM mark AS m WHERE m.tenant = $1 AND m.sort = $2 AND m.record > $3
		ORDER BY m.record LIMIT $4`)
	marksOf = statement(`SELECT `+markColumns+` FROM mark AS m
		WHERE m.tenant = $1 AND m.record = @record AND +m.sort = $2 ORDER BY m.record, m.revision, m.sort, m.stamp, m.level`, Column{"record", ID})
	markedSorts = statement(`SELECT ` + existsMark(graph.MarkSaid) + `, ` + existsMark(graph.MarkRaised) + `, ` +
		existsMark(graph.MarkLowered) + `, ` + existsMark(graph.MarkOpened) + `, ` + existsMark(graph.MarkClosed))
	putMark = statement(`INSERT INTO mark (tenant, record, revision, sort, stamp, level, covers, period, reference, actor, reason, at)
		{values $1, @record, @revision, @sort, @stamp, @level, @covers, @period, @reference, @actor, @reason, @at} ON CONFLICT DO NOTHING`,
		Column{"record", ID}, Column{"revision", Integer}, Column{"sort", SmallInt}, Column{"stamp", BigInt}, Column{"level", SmallInt},
		Column{"covers", SmallInt}, Column{"period", BigInt}, Column{"reference", Text}, Column{"actor", Text}, Column{"reason", Text},
		Column{"at", BigInt})
)

func existsMark(sort graph.MarkSort) string {
	return fmt.Sprintf(`CASE WHEN EXISTS (SELECT 1 FROM mark AS m WHERE m.tenant = $1 AND m.sort = %d) THEN 1 ELSE 0 END`, sort)
}

func readMark(rows Rows) graph.Mark {
	return graph.Mark{
		Record: rows.ID(0), Revision: model.Revision(rows.Int(1)), Sort: graph.MarkSort(rows.Int(2)), Stamp: rows.Int(3),
		Level: model.Protection(rows.Int(4)), Covers: model.Protection(rows.Int(5)), Period: unpackPeriod(rows.Int(6)),
		Reference: rows.Text(7), Actor: rows.Text(8), Reason: rows.Text(9), At: readTime(rows, 10),
	}
}

// MarksOn yields the marks on any of the records, in the order of their keys.
func (r *reader) MarksOn(ctx context.Context, records []model.EntityID) iter.Seq2[graph.Mark, error] {
	return whole(func() (found []graph.Mark, err error) {
		records := distinct(records, compareIDs)
		err = r.with(ctx, "reading marks", func(s Session) error {
			return lookup(ctx, s, marksOn, r.tenantArg, len(records),
				func(i int, w Writer) { w.ID(records[i]) },
				func(rows Rows) { found = append(found, readMark(rows)) })
		})
		slices.SortStableFunc(found, func(a, b graph.Mark) int { return a.Record.Compare(b.Record) })
		return found, err
	})
}

// Marks yields the marks of a sort on the next records after one.
func (r *reader) Marks(ctx context.Context, sort graph.MarkSort, after model.EntityID, limit int) iter.Seq2[graph.Mark, error] {
	return whole(func() (found []graph.Mark, err error) {
		if limit <= 0 {
			return nil, nil
		}
		err = r.with(ctx, "reading marks of a sort", func(s Session) error {
			records, err := all(ctx, s, markedWith, func(w Writer) {
				w.Int(r.store.number)
				w.Int(int64(sort))
				w.ID(after)
				w.Int(int64(limit))
			}, func(rows Rows) model.EntityID { return rows.ID(0) })
			if err != nil {
				return err
			}
			return lookup(ctx, s, marksOf, func(w Writer) {
				w.Int(r.store.number)
				w.Int(int64(sort))
			}, len(records), func(i int, w Writer) { w.ID(records[i]) }, func(rows Rows) { found = append(found, readMark(rows)) })
		})
		return found, err
	})
}

// MarkedSorts are the sorts of which there are marks.
func (r *reader) MarkedSorts(ctx context.Context) (sorts []graph.MarkSort, err error) {
	err = r.with(ctx, "looking for marks", func(s Session) error {
		sorts, _, err = one(ctx, s, markedSorts, r.tenantArg, func(rows Rows) (have []graph.MarkSort) {
			for sort := graph.MarkSaid; sort <= graph.MarkClosed; sort++ {
				if rows.Int(int(sort-graph.MarkSaid)) == 1 {
					have = append(have, sort)
				}
			}
			return have
		})
		return err
	})
	return sorts, err
}

// PutMarks adds marks; one that is there already is left as it is.
func (t *tx) PutMarks(ctx context.Context, marks []graph.Mark) error {
	return t.insertEach(ctx, "writing marks", putMark, len(marks), func(i int, w Writer) {
		m := &marks[i]
		w.ID(m.Record)
		w.Int(int64(m.Revision))
		w.Int(int64(m.Sort))
		w.Int(m.Stamp)
		w.Int(int64(m.Level))
		w.Int(int64(m.Covers))
		w.Int(packPeriod(m.Period))
		w.Text(m.Reference)
		w.Text(m.Actor)
		w.Text(m.Reason)
		writeTime(w, m.At)
	})
}
