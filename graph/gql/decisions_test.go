package gql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// ofSchool sees what the school board may see that is restricted, and safeSteward all.
var (
	ofSchool = access.Rights{
		Role: access.Steward, Scopes: steward.Scopes, Standing: "test", Actor: "test", Authorities: []string{"utbildningsnämnden"},
	}
	safeSteward = access.Rights{
		Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead}, Purpose: "ärende 7", Actor: "test",
	}
)

// said is a person's record with a name and identifiers.
func said(local string, identifiers ...model.Identifier) model.Record {
	r := model.Record{Key: model.RecordKey{Kind: model.Person, LocalID: local}, Statements: []model.Statement{
		{Property: ontology.PersonGivenName, Value: model.Text{Text: "Dag"}}, {Property: ontology.PersonFamilyName, Value: model.Text{Text: "Olsson"}},
	}}
	for _, n := range identifiers {
		r.Statements = append(r.Statements, model.Statement{Property: ontology.PersonIdentifier, Value: n})
	}
	return r
}

// refused is the code and the text with which a change is refused.
func refused(t *testing.T, town *gqltest.Town, rights access.Rights, change string) string {
	t.Helper()
	resp := executor(town).Execute(t.Context(), town.View(rights), gql.Request{Query: town.IDs(t, "mutation { "+change+" { revision } }")})
	if len(resp.Errors) != 1 {
		t.Fatalf("%s is answered with %v", change, resp.Errors)
	}
	return fmt.Sprint(resp.Errors[0].Extensions["code"], ": ", resp.Errors[0].Message)
}

func revisionOf(t *testing.T, town *gqltest.Town) model.Revision {
	t.Helper()
	r, err := town.Store.Revision(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const mergeAnnaAndBo = `merge(goldens: ["«hr/person/anna»", "«hr/person/bo»"], reason: "one person")`

// Who sees two different numbers, and after the decision would see one of two
// identities, could not take it back: it is refused, and nothing is changed.
func TestPersonsOfTwoNumbersAreNotMadeOneByWhoCouldNotUndoIt(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		lookup := steward
		lookup.Scopes = append(slices.Clone(steward.Scopes), access.IdentifierLookup)
		before := revisionOf(t, town)
		for name, rights := range map[string]access.Rights{"masked": steward, "in full": lookup} {
			for _, change := range []string{
				mergeAnnaAndBo,
				`decide(a: "«hr/person/anna»", b: "«hr/person/bo»", verdict: SAME, reason: "one person")`,
				`decide(a: "«hr/person/bo»", b: "«school/person/teacher-7»", verdict: SAME, reason: "one person")`,
			} {
				if got := refused(t, town, rights, change); !strings.HasPrefix(got, gql.CodeForbidden+": they are persons with different personal numbers") {
					t.Errorf("%s by who sees numbers %s is answered with %q", change, name, got)
				}
			}
		}
		if after := revisionOf(t, town); after != before {
			t.Errorf("the refused changes made revision %d of %d", after, before)
		}
		var out struct {
			Decide struct{ Records []struct{ ID string } }
		}
		if codes := ask(t, town, steward, `mutation { decide(a: "«hr/person/anna»", b: "«hr/person/bo»", verdict: DIFFERENT, reason: "two persons") { records { id } } }`, &out); codes != nil || len(out.Decide.Records) != 2 {
			t.Errorf("that they are two is answered with %v and %v", codes, out)
		}
	})
}

