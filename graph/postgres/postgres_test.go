package postgres_test

import (
	"errors"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/graphtest"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

func open(tb testing.TB) graph.Database {
	tb.Helper()
	return openDSN(tb, testkit.Postgres(tb))
}

func openDSN(tb testing.TB, dsn string) graph.Database {
	tb.Helper()
	db, err := postgres.Open(tb.Context(), dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// copies gives copies of a database that was migrated once.
func copies(t *testing.T) func(testing.TB) graph.Database {
	whole := testkit.Postgres(t)
	db, err := postgres.Open(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Migrate(t.Context())
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return func(tb testing.TB) graph.Database { return openDSN(tb, testkit.PostgresLike(tb, whole)) }
}

func TestConformance(t *testing.T) { graphtest.Run(t, open, copies(t)) }

func Benchmark(b *testing.B) { graphtest.Benchmark(b, open) }

func TestWhatLiesAlongARouteIsReadAhead(t *testing.T) {
	db := copies(t)(t)
	store, err := db.CreateTenant(t.Context(), "0136")
	if err != nil {
		t.Fatal(err)
	}
	id := model.EntityID{1}
	got, err := store.Travel(t.Context(), &graph.Route{IDs: []model.EntityID{id}, Disclosure: model.Open})
	if err != nil {
		t.Fatal(err)
	}
	if got == nil || len(got.Goldens) != 1 || got.Goldens[id].State != graph.Absent {
		t.Errorf("of one record, which is not there: %+v", got)
	}
}
