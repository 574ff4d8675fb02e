package gql_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// cursorLists are lists that differ from each other in one thing each. %s is where a
// cursor goes, and what else an argument says.
var cursorLists = []string{
	`geographies(%s)`,
	`organisations(%s)`,
	`organisations(orderBy: NAME_DESC, %s)`,
	`organisations(orderBy: ID, %s)`,
	`organisations(orderBy: ID_DESC, %s)`,
	`organisations(search: "e", %s)`,
	`organisations(search: "s", %s)`,
	`organisations(search: "s", orderBy: NAME, %s)`,
	`organisations(filter: {existsOn: "2024-03-05"}, %s)`,
	`organisations(filter: {existsOn: "2024-03-06"}, %s)`,
	`organisations(filter: {endsBefore: "2040-03-06"}, %s)`,
	`organisations(filter: {endsBefore: "2040-03-07"}, %s)`,
	`organisations(filter: {endsFrom: "2019-01-01"}, %s)`,
	`organisations(filter: {under: {organisation: "«hr/organisation/kommun»"}}, %s)`,
	`organisations(filter: {under: {organisation: "«hr/organisation/kommun»", hierarchy: "line"}}, %s)`,
	`organisations(filter: {values: [{property: "parent", to: "«hr/organisation/kommun»"}]}, %s)`,
	`organisations(filter: {values: [{property: "legalEntity", to: "«hr/organisation/kommun»"}]}, %s)`,
	`roles(%s)`,
	`roles(codes: [{scheme: "role-type", notation: "employment"}], %s)`,
	`roles(codes: [{scheme: "role-type", notation: "employment", property: "roleType"}], %s)`,
	`roles(filter: {values: [{property: "roleType", value: "employment"}]}, %s)`,
	`roles(filter: {values: [{property: "roleType", value: "post"}]}, %s)`,
	`persons(%s)`,
	`persons(orderBy: ID, %s)`,
	`search(text: "e", %s)`,
	`search(text: "ek", %s)`,
	`search(text: "e", kinds: [PERSON], %s)`,
	`history(id: "«hr/organisation/kommun»", %s)`,
	`history(id: "«hr/organisation/school»", %s)`,
	`differences(from: {revision: 0}, %s)`,
	`differences(from: {revision: 1}, %s)`,
	`differences(from: {revision: 0}, kind: ORGANISATION, %s)`,
	`changes(%s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: descendants(%s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: descendants(hierarchy: "line", %s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: descendants(depth: 1, %s)`,
	`organisation(id: "«hr/organisation/school»") { p: ancestors(%s)`,
	`organisation(id: "«hr/organisation/library»") { p: ancestors(%s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: follow(path: "^parent", %s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: follow(path: "^legalEntity|^parent", %s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: neighbourhood(%s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: neighbourhood(via: ["parent"], %s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: neighbourhood(depth: 2, via: ["parent"], %s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: children(%s)`,
	`organisation(id: "«hr/organisation/kommun»") { p: children(hierarchy: "line", %s)`,
	`organisation(id: "«hr/organisation/school»") { p: roles(%s)`,
	`organisation(id: "«hr/organisation/library»") { p: roles(%s)`,
	`person(id: "«hr/person/anna»") { p: roles(%s)`,
}

// listed asks for a list with a cursor, or without for "", and gives its cursors and
// what is wrong. Both executors have to agree.
func listed(t *testing.T, p pair, list, arguments string) (cursors []string, wrong string) {
	t.Helper()
	query := "{ p: " + fmt.Sprintf(list, arguments) + " { edges { cursor } pageInfo { endCursor } }" + strings.Repeat(" }", strings.Count(list, "{ p:")) + " }"
	r := gql.Request{Query: p.town.IDs(t, query)}
	planned, text, _ := p.ask(t, steward, r)
	if planned != text {
		t.Errorf("%s is answered by its plan\n%s\nand by the executor\n%s", query, planned, text)
	}
	if m := regexp.MustCompile(`"message":"([^"]*)"`).FindStringSubmatch(text); m != nil {
		if !strings.Contains(text, `"code":"BAD_INPUT"`) {
			t.Errorf("%s: %s", query, text)
		}
		wrong = m[1]
	}
	for _, m := range regexp.MustCompile(`"cursor":"([^"]+)"`).FindAllStringSubmatch(text, -1) {
		cursors = append(cursors, m[1])
	}
	return cursors, wrong
}

