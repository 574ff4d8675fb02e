package testkit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/karna-registry/karna/internal/testkit"
)

func TestClockStandsStillUntilItIsMoved(t *testing.T) {
	c := testkit.NewClock()
	if a, b := c.Now(), c.Now(); !a.Equal(b) || !a.Equal(testkit.Epoch) {
		t.Errorf("a new clock says %v, then %v; want Epoch twice", a, b)
	}
	if got := c.Advance(time.Hour); !got.Equal(testkit.Epoch.Add(time.Hour)) || !c.Now().Equal(got) {
		t.Errorf("an hour on the clock says %v, now %v", got, c.Now())
	}
}

func TestIDsAreRisingReproducibleVersionSeven(t *testing.T) {
	a, b, other := testkit.IDs(1), testkit.IDs(1), testkit.IDs(2)
	last := a()
	if last != b() {
		t.Fatal("the same seed gives different ids")
	}
	if last == other() {
		t.Error("different seeds give the same id")
	}
	for range 1000 {
		id := a()
		if id.Compare(last) <= 0 {
			t.Fatalf("%v after %v: ids must rise", id, last)
		}
		if u := uuid.UUID(id); u.Version() != 7 || u.Variant() != uuid.RFC4122 {
			t.Fatalf("%v is version %d of %v", id, u.Version(), u.Variant())
		}
		last = id
	}
}

func TestDataFindsAFileInTheFolderThatTheEnvironmentNames(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("KARNA_TESTDATA", dir)
	want := filepath.Join(dir, "list.json")
	if err := os.WriteFile(want, []byte("[]"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := testkit.Data(t, "list.json"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestAbsentDataSkipsAndIsRecorded runs this test binary again with only the
// inner test, since a skip ends the test that meets it.
func TestAbsentDataSkipsAndIsRecorded(t *testing.T) {
	if os.Getenv("TESTKIT_INNER") == "1" {
		testkit.Data(t, "no/such/file.json")
		t.Fatal("went on without the file")
	}
	list := filepath.Join(t.TempDir(), "not-tested")
	cmd := exec.Command(os.Args[0], "-test.run=^TestAbsentDataSkipsAndIsRecorded$", "-test.v")
	cmd.Env = append(os.Environ(), "TESTKIT_INNER=1", "KARNA_TESTDATA="+t.TempDir(), "KARNA_NOT_TESTED="+list)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- SKIP") {
		t.Fatalf("the inner run: %v\n%s", err, out)
	}
	lines, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(lines); strings.Count(got, "\n") != 1 || !strings.Contains(got, "TestAbsentDataSkipsAndIsRecorded: third-party file no/such/file.json") {
		t.Errorf("recorded %q", got)
	}
}

func TestPostgresGivesEveryTestItsOwnEmptyDatabase(t *testing.T) {
	one, other := testkit.Postgres(t), testkit.Postgres(t)
	if one == other {
		t.Fatalf("two databases with one DSN %s", one)
	}
	for _, statement := range []string{"CREATE TABLE marker (n integer)", "SELECT n FROM marker"} {
		if out, err := exec.Command("psql", "-XqAt", "-d", one, "-c", statement).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", statement, err, out)
		}
	}
	if out, err := exec.Command("psql", "-XqAt", "-d", other, "-c", "SELECT n FROM marker").CombinedOutput(); err == nil {
		t.Errorf("the other database has the table too: %s", out)
	}
}

func TestPostgresLikeGivesACopyOfItsOwn(t *testing.T) {
	one := testkit.Postgres(t)
	run := func(dsn, statement string) string {
		t.Helper()
		out, err := exec.Command("psql", "-XqAt", "-d", dsn, "-c", statement).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", statement, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run(one, "CREATE TABLE marker (n integer); INSERT INTO marker VALUES (1)")
	other := testkit.PostgresLike(t, one)
	run(other, "INSERT INTO marker VALUES (2)")
	if a, b := run(one, "SELECT sum(n) FROM marker"), run(other, "SELECT sum(n) FROM marker"); a != "1" || b != "3" {
		t.Errorf("the first sums to %s and its copy to %s; want 1 and 3", a, b)
	}
}

func TestToolFindsWhatIsInstalled(t *testing.T) {
	path := testkit.Tool(t, "no-such-program", "sh")
	if filepath.Base(path) != "sh" {
		t.Errorf("found %s, want sh", path)
	}
}
