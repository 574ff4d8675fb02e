package csv

import (
	"bytes"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/ingesttest"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var stated = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)

func options(mapping []byte) ingest.Options {
	return ingest.Options{Source: "hr", Date: stated, Jurisdiction: "SE", Mapping: mapping}
}

func read(t testing.TB, input, mapping []byte) ingesttest.Reading {
	t.Helper()
	return ingesttest.Read(t, Format{}, input, options(mapping))
}

func staff(t testing.TB) ingesttest.Reading {
	return read(t, ingesttest.File(t, "testdata/staff.csv"), ingesttest.File(t, "testdata/staff.yaml"))
}

func to(kind model.Kind, id string) model.Link {
	return model.Link{Ref: ingesttest.ToKey("hr", kind, id)}
}

func TestARowBecomesTheRecordsThatTheMappingNames(t *testing.T) {
	got := staff(t)
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	p := got.Records["person 101"]
	ingesttest.WantIssues(t, p)
	ingesttest.WantValues(t, p, ontology.PersonIdentifier, ingesttest.Valid(model.Personnummer, "197501079292"), ingesttest.Valid("employee-number/hr", "101"))
	ingesttest.WantValues(t, p, ontology.PersonFamilyName, model.Text{Text: `Lönn "Lo" Gren`})
	ingesttest.WantValues(t, p, ontology.PersonProtection, model.Code{Scheme: "protection", Notation: "none"})
	ingesttest.WantValues(t, p, ontology.PersonPhone, model.Contact{Medium: "phone", Use: "work", Value: "+46701740605"})
	ingesttest.WantValues(t, p, ontology.PersonEmail, model.Contact{Medium: "email", Use: "work", Value: "siv@example.se"})
	ingesttest.WantValues(t, p, ontology.PersonAddress, model.Address{Use: "post", Street: "Storgatan", StreetNumber: "12B", PostalCode: "64194", Locality: "Björkvik"})
	if p.Disclosure != model.Restricted || !p.Stamp.Equal(time.Date(2024, 1, 15, 8, 30, 0, 0, time.UTC)) {
		t.Errorf("class %s, stamp %s", p.Disclosure, p.Stamp)
	}

	r := got.Records["role 101/employment"]
	ingesttest.WantValues(t, r, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "employment"})
	ingesttest.WantValues(t, r, ontology.RoleHolder, to(model.Person, "101"))
	ingesttest.WantValues(t, r, ontology.RoleOrganisation, to(model.Organisation, "E1"))
	ingesttest.WantValues(t, r, ontology.RoleEmployer, model.Link{Ref: model.Reference{Kind: model.Organisation, Scheme: model.Organisationsnummer, Value: "2120000142"}})
	ingesttest.WantValues(t, r, ontology.RoleExtent, model.Number(75.5))
	ingesttest.WantValues(t, r, ontology.RoleIsManager)
	if r.Period.String() != "2020-08-01/2024-07-01" || !r.Stamp.Equal(stated) {
		t.Errorf("period %s, stamp %s", r.Period, r.Stamp)
	}

	o := got.Records["organisation E1"]
	ingesttest.WantValues(t, o, ontology.OrgIdentifier, ingesttest.Valid("facility", "E1"))
	g := got.Records["geography place/E1"]
	if len(g.Statements) == 0 {
		t.Error("no place")
	}
}

func TestBadFieldsAreIssuesAtTheirColumn(t *testing.T) {
	got := staff(t)
	p := got.Records["person 102"]
	ingesttest.WantIssues(t, p,
		"line 3, column Ändrad: bad-date",
		"line 3, column Personnr: identifier-rule",
		"line 3, column Skydd: unknown-code",
		"line 3, column Telefon: bad-contact",
		"line 3, column E-post: bad-contact")
	ingesttest.WantValues(t, p, ontology.PersonProtection, model.Code{Scheme: "protection", Notation: "sekretessmarkering"})
	if !p.Stamp.Equal(stated) {
		t.Errorf("stamp %s", p.Stamp)
	}
	r := got.Records["role 102/employment"]
	ingesttest.WantIssues(t, r, "line 3, column Slut: bad-period", "line 3, column Grad: bad-number")
	ingesttest.WantValues(t, r, ontology.RoleIsManager, model.Boolean(true))
	if r.Period.String() != "2020-08-01/.." || r.Disclosure != model.Restricted {
		t.Errorf("period %s, class %s: the employer is a sole trader", r.Period, r.Disclosure)
	}
	ingesttest.WantIssues(t, got.Records["organisation E1"], "line 3, column Verksamhet: unknown-code")
	ingesttest.WantValues(t, got.Records["organisation E1"], ontology.OrgType, model.Code{Scheme: "organisation-type", Notation: "Bad"})
	g := got.Records["geography place/E1"]
	ingesttest.WantIssues(t, g, "line 3, column Öst: bad-coordinate")
	ingesttest.WantValues(t, g, ontology.GeoPoint)
	for _, rec := range got.Records {
		for _, i := range rec.Issues {
			for _, secret := range []string{"200112240129", "Hemlig", "ring", "hundra"} {
				if strings.Contains(i.Text, secret) {
					t.Errorf("an issue tells the value: %s", i.Text)
				}
			}
		}
	}
}