// TestACursorIsOfOneList: a cursor leads on in the list that it came from, whatever
// the size of the page and the days asked for, and no other list takes it.
func TestACursorIsOfOneList(t *testing.T) {
	town := gqltest.New(t)
	town.DeliverUnit(t, "unit-1")
	town.DeliverUnit(t, "unit-2")
	for _, name := range []string{"one", "other"} {
		town.Deliver(t, "hr", model.Record{
			Key: model.RecordKey{Kind: model.Organisation, LocalID: name}, Period: model.Period{To: model.Date{Year: 2030}},
			Statements: []model.Statement{{Property: ontology.OrgName, Value: model.Text{Text: name}}},
		})
	}
	p := newPair(town)
	firsts := make([]string, len(cursorLists))
	for i, list := range cursorLists {
		all, wrong := listed(t, p, list, "first: 1000")
		if wrong != "" || len(all) == 0 {
			t.Errorf("%s has %d cursors: %s", list, len(all), wrong)
			continue
		}
		firsts[i] = all[0]
		if rest, wrong := listed(t, p, list, fmt.Sprintf("first: 900, after: %q", all[0])); wrong != "" || !slices.Equal(rest, all[1:]) {
			t.Errorf("%s goes on after its first of %d with %d: %s", list, len(all), len(rest), wrong)
		}
	}
	for i, list := range cursorLists {
		for k, cursor := range firsts {
			if i == k {
				continue
			}
			if _, wrong := listed(t, p, list, fmt.Sprintf("after: %q", cursor)); wrong != access.ErrOtherList.Error() {
				t.Errorf("%s takes a cursor of %s: %q", list, cursorLists[k], wrong)
			}
		}
	}
}

// TestACursorOutlastsADay: pages of one list may be of other days and moments.
func TestACursorOutlastsADay(t *testing.T) {
	town := gqltest.New(t)
	p := newPair(town)
	for _, list := range []string{
		`organisations(%s)`, `organisations(search: "e", %s)`, `organisations(filter: {under: {organisation: "«hr/organisation/kommun»"}}, %s)`, `search(text: "e", %s)`, `persons(%s)`,
	} {
		all, wrong := listed(t, p, list, "first: 1000")
		if wrong != "" || len(all) < 2 {
			t.Fatalf("%s: %d cursors: %s", list, len(all), wrong)
		}
		for _, other := range []string{`validAt: "2031-01-01"`, "asOf: {revision: 3}"} {
			if _, wrong := listed(t, p, list, fmt.Sprintf("after: %q, %s", all[0], other)); wrong != "" {
				t.Errorf("%s with %s: %s", list, other, wrong)
			}
		}
	}
}

// TestACursorOfLinksIsOfOneRecord: below a list of several records it is of one of
// them at most.
func TestACursorOfLinksIsOfOneRecord(t *testing.T) {
	p := newPair(gqltest.New(t))
	all, _ := listed(t, p, `organisation(id: "«hr/organisation/school»") { p: roles(%s)`, "first: 1000")
	if len(all) == 0 {
		t.Fatal("the school has no roles")
	}
	r := gql.Request{Query: fmt.Sprintf(`{ organisations { nodes { roles(after: %q) { pageInfo { hasNextPage } } } } }`, all[0])}
	planned, executed, _ := p.ask(t, steward, r)
	if planned != executed || !strings.Contains(executed, access.ErrOtherList.Error()) || strings.Contains(executed, "hasNextPage") {
		t.Errorf("below a list: %s, by its plan %s", executed, planned)
	}
}
