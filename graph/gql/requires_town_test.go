package gql_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
)

// TestTheTableHoldsWhoeverAnswers executes a query for every field of the schema,
// twice, so that the second may be a plan's, and subscribes to each that can be: as every
// role it is refused to those whom testdata/requires.txt leaves out and to nobody else.
func TestTheTableHoldsWhoeverAnswers(t *testing.T) {
	town := gqltest.New(t)
	x := gql.New(gql.Options{Stewardship: town.Registry, Clock: town.Clock.Now, Log: testkit.Log(t)})
	table, err := os.ReadFile("testdata/requires.txt")
	if err != nil {
		t.Fatal(err)
	}
	reaching := gql.Reaching(gql.Schema())
	scopes := []access.Scope{access.RestrictedRead, access.ProtectedRead, access.IdentifierLookup, access.AuditRead}
	var callers []access.Rights
	for role := access.Public; role <= access.Admin; role++ {
		callers = append(callers, access.Rights{Role: role, Actor: "test", Purpose: "test"}, access.Rights{Role: role, Scopes: scopes, Actor: "test", Purpose: "test"})
		for _, s := range scopes {
			callers = append(callers, access.Rights{Role: role, Scopes: []access.Scope{s}, Actor: "test", Purpose: "test"})
		}
	}
	rows, subscriptions := 0, 0
	for line := range strings.Lines(string(table)) {
		words := strings.Fields(line)
		query := reaching[words[0]]
		if query == "" {
			continue
		}
		rows++
		role, err := access.ParseRole(words[1])
		if err != nil {
			t.Fatal(err)
		}
		some := callers
		if role == access.Public {
			some = nil // what is for the public is for all: every role, with no scope
			for _, c := range callers {
				if len(c.Scopes) == 0 {
					some = append(some, c)
				}
			}
		}
		for _, rights := range some {
			want := rights.Role < role || len(words) > 2 && !rights.Has(access.Scope(words[2]))
			if streamed, ok := strings.CutPrefix(query, "subscription "); ok {
				subscriptions++
				// From the beginning, so that there is something to be told at once.
				streamed = strings.Replace(streamed, "changes", fmt.Sprintf("changes(after: %q)", access.AfterRevision(0)), 1)
				s := dialEvents(t, serve(t, streaming(town, gql.Limits{}), town, rights), "subscription "+streamed, nil)
				got := s.next(t).forbidden()
				s.close()
				if got != want {
					t.Errorf("%s is refused to %s %v: %t, want %t", words[0], rights.Role, rights.Scopes, got, want)
				}
				continue
			}
			for range 2 {
				resp := x.Execute(t.Context(), town.View(rights), gql.Request{Query: query})
				got := false
				for _, e := range resp.Errors {
					got = got || e.Extensions["code"] == gql.CodeForbidden
				}
				if got != want {
					t.Errorf("%s is refused to %s %v: %t, want %t: %v", words[0], rights.Role, rights.Scopes, got, want, resp.Errors)
				}
				if got && resp.Data != nil {
					t.Errorf("%s is refused and answered: %s", words[0], resp.Data)
				}
			}
		}
	}
	if rows < 500 || subscriptions < 4 {
		t.Errorf("%d rows were tried, %d subscriptions", rows, subscriptions)
	}
}
