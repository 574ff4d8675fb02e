package gql_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var (
	administrator = access.Rights{Role: access.Admin, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test", Actor: "admin"}
	protector     = access.Rights{Role: access.Admin, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead}, Standing: "test", Actor: "protector"}
)

func TestAnAccessRequestTellsAllOfOnePersonAndIsInTheAudit(t *testing.T) {
	town := gqltest.New(t)
	before := last(t, town)
	var out struct{ SubjectAccess struct{ JSONLD, HTML string } }
	if codes := ask(t, town, steward, `mutation { subjectAccess(id: "«hr/person/anna»", purpose: "dnr 17") { jsonld html } }`, &out); codes != nil {
		t.Fatal(codes)
	}
	got := out.SubjectAccess
	if !strings.Contains(got.HTML, "Registerutdrag") || !strings.Contains(got.HTML, "Källa: hr") || !strings.Contains(got.JSONLD, "karna:SubjectAccess") {
		t.Errorf("the answer is %.300s … %.300s", got.HTML, got.JSONLD)
	}
	bo := town.ID(t, "hr", model.Person, "bo").String()
	if strings.Contains(got.HTML+got.JSONLD, bo) {
		t.Error("another person's id is told")
	}
	told := entries(t, town, before)
	if len(told) == 0 || told[0].Operation != "mutation subjectAccess" || told[0].Purpose != "dnr 17" || !slices.Contains(told[0].Subjects, town.ID(t, "hr", model.Person, "anna")) {
		t.Errorf("the audit tells of %+v", told)
	}
	for _, test := range []struct {
		name, id, purpose string
		rights            access.Rights
		code              string
	}{
		{"by a reader", "«hr/person/anna»", "x", access.Rights{Role: access.Reader, Scopes: steward.Scopes, Standing: "test"}, gql.CodeForbidden},
		{"by a steward without the scope", "«hr/person/anna»", "x", access.Rights{Role: access.Steward}, gql.CodeForbidden},
		{"by the public", "«hr/person/anna»", "x", access.Rights{}, gql.CodeForbidden},
		{"without a purpose", "«hr/person/anna»", " ", steward, gql.CodeBadInput},
		{"about a protected person without the scope", "«hr/person/hidden»", "x", steward, gql.CodeBadInput},
		{"about nobody", "00000000-0000-7000-8000-000000000000", "x", steward, gql.CodeBadInput},
		{"about a protected person with the scope", "«hr/person/hidden»", "x", protector, ""},
	} {
		codes := ask(t, town, test.rights, `mutation { subjectAccess(id: "`+test.id+`", purpose: "`+test.purpose+`") { html } }`, nil)
		if test.code == "" && codes != nil || test.code != "" && !slices.Equal(codes, []string{test.code}) {
			t.Errorf("%s is answered with %v, want %q", test.name, codes, test.code)
		}
	}
}

// A post that a person holds is nobody's own, and what it says of the person is held
// about the person all the same.
func TestAnAccessRequestTellsOfThePostsThatThePersonHolds(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		post := func(local, title string, holder model.Link) model.Record {
			return model.Record{Key: model.RecordKey{Source: "hr", Kind: model.Role, LocalID: local}, Statements: []model.Statement{
				{Property: ontology.RoleType, Value: model.Code{Scheme: "role-type", Notation: "post"}},
				{Property: ontology.RoleTitle, Value: model.Text{Text: title}},
				{Property: ontology.RoleOrganisation, Value: model.Link{Ref: model.Reference{Kind: model.Organisation, Key: model.RecordKey{Source: "hr", Kind: model.Organisation, LocalID: "school"}}}},
				{Property: ontology.RoleHolder, Value: holder, Period: model.Period{From: model.Date{Year: 2026}}},
			}}
		}
		person := func(local string) model.Link {
			return model.Link{Ref: model.Reference{Kind: model.Person, Key: model.RecordKey{Source: "hr", Kind: model.Person, LocalID: local}}}
		}
		town.Deliver(t, "hr", post("head-post", "Rektorstjänst", person("anna")), post("other-post", "Vaktmästartjänst", person("bo")))
		town.Deliver(t, "hr", post("head-post", "Rektorstjänst", person("bo")))
		for _, test := range []struct {
			id, tells, not string
		}{{"anna", "Rektorstjänst", "Vaktmästartjänst"}, {"bo", "Vaktmästartjänst", "«"}, {"bo", "Rektorstjänst", "«"}} {
			var out struct{ SubjectAccess struct{ JSONLD, HTML string } }
			if codes := ask(t, town, steward, `mutation { subjectAccess(id: "«hr/person/`+test.id+`»", purpose: "dnr 17") { jsonld html } }`, &out); codes != nil {
				t.Fatal(codes)
			}
			for _, text := range []string{out.SubjectAccess.HTML, out.SubjectAccess.JSONLD} {
				if strings.Count(text, test.tells) != 1 || !strings.Contains(text, test.tells+", Ekskolan") || strings.Contains(text, test.not) {
					t.Errorf("of %s it tells %d times of %s, %.200q", test.id, strings.Count(text, test.tells), test.tells, text[max(0, strings.Index(text, "tjänst")-100):])
				}
			}
		}
	})
}

