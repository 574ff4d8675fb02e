package walk_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
)

const (
	parent = "p:parent"
	friend = "p:friend"
)

func quad(s, p, o string) quads.Quad {
	return quads.Quad{Subject: s, Predicate: p, Object: quads.Term{Kind: quads.IRI, Value: o}}
}

// indexed is a graph that finds what it is asked for without a scan.
type indexed struct {
	subjects, objects map[string]quads.Slice
}

func newIndexed(all quads.Slice) indexed {
	x := indexed{map[string]quads.Slice{}, map[string]quads.Slice{}}
	for _, q := range all {
		x.subjects[q.Subject] = append(x.subjects[q.Subject], q)
		x.objects[q.Object.Value] = append(x.objects[q.Object.Value], q)
	}
	return x
}

func (x indexed) Match(ctx context.Context, p quads.Pattern) iter.Seq2[quads.Quad, error] {
	var some quads.Slice
	for _, s := range p.Subjects {
		some = append(some, x.subjects[s]...)
	}
	for _, o := range p.Objects {
		some = append(some, x.objects[o.Value]...)
	}
	return some.Match(ctx, p)
}

// graphs are small, with cycles, loops, diamonds and literals in them.
func graphs() *rapid.Generator[quads.Slice] {
	return rapid.Custom(func(t *rapid.T) quads.Slice {
		var all quads.Slice
		n := rapid.IntRange(1, 8).Draw(t, "things")
		for range rapid.IntRange(0, 20).Draw(t, "links") {
			from, to := rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, n-1).Draw(t, "to")
			q := quad(thing(from), rapid.SampledFrom([]string{parent, friend}).Draw(t, "predicate"), thing(to))
			if rapid.IntRange(0, 9).Draw(t, "literal") == 0 {
				q.Object.Kind = quads.Literal
			}
			if !slices.Contains(all, q) {
				all = append(all, q)
			}
		}
		return all
	})
}

func thing(n int) string { return fmt.Sprint("t:", n) }

func steps(t *rapid.T) []walk.Step {
	var out []walk.Step
	for _, s := range []walk.Step{{Predicate: parent}, {Predicate: parent, Inverse: true}, {Predicate: friend}, {Predicate: friend, Inverse: true}, {Predicate: parent, Subjects: "t:3"}} {
		if rapid.Bool().Draw(t, fmt.Sprint(s)) {
			out = append(out, s)
		}
	}
	return out
}

// distances is how far everything is from a thing, one link at a time.
func distances(all quads.Slice, from string, via []walk.Step) map[string]int {
	out := map[string]int{from: 0}
	for changed := true; changed; {
		changed = false
		for _, q := range all {
			for _, s := range via {
				if q.Predicate != s.Predicate || q.Object.Kind != quads.IRI || len(q.Subject) < len(s.Subjects) || q.Subject[:len(s.Subjects)] != s.Subjects {
					continue
				}
				a, b := q.Subject, q.Object.Value
				if s.Inverse {
					a, b = b, a
				}
				if d, ok := out[a]; ok {
					if e, known := out[b]; !known || e > d+1 {
						out[b], changed = d+1, true
					}
				}
			}
		}
	}
	return out
}

func TestReachIsWhatIsThereAndAsNearAsItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, via := graphs().Draw(t, "graph"), steps(t)
		depth := rapid.IntRange(0, 4).Draw(t, "depth")
		got, err := walk.New(all, walk.Limits{}).Reach(context.Background(), thing(0), via, depth)
		if err != nil {
			t.Fatal(err)
		}
		want := distances(all, thing(0), via)
		delete(want, thing(0))
		if depth > 0 {
			for iri, d := range want {
				if d > depth {
					delete(want, iri)
				}
			}
		}
		have := map[string]int{}
		for _, f := range got {
			have[f.IRI] = f.Depth
		}
		if diff := cmp.Diff(want, have); diff != "" || len(have) != len(got) {
			t.Fatalf("%d found: %s", len(got), diff)
		}
		if !slices.IsSortedFunc(got, func(a, b walk.Found) int {
			if a.Depth != b.Depth {
				return a.Depth - b.Depth
			}
			return cmpString(a.IRI, b.IRI)
		}) {
			t.Fatalf("not in order: %v", got)
		}
	})
}

