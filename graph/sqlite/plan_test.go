package sqlite

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/relational"
)

var (
	// Constant rows and the results of subqueries are scanned, and the tenants.
	fullScan = regexp.MustCompile(`SCAN (\w+)`)
	// Whether there is any decision or pair is one entry of an index.
	anyOne     = regexp.MustCompile(`SEARCH (anyDecision|anyMatching) .*\n`)
	tenantOnly = regexp.MustCompile(`SEARCH \w+ USING [A-Z ]*(INDEX \w+|PRIMARY KEY) \(tenant=\?\)`)
	sorting    = regexp.MustCompile(`TEMP B-TREE`)

	scanned = map[string]bool{"tenant": true, "CONSTANT": true, "a": true, "b": true, "m": true, "few": true, "k": true, "w": true, "n": true, "o": true}
)

// TestEveryStatementHasItsIndex looks at every statement that can be run. Nothing
// here gathers statistics, without which SQLite plans by the schema alone: what
// the tables hold makes no difference.
func TestEveryStatementHasItsIndex(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := open(path, sqlite3.SQLITE_OPEN_READWRITE)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, st := range relational.Statements() {
		plan := explain(t, c, st)
		for _, m := range fullScan.FindAllStringSubmatch(plan, -1) {
			if !scanned[m[1]] {
				t.Errorf("%s\nreads a whole table:\n%s", st, plan)
			}
		}
		if st.Whole() == "" && tenantOnly.MatchString(anyOne.ReplaceAllString(plan, "")) {
			t.Errorf("%s\nreads a whole tenant:\n%s", st, plan)
		}
		// The feed's two pages are sorted into one.
		if sorting.MatchString(plan) && strings.Contains(st.String(), "LIMIT") && !strings.Contains(st.String(), "UNION ALL") {
			t.Errorf("%s\nsorts what it reads a page of:\n%s", st, plan)
		}
	}
}

func TestNothingGathersStatistics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := db.CreateTenant(t.Context(), "0136")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.BeginLoad(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Publish(t.Context(), graph.Provenance{}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := open(path, sqlite3.SQLITE_OPEN_READWRITE)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	n, err := c.integer("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'")
	if err != nil || n != 0 {
		t.Errorf("want no tables of statistics, by which plans would change, got %d, %v", n, err)
	}
}

func explain(t *testing.T, c *conn, st *relational.Statement) string {
	t.Helper()
	s, err := c.prepare("EXPLAIN QUERY PLAN " + st.Single(dialect))
	if err != nil {
		t.Fatal(err)
	}
	defer sqlite3.Xsqlite3_finalize(c.tls, s.handle)
	var plan strings.Builder
	for sqlite3.Xsqlite3_step(c.tls, s.handle) == sqlite3.SQLITE_ROW {
		plan.WriteString(libc.GoString(sqlite3.Xsqlite3_column_text(c.tls, s.handle, 3)) + "\n")
	}
	return plan.String()
}
