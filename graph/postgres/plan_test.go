package postgres

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/karna-registry/karna/graph/relational"
	"github.com/karna-registry/karna/internal/testkit"
)

var (
	seqScan   = regexp.MustCompile(`Seq Scan on (\w+)`)
	indexScan = regexp.MustCompile(`Index (?:Only )?Scan (?:Backward )?using (\w+) on [^\n]*(?:\n *Index Cond: ([^\n]*))?`)
)

// wholeTenant is an index that a plan goes through from a tenant's first entry to
// its last: its second column is in no condition.
func wholeTenant(plan string, second map[string]string) string {
	for _, m := range indexScan.FindAllStringSubmatch(plan, -1) {
		column, known := second[m[1]]
		if known && !regexp.MustCompile(`\b`+column+`\b`).MatchString(m[2]) {
			return m[1]
		}
	}
	return ""
}

// secondColumns are the second columns of indexes, by name: all begin with the
// tenant.
func secondColumns(t *testing.T, c *pgx.Conn) map[string]string {
	t.Helper()
	rows, err := c.Query(t.Context(), `SELECT i.indexrelid::regclass::text, coalesce(pg_get_indexdef(i.indexrelid, 2, true), '') FROM pg_index AS i
		JOIN pg_class AS r ON r.oid = i.indrelid WHERE r.relnamespace = current_schema()::regnamespace AND i.indnatts > 1`)
	if err != nil {
		t.Fatal(err)
	}
	second := map[string]string{}
	var index, column string
	if _, err := pgx.ForEachRow(rows, []any{&index, &column}, func() error { second[index] = column; return nil }); err != nil {
		t.Fatal(err)
	}
	return second
}

// emptyTables are the statements whose index is told from another by what the
// tables hold: on an empty one any will do, and when it fills PostgreSQL plans
// anew.
var emptyTables = regexp.MustCompile(`FROM delivery AS d\s+WHERE d\.tenant = \$1 AND d\.id = @id`)

// inOrder are the statements whose index is in the order that they read: of many
// links to one thing they read the first.
var inOrder = regexp.MustCompile(`^SELECT l\.property, l\.origin`)

// planned is the plan of a statement in one of its forms.
type planned struct {
	*relational.Statement
	plan string
}

// plans are the plans of every statement, in both forms, on a new connection:
// those that connections of the engine have, which are made without a look at
// the values.
func plans(t *testing.T, dsn string) map[string]planned {
	t.Helper()
	ctx := context.Background()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, settings); err != nil {
		t.Fatal(err)
	}
	out := map[string]planned{}
	for i, st := range relational.Statements() {
		oids := make([]uint32, st.Args())
		for _, k := range st.Keys {
			oids = append(oids, oidOf(k.Type))
		}
		out[st.String()+" (one)"] = planned{st, plan(t, c, fmt.Sprintf("one%d", i), st.Single(dialect), oids)}
		if len(st.Keys) == 0 {
			continue
		}
		text := changesText(st)
		if st.IsQuery() {
			text = lookupText(st)
		}
		out[st.String()+" (set)"] = planned{st, plan(t, c, fmt.Sprintf("set%d", i), text, nil)}
	}
	for i, f := range travelForms {
		text := travelText(f)
		out[text] = planned{&relational.Statement{}, plan(t, c, fmt.Sprintf("travel%d", i), text, nil)}
	}
	return out
}

