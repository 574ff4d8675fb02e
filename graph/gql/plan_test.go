package gql_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// below says what a plan can write below a property of a type.
var below = map[model.ValueType]string{
	model.TypeText: "", model.TypeDate: "", model.TypeNumber: "", model.TypeBoolean: "",
	model.TypeCode:       " { __typename scheme notation }",
	model.TypeIdentifier: " { __typename scheme value masked status }",
	model.TypeAddress:    " { __typename use careOf street streetNumber entrance unit postalCode locality municipality county property country fullAddress }",
	model.TypeContact:    " { __typename medium use value }",
	model.TypeGeometry:   " { __typename lon lat wkt original crs }",
	model.TypePeriod:     " { __typename from to }",
}

// everyValue selects all of a kind that leads to no other record.
func everyValue(t *testing.T, kind model.Kind) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("__typename id iri kind phase period { __typename from to }")
	for _, p := range ontology.Of(kind) {
		sel, ok := below[p.Type]
		if !ok {
			if p.Type != model.TypeLink {
				t.Fatalf("%s.%s is of a type that no plan knows", kind, p.Name)
			}
			continue
		}
		if p.Localized {
			sel = " { __typename text lang }"
		}
		b.WriteString(" " + p.Name + sel)
	}
	return b.String()
}

// callers are one of each class, and some in between.
func callers() map[string]access.Rights {
	return map[string]access.Rights{
		"public":     {},
		"reader":     {Role: access.Reader},
		"restricted": {Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test"},
		"steward":    {Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}, Standing: "test"},
		"protected":  {Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead}, Purpose: "test"},
		"one board":  {Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test", Authorities: []string{"utbildningsnämnden"}},
	}
}

// pair is an executor, and one that makes no plans.
type pair struct {
	town         *gqltest.Town
	x, unplanned *gql.Executor
}

func newPair(town *gqltest.Town) pair {
	options := gql.Options{Clock: town.Clock.Now, Log: town.Log}
	p := pair{town, gql.New(options), gql.New(options)}
	gql.WithoutPlans(p.unplanned)
	return p
}

// ask answers a request until its plan is made, and says whether a plan answered.
func (p pair) ask(t *testing.T, rights access.Rights, r gql.Request) (planned, executed string, hasPlan bool) {
	t.Helper()
	answer := func(x *gql.Executor) string {
		text, err := json.Marshal(x.Execute(t.Context(), p.town.View(rights), r))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	executed = answer(p.unplanned)
	if first := answer(p.x); first != executed {
		t.Errorf("%s: the first answer is\n%s\nwant\n%s", r.Query, first, executed)
	}
	before := gql.AnsweredByPlan(p.x)
	planned = answer(p.x)
	if gql.AnsweredByPlan(p.unplanned) != 0 {
		t.Fatal("the executor without plans has one")
	}
	return planned, executed, gql.AnsweredByPlan(p.x) > before
}

// TestAPlanAnswersAsTheExecutorDoes asks for every record there is, protected
// ones and ids that lead nowhere too, as every class of caller, and for all that
// a plan can write.
func TestAPlanAnswersAsTheExecutorDoes(t *testing.T) {
	town := gqltest.New(t)
	both := newPair(town)
	ids := []string{"01900000-0000-7000-8000-000000000000"}
	for h, err := range town.Store.ScanHeads(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, h.ID.String())
	}
	queries := []string{}
	for _, kind := range model.Kinds {
		queries = append(queries, fmt.Sprintf("query Q($id: ID!) { %s(id: $id) { %s } }", kind, everyValue(t, kind)))
	}
	queries = append(queries, "query($id: ID!) { __typename all: node(id: $id) { __typename id iri kind period { from } phase ... on Person { givenName } ... on Organisation { name { text } } } }")
	for name, rights := range callers() {
		t.Run(name, func(t *testing.T) {
			for _, query := range queries {
				for _, id := range ids {
					r := gql.Request{Query: query, Variables: map[string]any{"id": id}}
					planned, executed, hasPlan := both.ask(t, rights, r)
					if diff := cmp.Diff(executed, planned); diff != "" {
						t.Fatalf("%s of %s: by its plan it is answered otherwise (-executor +plan):\n%s", query, id, diff)
					}
					if !hasPlan {
						t.Fatalf("%s: has no plan", query)
					}
				}
			}
		})
	}
}

