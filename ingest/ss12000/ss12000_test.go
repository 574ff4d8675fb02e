package ss12000

import (
	"bytes"
	"errors"
	"os"
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

func options(typ string) ingest.Options {
	return ingest.Options{Source: "school", Type: typ, Date: stated, Jurisdiction: "SE"}
}

func read(t testing.TB, file []byte, o ingest.Options) ingesttest.Reading {
	t.Helper()
	return ingesttest.Read(t, Format{}, file, o)
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	return ingesttest.File(t, filepath.Join("testdata", name))
}

func key(kind model.Kind, id string) model.Reference {
	return ingesttest.ToKey("school", kind, id)
}

func TestAnOrganisationsNumberIdentifiesOnlyALegalEntity(t *testing.T) {
	got := read(t, file(t, "organisations.json"), options(Organisations))
	if got.Err != nil || len(got.Refused) > 0 || len(got.Records) != 2 {
		t.Fatalf("got %d records, %v, %v", len(got.Records), got.Refused, got.Err)
	}
	owner := got.Records["organisation 0d7d3c1e-1f0a-4f5e-9f3a-000000000001"]
	ingesttest.WantValues(t, owner, ontology.OrgIdentifier, model.Identifier{Scheme: model.Organisationsnummer, Value: "2120000142", Status: model.IdentifierValid})
	ingesttest.WantValues(t, owner, ontology.OrgLegalEntity)
	unit := got.Records["organisation 0d7d3c1e-1f0a-4f5e-9f3a-000000000002"]
	ingesttest.WantValues(t, unit, ontology.OrgIdentifier,
		model.Identifier{Scheme: model.Skolenhetskod, Value: "12345678", Status: model.IdentifierValid},
		model.Identifier{Scheme: "local-id/school", Value: "4711", Status: model.IdentifierValid})
	ingesttest.WantValues(t, unit, ontology.OrgLegalEntity, model.Link{Ref: model.Reference{Kind: model.Organisation, Scheme: model.Organisationsnummer, Value: "2120000142"}})
}

func TestAnOrganisationKeepsWhatTheStandardSaysOfIt(t *testing.T) {
	got := read(t, file(t, "organisations.json"), options(Organisations))
	unit := got.Records["organisation 0d7d3c1e-1f0a-4f5e-9f3a-000000000002"]
	if want := (model.Period{From: model.Date{Year: 2001, Month: 7, Day: 1}, To: model.Date{Year: 2024, Month: 7, Day: 1}}); unit.Period != want {
		t.Errorf("period %s, want %s: both dates are in it", unit.Period, want)
	}
	if want := time.Date(2024, 8, 12, 5, 0, 0, 0, time.UTC); !unit.Stamp.Equal(want) {
		t.Errorf("stamp %s, want meta.modified, %s", unit.Stamp, want)
	}
	ingesttest.WantValues(t, unit, ontology.OrgName, model.Text{Text: "Åsens skola", Lang: "sv"})
	ingesttest.WantValues(t, unit, ontology.OrgType, model.Code{Scheme: "organisation-type", Notation: "school-unit"})
	ingesttest.WantValues(t, unit, ontology.OrgParent, model.Link{Ref: key(model.Organisation, "0d7d3c1e-1f0a-4f5e-9f3a-000000000001"), Role: "school"})
	ingesttest.WantValues(t, unit, ontology.OrgMunicipality, model.Link{Ref: model.Reference{Kind: model.Geography, Scheme: model.Kommunkod, Value: "0180"}})
	ingesttest.WantValues(t, unit, ontology.OrgSchoolTypes, model.Code{Scheme: "school-type", Notation: "GR"}, model.Code{Scheme: "school-type", Notation: "FTH"})
	ingesttest.WantValues(t, unit, ontology.OrgAddress, model.Address{Use: "visit", Street: "Skolvägen", StreetNumber: "3B", PostalCode: "64194", Locality: "Björkvik", Municipality: "0180", County: "01"})
	ingesttest.WantValues(t, unit, ontology.OrgHomepage, model.Text{Text: "https://example.se/asen"})
	ingesttest.WantValues(t, unit, ontology.OrgContact,
		model.Contact{Medium: "email", Use: "function", Value: "asen@example.se"},
		model.Contact{Medium: "phone", Use: "function", Value: "+4615510000"},
		model.Contact{Medium: "email", Use: "function", Value: "support@example.se"})
	ingesttest.WantIssues(t, unit, "$.data[1].contactInfo[1].info: bad-contact")
}

func TestAPersonBecomesAPersonAndItsRoles(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	if got.Err != nil {
		t.Fatal(got.Err)
	}
	child := got.Records["person 7a0b0c0d-0000-4000-8000-000000000001"]
	ingesttest.WantIssues(t, child)
	ingesttest.WantValues(t, child, ontology.PersonIdentifier,
		model.Identifier{Scheme: "local-id/school", Value: "7a0b0c0d-0000-4000-8000-000000000001", Status: model.IdentifierValid},
		model.Identifier{Scheme: model.Personnummer, Value: "201201012380", Status: model.IdentifierValid},
		model.Identifier{Scheme: model.EPPN, Value: "elsa.ek@skola.example.se", Status: model.IdentifierValid},
		model.Identifier{Scheme: "local-id/school.elevsystem", Value: "e-17", Status: model.IdentifierValid})
	ingesttest.WantValues(t, child, ontology.PersonGivenName, model.Text{Text: "Elsa Maria"})
	ingesttest.WantValues(t, child, ontology.PersonFamilyName, model.Text{Text: `Ek "d.y."`})
	ingesttest.WantValues(t, child, ontology.PersonBirthDate, model.Date{Year: 2012, Month: 1, Day: 1})
	ingesttest.WantValues(t, child, ontology.PersonSex, model.Code{Scheme: "sex", Notation: "female"})
	ingesttest.WantValues(t, child, ontology.PersonProtection, model.Code{Scheme: "protection", Notation: "none"})
	ingesttest.WantValues(t, child, ontology.PersonStatus, model.Code{Scheme: "person-status", Notation: "active"})
	ingesttest.WantValues(t, child, ontology.PersonEmail, model.Contact{Medium: "email", Use: "school", Value: "elsa.ek@skola.example.se"})
	ingesttest.WantValues(t, child, ontology.PersonPhone, model.Contact{Medium: "phone", Use: "work", Value: "+4632246501"})
	ingesttest.WantValues(t, child, ontology.PersonAddress, model.Address{Use: "folkbokforing", Street: "Ekvägen", StreetNumber: "12B", Unit: "1102", PostalCode: "64194", Locality: "Björkvik",
		Municipality: "0180", County: "01", Property: "Björkvik Ek 1:2", Country: "SE"})

	past := got.Records["role 7a0b0c0d-0000-4000-8000-000000000001/enrolment/0d7d3c1e-1f0a-4f5e-9f3a-000000000002/GR/2023-08-15"]
	ingesttest.WantValues(t, past, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "pupil"})
	ingesttest.WantValues(t, past, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000001")})
	ingesttest.WantValues(t, past, ontology.RoleOrganisation, model.Link{Ref: key(model.Organisation, "0d7d3c1e-1f0a-4f5e-9f3a-000000000002")})
	ingesttest.WantValues(t, past, ontology.RoleSchoolForm, model.Code{Scheme: "school-type", Notation: "GR"})
	ingesttest.WantValues(t, past, ontology.RoleStatus)
	if past.Period.String() != "2023-08-15/2024-06-13" {
		t.Errorf("period %s", past.Period)
	}
	next := got.Records["role 7a0b0c0d-0000-4000-8000-000000000001/enrolment/0d7d3c1e-1f0a-4f5e-9f3a-000000000002/GR/2024-08-15"]
	ingesttest.WantValues(t, next, ontology.RoleStatus, model.Code{Scheme: "role-status", Notation: "cancelled"})
}

func TestAResponsibleHoldsARoleOnBehalfOfTheChild(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	guardian := got.Records["role 7a0b0c0d-0000-4000-8000-000000000001/responsible/7a0b0c0d-0000-4000-8000-000000000002/guardian"]
	ingesttest.WantValues(t, guardian, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "guardian"})
	ingesttest.WantValues(t, guardian, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000002")})
	ingesttest.WantValues(t, guardian, ontology.RoleOnBehalfOf, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000001"), Role: "vardnadshavare"})
	other := got.Records["role 7a0b0c0d-0000-4000-8000-000000000001/responsible/7a0b0c0d-0000-4000-8000-000000000003/contact"]
	ingesttest.WantValues(t, other, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "contact"})
	ingesttest.WantIssues(t, other, "$.data[0].responsibles[1].relationType: unknown-code")
}

func TestBadFieldsAreIssuesAndTheRecordStands(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	r := got.Records["person 7a0b0c0d-0000-4000-8000-000000000002"]
	ingesttest.WantIssues(t, r,
		"$.data[1].civicNo.value: identifier-rule",
		"$.data[1].birthDate: bad-date",
		"$.data[1].sex: unknown-code",
		"$.data[1].emails[0].value: bad-contact",
		"$.data[1].meta.modified: bad-date")
	ingesttest.WantValues(t, r, ontology.PersonGivenName, model.Text{Text: "Åke"})
	ingesttest.WantValues(t, r, ontology.PersonProtection, model.Code{Scheme: "protection", Notation: "skyddad-folkbokforing"})
	ingesttest.WantValues(t, r, ontology.PersonEmail, model.Contact{Medium: "email", Use: "private", Value: "inte en adress"})
	if id := ingesttest.Values(r, ontology.PersonIdentifier)[1].(model.Identifier); id.Status != model.IdentifierFailed {
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
	r := got.Records["person 7a0b0c0d-0000-4000-8000-000000000003"]
	ingesttest.WantValues(t, r, ontology.PersonProtection)
	if id := ingesttest.Values(r, ontology.PersonIdentifier)[1].(model.Identifier); id.Scheme != model.TFNummer || id.Status != model.IdentifierValid {
		t.Errorf("a TF number is read as %s, status %d", id.Scheme, id.Status)
	}
}

func TestWhatIsNotTakenIsCountedByName(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	want := map[string]int{"photo": 1, "enrolments[].schoolYear": 2, "enrolments[].educationCode": 1, "enrolments[].programme": 1,
		"phoneNumbers[].value": 3, "phoneNumbers[].mobile": 3}
	if diff := cmp.Diff(want, got.Dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
}

func TestARecordWithoutAKeyIsRefusedWithItsPlaceOnly(t *testing.T) {
	got := read(t, file(t, "persons.json"), options(Persons))
	if len(got.Refused) != 1 {
		t.Fatalf("refused %v", got.Refused)
	}
	var place *ingest.PlaceError
	if !errors.As(got.Refused[0], &place) || place.Place != "$.data[3].id" || strings.Contains(place.Error(), "elev-4") {
		t.Errorf("got %v", got.Refused[0])
	}
}

func TestAMarkingOnAReferenceReachesThePerson(t *testing.T) {
	got := read(t, file(t, "duties.json"), options(Duties))
	duty := got.Records["role 5d000000-0000-4000-8000-000000000002"]
	if duty.Disclosure != model.Protected {
		t.Errorf("the duty of a marked person has class %s", duty.Disclosure)
	}
	mark := got.Records["person 7a0b0c0d-0000-4000-8000-000000000010/marking/duties"]
	ingesttest.WantValues(t, mark, ontology.PersonProtection, model.Code{Scheme: "protection", Notation: "skyddad-folkbokforing"})
	ingesttest.WantValues(t, mark, ontology.PersonIdentifier, model.Identifier{Scheme: "local-id/school", Value: "7a0b0c0d-0000-4000-8000-000000000010", Status: model.IdentifierValid})
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
	if other := got.Records["role 5d000000-0000-4000-8000-000000000001"]; other.Disclosure != model.Unclassified {
		t.Errorf("the duty of an unmarked person has class %s", other.Disclosure)
	}
	ingesttest.WantIssues(t, duty, "$[1].endDate: bad-period")
}

func TestADutyIsARoleAndItsAssignmentsRestOnIt(t *testing.T) {
	got := read(t, file(t, "duties.json"), options(Duties))
	duty := got.Records["role 5d000000-0000-4000-8000-000000000001"]
	ingesttest.WantValues(t, duty, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "duty"})
	ingesttest.WantValues(t, duty, ontology.RoleTitle, model.Text{Text: "Lärare"})
	ingesttest.WantValues(t, duty, ontology.RoleExtent, model.Number(80))
	ingesttest.WantValues(t, duty, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000009")})
	mentor := got.Records["role 5d000000-0000-4000-8000-000000000001/assignment/7b139724-9199-45f9-8591-6973a80d675a/Mentor"]
	ingesttest.WantValues(t, mentor, ontology.RoleBasedOn, model.Link{Ref: key(model.Role, "5d000000-0000-4000-8000-000000000001")})
	ingesttest.WantValues(t, mentor, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000009")})
	ingesttest.WantValues(t, mentor, ontology.RoleGroupName, model.Text{Text: "5A"})
	if got.Dropped["signature"] != 1 || got.Dropped["hoursPerYear"] != 1 {
		t.Errorf("dropped %v", got.Dropped)
	}
}

func TestAMembershipWithoutAnIdHasAKeyThatStays(t *testing.T) {
	const id, a, b = "7b139724-9199-45f9-8591-6973a80d675a", "3b0840e9-fb9c-4618-9732-9f6f1627d038", "3b0840e9-fb9c-4618-9732-9f6f1627d039"
	member := func(person string) string { return `{"person":{"id":"` + person + `"},"startDate":"2024-08-01"}` }
	group := func(members ...string) []byte {
		return []byte(`{"id":"` + id + `","displayName":"5A","startDate":"2024-07-01","groupMemberships":[` + strings.Join(members, ",") + `]}`)
	}
	one, two := read(t, group(member(b)), options(Groups)), read(t, group(member(a), member(b)), options(Groups))
	for key := range one.Records {
		if _, ok := two.Records[key]; !ok {
			t.Errorf("%s is not there when another is listed before it", key)
		}
	}
	if len(one.Records) != 1 || len(two.Records) != 2 {
		t.Errorf("got %d and %d records", len(one.Records), len(two.Records))
	}
	if doubled := read(t, group(member(a), member(a)), options(Groups)); len(doubled.Records) != 2 {
		t.Errorf("a membership listed twice gives %d records", len(doubled.Records))
	}
}

func TestNewerSchoolTypesAreOfTheNewerList(t *testing.T) {
	for code, want := range map[string]model.Code{
		"GR":   {Scheme: "school-type", Notation: "GR"},
		"GRAN": {Scheme: "school-type-2023", Notation: "GRAN"},
		"XYZ":  {Scheme: "school-type", Notation: "XYZ"},
	} {
		r := read(t, bytes.Replace(file(t, "organisations.json"), []byte(`["GR", "FTH"]`), []byte(`["`+code+`"]`), 1), options(Organisations)).Records["organisation 0d7d3c1e-1f0a-4f5e-9f3a-000000000002"]
		ingesttest.WantValues(t, r, ontology.OrgSchoolTypes, want)
		if unknown := r.Issues[0].Code == model.IssueUnknownCode; unknown != (code == "XYZ") {
			t.Errorf("%s: issues %v", code, r.Issues)
		}
	}
}

func TestAFieldThatStandsTwiceIsRefused(t *testing.T) {
	got := read(t, []byte(`{"id":"7a0b0c0d-0000-4000-8000-000000000001","securityMarking":"Ingen","securityMarking":"Sekretessmarkering"}`), options(Persons))
	if len(got.Records) != 0 || len(got.Refused) != 1 {
		t.Errorf("got %v, refused %v: nobody knows which of two markings is meant", got.Records, got.Refused)
	}
}

func TestAPlacementIsAPupilsRole(t *testing.T) {
	got := read(t, file(t, "placements.json"), options(Placements))
	r := got.Records["role 9a000000-0000-4000-8000-000000000001"]
	ingesttest.WantValues(t, r, ontology.RoleHolder, model.Link{Ref: key(model.Person, "7a0b0c0d-0000-4000-8000-000000000001")})
	ingesttest.WantValues(t, r, ontology.RoleGroupName, model.Text{Text: "Blåsippan"})
	ingesttest.WantValues(t, r, ontology.RoleSchoolForm, model.Code{Scheme: "school-type", Notation: "FTH"})
	want := map[string]int{"owners": 1, "reason": 1, "maxWeeklyScheduleHours": 1}
	if diff := cmp.Diff(want, got.Dropped); diff != "" {
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
			if got.Err != nil {
				t.Fatal(got.Err)
			}
			r, ok := got.Records["person 7a0b0c0d-0000-4000-8000-000000000001"]
			if !ok || !r.Deleted || len(r.Statements) > 0 {
				t.Errorf("got %+v", got.Records)
			}
			if name == "flat" && (len(got.Records) != 1 || r.Stamp.Month() != time.May) {
				t.Errorf("got %+v", got.Records)
			}
			if name == "lists" && (len(got.Records) != 3 || len(got.Refused) != 1) {
				t.Errorf("got %+v, refused %v", got.Records, got.Refused)
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
	if got.Err != nil || len(got.Records) != 0 || len(got.Refused) != 1 {
		t.Fatalf("got %d records, refused %v, %v", len(got.Records), got.Refused, got.Err)
	}
	repaired := read(t, bytes.Replace(b, []byte("123456789"), []byte("7a0b0c0d-0000-4000-8000-000000000001"), 1), options(Persons))
	ingesttest.WantIssues(t, repaired.Records["person 7a0b0c0d-0000-4000-8000-000000000001"], "$.civicNo.value: identifier-rule")
}

func TestTheSharedGroupGivesItsMember(t *testing.T) {
	b, err := os.ReadFile(testkit.Data(t, "ss12000/skolverket-group_json.json"))
	if err != nil {
		t.Fatal(err)
	}
	got := read(t, b, options(Groups))
	r, ok := got.Records["role 7b139724-9199-45f9-8591-6973a80d675a/8907e5ad-e1be-4ac3-8769-ad57784e5f71"]
	if !ok {
		t.Fatalf("got %v, refused %v", got.Records, got.Refused)
	}
	ingesttest.WantValues(t, r, ontology.RoleGroupName, model.Text{Text: "llL7TwiELgfsyfu"})
	ingesttest.WantValues(t, r, ontology.RoleHolder, model.Link{Ref: key(model.Person, "3b0840e9-fb9c-4618-9732-9f6f1627d038")})
	ingesttest.WantValues(t, r, ontology.RoleOrganisation, model.Link{Ref: key(model.Organisation, "b60a032a-afbc-595c-b167-b8b767be0e23")})
	ingesttest.WantValues(t, r, ontology.RoleSchoolForm, model.Code{Scheme: "school-type", Notation: "GR"})
	ingesttest.WantValues(t, r, ontology.RoleType, model.Code{Scheme: "role-type", Notation: "pupil"})
	staff := read(t, bytes.Replace(b, []byte("Undervisning"), []byte("Personalgrupp"), 1), options(Groups))
	ingesttest.WantValues(t, staff.Records["role 7b139724-9199-45f9-8591-6973a80d675a/8907e5ad-e1be-4ac3-8769-ad57784e5f71"], ontology.RoleType, model.Code{Scheme: "role-type", Notation: "assignment"})
}

func TestItemsOfAnEarlierDeliveryAreMappedAgain(t *testing.T) {
	o := options(Persons)
	o.Date = stated
	ingesttest.MapsAgain(t, Format{}, file(t, "persons.json"), o)
}

func TestAFieldOfAnotherTypeIsAnIssue(t *testing.T) {
	const id = "0d7d3c1e-1f0a-4f5e-9f3a-000000000009"
	got := read(t, []byte(`{"data": [{"id": "`+id+`", "displayName": 5, "startDate": {"a":1}, "schoolTypes": "GR", "url": ["x"], "municipalityCode": 180, "email": true}]}`), options(Organisations))
	r := got.Records["organisation "+id]
	ingesttest.WantIssues(t, r,
		"$.data[0].displayName: bad-type",
		"$.data[0].startDate: bad-type",
		"$.data[0].schoolTypes: bad-type",
		"$.data[0].url: bad-type",
		"$.data[0].email: bad-type")
	ingesttest.WantValues(t, r, ontology.OrgName, model.Text{Text: "5", Lang: "sv"})
	ingesttest.WantValues(t, r, ontology.OrgSchoolTypes)
	ingesttest.WantValues(t, r, ontology.OrgHomepage)
	ingesttest.WantValues(t, r, ontology.OrgContact)
	if got := r.Issues[1].Original; got != `{"a":1}` {
		t.Errorf("the issue does not show what was delivered: %s", got)
	}
	if len(got.Dropped) > 0 {
		t.Errorf("%v counted as not taken", got.Dropped)
	}
}
