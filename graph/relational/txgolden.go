package relational

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

var (
	deleteVersion = statement(`DELETE FROM record_version AS v {using}
		WHERE v.tenant = $1 AND v.revision = $2 AND v.id = @id`, Column{"id", ID})
	archiveGolden = statement(`INSERT {fail}INTO golden_past
			(tenant, kind, disclosure, state, revision, until, id, redirect, sort, doc, evidence)
		SELECT g.tenant, g.kind, g.disclosure, CASE WHEN g.state >= 4 THEN g.state - 4 ELSE g.state END, g.revision, @until, g.id, g.redirect, g.sort, g.doc, g.evidence
		FROM golden AS g {keys} WHERE g.tenant = $1 AND g.id = @id AND g.revision < @until`,
		Column{"id", ID}, Column{"until", Integer})
	updateGolden = exactly(statement(`UPDATE golden AS g SET kind = @kind, disclosure = @disclosure, state = @state, revision = @revision,
			redirect = @redirect, sort = @sort, doc = @doc, evidence = @evidence {from}
		WHERE g.tenant = $1 AND g.id = @id`, goldenKey...))
	// A row that keeps its place in every list changes none of their indexes.
	revalueGolden = exactly(statement(`UPDATE golden AS g SET revision = @revision, doc = @doc, evidence = @evidence {from}
		WHERE g.tenant = $1 AND g.id = @id`, Column{"revision", Integer}, Column{"id", ID}, Column{"doc", Bytes}, Column{"evidence", Bytes}))
	deleteTerm = statement(`DELETE FROM term AS t {using}
		WHERE t.tenant = $1 AND t.space = @space AND t.key = @key AND t.id = @id`, termKey...)
	goldenKey = []Column{{"kind", SmallInt}, {"disclosure", SmallInt}, {"state", SmallInt}, {"revision", Integer},
		{"id", ID}, {"redirect", Bytes}, {"sort", Bytes}, {"doc", Bytes}, {"evidence", Bytes}}
	deleteLink = statement(`DELETE FROM link AS l {using}
		WHERE l.tenant = $1 AND l.target = @target AND l.property = @property AND l.origin = @origin
		AND l.role = @role AND l.period = @period`, linkKey...)
	// A link of another class stays where it is: its class is in no index.
	classifyLink = statement(`UPDATE link AS l SET disclosure = @disclosure {from}
		WHERE l.tenant = $1 AND l.target = @target AND l.property = @property AND l.origin = @origin
		AND l.role = @role AND l.period = @period`, append(slices.Clip(linkKey), Column{"disclosure", SmallInt})...)
)

// AppendVersions adds versions at the transaction's revision.
func (t *tx) AppendVersions(ctx context.Context, versions []graph.Version) error {
	revision, err := t.TakeRevision(ctx)
	if err != nil {
		return err
	}
	versions = lastOf(versions, func(v *graph.Version) model.EntityID { return v.ID })
	return t.with(ctx, "writing record versions", func(s Session) error {
		// There is a version to replace only of what this transaction has written
		// before, and in a first load of a record that is not new.
		var again []model.EntityID
		for i := range versions {
			id := versions[i].ID
			_, written := t.versioned[id]
			if written || t.loading >= loadFilled && !t.heads.inserted(id) {
				again = append(again, id)
			}
			t.versioned[id] = struct{}{}
		}
		err := each(ctx, s, deleteVersion, func(w Writer) {
			w.Int(t.store.number)
			w.Int(int64(revision))
		}, len(again), func(i int, w Writer) { w.ID(again[i]) })
		if err != nil {
			return err
		}
		return s.Insert(ctx, versionTable, len(versions), func(i int, w Writer) {
			v := &versions[i]
			w.Int(t.store.number)
			w.Int(int64(revision))
			w.Int(v.Stamp)
			w.ID(v.ID)
			writeID(w, v.Delivery)
			writeDoc(w, v.Doc)
			if v.Gone {
				w.Int(v.Said)
			} else {
				w.Null()
			}
		})
	})
}

