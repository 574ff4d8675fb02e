package gql

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

var updateRequires = flag.Bool("update-requires", false, "rewrite testdata/requires.txt")

var allScopes = []access.Scope{access.RestrictedRead, access.ProtectedRead, access.IdentifierLookup, access.AuditRead}

// everyCaller is every role with every set of scopes.
func everyCaller() (out []access.Rights) {
	for role := access.Public; role <= access.Admin; role++ {
		for set := range 1 << len(allScopes) {
			r := access.Rights{Role: role, Actor: "test", Purpose: "test"}
			for i, s := range allScopes {
				if set&(1<<i) != 0 {
					r.Scopes = append(r.Scopes, s)
				}
			}
			out = append(out, r)
		}
	}
	return out
}

// Reaching is a query for each field of the schema, by "Type.field": it asks for
// that field, and on the way to it for as little as there can be.
func Reaching(schema *ast.Schema) map[string]string {
	type place struct {
		object *ast.Definition
		open   string // before the selection on the object
		close  string
	}
	out := map[string]string{}
	seen := map[string]bool{}
	var next []place
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		next = append(next, place{root, strings.ToLower(root.Name) + " { ", " }"})
	}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if seen[at.object.Name] {
			continue
		}
		seen[at.object.Name] = true
		for _, f := range at.object.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			ask := at.open + f.Name + arguments(schema, f.Arguments)
			below := schema.Types[f.Type.Name()]
			leaf := " { __typename }"
			if below.IsLeafType() {
				leaf = ""
			}
			out[at.object.Name+"."+f.Name] = ask + leaf + at.close
			if leaf != "" {
				next = append(next, place{below, ask + " { ", " }" + at.close})
				for _, kind := range schema.GetPossibleTypes(below) {
					next = append(next, place{kind, ask + " { ... on " + kind.Name + " { ", " } }" + at.close})
				}
			}
		}
	}
	return out
}

