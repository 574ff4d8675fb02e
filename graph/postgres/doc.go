// Package postgres is the PostgreSQL engine behind the graph port: one schema
// (the first of the connection's search_path) for any number of tenants. It owns
// the connections, the binary encoding of what goes over them and the
// migrations; what rows mean is graph/relational's.
//
// It speaks pgx's own interface and not database/sql: look-ups of many keys are
// one statement over arrays, rows come in by COPY, and values are encoded and
// decoded in PostgreSQL's binary form without reflection.
//
// # Plans that do not depend on statistics
//
// Right after a bulk load PostgreSQL knows nothing about the tables, so a plan
// must not depend on what it knows. Connections turn off every join but the
// nested loop, and sequential scans where an index will do. A look-up is planned
// once for all; its inner side is fenced, so that whatever the tables' sizes the
// keys drive it. A statement that changes rows under many keys cannot be fenced
// so, and is planned each time, when the sizes of table and keys are known.
//
// # Conflicts
//
// Writers of a tenant are serialised on its row, which is locked first. Nothing
// rests on sequences, triggers, advisory locks or LISTEN. A transaction that
// fails with a serialisation failure or a deadlock is run again as a whole.
package postgres
