package gql_test

import (
	"fmt"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
)

// BenchmarkFilteredList is a list of 50 units that is narrowed, ordered and counted,
// of a past revision or with evidence, by its plan and as the generated executor answers it.
func BenchmarkFilteredList(b *testing.B) {
	town := gqltest.New(b)
	for i := range 60 {
		town.DeliverUnit(b, fmt.Sprint("u", i))
	}
	const row = `id name { text lang } type { notation } parent { target { id } }`
	for _, list := range []struct{ name, query string }{
		{"search", `{ organisations(first: 50, search: "enhet") { nodes { ` + row + ` } } }`},
		{"values", `{ organisations(first: 50, filter: {values: [{property: "name", value: "enhet"}]}, orderBy: NAME_DESC) { nodes { ` + row + ` } } }`},
		{"under", `{ organisations(first: 50, filter: {under: {organisation: "` + town.IDs(b, "«hr/organisation/kommun»") + `"}}, orderBy: NAME) { nodes { ` + row + ` } } }`},
		{"past", `{ organisations(first: 50, asOf: {revision: 60}) { nodes { ` + row + ` } } }`},
		{"evidence", `{ organisations(first: 50) { nodes { id statements(properties: ["name", "type"]) { property text rule period { from } support { source record since } } } } }`},
		{"counted", `{ organisations(first: 50, filter: {values: [{property: "name", value: "enhet"}]}, orderBy: NAME) { totalCount nodes { ` + row + ` } } }`},
	} {
		both := newPair(town)
		for name, x := range map[string]*gql.Executor{"planned": both.x, "executed": both.unplanned} {
			b.Run(list.name+"/"+name, func(b *testing.B) {
				view := town.View(access.Rights{Role: access.Reader})
				for b.Loop() {
					if resp := x.Execute(b.Context(), view, gql.Request{Query: list.query}); len(resp.Errors) > 0 {
						b.Fatal(resp.Errors)
					}
				}
				b.ReportMetric(float64(gql.AnsweredByPlan(x)), "plans")
			})
		}
	}
}
