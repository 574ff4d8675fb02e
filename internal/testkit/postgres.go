package testkit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Postgres is the DSN of a fresh, empty database in the cluster that
// KARNA_TEST_POSTGRES names: a postgres:// URL of a role that may create
// databases. When the test ends the database is searched for personal numbers
// (PersonalNumbers) and dropped, whoever is still connected. Without the variable the test skips, or fails if
// KARNA_REQUIRE_POSTGRES is 1, as `make test` sets it: there PostgreSQL is not
// optional.
//
// It drives psql, so that the one package that knows pgx stays graph/postgres.
func Postgres(t testing.TB) string {
	t.Helper()
	return newDatabase(t, "", true)
}

// PostgresMadeUp is Postgres for rows that statements make up by the ten thousand: some
// of them look like personal numbers, so it is not searched.
func PostgresMadeUp(t testing.TB) string {
	t.Helper()
	return newDatabase(t, "", false)
}

// PostgresLike is Postgres with a copy of the database that another of its DSNs
// names, and to which nobody may be connected: what every test of many needs is
// made once.
func PostgresLike(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return newDatabase(t, ` TEMPLATE "`+strings.TrimPrefix(u.Path, "/")+`"`, true)
}

func newDatabase(t testing.TB, like string, searched bool) string {
	t.Helper()
	admin := os.Getenv("KARNA_TEST_POSTGRES")
	if admin == "" {
		const why = "PostgreSQL: set KARNA_TEST_POSTGRES to the postgres:// URL of a role that may create databases, or run `make test`"
		if os.Getenv("KARNA_REQUIRE_POSTGRES") == "1" {
			t.Fatal(why)
		}
		NotTested(t, why)
	}
	name := "karna_test_" + randomName()
	dsn, err := withDatabase(admin, name)
	if err != nil {
		t.Fatal(err)
	}
	// From 15 on pages are copied through the log unless one says otherwise.
	create := `SELECT 'CREATE DATABASE "` + name + `"` + like + `' || CASE WHEN current_setting('server_version_num')::int >= 150000 THEN ' STRATEGY file_copy' ELSE '' END \gexec`
	if err := psql(admin, create); err != nil {
		t.Fatalf("create test database %s: %v", name, err)
	}
	t.Cleanup(func() {
		if _, bench := t.(*testing.B); searched && !bench {
			SearchPostgres(t, dsn, PersonalNumbers)
		}
		if err := psql(admin, `DROP DATABASE IF EXISTS "`+name+`" WITH (FORCE)`); err != nil {
			t.Errorf("drop test database %s: %v", name, err)
		}
	})
	return dsn
}

// withDatabase is the same server's DSN for another database.
func withDatabase(dsn, name string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return "", fmt.Errorf("KARNA_TEST_POSTGRES is not a postgres:// URL, such as postgres://user@localhost:5432/postgres")
	}
	u.Path = "/" + name
	return u.String(), nil
}

// psqlTimeout bounds one administrative statement: a cluster that does not
// answer is a finding, not a hung run.
const psqlTimeout = time.Minute

// Settle counts the rows of a database, as its server does by itself once a minute.
// Until then statements are planned for tables that are next to empty.
func Settle(t testing.TB, dsn string) {
	t.Helper()
	if err := psql(dsn, "ANALYZE"); err != nil {
		t.Fatal(err)
	}
}

func psql(dsn, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), psqlTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "psql", "--no-psqlrc", "--quiet", "--no-password",
		"--set=ON_ERROR_STOP=1", "--dbname="+dsn)
	cmd.Stdin = strings.NewReader(statement)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("psql: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// randomName keeps test binaries apart that run side by side on one cluster;
// nothing that a test asserts depends on it.
func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
