package gql_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

var steward = access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test", Actor: "test"}

// ask executes a query and decodes its data into out; it gives the errors' codes.
func ask(t *testing.T, town *gqltest.Town, rights access.Rights, query string, out any) []string {
	t.Helper()
	resp := executor(town).Execute(t.Context(), town.View(rights), gql.Request{Query: town.IDs(t, query)})
	if out != nil && resp.Data != nil {
		if err := json.Unmarshal(resp.Data, out); err != nil {
			t.Fatalf("%s: %v", resp.Data, err)
		}
	}
	var codes []string
	for _, e := range resp.Errors {
		codes = append(codes, fmt.Sprint(e.Extensions["code"]))
	}
	return codes
}

func TestSplitUndoesMergeAndGivesTheOldIDsBack(t *testing.T) {
	town := gqltest.New(t)
	type result struct {
		Revision int
		Records  []struct{ ID string }
	}
	var merged struct{ Merge result }
	if codes := ask(t, town, steward, `mutation { merge(goldens: ["«hr/organisation/library»", "«hr/organisation/school»"], reason: "one house")
		{ revision records { id ... on Organisation { roles { nodes { title } } } } } }`, &merged); codes != nil {
		t.Fatalf("merge: %v", codes)
	}
	school, library := town.ID(t, "hr", model.Organisation, "school").String(), town.ID(t, "hr", model.Organisation, "library").String()
	oldest := min(school, library)
	if len(merged.Merge.Records) != 1 || merged.Merge.Records[0].ID != oldest || merged.Merge.Revision != 4 {
		t.Fatalf("merging gave %+v; want the oldest id, %s, at revision 4", merged.Merge, oldest)
	}
	var seen struct {
		Decisions []struct{ Verdict, Actor, Reason string }
		Node      struct{ ID string }
	}
	if codes := ask(t, town, steward, `{ decisions(golden: "«hr/organisation/library»") { verdict actor reason } node(id: "«hr/organisation/library»") { id } }`, &seen); codes != nil {
		t.Fatalf("decisions: %v", codes)
	}
	if len(seen.Decisions) == 0 || seen.Decisions[0].Verdict != "SAME" || seen.Decisions[0].Reason != "one house" || seen.Decisions[0].Actor != "test" {
		t.Errorf("the decisions are %+v; want SAME with the reason", seen.Decisions)
	}
	if seen.Node.ID != oldest {
		t.Errorf("the other id answers with %s, want %s", seen.Node.ID, oldest)
	}
	var split struct{ Split result }
	if codes := ask(t, town, steward, `mutation { split(golden: "`+oldest+`", records: ["«hr/organisation/library»"], reason: "two houses") { revision records { id } } }`, &split); codes != nil {
		t.Fatalf("split: %v", codes)
	}
	var ids []string
	for _, r := range split.Split.Records {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	want := []string{school, library}
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Errorf("splitting gave %v; want the ids from before the merge, %v", ids, want)
	}
}

func TestDecideKeepsTwoRecordsApart(t *testing.T) {
	town := gqltest.New(t)
	var out struct {
		Decide struct{ Records []struct{ ID string } }
	}
	codes := ask(t, town, steward, `mutation { decide(a: "«hr/organisation/school»", b: "«school/organisation/unit-1»", verdict: DIFFERENT, reason: "two schools") { records { id } } }`, &out)
	if codes != nil || len(out.Decide.Records) != 2 {
		t.Errorf("deciding gave %+v and %v; want two golden records", out, codes)
	}
}

func TestChangesAreRefused(t *testing.T) {
	town := gqltest.New(t)
	reader := access.Rights{Role: access.Reader, Scopes: steward.Scopes, Standing: "test"}
	tests := []struct {
		name   string
		rights access.Rights
		change string
		code   string
	}{
		{"of a reader", reader, `merge(goldens: ["«hr/organisation/library»", "«hr/organisation/school»"], reason: "x")`, gql.CodeForbidden},
		{"of the public", access.Rights{}, `decide(a: "«hr/organisation/library»", b: "«hr/organisation/school»", verdict: SAME, reason: "x")`, gql.CodeForbidden},
		{"without a reason", steward, `merge(goldens: ["«hr/organisation/library»", "«hr/organisation/school»"], reason: " ")`, gql.CodeBadInput},
		{"of one record alone", steward, `merge(goldens: ["«hr/organisation/library»"], reason: "x")`, gql.CodeBadInput},
		{"of all records of a golden record", steward, `split(golden: "«hr/organisation/library»", records: ["«hr/organisation/library»"], reason: "x")`, gql.CodeBadInput},
		{"of records that are not the golden record's", steward, `split(golden: "«hr/organisation/library»", records: ["«hr/organisation/school»"], reason: "x")`, gql.CodeBadInput},
		{"of what is not there", steward, `merge(goldens: ["00000000-0000-7000-8000-000000000000", "«hr/organisation/school»"], reason: "x")`, gql.CodeBadInput},
		{"of a protected person", steward, `merge(goldens: ["«hr/person/hidden»", "«hr/person/bo»"], reason: "x")`, gql.CodeBadInput},
		{"of a protected person's record", steward, `decide(a: "«hr/person/hidden»", b: "«hr/person/bo»", verdict: SAME, reason: "x")`, gql.CodeBadInput},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			codes := ask(t, town, test.rights, "mutation { "+test.change+" { revision } }", nil)
			if !slices.Equal(codes, []string{test.code}) {
				t.Errorf("the change is answered with %v, want %s", codes, test.code)
			}
		})
	}
	if r, err := town.View(steward).Revision(t.Context()); err != nil || r != 3 {
		t.Errorf("the registry is at revision %d after refused changes, want 3 (%v)", r, err)
	}
}

// TestAProtectedPersonAndNobodyAreRefusedAlike: trying to change something must
// not tell whether it is there.
func TestAProtectedPersonAndNobodyAreRefusedAlike(t *testing.T) {
	town := gqltest.New(t)
	message := func(id string) string {
		resp := executor(town).Execute(t.Context(), town.View(steward), gql.Request{
			Query: `mutation { decide(a: "` + id + `", b: "` + town.ID(t, "hr", model.Person, "bo").String() + `", verdict: SAME, reason: "x") { revision } }`,
		})
		return resp.Errors[0].Message
	}
	hidden, nobody := message(town.ID(t, "hr", model.Person, "hidden").String()), message("00000000-0000-7000-8000-000000000000")
	if hidden != nobody {
		t.Errorf("the answers differ: %q and %q", hidden, nobody)
	}
}

func TestLookingUpAPersonalNumberIsLoggedWithoutIt(t *testing.T) {
	town := gqltest.New(t)
	var log bytes.Buffer
	x := gql.New(gql.Options{Clock: town.Clock.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	rights := access.Rights{Role: access.Reader, Scopes: []access.Scope{access.IdentifierLookup}, Actor: "desk", Purpose: "case 17 of 18900101-1239"}
	for _, q := range []string{
		`{ personByIdentifier(scheme: "personnummer", value: "189001011239") { id } }`,
		`{ personByIdentifier(scheme: "189001011239", value: "189001011239") { id } }`,
	} {
		if resp := x.Execute(t.Context(), town.View(rights), gql.Request{Query: q}); resp.Errors != nil {
			t.Fatal(resp.Errors)
		}
	}
	for _, want := range []string{"found=1", "actor=desk", `purpose="case 17 of [number]"`, "scheme=personnummer"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "01011239") || strings.Contains(log.String(), "0101-1239") {
		t.Errorf("the log holds the number: %s", log.String())
	}
}
