package match_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve/match"
)

// personRecord is a row of the person schema as a record of the registry.
func personRecord(i int, row []string) *model.Record {
	rec := &model.Record{Key: model.RecordKey{Source: "test", Kind: model.Person, LocalID: fmt.Sprintf("%04d", i)}}
	add := func(p model.PropertyID, v model.Value) {
		rec.Statements = append(rec.Statements, model.Statement{Property: p, Value: v})
	}
	text := func(p model.PropertyID, s string) {
		if s != "" {
			add(p, model.Text{Text: s})
		}
	}
	text(ontology.PersonGivenName, row[1])
	text(ontology.PersonFamilyName, row[2])
	if d, err := model.ParseDate(row[3]); err == nil {
		add(ontology.PersonBirthDate, d)
	}
	if row[0] != "" {
		add(ontology.PersonIdentifier, model.Identifier{Scheme: "only-one", Value: row[0], Status: model.IdentifierValid})
	}
	if row[4] != "" {
		add(ontology.PersonEmail, model.Contact{Medium: "email", Value: row[4]})
	}
	if row[5] != "" {
		add(ontology.PersonPhone, model.Contact{Medium: "phone", Value: row[5]})
	}
	if row[6] != "" || row[7] != "" {
		add(ontology.PersonAddress, model.Address{Street: row[6], PostalCode: row[7], Locality: row[8]})
	}
	return rec
}

// townMatcher has a model that was trained on a town and frozen.
func townMatcher(t *testing.T) *match.Matcher {
	t.Helper()
	r := resolved(t, build(t, personSchema, town(400)), match.Options{Workers: 2})
	x, err := match.NewMatcher(model.Person, r.Frozen(), 400, personSchema.Proof)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestAPairWeighsTheSameInAnyNeighbourhood(t *testing.T) {
	x := townMatcher(t)
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		var records []*model.Record
		for i, r := range rows {
			records = append(records, personRecord(i, r))
		}
		n := x.Neighbourhood(records)
		i := rapid.IntRange(0, len(rows)-1).Draw(t, "i")
		j := rapid.IntRange(0, len(rows)-1).Draw(t, "j")
		alone := x.Neighbourhood([]*model.Record{records[j], records[i]})
		if a, b := n.Score(i, j), alone.Score(1, 0); a != b {
			t.Fatalf("the pair weighs %v among others and %v alone", a, b)
		}
		if a, b := n.Score(i, j), n.Explain(j, i).Total; a != b {
			t.Fatalf("the pair weighs %v, explained as %v", a, b)
		}
	})
}

func TestKeysOfARecordDoNotDependOnOthers(t *testing.T) {
	x := townMatcher(t)
	rows := town(40)
	for i, row := range rows {
		a, b := x.Keys(personRecord(i, row)), x.Keys(personRecord(i+1000, row))
		if len(a) == 0 {
			t.Fatalf("record %d has no keys", i)
		}
		if !slices.EqualFunc(a, b, func(k, l match.KeyHash) bool { return k.Name == l.Name && slices.Equal(k.Levels, l.Levels) }) {
			t.Fatalf("two records that say the same have other keys")
		}
	}
	// Two records of one person with a slip meet under some key.
	for i := 0; i < len(rows); i += 2 {
		a, b := x.Keys(personRecord(i, rows[i])), x.Keys(personRecord(i+1, rows[i+1]))
		if !slices.ContainsFunc(a, func(k match.KeyHash) bool {
			return slices.ContainsFunc(b, func(l match.KeyHash) bool { return k.Name == l.Name && k.Levels[0] == l.Levels[0] })
		}) {
			t.Errorf("records %d and %d meet under no key", i, i+1)
		}
	}
}

func TestPartitionLowersEdgesThatOthersObjectTo(t *testing.T) {
	x := townMatcher(t)
	rows := [][]string{
		{"1001", "Anna", "Berg", "1871-06-24", "", "0701234567", "Storgatan 1", "11122", "Haninge", "", ""},
		{"1001", "Anna", "Berg", "1871-06-24", "", "", "Storgatan 1", "11122", "Haninge", "", ""},
		{"2002", "Anna", "Berg", "1871-06-24", "", "0701234567", "Storgatan 1", "11122", "Haninge", "", ""},
		{"", "Anna", "Berg", "1871-06-24", "", "0701234567", "Storgatan 1", "11122", "Haninge", "", ""},
	}
	var records []*model.Record
	for i, r := range rows {
		records = append(records, personRecord(i, r))
	}
	var pairs [][2]int
	for i := range rows {
		for j := range i {
			pairs = append(pairs, [2]int{i, j})
		}
	}
	n := x.Neighbourhood(records)
	parent := []int{0, 1, 2, 3}
	for _, e := range n.Partition(pairs) {
		if e.Weight >= 0 {
			from, to := parent[e.A], parent[e.B]
			for i := range parent {
				if parent[i] == from {
					parent[i] = to
				}
			}
		}
	}
	if parent[0] != parent[1] || parent[0] == parent[2] {
		t.Errorf("the link edges connect %v", parent)
	}
}

func TestAMatcherIsForItsKind(t *testing.T) {
	m, err := match.Default(model.Person)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := match.NewMatcher(model.Service, m, 10, nil); err == nil {
		t.Error("a model of persons is taken for services")
	}
	for _, k := range []model.Kind{model.Organisation, model.Role, model.Geography, model.Service} {
		m, err := match.Default(k)
		if err != nil {
			t.Fatal(err)
		}
		x, err := match.NewMatcher(k, m, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		empty := &model.Record{Key: model.RecordKey{Source: "a", Kind: k, LocalID: "1"}}
		n := x.Neighbourhood([]*model.Record{empty, empty})
		if w := n.Score(0, 1); w >= 0 {
			t.Errorf("%v: two records that say nothing weigh %v", k, w)
		}
	}
}
