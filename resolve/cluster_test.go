package resolve_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

func TestClusterCases(t *testing.T) {
	anna := func(source model.Source, local string) record { return person(source, local).named("Anna", "Ek") }
	payroll := &resolve.Policy{DuplicateFree: map[model.Source]bool{"payroll": true}}
	same := func(a, b int) resolve.Judgement { return resolve.Judgement{A: entity(a), B: entity(b), Same: true} }
	different := func(a, b int) resolve.Judgement { return resolve.Judgement{A: entity(b), B: entity(a)} }
	conflict := func(code string, records ...int) resolve.Conflict {
		return resolve.Conflict{Code: code, Records: ids(records...)}
	}
	for _, c := range []struct {
		name       string
		records    []record
		judgements []resolve.Judgement
		edges      []resolve.Edge
		clusters   [][]model.EntityID
		conflicts  []resolve.Conflict
	}{
		{
			name:     "one personnummer in two systems",
			records:  []record{anna("payroll", "1").holds(model.Personnummer, number(1)), anna("school", "1").holds(model.Personnummer, number(1)), anna("care", "1")},
			clusters: [][]model.EntityID{ids(0, 1), ids(2)},
		},
		{
			name: "a wrong hsa-id does not bring two personnummer together",
			records: []record{
				anna("a", "1").holds(model.Personnummer, number(1)),
				anna("b", "1").holds(model.Personnummer, number(1)).holds(model.HSAID, "SE1-X"),
				anna("c", "1").holds(model.Personnummer, number(2)).holds(model.HSAID, "SE1-X"),
				anna("d", "1").holds(model.Personnummer, number(2)),
			},
			clusters:  [][]model.EntityID{ids(0, 1), ids(2, 3)},
			conflicts: []resolve.Conflict{conflict("different-identifier", 1, 2)},
		},
		{
			name: "who has two identifiers in common comes before who has one",
			records: []record{
				anna("a", "1").holds(model.Personnummer, number(1)).holds(model.HSAID, "SE1-X"),
				anna("b", "1").holds(model.Personnummer, number(2)).holds(model.EPPN, "a@b").holds(model.EmployeeNumber.Scoped("b"), "7"),
				anna("c", "1").holds(model.HSAID, "SE1-X").holds(model.EPPN, "a@b").holds(model.EmployeeNumber.Scoped("b"), "7"),
			},
			clusters:  [][]model.EntityID{ids(0), ids(1, 2)},
			conflicts: []resolve.Conflict{conflict("different-identifier", 0, 2)},
		},
		{
			name: "a samordningsnummer and the personnummer after it, stated by a third",
			records: []record{
				anna("a", "1").holds(model.Samordningsnummer, "x").holds(model.HSAID, "SE1-X"),
				anna("b", "1").holds(model.Personnummer, number(1)).holds(model.HSAID, "SE1-X"),
				anna("c", "1").held(model.Samordningsnummer, "x").holds(model.Personnummer, number(1)),
			},
			clusters: [][]model.EntityID{ids(0, 1, 2)},
		},
		{
			name: "the same without anyone who states it",
			records: []record{
				anna("a", "1").holds(model.Samordningsnummer, "x").holds(model.HSAID, "SE1-X"),
				anna("b", "1").holds(model.Personnummer, number(1)).holds(model.HSAID, "SE1-X"),
			},
			clusters:  [][]model.EntityID{ids(0), ids(1)},
			conflicts: []resolve.Conflict{conflict("different-identifier", 0, 1)},
		},
		{
			name: "a steward's same overrides two personnummer, for all who hold them",
			records: []record{
				anna("a", "1").holds(model.Personnummer, number(1)), anna("b", "1").holds(model.Personnummer, number(2)),
				anna("c", "1").holds(model.Personnummer, number(1)), anna("d", "1").holds(model.Personnummer, number(2)),
			},
			judgements: []resolve.Judgement{same(0, 1)},
			clusters:   [][]model.EntityID{ids(0, 1, 2, 3)},
		},
		{
			name:       "a steward's different overrides one personnummer, and is no conflict",
			records:    []record{anna("a", "1").holds(model.Personnummer, number(1)), anna("b", "1").holds(model.Personnummer, number(1))},
			judgements: []resolve.Judgement{different(0, 1)},
			clusters:   [][]model.EntityID{ids(0), ids(1)},
		},
		{
			name: "a steward's different between two of three, joined through the third",
			records: []record{
				anna("a", "1").holds(model.Personnummer, number(1)), anna("b", "1").holds(model.Personnummer, number(1)), anna("c", "1").holds(model.Personnummer, number(1)),
			},
			judgements: []resolve.Judgement{different(0, 2)},
			clusters:   [][]model.EntityID{ids(0, 1), ids(2)},
			conflicts:  []resolve.Conflict{conflict("decision-different", 1, 2)},
		},
		{
			name: "a steward's same that draws a record away from one with which it shares an identifier",
			records: []record{
				anna("councillors", "1"), anna("payroll", "2").holds(model.Personnummer, number(1)), anna("school", "1").holds(model.Samordningsnummer, "x"),
				anna("identities", "1").held(model.Samordningsnummer, "x").holds(model.Personnummer, number(1)),
			},
			judgements: []resolve.Judgement{different(0, 2), same(0, 1)},
			clusters:   [][]model.EntityID{ids(0, 1, 3), ids(2)},
			conflicts:  []resolve.Conflict{conflict("decision-different", 2, 3)},
		},
		{
			name:       "a steward who has told every two records apart has answered for all",
			records:    []record{anna("a", "1").holds(model.HSAID, "SE1-X"), anna("b", "1").holds(model.HSAID, "SE1-X"), anna("c", "1").holds(model.HSAID, "SE1-X")},
			judgements: []resolve.Judgement{different(0, 2), different(1, 2)},
			clusters:   [][]model.EntityID{ids(0, 1), ids(2)},
		},
		{
			name:       "words of stewards that contradict each other through a third",
			records:    []record{anna("a", "1"), anna("b", "1"), anna("c", "1")},
			judgements: []resolve.Judgement{same(0, 1), same(1, 2), different(0, 2)},
			clusters:   [][]model.EntityID{ids(0, 1), ids(2)},
			conflicts:  []resolve.Conflict{conflict("decision-different", 0, 1, 2)},
		},
		{
			name: "one personnummer on people who share no name",
			records: []record{
				person("a", "1").named("Anna", "Ek").holds(model.Personnummer, number(1)),
				person("b", "1").named("Bo", "Al").holds(model.Personnummer, number(1)),
				person("c", "1").named("Cia", "Asp").holds(model.Personnummer, number(1)),
			},
			judgements: []resolve.Judgement{different(0, 1)},
			clusters:   [][]model.EntityID{ids(0), ids(1), ids(2)},
			conflicts:  []resolve.Conflict{conflict("incompatible-names", 0, 2)},
		},
		{
			name: "a record without a name joins one of two, and bridges nothing",
			records: []record{
				person("b", "1").named("Bo", "Al").holds(model.Personnummer, number(1)),
				person("c", "1").named("Cia", "Asp").holds(model.Personnummer, number(1)),
				person("a", "1").holds(model.Personnummer, number(1)),
			},
			clusters:  [][]model.EntityID{ids(0, 2), ids(1)},
			conflicts: []resolve.Conflict{conflict("incompatible-names", 1, 2)},
		},
		{
			name: "two live records of a source without duplicates",
			records: []record{
				anna("payroll", "1").holds(model.Personnummer, number(1)), anna("payroll", "2").holds(model.Personnummer, number(1)),
				anna("school", "1").holds(model.Personnummer, number(1)),
			},
			clusters:  [][]model.EntityID{ids(0, 2), ids(1)},
			conflicts: []resolve.Conflict{conflict("duplicate-free-source", 0, 1)},
		},
		{
			name: "two live records of a source without duplicates that a steward holds to be one",
			records: []record{
				anna("payroll", "1").holds(model.Personnummer, number(1)), anna("payroll", "2").holds(model.Personnummer, number(1)),
				anna("payroll", "3").holds(model.Personnummer, number(1)),
			},
			judgements: []resolve.Judgement{same(0, 1)},
			clusters:   [][]model.EntityID{ids(0, 1), ids(2)},
			conflicts:  []resolve.Conflict{conflict("duplicate-free-source", 0, 2)},
		},
		{
			name: "an exclusive value in common comes before two that are not",
			records: []record{
				anna("payroll", "1").holds(model.EPPN, "a@b").holds(model.HSAID, "SE1-X"), anna("payroll", "2").holds(model.Personnummer, number(1)),
				anna("school", "1").holds(model.Personnummer, number(1)).holds(model.EPPN, "a@b").holds(model.HSAID, "SE1-X"),
			},
			clusters:  [][]model.EntityID{ids(0), ids(1, 2)},
			conflicts: []resolve.Conflict{conflict("duplicate-free-source", 0, 2)},
		},
		{
			name: "who states only the month of birth stands between two who state the day",
			records: []record{
				person("a", "1").born("1850-03-01").holds(model.HSAID, "SE1-X").holds(model.Personnummer, number(1)),
				person("b", "1").born("1850-03").holds(model.HSAID, "SE1-X"),
				person("c", "1").born("1850-03-02").holds(model.HSAID, "SE1-X"),
				person("d", "1").born("1850-03-02").holds(model.HSAID, "SE1-X").holds(model.Personnummer, number(2)),
			},
			clusters:  [][]model.EntityID{ids(0, 1, 2), ids(3)},
			conflicts: []resolve.Conflict{conflict("different-identifier", 0, 3)},
		},
		{
			name: "a cluster has a number for as long as any of its records says",
			records: []record{
				anna("a", "1").during(span("2001", "2010"), ontology.PersonIdentifier, valid(model.Personnummer, number(1))).holds(model.HSAID, "SE1-X"),
				anna("b", "1").during(span("2005", "2015"), ontology.PersonIdentifier, valid(model.Personnummer, number(1))),
				anna("c", "1").during(span("2011", ""), ontology.PersonIdentifier, valid(model.Personnummer, number(2))).holds(model.HSAID, "SE1-X"),
			},
			clusters:  [][]model.EntityID{ids(0, 1), ids(2)},
			conflicts: []resolve.Conflict{conflict("different-identifier", 0, 2)},
		},
		{
			name:       "a weight that a steward has answered is no conflict",
			records:    []record{anna("a", "1"), anna("b", "1")},
			judgements: []resolve.Judgement{different(0, 1)},
			edges:      []resolve.Edge{{A: 0, B: 1, Weight: 30}},
			clusters:   [][]model.EntityID{ids(0), ids(1)},
		},
		{
			name:       "a weight between others of their clusters is one yet",
			records:    []record{anna("a", "1").holds(model.HSAID, "SE1-X"), anna("b", "1"), anna("c", "1").holds(model.HSAID, "SE1-X")},
			judgements: []resolve.Judgement{different(0, 1)},
			edges:      []resolve.Edge{{A: 1, B: 2, Weight: 30}},
			clusters:   [][]model.EntityID{ids(0, 2), ids(1)},
			conflicts:  []resolve.Conflict{conflict("decision-different", 1, 2)},
		},
		{
			name:       "words on records that are not here, and on two kinds",
			records:    []record{anna("a", "1"), organisation("1", "")},
			judgements: []resolve.Judgement{same(0, 9), different(9, 1), same(0, 1)},
			clusters:   [][]model.EntityID{ids(0), ids(1)},
		},
		{
			name:     "weights link the heaviest first, and nothing that is forbidden",
			records:  []record{anna("a", "1").holds(model.Personnummer, number(1)), anna("b", "1"), anna("c", "1").holds(model.Personnummer, number(2))},
			edges:    []resolve.Edge{{A: 0, B: 1, Weight: 21}, {A: 1, B: 2, Weight: 22}, {A: 0, B: 2, Weight: 90}},
			clusters: [][]model.EntityID{ids(0), ids(1, 2)},
			conflicts: []resolve.Conflict{
				conflict("different-identifier", 0, 1),
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := subjects(c.records...)
			p := resolve.ClusterEdges(s, c.judgements, payroll, c.edges)
			if got := clusters(s, p); !reflect.DeepEqual(got, c.clusters) {
				t.Errorf("clusters %v\n    want %v", got, c.clusters)
			}
			if !reflect.DeepEqual(p.Conflicts, c.conflicts) {
				t.Errorf("conflicts %v\n     want %v", p.Conflicts, c.conflicts)
			}
		})
	}
}