// PutGoldens applies changes of golden rows and of the index rows that follow.
func (t *tx) PutGoldens(ctx context.Context, changes []graph.GoldenChange) error {
	var created, replaced []*graph.GoldenChange
	for i := range changes {
		c := &changes[i]
		switch {
		case c.New == nil:
			return fmt.Errorf("writing golden records: change %d has no new row", i)
		case c.Old == nil:
			created = append(created, c)
		default:
			replaced = append(replaced, c)
		}
	}
	return t.with(ctx, "writing golden records", func(s Session) error {
		if t.rebuilding {
			fresh, different, err := t.bringBackGoldens(ctx, s, created)
			if err != nil {
				return err
			}
			created, replaced = fresh, append(replaced, different...)
		}
		if err := t.replaceGoldens(ctx, s, replaced); err != nil {
			return err
		}
		err := s.Insert(ctx, goldenTable, len(created), func(i int, w Writer) {
			w.Int(t.store.number)
			writeGolden(w, created[i].New)
		})
		if err != nil {
			return err
		}
		if err := t.putChanges(ctx, s, changes); err != nil {
			return err
		}
		if err := t.putTerms(ctx, s, changes); err != nil {
			return err
		}
		return t.putLinks(ctx, s, changes)
	})
}

func (t *tx) replaceGoldens(ctx context.Context, s Session, changes []*graph.GoldenChange) error {
	err := each(ctx, s, archiveGolden, t.tenantArg, len(changes), func(i int, w Writer) {
		w.ID(changes[i].New.ID)
		w.Int(int64(changes[i].New.Revision))
	})
	if err != nil {
		return err
	}
	var revalued, moved []*graph.Golden
	for _, c := range changes {
		if !t.rebuilding && staysInPlace(c.Old, c.New) {
			revalued = append(revalued, c.New)
		} else {
			moved = append(moved, c.New)
		}
	}
	err = each(ctx, s, revalueGolden, t.tenantArg, len(revalued), func(i int, w Writer) {
		g := revalued[i]
		w.Int(int64(g.Revision))
		w.ID(g.ID)
		w.Bytes(g.Values)
		w.Bytes(g.Evidence)
	})
	if err != nil {
		return err
	}
	return each(ctx, s, updateGolden, t.tenantArg, len(moved), func(i int, w Writer) { writeGolden(w, moved[i]) })
}

// staysInPlace tells whether a row is listed as the one before it was: only what
// it says differs. A rebuild's rows are not what the change says they are.
func staysInPlace(old, now *graph.Golden) bool {
	return old.Kind == now.Kind && old.Disclosure == now.Disclosure && old.State == now.State && old.Redirect == now.Redirect &&
		bytes.Equal(old.Sort, now.Sort)
}

// writeGolden writes the columns after the tenant, in the order of the table and
// of goldenKey.
func writeGolden(w Writer, g *graph.Golden) {
	w.Int(int64(g.Kind))
	w.Int(rank(g.Disclosure))
	w.Int(int64(g.State))
	w.Int(int64(g.Revision))
	w.ID(g.ID)
	writeRedirect(w, g.Redirect)
	w.Bytes(g.Sort)
	w.Bytes(g.Values)
	w.Bytes(g.Evidence)
}

func (t *tx) putTerms(ctx context.Context, s Session, changes []graph.GoldenChange) error {
	var add, remove []graph.Term
	for i := range changes {
		remove = appendMissing(remove, changes[i].OldTerms, changes[i].NewTerms)
		add = appendMissing(add, changes[i].NewTerms, changes[i].OldTerms)
	}
	take := deleteTerm
	if t.loading != notLoading {
		take = putTermGone
	}
	sortTerms(remove)
	sortTerms(add)
	err := each(ctx, s, take, t.tenantArg, len(remove), func(i int, w Writer) { writeTermKey(w, remove[i]) })
	if err != nil {
		return err
	}
	return t.insertTerms(ctx, s, add)
}

// sortTerms puts terms in the order of their index, where neighbours are on one
// page.
func sortTerms(terms []graph.Term) {
	slices.SortFunc(terms, func(a, b graph.Term) int {
		if a.Space != b.Space {
			return cmp.Compare(spaceNumber(a.Space), spaceNumber(b.Space))
		}
		if c := strings.Compare(a.Key, b.Key); c != 0 {
			return c
		}
		return a.ID.Compare(b.ID)
	})
}

