package gqltest

import (
	"log/slog"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/relational"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// Base is what the town's addresses begin with.
const Base = "https://data.example.se"

// Town is the municipality.
type Town struct {
	Store    graph.Store
	Registry *registry.Registry
	Access   *access.Access
	Clock    *testkit.Clock
	Log      *slog.Logger // fails the test when a personal number goes through it
	Keys     *seal.Keyring
	made     making
}

// making is how a town is made otherwise than the usual one.
type making struct {
	tenant model.Tenant // "" for the first
	ids    func() model.EntityID
	keys   *seal.Keyring // nil for new ones
	// sheltering: there is a board of which everything is restricted.
	sheltering bool
	// alter changes what sources say, before it is delivered; nil for as it is.
	alter func(model.Source, []model.Record) []model.Record
}

// New makes a town and delivers what its sources say.
func New(t testing.TB) *Town { return made(t, making{}) }

// Altered is New with each record changed before it is delivered.
func Altered(t testing.TB, alter func(*model.Record)) *Town {
	return made(t, making{alter: func(_ model.Source, all []model.Record) []model.Record {
		for i := range all {
			alter(&all[i])
		}
		return all
	}})
}

func made(t testing.TB, m making) *Town {
	t.Helper()
	db, err := sqlite.Open(t.Context(), testkit.Folder(t)+"/town.db")
	if err != nil {
		t.Fatal(err)
	}
	return on(t, db, m)
}

// Engines runs a test in a town on each engine.
func Engines(t *testing.T, test func(*testing.T, *Town)) { Watched(t, nil, test) }

// Watched is Engines with the statements told that the town's store runs.
func Watched(t *testing.T, run func(*relational.Statement), test func(*testing.T, *Town)) {
	watch := func(db *relational.Database) {
		if run != nil {
			db.Watch(run)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), testkit.Folder(t)+"/town.db")
		if err != nil {
			t.Fatal(err)
		}
		watch(db.Database)
		test(t, on(t, db, making{}))
	})
	t.Run("postgres", func(t *testing.T) {
		db, err := postgres.Open(t.Context(), testkit.Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		watch(db.Database)
		test(t, on(t, db, making{}))
	})
}

// Counted is Engines with what says how many statements the town's store has run.
func Counted(t *testing.T, test func(t *testing.T, town *Town, ran func() int64)) {
	var n atomic.Int64
	Watched(t, func(*relational.Statement) { n.Add(1) }, func(t *testing.T, town *Town) { test(t, town, n.Load) })
}

// Neighbours runs a test in two towns of one database, on each engine.
func Neighbours(t *testing.T, test func(t *testing.T, one, other *Town)) {
	both := func(t *testing.T, db graph.Database) {
		test(t, on(t, db, making{}), found(t, db, neighbour()))
	}
	t.Run("sqlite", func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), testkit.Folder(t)+"/towns.db")
		if err != nil {
			t.Fatal(err)
		}
		both(t, db)
	})
	t.Run("postgres", func(t *testing.T) {
		db, err := postgres.Open(t.Context(), testkit.Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		both(t, db)
	})
}

// Like makes a town that is the same as one of Neighbours, in a store of its own.
func Like(t testing.TB, town *Town) *Town {
	t.Helper()
	db, err := sqlite.Open(t.Context(), t.TempDir()+"/town.db")
	if err != nil {
		t.Fatal(err)
	}
	return on(t, db, making{keys: town.Keys})
}

// neighbour is another tenant, with ids of its own.
func neighbour() making { return making{tenant: "0198", ids: testkit.IDs(2)} }

// on makes the town on an empty database, which it closes.
func on(t testing.TB, db graph.Database, m making) *Town {
	t.Helper()
	prepared(t, db)
	return found(t, db, m)
}

