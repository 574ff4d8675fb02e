package match_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

var personSchema = match.Schema{
	Kind: model.Person,
	Columns: []match.Column{
		{Attr: match.Identifier, Scheme: "only-one"}, {Attr: match.GivenName}, {Attr: match.FamilyName}, {Attr: match.BirthDate}, {Attr: match.Email},
		{Attr: match.Phone}, {Attr: match.Street}, {Attr: match.PostalCode}, {Attr: match.Locality}, {Attr: match.Text, Name: "occupation"}, {Attr: match.Sex},
		{Attr: match.Email}, {Attr: match.Phone}, {Attr: match.Street}, {Attr: match.PostalCode}, {Attr: match.Identifier, Scheme: "only-one"},
		{Attr: match.CareOf},
	},
	Proof: func(s model.Scheme) model.Proof {
		return model.Proof{Kinds: []model.Kind{model.Person}, Unique: true, Exclusive: string(s)}
	},
}

func drawRows(t *rapid.T) [][]string {
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	n := rapid.IntRange(2, 30).Draw(t, "n")
	rows := make([][]string, n)
	for i := range rows {
		rows[i] = []string{
			pick("id", "", "", "1001", "1002", "1003", "20017"), pick("given", "Anna", "Ana", "Karl", "Karl Erik", "", "Berg"),
			pick("family", "Berg", "Bergh", "Lind", "Anna", ""), pick("birth", "1871-06-24", "1871-06-25", "1872-06-24", "1840-01-01", ""),
			pick("email", "", "anna.berg@x.se", "a.b12@x.se"), pick("phone", "", "070-1234567", "0701234568"),
			pick("street", "Storgatan 1", "Storgatan 2", "Storgatn 1", ""), pick("postcode", "11122", "11123", ""), pick("town", "Haninge", "Hanninge", ""),
			pick("occupation", "", "lärare", "lärare i slöjd"), pick("sex", "", "m", "k"),
			pick("second email", "", "", "anna.berg@x.se", "b@x.se"), pick("second phone", "", "", "0701234568", "0709999999"),
			pick("second street", "", "", "Storgatan 2", "Lillgatan 7"), pick("second postcode", "", "11123"), pick("second id", "", "", "", "1002"),
			pick("second line", "", "", "Storgatan 1", "Lillgatan", "Storgatn", "c/o Berg"),
		}
	}
	return rows
}

func build(t interface{ Fatal(...any) }, schema match.Schema, rows [][]string) *match.Table {
	b, err := match.NewBuilder(schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		b.Add(0, r)
	}
	return b.Table()
}

func resolved(t interface{ Fatal(...any) }, table *match.Table, o match.Options) *match.Result {
	r, ok, err := match.Resolve(table, o, nil)
	if err != nil || !ok {
		t.Fatal(err, ok)
	}
	return r
}

// content is a partition as what its clusters' records say, which does not
// depend on how they are numbered.
func content(rows [][]string, cluster []uint32, holds []float32) []string {
	by := map[uint32][]string{}
	for i, c := range cluster {
		by[c] = append(by[c], fmt.Sprintf("%s %.3f", strings.Join(rows[i], "|"), holds[i]))
	}
	var out []string
	for _, s := range by {
		slices.Sort(s)
		out = append(out, strings.Join(s, "\n"))
	}
	slices.Sort(out)
	return out
}

func TestSameOutputOnAnyNumberOfCoresAndInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		order := rapid.Permutation(rows).Draw(t, "order")
		a := resolved(t, build(t, personSchema, rows), match.Options{Workers: 1})
		b := resolved(t, build(t, personSchema, order), match.Options{Workers: rapid.IntRange(2, 5).Draw(t, "workers")})
		if x, y := content(rows, a.Cluster, a.Holds), content(order, b.Cluster, b.Holds); !slices.Equal(x, y) {
			t.Fatalf("one way\n%s\n\nthe other\n%s", strings.Join(x, "\n\n"), strings.Join(y, "\n\n"))
		}
		if a.Candidates != b.Candidates || len(a.Edges) != len(b.Edges) {
			t.Fatalf("%d candidates and %d edges, or %d and %d", a.Candidates, len(a.Edges), b.Candidates, len(b.Edges))
		}
		for i := range a.Edges {
			if a.Edges[i].Weight != b.Edges[i].Weight {
				t.Fatalf("edge %d weighs %v or %v", i, a.Edges[i].Weight, b.Edges[i].Weight)
			}
		}
	})
}

