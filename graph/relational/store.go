package relational

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Store is one tenant's graph.Store.
type Store struct {
	reader
	db     *Database
	tenant model.Tenant
	number int64
	// known are the sources' numbers as last committed; replaced, never changed.
	known     atomic.Pointer[names]
	committed reader
	// published is set once a revision has been seen: it never goes back, so
	// golden reads need not ask again whether a first load is under way.
	published atomic.Bool
	// auditEnd is where this store has last left the end of the audit; nil before
	// that. Others append too: whoever appends after it makes sure that it is there.
	auditEnd atomic.Pointer[graph.AuditHead]
	// gathered are the look-ups of golden records by id, by their parts, where
	// the engine is asked over a connection.
	gathered [4]gathering
}

var _ graph.Store = (*Store)(nil)

// How a tenant's row says what its first load is doing: it counts.
const (
	notLoading = 0
	loadBegun  = 1 // nothing is loaded
	loadFilled = 2 // and more: so many transactions have taken revision 1, and one
)

var (
	selectTenant = statement(`SELECT revision, loading, hash_key FROM tenant WHERE tenant = $1`)
	// Every writer locks the tenant's row first, which is what serialises them.
	lockTenant     = statement(`SELECT revision, loading, hash_key FROM tenant WHERE tenant = $1 {lock}`)
	setRevision    = statement(`UPDATE tenant SET revision = $2, loading = 0 WHERE tenant = $1`)
	setLoading     = statement(`UPDATE tenant SET loading = $2 WHERE tenant = $1`)
	setHashKey     = statement(`UPDATE tenant SET hash_key = $2 WHERE tenant = $1`)
	otherTenants   = statement(`SELECT tenant FROM tenant WHERE tenant <> $1 AND (revision > 0 OR loading > 0) LIMIT 1`)
	insertRevision = statement(`INSERT INTO revision (tenant, revision, at, delivery, actor, reason)
		VALUES ($1, $2, $3, $4, $5, $6)`)
)

func newStore(db *Database, t model.Tenant, number int64) *Store {
	s := &Store{db: db, tenant: t, number: number}
	s.reader.store = s
	s.reader.gathers = db.engine.Remote()
	s.committed.store, s.committed.loads = s, true
	return s
}

// tenantState is what the tenant's row says.
type tenantState struct {
	revision model.Revision
	loading  int64
	hashKey  int64
}

func (s tenantState) basis() graph.Basis {
	return graph.Basis{Revision: s.revision, Load: s.loading, HashKey: s.hashKey}
}

func (s *Store) state(ctx context.Context, session Session, st *Statement) (tenantState, error) {
	state, found, err := one(ctx, session, st, func(w Writer) { w.Int(s.number) }, func(r Rows) tenantState {
		return tenantState{model.Revision(r.Int(0)), r.Int(1), r.Int(2)}
	})
	if err != nil {
		return state, fmt.Errorf("reading the tenant's row: %w", err)
	}
	if !found {
		return state, graph.ErrNoTenant
	}
	if state.revision > 0 {
		s.published.Store(true)
	}
	return state, nil
}

// Update runs fn in one transaction.
func (s *Store) Update(ctx context.Context, p graph.Provenance, fn func(graph.Tx) error) (model.Revision, error) {
	return s.UpdateAhead(ctx, p, graph.Ahead{}, fn)
}

// UpdateAhead runs fn in one transaction that has read what it will ask.
func (s *Store) UpdateAhead(ctx context.Context, p graph.Provenance, ahead graph.Ahead, fn func(graph.Tx) error) (model.Revision, error) {
	var revision model.Revision
	err := s.write(ctx, "update", ahead, func(t *tx) error {
		revision = 0
		if err := fn(t); err != nil {
			return err
		}
		if !t.taken {
			return nil
		}
		revision = t.base + 1
		return t.logRevision(ctx, p)
	})
	if err != nil {
		return 0, err
	}
	return revision, nil
}

