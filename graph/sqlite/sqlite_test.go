package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/graphtest"
	"github.com/karna-registry/karna/graph/sqlite"
)

func open(tb testing.TB) graph.Database {
	tb.Helper()
	db, err := sqlite.Open(tb.Context(), filepath.Join(tb.TempDir(), "store.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

func TestConformance(t *testing.T) { graphtest.Run(t, open) }

func Benchmark(b *testing.B) { graphtest.Benchmark(b, open) }
