package ontology

import (
	"fmt"
	"strings"

	"github.com/karna-registry/karna/model"
)

// shaclIRI is the namespace of SHACL, which only the shapes use.
const shaclIRI = "http://www.w3.org/ns/shacl#"

// Shapes are SHACL shapes in Turtle for what the registry publishes: one for
// each kind of golden record and for each structure. They are open: they say
// how many and of what type, not that nothing else may be there.
func Shapes() []byte {
	t := &turtle{}
	t.b.WriteString("# Shapes of what the registry publishes. Generated from the property table: go generate ./ontology\n")
	prefixes := make([]string, 0, len(namespaces))
	for _, n := range namespaces {
		prefixes = append(prefixes, n.Prefix)
	}
	t.prefixes(prefixes)
	_, _ = fmt.Fprintf(&t.b, "@prefix sh: <%s> .\n", shaclIRI)
	for _, k := range model.Kinds {
		t.kindShape(k)
	}
	for i := range structures {
		t.structureShape(&structures[i])
	}
	return t.b.Bytes()
}

func shapeName(name string) string {
	return ownPrefix + strings.ToUpper(name[:1]) + name[1:] + "Shape"
}

func (t *turtle) kindShape(k model.Kind) {
	pairs := []string{"a", "sh:NodeShape"}
	for _, c := range kindClasses {
		// An address that is a structure has no kind's properties, but nothing here
		// demands one.
		if c.Kind == k {
			pairs = append(pairs, "sh:targetClass", c.RDF)
		}
	}
	byTerm := map[string][]*Property{}
	for _, p := range byKind[k] {
		byTerm[p.RDF] = append(byTerm[p.RDF], p)
	}
	for _, p := range byKind[k] {
		same := byTerm[p.RDF]
		if same[0] == p {
			pairs = append(pairs, "sh:property", propertyShape(same))
		}
	}
	t.subject(shapeName(k.String()), pairs...)
}

// propertyShape is the shape of a term, which more than one property of a kind
// may have: a person's e-mail and telephone are both contact points.
func propertyShape(same []*Property) string {
	first := same[0]
	var b strings.Builder
	b.WriteString("[ sh:path " + first.RDF)
	names, namesSV := make([]string, len(same)), make([]string, len(same))
	most := 0
	for i, p := range same {
		names[i], namesSV[i] = words(p.Name), strings.ToLower(p.LabelSV)
		switch {
		case p.Many || p.Localized:
			most = -1
		case most >= 0:
			most++
		}
	}
	_, _ = fmt.Fprintf(&b, " ; sh:name %s, %s", tagged(strings.Join(names, " or "), "en"), tagged(strings.Join(namesSV, " eller "), "sv"))
	for _, p := range same {
		_, _ = fmt.Fprintf(&b, " ; sh:description %s, %s", tagged(p.Description, "en"), tagged(p.DescriptionSV, "sv"))
	}
	if most > 0 {
		_, _ = fmt.Fprintf(&b, " ; sh:maxCount %d", most)
	}
	if len(same) == 1 && first.Localized && !first.Many {
		b.WriteString(" ; sh:uniqueLang true")
	}
	b.WriteString(first.valueShape() + " ]")
	return b.String()
}

// dates are the datatypes of a date, by its precision.
const dates = " ; sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:gYearMonth ] [ sh:datatype xsd:gYear ] )"

const (
	anyLiteral = " ; sh:nodeKind sh:Literal"
	anyIRI     = " ; sh:nodeKind sh:IRI"
)

func (p *Property) valueShape() string {
	if p.Node != "" {
		return anyIRI + " ; sh:node " + shapeName(p.Node)
	}
	switch p.Type {
	case model.TypeText:
		switch p.RDF {
		case "skos:inScheme":
			return anyIRI
		case "foaf:homepage":
			return "" // an IRI where the text is one
		}
		return anyLiteral
	case model.TypeDate:
		return dates
	case model.TypeNumber, model.TypeBoolean, model.TypeGeometry:
		return " ; sh:datatype " + p.Coercion()
	case model.TypeIdentifier:
		if p.Coercion() == "" {
			return anyLiteral
		}
		return anyIRI + " ; sh:node " + shapeName("Identifier")
	case model.TypeAddress:
		return anyIRI + " ; sh:node " + shapeName("Address")
	case model.TypeContact:
		if p.RDF == "m8g:hasChannel" {
			return anyIRI + " ; sh:node " + shapeName("Channel")
		}
		return anyIRI + " ; sh:node " + shapeName("ContactPoint")
	case model.TypePeriod:
		return anyIRI + " ; sh:node " + shapeName("Period")
	}
	return anyIRI
}

func (t *turtle) structureShape(s *Structure) {
	pairs := []string{"a", "sh:NodeShape"}
	if s.Name != "Address" { // an address point is one too, with a kind's properties
		pairs = append(pairs, "sh:targetClass", s.RDF)
	}
	for i := range s.Properties {
		pairs = append(pairs, "sh:property", partShape(&s.Properties[i]))
	}
	for _, p := range EveryStructure() {
		pairs = append(pairs, "sh:property", partShape(&p))
	}
	t.subject(shapeName(s.Name), pairs...)
}

func partShape(p *Part) string {
	value := ""
	switch p.Type {
	case PartText:
		value = anyLiteral
	case PartIRI:
		value = anyIRI
	case PartDate:
		value = dates
	case PartTime, PartCount:
		value = " ; sh:datatype " + p.Coercion()
	}
	return fmt.Sprintf("[ sh:path %s ; sh:name %s, %s ; sh:description %s, %s ; sh:maxCount 1%s ]",
		p.RDF, tagged(words(p.Name), "en"), tagged(strings.ToLower(p.LabelSV), "sv"), tagged(p.Description, "en"), tagged(p.DescriptionSV, "sv"), value)
}