func TestNoClusterBreaksACannotLink(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		r := resolved(t, build(t, personSchema, rows), match.Options{Workers: 2})
		ids := map[uint32][][]string{}
		for i, c := range r.Cluster {
			if own := slices.DeleteFunc([]string{rows[i][0], rows[i][15]}, func(v string) bool { return v == "" }); len(own) > 0 {
				ids[c] = append(ids[c], own)
			}
		}
		for _, records := range ids {
			// A record with two numbers makes them one thing's.
			same := slices.Clone(records[0])
			for range records {
				for _, own := range records {
					if slices.ContainsFunc(own, func(v string) bool { return slices.Contains(same, v) }) {
						same = append(same, own...)
					}
				}
			}
			for _, own := range records {
				if !slices.Contains(same, own[0]) {
					t.Fatalf("one cluster has %v and %v", records[0], own)
				}
			}
		}
	})
}

func TestEveryPairIsScoredOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		r := resolved(t, build(t, personSchema, rows), match.Options{Workers: 3, KeepAll: true})
		seen := map[[2]uint32]bool{}
		for _, e := range r.Edges {
			k := [2]uint32{min(e.A, e.B), max(e.A, e.B)}
			if seen[k] {
				t.Fatalf("records %d and %d are scored twice", e.A, e.B)
			}
			seen[k] = true
			if w := r.Weigh(int(e.B), int(e.A)); w != e.Weight {
				t.Fatalf("%v weighs %v the other way round", e, w)
			}
		}
		if int64(len(r.Edges)) != r.Candidates {
			t.Fatalf("%d edges of %d candidates", len(r.Edges), r.Candidates)
		}
	})
}

func TestAnExplanationAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		r := resolved(t, build(t, personSchema, rows), match.Options{KeepAll: true})
		for _, e := range r.Edges[:min(len(r.Edges), 20)] {
			x := r.Explain(int(e.A), int(e.B))
			sum := x.Prior + x.Near
			for _, s := range x.Steps {
				sum += s.Bits
			}
			if math.Abs(float64(sum-x.Total)) > 0.01 || math.Abs(float64(x.Total)-float64(e.Weight)) > 0.01 {
				t.Fatalf("steps add up to %v, total %v, edge %v", sum, x.Total, e.Weight)
			}
			if x.Near > 0.01 {
				t.Fatalf("living together speaks for %v bits", x.Near)
			}
			if text := x.Text(); !strings.Contains(text, "prior") || !strings.Contains(text, "total") {
				t.Fatal(text)
			}
		}
	})
}

func TestAFrozenModelWeighsAlike(t *testing.T) {
	rows := town(400)
	table := build(t, personSchema, rows)
	r := resolved(t, table, match.Options{Workers: 2})
	b := jsonOf(t, r.Frozen())
	m, err := match.ParseModel(b)
	if err != nil {
		t.Fatal(err)
	}
	again := resolved(t, table, match.Options{Workers: 2, Model: m})
	if x, y := match.Clustered(again.Cluster, r.Cluster), 0.97; x.F1 < y {
		t.Errorf("clusters by the frozen model agree by %.3f with those it was trained on", x.F1)
	}
	for name, f := range m.Frequencies.Columns {
		for v, n := range f.Common {
			if n < 10 {
				t.Errorf("the model names %s %q, which %.0f records say", name, v, n)
			}
		}
	}
}

func TestModelsOfEveryKindShip(t *testing.T) {
	for _, k := range []model.Kind{model.Person, model.Role, model.Organisation, model.Geography, model.Service} {
		m, err := match.Default(k)
		if err != nil {
			t.Fatal(err)
		}
		if m.Kind != k.String() {
			t.Errorf("the model of %v says it is of %s", k, m.Kind)
		}
		for _, c := range m.Comparisons {
			for _, sum := range []float64{total(c, func(l match.Level) float64 { return l.Same }), total(c, func(l match.Level) float64 { return l.Near })} {
				if math.Abs(sum-1) > 0.02 {
					t.Errorf("%v: chances of %s add up to %.3f", k, c.Name, sum)
				}
			}
		}
	}
	if _, err := match.Default(model.Concept); err == nil {
		t.Error("there is a model for concepts")
	}
}