func TestRowsWithoutAKeyOrOfAnotherWidthAreRefused(t *testing.T) {
	got := staff(t)
	want := []string{
		"line 6, column Anställnr: a person without a key (fill the key in the source, or give the record a condition)",
		"line 9: 4 fields where there are 23 columns (correct the row in the source, or the delimiter and quote in the mapping)",
	}
	var refused []string
	for _, err := range got.Refused {
		refused = append(refused, err.Error())
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
	if len(got.Places) != 7 {
		t.Errorf("%d items: blank lines are none", len(got.Places))
	}
	ingesttest.WantValues(t, got.Records["person 104"], ontology.PersonGivenName, model.Text{Text: "Två rader"})
	if r := got.Records["person 103"]; !r.Deleted || len(r.Statements) > 0 {
		t.Errorf("a row marked as deleted is %+v", r)
	}
	if _, ok := got.Records["role 103/employment"]; ok {
		t.Error("a record whose condition does not hold was made")
	}
	if diff := cmp.Diff(map[string]int{"Lön": 2}, got.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

func TestNumbersAreReadAsTheyAreWritten(t *testing.T) {
	issue := "line 2, column share: " + string(model.IssueBadNumber)
	for _, c := range []struct {
		decimal, in string
		want        model.Number
		original    string
		issues      []string
	}{
		{"point", "1,5", 1.5, "1,5", []string{issue}},
		{"point", "0,75", .75, "0,75", []string{issue}},
		{"point", "75,00", 75, "75,00", []string{issue}},
		{"point", "1,5 %", 1.5, "1,5 %", []string{issue}},
		{"point", "62,5 %", 62.5, "62,5 %", []string{issue}},
		{"point", "1.000,5", 1000.5, "1.000,5", []string{issue}},
		{"point", "1,000", 1000, "1,000", nil},
		{"point", "1.000", 1, "1.000", nil},
		{"point", "62.5", 62.5, "", nil},
		{"comma", "1.5", 1.5, "", []string{issue}},
		{"comma", "100.00", 100, "100.00", []string{issue}},
		{"comma", "1.000", 1000, "1.000", nil},
		{"comma", "62,5", 62.5, "62,5", nil},
	} {
		mapping := "delimiter: ';'\ndecimal: " + c.decimal + "\nrecords: [{kind: role, key: id, fields: [{column: share, property: extent}]}]"
		r := read(t, []byte("id;share\n1;"+c.in+"\n"), []byte(mapping)).Records["role 1"]
		if len(r.Statements) != 1 || r.Statements[0].Value != c.want || r.Statements[0].Original != c.original {
			t.Errorf("%s, decimal %s: got %+v, want %v of %q", c.in, c.decimal, r.Statements, c.want, c.original)
		}
		ingesttest.WantIssues(t, r, c.issues...)
	}
	// What the mapping itself puts in a value's place has no source's decimal sign.
	const mapping = "decimal: comma\nrecords: [{kind: role, key: id, fields: [{column: share, property: extent, values: {half: '0.5'}}]}]"
	r := read(t, []byte("id,share\n1,half\n"), []byte(mapping)).Records["role 1"]
	ingesttest.WantValues(t, r, ontology.RoleExtent, model.Number(.5))
	ingesttest.WantIssues(t, r)
}

func TestCoordinatesAreReadAsTheyAreWritten(t *testing.T) {
	for _, c := range []struct {
		decimal, crs, east, north string
		original                  string
		issues                    []string
	}{
		{"point", "EPSG:3006", "674032,5", "6580822,123", "674032,5 6580822,123", []string{"line 2, column e: bad-coordinate", "line 2, column n: bad-coordinate"}},
		{"comma", "EPSG:3006", "674032.5", "6580822,123", "674032.5 6580822,123", []string{"line 2, column e: bad-coordinate"}},
		{"comma", "EPSG:3006", "674032,5", "6580822,123", "674032,5 6580822,123", nil},
		{"point", "EPSG:4326", "18,05919", "59.33014", "18,05919 59.33014", []string{"line 2, column e: bad-coordinate"}},
	} {
		mapping := "delimiter: ';'\ndecimal: " + c.decimal + "\nrecords: [{kind: geography, key: id, fields: [{property: point, geometry: {east: e, north: n, crs: '" + c.crs + "'}}]}]"
		r := read(t, []byte("id;e;n\n1;"+c.east+";"+c.north+"\n"), []byte(mapping)).Records["geography 1"]
		ingesttest.WantIssues(t, r, c.issues...)
		v := ingesttest.Values(r, ontology.GeoPoint)
		if len(v) != 1 {
			t.Fatalf("%s %s: %v", c.east, c.north, v)
		}
		if g := v[0].(model.Geometry); math.Abs(g.Lon-18.0592) > 5e-5 || math.Abs(g.Lat-59.3301) > 5e-5 || g.Original != c.original {
			t.Errorf("%s %s: got %+v", c.east, c.north, g)
		}
	}
}

func TestCoordinatesAreMadeWGS84(t *testing.T) {
	for _, c := range []struct {
		crs, east, north string
		lon, lat         float64
		original         string
	}{
		{"EPSG:3006", "674032", "6580822", 18.05919, 59.33014, "674032 6580822"},
		{"EPSG:3006", "500000.000", "6651411.190", 15, 60, "500000.000 6651411.190"},
		{"EPSG:3067", "500000", "6651411.190", 27, 60, "500000 6651411.190"},
		{"EPSG:4326", "18.05919", "59.33014", 18.05919, 59.33014, ""},
	} {
		mapping := "records: [{kind: geography, key: id, fields: [{property: point, geometry: {east: e, north: n, crs: '" + c.crs + "'}}]}]"
		got := read(t, []byte("id,e,n\n1,"+c.east+","+c.north+"\n"), []byte(mapping))
		v := ingesttest.Values(got.Records["geography 1"], ontology.GeoPoint)
		if len(v) != 1 {
			t.Fatalf("%s: %v, %v", c.crs, v, got.Records["geography 1"].Issues)
		}
		g := v[0].(model.Geometry)
		if math.Abs(g.Lon-c.lon) > 5e-6 || math.Abs(g.Lat-c.lat) > 5e-6 || g.Original != c.original {
			t.Errorf("%s %s %s: got %v, want %v, %v", c.crs, c.east, c.north, g, c.lon, c.lat)
		}
	}
}

func TestCoordinatesThatNameNoSystemAreOfTheJurisdiction(t *testing.T) {
	const mapping = "records: [{kind: geography, key: id, fields: [{property: point, geometry: {east: e, north: n}}]}]"
	for jurisdiction, want := range map[string]model.Geometry{
		"SE": {Lon: 15, Lat: 60, CRS: 3006}, "AX": {Lon: 27, Lat: 60, CRS: 3067},
	} {
		o := options([]byte(mapping))
		o.Jurisdiction = jurisdiction
		got := ingesttest.Read(t, Format{}, []byte("id,e,n\n1,500000,6651411.190\n"), o)
		v := ingesttest.Values(got.Records["geography 1"], ontology.GeoPoint)
		if len(v) != 1 {
			t.Fatalf("%s: %v, %v", jurisdiction, v, got.Records["geography 1"].Issues)
		}
		if g := v[0].(model.Geometry); math.Abs(g.Lon-want.Lon) > 5e-6 || math.Abs(g.Lat-want.Lat) > 5e-6 || g.CRS != want.CRS {
			t.Errorf("%s: got %v, want %v", jurisdiction, g, want)
		}
	}
}

func TestASharedTableOfEverySort(t *testing.T) {
	dir := filepath.Dir(testkit.Data(t, "geography/counties.csv"))
	for _, c := range []struct {
		table, mapping string
		records        int
		key            string
		want           []model.Value
	}{
		{"counties.csv", "counties.yaml", 21, "geography county/14", []model.Value{
			ingesttest.Valid(model.Lanskod, "14"), model.Text{Text: "Västra Götalands län", Lang: "sv"}, model.Code{Scheme: "geography-type", Notation: "county"}}},
		{"municipalities.csv", "municipalities.yaml", 290, "geography municipality/0180", []model.Value{
			ingesttest.Valid(model.Kommunkod, "0180"), model.Text{Text: "Stockholms kommun", Lang: "sv"}, model.Code{Scheme: "geography-type", Notation: "municipality"},
			model.Link{Ref: model.Reference{Kind: model.Geography, Scheme: model.Lanskod, Value: "01"}}}},
		{"postal_to_municipality.csv", "postcodes.yaml", 15463, "geography postcode/10004", []model.Value{
			ingesttest.Valid("postcode", "10004"), model.Text{Text: "10004", Lang: "sv"}, model.Code{Scheme: "geography-type", Notation: "postcode-area"},
			model.Link{Ref: model.Reference{Kind: model.Geography, Scheme: model.Kommunkod, Value: "0180"}},
			model.Address{Use: "location", PostalCode: "10004", Locality: "Stockholm", Municipality: "0180"}}},
	} {
		t.Run(c.table, func(t *testing.T) {
			got := read(t, ingesttest.File(t, filepath.Join(dir, c.table)), ingesttest.File(t, filepath.Join("examples", c.mapping)))
			if got.Err != nil || len(got.Refused) > 0 || len(got.Records) != c.records {
				t.Errorf("%d records, refused %v, %v", len(got.Records), got.Refused, got.Err)
			}
			issues := 0
			for _, r := range got.Records {
				issues += len(r.Issues)
			}
			if issues > 0 {
				t.Errorf("%d issues", issues)
			}
			var have []model.Value
			for _, s := range got.Records[c.key].Statements {
				have = append(have, s.Value)
			}
			if diff := cmp.Diff(c.want, have); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEncodingsSayTheSame(t *testing.T) {
	const mapping = "records: [{kind: organisation, key: id, fields: [{column: namn å, property: name}]}]\n"
	want := model.Text{Text: "Ö – €"}
	for name, c := range map[string]struct{ mapping, input string }{
		"utf-8":           {mapping, "id,namn å\n1,Ö – €\n"},
		"byte order mark": {mapping, "\xef\xbb\xbfid,namn å\n1,Ö – €\n"},
		"windows-1252":    {"encoding: windows-1252\n" + mapping, "id,namn \xe5\r\n1,\xd6 \x96 \x80\r\n"},
		"tabs, no quotes": {"delimiter: tab\nquote: none\n" + mapping, "id\tnamn å\n1\tÖ – €"},
		"no header":       {"header: false\ncolumns: [id, namn å]\n" + mapping, "1,Ö – €"},
		"everything":      {mapping, "\"id\",\"namn å\"\n\"1\",\"Ö – €\""},
	} {
		got := read(t, []byte(c.input), []byte(c.mapping))
		if diff := cmp.Diff([]model.Value{want}, ingesttest.Values(got.Records["organisation 1"], ontology.OrgName)); diff != "" {
			t.Errorf("%s (-want +got):\n%s%v", name, diff, got.Refused)
		}
	}
	bad := read(t, []byte("id,namn å\n1,Ö\x01\n"), []byte(mapping)).Records["organisation 1"]
	ingesttest.WantIssues(t, bad, "line 2, column namn å: bad-text")
	latin := read(t, []byte("id,namn \xe5\n1,\xd6\n"), []byte("encoding: iso-8859-1\n"+mapping)).Records["organisation 1"]
	ingesttest.WantValues(t, latin, ontology.OrgName, model.Text{Text: "Ö"})
}

func TestSchemesOfAMappingAreDeclared(t *testing.T) {
	d, err := Format{}.Open(bytes.NewReader(ingesttest.File(t, "testdata/staff.csv")), options(ingesttest.File(t, "testdata/staff.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	want := map[model.Scheme]model.Proof{"facility": {Kinds: []model.Kind{model.Organisation}, Unique: true, Exclusive: "facility"}}
	declared, err := Format{}.Schemes(ingesttest.File(t, "testdata/staff.yaml"), "staff")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, declared); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d.Part() != "staff" || !d.Stamp().Equal(stated) {
		t.Errorf("part %q, stamp %s", d.Part(), d.Stamp())
	}
}

func TestAPersonalNumberNeverLiesInAnOpenScheme(t *testing.T) {
	const mapping = `
schemes: {facility: {}, locker: {sealed: true}}
records:
  - {kind: person, key: id, fields: [{column: nr, property: identifier, scheme: facility}, {column: nr, property: identifier, scheme: locker}]}
  - {kind: organisation, key: id, fields: [{column: nr, property: identifier, scheme: facility}]}
`
	got := read(t, []byte("id,nr\n1,19750107-9292\n"), []byte(mapping))
	ingesttest.WantValues(t, got.Records["person 1"], ontology.PersonIdentifier, ingesttest.Valid(model.Personnummer, "197501079292"), ingesttest.Valid("locker", "19750107-9292"))
	org := got.Records["organisation 1"]
	ingesttest.WantValues(t, org, ontology.OrgIdentifier)
	if org.Disclosure != model.Restricted || len(org.Issues) != 1 {
		t.Errorf("class %s, issues %v", org.Disclosure, org.Issues)
	}
}

func TestALinkByPersonalNumberIsInTheSchemeOfTheNumber(t *testing.T) {
	const mapping = "records: [{kind: role, key: id, fields: [{column: pnr, property: holder, link: {scheme: personal-number}}]}]"
	for _, c := range []struct {
		jurisdiction, in string
		scheme           model.Scheme
		value            string
	}{
		{"SE", "18900101-9802", model.Personnummer, "189001019802"},
		{"SE", "189001619809", model.Samordningsnummer, "189001619809"},
		{"AX", "131052-308T", model.Hetu, "131052-308T"},
	} {
		o := options([]byte(mapping))
		o.Jurisdiction = c.jurisdiction
		r := ingesttest.Read(t, Format{}, []byte("id,pnr\n1,"+c.in+"\n"), o).Records["role 1"]
		ingesttest.WantIssues(t, r)
		ingesttest.WantValues(t, r, ontology.RoleHolder, model.Link{Ref: model.Reference{Kind: model.Person, Scheme: c.scheme, Value: c.value}})
	}
	r := read(t, []byte("id,pnr\n1,189001019803\n"), []byte(mapping)).Records["role 1"]
	ingesttest.WantValues(t, r, ontology.RoleHolder)
	ingesttest.WantIssues(t, r, "line 2, column pnr: "+string(model.IssueIdentifierRule))
	_, err := Format{}.Open(strings.NewReader("id,pnr\n"), options([]byte("records: [{kind: role, key: id, fields: [{column: pnr, property: organisation, link: {scheme: personal-number}}]}]")))
	if err == nil || !strings.Contains(err.Error(), "leads to a person") {
		t.Errorf("a link to an organisation by a personal number: %v", err)
	}
}

func TestPeriodsOfValuesAndMandates(t *testing.T) {
	const mapping = `
records:
  - kind: role
    key: id
    fields:
      - {column: title, property: title, period: {from: a, to: b, inclusive: false}}
      - {property: mandatePeriod, period: {from: a, to: b, inclusive: true}}
`
	r := read(t, []byte("id,title,a,b\n1,Ledamot,2023-01-01,2026-12-31\n"), []byte(mapping)).Records["role 1"]
	ingesttest.WantValues(t, r, ontology.RoleMandatePeriod, model.Period{From: model.Date{Year: 2023, Month: 1, Day: 1}, To: model.Date{Year: 2027, Month: 1, Day: 1}})
	if s := r.Statements[len(r.Statements)-1]; s.Property != ontology.RoleTitle || s.Period.String() != "2023-01-01/2026-12-31" {
		t.Errorf("got %+v", s)
	}
}

func TestItemsOfAnEarlierDeliveryAreMappedAgain(t *testing.T) {
	o := options(ingesttest.File(t, "testdata/staff.yaml"))
	o.Date = stated
	ingesttest.MapsAgain(t, Format{}, ingesttest.File(t, "testdata/staff.csv"), o)
}
