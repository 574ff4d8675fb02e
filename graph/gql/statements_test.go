package gql_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/graph/relational"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
)

// askable are the reasons for which a question may go through all that a tenant
// has in a table. What an erasure, a rebuild or a search for traces reads whole
// nobody can ask for.
var askable = map[string]string{
	relational.OneRow:         "every look at the present begins with the tenant's row",
	relational.PageInOrder:    "the deliveries, newest first",
	relational.PastOfAllKinds: "a list of the past for callers who get it in the order of ids",
	relational.CountsAll:      "the counts of status, for stewards",
}

// mostRights are what a caller may be allowed at most.
var mostRights = access.Rights{Role: access.Admin, Actor: "test", Purpose: "test",
	Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead, access.IdentifierLookup, access.AuditRead}}

// rarelyAsked are the questions of which testdata has none.
var rarelyAsked = []string{
	`{ audit(id: "«hr/person/anna»") { at } unknownProtection(first: 3) { nodes { id } } rectifications { id } }`,
	`{ reviews(kind: PERSON) { nodes { weight } totalCount } pairs(golden: "«hr/person/anna»") { weight } }`,
	`{ waterfall(a: "«hr/person/anna»", b: "«hr/person/bo»") { total } }`,
	`{ roleByIdentifier(scheme: "local-id/hr", value: "1") { id } serviceByIdentifier(scheme: "service-id", value: "1") { id } }`,
	`{ persons(first: 2, asOf: {revision: 1}) { nodes { id } totalCount } roles(last: 2, asOf: {revision: 1}) { nodes { id } } }`,
	`{ status { revision goldens { kind count } sources { source kind count } merged conflicts quarantined dangling issues { source records } } }`,
	`{ recordIssues { nodes { record { id issues { property place code text original } } golden { id } } } of: recordIssues(source: "hr", first: 1) { pageInfo { endCursor } } }`,
}

// statementsRun are those that questions have run, by their text.
type statementsRun struct {
	mu  sync.Mutex
	all map[string]*relational.Statement
}

func (s *statementsRun) add(st *relational.Statement) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[st.String()] = st
}

// TestQuestionsRunNoStatementThatReadsEverything runs every query of testdata and
// generated ones, as every sort of caller, and looks at the statements that this
// asks of the store: that those find their rows by an index is held by the tests
// of plans of either engine, and here that none of those that are let off is asked,
// but for a reason.
func TestQuestionsRunNoStatementThatReadsEverything(t *testing.T) {
	run := &statementsRun{all: map[string]*relational.Statement{}}
	gqltest.Watched(t, run.add, func(t *testing.T, town *gqltest.Town) {
		town.ChangeTwice(t)
		town.DeliverMoves(t)
		run.all = map[string]*relational.Statement{} // what was delivered is no question
		x := gql.New(gql.Options{Stewardship: town.Registry, Clock: town.Clock.Now, Limits: gql.Limits{Aliases: 1000}, Log: testkit.Log(t)})
		var asked strings.Builder
		files, err := filepath.Glob("testdata/*/*.graphql")
		if err != nil || len(files) == 0 {
			t.Fatalf("%d queries found: %v", len(files), err)
		}
		for _, file := range files {
			query, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			asked.Write(query)
			for range 2 { // by the executor, and by the plan where there is one
				x.Execute(t.Context(), town.View(rightsOf(t, string(query))), gql.Request{Query: town.IDs(t, string(query))})
			}
		}
		for _, query := range rarelyAsked {
			x.Execute(t.Context(), town.View(mostRights), gql.Request{Query: town.IDs(t, query)})
			asked.WriteString(query)
		}
		for _, f := range gql.NewExecutableSchema(gql.Config{}).Schema().Query.Fields {
			if !strings.HasPrefix(f.Name, "__") && !regexp.MustCompile(`\b`+f.Name+`\b`).MatchString(asked.String()) {
				t.Errorf("%s is never asked: ask it here", f.Name)
			}
		}
		g := gqltest.NewGenerator(t, town, *seed)
		names := slices.Sorted(maps.Keys(callers()))
		for range *generated / 2 {
			r, rights := g.Request(), callers()[names[g.IntN(len(names))]]
			for range 2 {
				x.Execute(t.Context(), town.View(rights), r)
			}
		}
		reasons := map[string]int{}
		for text, st := range run.all {
			reason := st.Whole()
			if reason == "" {
				continue
			}
			if reasons[reason]++; askable[reason] == "" {
				t.Errorf("a question runs what it may not, since %s:\n%s", reason, text)
			}
		}
		for reason := range askable {
			if reasons[reason] == 0 {
				t.Errorf("no question runs a statement that is let off since %s: take it away", reason)
			}
		}
		const least = 60
		if len(run.all) < least {
			t.Errorf("questions ran %d different statements: want %d at least, of which something can be said", len(run.all), least)
		}
		t.Logf("%d different statements, of them let off: %s", len(run.all), fmt.Sprint(reasons))
	})
}
