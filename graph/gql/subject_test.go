package gql_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

var (
	administrator = access.Rights{Role: access.Admin, Scopes: []access.Scope{access.RestrictedRead}, Actor: "admin"}
	protector     = access.Rights{Role: access.Admin, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead}, Actor: "protector"}
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
		{"by a reader", "«hr/person/anna»", "x", access.Rights{Role: access.Reader, Scopes: steward.Scopes}, gql.CodeForbidden},
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

func TestAnErasureIsForAdministratorsWhoMaySeeThePerson(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		const change = `mutation { eraseSubject(id: "«hr/person/%»", decision: "KS 17", dryRun: false) { records proved goldens recipients } }`
		for name, test := range map[string]struct {
			id     string
			rights access.Rights
			code   string
		}{
			"a steward": {"anna", steward, gql.CodeForbidden}, "the public": {"anna", access.Rights{}, gql.CodeForbidden},
			"an administrator of one board":               {"anna", access.Rights{Role: access.Admin, Scopes: administrator.Scopes, Authorities: []string{"x"}}, gql.CodeForbidden},
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
		"a reader":           {access.Rights{Role: access.Reader, Scopes: steward.Scopes}, "«hr/person/anna»", "familyName", "hr", gql.CodeForbidden},
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
	if codes := ask(t, town, access.Rights{Role: access.Reader, Scopes: steward.Scopes}, all, nil); !slices.Equal(codes, []string{gql.CodeForbidden}) {
		t.Errorf("a reader is answered %v", codes)
	}
	if codes := ask(t, town, access.Rights{Role: access.Steward}, `mutation { closeRectification(id: "`+id+`", state: REFUSED, note: "n") { state } }`, nil); !slices.Equal(codes, []string{gql.CodeBadInput}) {
		t.Errorf("closed by whoever may not see it: %v", codes)
	}
	if codes := ask(t, town, steward, `mutation { closeRectification(id: "`+id+`", state: REFUSED, note: "n") { state note } }`, nil); codes != nil {
		t.Error(codes)
	}
}
