package ss12000

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
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var stated = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)

func options(typ string) ingest.Options {
	return ingest.Options{Source: "school", Type: typ, Date: stated, Jurisdiction: "SE"}
}

// read is everything a file says: records by key, the errors of elements that
// could not be mapped, and the error that ended the file.
type reading struct {
	records map[string]model.Record
	refused []error
	dropped map[string]int
	items   []string
	err     error
}

func read(t testing.TB, file []byte, o ingest.Options) reading {
	t.Helper()
	d, err := Format{}.Open(iotest.HalfReader(bytes.NewReader(file)), o)
	if err != nil {
		t.Fatal(err)
	}
	out := reading{records: map[string]model.Record{}, dropped: map[string]int{}}
	for it, err := range d.Items() {
		if err != nil {
			out.err = err
			break
		}
		out.items = append(out.items, it.Place)
		res, err := d.Map(it)
		if err != nil {
			out.refused = append(out.refused, err)
			continue
		}
		for _, r := range res.Records {
			key := r.Key.Kind.String() + " " + r.Key.LocalID
			if _, twice := out.records[key]; twice {
				t.Errorf("%s: two records with one key", key)
			}
			out.records[key] = r
		}
		for name, n := range res.Dropped {
			out.dropped[name] += n
		}
	}
	return out
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
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

func key(kind model.Kind, id string) model.Reference {
	return model.Reference{Key: model.RecordKey{Source: "school", Kind: kind, LocalID: id}, Kind: kind}
}

func TestAnOrganisationsNumberIdentifiesOnlyALegalEntity(t *testing.T) {
	got := read(t, file(t, "organisations.json"), options(Organisations))
	if got.err != nil || len(got.refused) > 0 || len(got.records) != 2 {
		t.Fatalf("got %d records, %v, %v", len(got.records), got.refused, got.err)
	}
	owner := got.records["organisation 0d7d3c1e-1f0a-4f5e-9f3a-000000000001"]
	wantValues(t, owner, ontology.OrgIdentifier, model.Identifier{Scheme: model.Organisationsnummer, Value: "2120000142", Status: model.IdentifierValid})
	wantValues(t, owner, ontology.OrgLegalEntity)
	unit := got.records["organisation 0d7d3c1e-1f0a-4f5e-9f3a-000000000002"]
	wantValues(t, unit, ontology.OrgIdentifier,
		model.Identifier{Scheme: model.Skolenhetskod, Value: "12345678", Status: model.IdentifierValid},
		model.Identifier{Scheme: "local-id/school", Value: "4711", Status: model.IdentifierValid})
	wantValues(t, unit, ontology.OrgLegalEntity, model.Link{Ref: model.Reference{Kind: model.Organisation, Scheme: model.Organisationsnummer, Value: "2120000142"}})
}

func TestAnOrganisationKeepsWhatTheStandardSaysOfIt(t *testing.T) {
	got := read(t, file(t, "organisations.json"), options(Organisations))
	unit := got.records["organisation 0d7d3c1e-1f0a-4f5e-9f3a-000000000002"]
	if want := (model.Period{From: model.Date{Year: 2001, Month: 7, Day: 1}, To: model.Date{Year: 2024, Month: 7, Day: 1}}); unit.Period != want {
		t.Errorf("period %s, want %s: both dates are in it", unit.Period, want)
	}
	if want := time.Date(2024, 8, 12, 5, 0, 0, 0, time.UTC); !unit.Stamp.Equal(want) {
		t.Errorf("stamp %s, want meta.modified, %s", unit.Stamp, want)
	}
	wantValues(t, unit, ontology.OrgName, model.Text{Text: "Åsens skola", Lang: "sv"})
	wantValues(t, unit, ontology.OrgType, model.Code{Scheme: "organisation-type", Notation: "school-unit"})
	wantValues(t, unit, ontology.OrgParent, model.Link{Ref: key(model.Organisation, "0d7d3c1e-1f0a-4f5e-9f3a-000000000001"), Role: "school"})
	wantValues(t, unit, ontology.OrgMunicipality, model.Link{Ref: model.Reference{Kind: model.Geography, Scheme: model.Kommunkod, Value: "0180"}})
	wantValues(t, unit, ontology.OrgSchoolTypes, model.Code{Scheme: "school-type", Notation: "GR"}, model.Code{Scheme: "school-type", Notation: "FTH"})
	wantValues(t, unit, ontology.OrgAddress, model.Address{Use: "visit", Street: "Skolvägen", StreetNumber: "3B", PostalCode: "64194", Locality: "Björkvik", Municipality: "0180", County: "01"})
	wantValues(t, unit, ontology.OrgHomepage, model.Text{Text: "https://example.se/asen"})
	wantValues(t, unit, ontology.OrgContact,
		model.Contact{Medium: "email", Use: "function", Value: "asen@example.se"},
		model.Contact{Medium: "phone", Use: "function", Value: "+4615510000"},
		model.Contact{Medium: "email", Use: "function", Value: "support@example.se"})
	wantIssues(t, unit, "$.data[1].contactInfo[1].info: bad-contact")
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

func TestAPersonBecomesAPersonAndItsRoles(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	if got.err != nil {
		t.Fatal(got.err)
	}
	child := got.records["person 7a0b0c0d-0000-4000-8000-000000000001"]
	wantIssues(t, child)
	wantValues(t, child, ontology.PersonIdentifier,
		model.Identifier{Scheme: "local-id/school", Value: "7a0b0c0d-0000-4000-8000-000000000001", Status: model.IdentifierValid},
		model.Identifier{Scheme: model.Personnummer, Value: "201201012380", Status: model.IdentifierValid},
		model.Identifier{Scheme: model.EPPN, Value: "elsa.ek@skola.example.se", Status: model.IdentifierValid},
		model.Identifier{Scheme: "local-id/school.elevsystem", Value: "e-17", Status: model.IdentifierValid})
	wantValues(t, child, ontology.PersonGivenName, model.Text{Text: "Elsa Maria"})
	wantValues(t, child, ontology.PersonFamilyName, model.Text{Text: `Ek "d.y."`})
	wantValues(t, child, ontology.PersonBirthDate, model.Date{Year: 2012, Month: 1, Day: 1})
	wantValues(t, child, ontology.PersonSex, model.Code{Scheme: "sex", Notation: "female"})
	wantValues(t, child, ontology.PersonProtection, model.Code{Scheme: "protection", Notation: "none"})
	wantValues(t, child, ontology.PersonStatus, model.Code{Scheme: "person-status", Notation: "active"})
	wantValues(t, child, ontology.PersonEmail, model.Contact{Medium: "email", Use: "school", Value: "elsa.ek@skola.example.se"})
	wantValues(t, child, ontology.PersonPhone, model.Contact{Medium: "phone", Use: "private", Value: "+46701740605"})
	wantValues(t, child, ontology.PersonAddress, model.Address{Use: "folkbokforing", Street: "Ekvägen", StreetNumber: "12B", Unit: "1102", PostalCode: "64194", Locality: "Björkvik",
		Municipality: "0180", County: "01", Property: "Björkvik Ek 1:2", Country: "SE"})

	past := got.records["role 7a0b0c0d-0000-4000-8000-000000000001/enrolment/0d7d3c1e-1f0a-4f5e-9f3a-000000000002/GR/2023-08-15"]
	wantValues(t, past, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "pupil"})
	wantValues(t, past, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000001")})
	wantValues(t, past, ontology.RoleOrganisation, model.Link{Ref: key(model.Organisation, "0d7d3c1e-1f0a-4f5e-9f3a-000000000002")})
	wantValues(t, past, ontology.RoleSchoolForm, model.Code{Scheme: "school-type", Notation: "GR"})
	wantValues(t, past, ontology.RoleStatus)
	if past.Period.String() != "2023-08-15/2024-06-13" {
		t.Errorf("period %s", past.Period)
	}
	next := got.records["role 7a0b0c0d-0000-4000-8000-000000000001/enrolment/0d7d3c1e-1f0a-4f5e-9f3a-000000000002/GR/2024-08-15"]
	wantValues(t, next, ontology.RoleStatus, model.Code{Scheme: "role-status", Notation: "cancelled"})
}

func TestAResponsibleHoldsARoleOnBehalfOfTheChild(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	guardian := got.records["role 7a0b0c0d-0000-4000-8000-000000000001/responsible/7a0b0c0d-0000-4000-8000-000000000002/guardian"]
	wantValues(t, guardian, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "guardian"})
	wantValues(t, guardian, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000002")})
	wantValues(t, guardian, ontology.RoleOnBehalfOf, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000001"), Role: "vardnadshavare"})
	other := got.records["role 7a0b0c0d-0000-4000-8000-000000000001/responsible/7a0b0c0d-0000-4000-8000-000000000003/contact"]
	wantValues(t, other, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "contact"})
	wantIssues(t, other, "$.data[0].responsibles[1].relationType: unknown-code")
}

func TestBadFieldsAreIssuesAndTheRecordStands(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	r := got.records["person 7a0b0c0d-0000-4000-8000-000000000002"]
	wantIssues(t, r,
		"$.data[1].civicNo.value: identifier-rule",
		"$.data[1].birthDate: bad-date",
		"$.data[1].sex: unknown-code",
		"$.data[1].emails[0].value: bad-contact",
		"$.data[1].meta.modified: bad-date")
	wantValues(t, r, ontology.PersonGivenName, model.Text{Text: "Åke"})
	wantValues(t, r, ontology.PersonProtection, model.Code{Scheme: "protection", Notation: "skyddad-folkbokforing"})
	wantValues(t, r, ontology.PersonEmail, model.Contact{Medium: "email", Use: "private", Value: "inte en adress"})
	if id := values(r, ontology.PersonIdentifier)[1].(model.Identifier); id.Status != model.IdentifierFailed {
		t.Errorf("an identifier with a broken check digit has status %d", id.Status)
	}
	if !r.Stamp.Equal(stated) {
		t.Errorf("stamp %s: without one of its own a version ranks by the delivery", r.Stamp)
	}
	for _, i := range r.Issues {
		if strings.Contains(i.Text, "200112240129") || strings.Contains(i.Text, "inte en") {
			t.Errorf("an issue tells the value: %s", i.Text)
		}
	}
}

func TestAbsentMarkingSaysNothing(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	r := got.records["person 7a0b0c0d-0000-4000-8000-000000000003"]
	wantValues(t, r, ontology.PersonProtection)
	if id := values(r, ontology.PersonIdentifier)[1].(model.Identifier); id.Scheme != model.TFNummer || id.Status != model.IdentifierValid {
		t.Errorf("a TF number is read as %s, status %d", id.Scheme, id.Status)
	}
}

func TestWhatIsNotTakenIsCountedByName(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	want := map[string]int{"photo": 1, "enrolments[].schoolYear": 2, "enrolments[].educationCode": 1, "enrolments[].programme": 1}
	if diff := cmp.Diff(want, got.dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

func TestARecordWithoutAKeyIsRefusedWithItsPlaceOnly(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	if len(got.refused) != 1 {
		t.Fatalf("refused %v", got.refused)
	}
	var place *ingest.PlaceError
	if !errors.As(got.refused[0], &place) || place.Place != "$.data[3].id" || strings.Contains(place.Error(), "elev-4") {
		t.Errorf("got %v", got.refused[0])
	}
}

func TestAMarkingOnAReferenceReachesThePerson(t *testing.T) {
	got := read(t, file(t, "duties.json"), options(Duties))
	duty := got.records["role 5d000000-0000-4000-8000-000000000002"]
	if duty.Disclosure != model.Protected {
		t.Errorf("the duty of a marked person has class %s", duty.Disclosure)
	}
	mark := got.records["person 7a0b0c0d-0000-4000-8000-000000000010/marking/duties"]
	wantValues(t, mark, ontology.PersonProtection, model.Code{Scheme: "protection", Notation: "skyddad-folkbokforing"})
	wantValues(t, mark, ontology.PersonIdentifier, model.Identifier{Scheme: "local-id/school", Value: "7a0b0c0d-0000-4000-8000-000000000010", Status: model.IdentifierValid})
	if len(mark.Statements) != 2 {
		t.Errorf("it says more than the flag: %v", mark.Statements)
	}
	schemes, err := Format{}.Schemes(nil, "school")
	if err != nil {
		t.Fatal(err)
	}
	if p := schemes["local-id/school"]; !p.Unique || !p.Identifies(model.Person) {
		t.Errorf("the scheme that joins the two is declared as %+v", p)
	}
	if other := got.records["role 5d000000-0000-4000-8000-000000000001"]; other.Disclosure != model.Unclassified {
		t.Errorf("the duty of an unmarked person has class %s", other.Disclosure)
	}
	wantIssues(t, duty, "$[1].endDate: bad-period")
}

func TestADutyIsARoleAndItsAssignmentsRestOnIt(t *testing.T) {
	got := read(t, file(t, "duties.json"), options(Duties))
	duty := got.records["role 5d000000-0000-4000-8000-000000000001"]
	wantValues(t, duty, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "duty"})
	wantValues(t, duty, ontology.RoleTitle, model.Text{Text: "Lärare"})
	wantValues(t, duty, ontology.RoleExtent, model.Number(80))
	wantValues(t, duty, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000009")})
	mentor := got.records["role 5d000000-0000-4000-8000-000000000001/assignment/7b139724-9199-45f9-8591-6973a80d675a/Mentor"]
	wantValues(t, mentor, ontology.RoleBasedOn, model.Link{Ref: key(model.Role, "5d000000-0000-4000-8000-000000000001")})
	wantValues(t, mentor, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000009")})
	wantValues(t, mentor, ontology.RoleGroupName, model.Text{Text: "5A"})
	if got.dropped["signature"] != 1 || got.dropped["hoursPerYear"] != 1 {
		t.Errorf("dropped %v", got.dropped)
	}
}

func TestAMembershipWithoutAnIdHasAKeyThatStays(t *testing.T) {
	const id, a, b = "7b139724-9199-45f9-8591-6973a80d675a", "3b0840e9-fb9c-4618-9732-9f6f1627d038", "3b0840e9-fb9c-4618-9732-9f6f1627d039"
	member := func(person string) string { return `{"person":{"id":"` + person + `"},"startDate":"2024-08-01"}` }
	group := func(members ...string) []byte {
		return []byte(`{"id":"` + id + `","displayName":"5A","startDate":"2024-07-01","groupMemberships":[` + strings.Join(members, ",") + `]}`)
	}
	one, two := read(t, group(member(b)), options(Groups)), read(t, group(member(a), member(b)), options(Groups))
	for key := range one.records {
		if _, ok := two.records[key]; !ok {
			t.Errorf("%s is not there when another is listed before it", key)
		}
	}
	if len(one.records) != 1 || len(two.records) != 2 {
		t.Errorf("got %d and %d records", len(one.records), len(two.records))
	}
	if doubled := read(t, group(member(a), member(a)), options(Groups)); len(doubled.records) != 2 {
		t.Errorf("a membership listed twice gives %d records", len(doubled.records))
	}
}

func TestNewerSchoolTypesAreOfTheNewerList(t *testing.T) {
	for code, want := range map[string]model.Code{
		"GR":   {Scheme: "school-type", Notation: "GR"},
		"GRAN": {Scheme: "school-type-2023", Notation: "GRAN"},
		"XYZ":  {Scheme: "school-type", Notation: "XYZ"},
	} {
		r := read(t, bytes.Replace(file(t, "organisations.json"), []byte(`["GR", "FTH"]`), []byte(`["`+code+`"]`), 1), options(Organisations)).records["organisation 0d7d3c1e-1f0a-4f5e-9f3a-000000000002"]
		wantValues(t, r, ontology.OrgSchoolTypes, want)
		if unknown := r.Issues[0].Code == model.IssueUnknownCode; unknown != (code == "XYZ") {
			t.Errorf("%s: issues %v", code, r.Issues)
		}
	}
}

func TestAFieldThatStandsTwiceIsRefused(t *testing.T) {
	got := read(t, []byte(`{"id":"7a0b0c0d-0000-4000-8000-000000000001","securityMarking":"Ingen","securityMarking":"Sekretessmarkering"}`), options(Persons))
	if len(got.records) != 0 || len(got.refused) != 1 {
		t.Errorf("got %v, refused %v: nobody knows which of two markings is meant", got.records, got.refused)
	}
}

func TestAPlacementIsAPupilsRole(t *testing.T) {
	got := read(t, file(t, "placements.json"), options(Placements))
	r := got.records["role 9a000000-0000-4000-8000-000000000001"]
	wantValues(t, r, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000001")})
	wantValues(t, r, ontology.RoleGroupName, model.Text{Text: "Blåsippan"})
	wantValues(t, r, ontology.RoleSchoolForm, model.Code{Scheme: "school-type", Notation: "FTH"})
	want := map[string]int{"owners": 1, "reason": 1, "maxWeeklyScheduleHours": 1}
	if diff := cmp.Diff(want, got.dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

func TestDeletedEntitiesRetractByKey(t *testing.T) {
	flat := `{"data":[{"entityType":"Person","id":"7a0b0c0d-0000-4000-8000-000000000001","deletedAt":"2024-05-01T00:00:00Z"},
		{"entityType":"Grade","id":"7a0b0c0d-0000-4000-8000-000000000001"}],"pageToken":null}`
	for name, input := range map[string]string{
		"lists":          string(file(t, "deleted.json")),
		"lists, no data": `{"persons":["7a0b0c0d-0000-4000-8000-000000000001"],"duties":[]}`,
		"flat":           flat,
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, []byte(input), options(Deleted))
			if got.err != nil {
				t.Fatal(got.err)
			}
			r, ok := got.records["person 7a0b0c0d-0000-4000-8000-000000000001"]
			if !ok || !r.Deleted || len(r.Statements) > 0 {
				t.Errorf("got %+v", got.records)
			}
			if name == "flat" && (len(got.records) != 1 || r.Stamp.Month() != time.May) {
				t.Errorf("got %+v", got.records)
			}
			if name == "lists" && (len(got.records) != 3 || len(got.refused) != 1) {
				t.Errorf("got %+v, refused %v", got.records, got.refused)
			}
		})
	}
}

func TestTheSharedPersonHasNoKeyAndIsRefused(t *testing.T) {
	sample := testkit.Data(t, "ss12000/skolverket-person.json")
	b, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, b, options(Persons))
	if got.err != nil || len(got.records) != 0 || len(got.refused) != 1 {
		t.Fatalf("got %d records, refused %v, %v", len(got.records), got.refused, got.err)
	}
	repaired := read(t, bytes.Replace(b, []byte("123456789"), []byte("7a0b0c0d-0000-4000-8000-000000000001"), 1), options(Persons))
	wantIssues(t, repaired.records["person 7a0b0c0d-0000-4000-8000-000000000001"], "$.civicNo.value: identifier-rule")
}

func TestTheSharedGroupGivesItsMember(t *testing.T) {
	b, err := os.ReadFile(testkit.Data(t, "ss12000/skolverket-group_json.json"))
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, b, options(Groups))
	r, ok := got.records["role 7b139724-9199-45f9-8591-6973a80d675a/8907e5ad-e1be-4ac3-8769-ad57784e5f71"]
	if !ok {
		t.Fatalf("got %v, refused %v", got.records, got.refused)
	}
	wantValues(t, r, ontology.RoleGroupName, model.Text{Text: "llL7TwiELgfsyfu"})
	wantValues(t, r, ontology.RoleHolder, model.Link{Ref: key(model.Person, "3b0840e9-fb9c-4618-9732-9f6f1627d038")})
	wantValues(t, r, ontology.RoleOrganisation, model.Link{Ref: key(model.Organisation, "b60a032a-afbc-595c-b167-b8b767be0e23")})
	wantValues(t, r, ontology.RoleSchoolForm, model.Code{Scheme: "school-type", Notation: "GR"})
	wantValues(t, r, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "pupil"})
	staff := read(t, bytes.Replace(b, []byte("Undervisning"), []byte("Personalgrupp"), 1), options(Groups))
	wantValues(t, staff.records["role 7b139724-9199-45f9-8591-6973a80d675a/8907e5ad-e1be-4ac3-8769-ad57784e5f71"], ontology.RoleType, model.Code{Scheme: "role-type", Notation: "assignment"})
}

func TestItemsOfAnEarlierDeliveryAreMappedAgain(t *testing.T) {
	o := options(Persons)
	o.Date = stated
	d, err := Format{}.Open(bytes.NewReader(file(t, "persons.json")), o)
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
