package match_test

import (
	"testing"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

var severalSchema = match.Schema{Kind: model.Person, Columns: []match.Column{
	{Attr: match.GivenName, Name: "given"}, {Attr: match.FamilyName, Name: "family"}, {Attr: match.Phone, Name: "home"}, {Attr: match.Phone, Name: "mobile"},
	{Attr: match.Street, Name: "street"}, {Attr: match.PostalCode, Name: "postcode"}, {Attr: match.Street, Name: "former street"},
	{Attr: match.PostalCode, Name: "former postcode"}, {Attr: match.Locality, Name: "town"},
}}

// weigherOf is a table and what weighs its records.
func weigherOf(t *testing.T, rows [][]string) (*match.Table, *match.Weigher) {
	t.Helper()
	table := build(t, severalSchema, rows)
	shipped, err := match.Default(model.Person)
	if err != nil {
		t.Fatal(err)
	}
	return table, match.NewWeigher(table, match.Freeze(build(t, severalSchema, rows), shipped))
}

func step(t *testing.T, e match.Explanation, comparison string) match.Step {
	t.Helper()
	for _, s := range e.Steps {
		if s.Comparison == comparison {
			return s
		}
	}
	t.Fatalf("no comparison %s in %v", comparison, e.Steps)
	return match.Step{}
}

func TestTheBestPairOfSeveralValuesCounts(t *testing.T) {
	rows := [][]string{
		{"Anna", "Berg", "0701111111", "0702222222"},
		{"Anna", "Berg", "0703333333", "0701111111"},
		{"Anna", "Berg", "0701111111"},
		{"Anna", "Berg", "0704444444"},
	}
	_, w := weigherOf(t, rows)
	for _, c := range []struct {
		a, b   int
		level  string
		values [2]*match.Said
	}{
		{0, 1, "same", [2]*match.Said{{Column: 2}, {Column: 3}}},
		{1, 0, "same", [2]*match.Said{{Column: 3}, {Column: 2}}},
		{1, 2, "same", [2]*match.Said{{Column: 3}, nil}},
		{2, 1, "same", [2]*match.Said{nil, {Column: 3}}},
		{0, 3, "different", [2]*match.Said{{Column: 2}, nil}},
	} {
		s := step(t, w.Explain(c.a, c.b), "phone")
		if s.Level != c.level {
			t.Errorf("records %d and %d: the phones are %s, want %s", c.a, c.b, s.Level, c.level)
		}
		for i, want := range c.values {
			if s.Values == nil || (s.Values[i] == nil) != (want == nil) || want != nil && *s.Values[i] != *want {
				t.Errorf("records %d and %d: compared are %v, want %v", c.a, c.b, s.Values, c.values)
				break
			}
		}
	}
	if s := step(t, w.Explain(2, 3), "phone"); s.Values != nil {
		t.Errorf("of two records that say one thing each, %v were chosen", s.Values)
	}
	// One in four pairs of values agrees, and one in two: strangers' would four and two times as often.
	one, two, four := step(t, w.Explain(2, 2), "phone"), step(t, w.Explain(1, 2), "phone"), step(t, w.Explain(0, 1), "phone")
	if d := one.Bits - two.Bits; d < 0.99 || d > 1.01 {
		t.Errorf("the one number among two weighs %.2f bits less than the only one, want 1", d)
	}
	if d := one.Bits - four.Bits; d < 1.99 || d > 2.01 {
		t.Errorf("one of four pairs of numbers weighs %.2f bits less than the only one, want 2", d)
	}
}

func TestEachValueIsLookedForByKeys(t *testing.T) {
	rows := town(120)
	for i := range rows {
		rows[i] = []string{rows[i][1], rows[i][2], rows[i][5]}
	}
	at := len(rows)
	rows = append(rows, []string{"Anna", "Berg", "0709999991", "0709999992"}, []string{"Beata", "Lund", "0709999993", "0709999992"},
		[]string{"Cilla", "Ek", "", "", "Storgatan 1", "11122", "Lillgatan 7", "11133"}, []string{"Disa", "Al", "", "", "Lillgatan 7", "11133"})
	r := resolved(t, build(t, severalSchema, rows), match.Options{Workers: 2, KeepAll: true})
	met := map[[2]uint32]bool{}
	for _, e := range r.Edges {
		met[[2]uint32{min(e.A, e.B), max(e.A, e.B)}] = true
	}
	for _, pair := range [][2]int{{at, at + 1}, {at + 2, at + 3}} {
		if !met[[2]uint32{uint32(pair[0]), uint32(pair[1])}] { //nolint:gosec // small
			t.Errorf("records %v agree in a second value and were not compared", rows[pair[0]])
		}
	}
}

func TestColumnsOfOneAddressAreTakenTogether(t *testing.T) {
	rows := [][]string{
		{"Anna", "Berg", "", "", "Storgatan 1", "11122", "Lillgatan 7", "11133", "Haninge"},
		{"Anna", "Berg", "", "", "Lillgatan 7", "11133", "", "", "Haninge"},
		{"Anna", "Berg", "", "", "Lillgatan 7", "11122", "", "", "Haninge"},
		{"Anna", "Berg", "", "", "Lillgatan 7", "", "", "", "Ystad"},
		{"Anna", "Berg", "", "", "", "", "Lillgatan 7", "11133", "Haninge"},
	}
	_, w := weigherOf(t, rows)
	for i, want := range map[int]string{1: "same street and number", 4: "same street and number"} {
		if s := step(t, w.Explain(0, i), "address"); s.Level != want {
			t.Errorf("record %d: the addresses are %s, want %s", i, s.Level, want)
		}
	}
	if s := step(t, w.Explain(1, 4), "address"); s.Level != "same street and number" || s.Values != nil {
		t.Errorf("what stands in the second columns alone is not the record's address: %v", s)
	}
	// The town is of both streets: in another the street of the same name is another.
	if s := step(t, w.Explain(0, 3), "address"); s.Level == "same street and number" && s.Values != nil && s.Values[0].Column != 6 {
		t.Errorf("the address is taken from column %d", s.Values[0].Column)
	}
}

func TestEveryValueIsCounted(t *testing.T) {
	rows := [][]string{}
	for i := range 40 {
		rows = append(rows, []string{word(i), word(100 + i), "070000" + word(i), "0701111111"})
	}
	shipped, err := match.Default(model.Person)
	if err != nil {
		t.Fatal(err)
	}
	m := match.Freeze(build(t, severalSchema, rows), shipped)
	if n := m.Frequencies.Columns["phone"].Common["701111111"]; n != 40 {
		t.Errorf("a number that 40 records say second is counted %v times", n)
	}
}

func TestARecordOfTwoNumbersIsOfOneThingWithEither(t *testing.T) {
	rows := town(60)
	for i := range rows {
		rows[i] = append(rows[i], "", "", "", "", "")
	}
	at := len(rows)
	for _, numbers := range [][2]string{{"1001", "2002"}, {"2002", ""}, {"3003", ""}} {
		rows = append(rows, []string{numbers[0], "Anna", "Berg", "1871-06-24", "anna.berg@x.se", "070-1234567", "Storgatan 1", "11122", "Haninge", "", "", "", "", "", "", numbers[1]})
	}
	r := resolved(t, build(t, personSchema, rows), match.Options{})
	if r.Cluster[at] != r.Cluster[at+1] {
		t.Error("a record with a number that another replaced is not of one thing with the other")
	}
	if r.Cluster[at] == r.Cluster[at+2] {
		t.Error("records of two numbers are one thing")
	}
}
