package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryPackageSaysWhatItIsFor: the package comment is in doc.go and begins
// as go doc wants it.
func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) == 0 {
			t.Errorf("%s has no doc.go", p.rel())
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, "doc.go"), nil, parser.ParseComments|parser.PackageClauseOnly)
		if os.IsNotExist(err) {
			t.Errorf("%s has no doc.go", p.rel())
			continue
		} else if err != nil {
			t.Error(err)
			continue
		}
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + filepath.Base(p.Dir) + " "
		}
		if !strings.HasPrefix(file.Doc.Text(), want) {
			t.Errorf("%s/doc.go: the package comment does not begin with %q", p.rel(), want)
		}
	}
}

// pure are the packages that compute and do nothing else.
var pure = []string{"model", "ontology", "resolve", "resolve/match", "graph/document", "graph/quads", "ingest/normalise"}

// worldly is what a pure package does not import: files, network, databases,
// processes, logs, randomness.
var worldly = []string{
	"os", "net", "database/sql", "log", "math/rand", "math/rand/v2", "crypto/rand", "io/ioutil", "syscall", "runtime", "unsafe",
}

func TestPurePackagesTouchNothingOutside(t *testing.T) {
	for _, p := range packages(t) {
		if !slices.Contains(pure, p.rel()) {
			continue
		}
		for _, path := range p.Imports {
			if matchesAny(path, worldly) {
				t.Errorf("%s is pure and may not import %s", p.rel(), path)
			}
		}
		if strings.HasPrefix(p.rel(), "resolve") && slices.Contains(p.Imports, "context") {
			t.Error("resolve has no context: long work reports and stops through its yield function")
		}
		for _, name := range p.GoFiles {
			for _, place := range callsOf(t, filepath.Join(p.Dir, name), "time", "Now", "Since", "Until", "After", "Tick") {
				t.Errorf("%s: a pure package has no clock; take the time as an argument", place)
			}
		}
	}
}

func TestTestsNeverSleep(t *testing.T) {
	for _, p := range packages(t) {
		names := append(append([]string{}, p.TestGoFiles...), p.XTestGoFiles...)
		if matchesAny(p.ImportPath, forTests) {
			names = append(names, p.GoFiles...)
		}
		for _, name := range names {
			for _, place := range callsOf(t, filepath.Join(p.Dir, name), "time", "Sleep") {
				t.Errorf("%s: a test that sleeps is slow when it passes and wrong when it does not; wait for the event", place)
			}
		}
	}
}

// callsOf lists the places in a file that use any of a package's functions.
func callsOf(t *testing.T, file, pkgName string, functions ...string) []string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return nil
	}
	var places []string
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == pkgName && slices.Contains(functions, sel.Sel.Name) {
			places = append(places, fset.Position(sel.Pos()).String())
		}
		return true
	})
	return places
}