func plan(t *testing.T, c *pgx.Conn, name, text string, oids []uint32) string {
	t.Helper()
	d, err := c.PgConn().Prepare(t.Context(), name, text, oids)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	arguments := strings.TrimSuffix(strings.Repeat("NULL,", len(d.ParamOIDs)), ",")
	if arguments != "" {
		arguments = "(" + arguments + ")"
	}
	rows, err := c.Query(t.Context(), "EXPLAIN (COSTS OFF) EXECUTE "+name+arguments, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n") + "\n"
}

// fillRows is how many rows a table must have at least: from here on it may not be
// read from one end to the other.
const fillRows = 10_000

// unfilled are the tables that stay small, or are empty but for a moment.
var unfilled = map[string]string{
	"tenant": "a row a tenant", "audit_head": "a row a tenant", "source": "declared", "part": "declared", "matching": "a row a kind",
	"artifact": "a row a change of policy, properties or model", "erasing": "filled by an erasure, and empty after it",
	"goose_db_version": "a row a migration", "term_gone": "filled by a first load, and empty after it",
}

// fill gives the tables of one tenant so many rows that a bad plan would be
// chosen no more, or a good one no more.
const fill = `
	INSERT INTO tenant VALUES (1, '0136', 2, 0);
	INSERT INTO head SELECT 1, 1 + i % 3, 1 + i % 4, 1 + i % 5, 1, 1, i, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), NULL, 'local ' || i
		FROM generate_series(1, 20000) AS i;
	INSERT INTO record_version SELECT 1, 1, 0, id, NULL, 'doc' FROM head;
	INSERT INTO golden SELECT 1, kind, 1 + (stamp % 3)::smallint, 1, 1, id, '', local_id::bytea, 'doc', '' FROM head;
	INSERT INTO golden_past SELECT 1, kind, disclosure, 1, 1, 2, id, '', sort, doc, '' FROM golden LIMIT 12000;
	INSERT INTO change SELECT 1, revision, id FROM golden;
	INSERT INTO term SELECT 1, 1, ('word ' || stamp % 100)::bytea, id FROM head;
	INSERT INTO link SELECT 0, 1, 3, content, id, '' FROM head;
	INSERT INTO matchkey SELECT stamp * 1234567, 1, id FROM head;
	INSERT INTO dangling SELECT stamp * 7654321, 1, 3, id FROM head LIMIT 12000;
	INSERT INTO flawed SELECT 1, 'source ' || stamp % 3, id FROM head LIMIT 12000;
	INSERT INTO sealed SELECT 1, gen_random_uuid(), id, 1, 'sealed' FROM head;
	INSERT INTO conflict SELECT 1, id, 1, 'decision', '' FROM head LIMIT 12000;
	INSERT INTO conflict_record SELECT 1, id, id FROM head LIMIT 12000;
	INSERT INTO decision SELECT 1, id, id, content, 1, 1, 0, '', '' FROM head LIMIT 12000;
	INSERT INTO pair SELECT 1, 1, 1 + (stamp % 2)::smallint, 0, 1, id, content, item FROM head LIMIT 12000;
	INSERT INTO match_index SELECT 1, 1, id, content::text::bytea FROM head;
	INSERT INTO match_record SELECT 1, 1, id, 'keys' FROM head;
	INSERT INTO unmatched SELECT 1, 1, id FROM head LIMIT 12000;
	INSERT INTO quarantine SELECT 1, id, NULL, 1, 0, 'school', '', '', '' FROM head LIMIT 12000;
	INSERT INTO membership SELECT 1, 1, id, content FROM head LIMIT 12000;
	INSERT INTO credential SELECT 1, 1, id, content, 0, stamp, 0, '', '', '' FROM head LIMIT 12000;
	INSERT INTO rectification SELECT 1, id, content, 103, 0, 0, 0, 1, 'school', 'open', '' FROM head LIMIT 12000;
	INSERT INTO mark SELECT 1, id, 1, 1 + (stamp % 3)::smallint, stamp, 1, 1, 0, '', '', '', 0 FROM head;
	INSERT INTO erased SELECT 1, content FROM head;
	INSERT INTO revision SELECT 1, i, i, gen_random_uuid(), '', '' FROM generate_series(1, 12000) AS i;
	INSERT INTO delivery SELECT 1, id, 0, stamp, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 'source ' || stamp % 3, '', '', 'done', '' FROM head;
	INSERT INTO audit_head VALUES (1, 12000, NULL, NULL);
	INSERT INTO audit SELECT 1, i, i, gen_random_uuid(), gen_random_uuid(), '', '' FROM generate_series(1, 12000) AS i;
	INSERT INTO audit_subject SELECT 1, 1 + stamp % 12000, stamp, id, '', content FROM head;`

// TestEveryStatementHasItsIndexWhateverTheTablesHold looks at every statement that
// can be run: none reads a table from one end to the other, and none but those
// that say why all that a tenant has in it; links are read in the order of their index;
// and the plan is the same whether the
// tables are empty, full, or known to be full.
func TestEveryStatementHasItsIndexWhateverTheTablesHold(t *testing.T) {
	dsn := testkit.PostgresMadeUp(t)
	db, err := Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	second := secondColumns(t, c)
	empty := plans(t, dsn)
	reasons := map[string]bool{}
	held := func(when string, now map[string]planned) {
		for text, p := range now {
			reason := p.Whole()
			if m := seqScan.FindStringSubmatch(p.plan); m != nil && m[1] != "tenant" {
				t.Errorf("%s\nreads a whole table %s:\n%s", text, when, p.plan)
			}
			if inOrder.MatchString(text) && strings.Contains(p.plan, "Sort") {
				t.Errorf("%s\nreads all that it might give, to sort it, %s:\n%s", text, when, p.plan)
			}
			anyPlan := emptyTables.MatchString(text)
			switch whole := wholeTenant(p.plan, second); {
			case whole != "" && reason == "" && !(anyPlan && when == whenEmpty):
				t.Errorf("%s\ngoes through a whole tenant in %s %s:\n%s", text, whole, when, p.plan)
			case whole != "":
				reasons[reason] = true
			}
			if reason == "" && !anyPlan && p.plan != empty[text].plan {
				t.Errorf("%s\nplanned on empty tables:\n%s\nand %s:\n%s", text, empty[text].plan, when, p.plan)
			}
		}
	}
	held(whenEmpty, empty)
	for _, step := range []struct{ sql, when string }{{fill, "when it is full"}, {"ANALYZE", "when it is known to be full"}} {
		if _, err := c.Exec(t.Context(), step.sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
		held(step.when, plans(t, dsn))
	}
	everyTableIsFull(t, c)
	for _, st := range relational.Statements() {
		if reason := st.Whole(); reason != "" && reason != relational.OneRow && !reasons[reason] {
			t.Errorf("no statement reads a whole tenant because %q: take the reason away", reason)
		}
	}
}

const whenEmpty = "when it is empty"

// everyTableIsFull tells of tables that have been forgotten.
func everyTableIsFull(t *testing.T, c *pgx.Conn) {
	t.Helper()
	rows, err := c.Query(t.Context(), "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND reltuples < $1", fillRows)
	if err != nil {
		t.Fatal(err)
	}
	small, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range small {
		if unfilled[table] == "" {
			t.Errorf("%s has fewer than %d rows: fill it", table, fillRows)
		}
	}
}
