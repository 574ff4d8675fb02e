package ontology

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/karna-registry/karna/model"
)

// The JSON-LD keywords that a term may be coerced to.
const coerceIRI = "@id"

// Coercion is the type that the JSON-LD context gives a bare string of the
// property: "@id", a prefixed datatype, or empty for plain text. A value of
// another type (a year where days are usual, a text with a language) is written
// as an object that says its own.
func (p *Property) Coercion() string {
	if p.Node != "" {
		return coerceIRI
	}
	switch p.Type {
	case model.TypeDate:
		return "xsd:date"
	case model.TypeNumber:
		return "xsd:decimal"
	case model.TypeBoolean:
		return "xsd:boolean"
	case model.TypeGeometry:
		return "geo:wktLiteral"
	case model.TypeText:
		if p.RDF == "foaf:homepage" || p.RDF == "skos:inScheme" {
			return coerceIRI
		}
		return ""
	case model.TypeIdentifier:
		if p.RDF == "dct:identifier" {
			return "" // the bare text; registeredIdentifier has the node
		}
	}
	return coerceIRI
}

// Coercion is what Property.Coercion is, for a part of a structure.
func (p *Part) Coercion() string {
	switch p.Type {
	case PartIRI, PartPage:
		return coerceIRI
	case PartDate:
		return "xsd:date"
	case PartTime:
		return "xsd:dateTime"
	case PartCount:
		return "xsd:integer"
	}
	return ""
}

// classTerm is a class as JSON-LD spells it in "@type", with what nodes of the
// class may have.
type classTerm struct {
	name, rdf  string
	properties []*Property
	parts      []Part
}

// classTerms are every class of the context. An address and a place that is an
// address point are one class, which has the properties of both.
func classTerms() []*classTerm {
	var out []*classTerm
	byRDF := map[string]*classTerm{}
	of := func(rdf string) *classTerm {
		if byRDF[rdf] == nil {
			_, name, _ := strings.Cut(rdf, ":")
			byRDF[rdf] = &classTerm{name: name, rdf: rdf}
			out = append(out, byRDF[rdf])
		}
		return byRDF[rdf]
	}
	for _, c := range kindClasses {
		t := of(c.RDF)
		t.properties = append(t.properties, byKind[c.Kind]...)
		t.parts = append(t.parts, everyone...)
	}
	for _, s := range structures {
		t := of(s.RDF)
		t.name = s.Name
		t.parts = append(t.parts, s.Properties...)
		t.parts = append(t.parts, EveryStructure()...)
	}
	return out
}

// Context is the JSON-LD 1.1 context of every document of the registry, as a
// complete document {"@context": …}. Properties are scoped to the class of their
// node, as one name may be different terms on different kinds. There are no
// aliases of keywords: "type" is a property of three kinds.
func Context() []byte {
	c := &contextWriter{}
	c.open("@context")
	c.pair("@version", json.Number("1.1"))
	for _, n := range namespaces {
		c.pair(n.Prefix, n.IRI)
	}
	for _, t := range classTerms() {
		c.open(t.name)
		c.pair("@id", t.rdf)
		c.open("@context")
		written := map[string]bool{}
		for _, p := range t.properties {
			c.term(p.Name, p.RDF, p.Coercion(), p.Localized && p.Node == "")
			written[p.Name] = true
		}
		for i := range t.parts {
			if p := &t.parts[i]; !written[p.Name] {
				c.term(p.Name, p.RDF, p.Coercion(), false)
				written[p.Name] = true
			}
		}
		c.close()
		c.close()
	}
	c.close()
	return c.document()
}

// contextWriter writes JSON objects whose keys keep the order they are given
// in, which a map would not.
type contextWriter struct {
	b     bytes.Buffer
	comma bool
}

func (c *contextWriter) key(name string) {
	if c.comma {
		c.b.WriteByte(',')
	}
	c.value(name)
	c.b.WriteByte(':')
}

func (c *contextWriter) value(v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and constant numbers always encode
	}
	c.b.Write(raw)
}

func (c *contextWriter) open(name string) {
	c.key(name)
	c.b.WriteByte('{')
	c.comma = false
}

func (c *contextWriter) close() {
	c.b.WriteByte('}')
	c.comma = true
}

func (c *contextWriter) pair(name string, v any) {
	c.key(name)
	c.value(v)
	c.comma = true
}

// term writes a term's definition. A term by language holds a map from language
// tag to text.
func (c *contextWriter) term(name, rdf, coercion string, byLanguage bool) {
	if coercion == "" && !byLanguage {
		c.pair(name, rdf)
		return
	}
	c.open(name)
	c.pair("@id", rdf)
	if byLanguage {
		c.pair("@container", "@language")
	} else {
		c.pair("@type", coercion)
	}
	c.close()
}

func (c *contextWriter) document() []byte {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte("{"+c.b.String()+"}"), "", "  "); err != nil {
		panic(err) // it was written token by token
	}
	out.WriteByte('\n')
	return out.Bytes()
}
