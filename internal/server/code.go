package server

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"strings"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// code answers the address by which values refer to a code: it leads to the document
// of the concept, of the version of its list that is valid today by preference.
func (s *Server) code(w http.ResponseWriter, r *http.Request) {
	view, reads, ok := s.reading(w, r, "address of a code")
	if !ok {
		return
	}
	e, err := view.Code(r.Context(), r.PathValue("scheme"), r.PathValue("notation"))
	switch {
	case errors.Is(err, access.ErrNotFound):
		http.NotFound(w, r)
	case err != nil:
		s.failed(w, r, "look up a code", err)
	case reads.Done(r.Context()) != nil:
		s.failed(w, r, "tell of a read in the audit", errUntold)
	default:
		seeDocument(w, r, model.Concept, e.ID)
	}
}

// codeList answers the address of a code list with the list as a skos:ConceptScheme:
// its title, where the program ships it, and those of its concepts that the caller
// sees.
func (s *Server) codeList(w http.ResponseWriter, r *http.Request) {
	view, reads, ok := s.reading(w, r, "address of a code list")
	if !ok {
		return
	}
	list, err := view.CodeList(r.Context(), r.PathValue("scheme"))
	as := preferred(r)
	switch {
	case errors.Is(err, access.ErrNotFound):
		http.NotFound(w, r)
	case err != nil:
		s.failed(w, r, "read a code list", err)
	case reads.Done(r.Context()) != nil:
		s.failed(w, r, "tell of a read in the audit", errUntold)
	case as == nil:
		http.Error(w, notAcceptable, http.StatusNotAcceptable)
	default:
		ids := make([]model.EntityID, len(list.Concepts))
		for i, c := range list.Concepts {
			ids[i] = c.ID
		}
		// Of several subjects JSON-LD is one document in this format only.
		format := as.format
		if format == export.JSONLD {
			format = export.JSONLDFramed
		}
		s.send(w, r, reads, as.media, format, listed{s.schemeQuads(list.Scheme), view.QuadsOf(ids...)})
	}
}

// What is said of a code list, and of the concepts in it.
var (
	rdfType       = ontology.Expand("rdf:type")
	title         = ontology.Expand("dct:title")
	conceptScheme = ontology.Expand("skos:ConceptScheme")
	ofConcepts    = []string{rdfType, ontology.Expand("skos:inScheme"), ontology.Expand("skos:notation"), ontology.Expand("skos:prefLabel"), ontology.Expand("owl:sameAs")}
)

func (s *Server) schemeQuads(scheme string) []quads.Quad {
	subject := quads.SchemeIRI(s.config.BaseIRI, scheme)
	out := []quads.Quad{{Subject: subject, Predicate: rdfType, Object: quads.Term{Kind: quads.IRI, Value: conceptScheme}}}
	for _, l := range ontology.CodeLists() {
		if l.Scheme == scheme {
			out = append(out,
				quads.Quad{Subject: subject, Predicate: title, Object: quads.Term{Kind: quads.Literal, Value: l.TitleEN, Lang: "en"}},
				quads.Quad{Subject: subject, Predicate: title, Object: quads.Term{Kind: quads.Literal, Value: l.TitleSV, Lang: "sv"}})
		}
	}
	return out
}

// listed is a code list and, in short, its concepts.
type listed struct {
	scheme   []quads.Quad
	concepts quads.QuadSource
}

// Match yields all of it, but for the nodes that hang on concepts: nobody asks for
// less.
func (l listed) Match(ctx context.Context, _ quads.Pattern) iter.Seq2[quads.Quad, error] {
	return func(yield func(quads.Quad, error) bool) {
		for _, q := range l.scheme {
			if !yield(q, nil) {
				return
			}
		}
		for q, err := range l.concepts.Match(ctx, quads.Pattern{Predicates: ofConcepts}) {
			if err == nil && strings.Contains(q.Subject, "#") {
				continue
			}
			if !yield(q, err) || err != nil {
				return
			}
		}
	}
}
