package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// linked is a world with a person who holds n roles.
func linked(tb testing.TB, db graph.Database, n int) *officeWorld {
	tb.Helper()
	w := newOfficeWorld(tb, db)
	var rows strings.Builder
	rows.WriteString("P;1;Anna;Berg;;;\n")
	for i := range n {
		fmt.Fprintf(&rows, "R;r%d;Ledamot;;;employment;1\n", i)
	}
	w.tell(tb, rows.String())
	return w
}

// classes counts the golden roles of a class.
func (w *officeWorld) classes(tb testing.TB, class model.Disclosure) (n int) {
	tb.Helper()
	for row, err := range w.store.Scan(tb.Context(), model.Role, 0) {
		if err != nil {
			tb.Fatal(err)
		}
		if row.Disclosure == class {
			n++
		}
	}
	return n
}

// A late flag closes the person and every role that would reveal them in one
// transaction, and the change feed has them all in its one revision.
func TestALateFlagClosesAllInOneRevision(t *testing.T) {
	const roles = 50
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := linked(t, db, roles)
		before, err := w.store.Revision(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.tell(t, "P;1;Anna;Berg;sekretessmarkering;;\n")
		after, err := w.store.Revision(t.Context())
		if err != nil || after != before+1 {
			t.Fatalf("a late flag makes revisions %d to %d, %v", before+1, after, err)
		}
		if n := w.classes(t, model.Protected); n != roles {
			t.Errorf("%d of %d roles are closed", n, roles)
		}
		told := 0
		for c, err := range w.store.Changes(t.Context(), graph.ChangePosition{Revision: before + 1}, 1000) {
			if err != nil {
				t.Fatal(err)
			}
			if c.Revision == after {
				told++
			}
		}
		if told != roles+1 {
			t.Errorf("the feed tells of %d changes, want %d", told, roles+1)
		}
	})
}

// BenchmarkLateFlag is a delta that flags a person with a thousand links (issue 5:
// at most 50 ms).
func BenchmarkLateFlag(b *testing.B) {
	for name, open := range map[string]func(testing.TB) graph.Database{"sqlite": openSQLite, "postgres": openPostgres} {
		b.Run(name, func(b *testing.B) {
			w := linked(b, open(b), 1000)
			heads, err := w.store.Heads(b.Context(), []model.RecordKey{{Source: "a", Kind: model.Person, LocalID: "1"}})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				w.tell(b, "P;1;Anna;Berg;sekretessmarkering;;\n")
				b.StopTimer()
				w.tell(b, "P;1;Anna;Berg;none;;\n")
				if _, err := w.registry.LowerProtection(b.Context(), "Åsa", heads[0].Golden, model.ProtectionNone, "again"); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
