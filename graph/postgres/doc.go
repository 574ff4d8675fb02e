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
// nested loop, and sequential scans where an index will do. Statements are
// planned once for all. Over a set of keys the look-up of a row is fenced, so that
// the keys drive it whatever the planner believes of the tables' sizes; indexes
// that begin alike are told apart by a condition that statements state.
//
// # Conflicts
//
// Writers of a tenant are serialised on its row, which is locked first. Nothing
// rests on sequences, triggers, advisory locks or LISTEN. A transaction that
// fails with a serialisation failure or a deadlock is run again as a whole.
package postgres
