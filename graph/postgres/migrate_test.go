package postgres

import (
	"database/sql"
	"fmt"
	"io/fs"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver, which goose needs
	"github.com/pressly/goose/v3"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/graphtest"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

func TestMigrations(t *testing.T) {
	graphtest.Migrations(t, graphtest.Older{
		Migrated: migrated,
		ID:       func(id model.EntityID) string { return "'" + id.String() + "'" },
		Bytes:    func(b []byte) string { return fmt.Sprintf(`'\x%x'`, b) },
	})
}

func migrated(t *testing.T, version int64, rows []string) graph.Store {
	dsn := testkit.Postgres(t)
	before, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, before, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if _, err := before.ExecContext(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := db.Tenant(t.Context(), "0136")
	if err != nil {
		t.Fatal(err)
	}
	return store
}
