package graphtest

import (
	"context"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

func migrateOnce(s *suite) {
	first, err := s.db.Migrate(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	if len(first) == 0 {
		s.Error("the first Migrate of an empty database applied nothing")
	}
	second, err := s.db.Migrate(s.ctx)
	if err != nil || len(second) != 0 {
		s.Errorf("the second Migrate applied %v, error %v; want nothing", second, err)
	}
}

func migrateFirst(s *suite) {
	_, err := s.db.Tenant(s.ctx, tenantCode)
	isError(s, "open a tenant before Migrate", err, graph.ErrSchema)
	s.ready()
}

func tenantsListed(s *suite) {
	if _, err := s.db.Migrate(s.ctx); err != nil {
		s.Fatal(err)
	}
	if got := must[[]model.Tenant](s)(s.db.Tenants(s.ctx)); len(got) != 0 {
		s.Errorf("a new database has tenants %v", got)
	}
	for _, code := range []model.Tenant{"2480", "0136", "478", "0114"} {
		s.tenant(code)
	}
	equal(s, "tenants", must[[]model.Tenant](s)(s.db.Tenants(s.ctx)), []model.Tenant{"0114", "0136", "2480", "478"})
}

func tenantUnknown(s *suite) {
	s.ready()
	_, err := s.db.Tenant(s.ctx, "0000")
	isError(s, "open an unknown tenant", err, graph.ErrNoTenant)
	if _, err := s.db.Tenant(s.ctx, tenantCode); err != nil {
		s.Errorf("open a known tenant: %v", err)
	}
}

func tenantCreatedTwice(s *suite) {
	id := s.id()
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{put(golden(id, model.Person, r, "Ada"))}
	})
	again := s.tenant(tenantCode)
	if got := s.golden(again, id); got.State != graph.Live {
		s.Errorf("the tenant opened by a second CreateTenant has the golden record in state %d", got.State)
	}
	equal(s, "tenants", must[[]model.Tenant](s)(s.db.Tenants(s.ctx)), []model.Tenant{tenantCode})
}

func tenantCodesKeepCase(s *suite) {
	s.ready()
	lower, upper := s.tenant("ax"), s.tenant("AX")
	id := s.id()
	s.updateIn(lower, func(tx graph.Tx, r model.Revision) error {
		return tx.PutGoldens(s.ctx, []graph.GoldenChange{put(golden(id, model.Person, r, "Ada"))})
	})
	if got := s.golden(upper, id); got.State != graph.Absent {
		s.Error("tenant AX sees what tenant ax has")
	}
	equal(s, "tenants", must[[]model.Tenant](s)(s.db.Tenants(s.ctx)), []model.Tenant{tenantCode, "AX", "ax"})
}

// tenantsApart fills two tenants with the same ids, keys, hashes and words, and
// different facts, a transaction of one between two of the other.
func tenantsApart(s *suite) {
	w := newWorld(s)
	one, other := s.ready(), s.tenant("2480")
	w.fill(one, "one")
	before := s.observed(one, w.universe())
	empty := s.observed(other, w.universe())
	equal(s, "goldens that a new tenant lists", empty.Scan, []graph.Golden(nil))
	equal(s, "heads that a new tenant has", empty.ScanHeads, []graph.Head(nil))
	equal(s, "everything that a new tenant has", empty, s.observed(s.tenant("0114"), w.universe()))

	w.fill(other, "other")
	equal(s, "everything in the one after the other was filled", s.observed(one, w.universe()), before)

	// What the other has is what it would have alone.
	reference := NewReference()
	if _, err := reference.Migrate(s.ctx); err != nil {
		s.Fatal(err)
	}
	alone := must[graph.Store](s)(reference.CreateTenant(s.ctx, "2480"))
	w.fill(alone, "other")
	equal(s, "everything in the other", s.observed(other, w.universe()), s.observed(alone, w.universe()))
}

