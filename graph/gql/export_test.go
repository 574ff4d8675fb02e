package gql

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/karna-registry/karna/internal/access"
)

// WithoutPlans leaves every query to the executor.
func WithoutPlans(x *Executor) { x.queries.limits.Depth = -1 }

// AnsweredByPlan counts the answers that were given by a plan.
func AnsweredByPlan(x *Executor) int64 { return x.planned.Load() }

// ParseRequest reads a request as the handler does, and as encoding/json alone does.
func ParseRequest(text []byte) (scanned Request, ok bool, decoded Request, err error) {
	s := scanner{text: text}
	scanned, ok = s.request(newQueryCache(Limits{}.withDefaults()))
	decoded, err = decodeRequest(text)
	return scanned, ok, decoded, err
}

// Follow follows a subscription without a connection: next is the next answer,
// nil at the end, and gaveUp whether it has ended by itself.
func Follow(ctx context.Context, x *Executor, view *access.View, query string) (next func() *graphql.Response, gaveUp func() bool) {
	s := streaming{x.exec, Caller{View: view}, x}
	ctx = graphql.StartOperationTrace(ctx)
	op, errs := s.CreateOperationContext(ctx, &graphql.RawParams{Query: query})
	if errs != nil {
		panic(errs)
	}
	responses, ctx := s.DispatchOperation(graphql.WithOperationContext(ctx, op), op)
	req := op.Stats.GetExtension(requestExtension).(*request)
	return func() *graphql.Response { return responses(ctx) }, func() bool { return req.ended() != nil }
}

// Schema is the published schema.
func Schema() *ast.Schema { return publishedSchema() }

// SomeValue is a value of a type.
var SomeValue = someValue

// ForgetQueries empties the cache of queries and plans.
func ForgetQueries(x *Executor) {
	x.queries.mu.Lock()
	defer x.queries.mu.Unlock()
	clear(x.queries.queries)
}
