package relational

import (
	"context"
	"errors"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// A rebuild runs in one transaction. Clearing marks every golden row as out of
// sight. A row that is put then and is byte for byte the one out of sight brings
// that one back, revision and all, so that nothing is written for what did not
// change; one that differs sends it to the past. A row may be put several times
// on the way, so settling compares what has come out with what went to the past
// in this revision, and undoes where the two are the same.

const sameGolden = `g.kind = @kind AND g.disclosure = @disclosure AND g.redirect = @redirect
	AND g.sort = @sort AND g.doc = @doc AND g.evidence = @evidence`

var (
	clearDerived = []*Statement{
		statement(`UPDATE golden SET state = state + 4 WHERE tenant = $1 AND state < 4`),
		statement(`DELETE FROM term WHERE tenant = $1`),
		statement(`DELETE FROM link WHERE tenant = $1`),
		statement(`DELETE FROM matchkey WHERE tenant = $1`),
		statement(`DELETE FROM dangling WHERE tenant = $1`),
		statement(`DELETE FROM flawed WHERE tenant = $1`),
		statement(`DELETE FROM conflict WHERE tenant = $1`),
		statement(`DELETE FROM conflict_record WHERE tenant = $1`),
	}
	bringBack = statement(`UPDATE golden AS g SET state = @state {from}
		WHERE g.tenant = $1 AND g.id = @id AND g.state = @state + 4 AND `+sameGolden, goldenKey...)
	stateOf = statement(`SELECT g.state FROM golden AS g WHERE g.tenant = $1 AND g.id = @id`, Column{"id", ID})

	// What was put in revision $2 and is what went to the past because of it.
	undone = statement(`UPDATE golden AS g SET revision = p.revision FROM golden_past AS p
		WHERE g.tenant = $1 AND g.revision = $2 AND p.tenant = $1 AND p.id = g.id AND p.until = $2
		AND p.kind = g.kind AND p.disclosure = g.disclosure AND p.state = g.state AND p.redirect = g.redirect
		AND p.sort = g.sort AND p.doc = g.doc AND p.evidence = g.evidence`)
	forgetUndone = statement(`DELETE FROM golden_past AS p WHERE p.tenant = $1 AND p.until = $2
		AND EXISTS (SELECT 1 FROM golden AS g WHERE g.tenant = $1 AND g.id = p.id AND g.revision = p.revision)`)
	dropUnborn = statement(`DELETE FROM golden AS g WHERE g.tenant = $1 AND g.revision = $2 AND g.state IN (2, 3)
		AND NOT EXISTS (SELECT 1 FROM golden_past AS p WHERE p.tenant = $1 AND p.id = g.id AND p.until = $2 {fence})`)
	countPut      = statement(`SELECT count(*) FROM golden AS g WHERE g.tenant = $1 AND g.revision = $2 AND g.state < 4`)
	forgetChanges = statement(`DELETE FROM change AS c WHERE c.tenant = $1 AND c.revision = $2`)
	tellChanges   = statement(`INSERT INTO change (tenant, revision, id)
		SELECT g.tenant, g.revision, g.id FROM golden AS g WHERE g.tenant = $1 AND g.revision = $2 ORDER BY g.id`)
	clearedPage = statement(`SELECT g.id, g.state, g.redirect FROM golden AS g
		WHERE g.tenant = $1 AND g.state >= 4 AND g.id > $2 ORDER BY g.id LIMIT $3`)
	putBack = statement(`UPDATE golden AS g SET state = g.state - 4, redirect = @redirect {from}
		WHERE g.tenant = $1 AND g.id = @id`, Column{"id", ID}, Column{"redirect", Bytes})
	endGolden = statement(`UPDATE golden AS g SET state = @state, revision = $2, redirect = @redirect,
			sort = $3, doc = $3, evidence = $3 {from}
		WHERE g.tenant = $1 AND g.id = @id`, Column{"id", ID}, Column{"state", SmallInt}, Column{"redirect", Bytes})
)

var errUnsettled = errors.New("a rebuild was begun with ClearDerived and not ended with SettleDerived")

// ClearDerived begins a rebuild.
func (t *tx) ClearDerived(ctx context.Context) error {
	return t.with(ctx, "clearing what is derived", func(s Session) error {
		for _, st := range clearDerived {
			if err := s.Exec(ctx, st, t.tenantArg); err != nil {
				return fmt.Errorf("%s: %w", st, err)
			}
		}
		t.rebuilding = true
		return nil
	})
}

// bringBackGoldens brings back those rows that are as they were, and tells of
// each of the others whether another one is out of sight under its id.
func (t *tx) bringBackGoldens(ctx context.Context, s Session, put []*graph.GoldenChange) (fresh, different []*graph.GoldenChange, err error) {
	err = each(ctx, s, bringBack, t.tenantArg, len(put), func(i int, w Writer) { writeGolden(w, put[i].New) })
	if err != nil {
		return nil, nil, err
	}
	states := make([]int64, len(put))
	err = lookup(ctx, s, stateOf, t.tenantArg, len(put),
		func(i int, w Writer) { w.ID(put[i].New.ID) },
		func(rows Rows) { states[rows.Key()] = rows.Int(0) })
	for i, c := range put {
		switch {
		case states[i] == 0:
			fresh = append(fresh, c)
		case states[i] >= cleared:
			different = append(different, c)
		}
	}
	return fresh, different, err
}

// SettleDerived ends a rebuild.
func (t *tx) SettleDerived(ctx context.Context, r model.Revision) (changed int64, err error) {
	args := func(w Writer) {
		w.Int(t.store.number)
		w.Int(int64(r))
	}
	err = t.with(ctx, "settling a rebuild", func(s Session) error {
		if !t.rebuilding {
			return errors.New("no rebuild was begun with ClearDerived")
		}
		for _, st := range []*Statement{undone, forgetUndone, dropUnborn} {
			if err := s.Exec(ctx, st, args); err != nil {
				return err
			}
		}
		put, _, err := one(ctx, s, countPut, args, func(rows Rows) int64 { return rows.Int(0) })
		if err != nil {
			return err
		}
		left, err := t.settleCleared(ctx, s, r)
		changed = put + left
		for _, st := range []*Statement{forgetChanges, tellChanges} {
			if err == nil {
				err = s.Exec(ctx, st, args)
			}
		}
		return err
	})
	if err == nil {
		t.rebuilding = false
	}
	return changed, err
}

// clearedRow is a golden row that the rebuild did not put.
type clearedRow struct {
	id, redirect, golden model.EntityID
	state                graph.GoldenState
}

// settleCleared settles what was there and was not put.
func (t *tx) settleCleared(ctx context.Context, s Session, r model.Revision) (changed int64, err error) {
	var after model.EntityID
	for {
		rows, err := all(ctx, s, clearedPage, func(w Writer) {
			w.Int(t.store.number)
			w.ID(after)
			w.Int(pageSize)
		}, func(rows Rows) clearedRow {
			return clearedRow{id: rows.ID(0), state: graph.GoldenState(rows.Int(1) - cleared), redirect: readRedirect(rows, 2)}
		})
		if err != nil || len(rows) == 0 {
			return changed, err
		}
		after = rows[len(rows)-1].id
		err = lookup(ctx, s, headByID, t.tenantArg, len(rows),
			func(i int, w Writer) { w.ID(rows[i].id) },
			func(row Rows) { rows[row.Key()].golden = readID(row, 9) })
		if err != nil {
			return changed, err
		}
		n, err := t.settlePage(ctx, s, r, rows)
		if changed += n; err != nil {
			return changed, err
		}
	}
}

func (t *tx) settlePage(ctx context.Context, s Session, r model.Revision, rows []clearedRow) (changed int64, err error) {
	var stay, end []clearedRow
	for _, row := range rows {
		switch {
		case row.state == graph.Live:
			row.redirect, row.state = row.golden, graph.Merged
			if row.golden.IsZero() {
				row.state = graph.Ended
			}
			end = append(end, row)
			changed++
			continue
		case row.state == graph.Merged && !row.golden.IsZero() && row.golden != row.redirect:
			row.redirect = row.golden
			changed++
		}
		stay = append(stay, row)
	}
	err = each(ctx, s, putBack, t.tenantArg, len(stay), func(i int, w Writer) {
		w.ID(stay[i].id)
		writeRedirect(w, stay[i].redirect)
	})
	if err != nil {
		return changed, err
	}
	err = each(ctx, s, archiveGolden, t.tenantArg, len(end), func(i int, w Writer) {
		w.ID(end[i].id)
		w.Int(int64(r))
	})
	if err != nil {
		return changed, err
	}
	return changed, each(ctx, s, endGolden, func(w Writer) {
		w.Int(t.store.number)
		w.Int(int64(r))
		w.Bytes(nil)
	}, len(end), func(i int, w Writer) {
		w.ID(end[i].id)
		w.Int(int64(end[i].state))
		writeRedirect(w, end[i].redirect)
	})
}
