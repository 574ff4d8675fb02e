package graphtest

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// ofKind is a record among those of a kind.
type ofKind struct {
	kind   model.Kind
	record model.EntityID
}

// indexRow is a row of a kind's key index.
type indexRow struct {
	kind model.Kind
	graph.IndexKey
}

// indexedRow is all keys of a record.
type indexedRow struct {
	kind model.Kind
	keys []byte
}

func (v view) Matchings(ctx context.Context) ([]graph.Matching, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return nil, err
	}
	rows := values(s.matchings, func(graph.Matching) bool { return true })
	slices.SortFunc(rows, func(a, b graph.Matching) int { return cmp.Compare(a.Kind, b.Kind) })
	return rows, nil
}

func (v view) Unmatched(ctx context.Context, kind model.Kind, limit int) iter.Seq2[model.EntityID, error] {
	return sequence(ctx, v.visible, func(s *state) []model.EntityID {
		var ids []model.EntityID
		for u := range s.unmatched {
			if u.kind == kind {
				ids = append(ids, u.record)
			}
		}
		slices.SortFunc(ids, model.EntityID.Compare)
		return limited(ids, limit)
	})
}

func (v view) CountUnmatched(ctx context.Context, kind model.Kind) (n int64, err error) {
	for _, err := range v.Unmatched(ctx, kind, plenty) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, ctx.Err()
}

func (v view) IndexKeys(ctx context.Context, kind model.Kind, ranges []graph.KeyRange, limit int, backward bool) iter.Seq2[graph.IndexKey, error] {
	return sequence(ctx, v.visible, func(s *state) (out []graph.IndexKey) {
		for _, r := range ranges {
			var rows []graph.IndexKey
			for row := range s.indexKeys {
				if row.kind == kind && row.Key >= r.From && row.Key < r.To {
					rows = append(rows, row.IndexKey)
				}
			}
			slices.SortFunc(rows, func(a, b graph.IndexKey) int { return cmp.Or(cmp.Compare(a.Key, b.Key), a.Record.Compare(b.Record)) })
			if backward {
				slices.Reverse(rows)
			}
			out = append(out, limited(rows, limit)...)
		}
		return out
	})
}

func (v view) Indexed(ctx context.Context, records []model.EntityID) ([]graph.Indexed, error) {
	s, err := v.visible(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]graph.Indexed, len(records))
	for i, id := range records {
		out[i] = graph.Indexed{Record: id, Keys: s.indexed[id].keys}
	}
	return out, nil
}

func (t *referenceTx) PutMatching(ctx context.Context, m graph.Matching) error {
	t.s.matchings[m.Kind] = m
	return ctx.Err()
}

func (t *referenceTx) PutUnmatched(ctx context.Context, kind model.Kind, add, remove []model.EntityID) error {
	for _, id := range remove {
		delete(t.s.unmatched, ofKind{kind, id})
	}
	for _, id := range add {
		t.s.unmatched[ofKind{kind, id}] = struct{}{}
	}
	return ctx.Err()
}

func (t *referenceTx) PutIndexKeys(ctx context.Context, kind model.Kind, add, remove []graph.IndexKey) error {
	for _, k := range remove {
		delete(t.s.indexKeys, indexRow{kind, k})
	}
	for _, k := range add {
		t.s.indexKeys[indexRow{kind, k}] = struct{}{}
	}
	return ctx.Err()
}

func (t *referenceTx) PutIndexed(ctx context.Context, kind model.Kind, put []graph.Indexed, remove []model.EntityID) error {
	for _, id := range remove {
		delete(t.s.indexed, id)
	}
	for _, x := range put {
		t.s.indexed[x.Record] = indexedRow{kind, bytes.Clone(x.Keys)}
	}
	return ctx.Err()
}

func (t *referenceTx) ClearIndex(ctx context.Context, kind model.Kind) error {
	for u := range t.s.unmatched {
		if u.kind == kind {
			delete(t.s.unmatched, u)
		}
	}
	for row := range t.s.indexKeys {
		if row.kind == kind {
			delete(t.s.indexKeys, row)
		}
	}
	for id, row := range t.s.indexed {
		if row.kind == kind {
			delete(t.s.indexed, id)
		}
	}
	return ctx.Err()
}
