package gql

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func publishedSchema() *ast.Schema { return NewExecutableSchema(Config{}).Schema() }

func kindType(k model.Kind) string { return strings.ToUpper(k.String()[:1]) + k.String()[1:] }

// wantedType is a property's GraphQL type: from the table alone.
func wantedType(p *ontology.Property) string {
	base := map[model.ValueType]string{
		model.TypeText: "String", model.TypeDate: "Date", model.TypeCode: "Code", model.TypeIdentifier: "Identifier",
		model.TypeNumber: "Float", model.TypeBoolean: "Boolean", model.TypeAddress: "Address", model.TypeContact: "Contact",
		model.TypeGeometry: "Geometry", model.TypePeriod: "Period",
	}[p.Type]
	if p.Localized {
		base = "LocalizedText"
	}
	if p.Type == model.TypeLink {
		base = kindType(p.Range[0])
		if p.Many {
			base += "Link"
		}
	}
	if p.Many || p.Localized {
		return "[" + base + "!]!"
	}
	return base
}

// TestSchemaAndTableAgree: every row of the table is a field of its kind, of the
// row's type and cardinality and with its description, and a kind has nothing
// else but what every golden record has and links the other way round.
func TestSchemaAndTableAgree(t *testing.T) {
	schema := publishedSchema()
	// What lies above and below at any depth is no property and no single link.
	shared := map[string]bool{"__typename": true, "descendants": true, "ancestors": true}
	for _, f := range schema.Types["GoldenRecord"].Fields {
		if f.Name != "status" {
			shared[f.Name] = true
		}
	}
	for _, kind := range model.Kinds {
		def := schema.Types[kindType(kind)]
		if def == nil {
			t.Fatalf("the schema has no type for %s", kind)
		}
		rows := map[string]bool{}
		for _, p := range ontology.Of(kind) {
			rows[p.Name] = true
			f := def.Fields.ForName(p.Name)
			if f == nil {
				t.Errorf("%s.%s is in the table and not in the schema", kind, p.Name)
				continue
			}
			if got, want := f.Type.String(), wantedType(p); got != want {
				t.Errorf("%s.%s is %s in the schema; the table makes it %s", kind, p.Name, got, want)
			}
			if want := strings.ReplaceAll(p.Description, `"`, "'"); f.Description != want {
				t.Errorf("%s.%s is described as %q in the schema and as %q in the table", kind, p.Name, f.Description, want)
			}
			if p.Type == model.TypeLink && len(p.Range) != 1 {
				t.Errorf("%s.%s points to %d kinds: the schema has a type for one", kind, p.Name, len(p.Range))
			}
		}
		for _, f := range def.Fields {
			if !rows[f.Name] && !shared[f.Name] && f.Directives.ForName("reverse") == nil {
				t.Errorf("%s.%s is in the schema and not in the table", kind, f.Name)
			}
		}
	}
}

// TestEveryLinkIsFollowedBothWays: each link property has one field the other
// way round, on the kind that it points to.
func TestEveryLinkIsFollowedBothWays(t *testing.T) {
	schema := publishedSchema()
	back := map[string]string{}
	for _, kind := range model.Kinds {
		for _, f := range schema.Types[kindType(kind)].Fields {
			d := f.Directives.ForName("reverse")
			if d == nil {
				continue
			}
			from := strings.ToLower(d.Arguments.ForName("kind").Value.Raw)
			link := from + "." + d.Arguments.ForName("property").Value.Raw
			if other, twice := back[link]; twice {
				t.Errorf("%s is followed back by %s and by %s.%s", link, other, kind, f.Name)
			}
			back[link] = kind.String() + "." + f.Name
			fromKind, err := model.ParseKind(from)
			if err != nil {
				t.Fatal(err)
			}
			if want := kindType(fromKind) + "LinkConnection!"; f.Type.String() != want {
				t.Errorf("%s.%s is %s; following %s it must be %s", kind, f.Name, f.Type, link, want)
			}
		}
	}
	for _, kind := range model.Kinds {
		for _, p := range ontology.Of(kind) {
			if p.Type != model.TypeLink {
				continue
			}
			link := kind.String() + "." + p.Name
			if on, ok := back[link]; !ok || !strings.HasPrefix(on, p.Range[0].String()+".") {
				t.Errorf("%s points to %s, which has no field that follows it back (found %q)", link, p.Range[0], on)
			}
		}
	}
}

