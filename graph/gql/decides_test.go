package gql_test

import (
	"slices"
	"testing"

	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// TestWhoReadsNoNameDecidesOnNobody: publishing the name of an office's holder, or
// deciding who is who, is for whoever reads the names. For others a decision would be
// a way to read them.
func TestWhoReadsNoNameDecidesOnNobody(t *testing.T) {
	restricted := []access.Scope{access.RestrictedRead}
	for name, class := range map[string]struct {
		rights          access.Rights
		publish, person bool
	}{
		"without a scope":           {access.Rights{Role: access.Steward, Actor: "test"}, false, false},
		"of another board":          {access.Rights{Role: access.Steward, Scopes: restricted, Standing: "test", Actor: "test", Authorities: []string{"another board"}}, false, false},
		"of the board":              {access.Rights{Role: access.Steward, Scopes: restricted, Standing: "test", Actor: "test", Authorities: []string{"kommunstyrelsen"}}, true, true},
		"of the whole municipality": {steward, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			town := gqltest.New(t)
			try := func(mutation string, may bool) {
				t.Helper()
				codes := ask(t, town, class.rights, "mutation { "+mutation+" { revision } }", nil)
				if want := map[bool][]string{true: nil, false: {"FORBIDDEN"}}[may]; !slices.Equal(codes, want) {
					t.Errorf("%s: %v, want %v", mutation, codes, want)
				}
			}
			try(`openOffice(role: "«hr/role/bo-employment»", reference: "KS 1", reason: "x")`, class.publish)
			_, err := town.View(access.Rights{}).Entity(t.Context(), town.ID(t, "hr", model.Role, "bo-employment"))
			if open := err == nil; open != class.publish {
				t.Errorf("the public reads of the office: %v (%v)", open, err)
			}
			if !class.publish { // what another has opened
				if codes := ask(t, town, steward, `mutation { openOffice(role: "«hr/role/bo-employment»", reference: "KS 1", reason: "x") { revision } }`, nil); codes != nil {
					t.Fatal(codes)
				}
			}
			try(`closeOffice(role: "«hr/role/bo-employment»", reason: "x")`, class.publish)
			try(`decide(a: "«hr/person/anna»", b: "«hr/person/bo»", verdict: DIFFERENT, reason: "x")`, class.person)
			if !class.person {
				try(`merge(goldens: ["«hr/person/anna»", "«hr/person/bo»"], reason: "x")`, false)
				try(`lowerProtection(person: "«hr/person/bo»", level: NONE, reason: "x")`, false)
			}
			try(`decide(a: "«hr/organisation/library»", b: "«hr/organisation/school»", verdict: DIFFERENT, reason: "x")`, true)
		})
	}
}
