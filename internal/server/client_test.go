package server_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/graph/gql/gqltest/client"
	"github.com/karna-registry/karna/model"
)

func some[T any](v T) *T { return &v }

// TestAClientThatOthersGenerateSpeaksToTheServer: what genqlient makes of the
// published schema asks, pages, filters, decides, and reads errors with their
// codes and paths.
func TestAClientThatOthersGenerateSpeaksToTheServer(t *testing.T) {
	town := gqltest.New(t)
	s := serve(t, town, "127.0.0.1:0", steward)
	c := graphql.NewClient(s.url+"/graphql", s.http)
	id := func(kind model.Kind, local string) string { return town.ID(t, "hr", kind, local).String() }

	person, err := client.PersonById(t.Context(), c, id(model.Person, "anna"))
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, r := range person.Person.Roles.Nodes {
		titles = append(titles, *r.Title+" "+r.RoleType.Notation)
	}
	if slices.Sort(titles); *person.Person.FamilyName != "Ek" || !slices.Equal(titles, []string{"Klasslärare duty", "Lärare employment"}) {
		t.Errorf("a person: %s with %v", *person.Person.FamilyName, titles)
	}
	if nobody, err := client.PersonById(t.Context(), c, id(model.Organisation, "school")); err != nil || nobody.Person != nil {
		t.Errorf("a person who is none: %v, %v", nobody, err)
	}

	unit, err := client.OrganisationByIdentifier(t.Context(), c, "skolenhetskod", "12345678")
	if err != nil {
		t.Fatal(err)
	}
	if up := unit.OrganisationByIdentifier.Parent; len(up) != 1 || up[0].Target.Name[0].Text != "Exempel kommun" {
		t.Errorf("the school's parent: %v", up)
	}

	// Page by page, one row at a time.
	filter := &client.RecordFilter{Under: &client.SubtreeInput{Organisation: id(model.Organisation, "kommun")}}
	var names []string
	var after *string
	for {
		page, err := client.Organisations(t.Context(), c, filter, some(client.RecordOrderNameDesc), some(1), after)
		if err != nil {
			t.Fatal(err)
		}
		of := page.Organisations
		if *of.TotalCount != 3 || of.PageInfo.HasPreviousPage != (after != nil) {
			t.Errorf("a page after %d: %d in all, something before: %t", len(names), *of.TotalCount, of.PageInfo.HasPreviousPage)
		}
		for _, e := range of.Edges {
			names = append(names, e.Node.Name[0].Text)
		}
		if after = of.PageInfo.EndCursor; !of.PageInfo.HasNextPage {
			break
		}
	}
	if want := []string{"Exempel kommun", "Ekskolan", "Biblioteket"}; !slices.Equal(names, want) {
		t.Errorf("the units: %v, want %v", names, want)
	}

	hits, err := client.Search(t.Context(), c, "ekskolan", &client.AsOf{Revision: some(2)})
	if err != nil {
		t.Fatal(err)
	}
	if len(hits.Search.Nodes) != 1 {
		t.Fatalf("%d hits", len(hits.Search.Nodes))
	}
	if o, ok := hits.Search.Nodes[0].(*client.SearchSearchSearchConnectionNodesOrganisation); !ok || o.Kind != client.KindOrganisation {
		t.Errorf("a hit is %T", hits.Search.Nodes[0])
	}
	codes, err := client.TranslateCode(t.Context(), c, "school-type", "FS", some("school-type-2023"), some("2024-01-01"))
	if err != nil || len(codes.TranslateCode) != 1 || codes.TranslateCode[0].Relation != client.CodeRelationExact {
		t.Errorf("a translation: %v, %v", codes, err)
	}
	changes, err := client.Changes(t.Context(), c, nil)
	if err != nil || len(changes.Changes.Edges) != 5 || changes.Changes.Edges[0].Node.At.IsZero() {
		t.Errorf("changes: %v, %v", changes, err)
	}

	_, err = client.Decide(t.Context(), c, id(model.Person, "anna"), id(model.Person, "anna"), client.VerdictSame, "")
	var told gqlerror.List
	if !errors.As(err, &told) || told[0].Extensions["code"] != "BAD_INPUT" || told[0].Path.String() != "decide" {
		t.Errorf("a decision on one record: %v", err)
	}
	if _, err := client.Organisations(t.Context(), c, &client.RecordFilter{Values: []client.ValueInput{{Property: "homepage", Value: some("x")}}}, nil, nil, nil); err == nil ||
		!strings.Contains(fmt.Sprint(err), "identifier, name") {
		t.Errorf("a filter without an index: %v", err)
	}
}

// TestTheSchemaIsPublished: what a generator reads is there for everybody.
func TestTheSchemaIsPublished(t *testing.T) {
	s := serve(t, gqltest.New(t), "127.0.0.1:0", steward)
	resp, text := s.do(t, http.MethodGet, "/schema.graphqls", "", "Origin", "https://elsewhere.example")
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain") ||
		resp.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(text, "type Organisation implements") || !strings.Contains(text, "What can be asked.") {
		t.Errorf("%d %v %.200s", resp.StatusCode, resp.Header, text)
	}
}
