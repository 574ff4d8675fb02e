package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/internal/access"
)

// class is a class of caller.
type class struct {
	name   string
	rights access.Rights
	other  bool // of another tenant of the store
}

// classes are those whose answers are timed.
var classes = []class{
	{name: "public"},
	{name: "reader", rights: access.Rights{Role: access.Reader, Actor: "bench"}},
	{name: "looker", rights: access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}, Actor: "bench", Purpose: "benchmark"}},
	{name: "steward", rights: access.Rights{Role: access.Steward, Actor: "bench"}},
	{name: "board", rights: access.Rights{
		Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}, Authorities: []string{payrollBoard}, Actor: "bench", Purpose: "benchmark",
	}},
	{name: "tenant", other: true, rights: access.Rights{
		Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead, access.IdentifierLookup}, Actor: "bench", Purpose: "benchmark",
	}},
}

// hides tells whether the facts are hidden from the class: what another board knows
// is not from who may see all restricted values.
func (c *class) hides(f facts) bool {
	return c.other || f == protectedFacts || !slices.Contains(c.rights.Scopes, access.RestrictedRead) || c.rights.Authorities != nil
}

// timedQuestion is what a caller asks of two towns.
type timedQuestion struct {
	name  string
	about facts
	query string
	// only are the classes that ask; all when there is none.
	only []string
}

// ofPersons are the classes that are shown persons. The public gets none, by a rule
// that looks at nothing.
var ofPersons = []string{"reader", "looker", "steward", "board", "tenant"}

