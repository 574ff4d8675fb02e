package gql

import (
	"context"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// plan is a validated query compiled once into what writes its answer: for
// queries that ask for golden records by id and for values that need no other
// read, which programs ask most. Everything else has no plan and is answered by
// the generated executor, and so is whatever does not go as planned: a plan that
// meets an error or a variable that it does not expect gives up without having
// answered, and the executor says what is wrong. A plan reads through the View
// like any resolver, and gives the executor's bytes (TestAPlanAnswersAsTheExecutorDoes).
type plan struct {
	name    string // of the operation
	audited string // what the audit calls it
	// variables are the operation's, all of them ids.
	variables []string
	// identifiers is whether anything is selected that may show a personal number.
	identifiers bool
	reads       bool // any root field is a record
	roots       []rootField
}

// rootField is a golden record by its id.
type rootField struct {
	key      string // "alias":
	typename bool   // it is __typename and nothing else
	kind     model.Kind
	variable string         // has the id
	id       model.EntityID // when there is no variable
	// objects are what is written of a record by its kind: of its own kind only,
	// or of any kind below node.
	objects [model.Concept + 1]object[*node]
}

// object is a selection on one type.
type object[T any] []member[T]

type member[T any] struct {
	key   string // "alias":
	value appender[T]
}

// appender writes a field's value.
type appender[T any] func(b []byte, of T) []byte

func (o object[T]) append(b []byte, of T) []byte {
	b = append(b, '{')
	for i := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = o[i].value(append(b, o[i].key...), of)
	}
	return append(b, '}')
}

// run answers the query, or says that the executor has to.
func (p *plan) run(ctx context.Context, view *access.View, now time.Time, r Request) (data []byte, ok bool) {
	defer func() {
		if recover() != nil {
			// It happens again in the executor, which logs it.
			data, ok = nil, false
		}
	}()
	if r.OperationName != "" && r.OperationName != p.name {
		return nil, false
	}
	for _, name := range p.variables {
		if _, isText := r.Variables[name].(string); !isText {
			return nil, false
		}
	}
	q := &query{request: &request{ctx: ctx, view: view}, day: model.DateOf(now)}
	if !p.identifiers {
		q.leaveSealed()
	}
	entities, ok := p.read(q, r.Variables)
	if !ok {
		return nil, false
	}
	b := append(make([]byte, 0, 512), '{')
	for i := range p.roots {
		if i > 0 {
			b = append(b, ',')
		}
		b = p.roots[i].append(b, q, entities[i])
	}
	return append(b, '}'), true
}

// read reads the records of all root fields at once, parallel to them, nil where
// there is nothing for the caller.
func (p *plan) read(q *query, variables map[string]any) ([]*access.Entity, bool) {
	ids := make([]model.EntityID, len(p.roots))
	for i := range p.roots {
		root := &p.roots[i]
		if ids[i] = root.id; root.variable != "" {
			var err error
			if ids[i], err = UnmarshalEntityID(variables[root.variable]); err != nil {
				return nil, false
			}
		}
	}
	if !p.reads {
		return make([]*access.Entity, len(ids)), true
	}
	entities, err := q.view.Entities(q.ctx, ids)
	return entities, err == nil
}

// append writes the field with its record, or null.
func (f *rootField) append(b []byte, q *query, e *access.Entity) []byte {
	b = append(b, f.key...)
	switch {
	case f.typename:
		return append(b, `"Query"`...)
	case e == nil || f.kind != model.KindUnknown && e.Kind != f.kind:
		return append(b, "null"...)
	}
	return f.objects[e.Kind].append(b, &node{e, q})
}

// compile makes the plan of a validated query; nil when it is not for a plan.
func compile(doc *ast.QueryDocument, limits Limits) *plan {
	if len(doc.Operations) != 1 {
		return nil
	}
	operation := doc.Operations[0]
	if operation.Operation != ast.Query || !undirected(doc, operation) {
		return nil
	}
	m := measure{enough: limits.Cost + 1, fragments: map[string]extent{}}
	if limits.exceeded(m.selection(operation.SelectionSet)) != "" {
		return nil
	}
	if len(m.demands) > 0 {
		// A plan is for all callers; who may ask is the limiter's to say.
		return nil
	}
	p := &plan{name: operation.Name, audited: operationName(operation), identifiers: m.identifiers}
	for _, v := range operation.VariableDefinitions {
		if v.Type.NamedType != "ID" || v.DefaultValue != nil {
			return nil
		}
		p.variables = append(p.variables, v.Variable)
	}
	c := &compiler{&graphql.OperationContext{Doc: doc, Operation: operation}}
	for _, field := range graphql.CollectFields(c.op, operation.SelectionSet, queryImplementors) {
		root, ok := c.root(field)
		if !ok {
			return nil
		}
		p.roots, p.reads = append(p.roots, root), p.reads || !root.typename
	}
	return p
}

