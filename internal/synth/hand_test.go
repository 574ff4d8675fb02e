package synth_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// hand reads one of the sets that are written by hand.
func hand(t *testing.T, name string) []map[string]string {
	t.Helper()
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root, "testdata", "matching", name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, bytes.NewBuffer(data))
}

func TestHandWrittenSetsAreLabelled(t *testing.T) {
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "testdata", "matching", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^([a-z]+(?:-[a-z]+)*)-\d\d$`)
	for _, name := range []string{"organisations", "services", "places", "roles"} {
		rows := hand(t, name)
		if len(rows) < 150 || len(rows) > 400 {
			t.Errorf("%s: %d rows, want 150 to 400", name, len(rows))
		}
		ids, size := map[string]bool{}, map[string]int{}
		for _, r := range rows {
			if ids[r["id"]] || r["id"] == "" {
				t.Errorf("%s: id %q twice or empty", name, r["id"])
			}
			ids[r["id"]] = true
			size[r["entity"]]++
			m := form.FindStringSubmatch(r["entity"])
			if m == nil {
				t.Errorf("%s %s: entity %q has not the form of a case", name, r["id"], r["entity"])
			} else if !bytes.Contains(readme, []byte("| `"+m[1]+"` |")) {
				t.Errorf("%s: the README does not say what is hard about %s", name, m[1])
			}
		}
		for e, n := range size {
			if n < 2 {
				t.Errorf("%s: %s has one row", name, e)
			}
		}
		if line := fmt.Sprintf("| `%s.csv` | %d | %d |", name, len(rows), len(size)); !bytes.Contains(readme, []byte(line)) {
			t.Errorf("%s: the README does not say %d rows of %d things", name, len(rows), len(size))
		}
	}
}

// TestHandWrittenNumbersAreNobodys holds that no number can belong to anyone
// alive, and that a valid number of a person or company is one thing's only, but
// for the municipality's own and a chain's.
func TestHandWrittenNumbersAreNobodys(t *testing.T) {
	owner := map[string]string{}
	for _, r := range hand(t, "organisations") {
		n := r["organisationsnummer"]
		if n == "" {
			continue
		}
		id, err := model.ParseIdentifier(model.Organisationsnummer, n, model.Date{})
		if model.IsPersonalNumber(n) {
			if !strings.HasPrefix(n, "18") {
				t.Errorf("%s: a sole trader who is not born 1800–1899", r["id"])
			}
			id.Value = n
		} else if err != nil {
			if r["entity"] != "misspelt-03" {
				t.Errorf("%s: %v", r["id"], err)
			}
			continue
		}
		shared := strings.HasPrefix(id.Value, "2130") || strings.HasPrefix(r["entity"], "branch-")
		if other := owner[id.Value]; other != "" && other != r["entity"] && !shared {
			t.Errorf("%s: %s has the number of %s", r["id"], r["entity"], other)
		}
		owner[id.Value] = r["entity"]
	}
	failed := 0
	for _, r := range hand(t, "roles") {
		n := r["personnummer"]
		if n == "" {
			continue
		}
		if !strings.HasPrefix(n, "18") {
			t.Errorf("%s: not born 1800–1899", r["id"])
		}
		if _, err := model.ParsePersonalNumber(n, model.Date{}); err != nil {
			failed++
		}
	}
	if failed != 2 {
		t.Errorf("%d personnummer fail their rule, want the two that are meant to", failed)
	}
}
