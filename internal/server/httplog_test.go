package server_test

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/server"
	"github.com/karna-registry/karna/model"
)

// breaking is a store that cannot be asked for its revision.
type breaking struct{ graph.Store }

func (breaking) Revision(context.Context) (model.Revision, error) { panic("of 18900101-9802") }

// lines is a log that requests share.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestAPanicIsLoggedAsAnError: net/http calls it no more than a line of its log. A
// client that does not speak HTTP is none.
func TestAPanicIsLoggedAsAnError(t *testing.T) {
	town := gqltest.New(t)
	var log lines
	s := serveWith(t, town, "127.0.0.1:0", func(c *server.Config) {
		c.Access = access.New(access.Deps{Store: breaking{town.Store}, BaseIRI: gqltest.Base, Auditor: access.Unaudited, Clock: town.Clock.Now})
		c.DumpDir = ""
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := s.http.Do(r); err == nil {
		_ = resp.Body.Close()
		t.Fatalf("it is answered %s", resp.Status)
	}
	got := log.String()
	if strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "panic serving") || !strings.Contains(got, "breaking.Revision") {
		t.Errorf("want one error in the log, with where it happened:\n%s", got)
	}
	if strings.Contains(got, "18900101") {
		t.Errorf("the log holds a personal number:\n%s", got)
	}
}
