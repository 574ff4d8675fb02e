package export

import (
	"strings"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/ontology"
)

var (
	xsdString = ontology.Expand("xsd:string")
	rdfType   = ontology.Expand("rdf:type")
)

// turtle writes Turtle: prefixes for the terms, whole IRIs for things, so that
// each subject can be found by its address.
type turtle struct {
	checked
	short map[string]string // predicates, classes and datatypes as written
}

func newTurtle() *turtle { return &turtle{newChecked(), map[string]string{}} }

func (t *turtle) header(dst []byte) []byte {
	for _, n := range ontology.Namespaces() {
		dst = append(append(append(append(dst, "@prefix "...), n.Prefix...), ": <"...), n.IRI...)
		dst = append(dst, "> .\n"...)
	}
	return append(dst, '\n')
}

func (t *turtle) footer(dst []byte) []byte { return dst }
func (t *turtle) separator() string        { return "" }

func (t *turtle) entity(dst []byte, group []quads.Quad) ([]byte, error) {
	for i := range group {
		q := &group[i]
		if err := t.quad(q); err != nil {
			return dst, err
		}
		if q.Graph != "" {
			return dst, ErrNamedGraph
		}
		switch {
		case i == 0 || q.Subject != group[i-1].Subject:
			if i > 0 {
				dst = append(dst, " .\n"...)
			}
			dst = append(append(append(dst, '<'), q.Subject...), "> "...)
			dst = append(append(dst, t.verb(q.Predicate)...), ' ')
		case q.Predicate != group[i-1].Predicate:
			dst = append(dst, " ;\n\t"...)
			dst = append(append(dst, t.verb(q.Predicate)...), ' ')
		default:
			dst = append(dst, ", "...)
		}
		dst = t.object(dst, q)
	}
	if len(group) > 0 {
		dst = append(dst, " .\n"...)
	}
	return dst, nil
}

func (t *turtle) verb(predicate string) string {
	if predicate == rdfType {
		return "a"
	}
	return t.term(predicate)
}

func (t *turtle) object(dst []byte, q *quads.Quad) []byte {
	o := &q.Object
	switch {
	case o.Kind == quads.IRI && q.Predicate == rdfType:
		return append(dst, t.term(o.Value)...)
	case o.Kind == quads.IRI:
		return append(append(append(dst, '<'), o.Value...), '>')
	}
	dst = append(appendEscaped(append(dst, '"'), o.Value, &rdfEscape), '"')
	switch {
	case o.Lang != "":
		dst = append(append(dst, '@'), o.Lang...)
	case o.Datatype != "" && o.Datatype != xsdString:
		dst = append(append(dst, "^^"...), t.term(o.Datatype)...)
	}
	return dst
}

// term is a valid IRI as it is written: with its prefix where its local name
// needs no escape in any reader.
func (t *turtle) term(iri string) string {
	if s, ok := t.short[iri]; ok {
		return s
	}
	s := "<" + iri + ">"
	for _, n := range ontology.Namespaces() {
		if local, ok := strings.CutPrefix(iri, n.IRI); ok && plainName(local) {
			s = n.Prefix + ":" + local
		}
	}
	if len(t.short) >= maxChecked {
		clear(t.short)
	}
	t.short[iri] = s
	return s
}

func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', i > 0 && '0' <= c && c <= '9':
		default:
			return false
		}
	}
	return s != ""
}
