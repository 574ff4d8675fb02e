package access_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

// The callers that privacy.md tells apart.
var (
	public     = access.Rights{}
	scopedOut  = access.Rights{Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead, access.IdentifierLookup}, Purpose: "none"}
	reader     = access.Rights{Role: access.Reader}
	restricted = access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test"}
	looker     = access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}, Standing: "test"}
	unsaid     = access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}}
	finder     = access.Rights{Role: access.Reader, Scopes: []access.Scope{access.IdentifierLookup}, Standing: "test"}
	steward    = access.Rights{Role: access.Steward}
	restSt     = access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test"}
	purpose    = access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead}, Standing: "test"}
	protected  = access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead}, Purpose: "case 7"}
	admin      = access.Rights{Role: access.Admin}
	school     = access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test", Authorities: []string{"utbildningsnämnden"}}
)

var callers = map[string]access.Rights{
	"public": public, "public with scopes": scopedOut, "reader": reader, "restricted": restricted, "looker": looker, "finder": finder,
	"steward": steward, "restricted steward": restSt, "no purpose": purpose, "protected": protected, "admin": admin, "school board": school,
}

// personnummer makes one of the 19th century, with its check digit.
func personnummer(birth string, n int) string {
	digits := birth + fmt.Sprintf("%03d", n)
	sum := 0
	for i, c := range digits[2:] {
		d := int(c-'0') * (2 - i%2)
		sum += d/10 + d%10
	}
	return digits + string(rune('0'+(10-sum%10)%10))
}

var (
	anna   = personnummer("18700101", 238)
	bertil = personnummer("18650212", 119)
	trader = personnummer("18440303", 101)
	marked = model.ProtectionSecrecyMarking
	noteOf = func(p model.Protection) model.Value { return code(model.ProtectionScheme, p.Notation()) }
	ident  = func(s model.Scheme, v string) model.Value {
		return model.Identifier{Scheme: s, Value: v, Status: model.IdentifierValid}
	}
	private = model.Contact{Medium: "email", Use: "private", Value: "anna@hemma.example"}
	work    = model.Contact{Medium: "email", Use: "work", Value: "anna@kommun.example"}
)

// The records of the town of the rules.
const (
	annaHR = 10 + iota
	annaSchool
	bertilHR // protected
	bertilSchool
	unit
	shop // a sole trader
	post
	annaJob
	bertilJob
	pupil
	service
	shelter // a unit that is closed as a whole
	county
	concept
)

