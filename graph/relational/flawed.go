package relational

import (
	"context"
	"iter"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	putFlawed = statement(`INSERT INTO flawed (tenant, record, source) {values $1, @record, @source}
		ON CONFLICT (tenant, record) DO UPDATE SET source = excluded.source`, Column{"record", ID}, Column{"source", Text})
	deleteFlawed = statement(`DELETE FROM flawed AS f {using} WHERE f.tenant = $1 AND f.record = @record`, Column{"record", ID})
	selectFlawed = statement(`SELECT f.record, f.source FROM flawed AS f
		WHERE f.tenant = $1 AND f.record > $2 ORDER BY f.record LIMIT $3`)
	flawedOf = statement(`SELECT f.record, f.source FROM flawed AS f
		WHERE f.tenant = $1 AND f.source = $4 AND f.record > $2 ORDER BY f.record LIMIT $3`)
	countFlawed = statement(`SELECT f.source, count(*) FROM flawed AS f WHERE f.tenant = $1 GROUP BY f.source`)
)

// PutFlawed removes records from those that have issues, and adds others.
func (t *tx) PutFlawed(ctx context.Context, add []graph.Flawed, remove []model.EntityID) error {
	add = lastOf(add, func(f *graph.Flawed) model.EntityID { return f.Record })
	return t.with(ctx, "writing which records have issues", func(s Session) error {
		err := each(ctx, s, deleteFlawed, t.tenantArg, len(remove), func(i int, w Writer) { w.ID(remove[i]) })
		if err != nil {
			return err
		}
		return each(ctx, s, putFlawed, t.tenantArg, len(add), func(i int, w Writer) {
			w.ID(add[i].Record)
			w.Text(string(add[i].Source))
		})
	})
}

// Flawed yields the records with issues after a record, of a source or of all.
func (r *reader) Flawed(ctx context.Context, source model.Source, after model.EntityID, limit int) iter.Seq2[graph.Flawed, error] {
	st := selectFlawed
	if source != "" {
		st = flawedOf
	}
	return limited(limit, func(last *graph.Flawed, n int) (page []graph.Flawed, err error) {
		from := after
		if last != nil {
			from = last.Record
		}
		err = r.withVisible(ctx, "reading which records have issues", func(s Session) error {
			page, err = all(ctx, s, st, func(w Writer) {
				w.Int(r.store.number)
				w.ID(from)
				w.Int(int64(n))
				if source != "" {
					w.Text(string(source))
				}
			}, func(rows Rows) graph.Flawed {
				return graph.Flawed{Record: rows.ID(0), Source: model.Source(rows.Text(1))}
			})
			return err
		})
		return page, err
	})
}

// CountFlawed counts the records with issues by source.
func (r *reader) CountFlawed(ctx context.Context) (map[model.Source]int64, error) {
	out := map[model.Source]int64{}
	err := r.withVisible(ctx, "counting the records with issues", func(s Session) error {
		_, err := all(ctx, s, countFlawed, r.tenantArg, func(rows Rows) struct{} {
			out[model.Source(rows.Text(0))] = rows.Int(1)
			return struct{}{}
		})
		return err
	})
	return out, err
}
