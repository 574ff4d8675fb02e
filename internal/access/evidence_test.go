package access_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// nameTown has a person whom two boards call by different names, one of them
// only lately.
func nameTown() *town {
	t := newTown()
	hr := func(email string) []model.Statement {
		return []model.Statement{
			say(ontology.PersonGivenName, text("Anna")), say(ontology.PersonFamilyName, text("Ek")),
			{Property: ontology.PersonIdentifier, Value: ident(model.Personnummer, anna), Original: anna[2:8] + "+" + anna[8:]},
			say(ontology.PersonEmail, model.Contact{Medium: "email", Use: "private", Value: email}),
		}
	}
	t.put(annaHR, "hr", model.Person, "a", hr("one@hemma.example")...)
	t.put(annaSchool, "school", model.Person, "aa", say(ontology.PersonIdentifier, ident(model.Personnummer, anna)), say(ontology.PersonSex, code("sex", "F")))
	t.merge(annaHR, annaSchool)
	t.commit()
	// A change of what the house may not see.
	t.put(annaHR, "hr", model.Person, "a", hr("two@hemma.example")...)
	t.commit()
	t.put(annaSchool, "school", model.Person, "aa", say(ontology.PersonIdentifier, ident(model.Personnummer, anna)), say(ontology.PersonSex, code("sex", "F")),
		say(ontology.PersonGivenName, text("Lena")), say(ontology.PersonFamilyName, text("Eek")),
		say(ontology.PersonEmail, work))
	t.commit()
	return t
}

func statementOf(t *testing.T, all []access.StatementInfo, p model.PropertyID) access.StatementInfo {
	t.Helper()
	for _, s := range all {
		if s.Property == p {
			return s
		}
	}
	t.Fatalf("no statement of %s", ontology.ByID(p).Name)
	return access.StatementInfo{}
}

func at(tw *town, r model.Revision) time.Time { return tw.store.committed[r-1] }

func TestStatementsSayWhoSaysSoSinceWhenAndWhatLost(t *testing.T) {
	tw := nameTown()
	all, err := tw.view(restSt).Statements(ctx, id(annaHR), nil)
	if err != nil {
		t.Fatal(err)
	}
	hr := access.Said{Source: "hr", Authority: "kommunstyrelsen", Record: id(annaHR), LocalID: "a", Since: 1, SinceAt: at(tw, 1)}
	school := access.Said{Source: "school", Authority: "utbildningsnämnden", Record: id(annaSchool), LocalID: "aa", Since: 1, SinceAt: at(tw, 1)}
	lately := school
	lately.Since, lately.SinceAt = 3, at(tw, 3)
	given := statementOf(t, all, ontology.PersonGivenName)
	want := access.StatementInfo{
		GoldenValue: model.GoldenValue{Property: ontology.PersonGivenName, Value: text("Anna")}, Rule: model.RuleTrust, Support: []access.Said{hr},
		Alternatives: []access.AlternativeInfo{{
			GoldenValue: model.GoldenValue{Property: ontology.PersonGivenName, Value: text("Lena")}, Lost: given.Alternatives[0].Lost, Support: []access.Said{lately},
		}},
	}
	if diff := cmp.Diff(want, given); diff != "" {
		t.Error(diff)
	}
	// Two records with seals of their own say one number; it is masked, and so
	// is the spelling in which it came.
	number := statementOf(t, all, ontology.PersonIdentifier)
	if diff := cmp.Diff([]access.Said{hr, school}, number.Support); diff != "" {
		t.Error(diff)
	}
	if got := number.Value.(model.Identifier).Value; got != anna[:8]+"-****" {
		t.Errorf("the number is shown as %q", got)
	}
	// The private address changed in revision 2.
	changed := hr
	changed.Since, changed.SinceAt = 2, at(tw, 2)
	for _, s := range all {
		if c, ok := s.Value.(model.Contact); ok && c.Use == "private" {
			if diff := cmp.Diff([]access.Said{changed}, s.Support); diff != "" {
				t.Error(diff)
			}
		}
	}
}

func TestWhoeverMayLookUpNumbersSeesTheirSpelling(t *testing.T) {
	tw := nameTown()
	all, err := tw.view(looker).Statements(ctx, id(annaHR), []model.PropertyID{ontology.PersonIdentifier})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d statements of one number", len(all))
	}
	s := all[0]
	if got := s.Value.(model.Identifier).Value; got != anna {
		t.Errorf("the number is shown as %q", got)
	}
	if s.Support[0].Original != anna[2:8]+"+"+anna[8:] || s.Support[1].Original != "" {
		t.Errorf("the spellings are %q and %q", s.Support[0].Original, s.Support[1].Original)
	}
	if s.Support[0].LocalID != "" {
		t.Error("a reader is shown a local id")
	}
}

