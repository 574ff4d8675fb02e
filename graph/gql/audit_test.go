package gql_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// entries are the town's audit after a number.
func entries(t *testing.T, town *gqltest.Town, after int64) (out []audit.Read) {
	t.Helper()
	for e, err := range town.Registry.Audit().Entries(t.Context(), after) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

func last(t *testing.T, town *gqltest.Town) int64 {
	t.Helper()
	all := entries(t, town, 0)
	return int64(len(all))
}

func TestEveryRestrictedReadIsInTheAudit(t *testing.T) {
	town := gqltest.New(t)
	anna, bo := town.ID(t, "hr", model.Person, "anna"), town.ID(t, "hr", model.Person, "bo")
	hidden := town.ID(t, "hr", model.Person, "hidden")
	teaching := town.ID(t, "hr", model.Role, "anna-employment")
	employed := []model.EntityID{teaching, town.ID(t, "hr", model.Role, "bo-employment")}
	slices.SortFunc(employed, model.EntityID.Compare)
	protected := access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead}, Actor: "test", Purpose: "a case"}
	reader := access.Rights{Role: access.Reader, Actor: "reader"}
	for _, test := range []struct {
		name, query string
		rights      access.Rights
		operation   string // "" for none
		has, hasNot []model.EntityID
	}{
		{"by id, by a plan", `{ person(id: "«hr/person/anna»") { familyName } }`, steward, "query person", []model.EntityID{anna}, []model.EntityID{bo}},
		{"by id, by the executor", `{ a: person(id: "«hr/person/anna»") { roles { nodes { title } } } }`, steward, "query person", []model.EntityID{anna, teaching}, []model.EntityID{bo}},
		{"a list", `{ persons(first: 9) { nodes { familyName } } }`, steward, "query persons", []model.EntityID{anna, bo}, []model.EntityID{hidden}},
		{"a page, without the row by which it knows that there are more", `{ persons(first: 1) { nodes { familyName } pageInfo { hasNextPage } } }`, steward, "query persons", []model.EntityID{bo}, []model.EntityID{anna}},
		{"the last page, likewise", `{ persons(last: 1) { nodes { familyName } pageInfo { hasPreviousPage } } }`, steward, "query persons", []model.EntityID{anna}, []model.EntityID{bo}},
		{"a page of links, likewise", `{ organisation(id: "«hr/organisation/kommun»") { employments(first: 1) { nodes { title } pageInfo { hasNextPage } } } }`, steward, "query organisation", employed[:1], employed[1:]},
		{"a search", `{ persons(search: "Alm") { nodes { familyName } } }`, steward, "query persons", []model.EntityID{bo}, []model.EntityID{anna}},
		{"a fragment and an alias", `query Q { x: node(id: "«hr/person/bo»") { ...F } } fragment F on Person { familyName }`, steward, "query node", []model.EntityID{bo}, []model.EntityID{anna}},
		{"a link to a person", `{ role(id: "«hr/role/anna-employment»") { holder { id } } }`, steward, "query role", []model.EntityID{anna, teaching}, []model.EntityID{bo}},
		{"evidence", `{ person(id: "«hr/person/bo»") { statements { property } } }`, steward, "query person", []model.EntityID{bo}, []model.EntityID{anna}},
		{"a protected person", `{ person(id: "«hr/person/hidden»") { familyName } }`, protected, "query person", []model.EntityID{hidden}, []model.EntityID{anna}},
		{"the flag of a protected person", `{ person(id: "«hr/person/hidden»") { protection { notation } } }`, reader, "query person", []model.EntityID{hidden}, []model.EntityID{anna}},
		{"what a reader sees", `{ organisations(first: 9) { nodes { name { text } } } persons(first: 9) { nodes { id } } }`, reader, "", nil, nil},
		{"the public", `{ person(id: "«hr/person/anna»") { familyName } }`, access.Rights{}, "", nil, nil},
		{"organisations, to a steward", `{ organisation(id: "«hr/organisation/library»") { altName { text } } }`, steward, "", nil, nil},
		{"nothing found", `{ persons(search: "Zorn") { nodes { familyName } } }`, steward, "", nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := last(t, town)
			if codes := ask(t, town, test.rights, test.query, nil); codes != nil {
				t.Fatalf("refused: %v", codes)
			}
			got := entries(t, town, before)
			if test.operation == "" {
				if len(got) != 0 {
					t.Errorf("the audit tells of %+v", got)
				}
				return
			}
			if len(got) != 1 || got[0].Operation != test.operation || got[0].Actor != test.rights.Actor || got[0].Purpose != test.rights.Why() {
				t.Fatalf("the audit tells of %+v, want one %q by %q", got, test.operation, test.rights.Actor)
			}
			for _, id := range test.has {
				if !slices.Contains(got[0].Subjects, id) {
					t.Errorf("%s is not among the subjects %v", id, got[0].Subjects)
				}
			}
			for _, id := range test.hasNot {
				if slices.Contains(got[0].Subjects, id) {
					t.Errorf("%s is among the subjects and was not shown", id)
				}
			}
		})
	}
	v, err := town.Registry.Audit().Verify(t.Context(), nil)
	if err != nil || !v.OK() {
		t.Errorf("the chain: %+v, %v", v, err)
	}
}

