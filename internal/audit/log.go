package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// Log is one tenant's audit. It is safe for concurrent use.
type Log struct {
	store graph.Store
	keys  *seal.Keyring
	clock func() time.Time

	mu      sync.Mutex
	waiting []*appending
	writing bool
	// Who may come at once, until when: see gather.
	expected int
	until    time.Time
}

// appending is somebody who waits for entries to be written.
type appending struct {
	entries []Entry
	done    chan error
}

// New makes a Log. It reads nothing yet. A nil clock is time.Now.
func New(store graph.Store, keys *seal.Keyring, clock func() time.Time) *Log {
	if clock == nil {
		clock = time.Now
	}
	return &Log{store: store, keys: keys, clock: clock}
}

// now is the clock as the store keeps it.
func (l *Log) now() time.Time { return l.clock().UTC().Round(0) }

// writeTime bounds one write of the audit: whoever waits for it has no answer
// until it is done.
const writeTime = 30 * time.Second

// Append adds entries, all at one place of the chain, and returns when they are
// durable. Whoever appends while others are being written is written with the
// rest that came meanwhile, in one transaction.
func (l *Log) Append(ctx context.Context, entries ...Entry) error {
	if len(entries) == 0 {
		return nil
	}
	a := &appending{entries, make(chan error, 1)}
	l.mu.Lock()
	l.waiting = append(l.waiting, a)
	lead := !l.writing
	l.writing = true
	l.mu.Unlock()
	if lead {
		l.write(ctx)
	}
	select {
	case err := <-a.done:
		if err != nil {
			return fmt.Errorf("append to the audit: %w", err)
		}
		return nil
	case <-ctx.Done():
		// It may be written all the same: more is said than was shown.
		return fmt.Errorf("append to the audit: %w", ctx.Err())
	}
}

// write writes what waits, and leaves to another goroutine what comes while it
// does: its caller waits for no more than its own.
func (l *Log) write(ctx context.Context) {
	l.gather()
	l.mu.Lock()
	batch := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	err := l.put(ctx, batch)
	l.mu.Lock()
	more := len(l.waiting) > 0
	l.writing = more
	l.expected, l.until = len(batch)+len(l.waiting), time.Now().Add(patience)
	l.mu.Unlock()
	for _, a := range batch {
		a.done <- err
	}
	if more {
		go l.write(ctx)
	}
}

// patience bounds how long a write waits for those who were just written: a part
// of what a transaction takes.
const patience = 60 * time.Microsecond

// gather gives whoever was just told that theirs is durable the time to come again
// with the next. Otherwise the first of those who come again and again is always
// written alone, and half of the transactions are for one.
func (l *Log) gather() {
	for {
		l.mu.Lock()
		all := len(l.waiting) >= l.expected
		until := l.until
		l.mu.Unlock()
		if all || !time.Now().Before(until) {
			return
		}
		runtime.Gosched()
	}
}

// put writes a batch in one transaction. It outlives the caller that leads it,
// for others wait for it as well.
func (l *Log) put(ctx context.Context, batch []*appending) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("writing the audit failed: %v", r)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	var all []Entry
	for _, a := range batch {
		all = append(all, a.entries...)
	}
	return l.store.Audit(ctx, l.next(all))
}

func (l *Log) next(entries []Entry) graph.AuditAppend {
	return func(head graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
		if head.Number > 0 && sealOf(l.keys, head) != head.Seal {
			return nil, head, ErrSeal
		}
		return chain(l.keys, head, l.now(), entries)
	}
}

// ErrSeal means that the chain's end is not as this keyring sealed it: nothing
// may be added to it before it is known why.
var ErrSeal = errors.New("the end of the audit is not as it was sealed: run karna audit verify")

// AppendTx adds entries with the transaction that makes the change they tell of.
// It comes last in it.
func (l *Log) AppendTx(ctx context.Context, tx graph.Tx, entries ...Entry) error {
	if err := tx.Audit(ctx, l.next(entries)); err != nil {
		return fmt.Errorf("append to the audit: %w", err)
	}
	return nil
}

// Entries yields the entries after a number, oldest first.
func (l *Log) Entries(ctx context.Context, after int64) iter.Seq2[Read, error] {
	return each(l.store.AuditEntries(ctx, after, 0))
}

// Of yields the entries about golden ids, newest first, before a number (0: all).
func (l *Log) Of(ctx context.Context, ids []model.EntityID, before int64, limit int) iter.Seq2[Read, error] {
	return each(l.store.AuditOf(ctx, ids, before, limit))
}

func each(entries iter.Seq2[graph.AuditEntry, error]) iter.Seq2[Read, error] {
	return func(yield func(Read, error) bool) {
		for e, err := range entries {
			if err != nil {
				yield(Read{}, fmt.Errorf("read the audit: %w", err))
				return
			}
			r, err := read(&e)
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// Of yields the entries about golden ids that a reader has, as Log.Of does.
func Of(ctx context.Context, from graph.AuditReader, ids []model.EntityID, before int64, limit int) iter.Seq2[Read, error] {
	return each(from.AuditOf(ctx, ids, before, limit))
}