func ruledTown() *town {
	t := newTown()
	t.put(county, "open", model.Geography, "12", say(ontology.GeoName, text("Skåne län")), say(ontology.GeoIdentifier, ident(model.Lanskod, "12")),
		say(ontology.GeoType, code("geography-type", "county")))
	t.put(concept, "karna", model.Concept, "role-type/post", say(ontology.ConceptScheme, text("role-type")),
		say(ontology.ConceptNotation, text("post")), say(ontology.ConceptLabel, text("Befattning")))
	t.put(unit, "hr", model.Organisation, "u1", say(ontology.OrgName, text("Enheten för åldrande")),
		say(ontology.OrgType, code("organisation-type", "unit")), say(ontology.OrgLegalEntity, to("hr", model.Organisation, "shop")),
		say(ontology.OrgIdentifier, ident(model.Skolenhetskod, "12345678")))
	t.put(shop, "hr", model.Organisation, "shop", say(ontology.OrgName, text("Bertils Snickeri")),
		say(ontology.OrgIdentifier, ident(model.Organisationsnummer, trader[2:])))
	t.putAs(shelter, "social", model.Organisation, "s1", model.Restricted, say(ontology.OrgName, text("Skyddat boende")),
		say(ontology.OrgParent, to("hr", model.Organisation, "u1")))
	t.put(annaHR, "hr", model.Person, "a", say(ontology.PersonGivenName, text("Anna")), say(ontology.PersonFamilyName, text("Ek")),
		model.Statement{Property: ontology.PersonIdentifier, Value: ident(model.Personnummer, anna), Original: anna[2:8] + "-" + anna[8:]},
		say(ontology.PersonEmail, work), say(ontology.PersonEmail, private), say(ontology.PersonProtection, noteOf(model.ProtectionNone)))
	t.put(annaSchool, "school", model.Person, "aa", say(ontology.PersonGivenName, text("Anna-Lena")), say(ontology.PersonFamilyName, text("Eek")),
		say(ontology.PersonIdentifier, ident(model.Personnummer, anna)), say(ontology.PersonIdentifier, ident(model.EPPN, "anek@skola.example")),
		say(ontology.PersonSex, code("sex", "F")))
	t.merge(annaHR, annaSchool)
	t.put(bertilHR, "hr", model.Person, "b", say(ontology.PersonGivenName, text("Bertil")), say(ontology.PersonFamilyName, text("Alm")),
		say(ontology.PersonIdentifier, ident(model.Personnummer, bertil)), say(ontology.PersonEmail, model.Contact{Medium: "email", Use: "work", Value: "bertil@kommun.example"}))
	t.put(bertilSchool, "school", model.Person, "bb", say(ontology.PersonIdentifier, ident(model.Personnummer, bertil)),
		say(ontology.PersonProtection, noteOf(marked)))
	t.merge(bertilHR, bertilSchool)
	t.put(post, "hr", model.Role, "p1", say(ontology.RoleType, code("role-type", "post")), say(ontology.RoleTitle, text("Enhetschef")),
		say(ontology.RoleOrganisation, to("hr", model.Organisation, "u1")), say(ontology.RoleHolder, to("hr", model.Person, "b")),
		say(ontology.RoleContact, model.Contact{Medium: "email", Use: "function", Value: "chef@kommun.example"}),
		say(ontology.RoleContact, model.Contact{Medium: "phone", Use: "work", Value: "+4612345"}))
	t.put(annaJob, "hr", model.Role, "j1", say(ontology.RoleType, code("role-type", "employment")), say(ontology.RoleTitle, text("Handläggare")),
		say(ontology.RoleHolder, to("hr", model.Person, "a")), say(ontology.RoleOrganisation, to("hr", model.Organisation, "u1")),
		say(ontology.RoleFills, to("hr", model.Role, "p1")), say(ontology.RoleExtent, model.Number(80)))
	t.put(bertilJob, "hr", model.Role, "j2", say(ontology.RoleType, code("role-type", "employment")), say(ontology.RoleTitle, text("Sotare")),
		say(ontology.RoleHolder, to("hr", model.Person, "b")), say(ontology.RoleOrganisation, to("hr", model.Organisation, "u1")))
	t.put(pupil, "school", model.Role, "e1", say(ontology.RoleType, code("role-type", "pupil")), say(ontology.RoleHolder, to("hr", model.Person, "a")),
		say(ontology.RoleOrganisation, to("hr", model.Organisation, "u1")))
	t.put(service, "open", model.Service, "sv", say(ontology.ServiceName, text("Bygglov")), say(ontology.ServiceCaseHandlers, text("Handläggare Lind")),
		say(ontology.ServiceProvider, to("hr", model.Organisation, "u1")), say(ontology.ServiceType, code("service-type", "building")),
		say(ontology.ServiceProvider, to("gone", model.Organisation, "later")))
	t.commit()
	return t
}

// everything that a caller is answered by any method, as text: what a caller
// may not see is in none of it.
func everything(t *testing.T, tw *town, r access.Rights) string {
	t.Helper()
	var b strings.Builder
	for _, call := range calls {
		for _, answer := range call.ask(&asking{town: tw, view: tw.view(r)}) {
			fmt.Fprintf(&b, "%s: %s\n", call.method, answer)
		}
	}
	return b.String()
}

func TestNoAnswerHoldsWhatTheCallerMayNotSee(t *testing.T) {
	tw := ruledTown()
	personal := []string{anna, anna[2:], anna[2:8] + "-" + anna[8:], bertil, bertil[2:], trader, trader[2:]}
	names := []string{"Anna", "Ek", "Eek", "hemma.example", "anek@"}
	shielded := []string{"Bertil Alm", "Alm", "bertil@kommun.example", "Sotare"}
	house := []string{"anna@kommun.example", "Handläggare", "4612345", "pupil", "sekretess"}
	closed := []string{"Snickeri", "Skyddat boende", "pupil"}
	for name, c := range map[string]struct {
		rights access.Rights
		never  []string
	}{
		"public":             {public, slices.Concat(personal, names, shielded, house, closed, []string{"/person/"})},
		"public with scopes": {scopedOut, slices.Concat(personal, names, shielded, house, closed, []string{"/person/"})},
		"reader":             {reader, slices.Concat(personal, names, shielded, closed)},
		"admin":              {admin, slices.Concat(personal, names, shielded, closed)},
		"steward":            {steward, slices.Concat(personal, names, shielded, closed)},
		"finder":             {finder, slices.Concat(personal, names, shielded, closed)},
		"restricted":         {restricted, slices.Concat(personal, shielded)},
		"looker":             {looker, slices.Concat([]string{bertil, bertil[2:]}, shielded)},
		"nothing said":       {unsaid, slices.Concat(personal, names, shielded, closed)},
		"no purpose":         {purpose, slices.Concat(personal, shielded)},
		"school board":       {school, slices.Concat(personal, shielded, []string{"hemma.example", "Snickeri", "Skyddat boende"})},
	} {
		t.Run(name, func(t *testing.T) {
			all := everything(t, tw, c.rights)
			for _, secret := range c.never {
				if at := strings.Index(all, secret); at >= 0 {
					t.Errorf("%q is in an answer: …%s…", secret, all[max(0, at-200):min(len(all), at+80)])
				}
			}
		})
	}
	// What a caller may see is there, so the silence above means something.
	for name, c := range map[string]struct {
		rights access.Rights
		there  []string
	}{
		"public":     {public, []string{"Enhetschef", "chef@kommun.example", "Bygglov", "Skåne", "Befattning"}},
		"reader":     {reader, []string{"anna@kommun.example", "Handläggare", "sekretessmarkering"}},
		"restricted": {restricted, []string{"Anna", "hemma.example", "pupil", "Snickeri", "Skyddat boende", anna[:8] + "-****"}},
		"looker":     {looker, []string{anna, trader[2:]}},
		"protected":  {protected, []string{"Alm", bertil, "Sotare", "bertil@kommun.example"}},
	} {
		all := everything(t, tw, c.rights)
		for _, fact := range c.there {
			if !strings.Contains(all, fact) {
				t.Errorf("%s: no answer holds %q", name, fact)
			}
		}
	}
}

