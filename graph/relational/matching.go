package relational

import (
	"context"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	selectMatchings = statement(`SELECT m.kind, m.definition, m.records FROM matching AS m WHERE m.tenant = $1 ORDER BY m.kind`)
	selectUnmatched = statement(`SELECT u.record FROM unmatched AS u
		WHERE u.tenant = $1 AND u.kind = $2 AND u.record > $3 ORDER BY u.record LIMIT $4`)
	countUnmatched = statement(`SELECT count(*) FROM unmatched AS u WHERE u.tenant = $1 AND u.kind = $2`)
	indexForward   = statement(`SELECT x.key, x.record FROM match_index AS x
		WHERE x.tenant = $1 AND x.kind = $2 AND x.key >= @low AND x.key < @high ORDER BY x.key, x.record LIMIT $3`, rangeKey...)
	indexBackward = statement(`SELECT x.key, x.record FROM match_index AS x
		WHERE x.tenant = $1 AND x.kind = $2 AND x.key >= @low AND x.key < @high ORDER BY x.key DESC, x.record DESC LIMIT $3`, rangeKey...)
	selectIndexed = statement(`SELECT x.keys FROM match_record AS x
		WHERE x.tenant = $1 AND x.record = @record`, Column{"record", ID})

	putMatching = statement(`INSERT INTO matching (tenant, kind, definition, records) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, kind) DO UPDATE SET definition = excluded.definition, records = excluded.records`)
	putUnmatched = statement(`INSERT INTO unmatched (tenant, kind, record) {values $1, $2, @record} ON CONFLICT DO NOTHING`,
		Column{"record", ID})
	deleteUnmatched = statement(`DELETE FROM unmatched AS u {using} WHERE u.tenant = $1 AND u.kind = $2 AND u.record = @record`,
		Column{"record", ID})
	deleteIndexKey = statement(`DELETE FROM match_index AS x {using}
		WHERE x.tenant = $1 AND x.kind = $2 AND x.key = @key AND x.record = @record`, Column{"key", Bytes}, Column{"record", ID})
	deleteIndexed = statement(`DELETE FROM match_record AS x {using} WHERE x.tenant = $1 AND x.record = @record`, Column{"record", ID})

	clearIndex = []*Statement{
		statement(`DELETE FROM match_index WHERE tenant = $1 AND kind = $2`),
		statement(`DELETE FROM match_record WHERE tenant = $1 AND kind = $2`),
		statement(`DELETE FROM unmatched WHERE tenant = $1 AND kind = $2`),
	}

	rangeKey = []Column{{"low", Bytes}, {"high", Bytes}}
)

// kindArgs are a statement's arguments where they are the tenant and a kind.
func (r *reader) kindArgs(kind model.Kind) func(Writer) {
	return func(w Writer) {
		w.Int(r.store.number)
		w.Int(int64(kind))
	}
}

// Matchings are the kinds that are kept matched, by kind.
func (r *reader) Matchings(ctx context.Context) (found []graph.Matching, err error) {
	err = r.withVisible(ctx, "reading which kinds are kept matched", func(s Session) error {
		found, err = all(ctx, s, selectMatchings, r.tenantArg, func(rows Rows) graph.Matching {
			return graph.Matching{Kind: model.Kind(rows.Int(0)), Definition: readHash(rows, 1), Records: rows.Int(2)}
		})
		return err
	})
	return found, err
}

// Unmatched yields the records of a kind that changed since they were last matched.
func (r *reader) Unmatched(ctx context.Context, kind model.Kind, limit int) iter.Seq2[model.EntityID, error] {
	return limited(limit, func(last *model.EntityID, n int) (page []model.EntityID, err error) {
		var from model.EntityID
		if last != nil {
			from = *last
		}
		err = r.withVisible(ctx, "reading unmatched records", func(s Session) error {
			page, err = all(ctx, s, selectUnmatched, func(w Writer) {
				w.Int(r.store.number)
				w.Int(int64(kind))
				w.ID(from)
				w.Int(int64(n))
			}, func(rows Rows) model.EntityID { return rows.ID(0) })
			return err
		})
		return page, err
	})
}

// CountUnmatched counts them.
func (r *reader) CountUnmatched(ctx context.Context, kind model.Kind) (n int64, err error) {
	err = r.withVisible(ctx, "counting unmatched records", func(s Session) error {
		n, _, err = one(ctx, s, countUnmatched, r.kindArgs(kind), func(rows Rows) int64 { return rows.Int(0) })
		return err
	})
	return n, err
}

