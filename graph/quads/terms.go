package quads

import (
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// The terms that the rendering itself uses. Everything else comes from the table.
var (
	rdfType      = ontology.Expand("rdf:type")
	dctTemporal  = ontology.Expand("dct:temporal")
	dctType      = ontology.Expand("dct:type")
	dctSource    = ontology.Expand("dct:source")
	dctModified  = ontology.Expand("dct:modified")
	startDate    = ontology.Expand("dcat:startDate")
	endDate      = ontology.Expand("dcat:endDate")
	sameAs       = ontology.Expand("owl:sameAs")
	identifier   = ontology.Expand("adms:identifier")
	status       = ontology.Expand("adms:status")
	notation     = ontology.Expand("skos:notation")
	primaryTopic = ontology.Expand("foaf:primaryTopic")

	statement         = ontology.Expand("karna:statement")
	statementProperty = ontology.Expand("karna:property")
	statementValue    = ontology.Expand("karna:value")
	statementRole     = ontology.Expand("karna:role")
	statementNote     = ontology.Expand("karna:note")
	originalText      = ontology.Expand("karna:original")
	revision          = ontology.Expand("karna:revision")

	contactEmail     = ontology.Expand("m8g:email")
	contactTelephone = ontology.Expand("m8g:telephone")
	contactPage      = ontology.Expand("m8g:contactPage")
	contactValue     = ontology.Expand("karna:contactValue")
	contactMedium    = ontology.Expand("karna:contactMedium")

	classIdentifier = ontology.Expand("adms:Identifier")
	classAddress    = ontology.Expand("locn:Address")
	classContact    = ontology.Expand("m8g:ContactPoint")
	classChannel    = ontology.Expand("m8g:Channel")
	classPeriod     = ontology.Expand("dct:PeriodOfTime")
	classStatement  = ontology.Expand("karna:Statement")
	classRecord     = ontology.Expand("karna:Record")
	classChange     = ontology.Expand("org:ChangeEvent")

	changeBefore = ontology.Expand("org:originalOrganization")
	changeAfter  = ontology.Expand("org:resultingOrganization")

	xsdDate      = ontology.Expand("xsd:date")
	xsdYearMonth = ontology.Expand("xsd:gYearMonth")
	xsdYear      = ontology.Expand("xsd:gYear")
	xsdDecimal   = ontology.Expand("xsd:decimal")
	xsdInteger   = ontology.Expand("xsd:integer")
	xsdBoolean   = ontology.Expand("xsd:boolean")
	xsdDateTime  = ontology.Expand("xsd:dateTime")
	wktLiteral   = ontology.Expand("geo:wktLiteral")
)

// crs84 stands before every geometry: longitude first, WGS 84.
const crs84 = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> "

// The code lists of the structures themselves.
const (
	schemesList  = "identifier-scheme"
	statusesList = "identifier-status"
	addressUses  = "address-use"
	contactUses  = "contact-use"
)

// form is how a property's values are rendered.
type form uint8

const (
	plain       form = iota // one quad, and a statement when qualified
	node                    // a node of its own
	periodNode              // a shared node of class dct:PeriodOfTime
	pageText                // an IRI where the text is one
	schemeText              // the IRI of a code list
	literalNode             // a quad with the text, and a node
	textNode                // a node that carries the text (a cost, a requirement)
	changeNode              // a node of class org:ChangeEvent between two organisations
)

// term is what rendering a property needs of its row.
type term struct {
	row       *ontology.Property
	predicate string
	fragment  string // "#name-"
	form      form
	class     string // of a textNode
	carrier   string // the predicate by which a textNode carries its text
	shared    bool   // another property of the kind has the same predicate
}

var (
	terms       []*term // by property number
	byPredicate = map[string][]model.PropertyID{}
)

func termOf(p model.PropertyID) *term {
	if int(p) < len(terms) {
		return terms[p]
	}
	return nil
}

func init() {
	for _, k := range model.Kinds {
		for _, p := range ontology.Of(k) {
			t := &term{row: p, predicate: ontology.Expand(p.RDF), fragment: "#" + p.Name + "-"}
			switch {
			case p.Type == model.TypeAddress, p.Type == model.TypeContact:
				t.form = node
			case p.Type == model.TypeIdentifier && t.predicate == identifier:
				t.form = node
			case p.Type == model.TypeIdentifier:
				t.form = literalNode
			case p.Type == model.TypePeriod:
				t.form = periodNode
			case p.RDF == "foaf:homepage":
				t.form = pageText
			case p.RDF == "skos:inScheme":
				t.form = schemeText
			}
			if s := structureNamed(p.Node); s != nil && t.form == plain {
				t.class = ontology.Expand(s.RDF)
				if t.form = textNode; t.class == classChange {
					t.form = changeNode
				} else {
					t.carrier = ontology.Expand(s.Properties[0].RDF)
				}
			}
			for _, other := range byPredicate[t.predicate] {
				if o := terms[other]; o.row.Kind == k {
					t.shared, o.shared = true, true
				}
			}
			if n := int(p.ID) + 1; n > len(terms) {
				terms = append(terms, make([]*term, n-len(terms))...)
			}
			terms[p.ID] = t
			byPredicate[t.predicate] = append(byPredicate[t.predicate], p.ID)
		}
	}
}

func structureNamed(name string) *ontology.Structure {
	structures := ontology.Structures()
	for i := range structures {
		if structures[i].Name == name {
			return &structures[i]
		}
	}
	return nil
}

// Predicate is the IRI of a property, or empty for a number nobody gave out.
func Predicate(p model.PropertyID) string {
	if t := termOf(p); t != nil {
		return t.predicate
	}
	return ""
}

// PropertiesOf lists the properties, of any kind, that a predicate stands for,
// in number order. The slice is shared: read only.
func PropertiesOf(predicate string) []model.PropertyID { return byPredicate[predicate] }