func TestALookUpByAPersonalNumberIsInTheAuditWithoutIt(t *testing.T) {
	town := gqltest.New(t)
	rights := access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}, Actor: "test", Purpose: "counter"}
	view, before := town.View(rights), last(t, town)
	for _, number := range []string{"189001011239", "188503152343"} {
		if _, err := view.ByIdentifier(t.Context(), model.Person, model.Personnummer, number); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := view.ByIdentifier(t.Context(), model.Organisation, model.Personnummer, "188503152343"); err != nil {
		t.Fatal(err)
	}
	lookups := 0
	for _, e := range entries(t, town, before) {
		if strings.HasPrefix(e.Operation, "look-up by ") {
			lookups++
		}
		if text := fmt.Sprintf("%+v", e); strings.Contains(text, "0101123") || strings.Contains(text, "0315234") {
			t.Errorf("the audit holds a personal number: %s", text)
		}
	}
	if lookups != 3 {
		t.Errorf("%d look-ups are in the audit, want 3, one of which found nothing", lookups)
	}
	rights.Purpose = ""
	if _, err := town.View(rights).ByIdentifier(t.Context(), model.Person, model.Personnummer, "189001011239"); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a look-up for no purpose: %v", err)
	}
}

func TestEveryDecisionIsInTheAudit(t *testing.T) {
	town := gqltest.New(t)
	school, library := town.ID(t, "hr", model.Organisation, "school"), town.ID(t, "hr", model.Organisation, "library")
	before := last(t, town)
	if codes := ask(t, town, steward, `mutation { merge(goldens: ["«hr/organisation/library»", "«hr/organisation/school»"], reason: "one house") { revision } }`, nil); codes != nil {
		t.Fatal(codes)
	}
	if codes := ask(t, town, steward, `mutation { split(golden: "«hr/organisation/school»", records: ["«hr/organisation/library»"], reason: "two after all") { revision } }`, nil); codes != nil {
		t.Fatal(codes)
	}
	bo, office := town.ID(t, "hr", model.Person, "bo"), town.ID(t, "hr", model.Role, "bo-employment")
	for _, change := range []string{
		`decide(a: "«hr/organisation/library»", b: "«hr/organisation/school»", verdict: DIFFERENT, reason: "two houses")`,
		`openOffice(role: "«hr/role/bo-employment»", reference: "KS 1", reason: "head")`, `closeOffice(role: "«hr/role/bo-employment»", reason: "left")`,
		`raiseProtection(person: "«hr/person/bo»", level: SEKRETESSMARKERING, reason: "a call")`,
	} {
		if codes := ask(t, town, steward, "mutation { "+change+" { revision } }", nil); codes != nil {
			t.Fatalf("%s: %v", change, codes)
		}
	}
	sees := protector
	sees.Purpose = "a case"
	if codes := ask(t, town, sees, `mutation { lowerProtection(person: "«hr/person/bo»", level: NONE, reason: "a letter") { revision } }`, nil); codes != nil {
		t.Fatal(codes)
	}
	var got []string
	for _, e := range entries(t, town, before) {
		if strings.HasPrefix(e.Operation, "mutation ") {
			continue // what the answer showed
		}
		got = append(got, e.Operation+": "+e.Purpose)
		if !slices.ContainsFunc([]model.EntityID{school, library, bo, office}, func(id model.EntityID) bool { return slices.Contains(e.Subjects, id) }) || e.Actor == "" {
			t.Errorf("%s is by %q about %v", e.Operation, e.Actor, e.Subjects)
		}
	}
	if want := []string{
		"merge: one house", "split: two after all", "decide different: two houses", "open office by KS 1: head", "close office: left",
		"raise protection to sekretessmarkering: a call", "lower protection to none: a letter",
	}; !slices.Equal(got, want) {
		t.Errorf("the audit tells of %q, want %q", got, want)
	}
}

func TestADecisionThatFailsIsNotInTheAudit(t *testing.T) {
	town := gqltest.New(t)
	before := last(t, town)
	if _, err := town.Registry.Merge(t.Context(), "test", []model.EntityID{town.ID(t, "hr", model.Person, "anna"), town.ID(t, "hr", model.Organisation, "school")}, "x", nil); err == nil {
		t.Fatal("a person and a school were merged")
	}
	if got := entries(t, town, before); len(got) != 0 {
		t.Errorf("the audit tells of %+v", got)
	}
}

// full is an audit that cannot be written.
type full struct{}

func (full) Append(context.Context, ...audit.Entry) error { return errors.New("no room") }
func (full) Of(context.Context, []model.EntityID, int64, int) iter.Seq2[audit.Read, error] {
	return func(func(audit.Read, error) bool) {}
}

