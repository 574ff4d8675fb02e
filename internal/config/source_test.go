package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/config"
)

const twoSources = `tenant: {code: "9901", name: Älvsala kommun, baseIRI: "https://data.alvsala.example"}
sources:
  - {name: first, authority: Kommunstyrelsen, purpose: p, legalBasis: l, retention: r, format: csv, mapping: m.yaml, delivers: full}
  - name: second
    authority: Socialnämnden
    purpose: Verksamhetens personal
    legalBasis: Allmänt intresse
    retention: 2 år
    format: csv
    mapping: m.yaml
    delivers: full
`

// A source says who answers for its data, what it is for, on what ground and how long
// it is kept, or nothing is read of it (privacy.md 8).
func TestASourceStatesAuthorityPurposeLegalBasisAndRetention(t *testing.T) {
	if _, err := config.Parse([]byte(twoSources), "karna.yaml"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"authority", "purpose", "legalBasis", "retention"} {
		for name, becomes := range map[string]string{"left out": "", "empty": "    " + key + ": \"\"\n", "blank": "    " + key + ": \" \"\n"} {
			var text strings.Builder
			for _, line := range strings.SplitAfter(twoSources, "\n") {
				if strings.HasPrefix(line, "    "+key+":") {
					line = becomes
				}
				text.WriteString(line)
			}
			_, err := config.Parse([]byte(text.String()), "karna.yaml")
			want := fmt.Sprintf("karna.yaml:4: sources[1]: second: %s is missing: ", key)
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s %s: %v, want %s…", key, name, err, want)
			}
		}
	}
	flow := strings.Replace(twoSources, "purpose: p, ", "", 1)
	if _, err := config.Parse([]byte(flow), "karna.yaml"); err == nil || !strings.HasPrefix(err.Error(), "karna.yaml:3: sources[0]: first: purpose is missing: ") {
		t.Errorf("in one line: %v", err)
	}
}

// What karna init writes shows all four of the source that it gives as an example.
func TestTheTemplateStatesThemToo(t *testing.T) {
	text := config.Template("9901", "Älvsala kommun", "SE", "https://data.alvsala.example", "sqlite:karna.db")
	at := strings.Index(text, "# sources:\n")
	end := strings.Index(text, "sources: []\n")
	if at < 0 || end < at {
		t.Fatal("the template has no example of a source")
	}
	example := strings.ReplaceAll(strings.ReplaceAll(text[at:end], "\n# ", "\n"), "# sources:", "sources:")
	c, err := config.Parse([]byte(strings.Replace(text[:at]+example+text[end:], "sources: []\n", "", 1)), "karna.yaml")
	if err != nil {
		t.Fatalf("the example is no source: %v", err)
	}
	if len(c.Sources) != 1 || c.Sources[0].Authority == "" || c.Sources[0].Purpose == "" || c.Sources[0].LegalBasis == "" || c.Sources[0].Retention == "" {
		t.Errorf("%+v", c.Sources)
	}
}