func TestWeightsInTheReviewBandAreForTheSteward(t *testing.T) {
	s := subjects(person("a", "1"), person("b", "1"), person("c", "1").holds(model.Personnummer, number(1)), person("d", "1").holds(model.Personnummer, number(2)))
	p := resolve.ClusterEdges(s, []resolve.Judgement{{A: s[0].ID, B: s[2].ID}}, nil, []resolve.Edge{
		{A: 0, B: 1, Weight: 5}, {A: 3, B: 1, Weight: 7}, {A: 0, B: 2, Weight: 9}, {A: 2, B: 3, Weight: 9}, {A: 0, B: 3, Weight: -3},
	})
	if len(p.Clusters) != 4 || len(p.Reviews) != 2 || p.Reviews[0].Weight != 7 || p.Reviews[1].Weight != 5 {
		t.Errorf("%d clusters, reviews %+v; want four, and the undecided weights 7 and 5", len(p.Clusters), p.Reviews)
	}
}

func TestSpellingsOfOneNameAgree(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		agree bool
	}{
		{"Åsa", "Aasa", true}, {"Åsa", "ASA", true}, {"Sjöberg", "Sjoeberg", true}, {"Anna-Lena", "Lena", true}, {"O'Brien", "OBRIEN", true},
		{"Müller", "Mueller", true}, {"Ærø", "Aero", true}, {"Łukasz", "Lukasz", true}, {"Đorđe", "Dorde", true}, {"René", "Rene", true},
		{"李", "李", true}, {"李", "王", false}, {"A", "A", false}, {"von", "Von", false}, {"Ek", "Eker", false}, {"Σοφός", "ΣΟΦΌΣ", true},
	} {
		s := subjects(
			person("a", "1").named(c.a, "Xa").holds(model.Personnummer, number(1)),
			person("b", "1").named(c.b, "Xb").holds(model.Personnummer, number(1)))
		if got := resolve.Score(&s[0], &s[1], nil).Must; got != c.agree {
			t.Errorf("%q and %q agree: %v, want %v", c.a, c.b, got, c.agree)
		}
	}
}

