package draft

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

const here = At("line 1")

func person() *Record {
	return New(model.RecordKey{Source: "s", Kind: model.Person, LocalID: "1"}, time.Time{}, model.Date{Year: 2024, Month: 3, Day: 1})
}

func organisation() *Record {
	return New(model.RecordKey{Source: "s", Kind: model.Organisation, LocalID: "1"}, time.Time{}, model.Date{Year: 2024, Month: 3, Day: 1})
}

func TestTheSameThingSaidTwiceIsSaidOnce(t *testing.T) {
	r := person()
	Contact(r, ontology.PersonEmail, here, "email", "work", "A@example.se")
	Contact(r, ontology.PersonEmail, here, "email", "work", "a@example.se")
	Contact(r, ontology.PersonEmail, here, "email", "private", "a@example.se")
	if got := r.Finish(); len(got.Statements) != 2 {
		t.Errorf("got %v", got.Statements)
	}
}

func TestStatementsAreOrderedByPropertyAndOtherwiseAsDelivered(t *testing.T) {
	r := person()
	Text(r, ontology.PersonFamilyName, here, "Ek", "")
	Contact(r, ontology.PersonEmail, here, "email", "", "b@example.se")
	Contact(r, ontology.PersonEmail, here, "email", "", "a@example.se")
	Text(r, ontology.PersonGivenName, here, "Siv", "")
	var got []model.Value
	for _, s := range r.Finish().Statements {
		got = append(got, s.Value)
	}
	want := []model.Value{model.Text{Text: "Siv"}, model.Text{Text: "Ek"}, model.Contact{Medium: "email", Value: "b@example.se"}, model.Contact{Medium: "email", Value: "a@example.se"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestADeletedRecordSaysNothing(t *testing.T) {
	r := person()
	Text(r, ontology.PersonFamilyName, here, "Ek", "")
	Issue(r, 0, here, "", model.IssueMissing, model.Warning, "x")
	r.Deleted = true
	if got := r.Finish(); len(got.Statements)+len(got.Issues) > 0 {
		t.Errorf("got %+v", got)
	}
}

func TestOriginalsAreKeptOnlyWhereTheyDiffer(t *testing.T) {
	r := person()
	Text(r, ontology.PersonGivenName, here, "Siv", "")
	Text(r, ontology.PersonFamilyName, here, " Ek  Lund ", "")
	PersonalNumber(r, ontology.PersonIdentifier, here, "750107-9292")
	Date(r, ontology.PersonBirthDate, here, "19750107")
	want := map[model.PropertyID]string{ontology.PersonFamilyName: " Ek  Lund ", ontology.PersonIdentifier: "750107-9292", ontology.PersonBirthDate: "19750107"}
	for _, s := range r.Finish().Statements {
		if s.Original != want[s.Property] {
			t.Errorf("%s: original %q, want %q", ontology.ByID(s.Property).Name, s.Original, want[s.Property])
		}
	}
}

func TestASoleTraderIsRestrictedAsAWhole(t *testing.T) {
	for number, want := range map[string]model.Disclosure{"2120000142": model.Unclassified, "750107-9292": model.Restricted, "197501079292": model.Restricted} {
		r := organisation()
		OrganisationNumber(r, ontology.OrgIdentifier, here, number)
		if r.Disclosure != want {
			t.Errorf("class %s, want %s", r.Disclosure, want)
		}
		r = organisation()
		LegalEntity(r, ontology.OrgLegalEntity, here, number)
		if r.Disclosure != want {
			t.Errorf("a unit of it: class %s, want %s", r.Disclosure, want)
		}
	}
}

func TestNarrowingNeverWidens(t *testing.T) {
	for _, c := range []struct{ first, then, want model.Disclosure }{
		{model.Unclassified, model.Restricted, model.Restricted},
		{model.Open, model.Restricted, model.Restricted},
		{model.Protected, model.Restricted, model.Protected},
		{model.Restricted, model.Protected, model.Protected},
	} {
		r := person()
		r.Disclosure = c.first
		if r.Narrow(c.then); r.Disclosure != c.want {
			t.Errorf("%s narrowed to %s is %s", c.first, c.then, r.Disclosure)
		}
	}
}

func TestFailedIdentifiersAreKeptAndProveNothing(t *testing.T) {
	r := organisation()
	Identifier(r, ontology.OrgIdentifier, here, model.Skolenhetskod, "123")
	LinkByIdentifier(r, ontology.OrgMunicipality, here, model.Geography, model.Kommunkod, "18", "")
	got := r.Finish()
	if len(got.Statements) != 1 || got.Statements[0].Value != (model.Identifier{Scheme: model.Skolenhetskod, Value: "123", Status: model.IdentifierFailed}) {
		t.Errorf("got %v", got.Statements)
	}
	if len(got.Issues) != 2 || got.Issues[0].Code != model.IssueIdentifierRule {
		t.Errorf("issues %v", got.Issues)
	}
}

func TestAddressesStayWholeWhateverIsWrongWithAPart(t *testing.T) {
	for name, c := range map[string]struct {
		in     Parts
		want   model.Address
		issues int
	}{
		"a street that has no known form": {Parts{Use: "post", Street: "Nära, kyrkan, 12 och 14 i", PostalCode: "64194"}, model.Address{Use: "post", FullAddress: "Nära, kyrkan, 12 och 14 i", PostalCode: "64194"}, 0},
		"a postcode that is none":         {Parts{Use: "post", Street: "Storgatan 1", PostalCode: "6419"}, model.Address{Use: "post", Street: "Storgatan", StreetNumber: "1", PostalCode: "6419"}, 1},
		"abroad":                          {Parts{Use: "post", Street: "Unter den Linden 77", PostalCode: "D-10117", Country: "Tyskland"}, model.Address{Use: "post", Street: "Unter den Linden", StreetNumber: "77", PostalCode: "D-10117", Country: "DE"}, 0},
		"a county that lost its zero":     {Parts{Use: "visit", County: "1", Municipality: "180"}, model.Address{Use: "visit", County: "01", Municipality: "0180"}, 0},
		"taken apart by the source":       {Parts{Use: "visit", Street: "Storgatan", StreetNumber: "1 b"}, model.Address{Use: "visit", Street: "Storgatan", StreetNumber: "1 B"}, 0},
		"bytes of another encoding":       {Parts{Use: "visit", Locality: "Bj\xf6rkvik"}, model.Address{Use: "visit", Locality: "Bj�rkvik"}, 1},
	} {
		r := person()
		Address(r, ontology.PersonAddress, here, c.in)
		if len(r.Statements) != 1 || r.Statements[0].Value != c.want || len(r.Issues) != c.issues {
			t.Errorf("%s: got %+v, issues %v", name, r.Statements, r.Issues)
		}
	}
	r := person()
	if Address(r, ontology.PersonAddress, here, Parts{Use: "post", Street: "  "}); len(r.Statements) > 0 {
		t.Errorf("nothing became the address %+v", r.Statements)
	}
}

// TestIssuesNeverTellTheValue: whatever is delivered, no issue repeats it.
func TestIssuesNeverTellTheValue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		raw := rapid.StringMatching(`[0-9A-Z@.-]{4,14}`).Draw(rt, "raw")
		r := person()
		PersonalNumber(r, ontology.PersonIdentifier, here, raw)
		Identifier(r, ontology.PersonIdentifier, here, model.EPPN, raw)
		Date(r, ontology.PersonBirthDate, here, raw)
		Contact(r, ontology.PersonEmail, here, "email", "", raw)
		Contact(r, ontology.PersonPhone, here, "phone", "", raw)
		AnyContact(r, ontology.PersonPhone, here, "", raw)
		Number(r, ontology.RoleExtent, here, raw)
		Boolean(r, ontology.RoleIsManager, here, raw)
		UnknownCode(r, ontology.PersonSex, here, "sex", raw)
		Code(r, ontology.PersonSex, here, "sex", raw)
		Address(r, ontology.PersonAddress, here, Parts{PostalCode: raw, Municipality: raw})
		Period(r, here, raw, here, raw)
		for _, i := range r.Issues {
			if strings.Contains(i.Text+i.Place, raw) {
				rt.Fatalf("%q tells the value", i.Text)
			}
		}
	})
}

