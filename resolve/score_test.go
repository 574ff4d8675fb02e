package resolve_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

func organisation(local, kind string) record {
	r := says("org", model.Organisation, local)
	if kind != "" {
		r.with(ontology.OrgType, model.Code{Scheme: "organisation-type", Notation: kind})
	}
	return r
}

func TestScoreSaysWhatAPairProves(t *testing.T) {
	p := &resolve.Policy{DuplicateFree: map[model.Source]bool{"payroll": true}}
	const kommun = "2120000142"
	for _, c := range []struct {
		name         string
		a, b         record
		must, cannot bool
		codes        []string
	}{
		{
			"one personnummer and a given name in common",
			person("school", "1").named("Anna", "Ek").holds(model.Personnummer, number(1)),
			person("payroll", "2").named("ANNA", "Berg").holds(model.Personnummer, number(1)),
			true, false, []string{"unique-identifier"},
		},
		{
			"a married name met by the name at birth",
			person("school", "1").with(ontology.PersonFamilyName, text("Sjöberg")).holds(model.Personnummer, number(1)),
			person("payroll", "2").named("Eva", "Al").with(ontology.PersonBirthName, text("Sjoeberg")).holds(model.Personnummer, number(1)),
			true, false, []string{"unique-identifier"},
		},
		{
			"no name agrees but the month of birth does",
			person("school", "1").named("Anna", "Ek").born("1850-03").holds(model.HSAID, "SE1-A"),
			person("payroll", "2").named("Annie", "Al").born("1850-03-04").holds(model.HSAID, "SE1-A"),
			true, false, []string{"unique-identifier"},
		},
		{
			"one personnummer on two who share nothing",
			person("school", "1").named("Anna", "Ek").holds(model.Personnummer, number(1)),
			person("payroll", "2").named("Bo", "Al").holds(model.Personnummer, number(1)),
			false, false, []string{"incompatible-names"},
		},
		{
			"an initial and a particle are not a name in common",
			person("school", "1").named("Anna B", "von Ek").holds(model.Personnummer, number(1)),
			person("payroll", "2").named("Bo B", "von Al").holds(model.Personnummer, number(1)),
			false, false, []string{"incompatible-names"},
		},
		{
			"one side has no name",
			person("school", "1").holds(model.Personnummer, number(1)),
			person("payroll", "2").named("Bo", "Al").born("1850-03-04").holds(model.Personnummer, number(1)),
			true, false, []string{"unique-identifier"},
		},
		{
			"one side has no name and the births disagree",
			person("school", "1").born("1851-03-04").holds(model.Personnummer, number(1)),
			person("payroll", "2").named("Bo", "Al").born("1850-03-04").holds(model.Personnummer, number(1)),
			false, false, []string{"incompatible-names"},
		},
		{
			"two personnummer",
			person("school", "1").named("Anna", "Ek").holds(model.Personnummer, number(1)),
			person("payroll", "2").named("Anna", "Ek").holds(model.Personnummer, number(2)),
			false, true, []string{"different-identifier"},
		},
		{
			"a samordningsnummer and a personnummer are one group",
			person("school", "1").named("Anna", "Ek").holds(model.Samordningsnummer, "x"),
			person("payroll", "2").named("Anna", "Ek").holds(model.Personnummer, number(2)),
			false, true, []string{"different-identifier"},
		},
		{
			"two personnummer at different times",
			person("school", "1").during(span("", "1900-01-01"), ontology.PersonIdentifier, valid(model.Personnummer, number(1))),
			person("payroll", "2").during(span("1900-01-01", ""), ontology.PersonIdentifier, valid(model.Personnummer, number(2))),
			false, false, nil,
		},
		{
			"a replaced number meets the one it replaced",
			person("school", "1").named("Anna", "Ek").holds(model.Samordningsnummer, "x"),
			person("payroll", "2").named("Anna", "Ek").held(model.Samordningsnummer, "x").holds(model.Personnummer, number(2)),
			true, false, []string{"replaced", "unique-identifier"},
		},
		{
			"a replaced number alone separates nothing",
			person("school", "1").named("Anna", "Ek").held(model.Samordningsnummer, "x"),
			person("payroll", "2").named("Anna", "Ek").holds(model.Personnummer, number(2)),
			false, false, nil,
		},
		{
			"who holds two personnummer at once agrees with neither",
			person("school", "1").named("Anna", "Ek").holds(model.Personnummer, number(1)).holds(model.Personnummer, number(2)),
			person("payroll", "2").named("Anna", "Ek").holds(model.Personnummer, number(2)),
			true, true, []string{"different-identifier", "unique-identifier"},
		},
		{
			"a period that ends before it starts says nothing of time",
			person("school", "1").during(span("1900", "1890"), ontology.PersonIdentifier, valid(model.Personnummer, number(1))),
			person("payroll", "2").during(span("1950", ""), ontology.PersonIdentifier, valid(model.Personnummer, number(2))),
			false, true, []string{"different-identifier"},
		},
		{
			"a failed value proves nothing",
			person("school", "1").named("Anna", "Ek").with(ontology.PersonIdentifier, model.Identifier{Scheme: model.Personnummer, Value: "1", Status: model.IdentifierFailed}),
			person("payroll", "2").named("Anna", "Ek").with(ontology.PersonIdentifier, model.Identifier{Scheme: model.Personnummer, Value: "1", Status: model.IdentifierFailed}),
			false, false, nil,
		},
		{
			"a unique value and two exclusive ones are a conflict",
			person("school", "1").named("Anna", "Ek").holds(model.EPPN, "a@b").holds(model.Personnummer, number(1)),
			person("care", "2").named("Anna", "Ek").holds(model.EPPN, "a@b").holds(model.Personnummer, number(2)),
			true, true, []string{"different-identifier", "unique-identifier"},
		},
		{
			"two records of a source that has no duplicates",
			person("payroll", "1").named("Anna", "Ek").holds(model.Personnummer, number(1)),
			person("payroll", "2").named("Anna", "Ek").holds(model.Personnummer, number(1)),
			true, true, []string{"duplicate-free-source", "unique-identifier"},
		},
		{
			"an employee number without the source it is of",
			person("payroll", "1").holds(model.EmployeeNumber, "17"),
			person("school", "2").holds(model.EmployeeNumber, "17"),
			false, false, nil,
		},
		{
			"an employee number of one source",
			person("payroll", "1").holds(model.EmployeeNumber.Scoped("payroll"), "17"),
			person("school", "2").holds(model.EmployeeNumber.Scoped("payroll"), "17"),
			true, false, []string{"unique-identifier"},
		},
		{
			"two legal entities with one number, whatever they are called",
			organisation("1", "municipality").with(ontology.OrgName, text("Sala")).holds(model.Organisationsnummer, kommun),
			organisation("2", "").with(ontology.OrgName, text("Kommunen")).holds(model.Organisationsnummer, kommun),
			true, false, []string{"unique-identifier"},
		},
		{
			"a unit that carries its owner's number",
			organisation("1", "municipality").holds(model.Organisationsnummer, kommun),
			organisation("2", "school-unit").holds(model.Organisationsnummer, kommun),
			false, false, nil,
		},
		{
			"an organisation of another type is not known to be a unit",
			organisation("1", "municipality").holds(model.Organisationsnummer, kommun),
			organisation("2", "other").holds(model.Organisationsnummer, kommun),
			true, false, []string{"unique-identifier"},
		},
		{
			"a unit that is also called other",
			organisation("1", "municipality").holds(model.Organisationsnummer, kommun),
			organisation("2", "unit").with(ontology.OrgType, model.Code{Scheme: "organisation-type", Notation: "other"}).holds(model.Organisationsnummer, kommun),
			false, false, nil,
		},
		{
			"two units that carry their owner's number, and another's",
			organisation("1", "school-unit").holds(model.Skolenhetskod, "1").holds(model.Organisationsnummer, kommun),
			organisation("2", "unit").holds(model.Skolenhetskod, "1").holds(model.Organisationsnummer, "5560360793"),
			true, false, []string{"unique-identifier"},
		},
		{
			"a kommunkod on an organisation is where it is",
			organisation("1", "").holds(model.Kommunkod, "1981"),
			organisation("2", "").holds(model.Kommunkod, "1981"),
			false, false, nil,
		},
		{
			"two municipalities with one kommunkod",
			says("a", model.Geography, "1").holds(model.Kommunkod, "1981"),
			says("b", model.Geography, "2").holds(model.Kommunkod, "1981"),
			true, false, []string{"unique-identifier"},
		},
		{
			"a district with its municipality's kommunkod",
			says("a", model.Geography, "1").holds(model.Kommunkod, "1981"),
			says("b", model.Geography, "2").holds(model.Kommunkod, "1981").with(ontology.GeoType, model.Code{Scheme: "geography-type", Notation: "district"}),
			false, false, nil,
		},
		{
			"things of two kinds",
			person("a", "1").holds(model.HSAID, "SE1-A"),
			organisation("2", "").holds(model.HSAID, "SE1-A"),
			false, false, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := subjects(c.a, c.b)
			e := resolve.Score(&s[0], &s[1], p)
			var codes []string
			for _, r := range e.Reasons {
				codes = append(codes, r.Code)
			}
			if e.Must != c.must || e.Cannot != c.cannot || !slices.Equal(codes, c.codes) {
				t.Errorf("must %v cannot %v because %v; want %v %v because %v", e.Must, e.Cannot, codes, c.must, c.cannot, c.codes)
			}
			if back := resolve.Score(&s[1], &s[0], p); !reflect.DeepEqual(e, back) {
				t.Errorf("the other way round: %+v, want %+v", back, e)
			}
		})
	}
}

