package gql_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
)

// nulls are operations that give null to a variable, which has a default, where none
// may be.
var nulls = []struct{ name, variable, query string }{
	{"at the root", "s", `query($s: Boolean = true) { organisations(first: 1) @include(if: $s) { nodes { id } } }`},
	{"at the root of a mutation", "s", `mutation($s: Boolean = true) { merge(goldens: [], reason: "x") @skip(if: $s) { revision } }`},
	{"below the root", "s", `query($s: Boolean = true) { organisations { nodes { id @include(if: $s) } } }`},
	{"around a fragment", "s", `query($s: Boolean = true) { organisations { nodes { ...f @include(if: $s) } } } fragment f on Organisation { id }`},
	{"within a fragment", "s", `query($s: Boolean = true) { organisations { nodes { ...f ...f } } } fragment f on Organisation { ... @skip(if: $s) { id } }`},
	{"in a list", "t", `query($t: Kind = PERSON) { search(text: "x", kinds: [$t]) { nodes { __typename } } }`},
	{"as an argument", "t", `query($t: String = "x") { search(text: $t) { nodes { __typename } } }`},
	{"within an object", "o", `query($o: ID = "x") { organisations(filter: {under: {organisation: $o}}) { nodes { id } } }`},
}

func TestANullWhereNoneMayBeIsRefused(t *testing.T) {
	town := gqltest.New(t)
	var logged strings.Builder
	options := gql.Options{Clock: town.Clock.Now, Log: slog.New(slog.NewTextHandler(&logged, nil))}
	x := gql.New(options)
	for _, test := range nulls {
		t.Run(test.name, func(t *testing.T) {
			want := "Variable $" + test.variable + ": it may not be null where a "
			request := gql.Request{Query: test.query, Variables: map[string]any{test.variable: nil}}
			for range 3 { // without a plan and with one
				resp := x.Execute(t.Context(), town.View(steward), request)
				if resp.Data != nil || len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeBadInput ||
					resp.Errors[0].Extensions["variable"] != test.variable || !strings.HasPrefix(resp.Errors[0].Message, want) {
					t.Fatalf("answered %s, %v; want %q", resp.Data, resp.Errors, want)
				}
			}
			text, err := json.Marshal(request)
			if err != nil {
				t.Fatal(err)
			}
			post(t, handler(town, options, steward), string(text)).refused(t, "over HTTP", 200, gql.CodeBadInput, want)
		})
	}
	if logged.Len() > 0 {
		t.Errorf("what is the caller's to mend is logged: %s", &logged)
	}
}

func TestANullWhereOneMayBeIsTaken(t *testing.T) {
	town := gqltest.New(t)
	x := executor(town)
	for _, query := range []string{
		`query($n: Int = 1) { organisations(first: $n) { nodes { id } } }`,
		`query($f: RecordFilter = {within: "x"}) { organisations(filter: $f) { nodes { id } } }`,
		`query($s: String = "x") { organisations(search: $s) { nodes { id } } }`,
	} {
		for range 2 {
			resp := x.Execute(t.Context(), town.View(steward), gql.Request{Query: query, Variables: map[string]any{"n": nil, "f": nil, "s": nil}})
			if len(resp.Errors) > 0 || strings.Count(string(resp.Data), `"id"`) < 2 {
				t.Errorf("%s: %s, %v", query, resp.Data, resp.Errors)
			}
		}
	}
}

