package gql

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/internal/testkit"
)

// verdict is what one rule says of a query, as its texts.
func verdict(t interface{ Fatal(...any) }, schema *ast.Schema, rule core.RuleFunc, query string) []string {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		t.Fatal(query, err)
	}
	var out []string
	for _, e := range validator.ValidateWithRules(schema, doc, rules.NewRules(core.Rule{Name: "one", RuleFunc: rule})) {
		out = append(out, e.Message)
	}
	return out
}

// mergeSchema has what merging goes by: types that exclude each other and an
// interface of both, lists and what may be null, and leaves of two types.
var mergeSchema = gqlparser.MustLoadSchema(&ast.Source{Input: `
	interface Named { id: ID! name(of: [Int!], at: String): String next: Named any: Either }
	type Cat implements Named { id: ID! name(of: [Int!], at: String): String next: Named any: Either other: Cat many: [Cat!] size: Int }
	type Dog implements Named { id: ID! name(of: [Int!], at: String): String next: Named any: Either other: Dog! many: [Cat!] size: String }
	union Either = Cat | Dog
	type Query { cat: Cat dog: Dog named(id: ID): Named any: Either }
`})

func TestFieldsThatCannotBeMergedAreRefused(t *testing.T) {
	const why = ". Use different aliases on the fields to fetch both if this was intentional."
	for _, test := range []struct{ name, query, want string }{
		{"the same field", `{ cat { id } cat { name } }`, ""},
		{"different fields", `{ a: cat { id } a: dog { id } }`, `Fields "a" conflict because "cat" and "dog" are different fields` + why},
		{"other arguments", `{ named(id: "1") { id } named(id: "2") { id } }`, `Fields "named" conflict because they have differing arguments` + why},
		{"other elements of a list", `{ cat { name(of: [1]) name(of: [2]) } }`, `Fields "name" conflict because they have differing arguments` + why},
		{"arguments in another order", `{ cat { name(of: [1], at: "x") name(at: "x", of: [1]) } }`, ""},
		{"below", `{ cat { x: id } cat { x: name } }`, `Fields "cat" conflict because subfields "x" conflict because "id" and "name" are different fields` + why},
		{"below one field of two", `{ cat { next { x: id } } cat { next { x: __typename } } }`, `Fields "cat" conflict because subfields "next" conflict because subfields "x" conflict because "id" and "__typename" are different fields` + why},
		{"in a fragment", `{ cat { ...f x: name } } fragment f on Cat { x: id }`, `Fields "x" conflict because "id" and "name" are different fields` + why},
		{"in a fragment of a fragment", `{ cat { ...f x: name } } fragment f on Cat { ... { ...g } } fragment g on Cat { x: id }`, `Fields "x" conflict because "id" and "name" are different fields` + why},
		{"types that exclude each other", `{ any { ... on Cat { x: name } ... on Dog { x: name(at: "y") } } }`, ""},
		{"of the same type", `{ any { ... on Cat { x: name } ... on Cat { x: name(at: "y") } } }`, `Fields "x" conflict because they have differing arguments` + why},
		{"with an interface", `{ any { ... on Cat { x: name } ... on Named { x: name(at: "y") } ... on Dog { id } } }`, `Fields "x" conflict because they have differing arguments` + why},
		{"of other types", `{ any { ... on Cat { size } ... on Dog { size } } }`, `Fields "size" conflict because they return conflicting types "Int" and "String"` + why},
		{"one may be null", `{ any { ... on Cat { other { id } } ... on Dog { other { id } } } }`, `Fields "other" conflict because they return conflicting types "Cat" and "Dog!"` + why},
		{"one is a list", `{ any { ... on Cat { x: many { id } } ... on Dog { x: next { id } } } }`, `Fields "x" conflict because they return conflicting types "[Cat!]" and "Named"` + why},
		{"of other types below what is exclusive", `{ any { ... on Cat { next { x: id } } ... on Dog { next { x: name } } } }`, `Fields "next" conflict because subfields "x" conflict because they return conflicting types "ID!" and "String"` + why},
		{"other fields below what is exclusive", `{ any { ... on Cat { next { x: name } } ... on Dog { next { x: name(at: "y") } } } }`, ""},
		{"in the second operation", `query a { cat { id } } query b { x: cat { id } x: dog { id } }`, `Fields "x" conflict because "cat" and "dog" are different fields` + why},
		{"a fragment within itself", `{ cat { ...f } } fragment f on Cat { id other { ...f } ...f }`, ""},
		{"no such field", `{ cat { a: nothing a: nobody } a: no { b } a: nor { b } }`, ""},
	} {
		got := verdict(t, mergeSchema, mergeRule, test.query)
		if want := slices.DeleteFunc([]string{test.want}, func(s string) bool { return s == "" }); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", test.name, got, want)
		}
	}
}

// fieldsOf are all fields of selections, those of fragments as often as they are
// spread.
func fieldsOf(sets ...ast.SelectionSet) (out []*ast.Field) {
	for _, set := range sets {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				out = append(out, s)
			case *ast.InlineFragment:
				out = append(out, fieldsOf(s.SelectionSet)...)
			case *ast.FragmentSpread:
				out = append(out, fieldsOf(s.Definition.SelectionSet)...)
			}
		}
	}
	return out
}

