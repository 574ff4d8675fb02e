package walk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph/quads"
)

// Limits bound one walk. A zero field has its default.
type Limits struct {
	Lookups int           // calls of Match; 100
	Quads   int           // quads read; 50,000
	Results int           // things found; 10,000
	Time    time.Duration // from the first lookup to the answer; 5 s
}

// WithDefaults is the limits with every field filled.
func (l Limits) WithDefaults() Limits {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&l.Lookups, 100)
	def(&l.Quads, 50_000)
	def(&l.Results, 10_000)
	if l.Time == 0 {
		l.Time = 5 * time.Second
	}
	return l
}

// LimitError is the answer to a walk that would exceed a limit.
type LimitError struct {
	What  string // lookups, quads, results or time
	Limit string // what is allowed
}

// Error says what was exceeded.
func (e *LimitError) Error() string {
	if e.What == "time" {
		return "more than " + e.Limit + " of time"
	}
	return "more than " + e.Limit + " " + e.What
}

// Step is a link that is followed.
type Step struct {
	Predicate string // an IRI
	Inverse   bool   // from its object to its subject
	// Subjects is what the addresses of its subjects begin with; empty for any.
	// It tells properties of different kinds apart that share a predicate.
	Subjects string
}

// reversed is the steps the other way round.
func reversed(steps []Step) []Step {
	out := slices.Clone(steps)
	for i := range out {
		out[i].Inverse = !out[i].Inverse
	}
	return out
}

// Found is a thing and how many links away it is.
type Found struct {
	IRI   string
	Depth int
}

// Budget counts what is read against limits. It is not for concurrent use.
type Budget struct {
	source  quads.QuadSource
	limits  Limits
	lookups int
	quads   int
}

// NewBudget is a budget for reading from a source.
func NewBudget(source quads.QuadSource, limits Limits) *Budget {
	return &Budget{source: source, limits: limits.WithDefaults()}
}

// Lookups is how many lookups have been made.
func (b *Budget) Lookups() int { return b.lookups }

// Limits are the limits, each filled.
func (b *Budget) Limits() Limits { return b.limits }

// Begin is a context that ends when the budget's time is over; Failure tells
// that apart from other ends.
func (b *Budget) Begin(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, b.limits.Time, &LimitError{"time", b.limits.Time.String()})
}

// Failure is an error as the caller is told it: the exceeded limit where that
// is why the context ended.
func Failure(ctx context.Context, err error) error {
	var limit *LimitError
	if err != nil && ctx.Err() != nil && errors.As(context.Cause(ctx), &limit) {
		return limit
	}
	return err
}

// Match reads everything that matches a pattern, as one lookup.
func (b *Budget) Match(ctx context.Context, p quads.Pattern) ([]quads.Quad, error) {
	if b.lookups == b.limits.Lookups {
		return nil, &LimitError{"lookups", fmt.Sprint(b.limits.Lookups)}
	}
	b.lookups++
	var out []quads.Quad
	for q, err := range b.source.Match(ctx, p) {
		if err != nil {
			return nil, Failure(ctx, err)
		}
		if b.quads == b.limits.Quads {
			return nil, &LimitError{"quads", fmt.Sprint(b.limits.Quads)}
		}
		b.quads++
		out = append(out, q)
	}
	// A source that stops at the end of its context without saying so has not
	// answered.
	return out, Failure(ctx, ctx.Err())
}

// maxValues is how many values a pattern has in one direction.
const maxValues = 1024

// Walk is one walk from a source. It is not for concurrent use.
type Walk struct{ *Budget }

// New begins a walk.
func New(source quads.QuadSource, limits Limits) *Walk { return &Walk{NewBudget(source, limits)} }

// Reach is everything that any number of steps leads to from a thing, up to a
// depth (0 for any), without the thing itself, nearest first and in order of
// address. Each is there once.
func (w *Walk) Reach(ctx context.Context, from string, via []Step, depth int) ([]Found, error) {
	ctx, cancel := w.Begin(ctx)
	defer cancel()
	s := newSide(from, via)
	var out []Found
	for d := 1; len(s.frontier) > 0 && (depth == 0 || d <= depth); d++ {
		if err := w.advance(ctx, s, w.limits.Results-len(out)); err != nil {
			return nil, err
		}
		for _, iri := range s.frontier {
			out = append(out, Found{iri, d})
		}
	}
	return out, nil
}

// side is what has been reached from one end.
type side struct {
	steps    []Step
	frontier []string
	// by is the quad that first led to each thing; of the start the empty one.
	by map[string]quads.Quad
}

func newSide(from string, steps []Step) *side {
	return &side{steps: steps, frontier: []string{from}, by: map[string]quads.Quad{from: {}}}
}

// advance replaces the frontier with what one step leads to and nothing has led
// to before; more than room is an error.
func (w *Walk) advance(ctx context.Context, s *side, room int) error {
	var next []string
	err := w.links(ctx, s.frontier, s.steps, func(q quads.Quad, to string) error {
		if _, known := s.by[to]; known {
			return nil
		}
		if len(next) == room {
			return w.tooMany()
		}
		s.by[to] = q
		next = append(next, to)
		return nil
	})
	slices.Sort(next)
	s.frontier = next
	return err
}

func (w *Walk) tooMany() error { return &LimitError{"results", fmt.Sprint(w.limits.Results)} }

// links calls visit for each link that a step makes from any of the things, with
// where it leads.
func (w *Walk) links(ctx context.Context, from []string, steps []Step, visit func(q quads.Quad, to string) error) error {
	for _, inverse := range []bool{false, true} {
		predicates, allowed := prepare(steps, inverse)
		if len(predicates) == 0 {
			continue
		}
		for chunk := range slices.Chunk(from, maxValues) {
			p := quads.Pattern{Predicates: predicates}
			if inverse {
				for _, iri := range chunk {
					p.Objects = append(p.Objects, quads.Term{Kind: quads.IRI, Value: iri})
				}
			} else {
				p.Subjects = chunk
			}
			found, err := w.Match(ctx, p)
			if err != nil {
				return err
			}
			for _, q := range found {
				if q.Object.Kind != quads.IRI || !allowed(q) {
					continue
				}
				to := q.Object.Value
				if inverse {
					to = q.Subject
				}
				if err := visit(q, to); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// prepare is the predicates of the steps in one direction, and which of their
// quads the steps mean.
func prepare(steps []Step, inverse bool) (predicates []string, allowed func(quads.Quad) bool) {
	begins := map[string][]string{}
	for _, s := range steps {
		if s.Inverse == inverse {
			begins[s.Predicate] = append(begins[s.Predicate], s.Subjects)
		}
	}
	for p := range begins {
		predicates = append(predicates, p)
	}
	slices.Sort(predicates)
	return predicates, func(q quads.Quad) bool {
		return slices.ContainsFunc(begins[q.Predicate], func(prefix string) bool { return strings.HasPrefix(q.Subject, prefix) })
	}
}
