package relational

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestStatementIsWrittenForOneKeyAndForASet(t *testing.T) {
	question := Dialect{Prefix: "?"}
	dollar := Dialect{Prefix: "$", Lock: "FOR UPDATE", Hints: true, Fence: "OFFSET 0"}
	id, name := Column{"id", ID}, Column{"name", Text}
	tests := []struct {
		text            string
		keys            []Column
		one, other, set string
	}{
		{`SELECT x.a FROM x WHERE x.t = $1 AND x.id = @id`, []Column{id},
			`SELECT x.a FROM x WHERE x.t = ?1 AND x.id = ?2`,
			`SELECT x.a FROM x WHERE x.t = $1 AND x.id = $2`,
			`SELECT x.a FROM x WHERE x.t = $1 AND x.id = k.id`},
		{`UPDATE x AS y SET n = @name {from} WHERE y.t = $1 AND y.id = @id`, []Column{id, name},
			`UPDATE x AS y SET n = ?3  WHERE y.t = ?1 AND y.id = ?2`,
			`UPDATE x AS y SET n = $3  WHERE y.t = $1 AND y.id = $2`,
			`UPDATE x AS y SET n = k.name FROM S WHERE y.t = $1 AND y.id = k.id`},
		{`DELETE FROM x AS y {using} WHERE y.id = @id`, []Column{id},
			`DELETE FROM x AS y  WHERE y.id = ?1`, `DELETE FROM x AS y  WHERE y.id = $1`, `DELETE FROM x AS y USING S WHERE y.id = k.id`},
		{`INSERT INTO x {values $1, @id, @name} ON CONFLICT DO NOTHING`, []Column{id, name},
			`INSERT INTO x VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING`,
			`INSERT INTO x VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
			`INSERT INTO x SELECT $1, k.id, k.name FROM S WHERE true ON CONFLICT DO NOTHING`},
		{`INSERT INTO x SELECT y.a FROM y {keys} WHERE y.id = @id`, []Column{id},
			`INSERT INTO x SELECT y.a FROM y  WHERE y.id = ?1`, `INSERT INTO x SELECT y.a FROM y  WHERE y.id = $1`,
			`INSERT INTO x SELECT y.a FROM y , S WHERE y.id = k.id`},
		{`SELECT x.a FROM x WHERE x.t = $1 {hint x.a >= 0} AND NOT EXISTS (SELECT 1 FROM y {fence}) {lock}`, nil,
			`SELECT x.a FROM x WHERE x.t = ?1  AND NOT EXISTS (SELECT 1 FROM y ) `,
			`SELECT x.a FROM x WHERE x.t = $1 AND x.a >= 0 AND NOT EXISTS (SELECT 1 FROM y OFFSET 0) FOR UPDATE`, ""},
	}
	for _, test := range tests {
		all := statements
		s := statement(test.text, test.keys...)
		statements = all
		if got := s.Single(question); got != test.one {
			t.Errorf("%s\nfor one key is\n%s", test.text, got)
		}
		if got := s.Single(dollar); got != test.other {
			t.Errorf("%s\nfor one key is\n%s", test.text, got)
		}
		if got := s.Each(dollar, "S"); test.set != "" && got != test.set {
			t.Errorf("%s\nfor a set is\n%s", test.text, got)
		}
	}
}

func TestStatementsNameTheTenant(t *testing.T) {
	// What is about all tenants, by name.
	exempt := regexp.MustCompile(`FROM tenant WHERE code = \$1$|FROM tenant ORDER BY code$|^INSERT INTO tenant`)
	tenant := regexp.MustCompile(`tenant (=|<>) \$1|\{values \$1|VALUES \(\$1`)
	for _, s := range Statements() {
		if !exempt.MatchString(s.String()) && !tenant.MatchString(s.String()) {
			t.Errorf("a statement is not of one tenant: %s", s)
		}
	}
}

func TestStatementsAreNumberedAsListed(t *testing.T) {
	for i, s := range Statements() {
		if s.Number != i {
			t.Errorf("statement %d says that it is %d", i, s.Number)
		}
	}
	for i, table := range Tables() {
		if table.Number != i {
			t.Errorf("table %d says that it is %d", i, table.Number)
		}
	}
}

func TestExactStatementMissesARow(t *testing.T) {
	s := &Statement{text: "UPDATE x", Exact: true}
	if err := s.CheckExact(3, 3); err != nil {
		t.Error(err)
	}
	if err := s.CheckExact(3, 2); err == nil || !strings.Contains(err.Error(), "3 rows were to be changed and 2 were there") {
		t.Errorf("2 rows of 3: %v", err)
	}
	s.Exact = false
	if err := s.CheckExact(3, 2); err != nil {
		t.Error(err)
	}
}

func TestIndexDefinitionIsTheLastMigrations(t *testing.T) {
	files := fstest.MapFS{
		"00001_a.sql": {Data: []byte("CREATE TABLE x (a int);\nCREATE INDEX one ON x (a);\nCREATE INDEX other ON x (b);\n")},
		"00002_b.sql": {Data: []byte("DROP INDEX one;\nCREATE INDEX one ON x\n  (a, b);\n")},
	}
	got, err := IndexDefinition(files, "one")
	if err != nil || got != "CREATE INDEX one ON x\n  (a, b)" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := IndexDefinition(files, "none"); err == nil {
		t.Error("an index that no migration creates is found")
	}
}

// What the audit is told is no load of data, however much it is.
func TestTheAuditIsAside(t *testing.T) {
	n := 0
	for _, s := range Statements() {
		if audit := strings.HasPrefix(s.text, "INSERT INTO audit (") || strings.HasPrefix(s.text, "INSERT INTO audit_subject ("); audit != s.Aside {
			t.Errorf("%s is aside: %v", s, s.Aside)
		} else if audit {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d statements write to the audit, want 2", n)
	}
}
