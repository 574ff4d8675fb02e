package gql

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// validation are the rules of the validator, but for two of its own that take
// long, and with one that it lacks.
func validation() *rules.Rules {
	r := rules.NewDefaultRules()
	r.ReplaceRule(rules.OverlappingFieldsCanBeMergedRule.Name, mergeRule)
	r.ReplaceRule(rules.FieldsOnCorrectTypeRule.Name, fieldsRule)
	r.AddRule("IntegersOf32Bits", integersRule)
	return r
}

// integersRule refuses an Int that has more than 32 bits (GraphQL of October 2021,
// 3.5.1).
func integersRule(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, v *ast.Value) {
		if v.Kind != ast.IntValue || v.Definition == nil || v.Definition.Name != "Int" {
			return
		}
		if _, err := strconv.ParseInt(v.Raw, 10, 32); err != nil {
			addError(core.Message("An Int is %s.", wanted(v.Definition)), core.At(v.Position))
		}
	})
}

// fieldsRule is the validator's own for as many fields that do not exist as the
// caller is told of: looking for what each was meant to be takes it 30 ms for a
// query of nothing else.
func fieldsRule(observers *core.Events, addError core.AddErrFunc) {
	told := 0
	own := &core.Events{}
	rules.FieldsOnCorrectTypeRule.RuleFunc(own, addError)
	observers.OnField(func(w *core.Walker, f *ast.Field) {
		if f.ObjectDefinition == nil || f.Definition != nil || told >= maxErrors {
			return
		}
		told++
		alone := &ast.Field{Alias: f.Alias, Name: f.Name, Position: f.Position}
		core.Walk(w.Schema, &ast.QueryDocument{Fragments: ast.FragmentDefinitionList{{
			TypeCondition: f.ObjectDefinition.Name, SelectionSet: ast.SelectionSet{alone},
		}}}, own)
	})
}
