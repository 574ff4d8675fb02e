package gqltest

import (
	"testing"
	"time"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// ChangeTwice lets two hours pass. In the first the library gets another name,
// Bo another family name, and Anna's employment another unit. In the second Bo
// becomes protected, the school gets another name and the library is gone.
func (t *Town) ChangeTwice(tb testing.TB) {
	tb.Helper()
	const (
		P = model.Person
		R = model.Role
		O = model.Organisation
	)
	bo := func(family, protection string) model.Record {
		return record(P, "bo", say(P, "identifier", id(model.Personnummer, "188503152343")), say(P, "givenName", text("Bo")), say(P, "familyName", text(family)),
			say(P, "protection", code(model.ProtectionScheme, protection)))
	}
	t.Clock.Advance(time.Hour)
	t.Deliver(tb, "hr",
		record(O, "library", say(O, "name", sv("Stadsbiblioteket")), during(say(O, "altName", sv("Folkbiblioteket")), "", "2020-01-01"),
			say(O, "parent", as("line", to("hr", O, "kommun")))),
		bo("Almgren", "none"),
		record(R, "anna-employment", say(R, "holder", to("hr", P, "anna")), say(R, "organisation", to("hr", O, "library")), say(R, "employer", to("hr", O, "kommun")),
			say(R, "roleType", code("role-type", "employment")), say(R, "title", text("Lärare")), say(R, "extent", model.Number(100))))
	t.Clock.Advance(time.Hour)
	t.Deliver(tb, "hr", bo("Almgren", "sekretessmarkering"),
		record(O, "school", say(O, "identifier", id(model.Skolenhetskod, "12345678")), say(O, "name", sv("Nya Ekskolan")), say(O, "type", code("organisation-type", "school")),
			say(O, "parent", as("line", to("hr", O, "kommun")))),
		model.Record{Key: model.RecordKey{Kind: O, LocalID: "library"}, Deleted: true})
	t.Clock.Advance(time.Hour)
}

// DeliverTrouble delivers two items that are no records, and two persons with one HSA-ID
// and numbers of their own, which is a conflict. One of them and a unit have issues.
func (t *Town) DeliverTrouble(tb testing.TB) {
	tb.Helper()
	person := func(local string, n int) model.Record {
		return record(model.Person, local, say(model.Person, "identifier", id(model.Personnummer, numberOf(n))), say(model.Person, "identifier", id(model.HSAID, "SE5555555555-T1")),
			say(model.Person, "familyName", text("Tvist")), say(model.Person, "protection", code(model.ProtectionScheme, "none")))
	}
	first := person("trouble-1", 20)
	first.Issues = []model.Issue{{Property: ontology.PersonBirthDate, Place: "line 3, column born", Code: model.IssueBadDate, Text: "not a date", Original: "1860-13-01", Severity: model.Failed}}
	unit := record(model.Organisation, "trouble", say(model.Organisation, "name", sv("Strulenheten")))
	unit.Issues = []model.Issue{{Property: ontology.OrgName, Place: "line 4, column name", Code: model.IssueBadText, Text: "not a text", Original: "Strul\ufffdenheten", Severity: model.Warning}}
	t.Deliver(tb, "hr", append(broken(2), first, person("trouble-2", 21), unit)...)
}

// DeliverMoves delivers a unit that has been moved, and work there that had
// another holder before, so that links are valid for a time.
func (t *Town) DeliverMoves(tb testing.TB) {
	tb.Helper()
	const (
		P = model.Person
		R = model.Role
		O = model.Organisation
	)
	t.Deliver(tb, "hr",
		record(O, "archive", say(O, "name", sv("Arkivet")), during(say(O, "parent", as("line", to("hr", O, "library"))), "", "2020-01-01"),
			during(say(O, "parent", as("line", to("hr", O, "school"))), "2020-01-01", ""), say(O, "parent", as("economy", to("hr", O, "library"))),
			during(say(O, "legalEntity", to("hr", O, "library")), "", "2022-01-01"), during(say(O, "legalEntity", to("hr", O, "kommun")), "2022-01-01", "")),
		record(R, "archivist", during(say(R, "holder", to("hr", P, "anna")), "", "2020-01-01"), during(say(R, "holder", to("hr", P, "bo")), "2020-01-01", ""),
			during(say(R, "organisation", to("hr", O, "library")), "", "2020-01-01"), during(say(R, "organisation", to("hr", O, "archive")), "2020-01-01", ""),
			say(R, "employer", to("hr", O, "kommun")), say(R, "roleType", code("role-type", "employment")), say(R, "title", text("Arkivarie"))))
}
