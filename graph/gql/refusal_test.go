package gql

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"

	"github.com/karna-registry/karna/internal/access"
)

// doubling is a query each of whose fragments spreads the next one twice, so that
// its answer would have two to the power of levels times the fields.
func doubling(body string, levels int) string {
	var q strings.Builder
	q.WriteString(anOrganisation + "{ ...f0 } }")
	for i := range levels {
		fmt.Fprintf(&q, " fragment f%[1]d on Organisation { "+body+" }", i, i+1)
	}
	fmt.Fprintf(&q, " fragment f%d on Organisation { id }", levels)
	return q.String()
}

const anOrganisation = `{ organisation(id: "018f0000-0000-7000-8000-000000000001") `

// nested puts a body within itself: twice at each level, say.
func nested(format string, levels int) string {
	inner := "id"
	for range levels {
		inner = strings.ReplaceAll(format, "%s", inner)
	}
	return anOrganisation + "{ " + inner + " } }"
}

// web is a query of fragments of which each spreads what body says.
func web(n int, body func(i int) string) string {
	var q strings.Builder
	q.WriteString(anOrganisation + "{ ...f0 } }")
	for i := range n {
		fmt.Fprintf(&q, " fragment f%d on Organisation { id %s }", i, body(i))
	}
	return q.String()
}

// later is something for each fragment after i of n.
func later(i, n int, each string) string {
	var b strings.Builder
	for j := i + 1; j < n; j++ {
		b.WriteString(" " + strings.NewReplacer("I", fmt.Sprint(i), "J", fmt.Sprint(j)).Replace(each))
	}
	return b.String()
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(" " + strings.ReplaceAll(format, "N", fmt.Sprint(i)))
	}
	return b.String()
}

// hostile are queries that are within the tokens that a query may have, and are
// much to validate or to answer in one way or another.
var hostile = []struct{ name, query, code string }{
	{"fragments double", doubling("a%[1]d: legalEntity { ...f%[2]d } b%[1]d: legalEntity { ...f%[2]d }", 23), CodeLimit},
	{"fragments double under one name", doubling("legalEntity { ...f%[2]d } legalEntity { ...f%[2]d }", 23), CodeLimit},
	{"spreads double", doubling("...f%[2]d ...f%[2]d", 23), CodeLimit},
	{"spreads double within fragments", doubling("...f%[2]d ... on Organisation { ...f%[2]d }", 23), CodeLimit},
	{"inline fragments double", nested("... on Organisation { ... on Organisation { %s } ... on Organisation { %s } }", 7), CodeLimit},
	{"aliases double", nested("a: legalEntity { %s } b: legalEntity { %s }", 8), CodeLimit},
	{"23 levels", nested("a: legalEntity { %s } b: legalEntity { id }", 23), CodeLimit},
	{"a name a thousand times", "{" + strings.Repeat(" status { revision }", 1000) + "}", CodeLimit},
	{"a name a thousand times, without what is below it", "{" + strings.Repeat(" status", 1000) + "}", CodeLimit},
	{"a leaf two thousand times", "{" + strings.Repeat(" __typename", 2400) + "}", CodeLimit},
	{"a name with much below it", "{" + strings.Repeat(" organisations { nodes {"+strings.Repeat(" parent { target {", 8)+" id"+strings.Repeat(" } }", 8)+" } }", 40) + "}", CodeLimit},
	{"a name in many fragments", "{" + strings.Repeat(" ... {", 800) + strings.Repeat(" __typename", 400) + strings.Repeat(" }", 800) + " }", CodeLimit},
	{"a web of aliases", web(30, func(i int) string { return later(i, 30, "aI_J: legalEntity { ...fJ }") }), CodeLimit},
	{"a web of one name", web(30, func(i int) string { return later(i, 30, "legalEntity { ...fJ }") }), CodeLimit},
	{"a web of spreads", web(45, func(i int) string { return later(i, 45, "...fJ") }), CodeLimit},
	{"a long chain with much at its end", web(300, func(i int) string {
		if i == 299 {
			return numbered(100, "aN: id") + strings.Repeat(" id", 100)
		}
		return fmt.Sprintf("...f%d", i+1)
	}), CodeLimit},
	{"a chain that is nearly too long", web(100, func(i int) string {
		if i == 99 {
			return strings.Repeat(" id iri", 40)
		}
		return fmt.Sprintf("...f%d", i+1)
	}), CodeLimit},
	{"sets that differ each time", web(10, func(i int) string {
		if i > 6 {
			return ""
		}
		return fmt.Sprintf("a: legalEntity { ...f%d ...f%d } b: legalEntity { ...f%d ...f%d }", i+1, i+3, i+2, i+3)
	}), CodeLimit},
	{"operations that share a fragment", numbered(300, "query qN { ...f }") + " fragment f on Query {" + strings.Repeat(" status { revision }", 500) + " }", CodeLimit},
	{"operations with many names", numbered(200, "query qN { ...f }") + " fragment f on Query {" + numbered(490, "aN: __typename") + " }", CodeLimit},
	{"introspection", strings.NewReplacer(anOrganisation+"{ ...f0 } }", "{ __schema { types { ...f0 } } }", "Organisation", "__Type", "{ id }", "{ name }").Replace(
		doubling("a%[1]d: ofType { ...f%[2]d } b%[1]d: ofType { ...f%[2]d }", 23)), CodeLimit},
	{"fragments that are each within all", "{ __schema { types { ...f0 } } }" + numbered(12, "fragment fN on __Type {"+numbered(12, "...fN")+" }"), CodeBadInput},
	{"a long list of variables", "query(" + numbered(250, "$vN: Int") + ") {" + numbered(250, "aN: persons(first: $vN) { __typename }") + " }", CodeLimit},
	{"variables that nobody uses", "query(" + numbered(800, "$vN: ID!") + ") { __typename }", CodeBadInput},
	{"variables that there are not", "{" + numbered(300, "aN: person(id: $vN) { id }") + " }", CodeBadInput},
	{"fields that there are not", "{" + numbered(2000, "organisatioN") + " }", CodeBadInput},
	{"a field that there is not", "{" + strings.Repeat(" organisatione", 2400) + " }", CodeBadInput},
	{"arguments that there are not", "{ organisation(" + numbered(1200, "identifieN: 1") + ") { id } }", CodeBadInput},
	{"a long value", `{ persons(filter: {familyName: [` + strings.Repeat(`"a" `, 4900) + `]}) { nodes { id } } }`, CodeBadInput},
}

