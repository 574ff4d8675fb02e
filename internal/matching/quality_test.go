package matching_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/karna-registry/karna/internal/matching"
	"github.com/karna-registry/karna/internal/synth"
	"github.com/karna-registry/karna/internal/tabular"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// matchTables matches tables as karna match does by default.
func matchTables(t testing.TB, truth string, tables ...io.Reader) (*matching.Loaded, *match.Result) {
	t.Helper()
	var sources []*matching.Source
	kind := model.KindUnknown
	for _, r := range tables {
		s, err := matching.Open(r, tabular.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if kind == model.KindUnknown {
			kind = s.ProposeKind()
		}
		s.Propose(kind, truth)
		sources = append(sources, s)
	}
	l, err := matching.Load(sources, matching.LoadOptions{Truth: truth}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, ok, err := match.Resolve(l.Table, match.Options{Workers: 2}, nil)
	if err != nil || !ok {
		t.Fatal(err, ok)
	}
	return l, r
}

// synthetic writes a set of the generator.
func synthetic(t testing.TB, o synth.Options) []io.Reader {
	t.Helper()
	var first, second bytes.Buffer
	out := synth.Output{Data: &first}
	if o.Link {
		out.Second = &second
	}
	if _, err := synth.Write(out, o); err != nil {
		t.Fatal(err)
	}
	if o.Link {
		return []io.Reader{&first, &second}
	}
	return []io.Reader{&first}
}

// TestQuality holds the figures that are promised, with defaults only. The sets
// are smaller than those of docs/matching.md, so that the test is quick.
func TestQuality(t *testing.T) {
	file := func(name string) func(testing.TB) []io.Reader {
		return func(t testing.TB) []io.Reader {
			b, err := os.ReadFile(testkit.Data(t, "matching/"+name))
			if err != nil {
				t.Fatal(err)
			}
			return []io.Reader{bytes.NewReader(b)}
		}
	}
	set := func(name string, records int, link bool) func(testing.TB) []io.Reader {
		return func(t testing.TB) []io.Reader {
			return synthetic(t, synth.Options{Set: name, Records: records, Seed: 7, Link: link})
		}
	}
	for _, c := range []struct {
		name, truth             string
		tables                  func(testing.TB) []io.Reader
		pair, clustered, bCubed float64
	}{
		{"FEBRL 1", "rec_id", file("febrl1.csv"), 0.9988, 0.9988, 0.9988},
		{"FEBRL 2", "rec_id", file("febrl2.csv"), 0.9988, 0.9988, 0.9988},
		{"fake_1000", "cluster", file("fake_1000.csv"), 0.85, 0.93, 0.93},
		{"like FEBRL 3", "rec_id", set("febrl", 2000, false), 0.9988, 0.9988, 0.9988},
		{"like FEBRL 4", "rec_id", set("febrl", 1500, true), 0.9988, 0.9988, 0.9988},
		{"like fake_1000", "cluster", set("fake1000", 1000, false), 0.90, 0.93, 0.93},
		{"German names", "identity", set("german", 10000, false), 0.96, 0.96, 0.99},
		{"historical", "cluster", set("historical", 4000, false), 0.80, 0.85, 0.88},
		{"Swedish municipal", "person_id", set("swedish", 6000, false), 0.97, 0.98, 0.99},
		{"organisations", "entity", set("organisations", 3000, false), 0.78, 0.84, 0.93},
		{"services", "entity", set("services", 3000, false), 0.71, 0.79, 0.89},
		{"places", "entity", set("places", 3000, false), 0.91, 0.93, 0.95},
		{"roles", "entity", set("roles", 3000, false), 0.86, 0.80, 0.93},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, r := matchTables(t, c.truth, c.tables(t)...)
			if r.Training.Refused != "" {
				t.Errorf("the model is refused: %s", r.Training.Refused)
			}
			pair, _, _ := r.Pairwise(l.Truth)
			for _, q := range []struct {
				name string
				got  match.Quality
				want float64
			}{
				{"pair", pair, c.pair}, {"clustered", match.Clustered(r.Cluster, l.Truth), c.clustered},
				{"B³", match.BCubed(r.Cluster, l.Truth), c.bCubed},
			} {
				t.Logf("%s F1 %.4f (precision %.4f, recall %.4f)", q.name, q.got.F1, q.got.Precision, q.got.Recall)
				if q.got.F1 < q.want {
					t.Errorf("%s F1 %.4f, want %.4f", q.name, q.got.F1, q.want)
				}
			}
		})
	}
}

// BenchmarkMatch matches Swedish municipal records, loading included.
func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{1000, 10000} {
		var data bytes.Buffer
		if _, err := synth.Write(synth.Output{Data: &data}, synth.Options{Set: "swedish", Records: n, Seed: 1}); err != nil {
			b.Fatal(err)
		}
		b.Run(map[int]string{1000: "1000", 10000: "10000"}[n], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				matchTables(b, "person_id", bytes.NewReader(data.Bytes()))
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// TestHardCases holds what the sets of hard cases come to, so that nobody makes
// it worse unseen: most of their records are chosen to be confused.
func TestHardCases(t *testing.T) {
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kind   model.Kind
		bCubed float64
	}{
		"organisations": {model.Organisation, 0.95}, "services": {model.Service, 0.82}, "places": {model.Geography, 0.89}, "roles": {model.Role, 0.96},
		"held-out/organisations": {model.Organisation, 0.90}, "held-out/services": {model.Service, 0.96}, "held-out/places": {model.Geography, 0.90}, "held-out/roles": {model.Role, 0.96},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join(root, "testdata", "matching", name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			s, err := matching.Open(bytes.NewReader(b), tabular.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if k := s.ProposeKind(); k != c.kind {
				t.Errorf("kind %v is proposed, want %v", k, c.kind)
			}
			l, r := matchTables(t, "entity", bytes.NewReader(b))
			q := match.BCubed(r.Cluster, l.Truth)
			t.Logf("B³ F1 %.4f (precision %.4f, recall %.4f)", q.F1, q.Precision, q.Recall)
			if q.F1 < c.bCubed {
				t.Errorf("B³ F1 %.4f, want %.2f", q.F1, c.bCubed)
			}
		})
	}
}

// TestASmallTableOfServicesIsSteady leaves out a tenth of the hard cases, another
// each time: what the rest comes to may not hang on a few rows.
func TestASmallTableOfServicesIsSteady(t *testing.T) {
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "testdata", "matching", "services.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	for left := range 10 {
		var rest bytes.Buffer
		for i, line := range lines {
			if i == 0 || i%10 != left {
				rest.Write(line)
			}
		}
		l, r := matchTables(t, "entity", &rest)
		q := match.BCubed(r.Cluster, l.Truth)
		t.Logf("without every tenth row from %d: B³ F1 %.4f, refused: %q", left, q.F1, r.Training.Refused)
		if q.F1 < 0.82 {
			t.Errorf("without every tenth row from %d B³ F1 is %.4f", left, q.F1)
		}
	}
}
