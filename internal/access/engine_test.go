package access_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// open makes an empty store on a real engine.
func open(t testing.TB) graph.Store {
	t.Helper()
	db, err := sqlite.Open(ctx, filepath.Join(testkit.Folder(t), "karna.db"))
	if err != nil {
		t.Fatal(err)
	}
	return firstTenant(t, db)
}

// firstTenant makes an empty store in a new database, which is closed at the end.
func firstTenant(t testing.TB, db graph.Database) graph.Store {
	t.Helper()
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	store, err := db.CreateTenant(ctx, "0136")
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// replay writes what a town's memory holds to a store, revision by revision.
func (m *memory) replay(t testing.TB, store graph.Store) {
	t.Helper()
	present := map[model.EntityID]*graph.Golden{}
	for r := model.Revision(1); r <= m.at; r++ {
		took, err := store.Update(ctx, m.info(r).Provenance, func(tx graph.Tx) error {
			if _, err := tx.TakeRevision(ctx); err != nil {
				return err
			}
			if r == 1 {
				if err := tx.PutHeads(ctx, m.headRows()); err != nil {
					return err
				}
			}
			var versions []graph.Version
			for _, all := range m.versions {
				for _, v := range all {
					if v.Revision == r {
						versions = append(versions, v)
					}
				}
			}
			if err := tx.AppendVersions(ctx, versions); err != nil {
				return err
			}
			var changes []graph.GoldenChange
			for id, all := range m.goldens {
				for i := range all {
					if all[i].Revision == r {
						changes = append(changes, change(present[id], &all[i]))
						present[id] = &all[i]
					}
				}
			}
			if err := tx.PutGoldens(ctx, changes); err != nil {
				return err
			}
			var moves []graph.Membership
			for _, all := range m.moves {
				for _, move := range all {
					if move.Revision == r {
						moves = append(moves, move)
					}
				}
			}
			if err := tx.Move(ctx, moves); err != nil || r < m.at {
				return err
			}
			return m.replayPresent(tx)
		})
		if err != nil || took != r {
			t.Fatalf("revision %d of %d: %v", took, r, err)
		}
	}
}

func (m *memory) headRows() (out []graph.Head) {
	for _, h := range m.heads {
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b graph.Head) int { return a.ID.Compare(b.ID) })
	return out
}

func (m *memory) replayPresent(tx graph.Tx) error {
	if len(m.erased) > 0 {
		if err := tx.PutArtifact(ctx, document.ErasedArtifactOf(graph.Artifact{}, m.erased)); err != nil {
			return err
		}
	}
	if err := tx.PutMatchKeys(ctx, m.keys, nil); err != nil {
		return err
	}
	if err := tx.PutDangling(ctx, m.waiting, nil); err != nil {
		return err
	}
	if err := tx.PutFlawed(ctx, m.flawed, nil); err != nil {
		return err
	}
	if err := tx.PutDecisions(ctx, m.decisions); err != nil {
		return err
	}
	if err := tx.PutPairs(ctx, m.pairs, nil); err != nil {
		return err
	}
	if err := tx.PutConflicts(ctx, m.conflicts, nil); err != nil {
		return err
	}
	if err := tx.PutQuarantine(ctx, m.held, nil); err != nil {
		return err
	}
	for _, d := range m.delivered {
		if err := tx.PutDelivery(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func change(old, now *graph.Golden) graph.GoldenChange {
	c := graph.GoldenChange{Old: old, New: now}
	if old != nil && old.State == graph.Live {
		g, t := decoded(*old), testified(*old)
		c.OldTerms, c.OldLinks = document.Terms(g, t), document.Links(g, t)
	}
	if now.State == graph.Live {
		g, t := decoded(*now), testified(*now)
		c.NewTerms, c.NewLinks = document.Terms(g, t), document.Links(g, t)
	}
	return c
}

// likeAnother are the callers of whom a store is asked what it is asked of another
// one: the past, which is most of the work, is asked of the others only.
var likeAnother = map[string]bool{"public with scopes": true, "admin": true, "finder": true, "looker": true, "no purpose": true, "restricted steward": true}

// TestARealEngineAnswersTheSame: what is proved over the store in memory holds
// over an engine, for it answers every question the same.
func TestARealEngineAnswersTheSame(t *testing.T) {
	tw := livelyTown()
	store := open(t)
	tw.store.replay(t, store)
	for name, r := range callers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := access.New(access.Deps{
				Auditor: access.Unaudited, Store: store, BaseIRI: base, Unsealer: tw.store, Keyer: keyer{}, Hearer: tw, Weigher: keyer{}, Finder: holder{tw}, Sources: sources, Clock: func() time.Time { return tw.now },
			})
			a := &asking{town: tw, view: tw.view(r)}
			b := &asking{town: tw, view: engine.View(r)}
			for _, c := range calls {
				if c.method == "At" && likeAnother[name] {
					continue
				}
				one, two := c.ask(a), c.ask(b)
				if slices.Equal(one, two) {
					continue
				}
				for i := range min(len(one), len(two)) {
					if one[i] != two[i] {
						t.Errorf("%s:\nmemory %s\nengine %s", c.method, one[i], two[i])
						break
					}
				}
			}
		})
	}
}

func TestASnapshotStandsStill(t *testing.T) {
	tw := ruledTown()
	store := open(t)
	tw.store.replay(t, store)
	v := access.New(access.Deps{Auditor: access.Unaudited, Store: store, BaseIRI: base, Sources: sources}).View(public)
	still, release, err := v.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	before := everyAnswer(t, still)
	was := tw.store.goldens[id(unit)][0]
	_, err = store.Update(ctx, graph.Provenance{Actor: "test", At: tw.now}, func(tx graph.Tx) error {
		r, err := tx.TakeRevision(ctx)
		if err != nil {
			return err
		}
		return tx.PutGoldens(ctx, []graph.GoldenChange{change(&was, &graph.Golden{ID: id(unit), Kind: model.Organisation, Revision: r, State: graph.Ended})})
	})
	if err != nil {
		t.Fatal(err)
	}
	if after := everyAnswer(t, still); after != before {
		t.Errorf("a snapshot changed:\n%s\n%s", before, after)
	}
	if _, err := v.Entity(ctx, id(unit)); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the present did not change: %v", err)
	}
}

func everyAnswer(t *testing.T, v *access.View) string {
	t.Helper()
	return answer(v.Revision(ctx)) + answer(v.Entity(ctx, id(unit))) + answer(v.Counts(ctx)) + answer(quadsOf(t, v.Quads(), quads.Pattern{}), nil)
}
