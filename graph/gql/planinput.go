package gql

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// inputs are a root field's arguments that are no plain values.
type inputs struct {
	asOf    *AsOf
	codes   []CodeInput
	filter  *RecordFilter
	orderBy *RecordOrder
}

// listInputs is where a root field's inputs come from: they are read once when the
// query's text says all of them, and else with the variables of each request, as
// the executor reads them.
type listInputs struct {
	fixed inputs
	given ast.ArgumentList
}

// compile takes the inputs among a field's arguments; false when they are not
// what they should be.
func (l *listInputs) compile(f graphql.CollectedField) bool {
	varies := false
	for _, name := range [...]string{"codes", "filter", "orderBy", "asOf"} {
		if a := f.Arguments.ForName(name); a != nil {
			l.given = append(l.given, a)
			varies = varies || hasVariable(a.Value)
		}
	}
	if varies || len(l.given) == 0 {
		return true
	}
	var err error
	l.fixed, err = readInputs(context.Background(), l.given, nil)
	l.given = nil
	return err == nil
}

func hasVariable(v *ast.Value) bool {
	if v.Kind == ast.Variable {
		return true
	}
	for _, child := range v.Children {
		if hasVariable(child.Value) {
			return true
		}
	}
	return false
}

// read reads the inputs.
func (l *listInputs) read(x *running) (inputs, error) {
	if len(l.given) == 0 {
		return l.fixed, nil
	}
	return readInputs(x.ctx, l.given, x.given)
}

func readInputs(ctx context.Context, given ast.ArgumentList, variables map[string]any) (out inputs, err error) {
	ec := &executionContext{}
	for _, a := range given {
		raw, err := a.Value.Value(variables)
		if err != nil {
			return out, err
		}
		if raw == nil {
			continue
		}
		switch a.Name {
		case "asOf":
			asOf, err := ec.unmarshalInputAsOf(ctx, raw)
			if err != nil {
				return out, err
			}
			out.asOf = &asOf
		case "filter":
			filter, err := ec.unmarshalInputRecordFilter(ctx, raw)
			if err != nil {
				return out, err
			}
			out.filter = &filter
		case "orderBy":
			order, err := UnmarshalRecordOrder(raw)
			if err != nil {
				return out, err
			}
			out.orderBy = &order
		case "codes":
			for _, one := range graphql.CoerceList(raw) {
				code, err := ec.unmarshalInputCodeInput(ctx, one)
				if err != nil {
					return out, err
				}
				out.codes = append(out.codes, code)
			}
		}
	}
	return out, nil
}
