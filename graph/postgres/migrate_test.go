package postgres

import (
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the database/sql driver, which goose needs
	"github.com/pressly/goose/v3"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// A store of the version before has its feed in two indexes: after the migration
// it is the same feed.
func TestTheFeedIsMigrated(t *testing.T) {
	dsn := testkit.Postgres(t)
	before, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, before, files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	var want []graph.Change
	for i := range 3 {
		id := model.EntityID{15: byte(i + 1)}
		for r := 1; r <= 3-i; r++ {
			text := fmt.Sprintf(`INSERT INTO golden_past VALUES (1, 1, 2, 1, %d, %d, '%s', '', '', '', '')`, r, r+1, id)
			if r == 3-i {
				text = fmt.Sprintf(`INSERT INTO golden VALUES (1, 1, 2, 1, %d, '%s', '', '', '', '')`, r, id)
			}
			if _, err := before.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
			want = append(want, graph.Change{Revision: model.Revision(r), ID: id, Kind: 1, State: graph.Live, Disclosure: model.Internal})
		}
	}
	if _, err := before.ExecContext(t.Context(), `INSERT INTO tenant VALUES (1, '0136', 3, 0)`); err != nil {
		t.Fatal(err)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := db.Tenant(t.Context(), "0136")
	if err != nil {
		t.Fatal(err)
	}
	var got []graph.Change
	for c, err := range store.Changes(t.Context(), graph.ChangePosition{}, 100) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	slices.SortFunc(want, func(a, b graph.Change) int {
		if a.Revision != b.Revision {
			return int(a.Revision - b.Revision)
		}
		return a.ID.Compare(b.ID)
	})
	if !slices.Equal(got, want) {
		t.Errorf("the feed is\n%v\nand was\n%v", got, want)
	}
}