func TestWithoutTheAuditNothingRestrictedIsAnswered(t *testing.T) {
	town := gqltest.New(t)
	a := access.New(access.Deps{Store: town.Store, BaseIRI: gqltest.Base, Auditor: full{}, Clock: town.Clock.Now})
	x := executor(town)
	for _, query := range []string{`{ person(id: "«hr/person/anna»") { familyName } }`, `{ persons(first: 3) { nodes { familyName } } }`} {
		for range 2 { // by a plan, too
			resp := x.Execute(t.Context(), a.View(steward), gql.Request{Query: town.IDs(t, query)})
			if resp.Data != nil || len(resp.Errors) != 1 || resp.Errors[0].Extensions["code"] != gql.CodeInternal {
				t.Errorf("%s is answered with %s, %v", query, resp.Data, resp.Errors)
			}
		}
	}
	resp := x.Execute(t.Context(), a.View(steward), gql.Request{Query: town.IDs(t, `{ organisation(id: "«hr/organisation/school»") { name { text } } }`)})
	if resp.Data == nil || resp.Errors != nil {
		t.Errorf("what is not restricted is answered with %s, %v", resp.Data, resp.Errors)
	}
	none := access.New(access.Deps{Store: town.Store, BaseIRI: gqltest.Base, Clock: town.Clock.Now})
	if resp := x.Execute(t.Context(), none.View(steward), gql.Request{Query: town.IDs(t, `{ person(id: "«hr/person/anna»") { familyName } }`)}); strings.Contains(string(resp.Data), "Ek") {
		t.Errorf("without an auditor a person is shown: %s", resp.Data)
	}
}

func TestWhoLookedIsTold(t *testing.T) {
	town := gqltest.New(t)
	if codes := ask(t, town, steward, `{ person(id: "«hr/person/anna»") { familyName } }`, nil); codes != nil {
		t.Fatal(codes)
	}
	officer := access.Rights{Role: access.Reader, Scopes: []access.Scope{access.AuditRead}, Standing: "test", Actor: "dataskyddsombud"}
	const who = `{ audit(id: "«school/person/teacher-7»") { number actor role operation purpose at } }`
	var got struct {
		Audit []struct{ Actor, Role, Operation string }
	}
	if codes := ask(t, town, officer, who, &got); codes != nil {
		t.Fatal(codes)
	}
	if len(got.Audit) != 3 || got.Audit[0].Actor != "test" || got.Audit[0].Role != "steward" || got.Audit[0].Operation != "query person" {
		t.Errorf("who looked at Anna, by the id of her other record: %+v", got.Audit)
	}
	for i, source := range []string{"school", "hr"} {
		if e := got.Audit[1+i]; e.Actor != "ingest" || !strings.HasPrefix(e.Operation, "deliver "+source+" ") {
			t.Errorf("what came of Anna: %+v, want a delivery of %s", e, source)
		}
	}
	for name, rights := range map[string]access.Rights{"a steward without the scope": steward, "the public": {Scopes: []access.Scope{access.AuditRead}, Standing: "test"}} {
		if codes := ask(t, town, rights, who, nil); !slices.Equal(codes, []string{gql.CodeForbidden}) {
			t.Errorf("%s is answered with %v", name, codes)
		}
	}
	if codes := ask(t, town, officer, who, &got); codes != nil || len(got.Audit) != 4 || got.Audit[0].Operation != "query audit" {
		t.Errorf("who asked who looked: %+v, %v", got.Audit, codes)
	}
	if codes := ask(t, town, officer, `{ audit(id: "00000000-0000-7000-8000-000000000000") { number } }`, &got); codes != nil || len(got.Audit) != 0 {
		t.Errorf("of nobody: %+v, %v", got.Audit, codes)
	}
}

// The log has the purpose that the audit has: what the rights are for, where the
// request states none.
func TestTheLogOfALookUpSaysWhy(t *testing.T) {
	town := gqltest.New(t)
	rights := access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}, Actor: "test", Standing: "front desk"}
	var log strings.Builder
	x := gql.New(gql.Options{Clock: town.Clock.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	x.Execute(t.Context(), town.View(rights), gql.Request{Query: `{ personByIdentifier(scheme: "personnummer", value: "189001011239") { id } }`})
	if got := log.String(); !strings.Contains(got, `purpose="front desk"`) || testkit.PersonalNumbers([]byte(got)) > 0 {
		t.Errorf("the log says %q", got)
	}
}

// TestIssuesThatAreShownAreInTheAudit: what was delivered of a person is.
func TestIssuesThatAreShownAreInTheAudit(t *testing.T) {
	town := gqltest.New(t)
	town.DeliverTrouble(t)
	person, before := town.ID(t, "hr", model.Person, "trouble-1"), last(t, town)
	if codes := ask(t, town, steward, `{ recordIssues { nodes { record { issues { original } } } } }`, nil); codes != nil {
		t.Fatalf("refused: %v", codes)
	}
	if !slices.ContainsFunc(entries(t, town, before), func(e audit.Read) bool {
		return e.Operation == "query recordIssues" && slices.Contains(e.Subjects, person)
	}) {
		t.Error("the audit does not tell of the person")
	}
}
