package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// canonical is everything that the registry says at present as sorted lines, in
// which each golden id is its founding key: the smallest key of its live records.
// Stores that were filled by different ways, with other ids and other keys, give
// the same lines when they say the same.
func canonical(t *testing.T, o *opened) []string {
	t.Helper()
	ctx := context.Background()
	names := map[model.EntityID]string{}    // of records
	founders := map[model.EntityID]string{} // of golden records
	for h, err := range o.store.ScanHeads(ctx, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if key := h.Key.String(); h.Live {
			names[h.ID] = key
			if was := founders[h.Golden]; was == "" || key < was {
				founders[h.Golden] = key
			}
		}
	}
	var lines []string
	for row, err := range o.store.Scan(ctx, model.KindUnknown, graph.WithValues|graph.WithEvidence) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Kind != model.Concept {
			lines = append(lines, describe(t, o, row, names, founders)...)
		}
	}
	dangling := 0
	var after graph.Dangling
	for more := true; more; {
		more = false
		for d, err := range o.store.AllDangling(ctx, after, 1000) {
			if err != nil {
				t.Fatal(err)
			}
			after, more = d, true
			dangling++
		}
	}
	lines = append(lines, fmt.Sprintf("%d dangling references", dangling))
	slices.Sort(lines)
	return lines
}

// describe is one golden record as lines, a value each.
func describe(t *testing.T, o *opened, row graph.Golden, names, founders map[model.EntityID]string) []string {
	var g model.Golden
	var e model.Evidence
	if err := document.DecodeGolden(row.Values, &g); err != nil {
		t.Fatal(err)
	}
	if err := document.DecodeEvidence(row.Evidence, &e); err != nil {
		t.Fatal(err)
	}
	var seals []model.EntityID
	for _, v := range g.Values {
		if id, ok := v.Value.(model.Identifier); ok && !id.Seal.IsZero() {
			seals = append(seals, id.Seal)
		}
	}
	unsealed, err := o.registry.Unseal(context.Background(), seals)
	if err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf("%s %s", founders[row.ID], row.Disclosure)
	lines := []string{head}
	for i, v := range g.Values {
		value := fmt.Sprint(v.Value)
		switch x := v.Value.(type) {
		case model.Identifier:
			if !x.Seal.IsZero() {
				x.Value, x.Seal = unsealed[x.Seal].Value, model.EntityID{}
			}
			value = fmt.Sprint(x)
		case model.Link:
			value = fmt.Sprintf("%s→%s (%s)", x.Role, founders[x.To], x.Disclosure)
		}
		var support []string
		for _, m := range e.Support[i].Records {
			support = append(support, names[e.Members[m]])
		}
		slices.Sort(support)
		lines = append(lines, fmt.Sprintf("%s %s=%s %s by %s %v", head, ontology.ByID(v.Property).Name, value, v.Period, e.Support[i].Rule, support))
	}
	return lines
}

// differ says where two canonical states differ first.
func differ(want, got []string) string {
	for i := 0; i < max(len(want), len(got)); i++ {
		w, g := "nothing more", "nothing more"
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w != g {
			return fmt.Sprintf("%d lines, want %d; the first that differs:\n got %s\nwant %s", len(got), len(want), g, w)
		}
	}
	return ""
}

// past digests the golden records of a revision as they were, ids and all.
func past(t *testing.T, store graph.Store, rev model.Revision) string {
	t.Helper()
	ctx := context.Background()
	at, err := store.At(ctx, rev)
	if err != nil {
		t.Fatalf("at revision %d: %v", rev, err)
	}
	h := sha256.New()
	n := 0
	for row, err := range at.Scan(ctx, model.KindUnknown, graph.WithValues|graph.WithEvidence) {
		if err != nil {
			t.Fatalf("scan at revision %d: %v", rev, err)
		}
		n++
		fmt.Fprintf(h, "%s %s %d %x %x\n", row.ID, row.Kind, row.Disclosure, row.Values, row.Evidence)
	}
	return fmt.Sprintf("%d golden records %x", n, h.Sum(nil))
}

// changeCSV rewrites a delivery line by line; an empty line is left out.
func changeCSV(text string, change func(n int, line string) string) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		b.WriteString(change(n, line))
		n++
	}
	return b.String()
}
