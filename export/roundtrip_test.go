package export_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/knakk/rdf"
	"github.com/piprate/json-gold/ld"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

const contextIRI = base + "/ns/context.jsonld"

func kindOf(rec *model.Record) model.Kind {
	if len(rec.Statements) == 0 {
		return model.Service
	}
	return ontology.ByID(rec.Statements[0].Property).Kind
}

// plain is a quad as any reader gives it: sets of these are compared.
func plain(q quads.Quad) quads.Quad {
	if q.Object.Datatype == ontology.Expand("xsd:string") {
		q.Object.Datatype = ""
	}
	// Language tags are the same in any case (RDF 1.1), and readers fold them.
	q.Object.Lang = strings.ToLower(q.Object.Lang)
	return q
}

func sortedSet(qs []quads.Quad) []string {
	out := make([]string, len(qs))
	for i, q := range qs {
		out[i] = fmt.Sprintf("%q", plain(q))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func sameQuads(t testing.TB, what string, want, got []quads.Quad) {
	t.Helper()
	if d := gocmp.Diff(sortedSet(want), sortedSet(got)); d != "" {
		t.Fatalf("%s gives other quads (-want +got):\n%s", what, d)
	}
}

// readKnakk reads with knakk/rdf.
func readKnakk(t testing.TB, doc string, f rdf.Format) []quads.Quad {
	t.Helper()
	var out []quads.Quad
	add := func(tr rdf.Triple, graph string) {
		q := quads.Quad{Subject: tr.Subj.String(), Predicate: tr.Pred.String(), Graph: graph}
		switch o := tr.Obj.(type) {
		case rdf.IRI:
			q.Object = quads.Term{Kind: quads.IRI, Value: o.String()}
		case rdf.Literal:
			q.Object = quads.Term{Kind: quads.Literal, Value: o.String(), Datatype: o.DataType.String(), Lang: o.Lang()}
			if o.Lang() != "" {
				q.Object.Datatype = ""
			}
		default:
			t.Fatalf("object of type %T", o)
		}
		out = append(out, q)
	}
	if f == rdf.NQuads {
		d := rdf.NewQuadDecoder(strings.NewReader(doc), f)
		for {
			q, err := d.Decode()
			if errors.Is(err, io.EOF) {
				return out
			}
			if err != nil {
				t.Fatalf("knakk: %v\n%s", err, doc)
			}
			graph := ""
			// knakk gives the default graph a blank node for a name.
			if c, ok := q.Ctx.(rdf.IRI); ok {
				graph = c.String()
			}
			add(q.Triple, graph)
		}
	}
	d := rdf.NewTripleDecoder(strings.NewReader(doc), f)
	for {
		tr, err := d.Decode()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("knakk: %v\n%s", err, doc)
		}
		add(tr, "")
	}
}

// readGold expands JSON-LD with json-gold and reads its quads.
func readGold(t testing.TB, doc string) []quads.Quad {
	t.Helper()
	options := ld.NewJsonLdOptions("")
	options.ProcessingMode = ld.JsonLd_1_1
	options.DocumentLoader = loader{}
	dec := json.NewDecoder(strings.NewReader(doc))
	var out []quads.Quad
	for dec.More() {
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		set, err := ld.NewJsonLdProcessor().ToRDF(v, options)
		if err != nil {
			t.Fatalf("json-gold: %v\n%s", err, doc)
		}
		for graph, qs := range set.(*ld.RDFDataset).Graphs {
			if graph == "@default" {
				graph = ""
			}
			for _, q := range qs {
				o := quads.Term{Kind: quads.IRI, Value: q.Object.GetValue()}
				if l, ok := q.Object.(ld.Literal); ok {
					o = quads.Term{Kind: quads.Literal, Value: l.Value, Datatype: l.Datatype, Lang: l.Language}
					if l.Language != "" {
						o.Datatype = ""
					}
				}
				out = append(out, quads.Quad{Subject: q.Subject.GetValue(), Predicate: q.Predicate.GetValue(), Object: o, Graph: graph})
			}
		}
	}
	return out
}

// smallContext is for tests of many documents: json-gold reads the context anew
// for each, and the ontology's is long.
const (
	smallIRI     = base + "/small.jsonld"
	smallContext = `{"@context": {"@version": 1.1, "dct": "http://purl.org/dc/terms/", "id": "@id",
		"wkt": {"@id": "dct:title", "@type": "http://www.opengis.net/ont/geosparql#wktLiteral"}}}`
)

var small = export.Options{Context: []byte(smallContext), ContextIRI: smallIRI}

type loader struct{}

func (loader) LoadDocument(u string) (*ld.RemoteDocument, error) {
	body := map[string][]byte{contextIRI: ontology.Context(), smallIRI: []byte(smallContext)}[u]
	if body == nil {
		return nil, fmt.Errorf("%s was asked for", u)
	}
	var v any
	err := json.Unmarshal(body, &v)
	return &ld.RemoteDocument{DocumentURL: u, Document: v}, err
}

// serdi reads with Debian's serdi and gives N-Quads, which knakk reads.
func serdi(t testing.TB, doc, syntax string) string {
	t.Helper()
	cmd := exec.Command(testkit.Tool(t, "serdi"), "-e", "-q", "-i", syntax, "-o", "nquads", "-")
	cmd.Stdin = strings.NewReader(doc)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("serdi: %v\n%s\n%s", err, out, doc)
	}
	return string(out)
}

