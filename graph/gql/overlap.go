package gql

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// What the validator may be given to do. It compares each two fields that would
// be answered under one name, so that a query of 5,000 tokens, all of them one
// name, takes it seconds.
const (
	maxComparisons = 100_000
	maxVisits      = 50_000 // of fields, with those of fragments wherever they are spread
	// harmless is how long a query may be that is not looked at: it cannot name
	// enough.
	harmless = 400
)

// overlaps refuses, before it is validated, a query that it would take long to
// validate.
type overlaps struct {
	queries *queryCache
	tokens  int
}

var (
	_ graphql.HandlerExtension          = overlaps{}
	_ graphql.OperationParameterMutator = overlaps{}
)

// ExtensionName is for gqlgen.
func (overlaps) ExtensionName() string { return "overlaps" }

// Validate is for gqlgen.
func (overlaps) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses the query or lets it through. What does not
// parse is the executor's to refuse.
func (o overlaps) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	if len(params.Query) <= harmless {
		return nil
	}
	if _, known := o.queries.Get(ctx, params.Query); known {
		return nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: params.Query}, o.tokens)
	if err != nil || doc == nil {
		return nil
	}
	if c := (comparing{doc: doc}); !c.document() {
		return &gqlerror.Error{Message: "The query asks for the same names too many times. Ask for each once.", Extensions: map[string]any{"code": CodeLimit}}
	}
	return nil
}

// comparing counts what a validator would compare.
type comparing struct {
	doc         *ast.QueryDocument
	comparisons int
	visits      int
}

func (c *comparing) document() bool {
	for _, op := range c.doc.Operations {
		if !c.merged([]ast.SelectionSet{op.SelectionSet}) {
			return false
		}
	}
	for _, f := range c.doc.Fragments {
		if !c.merged([]ast.SelectionSet{f.SelectionSet}) {
			return false
		}
	}
	return true
}

// merged counts selections that are answered as one, and what is below them.
func (c *comparing) merged(sets []ast.SelectionSet) bool {
	below := map[string][]ast.SelectionSet{}
	count := map[string]int{}
	var names []string
	for _, set := range sets {
		if !c.flatten(set, nil, func(f *ast.Field) {
			if count[f.Alias]++; count[f.Alias] == 1 {
				names = append(names, f.Alias)
			}
			if len(f.SelectionSet) > 0 {
				below[f.Alias] = append(below[f.Alias], f.SelectionSet)
			}
		}) {
			return false
		}
	}
	for _, name := range names {
		n := count[name]
		if c.comparisons += n * (n - 1) / 2; c.comparisons > maxComparisons {
			return false
		}
		if len(below[name]) > 0 && !c.merged(below[name]) {
			return false
		}
	}
	return true
}

// flatten gives each field of a selection, those of fragments too; a fragment
// within itself is given once.
func (c *comparing) flatten(set ast.SelectionSet, within []string, field func(*ast.Field)) bool {
	for _, s := range set {
		if c.visits++; c.visits > maxVisits {
			return false
		}
		switch s := s.(type) {
		case *ast.Field:
			field(s)
		case *ast.InlineFragment:
			if !c.flatten(s.SelectionSet, within, field) {
				return false
			}
		case *ast.FragmentSpread:
			f := c.doc.Fragments.ForName(s.Name)
			if f == nil || slices.Contains(within, s.Name) {
				continue
			}
			if !c.flatten(f.SelectionSet, append(within[:len(within):len(within)], s.Name), field) {
				return false
			}
		}
	}
	return true
}