func (t *tx) insertTerms(ctx context.Context, s Session, add []graph.Term) error {
	return s.Insert(ctx, termTable, len(add), func(i int, w Writer) {
		w.Int(t.store.number)
		writeTermKey(w, add[i])
	})
}

func (t *tx) putLinks(ctx context.Context, s Session, changes []graph.GoldenChange) error {
	var add, remove []graph.Link
	for i := range changes {
		remove = appendMissing(remove, changes[i].OldLinks, changes[i].NewLinks)
		add = appendMissing(add, changes[i].NewLinks, changes[i].OldLinks)
	}
	remove, add, classified := classes(remove, add)
	err := each(ctx, s, deleteLink, t.tenantArg, len(remove), func(i int, w Writer) { writeLinkKey(w, &remove[i]) })
	if err != nil {
		return err
	}
	err = each(ctx, s, classifyLink, t.tenantArg, len(classified), func(i int, w Writer) {
		writeLinkKey(w, &classified[i])
		w.Int(rank(classified[i].Disclosure))
	})
	if err != nil {
		return err
	}
	return s.Insert(ctx, linkTable, len(add), func(i int, w Writer) {
		l := &add[i]
		w.Int(packPeriod(l.Period))
		w.Int(t.store.number)
		w.Int(propertyNumber(l.Property))
		w.ID(l.To)
		w.ID(l.From)
		w.Text(l.Role)
		w.Int(rank(l.Disclosure))
	})
}

func writeLinkKey(w Writer, l *graph.Link) {
	w.ID(l.To)
	w.Int(propertyNumber(l.Property))
	w.ID(l.From)
	w.Text(l.Role)
	w.Int(packPeriod(l.Period))
}

// classes takes the links that are removed and added from those that are both, of
// one class and of another, which it gives as they are added. All come in the order of
// their index, where neighbours are on one page.
func classes(remove, add []graph.Link) (gone, come, classified []graph.Link) {
	slices.SortFunc(remove, compareLinks)
	slices.SortFunc(add, compareLinks)
	if len(remove) == 0 || len(add) == 0 {
		return remove, add, nil
	}
	gone, come = remove[:0], add[:0]
	i := 0
	for _, l := range add {
		for ; i < len(remove) && compareLinks(remove[i], l) < 0; i++ {
			gone = append(gone, remove[i])
		}
		if i < len(remove) && compareLinks(remove[i], l) == 0 {
			classified = append(classified, l)
			i++
		} else {
			come = append(come, l)
		}
	}
	return append(gone, remove[i:]...), come, classified
}

// compareLinks is the order of links in their index. Their class is not in it.
func compareLinks(a, b graph.Link) int {
	if c := a.To.Compare(b.To); c != 0 {
		return c
	}
	if a.Property != b.Property {
		return cmp.Compare(a.Property, b.Property)
	}
	if c := a.From.Compare(b.From); c != 0 {
		return c
	}
	if c := strings.Compare(a.Role, b.Role); c != 0 {
		return c
	}
	return cmp.Compare(packPeriod(a.Period), packPeriod(b.Period))
}

// appendMissing appends the rows that are not in the others, each once. Golden
// records have few index rows, so they are compared with each other up to a
// number where a map is cheaper.
func appendMissing[T comparable](out, rows, others []T) []T {
	if len(rows)+len(others) > 64 {
		seen := make(map[T]struct{}, len(rows)+len(others))
		for _, o := range others {
			seen[o] = struct{}{}
		}
		for _, r := range rows {
			if _, ok := seen[r]; !ok {
				seen[r] = struct{}{}
				out = append(out, r)
			}
		}
		return out
	}
	start := len(out)
	for _, r := range rows {
		if !contains(others, r) && !contains(out[start:], r) {
			out = append(out, r)
		}
	}
	return out
}

func contains[T comparable](rows []T, row T) bool {
	for i := range rows {
		if rows[i] == row {
			return true
		}
	}
	return false
}
