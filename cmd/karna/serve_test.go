package main

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// served starts a serving command and gives its address and what it printed until
// then; it is interrupted when the test ends, and must end well.
func served(t *testing.T, dir string, args ...string) (address, said string) {
	t.Helper()
	cmd := command(t, dir, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		_, _ = io.Copy(io.Discard, out)
		var ended *exec.ExitError
		if err := cmd.Wait(); err != nil && !(errors.As(err, &ended) && ended.ExitCode() == exitInterrupted) {
			t.Errorf("interrupted, it ended with %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		said += lines.Text() + "\n"
		if m := regexp.MustCompile(`on (http://127\.0\.0\.1:[0-9]+)`).FindStringSubmatch(lines.Text()); m != nil {
			return m[1], said
		}
	}
	t.Fatalf("it serves nowhere:\n%s", said)
	return "", ""
}

func ask(t *testing.T, address, query string) string {
	t.Helper()
	resp, err := http.Post(address+"/graphql", "application/json", strings.NewReader(`{"query": "`+query+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestDemoServesAsASteward(t *testing.T) {
	dir := t.TempDir()
	address, said := served(t, dir, "demo", "--data", ".", "--listen", "127.0.0.1:0")
	if !strings.Contains(said, "golden records") || !strings.Contains(said, "acts as steward [restricted:read]") {
		t.Errorf("it does not say what it holds and as whom it serves:\n%s", said)
	}
	if answer := ask(t, address, `{ persons(first: 1, search: \"Lindqvist\") { nodes { givenName } } }`); !strings.Contains(answer, "Åsa Maria") {
		t.Errorf("a steward's question is answered with %s", answer)
	}
	for path, want := range map[string]string{"/": "Älvsala kommun", "/graphql": "graphiql", "/dumps/": ""} {
		resp, err := http.Get(address + path)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(strings.ToLower(string(page)), strings.ToLower(want)) {
			t.Errorf("GET %s: %s, %v, without %q:\n%.300s", path, resp.Status, err, want, page)
		}
	}
}

func TestServeShowsTheOpenViewUnlessToldOtherwise(t *testing.T) {
	dir := t.TempDir()
	karna(t, dir, "demo", "--once", "--data", ".")
	address, said := served(t, dir, "serve", "--listen", "127.0.0.1:0")
	if !strings.Contains(said, "Serving the open view") {
		t.Errorf("it does not say that it serves the open view:\n%s", said)
	}
	if answer := ask(t, address, `{ persons(first: 1) { nodes { id } } }`); !strings.Contains(answer, `"nodes":[]`) {
		t.Errorf("the open view answers %s", answer)
	}
}
