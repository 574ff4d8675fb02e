package gql

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// maxSelections is how many selections a document may have with those of its
// fragments wherever they are spread, counted for each operation and each
// fragment: as often as the validator goes through them, and in some of its rules
// the executor. A document of 5,000 tokens without fragments has at most half as
// many, and going through them takes it a few milliseconds.
const maxSelections = 20_000

// spreads refuses, before it is validated, a document whose fragments are spread
// so often that it would take long to validate, and one whose fragments are
// within themselves. A fragment is counted once, however often it is spread.
func spreads(doc *ast.QueryDocument) *gqlerror.Error {
	c := newSpreading(doc)
	switch n := c.document(doc); {
	case c.ring != nil:
		return gqlerror.ErrorPosf(c.ring.Position, "Cannot spread fragment %q within itself.", c.ring.Name)
	case n > maxSelections:
		return overLimit("The query spreads its fragments too many times. Write out what they select, or ask in several requests.")
	}
	return nil
}

// spreading counts selections with those of the fragments that they spread.
type spreading struct {
	fragments map[string]*spreadFragment
	ring      *ast.FragmentSpread // that spreads a fragment within itself
	steps     int                 // selections that were looked at
}

type spreadFragment struct {
	definition *ast.FragmentDefinition
	counted    bool
	within     bool // it is being counted
	size       int
}

func newSpreading(doc *ast.QueryDocument) *spreading {
	c := &spreading{fragments: make(map[string]*spreadFragment, len(doc.Fragments))}
	for _, f := range doc.Fragments {
		if c.fragments[f.Name] == nil { // of two of one name the first is spread
			c.fragments[f.Name] = &spreadFragment{definition: f}
		}
	}
	return c
}

// document counts what all operations and all fragments select; at most one more
// than is allowed.
func (c *spreading) document(doc *ast.QueryDocument) (n int) {
	for _, op := range doc.Operations {
		n = min(n+c.size(op.SelectionSet), maxSelections+1)
	}
	for _, f := range doc.Fragments {
		// Of two of one name, the second is spread nowhere.
		if known := c.fragments[f.Name]; known.definition == f {
			n = min(n+c.fragment(known), maxSelections+1)
		} else {
			n = min(n+c.size(f.SelectionSet), maxSelections+1)
		}
	}
	return n
}

func (c *spreading) size(set ast.SelectionSet) (n int) {
	for _, s := range set {
		c.steps++
		n++
		switch s := s.(type) {
		case *ast.Field:
			n += c.size(s.SelectionSet)
		case *ast.InlineFragment:
			n += c.size(s.SelectionSet)
		case *ast.FragmentSpread:
			if f := c.fragments[s.Name]; f != nil && f.within {
				c.ring = s
			} else if f != nil {
				n += c.fragment(f)
			}
		}
		n = min(n, maxSelections+1)
	}
	return n
}

func (c *spreading) fragment(f *spreadFragment) int {
	if !f.counted {
		f.within = true
		f.size = c.size(f.definition.SelectionSet)
		f.within, f.counted = false, true
	}
	return f.size
}
