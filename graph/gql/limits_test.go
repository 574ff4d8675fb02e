package gql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
)

// operation parses and validates a query as the executor does.
func operation(t *testing.T, query string, variables map[string]any) *graphql.OperationContext {
	t.Helper()
	doc, errs := gqlparser.LoadQueryWithRules(publishedSchema(), query, nil)
	if errs != nil {
		t.Fatalf("%s: %v", query, errs)
	}
	vars, err := validator.VariableValues(publishedSchema(), doc.Operations[0], variables)
	if err != nil {
		t.Fatal(err)
	}
	return &graphql.OperationContext{Doc: doc, Operation: doc.Operations[0], Variables: vars}
}

func TestCostIsTheLargestAnswerInFields(t *testing.T) {
	tests := []struct {
		name, query string
		variables   map[string]any
		cost, depth int
	}{
		{"one field", `{ person(id: "x") { id } }`, nil, 2, 2},
		{"a page counts its rows", `{ persons(first: 10) { nodes { id } } }`, nil, 1 + 10*2, 3},
		{"the page size may be a variable", `query($n: Int) { persons(first: $n) { nodes { id } } }`, map[string]any{"n": 50}, 1 + 50*2, 3},
		{"a page without a size has the default", `{ persons { nodes { id } } }`, nil, 1 + DefaultPage*2, 3},
		{"a page larger than allowed counts as the largest", `{ persons(first: 5000) { nodes { id } } }`, nil, 1 + MaxPage*2, 3},
		{"pages within pages multiply", `{ organisations(first: 50) { nodes { roles(first: 20) { nodes { holder { id } } } } } }`, nil, 1 + 50*(1+1+20*(1+2)), 6},
		{"a plain list is a guess", `{ person(id: "x") { identifier { value } } }`, nil, 2 + listGuess, 3},
		{"evidence is dear", `{ person(id: "x") { revision } }`, nil, 1 + evidenceCost, 2},
		{"a total is dear, however large the page", `{ persons(first: 10) { totalCount ...f } } fragment f on PersonConnection { totalCount }`, nil, 1 + countCost + 10*2, 2},
		{"a total that has been counted is not", `{ organisation(id: "x") { descendants(first: 1) { totalCount } } }`, nil, 1 + walkCost + 1, 3},
		{"a filter is dear", `{ persons(first: 10, filter: {existsOn: "2024-01-01"}) { nodes { id } } }`, nil, walkCost + 10*2, 3},
		{"a fragment counts each time it is spread", `{ a: person(id: "x") { ...f } b: person(id: "y") { ...f } } fragment f on Person { id iri }`, nil, 6, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			op := operation(t, test.query, test.variables)
			m := measure{variables: op.Variables, enough: 1 << 30, fragments: map[string]extent{}}
			got := m.selection(op.Operation.SelectionSet)
			if got.cost != test.cost || got.depth != test.depth {
				t.Errorf("cost %d and depth %d, want %d and %d", got.cost, got.depth, test.cost, test.depth)
			}
		})
	}
}

func TestALimitIsARefusalThatSaysWhatToDo(t *testing.T) {
	deep := "{ organisations { nodes { " + strings.Repeat("parent { target { ", 12) + "id" + strings.Repeat(" } }", 12) + " } } }"
	for _, test := range []struct{ query, want string }{
		{deep, "nested"},
		{`{ organisations(first: 1000) { nodes { roles(first: 1000) { nodes { id } } } } }`, "first:"},
		{"{" + strings.Repeat(" ...f", 34) + ` } fragment f on Query { a: node(id: "x") { id } b: node(id: "x") { id } c: node(id: "x") { id } }`, "100 aliases"},
		{`{ node(id: "x") { ` + strings.Repeat("... @include(if: true) { id @skip(if: false) } ", 26) + "} }", "50 directives"},
	} {
		err := limiter{limits: Limits{}.withDefaults()}.MutateOperationContext(withView(t.Context(), &access.View{}), operation(t, test.query, nil))
		if err == nil || err.Extensions["code"] != CodeLimit || !strings.Contains(err.Message, test.want) {
			t.Errorf("%.60s…: %v; want a %s that mentions %q", test.query, err, CodeLimit, test.want)
		}
	}
}

