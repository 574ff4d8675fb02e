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

const endMapping = `name: ends
delimiter: ";"
records:
  - kind: role
    key: id
    delete: {column: del, values: [J]}
    period: {from: from, to: to, inclusive: true}
    fields:
      - {property: roleType, constant: employment}
      - {column: title, property: title, lang: sv}
`

// What has ended by its source's word is counted from there, at the precision that
// was stated; what is delivered yet stays.
func TestRetentionCountsFromTheStatedEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := newOfficeWorld(t, db)
		source, err := w.registry.Source("a")
		if err != nil {
			t.Fatal(err)
		}
		source.Mapping = []byte(endMapping)
		source.Retain = registry.Retain{Years: 1, FromEnd: true}
		tell := func(rows string) {
			t.Helper()
			if _, err := w.registry.Ingest(t.Context(), registry.Request{Source: "a", Name: "e.csv", Delta: true, Reader: strings.NewReader("id;del;from;to;title\n" + rows)}); err != nil {
				t.Fatal(err)
			}
		}
		tell("day;;2020-01-01;2025-02-28;A\nmorrow;;2020-01-01;2025-03-01;B\nyear;;2020;2024;C\nmonth;;2020-01;2025-02;D\nendless;;2020;;E\nstill;;2020;2023;F\n")
		tell("day;J;;;\nmorrow;J;;;\nyear;J;;;\nmonth;J;;;\nendless;J;;;\n")
		did, err := w.registry.Retain(t.Context(), "åsa", false) // 2026-03-01
		if err != nil || did.Sources[0].Removed["role"] != 3 || did.Sources[0].Kept != 2 || did.Sources[0].Delivered != 1 {
			t.Fatalf("retained %+v, %v", did, err)
		}
		var left []string
		for h, err := range w.store.ScanHeads(t.Context(), "a", "") {
			if err != nil {
				t.Fatal(err)
			}
			left = append(left, h.Key.LocalID)
		}
		slices.Sort(left)
		if want := []string{"endless", "morrow", "still"}; !slices.Equal(left, want) {
			t.Errorf("%q are left, want %q", left, want)
		}
	})
}

func TestQuarantinedItemsGoAfterThirtyDays(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := newOfficeWorld(t, db)
		const first, second, third = "P;;Anna;Berg;;;\n", "P;;Bo;Lind;;;\n", "P;;Cia;Ek;;;\n"
		w.tell(t, first+second)
		w.now = w.now.AddDate(0, 0, 29)
		w.tell(t, second+third)
		retain := func(dryRun bool, want int, left int64) {
			t.Helper()
			did, err := w.registry.Retain(t.Context(), "åsa", dryRun)
			if err != nil || did.Quarantined != want || (did.Residue != nil) != (want > 0 && !dryRun) {
				t.Errorf("retained %+v, %v; want %d items", did, err, want)
			}
			if _, n, _, err := w.store.CountWork(t.Context()); err != nil || n != left {
				t.Errorf("%d items are left, %v; want %d", n, err, left)
			}
		}
		retain(false, 0, 3)
		w.now = w.now.AddDate(0, 0, 1)
		retain(true, 1, 3)
		retain(false, 1, 2) // what was delivered again is as new
		w.now = w.now.AddDate(0, 0, 29)
		retain(false, 2, 0)
		removed := 0
		for e, err := range w.registry.Audit().Entries(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(e.Operation, "quarantined items removed") && e.Actor == "åsa" {
				removed++
			}
		}
		if removed != 2 {
			t.Errorf("%d entries of the audit tell of it, want 2", removed)
		}
	})
}