func TestReasonsNameTheSchemeAndNeverTheValue(t *testing.T) {
	s := subjects(
		person("school", "1").named("Anna", "Ek").holds(model.EPPN, "a@b").holds(model.Personnummer, number(1)),
		person("care", "2").named("Anna", "Ek").holds(model.EPPN, "a@b").holds(model.Personnummer, number(2)))
	got := resolve.Score(&s[0], &s[1], nil).Reasons
	want := []resolve.Reason{
		{Code: resolve.ReasonDifferentIdentifier, Scheme: model.Personnummer, Property: ontology.PersonIdentifier, Constraint: resolve.CannotLink},
		{Code: resolve.ReasonUniqueIdentifier, Scheme: model.EPPN, Property: ontology.PersonIdentifier, Constraint: resolve.MustLink},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("reasons %+v\n   want %+v", got, want)
	}
}

func TestTheTenantDeclaresWhatItsOwnSchemesProve(t *testing.T) {
	s := subjects(person("a", "1").holds("card", "7"), person("b", "2").holds("card", "7"))
	if e := resolve.Score(&s[0], &s[1], nil); e.Must || len(resolve.Keys(s[0].Record, nil, hasher)) != 1 {
		t.Errorf("an undeclared scheme: must %v; it links nothing, and can be looked up", e.Must)
	}
	p := &resolve.Policy{Schemes: map[model.Scheme]model.Proof{"card": {Kinds: []model.Kind{model.Person}, Unique: true}}}
	if e := resolve.Score(&s[0], &s[1], p); !e.Must {
		t.Error("a scheme declared unique does not link")
	}
}

