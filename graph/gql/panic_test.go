package gql

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"

	"github.com/karna-registry/karna/internal/access"
)

// glass breaks when it executes anything: at once, or when an answer is wanted.
type glass struct {
	graphql.ExecutableSchema
	later bool
}

const shards = "shards of glass"

func (g glass) Exec(context.Context) graphql.ResponseHandler {
	if !g.later {
		panic(shards)
	}
	return func(context.Context) *graphql.Response { panic(shards) }
}

// TestWhatPanicsIsAFailureOfOurs wherever it does: the caller is told no more than an
// id, which is in the one line of the log.
func TestWhatPanicsIsAFailureOfOurs(t *testing.T) {
	const query, subscription = `{ status { revision } }`, `subscription { changes { cursor } }`
	over := func(x *Executor, es glass) {
		es.ExecutableSchema = NewExecutableSchema(Config{})
		x.exec = executor.New(es)
		x.exec.SetQueryCache(preparedOnly{})
	}
	follow := func(t *testing.T, x *Executor) []Error {
		s := streaming{x.exec, Caller{View: (&access.Access{}).View(access.Rights{})}, x}
		op, errs := s.CreateOperationContext(graphql.StartOperationTrace(t.Context()), &graphql.RawParams{Query: subscription})
		if errs != nil {
			t.Fatal(errs)
		}
		next, ctx := s.DispatchOperation(graphql.WithOperationContext(t.Context(), op), op)
		resp := next(ctx)
		if again := next(ctx); resp == nil || again != nil {
			t.Fatalf("%v and then %v; want one answer", resp, again)
		}
		return resp.Errors
	}
	for name, ask := range map[string]func(t *testing.T, x *Executor) []Error{
		"a query without a view": func(t *testing.T, x *Executor) []Error {
			return x.Execute(t.Context(), nil, Request{Query: query}).Errors
		},
		"a query": func(t *testing.T, x *Executor) []Error {
			over(x, glass{})
			return x.Execute(t.Context(), (&access.Access{}).View(access.Rights{}), Request{Query: query}).Errors
		},
		"a query's answer": func(t *testing.T, x *Executor) []Error {
			over(x, glass{later: true})
			return x.Execute(t.Context(), (&access.Access{}).View(access.Rights{}), Request{Query: query}).Errors
		},
		"a subscription without a view": func(t *testing.T, x *Executor) []Error {
			_, errs := streaming{x.exec, Caller{}, x}.CreateOperationContext(t.Context(), &graphql.RawParams{Query: subscription})
			return errs
		},
		"a subscription": func(t *testing.T, x *Executor) []Error {
			over(x, glass{})
			return follow(t, x)
		},
		"a subscription's entry": func(t *testing.T, x *Executor) []Error {
			over(x, glass{later: true})
			return follow(t, x)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var logged strings.Builder
			x := New(Options{Log: slog.New(slog.NewTextHandler(&logged, nil))})
			errs := ask(t, x)
			if len(errs) != 1 || errs[0].Extensions["code"] != CodeInternal || !strings.HasPrefix(errs[0].Message, "The registry failed to answer.") {
				t.Fatalf("the caller is told %v", errs)
			}
			id, _ := errs[0].Extensions["id"].(string)
			if log := logged.String(); strings.Count(log, "\n") != 1 || id == "" || !strings.Contains(log, id) || !strings.Contains(log, "panic: ") {
				t.Errorf("want one line with the id %q in the log:\n%s", id, log)
			}
		})
	}
}
