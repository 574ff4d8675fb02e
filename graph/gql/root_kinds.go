package gql

import (
	"context"

	"github.com/karna-registry/karna/model"
)

// The root fields of each kind: three, and two of concepts, which have no
// identifier but a list and a notation. They differ in their types only; what
// they do is in resolver.go.

func (r *queryResolver) Person(ctx context.Context, id model.EntityID, validAt *model.Date, asOf *AsOf) (*Person, error) {
	q, e, err := r.byID(ctx, model.Person, id, validAt, asOf)
	return asPerson(q, e), err
}

func (r *queryResolver) PersonByIdentifier(ctx context.Context, scheme, value string, validAt *model.Date) (*Person, error) {
	q, e, err := r.byIdentifier(ctx, model.Person, scheme, value, validAt)
	return asPerson(q, e), err
}

func (r *queryResolver) Persons(ctx context.Context, first *int, after *string, last *int, before *string, search *string, codes []CodeInput, filter *RecordFilter, orderBy *RecordOrder, validAt *model.Date, asOf *AsOf) (*PersonConnection, error) {
	p, err := r.list(ctx, model.Person, listArgs{first, after, last, before, search, codes, filter, orderBy, validAt, asOf})
	return &PersonConnection{p}, err
}

func (r *queryResolver) Role(ctx context.Context, id model.EntityID, validAt *model.Date, asOf *AsOf) (*Role, error) {
	q, e, err := r.byID(ctx, model.Role, id, validAt, asOf)
	return asRole(q, e), err
}

func (r *queryResolver) RoleByIdentifier(ctx context.Context, scheme, value string, validAt *model.Date) (*Role, error) {
	q, e, err := r.byIdentifier(ctx, model.Role, scheme, value, validAt)
	return asRole(q, e), err
}

func (r *queryResolver) Roles(ctx context.Context, first *int, after *string, last *int, before *string, search *string, codes []CodeInput, filter *RecordFilter, orderBy *RecordOrder, validAt *model.Date, asOf *AsOf) (*RoleConnection, error) {
	p, err := r.list(ctx, model.Role, listArgs{first, after, last, before, search, codes, filter, orderBy, validAt, asOf})
	return &RoleConnection{p}, err
}

func (r *queryResolver) Organisation(ctx context.Context, id model.EntityID, validAt *model.Date, asOf *AsOf) (*Organisation, error) {
	q, e, err := r.byID(ctx, model.Organisation, id, validAt, asOf)
	return asOrganisation(q, e), err
}

func (r *queryResolver) OrganisationByIdentifier(ctx context.Context, scheme, value string, validAt *model.Date) (*Organisation, error) {
	q, e, err := r.byIdentifier(ctx, model.Organisation, scheme, value, validAt)
	return asOrganisation(q, e), err
}

func (r *queryResolver) Organisations(ctx context.Context, first *int, after *string, last *int, before *string, search *string, codes []CodeInput, filter *RecordFilter, orderBy *RecordOrder, validAt *model.Date, asOf *AsOf) (*OrganisationConnection, error) {
	p, err := r.list(ctx, model.Organisation, listArgs{first, after, last, before, search, codes, filter, orderBy, validAt, asOf})
	return &OrganisationConnection{p}, err
}

func (r *queryResolver) Geography(ctx context.Context, id model.EntityID, validAt *model.Date, asOf *AsOf) (*Geography, error) {
	q, e, err := r.byID(ctx, model.Geography, id, validAt, asOf)
	return asGeography(q, e), err
}

func (r *queryResolver) GeographyByIdentifier(ctx context.Context, scheme, value string, validAt *model.Date) (*Geography, error) {
	q, e, err := r.byIdentifier(ctx, model.Geography, scheme, value, validAt)
	return asGeography(q, e), err
}

func (r *queryResolver) Geographies(ctx context.Context, first *int, after *string, last *int, before *string, search *string, codes []CodeInput, filter *RecordFilter, orderBy *RecordOrder, validAt *model.Date, asOf *AsOf) (*GeographyConnection, error) {
	p, err := r.list(ctx, model.Geography, listArgs{first, after, last, before, search, codes, filter, orderBy, validAt, asOf})
	return &GeographyConnection{p}, err
}

func (r *queryResolver) Service(ctx context.Context, id model.EntityID, validAt *model.Date, asOf *AsOf) (*Service, error) {
	q, e, err := r.byID(ctx, model.Service, id, validAt, asOf)
	return asService(q, e), err
}

func (r *queryResolver) ServiceByIdentifier(ctx context.Context, scheme, value string, validAt *model.Date) (*Service, error) {
	q, e, err := r.byIdentifier(ctx, model.Service, scheme, value, validAt)
	return asService(q, e), err
}

func (r *queryResolver) Services(ctx context.Context, first *int, after *string, last *int, before *string, search *string, codes []CodeInput, filter *RecordFilter, orderBy *RecordOrder, validAt *model.Date, asOf *AsOf) (*ServiceConnection, error) {
	p, err := r.list(ctx, model.Service, listArgs{first, after, last, before, search, codes, filter, orderBy, validAt, asOf})
	return &ServiceConnection{p}, err
}

func (r *queryResolver) Concept(ctx context.Context, id model.EntityID, validAt *model.Date, asOf *AsOf) (*Concept, error) {
	q, e, err := r.byID(ctx, model.Concept, id, validAt, asOf)
	return asConcept(q, e), err
}

func (r *queryResolver) Concepts(ctx context.Context, first *int, after *string, last *int, before *string, search *string, codes []CodeInput, filter *RecordFilter, orderBy *RecordOrder, validAt *model.Date, asOf *AsOf) (*ConceptConnection, error) {
	p, err := r.list(ctx, model.Concept, listArgs{first, after, last, before, search, codes, filter, orderBy, validAt, asOf})
	return &ConceptConnection{p}, err
}