func tenantClearedAlone(s *suite) {
	w := newWorld(s)
	one, other := s.ready(), s.tenant("2480")
	w.fill(one, "one")
	w.fill(other, "other")
	before := s.observed(one, w.universe())
	s.updateIn(other, func(tx graph.Tx, r model.Revision) error {
		if err := tx.ClearDerived(s.ctx); err != nil {
			return err
		}
		_, err := tx.SettleDerived(s.ctx, r)
		return err
	})
	equal(s, "everything in the one after the other was cleared", s.observed(one, w.universe()), before)
	if got := s.observed(other, w.universe()); len(got.Scan) != 0 || len(got.MatchKeys) != 0 {
		s.Errorf("the cleared tenant still has %d goldens and %d matching keys", len(got.Scan), len(got.MatchKeys))
	}
}

func closedStore(s *suite) {
	store := s.ready()
	id := s.id()
	s.putGoldens(func(r model.Revision) []graph.GoldenChange {
		return []graph.GoldenChange{put(golden(id, model.Person, r, "Ada"))}
	})
	if err := s.db.Close(); err != nil {
		s.Fatalf("close: %v", err)
	}
	for what, use := range s.uses(s.ctx, store) {
		isError(s, what+" after Close", use(), graph.ErrClosed)
	}
	_, err := s.db.Tenant(s.ctx, tenantCode)
	isError(s, "Tenant after Close", err, graph.ErrClosed)
	_, err = s.db.CreateTenant(s.ctx, "2480")
	isError(s, "CreateTenant after Close", err, graph.ErrClosed)
	_, err = s.db.Tenants(s.ctx)
	isError(s, "Tenants after Close", err, graph.ErrClosed)
}

func cancelledBefore(s *suite) {
	store := s.ready()
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	for what, use := range s.uses(ctx, store) {
		isError(s, what+" with a cancelled context", use(), context.Canceled)
	}
	if r := must[model.Revision](s)(store.Revision(s.ctx)); r != 0 {
		s.Errorf("calls with a cancelled context came to revision %d", r)
	}
}

// uses is a call of each kind that a store has, by name.
func (s *suite) uses(ctx context.Context, store graph.Store) map[string]func() error {
	ids := s.ids(1)
	return map[string]func() error{
		"Revision": func() error { _, err := store.Revision(ctx); return err },
		"Goldens":  func() error { _, err := store.Goldens(ctx, ids, graph.WithValues); return err },
		"Versions": func() error { _, err := store.Versions(ctx, ids); return err },
		"Known":    func() error { _, err := store.Known(ctx, []graph.Hash{hash(1)}); return err },
		"Heads":    func() error { _, err := store.Heads(ctx, []model.RecordKey{key("1")}); return err },
		"List": func() error {
			_, err := collect(store.List(ctx, graph.ListQuery{Kind: model.Person, Disclosure: open, Limit: 1}))
			return err
		},
		"Scan":      func() error { _, err := collect(store.Scan(ctx, model.KindUnknown, 0)); return err },
		"ScanHeads": func() error { _, err := collect(store.ScanHeads(ctx, "", "")); return err },
		"Find": func() error {
			_, err := collect(store.Find(ctx, graph.FindQuery{Kind: model.Person, Disclosure: open, Limit: 1,
				Terms: []graph.FindTerm{{Spaces: []graph.Space{nameSpace}, Key: "a", Prefix: true}}}))
			return err
		},
		"Changes":   func() error { _, err := collect(store.Changes(ctx, graph.ChangePosition{}, 1)); return err },
		"CountWork": func() error { _, _, _, err := store.CountWork(ctx); return err },
		"At":        func() error { _, err := store.At(ctx, 0); return err },
		"Snapshot": func() error {
			_, release, err := store.Snapshot(ctx)
			if err == nil {
				release()
			}
			return err
		},
		"Update": func() error {
			_, err := store.Update(ctx, s.provenance(), func(tx graph.Tx) error { _, err := tx.TakeRevision(ctx); return err })
			return err
		},
		"BeginLoad": func() error { _, err := store.BeginLoad(ctx); return err },
		"Loading":   func() error { _, err := store.Loading(ctx); return err },
	}
}