// TestHostileQueriesAreRefusedInFewSteps counts what is gone through for a refusal,
// each part in the order it is done: selections counted, then visited by the
// validator, then merged, then measured. A step is well under a microsecond
// (BenchmarkRefusals).
func TestHostileQueriesAreRefusedInFewSteps(t *testing.T) {
	limits := Limits{}.withDefaults()
	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: test.query}, limits.Tokens)
			if err != nil {
				t.Fatal(err)
			}
			counted := newSpreading(doc)
			if size := counted.document(doc); counted.steps > limits.Tokens {
				t.Errorf("%d selections were counted, of %d tokens", counted.steps, limits.Tokens)
			} else if size <= maxSelections && counted.ring == nil {
				var merged *merging
				visited := 0
				observers := &core.Events{}
				observers.OnField(func(*core.Walker, *ast.Field) { visited++ })
				observers.OnInlineFragment(func(*core.Walker, *ast.InlineFragment) { visited++ })
				observers.OnFragmentSpread(func(*core.Walker, *ast.FragmentSpread) { visited++ })
				core.Walk(publishedSchema(), doc, observers)
				if visited > maxSelections {
					t.Errorf("the validator visits %d selections; the most is %d", visited, maxSelections)
				}
				merged = newMerging(publishedSchema())
				for _, op := range doc.Operations {
					merged.merged([]ast.SelectionSet{op.SelectionSet}, false, nil)
				}
				if merged.steps > maxMergeSteps+1 {
					t.Errorf("%d selections were merged; the most is %d", merged.steps, maxMergeSteps)
				}
				m := measure{enough: limits.Cost + 1, fragments: map[string]extent{}}
				if m.selection(doc.Operations[0].SelectionSet); m.steps > limits.Tokens {
					t.Errorf("%d selections were measured, of %d tokens", m.steps, limits.Tokens)
				}
			}
			// The whole way. Nothing is read: there is no store.
			resp := New(Options{}).Execute(t.Context(), (&access.Access{}).View(access.Rights{}), Request{Query: test.query})
			if resp.Data != nil || len(resp.Errors) == 0 || len(resp.Errors) > maxErrors || resp.Errors[0].Extensions["code"] != test.code {
				t.Errorf("answered %s, %v; want %s", resp.Data, resp.Errors, test.code)
			}
		})
	}
}

