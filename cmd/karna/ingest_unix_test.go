//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/karna-registry/karna/model"
)

func TestADeliveryIsARegularFileAndItsErrorNamesIt(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	pipe := at("pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	// A reader of a pipe that is open for writing does not wait.
	held, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	writeText(t, dir, "whole.csv", "id\n1\n")
	if err := os.Symlink("whole.csv", at("link.csv")); err != nil {
		t.Fatal(err)
	}
	secret := writeText(t, dir, "189001019802.csv", "id\n")
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	for path, c := range map[string]struct {
		code int
		want string
	}{
		at("no.csv"):      {exitUsage, "there is no file " + at("no.csv")},
		dir:               {exitUsage, "source hr: " + dir + " is no regular file"},
		pipe:              {exitUsage, "source hr: " + pipe + " is no regular file"},
		at("whole.csv/a"): {exitFailure, "source hr: look at " + at("whole.csv/a") + ": not a directory"},
		at("whole.csv"):   {exitOK, ""},
		at("link.csv"):    {exitOK, ""},
		secret:            {exitFailure, "source hr: open " + at("[number].csv") + ": permission denied"},
	} {
		if path == secret && os.Geteuid() == 0 {
			continue // who is root may read it
		}
		f, st, err := file{source: "hr", path: path}.open()
		if err == nil {
			if f.Close(); st.Size() != 5 {
				t.Errorf("%s: %d bytes", path, st.Size())
			}
			if c.code != exitOK {
				t.Errorf("%s is opened", path)
			}
			continue
		}
		if code := exitCode(&runError{err}); code != c.code || !strings.HasPrefix(err.Error(), model.WithoutPersonal(c.want)) {
			t.Errorf("%s: exit code %d, %v, want %d, %s", path, code, err, c.code, c.want)
		}
	}
}
