package gql_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// TestNoAnswerLinksAFormerIdentityToANewOne: a source gives somebody another number and
// name. Whoever may not see protected persons is told of the new ones alone: not
// in the history of the record, not of past revisions, not by the old number
// (privacy.md 5).
func TestNoAnswerLinksAFormerIdentityToANewOne(t *testing.T) {
	const (
		former, later = "188503152343", "189001019802"
		formerMask    = "18850315"
	)
	person := func(name string, numbers ...model.Value) model.Record {
		r := model.Record{Key: model.RecordKey{Kind: model.Person, LocalID: "moved"}, Statements: []model.Statement{
			{Property: ontology.PersonGivenName, Value: model.Text{Text: name}},
			{Property: ontology.PersonFamilyName, Value: model.Text{Text: name + "sdotter"}},
		}}
		for _, n := range numbers {
			r.Statements = append(r.Statements, model.Statement{Property: ontology.PersonIdentifier, Value: n})
		}
		return r
	}
	number := func(value string, status model.IdentifierStatus) model.Value {
		return model.Identifier{Scheme: model.Personnummer, Value: value, Status: status}
	}
	was := person("Gunilla", number(former, model.IdentifierValid))
	for name, becomes := range map[string]model.Record{
		"the number is another": person("Berit", number(later, model.IdentifierValid)),
		"the old one is said to be replaced": person("Berit", number(former, model.IdentifierReplaced),
			number(later, model.IdentifierValid)),
	} {
		t.Run(name, func(t *testing.T) {
			town := gqltest.New(t)
			// Bo of the town has the number.
			town.Retract(t, "hr", model.Person, "bo")
			town.Clock.Advance(time.Hour)
			town.Deliver(t, "school", was)
			before, err := town.Store.Revision(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			town.Clock.Advance(time.Hour)
			town.Deliver(t, "school", becomes)
			const values = `{ id givenName familyName identifier { value status } statements { property text alternatives { text support { source original } }
				support { source original since } } records { id source revision } }`
			query := town.IDs(t, strings.NewReplacer("VALUES", values, "BEFORE", fmt.Sprint(before), "FORMER", former, "LATER", later, "MOVED", "«school/person/moved»").Replace(`{
				now: person(id: "MOVED") VALUES
				then: person(id: "MOVED", asOf: {revision: BEFORE}) VALUES
				listed: persons(asOf: {revision: BEFORE}, first: 50) { nodes VALUES }
				history(id: "MOVED") { nodes { what changes { property before { text } after { text } } } }
				difference(id: "MOVED", from: {revision: BEFORE}) { changes { property before { text } } }
				differences(from: {revision: BEFORE}) { nodes { changes { property before { text } } } }
				found: personByIdentifier(scheme: "personnummer", value: "FORMER") { givenName }
				lately: personByIdentifier(scheme: "personnummer", value: "LATER") { givenName }
				search(text: "gunilla") { edges { cursor } }
			}`))
			scopes := []access.Scope{access.RestrictedRead, access.IdentifierLookup}
			ask := func(scopes ...access.Scope) string {
				resp := executor(town).Execute(t.Context(), town.View(access.Rights{Role: access.Steward, Scopes: scopes, Actor: "test", Purpose: "ärende 7"}), gql.Request{Query: query})
				if len(resp.Errors) > 0 {
					t.Fatalf("%v", resp.Errors)
				}
				text, err := json.Marshal(resp)
				if err != nil {
					t.Fatal(err)
				}
				return string(text)
			}
			got := ask(scopes...)
			for _, word := range []string{former, formerMask, "Gunilla"} {
				if at := strings.Index(got, word); at >= 0 {
					t.Errorf("the answer has %s: …%s", word, got[max(0, at-200):at+20])
				}
			}
			if !strings.Contains(got, `"lately":{"givenName":"Berit"}`) {
				t.Errorf("the answer has nothing of the new identity: %s", got)
			}
			if !strings.Contains(got, `"search":{"edges":[]}`) || !strings.Contains(got, `"found":null`) {
				t.Errorf("somebody is found by what was: %s", got)
			}
			if all := ask(append(scopes, access.ProtectedRead)...); !strings.Contains(all, former) || !strings.Contains(all, "Gunilla") {
				t.Errorf("with protected:read the former identity is not there: %s", all)
			}
		})
	}
}
