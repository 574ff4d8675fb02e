package registry_test

import (
	"context"
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
	"github.com/karna-registry/karna/testdata"
)

func openStore(t testing.TB) graph.Store {
	t.Helper()
	ctx := context.Background()
	db, err := sqlite.Open(ctx, path.Join(t.TempDir(), "karna.db"))
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
		Store: store, Keys: keys,
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
