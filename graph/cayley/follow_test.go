package cayley

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cayleygraph/cayley/graph"
	"github.com/cayleygraph/cayley/graph/path"
	"github.com/cayleygraph/quad"
	"github.com/cayleygraph/quad/nquads"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph/pathexpr"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

const base = "https://data.example.se"

// thing is the nth golden record of a kind.
func thing(k model.Kind, n int) string {
	var id model.EntityID
	id[6], id[8], id[15] = 0x70, 0x80, byte(n)
	return quads.EntityIRI(base, k, id)
}

func say(subject string, k model.Kind, property string, o quads.Term) quads.Quad {
	return quads.Quad{Subject: subject, Predicate: quads.Predicate(ontology.ByName(k, property).ID), Object: o}
}

func iri(s string) quads.Term { return quads.Term{Kind: quads.IRI, Value: s} }

// The values that things have in the tests, by property.
var values = map[string][]quads.Term{
	"organisation.type":   {iri(quads.CodeIRI(base, "organisation-type", "school")), iri(quads.CodeIRI(base, "other", "school")), iri(quads.CodeIRI(base, "organisation-type", "unit"))},
	"geography.type":      {iri(quads.CodeIRI(base, "geography-type", "school"))},
	"role.roleType":       {iri(quads.CodeIRI(base, "role-type", "employment"))},
	"organisation.name":   {{Kind: quads.Literal, Value: "Ek", Lang: "sv"}, {Kind: quads.Literal, Value: "Ek"}, {Kind: quads.Literal, Value: "01"}},
	"geography.name":      {{Kind: quads.Literal, Value: "Ek", Lang: "sv"}},
	"role.extent":         {{Kind: quads.Literal, Value: "80", Datatype: ontology.Expand("xsd:decimal")}},
	"role.isManager":      {{Kind: quads.Literal, Value: "true", Datatype: ontology.Expand("xsd:boolean")}},
	"organisation.status": {iri(quads.CodeIRI(base, "organisation-status", "school"))},
}

// linksInTests are the links of the graphs: with predicates that kinds share,
// and hierarchies.
var linksInTests = []string{
	"organisation.parent", "geography.parent", "role.organisation", "role.place", "organisation.place", "organisation.municipality",
	"service.areaServed", "service.provider", "role.fills", "organisation.changedBy",
}

func property(name string) *ontology.Property {
	kind, name, _ := strings.Cut(name, ".")
	k, err := model.ParseKind(kind)
	if err != nil {
		panic(err)
	}
	return ontology.ByName(k, name)
}

const perKind = 4

func graphs() *rapid.Generator[quads.Slice] {
	return rapid.Custom(func(t *rapid.T) quads.Slice {
		var all quads.Slice
		add := func(q quads.Quad) {
			if !slices.Contains(all, q) {
				all = append(all, q)
			}
		}
		for range rapid.IntRange(0, 40).Draw(t, "links") {
			row := property(rapid.SampledFrom(linksInTests).Draw(t, "link"))
			from, to := rapid.IntRange(0, perKind-1).Draw(t, "from"), rapid.IntRange(0, perKind-1).Draw(t, "to")
			add(say(thing(row.Kind, from), row.Kind, row.Name, iri(thing(row.Range[0], to))))
		}
		for range rapid.IntRange(0, 20).Draw(t, "values") {
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(values))).Draw(t, "property")
			row := property(name)
			add(say(thing(row.Kind, rapid.IntRange(0, perKind-1).Draw(t, "of")), row.Kind, row.Name, rapid.SampledFrom(values[name]).Draw(t, "value")))
		}
		slices.SortStableFunc(all, func(a, b quads.Quad) int { return strings.Compare(a.Subject, b.Subject) })
		return all
	})
}

