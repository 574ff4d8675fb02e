package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// server is a database with the tenant of the tests and a connection beside the
// store, for what the server is to do.
func server(t *testing.T, opts ...postgres.Option) (graph.Store, *pgx.Conn) {
	t.Helper()
	dsn := testkit.Postgres(t)
	opts = append([]postgres.Option{postgres.WithJitter(func() float64 { return 0 })}, opts...)
	db, err := postgres.Open(t.Context(), dsn, opts...)
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
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return store, c
}

func run(t *testing.T, c *pgx.Conn, text string) {
	t.Helper()
	if _, err := c.Exec(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// failing makes the server fail the first n commits that log a revision. It
// counts with a sequence, which a rollback does not take back.
func failing(t *testing.T, c *pgx.Conn, code string, n int) {
	t.Helper()
	run(t, c, `CREATE SEQUENCE attempts`)
	run(t, c, fmt.Sprintf(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
		IF nextval('attempts') <= %d THEN RAISE EXCEPTION 'in the way of another' USING ERRCODE = '%s'; END IF;
		RETURN NEW; END $$`, n, code))
	run(t, c, `CREATE TRIGGER fail BEFORE INSERT ON revision FOR EACH ROW EXECUTE FUNCTION fail()`)
}

func TestConflictingTransactionIsRunAgainAsAWhole(t *testing.T) {
	for name, code := range map[string]string{"serialisation failure": "40001", "deadlock": "40P01"} {
		t.Run(name, func(t *testing.T) {
			store, c := server(t)
			failing(t, c, code, 2)
			ran := 0
			id := model.EntityID{1}
			r, err := store.Update(t.Context(), graph.Provenance{Actor: "test"}, func(tx graph.Tx) error {
				ran++
				r, err := tx.TakeRevision(t.Context())
				if err != nil {
					return err
				}
				return tx.PutHeads(t.Context(), []graph.Head{{Key: model.RecordKey{Source: "school", Kind: model.Person, LocalID: "1"}, Part: "persons", ID: id, Golden: id, Live: true, Revision: r}})
			})
			if err != nil || r != 1 || ran != 3 {
				t.Errorf("revision %d after %d runs: %v; want 1 after 3", r, ran, err)
			}
			if n, err := store.CountPart(t.Context(), "school", "persons"); err != nil || n != 1 {
				t.Errorf("%d records: %v", n, err)
			}
		})
	}
}

func TestRetriesHaveAnEnd(t *testing.T) {
	store, c := server(t)
	failing(t, c, "40001", 1000)
	ran := 0
	_, err := store.Update(t.Context(), graph.Provenance{}, func(tx graph.Tx) error {
		ran++
		_, err := tx.TakeRevision(t.Context())
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "40001") || ran != 10 {
		t.Errorf("after %d runs: %v; want the conflict after 10", ran, err)
	}
}

func TestOtherFailuresAreNotRunAgain(t *testing.T) {
	store, c := server(t)
	failing(t, c, "23514", 1)
	ran := 0
	_, err := store.Update(t.Context(), graph.Provenance{}, func(tx graph.Tx) error {
		ran++
		_, err := tx.TakeRevision(t.Context())
		return err
	})
	if err == nil || ran != 1 {
		t.Errorf("a check's failure after %d runs: %v", ran, err)
	}
	if r, err := store.Revision(t.Context()); err != nil || r != 0 {
		t.Errorf("revision %d: %v", r, err)
	}
}

func TestLostConnectionLosesOneTransaction(t *testing.T) {
	store, c := server(t)
	if _, err := store.BeginLoad(t.Context()); err != nil {
		t.Fatal(err)
	}
	write := func(local string, between func()) error {
		_, err := store.Update(t.Context(), graph.Provenance{}, func(tx graph.Tx) error {
			r, err := tx.TakeRevision(t.Context())
			if err != nil {
				return err
			}
			var heads []graph.Head
			for i := range 200 {
				id := model.EntityID{local[0], byte(i)}
				heads = append(heads, graph.Head{Key: model.RecordKey{Source: "school", Kind: model.Person, LocalID: fmt.Sprint(local, i)}, Part: "persons", ID: id, Golden: id, Live: true, Revision: r})
			}
			if err := tx.PutHeads(t.Context(), heads); err != nil {
				return err
			}
			between()
			_, err = tx.CountPart(t.Context(), "school", "persons")
			return err
		})
		return err
	}
	if err := write("a", func() {}); err != nil {
		t.Fatal(err)
	}
	err := write("b", func() {
		run(t, c, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`)
	})
	if err == nil {
		t.Error("a transaction whose connection was cut is committed")
	}
	if n, err := store.CountPart(t.Context(), "school", "persons"); err != nil || n != 200 {
		t.Errorf("%d records are there: %v; want the 200 of the transaction before", n, err)
	}
	if resumed, err := store.BeginLoad(t.Context()); err != nil || !resumed {
		t.Errorf("the load is resumed: %v, %v", resumed, err)
	}
	if err := write("b", func() {}); err != nil {
		t.Error(err)
	}
	if r, err := store.Publish(t.Context(), graph.Provenance{}); err != nil || r != 1 {
		t.Errorf("published as %d: %v", r, err)
	}
}

func TestIndexesPutOffComeBackAsTheyWere(t *testing.T) {
	store, c := server(t)
	indexes := func() map[string]string {
		rows, err := c.Query(t.Context(), `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'`)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		var name, definition string
		if _, err := pgx.ForEachRow(rows, []any{&name, &definition}, func() error { out[name] = definition; return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	before := indexes()
	if _, err := store.BeginLoad(t.Context()); err != nil {
		t.Fatal(err)
	}
	if during := indexes(); len(during) >= len(before) {
		t.Errorf("%d of %d indexes are there during a first load", len(during), len(before))
	}
	if _, err := store.Publish(t.Context(), graph.Provenance{}); err != nil {
		t.Fatal(err)
	}
	after := indexes()
	for name, definition := range before {
		if after[name] != definition {
			t.Errorf("index %s was %q and is %q", name, definition, after[name])
		}
	}
}

func TestSchemaIsTheFirstOfTheSearchPath(t *testing.T) {
	dsn := testkit.Postgres(t)
	for _, schema := range []string{"public", "Another One"} {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set("search_path", `"`+schema+`", public`) // the second finds the first behind it
		u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
		db, err := postgres.Open(t.Context(), u.String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Tenants(t.Context()); !errors.Is(err, graph.ErrSchema) {
			t.Errorf("schema %q before its migration: %v", schema, err)
		}
		if _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := db.CreateTenant(t.Context(), model.Tenant(schema)); err != nil {
			t.Fatal(err)
		}
		if tenants, err := db.Tenants(t.Context()); err != nil || len(tenants) != 1 || tenants[0] != model.Tenant(schema) {
			t.Errorf("schema %q holds %v: %v", schema, tenants, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestSnapshotThatIsNotReleasedIsNamedByClose(t *testing.T) {
	db, err := postgres.Open(t.Context(), testkit.Postgres(t), postgres.WithCloseTimeout(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	store, err := db.CreateTenant(t.Context(), "0136")
	if err != nil {
		t.Fatal(err)
	}
	_, release, err := store.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err == nil || !strings.Contains(err.Error(), "Snapshot") {
		t.Errorf("Close with a snapshot out: %v", err)
	}
	release()
}