func TestWhichRecordsACallerSees(t *testing.T) {
	tw := ruledTown()
	const none, flagged, all = "none", "flag", "all"
	want := map[string]map[int]string{
		"public":    {annaHR: none, bertilHR: none, unit: all, shop: none, shelter: none, post: all, annaJob: none, bertilJob: none, pupil: none, service: all, county: all},
		"reader":    {annaHR: all, bertilHR: flagged, unit: all, shop: none, shelter: none, post: all, annaJob: all, bertilJob: none, pupil: none, service: all, county: all},
		"steward":   {annaHR: all, bertilHR: flagged, shop: none, shelter: none, bertilJob: none, pupil: none},
		"admin":     {annaHR: all, bertilHR: flagged, shop: none, shelter: none, bertilJob: none, pupil: none},
		"protected": {annaHR: all, bertilHR: all, unit: all, shop: all, shelter: all, post: all, annaJob: all, bertilJob: all, pupil: all},

		"public with scopes": {annaHR: none, bertilHR: none, shop: none, pupil: none},
		"restricted":         {annaHR: all, bertilHR: flagged, shop: all, shelter: all, bertilJob: none, pupil: all},
		"no purpose":         {annaHR: all, bertilHR: flagged, bertilJob: none},
		"school board":       {annaHR: all, bertilHR: flagged, shop: none, shelter: none, pupil: all, annaJob: all},
	}
	for name, records := range want {
		v := tw.view(callers[name])
		for n, sees := range records {
			e, err := v.Entity(context.Background(), id(n))
			got := all
			switch {
			case errors.Is(err, access.ErrNotFound):
				got = none
			case err != nil:
				t.Fatal(err)
			case e.Disclosure == model.Protected && len(e.Values) == 1 && e.Values[0].Property == ontology.PersonProtection:
				got = flagged
			}
			if got != sees {
				t.Errorf("%s sees %s of record %d: want %s", name, got, n, sees)
			}
		}
	}
}