// TestAStreamSaysWhatIsWrong over a WebSocket and as events: one error, with its code
// and without the text of a failure, and the end.
func TestAStreamSaysWhatIsWrong(t *testing.T) {
	town := gqltest.New(t)
	const secret = "a clock of glass"
	for _, test := range []struct {
		name, query string
		variables   map[string]any
		options     gql.Options
		code, text  string
	}{
		{"a null at the root", `subscription($s: Boolean = true) { changes(afterRevision: 0) @include(if: $s) { cursor } }`, map[string]any{"s": nil}, gql.Options{Clock: town.Clock.Now}, gql.CodeBadInput, "Variable $s: it may not be null"},
		{"a null below", `subscription($s: Boolean = true) { changes(afterRevision: 0) { cursor @skip(if: $s) } }`, map[string]any{"s": nil}, gql.Options{Clock: town.Clock.Now}, gql.CodeBadInput, "Variable $s: it may not be null"},
		{"a variable of another type", follow, map[string]any{"revision": "0"}, gql.Options{Clock: town.Clock.Now}, gql.CodeBadInput, "Variable $revision: want a whole number"},
		{"a field under two names", `subscription { changes(afterRevision: 0) { cursor } b: changes(afterRevision: 0) { cursor } }`, nil, gql.Options{Clock: town.Clock.Now}, gql.CodeBadInput, "follows one field"},
		{"a field that is left out", `subscription($s: Boolean!) { changes(afterRevision: 0) @skip(if: $s) { cursor } }`, map[string]any{"s": true}, gql.Options{Clock: town.Clock.Now}, gql.CodeBadInput, "follows one field"},
		{"no field", `subscription { __typename }`, nil, gql.Options{Clock: town.Clock.Now}, gql.CodeBadInput, "introspection"},
		{"too many tokens", follow, nil, gql.Options{Clock: town.Clock.Now, Limits: gql.Limits{Tokens: 5}}, gql.CodeLimit, "more than 5 tokens"},
		{"a panic while it is followed", `subscription { changes(afterRevision: 0) { cursor } }`, nil, gql.Options{Clock: func() time.Time { panic(secret) }}, gql.CodeInternal, "Give the id"},
	} {
		for name, dial := range dials {
			var logged strings.Builder
			test.options.Log = slog.New(slog.NewTextHandler(&logged, nil))
			x := gql.New(test.options)
			s := dial(t, serve(t, x, town, steward), test.query, test.variables)
			m := s.next(t)
			if len(m.Payload.Errors) != 1 || m.Payload.Errors[0].Extensions.Code != test.code || !strings.Contains(m.Payload.Errors[0].Message, test.text) {
				t.Errorf("%s, %s: answered %+v; want %s and %q", test.name, name, m, test.code, test.text)
			}
			if end := s.next(t); !end.end {
				t.Errorf("%s, %s: it goes on with %+v", test.name, name, end)
			}
			s.close()
			x.Close()
			lines := 0
			if test.code == gql.CodeInternal {
				lines = 1
			}
			if strings.Count(logged.String(), "\n") != lines || strings.Count(logged.String(), secret) != lines {
				t.Errorf("%s, %s: want %d lines in the log:\n%s", test.name, name, lines, &logged)
			}
		}
	}
}

// TestAnErrorsPathIsInTheAnswer: it ends at the field; the argument is beside it.
func TestAnErrorsPathIsInTheAnswer(t *testing.T) {
	town := gqltest.New(t)
	both := newPair(town)
	top := town.IDs(t, "«hr/organisation/kommun»")
	for _, test := range []struct {
		name, query string
		variables   map[string]any
		want        []string // path and argument of each error
	}{
		{"an id", `{ a: organisation(id: "x") { id } }`, nil, []string{"a id"}},
		{"an id of a variable", `query($x: ID!) { organisation(id: $x) { id } }`, map[string]any{"x": "x"}, []string{"organisation id"}},
		{"within a filter", `{ roles(filter: {values: [{property: "organisation", to: "x"}]}) { nodes { id } } }`, nil, []string{"roles filter.values[0].to"}},
		{"a page's cursor", `{ organisation(id: "` + top + `") { kids: children(first: 2, after: "zz") { nodes { id } } } }`, nil, []string{"organisation.kids "}},
		{"a page's size", `{ organisation(id: "` + top + `") { children(first: 5000) { nodes { id } } } }`, nil, []string{"organisation.children "}},
		{"pages of a list", `{ organisations(first: 2) { nodes { id kids: children(first: 2, after: "zz") { nodes { id } } } } }`, nil, []string{"organisations.nodes[0].kids ", "organisations.nodes[1].kids "}},
		{"pages of edges", `{ organisations(first: 1) { edges { node { children(first: 2, last: 2) { nodes { id } } } } } }`, nil, []string{"organisations.edges[0].node.children "}},
		{"evidence", `{ organisations(first: 1) { nodes { id statements(properties: ["nothing"]) { property value { __typename } } } } }`, nil, []string{"organisations.nodes[0].statements "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			planned, executed, _ := both.ask(t, steward, gql.Request{Query: test.query, Variables: test.variables})
			if planned != executed {
				t.Errorf("answered otherwise by a plan: %s\n%s", planned, executed)
			}
			var resp gql.Response
			if err := json.Unmarshal([]byte(executed), &resp); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range resp.Errors {
				argument, _ := e.Extensions["argument"].(string)
				got = append(got, e.Path.String()+" "+argument)
				if e.Extensions["code"] != gql.CodeBadInput {
					t.Errorf("%v", e)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("the errors are of %q, want %q", got, test.want)
			}
		})
	}
}

func TestAnEntrysErrorBeginsAtTheRoot(t *testing.T) {
	town := gqltest.New(t)
	x := streaming(town, gql.Limits{})
	defer x.Close()
	next, _ := gql.Follow(t.Context(), x, town.View(steward), `subscription { c: changes(afterRevision: 0) { node { record { statements(properties: ["nothing"]) { property } } } } }`)
	for range 2 {
		if resp := next(); len(resp.Errors) != 1 || resp.Errors[0].Path.String() != "c.node.record.statements" {
			t.Errorf("the errors are %v, want one of c.node.record.statements", resp.Errors)
		}
	}
}

func TestAnOperationIsChosenByItsName(t *testing.T) {
	town := gqltest.New(t)
	x := executor(town)
	const two = `query A { a: __typename } query B { b: __typename }`
	for _, test := range []struct{ query, name, data, refused string }{
		{two, "B", `{"b":"Query"}`, ""},
		{two, "", "", "Say in operationName which operation is asked for: the query has A, B."},
		{two, "C", "", `There is no operation "C": the query has A, B.`},
		{`{ __typename }`, "C", "", `There is no operation "C": the query's only operation has no name.`},
		{`fragment f on Query { __typename }`, "", "", "The query has no operation."},
	} {
		for range 2 {
			resp := x.Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: test.query, OperationName: test.name})
			switch {
			case test.refused == "" && (string(resp.Data) != test.data || resp.Errors != nil):
				t.Errorf("%s, %q: %s %v", test.query, test.name, resp.Data, resp.Errors)
			case test.refused != "" && (len(resp.Errors) != 1 || resp.Errors[0].Message != test.refused || resp.Errors[0].Extensions["code"] != gql.CodeBadInput):
				t.Errorf("%s, %q: %v; want %q", test.query, test.name, resp.Errors, test.refused)
			}
		}
	}
}

