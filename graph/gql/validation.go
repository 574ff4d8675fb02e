package gql

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// validation are the rules of the validator, but for two of its own that take
// long.
func validation() *rules.Rules {
	r := rules.NewDefaultRules()
	r.ReplaceRule(rules.OverlappingFieldsCanBeMergedRule.Name, mergeRule)
	r.ReplaceRule(rules.FieldsOnCorrectTypeRule.Name, fieldsRule)
	return r
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
