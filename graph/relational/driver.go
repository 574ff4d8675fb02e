package relational

import (
	"context"

	"github.com/karna-registry/karna/graph"
)

// Engine is a database engine as this package needs it. Sessions that it lends
// are used by one goroutine at a time and are always released.
type Engine interface {
	// Read lends a session for one or a few statements, each of which sees the
	// latest committed state.
	Read(ctx context.Context) (Session, error)
	// Snapshot lends a session whose statements all see one committed state.
	Snapshot(ctx context.Context) (Session, error)
	// Write lends a session in a transaction that may write. Statements of a
	// tenant's transactions are serialised by LockTenant, which comes first.
	Write(ctx context.Context) (Session, error)
	// Retryable tells whether the whole transaction that failed with err should
	// be run again, and waits as long as is wise before that. The attempt counts
	// from 1.
	Retryable(ctx context.Context, err error, attempt int) bool
	// Duplicate tells whether err says that a unique key is taken.
	Duplicate(err error) bool

	// SchemaVersion is the version of the schema in the database (0 when there
	// is none) and the one that this program was written for.
	SchemaVersion(ctx context.Context) (have, want int64, err error)
	Migrate(ctx context.Context) (applied []string, err error)

	// ReadsBeside tells whether a session of Read costs what one of Write does
	// while another is committed now and then.
	ReadsBeside() bool

	// Remote tells whether a statement is a message to another process, so that
	// one for many keys costs much less than one for each.
	Remote() bool

	// PutOffIndexes may take away the indexes named by PutOff, in the transaction
	// that begins a first load into a database without another tenant's rows.
	PutOffIndexes(ctx context.Context, s Session) error
	// RestoreIndexes builds those that are not there.
	RestoreIndexes(ctx context.Context, s Session) error

	// EveryColumn is a statement that lists the columns of all tables: a row of the
	// table's name and the column's, in the order of both.
	EveryColumn() string
	// Visit runs a statement without arguments and gives each row's values, valid
	// until visit returns: a number as eight bytes, the most significant first, and
	// what is NULL as nil.
	Visit(ctx context.Context, s Session, text string, visit func(values [][]byte)) error
	// Scrub takes what rows that are gone have left out of the engine's files, and
	// looks for needles in what it can.
	Scrub(ctx context.Context, needles [][]byte) (graph.Residue, error)

	Close() error
}

// AuditAppender is an engine that appends to the audit in one exchange.
type AuditAppender interface {
	// AppendAudit appends entries to a tenant's audit and sets its end, in a
	// transaction of its own, if the end is where they follow. Else it does nothing.
	AppendAudit(ctx context.Context, tenant int64, after, end graph.AuditHead, entries []graph.AuditEntry) (appended bool, err error)
}

// Session is a connection on loan.
type Session interface {
	// Query runs a statement without keys. The rows must be closed before the
	// session is used again.
	Query(ctx context.Context, s *Statement, args func(Writer)) (Rows, error)
	// Lookup runs a statement for each of n keys. Rows come in the order of the
	// keys (of a Told statement in any), and within a key in the statement's order.
	Lookup(ctx context.Context, s *Statement, args func(Writer), n int, key func(i int, w Writer)) (Rows, error)
	// Exec, ExecEach and Insert may put off the work, and the report of what went
	// wrong, to the session's next query or its commit.

	// Exec runs a statement without keys that changes rows.
	Exec(ctx context.Context, s *Statement, args func(Writer)) error
	// ExecEach runs a changing statement for each of n keys. It fails if the
	// statement is Exact and a key changes no row.
	ExecEach(ctx context.Context, s *Statement, args func(Writer), n int, key func(i int, w Writer)) error
	// Insert adds n rows that are not there yet.
	Insert(ctx context.Context, t *Table, n int, row func(i int, w Writer)) error

	// Commit ends a writing session's transaction. What was not committed when
	// the session is released is rolled back.
	Commit(ctx context.Context) error
	Release()
}

// Writer takes the values of a row, a key or a statement's arguments in order.
// It keeps none of the slices.
type Writer interface {
	Int(int64)
	ID([16]byte)
	Bytes([]byte)
	Text(string)
	Null()
}

// Rows is a cursor. Its accessors read the current row by column, from 0; what
// Bytes returns is valid until the next call of Next or Close.
type Rows interface {
	Next() bool
	// Key is the index of the key that the current row answers.
	Key() int
	Null(col int) bool
	Int(col int) int64
	ID(col int) [16]byte
	Bytes(col int) []byte
	Text(col int) string
	// Close ends the cursor and says what went wrong, if anything did.
	Close() error
}

// Type is a column's type.
type Type uint8

// The types. Engines may store several of them alike.
const (
	SmallInt Type = iota
	Integer
	BigInt
	Text
	Bytes
	ID // 16 bytes: an EntityID or a Hash
)

// Column is a named and typed column of a table or of a statement's keys.
type Column struct {
	Name string
	Type Type
}

// Table is a table that rows are inserted into in bulk.
type Table struct {
	// Number is the table's place among Tables, for an engine's own caches.
	Number  int
	Name    string
	Columns []Column
}
