package ontology

import (
	"strings"

	"github.com/karna-registry/karna/model"
)

// ownPrefix is the prefix of the registry's own terms.
const ownPrefix = "karna:"

// OwnTerm is a property of the registry's own ontology, for what no published
// vocabulary has.
type OwnTerm struct {
	RDF     string
	SubOf   string
	Label   string
	LabelSV string
	// Descriptions hold one for each use: a term may be a property of several kinds.
	Descriptions, DescriptionsSV []string
	// Range is a datatype or class, or empty where values are plain text.
	Range string
	// Object says that values are things, not literals.
	Object bool
}

// OwnTerms lists the own properties, each once, in the order of the table and
// then of the structures.
func OwnTerms() []OwnTerm {
	var out []OwnTerm
	at := map[string]int{}
	add := func(t OwnTerm, description, descriptionSV string) {
		if !strings.HasPrefix(t.RDF, ownPrefix) {
			return
		}
		i, ok := at[t.RDF]
		if !ok {
			i = len(out)
			at[t.RDF] = i
			_, local, _ := strings.Cut(t.RDF, ":")
			t.Label = words(local)
			out = append(out, t)
		}
		if !contains(out[i].Descriptions, description) {
			out[i].Descriptions = append(out[i].Descriptions, description)
			out[i].DescriptionsSV = append(out[i].DescriptionsSV, descriptionSV)
		}
	}
	for i := range table {
		p := &table[i]
		add(OwnTerm{RDF: p.RDF, SubOf: p.SubOf, LabelSV: p.LabelSV, Range: p.rdfRange(), Object: p.Coercion() == coerceIRI}, p.Description, p.DescriptionSV)
	}
	parts := func(parts []Part) {
		for _, p := range parts {
			add(OwnTerm{RDF: p.RDF, SubOf: p.SubOf, LabelSV: p.LabelSV, Range: p.rdfRange(), Object: p.Type == PartIRI}, p.Description, p.DescriptionSV)
		}
	}
	parts(EveryRecord())
	parts(EveryStructure())
	for _, s := range structures {
		parts(s.Properties)
	}
	return out
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}

// rdfRange is the class or datatype that all values of the property have. A date
// has three datatypes, by its precision, and a target several classes.
func (p *Property) rdfRange() string {
	switch p.Type {
	case model.TypeCode:
		return "skos:Concept"
	case model.TypeNumber, model.TypeBoolean:
		return p.Coercion()
	case model.TypePeriod:
		return "dct:PeriodOfTime"
	case model.TypeLink:
		if len(p.Range) == 1 && p.Range[0] == model.Concept {
			return "skos:Concept"
		}
	}
	return ""
}

func (p *Part) rdfRange() string {
	switch p.Type {
	case PartCount, PartTime:
		return p.Coercion()
	}
	if p.Name == "statement" {
		return ownPrefix + "Statement"
	}
	return ""
}

// Vocabulary is the registry's own ontology in Turtle: its classes, and its
// properties with what they are sub-properties of.
func Vocabulary() []byte {
	t := &turtle{}
	t.b.WriteString("# The terms that no published vocabulary has. Generated from the property table: go generate ./ontology\n")
	t.prefixes([]string{"dct", "karna", "org", "owl", "rdf", "rdfs", "skos", "xsd", "foaf", "locn"})
	home := "<" + strings.TrimRight(Registry, "#/") + ">"
	t.subject(home,
		"a", "owl:Ontology",
		"dct:title", tagged("Kärna, registry of a municipality's core data", "en"),
		"dct:title", tagged("Kärna, register över en kommuns grunddata", "sv"),
		"dct:description", tagged("Own terms for persons, roles, organisations, places and services, beside the EU Core Vocabularies.", "en"),
		"dct:description", tagged("Egna termer för personer, roller, organisationer, platser och tjänster, vid sidan av EU:s kärnvokabulärer.", "sv"),
		"dct:license", "<https://joinup.ec.europa.eu/collection/eupl/eupl-text-eupl-12>",
	)
	for _, s := range structures {
		if !strings.HasPrefix(s.RDF, ownPrefix) {
			continue
		}
		t.subject(s.RDF, "a", "owl:Class", "rdfs:label", tagged(words(s.Name), "en"),
			"rdfs:comment", tagged(s.Description, "en"), "rdfs:comment", tagged(s.DescriptionSV, "sv"), "rdfs:isDefinedBy", home)
	}
	for _, term := range OwnTerms() {
		class := "owl:DatatypeProperty"
		switch {
		case term.Object:
			class = "owl:ObjectProperty"
		case term.RDF == ownPrefix+"value": // a statement's value is whatever the property has
			class = "rdf:Property"
		}
		pairs := []string{"a", class, "rdfs:label", tagged(term.Label, "en"), "rdfs:label", tagged(strings.ToLower(term.LabelSV), "sv")}
		for i := range term.Descriptions {
			pairs = append(pairs, "rdfs:comment", tagged(term.Descriptions[i], "en"), "rdfs:comment", tagged(term.DescriptionsSV[i], "sv"))
		}
		t.subject(term.RDF, append(pairs, "rdfs:subPropertyOf", term.SubOf, "rdfs:range", term.Range, "rdfs:isDefinedBy", home)...)
	}
	return t.b.Bytes()
}
