package registry_test

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// linked is a delivery of a person who holds n roles.
func linked(person, n int) string {
	var rows strings.Builder
	fmt.Fprintf(&rows, "P;%d;Anna;Berg;;;\n", person)
	for i := range n {
		fmt.Fprintf(&rows, "R;r%d-%d;Ledamot;;;employment;%d\n", person, i, person)
	}
	return rows.String()
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
		w := newOfficeWorld(t, db)
		w.tell(t, linked(1, roles))
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

// BenchmarkLateFlag is a delta that flags a person with a thousand links, another
// person each time (issue 5: at most 50 ms). cpu-ms/op is the CPU of the program and of all of PostgreSQL.
func BenchmarkLateFlag(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { lateFlag(b, openSQLite(b), "") })
	b.Run("postgres", func(b *testing.B) {
		dsn := testkit.Postgres(b)
		lateFlag(b, openPostgresAt(b, dsn), dsn)
	})
}

func lateFlag(b *testing.B, db graph.Database, dsn string) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the program has it
	w := newOfficeWorld(b, db)
	cpu := testkit.CPU(b, dsn)
	const before = 3 // that do not count: what is prepared once
	var sum time.Duration
	raise := func(person int) {
		b.StopTimer()
		w.tell(b, linked(person, 1000))
		used := cpu()
		b.StartTimer()
		w.tell(b, fmt.Sprintf("P;%d;Anna;Berg;sekretessmarkering;;\n", person))
		b.StopTimer()
		sum += used()
		b.StartTimer()
	}
	for person := range before {
		raise(person)
	}
	if dsn != "" {
		testkit.Settle(b, dsn)
	}
	sum = 0
	b.ResetTimer()
	for person := range b.N {
		raise(before + person)
	}
	b.ReportMetric(float64(sum.Microseconds())/1000/float64(b.N), "cpu-ms/op")
}
