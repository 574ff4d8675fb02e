// Package sqlite is the embedded engine behind the graph port: one SQLite file
// in WAL mode, one writer, any number of readers. It owns the file, its
// connections and its migrations; what rows mean is graph/relational's.
//
// It calls the SQLite library directly and not through database/sql, whose
// conversions and locks cost more than the look-up of a row. Statements are
// prepared once for each connection, and values are bound from one block of
// memory for each call.
//
// # Processes
//
// Several processes may have the file open. Readers never wait. Writers take
// turns, transaction by transaction; one that cannot get its turn within a time
// fails with graph.ErrLocked. A process that is killed leaves no lock behind,
// and a commit is on disk when it returns (synchronous=FULL).
package sqlite
