package gql

import (
	"fmt"
	"strings"
	"testing"
	"time"

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
		{"a fragment counts each time it is spread", `{ a: person(id: "x") { ...f } b: person(id: "y") { ...f } } fragment f on Person { id iri }`, nil, 6, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			op := operation(t, test.query, test.variables)
			m := measure{variables: op.Variables, enough: 1 << 30, fragments: map[string]extent{}}
			got := m.selection(op.Operation.SelectionSet)
			if got != (extent{test.cost, test.depth}) {
				t.Errorf("cost and depth %v, want %v", got, extent{test.cost, test.depth})
			}
		})
	}
}

func TestALimitIsARefusalThatSaysWhatToDo(t *testing.T) {
	deep := "{ organisations { nodes { " + strings.Repeat("parent { target { ", 12) + "id" + strings.Repeat(" } }", 12) + " } } }"
	for _, test := range []struct{ query, want string }{
		{deep, "nested"},
		{`{ organisations(first: 1000) { nodes { roles(first: 1000) { nodes { id } } } } }`, "first:"},
	} {
		err := limiter{limits: Limits{}.withDefaults()}.MutateOperationContext(withView(t.Context(), &access.View{}), operation(t, test.query, nil))
		if err == nil || err.Extensions["code"] != CodeLimit || !strings.Contains(err.Message, test.want) {
			t.Errorf("%.60s…: %v; want a %s that mentions %q", test.query, err, CodeLimit, test.want)
		}
	}
}

// TestDoublingFragmentsAreRefusedAtOnce: each of 23 fragments spreads the next
// one twice, so that the answer would have eight million times the fields.
func TestDoublingFragmentsAreRefusedAtOnce(t *testing.T) {
	var q strings.Builder
	q.WriteString(`{ organisation(id: "x") { ...f0 } }`)
	for i := range 23 {
		fmt.Fprintf(&q, " fragment f%d on Organisation { a%d: legalEntity { ...f%d } b%d: legalEntity { ...f%d } }", i, i, i+1, i, i+1)
	}
	q.WriteString(" fragment f23 on Organisation { id }")
	doc, err := parser.ParseQuery(&ast.Source{Input: q.String()})
	if err != nil {
		t.Fatal(err)
	}
	// The validator has linked spreads to fragments.
	if errs := validator.ValidateWithRules(publishedSchema(), doc, nil); errs != nil {
		t.Fatal(errs)
	}
	best := time.Hour
	for range 5 {
		start := time.Now()
		refusal := limiter{limits: Limits{Depth: 100}.withDefaults()}.MutateOperationContext(withView(t.Context(), &access.View{}),
			&graphql.OperationContext{Doc: doc, Operation: doc.Operations[0]})
		best = min(best, time.Since(start))
		if refusal == nil || refusal.Extensions["code"] != CodeLimit {
			t.Fatalf("answered %v; want a refusal", refusal)
		}
	}
	// The best of a few: the machine may be busy with something else.
	if best > 10*time.Millisecond {
		t.Errorf("it took %v to refuse; want under 10 ms", best)
	}
}

func TestQueryCacheIsBounded(t *testing.T) {
	c := newQueryCache(Limits{Cache: 3})
	for i := range 10 {
		c.Add(t.Context(), fmt.Sprint(i), &ast.QueryDocument{})
	}
	if len(c.queries) != 3 {
		t.Errorf("%d queries are kept, want 3", len(c.queries))
	}
	if _, ok := c.Get(t.Context(), "9"); !ok {
		t.Error("the latest query is not kept")
	}
	c.Add(t.Context(), strings.Repeat(" ", maxCachedQuery+1), &ast.QueryDocument{})
	if _, ok := c.Get(t.Context(), "9"); !ok || len(c.queries) != 3 {
		t.Error("a query that is too long to keep displaced another")
	}
}
