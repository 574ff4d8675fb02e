package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// The tests of several processes start this binary again with a role to play.
const (
	roleVariable = "KARNA_SQLITE_TEST_ROLE"
	pathVariable = "KARNA_SQLITE_TEST_PATH"
)

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleVariable); role {
	case "":
		os.Exit(m.Run())
	case "holder":
		exitOn(hold(os.Getenv(pathVariable)))
	case "loader":
		exitOn(loadUntilKilled(os.Getenv(pathVariable)))
	default:
		exitOn(fmt.Errorf("no role %q", role))
	}
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// process is another process on the file; its lines come through out.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

func start(t *testing.T, role, path string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.Command(exe)}
	p.cmd.Env = append(os.Environ(), roleVariable+"="+role, pathVariable+"="+path)
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	return p
}

// expect waits for a line.
func (p *process) expect(t *testing.T, want string) {
	t.Helper()
	if !p.out.Scan() || p.out.Text() != want {
		t.Fatalf("the other process says %q, want %q (%v)", p.out.Text(), want, p.out.Err())
	}
}

// openAt opens a migrated file with the tenant of the tests.
func openAt(ctx context.Context, path string, opts ...sqlite.Option) (*sqlite.DB, graph.Store, error) {
	db, err := sqlite.Open(ctx, path, opts...)
	if err != nil {
		return nil, nil, err
	}
	if _, err := db.Migrate(ctx); err != nil {
		return nil, nil, err
	}
	store, err := db.CreateTenant(ctx, "0136")
	return db, store, err
}

// hold is the process that takes the write lock and keeps it until it is told to
// let go.
func hold(path string) error {
	ctx := context.Background()
	_, store, err := openAt(ctx, path)
	if err != nil {
		return err
	}
	_, err = store.Update(ctx, graph.Provenance{Actor: "holder"}, func(tx graph.Tx) error {
		if _, err := tx.TakeRevision(ctx); err != nil {
			return err
		}
		fmt.Println("held")
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return err
	})
	fmt.Println("released")
	return err
}

