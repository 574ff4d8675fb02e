package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

const birthDays = `name: people
delimiter: ";"
records:
  - kind: person
    key: id
    fields:
      - {column: namn, property: familyName}
      - {column: född, property: birthDate}
`

// flawed are the local ids of the records that have issues, each with what was delivered.
func (w *world) flawed(t *testing.T) (out []string) {
	t.Helper()
	for f, err := range w.store.Flawed(t.Context(), "", graph.Flawed{}, 100) {
		if err != nil {
			t.Fatal(err)
		}
		heads, err := w.store.HeadsByID(t.Context(), []model.EntityID{f.Record})
		if err != nil {
			t.Fatal(err)
		}
		versions, err := w.store.Versions(t.Context(), []model.EntityID{f.Record})
		if err != nil {
			t.Fatal(err)
		}
		rec, err := document.DecodeRecord(versions[0].Doc)
		if err != nil || len(rec.Issues) == 0 {
			t.Fatalf("%v has no issues: %v", heads[0].Key, err)
		}
		out = append(out, string(f.Source)+" "+heads[0].Key.LocalID+" "+rec.Issues[0].Original)
	}
	slices.Sort(out)
	return out
}

// TestRecordsWithIssuesAreThoseThatHaveThemNow: a field that goes bad, goes bad in
// another way and is mended is another version each time; a record that moves in its
// file is not, a retraction takes it out, a rebuild finds the same, and an erasure
// leaves nothing.
func TestRecordsWithIssuesAreThoseThatHaveThemNow(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		w := newWorldBy(t, db, "00001", birthDays)
		deliver := func(want graph.Counts, flawed []string, rows ...string) {
			t.Helper()
			d, err := w.registry.Ingest(t.Context(), registry.Request{Source: "a", Name: "p.csv", Confirm: true, Reader: strings.NewReader("id;namn;född\n" + strings.Join(rows, "\n") + "\n")})
			if err != nil {
				t.Fatal(err)
			}
			if got := (graph.Counts{Added: d.Counts.Added, Changed: d.Counts.Changed, Retracted: d.Counts.Retracted, Issues: d.Counts.Issues}); got != want {
				t.Errorf("%v: %+v, want %+v", rows, got, want)
			}
			if got := w.flawed(t); !slices.Equal(got, flawed) {
				t.Errorf("%v: with issues are %q, want %q", rows, got, flawed)
			}
		}
		deliver(graph.Counts{Added: 3}, nil, "1;Ek;", "2;Alm;1870-01-01", "3;Lind;")
		deliver(graph.Counts{Changed: 1, Issues: 1}, []string{"a 1 1870-13-01"}, "1;Ek;1870-13-01", "2;Alm;1870-01-01", "3;Lind;")
		deliver(graph.Counts{}, []string{"a 1 1870-13-01"}, "2;Alm;1870-01-01", "1;Ek;1870-13-01", "3;Lind;")
		deliver(graph.Counts{Changed: 2, Issues: 2}, []string{"a 1 1870-14-01", "a 3 [number]"}, "1;Ek;1870-14-01", "2;Alm;1870-01-01", "3;Lind;19121212-121")
		if _, err := w.registry.Rebuild(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if got := w.flawed(t); !slices.Equal(got, []string{"a 1 1870-14-01", "a 3 [number]"}) {
			t.Errorf("after a rebuild with issues are %q", got)
		}
		if p, err := w.registry.Prove(t.Context(), []string{"19121212-121", "19121212"}); err != nil || !p.OK() {
			t.Errorf("what may be a personal number lies open: %+v, %v", p, err)
		}
		deliver(graph.Counts{Changed: 1}, []string{"a 1 1870-14-01"}, "1;Ek;1870-14-01", "2;Alm;1870-01-01", "3;Lind;1870-01-02")
		deliver(graph.Counts{Retracted: 1}, nil, "2;Alm;1870-01-01", "3;Lind;1870-01-02")
		deliver(graph.Counts{Added: 0, Changed: 1, Issues: 1}, []string{"a 1 1870-15-01"}, "1;Ek;1870-15-01", "2;Alm;1870-01-01", "3;Lind;1870-01-02")
		did, err := w.registry.Erase(t.Context(), erase(w.golden(t, "a", "1", model.Person)))
		if err != nil || !did.Proof.OK() || did.Rows["flawed"] != 1 {
			t.Fatalf("%+v, %v", did, err)
		}
		if p, err := w.registry.Prove(t.Context(), []string{"1870-14-01", "1870-15-01"}); err != nil || !p.OK() {
			t.Errorf("what was delivered is found after the erasure: %+v, %v", p, err)
		}
		if got := w.flawed(t); len(got) > 0 {
			t.Errorf("after an erasure with issues are %q", got)
		}
	})
}

// TestDeliveriesWaitUntilOneMakesThemGood: the latest that was held or broken of a
// source and part, until one that is as whole was taken.
func TestDeliveriesWaitUntilOneMakesThemGood(t *testing.T) {
	full := func(part string, state graph.DeliveryState) graph.Delivery {
		return graph.Delivery{Part: part, State: state, Full: true}
	}
	delta := func(part string, state graph.DeliveryState) graph.Delivery {
		return graph.Delivery{Part: part, State: state}
	}
	onBoth(t, func(t *testing.T, db graph.Database) {
		for i, c := range []struct {
			oldest []graph.Delivery
			want   []string
		}{
			{nil, nil},
			{[]graph.Delivery{full("p", graph.Held)}, []string{"held p 0"}},
			{[]graph.Delivery{full("p", graph.Held), full("p", graph.Broken)}, []string{"broken p 1"}},
			{[]graph.Delivery{full("p", graph.Held), full("p", graph.Done)}, nil},
			{[]graph.Delivery{full("p", graph.Held), full("q", graph.Done)}, []string{"held p 0"}},
			{[]graph.Delivery{full("p", graph.Held), delta("p", graph.Done)}, []string{"held p 0"}},
			{[]graph.Delivery{delta("p", graph.Broken), delta("p", graph.Done)}, nil},
			{[]graph.Delivery{full("p", graph.Held), full("p", graph.Stale), full("p", graph.Stopped)}, []string{"held p 0"}},
			{[]graph.Delivery{full("", graph.Broken), full("p", graph.Done)}, nil},
			{[]graph.Delivery{full("p", graph.Broken), full("q", graph.Held)}, []string{"held q 1", "broken p 0"}},
		} {
			store, err := db.CreateTenant(t.Context(), model.Tenant([]string{"0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010"}[i]))
			if err != nil {
				t.Fatal(err)
			}
			r := newRegistry(t, store, worldMapping)
			_, err = store.Update(t.Context(), graph.Provenance{}, func(tx graph.Tx) error {
				for n, d := range c.oldest {
					d.ID, d.Source, d.Name = model.EntityID{0: 1, 6: 0x70, 8: 0x80, 15: byte(n)}, "a", string(rune('0'+n))
					d.Started = testkit.Epoch.AddDate(0, 0, n)
					if err := tx.PutDelivery(t.Context(), d); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			s, err := r.Status(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range s.Deliveries {
				got = append(got, strings.TrimSpace(string(d.State)+" "+d.Part+" "+d.Name))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("of %+v there wait %q, want %q", c.oldest, got, c.want)
			}
		}
	})
}
