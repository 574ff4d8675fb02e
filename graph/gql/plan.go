package gql

import (
	"context"
	"errors"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// plan is a validated query compiled once into what reads its records, a level
// at a time, and writes its answer: for queries that ask for golden records, by
// id, by identifier or in lists, for their values and for what they link to,
// either way. Everything else has no plan and is answered by the generated
// executor, and so is whatever does not go as planned: a plan that meets an error
// or a variable that it does not expect gives up without having answered, and the
// executor says what is wrong. A plan reads through the View like any resolver, and
// gives the executor's bytes (TestAPlanAnswersAsTheExecutorDoes,
// TestGeneratedQueriesAreAnsweredAlike).
type plan struct {
	audited   string // what the audit calls it
	variables []variable
	// identifiers is whether anything is selected that may show a personal number.
	identifiers bool
	// bounded says that the answer is within limits whatever the variables are;
	// else it is measured with them.
	bounded   bool
	operation *ast.OperationDefinition
	roots     []rootField
	// present and past are the places of root fields: the past ones say of what
	// moment they are.
	present, past []int
	// hierarchies are the names that must be of the model.
	hierarchies []operand
	size        int // of the answer without its lists (see budget)
}

// root is a sort of root field.
type root uint8

const (
	rootTypename root = iota
	rootByID
	rootByIdentifier
	rootList
)

// rootField is one field of the query itself.
type rootField struct {
	key  string // "alias":
	sort root
	kind model.Kind // KindUnknown for any
	// The arguments, those that the sort has.
	id, scheme, value                  operand
	first, after, last, before, search operand
	validAt                            operand
	inputs                             listInputs // those of a list; and the moment
	record                             *shape     // of what is found by id or identifier
	page                               *pageShape
	object                             object[*pageAnswer] // of a list
}

// errUnplanned makes a plan give up.
var errUnplanned = errors.New("the query is not as planned")

// running is a plan being answered.
type running struct {
	*request
	plan   *plan
	values []value // of the variables
	// found are the records that links lead to, by the ids that the links have.
	found   map[model.EntityID]*target
	targets slab[target]
	records slab[record]
	// level are the records whose links are to be read next.
	level []visit
	// given are the variables, coerced.
	given map[string]any
	// told are look-ups by personal numbers, to be logged when the answer is given.
	told []func()
}

// answered is what a root field came to.
type answered struct {
	record *record
	page   *pageAnswer
}

// run answers the query with its variables, which have been coerced, or says that
// the executor has to.
func (p *plan) run(ctx context.Context, r *resolver, view *access.View, variables map[string]any) (data []byte, ok bool) {
	defer func() {
		if recover() != nil {
			// It happens again in the executor, which logs it.
			data, ok = nil, false
		}
	}()
	if !p.bounded && !affordable(p.operation, r.limits, variables) {
		return nil, false
	}
	x := &running{request: &request{ctx: ctx, view: view, budget: &budget{most: int64(r.limits.Cost)}}, plan: p, given: variables}
	if x.values, ok = valuesOf(p.variables, variables); !ok {
		return nil, false
	}
	for _, h := range p.hierarchies {
		if v := x.get(h); v.set && !access.IsHierarchy(v.text) {
			return nil, false
		}
	}
	x.spend(1, p.size)
	if !p.identifiers {
		x.leaveSealed()
	}
	roots, err := x.read(r)
	if err != nil {
		return nil, false
	}
	b := append(make([]byte, 0, 512), '{')
	for i := range p.roots {
		if i > 0 {
			b = append(b, ',')
		}
		b = p.roots[i].append(b, roots[i])
	}
	for _, tell := range x.told {
		tell()
	}
	return append(b, '}'), true
}

// read reads what all root fields find, and then level by level what lies below:
// of the present, and of each field of another moment.
func (x *running) read(r *resolver) ([]answered, error) {
	out := make([]answered, len(x.plan.roots))
	if err := x.fields(r, x.plan.present, out); err != nil {
		return nil, err
	}
	for _, i := range x.plan.past {
		then, err := x.at(&x.plan.roots[i])
		if err != nil {
			return nil, err
		}
		if err := then.fields(r, []int{i}, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// at is the running plan at the moment of a root field, which is read apart.
func (x *running) at(f *rootField) (*running, error) {
	in, err := f.inputs.read(x)
	if err != nil {
		return nil, err
	}
	then := &running{request: &request{ctx: x.ctx, view: x.view, budget: x.budget}, plan: x.plan, given: x.given, values: x.values}
	if in.asOf == nil {
		return then, nil
	}
	revision, err := in.asOf.revision(x.ctx, x.view)
	if err != nil {
		return nil, err
	}
	q, err := (&query{request: x.request}).at(revision)
	if err != nil {
		return nil, err
	}
	then.request = q.request
	return then, nil
}

// fields reads what root fields of one moment find.
func (x *running) fields(r *resolver, fields []int, out []answered) error {
	today := model.DateOf(r.clock())
	queries := make([]query, len(fields))
	var ids []model.EntityID
	var asked []int // places among fields
	for k, i := range fields {
		f := &x.plan.roots[i]
		q := &queries[k]
		q.request, q.day = x.request, today
		if v := x.get(f.validAt); v.set {
			q.day = v.date
		}
		switch f.sort {
		case rootByID:
			v := x.get(f.id)
			if !v.set {
				return errUnplanned
			}
			ids, asked = append(ids, v.id), append(asked, k)
		case rootByIdentifier:
			if err := x.byIdentifier(r, f, q, &out[i]); err != nil {
				return err
			}
		case rootList:
			if err := x.list(f, q, &out[i]); err != nil {
				return err
			}
		}
	}
	if len(ids) > 0 {
		if err := x.aheadOf(ids, fields, asked); err != nil {
			return err
		}
		entities, err := x.view.Entities(x.ctx, ids)
		if err != nil {
			return err
		}
		for j, k := range asked {
			f := &x.plan.roots[fields[k]]
			if e := entities[j]; e != nil && (f.kind == model.KindUnknown || f.kind == e.Kind) {
				if out[fields[k]].record, err = x.one(f.record, &queries[k], e); err != nil {
					return err
				}
			}
		}
	}
	for len(x.level) > 0 {
		if err := x.descend(); err != nil {
			return err
		}
	}
	return nil
}

func (x *running) byIdentifier(r *resolver, f *rootField, q *query, out *answered) error {
	scheme, value := x.get(f.scheme), x.get(f.value)
	if !scheme.set || !value.set {
		return errUnplanned
	}
	steps, err := x.route(nil, f.record, 0, 1)
	if err != nil {
		return err
	}
	if x.view, err = x.view.AheadOfIdentifier(x.ctx, f.kind, model.Scheme(scheme.text), value.text, steps); err != nil {
		return err
	}
	es, err := x.view.ByIdentifier(x.ctx, f.kind, model.Scheme(scheme.text), value.text)
	if err != nil {
		return err
	}
	if len(es) > 1 {
		return errUnplanned // an error, which the executor words
	}
	if model.ProofOf(model.Scheme(scheme.text)).Sealed {
		x.told = append(x.told, func() {
			r.logLookUp(x.ctx, x.view.Rights(), f.kind, model.Scheme(scheme.text), len(es))
		})
	}
	if len(es) == 1 {
		out.record, err = x.one(f.record, q, es[0])
	}
	return err
}

func (x *running) list(f *rootField, q *query, out *answered) error {
	in, err := f.inputs.read(x)
	if err != nil {
		return err
	}
	args := listArgs{
		first: x.get(f.first).integer(), after: x.get(f.after).string(), last: x.get(f.last).integer(), before: x.get(f.before).string(),
		search: x.get(f.search).string(), codes: in.codes, filter: in.filter, orderBy: in.orderBy,
	}
	page, err := args.page()
	if err != nil {
		return err
	}
	filter, err := args.narrowing(f.kind, q.day)
	if err != nil {
		return err
	}
	page.Leave = f.page.shows.leave(page.Backward)
	got, err := x.view.List(x.ctx, f.kind, filter, page)
	if err != nil {
		return err
	}
	out.page = &pageAnswer{q: q, size: len(got.Items), cursors: got.Cursors, info: pageInfo(got.Cursors, got.HasNext, got.HasPrevious)}
	if f.page.counted {
		n, ok, err := x.view.Total(x.ctx, f.kind, filter)
		if err != nil {
			return err
		}
		if ok {
			out.page.total = &n
		}
	}
	return x.rows(out.page, f.page, q, got.Items)
}

// append writes the field with what it found, or null.
func (f *rootField) append(b []byte, a answered) []byte {
	b = append(b, f.key...)
	switch {
	case f.sort == rootTypename:
		return append(b, `"Query"`...)
	case a.page != nil:
		return f.object.append(b, a.page)
	case a.record == nil:
		return append(b, "null"...)
	}
	return a.record.append(b)
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

// list writes the elements of a list.
func (o object[T]) list(b []byte, n int, element func(i int) T) []byte {
	b = append(b, '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = o.append(b, element(i))
	}
	return append(b, ']')
}
