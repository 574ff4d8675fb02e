package paxml

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var options = ingest.Options{Source: "payroll", Jurisdiction: "SE"}

func file(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "personal.xml"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reading is everything a file says.
type reading struct {
	records map[string]model.Record
	refused []error
	dropped map[string]int
	skipped map[string]int
	items   int
	err     error
}

func read(t testing.TB, input []byte) reading {
	t.Helper()
	out := reading{records: map[string]model.Record{}, dropped: map[string]int{}}
	d, err := Format{}.Open(iotest.HalfReader(bytes.NewReader(input)), options)
	if err != nil {
		out.err = err
		return out
	}
	for it, err := range d.Items() {
		if err != nil {
			out.err = err
			break
		}
		out.items++
		res, err := d.Map(it)
		if err != nil {
			out.refused = append(out.refused, err)
			continue
		}
		for _, r := range res.Records {
			out.records[r.Key.Kind.String()+" "+r.Key.LocalID] = r
		}
		for name, n := range res.Dropped {
			out.dropped[name] += n
		}
	}
	out.skipped = d.(ingest.Skipper).Skipped()
	return out
}

func values(r model.Record, p model.PropertyID) []model.Value {
	var out []model.Value
	for _, s := range r.Statements {
		if s.Property == p {
			out = append(out, s.Value)
		}
	}
	return out
}

func wantValues(t *testing.T, r model.Record, p model.PropertyID, want ...model.Value) {
	t.Helper()
	if diff := cmp.Diff(want, values(r, p)); diff != "" {
		t.Errorf("%s, %s (-want +got):\n%s", r.Key, ontology.ByID(p).Name, diff)
	}
}

func wantIssues(t *testing.T, r model.Record, want ...string) {
	t.Helper()
	var got []string
	for _, i := range r.Issues {
		got = append(got, i.Place+": "+string(i.Code))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s, issues (-want +got):\n%s", r.Key, diff)
	}
}

func valid(s model.Scheme, v string) model.Identifier {
	return model.Identifier{Scheme: s, Value: v, Status: model.IdentifierValid}
}

func to(kind model.Kind, id string) model.Reference {
	return model.Reference{Key: model.RecordKey{Source: "payroll", Kind: kind, LocalID: id}, Kind: kind}
}

func TestAPersonElementIsAPersonAndAnEmployment(t *testing.T) {
	got := read(t, file(t))
	if got.err != nil {
		t.Fatal(got.err)
	}
	p := got.records["person 51"]
	wantIssues(t, p)
	wantValues(t, p, ontology.PersonIdentifier, valid(model.Personnummer, "197501079292"), valid("employee-number/payroll", "51"))
	wantValues(t, p, ontology.PersonGivenName, model.Text{Text: "Siv & Åsa"})
	wantValues(t, p, ontology.PersonFamilyName, model.Text{Text: "Lönngren"})
	wantValues(t, p, ontology.PersonEmail, model.Contact{Medium: "email", Use: "work", Value: "siv.lonngren@example.se"}, model.Contact{Medium: "email", Use: "private", Value: "siv@example.com"})
	wantValues(t, p, ontology.PersonPhone, model.Contact{Medium: "phone", Use: "work", Value: "+4632246501"}, model.Contact{Medium: "phone", Value: "+46701740605"})
	wantValues(t, p, ontology.PersonAddress, model.Address{Use: "post", CareOf: "Berg", Street: "Föreningsgatan", StreetNumber: "33B", PostalCode: "44734", Locality: "Vårgårda", Country: "SE"})
	wantValues(t, p, ontology.PersonProtection)
	if want := time.Date(2024, 3, 1, 7, 0, 0, 0, time.UTC); !p.Stamp.Equal(want) {
		t.Errorf("stamp %s, want the header's datum %s", p.Stamp, want)
	}

	r := got.records["role 51"]
	wantValues(t, r, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "employment"})
	wantValues(t, r, ontology.RoleHolder, model.Link{Ref: to(model.Person, "51")})
	wantValues(t, r, ontology.RoleEmployer, model.Link{Ref: to(model.Organisation, "company/30")})
	wantValues(t, r, ontology.RoleOrganisation, model.Link{Ref: to(model.Organisation, "cost-centre/100")})
	wantValues(t, r, ontology.RoleTitle, model.Text{Text: "Lärare"})
	wantValues(t, r, ontology.RoleOccupation, model.Code{Scheme: "befattningskod/payroll", Notation: "402010"})
	wantValues(t, r, ontology.RoleExtent, model.Number(75.5))
	if r.Period.String() != "1995-01-01/2024-07-01" {
		t.Errorf("period %s: the last day is in it", r.Period)
	}
	for _, s := range r.Statements {
		if s.Property == ontology.RoleExtent && s.Period.String() != "2020-08-01/.." {
			t.Errorf("the extent holds in %s", s.Period)
		}
	}
	wantIssues(t, r, "line 66, person/resenheter/resenhet: too-many-values")
}

func TestBadFieldsAreIssuesAndTenDigitsAreReadByTheHeadersDate(t *testing.T) {
	got := read(t, file(t))
	wantValues(t, got.records["person 52"], ontology.PersonIdentifier, valid(model.Personnummer, "198201012385"), valid("employee-number/payroll", "52"))
	wantIssues(t, got.records["role 52"], "line 72, person/anstdatum: bad-date", "line 73, person/sysgrad: bad-number")
}

