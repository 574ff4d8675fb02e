package pathexpr

import (
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Expression is a part of a path: Link, Test, Sequence or Alternatives.
type Expression interface{ isExpression() }

// Link goes along a link of any of the properties, all of one name, or against it.
type Link struct {
	Properties []*ontology.Property
	Inverse    bool
}

// Test keeps a thing if it is of the kind, or has the value.
type Test struct {
	Kind       model.Kind           // KindUnknown for a test of a value
	Properties []*ontology.Property // any of which has the value
	Value      Value
}

// Value is what a property is compared with, as RDF has it.
type Value struct {
	Type model.ValueType
	// Text is the whole text, number, date or boolean, a code's notation or a
	// link's target id.
	Text string
	// List is the code list; empty for any.
	List string
}

// Sequence is one part after the other.
type Sequence []Expression

// Alternatives are what any of the parts leads to.
type Alternatives []Expression

func (Link) isExpression()         {}
func (Test) isExpression()         {}
func (Sequence) isExpression()     {}
func (Alternatives) isExpression() {}

// inverse is an expression the other way round. A test is its own.
func inverse(e Expression) Expression {
	switch e := e.(type) {
	case Link:
		return Link{e.Properties, !e.Inverse}
	case Sequence:
		out := make(Sequence, len(e))
		for i := range e {
			out[len(e)-1-i] = inverse(e[i])
		}
		return out
	case Alternatives:
		out := make(Alternatives, len(e))
		for i := range e {
			out[i] = inverse(e[i])
		}
		return out
	}
	return e
}

// cost is how many ways through an expression there are, in links and tests: an
// evaluator may walk each alternative of a sequence anew.
func cost(e Expression) int {
	switch e := e.(type) {
	case Sequence:
		ways := 1
		for _, part := range e {
			ways = min(ways*cost(part), maxWays+1)
		}
		return ways
	case Alternatives:
		ways := 0
		for _, part := range e {
			ways = min(ways+cost(part), maxWays+1)
		}
		return ways
	case Link:
		return 1
	}
	return 1
}

// Properties are all that an expression names, links and tested ones.
func Properties(e Expression) []*ontology.Property {
	switch e := e.(type) {
	case Link:
		return e.Properties
	case Test:
		return e.Properties
	case Sequence:
		return all(e)
	case Alternatives:
		return all(e)
	}
	return nil
}

func all(parts []Expression) (out []*ontology.Property) {
	for _, part := range parts {
		out = append(out, Properties(part)...)
	}
	return out
}
