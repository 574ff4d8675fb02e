package ontology_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/ontology"
)

var update = flag.Bool("update", false, "write the files that are generated from the property table")

// TestGeneratedFilesAreFresh compares the published files with what the table
// gives now; with -update, as go generate runs it, it writes them.
func TestGeneratedFilesAreFresh(t *testing.T) {
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{
		"ontology/context.jsonld": ontology.Context(),
		"ontology/registry.ttl":   ontology.Vocabulary(),
		"ontology/shapes.ttl":     ontology.Shapes(),
		"docs/model.md":           ontology.Documentation(),
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%s is stale: run go generate ./ontology", name)
		}
	}
}
