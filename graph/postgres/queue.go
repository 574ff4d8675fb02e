package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/karna-registry/karna/graph/relational"
)

// queue holds back the changing statements of a transaction until something is
// read or committed, and sends them all at once: a transaction that changes one
// record is four exchanges with the server and not twenty.
type queue struct {
	pipeline *pgconn.Pipeline // nil when nothing is queued
	checks   []check
	bytes    int
	unsent   int    // of them
	last     string // the last statement's command tag
}

// check is what a queued statement must have done.
type check struct {
	statement *relational.Statement // nil when nothing is asked
	keys      int
}

// mostQueued is how many bytes of parameters are held back before it is asked what
// came of them, and mostUnsent before they are sent: the server works on much while
// more is made ready for it.
const (
	mostQueued = 256 << 10
	mostUnsent = 8 << 10
)

func (q *queue) isOpen() bool { return q.pipeline != nil }

// open begins a queue. Its context is that of the first statement in it.
func (q *queue) open(ctx context.Context, pg *pgconn.PgConn) error {
	if q.pipeline != nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	q.pipeline, q.checks, q.bytes, q.unsent = pg.StartPipeline(ctx), q.checks[:0], 0, 0
	return nil
}

// send queues a prepared statement.
func (q *queue) send(ctx context.Context, pg *pgconn.PgConn, d *pgconn.StatementDescription, values [][]byte, c check) error {
	if err := q.open(ctx, pg); err != nil {
		return err
	}
	q.pipeline.SendQueryStatement(d, values, inBinary, inBinary)
	return q.queued(values, c)
}

// sendText queues a statement that is planned for its values.
func (q *queue) sendText(ctx context.Context, pg *pgconn.PgConn, text string, values [][]byte, oids []uint32, c check) error {
	if err := q.open(ctx, pg); err != nil {
		return err
	}
	q.pipeline.SendQueryParams(text, values, oids, inBinary, inBinary)
	return q.queued(values, c)
}

func (q *queue) queued(values [][]byte, c check) error {
	q.checks = append(q.checks, c)
	for _, v := range values {
		q.unsent += len(v)
	}
	switch {
	case q.bytes+q.unsent >= mostQueued:
		return q.flush()
	case q.unsent >= mostUnsent:
		q.bytes, q.unsent = q.bytes+q.unsent, 0
		return q.pipeline.Flush()
	}
	return nil
}

// flush sends what is queued and checks what came of it.
func (q *queue) flush() error {
	if q.pipeline == nil {
		return nil
	}
	err := q.pipeline.Sync()
	if err == nil {
		err = q.settle()
	}
	if closing := q.close(); err == nil {
		err = closing
	}
	return err
}

// read sends what is queued and a query behind it. The queue must be closed when
// the result has been read.
func (q *queue) read(d *pgconn.StatementDescription, values [][]byte) (*pgconn.ResultReader, error) {
	q.pipeline.SendQueryStatement(d, values, inBinary, inBinary)
	err := q.pipeline.Sync()
	if err == nil {
		err = q.settle()
	}
	var result *pgconn.ResultReader
	if err == nil {
		result, err = q.result()
	}
	if err != nil {
		_ = q.close()
	}
	return result, err
}

// settle reads the results of what was queued.
func (q *queue) settle() error {
	for _, c := range q.checks {
		result, err := q.result()
		if err != nil {
			return err
		}
		tag, err := result.Close()
		if err != nil {
			return err
		}
		q.last = tag.String()
		if c.statement != nil {
			if err := c.statement.CheckExact(c.keys, tag.RowsAffected()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (q *queue) result() (*pgconn.ResultReader, error) {
	r, err := q.pipeline.GetResults()
	if err != nil {
		return nil, err
	}
	result, ok := r.(*pgconn.ResultReader)
	if !ok {
		return nil, fmt.Errorf("PostgreSQL answered a statement with %T", r)
	}
	return result, nil
}

// close ends the exchange.
func (q *queue) close() error {
	if q.pipeline == nil {
		return nil
	}
	err := q.pipeline.Close()
	q.pipeline = nil
	return err
}
