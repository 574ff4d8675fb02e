package gql

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// CodeList is a code list.
type CodeList struct {
	q *query
	v access.CodeList
}

// Scheme is the list's name.
func (l *CodeList) Scheme() string { return l.v.Scheme }

// Concepts are the list's concepts.
func (l *CodeList) Concepts() []*Concept {
	out := make([]*Concept, len(l.v.Concepts))
	for i, e := range l.v.Concepts {
		out[i] = asConcept(l.q, e)
	}
	return out
}

// CodeLists are the code lists.
func (r *queryResolver) CodeLists(ctx context.Context, asOf *AsOf) ([]CodeList, error) {
	q, err := r.queryAt(ctx, nil, asOf)
	if err != nil {
		return nil, err
	}
	lists, err := q.view.CodeLists(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]CodeList, len(lists))
	var all []*access.Entity
	for i := range lists {
		out[i] = CodeList{q, lists[i]}
		all = append(all, lists[i].Concepts...)
	}
	return out, q.aheadOf(ctx, "concepts", all)
}

// CodeList is one code list.
func (r *queryResolver) CodeList(ctx context.Context, scheme string, asOf *AsOf) (*CodeList, error) {
	q, err := r.queryAt(ctx, nil, asOf)
	if err != nil {
		return nil, err
	}
	list, err := q.view.CodeList(ctx, scheme)
	if err != nil {
		if errors.Is(err, access.ErrNotFound) {
			return nil, nil
		}
		return nil, err
	}
	return &CodeList{q, *list}, q.aheadOf(ctx, "concepts", list.Concepts)
}

// Code is one code of a list.
func (r *queryResolver) Code(ctx context.Context, scheme, notation string, validAt *model.Date, asOf *AsOf) (*Concept, error) {
	q, err := r.queryAt(ctx, validAt, asOf)
	if err != nil {
		return nil, err
	}
	e, err := entityOrNil(q.view.CodeAt(ctx, scheme, notation, q.day))
	if err != nil {
		return nil, err
	}
	e, err = q.found(ctx, e)
	return asConcept(q, e), err
}

// CodeRelation is how a code is related to one that stands for it, as access
// says it.
type CodeRelation access.Relation

// MarshalCodeRelation writes a relation.
func MarshalCodeRelation(r CodeRelation) graphql.Marshaler { return enum(word(r)) }

// UnmarshalCodeRelation reads a relation.
func UnmarshalCodeRelation(v any) (CodeRelation, error) {
	var names []word
	for _, r := range access.Relations {
		names = append(names, word(r))
	}
	w, err := parseEnum(v, names...)
	return CodeRelation(w), err
}

// CodeTranslation is a code that stands for another.
type CodeTranslation struct {
	Concept  *Concept
	Relation CodeRelation
}

// TranslateCode is what stands for a code on a day.
func (r *queryResolver) TranslateCode(ctx context.Context, scheme, notation string, to *string, at *model.Date, asOf *AsOf) ([]CodeTranslation, error) {
	q, err := r.queryAt(ctx, at, asOf)
	if err != nil {
		return nil, err
	}
	if to != nil {
		if err := q.view.CheckList(ctx, *to); err != nil {
			return nil, err
		}
	}
	found, err := q.view.TranslateCode(ctx, model.Code{Scheme: scheme, Notation: notation}, deref(to), q.day)
	if err != nil {
		if errors.Is(err, access.ErrNotFound) {
			return nil, nil
		}
		return nil, err
	}
	out := make([]CodeTranslation, len(found))
	concepts := make([]*access.Entity, len(found))
	for i, f := range found {
		out[i] = CodeTranslation{asConcept(q, f.Concept), CodeRelation(f.Relation)}
		concepts[i] = f.Concept
	}
	return out, q.aheadOf(ctx, "concept", concepts)
}
