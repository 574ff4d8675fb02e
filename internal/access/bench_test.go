package access_test

import (
	"fmt"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// crowd fills a store with units of a municipality, a first load as it were.
func crowd(b *testing.B, n int) graph.Store {
	b.Helper()
	store := open(b)
	fill(b, store, n, organisation)
	return store
}

// fill writes n golden records as thing makes them.
func fill(b testing.TB, store graph.Store, n int, thing func(i int) *model.Golden) {
	b.Helper()
	const batch = 10_000
	for start := 0; start < n; start += batch {
		_, err := store.Update(ctx, graph.Provenance{Actor: "bench"}, func(tx graph.Tx) error {
			r, err := tx.TakeRevision(ctx)
			if err != nil {
				return err
			}
			var changes []graph.GoldenChange
			for i := start; i < min(n, start+batch); i++ {
				g := thing(i)
				evidence := model.Evidence{Members: []model.EntityID{g.ID}, Support: make([]model.Support, len(g.Values))}
				for k := range evidence.Support {
					evidence.Support[k].Records = []uint32{0}
				}
				changes = append(changes, graph.GoldenChange{
					New: &graph.Golden{
						ID: g.ID, Kind: g.Kind, Revision: r, Disclosure: g.Disclosure, State: graph.Live, Sort: document.SortKey(g),
						Values:   document.AppendGolden(document.AppendSources(nil, g, &evidence, nil, func(int) model.Source { return "school" }), g),
						Evidence: document.AppendEvidence(nil, &evidence),
					},
					NewTerms: document.Terms(g, nil), NewLinks: document.Links(g, nil),
				})
			}
			return tx.PutGoldens(ctx, changes)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func organisation(i int) *model.Golden {
	one := func(p model.PropertyID, v model.Value) model.GoldenValue {
		return model.GoldenValue{Property: p, Value: v}
	}
	return &model.Golden{ID: id(i + 1), Kind: model.Organisation, Disclosure: model.Open, Values: []model.GoldenValue{
		one(ontology.OrgIdentifier, model.Identifier{Scheme: model.Skolenhetskod, Value: fmt.Sprintf("%08d", i), Status: model.IdentifierValid}),
		one(ontology.OrgName, model.Text{Text: fmt.Sprint("Enhet ", i), Lang: "sv"}),
		one(ontology.OrgType, code("organisation-type", "school-unit")),
		one(ontology.OrgParent, model.Link{To: id(i/10 + 1), Disclosure: model.Open, Role: "line"}),
		one(ontology.OrgAddress, model.Address{Use: "visit", Street: "Storgatan", StreetNumber: fmt.Sprint(i % 99), PostalCode: "13630", Locality: "Haninge"}),
		one(ontology.OrgContact, model.Contact{Medium: "email", Use: "function", Value: fmt.Sprintf("enhet%d@kommun.example", i)}),
	}}
}

func benchView(store graph.Store, r access.Rights) *access.View {
	return access.New(access.Deps{Auditor: access.Unaudited, Store: store, BaseIRI: base, Keyer: keyer{}, Sources: sources}).View(r)
}

// BenchmarkScan is the open dump without its writer.
func BenchmarkScan(b *testing.B) {
	store := crowd(b, 50_000)
	for name, r := range map[string]access.Rights{"public": public, "protected": protected} {
		b.Run(name, func(b *testing.B) {
			v := benchView(store, r)
			b.ReportAllocs()
			var n int
			for b.Loop() {
				for q, err := range v.Quads().Match(ctx, quads.Pattern{}) {
					if err != nil {
						b.Fatal(err)
					}
					n += min(1, len(q.Subject))
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "quads/s")
		})
	}
}

// BenchmarkEntity is one golden record by its id.
func BenchmarkEntity(b *testing.B) {
	store := crowd(b, 50_000)
	v := benchView(store, steward)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := v.Entity(ctx, id(i%50_000+1)); err != nil {
			b.Fatal(err)
		}
		i += 7919
	}
}

// BenchmarkList is a page of a hundred.
func BenchmarkList(b *testing.B) {
	store := crowd(b, 50_000)
	v := benchView(store, public)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.List(ctx, model.Organisation, access.Filter{}, access.Page{First: 100}); err != nil {
			b.Fatal(err)
		}
	}
}