// Whoever may make one person of two may see it, and undo it. Who sees no numbers, or
// only what one board says of one of them, may not decide on them at all.
func TestWhoMayMergeTwoPersonsMayUndoIt(t *testing.T) {
	blind := access.Rights{Role: access.Steward, Standing: "test", Actor: "test"}
	for name, rights := range map[string]access.Rights{"sees all": safeSteward, "sees no numbers": blind, "sees one number": ofSchool} {
		t.Run(name, func(t *testing.T) {
			gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
				if name != "sees all" {
					if got := refused(t, town, rights, mergeAnnaAndBo); !strings.HasPrefix(got, gql.CodeForbidden+": ") {
						t.Errorf("the merge is answered with %q", got)
					}
					return
				}
				const both = `{ anna: person(id: "«hr/person/anna»") { id familyName records { id } } bo: person(id: "«hr/person/bo»") { id familyName records { id } } }`
				var before, between, after struct {
					Anna, Bo struct {
						ID, FamilyName string
						Records        []struct{ ID string }
					}
				}
				ask(t, town, rights, both, &before)
				if codes := ask(t, town, rights, "mutation { "+mergeAnnaAndBo+" { revision } }", nil); codes != nil {
					t.Fatalf("the merge is answered with %v", codes)
				}
				ask(t, town, rights, both, &between)
				if between.Anna.ID == "" || between.Bo.ID != between.Anna.ID || len(between.Anna.Records) != 3 {
					t.Fatalf("after the merge they are %+v", between)
				}
				var decided struct{ Decisions []struct{ Verdict string } }
				if ask(t, town, rights, `{ decisions(golden: "«hr/person/bo»") { verdict } }`, &decided); len(decided.Decisions) != 2 {
					t.Errorf("the decisions are %v, want two", decided.Decisions)
				}
				if codes := ask(t, town, rights, `mutation { split(golden: "`+between.Anna.ID+`", records: ["«hr/person/bo»"], reason: "two persons") { revision } }`, nil); codes != nil {
					t.Fatalf("the split is answered with %v", codes)
				}
				if ask(t, town, rights, both, &after); fmt.Sprint(after) != fmt.Sprint(before) {
					t.Errorf("after merge and split they are\n%+v\nwant\n%+v", after, before)
				}
			})
		})
	}
}

// A decision on others may bring two persons together, too.
func TestADecisionThatBringsOthersTogetherIsRefusedAlike(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		town.Deliver(t, "school", said("nobody"))
		decide := func(a, b string, verdict graph.Verdict) {
			id := func(name string) model.EntityID {
				source, local, _ := strings.Cut(name, "/")
				return town.ID(t, model.Source(source), model.Person, local)
			}
			if _, err := town.Registry.Decide(t.Context(), "Åsa", id(a), id(b), verdict, "sett", nil); err != nil {
				t.Fatal(err)
			}
		}
		decide("hr/anna", "hr/bo", graph.Different)
		decide("hr/anna", "school/nobody", graph.Same)
		decide("hr/bo", "school/nobody", graph.Same)
		if got := refused(t, town, steward, `decide(a: "«hr/person/anna»", b: "«hr/person/bo»", verdict: UNSURE, reason: "who knows")`); !strings.HasPrefix(got, gql.CodeForbidden) {
			t.Errorf("to take back what keeps them apart is answered with %q", got)
		}
		// Nobody's record has no number, and may go from the one to the other.
		const bo, nobody = `{ person(id: "«hr/person/bo»") { records { id } } }`, `decide(a: "«hr/person/anna»", b: "«school/person/nobody»", verdict: DIFFERENT, reason: "it is Bo")`
		if codes := ask(t, town, steward, "mutation { "+nobody+" { revision } }", nil); codes != nil {
			t.Fatalf("to move a record without a number is answered with %v", codes)
		}
		var moved struct {
			Person struct{ Records []struct{ ID string } }
		}
		if ask(t, town, steward, bo, &moved); len(moved.Person.Records) != 2 {
			t.Errorf("Bo has the records %v, want his and the one that moved", moved.Person.Records)
		}
	})
}

