package gql

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// budget is how large the answer to an operation may become. How long a list
// without pages is, only the answer tells, so each list is taken into account as it
// comes, for all that is selected of its elements but for lists below, which are in
// their turn; and the records that are read ahead of the answer, each of which is
// a field of it. So no answer has more fields than its limit. A nil budget has no
// end.
type budget struct {
	most  int64
	spent atomic.Int64 // fields of the answer
	read  atomic.Int64 // records that it will have
	sizes sync.Map     // of fragments, by name
}

// errOverBudget is the refusal of an answer that is larger than allowed.
func errOverBudget(most int64) error { return &Refusal{CodeLimit, tooLarge(int(most))} }

// take takes a list of n elements of a size into account; false when that is more
// than is left.
func (b *budget) take(n, size int) bool {
	return b == nil || b.spent.Add(int64(n)*int64(size)) <= b.most
}

// ahead takes records into account that are read for the answer.
func (b *budget) ahead(n int) error {
	if b == nil || b.read.Add(int64(n)) <= b.most {
		return nil
	}
	b.spent.Store(b.most + 1)
	return errOverBudget(b.most)
}

func (b *budget) exceeded() bool { return b != nil && b.spent.Load() > b.most }

// size is how many fields an element of a list has, with the fields of what it
// has one of, and without those of lists. Fragments count whatever they are on.
func (b *budget) size(sel ast.SelectionSet) int {
	n := 0
	for _, s := range sel {
		switch s := s.(type) {
		case *ast.Field:
			if n++; !isList(s) {
				n += b.size(s.SelectionSet)
			}
		case *ast.InlineFragment:
			n += b.size(s.SelectionSet)
		case *ast.FragmentSpread:
			size, ok := b.sizes.Load(s.Name)
			if !ok {
				size = b.size(s.Definition.SelectionSet)
				b.sizes.Store(s.Name, size)
			}
			n += size.(int)
		}
	}
	return n
}

// size is the size of an element of a field's list.
func (c *compiler) size(f graphql.CollectedField) int { return c.sizes.size(f.Selections) }

// spend is take for a plan, which gives up when too much is asked.
func (r *request) spend(n, size int) {
	if !r.budget.take(n, size) {
		panic(errUnplanned) // the executor says it
	}
}

// sizer holds answers to their budgets.
type sizer struct{ most int64 }

var (
	_ graphql.HandlerExtension    = sizer{}
	_ graphql.ResponseInterceptor = sizer{}
	_ graphql.FieldInterceptor    = sizer{}
)

// ExtensionName is for gqlgen.
func (sizer) ExtensionName() string { return "sizes" }

// Validate is for gqlgen: sizes hold for any schema.
func (sizer) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse gives each answer its budget, and refuses the answer that goes
// beyond it. A change has been made when it is answered, and is told whatever comes
// of that.
func (s sizer) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	request, ok := ctx.Value(requestKey{}).(*request)
	if !ok || !graphql.HasOperationContext(ctx) { // the operation was refused
		return next(ctx)
	}
	op := graphql.GetOperationContext(ctx).Operation
	if op.Operation == ast.Mutation {
		return next(ctx)
	}
	b := &budget{most: s.most}
	b.spent.Store(int64(b.size(op.SelectionSet)))
	request.budget = b
	resp := next(ctx)
	if resp != nil && b.exceeded() {
		return &graphql.Response{Errors: gqlerror.List{{Message: tooLarge(int(s.most)), Extensions: map[string]any{"code": CodeLimit}}}}
	}
	return resp
}

// InterceptField takes a list into account. One that is too long is left empty, so
// that an answer that nobody will see is soon at its end.
func (s sizer) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	res, err := next(ctx)
	field := graphql.GetFieldContext(ctx).Field
	if err != nil || res == nil || len(field.Selections) == 0 || !isList(field.Field) {
		return res, err
	}
	list := reflect.ValueOf(res)
	if b := requestOf(ctx).budget; b == nil || list.Kind() != reflect.Slice || b.take(list.Len(), b.size(field.Selections)) {
		return res, nil
	}
	return reflect.MakeSlice(list.Type(), 0, 0).Interface(), nil
}
