package quads

import (
	"context"
	"errors"
	"iter"
)

// TermKind tells an IRI from a literal. There are no blank nodes: everything is
// skolemised.
type TermKind uint8

// The kinds of term.
const (
	IRI     TermKind = 1
	Literal TermKind = 2
)

// Term is an RDF term. Datatype is empty for xsd:string and for a literal with
// a Lang.
type Term struct {
	Kind     TermKind
	Value    string
	Datatype string
	Lang     string
}

// Quad is one statement. Subject, Predicate and Graph are IRIs; an empty Graph
// is the default graph.
type Quad struct {
	Subject   string
	Predicate string
	Object    Term
	Graph     string
}

// Pattern asks for the quads whose every stated direction is one of a set of
// values. An empty set does not restrict.
type Pattern struct {
	Subjects   []string
	Predicates []string
	Objects    []Term
	Graphs     []string
}

// ErrUnindexed is the answer to a pattern that only a scan of everything could
// serve: a literal object without a predicate whose values are indexed.
var ErrUnindexed = errors.New("no index serves this pattern: name a subject, or an indexed predicate")

// QuadSource is the view of golden records as quads. Match yields each matching
// quad once; the quads of one subject are together and in a stable order. The
// empty pattern is a scan of everything in subject order: by the name of the
// kind, then by id.
type QuadSource interface {
	Match(ctx context.Context, p Pattern) iter.Seq2[Quad, error]
}
