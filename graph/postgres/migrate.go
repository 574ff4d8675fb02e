package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate applies the migrations that the schema has not had, and makes the
// schema that the search_path begins with if it is not there.
func (e *engine) Migrate(ctx context.Context) (applied []string, err error) {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return nil, mapClosed(err)
	}
	c.Release()
	config := e.pool.Config().ConnConfig
	db := stdlib.OpenDB(*config)
	defer db.Close()
	if schema := firstSchema(config); schema != "" {
		if _, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{schema}.Sanitize()); err != nil {
			return nil, fmt.Errorf("making schema %q: %w", schema, err)
		}
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return nil, err
	}
	results, err := p.Up(ctx)
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	return applied, err
}

// firstSchema is the first schema of the DSN's search_path, or empty.
func firstSchema(config *pgx.ConnConfig) string {
	first, _, _ := strings.Cut(config.RuntimeParams["search_path"], ",")
	first = strings.Trim(strings.TrimSpace(first), `"`)
	if first == "$user" {
		return ""
	}
	return first
}

// ownVersions tells whether the schema has had migrations: the one that the
// search_path begins with, even if it is not there, for another behind it may
// have had its own.
const ownVersions = `SELECT to_regclass(quote_ident(coalesce(nullif($1, ''), current_schema())) || '.goose_db_version') IS NOT NULL`

// SchemaVersion is the schema's version and the program's.
func (e *engine) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	if want, err = programVersion(); err != nil {
		return 0, 0, err
	}
	var there bool
	if err := e.pool.QueryRow(ctx, ownVersions, firstSchema(e.pool.Config().ConnConfig)).Scan(&there); err != nil || !there {
		return 0, want, mapClosed(err)
	}
	err = e.pool.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&have)
	return have, want, mapClosed(err)
}

// programVersion is the number of the last migration.
func programVersion() (version int64, err error) {
	files, err := migrationFiles.ReadDir("migrations")
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		number, _, _ := strings.Cut(f.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s: %w", f.Name(), err)
		}
		version = max(version, n)
	}
	return version, nil
}
