package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/graphtest"
	"github.com/karna-registry/karna/model"
)

func TestMigrations(t *testing.T) {
	bytes := func(b []byte) string { return fmt.Sprintf("x'%x'", b) }
	graphtest.Migrations(t, graphtest.Older{Migrated: migrated, ID: func(id model.EntityID) string { return bytes(id[:]) }, Bytes: bytes})
}

func migrated(t *testing.T, version int64, rows []string) graph.Store {
	path := filepath.Join(t.TempDir(), "store.db")
	before, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, before, files)
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
	db, err := Open(t.Context(), path)
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

// A store that a newer release has migrated is not for this one to migrate.
func TestAStoreOfANewerReleaseSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	newer, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newer.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := newer.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := db.CreateTenant(t.Context(), "0136"); !errors.Is(err, graph.ErrNewerSchema) || errors.Is(err, graph.ErrSchema) {
		t.Errorf("it is answered %v", err)
	}
}
