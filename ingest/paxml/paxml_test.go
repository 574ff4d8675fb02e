package paxml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/ingesttest"
	"github.com/karna-registry/karna/ingest/window"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var options = ingest.Options{Source: "payroll", Jurisdiction: "SE"}

func file(t testing.TB) []byte {
	return ingesttest.File(t, "testdata/personal.xml")
}

func read(t testing.TB, input []byte) ingesttest.Reading {
	t.Helper()
	return ingesttest.Read(t, Format{}, input, options)
}

func to(kind model.Kind, id string) model.Reference {
	return ingesttest.ToKey("payroll", kind, id)
}

func TestAPersonElementIsAPersonAndAnEmployment(t *testing.T) {
	got := read(t, file(t))
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	p := got.Records["person 51"]
	ingesttest.WantIssues(t, p)
	ingesttest.WantValues(t, p, ontology.PersonIdentifier, ingesttest.Valid(model.Personnummer, "197501079292"), ingesttest.Valid("employee-number/payroll", "51"))
	ingesttest.WantValues(t, p, ontology.PersonGivenName, model.Text{Text: "Siv & Åsa"})
	ingesttest.WantValues(t, p, ontology.PersonFamilyName, model.Text{Text: "Lönngren"})
	ingesttest.WantValues(t, p, ontology.PersonEmail, model.Contact{Medium: "email", Use: "work", Value: "siv.lonngren@example.se"}, model.Contact{Medium: "email", Use: "private", Value: "siv@example.com"})
	ingesttest.WantValues(t, p, ontology.PersonPhone, model.Contact{Medium: "phone", Use: "work", Value: "+4632246501"})
	ingesttest.WantValues(t, p, ontology.PersonAddress, model.Address{Use: "post", CareOf: "Berg", Street: "Föreningsgatan", StreetNumber: "33B", PostalCode: "44734", Locality: "Vårgårda", Country: "SE"})
	ingesttest.WantValues(t, p, ontology.PersonProtection)
	if want := time.Date(2024, 3, 1, 7, 0, 0, 0, time.UTC); !p.Stamp.Equal(want) {
		t.Errorf("stamp %s, want the header's datum %s", p.Stamp, want)
	}

	r := got.Records["role 51"]
	ingesttest.WantValues(t, r, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "employment"})
	ingesttest.WantValues(t, r, ontology.RoleHolder, model.Link{Ref: to(model.Person, "51")})
	ingesttest.WantValues(t, r, ontology.RoleEmployer, model.Link{Ref: to(model.Organisation, "company/30")})
	ingesttest.WantValues(t, r, ontology.RoleOrganisation, model.Link{Ref: to(model.Organisation, "cost-centre/100")})
	ingesttest.WantValues(t, r, ontology.RoleTitle, model.Text{Text: "Lärare"})
	ingesttest.WantValues(t, r, ontology.RoleOccupation, model.Code{Scheme: "befattningskod/payroll", Notation: "402010"})
	ingesttest.WantValues(t, r, ontology.RoleExtent, model.Number(75.5))
	if r.Period.String() != "1995-01-01/2024-07-01" {
		t.Errorf("period %s: the last day is in it", r.Period)
	}
	for _, s := range r.Statements {
		if s.Property == ontology.RoleExtent && s.Period.String() != "2020-08-01/.." {
			t.Errorf("the extent holds in %s", s.Period)
		}
	}
	ingesttest.WantIssues(t, r, "line 66, person/resenheter/resenhet: too-many-values")
}

func TestBadFieldsAreIssuesAndTenDigitsAreReadByTheHeadersDate(t *testing.T) {
	got := read(t, file(t))
	ingesttest.WantValues(t, got.Records["person 52"], ontology.PersonIdentifier, ingesttest.Valid(model.Personnummer, "198201012385"), ingesttest.Valid("employee-number/payroll", "52"))
	ingesttest.WantIssues(t, got.Records["role 52"], "line 72, person/anstdatum: bad-date", "line 73, person/sysgrad: bad-number")
}

