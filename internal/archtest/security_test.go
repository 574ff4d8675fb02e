package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/testkit"
)

var (
	namedTest = regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]*)`")
	aTest     = regexp.MustCompile(`(?m)^func (Test[A-Z][A-Za-z0-9]*)\(`)
)

// TestEveryTestThatSecurityRestsOnIsThere: docs/security.md says of each threat
// which test shows that it is met. One that was renamed or removed shows nothing.
func TestEveryTestThatSecurityRestsOnIsThere(t *testing.T) {
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	err = filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range aTest.FindAllSubmatch(text, -1) {
			have[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := namedTest.FindAllSubmatch(page, -1)
	if len(named) < 30 {
		t.Errorf("docs/security.md names %d tests", len(named))
	}
	for _, m := range named {
		if !have[string(m[1])] {
			t.Errorf("docs/security.md rests on %s, which is no test", m[1])
		}
	}
}

// shownBy begins the last column of a table of docs/security.md that says what is shown.
var shownBy = map[string]bool{"test": true, "shown by": true, "which fails when it must:": true}

var namedFlow = regexp.MustCompile("`(testdata/flows/[a-z-]+\\.txtar)`")

// TestEveryRowOfSecurityNamesItsTest, or a flow that is there, or says that it is the
// municipality's own: a package or a page shows nothing.
func TestEveryRowOfSecurityNamesItsTest(t *testing.T) {
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, line := range unshown(string(page), &rows) {
		t.Errorf("docs/security.md has a row that names no test: %s", line)
	}
	if rows < 50 {
		t.Errorf("%d rows were read", rows)
	}
	for _, m := range namedFlow.FindAllStringSubmatch(string(page), -1) {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("docs/security.md rests on %s: %v", m[1], err)
		}
	}
	none := 0
	if got := unshown("| a | shown by |\n|---|---|\n| b | `internal/x` |\n| c | `TestX` |\n| d | the municipality's own |\n| e | |\n", &none); len(got) != 2 {
		t.Errorf("of a page with two rows that show nothing, found %q", got)
	}
}

// unshown are the rows of a page's tables that show nothing, and counts them all.
func unshown(page string, rows *int) (out []string) {
	inside := false
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			inside = false
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		last := strings.TrimSpace(cells[len(cells)-1])
		switch {
		case shownBy[last]:
			inside = true
		case !inside || strings.HasPrefix(last, "---"):
		default:
			*rows++
			if !namedTest.MatchString(last) && !namedFlow.MatchString(last) && !strings.Contains(last, "the municipality's own") && last != "`make check`" && last != "the same" {
				out = append(out, line)
			}
		}
	}
	return out
}
