package postgres_test

import (
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/graphtest"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/internal/testkit"
)

func open(tb testing.TB) graph.Database {
	tb.Helper()
	db, err := postgres.Open(tb.Context(), testkit.Postgres(tb))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

func TestConformance(t *testing.T) { graphtest.Run(t, open) }

func Benchmark(b *testing.B) { graphtest.Benchmark(b, open) }
