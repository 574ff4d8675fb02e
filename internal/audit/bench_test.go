package audit_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// BenchmarkAppend is what it costs to tell of one person shown, of callers who
// each wait until theirs is durable before they come again. cpu-µs/op is the
// CPU of the program and of all of PostgreSQL (issue 5: at most 100),
// program-cpu-µs/op what of it is the program's.
func BenchmarkAppend(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { appending(b, audit.New(newStore(b), newKeys(b), nil), "") })
	b.Run("postgres", func(b *testing.B) {
		dsn := testkit.Postgres(b)
		pg, err := postgres.Open(b.Context(), dsn)
		appending(b, audit.New(openStore(b, pg, err), newKeys(b), nil), dsn)
	})
}

func appending(b *testing.B, l *audit.Log, dsn string) {
	next := testkit.IDs(11)
	persons := make([]model.EntityID, 10_000)
	for i := range persons {
		persons[i] = next()
	}
	cpu, program := testkit.CPU(b, dsn), testkit.CPU(b, "")
	for _, callers := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			b.ReportAllocs()
			var told atomic.Int64
			tell := func() {
				for i := told.Add(1); i <= int64(b.N); i = told.Add(1) {
					err := l.Append(b.Context(), audit.Entry{
						Actor: "berit.berg@kommun.example", Role: "reader", Operation: "query person", Purpose: "ärende 2026/17",
						Subjects: []model.EntityID{persons[i%int64(len(persons))]},
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			}
			used, own := cpu(), program()
			b.ResetTimer()
			var wait sync.WaitGroup
			for range callers {
				wait.Go(tell)
			}
			wait.Wait()
			b.StopTimer()
			b.ReportMetric(float64(own().Nanoseconds())/1000/float64(b.N), "program-cpu-µs/op")
			b.ReportMetric(float64(used().Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
}
