package postgres

import (
	"context"
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/relational"
)

// visit runs a statement once and gives each row's values in binary: a number as
// its bytes, the most significant first, what is NULL as nil.
func (s *session) visit(ctx context.Context, text string, each func(values [][]byte)) error {
	if err := s.queue.flush(); err != nil {
		return err
	}
	result := s.pg.ExecParams(ctx, text, nil, nil, nil, inBinary)
	var wide [][]byte
	for result.NextRow() {
		values := result.Values()
		wide = wide[:0]
		for i, v := range values {
			wide = append(wide, widened(v, result.FieldDescriptions()[i].DataTypeOID))
		}
		each(wide)
	}
	_, err := result.Close()
	return err
}

// widened is a number as eight bytes, and any other value as it is.
func widened(v []byte, oid uint32) []byte {
	const int8OID, int2OID, int4OID = 20, 21, 23
	if v == nil || len(v) >= 8 || oid != int2OID && oid != int4OID && oid != int8OID {
		return v
	}
	out := make([]byte, 8)
	if v[0]&0x80 != 0 {
		for i := range out {
			out[i] = 0xff
		}
	}
	copy(out[8-len(v):], v)
	return out
}

// EveryColumn lists the columns of the schema's tables.
func (*engine) EveryColumn() string {
	return `SELECT c.relname::text, a.attname::text FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY c.relname, a.attnum`
}

// Visit runs a statement once.
func (*engine) Visit(ctx context.Context, lent relational.Session, text string, visit func(values [][]byte)) error {
	return lent.(*session).visit(ctx, text, visit)
}

// Scrub vacuums the tables. What is outside of a role's reach it tells.
func (e *engine) Scrub(ctx context.Context, _ [][]byte) (graph.Residue, error) {
	left := graph.Residue{Remains: []string{
		"rows that a transaction begun before the erasure can still see, until it has ended and the tables are vacuumed again",
		"the bytes of pages' free space, until other rows are written there or the table is written anew (VACUUM FULL)",
		"the write-ahead log, its archive, standby servers and backups, until they are recycled or removed",
	}}
	s, err := e.acquire(ctx)
	if err != nil {
		return left, err
	}
	defer s.Release()
	var tables []string
	if err := s.visit(ctx, `SELECT pg_catalog.quote_ident(c.relname) FROM pg_catalog.pg_class AS c
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname`, func(v [][]byte) { tables = append(tables, string(v[0])) }); err != nil {
		return left, fmt.Errorf("listing the tables: %w", err)
	}
	for _, table := range tables {
		if err := s.exec(ctx, "VACUUM "+table); err != nil {
			return left, fmt.Errorf("vacuuming %s: %w", table, err)
		}
	}
	return left, nil
}
