package match_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

var update = flag.Bool("update", false, "write the picture of docs/matching.md anew")

// TestTheDocumentedWaterfall holds the picture in docs/matching.md to the code.
func TestTheDocumentedWaterfall(t *testing.T) {
	m, err := match.Default(model.Person)
	if err != nil {
		t.Fatal(err)
	}
	two := build(t, personSchema, [][]string{
		{"", "Kerstin", "Karlsson", "1822-07-10", "", "0740177129", "Marmorgatan 24", "13496", "Handvik", "", ""},
		{"", "Kerstin Anna", "Karlson", "1822-07-09", "", "0740177129", "Marmorg. 24", "13496", "Handvik", "", ""},
	})
	m = match.Freeze(two, m)
	m.Frequencies.Records = 100_000
	e := match.NewWeigher(two, m).Explain(0, 1)
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "docs", "img", "waterfall.svg")
	got := e.SVG()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil { //nolint:gosec // a picture for everyone
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("docs/img/waterfall.svg is not what the code draws: go test ./resolve/match -run Waterfall -update")
	}
	for d := xml.NewDecoder(strings.NewReader(got)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	doc, err := os.ReadFile(filepath.Join(root, "docs", "matching.md"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), strings.TrimRight(e.Text(), "\n")) {
		t.Errorf("docs/matching.md does not have the waterfall as it is now:\n%s", e.Text())
	}
}