// arguments are those that must be given, each with some value.
func arguments(schema *ast.Schema, all ast.ArgumentDefinitionList) string {
	var out []string
	for _, a := range all {
		switch {
		case !a.Type.NonNull || a.DefaultValue != nil:
		case a.Name == "scheme":
			// A look-up by one that is sealed needs a scope, which the view sees to.
			out = append(out, "scheme: "+strconv.Quote(string(model.Kommunkod)))
		default:
			out = append(out, a.Name+": "+someValue(schema, a.Type))
		}
	}
	if out == nil {
		return ""
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func someValue(schema *ast.Schema, of *ast.Type) string {
	if of.Elem != nil {
		return "[" + someValue(schema, of.Elem) + "]"
	}
	d := schema.Types[of.NamedType]
	switch {
	case d.Kind == ast.Enum:
		return d.EnumValues[0].Name
	case d.Kind == ast.InputObject:
		var fields []string
		for _, f := range d.Fields {
			if f.Type.NonNull && f.DefaultValue == nil {
				fields = append(fields, f.Name+": "+someValue(schema, f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	switch d.Name {
	case "ID":
		return `"01900000-0000-7000-8000-000000000000"`
	case "Int":
		return "1"
	case "Float":
		return "1.5"
	case "Boolean":
		return "true"
	case "Date":
		return `"1890-01-01"`
	case "DateTime":
		return `"1890-01-01T00:00:00Z"`
	}
	return `"x"`
}

// refusedTo tells whether the limiter refuses a query to a caller for who he is.
func refusedTo(t *testing.T, doc *ast.QueryDocument, rights access.Rights) bool {
	t.Helper()
	view := access.New(access.Deps{}).View(rights)
	err := limiter{limits: Limits{Depth: 100, Cost: 1 << 30}.withDefaults()}.MutateOperationContext(withView(t.Context(), view),
		&graphql.OperationContext{Doc: doc, Operation: doc.Operations[0], Variables: map[string]any{}})
	if err != nil && err.Extensions["code"] != CodeForbidden {
		t.Fatalf("%v", err)
	}
	return err != nil
}

// TestEveryFieldIsForThoseInTheTable asks for every field of the schema as every
// role with every set of scopes, and compares who is let through with
// testdata/requires.txt. A new field is not in it, and fails: decide who it is
// for, and write its row (-update-requires shows what it would be).
func TestEveryFieldIsForThoseInTheTable(t *testing.T) {
	schema := publishedSchema()
	callers := everyCaller()
	var got strings.Builder
	reaching := Reaching(schema)
	names := make([]string, 0, len(reaching))
	for name := range reaching {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		doc, errs := gqlparser.LoadQueryWithRules(schema, reaching[name], nil)
		if errs != nil {
			t.Fatalf("%s: %s: %v", name, reaching[name], errs)
		}
		var let []bool
		for _, c := range callers {
			let = append(let, !refusedTo(t, doc, c))
		}
		fmt.Fprintf(&got, "%s %s\n", name, who(callers, let))
	}
	for _, def := range schema.Types {
		if def.Kind != ast.Object || strings.HasPrefix(def.Name, "__") {
			continue
		}
		for _, f := range def.Fields {
			if _, ok := reaching[def.Name+"."+f.Name]; !ok && !strings.HasPrefix(f.Name, "__") {
				t.Errorf("%s.%s cannot be reached", def.Name, f.Name)
			}
		}
	}
	const file = "testdata/requires.txt"
	if *updateRequires {
		if err := os.WriteFile(file, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); d != "" {
		t.Errorf("who may ask for what is not what %s says (-table +schema):\n%s", file, d)
	}
}

// who is the least role, and the scope with it, that lets exactly these callers
// through.
func who(callers []access.Rights, let []bool) string {
	for role := access.Public; role <= access.Admin; role++ {
		for _, scope := range append([]access.Scope{""}, allScopes...) {
			if role == access.Public && scope != "" {
				continue // scopes mean nothing to the public
			}
			r := requirement{role: role, scope: scope}
			same := true
			for i, c := range callers {
				same = same && r.allows(c) == let[i]
			}
			if same {
				return strings.TrimSpace(role.String() + " " + string(scope))
			}
		}
	}
	return "nobody"
}

// TestWhatSaysNothingIsForNobody breaks a schema in the ways that a hand can.
func TestWhatSaysNothingIsForNobody(t *testing.T) {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `
		directive @requires(role: String!, scope: String) on FIELD_DEFINITION
		type Query { said: Below @requires(role: "public") silent: Int wrongRole: Int @requires(role: "boss") noRole: Int @requires(role: "")
			wrongScope: Int @requires(role: "public", scope: "all:read") }
		type Below { open: Int closed: Int @requires(role: "admin") again: Below }`})
	admin := access.Rights{Role: access.Admin, Scopes: allScopes, Purpose: "test"}
	for _, test := range []struct {
		query  string
		rights access.Rights
		want   bool
	}{
		{`{ said { open } }`, access.Rights{}, false},
		{`{ silent }`, admin, true},
		{`{ wrongRole }`, admin, true},
		{`{ noRole }`, admin, true},
		{`{ wrongScope }`, admin, true},
		{`{ said { closed } }`, access.Rights{Role: access.Steward}, true},
		{`{ said { closed } }`, admin, false},
		{`{ a: said { open b: closed } }`, access.Rights{}, true},
		{`{ said { again { again { ... { ...f } } } } } fragment f on Below { closed }`, access.Rights{}, true},
		{`{ said { closed @skip(if: true) } }`, access.Rights{}, true},
		{`{ __typename __schema { types { name } } }`, access.Rights{}, false},
	} {
		doc, errs := gqlparser.LoadQueryWithRules(schema, test.query, nil)
		if errs != nil {
			t.Fatalf("%s: %v", test.query, errs)
		}
		if got := refusedTo(t, doc, test.rights); got != test.want {
			t.Errorf("%s is refused to %s: %t, want %t", test.query, test.rights.Role, got, test.want)
		}
		m := measure{enough: 1000, fragments: map[string]extent{}}
		m.selection(doc.Operations[0].SelectionSet)
		if p := plansOf(doc, Limits{}.withDefaults()).of(nil); p != nil && len(m.demands) > 0 {
			t.Errorf("%s has a plan", test.query)
		}
	}
}