// IndexKeys yields rows of a kind's key index, range by range.
func (r *reader) IndexKeys(ctx context.Context, kind model.Kind, ranges []graph.KeyRange, limit int, backward bool) iter.Seq2[graph.IndexKey, error] {
	st := indexForward
	if backward {
		st = indexBackward
	}
	return batched(ranges, func(ranges []graph.KeyRange) (found []graph.IndexKey, err error) {
		err = r.withVisible(ctx, "reading a key index", func(s Session) error {
			return lookup(ctx, s, st, func(w Writer) {
				w.Int(r.store.number)
				w.Int(int64(kind))
				w.Int(int64(limit))
			}, len(ranges), func(i int, w Writer) {
				w.Bytes(bytesOf(ranges[i].From))
				w.Bytes(bytesOf(ranges[i].To))
			}, func(rows Rows) {
				found = append(found, graph.IndexKey{Key: string(rows.Bytes(0)), Record: rows.ID(1)})
			})
		})
		return found, err
	})
}

// Indexed answers in the order of records.
func (r *reader) Indexed(ctx context.Context, records []model.EntityID) ([]graph.Indexed, error) {
	found := make([]graph.Indexed, len(records))
	for i, id := range records {
		found[i].Record = id
	}
	return found, r.withVisible(ctx, "reading records' keys", func(s Session) error {
		return lookup(ctx, s, selectIndexed, r.tenantArg, len(records),
			func(i int, w Writer) { w.ID(records[i]) },
			func(rows Rows) { found[rows.Key()].Keys = readBytes(rows, 0) })
	})
}

// PutMatching inserts or replaces by kind.
func (t *tx) PutMatching(ctx context.Context, m graph.Matching) error {
	return t.with(ctx, "writing that a kind is kept matched", func(s Session) error {
		return s.Exec(ctx, putMatching, func(w Writer) {
			w.Int(t.store.number)
			w.Int(int64(m.Kind))
			w.ID(m.Definition)
			w.Int(m.Records)
		})
	})
}

// PutUnmatched adds unmatched records and takes others away.
func (t *tx) PutUnmatched(ctx context.Context, kind model.Kind, add, remove []model.EntityID) error {
	return t.with(ctx, "writing unmatched records", func(s Session) error {
		for _, change := range []struct {
			st  *Statement
			ids []model.EntityID
		}{{deleteUnmatched, remove}, {putUnmatched, distinct(add, compareIDs)}} {
			err := each(ctx, s, change.st, t.kindArgs(kind), len(change.ids), func(i int, w Writer) { w.ID(change.ids[i]) })
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// PutIndexKeys removes rows of a key index and adds others.
func (t *tx) PutIndexKeys(ctx context.Context, kind model.Kind, add, remove []graph.IndexKey) error {
	return t.with(ctx, "writing a key index", func(s Session) error {
		err := each(ctx, s, deleteIndexKey, t.kindArgs(kind), len(remove), func(i int, w Writer) {
			w.Bytes(bytesOf(remove[i].Key))
			w.ID(remove[i].Record)
		})
		if err != nil {
			return err
		}
		return s.Insert(ctx, indexTable, len(add), func(i int, w Writer) {
			w.Int(t.store.number)
			w.Int(int64(kind))
			w.Bytes(bytesOf(add[i].Key))
			w.ID(add[i].Record)
		})
	})
}

// PutIndexed inserts or replaces records' strings, and removes others'.
func (t *tx) PutIndexed(ctx context.Context, kind model.Kind, put []graph.Indexed, remove []model.EntityID) error {
	put = lastOf(put, func(x *graph.Indexed) model.EntityID { return x.Record })
	gone := slices.Clone(remove)
	for i := range put {
		gone = append(gone, put[i].Record)
	}
	return t.with(ctx, "writing records' keys", func(s Session) error {
		err := each(ctx, s, deleteIndexed, t.tenantArg, len(gone), func(i int, w Writer) { w.ID(gone[i]) })
		if err != nil {
			return err
		}
		return s.Insert(ctx, indexedTable, len(put), func(i int, w Writer) {
			w.Int(t.store.number)
			w.Int(int64(kind))
			w.ID(put[i].Record)
			w.Bytes(put[i].Keys)
		})
	})
}

// ClearIndex takes away a kind's index.
func (t *tx) ClearIndex(ctx context.Context, kind model.Kind) error {
	return t.with(ctx, "clearing a key index", func(s Session) error {
		for _, st := range clearIndex {
			if err := s.Exec(ctx, st, t.kindArgs(kind)); err != nil {
				return err
			}
		}
		return nil
	})
}
