package access

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// Quads is what the caller may see, as quads. Personal numbers are never among
// them, whoever asks. The open dump is the quads of a public View.
func (v *View) Quads() quads.QuadSource { return quadSource{v} }

type quadSource struct{ v *View }

// Match serves a pattern from the narrowest of: its subjects; its objects by
// the indexes of links, codes and texts; a scan of everything, or of the kinds
// that have a class. A pattern with objects that no index has is
// quads.ErrUnindexed, also in the past, which has no indexes.
func (q quadSource) Match(ctx context.Context, p quads.Pattern) iter.Seq2[quads.Quad, error] {
	m := newMatcher(p)
	switch {
	case m.graphs != nil && !m.graphs[""]:
		return func(func(quads.Quad, error) bool) {}
	case m.subjects != nil:
		return q.entities(ctx, m, func() ([]model.EntityID, error) { return q.v.subjectIDs(p.Subjects), nil })
	case m.objects == nil:
		return q.scan(ctx, m, model.KindUnknown)
	}
	if kind, ok := classScan(p); ok {
		return q.scan(ctx, m, kind)
	}
	return q.entities(ctx, m, func() ([]model.EntityID, error) { return q.v.objectIDs(ctx, p) })
}

// matcher tells whether a quad is one of a pattern's; a nil set does not restrict.
type matcher struct {
	subjects, predicates, graphs map[string]bool
	objects                      map[quads.Term]bool
}

func newMatcher(p quads.Pattern) *matcher {
	return &matcher{subjects: set(p.Subjects), predicates: set(p.Predicates), graphs: set(p.Graphs), objects: set(p.Objects)}
}

func set[T comparable](values []T) map[T]bool {
	if len(values) == 0 {
		return nil
	}
	out := make(map[T]bool, len(values))
	for _, v := range values {
		out[v] = true
	}
	return out
}

// all tells whether the matcher restricts nothing but the graph.
func (m *matcher) all() bool { return m.subjects == nil && m.predicates == nil && m.objects == nil }

func (m *matcher) match(q *quads.Quad) bool {
	return (m.subjects == nil || m.subjects[q.Subject]) && (m.predicates == nil || m.predicates[q.Predicate]) &&
		(m.objects == nil || m.objects[q.Object])
}

