package gql

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// variableExtension is where an error says which variable is wrong, and where in it.
const variableExtension = "variable"

// coerce gives an operation's variables the values that their types make of what is
// given (GraphQL of October 2021, 6.1.2 and "Input Coercion" of each type). What is
// not given has its default. A null is refused where the operation uses the variable
// and none may be: a variable that has a default may be used there though its type
// allows a null.
func coerce(op *ast.OperationDefinition, given map[string]any) (map[string]any, *gqlerror.Error) {
	if len(op.VariableDefinitions) == 0 {
		return nil, nil //nolint:nilnil // no variables
	}
	out := make(map[string]any, len(op.VariableDefinitions))
	var nulls []string
	for _, d := range op.VariableDefinitions {
		c := coercion{at: ast.Path{ast.PathName(d.Variable)}}
		v, have := given[d.Variable]
		switch {
		case !have && d.DefaultValue == nil && d.Type.NonNull:
			return nil, c.wrong("it is not given, and its type is " + d.Type.String())
		case !have && d.DefaultValue == nil:
			continue
		case !have:
			var err error
			if v, err = d.DefaultValue.Value(nil); err != nil {
				return nil, c.wrong("its default is wrong")
			}
		case v == nil:
			nulls = append(nulls, d.Variable)
		}
		var err *gqlerror.Error
		if out[d.Variable], err = c.value(d.Type, v); err != nil {
			return nil, err
		}
	}
	if len(nulls) > 0 {
		if at := (&nullUse{nulls: nulls}).in(op.SelectionSet); at != nil {
			c := coercion{at: ast.Path{ast.PathName(at.Raw)}}
			return nil, c.wrong("it may not be null where a " + at.ExpectedType.String() + " is wanted; leave it out for its default")
		}
	}
	return out, nil
}

// coercion coerces one variable.
type coercion struct {
	at ast.Path // of the value in hand, from the variable on
}

// wrong is the error of the value in hand. It does not repeat the value.
func (c *coercion) wrong(text string) *gqlerror.Error {
	at := c.at.String()
	return &gqlerror.Error{Message: "Variable $" + at + ": " + text + ".", Extensions: map[string]any{"code": CodeBadInput, variableExtension: at}}
}

// within coerces a part of the value in hand.
func (c *coercion) within(part ast.PathElement, t *ast.Type, v any) (any, *gqlerror.Error) {
	c.at = append(c.at, part)
	out, err := c.value(t, v)
	c.at = c.at[:len(c.at)-1]
	return out, err
}

func (c *coercion) value(t *ast.Type, v any) (any, *gqlerror.Error) {
	if v == nil {
		if t.NonNull {
			return nil, c.wrong("it may not be null, for its type is " + t.String())
		}
		return nil, nil
	}
	if t.Elem != nil {
		return c.list(t, v)
	}
	def := parsedSchema.Types[t.NamedType]
	if def.Kind == ast.InputObject {
		return c.object(def, v)
	}
	out, ok := leaf(def, v)
	if !ok {
		return nil, c.wrong("want " + wanted(def) + ", not " + sortOf(v))
	}
	return out, nil
}