func TestTheCompanyAndItsCostCentresAreOrganisations(t *testing.T) {
	got := read(t, file(t))
	company := got.records["organisation company/30"]
	wantValues(t, company, ontology.OrgIdentifier, valid(model.Organisationsnummer, "2120000142"))
	wantValues(t, company, ontology.OrgName, model.Text{Text: "Björkviks kommun", Lang: "sv"})
	wantValues(t, company, ontology.OrgAddress, model.Address{Use: "post", Street: "Box 12", PostalCode: "64180", Locality: "Björkvik", Country: "SE"})
	wantValues(t, company, ontology.OrgContact, model.Contact{Medium: "phone", Use: "function", Value: "+4615510000"})
	if company.Disclosure != model.Unclassified {
		t.Errorf("a legal entity has class %s", company.Disclosure)
	}
	unit := got.records["organisation cost-centre/110"]
	wantValues(t, unit, ontology.OrgIdentifier, valid("cost-centre/payroll", "110"))
	wantValues(t, unit, ontology.OrgName, model.Text{Text: `Skola "Ö" > 110`, Lang: "sv"})
	wantValues(t, unit, ontology.OrgType, model.Code{Scheme: "organisation-type", Notation: "cost-centre"})
	wantValues(t, unit, ontology.OrgParent, model.Link{Ref: to(model.Organisation, "company/30"), Role: "economy"})
	if r := got.records["organisation cost-centre/90"]; !r.Deleted {
		t.Errorf("a unit marked as deleted is %+v", r)
	}
}

func TestASoleTradersPayrollIsRestricted(t *testing.T) {
	input := bytes.Replace(file(t), []byte("212000-0142"), []byte("750107-9292"), 1)
	if c := read(t, input).records["organisation company/30"]; c.Disclosure != model.Restricted {
		t.Errorf("class %s", c.Disclosure)
	}
}

func TestTheCostCentresDimensionIsTheOneTheFileNames(t *testing.T) {
	input := bytes.Replace(file(t), []byte(`dim="1" namn="Kostnadsställe"`), []byte(`dim="6" namn="Kostnadsställe"`), 1)
	got := read(t, input)
	if _, ok := got.records["organisation cost-centre/110"]; ok || got.err != nil {
		t.Errorf("a unit of another dimension became an organisation, %v", got.err)
	}
	wantValues(t, got.records["organisation cost-centre/100"], ontology.OrgName, model.Text{Text: "Projekt 100", Lang: "sv"})
	late := []byte(`<paxml><header/><personal><person anstid="1"><fornamn>A</fornamn></person></personal><dimensioner><dimension dim="6" namn="Kostnadsställe"/></dimensioner></paxml>`)
	if got := read(t, late); got.err == nil || len(got.records) != 3 {
		t.Errorf("a dimension named too late: %v with %d records before", got.err, len(got.records))
	}
}

func TestDeletionsAndKeys(t *testing.T) {
	got := read(t, file(t))
	if !got.records["person 53"].Deleted || !got.records["role 53"].Deleted {
		t.Error("a person marked as deleted stays")
	}
	if _, ok := got.records["person 191404722397"]; !ok {
		t.Error("a person without employment number has no key")
	}
	var place *ingest.PlaceError
	if len(got.refused) != 1 || !errors.As(got.refused[0], &place) || !strings.HasPrefix(place.Place, "line 77") {
		t.Errorf("refused %v", got.refused)
	}
}

func TestWagesBankAndTaxAreDroppedAndCounted(t *testing.T) {
	got := read(t, file(t))
	want := map[string]int{
		"kontaktperson": 1, "programnamn": 1, "resultatenhet": 1,
		"personaltyp": 1, "kategori": 1, "anstform": 1, "bankclearing": 1, "bankkonto": 1, "manlon": 1, "personbelopp": 1, "skattetabell": 1,
		"resenheter/resenhet": 1,
	}
	if diff := cmp.Diff(want, got.dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"tidtransaktioner/tidtrans": 2, "lonetransaktioner/lonetrans": 1}, got.skipped); diff != "" {
		t.Errorf("skipped (-want +got):\n%s", diff)
	}
	if got.items != 10 {
		t.Errorf("%d items", got.items)
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
		if got.err != nil {
			t.Errorf("%s: %v", name, got.err)
		}
		if diff := cmp.Diff(plain.records, got.records); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if got := read(t, []byte("\xff\xfe<\x00")); got.err == nil {
		t.Error("UTF-16 was read")
	}
	if got := read(t, []byte(`<?xml version="1.0" encoding="windows-1252"?><paxml><header/></paxml>`)); got.err == nil || !strings.Contains(got.err.Error(), "windows-1252") {
		t.Errorf("another encoding: %v", got.err)
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
	d, err := Format{}.Open(bytes.NewReader(latin1(t)), o)
	if err != nil {
		t.Fatal(err)
	}
	var reopened ingest.Delivery
	for it, err := range d.Items() {
		if err != nil {
			t.Fatal(err)
		}
		if reopened == nil {
			if reopened, err = (Format{}).Reopen(d.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		want, wantErr := d.Map(it)
		got, gotErr := reopened.Map(it)
		for i := range got.Records {
			got.Records[i].Stamp = want.Records[i].Stamp
		}
		if diff := cmp.Diff(want, got); diff != "" || (wantErr == nil) != (gotErr == nil) {
			t.Errorf("%s (-first +again):\n%s%v, %v", it.Place, diff, wantErr, gotErr)
		}
	}
	for it, err := range reopened.Items() {
		t.Errorf("it has items: %v, %v", it, err)
	}
}