func TestPersonalNumbersAreNeverStatedInAnOpenScheme(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		number := rapid.SampledFrom([]string{"197501079292", "750107-9292", "19750107-9292", "191404722397", "x 197501079292", "197501079292-1"}).Draw(rt, "number")
		scheme := rapid.SampledFrom([]model.Scheme{"local-id/s", "employee-number/s", model.EPPN, model.HSAID, model.CFAR}).Draw(rt, "scheme")
		for _, r := range []*Record{person(), organisation()} {
			Identifier(r, ontology.PersonIdentifier, here, scheme, number)
			for _, s := range r.Finish().Statements {
				if id := s.Value.(model.Identifier); !model.ProofOf(id.Scheme).Sealed {
					rt.Fatalf("%s states a personal number, unsealed", id.Scheme)
				}
			}
		}
	})
}

// TestIssuesKeepWhatWasDelivered, bounded, as text, and without what may be a personal
// number: neither one that is right nor one with an error in it.
func TestIssuesKeepWhatWasDelivered(t *testing.T) {
	long := strings.Repeat("å", 3*model.MaxOriginal)
	for raw, want := range map[string]string{
		"1890-13-01": "1890-13-01", "1890-13-01T10:00:00Z": "1890-13-01T10:00:00Z", "1890-13-01 10:00": "1890-13-01 10:00", " i går ": "i går", "20211301": "20211301",
		"18900101-9802": "[number]", "18900101-9801": "[number]", "18900101-980": "[number]", "189001019801": "[number]", "890101 980": "[number]", "Anna 18900101-9802!": "Anna [number]!",
		"890101+9802": "[number]", "010150-0130": "[number]", "\x00x": "\ufffdx", long: long[:2*model.MaxOriginal],
	} {
		r := person()
		Date(r, ontology.PersonBirthDate, here, raw)
		if len(r.Issues) != 1 || r.Issues[0].Original != want {
			t.Errorf("of %q the issues keep %+v, want %q", raw, r.Issues, want)
		}
	}
	for name, issue := range map[string]func(r *Record){
		"number": func(r *Record) { Number(r, ontology.RoleExtent, here, "halv") }, "boolean": func(r *Record) { Boolean(r, ontology.RoleIsManager, here, "halv") },
		"contact": func(r *Record) { AnyContact(r, ontology.PersonPhone, here, "", "halv") }, "code": func(r *Record) { UnknownCode(r, ontology.PersonSex, here, "sex", "halv") },
		"period":     func(r *Record) { Period(r, here, "halv", here, "") },
		"identifier": func(r *Record) { Identifier(r, ontology.OrgIdentifier, here, model.Skolenhetskod, "halv") },
		"link": func(r *Record) {
			LinkByIdentifier(r, ontology.OrgMunicipality, here, model.Geography, model.Kommunkod, "halv", "")
		},
		"address": func(r *Record) { Address(r, ontology.PersonAddress, here, Parts{PostalCode: "halv"}) },
	} {
		r := person()
		if issue(r); len(r.Issues) != 1 || r.Issues[0].Original != "halv" {
			t.Errorf("%s: %+v", name, r.Issues)
		}
	}
	// What is sealed as a value is not open in its issue.
	r := person()
	PersonalNumber(r, ontology.PersonIdentifier, here, "halv")
	LinkByIdentifier(r, ontology.RoleHolder, here, model.Person, model.Personnummer, "18900101", "")
	if len(r.Issues) != 2 || r.Issues[0].Original != model.NumberTakenOut || r.Issues[1].Original != model.NumberTakenOut {
		t.Errorf("of sealed schemes: %+v", r.Issues)
	}
}
