package gql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// TestWhatEndsInASpringIsFound: the last day, which is the one before a period's end,
// is in the half-open period that is asked for.
func TestWhatEndsInASpringIsFound(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		date := func(text string) model.Date {
			d, err := model.ParseDate(text)
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		office := func(title string, to model.Date) model.Record {
			return model.Record{
				Key: model.RecordKey{Kind: model.Role, LocalID: title}, Period: model.Period{To: to},
				Statements: []model.Statement{
					{Property: ontology.RoleType, Value: model.Code{Scheme: "role-type", Notation: "post"}},
					{Property: ontology.RoleTitle, Value: model.Text{Text: title}},
				},
			}
		}
		town.Deliver(t, "hr", office("winter", date("2025-03")), office("first", date("2025-03-02")), office("endless", model.Date{}))
		before, _ := endOfFeed(t, town)
		town.Deliver(t, "hr", office("last", date("2025-06")), office("summer", date("2025-06-02")), office("year", date("2026")))
		p := newPair(town)
		for _, c := range []struct{ filter, more, want string }{
			{`endsFrom: "2025-03-01", endsBefore: "2025-06-01"`, "", "first last"},
			{`endsFrom: "2025-03", endsBefore: "2025-06"`, "", "first last"},
			{`endsFrom: "2025-03-01", endsBefore: "2025-06-01"`, "orderBy: NAME_DESC", "last first"},
			{`endsFrom: "2025-03-01", endsBefore: "2025-06-01"`, fmt.Sprintf("asOf: {revision: %d}", before), "first"},
			{`endsFrom: "2025-03-02", endsBefore: "2025-05-31"`, "", ""},
			{`endsFrom: "2025-05-31"`, "", "last summer year"},
			{`endsFrom: "2025-12-31"`, "", "year"},
			{`endsFrom: "2026-01-01"`, "", ""},
			{`endsBefore: "2025-03-01"`, "", "winter"},
			{`endsBefore: "2025-02-28"`, "", ""},
			{`endsFrom: "2025-03", endsBefore: "2025-06", existsOn: "2025-03-02"`, "", "last"},
			{`endsFrom: "2025-03", endsBefore: "2025-06", values: [{property: "title", value: "fir"}]`, "", "first"},
			{`endsBefore: null, endsFrom: null`, `search: "endless"`, "endless"},
		} {
			r := gql.Request{Query: fmt.Sprintf(`{ roles(filter: {%s}, %s) { totalCount nodes { title } } }`, c.filter, c.more)}
			planned, executed, byPlan := p.ask(t, steward, r)
			if planned != executed || !byPlan && !strings.Contains(c.more, "asOf") {
				t.Errorf("%s is answered by its plan (%t) %s\nand by the executor %s", r.Query, byPlan, planned, executed)
			}
			var want []string
			for title := range strings.FieldsSeq(c.want) {
				want = append(want, fmt.Sprintf(`{"title":%q}`, title))
			}
			if all := fmt.Sprintf(`{"data":{"roles":{"totalCount":%d,"nodes":[%s]}}}`, len(want), strings.Join(want, ",")); executed != all {
				t.Errorf("%s %s: %s, want %s", c.filter, c.more, executed, all)
			}
		}
		for _, none := range []string{`endsFrom: "2025-06", endsBefore: "2025-03"`, `endsFrom: "2025-06", endsBefore: "2025-06-01"`} {
			if codes := ask(t, town, steward, fmt.Sprintf(`{ roles(filter: {%s}) { nodes { id } } }`, none), nil); len(codes) != 1 || codes[0] != gql.CodeBadInput {
				t.Errorf("%s, in which there is no day: %v", none, codes)
			}
		}
	})
}
