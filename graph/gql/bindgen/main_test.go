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
	want, err := generate(schema)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../bindings_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("graph/gql/bindings_gen.go is stale: run go generate ./graph/gql")
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
