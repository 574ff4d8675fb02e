package archtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/testkit"
)

const reasons = "docs/adr/0002-dependencies.md"

// TestEveryDependencyHasItsReason: what go.mod requires directly, or any
// package imports, or a tool is run from, stands in the table of reasons with
// the version in use; and the table has nothing else.
func TestEveryDependencyHasItsReason(t *testing.T) {
	stated := statedReasons(t)
	used := usedModules(t)
	for path, version := range used {
		switch s, ok := stated[path]; {
		case !ok:
			t.Errorf("%s %s is a direct dependency without a line of reason in %s: say why, or do without", path, version, reasons)
		case s.version != version:
			t.Errorf("%s is %s in %s, but %s is in use", path, s.version, reasons, version)
		case len(strings.Fields(s.reason)) < 3:
			t.Errorf("%s: %q is no reason", path, s.reason)
		}
	}
	for path := range stated {
		if _, ok := used[path]; !ok {
			t.Errorf("%s gives a reason for %s, which nothing uses", reasons, path)
		}
	}
}

type reason struct{ version, reason string }

var tableRow = regexp.MustCompile(`^\|\s*([a-z0-9.-]+\.[a-z]+/\S+)\s*\|\s*(v\S+)\s*\|\s*(.*?)\s*\|$`)

func statedReasons(t *testing.T) map[string]reason {
	t.Helper()
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(reasons)))
	if err != nil {
		t.Fatal(err)
	}
	stated := map[string]reason{}
	for line := range strings.Lines(string(text)) {
		m := tableRow.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		if _, twice := stated[m[1]]; twice {
			t.Errorf("%s has two lines for %s", reasons, m[1])
		}
		stated[m[1]] = reason{m[2], m[3]}
	}
	if len(stated) == 0 {
		t.Fatalf("%s has no table of module, version and reason", reasons)
	}
	return stated
}

type modFile struct {
	Require []struct {
		Path, Version string
		Indirect      bool
	}
	Tool []struct{ Path string }
}

// usedModules is every module that go.mod requires directly, that a package or
// test of ours imports, or that a tool of ours is in, with its version. It does
// not trust the "indirect" comments alone: they are as good as the last tidy.
func usedModules(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	for _, file := range []string{"go.mod", "tools/go.mod"} {
		out, err := run("mod", "edit", "-json", file)
		if err != nil {
			t.Fatal(err)
		}
		var mod modFile
		if err := json.Unmarshal(out, &mod); err != nil {
			t.Fatal(err)
		}
		for _, r := range mod.Require {
			isTool := false
			for _, tool := range mod.Tool {
				isTool = isTool || within(tool.Path, r.Path)
			}
			if !r.Indirect || isTool {
				used[r.Path] = r.Version
			}
		}
	}
	all, err := everything()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packages(t) {
		for _, path := range append(p.testImports(), p.Imports...) {
			if dep := all[path]; dep != nil && dep.Module != nil && dep.Module.Path != module {
				used[dep.Module.Path] = dep.Module.Version
			}
		}
	}
	return used
}
