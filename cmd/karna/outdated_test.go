package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/sqlite"
)

// TestQueryAndServeSayThatTheStoreIsOfAnotherRelease: whoever asks a store whose golden
// records another release made is told so, with the remedy, until it was rebuilt.
func TestQueryAndServeSayThatTheStoreIsOfAnotherRelease(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	karna(t, dir, "init", "--code", "9901", "--name", "Älvsala kommun", "--base", "https://data.alvsala.example")
	db, err := sqlite.Open(ctx, filepath.Join(dir, "karna.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	store, err := db.CreateTenant(ctx, "9901")
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Update(ctx, graph.Provenance{Actor: "Åsa", Reason: "prov"}, func(tx graph.Tx) error {
		rev, err := tx.TakeRevision(ctx)
		if err != nil {
			return err
		}
		return tx.PutArtifact(ctx, graph.Artifact{Name: "property-table", Hash: graph.Hash{1}, Body: []byte("former"), Revision: rev})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	asked := func() string {
		_, errs, code := runKarna(ctx, "query", "-c", filepath.Join(dir, "karna.yaml"), "{ status { revision } }")
		if code != 0 {
			t.Fatalf("query ends with %d: %s", code, errs)
		}
		return errs
	}
	if errs := asked(); !strings.Contains(errs, "karna rebuild") {
		t.Errorf("of a store of another release query says %q", errs)
	}
	// It ends at once, for the address is none, and has said so before.
	serve := command(t, dir, "serve", "--listen", "127.0.0.1:none")
	if out, err := serve.CombinedOutput(); err == nil || !strings.Contains(string(out), "karna rebuild") {
		t.Errorf("of a store of another release serve says %s, %v", out, err)
	}
	karna(t, dir, "rebuild")
	if errs := asked(); errs != "" {
		t.Errorf("after a rebuild query says %q", errs)
	}
}
