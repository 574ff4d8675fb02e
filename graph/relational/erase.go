package relational

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// An erasure goes over whole tables, since little of what is to go has an index by
// whose it is. So the ids are put into a table of their own, and each table is
// gone over once for all of them.

// What the rows of the table erasing are.
const (
	erasedRecords = 1
	erasedGoldens = 2
	erasedSealed  = 3
)

func among(what int) string {
	return fmt.Sprintf("IN (SELECT e.id FROM erasing AS e WHERE e.tenant = $1 AND e.what = %d)", what)
}

// erasing is one table that rows are taken out of.
type erasing struct {
	table         string
	count, delete *Statement
}

// The order matters where one table says which rows of another to take.
var erasings = func() []erasing {
	inRecords, inGoldens := among(erasedRecords), among(erasedGoldens)
	var out []erasing
	for _, t := range [][2]string{
		{"conflict", "id IN (SELECT r.conflict FROM conflict_record AS r WHERE r.tenant = $1 AND r.record " + inRecords + ")"},
		{"conflict_record", "conflict IN (SELECT r.conflict FROM conflict_record AS r WHERE r.tenant = $1 AND r.record " + inRecords + ")"},
		{"record_version", "id " + inRecords},
		{"membership", "(record " + inRecords + " OR golden " + inGoldens + ")"},
		{"golden", "id " + inGoldens},
		{"golden_past", "id " + inGoldens},
		{"change", "id " + inGoldens},
		{"term", "id " + inGoldens},
		{"term_gone", "id " + inGoldens},
		{"link", "(target " + inGoldens + " OR origin " + inGoldens + ")"},
		{"matchkey", "record " + inRecords},
		{"dangling", "record " + inRecords},
		{"flawed", "record " + inRecords},
		{"decision", "(a " + inRecords + " OR b " + inRecords + ")"},
		{"pair", "(a " + inRecords + " OR b " + inRecords + ")"},
		{"match_index", "record " + inRecords},
		{"match_record", "record " + inRecords},
		{"unmatched", "record " + inRecords},
		{"mark", "record " + inRecords},
		{"head", "id " + inRecords},
		{"rectification", "(subject " + inRecords + " OR subject " + inGoldens + ")"},
		{"sealed", "ref " + among(erasedSealed)},
	} {
		out = append(out, erasing{t[0],
			statement("SELECT count(*) FROM " + t[0] + " WHERE tenant = $1 AND " + t[1]),
			statement("DELETE FROM " + t[0] + " WHERE tenant = $1 AND " + t[1])})
	}
	return out
}()

var (
	putErasing   = statement(`INSERT INTO erasing (tenant, what, id) {values $1, @what, @id} ON CONFLICT DO NOTHING`, Column{"what", SmallInt}, Column{"id", ID})
	clearErasing = statement(`DELETE FROM erasing WHERE tenant = $1`)
	// Another record of an item that gave an erased one is mapped again with the
	// next delivery, so that the erased one is seen to be there and held.
	forgetItems = statement(`UPDATE head SET item = NULL WHERE tenant = $1 AND item IN
		(SELECT h.item FROM head AS h WHERE h.tenant = $1 AND h.item IS NOT NULL AND h.id ` + among(erasedRecords) + `)`)
	unsayRevision = statement(`UPDATE revision AS r SET reason = '' {from} WHERE r.tenant = $1 AND r.revision = @revision`, Column{"revision", Integer})
	putErased     = statement(`INSERT INTO erased (tenant, hash) {values $1, @hash} ON CONFLICT DO NOTHING`, Column{"hash", ID})
	isErased      = unique1(statement(`SELECT 1 FROM erased AS e WHERE e.tenant = $1 AND e.hash = @hash`, Column{"hash", ID}))
	anyErased     = statement(`SELECT 1 FROM erased AS anyErased WHERE anyErased.tenant = $1 LIMIT 1`)

	tombstones   = statement(`SELECT e.hash FROM erased AS e WHERE e.tenant = $1 AND e.hash > $2 ORDER BY e.hash LIMIT $3`)
	deleteErased = statement(`DELETE FROM erased AS e {using} WHERE e.tenant = $1 AND e.hash = @hash`, Column{"hash", ID})

	deleteArtifacts = statement(`DELETE FROM artifact WHERE tenant = $1 AND name >= $2 AND name < $3`)

	rewriteVersion = exactly(statement(`UPDATE record_version AS v SET doc = @doc {from}
		WHERE v.tenant = $1 AND v.id = @id AND v.revision = @revision`, Column{"id", ID}, Column{"revision", Integer}, Column{"doc", Bytes}))
	rewriteGolden = exactly(statement(`UPDATE golden_past AS g SET state = @state, redirect = @redirect, sort = @sort, doc = @doc, evidence = @evidence {from}
		WHERE g.tenant = $1 AND g.id = @id AND g.revision = @revision`,
		Column{"id", ID}, Column{"revision", Integer}, Column{"state", SmallInt}, Column{"redirect", Bytes}, Column{"sort", Bytes}, Column{"doc", Bytes}, Column{"evidence", Bytes}))
	eraseAuditBody = statement(`UPDATE audit AS a SET salt = NULL, body = NULL {from}
		WHERE a.tenant = $1 AND a.number = @number`, Column{"number", BigInt})

	everyVersion = statement(`SELECT v.revision, v.delivery, v.stamp, v.doc, v.said, v.id FROM record_version AS v WHERE v.tenant = $1`)
	everyGolden  = statement(`SELECT ` + everyGoldenColumns + ` FROM golden AS g WHERE g.tenant = $1`)
	everyPast    = statement(`SELECT ` + everyGoldenColumns + ` FROM golden_past AS g WHERE g.tenant = $1`)

	everySealed = statement(`SELECT s.hash, s.ref FROM sealed AS s WHERE s.tenant = $1`)

	headsInGolden = statement(`SELECT `+headColumns+` FROM head AS h
		WHERE h.tenant = $1 AND h.golden = @id`, Column{"id", ID})
)

