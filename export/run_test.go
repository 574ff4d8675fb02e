package export_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/knakk/rdf"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/ontology"
)

// TestNodesThatNothingRefersToAreKept filters by predicate, which takes the
// references to the nodes away.
func TestNodesThatNothingRefersToAreKept(t *testing.T) {
	rdfType := ontology.Expand("rdf:type")
	p := quads.Pattern{Predicates: []string{rdfType, ontology.Expand("karna:value")}}
	for _, s := range examples(6) {
		var want source
		for q := range s.Match(context.Background(), p) {
			want = append(want, q)
		}
		for _, f := range []export.Format{export.JSONLD, export.JSONLDFramed} {
			sameQuads(t, f.String(), want, readGold(t, run(t, want, f, export.Options{ContextIRI: contextIRI})))
		}
	}
}

func TestEmptySourceIsALegalDocument(t *testing.T) {
	if got := run(t, nil, export.NQuads, export.Options{}); got != "" {
		t.Errorf("N-Quads: %q", got)
	}
	if got := readKnakk(t, run(t, nil, export.Turtle, export.Options{}), rdf.Turtle); len(got) != 0 {
		t.Errorf("Turtle: %v", got)
	}
	for _, f := range []export.Format{export.JSONLD, export.JSONLDFramed} {
		if got := readGold(t, run(t, nil, f, small)); len(got) != 0 {
			t.Errorf("%s: %v", f, got)
		}
	}
}

func TestLinesDoNotDependOnTheOrderOfASubject(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := drawSource(r)
		want := run(t, s, export.NQuads, export.Options{})
		shuffled := source{}
		for i := 0; i < len(s); {
			j := i
			for j < len(s) && s[j].Subject == s[i].Subject {
				j++
			}
			shuffled = append(shuffled, rapid.Permutation(s[i:j]).Draw(r, "shuffled")...)
			i = j
		}
		if got := run(t, shuffled, export.NQuads, export.Options{}); got != want {
			t.Fatal("the lines differ")
		}
	})
}

func TestCancelledExportStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := export.Run(ctx, municipality(), io.Discard, export.NQuads, export.Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// full refuses to be written to.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("disk full")

func TestWriteErrorsAreTold(t *testing.T) {
	if _, err := export.Run(context.Background(), municipality(), full{}, export.NQuads, export.Options{}); !errors.Is(err, errFull) {
		t.Error(err)
	}
}

func TestContextThatWouldChangeMeaningsIsRefused(t *testing.T) {
	for name, c := range map[string]string{
		"not JSON":           `{`,
		"a list":             `{"@context": []}`,
		"a base":             `{"@context": {"@base": "https://elsewhere.example/"}}`,
		"an import":          `{"@context": {"@import": "https://elsewhere.example/"}}`,
		"a propagated class": `{"@context": {"C": {"@id": "http://a/C", "@context": {"@propagate": true}}}}`,
		"a relative term":    `{"@context": {"x": "y"}}`,
	} {
		if _, err := export.Run(context.Background(), source{}, io.Discard, export.JSONLD, export.Options{Context: []byte(c)}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestFormatNamesComeBack(t *testing.T) {
	for _, f := range export.Formats() {
		if got, err := export.ParseFormat(f.String()); err != nil || got != f || f.Extension() == "" || f.MediaType() == "" {
			t.Errorf("%s: %v, %v", f, got, err)
		}
	}
	if _, err := export.ParseFormat("rdfxml"); err == nil {
		t.Error("an unknown format was taken")
	}
}

// TestAnyContextThatIsTakenKeepsTheMeaning writes under contexts with features
// that the published one does not use.
func TestAnyContextThatIsTakenKeepsTheMeaning(t *testing.T) {
	for name, c := range map[string]string{
		"default language": `{"@context": {"@version": 1.1, "@language": "sv", "skos": "http://www.w3.org/2004/02/skos/core#", "title": "http://purl.org/dc/terms/title",
			"none": {"@id": "http://purl.org/dc/terms/description", "@language": null}, "label": {"@id": "skos:prefLabel", "@language": "en"}}}`,
		"sets and language maps": `{"@context": {"@version": 1.1, "org": "http://www.w3.org/ns/org#", "title": {"@id": "http://purl.org/dc/terms/title", "@container": ["@language", "@set"]},
			"status": {"@id": "http://www.w3.org/ns/adms#status", "@type": "@id", "@container": "@set"}, "part": {"@reverse": "org:hasUnit"},
			"list": {"@id": "http://www.w3.org/2004/02/skos/core#prefLabel", "@container": "@list"}, "index": {"@id": "http://www.w3.org/2004/02/skos/core#altLabel", "@container": "@index"}}}`,
		"classes that redefine": `{"@context": {"@version": 1.1, "title": "http://purl.org/dc/terms/title", "status": null,
			"Service": {"@id": "http://purl.org/vocab/cpsv#PublicService", "@context": {"title": "http://purl.org/dc/terms/description", "name": "http://purl.org/dc/terms/title", "date": {"@id": "http://www.w3.org/ns/dcat#startDate", "@type": "http://www.w3.org/2001/XMLSchema#date"}}},
			"vocab": {"@id": "http://www.w3.org/ns/adms#status", "@type": "@vocab"}, "json": {"@id": "http://purl.org/dc/terms/type", "@type": "@json"}}}`,
		"nothing": `{"@context": {}}`,
	} {
		for _, s := range examples(8) {
			got := readGold(t, run(t, s, export.JSONLDFramed, export.Options{Context: []byte(c)}))
			sameQuads(t, name, s, got)
		}
	}
}
