package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/server"
	"github.com/karna-registry/karna/internal/testkit"
)

// mostRefused bounds the answer to a request that is refused, in bytes: whoever
// sends much is not sent more.
const mostRefused = 8 << 10

// repeated is a text n times, with its number where it says #.
func repeated(n int, s string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(s, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// TestFloodsAreRefusedBeforeAnythingIsRead: each is refused with its code, in a
// small answer, and the store has not been asked anything.
func TestFloodsAreRefusedBeforeAnythingIsRead(t *testing.T) {
	gqltest.Counted(t, floods)
}

func floods(t *testing.T, town *gqltest.Town, ran func() int64) {
	s := serveWith(t, town, "127.0.0.1:0", func(c *server.Config) {
		c.Rights, c.DumpDir = steward, "" // for whoever has dumps looks at the revision now and then
	})
	query := func(q string) string {
		text, err := json.Marshal(map[string]string{"query": q})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const list = `organisations(first: 1000) { nodes { name { text } } }`
	doubling := `{ organisation(id: "01900000-0000-7000-8000-000000000000") { ...f0 } }` +
		repeated(23, " fragment f# on Organisation { a#: legalEntity { ...f^ } b#: legalEntity { ...f^ } }")
	for i := range 23 {
		doubling = strings.Replace(strings.Replace(doubling, "...f^", fmt.Sprintf("...f%d", i+1), 1), "...f^", fmt.Sprintf("...f%d", i+1), 1)
	}
	doubling += " fragment f23 on Organisation { id }"
	for what, test := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"ten thousand aliases":              {query("{" + repeated(10_000, " a#: status { revision }") + "}"), 200, "LIMIT"},
		"aliases of lists":                  {query("{" + repeated(200, " a#: "+list) + "}"), 200, "LIMIT"},
		"one field again and again":         {query("{" + repeated(4_000, " status") + " { revision } }"), 200, "LIMIT"},
		"the same list again and again":     {query("{" + repeated(200, " "+list) + "}"), 200, "LIMIT"},
		"fragments that double":             {query(doubling), 200, "LIMIT"},
		"fragments in a ring":               {query(`{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }`), 200, "BAD_INPUT"},
		"a fragment in itself":              {query(`{ ...a } fragment a on Query { status { revision } ...a }`), 200, "BAD_INPUT"},
		"a thousand fragments":              {query("{ ...f0 }" + repeated(1000, " fragment f# on Query { status { revision } }")), 200, "LIMIT"},
		"depth":                             {query("{ organisations { nodes { " + repeated(600, "parent { target { ") + "id" + repeated(1200, " }") + " } } }"), 200, "LIMIT"},
		"depth in inline fragments":         {query("{" + repeated(1500, " ... {") + " status { revision }" + repeated(1500, "}") + "}"), 200, "LIMIT"},
		"directives":                        {query("{ status " + repeated(2_000, " @include(if: true)") + " { revision } }"), 200, "LIMIT"},
		"unknown directives":                {query("{ status " + repeated(2_000, " @d#") + " { revision } }"), 200, "BAD_INPUT"},
		"unknown fields":                    {query("{" + repeated(2_400, " field#") + "}"), 200, "BAD_INPUT"},
		"unknown arguments":                 {query("{ status(" + repeated(800, " a#: 1") + ") { revision } }"), 200, "BAD_INPUT"},
		"variables that nobody uses":        {query("query(" + repeated(1_000, " $v#: Int") + ") { status { revision } }"), 200, "BAD_INPUT"},
		"a batch":                           {"[" + strings.TrimSuffix(repeated(1000, query("{ status { revision } }")+","), ",") + "]", 400, "BAD_INPUT"},
		"operations":                        {query(repeated(1000, " query q# { status { revision } }")), 200, "LIMIT"},
		"a literal of three megabytes":      {query(`{ organisations(search: "` + strings.Repeat("a", 3<<20) + `") { nodes { id } } }`), 413, "LIMIT"},
		"a literal of just less than one":   {query(`{ organisations(search: "` + strings.Repeat("a", 1<<20-200) + `") { nodes { id } } }`), 200, "LIMIT"},
		"words in a search":                 {query(`{ search(text: "` + repeated(200, "a# ") + `") { nodes { id } didYouMean } }`), 200, "LIMIT"},
		"words in a list's search":          {query(`{ organisations(search: "` + repeated(60_000, "a# ") + `") { nodes { id } } }`), 200, "LIMIT"},
		"words in a filter":                 {query(`{ organisations(filter: {values: [{property: "name", value: "` + repeated(21, "a# ") + `"}]}) { nodes { id } } }`), 200, "LIMIT"},
		"values in a filter":                {query(`{ organisations(filter: {values: [` + repeated(65, `{property: "type", value: "#"} `) + `]}) { nodes { id } } }`), 200, "LIMIT"},
		"codes in a variable":               {`{"query":"query($c: [CodeInput!]) { organisations(codes: $c) { nodes { id } } }","variables":{"c":[` + strings.TrimSuffix(repeated(5000, `{"scheme":"a","notation":"#"},`), ",") + `]}}`, 200, "LIMIT"},
		"kinds":                             {query(`{ search(text: "a", kinds: [` + repeated(65, "PERSON ") + `]) { nodes { id } } }`), 200, "LIMIT"},
		"many suggestions":                  {query("{" + repeated(20, ` a#: search(text: "a", first: 1) { didYouMean }`) + "}"), 200, "LIMIT"},
		"a variable of three megabytes":     {`{"query":"query($s: String) { organisations(search: $s) { nodes { id } } }","variables":{"s":"` + strings.Repeat("a", 3<<20) + `"}}`, 413, "LIMIT"},
		"deep variables":                    {`{"query":"{ status { revision } }","variables":{"a":` + strings.Repeat("[", 400_000) + strings.Repeat("]", 400_000) + `}}`, 400, "BAD_INPUT"},
		"deep variables without an end":     {`{"query":"{ status { revision } }","variables":{"a":` + strings.Repeat(`{"a":`, 150_000), 400, "BAD_INPUT"},
		"a deep literal":                    {query("{ organisations(codes: " + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + ") { nodes { id } } }"), 200, "BAD_INPUT"},
		"a list of codes":                   {query("{ organisations(codes: [" + repeated(400, `{scheme: "a", notation: "#"} `) + "]) { nodes { id } } }"), 200, "LIMIT"},
		"a number too large":                {query("{ organisations(first: 99999999999999999999999) { nodes { id } } }"), 200, "BAD_INPUT"},
		"a page too large":                  {query("{ organisations(first: 2000000000) { nodes { id } } }"), 200, ""},
		"a page of less than nothing":       {query("{ organisations(first: -5) { nodes { id } } }"), 200, "BAD_INPUT"},
		"bytes that are no text":            {"{\"query\":\"{ organisations(search: \\\"\xff\xfe\\\") { nodes { id } } }\"}", 200, ""},
		"a name of an operation, very long": {`{"query":"query a { status { revision } }","operationName":"` + strings.Repeat("b", 900_000) + `"}`, 200, "BAD_INPUT"},
	} {
		t.Run(what, func(t *testing.T) {
			before := ran()
			resp, got := s.do(t, http.MethodPost, "/graphql", test.body, "Content-Type", "application/json")
			if n := ran() - before; n > 0 && test.code != "" {
				t.Errorf("the store was asked %d times", n)
			}
			var answer struct {
				Errors []struct{ Extensions struct{ Code string } }
			}
			if err := json.Unmarshal([]byte(got), &answer); err != nil {
				t.Fatalf("%v: %.200s", err, got)
			}
			code := ""
			if len(answer.Errors) > 0 {
				code = answer.Errors[0].Extensions.Code
			}
			if resp.StatusCode != test.status || code != test.code && (test.code != "" || code == "INTERNAL") {
				t.Errorf("answered %d %q, want %d %q: %.300s", resp.StatusCode, code, test.status, test.code, got)
			}
			if len(got) > mostRefused {
				t.Errorf("the answer has %d bytes, want at most %d", len(got), mostRefused)
			}
		})
	}
	before := ran()
	if _, got := s.query(t, `{ status { revision } }`); got != `{"data":{"status":{"revision":3}}}` {
		t.Errorf("afterwards it answers %s", got)
	}
	if ran() == before {
		t.Error("an answer asks the store nothing: what is counted is nothing")
	}
}

func TestTheSchemaIsNotShownWhereItIsOff(t *testing.T) {
	town := gqltest.New(t)
	off := serveWith(t, town, "127.0.0.1:0", func(c *server.Config) { c.Limits.Introspection, c.Rights = access.Admin, steward })
	on := serve(t, town, "127.0.0.1:0", access.Rights{})
	for _, query := range []string{
		`{ __schema { types { name } } }`, `{ __type(name: \"Person\") { name } }`, `{ a: __schema { queryType { name } } status { revision } }`,
		`{ ...f } fragment f on Query { __schema { types { fields { name } } } }`, `{ ... { __type(name: \"Person\") { fields { name } } } }`,
		`query { __schema @include(if: true) { directives { name } } }`,
	} {
		body := `{"query":"` + query + `"}`
		if _, got := off.do(t, http.MethodPost, "/graphql", body, "Content-Type", "application/json"); strings.Contains(got, `"data":{`) || !strings.Contains(got, "FORBIDDEN") {
			t.Errorf("%s is answered with %.200s", query, got)
		}
		if _, got := on.do(t, http.MethodPost, "/graphql", body, "Content-Type", "application/json"); !strings.Contains(got, `"data":{`) {
			t.Errorf("where it is on, %s is answered with %.200s", query, got)
		}
	}
	// Nor is it told by what is suggested.
	for _, query := range []string{`{ persn { id } }`, `{ organisations(frst: 1) { nodes { id } } }`, `{ organisations { nodes { nme } } }`, `{ node(id: \"x\") { ... on Persn { id } } }`} {
		if _, got := off.do(t, http.MethodPost, "/graphql", `{"query":"`+query+`"}`, "Content-Type", "application/json"); strings.Contains(got, "Did you mean") {
			t.Errorf("%s is answered with %s", query, got)
		}
	}
	if _, got := off.query(t, `{ organisations(first: 1) { __typename nodes { __typename } } }`); !strings.Contains(got, `"__typename":"Organisation"`) {
		t.Errorf("the name of a type is not shown: %s", got)
	}
}

// TestWhatIsSentIsNoLineOfTheLogNorOfTheHeader sends line ends and control
// characters wherever a request has text.
func TestWhatIsSentIsNoLineOfTheLogNorOfTheHeader(t *testing.T) {
	town := gqltest.New(t)
	logins := loginsOf(t, town, nil)
	var mu sync.Mutex
	var log bytes.Buffer
	s := serveWith(t, town, "127.0.0.1:0", func(c *server.Config) {
		c.Logins, c.Rights = logins, steward
		c.Log = slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return log.Write(p)
		}), &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	const forged = "time=2026-01-01 level=INFO msg=forged"
	hostile := []string{"\n" + forged, "\r\n" + forged, "\u2028" + forged, "\x00" + forged, "\x1b[2J" + forged, "%0d%0aSet-Cookie:a=b", "\r\nSet-Cookie: a=b"}
	for _, h := range hostile {
		text, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range []string{
			`{"query":` + string(text) + `}`, `{"query":"query a { status { revision } }","operationName":` + string(text) + `}`,
			`{"query":"query($s: String) { organisations(search: $s) { nodes { id } } }","variables":{"s":` + string(text) + `}}`,
			`{"query":"query($s: ID!) { node(id: $s) { id } }","variables":{"s":` + string(text) + `}}`,
			`{"query":"mutation($s: String!) { merge(goldens: [], reason: $s) { revision } }","variables":{"s":` + string(text) + `}}`,
			`{"query":"query($s: String) { organisations(after: $s) { nodes { id } } }","variables":{"s":` + string(text) + `}}`,
		} {
			resp, got := s.do(t, http.MethodPost, "/graphql", body, "Content-Type", "application/json")
			if strings.Contains(got, "INTERNAL") || resp.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s is answered with %v %s", body, resp.Header, got)
			}
		}
		escaped := strings.NewReplacer("\n", "%0a", "\r", "%0d", "\u2028", "%e2%80%a8", "\x00", "%00", "\x1b", "%1b", " ", "%20").Replace(h)
		for _, path := range []string{"/id/organisation/", "/id/", "/dumps/", "/assets/", "/login/callback?code=", "/"} {
			resp, _ := s.do(t, http.MethodGet, path+escaped, "")
			for _, c := range resp.Cookies() {
				if c.Name == "a" {
					t.Errorf("%s%s sets a cookie", path, escaped)
				}
			}
		}
		if !strings.ContainsAny(h, "\n\r\x00\x1b") {
			_, _ = s.do(t, http.MethodPost, "/graphql", `{"query":"{status{revision}}"}`, "Content-Type", "application/json", "Authorization", "Bearer "+h)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for line := range strings.Lines(log.String()) {
		if !strings.HasPrefix(line, "time=20") || strings.HasPrefix(line, forged) || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\x00\x1b\r") {
			t.Errorf("a line of the log is %q", line)
		}
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// TestNoAddressLeadsOutOfItsFolder tries the ways out.
func TestNoAddressLeadsOutOfItsFolder(t *testing.T) {
	s := serve(t, gqltest.New(t), "127.0.0.1:0", steward)
	for _, folder := range []string{"/dumps/", "/assets/", "/id/organisation/", "/id/"} {
		for _, way := range []string{
			"../server.go", "..%2fserver.go", "%2e%2e%2fserver.go", "..%5cserver.go", "....//server.go", "%252e%252e%252fserver.go", "/etc/passwd", "%2fetc%2fpasswd",
			"..;/server.go", "manifest.json%00.nq", "%c0%ae%c0%ae/server.go", "file:///etc/passwd", "../../../../../../etc/passwd",
		} {
			resp, got := s.do(t, http.MethodGet, folder+way, "")
			if resp.StatusCode == http.StatusOK || strings.Contains(got, "root:") || strings.Contains(got, "package server") {
				t.Errorf("%s%s is answered with %s: %.80s", folder, way, resp.Status, got)
			}
		}
	}
}

// TestASlowClientLosesItsConnection: one that sends its header, or its body, a
// bit at a time, or that takes no answer, and one that sends nothing at all.
func TestASlowClientLosesItsConnection(t *testing.T) {
	l, err := server.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := serveSlow(t, l, 150*time.Millisecond, server.DefaultConnections)
	for what, send := range map[string]string{
		"nothing":             "",
		"half a header":       "POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n",
		"a header, no body":   "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{",
		"half of TLS":         "\x16\x03\x01",
		"an endless line":     "GET /" + strings.Repeat("a", 100<<10),
		"an endless header":   "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + strings.Repeat("a", 100<<10),
		"a chunk for ever":    "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
		"two lengths":         "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
		"a length and chunks": "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	} {
		t.Run(what, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_, _ = io.WriteString(conn, send)
			// It ends because the server closes it: the test waits for that and for
			// nothing else.
			answer, _ := io.ReadAll(conn)
			if strings.Contains(string(answer), "200 OK") && !strings.Contains(what, "chunks") {
				t.Errorf("it is answered %.200q", answer)
			}
		})
	}
	t.Run("answers that nobody takes", func(t *testing.T) {
		conn, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		// Whoever asks for more than lies between the two, and reads none of it, can at
		// last not ask either, until the server closes.
		for err == nil {
			_, err = io.WriteString(conn, "GET /assets/graphiql-3.8.3.min.js HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: identity\r\n\r\n")
		}
	})
}

// TestAClientHasOnlySoLong: what the tests hasten is bounded without them too.
func TestAClientHasOnlySoLong(t *testing.T) {
	s, err := server.New(server.Config{Access: gqltest.New(t).Access, BaseIRI: gqltest.Base, Log: testkit.Log(t)})
	if err != nil {
		t.Fatal(err)
	}
	header, request, answer, idle := server.Timeouts(s)
	for what, is := range map[string]struct{ got, want time.Duration }{
		"a header": {header, 5 * time.Second}, "a request": {request, 15 * time.Second}, "an answer": {answer, time.Minute}, "nothing at all": {idle, 2 * time.Minute},
	} {
		if is.got != is.want {
			t.Errorf("a client has %v for %s, want %v", is.got, what, is.want)
		}
	}
}

// serveSlow starts an impatient server.
func serveSlow(t *testing.T, l net.Listener, d time.Duration, most int) net.Listener {
	t.Helper()
	town := gqltest.New(t)
	s, err := server.New(server.Config{Access: town.Access, BaseIRI: gqltest.Base, Log: testkit.Log(t), Connections: most})
	if err != nil {
		t.Fatal(err)
	}
	server.Hasten(s, d)
	done := make(chan error, 1)
	go func() { done <- s.Serve(t.Context(), l) }()
	t.Cleanup(func() { <-done })
	return l
}
