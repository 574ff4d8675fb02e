package server

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestAssetsAreWhatWasPublished: the files from npm are byte for byte those
// whose sums stand in assets/README.md, and all that pages load is here.
func TestAssetsAreWhatWasPublished(t *testing.T) {
	readme, err := os.ReadFile("assets/README.md")
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+) \|.*\| ([0-9a-f]{64}) \|$`).FindAllStringSubmatch(string(readme), -1) {
		sums[m[1]] = m[2]
	}
	ours := map[string]bool{"graphiql.js": true, "page.css": true}
	for _, name := range append(append([]string(nil), graphiqlScripts...), graphiqlStyles...) {
		text, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sum := sha256.Sum256(text)
		if got := hex.EncodeToString(sum[:]); !ours[name] && got != sums[name] {
			t.Errorf("%s has the sum %s; its row in assets/README.md says %q", name, got, sums[name])
		}
	}
}

// TestPagesLoadNothingFromElsewhere looks at what a browser would load; the
// browser test sees that it does not.
func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	loads := regexp.MustCompile(`(?i)(?:src|href|action)\s*=\s*["']?([^"'\s>]+)|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)`)
	files := []string{"pages/start.html", "pages/graphiql.html"}
	for _, name := range graphiqlStyles {
		files = append(files, "assets/"+name)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range loads.FindAllStringSubmatch(string(text), -1) {
			if target := m[1] + m[2] + m[3]; !strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "data:") || strings.HasPrefix(target, "//") {
				t.Errorf("%s loads %.80s", name, target)
			}
		}
	}
}
