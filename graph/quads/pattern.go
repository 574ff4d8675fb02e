package quads

import (
	"cmp"
	"context"
	"iter"
	"strings"
)

// Slice is a QuadSource of quads that are already there. The quads of one
// subject must be together.
type Slice []Quad

var _ QuadSource = Slice(nil)

// Match yields the matching quads in their order. It has no index, and needs none.
func (s Slice) Match(ctx context.Context, p Pattern) iter.Seq2[Quad, error] {
	f := NewFilter(p)
	return func(yield func(Quad, error) bool) {
		for i := range s {
			if err := ctx.Err(); err != nil {
				yield(Quad{}, err)
				return
			}
			if f.Match(&s[i]) && !yield(s[i], nil) {
				return
			}
		}
	}
}

// Filter tells quads that match a pattern. It is a Pattern whose sets are
// ready to be asked many times.
type Filter struct {
	subjects, predicates, graphs map[string]bool
	objects                      map[Term]bool
}

// NewFilter prepares a pattern.
func NewFilter(p Pattern) Filter {
	return Filter{set(p.Subjects), set(p.Predicates), set(p.Graphs), set(p.Objects)}
}

func set[T comparable](values []T) map[T]bool {
	if len(values) == 0 {
		return nil
	}
	m := make(map[T]bool, len(values))
	for _, v := range values {
		m[v] = true
	}
	return m
}

// Match tells whether a quad is in the pattern.
func (f Filter) Match(q *Quad) bool {
	return (f.subjects == nil || f.subjects[q.Subject]) &&
		(f.predicates == nil || f.predicates[q.Predicate]) &&
		(f.objects == nil || f.objects[q.Object]) &&
		(f.graphs == nil || f.graphs[q.Graph])
}

// compareQuads orders quads by graph, subject, predicate and object.
func compareQuads(a, b Quad) int {
	return cmp.Or(strings.Compare(a.Graph, b.Graph), strings.Compare(a.Subject, b.Subject), strings.Compare(a.Predicate, b.Predicate), compareTerms(a.Object, b.Object))
}

func compareTerms(a, b Term) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value), strings.Compare(a.Datatype, b.Datatype), strings.Compare(a.Lang, b.Lang))
}