func total(c match.Comparison, of func(match.Level) float64) (sum float64) {
	for _, l := range c.Levels {
		sum += of(l)
	}
	return sum
}

func TestAModelThatTellsNothingApartIsRefusedWithItsHistogram(t *testing.T) {
	// Everyone has another name and birthday, and the town in common: nobody is
	// here twice.
	var rows [][]string
	for i := range 600 {
		rows = append(rows, []string{"", word(i), word(i*7 + 3), fmt.Sprintf("18%02d-%02d-%02d", i%100, i%12+1, i%28+1), "", "", "", "11122", "Haninge", "", ""})
	}
	r := resolved(t, build(t, personSchema, rows), match.Options{Workers: 2})
	if r.Training.Refused == "" {
		t.Fatal("the model is not refused")
	}
	if r.Model.Origin != "shipped" || r.Training.Model != r.Model {
		t.Errorf("the model used is %s", r.Model.Origin)
	}
	seen := 0.0
	for _, b := range r.Training.Histogram {
		seen += b.Pairs
	}
	if seen == 0 || math.Abs(seen-float64(r.Training.Pairs)) > 1 {
		t.Errorf("the histogram holds %.0f of %d candidates", seen, r.Training.Pairs)
	}
}

func TestAStoppedRunStops(t *testing.T) {
	rows := town(800)
	table := build(t, personSchema, rows)
	for stopAt := range 6 {
		calls := 0
		_, ok, err := match.Resolve(table, match.Options{Workers: 2}, func(match.Progress) bool {
			calls++
			return calls <= stopAt
		})
		if err != nil {
			t.Fatal(err)
		}
		if ok && calls > stopAt {
			t.Errorf("it went on after yield said stop at call %d", stopAt+1)
		}
	}
}

func TestModelsWithMistakesAreRefused(t *testing.T) {
	m, err := match.Default(model.Person)
	if err != nil {
		t.Fatal(err)
	}
	good := string(jsonOf(t, m))
	for name, bad := range map[string]string{
		"version":  strings.Replace(good, `"version":1`, `"version":9`, 1),
		"kind":     strings.Replace(good, `"person"`, `"nobody"`, 1),
		"prior":    strings.Replace(good, `"samePerRecord":0.5`, `"samePerRecord":0`, 1),
		"chance":   strings.Replace(good, `"same":0.695`, `"same":1.5`, 1),
		"levels":   strings.Replace(good, `{"level":"same","same":0.98,"other":0.5,"near":0.5}`, "", 1),
		"not JSON": good[:40],
	} {
		if bad == good {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if _, err := match.ParseModel([]byte(bad)); err == nil {
			t.Errorf("%s: a model with a mistake is taken", name)
		}
	}
}

// Whoever weighs a pair again, by itself and by the stored model, must come to
// what the whole table came to.
func TestAPairWeighsTheSameByItself(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawRows(rt)
		table := build(t, personSchema, rows)
		start, err := match.Default(model.Person)
		if err != nil {
			rt.Fatal(err)
		}
		m := match.Freeze(table, start)
		if rapid.Bool().Draw(rt, "fitted") {
			m = match.Fit(table, start, 2)
		}
		stored, err := match.ParseModel(jsonOf(t, m))
		if err != nil {
			rt.Fatal(err)
		}
		r := resolved(t, table, match.Options{Workers: 2, Model: m, KeepAll: true, PairsOnly: true})
		if r.Cluster != nil {
			rt.Fatal("there are clusters though only pairs were asked for")
		}
		for _, e := range r.Edges {
			alone := match.NewWeigher(build(t, personSchema, [][]string{rows[e.B], rows[e.A]}), stored)
			if w := alone.Weigh(0, 1); w != e.Weight {
				rt.Fatalf("%v and %v weigh %v by themselves and %v among all", rows[e.A], rows[e.B], w, e.Weight)
			}
			if x := alone.Explain(1, 0); float32(x.Total) != e.Weight {
				rt.Fatalf("the explanation comes to %v, the weight is %v", x.Total, e.Weight)
			}
		}
	})
}
