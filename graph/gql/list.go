package gql

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// CodeInput is a code that a record must have.
type CodeInput struct {
	Property *string
	Scheme   string
	Notation string
}

// RecordFilter is what a record must have to be in a list.
type RecordFilter struct {
	Values   []ValueInput
	ExistsOn *model.Date
	// The last day is in the half-open period from one to the other.
	EndsFrom, EndsBefore *model.Date
	Within               *model.EntityID
	Under                *SubtreeInput
}

// SubtreeInput is an organisation with all that is below it.
type SubtreeInput struct {
	Organisation model.EntityID
	Hierarchy    *string
}

// ValueInput is a value that a record must have.
type ValueInput struct {
	Property string
	Value    *string
	Scheme   *string
	To       *model.EntityID
}

// RecordOrder is the order of a list.
type RecordOrder access.Order

var recordOrders = map[string]access.Order{
	"NAME": access.ByName, "NAME_DESC": access.ByNameDescending, "ID": access.ByID, "ID_DESC": access.ByIDDescending,
}

// MarshalRecordOrder writes an order.
func MarshalRecordOrder(o RecordOrder) graphql.Marshaler {
	for name, order := range recordOrders {
		if order == access.Order(o) {
			return enum(word(name))
		}
	}
	return graphql.Null
}

// UnmarshalRecordOrder reads an order.
func UnmarshalRecordOrder(v any) (RecordOrder, error) {
	name, _ := v.(string)
	order, ok := recordOrders[name]
	if !ok {
		return 0, badInput("want one of NAME, NAME_DESC, ID and ID_DESC")
	}
	return RecordOrder(order), nil
}

// listArgs are the arguments of a kind's list.
type listArgs struct {
	first   *int
	after   *string
	last    *int
	before  *string
	search  *string
	codes   []CodeInput
	filter  *RecordFilter
	orderBy *RecordOrder
	validAt *model.Date
	asOf    *AsOf
}

// page is the page that the arguments ask for: Relay's first with after, or
// last with before.
func (a listArgs) page() (access.Page, error) {
	switch {
	case a.first != nil && a.last != nil:
		return access.Page{}, badInput("give first or last, not both")
	case a.last != nil && a.after != nil, a.last == nil && a.before != nil:
		return access.Page{}, badInput("first goes with after, last goes with before")
	case a.last != nil:
		return access.Page{First: *a.last, Before: deref(a.before), Backward: true}, nil
	}
	return access.Page{First: size(a.first), After: deref(a.after)}, nil
}

// narrowing is the filter that the arguments ask for; day is when values must be
// valid.
func (a listArgs) narrowing(kind model.Kind, day model.Date) (access.Filter, error) {
	f := access.Filter{Text: a.search, Day: day}
	if a.orderBy != nil {
		f.Order = access.Order(*a.orderBy)
	}
	for _, c := range a.codes {
		code := access.CodeFilter{Code: model.Code{Scheme: c.Scheme, Notation: c.Notation}}
		if c.Property != nil {
			id, err := filterable(kind, *c.Property)
			if err != nil {
				return f, err
			}
			code.Property = id
		}
		f.Codes = append(f.Codes, code)
	}
	if a.filter == nil {
		return f, nil
	}
	for _, in := range a.filter.Values {
		id, err := filterable(kind, in.Property)
		if err != nil {
			return f, err
		}
		f.Values = append(f.Values, access.ValueFilter{Property: id, Scheme: deref(in.Scheme), Value: deref(in.Value), To: in.To})
	}
	if a.filter.ExistsOn != nil {
		f.ValidAt = *a.filter.ExistsOn
	}
	if a.filter.EndsFrom != nil {
		f.Ends.From = *a.filter.EndsFrom
	}
	if a.filter.EndsBefore != nil {
		f.Ends.To = *a.filter.EndsBefore
	}
	f.Within = a.filter.Within
	if under := a.filter.Under; under != nil {
		f.Under, f.Hierarchy = &under.Organisation, under.Hierarchy
	}
	return f, nil
}

// filterable is the number of a property of a kind; whether it has an index is
// the View's to say.
func filterable(kind model.Kind, name string) (model.PropertyID, error) {
	p := ontology.ByName(kind, name)
	if p == nil {
		return 0, badInput(fmt.Sprintf("%s has no property of that name; lists can be filtered by %s", kind, strings.Join(access.Filterable(kind), ", ")))
	}
	return p.ID, nil
}

func (r *queryResolver) list(ctx context.Context, kind model.Kind, args listArgs) (page, error) {
	return r.listNarrowed(ctx, kind, args, func(*access.Filter) {})
}

// listNarrowed is a list that is narrowed by more than its arguments say.
func (r *queryResolver) listNarrowed(ctx context.Context, kind model.Kind, args listArgs, narrow func(*access.Filter)) (page, error) {
	asked, err := args.page()
	if err != nil {
		return page{}, err
	}
	q, err := r.queryAt(ctx, args.validAt, args.asOf)
	if err != nil {
		return page{}, err
	}
	filter, err := args.narrowing(kind, q.day)
	if err != nil {
		return page{}, err
	}
	narrow(&filter)
	got, err := q.view.List(ctx, kind, filter, asked)
	if err != nil {
		return page{}, err
	}
	p := page{q: q, items: got.Items, cursors: got.Cursors, info: pageInfo(got.Cursors, got.HasNext, got.HasPrevious)}
	if selects(ctx, "totalCount") {
		n, ok, err := q.view.Total(ctx, kind, filter)
		if err != nil {
			return page{}, err
		}
		if ok {
			p.total = &n
		}
	}
	return p, q.aheadOfPage(ctx, got.Items)
}