func TestTheCompanyAndItsCostCentresAreOrganisations(t *testing.T) {
	got := read(t, file(t))
	company := got.Records["organisation company/30"]
	ingesttest.WantValues(t, company, ontology.OrgIdentifier, ingesttest.Valid(model.Organisationsnummer, "2120000142"))
	ingesttest.WantValues(t, company, ontology.OrgName, model.Text{Text: "Björkviks kommun", Lang: "sv"})
	ingesttest.WantValues(t, company, ontology.OrgAddress, model.Address{Use: "post", Street: "Box 12", PostalCode: "64180", Locality: "Björkvik", Country: "SE"})
	ingesttest.WantValues(t, company, ontology.OrgContact, model.Contact{Medium: "phone", Use: "function", Value: "+4615510000"})
	if company.Disclosure != model.Unclassified {
		t.Errorf("a legal entity has class %s", company.Disclosure)
	}
	unit := got.Records["organisation cost-centre/110"]
	ingesttest.WantValues(t, unit, ontology.OrgIdentifier, ingesttest.Valid("cost-centre/payroll", "110"))
	ingesttest.WantValues(t, unit, ontology.OrgName, model.Text{Text: `Skola "Ö" > 110`, Lang: "sv"})
	ingesttest.WantValues(t, unit, ontology.OrgType, model.Code{Scheme: "organisation-type", Notation: "cost-centre"})
	ingesttest.WantValues(t, unit, ontology.OrgParent, model.Link{Ref: to(model.Organisation, "company/30"), Role: "economy"})
	if r := got.Records["organisation cost-centre/90"]; !r.Deleted {
		t.Errorf("a unit marked as deleted is %+v", r)
	}
}

func TestASoleTradersPayrollIsRestricted(t *testing.T) {
	input := bytes.Replace(file(t), []byte("212000-0142"), []byte("750107-9292"), 1)
	if c := read(t, input).Records["organisation company/30"]; c.Disclosure != model.Restricted {
		t.Errorf("class %s", c.Disclosure)
	}
}

func TestTheCostCentresDimensionIsTheOneTheFileNames(t *testing.T) {
	input := bytes.Replace(file(t), []byte(`dim="1" namn="Kostnadsställe"`), []byte(`dim="6" namn="Kostnadsställe"`), 1)
	got := read(t, input)
	if _, ok := got.Records["organisation cost-centre/110"]; ok || got.Err != nil {
		t.Errorf("a unit of another dimension became an organisation, %v", got.Err)
	}
	ingesttest.WantValues(t, got.Records["organisation cost-centre/100"], ontology.OrgName, model.Text{Text: "Projekt 100", Lang: "sv"})
	late := []byte(`<paxml><header/><personal><person anstid="1"><fornamn>A</fornamn></person></personal><dimensioner><dimension dim="6" namn="Kostnadsställe"/></dimensioner></paxml>`)
	if got := read(t, late); got.Err == nil || len(got.Records) != 3 {
		t.Errorf("a dimension named too late: %v with %d records before", got.Err, len(got.Records))
	}
}

func TestDeletionsAndKeys(t *testing.T) {
	got := read(t, file(t))
	if !got.Records["person 53"].Deleted || !got.Records["role 53"].Deleted {
		t.Error("a person marked as deleted stays")
	}
	if _, ok := got.Records["person 191404722397"]; !ok {
		t.Error("a person without employment number has no key")
	}
	var place *ingest.PlaceError
	if len(got.Refused) != 1 || !errors.As(got.Refused[0], &place) || !strings.HasPrefix(place.Place, "line 77") {
		t.Errorf("refused %v", got.Refused)
	}
}

func TestWagesBankTaxAndPrivateTelephonesAreDroppedAndCounted(t *testing.T) {
	got := read(t, file(t))
	want := map[string]int{
		"kontaktperson": 1, "programnamn": 1, "resultatenhet": 1,
		"personaltyp": 1, "kategori": 1, "anstform": 1, "bankclearing": 1, "bankkonto": 1, "manlon": 1, "personbelopp": 1, "skattetabell": 1,
		"hemtelefon": 1, "mobiltelefon": 1,
		"resenheter/resenhet": 1,
	}
	if diff := cmp.Diff(want, got.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"tidtransaktioner/tidtrans": 2, "lonetransaktioner/lonetrans": 1}, got.Skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if len(got.Places) != 10 {
		t.Errorf("%d items", len(got.Places))
	}
}

// latin1 is the file in ISO-8859-1.
func latin1(t testing.TB) []byte {
	var out []byte
	for _, r := range strings.Replace(string(file(t)), "UTF-8", "ISO-8859-1", 1) {
		if r > 0xff {
			t.Fatalf("%q is not in ISO-8859-1", r)
		}
		out = append(out, byte(r))
	}
	return out
}

