package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/relational"
)

// DB is one SQLite file as a graph.Database.
type DB struct{ *relational.Database }

var _ graph.Database = (*DB)(nil)

// Option changes how a file is opened.
type Option func(*engine)

// WithLockTimeout says how long a writer waits for other processes' writers
// before it fails with graph.ErrLocked. The default is ten seconds.
func WithLockTimeout(d time.Duration) Option { return func(e *engine) { e.lockTimeout = d } }

// private makes the file if it is not there, for its owner's eyes only: it holds
// personal data. SQLite gives its journals the same permissions. A file that is
// there is not even opened: closing it would drop this process's locks on it.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	return nil
}

// Open opens the file at path, and makes an empty one if there is none. The
// directory must be there. Migrate has to be called before a tenant is opened.
func Open(ctx context.Context, path string, opts ...Option) (*DB, error) {
	e := &engine{path: path, lockTimeout: 10 * time.Second, writing: make(chan struct{}, 1), reading: make(chan struct{}, readers)}
	for _, opt := range opts {
		opt(e)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := private(path); err != nil {
		return nil, err
	}
	writer, err := open(path, sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE)
	if err != nil {
		return nil, err
	}
	if err := writer.configure(ctx, writerPragmas); err != nil {
		writer.close()
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	e.writer, e.cache = writer, smallCache
	return &DB{relational.New(e)}, nil
}

// Memory is bounded: while much is written the writer's page cache holds what a
// transaction of 10,000 records changes and most of the indexes of a million
// records; what is written now and then, such as the audit's entries, makes do with
// as much as a reader. A reader's holds the upper levels of the indexes. The log is
// copied to the file when it has reached 128 MB, and is then used from its start at
// the length that it has (see logfile.go).
var (
	writerPragmas = []string{
		"PRAGMA page_size = 8192",   // of a file that is made now
		"PRAGMA busy_timeout = 100", // BEGIN is tried again in Go, where it can be cancelled
		"PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL", // which logFile depends on
		smallCache,
		"PRAGMA wal_autocheckpoint = 16384",
		"PRAGMA journal_size_limit = 136314880",
		"PRAGMA temp_store = FILE",
	}
	readerPragmas = []string{
		"PRAGMA busy_timeout = 5000",
		"PRAGMA query_only = ON",
		"PRAGMA temp_store = FILE",
	}
)

const (
	readerCache  = "PRAGMA cache_size = -8192"
	extraCache   = "PRAGMA cache_size = -512"
	smallCache   = "PRAGMA cache_size = -8192"
	bulkCache    = "PRAGMA cache_size = -131072"
	sortingCache = "PRAGMA cache_size = -32768"
)

func (c *conn) configure(ctx context.Context, pragmas []string) error {
	for _, p := range pragmas {
		if err := c.exec(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	return nil
}

// engine is relational.Engine over a file.
type engine struct {
	path        string
	lockTimeout time.Duration
	writer      *conn
	writing     chan struct{} // holds a value while the writer is lent

	cache   string // the writer's now: smallCache or bulkCache; of whoever is lent it
	changes int64  // that the writer had made when it last committed
	small   int    // transactions in a row that changed little

	reading chan struct{} // holds a value for every reader that is lent for a few statements, extra ones aside
	mu      sync.Mutex
	free    []*conn // readers that nobody has
	closed  bool
}

const (
	// bulk is how many rows a transaction changes to get the large cache (the audit's
	// aside, of which 16 callers can tell as many), and calm how many in a row that
	// change less give it back.
	bulk = 30_000
	calm = 100
)

// settle gives the writer the cache for what it does, after a commit.
func (e *engine) settle(ctx context.Context, aside int64) error {
	now := e.writer.changes()
	changed := now - e.changes - aside
	e.changes = now
	want := e.cache
	if changed >= bulk {
		want, e.small = bulkCache, 0
	} else if e.small++; e.small >= calm {
		want = smallCache
	}
	if want == e.cache {
		return nil
	}
	e.cache = want
	return e.writer.exec(ctx, want)
}

var _ relational.Engine = (*engine)(nil)

// readers is how many read at a time for a few statements: one more than there are
// processors, since each has a page cache and its statements. Whoever has waited
// for patience for one to come back gets an extra one, with next to no cache, so that
// nobody waits for a reader that is stuck. Snapshots may stay for long and have
// readers beside those.
var readers = max(2, runtime.GOMAXPROCS(0)) + 1

const patience = 100 * time.Millisecond

// Read lends a reader.
func (e *engine) Read(ctx context.Context) (relational.Session, error) {
	extra, err := e.waitToRead(ctx)
	if err != nil {
		return nil, err
	}
	if extra {
		c, err := e.open(ctx, extraCache)
		if err != nil {
			return nil, err
		}
		return &session{db: e, conn: c, as: lentExtra}, nil
	}
	c, err := e.reader(ctx)
	if err != nil {
		<-e.reading
		return nil, err
	}
	return &session{db: e, conn: c, as: lentToRead}, nil
}

// waitToRead waits for the right to a reader, or to an extra one.
func (e *engine) waitToRead(ctx context.Context) (extra bool, err error) {
	select {
	case e.reading <- struct{}{}:
		return false, nil
	default:
	}
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case e.reading <- struct{}{}:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	case <-t.C:
		return true, nil
	}
}

// Snapshot lends a reader in a transaction, which sees the state of its first read.
func (e *engine) Snapshot(ctx context.Context) (relational.Session, error) {
	c, err := e.reader(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.exec(ctx, "BEGIN"); err != nil {
		e.putBack(c)
		return nil, err
	}
	return &session{db: e, conn: c}, nil
}

// reader is one that nobody has, or a new one.
func (e *engine) reader(ctx context.Context) (*conn, error) {
	e.mu.Lock()
	if n := len(e.free); n > 0 {
		c := e.free[n-1]
		e.free = e.free[:n-1]
		e.mu.Unlock()
		return c, nil
	}
	e.mu.Unlock()
	return e.open(ctx, readerCache)
}

func (e *engine) open(ctx context.Context, cache string) (*conn, error) {
	e.mu.Lock()
	closed := e.closed
	e.mu.Unlock()
	if closed {
		return nil, graph.ErrClosed
	}
	c, err := open(e.path, sqlite3.SQLITE_OPEN_READWRITE)
	if err != nil {
		return nil, err
	}
	if err := c.configure(ctx, append(readerPragmas[:len(readerPragmas):len(readerPragmas)], cache)); err != nil {
		c.close()
		return nil, fmt.Errorf("opening %s for reading: %w", e.path, err)
	}
	return c, nil
}

func (e *engine) putBack(c *conn) {
	e.mu.Lock()
	kept := !e.closed && len(e.free) < readers
	if kept {
		e.free = append(e.free, c)
	}
	e.mu.Unlock()
	if !kept {
		c.close()
	}
}

// Write lends the writer in a transaction that holds the file's write lock.
func (e *engine) Write(ctx context.Context) (relational.Session, error) {
	select {
	case e.writing <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if e.writer == nil {
		<-e.writing
		return nil, graph.ErrClosed
	}
	if err := e.begin(ctx); err != nil {
		<-e.writing
		return nil, err
	}
	return &session{db: e, conn: e.writer, as: lentToWrite}, nil
}

// begin takes the write lock, waiting for other processes.
func (e *engine) begin(ctx context.Context) error {
	for deadline := time.Now().Add(e.lockTimeout); ; {
		err := e.writer.exec(ctx, "BEGIN IMMEDIATE")
		if err == nil || !hasCode(err, sqlite3.SQLITE_BUSY) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%w %s and has not let go of it for %s: wait for it to end, or stop it", graph.ErrLocked, e.path, e.lockTimeout)
		}
	}
}

// Commit commits the session's transaction.
func (s *session) Commit(ctx context.Context) error {
	if s.as != lentToWrite {
		return errReadOnly
	}
	if err := s.conn.exec(ctx, "COMMIT"); err != nil {
		return err
	}
	// What is committed is, whatever becomes of the cache.
	_ = s.db.settle(context.WithoutCancel(ctx), s.aside)
	return nil
}

// Release rolls back what is not committed and gives the connection back.
func (s *session) Release() {
	c := s.conn
	if c == nil {
		return
	}
	s.conn = nil
	if c.inTransaction() {
		// It can only fail when there is nothing left to roll back.
		_ = c.exec(context.Background(), "ROLLBACK")
	}
	switch s.as {
	case lentToWrite:
		<-s.db.writing
	case lentExtra:
		c.close()
	case lentToRead:
		s.db.putBack(c)
		<-s.db.reading
	default:
		s.db.putBack(c)
	}
}

// Retryable is never true: a transaction that has the lock meets no other.
func (e *engine) Retryable(context.Context, error, int) bool { return false }

// ReadsBeside is false: a commit empties the page cache of every other
// connection, and while they read the log cannot start over.
func (e *engine) ReadsBeside() bool { return false }

// Remote is false: the library runs in this process.
func (e *engine) Remote() bool { return false }

// Duplicate tells whether a unique key is taken.
func (e *engine) Duplicate(err error) bool {
	var l *libraryError
	return errors.As(err, &l) && (l.code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || l.code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// Close waits for the transaction under way and closes every connection;
// readers that are lent are closed when they come back.
func (e *engine) Close() error {
	e.writing <- struct{}{}
	defer func() { <-e.writing }()
	e.mu.Lock()
	free := e.free
	e.free, e.closed = nil, true
	e.mu.Unlock()
	for _, c := range free {
		c.close()
	}
	e.writer.close()
	e.writer = nil
	return nil
}
