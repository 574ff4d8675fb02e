package registry_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

// formerWord is what only the release before indexed a golden record by.
const formerWord = "som förr"

var formerTime = time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)

// formerly makes the store one of another release: its artifact says so, and the
// golden record lies in the index under a word that this one does not put it under.
func (w *world) formerly(t *testing.T, golden model.EntityID) {
	t.Helper()
	ctx := t.Context()
	_, err := w.store.Update(ctx, graph.Provenance{Actor: "Åsa", Reason: "prov", At: formerTime}, func(tx graph.Tx) error {
		rev, err := tx.TakeRevision(ctx)
		if err != nil {
			return err
		}
		rows, err := tx.Goldens(ctx, []model.EntityID{golden}, graph.WithValues|graph.WithEvidence)
		if err != nil {
			return err
		}
		now := rows[0]
		now.Revision = rev
		change := graph.GoldenChange{Old: &rows[0], New: &now, NewTerms: []graph.Term{{Space: 1, Key: formerWord, ID: golden}}}
		if err := tx.PutGoldens(ctx, []graph.GoldenChange{change}); err != nil {
			return err
		}
		return tx.PutArtifact(ctx, graph.Artifact{Name: "property-table", Hash: graph.Hash{1}, Body: []byte("former"), Revision: rev})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// hasFormerWord tells whether the former word is anywhere in the store.
func (w *world) hasFormerWord(t *testing.T) bool {
	t.Helper()
	hits, _, err := w.store.(graph.Searcher).Search(t.Context(), [][]byte{[]byte(formerWord)})
	if err != nil {
		t.Fatal(err)
	}
	return len(hits) > 0
}

// TestNothingChangesGoldenRecordsOfAnotherForm: what would leave a former release's
// words in the index is refused and says what to do, and is done after it; what
// prepares the store leaves none.
func TestNothingChangesGoldenRecordsOfAnotherForm(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		ctx := t.Context()
		store, err := db.CreateTenant(ctx, "00001")
		if err != nil {
			t.Fatal(err)
		}
		worlds, _, _ := processes(t, store, 2)
		w := worlds[0]
		w.deliverRows(t, "a", []event{
			{"a", w.row("P", "P1", 1, worldNumbers[0], "")}, {"a", w.row("P", "P2", 1, worldNumbers[1], "")},
			{"a", "R;R1;2024-01-01T00:00:00Z;;;;Lärare;;;;;P2;;"},
		})
		one, two, role := w.golden(t, "a", "P1", model.Person), w.golden(t, "a", "P2", model.Person), w.golden(t, "a", "R1", model.Role)
		ways := []struct {
			name string
			do   func(context.Context, *registry.Registry) error
		}{
			{"office", func(ctx context.Context, r *registry.Registry) error {
				_, err := r.OpenOffice(ctx, "Åsa", role, "KS 1", model.Period{From: model.DateOf(formerTime)}, "chef")
				return err
			}},
			{"merge", func(ctx context.Context, r *registry.Registry) error {
				_, err := r.Merge(ctx, "Åsa", []model.EntityID{one, two}, "samma", nil)
				return err
			}},
			{"protection", func(ctx context.Context, r *registry.Registry) error {
				_, err := r.RaiseProtection(ctx, "Åsa", one, model.ProtectionSecrecyMarking, "samtal")
				return err
			}},
			{"erasure", func(ctx context.Context, r *registry.Registry) error {
				_, err := registry.EraseAndSearch(ctx, r, erase(one))
				return err
			}},
		}
		w.formerly(t, one)
		for _, way := range ways {
			before := w.exact(t)
			for i, w := range worlds { // one that has written before, and one that has not
				if err := way.do(ctx, w.registry); !errors.Is(err, registry.ErrOtherForm) {
					t.Errorf("%s by process %d, in a store of another form: %v", way.name, i, err)
				}
			}
			if diff := cmp.Diff(before, w.exact(t)); diff != "" {
				t.Fatalf("%s (-before +after):\n%s", way.name, diff)
			}
		}
		if names, err := w.registry.Outdated(ctx); err != nil || !slices.Equal(names, []string{"property-table"}) {
			t.Errorf("outdated are %v, %v", names, err)
		}
		must(worlds[1].registry.Rebuild(ctx, nil))
		if names, err := w.registry.Outdated(ctx); err != nil || len(names) > 0 || w.hasFormerWord(t) {
			t.Errorf("after a rebuild outdated are %v, %v, and the former word is there: %t", names, err, w.hasFormerWord(t))
		}
		for _, way := range ways[:len(ways)-1] {
			if err := way.do(ctx, w.registry); err != nil {
				t.Errorf("%s after a rebuild: %v", way.name, err)
			}
		}
		w.verified(t)
		one = w.golden(t, "a", "P1", model.Person)
		w.formerly(t, one)
		if !w.hasFormerWord(t) {
			t.Fatal("the former word is not looked for")
		}
		if out, err := w.registry.Erase(ctx, erase(one)); err != nil || !out.Proof.OK() || w.hasFormerWord(t) {
			t.Errorf("erased %+v, %v; the former word is there: %t", out, err, w.hasFormerWord(t))
		}
		w.verified(t)
	})
}