func TestEveryEncodingSaysTheSame(t *testing.T) {
	plain := read(t, file(t))
	for name, input := range map[string][]byte{
		"byte order mark": append([]byte("\xef\xbb\xbf"), file(t)...),
		"ISO-8859-1":      latin1(t),
		"CRLF":            bytes.ReplaceAll(file(t), []byte("\n"), []byte("\r\n")),
		"no declaration":  bytes.Replace(file(t), []byte(`<?xml version="1.0" encoding="UTF-8"?>`), nil, 1),
	} {
		got := read(t, input)
		if got.Err != nil {
			t.Errorf("%s: %v", name, got.Err)
		}
		if diff := cmp.Diff(plain.Records, got.Records); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := read(t, []byte("\xff\xfe<\x00")); got.Err == nil {
		t.Error("UTF-16 was read")
	}
	if got := read(t, []byte(`<?xml version="1.0" encoding="windows-1252"?><paxml><header/></paxml>`)); got.Err == nil || !strings.Contains(got.Err.Error(), "windows-1252") {
		t.Errorf("another encoding: %v", got.Err)
	}
}

func TestAFileInAnotherEncodingThanItDeclaresIsBroken(t *testing.T) {
	utf8, latin := string(file(t)), string(latin1(t))
	undeclared := strings.Replace(latin, `<?xml version="1.0" encoding="ISO-8859-1"?>`, "", 1)
	ascii := func(s string) string { // in the header
		head, rest, _ := strings.Cut(s, "</header>")
		return strings.Map(func(r rune) rune {
			if r >= 0x80 {
				return 'x'
			}
			return r
		}, head) + "</header>" + rest
	}
	for name, c := range map[string]struct{ input, remedy string }{
		"Latin-1, nothing declared":      {undeclared, "UTF-8 or ISO-8859-1"},
		"Latin-1, but not in the header": {ascii(undeclared), "UTF-8 or ISO-8859-1"},
		"Latin-1, UTF-8 declared":        {strings.Replace(latin, "ISO-8859-1", "UTF-8", 1), "UTF-8 or ISO-8859-1"},
		"UTF-8, Latin-1 declared":        {strings.Replace(utf8, "UTF-8", "ISO-8859-1", 1), "declare UTF-8"},
		"the same, not in the header":    {ascii(strings.Replace(utf8, "UTF-8", "ISO-8859-1", 1)), "declare UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, []byte(c.input))
			var place *ingest.PlaceError
			if !errors.As(got.Err, &place) || !strings.Contains(place.Remedy, c.remedy) {
				t.Fatalf("got %v", got.Err)
			}
			n := 0
			if _, err := fmt.Sscanf(place.Place, "line %d", &n); err != nil || n == 0 {
				t.Fatalf("the place is %q", place.Place)
			}
			lines := strings.Split(c.input, "\n")
			if strings.Contains(c.remedy, " or ") && window.IsASCII([]byte(lines[n-1])) || !window.IsASCII([]byte(strings.Join(lines[:n-1], "\n"))) {
				t.Errorf("line %d is not the first in another encoding", n)
			}
			for key, r := range got.Records {
				for _, s := range r.Statements {
					if text, ok := s.Value.(model.Text); ok && !window.IsASCII([]byte(text.Text)) {
						t.Errorf("%s has %q", key, text.Text)
					}
				}
			}
		})
	}
}

func TestTheCompanyIsThePartAndTheContext(t *testing.T) {
	d, err := Format{}.Open(bytes.NewReader(file(t)), options)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Format{}.Open(bytes.NewReader(bytes.Replace(file(t), []byte("2024-03-01"), []byte("2024-04-01"), 1)), options)
	if err != nil {
		t.Fatal(err)
	}
	if d.Part() != "30" || !bytes.Equal(d.Context(), other.Context()) || d.Stamp().Equal(other.Stamp()) {
		t.Errorf("part %q, contexts %q and %q", d.Part(), d.Context(), other.Context())
	}
}

func TestItemsOfAnEarlierDeliveryAreMappedAgain(t *testing.T) {
	o := options
	o.Date = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)
	ingesttest.MapsAgain(t, Format{}, latin1(t), o)
}

// TestAFlagOfTheProgramsOwnIsTaken as an attribute or an element, at the person or below.
func TestAFlagOfTheProgramsOwnIsTaken(t *testing.T) {
	for own, want := range map[string]model.Protection{
		`<person anstid="1" sekretessmarkering="J">`: model.ProtectionSecrecyMarking, `<person anstid="1"><skyddadFolkbokforing>ja</skyddadFolkbokforing>`: model.ProtectionProtectedRegistering,
		`<person anstid="1"><adress><Protected>true</Protected></adress>`: model.ProtectionSecrecyMarking, `<person anstid="1"><sekretess>kanske</sekretess>`: model.ProtectionSecrecyMarking,
		`<person anstid="1" sekretessmarkering="N">`: 0, `<person anstid="1"><sekretess/>`: 0, `<person anstid="1">`: 0,
	} {
		got := read(t, []byte(`<paxml><header><datum>2024-03-01</datum></header><personal>`+own+`<fornamn>Siv</fornamn></person></personal></paxml>`))
		p, ok := got.Records["person 1"]
		if got.Err != nil || !ok {
			t.Fatalf("%s: %v %v", own, got.Err, got.Refused)
		}
		level := model.Protection(0)
		for _, v := range ingesttest.Values(p, ontology.PersonProtection) {
			level = max(level, model.ParseProtection(v.(model.Code).Notation))
		}
		if level != want || len(p.Issues) > 0 != (want != 0) {
			t.Errorf("%s: %q, issues %v", own, level.Notation(), p.Issues)
		}
	}
}