// list coerces a list's elements; anything else is the only one.
func (c *coercion) list(t *ast.Type, v any) (any, *gqlerror.Error) {
	elements := reflect.ValueOf(v)
	if elements.Kind() != reflect.Slice {
		one, err := c.value(t.Elem, v)
		return []any{one}, err
	}
	out := make([]any, elements.Len())
	for i := range out {
		var err *gqlerror.Error
		if out[i], err = c.within(ast.PathIndex(i), t.Elem, elements.Index(i).Interface()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *coercion) object(def *ast.Definition, v any) (any, *gqlerror.Error) {
	given, ok := v.(map[string]any)
	if !ok {
		return nil, c.wrong("want an object (" + def.Name + "), not " + sortOf(v))
	}
	out := make(map[string]any, len(given))
	known := 0
	for _, f := range def.Fields {
		value, have := given[f.Name]
		switch {
		case have:
			known++
		case f.DefaultValue != nil:
			var err error
			if value, err = f.DefaultValue.Value(nil); err != nil {
				return nil, c.wrong("the default of " + f.Name + " is wrong")
			}
		case f.Type.NonNull:
			return nil, c.wrong("a " + def.Name + " needs " + f.Name)
		default:
			continue
		}
		var err *gqlerror.Error
		if out[f.Name], err = c.within(ast.PathName(f.Name), f.Type, value); err != nil {
			return nil, err
		}
	}
	if known < len(given) {
		var names []string
		for name := range given {
			if def.Fields.ForName(name) == nil {
				names = append(names, name)
			}
		}
		return nil, c.wrong("a " + def.Name + " has no " + strconv.Quote(slices.Min(names)))
	}
	return out, nil
}

// leaf coerces a value to a scalar or an enum. A scalar of this schema is read where
// it is used, as it is from the query's text.
func leaf(def *ast.Definition, v any) (any, bool) {
	if def.Kind == ast.Enum {
		name, ok := v.(string)
		return v, ok && def.EnumValues.ForName(name) != nil
	}
	switch def.Name {
	case "Int":
		n, ok := whole(v)
		return n, ok && math.MinInt32 <= n && n <= math.MaxInt32
	case "String":
		_, ok := v.(string)
		return v, ok
	case "Boolean":
		_, ok := v.(bool)
		return v, ok
	case "ID":
		if _, ok := v.(string); ok {
			return v, true
		}
		n, ok := whole(v)
		return strconv.FormatInt(n, 10), ok
	}
	return v, true
}

// whole is a number without a fraction, however it is written.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case json.Number:
		if n, err := strconv.ParseInt(string(v), 10, 64); err == nil {
			return n, true
		}
		f, err := v.Float64()
		if err != nil {
			return 0, false
		}
		return whole(f)
	case float64:
		// Beyond, two whole numbers may be the same.
		const most = 1 << 53
		return int64(v), v == math.Trunc(v) && -most < v && v < most
	case int:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

// wanted is what a type takes, in words.
func wanted(def *ast.Definition) string {
	if def.Kind == ast.Enum {
		names := make([]string, len(def.EnumValues))
		for i, v := range def.EnumValues {
			names[i] = v.Name
		}
		return "a " + def.Name + ": " + strings.Join(names, ", ")
	}
	switch def.Name {
	case "Int":
		return fmt.Sprintf("a whole number from %d to %d", math.MinInt32, math.MaxInt32)
	case "Boolean":
		return "true or false"
	}
	return "a string"
}

// sortOf is what sort of JSON a value is.
func sortOf(v any) string {
	switch v.(type) {
	case string:
		return "this string"
	case bool:
		return "a boolean"
	case map[string]any:
		return "an object"
	}
	if reflect.TypeOf(v).Kind() == reflect.Slice {
		return "a list"
	}
	return "this number"
}

// nullUse looks for where an operation uses variables that are null though no null
// may be there. The validator has said what each place wants.
type nullUse struct {
	nulls []string
	seen  []string // fragments
}

func (n *nullUse) in(sel ast.SelectionSet) *ast.Value {
	for _, s := range sel {
		var directives ast.DirectiveList
		var arguments ast.ArgumentList
		var below ast.SelectionSet
		switch s := s.(type) {
		case *ast.Field:
			directives, arguments, below = s.Directives, s.Arguments, s.SelectionSet
		case *ast.InlineFragment:
			directives, below = s.Directives, s.SelectionSet
		case *ast.FragmentSpread:
			directives = s.Directives
			if !slices.Contains(n.seen, s.Name) {
				n.seen = append(n.seen, s.Name)
				below = s.Definition.SelectionSet
			}
		}
		for _, d := range directives {
			if at := n.among(d.Arguments); at != nil {
				return at
			}
		}
		if at := n.among(arguments); at != nil {
			return at
		}
		if at := n.in(below); at != nil {
			return at
		}
	}
	return nil
}

func (n *nullUse) among(arguments ast.ArgumentList) *ast.Value {
	for _, a := range arguments {
		if at := n.value(a.Value); at != nil {
			return at
		}
	}
	return nil
}

func (n *nullUse) value(v *ast.Value) *ast.Value {
	if v.Kind == ast.Variable && v.ExpectedType != nil && v.ExpectedType.NonNull && slices.Contains(n.nulls, v.Raw) {
		return v
	}
	for _, child := range v.Children {
		if at := n.value(child.Value); at != nil {
			return at
		}
	}
	return nil
}
