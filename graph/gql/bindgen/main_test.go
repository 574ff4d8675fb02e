package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

func TestBindingsAreOfTheSchemaAndTableAsTheyAre(t *testing.T) {
	schema, err := load("../schema")
	if err != nil {
		t.Fatal(err)
	}
	bindings, err := generate(schema)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{
		"../bindings_gen.go": bindings, "../schema.graphqls": published(schema), "../../../docs/graphql-reference.md": document(schema),
	} {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./graph/gql", name)
		}
	}
}

// TestThePublishedSchemaIsTheSchema: nothing is lost on the way into one file.
func TestThePublishedSchemaIsTheSchema(t *testing.T) {
	schema, err := load("../schema")
	if err != nil {
		t.Fatal(err)
	}
	again, err := gqlparser.LoadSchema(&ast.Source{Input: string(published(schema))})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(published(again), published(schema)) || len(again.Types) != len(schema.Types) {
		t.Error("the published schema reads as another one")
	}
}

// TestTheReferenceHasAllOfTheSchema: every type, field, argument and value that a
// caller can name, with its description, and what is deprecated with the reason.
func TestTheReferenceHasAllOfTheSchema(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: `
		"Asked." type Query { "A field|bar." one("An argument." a: E = X): T! old: Int @deprecated(reason: "ask one") }
		"A thing." type T implements N { "Its name." n: [String!]! }
		"Named." interface N { "Its name." n: [String!]! }
		"Either." union U = T
		"A choice." enum E { "The first." X "The second." Y @deprecated(reason: "take X") }
		"Given." input I { "A number." i: Int = 3 }`})
	if err != nil {
		t.Fatal(err)
	}
	text := string(document(schema))
	for _, want := range []string{
		"## Queries\n\nAsked.", "### one\n\nA field|bar. Gives [T](#t)!.", "| `a` | [E](#e) = `X` | An argument. |", "**Deprecated**: ask one.",
		"### T\n\nA thing.\n\nIt is a [N](#n).\n\n| field | type | |\n|---|---|---|\n| `n` | `[String!]!` | Its name. |",
		"One of [T](#t).", "| `X` | The first. |\n| `Y` | The second. **Deprecated**: take X. |", "| `i` | `Int` = `3` | A number. |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the reference lacks %q:\n%s", want, text)
		}
	}
}

func TestASchemaThatLacksAPropertyIsRefusedByName(t *testing.T) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: "type Query { person: Person } type Person { id: ID }"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := generate(schema); err == nil || !strings.Contains(err.Error(), "type Person lacks the property identifier") {
		t.Errorf("the error is %v", err)
	}
}