const everyGoldenColumns = `g.id, g.kind, g.disclosure, g.state, g.revision, g.redirect, g.sort, g.doc, g.evidence`

// Erase takes out what the erasure names.
func (t *tx) Erase(ctx context.Context, e graph.Erasure) (map[string]int64, error) {
	rows := map[string]int64{}
	err := t.with(ctx, "erasing", func(s Session) error {
		for what, ids := range [][]model.EntityID{erasedRecords: e.Records, erasedGoldens: e.Goldens, erasedSealed: e.Sealed} {
			err := each(ctx, s, putErasing, t.tenantArg, len(ids), func(i int, w Writer) {
				w.Int(int64(what))
				w.ID(ids[i])
			})
			if err != nil {
				return err
			}
		}
		if err := s.Exec(ctx, forgetItems, t.tenantArg); err != nil {
			return err
		}
		for _, from := range erasings {
			n, _, err := one(ctx, s, from.count, t.tenantArg, func(rows Rows) int64 { return rows.Int(0) })
			if err != nil {
				return fmt.Errorf("%s: %w", from.table, err)
			}
			if n == 0 {
				continue
			}
			rows[from.table] = n
			if err := s.Exec(ctx, from.delete, t.tenantArg); err != nil {
				return fmt.Errorf("%s: %w", from.table, err)
			}
		}
		err := each(ctx, s, unsayRevision, t.tenantArg, len(e.Unsaid), func(i int, w Writer) { w.Int(int64(e.Unsaid[i])) })
		if err != nil {
			return err
		}
		err = each(ctx, s, putErased, t.tenantArg, len(e.Tombstones), func(i int, w Writer) { w.ID(e.Tombstones[i]) })
		if err != nil {
			return err
		}
		return s.Exec(ctx, clearErasing, t.tenantArg)
	})
	t.heads, t.foreseen = headsSeen{fresh: t.heads.fresh}, foreseen{}
	return rows, err
}

// RewriteVersions replaces documents of versions.
func (t *tx) RewriteVersions(ctx context.Context, versions []graph.Version) error {
	return t.insertEach(ctx, "rewriting record versions", rewriteVersion, len(versions), func(i int, w Writer) {
		v := &versions[i]
		w.ID(v.ID)
		w.Int(int64(v.Revision))
		writeDoc(w, v.Doc)
	})
}

// RewriteGoldens replaces what rows of the past say.
func (t *tx) RewriteGoldens(ctx context.Context, rows []graph.Golden) error {
	return t.insertEach(ctx, "rewriting past golden records", rewriteGolden, len(rows), func(i int, w Writer) {
		g := &rows[i]
		w.ID(g.ID)
		w.Int(int64(g.Revision))
		w.Int(int64(g.State))
		writeRedirect(w, g.Redirect)
		w.Bytes(g.Sort)
		w.Bytes(g.Values)
		w.Bytes(g.Evidence)
	})
}

// EraseAuditBodies takes who, what and why out of entries.
func (t *tx) EraseAuditBodies(ctx context.Context, numbers []int64) error {
	return t.insertEach(ctx, "erasing from the audit", eraseAuditBody, len(numbers), func(i int, w Writer) { w.Int(numbers[i]) })
}

func holdsAny(b []byte, needles [][]byte) bool {
	return slices.ContainsFunc(needles, func(n []byte) bool { return bytes.Contains(b, n) })
}