// subjectIDs are the golden ids that subjects stand for or hang on. What is no
// address of ours has no quads.
func (v *View) subjectIDs(subjects []string) []model.EntityID {
	var ids []model.EntityID
	for _, s := range subjects {
		if _, id, _, ok := quads.ParseNodeIRI(v.a.base, s); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// entities yields the matching quads of the things that candidates names, in
// order of id.
func (q quadSource) entities(ctx context.Context, m *matcher, candidates func() ([]model.EntityID, error)) iter.Seq2[quads.Quad, error] {
	return q.rendered(ctx, candidates, (*quads.Renderer).AppendGolden, m)
}

// render appends a golden record's quads, and may change it.
type render func(r *quads.Renderer, dst []quads.Quad, g *model.Golden) []quads.Quad

func (q quadSource) rendered(ctx context.Context, candidates func() ([]model.EntityID, error), render render, m *matcher) iter.Seq2[quads.Quad, error] {
	return func(yield func(quads.Quad, error) bool) {
		ids, err := candidates()
		if err != nil {
			yield(quads.Quad{}, err)
			return
		}
		slices.SortFunc(ids, model.EntityID.Compare)
		ids = slices.Compact(ids)
		r := quads.NewRenderer(q.v.a.base)
		var buf []quads.Quad
		for batch := range slices.Chunk(ids, countChunk) {
			rows, err := q.v.from().Goldens(ctx, batch, q.v.parts())
			if err != nil {
				yield(quads.Quad{}, fmt.Errorf("read %d golden records: %w", len(batch), err))
				return
			}
			seen, err := q.v.glimpse(ctx, rows)
			if err == nil {
				err = q.v.note(ctx, seen)
			}
			if err != nil {
				yield(quads.Quad{}, err)
				return
			}
			for _, s := range seen {
				if s == nil {
					continue
				}
				q.v.dropSealed(&s.entity.Golden)
				buf = render(r, buf[:0], &s.entity.Golden)
				for i := range buf {
					if m.match(&buf[i]) && !yield(buf[i], nil) {
						return
					}
				}
			}
		}
	}
}

// dropSealed removes sealed identifiers: no export writes them (privacy.md 6),
// and the rank that names the nodes after them must not count them.
func (v *View) dropSealed(g *model.Golden) {
	g.Values = slices.DeleteFunc(g.Values, func(val model.GoldenValue) bool {
		id, ok := val.Value.(model.Identifier)
		return ok && v.sealed(id)
	})
}

// objectIDs are the things that may have a quad with one of the objects, by
// index. It does not look at what the caller may see of them.
func (v *View) objectIDs(ctx context.Context, p quads.Pattern) ([]model.EntityID, error) {
	store, err := v.present()
	if err != nil {
		return nil, quads.ErrUnindexed
	}
	var ids, targets []model.EntityID
	for _, o := range p.Objects {
		if o.Kind == quads.IRI {
			if _, id, fragment, ok := quads.ParseNodeIRI(v.a.base, o.Value); ok {
				if fragment != "" {
					// A node is pointed to only by what it hangs on.
					ids = append(ids, id)
				} else {
					targets = append(targets, id)
				}
				continue
			}
		}
		queries, ok := v.objectQueries(o, p.Predicates)
		if !ok {
			return nil, quads.ErrUnindexed
		}
		for _, query := range queries {
			if ids, err = appendFound(ctx, store, ids, query); err != nil {
				return nil, err
			}
		}
	}
	if len(targets) == 0 {
		return ids, nil
	}
	for link, err := range store.Referrers(ctx, targets, nil, v.clearance) {
		if err != nil {
			return nil, fmt.Errorf("read what refers to %d things: %w", len(targets), err)
		}
		ids = append(ids, link.From)
	}
	return ids, nil
}

func appendFound(ctx context.Context, store graph.Reader, ids []model.EntityID, query graph.FindQuery) ([]model.EntityID, error) {
	query.After, query.Limit = firstID, maxPage
	for {
		n := 0
		for row, err := range store.Find(ctx, query) {
			if err != nil {
				return nil, fmt.Errorf("look up an object in the index: %w", err)
			}
			ids = append(ids, row.ID)
			query.After = row.ID
			n++
		}
		if n < maxPage {
			return ids, nil
		}
	}
}

// structural are the predicates of nodes that hang on golden records: no index
// has their objects. It also holds those of nodes that share a predicate with a
// property.
var structural = func() map[string]bool {
	out := map[string]bool{}
	for _, s := range ontology.Structures() {
		for _, p := range s.Properties {
			out[ontology.Expand(p.RDF)] = true
		}
	}
	for _, p := range ontology.EveryStructure() {
		out[ontology.Expand(p.RDF)] = true
	}
	return out
}()

// structuralLists are the code lists that only such nodes speak in: of another
// list, a code is never under a node's dct:type or adms:status.
var structuralLists = set([]string{"identifier-scheme", "identifier-status", "address-use", "contact-use"})

var (
	rdfType = ontology.Expand("rdf:type")
	sameAs  = ontology.Expand("owl:sameAs")
	dctType = ontology.Expand("dct:type")
	status  = ontology.Expand("adms:status")
)

// objectQueries are the questions to the term index that together find
// everything with the object under one of the predicates; ok is false when the
// index cannot.
func (v *View) objectQueries(o quads.Term, predicates []string) (queries []graph.FindQuery, ok bool) {
	scheme, notation, isCode := "", "", false
	if o.Kind == quads.IRI {
		if scheme, ok = v.parseSchemeIRI(o.Value); ok {
			// Only concepts point to a code list.
			return []graph.FindQuery{v.query(model.Concept, v.schemeTerm(scheme))}, true
		}
		if scheme, notation, isCode = quads.ParseCodeIRI(v.a.base, o.Value); !isCode {
			return nil, false
		}
	}
	if len(predicates) == 0 {
		return nil, false
	}
	for _, predicate := range predicates {
		if isCode && predicate == sameAs {
			queries = append(queries, v.query(model.Concept, v.schemeTerm(scheme), v.notationTerm(notation)))
			continue
		}
		ids := quads.PropertiesOf(predicate)
		ofNodes := structural[predicate]
		if isCode && (predicate == dctType || predicate == status) {
			ofNodes = structuralLists[scheme]
		}
		if len(ids) == 0 || ofNodes {
			return nil, false
		}
		for _, id := range ids {
			row := propertyOf(id).row
			switch {
			case isCode && row.Type != model.TypeCode, !isCode && (row.Type == model.TypeCode || row.Type == model.TypeLink):
				// It never has such an object.
			case isCode && row.Index == ontology.IndexCode:
				queries = append(queries, v.query(row.Kind, graph.FindTerm{
					Spaces: v.spacesOf(id), Key: document.CodeKey(scheme, notation),
				}))
			case row.Index == ontology.IndexToken && row.Type == model.TypeText && len(document.Tokens(o.Value)) > 0:
				// Each value is compared with the whole text: some words do to find it.
				var terms []graph.FindTerm
				words := document.Tokens(o.Value)
				for _, w := range words[:min(len(words), MaxWords)] {
					terms = append(terms, graph.FindTerm{Spaces: v.wordSpaces(row.Kind), Key: w})
				}
				queries = append(queries, v.query(row.Kind, terms...))
			case row.Index == ontology.IndexExact && row.Type == model.TypeText:
				queries = append(queries, v.query(row.Kind, graph.FindTerm{
					Spaces: v.spacesOf(id), Key: document.TextKey(o.Value),
				}))
			default:
				return nil, false
			}
		}
	}
	return queries, true
}

func (v *View) query(kind model.Kind, terms ...graph.FindTerm) graph.FindQuery {
	return graph.FindQuery{Kind: kind, Disclosure: v.clearance, Terms: terms}
}

// parseSchemeIRI reads what quads.SchemeIRI made.
func (v *View) parseSchemeIRI(iri string) (string, bool) {
	rest, ok := strings.CutPrefix(iri, v.a.base+"/code/")
	if !ok || strings.Contains(rest, "/") {
		return "", false
	}
	scheme, err := url.PathUnescape(rest)
	return scheme, err == nil && quads.SchemeIRI(v.a.base, scheme) == iri
}

// classScan tells whether a pattern asks for the things of classes, and of
// which kind they are: of any, for KindUnknown.
func classScan(p quads.Pattern) (model.Kind, bool) {
	if len(p.Predicates) != 1 || p.Predicates[0] != rdfType {
		return model.KindUnknown, false
	}
	kind, first := model.KindUnknown, true
	for _, o := range p.Objects {
		of, only := classKind(o)
		if !only || !first && of != kind {
			of = model.KindUnknown
		}
		if kind, first = of, false; kind == model.KindUnknown {
			break
		}
	}
	return kind, true
}

// classKind is the one kind that has a class; only is false when several have
// it, or nodes do.
func classKind(o quads.Term) (kind model.Kind, only bool) {
	for _, s := range ontology.Structures() {
		if ontology.Expand(s.RDF) == o.Value {
			return model.KindUnknown, false
		}
	}
	for _, c := range ontology.KindClasses() {
		if ontology.Expand(c.RDF) != o.Value {
			continue
		}
		if kind != model.KindUnknown && kind != c.Kind {
			return model.KindUnknown, false
		}
		kind = c.Kind
	}
	return kind, kind != model.KindUnknown
}
