package sqlite

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/relational"
	"github.com/karna-registry/karna/model"
)

// kept are the tables that an erasure takes no rows out of, and why.
var kept = map[string]string{
	"goose_db_version": "which migrations were applied",
	"tenant":           "codes", "source": "names of sources", "part": "names of parts", "revision": "its reasons are taken, not its rows",
	"artifact": "policy and models, which name nobody", "delivery": "runs of sources", "matching": "kinds",
	"quarantine":    "items are taken by what they say, by PutQuarantine",
	"audit":         "texts are taken, not entries: the chain stands",
	"audit_subject": "ids are taken, not rows: the chain stands",
	"credential":    "tokens and sessions: who calls, and not of whom anything is held",
	"audit_head":    "the chain's end", "erased": "the tombstones", "erasing": "empty outside of a transaction",
}

// founded is a new store's tenant, and where the file is.
func founded(t *testing.T) (graph.Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := db.CreateTenant(t.Context(), "0136")
	if err != nil {
		t.Fatal(err)
	}
	return store, path
}

// TestEveryTableIsErasedOrSaysWhyNot: whoever adds a table says what an erasure does
// with it.
func TestEveryTableIsErasedOrSaysWhyNot(t *testing.T) {
	store, _ := founded(t)
	_, searched, err := store.(graph.Searcher).Search(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	erased := map[string]bool{}
	for _, table := range relational.ErasedTables() {
		erased[table] = true
	}
	for _, s := range searched {
		if why := kept[s.Table]; (why == "") == !erased[s.Table] && s.Table != "sqlite_sequence" {
			t.Errorf("table %s: an erasure must take rows out of it, or the table of those that are kept must say why not", s.Table)
		}
	}
}

// TestScrubLeavesNoByteOfWhatIsGone: rows that were replaced and erased lie in the
// file and its log until it is scrubbed.
func TestScrubLeavesNoByteOfWhatIsGone(t *testing.T) {
	store, path := founded(t)
	const secret = "Gyllenstråle-av-Älvsala"
	ref := model.EntityID{1, 2, 3}
	update := func(fn func(tx graph.Tx) error) {
		t.Helper()
		if _, err := store.Update(t.Context(), graph.Provenance{}, fn); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx graph.Tx) error {
		return tx.PutSealed(t.Context(), []graph.Sealed{{Ref: ref, Data: []byte(secret)}, {Ref: model.EntityID{4}, Data: []byte("another")}})
	})
	update(func(tx graph.Tx) error {
		_, err := tx.Erase(t.Context(), graph.Erasure{Sealed: []model.EntityID{ref}})
		return err
	})
	inFiles := func() bool {
		for _, p := range []string{path, path + "-wal"} {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if p != path {
				if text, err = os.ReadFile(p); err != nil {
					continue
				}
			}
			if strings.Contains(string(text), secret) {
				return true
			}
		}
		return false
	}
	if !inFiles() {
		t.Error("an erased row has left no byte before a scrub: the test sees nothing")
	}
	left, err := store.(graph.Scrubber).Scrub(t.Context(), [][]byte{[]byte(secret)})
	if err != nil || len(left.Found) > 0 || len(left.Searched) != 2 {
		t.Errorf("scrubbed: %+v, %v", left, err)
	}
	if inFiles() {
		t.Error("after a scrub the bytes are there")
	}
	// What is there is found, and cannot be scrubbed away.
	if left, err = store.(graph.Scrubber).Scrub(t.Context(), [][]byte{[]byte("another")}); err != nil || len(left.Found) != 1 {
		t.Errorf("what is stored is not found in the file: %+v, %v", left, err)
	}
	rows, err := store.Sealed(t.Context(), []model.EntityID{{4}})
	if err != nil || string(rows[0].Data) != "another" {
		t.Errorf("after a scrub the rest is %v, %v", rows, err)
	}
}