func TestAnotherProcessThatWritesIsWaitedForAndThenNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db, store, err := openAt(t.Context(), path, sqlite.WithLockTimeout(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	other := start(t, "holder", path)
	other.expect(t, "held")

	take := func(tx graph.Tx) error {
		_, err := tx.TakeRevision(t.Context())
		return err
	}
	_, err = store.Update(t.Context(), graph.Provenance{}, take)
	if !errors.Is(err, graph.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("writing beside a writer: %v; want ErrLocked, and which file", err)
	}
	if r, err := store.Revision(t.Context()); err != nil || r != 0 {
		t.Errorf("reading beside a writer: revision %d, %v", r, err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Update(cancelled, graph.Provenance{}, take); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting is not cancelled: %v", err)
	}
	if _, err := io.WriteString(other.in, "\n"); err != nil {
		t.Fatal(err)
	}
	other.expect(t, "released")
	if r, err := store.Update(t.Context(), graph.Provenance{}, take); err != nil || r != 2 {
		t.Errorf("the write after the other's: revision %d, %v; want 2", r, err)
	}
}

// A load of so many transactions, each of so many records.
const (
	loadBatches = 12
	loadBatch   = 400
)

// loadUntilKilled is the process that loads, says which transactions it has
// committed, publishes and writes on.
func loadUntilKilled(path string) error {
	ctx := context.Background()
	_, store, err := openAt(ctx, path)
	if err != nil {
		return err
	}
	if _, err := store.BeginLoad(ctx); err != nil {
		return err
	}
	for n := range loadBatches {
		if err := writeBatch(ctx, store, n); err != nil {
			return err
		}
		fmt.Println(n)
	}
	if _, err := store.Publish(ctx, graph.Provenance{Actor: "loader"}); err != nil {
		return err
	}
	fmt.Println("published")
	for n := loadBatches; ; n++ {
		if err := writeBatch(ctx, store, n); err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// writeBatch writes the nth records, whose ids are the same in every process.
func writeBatch(ctx context.Context, store graph.Store, n int) error {
	next := testkit.IDs(uint64(n) + 1)
	_, err := store.Update(ctx, graph.Provenance{Actor: "loader"}, func(tx graph.Tx) error {
		r, err := tx.TakeRevision(ctx)
		if err != nil {
			return err
		}
		var heads []graph.Head
		var versions []graph.Version
		var changes []graph.GoldenChange
		var keys []graph.MatchKey
		for i := range loadBatch {
			id, local := next(), strconv.Itoa(n*loadBatch+i)
			heads = append(heads, graph.Head{Key: model.RecordKey{Source: "school", Kind: model.Person, LocalID: local}, Part: "persons",
				ID: id, Golden: id, Item: graph.Hash(id), Live: true, Revision: r})
			versions = append(versions, graph.Version{ID: id, Doc: []byte("document " + local)})
			changes = append(changes, graph.GoldenChange{
				New:      &graph.Golden{ID: id, Kind: model.Person, Revision: r, Disclosure: model.Open, State: graph.Live, Sort: []byte(local), Values: []byte(local)},
				NewTerms: []graph.Term{{Space: 1, Key: local, ID: id}}, NewLinks: []graph.Link{{To: id, Property: 1, From: id}},
			})
			keys = append(keys, graph.MatchKey{Key: uint64(i), Record: id})
		}
		return errors.Join(tx.PutHeads(ctx, heads), tx.AppendVersions(ctx, versions), tx.PutGoldens(ctx, changes), tx.PutMatchKeys(ctx, keys, nil))
	})
	return err
}

func TestAKilledLoaderLeavesWholeTransactionsAndCanBeResumed(t *testing.T) {
	for _, killedAfter := range []string{"0", "5", strconv.Itoa(loadBatches - 1), "published", strconv.Itoa(loadBatches + 2)} {
		t.Run("after "+killedAfter, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store.db")
			p := start(t, "loader", path)
			committed := 0
			for p.out.Scan() {
				line := p.out.Text()
				if line != "published" {
					committed++
				}
				if line == killedAfter {
					break
				}
			}
			if err := p.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = p.cmd.Wait()
			resume(t, path, committed)
		})
	}
}

// resume finishes what a killed loader began and compares it with what an
// uninterrupted one would have left.
func resume(t *testing.T, path string, committed int) {
	ctx := t.Context()
	db, store, err := openAt(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	heads := 0
	for _, err := range store.ScanHeads(ctx, "", "") {
		if err != nil {
			t.Fatal(err)
		}
		heads++
	}
	// What was acknowledged is there, and perhaps more: the loader went on until it
	// was killed, whatever had been read of it.
	if n := heads / loadBatch; heads%loadBatch != 0 || n < committed {
		t.Fatalf("%d heads after %d transactions of %d were acknowledged", heads, committed, loadBatch)
	}
	loading, err := store.Loading(ctx)
	if err != nil {
		t.Fatal(err)
	}
	done := heads / loadBatch
	if loading {
		if resumed, err := store.BeginLoad(ctx); err != nil || !resumed {
			t.Fatalf("resumed %v: %v", resumed, err)
		}
		for ; done < loadBatches; done++ {
			if err := writeBatch(ctx, store, done); err != nil {
				t.Fatal(err)
			}
		}
		if r, err := store.Publish(ctx, graph.Provenance{Actor: "again"}); err != nil || r != 1 {
			t.Fatalf("published as %d: %v", r, err)
		}
	}
	want := done * loadBatch
	goldens, listed, feed := 0, 0, 0
	for g, err := range store.Scan(ctx, model.KindUnknown, graph.WithValues) {
		if err != nil {
			t.Fatal(err)
		}
		if string(g.Values) != string(g.Sort) {
			t.Fatalf("golden record %s holds %q and sorts by %q", g.ID, g.Values, g.Sort)
		}
		goldens++
	}
	for _, err := range store.List(ctx, graph.ListQuery{Kind: model.Person, Disclosure: model.Open, Limit: want + 1}) {
		if err != nil {
			t.Fatal(err)
		}
		listed++
	}
	for _, err := range store.Changes(ctx, graph.ChangePosition{}, want+1) {
		if err != nil {
			t.Fatal(err)
		}
		feed++
	}
	if goldens != want || listed != want || feed != want {
		t.Errorf("%d golden records, %d listed, %d in the feed; want %d of each", goldens, listed, feed, want)
	}
}
