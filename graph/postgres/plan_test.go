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

// readsATenant are the statements whose work is a whole tenant, its row or the
// list of tenants: any way through will do.
var readsATenant = regexp.MustCompile(strings.Join([]string{
	`^SELECT \(?(SELECT )?(code|count\(|h\.source, h\.kind, count|g\.kind, count|CAST|source, name|part, source|1 FROM decision|m.kind, m.definition)`,
	`(?s)^SELECT\s+\(SELECT count`, `(?s)^SELECT.* FROM delivery AS d\s+WHERE d.tenant = \$1 ORDER`,
	`(?s)EXISTS \(SELECT 1 FROM matching AS anyMatching WHERE anyMatching.tenant = \$1\)`, `^(SELECT|UPDATE).* (tenant|audit_head) (WHERE|SET)`, `^(DELETE FROM|UPDATE) \w+ (SET state = state \+ 4 )?WHERE tenant = \$1`,
	// An erasure goes over every table once, and a search for traces over all documents.
	`(?s)FROM erasing AS e`, `FROM erased AS anyErased`, `^SELECT (v|g|s)\..* FROM (record_version AS v|golden AS g|golden_past AS g|sealed AS s) WHERE (v|g|s)\.tenant = \$1 \(one\)$`,
	`^DELETE FROM golden_past AS p`, `(?s)FROM golden_past .*ORDER BY g.id( DESC)? LIMIT`, `(?s)FROM golden AS g\s+WHERE g.tenant = \$1 AND g.revision = \$2`, `^UPDATE golden AS g SET revision = p.revision`, `^INSERT INTO tenant`,
}, "|"))

var (
	seqScan    = regexp.MustCompile(`Seq Scan on (\w+)`)
	tenantOnly = regexp.MustCompile(`Index Cond: \(tenant = \$\d\)\n`)
)

// plans are the plans of every statement, in both forms, on a new connection.
func plans(t *testing.T, dsn string) map[string]string {
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
	out := map[string]string{}
	for i, st := range relational.Statements() {
		oids := make([]uint32, st.Args())
		for _, k := range st.Keys {
			oids = append(oids, oidOf(k.Type))
		}
		out[st.String()+" (one)"] = plan(t, c, fmt.Sprintf("one%d", i), st.Single(dialect), oids)
		if len(st.Keys) == 0 {
			continue
		}
		text := changesText(st)
		if st.IsQuery() {
			text = lookupText(st)
		}
		out[st.String()+" (set)"] = plan(t, c, fmt.Sprintf("set%d", i), text, nil)
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

// fill gives the tables of one tenant so many rows that a bad plan would be
// chosen no more, or a good one no more.
const fill = `
	INSERT INTO tenant VALUES (1, '0136', 2, 0);
	INSERT INTO head SELECT 1, 1 + i % 3, 1 + i % 4, 1 + i % 5, 1, 1, i, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), NULL, 'local ' || i
		FROM generate_series(1, 20000) AS i;
	INSERT INTO record_version SELECT 1, 1, 0, id, NULL, 'doc' FROM head;
	INSERT INTO golden SELECT 1, kind, 1 + (stamp % 3)::smallint, 1, 1, id, '', local_id::bytea, 'doc', '' FROM head;
	INSERT INTO golden_past SELECT 1, kind, disclosure, 1, 1, 2, id, '', sort, doc, '' FROM golden LIMIT 3000;
	INSERT INTO change SELECT 1, revision, id FROM golden;
	INSERT INTO term SELECT 1, 1, ('word ' || stamp % 100)::bytea, id FROM head;
	INSERT INTO link SELECT 0, 1, 3, content, id, '' FROM head;
	INSERT INTO matchkey SELECT stamp * 1234567, 1, id FROM head;
	INSERT INTO dangling SELECT stamp * 7654321, 1, 3, id FROM head LIMIT 2000;
	INSERT INTO sealed SELECT 1, gen_random_uuid(), id, 1, 'sealed' FROM head;
	INSERT INTO conflict SELECT 1, id, 1, 'decision', '' FROM head LIMIT 1000;
	INSERT INTO conflict_record SELECT 1, id, id FROM head LIMIT 1000;
	INSERT INTO decision SELECT 1, id, id, content, 1, 1, 0, '', '' FROM head LIMIT 1000;
	INSERT INTO pair SELECT 1, 1, 1 + (stamp % 2)::smallint, 0, 1, id, content, item FROM head LIMIT 1000;
	INSERT INTO match_index SELECT 1, 1, id, content::text::bytea FROM head;
	INSERT INTO match_record SELECT 1, 1, id, 'keys' FROM head;
	INSERT INTO unmatched SELECT 1, 1, id FROM head LIMIT 1000;
	INSERT INTO quarantine SELECT 1, id, NULL, 1, 0, 'school', '', '', '' FROM head LIMIT 1000;
	INSERT INTO membership SELECT 1, 1, id, content FROM head LIMIT 1000;
	INSERT INTO credential SELECT 1, 1, id, content, 0, stamp, 0, '', '', '' FROM head LIMIT 1000;
	INSERT INTO rectification SELECT 1, id, content, 103, 0, 0, 0, 1, 'school', 'open', '' FROM head LIMIT 1000;
	INSERT INTO audit_head VALUES (1, 1000, NULL, NULL);
	INSERT INTO audit SELECT 1, i, i, gen_random_uuid(), gen_random_uuid(), '', '' FROM generate_series(1, 1000) AS i;
	INSERT INTO audit_subject SELECT 1, 1 + stamp % 1000, stamp, id, '', content FROM head;`

func TestEveryStatementHasItsIndexWhateverTheTablesHold(t *testing.T) {
	dsn := testkit.Postgres(t)
	db, err := Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	empty := plans(t, dsn)
	for st, plan := range empty {
		if m := seqScan.FindStringSubmatch(plan); m != nil && m[1] != "tenant" {
			t.Errorf("%s\nreads a whole table:\n%s", st, plan)
		}
		if tenantOnly.MatchString(plan) && !readsATenant.MatchString(st) {
			t.Errorf("%s\nreads a whole tenant:\n%s", st, plan)
		}
	}
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	for _, step := range []string{fill, "ANALYZE"} {
		if _, err := c.Exec(t.Context(), step, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
		for st, plan := range plans(t, dsn) {
			if readsATenant.MatchString(st) {
				continue // any way through a tenant will do
			}
			if plan != empty[st] {
				t.Errorf("%s\nplanned on empty tables:\n%s\nand after %.8s:\n%s", st, empty[st], strings.TrimSpace(step), plan)
			}
		}
	}
}
