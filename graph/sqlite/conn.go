package sqlite

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/karna-registry/karna/graph/relational"
)

// conn is one connection to the library. One goroutine at a time uses it;
// interrupt alone may be called by another.
type conn struct {
	tls        *libc.TLS
	db         uintptr
	statements []*stmt // by relational.Statement.Number
	inserts    []*stmt // by relational.Table.Number
	others     map[string]*stmt
	out        uintptr // two pointers for the library to write to
	arena      arena
	steps      int
}

// stmt is a prepared statement.
type stmt struct {
	handle uintptr
	params int32
}

// libraryError is a failure as the library reports it.
type libraryError struct {
	code    int32 // extended
	message string
}

func (e *libraryError) Error() string { return fmt.Sprintf("sqlite: %s (%d)", e.message, e.code) }

// hasCode tells whether err is of a primary result code.
func hasCode(err error, primary int32) bool {
	var e *libraryError
	return errors.As(err, &e) && e.code&0xff == primary
}

// pointer is an address of the library's memory, which Go's collector neither
// owns nor moves, as a pointer.
func pointer(address uintptr) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&address))
}

const pointerSize = types.Size_t(unsafe.Sizeof(uintptr(0)))

func open(path string, flags int32) (*conn, error) {
	registerMemory()
	c := &conn{
		tls:        libc.NewTLS(),
		statements: make([]*stmt, len(relational.Statements())),
		inserts:    make([]*stmt, len(relational.Tables())),
		others:     map[string]*stmt{},
	}
	c.out = libc.Xmalloc(c.tls, 2*pointerSize)
	name, err := libc.CString(path)
	if err != nil {
		c.close()
		return nil, err
	}
	defer libc.Xfree(c.tls, name)
	*(*uintptr)(pointer(c.out)) = 0
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, c.out, flags|sqlite3.SQLITE_OPEN_NOMUTEX, registerLog())
	c.db = *(*uintptr)(pointer(c.out))
	if rc != sqlite3.SQLITE_OK {
		err := c.failure(rc)
		c.close()
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	if err := c.keepPlans(); err != nil {
		c.close()
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	return c, nil
}

// keepPlans has statements planned without a look at their parameters. Else one
// whose plan might be another for other values is prepared anew for each.
func (c *conn) keepPlans() error {
	arguments := libc.Xmalloc(c.tls, 2*pointerSize)
	if arguments == 0 {
		return errors.New("no memory for a setting")
	}
	defer libc.Xfree(c.tls, arguments)
	if rc := sqlite3.Xsqlite3_db_config(c.tls, c.db, sqlite3.SQLITE_DBCONFIG_ENABLE_QPSG, libc.VaList(arguments, int32(1), uintptr(0))); rc != sqlite3.SQLITE_OK {
		return c.failure(rc)
	}
	return nil
}

func (c *conn) close() {
	finalize := func(s *stmt) {
		if s != nil {
			sqlite3.Xsqlite3_finalize(c.tls, s.handle)
		}
	}
	for _, s := range c.statements {
		finalize(s)
	}
	for _, s := range c.inserts {
		finalize(s)
	}
	for _, s := range c.others {
		finalize(s)
	}
	if c.db != 0 {
		sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	}
	c.arena.free(c.tls)
	libc.Xfree(c.tls, c.out)
	c.tls.Close()
}

func (c *conn) failure(rc int32) error {
	if c.db == 0 {
		return &libraryError{rc, libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))}
	}
	return &libraryError{rc, libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))}
}

func (c *conn) prepare(text string) (*stmt, error) {
	zText, err := libc.CString(text)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, zText)
	rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, zText, int32(len(text)+1), sqlite3.SQLITE_PREPARE_PERSISTENT, c.out, c.out+uintptr(pointerSize))
	if rc != sqlite3.SQLITE_OK {
		return nil, fmt.Errorf("preparing %q: %w", text, c.failure(rc))
	}
	s := &stmt{handle: *(*uintptr)(pointer(c.out))}
	s.params = sqlite3.Xsqlite3_bind_parameter_count(c.tls, s.handle)
	return s, nil
}

// dialect is SQLite's: the file's write lock is all the locking there is.
var dialect = relational.Dialect{Prefix: "?", Fail: "OR FAIL "}