func TestAnErasureIsForAdministratorsWhoMaySeeThePerson(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		const change = `mutation { eraseSubject(id: "«hr/person/%»", decision: "KS 17", dryRun: false) { records proved goldens recipients } }`
		for name, test := range map[string]struct {
			id     string
			rights access.Rights
			code   string
		}{
			"a steward": {"anna", steward, gql.CodeForbidden}, "the public": {"anna", access.Rights{}, gql.CodeForbidden},
			"an administrator of one board":               {"anna", access.Rights{Role: access.Admin, Scopes: administrator.Scopes, Standing: "test", Authorities: []string{"x"}}, gql.CodeForbidden},
			"an administrator who may not see the person": {"hidden", administrator, gql.CodeBadInput},
		} {
			if codes := ask(t, town, test.rights, strings.Replace(change, "%", test.id, 1), nil); !slices.Equal(codes, []string{test.code}) {
				t.Errorf("%s is answered with %v, want %s", name, codes, test.code)
			}
		}
		var out struct {
			EraseSubject struct {
				Records    int
				Proved     *bool
				Goldens    []string
				Recipients []string
			}
		}
		anna := town.ID(t, "hr", model.Person, "anna").String()
		if codes := ask(t, town, administrator, strings.NewReplacer("%", "anna", "dryRun: false", "dryRun: true").Replace(change), &out); codes != nil || out.EraseSubject.Proved != nil || out.EraseSubject.Records < 2 {
			t.Fatalf("a dry run: %v, %+v", codes, out)
		}
		if codes := ask(t, town, administrator, strings.Replace(change, "%", "anna", 1), &out); codes != nil {
			t.Fatal(codes)
		}
		if e := out.EraseSubject; e.Proved == nil || !*e.Proved || !slices.Contains(e.Goldens, anna) || !slices.Contains(e.Recipients, "admin") {
			t.Errorf("the erasure is %+v", e)
		}
		var gone struct{ Node *struct{ ID string } }
		if codes := ask(t, town, protector, `{ node(id: "`+anna+`") { id } }`, &gone); codes != nil || gone.Node != nil {
			t.Errorf("after the erasure the id answers %+v, %v", gone.Node, codes)
		}
	})
}

// markOf is how a client of the feed knows an erased id again.
func markOf(id string) string {
	digits := "ff" + fmt.Sprintf("%x", sha256.Sum256([]byte(id)))[:30]
	return digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
}

