package registry_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

// retaining makes a source's rule keep nothing that it no longer has.
func (w *world) retaining(t fatalf, source string, rule registry.Retain) {
	s, err := w.registry.Source(model.Source(source))
	if err != nil {
		t.Fatalf("%v", err)
	}
	s.Retain = rule
}

// TestRetentionRemovesWhatSourcesDropped: what is left is of live records and of
// sources without a rule, the feed leads to it, and a rebuild changes nothing.
func TestRetentionRemovesWhatSourcesDropped(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		ctx := context.Background()
		w := fresh()
		for _, e := range drawEvents(rt) {
			w.deliver(rt, []event{e})
		}
		w.retaining(rt, "a", registry.Retain{Days: -1})
		live := w.canonical(rt)
		dry, err := w.registry.Retain(ctx, "åsa", true)
		if err != nil {
			rt.Fatalf("dry run: %v", err)
		}
		did, err := registry.RetainOnly(ctx, w.registry, "åsa")
		if err != nil {
			rt.Fatalf("retain: %v", err)
		}
		if diff := cmp.Diff(dry.Sources, did.Sources); diff != "" {
			rt.Fatalf("the dry run told of other records (-dry +done):\n%s", diff)
		}
		for h, err := range w.store.ScanHeads(ctx, "a", "") {
			if err != nil || !h.Live {
				rt.Fatalf("%s is still there, %v", h.Key, err)
			}
		}
		w.readable(rt)
		// What live records say is as it was: a retracted one bridges nothing.
		if diff := cmp.Diff(live, w.canonical(rt)); diff != "" {
			rt.Fatalf("what live records say is another (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(w.present(rt), w.replay(rt)); diff != "" {
			rt.Fatalf("the feed does not lead to the present (-present +feed):\n%s", diff)
		}
		rebuilt := w.exact(rt)
		if rep, err := w.registry.Rebuild(ctx, nil); err != nil || rep.Changed != 0 {
			rt.Fatalf("rebuild after retention reports %+v, %v", rep, err)
		}
		if diff := cmp.Diff(rebuilt, w.exact(rt)); diff != "" {
			rt.Fatalf("rebuild gives another state (-retained +rebuilt):\n%s", diff)
		}
	})
}

func TestRetentionFollowsTheSourcesRule(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		dropped := strings.Replace(annaRow, "2024-01-01T00:00:00Z;;", "2024-02-01T00:00:00Z;J;", 1)
		w.deliver(t, rowsOf("a", schoolO1, annaRow, larsRow))
		w.deliver(t, rowsOf("b", strings.Replace(annaRow, "P1", "P7", 1)))
		w.deliver(t, rowsOf("a", dropped))
		first, other := w.golden(t, "a", "P1", model.Person), w.golden(t, "b", "P7", model.Person)
		if first != other {
			t.Fatal("the two records of Anna are two golden records")
		}
		w.retaining(t, "a", registry.Retain{Years: 1})
		did, err := w.registry.Retain(ctx, "åsa", false)
		if err != nil || len(did.Sources) != 1 || did.Sources[0].Kept != 1 || len(did.Sources[0].Removed) != 0 || did.Revisions != 0 {
			t.Errorf("a year after, on the same day: %+v, %v", did, err)
		}
		w.retaining(t, "a", registry.Retain{Days: -1})
		source, err := w.registry.Source("a")
		if err != nil {
			t.Fatal(err)
		}
		source.Hold = "arkivlagen"
		if did, err = w.registry.Retain(ctx, "åsa", false); err != nil || did.Sources[0].OnHold != 1 || did.Revisions != 0 {
			t.Errorf("on hold: %+v, %v", did, err)
		}
		source.Hold = ""
		if did, err = w.registry.Retain(ctx, "åsa", false); err != nil || did.Sources[0].Removed["person"] != 1 || did.Residue == nil {
			t.Errorf("once the time is over: %+v, %v", did, err)
		}
		// The id goes on, as another's.
		now := w.golden(t, "b", "P7", model.Person)
		rows, err := w.store.Goldens(ctx, []model.EntityID{first, now}, 0)
		if err != nil || rows[0].State != graph.Merged || rows[0].Redirect != now || rows[1].State != graph.Live {
			t.Errorf("the former id is %+v, the golden record %+v, %v", rows[0], rows[1], err)
		}
		// What comes again is news.
		if d := w.deliverRows(t, "a", rowsOf("a", strings.Replace(annaRow, "2024-01-01", "2024-03-01", 1))); d.Counts.Added != 1 || d.Counts.Erased != 0 {
			t.Errorf("delivered again: %+v", d.Counts)
		}
	})
}

// A level that was once stated stays when the record that stated it is removed,
// until a steward lowers it; also when a steward had lowered it on what stays.
func TestProtectionOutlivesTheRecordThatStatedIt(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		dropped := func(row string) string {
			return strings.Replace(row, "2024-01-01T00:00:00Z;;", "2024-02-01T00:00:00Z;J;", 1)
		}

		flagged := withLevel(t, annaRow, "sekretessmarkering")
		retain := func() {
			t.Helper()
			w.retaining(t, "a", registry.Retain{Days: -1})
			if _, err := w.registry.Retain(t.Context(), "åsa", false); err != nil {
				t.Fatal(err)
			}
			if rep, err := w.registry.Verify(t.Context(), nil); err != nil || rep.Changed != 0 {
				t.Errorf("made anew %d golden records differ, %v", rep.Changed, err)
			}
		}
		w.deliver(t, rowsOf("a", flagged))
		w.deliver(t, rowsOf("b", strings.Replace(annaRow, "P1", "P7", 1)))
		w.deliver(t, rowsOf("a", dropped(flagged)))
		retain()
		id, level := w.person(t)
		if level != "sekretessmarkering" {
			t.Errorf("the level is %s when the record that stated it is gone", level)
		}
		lower := func() {
			t.Helper()
			if _, err := w.registry.LowerProtection(t.Context(), "Åsa", id, model.ProtectionNone, "rättelse"); err != nil {
				t.Fatal(err)
			}
		}
		lower()
		if _, level = w.person(t); level != "none" {
			t.Errorf("lowered it is %s", level)
		}
		// What stays says it too, and a steward has ruled on that.
		w.deliver(t, rowsOf("b", withLevel(t, strings.NewReplacer("P1", "P7", "2024-01-01", "2024-03-01").Replace(annaRow), "sekretessmarkering")))
		lower()
		w.deliver(t, rowsOf("a", strings.Replace(flagged, "2024-01-01", "2024-04-01", 1)))
		w.deliver(t, rowsOf("a", strings.Replace(dropped(flagged), "2024-02-01", "2024-05-01", 1)))
		retain()
		if _, level = w.person(t); level != "sekretessmarkering" {
			t.Errorf("the level is %s when the record that stated it after a lowering is gone", level)
		}
	})
}

// withLevel is a person's row with a level of protection.
func withLevel(t *testing.T, row, level string) string {
	t.Helper()
	names, cells := strings.Split(worldHeader, ";"), strings.Split(row, ";")
	at := slices.Index(names, "skydd")
	if len(cells) != len(names) || at < 0 {
		t.Fatalf("a row of %d cells, want %d", len(cells), len(names))
	}
	cells[at] = level
	return strings.Join(cells, ";")
}
