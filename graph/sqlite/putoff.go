package sqlite

import (
	"context"
	"fmt"
	"io/fs"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/karna-registry/karna/graph/relational"
)

// PutOffIndexes drops the indexes that a first load does not need. That they are
// not there is all that says so: the schema is part of the transaction.
func (e *engine) PutOffIndexes(ctx context.Context, s relational.Session) error {
	for _, index := range relational.PutOff {
		if err := s.(*session).conn.define(ctx, "DROP INDEX IF EXISTS "+index); err != nil {
			return fmt.Errorf("dropping index %s: %w", index, err)
		}
	}
	return nil
}

// RestoreIndexes creates those of them that are not there.
func (e *engine) RestoreIndexes(ctx context.Context, s relational.Session) error {
	migrations, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	c := s.(*session).conn
	// Sorting takes as much memory as the page cache may: what the cache gives up
	// is what the sort may have.
	if err := c.exec(ctx, sortingCache); err != nil {
		return err
	}
	defer func() { _ = c.exec(context.WithoutCancel(ctx), e.cache) }()
	for _, index := range relational.PutOff {
		definition, err := relational.IndexDefinition(migrations, index)
		if err != nil {
			return err
		}
		there, err := c.integer("SELECT count(*) FROM sqlite_schema WHERE name = '" + index + "'")
		if err != nil {
			return err
		}
		if there > 0 {
			continue
		}
		if err := c.define(ctx, definition); err != nil {
			return fmt.Errorf("%s: %w", definition, err)
		}
	}
	return nil
}

// define changes the schema with a statement that is not kept; ctx may interrupt
// it.
func (c *conn) define(ctx context.Context, text string) error {
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	defer sqlite3.Xsqlite3_finalize(c.tls, s.handle)
	done := c.interruptible(ctx)
	_, err = c.run(s)
	done()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
