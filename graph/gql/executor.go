package gql

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/karna-registry/karna/internal/access"
)

// Options are what an Executor stands on.
type Options struct {
	// Stewardship makes the changes; nil for a registry that is only read.
	Stewardship Stewardship
	Limits      Limits
	// Persisted are documents that may be asked by the hash of their text, and
	// PersistedOnly refuses all others.
	Persisted     []string
	PersistedOnly bool
	Clock         func() time.Time // nil means time.Now
	Log           *slog.Logger     // nil means slog.Default()
}

// Executor answers GraphQL operations. It is safe for concurrent use.
type Executor struct {
	exec    *executor.Executor
	resolve *resolver
	queries *queryCache
	limits  Limits
	log     *slog.Logger
	planned atomic.Int64  // answers given by a plan
	streams chan struct{} // one for each stream
	asking  callers       // requests under way
	persisted
	open  context.Context // ends with Close
	close context.CancelFunc
}

// New makes an Executor. It reads nothing.
func New(c Options) *Executor {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	limits := c.Limits.withDefaults()
	resolve := &resolver{steward: c.Stewardship, clock: c.Clock, limits: limits, log: c.Log}
	exec := executor.New(NewExecutableSchema(Config{Resolvers: resolve}))
	exec.SetQueryCache(preparedOnly{})
	exec.SetErrorPresenter(presenter(c.Log))
	exec.SetRecoverFunc(recovered)
	exec.Use(limiter{limits, presenter(c.Log)})
	exec.Use(sizer{int64(limits.Cost)})
	x := &Executor{persisted: newPersisted(c.Persisted, c.PersistedOnly), exec: exec, resolve: resolve, queries: newQueryCache(limits), limits: limits, log: c.Log, streams: make(chan struct{}, limits.Subscribers)}
	x.open, x.close = context.WithCancel(context.Background())
	return x
}

// Request is one operation.
type Request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
	// Hash is the SHA-256 of a persisted document, in hexadecimal; instead of Query.
	Hash string `json:"-"`
}

// Response is the answer to one operation. Data is nil when nothing was
// executed.
type Response struct {
	Data   json.RawMessage `json:"data,omitempty"`
	Errors []Error         `json:"errors,omitempty"`
}

// Error is an error as the caller is told it.
type Error = *gqlerror.Error

// Execute answers one operation as the caller of the view. It does not panic: what
// does is a failure of ours, logged and answered as any other.
func (x *Executor) Execute(ctx context.Context, view *access.View, r Request) (resp Response) {
	ctx, cancel := context.WithTimeout(ctx, x.limits.Time)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			resp = Response{Errors: []Error{x.failed(ctx, p)}}
		}
	}()
	r, refusal := x.document(r)
	if refusal != nil {
		return Response{Errors: []Error{refusal}}
	}
	ready, errs := x.prepare(r)
	if errs != nil {
		return Response{Errors: x.refused(ctx, view, errs)}
	}
	if p := ready.plan; p != nil {
		// What a plan that gives up has read is not told: nothing of it is shown.
		together, reads := view.Together(p.audited)
		if data, ok := p.run(ctx, x.resolve, together, ready.variables); ok {
			x.planned.Add(1)
			return x.told(ctx, reads, Response{Data: data})
		}
	}
	view, reads := view.Together("")
	ctx = graphql.StartOperationTrace(withView(ctx, view))
	requestOf(ctx).doc = ready.doc
	op, errs := x.exec.CreateOperationContext(ctx, &graphql.RawParams{
		Query: r.Query, OperationName: r.OperationName, Variables: ready.variables,
	})
	if errs != nil {
		return Response{Errors: x.refused(graphql.WithOperationContext(ctx, op), view, errs)}
	}
	if op.Operation.Operation == ast.Subscription {
		return Response{Errors: []Error{{Message: "Subscribe over a WebSocket (" + protocol + ") or with Accept: text/event-stream.", Extensions: map[string]any{"code": CodeBadInput}}}}
	}
	reads.Name(operationName(op.Operation))
	next, ctx := x.exec.DispatchOperation(ctx, op)
	answer := next(ctx)
	if answer == nil {
		return Response{}
	}
	// Root fields are answered side by side; their errors come in the order of
	// their paths.
	slices.SortStableFunc(answer.Errors, func(a, b Error) int { return cmp.Compare(a.Path.String(), b.Path.String()) })
	return x.told(ctx, reads, Response{answer.Data, answer.Errors})
}