func cmpString(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

func TestAPathIsAShortestOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, via := graphs().Draw(t, "graph"), steps(t)
		to := thing(rapid.IntRange(0, 7).Draw(t, "goal"))
		path, ok, err := walk.New(all, walk.Limits{}).Path(context.Background(), thing(0), to, via)
		if err != nil {
			t.Fatal(err)
		}
		distance, reachable := distances(all, thing(0), via)[to]
		if ok != reachable || ok && len(path) != distance {
			t.Fatalf("found %t in %d links; there is one: %t in %d", ok, len(path), reachable, distance)
		}
		at := thing(0)
		for _, l := range path {
			q := quad(l.From, l.Predicate, l.To)
			if l.Inverse {
				q = quad(l.To, l.Predicate, l.From)
			}
			if l.From != at || !slices.Contains(all, q) {
				t.Fatalf("%v is no link from %s", l, at)
			}
			at = l.To
		}
		if ok && at != to {
			t.Fatalf("the path ends at %s", at)
		}
	})
}

func TestANeighbourhoodIsEverythingWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := graphs().Draw(t, "graph")
		depth := rapid.IntRange(0, 4).Draw(t, "depth")
		via := []walk.Step{{Predicate: parent}, {Predicate: friend}}
		things, links, err := walk.New(all, walk.Limits{}).Neighbourhood(context.Background(), thing(0), via, depth)
		if err != nil {
			t.Fatal(err)
		}
		both := append(slices.Clone(via), walk.Step{Predicate: parent, Inverse: true}, walk.Step{Predicate: friend, Inverse: true})
		want := map[string]int{}
		for iri, d := range distances(all, thing(0), both) {
			if d <= depth {
				want[iri] = d
			}
		}
		have := map[string]int{}
		for _, f := range things {
			have[f.IRI] = f.Depth
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatal(diff)
		}
		for _, q := range all {
			near := func(iri string) bool { d, ok := want[iri]; return ok && d < depth }
			if q.Object.Kind == quads.IRI && (near(q.Subject) || near(q.Object.Value)) != slices.Contains(links, q) {
				t.Fatalf("%v among the links: %t", q, slices.Contains(links, q))
			}
		}
	})
}

// tree is a hierarchy of n things below the first: each is below the one at a
// tenth of its number, and some are below two.
func tree(n int) quads.Slice {
	var all quads.Slice
	for i := 1; i <= n; i++ {
		all = append(all, quad(thing(i), parent, thing(i/10)))
		if i%7 == 0 {
			all = append(all, quad(thing(i), parent, thing(i/20)))
		}
	}
	return all
}

