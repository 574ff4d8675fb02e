package registry_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func TestACaseIsMetWhenItsSourceDeliversTheValue(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.deliver(t, rowsOf("a", annaRow, larsRow))
		w.deliver(t, rowsOf("b", strings.Replace(annaRow, "P1", "P7", 1)))
		anna := w.golden(t, "a", "P1", model.Person)
		ask := registry.RectifyRequest{Subject: anna, Property: ontology.PersonFamilyName, Source: "a", Wrong: "Bergkvist", Right: "Bergqvist", Evidence: "folkbokföringen", Actor: "åsa"}
		c, err := w.registry.OpenCase(ctx, ask)
		if err != nil || c.State != "open" || c.Due.Before(c.Opened.AddDate(0, 0, 27)) || c.Due.After(c.Opened.AddDate(0, 0, 32)) {
			t.Fatalf("opened %+v, %v", c, err)
		}
		stored, err := w.store.RectificationsByID(ctx, []model.EntityID{c.ID})
		if err != nil || bytes.Contains(stored[0].Body, []byte("Berg")) {
			t.Errorf("the case lies in the open, %v", err)
		}
		state := func(when, want string) {
			t.Helper()
			if c, err = w.registry.Case(ctx, c.ID); err != nil || c.State != want {
				t.Errorf("%s the case is %q, want %q: %v", when, c.State, want, err)
			}
		}
		later := func(row, stamp string) string { return strings.Replace(row, "2024-01-01", stamp, 1) }
		w.deliver(t, rowsOf("b", strings.NewReplacer("P1", "P7", "Bergkvist", "Bergqvist").Replace(later(annaRow, "2024-02-01"))))
		state("when another source says so", "open")
		w.deliver(t, rowsOf("a", strings.Replace(later(annaRow, "2024-02-02"), "Annastina", "Anna-Stina", 1)))
		state("when the source says something else", "open")
		w.deliver(t, rowsOf("a", strings.Replace(later(annaRow, "2024-02-03"), "Bergkvist", "bergqvist", 1)))
		state("when the source says it", "met")
		if c.Closed.IsZero() || c.Note == "" {
			t.Errorf("closed as %+v", c)
		}
		if err := w.registry.CloseCase(ctx, c.ID, graph.RectificationRefused, "åsa", "no"); !errors.Is(err, registry.ErrBadDecision) {
			t.Errorf("a closed case is closed again: %v", err)
		}
		second, err := w.registry.OpenCase(ctx, ask)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.registry.CloseCase(ctx, second.ID, graph.RectificationRefused, "åsa", "källan står fast"); err != nil {
			t.Fatal(err)
		}
		open, err := w.registry.Cases(ctx, graph.RectificationOpen, model.EntityID{}, 10)
		all, err2 := w.registry.Cases(ctx, "", model.EntityID{}, 10)
		if err = errors.Join(err, err2); err != nil || len(open) != 0 || len(all) != 2 {
			t.Errorf("%d open of %d, %v", len(open), len(all), err)
		}
		n := 0
		for e, err := range w.registry.Audit().Of(ctx, []model.EntityID{anna}, 0, 100) {
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(e.Operation, "rectification") {
				n++
			}
		}
		if n != 4 {
			t.Errorf("%d entries of the audit about the cases, want 4", n)
		}
		for what, q := range map[string]registry.RectifyRequest{
			"nobody":               {Subject: anna, Property: ask.Property, Source: "a", Wrong: "x", Evidence: "y"},
			"nothing":              {Subject: anna, Property: ask.Property, Source: "a", Evidence: "y", Actor: "åsa"},
			"no evidence":          {Subject: anna, Property: ask.Property, Source: "a", Wrong: "x", Actor: "åsa"},
			"another kind's":       {Subject: anna, Property: ontology.OrgName, Source: "a", Wrong: "x", Evidence: "y", Actor: "åsa"},
			"due before":           {Subject: anna, Property: ask.Property, Source: "a", Wrong: "x", Evidence: "y", Actor: "åsa", Due: time.Unix(0, 0)},
			"due in an age":        {Subject: anna, Property: ask.Property, Source: "a", Wrong: "x", Evidence: "y", Actor: "åsa", Due: time.Date(2999, 12, 31, 0, 0, 0, 0, time.UTC)},
			"source says nothing":  {Subject: w.golden(t, "a", "P2", model.Person), Property: ask.Property, Source: "b", Wrong: "x", Evidence: "y", Actor: "åsa"},
			"the registry's actor": {Subject: anna, Property: ask.Property, Source: "a", Wrong: "x", Evidence: "y", Actor: graph.SystemActor},
		} {
			if _, err := w.registry.OpenCase(ctx, q); !errors.Is(err, registry.ErrBadDecision) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