// TestWhatHasAPlan says of queries whether they have one; the answer is the same.
func TestWhatHasAPlan(t *testing.T) {
	town := gqltest.New(t)
	both := newPair(town)
	const bo, hidden = "«hr/person/bo»", "«hr/organisation/kommun»"
	tests := []struct {
		name, query string
		variables   map[string]any
		operation   string
		plan        bool
	}{
		{"literal id", `{ person(id: "` + bo + `") { givenName } }`, nil, "", true},
		{"another kind's id is null", `{ person(id: "` + hidden + `") { givenName } }`, nil, "", true},
		{"aliases", `{ a: person(id: "` + bo + `") { x: givenName y: givenName } b: person(id: "` + bo + `") { id } }`, nil, "", true},
		{"fields named twice", `{ person(id: "` + bo + `") { givenName email { value } givenName email { use } } person(id: "` + bo + `") { id } }`, nil, "", true},
		{"fragments", `{ person(id: "` + bo + `") { ...p ... on Node { id } ... on GoldenRecord { iri ...g } ... { kind } } } fragment p on Person { familyName email { ...c } } fragment c on Contact { value } fragment g on GoldenRecord { kind }`, nil, "", true},
		{"a fragment on another kind", `{ node(id: "` + bo + `") { id ... on Organisation { name { text } } } }`, nil, "", true},
		{"a code without its label", `{ person(id: "` + bo + `") { protection { notation } } }`, nil, "", true},
		{"variable in two places", `query($id: ID!) { person(id: $id) { id } node(id: $id) { id } }`, map[string]any{"id": bo}, "", true},
		{"two variables", `query($a: ID!, $b: ID!) { a: person(id: $a) { id } b: node(id: $b) { id } }`, map[string]any{"a": bo, "b": hidden}, "", true},
		{"variable that is not the query's", `query($id: ID!) { person(id: $id) { id } }`, map[string]any{"id": bo, "other": 1}, "", true},
		{"nothing but the type", `{ __typename }`, nil, "", true},
		{"named operation", `query Q { person(id: "` + bo + `") { id } }`, nil, "Q", true},

		{"operation of another name", `query Q { person(id: "` + bo + `") { id } }`, nil, "R", false},
		{"missing variable", `query($id: ID!) { person(id: $id) { id } }`, nil, "", false},
		{"null for a variable", `query($id: ID!) { person(id: $id) { id } }`, map[string]any{"id": nil}, "", false},
		{"variable that is no id", `query($id: ID!) { person(id: $id) { id } }`, map[string]any{"id": "nobody"}, "", false},
		{"variable that is no text", `query($id: ID!) { person(id: $id) { id } }`, map[string]any{"id": json.Number("7")}, "", false},
		{"variable with a default", `query($id: ID! = "` + bo + `") { person(id: $id) { id } }`, nil, "", true},
		{"literal that is no id", `{ person(id: "nobody") { id } }`, nil, "", false},
		{"literal that is a number", `{ person(id: 7) { id } }`, nil, "", false},
		{"skipped by a literal", `{ person(id: "` + bo + `") { id givenName @skip(if: true) } }`, nil, "", true},
		{"included by a variable", `query($b: Boolean!) { person(id: "` + bo + `") { id givenName @include(if: $b) } }`, map[string]any{"b": true}, "", true},
		{"left out by a variable", `query($b: Boolean!) { person(id: "` + bo + `") { id givenName @include(if: $b) } }`, map[string]any{"b": false}, "", true},
		{"by a variable's default", `query($b: Boolean = true) { person(id: "` + bo + `") @skip(if: $b) { id } }`, nil, "", true},
		{"by a null", `query($b: Boolean = true) { person(id: "` + bo + `") @skip(if: $b) { id } }`, map[string]any{"b": nil}, "", false},
		{"a fragment by variables", `query($b: Boolean!, $c: Boolean!) { person(id: "` + bo + `") { id ...p @skip(if: $b) @include(if: $c) ...p @include(if: $b) } } fragment p on Person { givenName @skip(if: $c) familyName }`, map[string]any{"b": true, "c": true}, "", true},
		{"a page by a variable", `query($b: Boolean!) { organisations(first: 2) @include(if: $b) { nodes { id roles @skip(if: $b) { nodes { id } } } } }`, map[string]any{"b": true}, "", true},
		{"by more variables than are planned for", `query($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!, $e: Boolean!) { person(id: "` + bo + `") { id @skip(if: $a) iri @skip(if: $b) kind @skip(if: $c) phase @skip(if: $d) givenName @skip(if: $e) } }`,
			map[string]any{"a": true, "b": false, "c": true, "d": false, "e": true}, "", false},
		{"skipped fragment", `{ person(id: "` + bo + `") { id ...p @skip(if: true) } } fragment p on Person { givenName }`, nil, "", true},
		{"a day", `{ person(id: "` + bo + `", validAt: "2020-01-01") { id } }`, nil, "", true},
		{"an argument", `{ person(id: "` + bo + `") { identifier(scheme: "personnummer") { value } } }`, nil, "", true},
		{"a label", `{ person(id: "` + bo + `") { protection { label } } }`, nil, "", true},
		{"a link", `{ person(id: "` + bo + `") { roles { nodes { id } } } }`, nil, "", true},
		{"a revision", `{ person(id: "` + bo + `") { revision } }`, nil, "", false},
		{"evidence", `query($d: Date) { person(id: "` + bo + `") { statements { property text rule period { from to } support { source authority record localId original since sinceAt stamp } alternatives { text lost period { from } support { source } } } familyName roles { nodes { statements(properties: ["title", "holder"], validAt: $d) { text } } } } }`, nil, "", true},
		{"evidence of a property of no name", `{ person(id: "` + bo + `") { statements(properties: ["nothing"]) { text } } }`, nil, "", false},
		{"evidence of a variable's properties", `query($p: [String!]) { person(id: "` + bo + `") { statements(properties: $p) { text } } }`, map[string]any{"p": []any{"familyName"}}, "", false},
		{"evidence of a past revision", `{ person(id: "` + bo + `", asOf: {revision: 1}) { statements { text support { source } } } }`, nil, "", true},
		{"evidence with its value", `{ person(id: "` + bo + `") { statements { value { __typename } } } }`, nil, "", false},
		{"a list", `{ persons { nodes { id } } }`, nil, "", true},
		{"a list of a past revision", `{ persons(asOf: {revision: 1}) { totalCount nodes { id familyName roles { nodes { title roleType { label } } } } } }`, nil, "", true},
		{"several moments", `{ a: person(id: "` + bo + `", asOf: {revision: 1}) { ...f } b: person(id: "` + bo + `", asOf: {revision: 0}) { ...f } c: person(id: "` + bo + `") { ...f } d: node(id: "` + bo + `", asOf: {at: "2020-01-01T00:00:00Z"}) { ... on Person { ...f } } } fragment f on Person { id familyName roles { nodes { organisation { name { text } } } } }`, nil, "", true},
		{"a moment of a variable", `query($m: AsOf) { roles(asOf: $m) { nodes { title holder { familyName } } } }`, map[string]any{"m": map[string]any{"revision": json.Number("2")}}, "", true},
		{"no moment", `query($m: AsOf) { roles(asOf: $m) { nodes { title } } }`, nil, "", true},
		{"a moment of a variable's revision", `query($r: Int, $t: DateTime) { a: roles(asOf: {revision: $r}) { nodes { title } } b: roles(asOf: {at: $t}) { nodes { title } } }`, map[string]any{"r": json.Number("2"), "t": "2020-01-01T00:00:00Z"}, "", true},
		{"a moment that is none", `{ roles(asOf: {}) { nodes { title } } }`, nil, "", false},
		{"a moment to come", `{ roles(asOf: {revision: 1000}) { nodes { title } } }`, nil, "", false},
		{"a list by codes", `{ roles(codes: [{scheme: "role-type", notation: "post"}]) { nodes { id } } }`, nil, "", true},
		{"a list by one code", `{ roles(codes: {property: "roleType", scheme: "role-type", notation: "post"}) { nodes { id } } }`, nil, "", true},
		{"a list by a code of a variable", `query($n: String!) { roles(codes: [{scheme: "role-type", notation: $n}]) { nodes { id } } }`, map[string]any{"n": "post"}, "", true},
		{"a filtered list", `{ roles(filter: {values: [{property: "roleType", value: "employment"}]}, orderBy: NAME_DESC) { totalCount nodes { title } } }`, nil, "", true},
		{"a list filtered by a variable", `query($f: RecordFilter) { roles(filter: $f) { totalCount nodes { title } } }`, map[string]any{"f": map[string]any{"values": []any{map[string]any{"property": "roleType", "value": "employment"}}}}, "", true},
		{"a list filtered by no variable", `query($f: RecordFilter) { roles(filter: $f) { nodes { title } } }`, nil, "", true},
		{"a list filtered by a variable's default", `query($f: RecordFilter = {values: [{property: "roleType", value: "post"}]}, $o: RecordOrder = ID_DESC) { roles(filter: $f, orderBy: $o) { nodes { title } } }`, nil, "", true},
		{"a list filtered by part of a variable", `query($u: ID!, $o: RecordOrder!) { organisations(filter: {under: {organisation: $u, hierarchy: "line"}}, orderBy: $o) { totalCount nodes { id } } }`, map[string]any{"u": hidden, "o": "NAME"}, "", true},
		{"a filter that is none", `query($f: RecordFilter) { roles(filter: $f) { nodes { title } } }`, map[string]any{"f": map[string]any{"colour": "x"}}, "", false},
		{"a filter that lacks something", `query($f: RecordFilter!) { roles(filter: $f) { nodes { title } } }`, nil, "", false},
		{"a filter that is refused", `{ roles(filter: {values: [{property: "extent", value: "x"}]}) { nodes { title } } }`, nil, "", false},
		{"an order that is none", `query($o: RecordOrder) { roles(orderBy: $o) { nodes { title } } }`, map[string]any{"o": "SIZE"}, "", false},
		{"a total", `{ organisations { totalCount } }`, nil, "", true},
		{"a page of a variable's size", `query($n: Int) { persons(first: $n) { nodes { id } pageInfo { hasNextPage endCursor } } }`, map[string]any{"n": json.Number("1")}, "", true},
		{"a page that is too large", `query($n: Int) { persons(first: $n) { nodes { id } } }`, map[string]any{"n": json.Number("1001")}, "", false},
		{"a page that could be too much", `query($n: Int) { organisations(first: $n) { nodes { roles(first: $n) { nodes { id title } } } } }`, map[string]any{"n": json.Number("2")}, "", true},
		{"a page that is too much", `query($n: Int) { organisations(first: $n) { nodes { roles(first: $n) { nodes { id title } } } } }`, map[string]any{"n": json.Number("1000")}, "", false},
		{"first and last", `{ persons(first: 1, last: 1) { nodes { id } } }`, nil, "", false},
		{"a cursor that is none", `{ persons(after: "x") { nodes { id } } }`, nil, "", false},
		{"by identifier", `{ organisationByIdentifier(scheme: "skolenhetskod", value: "12345678") { name(lang: "sv") { text } roles { edges { role period { from } node { holder { familyName } } } } } }`, nil, "", true},
		{"a label of a variable's language", `query($l: String) { person(id: "` + bo + `") { protection { label(lang: $l) } } }`, map[string]any{"l": "sv"}, "", true},
		{"a code's concept", `{ person(id: "` + bo + `") { protection { concept { id } } } }`, nil, "", false},
		{"introspection", `{ __schema { queryType { name } } }`, nil, "", false},
		{"two operations", `query A { person(id: "` + bo + `") { id } } query B { __typename }`, nil, "A", false},
		{"no such field", `{ person(id: "` + bo + `") { nothing } }`, nil, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			vars := map[string]any{}
			for k, v := range test.variables {
				if s, ok := v.(string); ok {
					v = town.IDs(t, s)
				}
				vars[k] = v
			}
			r := gql.Request{Query: town.IDs(t, test.query), OperationName: test.operation, Variables: vars}
			planned, executed, hasPlan := both.ask(t, steward, r)
			if diff := cmp.Diff(executed, planned); diff != "" {
				t.Errorf("it is answered otherwise (-executor +plan):\n%s", diff)
			}
			if hasPlan != test.plan {
				t.Errorf("answered by a plan: %t, want %t: %s", hasPlan, test.plan, planned)
			}
		})
	}
}

