package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const aRegistry = `tenant: {code: "9901", name: Älvsala kommun, baseIRI: "https://data.alvsala.example"}
sources:
  - {name: hr, authority: Kommunstyrelsen, purpose: prov, legalBasis: prov, retention: 2 år, format: paxml, delivers: full}
`

// newRegistry is the folder of a registry without records.
func newRegistry(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	karna(t, dir, "init", "--code", "9901", "--name", "Älvsala kommun", "--base", "https://data.alvsala.example")
	if err := os.WriteFile(filepath.Join(dir, "karna.yaml"), []byte(aRegistry), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestATokenIsRevokedInARunningServer has one process serve and others make and
// revoke.
func TestATokenIsRevokedInARunningServer(t *testing.T) {
	dir := newRegistry(t)
	address, said := served(t, dir, "serve", "--listen", "127.0.0.1:0")
	if !strings.Contains(said, "Serving the open view on") {
		t.Errorf("it says %q", said)
	}
	secret := regexp.MustCompile(`karna_\S+`).FindString(karna(t, dir, "token", "create", "work", "--role", "steward"))
	status := func(bearer string) int {
		t.Helper()
		r, err := http.NewRequest(http.MethodPost, address+"/graphql", strings.NewReader(`{"query": "{ deliveries { id } }"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if bearer != "" {
			r.Header.Set("Authorization", "Bearer "+bearer)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode == http.StatusOK && strings.Contains(string(body), "FORBIDDEN") {
			return http.StatusForbidden
		}
		return resp.StatusCode
	}
	for what, test := range map[string]struct {
		bearer string
		want   int
	}{
		"with the token": {secret, http.StatusOK}, "without one": {"", http.StatusForbidden}, "with another": {secret[:len(secret)-2] + "xx", http.StatusUnauthorized},
	} {
		if got := status(test.bearer); got != test.want {
			t.Errorf("%s: %d, want %d", what, got, test.want)
		}
	}
	karna(t, dir, "token", "revoke", "work", "--reason", "prov")
	if got := status(secret); got != http.StatusUnauthorized {
		t.Errorf("after it was revoked: %d", got)
	}
}

func TestEveryStartSaysWhoActsAsWhom(t *testing.T) {
	dir := newRegistry(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", "--listen", "127.0.0.1:0", "--as", "reader", "--scope", "audit:read"}, "Development mode: whoever reaches this address from this machine without logging in acts as reader [audit:read]"},
		{[]string{"serve", "--listen", "127.0.0.1:0"}, "Serving the open view"},
	} {
		if _, said := served(t, dir, test.args...); !strings.Contains(said, test.want) {
			t.Errorf("%v says %q, want %q in it", test.args, said, test.want)
		}
	}
}
