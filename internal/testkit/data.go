package testkit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// Data is the path of a third-party test file (or folder), named from the data
// folder: "identifiers/testpersonnummer.json". The folder is KARNA_TESTDATA, by
// default ../shared/data beside the repository. Where the file is absent the
// test skips and says so.
func Data(t testing.TB, rel string) string {
	t.Helper()
	root, err := dataRoot()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, filepath.FromSlash(rel))
	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		NotTested(t, fmt.Sprintf("third-party file %s is absent: set KARNA_TESTDATA to the folder that holds it", rel))
	case err != nil:
		t.Fatalf("third-party file %s: %v", rel, err)
	}
	return path
}

func dataRoot() (string, error) {
	if dir := os.Getenv("KARNA_TESTDATA"); dir != "" {
		return filepath.Abs(dir)
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	return filepath.Join(root, "..", "shared", "data"), nil
}

// Root is the repository's root: the nearest folder upwards with a go.mod.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for from := dir; ; {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no go.mod in %s or above: run the test inside the repository", from)
		}
		dir = up
	}
}
