package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the database/sql driver, which goose needs

	"github.com/karna-registry/karna/graph"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate applies the migrations that the file has not had.
func (e *engine) Migrate(ctx context.Context) (applied []string, err error) {
	// The writer is held, so that no transaction of this process is in the way.
	select {
	case e.writing <- struct{}{}:
		defer func() { <-e.writing }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if e.writer == nil {
		return nil, graph.ErrClosed
	}
	dsn := url.URL{Scheme: "file", Opaque: url.PathEscape(e.path), RawQuery: url.Values{
		"_pragma": {fmt.Sprintf("busy_timeout(%d)", e.lockTimeout.Milliseconds()), "synchronous(FULL)"}, "_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return nil, err
	}
	results, err := p.Up(ctx)
	for _, r := range results {
		applied = append(applied, r.Source.Path)
	}
	return applied, err
}

// SchemaVersion is the file's version and the program's.
func (e *engine) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	if want, err = programVersion(); err != nil {
		return 0, 0, err
	}
	c, err := e.reader(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer e.putBack(c)
	there, err := c.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version'")
	if err != nil || there == 0 {
		return 0, want, err
	}
	have, err = c.integer("SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied = 1")
	return have, want, err
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
