package gql

import (
	"slices"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// mostMembers bounds the fields of a query's plans. Fragments in fragments can select
// so many that a plan is more than a query is worth keeping for.
const mostMembers = 2000

// mostConditions bounds the variables that a query's @skip and @include may ask of
// for it to have plans: there are two to the power of them.
const mostConditions = 4

// plans are those of a query: one, or where @skip and @include ask of variables one
// for each way in which these are set, made when it is first asked for. So a plan
// has what is selected settled.
type plans struct {
	doc        *ast.QueryDocument
	limits     Limits
	only       *plan    // when there are no conditions
	conditions []string // variables

	mu   sync.Mutex
	made map[[mostConditions]bool]*plan // nil for one that there is not
	left int                            // members that there is room for
}

// plansOf are the plans of a validated query; nil when it can have none.
func plansOf(doc *ast.QueryDocument, limits Limits) *plans {
	if len(doc.Operations) != 1 {
		return nil
	}
	operation := doc.Operations[0]
	if operation.Operation != ast.Query || len(operation.Directives) > 0 {
		return nil
	}
	c := conditions{}
	ok := c.selection(operation.SelectionSet)
	for _, f := range doc.Fragments {
		ok = ok && len(f.Directives) == 0 && c.selection(f.SelectionSet)
	}
	if !ok || len(c.variables) > mostConditions {
		return nil
	}
	p := &plans{doc: doc, limits: limits, conditions: c.variables, left: mostMembers}
	if len(p.conditions) > 0 {
		p.made = map[[mostConditions]bool]*plan{}
	} else if p.only = compile(doc, limits, nil, &p.left); p.only == nil {
		return nil
	}
	return p
}

// of is the plan for variables, which have been coerced; nil when there is none.
func (p *plans) of(variables map[string]any) *plan {
	switch {
	case p == nil:
		return nil
	case len(p.conditions) == 0:
		return p.only
	}
	var set [mostConditions]bool
	for i, name := range p.conditions {
		is, ok := variables[name].(bool)
		if !ok {
			return nil // the executor says what is wrong
		}
		set[i] = is
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	made, have := p.made[set]
	if !have {
		asked := make(map[string]bool, len(p.conditions))
		for i, name := range p.conditions {
			asked[name] = set[i]
		}
		made = compile(p.doc, p.limits, asked, &p.left)
		p.made[set] = made
	}
	return made
}

// conditions are the variables that the @skip and @include of selections ask of.
type conditions struct{ variables []string }

// selection notes those of a selection; false when it has other directives.
func (c *conditions) selection(sel ast.SelectionSet) bool {
	for _, s := range sel {
		ok := false
		switch s := s.(type) {
		case *ast.Field:
			ok = c.directives(s.Directives) && c.selection(s.SelectionSet)
		case *ast.InlineFragment:
			ok = c.directives(s.Directives) && c.selection(s.SelectionSet)
		case *ast.FragmentSpread:
			ok = c.directives(s.Directives)
		}
		if !ok {
			return false
		}
	}
	return true
}

func (c *conditions) directives(directives ast.DirectiveList) bool {
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			return false
		}
		for _, a := range d.Arguments {
			switch {
			case a.Value.Kind == ast.BooleanValue:
			case a.Value.Kind != ast.Variable:
				return false
			case !slices.Contains(c.variables, a.Value.Raw):
				c.variables = append(c.variables, a.Value.Raw)
			}
		}
	}
	return true
}