// TestAPlanIsBoundedAsTheExecutorIs: what is refused has no plan.
func TestAPlanIsBoundedAsTheExecutorIs(t *testing.T) {
	town := gqltest.New(t)
	x := gql.New(gql.Options{Clock: town.Clock.Now, Limits: gql.Limits{Cost: 3}, Log: testkit.Log(t)})
	r := gql.Request{Query: town.IDs(t, `{ person(id: "«hr/person/bo»") { id iri kind givenName } }`)}
	for range 2 {
		if resp := x.Execute(t.Context(), town.View(steward), r); resp.Errors == nil || resp.Data != nil {
			t.Errorf("want a refusal, got %s %v", resp.Data, resp.Errors)
		}
	}
}

// failing is a store that cannot be read.
type failing struct {
	graph.Store
	panics bool
}

func (f failing) Goldens(context.Context, []model.EntityID, graph.Parts) ([]graph.Golden, error) {
	if f.panics {
		panic("a mistake of ours")
	}
	return nil, errors.New("the disk is gone")
}

// TestWhatGoesWrongIsTheExecutorsToSay: a failure is answered and logged once,
// as it is without a plan.
func TestWhatGoesWrongIsTheExecutorsToSay(t *testing.T) {
	town := gqltest.New(t)
	for _, panics := range []bool{false, true} {
		var logged strings.Builder
		x := gql.New(gql.Options{Clock: town.Clock.Now, Log: slog.New(slog.NewTextHandler(&logged, nil))})
		r := gql.Request{Query: town.IDs(t, `{ person(id: "«hr/person/bo»") { id } }`)}
		for range 2 {
			if resp := x.Execute(t.Context(), town.View(steward), r); resp.Errors != nil {
				t.Fatal(resp.Errors)
			}
		}
		if gql.AnsweredByPlan(x) != 1 {
			t.Fatal("the query has no plan")
		}
		broken := access.New(access.Deps{Store: failing{town.Store, panics}, BaseIRI: gqltest.Base, Auditor: access.Unaudited, Clock: town.Clock.Now})
		resp := x.Execute(t.Context(), broken.View(steward), r)
		if len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeInternal || string(resp.Data) != `{"person":null}` {
			t.Errorf("panics %t: %s %v", panics, resp.Data, resp.Errors)
		}
		if n := strings.Count(logged.String(), "a query failed"); n != 1 {
			t.Errorf("panics %t: logged %d times, want once:\n%s", panics, n, &logged)
		}
	}
}

// TestAPlanReadsAllItsRecordsAtOnce however many root fields there are.
func TestAPlanReadsAllItsRecordsAtOnce(t *testing.T) {
	town := gqltest.New(t)
	x := executor(town)
	r := gql.Request{Query: town.IDs(t, `{ a: person(id: "«hr/person/bo»") { id } b: organisation(id: "«hr/organisation/kommun»") { id } c: node(id: "«hr/person/bo»") { id } }`)}
	var n atomic.Int64
	a := access.New(access.Deps{Store: counting{town.Store, &n}, BaseIRI: gqltest.Base, Auditor: access.Unaudited, Clock: town.Clock.Now})
	for range 2 {
		n.Store(0)
		if resp := x.Execute(t.Context(), a.View(steward), r); resp.Errors != nil {
			t.Fatal(resp.Errors)
		}
	}
	if gql.AnsweredByPlan(x) != 1 || n.Load() != 1 {
		t.Errorf("%d reads, want one", n.Load())
	}
}