func TestAFlagIsAllThatIsToldOfAProtectedPerson(t *testing.T) {
	tw := ruledTown()
	v := tw.view(reader)
	// By either of two known ids, and neither tells that they are one person.
	for _, n := range []int{bertilHR, bertilSchool} {
		got, err := v.Entity(context.Background(), id(n))
		if err != nil {
			t.Fatal(err)
		}
		want := &access.Entity{
			Golden: model.Golden{
				ID: id(n), Kind: model.Person, Disclosure: model.Protected,
				Values: []model.GoldenValue{{Property: ontology.PersonProtection, Value: noteOf(marked)}},
			},
			State: graph.Live, IRI: base + "/id/person/" + id(n).String(),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	for name, err := range map[string]error{
		"statements": second(v.Statements(context.Background(), id(bertilHR), nil)),
		"records":    second(v.Records(context.Background(), id(bertilHR))),
		"record":     second(v.RecordHistory(context.Background(), id(bertilSchool))),
		"history":    second(v.History(context.Background(), id(bertilHR))),
	} {
		if !errors.Is(err, access.ErrNotFound) {
			t.Errorf("%s of a protected person: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestWhichPropertiesACallerSees(t *testing.T) {
	tw := ruledTown()
	for name, c := range map[string]struct {
		rights access.Rights
		record int
		want   []string
	}{
		"a post is open without its holder": {public, post, []string{"organisation", "roleType", "title", "contact"}},
		"a post in the house":               {reader, post, []string{"organisation", "roleType", "title", "contact", "contact"}},
		"a protected holder is for nobody":  {restricted, post, []string{"organisation", "roleType", "title", "contact", "contact"}},
		"a protected holder with a purpose": {protected, post, []string{"holder", "organisation", "roleType", "title", "contact", "contact"}},
		"a unit without its sole trader":    {public, unit, []string{"identifier", "name", "type"}},
		"a unit with its sole trader":       {restricted, unit, []string{"identifier", "name", "type", "legalEntity"}},
		"a person in the house":             {reader, annaHR, []string{"email", "protection"}},
		"a person with the scope":           {restricted, annaHR, []string{"identifier", "identifier", "givenName", "familyName", "sex", "email", "email", "protection"}},
		"a person to the school board":      {school, annaHR, []string{"identifier", "identifier", "givenName", "familyName", "sex", "email", "protection"}},
		"an employment in the house":        {reader, annaJob, []string{"organisation", "fills", "roleType", "title", "extent"}},
		"a service without its handlers":    {public, service, []string{"name", "provider", "type"}},
		"a service with what waits":         {steward, service, []string{"name", "provider", "provider", "type", "caseHandlers"}},
		"a service in the house":            {reader, service, []string{"name", "provider", "type", "caseHandlers"}},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := tw.view(c.rights).Entity(context.Background(), id(c.record))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, val := range e.Values {
				got = append(got, ontology.ByID(val.Property).Name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPersonalNumbersAreMaskedUnlessTheScopeAllows(t *testing.T) {
	tw := ruledTown()
	for name, want := range map[string]string{
		"restricted": anna[:8] + "-****", "looker": anna, "restricted steward": anna[:8] + "-****", "protected": anna,
		"reader": "", "finder": "", "admin": "",
	} {
		e, err := tw.view(callers[name]).Entity(context.Background(), id(annaHR))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, val := range e.All(ontology.PersonIdentifier) {
			if i := val.Value.(model.Identifier); i.Scheme == model.Personnummer {
				got = i.Value
				if !i.Seal.IsZero() {
					t.Errorf("%s is shown a seal", name)
				}
			}
		}
		if got != want {
			t.Errorf("%s sees %q: want %q", name, got, want)
		}
	}
}

func TestCountsAreOfWhatTheCallerSees(t *testing.T) {
	tw := ruledTown()
	for name, want := range map[string]map[model.Kind]int64{
		"public":       {model.Role: 1, model.Organisation: 1, model.Geography: 1, model.Service: 1, model.Concept: 1},
		"reader":       {model.Person: 1, model.Role: 2, model.Organisation: 1, model.Geography: 1, model.Service: 1, model.Concept: 1},
		"restricted":   {model.Person: 1, model.Role: 3, model.Organisation: 3, model.Geography: 1, model.Service: 1, model.Concept: 1},
		"protected":    {model.Person: 2, model.Role: 4, model.Organisation: 3, model.Geography: 1, model.Service: 1, model.Concept: 1},
		"school board": {model.Person: 1, model.Role: 3, model.Organisation: 1, model.Geography: 1, model.Service: 1, model.Concept: 1},
	} {
		got, err := tw.view(callers[name]).Counts(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Goldens); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWorkListsAreForStewards(t *testing.T) {
	tw := ruledTown()
	ctx := context.Background()
	for name, r := range callers {
		v := tw.view(r)
		for method, err := range map[string]error{
			"conflicts":  second(v.Conflicts(ctx, "", 10)),
			"quarantine": second(v.Quarantine(ctx, "", "", 10)),
			"issues":     second(v.RecordIssues(ctx, "", "", 10)),
			"dangling":   second(v.Dangling(ctx, "", 10)),
			"reviews":    second(v.Reviews(ctx, model.Person, "", 10)),
			"pairs":      second(v.Pairs(ctx, id(unit))),
			"decisions":  second(v.Decisions(ctx, id(unit))),
			"deliveries": second(v.Deliveries(ctx, "", 10)),
			"counts":     second(v.WorkCounts(ctx)),
			"unknown":    second(v.List(ctx, model.Person, access.Filter{UnknownProtection: true}, access.Page{First: 10})),
		} {
			if forbidden := r.Role < access.Steward; errors.Is(err, access.ErrForbidden) != forbidden {
				t.Errorf("%s of %s: %v", method, name, err)
			}
		}
	}
}

func TestOpenDumpHasNoPersonAndNoPersonalNumber(t *testing.T) {
	tw := ruledTown()
	for name, r := range callers {
		var all strings.Builder
		for q, err := range tw.view(r).Quads().Match(context.Background(), quads.Pattern{}) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&all, "%s %s %s\n", q.Subject, q.Predicate, q.Object.Value)
		}
		for _, number := range []string{anna, anna[2:], bertil, bertil[2:], trader, trader[2:], "****"} {
			if strings.Contains(all.String(), number) {
				t.Errorf("%s: a personal number is in the quads, whole or masked", name)
			}
		}
		if r.Role == access.Public && strings.Contains(all.String(), "/id/person/") {
			t.Errorf("%s: a person is in the quads", name)
		}
		if !strings.Contains(all.String(), "Bygglov") {
			t.Errorf("%s: the dump is empty", name)
		}
	}
}

// TestWhatHasNoClassIsInNoDumpAndForNobody takes each property's class away in turn, as
// one has that was added and not thought of: it is gone from the quads, from records
// and from what is found, for whoever asks.
func TestWhatHasNoClassIsInNoDumpAndForNobody(t *testing.T) {
	tw := ruledTown()
	dump := func(r access.Rights) (out []string) {
		for q, err := range tw.view(r).Quads().Match(context.Background(), quads.Pattern{}) {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprint(q.Subject, " ", q.Predicate, " ", q.Object))
		}
		return out
	}
	holds := func(r access.Rights, p model.PropertyID) bool {
		for _, n := range []int{annaHR, post, unit, service} {
			if e, err := tw.view(r).Entity(context.Background(), id(n)); err == nil {
				for _, val := range e.Values {
					if val.Property == p {
						return true
					}
				}
			}
		}
		return false
	}
	fewer, held := 0, 0
	for _, p := range []model.PropertyID{ontology.OrgName, ontology.RoleTitle, ontology.RoleContact, ontology.RoleOrganisation, ontology.ServiceName, ontology.ServiceProvider, ontology.PersonEmail, ontology.PersonGivenName} {
		row := ontology.ByID(p)
		class := row.Disclosure
		for name, r := range callers {
			whole, held0 := dump(r), holds(r, p)
			row.Disclosure = model.Unclassified
			without, still := dump(r), holds(r, p)
			row.Disclosure = class
			if still {
				t.Errorf("%s is shown %s, which has no class", name, row.Name)
			}
			if len(without) < len(whole) {
				fewer++
			}
			if held0 {
				held++
			}
			_, predicate, _ := strings.Cut(row.RDF, ":")
			for _, q := range without {
				subject, rest, _ := strings.Cut(q, " ")
				said, _, _ := strings.Cut(rest, " ")
				if !slices.Contains(whole, q) || strings.Contains(subject, "/id/"+strings.ToLower(row.Kind.String())+"/") && strings.HasSuffix(said, predicate) {
					t.Errorf("%s: without a class for %s the dump has %s", name, row.Name, q)
				}
			}
		}
	}
	// With its class each is shown to somebody, and dumped.
	if fewer < 40 || held < 40 {
		t.Errorf("%d dumps have less without a class, and %d records: the test tries nothing", fewer, held)
	}
}

// TestNoStoredClassOpensAPerson: were a class ever written wrong, the public
// would still see no person, and no role that is never open.
func TestNoStoredClassOpensAPerson(t *testing.T) {
	tw := ruledTown()
	for _, n := range []int{annaHR, pupil, shop} {
		tw.store.goldens[id(n)][0].Disclosure = model.Open
	}
	v := tw.view(public)
	trading, err := v.Entity(ctx, id(shop))
	if err != nil {
		t.Fatal(err)
	}
	if numbers := trading.All(ontology.OrgIdentifier); len(numbers) > 0 {
		t.Errorf("a sealed number is shown: %v", numbers)
	}
	for _, n := range []int{annaHR, annaSchool, pupil} {
		if _, err := v.Entity(ctx, id(n)); !errors.Is(err, access.ErrNotFound) {
			t.Errorf("record %d: %v", n, err)
		}
	}
	counts, err := v.Counts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if counts.Goldens[model.Person] != 0 || counts.Goldens[model.Role] != 1 {
		t.Errorf("the public counts %v", counts.Goldens)
	}
	for q, err := range v.Quads().Match(ctx, quads.Pattern{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{annaHR, pupil} {
			if strings.Contains(q.Subject, id(n).String()) {
				t.Errorf("in the dump: %s", q.Subject)
			}
		}
	}
}

// TestThePastOpensNoOffice: an office that is public today, and was, has its
// holder's name for the public today; at an earlier revision it is not there.
func TestThePastOpensNoOffice(t *testing.T) {
	tw := newTown()
	role := id(anOffice)
	tw.put(anOfficial, "hr", model.Person, "official", say(ontology.PersonGivenName, text("Dagny")), say(ontology.PersonProtection, noteOf(model.ProtectionNone)))
	tw.put(anOffice, "hr", model.Role, "office", say(ontology.RoleType, code("role-type", "elected-office")), say(ontology.RoleHolder, to("hr", model.Person, "official")))
	tw.offices[role] = model.Period{}
	tw.commit()
	tw.put(anOfficial, "hr", model.Person, "official", say(ontology.PersonGivenName, text("Dagmar")), say(ontology.PersonProtection, noteOf(model.ProtectionNone)))
	tw.commit()
	v := tw.view(public)
	if e, err := v.Entity(ctx, role); err != nil || len(e.All(ontology.RoleHolderName)) != 1 {
		t.Fatalf("today the office is %v, %v", e, err)
	}
	past, err := v.At(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if e, err := past.Entity(ctx, role); err == nil {
		t.Errorf("at revision 1 the public sees %v", e)
	}
}

// TestTheFeedForgetsWhoHeldAClosedOffice: that the name of an open office's holder
// changed is told as long as the office is open, and not once it is closed; that it
// was closed is.
func TestTheFeedForgetsWhoHeldAClosedOffice(t *testing.T) {
	feed := func(r access.Rights, second string, closes bool) (out []string) {
		tw := newTown()
		for revision, name := range []string{"Dagny", second, second} {
			tw.put(anOfficial, "hr", model.Person, "official", say(ontology.PersonGivenName, text(name)), say(ontology.PersonProtection, noteOf(model.ProtectionNone)))
			tw.put(anOffice, "hr", model.Role, "office", say(ontology.RoleType, code("role-type", "elected-office")), say(ontology.RoleHolder, to("hr", model.Person, "official")))
			tw.offices[id(anOffice)] = model.Period{}
			if closes && revision == 2 {
				delete(tw.offices, id(anOffice))
			}
			tw.commit()
		}
		page, err := tw.view(r).Changes(ctx, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Items {
			if c.ID == id(anOffice) {
				out = append(out, fmt.Sprint(c.Revision, " ", c.What))
			}
		}
		return out
	}
	for name, r := range map[string]access.Rights{"the public": public, "a reader": reader, "who sees what is restricted": restricted} {
		if was, is := feed(r, "Dagny", false), feed(r, "Dagmar", false); slices.Equal(was, is) {
			t.Errorf("%s is told %q whether or not the name of an open office changed", name, is)
		}
		if was, is := feed(r, "Dagny", true), feed(r, "Dagmar", true); !slices.Equal(was, is) || len(is) == 0 {
			t.Errorf("%s is told %q of a closed office whose name had changed, and %q of one whose had not", name, is, was)
		}
	}
}

// TestTheFeedTellsOfAnOpenOfficeWhateverCameLater: whoever begins with the feed is
// told of an open office, also when its last change is not for everybody.
func TestTheFeedTellsOfAnOpenOfficeWhateverCameLater(t *testing.T) {
	tw := newTown()
	for _, extent := range []float64{50, 80} {
		tw.put(anOfficial, "hr", model.Person, "official", say(ontology.PersonGivenName, text("Dagny")), say(ontology.PersonProtection, noteOf(model.ProtectionNone)))
		tw.put(anOffice, "hr", model.Role, "office", say(ontology.RoleType, code("role-type", "elected-office")), say(ontology.RoleHolder, to("hr", model.Person, "official")),
			say(ontology.RoleExtent, model.Number(extent)))
		tw.offices[id(anOffice)] = model.Period{}
		tw.commit()
	}
	page, err := tw.view(public).Changes(ctx, "", 100)
	if err != nil || len(page.Items) != 1 || page.Items[0].Revision != 1 || page.Items[0].What != access.Changed {
		t.Errorf("the public is told %+v, %v; want that the office came", page, err)
	}
}

// What another board had closed as a whole is not found when it is gone either.
func TestAnotherBoardsClosedRecordIsNotFoundWhenItIsGone(t *testing.T) {
	tw := newTown()
	tw.putAs(1, "social", model.Organisation, "shelter", model.Restricted, say(ontology.OrgName, text("skydd")))
	tw.commit()
	tw.put(1, "social", model.Organisation, "shelter")
	tw.commit()
	for board, want := range map[string]error{"kommunstyrelsen": access.ErrNotFound, "socialnämnden": nil} {
		rights := restSt
		rights.Authorities, rights.Purpose = []string{board}, "dnr 1"
		if _, err := tw.view(rights).Subject(ctx, id(1)); !errors.Is(err, want) {
			t.Errorf("a steward of %s is answered %v, want %v", board, err, want)
		}
	}
}

// A report tells where else to ask in the same words whoever it is about: that
// another board has a record of a person may itself be secret.
func TestAReportTellsOfOtherBoardsWhateverTheyHave(t *testing.T) {
	tw := newTown()
	for _, who := range []struct {
		id     int
		school bool
	}{{1, false}, {2, true}} {
		key := fmt.Sprint("p", who.id)
		tw.put(who.id, "hr", model.Person, key, say(ontology.PersonGivenName, text("Dagny")))
		if who.school {
			tw.put(10+who.id, "school", model.Role, "r", say(ontology.RoleType, code("role-type", "pupil")), say(ontology.RoleHolder, to("hr", model.Person, key)))
		}
	}
	tw.commit()
	rights := restSt
	rights.Authorities, rights.Purpose = []string{"kommunstyrelsen"}, "dnr 1"
	var said []string
	for _, who := range []int{1, 2} {
		d, err := tw.view(rights).Subject(ctx, id(who))
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, strings.Join(d.Withheld, "; "))
	}
	if said[0] != said[1] || !strings.Contains(said[0], "utbildningsnämnden") || strings.Contains(said[0], "kommunstyrelsen") {
		t.Errorf("of one who is no pupil: %q\nof a pupil: %q", said[0], said[1])
	}
}

// Who may read of protected persons for one board is told of another's no more than
// that they are protected, and of nothing that they hold there.
func TestAProtectedPersonIsOfTheBoardsThatKnowThem(t *testing.T) {
	tw := newTown()
	tw.put(1, "hr", model.Person, "p", say(ontology.PersonGivenName, text("Dagny")), say(ontology.PersonEmail, work), say(ontology.PersonProtection, noteOf(marked)))
	tw.put(2, "hr", model.Role, "j", say(ontology.RoleType, code("role-type", "employment")), say(ontology.RoleTitle, text("Sotare")), say(ontology.RoleHolder, to("hr", model.Person, "p")))
	tw.commit()
	for board, ours := range map[string]bool{boards[0]: true, boards[1]: false} {
		rights := protected
		rights.Authorities = []string{board}
		a := &asking{town: tw, view: tw.view(rights), words: []string{"dagny", "sotare"}}
		told := map[string]bool{}
		for _, c := range calls {
			for _, answer := range c.ask(a) {
				if strings.Contains(answer, "Dagny") || strings.Contains(answer, "Sotare") || strings.Contains(answer, work.Value) {
					told[c.method] = true
				}
			}
		}
		if len(told) > 0 != ours {
			t.Errorf("%s is told of the executive board's person by %v", board, slices.Collect(maps.Keys(told)))
		}
		e, err := tw.view(rights).Entity(ctx, id(1))
		if err != nil || len(e.All(ontology.PersonProtection)) == 0 || (len(e.Values) > 1) != ours {
			t.Errorf("%s is told %v, %v", board, e, err)
		}
		if _, err := tw.view(rights).Entity(ctx, id(2)); (err == nil) != ours {
			t.Errorf("%s asks for the person's role: %v", board, err)
		}
	}
}

// How much a source delivered tells how much of it is hidden: it is for who may see all
// of it, of the source's board and with protected:read and a purpose.
func TestHowMuchWasDeliveredIsForWhoSeesAllOfIt(t *testing.T) {
	tw := livelyTown()
	tw.store.delivered[0].Counts, tw.store.delivered[0].Message = graph.Counts{Records: 7}, "would retract 3 of 7"
	of := func(r access.Rights, board string) access.Rights {
		if board != "" {
			r.Authorities = []string{board}
		}
		return r
	}
	for name, c := range map[string]struct {
		rights access.Rights
		all    bool
	}{
		"a steward": {steward, false}, "a steward with restricted:read": {restSt, false}, "an administrator": {admin, false}, "without a purpose": {of(access.Rights{Role: access.Steward, Scopes: protected.Scopes}, ""), false},
		"of another board": {of(protected, boards[1]), false}, "of the board": {of(protected, boards[0]), true}, "of all boards": {protected, true},
	} {
		found, err := tw.view(c.rights).Deliveries(ctx, "", 10)
		if err != nil || len(found) != 1 {
			t.Fatalf("%s: %v, %v", name, found, err)
		}
		if d := found[0]; d.Whole != c.all || (d.Counts.Records == 7) != c.all || (d.Message != "") != c.all || d.Name != "a.xml" {
			t.Errorf("%s is told %+v", name, d)
		}
	}
}

// A person who is protected by now, and a unit that is closed by now, are in the past
// too of the boards that know them, whatever they were then.
func TestThePastOfWhatIsClosedIsOfTheBoardsThatKnowIt(t *testing.T) {
	tw := newTown()
	put := func(level model.Protection, d model.Disclosure) {
		tw.put(1, "hr", model.Person, "p", say(ontology.PersonEmail, work), say(ontology.PersonProtection, noteOf(level)))
		tw.put(2, "hr", model.Role, "j", say(ontology.RoleType, code("role-type", "employment")), say(ontology.RoleTitle, text("Sotare")), say(ontology.RoleHolder, to("hr", model.Person, "p")))
		tw.putAs(3, "hr", model.Organisation, "u", d, say(ontology.OrgName, text("Gömman")))
		tw.commit()
	}
	put(model.ProtectionNone, model.Open)
	put(marked, model.Restricted)
	for board, ours := range map[string]bool{boards[0]: true, boards[1]: false} {
		rights := protected
		rights.Authorities = []string{board}
		a := &asking{town: tw, view: tw.view(rights), words: []string{"sotare", "gömman"}}
		told := map[string]bool{}
		for _, c := range calls {
			for _, answer := range c.ask(a) {
				for _, word := range []string{"Sotare", "Gömman", work.Value} {
					if strings.Contains(answer, word) {
						told[word] = true
					}
				}
			}
		}
		if len(told) != map[bool]int{true: 3}[ours] {
			t.Errorf("%s is told %v", board, slices.Collect(maps.Keys(told)))
		}
	}
}

// A unit of two boards that is closed by now is to each, in the past too, what its own
// records say, and they alone: so are its records and what is told of its values.
func TestTheEvidenceOfThePastIsOfTheBoardToo(t *testing.T) {
	tw := newTown()
	put := func(d model.Disclosure) {
		tw.putAs(1, "hr", model.Organisation, "u", d, say(ontology.OrgName, text("Gömman")))
		tw.putAs(2, "school", model.Organisation, "u", d, say(ontology.OrgName, text("Grottan")))
		tw.merge(1, 2)
		tw.commit()
	}
	put(model.Internal)
	put(model.Restricted)
	rights := restricted
	rights.Authorities = []string{"kommunstyrelsen"}
	for r := model.Revision(1); r <= 2; r++ {
		v, err := tw.view(rights).At(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		records, err := v.Records(ctx, id(1))
		if err != nil && !errors.Is(err, access.ErrPresentOnly) {
			t.Fatal(err)
		}
		statements, err := v.Statements(ctx, id(1), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%+v %+v", records, statements); strings.Contains(got, "Grottan") || strings.Contains(got, "school") || !strings.Contains(got, "Gömman") {
			t.Errorf("at revision %d the board is told %s", r, got)
		}
	}
}

// Where something stands in a list tells no name that the caller may not see: of a unit
// that is closed as a whole and that another board calls otherwise, and of a person what
// the name was under another number.
func TestAnOrderTellsNoHiddenName(t *testing.T) {
	order := func(name string, kind model.Kind, rights access.Rights) (out []model.EntityID) {
		tw := newTown()
		for n, local := range []string{"m", "n"} {
			tw.putAs(n+1, "hr", model.Organisation, local, model.Restricted, say(ontology.OrgName, text(local)))
			tw.put(n+11, "hr", model.Person, local, say(ontology.PersonFamilyName, text(local)))
		}
		tw.putAs(3, "hr", model.Organisation, "u", model.Restricted, say(ontology.OrgName, text("mm")))
		tw.putAs(4, "open", model.Organisation, "u", model.Restricted, say(ontology.OrgName, text("mm")))
		tw.putAs(5, "school", model.Organisation, "u", model.Restricted, say(ontology.OrgName, text(name)))
		tw.merge(3, 4, 5)
		tw.put(13, "hr", model.Person, "p", say(ontology.PersonIdentifier, ident(model.Personnummer, newNumber)))
		tw.put(14, "school", model.Person, "p", say(ontology.PersonFamilyName, text(name)), say(ontology.PersonIdentifier, replaced(oldNumber)))
		tw.merge(13, 14)
		tw.policy = &resolve.Policy{Trust: map[model.Source]int{"school": 9}}
		tw.commit()
		page, err := tw.view(rights).List(ctx, kind, access.Filter{Order: access.ByName}, access.Page{First: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Items {
			out = append(out, e.ID)
			for _, val := range e.Values {
				if shown, ok := val.Value.(model.Text); ok && shown.Text == name {
					t.Errorf("the name %q is shown", name)
				}
			}
		}
		return out
	}
	board := restricted
	board.Authorities = []string{"kommunstyrelsen"}
	for what, c := range map[string]struct {
		kind   model.Kind
		rights access.Rights
	}{"a unit": {model.Organisation, board}, "a person": {model.Person, restricted}} {
		if a, b := order("a", c.kind, c.rights), order("zz", c.kind, c.rights); len(a) != 3 || !slices.Equal(a, b) {
			t.Errorf("%s: %v and %v", what, a, b)
		}
	}
}

// What is read ahead goes along no property that the caller may not see: that a post
// has a holder would take time.
func TestNoRouteLeadsByWhatIsHidden(t *testing.T) {
	tw := ruledTown()
	steps := []graph.RouteStep{
		{Property: ontology.RoleHolder}, {After: 1, Property: ontology.RoleOrganisation, Back: 2},
		{Property: ontology.RoleOrganisation}, {After: 3, Property: ontology.RoleHolder, Back: 2}, {After: 3, Property: ontology.OrgParent},
	}
	open := []graph.RouteStep{{Property: ontology.RoleOrganisation}, {After: 1, Property: ontology.OrgParent}}
	for name, c := range map[string]struct {
		rights access.Rights
		want   []graph.RouteStep
	}{"public": {public, nil}, "reader": {reader, open}, "steward": {steward, open}, "restricted": {restricted, steps}, "protected": {protected, steps}} {
		var got []graph.RouteStep
		tw.store.asked = func(r graph.Route) {
			got = slices.Clone(r.Steps)
			for i := range got {
				got[i].Spot = graph.Spot{}
			}
		}
		if _, err := tw.view(c.rights).AheadOfIDs(ctx, ids(post), slices.Clone(steps)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