// TestWhatIsMergedIsGoneThroughOnce: a set of selections is the same one however it
// is come to.
func TestWhatIsMergedIsGoneThroughOnce(t *testing.T) {
	const levels = 23
	for _, body := range []string{
		"a%[1]d: legalEntity { ...f%[2]d } b%[1]d: legalEntity { ...f%[2]d }",
		"legalEntity { ...f%[2]d } legalEntity { ...f%[2]d }",
		"...f%[2]d ... on Organisation { ...f%[2]d }",
	} {
		doc, err := parser.ParseQuery(&ast.Source{Input: doubling(body, levels)})
		if err != nil {
			t.Fatal(err)
		}
		core.Walk(publishedSchema(), doc, &core.Events{})
		m := newMerging(publishedSchema())
		m.merged([]ast.SelectionSet{doc.Operations[0].SelectionSet}, false, nil)
		if len(m.conflicts) > 0 || m.steps > 7*levels {
			t.Errorf("%s: %d conflicts after %d steps; want none after at most %d", body, len(m.conflicts), m.steps, 7*levels)
		}
	}
}

// TestOrdinaryQueriesAreNotSpreadTooOften: what clients ask, and what is large but
// means no harm, is far from what is refused before it is measured.
func TestOrdinaryQueriesAreNotSpreadTooOften(t *testing.T) {
	colocated := "{ organisations(first: 5) { nodes { ...c0 } } }"
	for i := range 40 {
		colocated += fmt.Sprintf(" fragment c%[1]d on Organisation { id name legalEntity { id name organisationNumber: name } ", i)
		for _, below := range []int{2*i + 1, 2*i + 2} {
			if below < 40 {
				colocated += fmt.Sprintf("...c%d ", below)
			}
		}
		colocated += "}"
	}
	for _, test := range []struct{ name, query string }{
		{"each name once", "{" + numbered(90, "aN: person(id: 1) { id iri }") + " }"},
		{"a name a hundred times", "{" + strings.Repeat(" status { revision }", 100) + " }"},
		{"in inline fragments", "{" + strings.Repeat(" ... { status { revision } }", 100) + " }"},
		{"below each other", nested("legalEntity { %s name } legalEntity { id }", 8)},
		{"fragments that double, few times", doubling("legalEntity { ...f%[2]d } legalEntity { ...f%[2]d }", 3)},
		{"a fragment for each part of a page", colocated},
	} {
		doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: test.query}, Limits{}.withDefaults().Tokens)
		if err != nil {
			t.Fatal(test.name, err)
		}
		if size := newSpreading(doc).document(doc); size > maxSelections/4 {
			t.Errorf("%s: it has %d selections, of %d", test.name, size, maxSelections)
		}
		if refused := spreads(doc); refused != nil {
			t.Errorf("%s: %v", test.name, refused)
		}
		if errs := verdict(t, publishedSchema(), mergeRule, test.query); len(errs) > 0 {
			t.Errorf("%s: %q", test.name, errs)
		}
	}
}

// BenchmarkRefusals is what refusing a query costs, from the request's body to the
// answer.
func BenchmarkRefusals(b *testing.B) {
	for _, test := range hostile {
		b.Run(strings.ReplaceAll(test.name, " ", "-"), func(b *testing.B) {
			x := New(Options{})
			view := (&access.Access{}).View(access.Rights{})
			h := x.Handler(func(*http.Request) (Caller, error) { return Caller{View: view}, nil })
			body, err := json.Marshal(Request{Query: test.query})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				ForgetQueries(x)
				w := httptest.NewRecorder()
				r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(string(body)))
				r.Header.Set("Content-Type", "application/json")
				h.ServeHTTP(w, r)
				if !strings.Contains(w.Body.String(), test.code) {
					b.Fatal(w.Body.String())
				}
			}
		})
	}
}
