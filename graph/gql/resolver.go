package gql

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

// resolver answers the root fields.
type resolver struct {
	steward Stewardship
	clock   func() time.Time
	limits  Limits
	log     *slog.Logger
}

type (
	queryResolver    struct{ *resolver }
	mutationResolver struct{ *resolver }
)

var (
	_ QueryResolver    = (*queryResolver)(nil)
	_ MutationResolver = (*mutationResolver)(nil)
)

// Query answers queries.
func (r *resolver) Query() QueryResolver { return &queryResolver{r} }

// Mutation makes changes.
func (r *resolver) Mutation() MutationResolver { return &mutationResolver{r} }

// query is the state of a root field on its day: today unless the caller says.
func (r *resolver) query(ctx context.Context, validAt *model.Date) *query {
	q := &query{request: requestOf(ctx)}
	if validAt != nil {
		q.day = *validAt
	} else {
		q.day = model.DateOf(r.clock())
	}
	return q
}

// selected is what the query selects below the field that is being answered.
func selected(ctx context.Context) ast.SelectionSet {
	return graphql.GetFieldContext(ctx).Field.Selections
}

// found reads what will be asked of one record; nil stays nil.
func (q *query) found(ctx context.Context, e *access.Entity) (*access.Entity, error) {
	if e == nil {
		return nil, nil
	}
	return e, q.ahead(ctx, selected(ctx), []*access.Entity{e})
}

// entityOrNil turns "not found" into nothing: it is no error.
func entityOrNil(e *access.Entity, err error) (*access.Entity, error) {
	if errors.Is(err, access.ErrNotFound) {
		return nil, nil
	}
	return e, err
}

func (r *queryResolver) byID(ctx context.Context, kind model.Kind, id model.EntityID, validAt *model.Date, asOf *AsOf) (*query, *access.Entity, error) {
	q, err := r.queryAt(ctx, validAt, asOf)
	if err != nil {
		return nil, nil, err
	}
	e, err := entityOrNil(q.view.Entity(ctx, id))
	if err != nil || e == nil || e.Kind != kind {
		return q, nil, err
	}
	e, err = q.found(ctx, e)
	return q, e, err
}

// Node is any golden record by its id.
func (r *queryResolver) Node(ctx context.Context, id model.EntityID, validAt *model.Date, asOf *AsOf) (GoldenRecord, error) {
	q, err := r.queryAt(ctx, validAt, asOf)
	if err != nil {
		return nil, err
	}
	e, err := entityOrNil(q.view.Entity(ctx, id))
	if err != nil {
		return nil, err
	}
	e, err = q.found(ctx, e)
	return q.wrap(e), err
}

func (r *queryResolver) byIdentifier(ctx context.Context, kind model.Kind, scheme, value string, validAt *model.Date) (*query, *access.Entity, error) {
	q := r.query(ctx, validAt)
	es, err := q.view.ByIdentifier(ctx, kind, model.Scheme(scheme), value)
	if proof := model.ProofOf(model.Scheme(scheme)); proof.Sealed && err == nil {
		r.logLookUp(ctx, q.view.Rights(), kind, model.Scheme(scheme), len(es))
	}
	switch {
	case err != nil || len(es) == 0:
		return q, nil, err
	case len(es) > 1:
		ids := make([]string, len(es))
		for i, e := range es {
			ids[i] = e.ID.String()
		}
		return q, nil, conflict(fmt.Sprintf("%d records hold the identifier: %s. Ask for them by id.", len(es), strings.Join(ids, ", ")))
	}
	e, err := q.found(ctx, es[0])
	return q, e, err
}

// logLookUp notes who looked for a personal identifier and why, and never which
// (privacy.md 6). A scheme that nobody declared is not named: it could be
// anything that was typed.
func (r *resolver) logLookUp(ctx context.Context, rights access.Rights, kind model.Kind, scheme model.Scheme, found int) {
	name := scheme.Base()
	if model.ProofOf(scheme).Kinds == nil {
		name = "(not declared)"
	}
	r.log.InfoContext(ctx, "identifier look-up", "actor", rights.Actor, "role", rights.Role.String(), "purpose", audit.WithoutNumbers(rights.Why()),
		"kind", kind.String(), "scheme", string(name), "found", found)
}

// aheadOfPage reads what is selected below the records of a page.
func (q *query) aheadOfPage(ctx context.Context, entities []*access.Entity) error {
	return q.descend(graphql.GetOperationContext(ctx), rowsOf(ctx), entities)
}

// rowsOf is what is selected below the rows of a connection.
func rowsOf(ctx context.Context) ast.SelectionSet {
	op, sel := graphql.GetOperationContext(ctx), selected(ctx)
	return append(within(op, sel, "nodes"), within(op, within(op, sel, "edges"), "node")...)
}

// aheadOf reads what is selected below a field of what is being answered.
func (q *query) aheadOf(ctx context.Context, field string, entities []*access.Entity) error {
	op := graphql.GetOperationContext(ctx)
	return q.descend(op, within(op, selected(ctx), field), entities)
}

// loadAheadOf reads the records with these ids, and what is selected below
// them, when the field of a connection's rows that has them is selected.
func (q *query) loadAheadOf(ctx context.Context, field string, ids []model.EntityID) error {
	op := graphql.GetOperationContext(ctx)
	below := within(op, rowsOf(ctx), field)
	if len(below) == 0 {
		return nil
	}
	if err := q.load(ids); err != nil {
		return err
	}
	return q.descend(op, below, q.known(ids))
}
