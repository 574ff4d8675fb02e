package access_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func quadsOf(t *testing.T, from quads.QuadSource, p quads.Pattern) []quads.Quad {
	t.Helper()
	out, err := matchedQuads(from, p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func matchedQuads(from quads.QuadSource, p quads.Pattern) (out []quads.Quad, err error) {
	for q, err := range from.Match(ctx, p) {
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

// TestAnIndexFindsWhatAScanFinds: whatever serves a pattern, its quads are those
// of a scan that match, each once.
func TestAnIndexFindsWhatAScanFinds(t *testing.T) {
	tw := livelyTown()
	for _, name := range []string{"public", "restricted steward", "protected"} {
		src := tw.view(callers[name]).Quads()
		all := quadsOf(t, src, quads.Pattern{})
		served := 0
		rapid.Check(t, func(rt *rapid.T) {
			var p quads.Pattern
			for i := range rapid.IntRange(1, 3).Draw(rt, "values") {
				q := all[rapid.IntRange(0, len(all)-1).Draw(rt, fmt.Sprint("quad ", i))]
				switch rapid.IntRange(0, 3).Draw(rt, fmt.Sprint("directions ", i)) {
				case 0:
					p.Subjects = append(p.Subjects, q.Subject)
				case 1:
					p.Predicates, p.Objects = append(p.Predicates, q.Predicate), append(p.Objects, q.Object)
				case 2:
					p.Objects = append(p.Objects, q.Object)
				case 3:
					p.Predicates = append(p.Predicates, q.Predicate)
				}
			}
			got, err := matchedQuads(src, p)
			if errors.Is(err, quads.ErrUnindexed) {
				return
			}
			if err != nil {
				rt.Fatal(err)
			}
			served++
			var want []quads.Quad
			for _, q := range all {
				if (len(p.Subjects) == 0 || slices.Contains(p.Subjects, q.Subject)) &&
					(len(p.Predicates) == 0 || slices.Contains(p.Predicates, q.Predicate)) &&
					(len(p.Objects) == 0 || slices.Contains(p.Objects, q.Object)) {
					want = append(want, q)
				}
			}
			order := func(a, b quads.Quad) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
			slices.SortFunc(got, order)
			slices.SortFunc(want, order)
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Errorf("%s, pattern %+v: %s", name, p, diff)
			}
		})
		if served == 0 && testkit.ManyDraws() {
			t.Errorf("%s: no pattern was served", name)
		}
	}
}

func TestWhatAnIndexServes(t *testing.T) {
	src := ruledTown().view(public).Quads()
	lit := func(s, lang string) []quads.Term { return []quads.Term{{Kind: quads.Literal, Value: s, Lang: lang}} }
	iri := func(s string) []quads.Term { return []quads.Term{{Kind: quads.IRI, Value: s}} }
	name, title := quads.Predicate(ontology.OrgName), quads.Predicate(ontology.RoleTitle)
	for what, c := range map[string]struct {
		p    quads.Pattern
		want int
		err  error
	}{
		"a literal of an indexed predicate":   {quads.Pattern{Predicates: []string{name}, Objects: lit("Enheten för åldrande", "")}, 1, nil},
		"a literal with half of its words":    {quads.Pattern{Predicates: []string{name}, Objects: lit("Enheten", "")}, 0, nil},
		"a literal of one of two predicates":  {quads.Pattern{Predicates: []string{name, title}, Objects: lit("Enhetschef", "")}, 1, nil},
		"a literal of no predicate":           {quads.Pattern{Objects: lit("Enhetschef", "")}, 0, quads.ErrUnindexed},
		"a literal of an unindexed predicate": {quads.Pattern{Predicates: []string{quads.Predicate(ontology.RoleExtent)}, Objects: lit("80", "")}, 0, quads.ErrUnindexed},
		"a code":                              {quads.Pattern{Predicates: []string{quads.Predicate(ontology.RoleType)}, Objects: iri(quads.CodeIRI(base, "role-type", "post"))}, 1, nil},
		"a code that has a property's term of nodes": {
			quads.Pattern{Predicates: []string{quads.Predicate(ontology.GeoType)}, Objects: iri(quads.CodeIRI(base, "geography-type", "county"))}, 1, nil},
		"a code of no predicate":    {quads.Pattern{Objects: iri(quads.CodeIRI(base, "role-type", "post"))}, 0, quads.ErrUnindexed},
		"a code of nodes":           {quads.Pattern{Predicates: []string{ontology.Expand("dct:type")}, Objects: iri(quads.CodeIRI(base, "identifier-scheme", "lanskod"))}, 0, quads.ErrUnindexed},
		"a code list":               {quads.Pattern{Objects: iri(quads.SchemeIRI(base, "role-type"))}, 1, nil},
		"the concept of a code":     {quads.Pattern{Predicates: []string{ontology.Expand("owl:sameAs")}, Objects: iri(quads.CodeIRI(base, "role-type", "post"))}, 1, nil},
		"things of a class":         {quads.Pattern{Predicates: []string{ontology.Expand("rdf:type")}, Objects: iri(ontology.Expand("org:Post"))}, 1, nil},
		"a class of no predicate":   {quads.Pattern{Objects: iri(ontology.Expand("org:Post"))}, 0, quads.ErrUnindexed},
		"another graph":             {quads.Pattern{Graphs: []string{"http://example.org/"}}, 0, nil},
		"a stranger's subject":      {quads.Pattern{Subjects: []string{"http://example.org/"}}, 0, nil},
		"a subject of wrong kind":   {quads.Pattern{Subjects: []string{quads.EntityIRI(base, model.Service, id(post))}}, 0, nil},
		"what refers to a person":   {quads.Pattern{Objects: iri(quads.EntityIRI(base, model.Person, id(annaHR)))}, 0, nil},
		"what refers to the hidden": {quads.Pattern{Objects: iri(quads.EntityIRI(base, model.Organisation, id(shop)))}, 0, nil},
	} {
		got, err := matchedQuads(src, c.p)
		if !errors.Is(err, c.err) || len(got) != c.want {
			t.Errorf("%s: %d quads, %v: want %d, %v", what, len(got), err, c.want, c.err)
		}
	}
}

// manyTown has more than a scan reads at a time.
func manyTown(n int) *town {
	t := newTown()
	for i := range n {
		t.put(i+1, "hr", model.Organisation, fmt.Sprint(i), say(ontology.OrgName, text(fmt.Sprint("Enhet ", i))))
	}
	t.commit()
	return t
}

func TestAScanIsInOrderAndWhole(t *testing.T) {
	const n = 1500
	src := manyTown(n).view(public).Quads()
	var subjects []string
	for _, q := range quadsOf(t, src, quads.Pattern{}) {
		if k := len(subjects); k == 0 || subjects[k-1] != q.Subject {
			subjects = append(subjects, q.Subject)
		}
	}
	if len(subjects) != n || !slices.IsSorted(subjects) {
		t.Errorf("%d subjects, in order: %v", len(subjects), slices.IsSorted(subjects))
	}
}

// TestAScanHasEveryKindInSubjectOrder: the kinds too come in the order of their
// addresses, now and in the past.
func TestAScanHasEveryKindInSubjectOrder(t *testing.T) {
	tw := livelyTown()
	for name, rights := range callers {
		view := tw.view(rights)
		now, err := view.Revision(ctx)
		if err != nil {
			t.Fatal(err)
		}
		past, err := view.At(ctx, now)
		if err != nil {
			t.Fatal(err)
		}
		for when, v := range map[string]*access.View{"now": view, "past": past} {
			var owners []string
			kinds := map[string]bool{}
			for _, q := range quadsOf(t, v.Quads(), quads.Pattern{}) {
				owner, _, _ := strings.Cut(q.Subject, "#")
				if k := len(owners); k == 0 || owners[k-1] != owner {
					owners = append(owners, owner)
					kinds[owner[:strings.LastIndexByte(owner, '/')]] = true
				}
			}
			if !slices.IsSorted(owners) || len(kinds) < 2 {
				t.Errorf("%s, %s: %d kinds, in order: %v", name, when, len(kinds), slices.IsSorted(owners))
			}
		}
	}
}

// rowCounter counts the rows that are read of a store.
type rowCounter struct {
	*memory
	rows map[model.Kind]int
}

func (c rowCounter) Snapshot(context.Context) (graph.Reader, func(), error) { return c, func() {}, nil }

func (c rowCounter) List(ctx context.Context, q graph.ListQuery) iter.Seq2[graph.Golden, error] {
	return c.count(c.memory.List(ctx, q))
}

func (c rowCounter) Scan(ctx context.Context, kind model.Kind, parts graph.Parts) iter.Seq2[graph.Golden, error] {
	return c.count(c.memory.Scan(ctx, kind, parts))
}

func (c rowCounter) count(rows iter.Seq2[graph.Golden, error]) iter.Seq2[graph.Golden, error] {
	return func(yield func(graph.Golden, error) bool) {
		for row, err := range rows {
			c.rows[row.Kind]++
			if !yield(row, err) {
				return
			}
		}
	}
}

// TestAScanReadsNoRowThatIsClosedToItsCaller: what a dump costs does not depend
// on how much is closed.
func TestAScanReadsNoRowThatIsClosedToItsCaller(t *testing.T) {
	tw := livelyTown()
	open := 0
	for _, versions := range tw.store.goldens {
		if g := versions[len(versions)-1]; g.State == graph.Live && g.Disclosure == model.Open && g.Kind != model.Person {
			open++
		}
	}
	counted := rowCounter{tw.store, map[model.Kind]int{}}
	v := access.New(access.Deps{Auditor: access.Unaudited, Store: counted, BaseIRI: base}).View(public)
	quadsOf(t, v.Quads(), quads.Pattern{})
	sum := 0
	for _, n := range counted.rows {
		sum += n
	}
	if sum != open || counted.rows[model.Person] != 0 {
		t.Errorf("%d rows were read, %d of them persons, for %d that are open", sum, counted.rows[model.Person], open)
	}
}

func TestAScanStopsWhenItsReaderDoes(t *testing.T) {
	src := manyTown(1500).view(public).Quads()
	for range src.Match(ctx, quads.Pattern{}) {
		break // must return, though batches are on their way
	}
	cancelled, cancel := context.WithCancel(ctx)
	n := 0
	var last error
	for _, err := range src.Match(cancelled, quads.Pattern{}) {
		if n++; n == 10 {
			cancel()
		}
		last = err
	}
	cancel()
	if !errors.Is(last, context.Canceled) {
		t.Errorf("a cancelled scan ends with %v: it would be taken for whole", last)
	}
}

func TestADamagedDocumentEndsAScanWithAnError(t *testing.T) {
	tw := manyTown(700)
	tw.store.goldens[id(600)][0].Values = []byte{0xff}
	_, err := matchedQuads(tw.view(public).Quads(), quads.Pattern{})
	if err == nil || !strings.Contains(err.Error(), id(600).String()) {
		t.Errorf("the error is %v: want one that names the record", err)
	}
}

func TestAPastDumpIsWhatWasThere(t *testing.T) {
	tw := eventfulTown()
	then, err := tw.view(access.Rights{}).At(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	subjects := map[string]bool{}
	for _, q := range quadsOf(t, then.Quads(), quads.Pattern{}) {
		subjects[q.Subject] = true
	}
	want := map[string]bool{
		quads.EntityIRI(base, model.Organisation, id(3)): true, // ended since
		quads.EntityIRI(base, model.Service, id(5)):      true,
	}
	if diff := cmp.Diff(want, subjects); diff != "" {
		t.Error(diff)
	}
}

// TestTheNamesOfNodesDoNotCountWhatIsSealed: the number in a node's address is
// its rank among what is published.
func TestTheNamesOfNodesDoNotCountWhatIsSealed(t *testing.T) {
	v := ruledTown().view(looker)
	for what, src := range map[string]quads.QuadSource{"a scan": v.Quads(), "a document": v.QuadsOf(id(annaHR))} {
		seen := map[string]bool{}
		for _, q := range quadsOf(t, src, quads.Pattern{}) {
			if strings.HasPrefix(q.Subject, quads.EntityIRI(base, model.Person, id(annaHR))+"#identifier-") {
				seen[q.Subject] = true
			}
		}
		if len(seen) != 1 || !seen[quads.EntityIRI(base, model.Person, id(annaHR))+"#identifier-1"] {
			t.Errorf("%s has the nodes %v: want the user name's alone, as the first", what, seen)
		}
	}
}
