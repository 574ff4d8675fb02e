package gql

import (
	"slices"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/model"
)

// variable is one of a query's variables, of a type that a plan knows.
type variable struct {
	name   string
	scalar scalar
}

// scalar is a type of arguments.
type scalar uint8

const (
	otherScalar scalar = iota
	textScalar
	intScalar
	idScalar
	dateScalar
	// inputScalar is an input of a root field, or part of one.
	inputScalar
	// conditionScalar is what @skip and @include ask of, which a plan has settled.
	conditionScalar
)

func scalarOf(t *ast.Type) scalar {
	switch t.NamedType {
	case "String":
		return textScalar
	case "Int":
		return intScalar
	case "ID":
		return idScalar
	case "Date":
		return dateScalar
	}
	switch t.Name() {
	case "RecordFilter", "RecordOrder", "CodeInput", "ValueInput", "SubtreeInput", "AsOf", "DateTime":
		return inputScalar
	}
	return otherScalar
}

// value is an argument's value; not set is null and not given, which no argument
// that a plan knows tells apart.
type value struct {
	set  bool
	text string
	n    int
	id   model.EntityID
	date model.Date
}

func (v value) integer() *int {
	if !v.set {
		return nil
	}
	return &v.n
}

func (v value) string() *string {
	if !v.set {
		return nil
	}
	return &v.text
}

// operand is where an argument's value comes from: a variable, from 1, or the
// query's text.
type operand struct {
	variable int
	literal  value
}

func (x *running) get(a operand) value {
	if a.variable == 0 {
		return a.literal
	}
	return x.values[a.variable-1]
}

// parse reads a value that is spelt so.
func (s scalar) parse(text string) (v value, ok bool) {
	v.set = true
	switch s {
	case textScalar:
		v.text = text
		return v, true
	case idScalar:
		var err error
		v.id, err = UnmarshalEntityID(text)
		return v, err == nil
	case dateScalar:
		var err error
		v.date, err = UnmarshalDate(text)
		return v, err == nil
	}
	return v, false
}

// mostDigits is how long a number may be that is surely an Int of GraphQL.
const mostDigits = 9

func parseInt(text string) (v value, ok bool) {
	if len(text) > mostDigits {
		return v, false
	}
	n, err := strconv.Atoi(text)
	return value{set: true, n: n}, err == nil
}

// valuesOf are the values of variables that have been coerced; false when one is
// not as a plan expects.
func valuesOf(variables []variable, given map[string]any) ([]value, bool) {
	if len(variables) == 0 {
		return nil, true
	}
	out := make([]value, len(variables))
	for i := range variables {
		v := &variables[i]
		if v.scalar == inputScalar || v.scalar == conditionScalar {
			continue // read with what it is part of, or settled
		}
		var ok bool
		switch raw := given[v.name].(type) {
		case nil:
			ok = true
		case string:
			out[i], ok = v.scalar.parse(raw)
		case int64:
			out[i], ok = value{set: true, n: int(raw)}, v.scalar == intScalar
		}
		if !ok {
			return nil, false
		}
	}
	return out, true
}

// variable compiles a variable's definition.
func (c *compiler) variable(d *ast.VariableDefinition) bool {
	v := variable{d.Variable, scalarOf(d.Type)}
	if d.Type.NamedType == "Boolean" {
		v.scalar = conditionScalar
	}
	if v.scalar == otherScalar || len(d.Directives) > 0 {
		return false
	}
	c.variables = append(c.variables, v)
	return true
}

// literal is a value in the query's text.
func literal(s scalar, v *ast.Value) (value, bool) {
	switch v.Kind {
	case ast.StringValue, ast.BlockValue:
		return s.parse(v.Raw)
	case ast.IntValue:
		if s == intScalar {
			return parseInt(v.Raw)
		}
	case ast.NullValue:
		return value{}, true
	}
	return value{}, false
}

// arguments compiles a field's arguments into those that are known, by name, of
// which those that are nil are left alone; false when there is another, or one that
// a plan cannot read.
func (c *compiler) arguments(f graphql.CollectedField, known map[string]*operand) bool {
	for _, d := range f.Definition.Arguments {
		given := f.Arguments.ForName(d.Name)
		to, isKnown := known[d.Name]
		switch {
		case d.DefaultValue != nil && d.DefaultValue.Raw != strconv.Itoa(DefaultPage):
			return false // what is not given is null here, and a page of so many
		case given == nil:
			continue
		case !isKnown:
			return false
		case to == nil:
			continue // read otherwise
		}
		s, ok := scalarOf(d.Type), false
		if given.Value.Kind == ast.Variable {
			to.variable = 1 + slices.IndexFunc(c.variables, func(v variable) bool { return v.name == given.Value.Raw })
			ok = to.variable > 0 && c.variables[to.variable-1].scalar == s
		} else {
			to.literal, ok = literal(s, given.Value)
		}
		if !ok {
			return false
		}
	}
	return true
}
