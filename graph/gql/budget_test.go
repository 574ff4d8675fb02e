package gql_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// fieldsOf counts the fields of an answer.
func fieldsOf(t *testing.T, data json.RawMessage) int {
	t.Helper()
	var of func(v any) int
	of = func(v any) (n int) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				n += of(one)
			}
		case map[string]any:
			n = len(v)
			for _, one := range v {
				n += of(one)
			}
		}
		return n
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v: %.80s", err, data)
	}
	return of(v)
}

// manyForms is a town with a school of every type of organisation.
func manyForms(t *testing.T) *gqltest.Town {
	t.Helper()
	return gqltest.Altered(t, func(r *model.Record) {
		if r.Key.Kind == model.Organisation && r.Key.LocalID == "school" {
			for _, n := range ontology.Notations("organisation-type") {
				r.Statements = append(r.Statements, model.Statement{Property: ontology.OrgType, Value: model.Code{Scheme: "organisation-type", Notation: n}})
			}
		}
	})
}

// TestNoAnswerIsLargerThanItsLimit: however many elements lists without pages have,
// in lists in lists, of a plan and of the executor, an answer has at most as many
// fields as are allowed, or none.
func TestNoAnswerIsLargerThanItsLimit(t *testing.T) {
	town := manyForms(t)
	school := `organisation(id: "` + town.ID(t, "hr", model.Organisation, "school").String() + `")`
	for name, test := range map[string]struct {
		query   string
		planned bool
	}{
		"a list":                   {`{ codeList(scheme: "kommun") { concepts { id broader { target { id } } } } }`, false},
		"all lists":                {`{ codeLists { scheme concepts { notation label { text lang } } } }`, false},
		"pages in lists":           {`{ codeList(scheme: "kommun") { concepts { broader { target { narrower(first: 2) { nodes { id } } } } } } }`, false},
		"in a fragment":            {`{ codeList(scheme: "kommun") { concepts { ...f } } } fragment f on Concept { id ... { notation broader { role } } }`, false},
		"a list of a record":       {"{ " + school + " { type { scheme notation } } }", true},
		"a list of a page's":       {"{ " + school + " { legalEntity { units(first: 30) { nodes { type { notation } } edges { node { id } } } } } }", true},
		"a list in the evidence":   {"{ " + school + " { statements { property support { source } } } }", true},
		"evidence of many records": {"{ organisations(first: 10) { nodes { statements { text alternatives { text support { source } } } } } }", true},
	} {
		t.Run(name, func(t *testing.T) {
			whole := 0
			// With as much as the query is taken to cost at least, and up to what its answer has.
			for _, most := range []int{1_000_000, 20, 50, 100, 120, 150, 200, 500, 1000, 1500, 3000} {
				x := gql.New(gql.Options{Clock: town.Clock.Now, Log: testkit.Log(t), Limits: gql.Limits{Cost: most}})
				for again := range 2 { // a plan answers what was asked before
					resp := x.Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: test.query})
					if resp.Data == nil {
						if len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeLimit || !strings.Contains(resp.Errors[0].Message, fmt.Sprint(most)) {
							t.Fatalf("of %d: %v", most, resp.Errors)
						}
						continue
					}
					n := fieldsOf(t, resp.Data)
					if n > most || len(resp.Errors) > 0 {
						t.Errorf("of %d: %d fields, %v", most, n, resp.Errors)
					}
					if most == 1_000_000 {
						whole = n
					}
					if n != whole {
						t.Errorf("of %d: %d fields, want all %d or none", most, n, whole)
					}
					if planned := gql.AnsweredByPlan(x) > 0; again == 1 && planned != test.planned {
						t.Errorf("by a plan: %t", planned)
					}
				}
			}
			if whole < 20 {
				t.Errorf("the answer has %d fields: nothing is tested", whole)
			}
		})
	}
}

// TestAListWithinListsIsRefused: each municipality has its county
// with all others, twice.
func TestAListWithinListsIsRefused(t *testing.T) {
	town := gqltest.New(t)
	x := gql.New(gql.Options{Clock: town.Clock.Now, Log: testkit.Log(t)})
	const query = `{ codeList(scheme: "kommun") { concepts { id broader { target { narrower(first: 30) { nodes { id broader { target { narrower(first: 30) { nodes { id iri } } } } } } } } } } }`
	resp := x.Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: query})
	if resp.Data != nil || len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeLimit {
		t.Errorf("answered %d bytes, %v", len(resp.Data), resp.Errors)
	}
}

