package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/karna-registry/karna/internal/testkit"
)

const module = "github.com/karna-registry/karna"

// pkg is what go list says of a package.
type pkg struct {
	ImportPath   string
	Dir          string
	Name         string
	Standard     bool
	Module       *struct{ Path, Version string }
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

// rel is the package's path within the module: "graph/sqlite", and "." for the root.
func (p *pkg) rel() string { return relative(p.ImportPath) }

func relative(importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}

func isOurs(importPath string) bool {
	return importPath == module || strings.HasPrefix(importPath, module+"/")
}

// isStandard goes by the rule that go list itself goes by: a standard package's
// first path element has no dot.
func isStandard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".")
}

// testImports are the imports of the package's tests, inside and outside it.
func (p *pkg) testImports() []string {
	return append(append([]string{}, p.TestImports...), p.XTestImports...)
}

// ours lists the module's packages.
var ours = sync.OnceValues(func() ([]*pkg, error) {
	return list("./...")
})

// everything lists the module's packages and all that they or their tests depend on.
var everything = sync.OnceValues(func() (map[string]*pkg, error) {
	all, err := list("-deps", "-test", "./...")
	if err != nil {
		return nil, err
	}
	byPath := make(map[string]*pkg, len(all))
	for _, p := range all {
		byPath[p.ImportPath] = p
	}
	return byPath, nil
})

func list(args ...string) ([]*pkg, error) {
	fields := "-json=ImportPath,Dir,Name,Standard,Module,GoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports,Deps"
	out, err := run(append([]string{"list", "-e", fields}, args...)...)
	if err != nil {
		return nil, err
	}
	var all []*pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		p := new(pkg)
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

// run runs the go command at the repository's root.
func run(args ...string) ([]byte, error) {
	root, err := testkit.Root()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.New("go " + strings.Join(args, " ") + ": " + err.Error() + ": " + stderr.String())
	}
	return out, nil
}

// packages is ours, or the end of the test.
func packages(t *testing.T) []*pkg {
	t.Helper()
	all, err := ours()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages: the test would hold nothing", len(all))
	}
	return all
}
