package gql

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/karna-registry/karna/graph/walk"
)

// Limits bound what one query may ask for. A zero field has its default.
type Limits struct {
	Body   int64         // bytes of a request; 1 MiB
	Tokens int           // lexical tokens of a query; 5000
	Depth  int           // nested fields; 20
	Cost   int           // fields of the largest answer that the query can have; 200000
	Time   time.Duration // from the request's arrival to its answer; 10 s
	Cache  int           // parsed and validated queries kept; 1000
	Walk   walk.Limits   // of one walk or path
	// Subscribers is how many streams there may be at once; 100.
	Subscribers int
	// Poll is how often a subscriber looks for what is new; 1 s.
	Poll time.Duration
	// Patience is how long a subscriber may take to take an entry; 30 s.
	Patience time.Duration
}

func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&l.Tokens, 5000)
	def(&l.Depth, 20)
	def(&l.Cost, 200_000)
	def(&l.Cache, 1000)
	def(&l.Subscribers, 100)
	if l.Poll == 0 {
		l.Poll = time.Second
	}
	if l.Patience == 0 {
		l.Patience = 30 * time.Second
	}
	if l.Body == 0 {
		l.Body = 1 << 20
	}
	if l.Time == 0 {
		l.Time = 10 * time.Second
	}
	return l
}

// listGuess is how many elements a list without a page size is taken to have.
const listGuess = 4

// limiter is where operations are refused before anything is read: one that asks
// for a field that is not for its caller (requires.go), and one that could cost
// more than is allowed. A fragment is measured once however often it is spread, so a query
// whose fragments double at each level is measured in the time it takes to read.
type limiter struct {
	limits Limits
	// noIntrospection refuses questions about the schema.
	noIntrospection bool
}

var (
	_ graphql.HandlerExtension        = limiter{}
	_ graphql.OperationContextMutator = limiter{}
)

// ExtensionName is for gqlgen.
func (limiter) ExtensionName() string { return "limits" }

// Validate is for gqlgen: the limits hold for any schema.
func (limiter) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext refuses the operation or lets it through.
func (l limiter) MutateOperationContext(ctx context.Context, op *graphql.OperationContext) *gqlerror.Error {
	op.DisableIntrospection = l.noIntrospection
	m := measure{variables: op.Variables, enough: l.limits.Cost + 1, fragments: map[string]extent{}}
	size := m.selection(op.Operation.SelectionSet)
	request := requestOf(ctx)
	request.walks = l.limits.Walk
	if !m.identifiers {
		request.leaveSealed()
	}
	if refusal := denied(m.demands, request.view.Rights()); refusal != nil {
		return refusal
	}
	if l.noIntrospection && m.introspects {
		return &gqlerror.Error{Message: "The schema is not shown here.", Extensions: map[string]any{"code": CodeForbidden}}
	}
	refuse := func(format string, args ...any) *gqlerror.Error {
		return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": CodeLimit}}
	}
	switch {
	case size.depth > l.limits.Depth:
		return refuse("The query is nested %d fields deep; %d are allowed.", size.depth, l.limits.Depth)
	case size.cost > l.limits.Cost:
		return refuse("The answer could have more than %d fields. Ask for smaller pages (first:) or for less below them.", l.limits.Cost)
	}
	return nil
}

// extent is how large the answer to a selection can become.
type extent struct{ cost, depth int }

type measure struct {
	variables map[string]any
	enough    int // cost is not counted beyond
	fragments map[string]extent
	// identifiers is whether anything is selected that may show a personal number.
	identifiers bool
	// introspects is whether anything is asked of the schema.
	introspects bool
	// demands are the fields that are not for everybody.
	demands []demand
	path    ast.Path // of the field that is measured
}

func (m *measure) selection(sel ast.SelectionSet) extent {
	var sum extent
	for _, s := range sel {
		var e extent
		switch s := s.(type) {
		case *ast.Field:
			e = m.field(s)
		case *ast.InlineFragment:
			e = m.selection(s.SelectionSet)
		case *ast.FragmentSpread:
			var ok bool
			if e, ok = m.fragments[s.Name]; !ok {
				e = m.selection(s.Definition.SelectionSet)
				m.fragments[s.Name] = e
			}
		}
		sum.cost = min(sum.cost+e.cost, m.enough)
		sum.depth = max(sum.depth, e.depth)
	}
	return sum
}

func (m *measure) field(f *ast.Field) extent {
	m.path = append(m.path, ast.PathName(f.Alias))
	defer func() { m.path = m.path[:len(m.path)-1] }()
	if r := requirementOf(f); !r.everybody() {
		m.demands = append(m.demands, demand{r, slices.Clone(m.path), f})
	}
	switch f.Name {
	case "__schema", "__type":
		m.introspects = true
	case "identifier", "statements", "danglingReferences", "waterfall", "history", "difference", "differences":
		m.identifiers = true
	}
	own := 1
	if f.ObjectDefinition != nil && isEvidence(f) {
		own = evidenceCost
	}
	if isWalk(f.Name) && len(f.SelectionSet) > 0 {
		own = walkCost
	}
	if f.Name == "differences" {
		// The evidence of all versions of each record is opened.
		own = min(evidenceCost*m.pageSize(f), m.enough)
	}
	if len(f.SelectionSet) == 0 {
		return extent{own, 1}
	}
	below := m.selection(f.SelectionSet)
	// Factors and costs are bounded, so that the product is far from overflow.
	return extent{min(own+m.elements(f)*below.cost, m.enough), 1 + below.depth}
}

// evidenceCost is what reading the evidence of one golden record costs, in
// fields: every version of every record in it is opened.
const evidenceCost = 100

// isEvidence tells whether the field is answered from a golden record's evidence.
func isEvidence(f *ast.Field) bool {
	switch f.Name {
	case "statements", "records", "revision":
		for _, i := range f.ObjectDefinition.Interfaces {
			if i == "GoldenRecord" {
				return true
			}
		}
		return f.ObjectDefinition.Name == "GoldenRecord"
	case "waterfall":
		return true // both records are opened and weighed
	case "history", "difference":
		return f.ObjectDefinition.Name == "Query"
	}
	return false
}

// elements is how many times the selection below a field can be answered.
func (m *measure) elements(f *ast.Field) int {
	if f.Definition == nil {
		return 1
	}
	if f.Definition.Arguments.ForName("first") != nil {
		return m.pageSize(f)
	}
	// The elements of a page are counted at the page.
	if f.Definition.Type.NamedType == "" && f.Name != "nodes" && f.Name != "edges" {
		return listGuess
	}
	return 1
}

func (m *measure) pageSize(f *ast.Field) int {
	size := 0
	for _, name := range [...]string{"first", "last"} {
		if arg := f.Arguments.ForName(name); arg != nil {
			if v, err := arg.Value.Value(m.variables); err == nil {
				if n, ok := intArg(v); ok {
					size = max(size, n)
				}
			}
		}
	}
	if size <= 0 {
		size = DefaultPage
	}
	return min(size, MaxPage)
}
