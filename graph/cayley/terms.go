package cayley

import (
	"github.com/cayleygraph/quad"
	"github.com/cayleygraph/quad/nquads"

	"github.com/karna-registry/karna/graph/quads"
)

// A literal stays as it is written: by default "01" would be read as 1.
func init() { nquads.AutoConvertTypedString = false }

// terms says how the source's terms are Cayley's values.
type terms interface {
	value(quads.Term) quad.Value
	term(quad.Value) (quads.Term, bool)
}

// rdf is the source's terms as they are: IRIs and literals, each with its
// datatype or language. There are no blank nodes.
type rdf struct{}

func (rdf) value(t quads.Term) quad.Value {
	switch {
	case t.Kind == quads.IRI:
		return quad.IRI(t.Value)
	case t.Lang != "":
		return quad.LangString{Value: quad.String(t.Value), Lang: t.Lang}
	case t.Datatype != "":
		return quad.TypedString{Value: quad.String(t.Value), Type: quad.IRI(t.Datatype)}
	}
	return quad.String(t.Value)
}

func (rdf) term(v quad.Value) (quads.Term, bool) {
	switch v := v.(type) {
	case quad.IRI:
		return quads.Term{Kind: quads.IRI, Value: string(v)}, true
	case quad.String:
		return quads.Term{Kind: quads.Literal, Value: string(v)}, true
	case quad.LangString:
		return quads.Term{Kind: quads.Literal, Value: string(v.Value), Lang: v.Lang}, true
	case quad.TypedString:
		return quads.Term{Kind: quads.Literal, Value: string(v.Value), Datatype: string(v.Type)}, true
	}
	return quads.Term{}, false
}