// What a source has withdrawn goes with what it proves to belong to, and a decision on
// it counts when it is back: the answer says so.
func TestADecisionOnAWithdrawnRecordWaits(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		town.Retract(t, "hr", model.Person, "anna")
		anna := town.ID(t, "hr", model.Person, "anna").String()
		type result struct {
			Waiting []string
			Records []struct{ ID string }
		}
		var out struct{ Withdrawn, Live result }
		codes := ask(t, town, steward, `mutation {
			withdrawn: decide(a: "«hr/person/anna»", b: "«hr/person/bo»", verdict: DIFFERENT, reason: "two persons") { waiting records { id } }
			live: decide(a: "«school/person/teacher-7»", b: "«hr/person/bo»", verdict: DIFFERENT, reason: "two persons") { waiting records { id } }
		}`, &out)
		if codes != nil || !slices.Equal(out.Withdrawn.Waiting, []string{anna}) || out.Live.Waiting == nil || len(out.Live.Waiting) != 0 {
			t.Errorf("the decisions are answered with %v and %+v; want that the first waits for %s", codes, out, anna)
		}
		// Once it is back, nobody could refuse what it brings together.
		if got := refused(t, town, steward, `decide(a: "«hr/person/anna»", b: "«hr/person/bo»", verdict: SAME, reason: "one person")`); !strings.HasPrefix(got, gql.CodeForbidden) {
			t.Errorf("that a withdrawn record of another number is the same is answered with %q", got)
		}
		got := refused(t, town, steward, `split(golden: "«school/person/teacher-7»", records: ["«hr/person/anna»"], reason: "two persons")`)
		if !strings.HasPrefix(got, gql.CodeBadInput+": record "+anna+" has been retracted by its source") {
			t.Errorf("to split a withdrawn record off is answered with %q", got)
		}
	})
}

// A "same" may draw a record away from another with which it shares a number: the
// answer has both, and a conflict is listed.
func TestADecisionTellsWhatElseItMoved(t *testing.T) {
	const coordination, number = "187005617397", "189001019802"
	id := func(scheme model.Scheme, value string, status model.IdentifierStatus) model.Identifier {
		return model.Identifier{Scheme: scheme, Value: value, Status: status}
	}
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		town.Deliver(t, "hr", said("payroll", id(model.Personnummer, number, model.IdentifierValid)))
		town.Deliver(t, "school", said("pupil", id(model.Samordningsnummer, coordination, model.IdentifierValid)))
		town.Deliver(t, "web",
			said("both", id(model.Samordningsnummer, coordination, model.IdentifierReplaced), id(model.Personnummer, number, model.IdentifierValid)), said("councillor"))
		var out struct {
			Decide struct {
				Records []struct {
					ID      string
					Records []struct{ ID string }
				}
			}
		}
		ask(t, town, steward, `mutation { decide(a: "«web/person/councillor»", b: "«school/person/pupil»", verdict: DIFFERENT, reason: "two") { revision } }`, nil)
		codes := ask(t, town, steward, `mutation { decide(a: "«web/person/councillor»", b: "«hr/person/payroll»", verdict: SAME, reason: "one") { records { id ... on Person { records { id } } } } }`, &out)
		if len(out.Decide.Records) != 2 || len(out.Decide.Records[0].Records) != 3 || len(out.Decide.Records[1].Records) != 1 ||
			out.Decide.Records[1].Records[0].ID != town.ID(t, "school", model.Person, "pupil").String() {
			t.Fatalf("the decision is answered with %v and %+v; want the person of three records, and the pupil who is apart now", codes, out.Decide.Records)
		}
		var conflicts struct {
			Conflicts struct {
				Nodes []struct {
					Code    string
					Records []struct{ LocalID string }
				}
			}
		}
		ask(t, town, steward, `{ conflicts(first: 10) { nodes { code records { localID: localId } } } }`, &conflicts)
		if got := fmt.Sprint(conflicts.Conflicts.Nodes); got != "[{decision-different [{both} {pupil}]}]" && got != "[{decision-different [{pupil} {both}]}]" {
			t.Errorf("the conflicts are %s, want the pupil and the record with both numbers", got)
		}
	})
}