// Whoever follows the feed is told that a record was erased, at the revision of the
// erasure and in whatever pages, by a mark that says nothing to those who did not
// have the id; and is not if the record was never for them.
func TestTheFeedTellsThatARecordWasErased(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		type entry struct {
			Revision       int
			ID, Kind, What string
			Record         *struct{ ID string }
		}
		follow := func(rights access.Rights, after string, first int) (out []entry, end string) {
			for {
				var page struct {
					Changes struct {
						Nodes    []entry
						PageInfo struct {
							HasNextPage bool
							EndCursor   string
						}
					}
				}
				query := fmt.Sprintf(`{ changes(first: %d, after: %q) { nodes { revision id kind what record { id } } pageInfo { hasNextPage endCursor } } }`, first, after)
				if codes := ask(t, town, rights, query, &page); codes != nil {
					t.Fatal(codes)
				}
				out, after = append(out, page.Changes.Nodes...), page.Changes.PageInfo.EndCursor
				if !page.Changes.PageInfo.HasNextPage {
					return out, after
				}
			}
		}
		callers := map[string]access.Rights{
			"the public": {}, "a reader": {Role: access.Reader}, "a board": {Role: access.Reader, Scopes: steward.Scopes, Authorities: []string{"x"}}, "an administrator": administrator,
		}
		cursors := map[string]string{}
		for name, rights := range callers {
			_, cursors[name] = follow(rights, "", 1000)
		}
		anna := town.ID(t, "hr", model.Person, "anna").String()
		var erased struct{ EraseSubject struct{ Proved *bool } }
		if codes := ask(t, town, administrator, `mutation { eraseSubject(id: "«hr/person/anna»", decision: "KS 17", dryRun: false) { proved } }`, &erased); codes != nil || erased.EraseSubject.Proved == nil || !*erased.EraseSubject.Proved {
			t.Fatalf("the erasure: %v", codes)
		}
		for name, rights := range callers {
			since, end := follow(rights, cursors[name], 1000)
			found := slices.ContainsFunc(since, func(e entry) bool {
				return e.ID == markOf(anna) && e.What == "ERASED" && e.Kind == "PERSON" && e.Record == nil && e.Revision == since[len(since)-1].Revision
			})
			if want := rights.Role > access.Public; found != want {
				t.Errorf("%s is told %v of the erasure, want %v: %+v", name, found, want, since)
			}
			for _, e := range since {
				if e.ID == anna || rights.Role == access.Public && (e.What == "ERASED" || e.Kind == "PERSON") {
					t.Errorf("%s is told %+v", name, e)
				}
			}
			if pages, last := follow(rights, cursors[name], 1); !slices.EqualFunc(pages, since, func(a, b entry) bool { return a.ID == b.ID && a.What == b.What }) || last != end {
				t.Errorf("%s is told otherwise in pages of one: %+v, want %+v", name, pages, since)
			}
			if again, _ := follow(rights, end, 1000); len(again) != 0 {
				t.Errorf("%s is told again: %+v", name, again)
			}
		}
	})
}

func TestACaseOfRectificationIsForWhoMaySeeTheValue(t *testing.T) {
	town := gqltest.New(t)
	open := func(rights access.Rights, id, property, source string) ([]string, string) {
		var out struct{ OpenRectification struct{ ID string } }
		codes := ask(t, town, rights, `mutation { openRectification(id: "`+id+`", property: "`+property+`", source: "`+source+`", wrong: "x", right: "y", evidence: "z") { id } }`, &out)
		return codes, out.OpenRectification.ID
	}
	codes, id := open(steward, "«hr/person/anna»", "familyName", "hr")
	if codes != nil || id == "" {
		t.Fatal(codes)
	}
	for name, test := range map[string]struct {
		rights               access.Rights
		id, property, source string
		code                 string
	}{
		"a reader":           {access.Rights{Role: access.Reader, Scopes: steward.Scopes, Standing: "test"}, "«hr/person/anna»", "familyName", "hr", gql.CodeForbidden},
		"a protected person": {steward, "«hr/person/hidden»", "familyName", "hr", gql.CodeBadInput},
		"no such property":   {steward, "«hr/person/anna»", "title", "hr", gql.CodeBadInput},
		"no such source":     {steward, "«hr/person/anna»", "familyName", "nobody", gql.CodeBadInput},
	} {
		if codes, _ := open(test.rights, test.id, test.property, test.source); !slices.Equal(codes, []string{test.code}) {
			t.Errorf("%s is answered with %v, want %s", name, codes, test.code)
		}
	}
	var list struct {
		Rectifications []struct{ ID, Property, State, Wrong, Evidence string }
	}
	const all = `{ rectifications { id property state wrong evidence } }`
	if codes := ask(t, town, steward, all, &list); codes != nil || len(list.Rectifications) != 1 || list.Rectifications[0].State != "OPEN" || list.Rectifications[0].Wrong != "x" {
		t.Errorf("listed %+v, %v", list, codes)
	}
	if codes := ask(t, town, access.Rights{Role: access.Steward}, all, &list); codes != nil || len(list.Rectifications) != 0 {
		t.Errorf("a steward without the scope is told %+v, %v", list, codes)
	}
	if codes := ask(t, town, access.Rights{Role: access.Reader, Scopes: steward.Scopes, Standing: "test"}, all, nil); !slices.Equal(codes, []string{gql.CodeForbidden}) {
		t.Errorf("a reader is answered %v", codes)
	}
	if codes := ask(t, town, access.Rights{Role: access.Steward}, `mutation { closeRectification(id: "`+id+`", state: REFUSED, note: "n") { state } }`, nil); !slices.Equal(codes, []string{gql.CodeBadInput}) {
		t.Errorf("closed by whoever may not see it: %v", codes)
	}
	if codes := ask(t, town, steward, `mutation { closeRectification(id: "`+id+`", state: REFUSED, note: "n") { state note } }`, nil); codes != nil {
		t.Error(codes)
	}
}