// write runs fn in a transaction that holds the tenant's lock, and again on a
// retryable conflict.
func (s *Store) write(ctx context.Context, what string, ahead graph.Ahead, fn func(*tx) error) error {
	for attempt := 1; ; attempt++ {
		err := s.writeOnce(ctx, ahead, fn)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !s.db.engine.Retryable(ctx, err, attempt) {
			return fmt.Errorf("%s of tenant %q: %w", what, s.tenant, err)
		}
	}
}

func (s *Store) writeOnce(ctx context.Context, ahead graph.Ahead, fn func(*tx) error) error {
	if s.db.closed.Load() {
		return graph.ErrClosed
	}
	session, err := s.db.engine.Write(ctx)
	if err != nil {
		return err
	}
	defer session.Release()
	t, err := s.begin(ctx, session, ahead)
	if err != nil {
		return err
	}
	defer t.end()
	if err := fn(t); err != nil {
		return err
	}
	if t.rebuilding {
		return errUnsettled
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := session.Commit(ctx); err != nil {
		return err
	}
	if t.names.ownedByTx {
		t.names.ownedByTx = false
		s.known.Store(t.names)
	}
	if t.audited != nil {
		s.auditEnd.Store(t.audited)
	}
	return nil
}

// begin locks the tenant's row and reads what is foreseen: in one exchange, where
// there are exchanges.
func (s *Store) begin(ctx context.Context, session Session, ahead graph.Ahead) (*tx, error) {
	if n := s.known.Load(); len(ahead.Keys) > 0 && n != nil && n.haveAll(ahead.Keys) {
		for _, st := range []*Statement{lockTenant, lockAuditHead} {
			if !s.db.engine.Remote() {
				break // who may write has locked everything
			}
			if err := session.Exec(ctx, st, s.tenantArg); err != nil {
				return nil, fmt.Errorf("locking the tenant's row: %w", err)
			}
		}
		t, err := s.newTx(ctx, session, tenantState{})
		if err == nil {
			err = t.foresee(ctx, ahead, true)
		}
		return t, err
	}
	state, err := s.state(ctx, session, lockTenant)
	if err != nil {
		return nil, err
	}
	t, err := s.newTx(ctx, session, state)
	if err == nil {
		err = t.Foresee(ctx, ahead)
	}
	return t, err
}

// logRevision makes the transaction's revision the tenant's. In a first load it
// only counts.
func (t *tx) logRevision(ctx context.Context, p graph.Provenance) error {
	if t.loading != notLoading {
		return t.setLoading(ctx, t.loading+1)
	}
	return t.publishRevision(ctx, p)
}

func (t *tx) publishRevision(ctx context.Context, p graph.Provenance) error {
	err := t.session.Exec(ctx, insertRevision, func(w Writer) {
		w.Int(t.store.number)
		w.Int(int64(t.base) + 1)
		writeTime(w, p.At)
		writeID(w, p.Delivery)
		w.Text(p.Actor)
		w.Text(p.Reason)
	})
	if err == nil {
		err = t.session.Exec(ctx, setRevision, func(w Writer) {
			w.Int(t.store.number)
			w.Int(int64(t.base) + 1)
		})
	}
	if err != nil {
		return fmt.Errorf("writing revision %d: %w", t.base+1, err)
	}
	return nil
}

func (t *tx) setLoading(ctx context.Context, to int64) error {
	err := t.session.Exec(ctx, setLoading, func(w Writer) {
		w.Int(t.store.number)
		w.Int(to)
	})
	if err != nil {
		return fmt.Errorf("noting the first load's progress: %w", err)
	}
	return nil
}

// BeginLoad starts or resumes a first load.
func (s *Store) BeginLoad(ctx context.Context) (resumed bool, err error) {
	err = s.write(ctx, "beginning the first load", graph.Ahead{}, func(t *tx) error {
		resumed = t.loading != notLoading
		if t.base > 0 {
			return graph.ErrNotEmpty
		}
		if resumed {
			// What was cut off is told from what is known.
			if err := s.db.engine.RestoreIndexes(ctx, t.engines); err != nil {
				return fmt.Errorf("building the indexes that were put off: %w", err)
			}
			return nil
		}
		_, others, err := one(ctx, t.session, otherTenants, func(w Writer) { w.Int(s.number) },
			func(r Rows) int64 { return r.Int(0) })
		if err != nil {
			return fmt.Errorf("looking for other tenants: %w", err)
		}
		// What another tenant has loaded or is loading is read through the indexes.
		indexes := s.db.engine.PutOffIndexes
		if others {
			indexes = s.db.engine.RestoreIndexes
		}
		if err := indexes(ctx, t.engines); err != nil {
			return fmt.Errorf("putting off indexes: %w", err)
		}
		return t.setLoading(ctx, loadBegun)
	})
	return resumed && err == nil, err
}

// Publish ends a first load.
func (s *Store) Publish(ctx context.Context, p graph.Provenance) (model.Revision, error) {
	var revision model.Revision
	err := s.write(ctx, "publishing the first load", graph.Ahead{}, func(t *tx) error {
		revision = 0
		if t.loading == notLoading {
			return fmt.Errorf("no first load is under way: begin one with BeginLoad")
		}
		if err := s.db.engine.RestoreIndexes(ctx, t.engines); err != nil {
			return fmt.Errorf("building the indexes that were put off: %w", err)
		}
		if err := t.takeTermsAway(ctx); err != nil {
			return err
		}
		if t.loading == loadBegun {
			return t.setLoading(ctx, notLoading)
		}
		revision = 1
		return t.publishRevision(ctx, p)
	})
	if err != nil {
		return 0, err
	}
	return revision, nil
}

// Loading tells whether a first load is under way or was cut off.
func (s *Store) Loading(ctx context.Context) (loading bool, err error) {
	err = s.with(ctx, "reading the tenant's state", func(session Session) error {
		state, err := s.state(ctx, session, selectTenant)
		loading = state.loading != notLoading
		return err
	})
	return loading, err
}

// Committed is a reader of the present that sees a first load.
func (s *Store) Committed() graph.Reader { return &s.committed }

// ReadsBeside is the engine's answer.
func (s *Store) ReadsBeside() bool { return s.db.engine.ReadsBeside() }

// Basis is what a transaction that began now would start from.
func (s *Store) Basis(ctx context.Context) (b graph.Basis, err error) {
	err = s.with(ctx, "reading the tenant's state", func(session Session) error {
		state, err := s.state(ctx, session, selectTenant)
		b = state.basis()
		return err
	})
	return b, err
}

// At reads the past at a revision.
func (s *Store) At(ctx context.Context, r model.Revision) (graph.Past, error) {
	now, err := s.Revision(ctx)
	if err != nil {
		return nil, err
	}
	if r > now {
		return nil, fmt.Errorf("reading tenant %q at revision %d: %w (the latest is %d)", s.tenant, r, graph.ErrFutureRevision, now)
	}
	return &past{reader: &s.reader, at: max(r, 0)}, nil
}

// Snapshot is a Reader whose every call sees the same committed state.
func (s *Store) Snapshot(ctx context.Context) (graph.Reader, func(), error) {
	if s.db.closed.Load() {
		return nil, nil, graph.ErrClosed
	}
	session, err := s.db.engine.Snapshot(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("opening a snapshot of tenant %q: %w", s.tenant, err)
	}
	state, err := s.state(ctx, session, selectTenant)
	if err != nil {
		session.Release()
		return nil, nil, fmt.Errorf("opening a snapshot of tenant %q: %w", s.tenant, err)
	}
	r := &snapshot{reader{store: s, session: session, fixed: true, revision: state.revision, hidden: state.loading != notLoading}}
	var once sync.Once
	return r, func() { once.Do(r.release) }, nil
}

// snapshot is a reader that owns its session.
type snapshot struct{ reader }

func (s *snapshot) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session.Release()
	s.session, s.released = nil, true
}
