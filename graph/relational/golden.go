package relational

import (
	"context"
	"iter"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// byParts is a statement for every choice of graph.Parts.
type byParts [4]*Statement

func goldenStatement(text func(columns string) string, keys ...Column) (s byParts) {
	for parts := range s {
		s[parts] = statement(text(GoldenColumns(graph.Parts(parts))), keys...)
	}
	return s
}

// GoldenColumns are the columns of a golden row named g.
func GoldenColumns(parts graph.Parts) string {
	columns := "g.id, g.kind, g.revision, g.disclosure, g.state, g.redirect, g.sort"
	if parts&graph.WithValues != 0 {
		columns += ", g.doc"
	}
	if parts&graph.WithEvidence != 0 {
		columns += ", g.evidence"
	}
	return columns
}

func (s *byParts) of(parts graph.Parts) *Statement { return s[parts&3] }

var (
	goldenByID = unique(goldenStatement(func(columns string) string {
		return `SELECT ` + columns + ` FROM golden AS g WHERE g.tenant = $1 AND g.id = @id`
	}, Column{"id", ID}))
	goldenAt = goldenStatement(func(columns string) string {
		return `SELECT ` + columns + ` FROM golden AS g WHERE g.tenant = $1 AND g.id = @id AND g.revision <= $2`
	}, Column{"id", ID})
	pastGoldenAt = goldenStatement(func(columns string) string {
		return `SELECT ` + columns + ` FROM golden_past AS g
			WHERE g.tenant = $1 AND g.id = @id AND g.revision <= $2 AND g.until > $2
			ORDER BY g.revision DESC LIMIT 1`
	}, Column{"id", ID})
	goldenPast = goldenStatement(func(columns string) string {
		return `SELECT ` + columns + ` FROM golden_past AS g WHERE g.tenant = $1 AND g.id = @id`
	}, Column{"id", ID})
)

// cleared is added to the state of a row that a rebuild has taken out of sight.
// Such rows are seen by the rebuild's own transaction only.
const cleared = 4

// readGolden reads the columns of goldenStatement.
func readGolden(rows Rows, parts graph.Parts) graph.Golden { return readGoldenAt(rows, 0, parts) }

// readGoldenAt is readGolden from a column on. What is variable in length shares one
// copy.
func readGoldenAt(rows Rows, col int, parts graph.Parts) graph.Golden {
	g := graph.Golden{
		ID:         rows.ID(col),
		Kind:       model.Kind(rows.Int(col + 1)),
		Revision:   model.Revision(rows.Int(col + 2)),
		Disclosure: disclosure(rows.Int(col + 3)),
		State:      graph.GoldenState(rows.Int(col + 4)),
		Redirect:   readRedirect(rows, col+5),
	}
	col += 6
	fields := [3]*[]byte{&g.Sort}
	n := 1
	if parts&graph.WithValues != 0 {
		fields[n] = &g.Values
		n++
	}
	if parts&graph.WithEvidence != 0 {
		fields[n] = &g.Evidence
		n++
	}
	size := 0
	for i := range n {
		*fields[i] = rows.Bytes(col + i)
		size += len(*fields[i])
	}
	all := make([]byte, 0, size)
	for _, f := range fields[:n] {
		from := len(all)
		if all = append(all, *f...); len(all) == from {
			*f = nil // as NULL is
			continue
		}
		*f = all[from:len(all):len(all)]
	}
	return g
}

// A redirect is stored as bytes, none for a record that is not merged: a NULL
// would cost every row of a wide table its bitmap.
func readRedirect(rows Rows, col int) model.EntityID {
	if b := rows.Bytes(col); len(b) == len(model.EntityID{}) {
		return model.EntityID(b)
	}
	return model.EntityID{}
}

func writeRedirect(w Writer, id model.EntityID) {
	if id.IsZero() {
		w.Bytes(nil)
		return
	}
	w.Bytes(id[:])
}

// Goldens answers in the order of ids.
func (r *reader) Goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	if r.gathers && len(ids) < manyIDs {
		return r.store.gathered[parts&3].ask(ctx, ids, func(ids []model.EntityID) ([]graph.Golden, error) {
			return r.goldensOf(ctx, ids, parts)
		})
	}
	return r.goldensOf(ctx, ids, parts)
}

func (r *reader) goldensOf(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	return eachOnce(ids, func(ids []model.EntityID) ([]graph.Golden, error) { return r.goldens(ctx, ids, parts) })
}

// eachOnce reads for each id once and in order, which is the order of an index.
func eachOnce[T any](ids []model.EntityID, read func([]model.EntityID) ([]T, error)) ([]T, error) {
	if ascending(ids) {
		return read(ids)
	}
	sorted := distinct(ids, compareIDs)
	found, err := read(sorted)
	if err != nil {
		return nil, err
	}
	out := make([]T, len(ids))
	for i, id := range ids {
		at, _ := slices.BinarySearchFunc(sorted, id, compareIDs)
		out[i] = found[at]
	}
	return out, nil
}

// ascending tells whether each id is greater than the one before.
func ascending(ids []model.EntityID) bool {
	for i := 1; i < len(ids); i++ {
		if ids[i-1].Compare(ids[i]) >= 0 {
			return false
		}
	}
	return true
}

func (r *reader) goldens(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([]graph.Golden, error) {
	out := make([]graph.Golden, len(ids))
	err := r.withVisible(ctx, "reading golden records", func(s Session) error {
		return lookup(ctx, s, goldenByID.of(parts), r.tenantArg, len(ids), func(i int, w Writer) { w.ID(ids[i]) }, func(rows Rows) {
			if g := readGolden(rows, parts); g.State < cleared {
				out[rows.Key()] = g
			}
		})
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].ID = ids[i]
	}
	return out, nil
}

// GoldenHistory yields every version of a golden id, oldest first.
func (r *reader) GoldenHistory(ctx context.Context, id model.EntityID, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return whole(func() ([]graph.Golden, error) {
		all, err := r.GoldenHistories(ctx, []model.EntityID{id}, parts)
		if err != nil {
			return nil, err
		}
		return all[0], nil
	})
}

// GoldenHistories are the versions of golden ids, in the order of ids.
func (r *reader) GoldenHistories(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([][]graph.Golden, error) {
	return eachOnce(ids, func(ids []model.EntityID) ([][]graph.Golden, error) { return r.goldenHistories(ctx, ids, parts) })
}

func (r *reader) goldenHistories(ctx context.Context, ids []model.EntityID, parts graph.Parts) ([][]graph.Golden, error) {
	out := make([][]graph.Golden, len(ids))
	// The present comes first: a version that goes to the past between the two
	// statements is then read twice, not missed.
	for _, st := range []*Statement{goldenByID.of(parts), goldenPast.of(parts)} {
		err := r.withVisible(ctx, "reading the history of golden records", func(s Session) error {
			return lookup(ctx, s, st, r.tenantArg, len(ids), func(i int, w Writer) { w.ID(ids[i]) }, func(rows Rows) {
				if g := readGolden(rows, parts); g.State < cleared {
					out[rows.Key()] = append(out[rows.Key()], g)
				}
			})
		})
		if err != nil {
			return nil, err
		}
	}
	for i := range out {
		slices.SortStableFunc(out[i], func(a, b graph.Golden) int { return int(a.Revision - b.Revision) })
		out[i] = slices.CompactFunc(out[i], func(a, b graph.Golden) bool { return a.Revision == b.Revision })
	}
	return out, nil
}
