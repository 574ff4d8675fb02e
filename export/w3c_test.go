package export_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/knakk/rdf"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/internal/testkit"
)

// TestW3CTriplesSurviveEveryFormat writes what the W3C's N-Triples suite holds,
// and reads it back. Files with blank nodes are left out: there are none here.
func TestW3CTriplesSurviveEveryFormat(t *testing.T) {
	dir := filepath.Dir(testkit.Data(t, "w3c/rdf-n-triples/manifest.ttl"))
	files, err := filepath.Glob(filepath.Join(dir, "*.nt"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		name := filepath.Base(file)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(name, "-bad-") || strings.Contains(string(b), "_:") {
			continue
		}
		want := source(readKnakk(t, string(b), rdf.NTriples))
		n += len(want)
		sameQuads(t, name+" as N-Triples", want, readKnakk(t, run(t, want, export.NTriples, small), rdf.NTriples))
		sameQuads(t, name+" as Turtle", want, readKnakk(t, run(t, want, export.Turtle, small), rdf.Turtle))
		sameQuads(t, name+" as JSON-LD", want, readGold(t, run(t, want, export.JSONLD, small)))
	}
	if n < 20 {
		t.Errorf("only %d triples were tried", n)
	}
}
