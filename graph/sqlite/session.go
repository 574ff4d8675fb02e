package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/karna-registry/karna/graph/relational"
)

// session is a connection on loan.
type session struct {
	db     *engine
	conn   *conn
	as     lease
	binder binder
	rows   rows
	aside  int64 // rows changed by statements that are Aside
}

var _ relational.Session = (*session)(nil)

// lease is what a connection is on loan for.
type lease uint8

const (
	lentForSnapshot lease = iota
	lentToRead
	lentExtra
	lentToWrite
)

// ctxEvery is after how many keys or rows a long loop looks at its context.
const ctxEvery = 256

// bindArgs binds a statement's arguments and leaves the binder at its keys.
func (s *session) bindArgs(p *stmt, st *relational.Statement, args func(relational.Writer)) error {
	c := s.conn
	if p.params == 0 {
		return nil
	}
	sqlite3.Xsqlite3_clear_bindings(c.tls, p.handle)
	c.arena.reset(c.tls)
	s.binder = binder{conn: c, stmt: p}
	if args != nil {
		args(&s.binder)
	}
	if s.binder.err == nil && int(s.binder.next) != st.Args() {
		return fmt.Errorf("statement %q takes %d arguments and got %d", st, st.Args(), s.binder.next)
	}
	return s.binder.err
}

// Query runs a statement without keys.
func (s *session) Query(ctx context.Context, st *relational.Statement, args func(relational.Writer)) (relational.Rows, error) {
	return s.Lookup(ctx, st, args, 1, nil)
}

// Lookup steps a statement for each key.
func (s *session) Lookup(ctx context.Context, st *relational.Statement, args func(relational.Writer), n int,
	key func(i int, w relational.Writer)) (relational.Rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p, err := s.conn.statement(st)
	if err != nil {
		return nil, err
	}
	if err := s.bindArgs(p, st, args); err != nil {
		return nil, err
	}
	s.rows = rows{session: s, ctx: ctx, stmt: p, n: n, write: key, args: s.binder.next, key: -1,
		block: len(s.conn.arena.blocks), used: s.conn.arena.used}
	// The keys of one look-up see one state; and a transaction for all of them
	// saves two locks of the file for each.
	if n > 1 && !s.conn.inTransaction() {
		if err := s.conn.exec(ctx, "BEGIN"); err != nil {
			return nil, err
		}
		s.rows.began = true
	}
	if n > 1 || !st.Unique {
		s.rows.done = s.conn.interruptible(ctx)
	}
	return &s.rows, nil
}

// Exec runs a changing statement without keys.
func (s *session) Exec(ctx context.Context, st *relational.Statement, args func(relational.Writer)) error {
	return s.ExecEach(ctx, st, args, 1, func(int, relational.Writer) {})
}

// ExecEach runs a changing statement for each key.
func (s *session) ExecEach(ctx context.Context, st *relational.Statement, args func(relational.Writer), n int,
	key func(i int, w relational.Writer)) error {
	if n == 0 {
		return nil
	}
	if s.as != lentToWrite {
		return errReadOnly
	}
	p, err := s.conn.statement(st)
	if err != nil {
		return err
	}
	if err := s.bindArgs(p, st, args); err != nil {
		return err
	}
	if len(st.Keys) == 0 {
		defer s.conn.interruptible(ctx)() // it may go over a whole table
	}
	changed, err := s.each(ctx, p, n, key)
	if err != nil {
		return err
	}
	if st.Aside {
		s.aside += changed
	}
	return st.CheckExact(n, changed)
}

// each runs a prepared statement, whose arguments are bound, for each key. One
// key is soon done with, and between many the context is looked at.
func (s *session) each(ctx context.Context, p *stmt, n int, key func(i int, w relational.Writer)) (changed int64, err error) {
	arena, first := &s.conn.arena, s.binder.next
	block, used := len(arena.blocks), arena.used
	for i := range n {
		if i%ctxEvery == 0 {
			if err := ctx.Err(); err != nil {
				return changed, err
			}
		}
		s.binder.next = first
		s.rewind(block, used)
		key(i, &s.binder)
		if s.binder.err != nil {
			return changed, s.binder.err
		}
		rows, err := s.conn.run(p)
		if err != nil {
			return changed, s.cancelled(ctx, err)
		}
		changed += rows
	}
	return changed, nil
}

// rewind frees what the key before was bound from, and keeps the arguments.
func (s *session) rewind(block int, used uintptr) {
	arena := &s.conn.arena
	for len(arena.blocks) > max(block, 1) {
		libc.Xfree(s.conn.tls, arena.blocks[len(arena.blocks)-1][0])
		arena.blocks = arena.blocks[:len(arena.blocks)-1]
	}
	arena.used = used
}

// cancelled is the context's error for what the context interrupted.
func (s *session) cancelled(ctx context.Context, err error) error {
	if hasCode(err, sqlite3.SQLITE_INTERRUPT) && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Insert adds rows with one prepared statement: stepping it costs less here
// than a statement of many rows.
func (s *session) Insert(ctx context.Context, t *relational.Table, n int, row func(i int, w relational.Writer)) error {
	if n == 0 {
		return nil
	}
	if s.as != lentToWrite {
		return errReadOnly
	}
	p := s.conn.inserts[t.Number]
	if p == nil {
		var err error
		if p, err = s.conn.prepare(insertText(t)); err != nil {
			return err
		}
		s.conn.inserts[t.Number] = p
	}
	s.conn.arena.reset(s.conn.tls)
	s.binder = binder{conn: s.conn, stmt: p}
	_, err := s.each(ctx, p, n, row)
	return err
}

// insertText is the statement that adds a row. A row of an index that is there
// already is not added again.
func insertText(t *relational.Table) string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	verb := "INSERT"
	switch t.Name {
	case "change", "link", "matchkey":
		verb = "INSERT OR IGNORE"
	}
	return fmt.Sprintf("%s INTO %s (%s) VALUES (?%s)", verb, t.Name, strings.Join(names, ", "), strings.Repeat(", ?", len(names)-1))
}