// expressions are paths as somebody may write them.
func expressions() *rapid.Generator[string] {
	var expression func(t *rapid.T, depth int) string
	expression = func(t *rapid.T, depth int) string {
		links := append(slices.Clone(linksInTests), "parent", "place")
		tests := []string{
			"organisation", "geography", "role", "type=school", "type=organisation-type:school", "organisation.type=school", "name='Ek'",
			"organisation.name='01'", "extent=80", "isManager=true", "roleType=employment", "organisation=" + strings.TrimPrefix(thing(model.Organisation, 1), base+"/id/organisation/"),
		}
		n := 3
		if depth == 0 {
			n = 0
		}
		out := ""
		switch rapid.IntRange(0, n).Draw(t, "form") {
		case 0:
			out = rapid.SampledFrom(links).Draw(t, "link")
		case 1:
			out = "(" + expression(t, depth-1) + ")"
		case 2:
			out = "(" + expression(t, depth-1) + " | " + expression(t, depth-1) + ")"
		case 3:
			out = "(" + expression(t, depth-1) + ")/(" + expression(t, depth-1) + ")"
			return out
		}
		if rapid.Bool().Draw(t, "inverse") {
			out = "^" + out
		}
		if rapid.IntRange(0, 2).Draw(t, "tested") == 0 {
			out += "[" + rapid.SampledFrom(tests).Draw(t, "test") + "]"
		}
		return out
	}
	return rapid.Custom(func(t *rapid.T) string { return expression(t, 3) })
}

// naive evaluates an expression by going through all quads, link for link.
func naive(all quads.Slice, from map[string]bool, e pathexpr.Expression) map[string]bool {
	out := map[string]bool{}
	of := func(row *ontology.Property, q quads.Quad) bool {
		return q.Predicate == quads.Predicate(row.ID) && strings.Contains(q.Subject, "/id/"+row.Kind.String()+"/")
	}
	switch e := e.(type) {
	case pathexpr.Sequence:
		for _, part := range e {
			from = naive(all, from, part)
		}
		return from
	case pathexpr.Alternatives:
		for _, part := range e {
			maps.Copy(out, naive(all, from, part))
		}
	case pathexpr.Link:
		for _, q := range all {
			for _, row := range e.Properties {
				switch {
				case !of(row, q):
				case e.Inverse && from[q.Object.Value]:
					out[q.Subject] = true
				case !e.Inverse && from[q.Subject]:
					out[q.Object.Value] = true
				}
			}
		}
	case pathexpr.Test:
		for iri := range from {
			if e.Kind != model.KindUnknown {
				out[iri] = strings.Contains(iri, "/id/"+e.Kind.String()+"/")
			}
			for _, q := range all {
				for _, row := range e.Properties {
					// That value is a code's notation or a whole literal.
					last := q.Object.Value[strings.LastIndexByte(q.Object.Value, '/')+1:]
					is := of(row, q) && q.Subject == iri && (q.Object.Kind == quads.Literal && q.Object.Value == e.Value.Text || q.Object.Kind == quads.IRI && last == e.Value.Text)
					if is && (e.Value.List == "" || strings.HasSuffix(q.Object.Value, "/code/"+e.Value.List+"/"+e.Value.Text)) {
						out[iri] = true
					}
				}
			}
		}
		maps.DeleteFunc(out, func(_ string, kept bool) bool { return !kept })
	}
	return out
}

// stepping evaluates an expression by walks of one link.
func stepping(t *rapid.T, all quads.Slice, from map[string]bool, e pathexpr.Expression) map[string]bool {
	switch e := e.(type) {
	case pathexpr.Sequence:
		for _, part := range e {
			from = stepping(t, all, from, part)
		}
		return from
	case pathexpr.Alternatives:
		out := map[string]bool{}
		for _, part := range e {
			maps.Copy(out, stepping(t, all, from, part))
		}
		return out
	case pathexpr.Link:
		out := map[string]bool{}
		for start := range from {
			for _, row := range e.Properties {
				step := walk.Step{Predicate: quads.Predicate(row.ID), Inverse: e.Inverse, Subjects: KindPrefix(base, row.Kind)}
				got, err := walk.New(all, walk.Limits{}).Reach(context.Background(), start, []walk.Step{step}, 1)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range got {
					out[f.IRI] = true
				}
				// A walk does not come back to where it began.
				if slices.Contains(all, say(start, row.Kind, row.Name, iri(start))) && strings.HasPrefix(start, step.Subjects) {
					out[start] = true
				}
			}
		}
		return out
	}
	return naive(all, from, e)
}

func follow(source quads.QuadSource, from, text string) ([]string, error) {
	e, err := pathexpr.Parse(text)
	if err != nil {
		return nil, err
	}
	return Follow(context.Background(), walk.NewBudget(source, walk.Limits{}), base, from, e)
}

