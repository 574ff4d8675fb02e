package registry_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/ingest/paxml"
	"github.com/karna-registry/karna/ingest/ss12000"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/testdata"
)

func openStore(t testing.TB) graph.Store {
	t.Helper()
	ctx := context.Background()
	db, err := sqlite.Open(ctx, path.Join(testkit.Folder(t), "karna.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	s, err := db.CreateTenant(ctx, "9901")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSampleComesIn(t *testing.T) {
	ctx := context.Background()
	store := openStore(t)
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	r, err := registry.New(registry.Options{
		Store: store, Keys: keys, Logger: testkit.Log(t),
		Sources: []registry.Source{
			{Name: "lon", Authority: "KS", Format: paxml.Format{}, Full: true, Trust: 70},
			{Name: "skola", Authority: "BUN", Format: ss12000.Format{}, Full: true, Trust: 60, KnowsProtection: true},
		},
		Clock: func() time.Time { return time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ingest := func(source, file, typ string) graph.Delivery {
		t.Helper()
		content, err := fs.ReadFile(testdata.Municipality, "deliveries/"+file)
		if err != nil {
			t.Fatal(err)
		}
		d, err := r.Ingest(ctx, registry.Request{Source: "lon", Name: file, Reader: strings.NewReader(string(content)), Type: typ})
		if source == "skola" {
			d, err = r.Ingest(ctx, registry.Request{Source: "skola", Name: file, Reader: strings.NewReader(string(content)), Type: typ})
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		t.Logf("%+v", d)
		return d
	}
	ingest("lon", "lon.xml", "")
	s, err := r.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", s)
	rev := s.Revision
	ingest("lon", "lon.xml", "")
	if s, err = r.Status(ctx); err != nil || s.Revision != rev {
		t.Fatalf("again: revision %d, was %d, %v", s.Revision, rev, err)
	}
	for _, typ := range []string{"organisations", "duties", "persons", "placements", "groups"} {
		ingest("skola", "skola-"+typ+".json", typ)
	}
	if s, err = r.Status(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", s)
	rep, err := r.Verify(ctx, nil)
	if err != nil || rep.Changed != 0 {
		t.Fatalf("verify: %+v %v", rep, err)
	}
}

// waiting gives its text and then waits for a writer that never comes.
type waiting struct {
	text    *strings.Reader
	waits   chan<- struct{}
	never   <-chan struct{}
	waiting bool
}

func (w *waiting) Read(p []byte) (int, error) {
	if w.text.Len() > 0 {
		return w.text.Read(p)
	}
	if !w.waiting {
		w.waiting = true
		close(w.waits)
	}
	<-w.never
	return 0, io.ErrUnexpectedEOF
}

func TestADeliveryThatWaitsForInputCanBeStopped(t *testing.T) {
	s := newStaff(t)
	ctx, cancel := context.WithCancel(t.Context())
	waits, never := make(chan struct{}), make(chan struct{})
	defer close(never)
	go func() {
		<-waits
		cancel()
	}()
	d, err := s.deliverIn(ctx, personMapping, registry.Request{
		Reader: &waiting{text: strings.NewReader("id;namn\n" + strings.Join(five, "\n") + "\n"), waits: waits, never: never},
	})
	if !errors.Is(err, context.Canceled) || d.State != graph.Stopped {
		t.Fatalf("stopped while it waited, it ended as %s with %v", d.State, err)
	}
	if c := s.whole(personMapping, five...); c.Added+c.Unchanged != 5 {
		t.Errorf("gone on with, it counts %+v", c)
	}
}
