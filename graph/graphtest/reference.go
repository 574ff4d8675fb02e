package graphtest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Reference is the contract of package graph in memory, written for clarity: a
// transaction copies the tenant's whole state, changes the copy and puts it in
// place. It is what engines are compared with, and never what a registry runs on.
type Reference struct {
	mu       sync.Mutex
	migrated bool
	closed   bool
	tenants  map[model.Tenant]*tenant
}

var _ graph.Database = (*Reference)(nil)

// NewReference is an empty, unmigrated database.
func NewReference() *Reference { return &Reference{tenants: map[model.Tenant]*tenant{}} }

// tenant is one tenant's committed state. The state itself is never changed,
// only replaced, so whoever holds one holds a snapshot.
type tenant struct {
	db        *Reference
	write     sync.Mutex // held for the whole of a transaction
	mu        sync.Mutex // guards committed
	committed *state
}

// Migrate is the one migration there is.
func (d *Reference) Migrate(ctx context.Context) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case d.closed:
		return nil, graph.ErrClosed
	case d.migrated:
		return nil, nil
	}
	d.migrated = true
	return []string{"1"}, nil
}

// Tenant opens a tenant's store.
func (d *Reference) Tenant(ctx context.Context, t model.Tenant) (graph.Store, error) {
	return d.open(ctx, t, false)
}

// CreateTenant opens a tenant's store and makes it first where there is none.
func (d *Reference) CreateTenant(ctx context.Context, t model.Tenant) (graph.Store, error) {
	return d.open(ctx, t, true)
}

func (d *Reference) open(ctx context.Context, t model.Tenant, create bool) (graph.Store, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case d.closed:
		return nil, graph.ErrClosed
	case !d.migrated:
		return nil, graph.ErrSchema
	}
	have, ok := d.tenants[t]
	if !ok && !create {
		return nil, graph.ErrNoTenant
	}
	if !ok {
		have = &tenant{db: d, committed: newState()}
		d.tenants[t] = have
	}
	return newReferenceStore(have), nil
}

// Tenants lists the tenants in code order.
func (d *Reference) Tenants(ctx context.Context) ([]model.Tenant, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, graph.ErrClosed
	}
	return slices.Sorted(maps.Keys(d.tenants)), ctx.Err()
}

// Close closes the database and every store of it.
func (d *Reference) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return nil
}

func (d *Reference) isClosed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.closed
}

// state is the committed state now, or why there is none to be had.
func (t *tenant) state() (*state, error) {
	if t.db.isClosed() {
		return nil, graph.ErrClosed
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.committed, nil
}

func (t *tenant) commit(s *state) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.committed = s
}

// referenceStore is a tenant's store: a view of the committed state, whatever
// it is at the time of the call, and the transactions.
type referenceStore struct {
	view
	tenant *tenant
}

var _ graph.Store = (*referenceStore)(nil)

func newReferenceStore(t *tenant) *referenceStore {
	return &referenceStore{view: view{state: t.state, at: present}, tenant: t}
}

// At is a view of the state that keeps no later revision in sight.
func (s *referenceStore) At(ctx context.Context, r model.Revision) (graph.Past, error) {
	now, err := s.Revision(ctx)
	switch {
	case err != nil:
		return nil, err
	case r > now:
		return nil, graph.ErrFutureRevision
	}
	return view{state: s.tenant.state, at: r}, nil
}

// Snapshot is a view of the state committed now.
func (s *referenceStore) Snapshot(ctx context.Context) (graph.Reader, func(), error) {
	fixed, err := s.tenant.state()
	if err != nil {
		return nil, nil, err
	}
	return view{state: func() (*state, error) { return fixed, nil }, at: present}, func() {}, ctx.Err()
}

// UpdateAhead is Update: every answer is at hand.
func (s *referenceStore) UpdateAhead(ctx context.Context, p graph.Provenance, _ graph.Ahead, fn func(graph.Tx) error) (model.Revision, error) {
	return s.Update(ctx, p, fn)
}

// Update changes a copy of the state and puts it in place when fn succeeds.
func (s *referenceStore) Update(ctx context.Context, p graph.Provenance, fn func(graph.Tx) error) (model.Revision, error) {
	s.tenant.write.Lock()
	defer s.tenant.write.Unlock()
	before, err := s.tenant.state()
	if err != nil {
		return 0, err
	}
	tx := newReferenceTx(before.clone())
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := fn(tx); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	switch {
	case tx.taken == 0:
	case tx.s.loading:
		tx.s.loaded++
	default:
		tx.s.revision = tx.taken
		tx.s.log = append(slices.Clip(tx.s.log), graph.RevisionInfo{Revision: tx.taken, Provenance: p})
	}
	s.tenant.commit(tx.s)
	return tx.taken, nil
}

// BeginLoad starts or resumes a first load.
func (s *referenceStore) BeginLoad(ctx context.Context) (resumed bool, err error) {
	err = s.change(ctx, func(st *state) error {
		if st.revision > 0 {
			return graph.ErrNotEmpty
		}
		resumed, st.loading = st.loading, true
		return nil
	})
	return resumed, err
}

// Publish ends a first load.
func (s *referenceStore) Publish(ctx context.Context, p graph.Provenance) (r model.Revision, err error) {
	err = s.change(ctx, func(st *state) error {
		st.loading = false
		if st.loaded > 0 {
			st.loaded, st.revision, r = 0, 1, 1
			st.log = []graph.RevisionInfo{{Revision: 1, Provenance: p}}
		}
		return nil
	})
	return r, err
}

// Loading tells whether a first load is under way.
func (s *referenceStore) Loading(ctx context.Context) (bool, error) {
	st, err := s.tenant.state()
	if err != nil {
		return false, err
	}
	return st.loading, ctx.Err()
}

// Committed is a view of the committed state, whatever is loading.
func (s *referenceStore) Committed() graph.Reader {
	return view{state: s.tenant.state, at: present, inTx: true}
}

// ReadsBeside is true: a view costs the same wherever it is.
func (s *referenceStore) ReadsBeside() bool { return true }

// Basis is what a transaction that began now would start from.
func (s *referenceStore) Basis(ctx context.Context) (graph.Basis, error) {
	st, err := s.tenant.state()
	if err != nil {
		return graph.Basis{}, err
	}
	return st.basis(), ctx.Err()
}

func (s *referenceStore) change(ctx context.Context, fn func(*state) error) error {
	s.tenant.write.Lock()
	defer s.tenant.write.Unlock()
	before, err := s.tenant.state()
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	after := before.clone()
	if err := fn(after); err != nil {
		return err
	}
	s.tenant.commit(after)
	return nil
}
