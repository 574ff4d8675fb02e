package cayley

import (
	"context"
	"iter"
	"math"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/graphtest"
	"github.com/cayleygraph/quad"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
)

// memory is a source in memory that takes writes.
type memory struct{ quads quads.Slice }

func (m *memory) Match(ctx context.Context, p quads.Pattern) iter.Seq2[quads.Quad, error] {
	return m.quads.Match(ctx, p)
}

// anyTerms has a term for every value that Cayley knows: an IRI that is the
// value as it is written.
type anyTerms map[string]quad.Value

func (a anyTerms) term(v quad.Value) (quads.Term, bool) {
	if v == nil {
		return quads.Term{}, false
	}
	text := quad.StringOf(v)
	if _, known := a[text]; !known {
		a[text] = v
	}
	return quads.Term{Kind: quads.IRI, Value: text}, true
}

func (a anyTerms) value(t quads.Term) quad.Value { return a[t.Value] }

// writable is the store over a source that takes writes, which it does by
// itself: the store under test only reads.
type writable struct {
	*Store
	source *memory
}

func newWritable() *writable {
	w := &writable{source: &memory{}}
	limits := walk.Limits{Lookups: math.MaxInt, Quads: math.MaxInt, Results: math.MaxInt, Time: time.Hour}
	w.Store = New(context.Background(), walk.NewBudget(w.source, limits), nil)
	w.terms = anyTerms{}
	return w
}

// NodesAllIterator knows its size, as the source does.
func (w *writable) NodesAllIterator() graph.Iterator {
	it := w.Store.NodesAllIterator()
	it.(*listing).read()
	return it
}

func (w *writable) ApplyDeltas(in []graph.Delta, opts graph.IgnoreOpts) error {
	all := slices.Clone(w.source.quads)
	for _, d := range in {
		q := w.quad(d.Quad)
		at := slices.Index(all, q)
		switch {
		case d.Action == graph.Add && at >= 0:
			if !opts.IgnoreDup {
				return &graph.DeltaError{Delta: d, Err: graph.ErrQuadExists}
			}
		case d.Action == graph.Add:
			all = append(all, q)
		case at < 0:
			if !opts.IgnoreMissing {
				return &graph.DeltaError{Delta: d, Err: graph.ErrQuadNotExist}
			}
		default:
			all = slices.Delete(all, at, at+1)
		}
	}
	w.source.quads = all
	// A store is for one state of its source; this one goes on.
	clear(w.read)
	clear(w.cohort)
	return nil
}

func (w *writable) quad(q quad.Quad) quads.Quad {
	text := func(v quad.Value) string {
		t, _ := w.terms.term(v)
		return t.Value
	}
	object, _ := w.terms.term(q.Object)
	return quads.Quad{Subject: text(q.Subject), Predicate: text(q.Predicate), Object: object, Graph: text(q.Label)}
}

func (w *writable) NewQuadWriter() (quad.WriteCloser, error) { return quadWriter{w}, nil }

type quadWriter struct{ w *writable }

func (q quadWriter) WriteQuad(one quad.Quad) error {
	_, err := q.WriteQuads([]quad.Quad{one})
	return err
}

func (q quadWriter) WriteQuads(all []quad.Quad) (int, error) {
	var deltas []graph.Delta
	for _, one := range all {
		deltas = append(deltas, graph.Delta{Quad: one, Action: graph.Add})
	}
	return len(all), q.w.ApplyDeltas(deltas, graph.IgnoreOpts{IgnoreDup: true})
}

func (q quadWriter) Close() error { return nil }

// TestCayleysOwnSuitePasses runs what Cayley asks of its own backends.
func TestCayleysOwnSuitePasses(t *testing.T) {
	// Its data lie in its module.
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cayleygraph/cayley").Output()
	if err != nil {
		t.Fatalf("find Cayley's module: %v", err)
	}
	t.Chdir(strings.TrimSpace(string(dir)))
	graphtest.TestAll(t, func(testing.TB) (graph.QuadStore, graph.Options, func()) {
		return newWritable(), nil, func() {}
	}, nil)
}
