package relational

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Database is graph.Database over an engine.
type Database struct {
	engine Engine
	closed atomic.Bool
}

var _ graph.Database = (*Database)(nil)

// New makes a database of an engine, which it owns.
func New(engine Engine) *Database { return &Database{engine: engine} }

var (
	tenantByCode = statement(`SELECT tenant FROM tenant WHERE code = $1`)
	tenantCodes  = statement(`SELECT code FROM tenant ORDER BY code`)
	insertTenant = statement(`INSERT INTO tenant (tenant, code, revision, loading)
		SELECT coalesce(max(tenant), 0) + 1, $1, 0, 0 FROM tenant`)
)

// Migrate brings the schema up to date.
func (d *Database) Migrate(ctx context.Context) ([]string, error) {
	if d.closed.Load() {
		return nil, graph.ErrClosed
	}
	applied, err := d.engine.Migrate(ctx)
	if err != nil {
		return applied, fmt.Errorf("migrating the store: %w", err)
	}
	return applied, nil
}

// Tenant opens a tenant's store.
func (d *Database) Tenant(ctx context.Context, t model.Tenant) (graph.Store, error) {
	if err := d.checkSchema(ctx); err != nil {
		return nil, err
	}
	return d.tenant(ctx, t)
}

// CreateTenant makes the tenant if it is not there and opens it.
func (d *Database) CreateTenant(ctx context.Context, t model.Tenant) (graph.Store, error) {
	if err := d.checkSchema(ctx); err != nil {
		return nil, err
	}
	if t == "" {
		return nil, errors.New("creating a tenant: its code is empty")
	}
	for {
		s, err := d.tenant(ctx, t)
		if !errors.Is(err, graph.ErrNoTenant) {
			return s, err
		}
		// Somebody else may take the code or the number at the same time: then
		// the tenant is there, or the next number is free.
		if err := d.insertTenant(ctx, t); err != nil && !d.engine.Duplicate(err) {
			return nil, fmt.Errorf("creating tenant %q: %w", t, err)
		}
	}
}

func (d *Database) insertTenant(ctx context.Context, t model.Tenant) error {
	s, err := d.engine.Write(ctx)
	if err != nil {
		return err
	}
	defer s.Release()
	if err := s.Exec(ctx, insertTenant, func(w Writer) { w.Text(string(t)) }); err != nil {
		return err
	}
	return s.Commit(ctx)
}

func (d *Database) tenant(ctx context.Context, t model.Tenant) (*Store, error) {
	s, err := d.engine.Read(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Release()
	number, found, err := one(ctx, s, tenantByCode, func(w Writer) { w.Text(string(t)) },
		func(r Rows) int64 { return r.Int(0) })
	switch {
	case err != nil:
		return nil, fmt.Errorf("opening tenant %q: %w", t, err)
	case !found:
		return nil, fmt.Errorf("opening tenant %q: %w", t, graph.ErrNoTenant)
	}
	return newStore(d, t, number), nil
}

// Tenants lists the tenants in code order.
func (d *Database) Tenants(ctx context.Context) ([]model.Tenant, error) {
	if err := d.checkSchema(ctx); err != nil {
		return nil, err
	}
	s, err := d.engine.Read(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Release()
	codes, err := all(ctx, s, tenantCodes, nil, func(r Rows) model.Tenant { return model.Tenant(r.Text(0)) })
	if err != nil {
		return nil, fmt.Errorf("listing tenants: %w", err)
	}
	return codes, nil
}

// Close closes the engine.
func (d *Database) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	return d.engine.Close()
}

func (d *Database) checkSchema(ctx context.Context) error {
	if d.closed.Load() {
		return graph.ErrClosed
	}
	have, want, err := d.engine.SchemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema's version: %w", err)
	}
	switch {
	case have < want:
		return fmt.Errorf("%w (the store is at version %d, the program at %d)", graph.ErrSchema, have, want)
	case have > want:
		return fmt.Errorf("%w (the store is at version %d, the program at %d)", graph.ErrNewerSchema, have, want)
	}
	return nil
}
