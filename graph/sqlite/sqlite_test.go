package sqlite_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/graphtest"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/testkit"
)

func open(tb testing.TB) graph.Database {
	tb.Helper()
	return openFile(tb, filepath.Join(testkit.Folder(tb), "store.db"))
}

func openFile(tb testing.TB, path string) graph.Database {
	tb.Helper()
	db, err := sqlite.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// copies gives copies of a file that was migrated once.
func copies(t *testing.T) func(testing.TB) graph.Database {
	whole := filepath.Join(t.TempDir(), "whole.db")
	db, err := sqlite.Open(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Migrate(t.Context())
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	return func(tb testing.TB) graph.Database {
		path := filepath.Join(testkit.Folder(tb), "store.db")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			tb.Fatal(err)
		}
		return openFile(tb, path)
	}
}

func TestConformance(t *testing.T) { graphtest.Run(t, open, copies(t)) }

func Benchmark(b *testing.B) { graphtest.Benchmark(b, open) }
