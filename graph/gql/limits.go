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
	"github.com/karna-registry/karna/internal/access"
)

// Limits bound what one query may ask for. A zero field has its default.
type Limits struct {
	Body   int64         // bytes of a request; 1 MiB
	Tokens int           // lexical tokens of a query; 5000
	Depth  int           // nested fields; 20
	Cost   int           // fields of the largest answer that the query can have; 200000
	Time   time.Duration // from the request's arrival to its answer; 10 s
	// Aliases and Directives are how many the query may have, those of a fragment
	// each time it is spread; 100 and 50.
	Aliases, Directives int
	// Concurrent is how many requests of one caller are answered at once; 64.
	// Negative for any number.
	Concurrent int
	// Batch is how many operations one request may have, as a JSON array; none
	// but a single one when it is 0.
	Batch int
	// Introspection is the least role that may ask for the schema and is told what
	// a name that does not exist was perhaps meant to be; the public by default.
	Introspection access.Role
	Cache         int         // parsed and validated queries kept; 1000
	Walk          walk.Limits // of one walk or path
	// Subscribers is how many streams there may be at once; 100.
	Subscribers int
	// SubscribersEach is how many of them one caller may have; 20. Negative for any
	// number.
	SubscribersEach int
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
	def(&l.Aliases, 100)
	def(&l.Directives, 50)
	def(&l.Concurrent, 64)
	def(&l.Subscribers, 100)
	def(&l.SubscribersEach, 20)
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

// listGuess is how many elements a list without a page size is taken to have
// before anything is read. How many it has is counted then (see budget).
const listGuess = 4

// limiter is where operations are refused before anything is read: one that asks
// for a field that is not for its caller (requires.go), and one that could cost
// more than is allowed. A fragment is measured once however often it is spread, so a query
// whose fragments double at each level is measured in the time it takes to read.
type limiter struct {
	limits  Limits
	present graphql.ErrorPresenterFunc // of what a check of names failed by
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
	op.DisableIntrospection = false // refused below, where the error says what to do
	m := measure{variables: op.Variables, enough: l.limits.Cost + 1, fragments: map[string]extent{}, changes: op.Operation.Operation == ast.Mutation}
	size := m.selection(op.Operation.SelectionSet)
	request := requestOf(ctx)
	request.walks = l.limits.Walk
	if !m.identifiers {
		request.leaveSealed()
	}
	if refusal := denied(m.demands, request.view.Rights()); refusal != nil {
		return refusal
	}
	if m.introspects && request.view.Rights().Role < l.limits.Introspection {
		return &gqlerror.Error{
			Message:    "Introspection is for the role " + l.limits.Introspection.String() + " and above. The schema is at /schema.graphqls.",
			Extensions: map[string]any{"code": CodeForbidden},
		}
	}
	text := l.limits.exceeded(size)
	if text == "" {
		text = m.tooLong
	}
	if text != "" {
		return &gqlerror.Error{Message: text, Extensions: map[string]any{"code": CodeLimit}}
	}
	for _, v := range m.hierarchies {
		if name, ok := m.hierarchy(v); ok {
			if err := request.view.CheckHierarchy(ctx, name); err != nil {
				return l.present(ctx, err)
			}
		}
	}
	return nil
}

// exceeded says which limit a query of this extent exceeds; nothing for none. How
// deep an introspection may go is a rule of the validator.
func (l Limits) exceeded(size extent) string {
	switch {
	case size.depth > l.Depth:
		return fmt.Sprintf("The query is nested %d fields deep; %d are allowed.", size.depth, l.Depth)
	case size.aliases > l.Aliases:
		return fmt.Sprintf("The query has more than %d aliases. Ask in several requests.", l.Aliases)
	case size.directives > l.Directives:
		return fmt.Sprintf("The query has more than %d directives.", l.Directives)
	case size.work > maxWork:
		return "The query has too many fragments within fragments. Write out what they select."
	case size.cost > l.Cost:
		return tooLarge(l.Cost)
	}
	return ""
}

func tooLarge(most int) string {
	return fmt.Sprintf("The answer could have more than %d fields. Ask for smaller pages (first:) or for less below them.", most)
}

// extent is how large a selection is, and how large the answer to it can become.
type extent struct {
	cost, depth         int
	aliases, directives int
	counts              bool // the total of the list is asked for that it is selected of
	suggests            bool // other spellings are
	work                int  // selections that are gone through for it
}

// maxWork bounds how many selections gqlgen goes through for one query. It copies
// what is selected below a field once more for each fragment around the field, so
// that thirty fragments, one in the other, are a thousand million copies.
const maxWork = 500_000

// within is the extent of a fragment's selection where the fragment stands.
func (e extent) within() extent {
	e.work = min(2*e.work+1, maxWork+1)
	return e
}

// and is the extent of two selections beside each other; sums stop at enough.
func (e extent) and(o extent, enough int) extent {
	return extent{
		cost: min(e.cost+o.cost, enough), depth: max(e.depth, o.depth), counts: e.counts || o.counts, suggests: e.suggests || o.suggests,
		aliases: min(e.aliases+o.aliases, enough), directives: min(e.directives+o.directives, enough),
		work: min(e.work+o.work, maxWork+1),
	}
}

type measure struct {
	variables map[string]any
	enough    int // cost is not counted beyond
	unknown   int // the size of a page that a variable says, when it is not 0
	fragments map[string]extent
	// identifiers is whether anything is selected that may show a personal number.
	identifiers bool
	introspects bool
	steps       int  // selections that were looked at
	changes     bool // it is a mutation
	// tooLong says which list of the arguments has too many entries.
	tooLong string
	// hierarchies are the names that there must be.
	hierarchies []*ast.Value
	// demands are the fields that are not for everybody.
	demands []demand
	path    ast.Path // of the field that is measured
}

func (m *measure) selection(sel ast.SelectionSet) extent {
	var sum extent
	for _, s := range sel {
		m.steps++
		var e extent
		switch s := s.(type) {
		case *ast.Field:
			e = m.field(s)
		case *ast.InlineFragment:
			e = m.selection(s.SelectionSet).within()
			e.directives += len(s.Directives)
		case *ast.FragmentSpread:
			var ok bool
			if e, ok = m.fragments[s.Name]; !ok {
				e = m.selection(s.Definition.SelectionSet)
				e.directives += len(s.Definition.Directives)
				m.fragments[s.Name] = e
			}
			e = e.within()
			e.directives += len(s.Directives)
		}
		sum = sum.and(e, m.enough)
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
	case "identifier", "statements", "danglingReferences", "waterfall", "history", "difference", "differences":
		m.identifiers = true
	case "__schema", "__type":
		m.introspects = true
	}
	e := extent{cost: m.own(f), depth: 1, directives: len(f.Directives), work: 1}
	if f.Alias != f.Name {
		e.aliases = 1
	}
	e.counts = f.Name == "totalCount" && f.Definition != nil && !f.Definition.Type.NonNull
	e.suggests = f.Name == "didYouMean"
	if len(f.SelectionSet) == 0 {
		return e
	}
	below := m.selection(f.SelectionSet)
	// Factors and costs are bounded, so that the product is far from overflow.
	e.cost += m.elements(f) * below.cost
	if below.counts {
		e.cost += countCost
	}
	if below.suggests {
		e.cost += suggestCost
	}
	e.cost = min(e.cost, m.enough)
	e.depth += below.depth
	e.work = min(1+below.work, maxWork+1)
	e.aliases, e.directives = min(e.aliases+below.aliases, m.enough), min(e.directives+below.directives, m.enough)
	return e
}

// own is what a field costs by itself.
func (m *measure) own(f *ast.Field) int {
	own := 1
	if f.ObjectDefinition != nil && isEvidence(f) {
		own = evidenceCost
	}
	if isWalk(f.Name) && len(f.SelectionSet) > 0 {
		own = walkCost
	}
	if isSearch(f) {
		own = searchCost
	}
	if f.Name == "differences" {
		// The evidence of all versions of each record is opened.
		own = min(evidenceCost*m.pageSize(f), m.enough)
	}
	return min(own+m.arguments(f), m.enough)
}

// isSearch tells whether things are looked up by what they have.
func isSearch(f *ast.Field) bool {
	for _, name := range [...]string{"filter", "search", "codes"} {
		if f.Arguments.ForName(name) != nil {
			return true
		}
	}
	return f.Name == "search"
}

// countCost is what counting a list costs, in fields: 10,000 records are read.
const countCost = 10_000

func isList(f *ast.Field) bool { return f.Definition != nil && f.Definition.Type.NamedType == "" }

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
	if isList(f) && f.Name != "nodes" && f.Name != "edges" {
		return listGuess
	}
	return 1
}

func (m *measure) pageSize(f *ast.Field) int {
	size := 0
	for _, name := range [...]string{"first", "last"} {
		if arg := f.Arguments.ForName(name); arg != nil {
			if m.unknown > 0 && arg.Value.Kind == ast.Variable {
				size = max(size, m.unknown)
				continue
			}
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