// crowd is n records of one component: a chain of shared employee numbers, one
// personnummer, and here and there another one when contested.
func crowd(n int, contested bool) []resolve.Subject {
	records := make([]record, n)
	for i := range records {
		r := person(model.Source(fmt.Sprintf("source%d", i%7)), fmt.Sprintf("%05d", i)).named("Anna", "Ek").
			holds(model.EmployeeNumber.Scoped("x"), fmt.Sprint(i/2)).holds(model.EmployeeNumber.Scoped("y"), fmt.Sprint((i+1)/2))
		switch {
		case contested && i%100 == 99:
			r.holds(model.Personnummer, number(2+i/100))
		case i%3 == 0:
			r.holds(model.Personnummer, number(1))
		}
		records[i] = r
	}
	return subjects(records...)
}

func TestALargeComponentIsPartitioned(t *testing.T) {
	if p := resolve.Cluster(crowd(10_000, false), nil, nil); len(p.Clusters) != 1 || len(p.Conflicts) != 0 {
		t.Errorf("uncontested: %d clusters and %d conflicts, want one and none", len(p.Clusters), len(p.Conflicts))
	}
	p := resolve.Cluster(crowd(10_000, true), nil, nil)
	if len(p.Clusters) != 101 || len(p.Conflicts) == 0 {
		t.Errorf("contested: %d clusters and %d conflicts, want 101 and some", len(p.Clusters), len(p.Conflicts))
	}
}

func TestAPlaceholderOnThousandsIsThousandsOfClustersAndFewConflicts(t *testing.T) {
	records := make([]record, 3000)
	for i := range records {
		records[i] = person("a", fmt.Sprintf("%05d", i)).named("Anna", "Ek").holds(model.Personnummer, number(i)).holds(model.HSAID, "SE0000000000-0")
	}
	p := resolve.Cluster(subjects(records...), nil, nil)
	if len(p.Clusters) != len(records) || len(p.Conflicts) != len(records)-1 {
		t.Errorf("%d clusters and %d conflicts, want %d and one less", len(p.Clusters), len(p.Conflicts), len(records))
	}
}

func BenchmarkPartition(b *testing.B) {
	pair := subjects(benchmarkPerson(1), person("school", "1").named("Maria", "Sjöberg").holds(model.Personnummer, number(1)).with(ontology.PersonEmail, model.Contact{}))
	for _, c := range []struct {
		name string
		of   []resolve.Subject
	}{{"pair", pair}, {"10000", crowd(10_000, false)}, {"10000contested", crowd(10_000, true)}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				resolve.Cluster(c.of, nil, nil)
			}
		})
	}
}
