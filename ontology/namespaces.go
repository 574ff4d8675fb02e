package ontology

import "strings"

// Registry is the namespace of the registry's own ontology, for what no
// published vocabulary has. It is the same for every municipality.
const Registry = "https://w3id.org/karna/ns#"

// Namespace is a prefix of the table and what it stands for.
type Namespace struct{ Prefix, IRI string }

// namespaces are all prefixes that the table, the structures and the exports
// use, in prefix order.
var namespaces = []Namespace{
	{"adms", "http://www.w3.org/ns/adms#"},
	{"cpsv", "http://purl.org/vocab/cpsv#"},
	{"dcat", "http://www.w3.org/ns/dcat#"},
	{"dct", "http://purl.org/dc/terms/"},
	{"eli", "http://data.europa.eu/eli/ontology#"},
	{"foaf", "http://xmlns.com/foaf/0.1/"},
	{"geo", "http://www.opengis.net/ont/geosparql#"},
	{"karna", Registry},
	{"legal", "http://www.w3.org/ns/legal#"},
	{"locn", "http://www.w3.org/ns/locn#"},
	{"m8g", "http://data.europa.eu/m8g/"},
	{"org", "http://www.w3.org/ns/org#"},
	{"owl", "http://www.w3.org/2002/07/owl#"},
	{"person", "http://www.w3.org/ns/person#"},
	{"prov", "http://www.w3.org/ns/prov#"},
	{"rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
	{"rdfs", "http://www.w3.org/2000/01/rdf-schema#"},
	{"skos", "http://www.w3.org/2004/02/skos/core#"},
	{"vcard", "http://www.w3.org/2006/vcard/ns#"},
	{"xsd", "http://www.w3.org/2001/XMLSchema#"},
}

// Namespaces lists every prefix in order. The slice is shared: read only.
func Namespaces() []Namespace { return namespaces }

// Expand is the IRI of a prefixed term such as "foaf:givenName", or empty for a
// prefix nobody declared.
func Expand(term string) string {
	prefix, local, ok := strings.Cut(term, ":")
	if !ok {
		return ""
	}
	for _, n := range namespaces {
		if n.Prefix == prefix {
			return n.IRI + local
		}
	}
	return ""
}
