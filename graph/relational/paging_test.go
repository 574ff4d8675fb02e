package relational_test

import (
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// engines run a test on both.
func engines(t *testing.T, test func(t *testing.T, db graph.Database)) {
	t.Run("sqlite", func(t *testing.T) {
		db, err := sqlite.Open(t.Context(), filepath.Join(testkit.Folder(t), "store.db"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		test(t, db)
	})
	t.Run("postgres", func(t *testing.T) {
		db, err := postgres.Open(t.Context(), testkit.Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		test(t, db)
	})
}

// many is more than a page, and more than the heads that make a source small.
const many = 20_000

func TestStreamsOfManyPagesHaveEachRowOnce(t *testing.T) {
	engines(t, func(t *testing.T, db graph.Database) {
		ctx := t.Context()
		if _, err := db.Migrate(ctx); err != nil {
			t.Fatal(err)
		}
		store, err := db.CreateTenant(ctx, "0136")
		if err != nil {
			t.Fatal(err)
		}
		ids := writeMany(t, store)
		slices.SortFunc(ids, model.EntityID.Compare)
		exact := graph.FindTerm{Spaces: []graph.Space{1, 2}, Key: "all"}
		prefix := graph.FindTerm{Spaces: []graph.Space{3}, Key: "word", Prefix: true}
		query := func(terms ...graph.FindTerm) graph.FindQuery {
			return graph.FindQuery{Kind: model.Person, Disclosure: model.Protected, Terms: terms, Limit: many + 1}
		}
		goldenID := func(g graph.Golden) model.EntityID { return g.ID }
		for name, got := range map[string][]model.EntityID{
			"Scan":           collect(t, store.Scan(ctx, model.KindUnknown, 0), goldenID),
			"List by id":     collect(t, store.List(ctx, graph.ListQuery{Kind: model.Person, Disclosure: model.Protected, ByID: true, Limit: many + 1}), goldenID),
			"List":           sorted(collect(t, store.List(ctx, graph.ListQuery{Kind: model.Person, Disclosure: model.Protected, Limit: many + 1}), goldenID)),
			"List backward":  sorted(collect(t, store.List(ctx, graph.ListQuery{Kind: model.Person, Disclosure: model.Protected, Backward: true, Limit: many + 1}), goldenID)),
			"Find exact":     collect(t, store.Find(ctx, query(exact)), goldenID),
			"Find prefix":    sorted(collect(t, store.Find(ctx, query(prefix)), goldenID)),
			"Find both":      collect(t, store.Find(ctx, query(exact, prefix)), goldenID),
			"Referrers":      collect(t, store.Referrers(ctx, ids[:1], nil, model.Unclassified), func(l graph.Link) model.EntityID { return l.From }),
			"Referrers by":   collect(t, store.Referrers(ctx, ids[:1], []model.PropertyID{7}, model.Unclassified), func(l graph.Link) model.EntityID { return l.From }),
			"Changes":        collect(t, store.Changes(ctx, graph.ChangePosition{}, many+1), func(c graph.Change) model.EntityID { return c.ID }),
			"ScanHeads":      collect(t, store.ScanHeads(ctx, "", ""), func(h graph.Head) model.EntityID { return h.ID }),
			"ScanHeads of a": collect(t, store.ScanHeads(ctx, "large", "persons"), func(h graph.Head) model.EntityID { return h.ID }),
		} {
			if name == "ScanHeads of a" {
				got = append(got, collect(t, store.ScanHeads(ctx, "small", ""), func(h graph.Head) model.EntityID { return h.ID })...)
				if len(got) != many {
					t.Errorf("%s large and of a small source: %d heads", name, len(got))
				}
				got = sorted(got)
			}
			if !slices.Equal(got, ids) {
				t.Errorf("%s gives %d ids of %d, or not in their order", name, len(got), many)
			}
		}
		words := map[string]bool{}
		last := ""
		for w, err := range store.Words(ctx, []graph.Space{1, 3}, "") {
			if err != nil {
				t.Fatal(err)
			}
			if words[w] || w <= last {
				t.Fatalf("the word %q comes twice, or not in its order", w)
			}
			words[w], last = true, w
		}
		if want := 1 + 500 + many; len(words) != want {
			t.Errorf("two spaces have %d words, want %d", len(words), want)
		}
	})
}

func collect[T any](t *testing.T, rows iter.Seq2[T, error], id func(T) model.EntityID) (ids []model.EntityID) {
	t.Helper()
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id(row))
	}
	return ids
}

func sorted(ids []model.EntityID) []model.EntityID {
	return slices.SortedFunc(slices.Values(ids), model.EntityID.Compare)
}

// writeMany writes records of a large and of a small source, each with a golden
// record that has a term of its own, a term that all have and a link to the
// first.
func writeMany(t *testing.T, store graph.Store) (ids []model.EntityID) {
	t.Helper()
	ctx, next := t.Context(), testkit.IDs(7)
	for range many {
		ids = append(ids, next())
	}
	_, err := store.Update(ctx, graph.Provenance{Actor: "test", At: time.Unix(0, 0)}, func(tx graph.Tx) error {
		r, err := tx.TakeRevision(ctx)
		if err != nil {
			return err
		}
		var heads []graph.Head
		var changes []graph.GoldenChange
		for i, id := range ids {
			h := graph.Head{Key: model.RecordKey{Source: "large", Kind: model.Person, LocalID: fmt.Sprint(i)}, Part: "persons", ID: id, Golden: id, Live: true, Revision: r}
			if i%10 == 0 {
				h.Key.Source = "small"
			}
			heads = append(heads, h)
			changes = append(changes, graph.GoldenChange{
				New: &graph.Golden{ID: id, Kind: model.Person, Revision: r, Disclosure: model.Open + model.Disclosure(i%4), State: graph.Live, Sort: fmt.Appendf(nil, "%d", i%100)},
				NewTerms: []graph.Term{
					{Space: 1 + graph.Space(i%2), Key: "all", ID: id}, {Space: 3, Key: fmt.Sprint("word", i%500), ID: id}, {Space: 3, Key: fmt.Sprint("wordy", i), ID: id},
				},
				NewLinks: []graph.Link{{To: ids[0], Property: 7, From: id}},
			})
		}
		if err := tx.PutHeads(ctx, heads); err != nil {
			return err
		}
		return tx.PutGoldens(ctx, changes)
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
