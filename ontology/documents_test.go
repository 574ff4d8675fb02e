package ontology_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/knakk/rdf"
	"github.com/piprate/json-gold/ld"

	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// parseTurtle reads our own documents; knakk/rdf is not fit for others'.
func parseTurtle(t *testing.T, doc []byte) []rdf.Triple {
	t.Helper()
	triples, err := rdf.NewTripleDecoder(bytes.NewReader(doc), rdf.Turtle).DecodeAll()
	if err != nil {
		t.Fatal(err)
	}
	return triples
}

func TestVocabularyDeclaresEveryOwnTermWithItsSuperProperty(t *testing.T) {
	type fact struct{ s, p, o string }
	facts := map[fact]bool{}
	labels := map[string]int{}
	for _, tr := range parseTurtle(t, ontology.Vocabulary()) {
		facts[fact{tr.Subj.String(), tr.Pred.String(), tr.Obj.String()}] = true
		if tr.Pred.String() == ontology.Expand("rdfs:label") || tr.Pred.String() == ontology.Expand("rdfs:comment") {
			labels[tr.Subj.String()]++
		}
	}
	sub, isDefinedBy := ontology.Expand("rdfs:subPropertyOf"), ontology.Expand("rdfs:isDefinedBy")
	home := strings.TrimRight(ontology.Registry, "#")
	own := ontology.OwnTerms()
	if len(own) < 30 {
		t.Fatalf("%d own terms", len(own))
	}
	for _, term := range own {
		iri := ontology.Expand(term.RDF)
		if !facts[fact{iri, isDefinedBy, home}] || labels[iri] < 4 {
			t.Errorf("%s is not declared with labels and comments in two languages", term.RDF)
		}
		if term.SubOf != "" && !facts[fact{iri, sub, ontology.Expand(term.SubOf)}] {
			t.Errorf("%s is not declared below %s", term.RDF, term.SubOf)
		}
	}
	for _, p := range everyProperty() {
		if strings.HasPrefix(p.RDF, "karna:") && !slices.ContainsFunc(own, func(o ontology.OwnTerm) bool { return o.RDF == p.RDF }) {
			t.Errorf("%s of %s.%s is declared nowhere", p.RDF, p.Kind, p.Name)
		}
	}
}

func TestShapesHaveEveryPropertyOfEveryKind(t *testing.T) {
	const sh = "http://www.w3.org/ns/shacl#"
	of := map[string][]string{}   // shape → property shapes
	path := map[string][]string{} // property shape → path
	limit := map[string]string{}
	nodes := map[string]bool{}
	for _, tr := range parseTurtle(t, ontology.Shapes()) {
		switch tr.Pred.String() {
		case sh + "property":
			of[tr.Subj.String()] = append(of[tr.Subj.String()], tr.Obj.String())
		case sh + "path":
			path[tr.Subj.String()] = append(path[tr.Subj.String()], tr.Obj.String())
		case sh + "maxCount":
			limit[tr.Subj.String()] = tr.Obj.String()
		case sh + "node":
			nodes[tr.Obj.String()] = true
		}
	}
	for _, k := range model.Kinds {
		name := strings.ToUpper(k.String()[:1]) + k.String()[1:]
		shapes := map[string]string{}
		for _, s := range of[ontology.Registry+name+"Shape"] {
			if len(path[s]) != 1 {
				t.Fatalf("%s: a property shape with %d paths", name, len(path[s]))
			}
			if shapes[path[s][0]] != "" {
				t.Errorf("%s: two shapes of %s", name, path[s][0])
			}
			shapes[path[s][0]] = s
		}
		single := map[string]int{}
		many := map[string]bool{}
		for _, p := range ontology.Of(k) {
			single[p.RDF]++
			many[p.RDF] = many[p.RDF] || p.Many || p.Localized
			if shapes[ontology.Expand(p.RDF)] == "" {
				t.Errorf("%s: no shape of %s", name, p.RDF)
			}
		}
		for term, n := range single {
			want := string(rune('0' + n))
			if many[term] {
				want = ""
			}
			if got := limit[shapes[ontology.Expand(term)]]; got != want {
				t.Errorf("%s: %s may occur %q times, want %q", name, term, got, want)
			}
		}
	}
	for _, s := range ontology.Structures() {
		if n := len(of[ontology.Registry+s.Name+"Shape"]); n != len(s.Properties)+len(ontology.EveryStructure()) {
			t.Errorf("structure %s has %d property shapes", s.Name, n)
		}
	}
	for n := range nodes {
		if len(of[n]) == 0 {
			t.Errorf("a property refers to shape %s, which is not there", n)
		}
	}
}

