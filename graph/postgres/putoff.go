package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/karna-registry/karna/graph/relational"
)

// putOff adds the change feed, whose table has the order of its index elsewhere.
var putOff = append(slices.Clip(relational.PutOff), "change_revision")

// PutOffIndexes drops the indexes that a first load does not need. That they are
// not there is all that says so: the catalogue is part of the transaction.
func (e *engine) PutOffIndexes(ctx context.Context, s relational.Session) error {
	for _, index := range putOff {
		if err := s.(*session).execText(ctx, "DROP INDEX IF EXISTS "+index); err != nil {
			return fmt.Errorf("dropping index %s: %w", index, err)
		}
	}
	return nil
}

// sortMemory is what building an index may take of the server's memory, if the
// server's own setting is less.
const sortMemory = `SELECT set_config('maintenance_work_mem', '128MB', true) FROM pg_settings
	WHERE name = 'maintenance_work_mem' AND setting::bigint < 131072`

// RestoreIndexes creates those of them that are not there. The table is looked
// for first, for to create an index takes a lock even when it is there.
func (e *engine) RestoreIndexes(ctx context.Context, s relational.Session) error {
	migrations, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	session := s.(*session)
	if err := session.execText(ctx, sortMemory); err != nil {
		return err
	}
	for _, index := range putOff {
		definition, err := relational.IndexDefinition(migrations, index)
		if err != nil {
			return err
		}
		there, err := session.hasRelation(ctx, index)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		if err := session.execText(ctx, definition); err != nil {
			return fmt.Errorf("%s: %w", definition, err)
		}
	}
	return nil
}

// execText runs a statement of this engine's own at once.
func (s *session) execText(ctx context.Context, text string) error {
	if err := s.queue.flush(); err != nil {
		return err
	}
	return s.exec(ctx, text)
}

func (s *session) hasRelation(ctx context.Context, name string) (bool, error) {
	if err := s.queue.flush(); err != nil {
		return false, err
	}
	r := s.pg.ExecParams(ctx, "SELECT to_regclass($1) IS NOT NULL", [][]byte{[]byte(name)}, []uint32{oidText}, nil, nil).Read()
	if r.Err != nil {
		return false, r.Err
	}
	return len(r.Rows) == 1 && string(r.Rows[0][0]) == "t", nil
}