// TestEverythingInTheSchemaIsDescribed: a doc string in English on every type,
// field, argument, input and enum value of ours, and a reason on whatever is
// deprecated.
func TestEverythingInTheSchemaIsDescribed(t *testing.T) {
	if missing := undescribed(publishedSchema()); len(missing) > 0 {
		t.Errorf("without a description: %s", strings.Join(missing, ", "))
	}
	// The test can fail: it finds each sort of thing that has none.
	bare, err := gqlparser.LoadSchema(&ast.Source{Input: `
		type Query { a(b: I): E c: Int @deprecated } enum E { X } input I { d: Int } directive @e(f: Int) on FIELD scalar S
		"""Ärendets nummer och ort."""
		union U = Query`})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := undescribed(bare), []string{"@e", "@e(f:)", "E", "E.X", "I", "I.d", "Query", "Query.a", "Query.a(b:)", "Query.c", "Query.c (the reason of its deprecation)", "S", "U (in English)"}; !slices.Equal(got, want) {
		t.Errorf("of a bare schema %v is found; want %v", got, want)
	}
}

// swedish are words that no English description has.
var swedish = regexp.MustCompile(`(?i)\b(och|är|för|eller|inte|som|av|till)\b`)

func undescribed(schema *ast.Schema) []string {
	var out []string
	check := func(name, description string) {
		switch {
		case strings.TrimSpace(description) == "":
			out = append(out, name)
		case swedish.MatchString(description):
			out = append(out, name+" (in English)")
		}
	}
	reasoned := func(name string, all ast.DirectiveList) {
		d := all.ForName("deprecated")
		if d != nil && (d.Arguments.ForName("reason") == nil || d.Arguments.ForName("reason").Value.Raw == "") {
			out = append(out, name+" (the reason of its deprecation)")
		}
	}
	arguments := func(of string, all ast.ArgumentDefinitionList) {
		for _, a := range all {
			check(of+"("+a.Name+":)", a.Description)
			reasoned(of+"("+a.Name+":)", a.Directives)
		}
	}
	for name, def := range schema.Types {
		if def.BuiltIn {
			continue
		}
		check(name, def.Description)
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			check(name+"."+f.Name, f.Description)
			reasoned(name+"."+f.Name, f.Directives)
			arguments(name+"."+f.Name, f.Arguments)
		}
		for _, v := range def.EnumValues {
			check(name+"."+v.Name, v.Description)
			reasoned(name+"."+v.Name, v.Directives)
		}
	}
	for name, d := range schema.Directives {
		if d.Position == nil || d.Position.Src == nil || !d.Position.Src.BuiltIn {
			check("@"+name, d.Description)
			arguments("@"+name, d.Arguments)
		}
	}
	slices.Sort(out)
	return out
}

// TestPlainFieldsNeedNoGoroutine: only root fields may be resolvers; gqlgen
// starts a goroutine for each of those, and for none of the others.
func TestPlainFieldsNeedNoGoroutine(t *testing.T) {
	methods := 0
	for _, kind := range model.Kinds {
		if follows[kind] == nil {
			t.Errorf("%s has no fields to read ahead", kind)
		}
		methods += len(follows[kind])
	}
	if methods == 0 {
		t.Fatal("nothing is read ahead")
	}
	root := any(&resolver{})
	if _, ok := root.(ResolverRoot); !ok {
		t.Fatal("resolver does not answer the root")
	}
	// A resolver interface for a kind would be a method of ResolverRoot.
	type onlyRoots interface {
		Query() QueryResolver
		Mutation() MutationResolver
		Subscription() SubscriptionResolver
	}
	var _ onlyRoots = ResolverRoot(nil)
	var _ ResolverRoot = onlyRoots(nil)
}
