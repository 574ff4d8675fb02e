package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/testkit"
)

// browse opens a page in a real browser and gives what the page became and
// every address that the page asked for. What the browser asks its maker on its
// own account leads nowhere, and is not the page's doing.
func browse(t *testing.T, chromium, address string) (dom string, asked []string) {
	t.Helper()
	dir := t.TempDir()
	netLog := filepath.Join(dir, "net.json")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	args := []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-domain-reliability",
		"--disable-features=OptimizationHints,MediaRouter,Translate", "--user-data-dir=" + filepath.Join(dir, "profile"),
		"--log-net-log=" + netLog, "--virtual-time-budget=20000", "--window-size=1400,900",
		"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
	}
	if file := os.Getenv("KARNA_SCREENSHOT"); file != "" {
		args = append(args, "--screenshot="+file)
	}
	cmd := exec.CommandContext(ctx, chromium, append(args, "--dump-dom", address)...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("open %s in %s: %v\n%s", address, chromium, err, problems.String())
	}
	return out.String(), askedFor(t, netLog)
}

// askedFor is every address in a browser's network log that a page asked for.
func askedFor(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Constants struct {
			LogEventTypes map[string]int `json:"logEventTypes"`
		}
		Events []struct {
			Type   int
			Params json.RawMessage
		}
	}
	if err := json.Unmarshal(text, &log); err != nil {
		t.Fatalf("the browser's network log: %v", err)
	}
	start, ok := log.Constants.LogEventTypes["URL_REQUEST_START_JOB"]
	if !ok {
		t.Fatal("the browser's network log has no event for a request: it tells nothing")
	}
	var asked []string
	for _, e := range log.Events {
		var params struct{ URL, Initiator string }
		if e.Type != start || json.Unmarshal(e.Params, &params) != nil || params.URL == "" {
			continue
		}
		if page, err := url.Parse(params.Initiator); err == nil && page.Host != "" {
			asked = append(asked, params.URL)
		}
	}
	return asked
}

// TestGraphiQLRunsAQueryAndAsksNobodyElse opens the page as the start page's
// links do, and looks for the answer in it.
func TestGraphiQLRunsAQueryAndAsksNobodyElse(t *testing.T) {
	chromium := testkit.Tool(t, "chromium", "chromium-browser", "google-chrome")
	s := serve(t, gqltest.New(t), "127.0.0.1:0", steward)
	_, start := s.do(t, "GET", "/", "")
	_, link, found := strings.Cut(start, `href="/graphql?run`)
	if !found {
		t.Fatal("the start page has no query to run")
	}
	link, _, _ = strings.Cut(link, `"`)
	dom, asked := browse(t, chromium, s.url+"/graphql?run"+strings.ReplaceAll(link, "&amp;", "&"))
	// The editor colours words one by one: look at the text alone.
	if text := plain(dom); !strings.Contains(text, "Biblioteket") {
		t.Errorf("the answer is not on the page:\n%.3000s", text)
	}
	seen := map[string]bool{}
	for _, a := range asked {
		u, err := url.Parse(a)
		if err != nil {
			t.Errorf("the page asked for %q", a)
			continue
		}
		switch ip := net.ParseIP(u.Hostname()); {
		case u.Scheme == "data":
		case ip == nil || !ip.IsLoopback():
			t.Errorf("the page asked somebody else: %s", a)
		default:
			seen[u.Path] = true
		}
	}
	for _, want := range []string{"/graphql", "/assets/graphiql-3.8.3.min.js", "/assets/graphiql-3.8.3.min.css"} {
		if !seen[want] {
			t.Errorf("the page did not ask for %s: the log tells nothing (%v)", want, asked)
		}
	}
}

// plain is a page's text.
func plain(html string) string {
	var b strings.Builder
	tag := false
	for _, c := range html {
		switch {
		case c == '<':
			tag = true
		case c == '>':
			tag = false
		case !tag:
			b.WriteRune(c)
		}
	}
	return b.String()
}
