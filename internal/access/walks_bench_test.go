package access_test

import (
	"context"
	"iter"
	"slices"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/cayley"
	"github.com/karna-registry/karna/graph/pathexpr"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// onEngines runs f over an empty store of each engine.
func onEngines[T interface {
	testing.TB
	Run(string, func(T)) bool
}](t T, f func(T, graph.Store)) {
	t.Run("sqlite", func(t T) { f(t, open(t)) })
	t.Run("postgres", func(t T) {
		db, err := postgres.Open(ctx, testkit.Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		f(t, firstTenant(t, db))
	})
}

// staffed is a place of work with n persons employed, and as many posts.
func staffed(n int) func(i int) *model.Golden {
	return func(i int) *model.Golden {
		g := &model.Golden{ID: id(i + 1), Kind: model.Role, Disclosure: model.Internal}
		one := func(p model.PropertyID, v model.Value) {
			g.Values = append(g.Values, model.GoldenValue{Property: p, Value: v})
		}
		unit := model.Link{To: id(1), Disclosure: model.Open}
		switch {
		case i == 0:
			return organisation(0)
		case i <= n:
			one(ontology.RoleHolder, model.Link{To: id(2*n + i + 1), Disclosure: model.Internal})
			one(ontology.RoleOrganisation, unit)
			one(ontology.RoleType, code("role-type", "employment"))
		case i <= 2*n:
			one(ontology.RoleOrganisation, unit)
			one(ontology.RoleType, code("role-type", "post"))
		default:
			g.Kind = model.Person
			one(ontology.PersonFamilyName, text("Ek"))
			one(ontology.PersonProtection, noteOf(model.ProtectionNone))
		}
		return g
	}
}

// lookups counts the lookups of a source.
type lookups struct {
	quads.QuadSource
	n int
}

func (l *lookups) Match(ctx context.Context, p quads.Pattern) iter.Seq2[quads.Quad, error] {
	l.n++
	return l.QuadSource.Match(ctx, p)
}

var (
	below    = []walk.Step{{Predicate: quads.Predicate(ontology.OrgParent), Inverse: true}}
	employed = "^organisation[roleType=employment]/holder"
	anyDay   = model.Date{Year: 2024, Month: 3, Day: 5}
)

func TestFiveThousandDescendantsTakeFewLookupsOnEachEngine(t *testing.T) {
	onEngines(t, func(t *testing.T, store graph.Store) {
		fill(t, store, 5001, organisation)
		source := &lookups{QuadSource: benchView(store, public).QuadsOn(anyDay, "line")}
		got, err := walk.New(source, walk.Limits{}).Reach(ctx, quads.EntityIRI(base, model.Organisation, id(1)), below, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 5000 || source.n > 30 {
			t.Errorf("%d descendants in %d lookups; want 5000 in at most 30", len(got), source.n)
		}
		up, err := walk.New(source, walk.Limits{}).Reach(ctx, quads.EntityIRI(base, model.Organisation, id(4711)), []walk.Step{{Predicate: below[0].Predicate}}, 0)
		if err != nil || len(up) != 4 {
			t.Errorf("above the last: %v, %v", up, err)
		}
	})
}

func TestThousandsAreFollowedInFewLookupsOnEachEngine(t *testing.T) {
	onEngines(t, func(t *testing.T, store graph.Store) {
		const n = 2000
		fill(t, store, 3*n+1, staffed(n))
		for name, want := range map[string]int{"restricted": n, "reader": 0, "public": 0} {
			source := &lookups{QuadSource: benchView(store, callers[name]).QuadsOn(anyDay, "")}
			got, err := followed(source)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != want || source.n > 15 {
				t.Errorf("%s: %d found in %d lookups; want %d in at most 15", name, len(got), source.n, want)
			}
		}
	})
}

func followed(source quads.QuadSource) ([]string, error) {
	e, err := pathexpr.Parse(employed)
	if err != nil {
		return nil, err
	}
	return cayley.Follow(ctx, walk.NewBudget(source, walk.Limits{}), base, quads.EntityIRI(base, model.Organisation, id(1)), e)
}

// BenchmarkDescendants is a hierarchy of 5,000 below one, beside reading 5,000
// records whose ids are known.
func BenchmarkDescendants(b *testing.B) {
	onEngines(b, func(b *testing.B, store graph.Store) {
		const n = 5000
		fill(b, store, n+1, organisation)
		v := benchView(store, public)
		b.Run("walk", func(b *testing.B) {
			b.ReportAllocs()
			lookups := 0
			for b.Loop() {
				w := walk.New(v.QuadsOn(anyDay, ""), walk.Limits{})
				got, err := w.Reach(ctx, quads.EntityIRI(base, model.Organisation, id(1)), below, 0)
				if err != nil || len(got) != n {
					b.Fatal(len(got), err)
				}
				lookups = w.Lookups()
			}
			b.ReportMetric(float64(lookups), "lookups")
		})
		b.Run("read", func(b *testing.B) {
			ids := make([]model.EntityID, n)
			for i := range ids {
				ids[i] = id(i + 2)
			}
			b.ReportAllocs()
			for b.Loop() {
				for some := range slices.Chunk(ids, 500) {
					if got, err := v.Entities(ctx, some); err != nil || got[0] == nil {
						b.Fatal(err)
					}
				}
			}
		})
	})
}

// BenchmarkFollow is who is employed at a place of work of 2,000.
func BenchmarkFollow(b *testing.B) {
	onEngines(b, func(b *testing.B, store graph.Store) {
		const n = 2000
		fill(b, store, 3*n+1, staffed(n))
		source := &lookups{QuadSource: benchView(store, restricted).QuadsOn(anyDay, "")}
		b.ReportAllocs()
		for b.Loop() {
			source.n = 0
			if got, err := followed(source); err != nil || len(got) != n {
				b.Fatal(len(got), err)
			}
		}
		b.ReportMetric(float64(source.n), "lookups")
	})
}

// housed is staffed with an address point, the last of all, where every other of
// the persons lives.
func housed(n int) func(i int) *model.Golden {
	home := model.Address{Street: "Ekvägen", StreetNumber: "2", PostalCode: "98765"}
	of := staffed(n)
	return func(i int) *model.Golden {
		if i == 3*n+1 {
			return &model.Golden{ID: id(i + 1), Kind: model.Geography, Disclosure: model.Open, Values: []model.GoldenValue{{Property: ontology.GeoAddress, Value: home}}}
		}
		g := of(i)
		if g.Kind == model.Person && i%2 == 0 {
			g.Values = append(g.Values, model.GoldenValue{Property: ontology.PersonAddress, Value: home})
		}
		return g
	}
}

// TestThousandsOfPersonsAreFoundByPlaceAndWork on each engine: all of them, on pages
// and in the total, by those who see where somebody lives and works.
func TestThousandsOfPersonsAreFoundByPlaceAndWork(t *testing.T) {
	onEngines(t, func(t *testing.T, store graph.Store) {
		const n = 2000
		fill(t, store, 3*n+2, housed(n))
		for name, f := range map[string]access.Filter{"under": {Under: new(id(1))}, "within": {Within: new(id(3*n + 2))}} {
			want := map[string]int{"restricted": n, "reader": 0, "public": 0}
			if name == "within" {
				want["restricted"] = n / 2
			}
			for caller, want := range want {
				v := benchView(store, callers[caller])
				if total, ok, err := v.Total(ctx, model.Person, f); err != nil || !ok || total != want {
					t.Errorf("%s, %s: a total of %d, %t, %v; want %d", name, caller, total, ok, err, want)
				}
				found := 0
				for page := (access.Page{First: 900}); ; {
					p, err := v.List(ctx, model.Person, f, page)
					if err != nil {
						t.Fatal(err)
					}
					found += len(p.Items)
					if !p.HasNext {
						break
					}
					page.After = p.Cursors[len(p.Cursors)-1]
				}
				if found != want {
					t.Errorf("%s, %s: %d persons on the pages; want %d", name, caller, found, want)
				}
			}
		}
	})
}

// BenchmarkPersonsFiltered is the first 50 of 2,000 who work at a place of work, and
// of 1,000 who live at an address.
func BenchmarkPersonsFiltered(b *testing.B) {
	onEngines(b, func(b *testing.B, store graph.Store) {
		const n = 2000
		fill(b, store, 3*n+2, housed(n))
		v := benchView(store, restricted)
		for name, f := range map[string]access.Filter{"under": {Under: new(id(1))}, "within": {Within: new(id(3*n + 2))}} {
			b.Run(name, func(b *testing.B) {
				for b.Loop() {
					if p, err := v.List(ctx, model.Person, f, access.Page{First: 50}); err != nil || len(p.Items) != 50 {
						b.Fatal(err)
					}
				}
			})
		}
	})
}