// timedQuestions are asked of towns that differ in what they are about. In a query
// «office» stands for the id of that record; where a town has no such record it is
// the id that the other town's has, which nobody gave here.
var timedQuestions = []timedQuestion{
	{name: "search by a name", about: protectedFacts, query: `{ search(text: "Zebulon Zachau", first: 10) { nodes { id } } }`},
	{name: "search by its beginning", about: protectedFacts, query: `{ search(text: "zeb", first: 10) { nodes { id } } }`},
	{name: "search by another spelling", about: protectedFacts, query: `{ search(text: "Sebulon", first: 10) { didYouMean } }`},
	{name: "search by a title", about: protectedFacts, query: `{ search(text: "Zonplanerare", first: 10) { nodes { id } } }`},
	{name: "persons by a name", about: protectedFacts, only: ofPersons, query: `{ persons(search: "Zachau", first: 10) { nodes { id givenName familyName } totalCount } }`},
	{name: "roles by a title", about: protectedFacts, query: `{ roles(search: "Zonplanerare", first: 10) { nodes { id title } totalCount } }`},
	{name: "a person by a number", about: protectedFacts, only: []string{"looker", "board", "tenant"}, query: `{ personByIdentifier(scheme: "personnummer", value: "189001019802") { id familyName } }`},
	{name: "a person by a number, and roles", about: protectedFacts, only: []string{"looker", "board", "tenant"}, query: `{ personByIdentifier(scheme: "personnummer", value: "189001019802") { id roles(first: 5) { nodes { title organisation { name { text } } } } } }`},
	{name: "a post and who holds it", about: protectedFacts, query: `{ role(id: "«post»") { title holder { id familyName } organisation { name { text } } } }`},
	{name: "posts by their code", about: protectedFacts, query: `{ roles(codes: [{scheme: "role-type", notation: "post"}], first: 10) { nodes { title holder { id } } } }`},
	{name: "who works at an office", about: protectedFacts, query: `{ organisation(id: "«office»") { name { text } roles(first: 20) { nodes { title holder { id familyName } } } } }`},
	{name: "a page of persons", about: protectedFacts, only: ofPersons, query: `{ persons(first: 30, orderBy: ID) { nodes { id familyName } } }`},
	{name: "a page of roles", about: protectedFacts, query: `{ roles(first: 30, orderBy: ID) { nodes { id title } } }`},
	{name: "roles by a code", about: protectedFacts, query: `{ roles(codes: [{scheme: "role-type", notation: "employment"}], first: 20) { nodes { id title } } }`},
	{name: "how many persons", about: protectedFacts, only: ofPersons, query: `{ persons(first: 1) { totalCount } }`},
	{name: "how many at an office", about: protectedFacts, only: ofPersons, query: `{ persons(first: 1, filter: {under: {organisation: "«office»"}}) { totalCount } }`},
	{name: "persons at an office", about: protectedFacts, only: ofPersons, query: `{ persons(first: 100, filter: {under: {organisation: "«office»"}}) { nodes { id } } }`},
	{name: "persons in a postal code", about: protectedFacts, only: ofPersons, query: `{ persons(first: 20, filter: {within: "«area»"}) { nodes { id } } }`},
	{name: "counts of all", about: protectedFacts, query: `{ status { goldens { kind count } } }`},
	{name: "what has changed", about: protectedFacts, query: `{ changes(after: "«changes»", first: 10) { nodes { id what } } }`},
	{name: "the history of a post", about: protectedFacts, query: `{ history(id: "«post»") { nodes { revision what changes { property } } } }`},
	{name: "a post as it was", about: protectedFacts, only: []string{"public", "reader", "looker", "steward", "board"}, query: `{ role(id: "«post»", asOf: {revision: 2}) { title holder { id } } }`},
	{name: "a path through the hidden", about: protectedFacts, query: `{ path(from: "«office»", to: "«archive»", via: ["role.holder", "role.organisation"]) { length } }`},
	{name: "a neighbourhood", about: protectedFacts, query: `{ neighbourhood(id: "«archive»", depth: 2, first: 20) { nodes { id } } }`},
	{name: "a guessed id of a person", about: protectedFacts, only: []string{"public", "tenant"}, query: `{ person(id: "«hidden»") { id familyName } }`},
	{name: "a guessed id of a role", about: protectedFacts, query: `{ role(id: "«work»") { id title } }`},
	{name: "the history of a guessed id", about: protectedFacts, query: `{ history(id: "«work»") { nodes { revision what } } }`},
	{name: "work lists", about: protectedFacts, only: []string{"steward", "board", "tenant"}, query: `{ conflicts(first: 10) { nodes { id } } danglingReferences(first: 10) { nodes { property } } unknownProtection(first: 5) { nodes { id } } }`},

	{name: "search by a name", about: boardFacts, query: `{ search(text: "Yngve Yxkull", first: 10) { nodes { id } } }`},
	{name: "search by its beginning", about: boardFacts, query: `{ search(text: "yngv", first: 10) { nodes { id } } }`},
	{name: "search by another spelling", about: boardFacts, query: `{ search(text: "Ingve", first: 10) { didYouMean } }`},
	{name: "persons by a name", about: boardFacts, only: ofPersons, query: `{ persons(search: "Yxkull", first: 10) { nodes { id familyName } totalCount } }`},
	{name: "a person by a number", about: boardFacts, only: []string{"board", "tenant"}, query: `{ personByIdentifier(scheme: "personnummer", value: "189001049817") { id familyName } }`},
	{name: "a person by id", about: boardFacts, only: ofPersons, query: `{ person(id: "«pupil»") { id familyName identifier { value } roles(first: 5) { nodes { title } } } }`},
	{name: "who is at an office", about: boardFacts, query: `{ organisation(id: "«office»") { name { text } roles(first: 20) { nodes { title holder { id familyName } } } } }`},
	{name: "roles by a code", about: boardFacts, query: `{ roles(codes: [{scheme: "role-type", notation: "pupil"}], first: 10) { nodes { id title } } }`},
	{name: "a page of persons", about: boardFacts, only: ofPersons, query: `{ persons(first: 30, orderBy: ID) { nodes { id familyName } } }`},
	{name: "how many roles", about: boardFacts, query: `{ roles(first: 1) { totalCount } }`},
	{name: "persons in a postal code", about: boardFacts, only: ofPersons, query: `{ persons(first: 20, filter: {within: "«area»"}) { nodes { id } } }`},
	{name: "what has changed", about: boardFacts, query: `{ changes(after: "«changes»", first: 10) { nodes { id what } } }`},
	{name: "the history of a person", about: boardFacts, only: ofPersons, query: `{ history(id: "«pupil»") { nodes { revision what changes { property } } } }`},
}

// asks tells whether callers of the class ask the question.
func (q *timedQuestion) asks(c *class) bool {
	return c.hides(q.about) && (len(q.only) == 0 || slices.Contains(q.only, c.name))
}

// body is the question as it is posted, with the ids of a town, and where it has
// none those of the other.
func (q *timedQuestion) body(t, other *twin) ([]byte, error) {
	var words []string
	for _, ids := range []map[string]string{t.ids, other.ids} {
		for name, id := range ids {
			words = append(words, "«"+name+"»", id)
		}
	}
	text := strings.NewReplacer(words...).Replace(q.query)
	if strings.Contains(text, "«") {
		return nil, fmt.Errorf("the question %q is about a record that neither town has", q.name)
	}
	return json.Marshal(map[string]string{"query": text})
}