func TestExplainTellsWhatTheComponentKnows(t *testing.T) {
	s := subjects(
		person("school", "1").named("Anna", "Ek").holds(model.Samordningsnummer, "x").holds(model.EPPN, "a@b"),
		person("care", "2").named("Anna", "Ek").holds(model.Personnummer, number(2)).holds(model.EPPN, "a@b"))
	apart := resolve.Explain(s, nil, nil, 0, 1)
	if apart.Together || !apart.Must || !apart.Cannot || apart.Names != resolve.Agree || apart.Born != resolve.Unstated {
		t.Errorf("alone: %+v", apart)
	}
	s = append(s, resolve.Subject{ID: entity(9), Record: person("register", "3").named("Anna", "Ek").
		held(model.Samordningsnummer, "x").holds(model.Personnummer, number(2)).Record})
	if e := resolve.Explain(s, nil, nil, 0, 1); !e.Together || !e.Must || e.Cannot || e.Reasons[0].Code != resolve.ReasonReplaced {
		t.Errorf("where a third record states the replacement: %+v", e)
	}
	word := []resolve.Judgement{{A: s[1].ID, B: s[0].ID}}
	if e := resolve.Explain(s, word, nil, 0, 1); e.Together || !e.Cannot || e.Reasons[0].Code != resolve.ReasonDecisionDifferent {
		t.Errorf("where a steward said different: %+v", e)
	}
}