// prepared makes a database ready for towns, and closes it at the end.
func prepared(t testing.TB, db graph.Database) {
	t.Helper()
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// found makes a town of a tenant.
func found(t testing.TB, db graph.Database, m making) *Town {
	t.Helper()
	ctx := t.Context()
	var err error
	if m.tenant == "" {
		m.tenant = "0199"
	}
	if m.ids == nil {
		m.ids = testkit.IDs(1)
	}
	if m.keys == nil {
		if m.keys, err = seal.Generate(); err != nil {
			t.Fatal(err)
		}
	}
	town := &Town{Clock: testkit.NewClock(), Log: testkit.Log(t), Keys: m.keys, made: m}
	if town.Store, err = db.CreateTenant(ctx, m.tenant); err != nil {
		t.Fatal(err)
	}
	sources := []registry.Source{source("hr", "kommunstyrelsen", 2), source("school", "utbildningsnämnden", 1), source("web", "kommunstyrelsen", 1)}
	if m.sheltering {
		social := source("social", "socialnämnden", 1)
		social.Disclosure = model.Restricted
		sources = append(sources, social)
	}
	town.Registry, err = registry.New(registry.Options{
		Store: town.Store, Keys: m.keys, Jurisdiction: "SE", Clock: town.Clock.Now, NewID: m.ids, Logger: town.Log, Sources: sources,
	})
	if err != nil {
		t.Fatal(err)
	}
	town.Access = town.AuditedBy(town.Registry.Audit())
	town.Deliver(t, "hr", staff()...)
	town.Deliver(t, "school", school()...)
	town.Deliver(t, "web", services()...)
	return town
}

// AuditedBy is access to the town that tells another auditor who looks.
func (t *Town) AuditedBy(auditor access.Auditor) *access.Access {
	sources := map[model.Source]access.Source{}
	for _, s := range t.Registry.Sources() {
		sources[s.Name] = access.Source{Authority: s.Authority, Disclosure: s.Disclosure}
	}
	return access.New(access.Deps{
		Store: t.Store, BaseIRI: Base, Unsealer: t.Registry, Keyer: t.Registry, Scoper: t.Registry, Hearer: t.Registry, Weigher: t.Registry, Finder: t.Registry, Auditor: auditor, Clock: t.Clock.Now,
		Sources: sources,
	})
}

func source(name model.Source, authority string, trust int) registry.Source {
	return registry.Source{Name: name, Authority: authority, Purpose: "test", Format: format{}, Trust: trust}
}

// Deliver brings records into the registry as one delta of a source.
func (t *Town) Deliver(tb testing.TB, source model.Source, records ...model.Record) {
	tb.Helper()
	if t.made.alter != nil {
		records = t.made.alter(source, records)
	}
	_, err := t.Registry.Ingest(tb.Context(), registry.Request{
		Source: source, Name: string(source) + ".test", Reader: encode(tb, source, records), Delta: true, Date: t.Clock.Now(),
	})
	if err != nil {
		tb.Fatalf("deliver %d records of %s: %v", len(records), source, err)
	}
}

// View is the town as a caller sees it.
func (t *Town) View(r access.Rights) *access.View { return t.Access.View(r) }

// ID is the id of a record by its key.
func (t *Town) ID(tb testing.TB, source model.Source, kind model.Kind, local string) model.EntityID {
	tb.Helper()
	heads, err := t.Store.Heads(tb.Context(), []model.RecordKey{{Source: source, Kind: kind, LocalID: local}})
	if err != nil {
		tb.Fatal(err)
	}
	if heads[0].ID.IsZero() {
		tb.Fatalf("%s has no %s %q", source, kind, local)
	}
	return heads[0].ID
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// Names replaces every id in a text by its record's key, so that a golden file
// does not depend on the order in which ids were given.
func (t *Town) Names(tb testing.TB, text []byte) []byte {
	tb.Helper()
	names := map[string]string{}
	for h, err := range t.Store.ScanHeads(tb.Context(), "", "") {
		if err != nil {
			tb.Fatal(err)
		}
		names[h.ID.String()] = h.Key.String()
	}
	return anyID.ReplaceAllFunc(text, func(id []byte) []byte {
		if name, ok := names[string(id)]; ok {
			return []byte(name)
		}
		return []byte("(another id)")
	})
}

// IDs replaces every «source/kind/local id» in a text by the record's id.
func (t *Town) IDs(tb testing.TB, text string) string {
	tb.Helper()
	return quoted.ReplaceAllStringFunc(text, func(name string) string {
		m := quoted.FindStringSubmatch(name)
		kind, err := model.ParseKind(m[2])
		if err != nil {
			tb.Fatal(err)
		}
		return t.ID(tb, model.Source(m[1]), kind, m[3]).String()
	})
}

var quoted = regexp.MustCompile(`«([^/»]+)/([^/»]+)/([^»]+)»`)

// Retract delivers that a source no longer has a record.
func (t *Town) Retract(tb testing.TB, source model.Source, kind model.Kind, local string) {
	tb.Helper()
	t.Deliver(tb, source, model.Record{Key: model.RecordKey{Kind: kind, LocalID: local}, Deleted: true})
}