// VersionsWith yields versions whose documents hold any of the needles.
func (r *reader) VersionsWith(ctx context.Context, needles [][]byte) iter.Seq2[graph.Version, error] {
	return whole(func() (found []graph.Version, err error) {
		err = r.with(ctx, "searching record versions", func(s Session) error {
			rows, err := s.Query(ctx, everyVersion, r.tenantArg)
			if err != nil {
				return err
			}
			for rows.Next() {
				if holdsAny(rows.Bytes(3), needles) {
					v := readVersion(rows)
					v.ID = rows.ID(5)
					found = append(found, v)
				}
			}
			return rows.Close()
		})
		slices.SortFunc(found, func(a, b graph.Version) int { return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.Revision, b.Revision)) })
		return found, err
	})
}

// GoldensWith yields golden rows that hold any of the needles.
func (r *reader) GoldensWith(ctx context.Context, needles [][]byte) iter.Seq2[graph.Golden, error] {
	return whole(func() (found []graph.Golden, err error) {
		err = r.withVisible(ctx, "searching golden records", func(s Session) error {
			for _, st := range []*Statement{everyGolden, everyPast} {
				rows, err := s.Query(ctx, st, r.tenantArg)
				if err != nil {
					return err
				}
				for rows.Next() {
					if holdsAny(rows.Bytes(7), needles) || holdsAny(rows.Bytes(8), needles) || holdsAny(rows.Bytes(5), needles) {
						found = append(found, graph.Golden{
							ID: rows.ID(0), Kind: model.Kind(rows.Int(1)), Disclosure: disclosure(rows.Int(2)), State: graph.GoldenState(rows.Int(3)),
							Revision: model.Revision(rows.Int(4)), Redirect: readRedirect(rows, 5), Sort: readBytes(rows, 6), Values: readBytes(rows, 7), Evidence: readBytes(rows, 8),
						})
					}
				}
				if err := rows.Close(); err != nil {
					return err
				}
			}
			return nil
		})
		slices.SortFunc(found, func(a, b graph.Golden) int { return cmp.Or(a.ID.Compare(b.ID), cmp.Compare(a.Revision, b.Revision)) })
		return found, err
	})
}

// SealedAs yields the references of encrypted values with any of the hashes.
func (r *reader) SealedAs(ctx context.Context, hashes []graph.Hash) iter.Seq2[model.EntityID, error] {
	return whole(func() (found []model.EntityID, err error) {
		wanted := make(map[graph.Hash]bool, len(hashes))
		for _, h := range hashes {
			wanted[h] = true
		}
		err = r.with(ctx, "searching sealed values", func(s Session) error {
			rows, err := s.Query(ctx, everySealed, r.tenantArg)
			if err != nil {
				return err
			}
			for rows.Next() {
				if wanted[rows.ID(0)] {
					found = append(found, rows.ID(1))
				}
			}
			return rows.Close()
		})
		slices.SortFunc(found, compareIDs)
		return found, err
	})
}

// Erased tells for each tombstone whether it is there.
func (r *reader) Erased(ctx context.Context, tombstones []graph.Hash) ([]bool, error) {
	there := make([]bool, len(tombstones))
	err := r.with(ctx, "looking up what was erased", func(s Session) error {
		return lookup(ctx, s, isErased, r.tenantArg, len(tombstones), func(i int, w Writer) { w.ID(tombstones[i]) },
			func(rows Rows) { there[rows.Key()] = true })
	})
	return there, err
}

// HasErased tells whether there is any tombstone.
func (r *reader) HasErased(ctx context.Context) (found bool, err error) {
	err = r.with(ctx, "looking for what was erased", func(s Session) error {
		_, found, err = one(ctx, s, anyErased, r.tenantArg, func(rows Rows) int64 { return rows.Int(0) })
		return err
	})
	return found, err
}

// Tombstones yields the tombstones after one, in order.
func (r *reader) Tombstones(ctx context.Context, after graph.Hash, limit int) iter.Seq2[graph.Hash, error] {
	return whole(func() (found []graph.Hash, err error) {
		err = r.with(ctx, "reading what was erased", func(s Session) error {
			found, err = all(ctx, s, tombstones, func(w Writer) {
				r.tenantArg(w)
				w.ID(after)
				w.Int(int64(limit))
			}, func(rows Rows) graph.Hash { return rows.ID(0) })
			return err
		})
		return found, err
	})
}

// PutTombstones removes tombstones, and then adds others.
func (t *tx) PutTombstones(ctx context.Context, add, remove []graph.Hash) error {
	return t.with(ctx, "writing what was erased", func(s Session) error {
		err := each(ctx, s, deleteErased, t.tenantArg, len(remove), func(i int, w Writer) { w.ID(remove[i]) })
		if err != nil {
			return err
		}
		return each(ctx, s, putErased, t.tenantArg, len(add), func(i int, w Writer) { w.ID(add[i]) })
	})
}

