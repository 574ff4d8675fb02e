package gql

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/karna-registry/karna/internal/access"
)

// prepared is an operation that can be answered: its document is valid, and its
// variables are what their types say, for a plan and for the executor alike.
type prepared struct {
	doc       *ast.QueryDocument
	variables map[string]any
	plan      *plan // nil when the executor is to answer
}

// prepare parses and validates a request, or takes its document from the cache,
// chooses the operation and coerces its variables. A query that comes for the
// first time has no plan yet.
func (x *Executor) prepare(r Request) (prepared, gqlerror.List) {
	known, isKnown := x.queries.get(r.Query)
	if !isKnown {
		doc, errs := parse(r.Query, x.limits.Tokens)
		if errs != nil {
			return prepared{}, errs
		}
		x.queries.add(r.Query, doc)
		known.doc = doc
	}
	op := known.doc.Operations.ForName(r.OperationName)
	if op == nil {
		return prepared{}, gqlerror.List{unnamed(known.doc, r.OperationName)}
	}
	variables, err := coerce(op, r.Variables)
	if err != nil {
		return prepared{}, gqlerror.List{err}
	}
	return prepared{known.doc, variables, known.plans.of(variables)}, nil
}

// parse parses a query and validates it. What would take long to validate is
// refused before.
func parse(query string, tokens int) (*ast.QueryDocument, gqlerror.List) {
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, tokens)
	if err != nil {
		wrong := gqlerror.WrapIfUnwrapped(err)
		if strings.HasPrefix(wrong.Message, "exceeded token limit") {
			return nil, gqlerror.List{overLimit(fmt.Sprintf("The query has more than %d tokens. Ask in several requests.", tokens))}
		}
		return nil, gqlerror.List{wrong}
	}
	if doc == nil || len(doc.Operations) == 0 {
		return nil, gqlerror.List{{Message: "The query has no operation."}}
	}
	if refusal := spreads(doc); refusal != nil {
		return nil, gqlerror.List{refusal}
	}
	errs := validator.ValidateWithRules(parsedSchema, doc, validation())
	if i := slices.IndexFunc(errs, func(e *gqlerror.Error) bool { return e.Rule == rules.MaxIntrospectionDepth.Name }); i >= 0 {
		errs = gqlerror.List{overLimit("The introspection is nested too deep. The schema is at /schema.graphqls.")}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return doc, nil
}

// overLimit is the error of a query that exceeds a limit.
func overLimit(text string) *gqlerror.Error {
	return &gqlerror.Error{Message: text, Extensions: map[string]any{"code": CodeLimit}}
}

// unnamed is the error of a name that says none of a document's operations.
func unnamed(doc *ast.QueryDocument, name string) *gqlerror.Error {
	var names []string
	for _, op := range doc.Operations {
		if op.Name != "" {
			names = append(names, op.Name)
		}
	}
	has := "the query has " + strings.Join(names, ", ") + "."
	switch {
	case len(names) == 0:
		has = "the query's only operation has no name."
	case name == "":
		return &gqlerror.Error{Message: "Say in operationName which operation is asked for: " + has}
	}
	return &gqlerror.Error{Message: "There is no operation " + strconv.Quote(name) + ": " + has}
}

// refused are the errors of a request that is not executed, as its caller is told
// them.
func (x *Executor) refused(ctx context.Context, v *access.View, errs gqlerror.List) []Error {
	return few(x.limits.unsuggested(v, x.exec.DispatchError(ctx, errs).Errors))
}

// failed is the error of a panic: its text goes to the log only.
func (x *Executor) failed(ctx context.Context, p any) Error {
	return presenter(x.log)(ctx, recovered(ctx, p))
}

// preparedOnly is gqlgen's cache of documents: it has that of the operation in
// hand, which is parsed and validated already.
type preparedOnly struct{}

var _ graphql.Cache[*ast.QueryDocument] = preparedOnly{}

// Get is the document of the operation in hand.
func (preparedOnly) Get(ctx context.Context, _ string) (*ast.QueryDocument, bool) {
	doc := requestOf(ctx).doc
	return doc, doc != nil
}

// Add keeps nothing: there is nothing that gqlgen parses.
func (preparedOnly) Add(context.Context, string, *ast.QueryDocument) {}