func TestEveryReaderGetsTheSameQuads(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := drawSource(r)
		nq := run(t, s, export.NQuads, export.Options{})
		sameQuads(t, "N-Quads by knakk", s, readKnakk(t, nq, rdf.NQuads))
		if nt := run(t, s, export.NTriples, export.Options{}); nt != nq {
			t.Fatal("N-Triples are not the same lines")
		}
		sameQuads(t, "N-Triples by knakk", s, readKnakk(t, nq, rdf.NTriples))
		sameQuads(t, "Turtle by knakk", s, readKnakk(t, run(t, s, export.Turtle, export.Options{}), rdf.Turtle))
	})
}

// examples draws sources without rapid's hundred rounds: json-gold takes its
// time over the context.
func examples(n int) []source {
	out := make([]source, n)
	for seed := range out {
		out[seed] = rapid.Custom(drawSource).Example(seed)
	}
	return out
}

func TestJSONLDExpandsToTheSameQuads(t *testing.T) {
	for _, s := range examples(12) {
		for _, f := range []export.Format{export.JSONLD, export.JSONLDFramed} {
			sameQuads(t, f.String(), s, readGold(t, run(t, s, f, export.Options{ContextIRI: contextIRI})))
		}
		sameQuads(t, "JSON-LD with its context inside", s, readGold(t, run(t, s, export.JSONLDFramed, export.Options{})))
	}
}

func TestNamedGraphsAreKept(t *testing.T) {
	for seed := range 12 {
		s := rapid.Custom(drawGraphs).Example(seed)
		sameQuads(t, "N-Quads by knakk", s, readKnakk(t, run(t, s, export.NQuads, export.Options{}), rdf.NQuads))
		sameQuads(t, "JSON-LD", s, readGold(t, run(t, s, export.JSONLD, export.Options{ContextIRI: contextIRI})))
		sameQuads(t, "JSON-LD, framed", s, readGold(t, run(t, s, export.JSONLDFramed, export.Options{ContextIRI: contextIRI})))
		if hasGraph := slices.ContainsFunc(s, func(q quads.Quad) bool { return q.Graph != "" }); hasGraph {
			for _, f := range []export.Format{export.NTriples, export.Turtle} {
				if _, err := export.Run(context.Background(), s, io.Discard, f, export.Options{}); !errors.Is(err, export.ErrNamedGraph) {
					t.Errorf("%s: %v", f, err)
				}
			}
		}
	}
}

func TestSerdiGetsTheSameQuads(t *testing.T) {
	var s source
	// One process for many drawn records: a hundred would take their time.
	for _, e := range examples(30) {
		s = append(s, e...)
	}
	sameQuads(t, "N-Quads by serdi", s, readKnakk(t, serdi(t, run(t, s, export.NQuads, export.Options{}), "nquads"), rdf.NQuads))
	sameQuads(t, "Turtle by serdi", s, readKnakk(t, serdi(t, run(t, s, export.Turtle, export.Options{}), "turtle"), rdf.NQuads))
}
