// Package relational is what every relational engine behind the graph port
// shares: the schema as the program sees it, every statement, the mapping
// between rows and the types of graph, and the rules of revisions, first loads
// and tenants. It owns the meaning of a stored row. It never knows which engine
// runs it: an engine supplies sessions (query, look-up by a set of keys, bulk
// insert, commit) and the few things that only it can do, through Engine.
//
// # Statements
//
// A statement is written once, for one key, and is expanded by the engine: a
// Lookup of many keys is one statement over an array in PostgreSQL and one
// prepared statement stepped for each key in SQLite, whose calls cost less than
// the parsing of a list. Statement says how it is written.
//
// # Reading without a transaction
//
// A Reader of the present borrows a connection for each statement and holds
// none while it yields, so a slow consumer neither keeps a connection from
// others nor keeps old rows from being cleaned away. A stream longer than a page
// may therefore see commits made after it began; each page is one committed
// state, no row is yielded twice and none that was there throughout is missed.
// Snapshot gives one state for any number of calls.
//
// # A first load
//
// A tenant's row says whether a load is under way. Until it is published the
// tenant's revision is 0, and readers of the present answer golden reads from
// that: nothing is there. Transactions see what is being loaded.
package relational