// TestDoublingFragmentsAreRefusedAtOnce: each of 23 fragments spreads the next
// one twice, in one way or another, so that the answer would have eight million
// times the fields. Each selection is looked at once.
func TestDoublingFragmentsAreRefusedAtOnce(t *testing.T) {
	for _, body := range []string{
		"a%[1]d: legalEntity { ...f%[2]d } b%[1]d: legalEntity { ...f%[2]d }",
		"legalEntity { ...f%[2]d } legalEntity { ...f%[2]d }",
		"...f%[2]d ...f%[2]d",
		"...f%[2]d ... on Organisation { ...f%[2]d }",
		"a: legalEntity { ...f%[2]d ...f%[2]d }",
	} {
		const levels = 23
		query := doubling(body, levels)
		doc, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			t.Fatal(err)
		}
		// The validator has linked spreads to fragments.
		if errs := validator.ValidateWithRules(publishedSchema(), doc, nil); errs != nil {
			t.Fatal(errs)
		}
		m := measure{enough: Limits{}.withDefaults().Cost + 1, fragments: map[string]extent{}}
		if size := m.selection(doc.Operations[0].SelectionSet); size.cost != m.enough || m.steps > 5*levels+5 {
			t.Errorf("%s: the cost is %d after %d steps; want %d after at most %d", body, size.cost, m.steps, m.enough, 5*levels+5)
		}
		// The whole way, validation and all. The depth alone would forbid some.
		x := New(Options{Limits: Limits{Depth: 100}})
		resp := x.Execute(t.Context(), (&access.Access{}).View(access.Rights{}), Request{Query: query})
		if resp.Data != nil || len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != CodeLimit {
			t.Errorf("%s: answered %s, %v; want a refusal", body, resp.Data, resp.Errors)
		}
	}
}

func TestQueryCacheIsBounded(t *testing.T) {
	c := newQueryCache(Limits{Cache: 3})
	for i := range 10 {
		c.add(fmt.Sprint(i), &ast.QueryDocument{})
	}
	if len(c.queries) != 3 {
		t.Errorf("%d queries are kept, want 3", len(c.queries))
	}
	if _, ok := c.get("9"); !ok {
		t.Error("the latest query is not kept")
	}
	c.add(strings.Repeat(" ", maxCachedQuery+1), &ast.QueryDocument{})
	if _, ok := c.get("9"); !ok || len(c.queries) != 3 {
		t.Error("a query that is too long to keep displaced another")
	}
}

// TestFragmentsWithinFragmentsAreBounded: gqlgen doubles what is below a field
// with each fragment around it.
func TestFragmentsWithinFragmentsAreBounded(t *testing.T) {
	inline := func(n int) string {
		return "{" + strings.Repeat(" ... {", n) + " status { revision goldens { kind count } }" + strings.Repeat(" }", n) + " }"
	}
	named := func(n int) string {
		q := "{ ...f0 }"
		for i := range n {
			q += fmt.Sprintf(" fragment f%d on Query { ...f%d }", i, i+1)
		}
		return q + fmt.Sprintf(" fragment f%d on Query { status { revision } }", n)
	}
	levels := func(n int) string {
		return "{ organisations { nodes {" + strings.Repeat(" ... { ... { parent { ... { ... { target {", n) + " id" + strings.Repeat(" } } } } } }", n) + " } } }"
	}
	for _, test := range []struct {
		query string
		want  bool
	}{
		{inline(10), false}, {inline(30), true}, {inline(1000), true}, {named(10), false}, {named(30), true}, {levels(3), false}, {levels(6), true},
	} {
		err := limiter{limits: Limits{}.withDefaults()}.MutateOperationContext(withView(t.Context(), &access.View{}), operation(t, test.query, nil))
		if got := err != nil && err.Extensions["code"] == CodeLimit && strings.Contains(err.Message, "fragments"); got != test.want {
			t.Errorf("%.60s… is refused: %t, want %t: %v", test.query, got, test.want, err)
		}
	}
}