// TestAChangeIsToldWhateverItsAnswer: it has been made.
func TestAChangeIsToldWhateverItsAnswer(t *testing.T) {
	town := manyForms(t)
	query := town.IDs(t, `mutation { merge(goldens: ["«hr/organisation/school»", "«hr/organisation/library»"], reason: "test") { revision records { ... on Organisation { type { scheme notation a: scheme b: notation } } } } }`)
	x := gql.New(gql.Options{Stewardship: town.Registry, Clock: town.Clock.Now, Log: testkit.Log(t), Limits: gql.Limits{Cost: 95}})
	resp := x.Execute(t.Context(), town.View(everything), gql.Request{Query: query})
	if n := fieldsOf(t, resp.Data); len(resp.Errors) > 0 || n <= 95 {
		t.Errorf("%d fields, want more than 95: %v", n, resp.Errors)
	}
}

// TestWhatIsAskedByIsRefusedBeyondItsBounds: lists of entries and words, in the query
// and in variables, by the executor and where a plan is kept.
func TestWhatIsAskedByIsRefusedBeyondItsBounds(t *testing.T) {
	town := gqltest.New(t)
	x := gql.New(gql.Options{Clock: town.Clock.Now, Log: testkit.Log(t)})
	words := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "ord%d ", i)
		}
		return b.String()
	}
	entries := func(n int, one any) (out []any) {
		for range n {
			out = append(out, one)
		}
		return out
	}
	codes := func(n int) any {
		return entries(n, map[string]any{"scheme": "organisation-type", "notation": "school"})
	}
	values := func(n int) any {
		return map[string]any{"values": entries(n, map[string]any{"property": "type", "value": "school"})}
	}
	school := town.ID(t, "hr", model.Organisation, "school").String()
	for name, test := range map[string]struct {
		query     string
		most, few any
		said      string
	}{
		"search":            {`query($x: String!) { search(text: $x) { nodes { id } didYouMean } }`, words(2000), words(20), "20"},
		"a list's search":   {`query($x: String!) { organisations(search: $x) { nodes { id } } }`, words(60_000), words(20), "2000"},
		"a value":           {`query($x: String!) { organisations(filter: {values: [{property: "name", value: $x}]}) { nodes { id } } }`, words(21), words(20), "20"},
		"codes":             {`query($x: [CodeInput!]) { organisations(codes: $x) { nodes { id } } }`, codes(5000), codes(64), "5000"},
		"values":            {`query($x: RecordFilter) { organisations(filter: $x) { nodes { id } } }`, values(65), values(64), "65"},
		"kinds":             {`query($x: [Kind!]) { search(text: "ek", kinds: $x) { nodes { id } } }`, entries(65, "PERSON"), entries(64, "PERSON"), "65"},
		"properties":        {`query($x: [String!]) { organisation(id: "` + school + `") { statements(properties: $x) { text } } }`, entries(65, "name"), entries(64, "name"), "65"},
		"links of a path":   {`query($x: [String!]) { path(from: "` + school + `", to: "` + school + `", via: $x) { length } }`, entries(65, "parent"), entries(64, "parent"), "65"},
		"of what is around": {`query($x: [String!]) { organisation(id: "` + school + `") { neighbourhood(via: $x) { totalCount } } }`, entries(65, "parent"), entries(64, "parent"), "65"},
	} {
		for range 2 { // a plan answers what was asked before
			if resp := x.Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: test.query, Variables: map[string]any{"x": test.few}}); len(resp.Errors) > 0 {
				t.Errorf("%s: few are refused: %v", name, resp.Errors)
			}
			resp := x.Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: test.query, Variables: map[string]any{"x": test.most}})
			if len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeLimit || !strings.Contains(resp.Errors[0].Message, test.said) {
				t.Errorf("%s: many are answered %.80s, %v", name, resp.Data, resp.Errors)
			}
		}
	}
	literal := `{ organisations(codes: [` + strings.Repeat(`{scheme: "organisation-type", notation: "school"}`, 65) + `]) { nodes { id } } }`
	for range 2 {
		if resp := x.Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: literal}); len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeLimit {
			t.Errorf("codes in the query: %v", resp.Errors)
		}
	}
}