// PutHashKey notes under which key the tenant's hashes are.
func (t *tx) PutHashKey(ctx context.Context, key int64) error {
	return t.with(ctx, "writing the tenant's row", func(s Session) error {
		return s.Exec(ctx, setHashKey, func(w Writer) {
			t.tenantArg(w)
			w.Int(key)
		})
	})
}

// ForgetArtifacts takes away the artifacts whose names begin with a prefix.
func (t *tx) ForgetArtifacts(ctx context.Context, prefix string) error {
	return t.with(ctx, "taking artifacts away", func(s Session) error {
		return s.Exec(ctx, deleteArtifacts, func(w Writer) {
			t.tenantArg(w)
			w.Text(prefix)
			w.Text(prefix + "\U0010FFFF")
		})
	})
}

// HeadsOf yields the heads that are in golden records, in id order.
func (r *reader) HeadsOf(ctx context.Context, goldens []model.EntityID) iter.Seq2[graph.Head, error] {
	return whole(func() ([]graph.Head, error) {
		goldens := distinct(goldens, compareIDs)
		var rows []headRow
		err := r.with(ctx, "reading the records of golden records", func(s Session) error {
			keep := func(row Rows) { rows = append(rows, readHead(row)) }
			key := func(i int, w Writer) { w.ID(goldens[i]) }
			if err := lookup(ctx, s, headsInGolden, r.tenantArg, len(goldens), key, keep); err != nil {
				return err
			}
			err := lookup(ctx, s, headByID, r.tenantArg, len(goldens), key, func(row Rows) {
				if h := readHead(row); h.Golden == h.ID {
					rows = append(rows, h)
				}
			})
			if err != nil {
				return err
			}
			return r.nameHeads(ctx, s, rows)
		})
		slices.SortFunc(rows, func(a, b headRow) int { return a.ID.Compare(b.ID) })
		return headsOf(rows), err
	})
}

// everyTable is every table with its columns.
func (s *Store) everyTable(ctx context.Context, session Session) (tables []graph.Searched, err error) {
	err = s.db.engine.Visit(ctx, session, s.db.engine.EveryColumn(), func(values [][]byte) {
		table := string(values[0])
		if n := len(tables); n == 0 || tables[n-1].Table != table {
			tables = append(tables, graph.Searched{Table: table})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, string(values[1]))
	})
	return tables, err
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Search looks for bytes in every column of every row, of tables with tenants in
// this tenant's.
func (s *Store) Search(ctx context.Context, needles [][]byte) (found []graph.Found, searched []graph.Searched, err error) {
	if s.db.closed.Load() {
		return nil, nil, graph.ErrClosed
	}
	session, err := s.db.engine.Read(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("searching every table of tenant %q: %w", s.tenant, err)
	}
	defer session.Release()
	hits := map[graph.Found]int64{}
	searched, err = s.everyTable(ctx, session)
	for i := 0; err == nil && i < len(searched); i++ {
		table := &searched[i]
		text := "SELECT * FROM " + quoted(table.Table)
		if slices.Contains(table.Columns, "tenant") {
			text += fmt.Sprintf(" WHERE tenant = %d", s.number)
		}
		err = s.db.engine.Visit(ctx, session, text, func(values [][]byte) {
			table.Rows++
			for c, value := range values {
				for i, needle := range needles {
					if bytes.Contains(value, needle) {
						hits[graph.Found{Needle: i, Table: table.Table, Column: table.Columns[c]}]++
					}
				}
			}
		})
	}
	if err != nil {
		return nil, nil, fmt.Errorf("searching every table of tenant %q: %w", s.tenant, err)
	}
	for f, n := range hits {
		f.Rows = n
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b graph.Found) int {
		return cmp.Or(cmp.Compare(a.Needle, b.Needle), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Column, b.Column))
	})
	return found, searched, nil
}

// Scrub takes what rows that are gone have left out of the engine's files.
func (s *Store) Scrub(ctx context.Context, needles [][]byte) (graph.Residue, error) {
	if s.db.closed.Load() {
		return graph.Residue{}, graph.ErrClosed
	}
	left, err := s.db.engine.Scrub(ctx, needles)
	if err != nil {
		return left, fmt.Errorf("scrubbing the store: %w", err)
	}
	return left, nil
}

var (
	_ graph.Searcher = (*Store)(nil)
	_ graph.Scrubber = (*Store)(nil)
)

// ErasedTables are the tables that Erase takes rows out of.
func ErasedTables() []string {
	out := make([]string, len(erasings))
	for i, e := range erasings {
		out[i] = e.table
	}
	return out
}