func TestTurtleDocumentsAreReadByAnotherReader(t *testing.T) {
	serdi := testkit.Tool(t, "serdi")
	for name, doc := range map[string][]byte{"registry.ttl": ontology.Vocabulary(), "shapes.ttl": ontology.Shapes()} {
		var out, problems bytes.Buffer
		cmd := exec.Command(serdi, "-i", "turtle", "-o", "ntriples", "-")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(doc), &out, &problems
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v: %s", name, err, problems.String())
		}
		if got, want := bytes.Count(out.Bytes(), []byte("\n")), len(parseTurtle(t, doc)); got != want {
			t.Errorf("%s: %d triples to one reader, %d to the other", name, got, want)
		}
	}
}

// expand turns a document under the context into N-Quads.
func expand(t *testing.T, doc string) string {
	t.Helper()
	var context, body map[string]any
	if err := json.Unmarshal(ontology.Context(), &context); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(doc), &body); err != nil {
		t.Fatal(err)
	}
	body["@context"] = context["@context"]
	options := ld.NewJsonLdOptions("")
	options.ProcessingMode = ld.JsonLd_1_1
	options.Format = "application/n-quads"
	out, err := ld.NewJsonLdProcessor().ToRDF(body, options)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.(string)), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestContextGivesEachKindItsOwnTerms(t *testing.T) {
	got := expand(t, `{
		"@id": "https://r.example/id/organisation/1",
		"@type": ["PublicOrganisation", "LegalEntity"],
		"identifier": {"@id": "https://r.example/id/organisation/1#identifier-1", "@type": "Identifier", "notation": "5560160680"},
		"type": "https://r.example/code/organisation-type/municipality",
		"name": {"sv": "Älvsala kommun", "en": ["Älvsala Municipality"]},
		"homepage": "https://alvsala.example/",
		"parent": "https://r.example/id/organisation/2",
		"address": {"@id": "https://r.example/id/organisation/1#address-1", "@type": "Address", "postalCode": "12345", "use": "https://r.example/code/address-use/visit"},
		"period": {"@id": "https://r.example/id/organisation/1#period-1", "@type": "Period", "from": "1971-01-01", "through": {"@type": "xsd:gYear", "@value": "2030"}}
	}`)
	want := strings.TrimSpace(`
<https://r.example/id/organisation/1#address-1> <http://purl.org/dc/terms/type> <https://r.example/code/address-use/visit> .
<https://r.example/id/organisation/1#address-1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/locn#Address> .
<https://r.example/id/organisation/1#address-1> <http://www.w3.org/ns/locn#postCode> "12345" .
<https://r.example/id/organisation/1#identifier-1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/adms#Identifier> .
<https://r.example/id/organisation/1#identifier-1> <http://www.w3.org/2004/02/skos/core#notation> "5560160680" .
<https://r.example/id/organisation/1#period-1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://purl.org/dc/terms/PeriodOfTime> .
<https://r.example/id/organisation/1#period-1> <http://www.w3.org/ns/dcat#endDate> "2030"^^<http://www.w3.org/2001/XMLSchema#gYear> .
<https://r.example/id/organisation/1#period-1> <http://www.w3.org/ns/dcat#startDate> "1971-01-01"^^<http://www.w3.org/2001/XMLSchema#date> .
<https://r.example/id/organisation/1> <http://purl.org/dc/terms/temporal> <https://r.example/id/organisation/1#period-1> .
<https://r.example/id/organisation/1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://data.europa.eu/m8g/PublicOrganisation> .
<https://r.example/id/organisation/1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/legal#LegalEntity> .
<https://r.example/id/organisation/1> <http://www.w3.org/2004/02/skos/core#prefLabel> "Älvsala Municipality"@en .
<https://r.example/id/organisation/1> <http://www.w3.org/2004/02/skos/core#prefLabel> "Älvsala kommun"@sv .
<https://r.example/id/organisation/1> <http://www.w3.org/ns/adms#identifier> <https://r.example/id/organisation/1#identifier-1> .
<https://r.example/id/organisation/1> <http://www.w3.org/ns/locn#address> <https://r.example/id/organisation/1#address-1> .
<https://r.example/id/organisation/1> <http://www.w3.org/ns/org#classification> <https://r.example/code/organisation-type/municipality> .
<https://r.example/id/organisation/1> <http://www.w3.org/ns/org#subOrganizationOf> <https://r.example/id/organisation/2> .
<https://r.example/id/organisation/1> <http://xmlns.com/foaf/0.1/homepage> <https://alvsala.example/> .`)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}

	service := expand(t, `{"@id": "https://r.example/id/service/1", "@type": "PublicService", "identifier": "T001", "type": "https://r.example/code/service-type/democracy",
		"registeredIdentifier": {"@id": "https://r.example/id/service/1#identifier-1", "@type": "Identifier", "notation": "T001"}}`)
	for _, line := range []string{
		`<https://r.example/id/service/1> <http://purl.org/dc/terms/identifier> "T001" .`,
		`<https://r.example/id/service/1> <http://data.europa.eu/m8g/thematicArea> <https://r.example/code/service-type/democracy> .`,
		`<https://r.example/id/service/1> <http://www.w3.org/ns/adms#identifier> <https://r.example/id/service/1#identifier-1> .`,
	} {
		if !strings.Contains(service, line) {
			t.Errorf("a service lacks %s in\n%s", line, service)
		}
	}
}