// TestANameThatIsNotIsRefused: it does not answer as if there were nothing, neither
// the first time nor by a plan.
func TestANameThatIsNotIsRefused(t *testing.T) {
	town := gqltest.New(t)
	x := gql.New(gql.Options{Clock: town.Clock.Now, Log: testkit.Log(t)})
	school := town.ID(t, "hr", model.Organisation, "school").String()
	one := func(below string) string {
		return `query($x: String) { organisation(id: "` + school + `") { ` + below + ` } }`
	}
	const hierarchies, lists = "line, economy, school", "code list"
	for name, test := range map[string]struct{ query, right, said string }{
		"parent":            {one("parent(hierarchy: $x) { role }"), "line", hierarchies},
		"children":          {one("children(hierarchy: $x) { nodes { id } }"), "line", hierarchies},
		"descendants":       {one("descendants(hierarchy: $x) { totalCount }"), "line", hierarchies},
		"ancestors":         {one("ancestors(hierarchy: $x) { totalCount }"), "line", hierarchies},
		"under":             {`query($x: String) { organisations(filter: {under: {organisation: "` + school + `", hierarchy: $x}}) { nodes { id } } }`, "line", hierarchies},
		"a value's list":    {`query($x: String) { organisations(filter: {values: [{property: "type", scheme: $x, value: "school"}]}) { nodes { id } } }`, "organisation-type", lists},
		"a code's list":     {`query($x: String!) { organisations(codes: [{scheme: $x, notation: "school"}]) { nodes { id } } }`, "organisation-type", lists},
		"into a list":       {`query($x: String) { translateCode(scheme: "school-type", notation: "FS", to: $x) { relation } }`, "school-type-2023", lists},
		"a scheme":          {`query($x: String!) { organisationByIdentifier(scheme: $x, value: "1") { id } }`, "organisationsnummer", "organisationsnummer"},
		"a scheme's filter": {`query($x: String) { organisations(filter: {values: [{property: "identifier", scheme: $x, value: "1"}]}) { nodes { id } } }`, "organisationsnummer", "organisationsnummer"},
	} {
		for range 2 {
			if resp := x.Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: test.query, Variables: map[string]any{"x": test.right}}); len(resp.Errors) > 0 {
				t.Errorf("%s = %q: %v", name, test.right, resp.Errors)
			}
			for _, wrong := range []string{"zz", "LINE", ""} {
				if wrong == "" && test.said != hierarchies {
					continue // as if it were left out
				}
				resp := x.Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: test.query, Variables: map[string]any{"x": wrong}})
				if len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeBadInput || !strings.Contains(resp.Errors[0].Message, test.said) {
					t.Errorf("%s = %q: answered %s, %v", name, wrong, resp.Data, resp.Errors)
				}
			}
		}
	}
}

// TestWhatIsNothingFindsNothing: an empty text and nobody's id are asked by, and are
// not left out.
func TestWhatIsNothingFindsNothing(t *testing.T) {
	town := gqltest.New(t)
	x := gql.New(gql.Options{Clock: town.Clock.Now, Log: testkit.Log(t)})
	const nobody = "00000000-0000-0000-0000-000000000000"
	for query, want := range map[string]string{
		`{ organisations(search: "") { totalCount nodes { id } } }`:                                                                   `{"organisations":{"totalCount":0,"nodes":[]}}`,
		`{ organisations(search: "  ") { totalCount nodes { id } } }`:                                                                 `{"organisations":{"totalCount":0,"nodes":[]}}`,
		`{ search(text: "") { nodes { id } didYouMean } }`:                                                                            `{"search":{"nodes":[],"didYouMean":[]}}`,
		`{ persons(filter: {under: {organisation: "` + nobody + `"}}) { totalCount nodes { id } } }`:                                  `{"persons":{"totalCount":0,"nodes":[]}}`,
		`{ organisations(filter: {within: "` + nobody + `"}) { totalCount nodes { id } } }`:                                           `{"organisations":{"totalCount":0,"nodes":[]}}`,
		`{ roles(filter: {values: [{property: "organisation", to: "` + nobody + `"}]}) { totalCount nodes { id } } }`:                 `{"roles":{"totalCount":0,"nodes":[]}}`,
		`{ codeList(scheme: "") { scheme } }`:                                                                                         `{"codeList":null}`,
		`{ concept: code(scheme: "sex", notation: "female") { sv: label(lang: "SV") { text } en: label(lang: "En") { text lang } } }`: `{"concept":{"sv":[{"text":"Kvinna"}],"en":[{"text":"Female","lang":"en"}]}}`,
	} {
		for range 2 {
			resp := x.Execute(t.Context(), town.View(access.Rights{Role: access.Steward, Actor: "test"}), gql.Request{Query: query})
			if string(resp.Data) != want || len(resp.Errors) > 0 {
				t.Errorf("%s: %s, %v", query, resp.Data, resp.Errors)
			}
		}
	}
}
