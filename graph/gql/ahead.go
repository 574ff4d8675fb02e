package gql

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// step is a field that leads from a record to others.
type step struct {
	property model.PropertyID
	many     bool   // its value is a list of links
	back     bool   // it follows the property the other way round
	code     bool   // it leads to reference data
	role     string // the name of the argument that narrows by role
}

// ahead reads what the selection will ask for below the entities: for each
// field that leads to other records one read, whatever the number of entities;
// then the same for what was read. What it has not foreseen is read when it is
// asked for, so that it is a matter of cost and never of the answer.
func (q *query) ahead(ctx context.Context, sel ast.SelectionSet, entities []*access.Entity) error {
	return q.below(graphql.GetOperationContext(ctx), sel, entities)
}

// branch is a field whose records are read and have a selection of their own.
type branch struct {
	step
	field    graphql.CollectedField
	entities []*access.Entity // that have the field
}

func (q *query) below(op *graphql.OperationContext, sel ast.SelectionSet, entities []*access.Entity) error {
	if err := q.budget.ahead(len(entities)); err != nil {
		return err
	}
	var branches []branch
	for kind, es := range byKind(entities) {
		if len(es) == 0 {
			continue
		}
		for _, field := range graphql.CollectFields(op, sel, implementors[kind]) {
			switch s, ok := follows[kind][field.Name]; {
			case ok && len(field.Selections) > 0:
				branches = append(branches, branch{s, field, es})
			case field.Name == "revision":
				if err := q.readRevisions(idsOf(es)); err != nil {
					return err
				}
			case field.Name == "statements":
				if err := q.aheadOfStatements(op, field, es); err != nil {
					return err
				}
			}
		}
	}
	if len(branches) == 0 {
		return nil
	}
	// All forward links of the level are one read.
	var ids []model.EntityID
	for _, b := range branches {
		if !b.back && !b.code {
			ids = q.appendTargets(ids, b)
		}
	}
	if err := q.load(ids); err != nil {
		return err
	}
	for _, b := range branches {
		var err error
		switch {
		case b.back:
			err = q.aheadBack(op, b)
		case b.code:
			err = q.aheadCode(op, b)
		default:
			below := b.field.Selections
			if b.many {
				below = within(op, below, "target")
			}
			err = q.descend(op, below, q.known(q.appendTargets(nil, b)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// descend goes on below, if anything is selected there.
func (q *query) descend(op *graphql.OperationContext, sel ast.SelectionSet, entities []*access.Entity) error {
	if len(sel) == 0 || len(entities) == 0 {
		return nil
	}
	return q.below(op, sel, entities)
}

// byKind parts entities by kind, each entity once.
func byKind(entities []*access.Entity) (out [model.Concept + 1][]*access.Entity) {
	seen := make(map[*access.Entity]bool, len(entities))
	for _, e := range entities {
		if e != nil && !seen[e] {
			seen[e] = true
			out[e.Kind] = append(out[e.Kind], e)
		}
	}
	return out
}

// within is what is selected below the fields of a name.
func within(op *graphql.OperationContext, sel ast.SelectionSet, name string) ast.SelectionSet {
	var out ast.SelectionSet
	for _, f := range graphql.CollectFields(op, sel, nil) {
		if f.Name == name {
			out = append(out, f.Selections...)
		}
	}
	return out
}

// appendTargets are the ids that a branch's links lead to on the query's day.
func (q *query) appendTargets(ids []model.EntityID, b branch) []model.EntityID {
	for _, e := range b.entities {
		for _, v := range e.All(b.property) {
			if l, ok := v.Value.(model.Link); ok && !l.To.IsZero() && v.Period.Contains(q.day) {
				ids = append(ids, l.To)
				if !b.many {
					break
				}
			}
		}
	}
	return ids
}

// known are the entities of ids that have been read and that the caller may see.
func (q *query) known(ids []model.EntityID) []*access.Entity {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]*access.Entity, 0, len(ids))
	for _, id := range ids {
		if e := q.entities[id]; e != nil {
			out = append(out, e)
		}
	}
	return out
}

// aheadBack reads the pages of a reverse field for all entities.
func (q *query) aheadBack(op *graphql.OperationContext, b branch) error {
	args := b.field.ArgumentMap(op.Variables)
	asked, err := newLinks(optionalInt(args["first"]), optionalText(args["after"]), optionalInt(args["last"]), optionalText(args["before"]))
	if err != nil {
		return unlessRefused(err)
	}
	key := pageKey{property: b.property, linkPage: asked}
	if b.role != "" {
		key.role, _ = args[b.role].(string)
	}
	pages, err := q.readReferrers(idsOf(b.entities), key)
	if err != nil {
		return unlessRefused(err)
	}
	var found []*access.Entity
	for _, p := range pages {
		for i := range p.Items {
			found = append(found, p.Items[i].Entity)
		}
	}
	below := within(op, b.field.Selections, "nodes")
	below = append(below, within(op, within(op, b.field.Selections, "edges"), "node")...)
	return q.descend(op, below, found)
}

// unlessRefused is an error of reading ahead, unless it is that an argument is wrong:
// that is said of the field that has the argument, when it is asked.
func unlessRefused(err error) error {
	if code, _, ok := classify(err); ok && code == CodeBadInput {
		return nil
	}
	return err
}

func idsOf(entities []*access.Entity) []model.EntityID {
	ids := make([]model.EntityID, len(entities))
	for i, e := range entities {
		ids[i] = e.ID
	}
	return ids
}

func optionalInt(v any) *int {
	if n, ok := intArg(v); ok {
		return &n
	}
	return nil
}

func optionalText(v any) *string {
	if s, ok := v.(string); ok {
		return &s
	}
	return nil
}

// intArg is an integer argument: of the query's text, or of its variables.
func intArg(v any) (int, bool) {
	switch v := v.(type) {
	case int64:
		return int(v), true
	case int:
		return v, true
	}
	n, err := graphql.UnmarshalInt(v)
	return n, err == nil && v != nil
}

// aheadCode reads the reference data of a code field when it is asked for.
func (q *query) aheadCode(op *graphql.OperationContext, b branch) error {
	var below ast.SelectionSet
	wanted := false
	for _, f := range graphql.CollectFields(op, b.field.Selections, nil) {
		switch f.Name {
		case "label":
			wanted = true
		case "concept":
			wanted = true
			below = append(below, f.Selections...)
		}
	}
	if !wanted {
		return nil
	}
	var codes []model.Code
	for _, e := range b.entities {
		for _, v := range e.All(b.property) {
			if c, ok := v.Value.(model.Code); ok && v.Period.Contains(q.day) {
				codes = append(codes, c)
			}
		}
	}
	found, err := q.readConcepts(codes)
	if err != nil {
		return err
	}
	return q.descend(op, below, found)
}

// aheadOfStatements reads the records that the values of links and codes in the
// evidence lead to, when they are asked for. The evidence itself is a read a
// golden record (see evidenceCost).
func (q *query) aheadOfStatements(op *graphql.OperationContext, field graphql.CollectedField, entities []*access.Entity) error {
	args := field.ArgumentMap(op.Variables)
	properties, err := stringsArg(args["properties"])
	if err != nil {
		return unlessRefused(err)
	}
	value := append(within(op, field.Selections, "value"), within(op, within(op, field.Selections, "alternatives"), "value")...)
	if len(value) == 0 {
		return nil
	}
	var values []model.Value
	for _, e := range entities {
		infos, err := q.evidenceOf(e, properties)
		if err != nil {
			return unlessRefused(err)
		}
		for i := range infos {
			values = append(values, infos[i].Value)
			for k := range infos[i].Alternatives {
				values = append(values, infos[i].Alternatives[k].Value)
			}
		}
	}
	return q.aheadOfValues(op, value, values)
}

// aheadOfValues reads the records and the reference data that values lead to,
// as far as they are selected.
func (q *query) aheadOfValues(op *graphql.OperationContext, sel ast.SelectionSet, values []model.Value) error {
	var targets, concepts ast.SelectionSet
	labels := false
	for _, f := range graphql.CollectFields(op, sel, nil) {
		switch f.Name {
		case "target":
			targets = append(targets, f.Selections...)
		case "concept":
			concepts = append(concepts, f.Selections...)
		case "label":
			labels = true
		}
	}
	var ids []model.EntityID
	var codes []model.Code
	for _, v := range values {
		switch v := v.(type) {
		case model.Link:
			if !v.To.IsZero() {
				ids = append(ids, v.To)
			}
		case model.Code:
			codes = append(codes, v)
		}
	}
	if len(targets) > 0 {
		if err := q.load(ids); err != nil {
			return err
		}
		if err := q.descend(op, targets, q.known(ids)); err != nil {
			return err
		}
	}
	if len(concepts) > 0 || labels {
		found, err := q.readConcepts(codes)
		if err != nil {
			return err
		}
		return q.descend(op, concepts, found)
	}
	return nil
}

func stringsArg(v any) ([]string, error) {
	list, ok := v.([]any)
	if !ok {
		return nil, nil
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		s, err := graphql.UnmarshalString(item)
		if err != nil {
			return nil, badInput("properties: want names of properties")
		}
		out = append(out, s)
	}
	return slices.Clip(out), nil
}