func TestARecordOfAnotherBoardIsNoEvidence(t *testing.T) {
	tw := nameTown()
	all, err := tw.view(school).Statements(ctx, id(annaHR), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if ontology.ByID(s.Property).DisclosureOf(s.Value) < model.Restricted {
			continue
		}
		for _, said := range s.Support {
			if said.Source != "school" {
				t.Errorf("the school board is told that %s says %s", said.Source, ontology.ByID(s.Property).Name)
			}
		}
	}
	if got := statementOf(t, all, ontology.PersonSex); len(got.Support) != 1 {
		t.Errorf("its own records are no evidence: %+v", got)
	}
}

func TestRecordsHaveTheVersionsThatDifferForTheCaller(t *testing.T) {
	tw := nameTown()
	for name, c := range map[string]struct {
		rights access.Rights
		record int
		want   []model.Revision
	}{
		"with the scope":                  {restricted, annaHR, []model.Revision{1, 2}},
		"in the house":                    {reader, annaHR, []model.Revision{1}},
		"of the school":                   {restricted, annaSchool, []model.Revision{1, 3}},
		"a work address, for the house":   {reader, annaSchool, []model.Revision{1, 3}},
		"of another board, for the board": {school, annaHR, []model.Revision{1}},
	} {
		history, err := tw.view(c.rights).RecordHistory(ctx, id(c.record))
		if err != nil {
			t.Fatal(err)
		}
		var got []model.Revision
		for _, r := range history {
			got = append(got, r.Revision)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		// Records says the same of the present.
		now, err := tw.view(c.rights).Records(ctx, id(annaHR))
		if err != nil {
			t.Fatal(err)
		}
		last := history[len(history)-1]
		for _, r := range now {
			if r.ID == id(c.record) {
				if diff := cmp.Diff(last, r); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
		}
	}
}

func TestLocalIDsAreForStewards(t *testing.T) {
	tw := nameTown()
	for name, r := range callers {
		if r.Role == access.Public {
			continue
		}
		v := tw.view(r)
		records, err := v.Records(ctx, id(annaHR))
		if err != nil {
			t.Fatal(err)
		}
		said, err := v.Statements(ctx, id(annaHR), nil)
		if err != nil {
			t.Fatal(err)
		}
		shown := map[string]bool{
			"record": records[0].LocalID != "", "key": records[0].Record.Key.LocalID != "", "support": said[0].Support[0].LocalID != "",
		}
		for where, got := range shown {
			if want := r.Role >= access.Steward; got != want {
				t.Errorf("%s: the local id in a %s: %v", name, where, got)
			}
		}
	}
}

func TestIssuesAreAsHiddenAsWhatTheyAreAbout(t *testing.T) {
	tw := nameTown()
	tw.put(annaHR, "hr", model.Person, "a", say(ontology.PersonEmail, work))
	tw.records[id(annaHR)].Issues = []model.Issue{
		{Property: ontology.PersonIdentifier, Place: "line 2", Code: model.IssueIdentifierRule, Severity: model.Failed, Original: "[number]"},
		{Property: ontology.PersonProtection, Place: "line 2", Code: model.IssueUnknownCode, Original: "x"},
		{Place: "line 2", Code: model.IssueMissing, Original: "y"},
	}
	tw.put(unit, "open", model.Organisation, "u", say(ontology.OrgName, text("Enhet")))
	tw.records[id(unit)].Issues = []model.Issue{{Property: ontology.OrgName, Place: "line 3", Code: model.IssueBadText, Original: "z"}}
	tw.put(post, "hr", model.Role, "j", say(ontology.RoleTitle, text("Lärare")))
	tw.records[id(post)].Issues = []model.Issue{{Property: ontology.RoleHolder, Code: model.IssueMissing, Original: "Bo"}, {Property: ontology.RoleOrganisation, Code: model.IssueMissing, Original: "u"}}
	tw.commit()
	schoolSteward := restSt
	schoolSteward.Authorities = school.Authorities
	const rule, code, missing, bad = model.IssueIdentifierRule, model.IssueUnknownCode, model.IssueMissing, model.IssueBadText
	for name, c := range map[string]struct {
		rights access.Rights
		id     int
		want   []model.IssueCode
		placed bool
	}{
		"the public":                            {public, unit, nil, false},
		"the house":                             {reader, annaHR, nil, false},
		"the house with scope":                  {restricted, annaHR, nil, false},
		"a steward":                             {steward, annaHR, []model.IssueCode{code}, false},
		"a steward with scope":                  {restSt, annaHR, []model.IssueCode{rule, code, missing}, false},
		"a steward of another board":            {schoolSteward, annaHR, []model.IssueCode{code}, false},
		"a steward who sees all":                {protected, annaHR, []model.IssueCode{rule, code, missing}, true},
		"a steward, of what is open":            {steward, unit, []model.IssueCode{bad}, false},
		"a reader, of what is open":             {reader, unit, nil, false},
		"a steward with scope, of who holds it": {restSt, post, []model.IssueCode{missing}, false},
		"a steward who sees all, of the same":   {protected, post, []model.IssueCode{missing, missing}, false},
	} {
		v := tw.view(c.rights)
		records, err := v.Records(ctx, id(c.id))
		if err != nil {
			t.Fatal(err)
		}
		issues, err := v.Issues(ctx, id(c.id), &records[0])
		if err != nil {
			t.Fatal(err)
		}
		var got []model.IssueCode
		for _, issue := range issues {
			got = append(got, issue.Code)
			if placed := issue.Place != ""; placed != c.placed && c.id != post {
				t.Errorf("%s: the issue is placed at %q", name, issue.Place)
			}
			if issue.Original == "" {
				t.Errorf("%s: of what was delivered nothing is told", name)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		page, err := v.RecordIssues(ctx, "", "", 10)
		if c.rights.Role < access.Steward {
			if !errors.Is(err, access.ErrForbidden) {
				t.Errorf("%s: the list is %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if listed := slices.ContainsFunc(page.Items, func(f access.FlawedInfo) bool { return f.ID == id(c.id) && f.Golden == id(c.id) }); listed != (len(c.want) > 0) {
			t.Errorf("%s: the record is in the list: %v", name, listed)
		}
	}
}

func TestWhatANarrowSourceSaidIsForFew(t *testing.T) {
	tw := newTown()
	tw.put(1, "hr", model.Person, "a", say(ontology.PersonEmail, work))
	tw.put(2, "social", model.Person, "s", say(ontology.PersonEmail, work))
	tw.put(3, "undeclared", model.Organisation, "u", say(ontology.OrgName, text("Enheten")))
	tw.merge(1, 2)
	tw.commit()
	for name, c := range map[string]struct {
		rights access.Rights
		want   map[model.Source]map[model.Kind]int64
		merged int64
	}{
		"a steward": {steward, map[model.Source]map[model.Kind]int64{"hr": {model.Person: 1}, "undeclared": {model.Organisation: 1}}, 0},
		"one with the scope": {restSt, map[model.Source]map[model.Kind]int64{
			"hr": {model.Person: 1}, "social": {model.Person: 1}, "undeclared": {model.Organisation: 1}}, 2},
	} {
		counts, err := tw.view(c.rights).WorkCounts(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, counts.Records); diff != "" || counts.Merged != c.merged {
			t.Errorf("%s counts %d merged: %s", name, counts.Merged, diff)
		}
	}
	for name, c := range map[string]struct {
		rights access.Rights
		id     int
		want   []model.Source
	}{
		"a restricted source":            {reader, 1, []model.Source{"hr"}},
		"a restricted source with scope": {restricted, 1, []model.Source{"hr", "social"}},
		"nobody's source to the public":  {public, 3, nil},
		"nobody's source in the house":   {reader, 3, []model.Source{"undeclared"}},
	} {
		records, err := tw.view(c.rights).Records(ctx, id(c.id))
		if err != nil {
			t.Fatal(err)
		}
		statements, err := tw.view(c.rights).Statements(ctx, id(c.id), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got, support []model.Source
		for _, r := range records {
			got = append(got, r.Source)
		}
		for _, s := range statements[0].Support {
			support = append(support, s.Source)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: records: %s", name, diff)
		}
		if diff := cmp.Diff(c.want, support); diff != "" {
			t.Errorf("%s: support: %s", name, diff)
		}
	}
}

// TestALostLinkIsAsHiddenAsItsTargetIsNow: nothing rewrites evidence when a
// target that lost becomes hidden.
func TestALostLinkIsAsHiddenAsItsTargetIsNow(t *testing.T) {
	tw := newTown()
	tw.put(1, "hr", model.Role, "j", say(ontology.RoleType, code("role-type", "duty")), say(ontology.RoleOrganisation, to("hr", model.Organisation, "a")))
	tw.put(2, "school", model.Role, "j", say(ontology.RoleType, code("role-type", "duty")), say(ontology.RoleOrganisation, to("hr", model.Organisation, "b")))
	tw.put(3, "hr", model.Organisation, "a", say(ontology.OrgName, text("A")))
	tw.put(4, "hr", model.Organisation, "b", say(ontology.OrgName, text("B")))
	tw.merge(1, 2)
	tw.commit()
	lost := func() int {
		all, err := tw.view(reader).Statements(ctx, id(1), []model.PropertyID{ontology.RoleOrganisation})
		if err != nil {
			t.Fatal(err)
		}
		return len(all[0].Alternatives)
	}
	if lost() != 1 {
		t.Fatal("the other unit is no alternative")
	}
	tw.store.goldens[id(4)][0].Disclosure = model.Restricted
	if lost() != 0 {
		t.Error("a lost link leads to what is hidden")
	}
}