var errReadOnly = errors.New("the session may not write")

// binder binds values to a statement.
type binder struct {
	conn *conn
	stmt *stmt
	next int32 // how many are bound
	err  error
}

var _ relational.Writer = (*binder)(nil)

func (b *binder) check(rc int32) {
	if rc != sqlite3.SQLITE_OK && b.err == nil {
		b.err = b.conn.failure(rc)
	}
}

// position is the next parameter, or 0 when the statement has no use for it.
func (b *binder) position() int32 {
	b.next++
	if b.next > b.stmt.params {
		return 0
	}
	return b.next
}

func (b *binder) Int(n int64) {
	if i := b.position(); i != 0 {
		b.check(sqlite3.Xsqlite3_bind_int64(b.conn.tls, b.stmt.handle, i, n))
	}
}

func (b *binder) ID(id [16]byte) { b.Bytes(id[:]) }

func (b *binder) Bytes(v []byte) {
	i := b.position()
	switch {
	case i == 0:
	case len(v) == 0:
		b.check(sqlite3.Xsqlite3_bind_zeroblob(b.conn.tls, b.stmt.handle, i, 0))
	default:
		if p := b.copy(v); p != 0 {
			b.check(sqlite3.Xsqlite3_bind_blob(b.conn.tls, b.stmt.handle, i, p, int32(len(v)), 0))
		}
	}
}

func (b *binder) Text(v string) {
	if i := b.position(); i != 0 {
		if p := b.copy(unsafe.Slice(unsafe.StringData(v), len(v))); p != 0 {
			b.check(sqlite3.Xsqlite3_bind_text(b.conn.tls, b.stmt.handle, i, p, int32(len(v)), 0))
		}
	}
}

func (b *binder) Null() {
	if i := b.position(); i != 0 {
		b.check(sqlite3.Xsqlite3_bind_null(b.conn.tls, b.stmt.handle, i))
	}
}

// copy copies a value to the arena, where it stays until the next key.
func (b *binder) copy(v []byte) uintptr {
	p := b.conn.arena.alloc(b.conn.tls, uintptr(max(len(v), 1)))
	if p == 0 {
		b.err = errors.New("no memory for a value to bind")
		return 0
	}
	copy(unsafe.Slice((*byte)(pointer(p)), len(v)), v)
	return p
}

// rows steps a statement for one key after the other.
type rows struct {
	session *session
	ctx     context.Context
	stmt    *stmt
	n       int
	write   func(i int, w relational.Writer)
	args    int32   // parameters before the keys
	block   int     // where the arguments end in the arena
	used    uintptr // in that block
	key     int     // the key whose rows are being read
	inKey   bool
	ended   bool
	began   bool // a transaction, for this look-up
	err     error
	done    func() // ends what interrupts, if anything does
	closed  bool
}

var _ relational.Rows = (*rows)(nil)

func (r *rows) Next() bool {
	c := r.session.conn
	for !r.ended {
		if !r.inKey && !r.nextKey() {
			return false
		}
		switch rc := c.step(r.stmt); rc {
		case sqlite3.SQLITE_ROW:
			return true
		case sqlite3.SQLITE_DONE:
			sqlite3.Xsqlite3_reset(c.tls, r.stmt.handle)
			r.inKey = false
		default:
			return r.fail(r.session.cancelled(r.ctx, c.failure(rc)))
		}
	}
	return false
}

// nextKey binds the next key.
func (r *rows) nextKey() bool {
	if r.key++; r.key == r.n {
		r.ended = true
		return false
	}
	if r.key%ctxEvery == ctxEvery-1 {
		if err := r.ctx.Err(); err != nil {
			return r.fail(err)
		}
	}
	if r.write != nil {
		r.session.binder.next = r.args
		r.session.rewind(r.block, r.used)
		r.write(r.key, &r.session.binder)
		if err := r.session.binder.err; err != nil {
			return r.fail(err)
		}
	}
	r.inKey = true
	return true
}

func (r *rows) fail(err error) bool {
	r.err, r.ended = err, true
	return false
}

func (r *rows) Close() error {
	if !r.closed {
		r.closed, r.ended = true, true
		sqlite3.Xsqlite3_reset(r.session.conn.tls, r.stmt.handle)
		if r.done != nil {
			r.done()
		}
	}
	if r.began {
		r.began = false
		if err := r.session.conn.exec(context.Background(), "COMMIT"); err != nil && r.err == nil {
			r.err = err
		}
	}
	return r.err
}

func (r *rows) Key() int { return r.key }

func (r *rows) Null(col int) bool {
	return sqlite3.Xsqlite3_column_type(r.session.conn.tls, r.stmt.handle, int32(col)) == sqlite3.SQLITE_NULL
}

func (r *rows) Int(col int) int64 {
	return sqlite3.Xsqlite3_column_int64(r.session.conn.tls, r.stmt.handle, int32(col))
}

func (r *rows) ID(col int) (id [16]byte) {
	copy(id[:], r.Bytes(col))
	return id
}

func (r *rows) Bytes(col int) []byte {
	tls, handle := r.session.conn.tls, r.stmt.handle
	p := sqlite3.Xsqlite3_column_blob(tls, handle, int32(col))
	if p == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(p)), sqlite3.Xsqlite3_column_bytes(tls, handle, int32(col)))
}

func (r *rows) Text(col int) string { return string(r.Bytes(col)) }