// undirected tells whether the query is without directives, so that what is
// selected does not depend on variables.
func undirected(doc *ast.QueryDocument, operation *ast.OperationDefinition) bool {
	if len(operation.Directives) > 0 || !noDirectives(operation.SelectionSet) {
		return false
	}
	for _, v := range operation.VariableDefinitions {
		if len(v.Directives) > 0 {
			return false
		}
	}
	for _, f := range doc.Fragments {
		if len(f.Directives) > 0 || !noDirectives(f.SelectionSet) {
			return false
		}
	}
	return true
}

func noDirectives(sel ast.SelectionSet) bool {
	for _, s := range sel {
		switch s := s.(type) {
		case *ast.Field:
			if len(s.Directives) > 0 || !noDirectives(s.SelectionSet) {
				return false
			}
		case *ast.InlineFragment:
			if len(s.Directives) > 0 || !noDirectives(s.SelectionSet) {
				return false
			}
		case *ast.FragmentSpread:
			if len(s.Directives) > 0 {
				return false
			}
		}
	}
	return true
}

// compiler makes objects of selections. It answers false where a plan cannot.
type compiler struct{ op *graphql.OperationContext }

// rootKinds are the root fields that give a golden record by its id.
var rootKinds = func() map[string]model.Kind {
	out := map[string]model.Kind{"node": model.KindUnknown}
	for _, kind := range model.Kinds {
		out[kind.String()] = kind
	}
	return out
}()

func (c *compiler) root(f graphql.CollectedField) (rootField, bool) {
	root := rootField{key: key(f)}
	if f.Name == "__typename" {
		root.typename = true
		return root, true
	}
	kind, known := rootKinds[f.Name]
	if !known || len(f.Arguments) != 1 || f.Arguments[0].Name != "id" {
		return root, false
	}
	root.kind = kind
	switch id := f.Arguments[0].Value; id.Kind {
	case ast.Variable:
		root.variable = id.Raw
	case ast.StringValue:
		var err error
		if root.id, err = UnmarshalEntityID(id.Raw); err != nil {
			return root, false
		}
	default:
		return root, false
	}
	kinds := []model.Kind{kind}
	if kind == model.KindUnknown {
		kinds = model.Kinds
	}
	for _, k := range kinds {
		var ok bool
		if root.objects[k], ok = c.golden(k, f.Selections); !ok {
			return root, false
		}
	}
	return root, true
}

// golden compiles what is selected of a golden record of a kind.
func (c *compiler) golden(kind model.Kind, sel ast.SelectionSet) (object[*node], bool) {
	return compileObject(c, sel, implementors[kind], func(f graphql.CollectedField) appender[*node] {
		if len(f.Arguments) > 0 {
			return nil
		}
		switch f.Name {
		case "id":
			return func(b []byte, n *node) []byte { return appendID(b, n.e.ID) }
		case "iri":
			return func(b []byte, n *node) []byte { return appendQuoted(b, n.e.IRI) }
		case "kind":
			return func(b []byte, n *node) []byte { return appendEnum(b, n.e.Kind) }
		case "phase":
			return func(b []byte, n *node) []byte {
				if p := n.Phase(); p != nil {
					return appendEnum(b, *p)
				}
				return append(b, "null"...)
			}
		case "period":
			return one(c, f, periodImplementors, periodFields, func(n *node) *Period {
				p := n.Period()
				return &p
			})
		}
		p := ontology.ByName(kind, f.Name)
		if p == nil {
			return nil
		}
		return c.property(p, f)
	})
}

// compileObject compiles a selection on the type that is named first among its
// implementors; field makes the appender of a field, nil where there is none.
func compileObject[T any](c *compiler, sel ast.SelectionSet, implementors []string, field func(graphql.CollectedField) appender[T]) (object[T], bool) {
	var out object[T]
	seen := map[string]bool{}
	for _, f := range graphql.CollectFields(c.op, sel, implementors) {
		// Selections that gqlgen keeps apart under one name are its own business.
		if seen[f.Alias] {
			return nil, false
		}
		seen[f.Alias] = true
		value := field(f)
		if f.Name == "__typename" {
			name := `"` + implementors[0] + `"`
			value = func(b []byte, _ T) []byte { return append(b, name...) }
		}
		if value == nil {
			return nil, false
		}
		out = append(out, member[T]{key(f), value})
	}
	return out, true
}

func key(f graphql.CollectedField) string { return `"` + f.Alias + `":` }
