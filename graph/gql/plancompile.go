package gql

import (
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// compile makes the plan of a validated query of one operation; nil when it is not
// for a plan. conditions are the variables that @skip and @include ask of, as they
// are set for this plan; left is how many members there is room for, before and after.
func compile(doc *ast.QueryDocument, limits Limits, conditions map[string]bool, left *int) *plan {
	operation := doc.Operations[0]
	m := measure{enough: limits.Cost + 1, fragments: map[string]extent{}, unknown: MaxPage}
	size := m.selection(operation.SelectionSet)
	// What it costs may be its variables' to say; the rest is not.
	bounded := size.cost <= limits.Cost
	if size.cost = 0; limits.exceeded(size) != "" || m.tooLong != "" {
		return nil
	}
	if len(m.demands) > 0 {
		// A plan is for all callers; who may ask is the limiter's to say.
		return nil
	}
	p := &plan{
		audited: operationName(operation), identifiers: m.identifiers,
		bounded: bounded, operation: operation,
	}
	c := &compiler{op: &graphql.OperationContext{Doc: doc, Operation: operation, Variables: make(map[string]any, len(conditions))}, left: left, sizes: &budget{}}
	for name, set := range conditions {
		c.op.Variables[name] = set
	}
	p.size = c.sizes.size(operation.SelectionSet)
	for _, v := range operation.VariableDefinitions {
		if !c.variable(v) {
			return nil
		}
	}
	c.hierarchies(p, m.hierarchies)
	if p.variables = c.variables; !p.bounded && !slices.ContainsFunc(p.variables, func(v variable) bool { return v.scalar == intScalar }) {
		return nil // whatever is given, it is too much
	}
	for _, field := range graphql.CollectFields(c.op, operation.SelectionSet, queryImplementors) {
		root, ok := c.root(field)
		if !ok {
			return nil
		}
		if field.Arguments.ForName("asOf") != nil {
			p.past = append(p.past, len(p.roots))
		} else {
			p.present = append(p.present, len(p.roots))
		}
		p.roots = append(p.roots, root)
	}
	return p
}

// affordable tells whether an operation is within limits with its variables.
func affordable(operation *ast.OperationDefinition, limits Limits, variables map[string]any) bool {
	m := measure{enough: limits.Cost + 1, fragments: map[string]extent{}, variables: variables}
	return limits.exceeded(m.selection(operation.SelectionSet)) == "" && m.tooLong == ""
}

// hierarchies takes the names of hierarchies that a query asks by.
func (c *compiler) hierarchies(p *plan, names []*ast.Value) {
	for _, v := range names {
		var of operand
		if v.Kind == ast.Variable {
			of.variable = 1 + slices.IndexFunc(c.variables, func(d variable) bool { return d.name == v.Raw })
		} else if said, ok := literal(textScalar, v); ok {
			of.literal = said
		}
		p.hierarchies = append(p.hierarchies, of)
	}
}

// compiler makes objects of selections. It answers false where a plan cannot.
type compiler struct {
	op        *graphql.OperationContext
	variables []variable
	left      *int // members that there is room for
	sizes     *budget
}

// lists are the root fields that list a kind.
var lists = map[string]model.Kind{
	"persons": model.Person, "roles": model.Role, "organisations": model.Organisation,
	"geographies": model.Geography, "services": model.Service, "concepts": model.Concept,
}

// byIDs and byIdentifiers are the root fields that give a golden record.
var byIDs, byIdentifiers = func() (ids, identifiers map[string]model.Kind) {
	ids, identifiers = map[string]model.Kind{"node": model.KindUnknown}, map[string]model.Kind{}
	for _, kind := range model.Kinds {
		ids[kind.String()] = kind
		if ontology.ByName(kind, "identifier") != nil {
			identifiers[kind.String()+"ByIdentifier"] = kind
		}
	}
	return ids, identifiers
}()

func (c *compiler) root(f graphql.CollectedField) (out rootField, ok bool) {
	out.key = key(f)
	if f.Name == "__typename" {
		return out, true
	}
	if kind, is := byIDs[f.Name]; is {
		out.sort, out.kind = rootByID, kind
		if ok = c.arguments(f, map[string]*operand{"id": &out.id, "validAt": &out.validAt, "asOf": nil}) && out.inputs.compile(f); ok {
			out.record, ok = c.shape(f.Definition.Type, f.Selections)
		}
		return out, ok
	}
	if kind, is := byIdentifiers[f.Name]; is {
		out.sort, out.kind = rootByIdentifier, kind
		if ok = c.arguments(f, map[string]*operand{"scheme": &out.scheme, "value": &out.value, "validAt": &out.validAt}); ok {
			out.record, ok = c.shape(f.Definition.Type, f.Selections)
		}
		return out, ok
	}
	if kind, is := lists[f.Name]; is {
		out.sort, out.kind = rootList, kind
		ok = c.arguments(f, map[string]*operand{
			"first": &out.first, "after": &out.after, "last": &out.last, "before": &out.before, "search": &out.search, "validAt": &out.validAt,
			"codes": nil, "filter": nil, "orderBy": nil, "asOf": nil,
		}) && out.inputs.compile(f)
		if ok {
			out.page, out.object, ok = c.connection(f, true)
		}
		return out, ok
	}
	return out, false
}

// kindsOf are the kinds that a field of a type can give.
func kindsOf(t *ast.Type) []model.Kind {
	switch t.Name() {
	case "GoldenRecord", "Node":
		return model.Kinds
	}
	for _, kind := range model.Kinds {
		if implementors[kind][0] == t.Name() {
			return []model.Kind{kind}
		}
	}
	return nil
}

// shape compiles what is selected of golden records of a type.
func (c *compiler) shape(t *ast.Type, sel ast.SelectionSet) (*shape, bool) {
	kinds := kindsOf(t)
	out := &shape{}
	for _, kind := range kinds {
		g := &golden{}
		var ok bool
		g.object, ok = compileObject(c, sel, implementors[kind], func(f graphql.CollectedField) appender[*record] {
			return c.field(kind, g, f)
		})
		if !ok {
			return nil, false
		}
		out.kinds[kind] = g
	}
	return out, len(kinds) > 0
}

// field compiles a field of a golden record of a kind; nil for one that no plan
// knows. What leads to other records is added to g.
func (c *compiler) field(kind model.Kind, g *golden, f graphql.CollectedField) appender[*record] {
	if s, leads := follows[kind][f.Name]; leads && !s.code {
		return c.follow(g, s, f)
	}
	if p := ontology.ByName(kind, f.Name); p != nil {
		return c.property(p, g, f)
	}
	if f.Name == "statements" {
		return c.statements(g, f)
	}
	if len(f.Arguments) > 0 {
		return nil
	}
	switch f.Name {
	case "id":
		return func(b []byte, n *record) []byte { return appendID(b, n.e.ID) }
	case "iri":
		return func(b []byte, n *record) []byte { return appendQuoted(b, n.e.IRI) }
	case "kind":
		return func(b []byte, n *record) []byte { return appendEnum(b, n.e.Kind) }
	case "phase":
		return func(b []byte, n *record) []byte {
			if p := n.Phase(); p != nil {
				return appendEnum(b, *p)
			}
			return append(b, "null"...)
		}
	case "period":
		return one(c, f, periodImplementors, periodFields, func(n *record) *Period {
			p := n.Period()
			return &p
		})
	}
	return nil
}

// compileObject compiles a selection on the type that is named first among its
// implementors; field makes the appender of a field, nil where there is none.
func compileObject[T any](c *compiler, sel ast.SelectionSet, implementors []string, field func(graphql.CollectedField) appender[T]) (object[T], bool) {
	var out object[T]
	seen := map[string]bool{}
	for _, f := range graphql.CollectFields(c.op, sel, implementors) {
		// Selections that gqlgen keeps apart under one name are its own business.
		if *c.left--; seen[f.Alias] || *c.left < 0 {
			return nil, false
		}
		seen[f.Alias] = true
		var value appender[T]
		if f.Name == "__typename" {
			name := `"` + implementors[0] + `"`
			value = func(b []byte, _ T) []byte { return append(b, name...) }
		} else {
			value = field(f)
		}
		if value == nil {
			return nil, false
		}
		out = append(out, member[T]{key(f), value})
	}
	return out, true
}

func key(f graphql.CollectedField) string { return `"` + f.Alias + `":` }