func TestCayleyAndWalkAndTheNaiveWayAgreeOnPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, text := graphs().Draw(t, "graph"), expressions().Draw(t, "path")
		e, err := pathexpr.Parse(text)
		if err != nil {
			t.Skip(err) // too many ways
		}
		from := thing(rapid.SampledFrom([]model.Kind{model.Organisation, model.Geography, model.Role}).Draw(t, "from kind"), 0)
		got, err := follow(all, from, text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		start := map[string]bool{from: true}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(naive(all, start, e))), got); diff != "" {
			t.Fatalf("%s: %s", text, diff)
		}
		if diff := cmp.Diff(slices.Sorted(maps.Keys(stepping(t, all, start, e))), got); diff != "" {
			t.Fatalf("%s by walks: %s", text, diff)
		}
	})
}

func TestCayleyAndWalkAgreeOnHierarchies(t *testing.T) {
	parent := quads.Predicate(ontology.OrgParent)
	rapid.Check(t, func(t *rapid.T) {
		all := graphs().Draw(t, "graph")
		from := thing(model.Organisation, 0)
		for _, inverse := range []bool{false, true} {
			found, err := walk.New(all, walk.Limits{}).Reach(t.Context(), from, []walk.Step{{Predicate: parent, Inverse: inverse}}, 0)
			if err != nil {
				t.Fatal(err)
			}
			var walked []string
			for _, f := range found {
				walked = append(walked, f.IRI)
			}
			s := New(t.Context(), walk.NewBudget(all, walk.Limits{}), []string{parent})
			via := path.StartMorphism().Out(quad.IRI(parent))
			if inverse {
				via = path.StartMorphism().In(quad.IRI(parent))
			}
			it := path.StartPath(s, quad.IRI(from)).FollowRecursive(via, 0, nil).Unique().BuildIterator()
			refs, err := graph.Iterate(t.Context(), it).Paths(false).All()
			if err != nil || s.Err() != nil {
				t.Fatal(err, s.Err())
			}
			var recurred []string
			for _, r := range refs {
				if iri := string(s.NameOf(r).(quad.IRI)); iri != from {
					recurred = append(recurred, iri)
				}
			}
			slices.Sort(walked)
			slices.Sort(recurred)
			if diff := cmp.Diff(walked, recurred); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// TestAPredicateThatKindsShareIsFollowedOnlyFromTheKindThatIsNamed: a
// municipality and an area served are one term, and two properties.
func TestAPredicateThatKindsShareIsFollowedOnlyFromTheKindThatIsNamed(t *testing.T) {
	place, unit, service := thing(model.Geography, 0), thing(model.Organisation, 1), thing(model.Service, 2)
	all := quads.Slice{
		say(unit, model.Organisation, "municipality", iri(place)), say(service, model.Service, "areaServed", iri(place)),
		say(service, model.Service, "provider", iri(unit)),
	}
	for text, want := range map[string][]string{
		"^municipality": {unit}, "^areaServed": {service}, "^areaServed|^municipality": {unit, service},
		"^areaServed/provider": {unit}, "^municipality/areaServed": nil, "^areaServed/municipality": nil, "^municipality/municipality": {place},
	} {
		got, err := follow(all, place, text)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// staff is a unit with n employed persons and as many posts.
func staff(n int) quads.Slice {
	var all quads.Slice
	unit := thing(model.Organisation, 0)
	at := func(k model.Kind, i int) string {
		return quads.EntityIRI(base, k, model.EntityID{6: 0x70, 8: 0x80, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)})
	}
	for i := range 2 * n {
		kind := "employment"
		if i >= n {
			kind = "post"
		}
		role := at(model.Role, i)
		all = append(all, say(role, model.Role, "organisation", iri(unit)), say(role, model.Role, "roleType", iri(quads.CodeIRI(base, "role-type", kind))))
		if i < n {
			all = append(all, say(role, model.Role, "holder", iri(at(model.Person, i))))
		}
	}
	return all
}

const employed = "^organisation[roleType=employment]/holder"

// counted counts lookups, and fails at one of them after some quads.
type counted struct {
	quads.QuadSource
	lookups    int
	at, after  int
	atPatterns []quads.Pattern
}

var errBroken = errors.New("the disk is gone")

func (c *counted) Match(ctx context.Context, p quads.Pattern) iter.Seq2[quads.Quad, error] {
	c.lookups++
	c.atPatterns = append(c.atPatterns, p)
	if c.lookups != c.at {
		return c.QuadSource.Match(ctx, p)
	}
	return func(yield func(quads.Quad, error) bool) {
		n := 0
		for q, err := range c.QuadSource.Match(ctx, p) {
			if n++; n > c.after {
				break
			}
			if !yield(q, err) {
				return
			}
		}
		yield(quads.Quad{}, errBroken)
	}
}

func TestThousandsAreFollowedInFewLookups(t *testing.T) {
	source := &counted{QuadSource: staff(2500)}
	got, err := follow(source, thing(model.Organisation, 0), employed)
	if err != nil {
		t.Fatal(err)
	}
	// One for the roles, the rest for what each role says.
	if len(got) != 2500 || source.lookups > 15 {
		t.Errorf("%d found in %d lookups", len(got), source.lookups)
	}
	for _, p := range source.atPatterns {
		if len(p.Predicates) != 3 || len(p.Subjects)+len(p.Objects) == 0 {
			t.Errorf("a lookup of %d predicates, %d subjects, %d objects", len(p.Predicates), len(p.Subjects), len(p.Objects))
		}
	}
}

func TestAFailedLookupIsNeverAShortAnswer(t *testing.T) {
	for _, text := range []string{employed, "^organisation|^employer", "^organisation/(holder|organisation[organisation])", "^organisation[extent=80]|^organisation/organisation/^organisation"} {
		whole := &counted{QuadSource: staff(300)}
		if _, err := follow(whole, thing(model.Organisation, 0), text); err != nil {
			t.Fatal(err)
		}
		for at := 1; at <= whole.lookups; at++ {
			for _, after := range []int{0, 1, 10_000} {
				got, err := follow(&counted{QuadSource: staff(300), at: at, after: after}, thing(model.Organisation, 0), text)
				if !errors.Is(err, errBroken) {
					t.Errorf("%s: lookup %d of %d failed and the answer is %d things and %v", text, at, whole.lookups, len(got), err)
				}
			}
		}
	}
}

func TestAnExceededLimitIsNeverAShortAnswer(t *testing.T) {
	e, err := pathexpr.Parse(employed)
	if err != nil {
		t.Fatal(err)
	}
	for what, limits := range map[string]func(int) walk.Limits{
		"lookups": func(n int) walk.Limits { return walk.Limits{Lookups: n} },
		"quads":   func(n int) walk.Limits { return walk.Limits{Quads: n} },
		"results": func(n int) walk.Limits { return walk.Limits{Results: n} },
	} {
		for n := 1; ; n++ {
			got, err := Follow(t.Context(), walk.NewBudget(staff(30), limits(n)), base, thing(model.Organisation, 0), e)
			if err == nil {
				if len(got) != 30 || n == 1 {
					t.Errorf("%d of %s: %d found", n, what, len(got))
				}
				break
			}
			var limit *walk.LimitError
			if !errors.As(err, &limit) || limit.What != what {
				t.Fatalf("%d of %s: %v", n, what, err)
			}
		}
	}
	_, err = Follow(t.Context(), walk.NewBudget(staff(30), walk.Limits{Time: -1}), base, thing(model.Organisation, 0), e)
	var limit *walk.LimitError
	if !errors.As(err, &limit) || limit.What != "time" {
		t.Errorf("without time: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Follow(ctx, walk.NewBudget(quads.Slice(nil), walk.Limits{}), base, thing(model.Organisation, 0), e); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
}

// panicking is a source that breaks in Cayley's hands.
type panicking struct{}

func (panicking) Match(context.Context, quads.Pattern) iter.Seq2[quads.Quad, error] { panic("boom") }

func TestAPanicIsAnError(t *testing.T) {
	got, err := follow(panicking{}, thing(model.Organisation, 0), "parent")
	if err == nil || !strings.Contains(err.Error(), "boom") || got != nil {
		t.Errorf("%v %v", got, err)
	}
}

func TestDiamondsDoNotMultiply(t *testing.T) {
	// Each of a row of ten is linked to each of the next: 10^7 ways through.
	var all quads.Slice
	at := func(row, i int) string { return thing(model.Organisation, 10*row+i) }
	for row := range 8 {
		for i := range 10 {
			for k := range 10 {
				all = append(all, say(at(row, i), model.Organisation, "parent", iri(at(row+1, k))))
			}
		}
	}
	source := &counted{QuadSource: all}
	got, err := follow(source, at(0, 0), strings.TrimSuffix(strings.Repeat("organisation.parent/", 8), "/"))
	if err != nil || len(got) != 10 {
		t.Errorf("%d found, %v", len(got), err)
	}
	if source.lookups > 40 {
		t.Errorf("%d lookups", source.lookups)
	}
}

func TestAStoreAnswersWithoutLookingWhereItNeedNot(t *testing.T) {
	parent := quads.Predicate(ontology.OrgParent)
	from := thing(model.Organisation, 0)
	source := &counted{QuadSource: quads.Slice{say(from, model.Organisation, "parent", iri(thing(model.Organisation, 1)))}}
	s := New(t.Context(), walk.NewBudget(source, walk.Limits{}), []string{parent})
	if s.ValueOf(quad.IRI(parent)) == nil || source.lookups != 0 {
		t.Errorf("a predicate of the store's took %d lookups", source.lookups)
	}
	if size, err := s.QuadIteratorSize(t.Context(), quad.Subject, node{iri(from)}); err != nil || size.Size != Unknown || size.Exact {
		t.Errorf("an uncounted size is %v, %v", size, err)
	}
	if size, exact := s.QuadIterator(quad.Subject, node{iri(from)}).Size(); size != Unknown || exact || source.lookups != 0 {
		t.Errorf("an unread iterator's size is %d after %d lookups", size, source.lookups)
	}
	if s.ValueOf(quad.IRI(from)) == nil || s.ValueOf(quad.IRI(thing(model.Organisation, 1))) == nil {
		t.Error("what there is has no reference")
	}
	for _, v := range []quad.Value{quad.IRI(thing(model.Organisation, 2)), quad.IRI(ontology.Expand("rdf:type")), quad.BNode("b"), quad.Int(1)} {
		if r := s.ValueOf(v); r != nil {
			t.Errorf("%v is not there and has a reference", v)
		}
	}
	if err := s.Err(); err != nil {
		t.Error(err)
	}
}

// TestAnIterationEndsWithItsContext: also one that needs no lookup more, and
// between two results.
func TestAnIterationEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := New(ctx, walk.NewBudget(staff(2000), walk.Limits{}), nil)
	it := s.QuadIterator(quad.Object, node{iri(thing(model.Organisation, 0))})
	if !it.Next(ctx) {
		t.Fatal("nobody works there")
	}
	cancel()
	n := 1
	for it.Next(ctx) {
		n++
	}
	if n > 2000 || !errors.Is(it.Err(), context.Canceled) {
		t.Errorf("went on for %d of 4000, and then %v", n, it.Err())
	}
}

func TestTheStoreTakesNoChanges(t *testing.T) {
	s := New(t.Context(), walk.NewBudget(quads.Slice(nil), walk.Limits{}), nil)
	if err := s.ApplyDeltas(nil, graph.IgnoreOpts{}); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
	if _, err := s.NewQuadWriter(); !errors.Is(err, ErrReadOnly) {
		t.Error(err)
	}
}

func TestLiteralsStayAsTheyAreWritten(t *testing.T) {
	if nquads.AutoConvertTypedString {
		t.Error("typed literals are read as numbers")
	}
	for _, want := range []quads.Term{
		iri("https://a.example/b"), {Kind: quads.Literal, Value: "01"}, {Kind: quads.Literal, Value: "01", Datatype: ontology.Expand("xsd:integer")},
		{Kind: quads.Literal, Value: "Ek", Lang: "sv"},
	} {
		if got, ok := (rdf{}).term(rdf{}.value(want)); !ok || got != want {
			t.Errorf("%v became %v", want, got)
		}
	}
}

// TestEveryNameIsOneWayOn: a name of a link, alone or with its kind, compiles to
// one way, so that a path of many names does not branch at each.
func TestEveryNameIsOneWayOn(t *testing.T) {
	for _, k := range model.Kinds {
		for _, row := range ontology.Of(k) {
			if row.Type != model.TypeLink {
				continue
			}
			for _, text := range []string{row.Name, fmt.Sprint(k, ".", row.Name)} {
				e, err := pathexpr.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				if n := len(groups(e.(pathexpr.Link).Properties)); n != 1 {
					t.Errorf("%s goes %d ways", text, n)
				}
			}
		}
	}
}

func BenchmarkFollowTwoThousand(b *testing.B) {
	all := staff(2000)
	for b.Loop() {
		if got, err := follow(all, thing(model.Organisation, 0), employed); err != nil || len(got) != 2000 {
			b.Fatal(len(got), err)
		}
	}
}
