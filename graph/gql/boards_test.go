package gql_test

import (
	"encoding/json"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// A teacher whom payroll and the school spell two ways is shown to the school board
// as the school spells her, and found by that; to the house as payroll does.
func TestTheSchoolBoardIsShownTheSchoolsSpelling(t *testing.T) {
	town := gqltest.Altered(t, func(r *model.Record) {
		for i := range r.Statements {
			if st := &r.Statements[i]; r.Key.LocalID == "teacher-7" && st.Property == ontology.PersonFamilyName {
				st.Value, st.Original = model.Text{Text: "Eek"}, ""
			}
		}
	})
	x := gql.New(gql.Options{Clock: town.Clock.Now})
	for _, c := range []struct{ caller, name, want string }{
		{"one board", "eek", `[{"givenName":"Anna","familyName":"Eek","statements":[{"text":"Eek","rule":"ONLY","alternatives":[]}]}]`},
		{"one board", "ek", `[]`},
		{"restricted", "ek", `[{"givenName":"Anna Maria","familyName":"Ek","statements":[{"text":"Ek","rule":"TRUST","alternatives":[{"text":"Eek"}]}]}]`},
		{"restricted", "eek", `[]`},
	} {
		got := x.Execute(t.Context(), town.View(callers()[c.caller]), gql.Request{
			Query:     `query($name: String!) { persons(first: 5, filter: {values: [{property: "familyName", value: $name}]}) { nodes { givenName familyName statements(properties: ["familyName"]) { text rule alternatives { text } } } } }`,
			Variables: map[string]any{"name": c.name},
		})
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"data":{"persons":{"nodes":` + c.want + `}}}`; string(text) != want {
			t.Errorf("%s is shown for %q\n%s\nwant\n%s", c.caller, c.name, text, want)
		}
	}
}