// TestContextKnowsEveryTerm writes each property of each class once, and wants
// its term and datatype back.
func TestContextKnowsEveryTerm(t *testing.T) {
	names := map[string]string{} // class → name in the context
	var context struct {
		Context map[string]json.RawMessage `json:"@context"`
	}
	if err := json.Unmarshal(ontology.Context(), &context); err != nil {
		t.Fatal(err)
	}
	for name, raw := range context.Context {
		var def struct {
			ID string `json:"@id"`
		}
		if json.Unmarshal(raw, &def) == nil && def.ID != "" {
			names[def.ID] = name
		}
	}
	check := func(class, property, term, coercion string, localized bool) {
		t.Helper()
		value, object := `"v"`, `"v"`
		switch {
		case localized:
			value, object = `{"sv": "v"}`, `"v"@sv`
		case coercion == "@id":
			value, object = `"https://r.example/v"`, `<https://r.example/v>`
		case coercion != "":
			object = `"v"^^<` + ontology.Expand(coercion) + `>`
		}
		got := expand(t, `{"@id": "https://r.example/x", "@type": "`+names[class]+`", "`+property+`": `+value+`}`)
		if want := "<https://r.example/x> <" + ontology.Expand(term) + "> " + object + " ."; !strings.Contains(got, want) {
			t.Errorf("%s %s: want %s in\n%s", class, property, want, got)
		}
	}
	for _, c := range ontology.KindClasses() {
		for _, p := range ontology.Of(c.Kind) {
			check(c.RDF, p.Name, p.RDF, p.Coercion(), p.Localized && p.Node == "")
		}
		for _, p := range ontology.EveryRecord() {
			check(c.RDF, p.Name, p.RDF, p.Coercion(), false)
		}
	}
	for _, s := range ontology.Structures() {
		for _, p := range append(slices.Clone(s.Properties), ontology.EveryStructure()...) {
			check(s.RDF, p.Name, p.RDF, p.Coercion(), false)
		}
	}
}
