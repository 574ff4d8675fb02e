package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/relational"
)

// DB is one PostgreSQL schema as a graph.Database.
type DB struct{ *relational.Database }

var _ graph.Database = (*DB)(nil)

// Option changes how a database is opened.
type Option func(*engine)

// WithJitter gives the numbers in [0, 1) that spread the retries of conflicting
// transactions. The default is math/rand.
func WithJitter(next func() float64) Option { return func(e *engine) { e.jitter = next } }

// WithCloseTimeout says how long Close waits for connections that are on loan to
// transactions and snapshots. The default is ten seconds.
func WithCloseTimeout(d time.Duration) Option { return func(e *engine) { e.closeTimeout = d } }

// defaultConnections is the pool's size where the DSN gives none
// (pool_max_conns). A connection is held for a statement, a transaction or a
// snapshot, never while a stream yields.
const defaultConnections = 16

// Open opens the database that a DSN names (a postgres:// URL or key=value
// pairs) and checks that it answers. Migrate has to be called before a tenant is
// opened.
func Open(ctx context.Context, dsn string, opts ...Option) (*DB, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		// The error of pgx shows the DSN with its password masked.
		return nil, fmt.Errorf("reading the PostgreSQL DSN: %w", err)
	}
	if !strings.Contains(dsn, "pool_max_conns") {
		config.MaxConns = defaultConnections
	}
	config.AfterConnect = func(ctx context.Context, c *pgx.Conn) error {
		return c.PgConn().Exec(ctx, settings).Close()
	}
	e := &engine{jitter: rand.Float64, closeTimeout: 10 * time.Second}
	for _, opt := range opts {
		opt(e)
	}
	if e.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	if err := e.pool.Ping(ctx); err != nil {
		e.pool.Close()
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	return &DB{relational.New(e)}, nil
}

// settings are every connection's: see the package comment on plans.
const settings = `
	SET enable_seqscan = off;
	SET enable_bitmapscan = off;
	SET enable_hashjoin = off;
	SET enable_mergejoin = off;
	SET max_parallel_workers_per_gather = 0;
	SET jit = off;
	SET plan_cache_mode = force_generic_plan;
	SET bytea_output = hex;
	SET client_min_messages = warning`

// engine is relational.Engine over a pool of connections.
type engine struct {
	pool         *pgxpool.Pool
	jitter       func() float64
	closeTimeout time.Duration
}

var _ relational.Engine = (*engine)(nil)

// Read lends a connection outside a transaction.
func (e *engine) Read(ctx context.Context) (relational.Session, error) { return e.acquire(ctx) }

// Snapshot lends a connection in a repeatable read transaction.
func (e *engine) Snapshot(ctx context.Context) (relational.Session, error) {
	return e.begin(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
}

// Write lends a connection in a transaction. Read committed is enough: the
// tenant's row is locked before anything else of the tenant is read.
func (e *engine) Write(ctx context.Context) (relational.Session, error) {
	return e.begin(ctx, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
}

func (e *engine) begin(ctx context.Context, how string) (relational.Session, error) {
	s, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, how); err != nil {
		s.Release()
		return nil, err
	}
	return s, nil
}

func (e *engine) acquire(ctx context.Context) (*session, error) {
	c, err := e.pool.Acquire(ctx)
	if err != nil {
		return nil, mapClosed(err)
	}
	// The session stays with its connection, and with it what was prepared.
	data := c.Conn().PgConn().CustomData()
	s, ok := data[sessionKey].(*session)
	if !ok {
		s = newSession(c.Conn().PgConn())
		data[sessionKey] = s
	}
	s.lent = c
	return s, nil
}

const sessionKey = "karna"

// mapClosed tells a closed pool in the port's words.
func mapClosed(err error) error {
	if err != nil && strings.Contains(err.Error(), "closed pool") {
		return graph.ErrClosed
	}
	return err
}

// Retries of a conflicting transaction: at most ten, with pauses that double
// from 5 ms to 320 ms and are spread over half of their length.
const (
	maxAttempts = 10
	firstPause  = 5 * time.Millisecond
	mostPauses  = 64
)

// Retryable tells whether a transaction met another one and may be run again,
// and pauses before it.
func (e *engine) Retryable(ctx context.Context, err error, attempt int) bool {
	if !hasCode(err, "40001", "40P01") || attempt >= maxAttempts {
		return false
	}
	pause := firstPause * time.Duration(min(1<<(attempt-1), mostPauses))
	timer := time.NewTimer(pause/2 + time.Duration(e.jitter()*float64(pause/2)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// ReadsBeside is true: connections share the server's cache.
func (e *engine) ReadsBeside() bool { return true }

// Remote is true: the server is another process.
func (e *engine) Remote() bool { return true }

// Duplicate tells whether a unique key is taken.
func (e *engine) Duplicate(err error) bool { return hasCode(err, "23505") }

// hasCode tells whether err is a server's error with one of the SQLSTATEs.
func hasCode(err error, codes ...string) bool {
	var p *pgconn.PgError
	if !errors.As(err, &p) {
		return false
	}
	for _, c := range codes {
		if p.Code == c {
			return true
		}
	}
	return false
}

// Close closes the pool. It waits for transactions and snapshots to give their
// connections back, but not for ever: one that is never released would keep the
// program from ending.
func (e *engine) Close() error {
	closed := make(chan struct{})
	go func() {
		e.pool.Close()
		close(closed)
	}()
	timer := time.NewTimer(e.closeTimeout)
	defer timer.Stop()
	select {
	case <-closed:
		return nil
	case <-timer.C:
		return fmt.Errorf("closing the store: %d connections have not come back from transactions or snapshots in %s; release what Snapshot gave",
			e.pool.Stat().AcquiredConns(), e.closeTimeout)
	}
}
