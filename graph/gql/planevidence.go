package gql

import (
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/model"
)

// statementPlan is a selection of a record's values with their evidence. What a
// value itself is, with its type, is the executor's.
type statementPlan struct {
	properties []string // nil for all
	validAt    operand
}

// statements compiles the evidence of a record's values; nil when the properties
// are not said by the query's text.
func (c *compiler) statements(g *golden, f graphql.CollectedField) appender[*record] {
	p := &statementPlan{}
	if !c.arguments(f, map[string]*operand{"properties": nil, "validAt": &p.validAt}) {
		return nil
	}
	if given := f.Arguments.ForName("properties"); given != nil {
		if hasVariable(given.Value) || given.Value.Kind != ast.ListValue && given.Value.Kind != ast.NullValue {
			return nil
		}
		said, err := given.Value.Value(nil)
		if err != nil {
			return nil
		}
		if p.properties, err = stringsArg(said); err != nil {
			return nil
		}
	}
	o, ok := compileObject(c, f.Selections, statementImplementors, c.statement)
	if !ok {
		return nil
	}
	at := len(g.branches)
	g.branches = append(g.branches, branchPlan{statements: p})
	size := c.size(f)
	return func(b []byte, n *record) []byte {
		all := n.below[at].statements
		n.q.spend(len(all), size)
		return o.list(b, len(all), func(i int) *Statement { return &all[i] })
	}
}

func (c *compiler) statement(f graphql.CollectedField) appender[*Statement] {
	switch {
	case len(f.Arguments) > 0:
	case f.Name == "property":
		return func(b []byte, s *Statement) []byte { return appendQuoted(b, s.Property()) }
	case f.Name == "text":
		return func(b []byte, s *Statement) []byte { return appendQuoted(b, s.Text()) }
	case f.Name == "rule":
		return func(b []byte, s *Statement) []byte { return appendEnum(b, s.Rule()) }
	case f.Name == "period":
		return lasting(c, f, (*Statement).Period)
	case f.Name == "support":
		return supported(c, f, func(s *Statement) *query { return s.q }, (*Statement).Support)
	case f.Name == "alternatives":
		if o, ok := compileObject(c, f.Selections, alternativeImplementors, c.alternative); ok {
			size := c.size(f)
			return func(b []byte, s *Statement) []byte {
				all := s.Alternatives()
				s.q.spend(len(all), size)
				return o.list(b, len(all), func(i int) *Alternative { return &all[i] })
			}
		}
	}
	return nil
}

func (c *compiler) alternative(f graphql.CollectedField) appender[*Alternative] {
	switch {
	case len(f.Arguments) > 0:
	case f.Name == "text":
		return func(b []byte, a *Alternative) []byte { return appendQuoted(b, a.Text()) }
	case f.Name == "lost":
		return func(b []byte, a *Alternative) []byte { return appendEnum(b, a.Lost()) }
	case f.Name == "period":
		return lasting(c, f, (*Alternative).Period)
	case f.Name == "support":
		return supported(c, f, func(a *Alternative) *query { return a.q }, (*Alternative).Support)
	}
	return nil
}

// lasting compiles when something is valid.
func lasting[T any](c *compiler, f graphql.CollectedField, of func(T) Period) appender[T] {
	o, ok := selection(c, f, periodImplementors, periodFields)
	if !ok {
		return nil
	}
	return func(b []byte, v T) []byte {
		p := of(v)
		return o.append(b, &p)
	}
}

// supported compiles who says something.
func supported[T any](c *compiler, f graphql.CollectedField, in func(T) *query, of func(T) []Support) appender[T] {
	o, ok := selection(c, f, supportImplementors, supportFields)
	if !ok {
		return nil
	}
	size := c.size(f)
	return func(b []byte, v T) []byte {
		all := of(v)
		in(v).spend(len(all), size)
		return o.list(b, len(all), func(i int) *Support { return &all[i] })
	}
}

var supportFields = map[string]appender[*Support]{
	"source":    func(b []byte, s *Support) []byte { return appendQuoted(b, s.Source) },
	"authority": func(b []byte, s *Support) []byte { return appendQuoted(b, s.Authority) },
	"record":    func(b []byte, s *Support) []byte { return appendID(b, s.Record) },
	"localId":   func(b []byte, s *Support) []byte { return appendOptional(b, s.LocalID) },
	"original":  func(b []byte, s *Support) []byte { return appendOptional(b, s.Original) },
	"since":     func(b []byte, s *Support) []byte { return strconv.AppendInt(b, s.Since, 10) },
	"sinceAt":   func(b []byte, s *Support) []byte { return appendInstant(b, s.SinceAt) },
	"stamp":     func(b []byte, s *Support) []byte { return appendInstant(b, s.Stamp) },
}

func appendInstant(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	return appendQuoted(b, t.UTC().Format(time.RFC3339Nano))
}

// evidence reads the evidence of records, one after the other: a read a record.
func (x *running) evidence(v *visit, p *statementPlan, at int) error {
	var day *model.Date
	if said := x.get(p.validAt); said.set {
		day = &said.date
	}
	for _, n := range v.records {
		var err error
		if n.below[at].statements, err = v.q.statements(n.e, p.properties, day); err != nil {
			return err
		}
	}
	return nil
}
