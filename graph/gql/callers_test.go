package gql_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
)

// asked is what an executor answers over HTTP.
type asked struct {
	status int
	body   string
	codes  []string
}

// post sends a body, as JSON unless headers say otherwise.
func post(t *testing.T, h http.Handler, body string, headers ...string) asked {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	out := asked{status: w.Code, body: w.Body.String()}
	var resp struct {
		Errors []struct{ Extensions struct{ Code string } }
	}
	if json.Unmarshal(w.Body.Bytes(), &resp) == nil {
		for _, e := range resp.Errors {
			out.codes = append(out.codes, e.Extensions.Code)
		}
	}
	return out
}

func (a asked) refused(t *testing.T, what string, status int, code, text string) {
	t.Helper()
	if a.status != status || len(a.codes) != 1 || a.codes[0] != code || !strings.Contains(a.body, text) {
		t.Errorf("%s: %d %s; want %d, %s and %q", what, a.status, a.body, status, code, text)
	}
}

func query(text string) string {
	b, err := json.Marshal(map[string]string{"query": text})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func handler(town *gqltest.Town, o gql.Options, rights access.Rights) http.Handler {
	o.Clock = town.Clock.Now
	view := town.View(rights)
	return gql.New(o).Handler(func(*http.Request) (gql.Caller, error) { return gql.Caller{View: view}, nil })
}

func TestABatchIsAnsweredOnlyWhereItIsOn(t *testing.T) {
	town := gqltest.New(t)
	one := query("{ status { revision } }")
	post(t, handler(town, gql.Options{}, access.Rights{}), "["+one+"]").refused(t, "off", http.StatusBadRequest, gql.CodeBadInput, "Send a JSON object")
	h := handler(town, gql.Options{Limits: gql.Limits{Batch: 2}}, access.Rights{})
	if got := post(t, h, " ["+one+","+query("{ nonsense }")+"]"); got.status != http.StatusOK ||
		!strings.HasPrefix(got.body, `[{"data":{"status":{"revision":`) || strings.Count(got.body, `"code":"BAD_INPUT"`) != 1 {
		t.Errorf("a batch of two: %d %s", got.status, got.body)
	}
	post(t, h, "["+one+","+one+","+one+"]").refused(t, "three of two", http.StatusBadRequest, gql.CodeLimit, "3 operations; 2 are allowed")
	post(t, h, "[]").refused(t, "none", http.StatusBadRequest, gql.CodeBadInput, "at least one")
	if got := post(t, h, one); got.status != http.StatusOK || len(got.codes) > 0 {
		t.Errorf("a single one: %d %s", got.status, got.body)
	}
}

func TestIntrospectionAndSuggestionsAreByRole(t *testing.T) {
	town := gqltest.New(t)
	limits := gql.Limits{Introspection: access.Reader}
	for _, text := range []string{"{ __schema { queryType { name } } }", `{ ...f } fragment f on Query { __type(name: "Person") { name } }`} {
		post(t, handler(town, gql.Options{Limits: limits}, access.Rights{}), query(text)).refused(t, text, http.StatusOK, gql.CodeForbidden, "/schema.graphqls")
		for _, h := range []http.Handler{handler(town, gql.Options{Limits: limits}, access.Rights{Role: access.Reader}), handler(town, gql.Options{}, access.Rights{})} {
			if got := post(t, h, query(text)); len(got.codes) > 0 {
				t.Errorf("%s: %s", text, got.body)
			}
		}
	}
	wrong := query("{ organisationz { nodes { id } } }")
	if got := post(t, handler(town, gql.Options{Limits: limits}, access.Rights{}), wrong); strings.Contains(got.body, "mean") || !strings.Contains(got.body, "organisationz") {
		t.Errorf("the public is told %s", got.body)
	}
	if got := post(t, handler(town, gql.Options{Limits: limits}, access.Rights{Role: access.Reader}), wrong); !strings.Contains(got.body, "Did you mean") {
		t.Errorf("a reader is told %s", got.body)
	}
}

// TestIntrospectionAsToolsAskFitsTheLimits: what GraphiQL and code generators ask.
func TestIntrospectionAsToolsAskForItFitsTheLimits(t *testing.T) {
	text, err := os.ReadFile("testdata/introspection.graphql")
	if err != nil {
		t.Fatal(err)
	}
	h := handler(gqltest.New(t), gql.Options{}, access.Rights{})
	if got := post(t, h, query(string(text))); len(got.codes) > 0 || len(got.body) < 100_000 {
		t.Errorf("%.300s", got.body)
	}
	// The schema leads back to itself.
	post(t, h, query("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }")).refused(t, "a deep one", http.StatusOK, gql.CodeLimit, "introspection is nested too deep")
}

func TestPersistedDocumentsCanBeTheOnlyOnes(t *testing.T) {
	town := gqltest.New(t)
	const known = "query Revision { status { revision } }"
	byHash := func(hash, text string) string {
		return `{"query":"` + text + `","extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + hash + `"}}}`
	}
	for _, only := range []bool{false, true} {
		h := handler(town, gql.Options{Persisted: []string{known}, PersistedOnly: only}, access.Rights{})
		for _, body := range []string{byHash(gql.Hash(known), ""), byHash(strings.ToUpper(gql.Hash(known)), known), query(known)} {
			if got := post(t, h, body); len(got.codes) > 0 || !strings.Contains(got.body, `"revision":`) {
				t.Errorf("%s: %s", body, got.body)
			}
		}
		post(t, h, byHash(gql.Hash("{ x }"), "")).refused(t, "another hash", http.StatusOK, gql.CodeNotPersisted, "no persisted document")
		post(t, h, byHash(gql.Hash(known), "{ status { revision } }")).refused(t, "another text", http.StatusOK, gql.CodeBadInput, "different documents")
		got := post(t, h, query("{ status { revision } }"))
		if only {
			got.refused(t, "a document of the caller's", http.StatusOK, gql.CodeNotPersisted, "persisted documents only")
		} else if len(got.codes) > 0 {
			t.Errorf("a document of the caller's: %s", got.body)
		}
	}
	// A stream is no way around.
	h := handler(town, gql.Options{PersistedOnly: true}, access.Rights{})
	if got := post(t, h, query("subscription { changes { cursor } }"), "Accept", "text/event-stream"); !strings.Contains(got.body, gql.CodeNotPersisted) {
		t.Errorf("a stream: %s", got.body)
	}
}

// TestACallerHasOnlySoManyRequestsUnderWay: one more is refused, another caller's
// is not, and when an answer has been given there is room again.
func TestACallerHasOnlySoManyRequestsUnderWay(t *testing.T) {
	town := gqltest.New(t)
	named := func(r *http.Request) (gql.Caller, error) {
		return gql.Caller{View: town.View(access.Rights{Actor: r.Header.Get("Actor")})}, nil
	}
	h := gql.New(gql.Options{Clock: town.Clock.Now, Log: town.Log, Limits: gql.Limits{Concurrent: 1}}).Handler(named)
	one := query("{ status { revision } }")
	// A body that does not end keeps its request under way.
	body, more := io.Pipe()
	answered := make(chan int)
	reading := make(chan struct{})
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/graphql", readSignal{body, reading})
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Actor", "eva")
	go func() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		answered <- w.Code
	}()
	<-reading
	post(t, h, one, "Actor", "eva").refused(t, "a second one", http.StatusTooManyRequests, gql.CodeLimit, "under way")
	for _, other := range []string{"bo", ""} {
		if got := post(t, h, one, "Actor", other); got.status != http.StatusOK {
			t.Errorf("another caller, %q: %d %s", other, got.status, got.body)
		}
	}
	if _, err := more.Write([]byte(one)); err != nil {
		t.Fatal(err)
	}
	_ = more.Close()
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the first one: %d", status)
	}
	if got := post(t, h, one, "Actor", "eva"); got.status != http.StatusOK {
		t.Errorf("when the first one has been answered: %d %s", got.status, got.body)
	}
}

// readSignal tells when it is first read.
type readSignal struct {
	io.Reader
	reading chan struct{}
}

func (r readSignal) Read(b []byte) (int, error) {
	select {
	case <-r.reading:
	default:
		close(r.reading)
	}
	return r.Reader.Read(b)
}

func TestOnlyPostedJSONIsAnOperation(t *testing.T) {
	h := handler(gqltest.New(t), gql.Options{Limits: gql.Limits{Body: 1000, Tokens: 20}}, access.Rights{})
	one := query("{ status { revision } }")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={status{revision}}", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d %s", w.Code, w.Body)
	}
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; application/json"} {
		post(t, h, one, "Content-Type", media).refused(t, media, http.StatusUnsupportedMediaType, gql.CodeBadInput, "application/json")
	}
	post(t, h, query(strings.Repeat(" ", 1000)+"{ status { revision } }")).refused(t, "a large body", http.StatusRequestEntityTooLarge, gql.CodeLimit, "1000 bytes")
	post(t, h, query("{ "+strings.Repeat("status { revision } ", 6)+"}")).refused(t, "many tokens", http.StatusOK, gql.CodeLimit, "20 tokens")
}
