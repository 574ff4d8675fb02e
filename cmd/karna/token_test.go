package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/config"
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

func TestTheGreetingSaysWhatIsTaken(t *testing.T) {
	steward := access.Rights{Role: access.Steward}
	with := func(listen, more string) *config.Config {
		t.Helper()
		c, err := config.Parse([]byte(aRegistry+"listen: "+listen+"\n"+more), "karna.yaml")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const oidc = "login: {oidc: {issuer: \"https://login.example.se\", clientID: karna}}\n"
	for i, test := range []struct {
		config *config.Config
		rights access.Rights
		want   []string
		not    string
	}{
		{with("127.0.0.1:1", ""), steward, []string{"Development mode", "acts as steward"}, "refused"},
		{with("0.0.0.0:1", ""), steward, []string{"the open view", "--as steward has no effect", "Logins and tokens are refused"}, "Development"},
		{with("0.0.0.0:1", oidc), access.Rights{}, []string{"the open view", "Logins and tokens are refused"}, "People log in"},
		{with("0.0.0.0:1", oidc+"tls: {terminated: true}\n"), access.Rights{}, []string{"the open view", "People log in at https://data.alvsala.example/login, by https://login.example.se"}, "refused"},
	} {
		got := greeting(test.config, test.rights, test.config.Login != nil, "http://x")
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%d: it says %q, want %q in it", i, got, want)
			}
		}
		if strings.Contains(got, test.not) {
			t.Errorf("%d: it says %q", i, got)
		}
	}
	for what, more := range map[string]string{
		"half a certificate": "tls: {cert: a}", "both": "tls: {cert: a, key: b, terminated: true}", "a session of a week": "login: {oidc: {issuer: \"https://a\", clientID: b, session: 168h}}",
		"a rule without a role": "login: {oidc: {issuer: \"https://a\", clientID: b, rights: [{claim: a, value: b}]}}", "a redirect elsewhere": "login: {oidc: {issuer: \"https://a\", clientID: b, redirect: \"https://evil.example/\"}}",
		"sharing without a day": "sharing: [{from: Kommunstyrelsen, to: x, purpose: a, legalBasis: b}]", "sharing without a basis": "sharing: [{from: Kommunstyrelsen, to: x, purpose: a, until: 2027-01-01}]",
		"sharing with oneself": "sharing: [{from: Kommunstyrelsen, to: Kommunstyrelsen, purpose: a, legalBasis: b, until: 2027-01-01}]",
	} {
		if _, err := config.Parse([]byte(aRegistry+more+"\n"), "karna.yaml"); err == nil {
			t.Errorf("%s is taken", what)
		} else if conf := (*config.Error)(nil); !errors.As(err, &conf) {
			t.Errorf("%s: %T", what, err)
		}
	}
}