func TestEveryLimitOfAQueryHasItsCode(t *testing.T) {
	town := gqltest.New(t)
	deep := "{ organisations { nodes { " + strings.Repeat("parent { target { ", 12) + "id" + strings.Repeat(" } }", 12) + " } } }"
	for _, test := range []struct{ name, query, text string }{
		{"tokens", "{" + strings.Repeat(" __typename", 5000) + " }", "5000 tokens"},
		{"depth", deep, "nested"},
		{"cost", `{ organisations(first: 1000) { nodes { roles(first: 1000) { nodes { id } } } } }`, "fields"},
		{"aliases", "{" + aliases(101) + " }", "100 aliases"},
		{"directives", "{ node(id: 1) { " + strings.Repeat("... @include(if: true) { id @skip(if: false) } ", 26) + "} }", "50 directives"},
		{"fragments within fragments", "{" + strings.Repeat(" ... {", 30) + " status { revision }" + strings.Repeat(" }", 30) + " }", "fragments within fragments"},
		{"spreads", "{ ...a } " + spreading(9), "spreads its fragments too many times"},
		{"names", "{" + strings.Repeat(" status { revision }", 1000) + " }", "same names too many times"},
		{"introspection", "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }", "introspection is nested too deep"},
	} {
		resp := executor(town).Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: test.query})
		if resp.Data != nil || len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeLimit || !strings.Contains(resp.Errors[0].Message, test.text) {
			t.Errorf("%s: %.100s, %v; want %s and %q", test.name, resp.Data, resp.Errors, gql.CodeLimit, test.text)
		}
	}
}

func aliases(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d: __typename", i)
	}
	return b.String()
}

// spreading are fragments of which each spreads the next four times.
func spreading(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "fragment %c on Query {%s } ", 'a'+i, strings.Repeat(fmt.Sprintf(" ...%c", 'b'+i), 4))
	}
	fmt.Fprintf(&b, "fragment %c on Query { __typename }", 'a'+n)
	return b.String()
}

// TestAnIntOfTheQueryHas32Bits, as one of a variable has.
func TestAnIntOfTheQueryHas32Bits(t *testing.T) {
	town := gqltest.New(t)
	for _, n := range []string{"2147483648", "99999999999999999999", "-2147483649"} {
		resp := executor(town).Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: `{ organisations(first: ` + n + `) { nodes { id } } }`})
		if resp.Data != nil || len(resp.Errors) == 0 || resp.Errors[0].Extensions["code"] != gql.CodeBadInput {
			t.Errorf("%s: %s, %v", n, resp.Data, resp.Errors)
		}
	}
}