// merges is the specification's FieldsInSetCanMerge, word for word: each two fields,
// with those of fragments wherever they are spread.
func merges(schema *ast.Schema, sets ...ast.SelectionSet) bool {
	fields := fieldsOf(sets...)
	for i, a := range fields {
		if len(sets) == 1 && !merges(schema, a.SelectionSet) {
			return false // within a field; two of them are looked at below
		}
		for _, b := range fields[i+1:] {
			if a.Alias != b.Alias {
				continue
			}
			if !shapedAlike(schema, a, b) {
				return false
			}
			if a.ObjectDefinition != b.ObjectDefinition && a.ObjectDefinition.Kind == ast.Object && b.ObjectDefinition.Kind == ast.Object {
				continue
			}
			if a.Name != b.Name || !sameArguments(a.Arguments, b.Arguments) || !merges(schema, a.SelectionSet, b.SelectionSet) {
				return false
			}
		}
	}
	return true
}

// shapedAlike is SameResponseShape, which lets a leaf be merged with what is none,
// as the validator does.
func shapedAlike(schema *ast.Schema, a, b *ast.Field) bool {
	x, y := a.Definition.Type, b.Definition.Type
	for x.Elem != nil || y.Elem != nil {
		if x.NonNull != y.NonNull || x.Elem == nil || y.Elem == nil {
			return false
		}
		x, y = x.Elem, y.Elem
	}
	if x.NonNull != y.NonNull || x.NamedType != y.NamedType && schema.Types[x.NamedType].IsLeafType() && schema.Types[y.NamedType].IsLeafType() {
		return false
	}
	fields := fieldsOf(a.SelectionSet, b.SelectionSet)
	for i, one := range fields {
		for _, other := range fields[i+1:] {
			if one.Alias == other.Alias && !shapedAlike(schema, one, other) {
				return false
			}
		}
	}
	return true
}

// TestMergeRuleIsTheSpecifications: on generated queries the rule finds a conflict
// if and only if the specification's words do, and wherever the validator's own
// rule does, which overlooks some between fragments.
func TestMergeRuleIsTheSpecifications(t *testing.T) {
	refused, merged := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		const fragments = 3
		types := []string{"Cat", "Dog", "Named", "Either"}
		var selection func(on string, depth, fragment int) string
		selection = func(on string, depth, fragment int) string {
			var b strings.Builder
			b.WriteString("{")
			for range rapid.IntRange(1, 3).Draw(t, "selections") {
				alias := rapid.SampledFrom([]string{"", "", "a: ", "b: "}).Draw(t, "alias")
				leaf := func() {
					names := []string{"id", `name`, `name(at: "x")`, `name(at: "y")`, "size"}
					if on == "Named" {
						names = names[:4]
					} else if on == "Either" {
						names = []string{"__typename"}
					}
					b.WriteString(" " + alias + rapid.SampledFrom(names).Draw(t, "leaf"))
				}
				if depth == 0 {
					leaf()
					continue
				}
				switch rapid.IntRange(0, 4).Draw(t, "sort") {
				case 0:
					leaf()
				case 1:
					condition := rapid.SampledFrom(types).Draw(t, "on")
					b.WriteString(" ... on " + condition + " " + selection(condition, depth-1, fragment))
				case 2:
					if fragment < fragments {
						fmt.Fprintf(&b, " ...f%d", rapid.IntRange(fragment, fragments-1).Draw(t, "spread"))
						continue
					}
					leaf()
				default:
					links := map[string]string{"next": "Named", "any": "Either"}
					names := []string{"any", "next"}
					switch on {
					case "Either":
						leaf()
						continue
					case "Cat", "Dog":
						links["other"], links["many"] = on, "Cat"
						names = append(names, "many", "other")
					}
					name := rapid.SampledFrom(names).Draw(t, "link")
					b.WriteString(" " + alias + name + " " + selection(links[name], depth-1, fragment))
				}
			}
			return b.String() + " }"
		}
		// A fragment that nobody spreads is refused for that.
		query := "query all { a: any { ...f0 } b: any { ...f1 } c: any { ...f2 } } query q { named " + selection("Named", 3, 0) + " named " + selection("Named", 3, 0) + " }"
		for i := range fragments {
			on := rapid.SampledFrom(types).Draw(t, "condition")
			query += fmt.Sprintf(" fragment f%d on %s ", i, on) + selection(on, 2, i+1)
		}
		doc, err := parser.ParseQuery(&ast.Source{Input: query})
		if err != nil {
			t.Fatal(err)
		}
		core.Walk(mergeSchema, doc, &core.Events{})
		want := merges(mergeSchema, doc.Operations[0].SelectionSet) && merges(mergeSchema, doc.Operations[1].SelectionSet)
		got := verdict(t, mergeSchema, mergeRule, query)
		if (len(got) == 0) != want {
			t.Fatalf("%s\n%q; that it merges is %t", query, got, want)
		}
		if validators := verdict(t, mergeSchema, rules.OverlappingFieldsCanBeMergedRule.RuleFunc, query); len(validators) > 0 && len(got) == 0 {
			t.Fatalf("%s\nnothing, the validator's rule says %q", query, validators)
		}
		if len(got) > 0 {
			refused++
		} else {
			merged++
		}
	})
	if (refused == 0 || merged == 0) && testkit.ManyDraws() {
		t.Errorf("%d queries were refused and %d merged", refused, merged)
	}
}
