package gqltest

import (
	"strconv"
	"testing"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// record begins a record of a kind.
func record(kind model.Kind, local string, statements ...model.Statement) model.Record {
	return model.Record{Key: model.RecordKey{Kind: kind, LocalID: local}, Statements: statements}
}

// say is a statement by the property's name.
func say(kind model.Kind, property string, v model.Value) model.Statement {
	p := ontology.ByName(kind, property)
	if p == nil || p.Type != v.Type() {
		panic("gqltest: " + kind.String() + " has no such property: " + property)
	}
	return model.Statement{Property: p.ID, Value: v}
}

func during(s model.Statement, from, to string) model.Statement {
	s.Period = model.Period{From: day(from), To: day(to)}
	return s
}

func day(s string) model.Date {
	if s == "" {
		return model.Date{}
	}
	d, err := model.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func text(s string) model.Text          { return model.Text{Text: s} }
func sv(s string) model.Text            { return model.Text{Text: s, Lang: "sv"} }
func en(s string) model.Text            { return model.Text{Text: s, Lang: "en"} }
func code(list, n string) model.Code    { return model.Code{Scheme: list, Notation: n} }
func email(use, v string) model.Contact { return model.Contact{Medium: "email", Use: use, Value: v} }

func home(street, number string) model.Address {
	return model.Address{Use: "folkbokforing", Street: street, StreetNumber: number, PostalCode: "98765", Locality: "Exempel", Municipality: "9899"}
}

func id(scheme model.Scheme, value string) model.Identifier {
	v, _ := model.ParseIdentifier(scheme, value, day("2024-03-05"))
	return v
}

func to(source model.Source, kind model.Kind, local string) model.Link {
	return model.Link{Ref: model.Reference{Key: model.RecordKey{Source: source, Kind: kind, LocalID: local}}}
}

func as(role string, l model.Link) model.Link {
	l.Role = role
	return l
}

func byNumber(kind model.Kind, scheme model.Scheme, value string) model.Link {
	return model.Link{Ref: model.Reference{Kind: kind, Scheme: scheme, Value: id(scheme, value).Value}}
}

// The records of the town. Birth years are of the nineteenth century.
func staff() []model.Record {
	const (
		P = model.Person
		R = model.Role
		O = model.Organisation
		G = model.Geography
	)
	return []model.Record{
		record(G, "county", say(G, "identifier", id(model.Lanskod, "98")), say(G, "name", sv("Exempel län")), say(G, "type", code("geography-type", "county"))),
		record(G, "municipality", say(G, "identifier", id(model.Kommunkod, "9899")), say(G, "name", sv("Exempels kommun")),
			say(G, "type", code("geography-type", "municipality")), say(G, "parent", to("hr", G, "county")),
			say(G, "point", model.Geometry{Lon: 16.5, Lat: 59.25})),
		record(O, "kommun", say(O, "identifier", id(model.Organisationsnummer, "555555-5555")), say(O, "name", sv("Exempel kommun")),
			say(O, "type", code("organisation-type", "municipality")), say(O, "municipality", byNumber(G, model.Kommunkod, "9899")),
			say(O, "contact", email("function", "kommun@exempel.se"))),
		record(O, "school", say(O, "identifier", id(model.Skolenhetskod, "12345678")), say(O, "name", sv("Ekskolan")), say(O, "name", en("Oak School")),
			say(O, "type", code("organisation-type", "school")), say(O, "parent", as("line", to("hr", O, "kommun"))),
			say(O, "parent", as("economy", to("hr", O, "kommun"))), say(O, "legalEntity", to("hr", O, "kommun")),
			say(O, "address", model.Address{Use: "visit", Street: "Ekvägen", StreetNumber: "1", PostalCode: "98765", Locality: "Exempel"})),
		record(O, "library", say(O, "name", sv("Biblioteket")), during(say(O, "altName", sv("Folkbiblioteket")), "", "2020-01-01"),
			say(O, "parent", as("line", to("hr", O, "kommun")))),
		record(P, "anna", say(P, "identifier", id(model.Personnummer, "189001011239")), say(P, "identifier", id(model.HSAID, "SE5555555555-A1")),
			say(P, "givenName", text("Anna Maria")), say(P, "familyName", text("Ek")), say(P, "birthDate", day("1890-01-01")),
			say(P, "email", email("work", "anna.ek@exempel.se")), say(P, "email", email("private", "anna@hemma.example")), say(P, "address", home("Ekvägen", "2")),
			say(P, "protection", code(model.ProtectionScheme, "none"))),
		record(P, "bo", say(P, "identifier", id(model.Personnummer, "188503152343")), say(P, "givenName", text("Bo")), say(P, "familyName", text("Alm")),
			say(P, "protection", code(model.ProtectionScheme, "none"))),
		record(P, "hidden", say(P, "identifier", id(model.Personnummer, "187707072455")), say(P, "givenName", text("Cecilia")), say(P, "familyName", text("Dold")),
			say(P, "address", home("Alvägen", "3")), say(P, "protection", code(model.ProtectionScheme, "sekretessmarkering"))),
		record(R, "anna-employment", say(R, "holder", to("hr", P, "anna")), say(R, "organisation", to("hr", O, "school")), say(R, "employer", to("hr", O, "kommun")),
			say(R, "roleType", code("role-type", "employment")), say(R, "title", text("Lärare")), say(R, "extent", model.Number(80)),
			say(R, "isMainEmployment", model.Boolean(true)), say(R, "fills", to("hr", R, "teacher-post"))),
		record(R, "bo-employment", say(R, "holder", to("hr", P, "bo")), say(R, "organisation", to("hr", O, "library")), say(R, "employer", to("hr", O, "kommun")),
			say(R, "roleType", code("role-type", "employment")), say(R, "title", text("Bibliotekarie"))),
		record(R, "hidden-employment", say(R, "holder", to("hr", P, "hidden")), say(R, "organisation", to("hr", O, "library")), say(R, "employer", to("hr", O, "kommun")),
			say(R, "roleType", code("role-type", "employment")), say(R, "title", text("Bibliotekarie"))),
		record(R, "teacher-post", say(R, "organisation", to("hr", O, "school")), say(R, "roleType", code("role-type", "post")), say(R, "title", text("Lärartjänst"))),
		record(R, "lost", say(R, "organisation", to("hr", O, "nowhere")), say(R, "roleType", code("role-type", "post")), say(R, "title", text("Vaktmästare"))),
	}
}

func school() []model.Record {
	const (
		P = model.Person
		R = model.Role
		O = model.Organisation
	)
	return []model.Record{
		record(O, "unit-1", say(O, "identifier", id(model.Skolenhetskod, "12345678")), say(O, "name", sv("Ekskolan F-6")), say(O, "schoolTypes", code("school-type", "GR"))),
		record(P, "teacher-7", say(P, "identifier", id(model.Personnummer, "18900101-1239")), say(P, "givenName", text("Anna")), say(P, "familyName", text("Ek")),
			say(P, "email", email("school", "anna.ek@skola.exempel.se"))),
		record(R, "duty-7", say(R, "holder", to("school", P, "teacher-7")), say(R, "organisation", to("school", O, "unit-1")), say(R, "roleType", code("role-type", "duty")),
			say(R, "title", text("Klasslärare"))),
	}
}

func services() []model.Record {
	const (
		S = model.Service
		O = model.Organisation
		G = model.Geography
	)
	return []model.Record{
		record(S, "loan", say(S, "name", sv("Låna böcker")), say(S, "name", en("Borrow books")), say(S, "description", sv("Alla får låna.")),
			say(S, "provider", to("hr", O, "library")), say(S, "areaServed", byNumber(G, model.Kommunkod, "9899")),
			say(S, "channel", model.Contact{Medium: "web", Use: "function", Value: "https://exempel.se/lana"}), say(S, "keyword", sv("bok")),
			say(S, "internalNotes", text("Bara för huset"))),
	}
}

// DeliverUnit delivers a unit of the municipality with three employments.
func (t *Town) DeliverUnit(tb testing.TB, name string) {
	tb.Helper()
	const (
		R = model.Role
		O = model.Organisation
	)
	records := []model.Record{
		record(O, name, say(O, "name", sv("Enhet "+name)), say(O, "parent", as("line", to("hr", O, "kommun"))), say(O, "legalEntity", to("hr", O, "kommun"))),
	}
	for i, holder := range []string{"anna", "bo", "hidden"} {
		records = append(records, record(R, name+"-"+strconv.Itoa(i), say(R, "holder", to("hr", model.Person, holder)), say(R, "organisation", to("hr", O, name)),
			say(R, "employer", to("hr", O, "kommun")), say(R, "roleType", code("role-type", "employment")), say(R, "title", text("Handläggare"))))
	}
	t.Deliver(tb, "hr", records...)
}