func TestFiveThousandDescendantsTakeFewLookups(t *testing.T) {
	w := walk.New(newIndexed(tree(5000)), walk.Limits{})
	got, err := w.Reach(t.Context(), thing(0), []walk.Step{{Predicate: parent, Inverse: true}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 5000 || w.Lookups() > 30 {
		t.Errorf("%d descendants in %d lookups; want 5000 in at most 30", len(got), w.Lookups())
	}
}

// failing fails at one lookup, after some of its quads.
type failing struct {
	quads.QuadSource
	at, after int
	lookups   *int
}

var errBroken = errors.New("the disk is gone")

func (f failing) Match(ctx context.Context, p quads.Pattern) iter.Seq2[quads.Quad, error] {
	*f.lookups++
	if *f.lookups != f.at {
		return f.QuadSource.Match(ctx, p)
	}
	return func(yield func(quads.Quad, error) bool) {
		n := 0
		for q, err := range f.QuadSource.Match(ctx, p) {
			if n++; n > f.after {
				break
			}
			if !yield(q, err) {
				return
			}
		}
		yield(quads.Quad{}, errBroken)
	}
}

// operations are all that a walk can do, each with its answer as text.
var operations = map[string]func(*walk.Walk, context.Context) (string, error){
	"reach": func(w *walk.Walk, ctx context.Context) (string, error) {
		got, err := w.Reach(ctx, thing(0), []walk.Step{{Predicate: parent, Inverse: true}}, 0)
		return fmt.Sprint(got), err
	},
	"path": func(w *walk.Walk, ctx context.Context) (string, error) {
		got, ok, err := w.Path(ctx, thing(555), thing(399), []walk.Step{{Predicate: parent}, {Predicate: parent, Inverse: true}})
		return fmt.Sprint(got, ok), err
	},
	"neighbourhood": func(w *walk.Walk, ctx context.Context) (string, error) {
		things, links, err := w.Neighbourhood(ctx, thing(5), []walk.Step{{Predicate: parent}}, 3)
		return fmt.Sprint(things, links), err
	},
}

func TestAFailedLookupIsNeverAShortAnswer(t *testing.T) {
	source := newIndexed(tree(600))
	for name, ask := range operations {
		n := 0
		want, err := ask(walk.New(failing{source, 0, 0, &n}, walk.Limits{}), t.Context())
		if err != nil || n < 3 {
			t.Fatalf("%s: %d lookups, %v", name, n, err)
		}
		for at := 1; at <= n; at++ {
			for _, after := range []int{0, 1, 1000} {
				k := 0
				got, err := ask(walk.New(failing{source, at, after, &k}, walk.Limits{}), t.Context())
				if !errors.Is(err, errBroken) {
					t.Errorf("%s: lookup %d failed and the answer is %v %.100s (whole: %t)", name, at, err, got, got == want)
				}
			}
		}
	}
}

func TestAnExceededLimitIsNeverAShortAnswer(t *testing.T) {
	source := newIndexed(tree(600))
	for name, ask := range operations {
		want, err := ask(walk.New(source, walk.Limits{}), t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for what, limits := range map[string]func(int) walk.Limits{
			"lookups": func(n int) walk.Limits { return walk.Limits{Lookups: n} },
			"quads":   func(n int) walk.Limits { return walk.Limits{Quads: n} },
			"results": func(n int) walk.Limits { return walk.Limits{Results: n} },
		} {
			refused := 0
			for n := 1; ; n++ {
				got, err := ask(walk.New(source, limits(n)), t.Context())
				var limit *walk.LimitError
				if errors.As(err, &limit) && limit.What == what {
					refused++
					continue
				}
				if err != nil || got != want {
					t.Fatalf("%s with %d %s: %v %.100s", name, n, what, err, got)
				}
				break
			}
			if refused < 2 {
				t.Errorf("%s: %d of %s was never too few", name, refused, what)
			}
		}
	}
}

func TestAWalkEndsWithItsTime(t *testing.T) {
	source := newIndexed(tree(600))
	for name, ask := range operations {
		_, err := ask(walk.New(source, walk.Limits{Time: -1}), t.Context())
		var limit *walk.LimitError
		if !errors.As(err, &limit) || limit.What != "time" {
			t.Errorf("%s without time: %v", name, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := ask(walk.New(silent{}, walk.Limits{}), ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s called off, over a source that does not say so: %v", name, err)
		}
	}
}

// silent answers nothing, whatever happened.
type silent struct{}

func (silent) Match(context.Context, quads.Pattern) iter.Seq2[quads.Quad, error] {
	return func(func(quads.Quad, error) bool) {}
}

func BenchmarkFiveThousandDescendants(b *testing.B) {
	source := newIndexed(tree(5000))
	for b.Loop() {
		w := walk.New(source, walk.Limits{Lookups: math.MaxInt})
		if got, err := w.Reach(b.Context(), thing(0), []walk.Step{{Predicate: parent, Inverse: true}}, 0); err != nil || len(got) != 5000 {
			b.Fatal(len(got), err)
		}
	}
}
