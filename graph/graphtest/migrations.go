package graphtest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// Older makes a store with a schema version, adds rows to it by SQL, brings it to
// the program's version and opens its tenant 0136, which has the number 1.
type Older struct {
	Migrated func(t *testing.T, version int64, rows []string) graph.Store
	ID       func(model.EntityID) string // an id in SQL
	Bytes    func([]byte) string
}

// Migrations wants what stores of older versions held to be there after their
// migration.
func Migrations(t *testing.T, o Older) {
	t.Run("the feed", func(t *testing.T) { o.feed(t) })
	t.Run("last words", func(t *testing.T) { o.lastWords(t) })
}

const olderTenant = `INSERT INTO tenant VALUES (1, '0136', 3, 0)`

// A store of version 6 has its feed in two indexes.
func (o Older) feed(t *testing.T) {
	rows := []string{olderTenant}
	var want []graph.Change
	none := o.Bytes(nil)
	for i := range 3 {
		id := model.EntityID{15: byte(i + 1)}
		for r := 1; r <= 3-i; r++ {
			row := fmt.Sprintf(`INSERT INTO golden_past VALUES (1, 1, 2, 1, %d, %d, %s, %s, %s, %s, %s)`, r, r+1, o.ID(id), none, none, none, none)
			if r == 3-i {
				row = fmt.Sprintf(`INSERT INTO golden VALUES (1, 1, 2, 1, %d, %s, %s, %s, %s, %s)`, r, o.ID(id), none, none, none, none)
			}
			rows = append(rows, row)
			want = append(want, graph.Change{Revision: model.Revision(r), ID: id, Kind: 1, State: graph.Live, Disclosure: model.Internal})
		}
	}
	slices.SortFunc(want, func(a, b graph.Change) int {
		return cmp.Or(cmp.Compare(a.Revision, b.Revision), a.ID.Compare(b.ID))
	})
	got, err := collect(o.Migrated(t, 6, rows).Changes(t.Context(), graph.ChangePosition{}, 100))
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the feed is\n%v, %v\nand was\n%v", got, err, want)
	}
}

// A retraction of version 13 does not hold what the record said last.
func (o Older) lastWords(t *testing.T) {
	id, never := model.EntityID{15: 1}, model.EntityID{15: 2}
	version := func(id model.EntityID, revision, stamp int, doc string) string {
		return fmt.Sprintf(`INSERT INTO record_version (tenant, revision, stamp, id, doc) VALUES (1, %d, %d, %s, %s)`, revision, stamp, o.ID(id), doc)
	}
	store := o.Migrated(t, 13, []string{
		olderTenant,
		version(id, 1, 10, o.Bytes([]byte("first"))), version(id, 2, 20, "NULL"),
		version(id, 3, 30, o.Bytes([]byte("then"))), version(id, 4, 40, "NULL"), version(id, 5, 50, "NULL"),
		version(never, 1, 10, "NULL"),
	})
	for of, want := range map[model.EntityID][]graph.Version{
		id: {
			{ID: id, Revision: 1, Stamp: 10, Doc: []byte("first")},
			{ID: id, Revision: 2, Stamp: 20, Doc: []byte("first"), Gone: true, Said: 10},
			{ID: id, Revision: 3, Stamp: 30, Doc: []byte("then")},
			{ID: id, Revision: 4, Stamp: 40, Doc: []byte("then"), Gone: true, Said: 30},
			{ID: id, Revision: 5, Stamp: 50, Doc: []byte("then"), Gone: true, Said: 30},
		},
		never: {{ID: never, Revision: 1, Stamp: 10, Gone: true}},
	} {
		got, err := collect(store.History(t.Context(), of))
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the history is\n%v, %v\nand should be\n%v", got, err, want)
		}
	}
}
