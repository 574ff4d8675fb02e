package relational

import (
	"context"
	"iter"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	putFlawed    = statement(`INSERT INTO flawed (tenant, source, record) {values $1, @source, @record} ON CONFLICT DO NOTHING`, flawedKey...)
	deleteFlawed = statement(`DELETE FROM flawed AS f {using} WHERE f.tenant = $1 AND f.source = @source AND f.record = @record`, flawedKey...)
	selectFlawed = statement(`SELECT f.source, f.record FROM flawed AS f
		WHERE f.tenant = $1 AND (f.source, f.record) > ($2, $3) ORDER BY f.source, f.record LIMIT $4`)
	flawedOf = statement(`SELECT f.source, f.record FROM flawed AS f
		WHERE f.tenant = $1 AND f.source = $2 AND f.record > $3 ORDER BY f.source, f.record LIMIT $4`)
	countFlawed = statement(`SELECT f.source, count(*) FROM flawed AS f WHERE f.tenant = $1 GROUP BY f.source`)

	flawedKey = []Column{{"source", Text}, {"record", ID}}
)

// PutFlawed adds and removes records that have issues.
func (t *tx) PutFlawed(ctx context.Context, add, remove []graph.Flawed) error {
	key := func(rows []graph.Flawed) func(int, Writer) {
		return func(i int, w Writer) {
			w.Text(string(rows[i].Source))
			w.ID(rows[i].Record)
		}
	}
	return t.with(ctx, "writing which records have issues", func(s Session) error {
		if err := each(ctx, s, deleteFlawed, t.tenantArg, len(remove), key(remove)); err != nil {
			return err
		}
		return each(ctx, s, putFlawed, t.tenantArg, len(add), key(add))
	})
}

// Flawed yields the records with issues after one, of a source or of all.
func (r *reader) Flawed(ctx context.Context, source model.Source, after graph.Flawed, limit int) iter.Seq2[graph.Flawed, error] {
	st := selectFlawed
	if source != "" {
		st = flawedOf
	}
	return limited(limit, func(last *graph.Flawed, n int) (page []graph.Flawed, err error) {
		from := after
		if last != nil {
			from = *last
		}
		if source != "" {
			from.Source = source
		}
		err = r.withVisible(ctx, "reading which records have issues", func(s Session) error {
			page, err = all(ctx, s, st, func(w Writer) {
				w.Int(r.store.number)
				w.Text(string(from.Source))
				w.ID(from.Record)
				w.Int(int64(n))
			}, func(rows Rows) graph.Flawed {
				return graph.Flawed{Source: model.Source(rows.Text(0)), Record: rows.ID(1)}
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
