package relational

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// reader answers graph.Reader. With a session (a transaction's or a snapshot's)
// everything goes through that one; without, each statement borrows one.
type reader struct {
	store    *Store
	mu       sync.Mutex // guards session, which one goroutine at a time may use
	session  Session
	names    *names // a transaction's own; else nil
	released bool

	fixed    bool           // the session, the revision and hidden are this reader's own
	revision model.Revision // of a snapshot or transaction
	hidden   bool           // a snapshot of a first load under way shows nothing of it
	loads    bool           // a reader of the present that sees first loads
	gathers  bool           // a reader of the present that makes one look-up of several callers'
}

var _ graph.Reader = (*reader)(nil)

var errReleased = errors.New("the snapshot or transaction has ended")

// pageSize is how many rows a stream fetches at a time.
const pageSize = 1024

// with runs fn with a session. What it reads must be copied before fn returns.
func (r *reader) with(ctx context.Context, what string, fn func(Session) error) error {
	err := r.withSession(ctx, fn)
	if err != nil {
		return fmt.Errorf("%s of tenant %q: %w", what, r.store.tenant, err)
	}
	return nil
}

func (r *reader) withSession(ctx context.Context, fn func(Session) error) error {
	if r.store.db.closed.Load() {
		return graph.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.fixed {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.released {
			return errReleased
		}
		return fn(r.session)
	}
	s, err := r.store.db.engine.Read(ctx)
	if err != nil {
		return err
	}
	defer s.Release()
	return fn(s)
}

// visible tells whether what is made of records may be read: not while a first
// load is under way, except by its own transactions.
func (r *reader) visible(ctx context.Context, s Session) (bool, error) {
	switch {
	case r.fixed:
		return !r.hidden, nil
	case r.loads || r.store.published.Load():
		return true, nil
	}
	state, err := r.store.state(ctx, s, selectTenant)
	return state.loading == notLoading, err
}

// withVisible runs fn with a session if anything may be read.
func (r *reader) withVisible(ctx context.Context, what string, fn func(Session) error) error {
	return r.with(ctx, what, func(s Session) error {
		if ok, err := r.visible(ctx, s); err != nil || !ok {
			return err
		}
		return fn(s)
	})
}

// Revision is the revision read.
func (r *reader) Revision(ctx context.Context) (revision model.Revision, err error) {
	if r.fixed {
		return r.revision, nil
	}
	err = r.with(ctx, "reading the revision", func(s Session) error {
		state, err := r.store.state(ctx, s, selectTenant)
		revision = state.revision
		return err
	})
	return revision, err
}

// sourceNumbers are the sources' numbers, read again when ok does not find in
// them what it looks for.
func (r *reader) sourceNumbers(ctx context.Context, s Session, ok func(*names) bool) (*names, error) {
	n := r.names
	if n == nil {
		n = r.store.known.Load()
	}
	if n != nil && ok(n) {
		return n, nil
	}
	n, err := loadNames(ctx, s, r.store.number)
	if err != nil {
		return nil, err
	}
	// A transaction's reading may hold what is not committed, and a snapshot's
	// what is old: only a reader of the present leaves its reading to others.
	if !r.fixed {
		r.store.known.Store(n)
	}
	return n, nil
}

// tenantArg writes the tenant as the only argument.
func (r *reader) tenantArg(w Writer) { w.Int(r.store.number) }

// failed is a stream that yields an error only.
func failed[T any](err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		yield(zero, err)
	}
}

// paged is a stream of pages: next gives the page after the last row of the one
// before (nil at first) and says whether there may be more.
func paged[T any](next func(last *T) (page []T, more bool, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last *T
		for {
			page, more, err := next(last)
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for i := range page {
				if !yield(page[i], nil) {
					return
				}
			}
			if !more || len(page) == 0 {
				return
			}
			last = &page[len(page)-1]
		}
	}
}

// whole is a stream that is read at once.
func whole[T any](read func() ([]T, error)) iter.Seq2[T, error] {
	return paged(func(*T) ([]T, bool, error) {
		page, err := read()
		return page, false, err
	})
}

// limited is a stream of at most limit rows, paged: next is asked for n rows
// after the last one.
func limited[T any](limit int, next func(last *T, n int) ([]T, error)) iter.Seq2[T, error] {
	left := limit
	return func(yield func(T, error) bool) {
		left = limit
		paged(func(last *T) ([]T, bool, error) {
			n := min(left, pageSize)
			if n <= 0 {
				return nil, false, nil
			}
			page, err := next(last, n)
			left -= len(page)
			return page, len(page) == n, err
		})(yield)
	}
}

// distinct are the sorted keys, each once.
func distinct[T any](keys []T, compare func(a, b T) int) []T {
	keys = slices.Clone(keys)
	slices.SortFunc(keys, compare)
	return slices.CompactFunc(keys, func(a, b T) bool { return compare(a, b) == 0 })
}

func compareIDs(a, b model.EntityID) int { return a.Compare(b) }