// statement is the prepared form of a shared statement.
func (c *conn) statement(s *relational.Statement) (*stmt, error) {
	if p := c.statements[s.Number]; p != nil {
		return p, nil
	}
	p, err := c.prepare(s.Single(dialect))
	if err == nil {
		c.statements[s.Number] = p
	}
	return p, err
}

// text is the prepared form of a statement of this engine's own.
func (c *conn) text(text string) (*stmt, error) {
	if p := c.others[text]; p != nil {
		return p, nil
	}
	p, err := c.prepare(text)
	if err == nil {
		c.others[text] = p
	}
	return p, err
}

// exec runs a statement of this engine's own that returns no rows that matter.
func (c *conn) exec(ctx context.Context, text string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s, err := c.text(text)
	if err != nil {
		return err
	}
	_, err = c.run(s)
	return err
}

// step runs a statement to its next row. It counts with nothing to guard the
// count: the race detector does not watch the library (see the Makefile), and so
// sees two goroutines use one connection.
func (c *conn) step(s *stmt) int32 {
	c.steps++
	return sqlite3.Xsqlite3_step(c.tls, s.handle)
}

// run steps a bound statement to its end and readies it for the next time.
func (c *conn) run(s *stmt) (changes int64, err error) {
	rc := c.step(s)
	for rc == sqlite3.SQLITE_ROW {
		rc = c.step(s)
	}
	if rc == sqlite3.SQLITE_DONE {
		changes = int64(sqlite3.Xsqlite3_changes(c.tls, c.db))
	} else {
		err = c.failure(rc)
	}
	sqlite3.Xsqlite3_reset(c.tls, s.handle)
	return changes, err
}

// changes is how many rows were inserted, updated and deleted over the connection.
func (c *conn) changes() int64 { return int64(sqlite3.Xsqlite3_total_changes64(c.tls, c.db)) }

// integer reads one number, such as a pragma's.
func (c *conn) integer(text string) (int64, error) {
	s, err := c.text(text)
	if err != nil {
		return 0, err
	}
	defer sqlite3.Xsqlite3_reset(c.tls, s.handle)
	switch rc := c.step(s); rc {
	case sqlite3.SQLITE_ROW:
		return sqlite3.Xsqlite3_column_int64(c.tls, s.handle, 0), nil
	case sqlite3.SQLITE_DONE:
		return 0, fmt.Errorf("%s gave nothing", text)
	default:
		return 0, c.failure(rc)
	}
}

func (c *conn) inTransaction() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// interruptible lets the end of ctx stop the statement that runs until the
// returned function is called.
func (c *conn) interruptible(ctx context.Context) func() {
	if ctx.Done() == nil {
		return func() {}
	}
	finished := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(finished)
		sqlite3.Xsqlite3_interrupt(c.tls, c.db)
	})
	return func() {
		if !stop() {
			<-finished
		}
	}
}

// arena is memory outside Go's heap that bound values are copied to. It is
// reused from the start for every statement.
type arena struct {
	blocks [][2]uintptr // address, size
	used   uintptr      // of the last block
}

const arenaBlock = 64 << 10

// reset makes the arena empty. What was bound from it must not be used again.
func (a *arena) reset(tls *libc.TLS) {
	for len(a.blocks) > 1 {
		libc.Xfree(tls, a.blocks[len(a.blocks)-1][0])
		a.blocks = a.blocks[:len(a.blocks)-1]
	}
	a.used = 0
}

func (a *arena) free(tls *libc.TLS) {
	for _, b := range a.blocks {
		libc.Xfree(tls, b[0])
	}
	a.blocks = nil
}

// alloc gives n bytes, or 0 when there is no memory.
func (a *arena) alloc(tls *libc.TLS, n uintptr) uintptr {
	if len(a.blocks) == 0 || a.used+n > a.blocks[len(a.blocks)-1][1] {
		size := max(n, arenaBlock)
		p := libc.Xmalloc(tls, types.Size_t(size))
		if p == 0 {
			return 0
		}
		a.blocks, a.used = append(a.blocks, [2]uintptr{p, size}), 0
	}
	p := a.blocks[len(a.blocks)-1][0] + a.used
	a.used += n
	return p
}
