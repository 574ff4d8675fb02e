package audit_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

func newKeys(t testing.TB) *seal.Keyring {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func openStore(t testing.TB, db graph.Database, err error) graph.Store {
	t.Helper()
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
	return store
}

func newStore(t testing.TB) graph.Store {
	db, err := sqlite.Open(t.Context(), filepath.Join(testkit.Folder(t), "karna.db"))
	return openStore(t, db, err)
}

var ids = func() []model.EntityID {
	next := testkit.IDs(7)
	out := make([]model.EntityID, 5)
	for i := range out {
		out[i] = next()
	}
	return out
}()

// five appends five entries about one id each, and one with all.
func five(t testing.TB, l *audit.Log) {
	t.Helper()
	for i, id := range ids {
		e := audit.Entry{Actor: "åsa", Role: "steward", Operation: fmt.Sprint("look ", i), Purpose: "a case", Subjects: []model.EntityID{id, ids[0]}}
		if err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEntriesAreReadBackAsTheyWereWritten(t *testing.T) {
	l := audit.New(newStore(t), newKeys(t), testkit.NewClock().Now)
	five(t, l)
	n := int64(0)
	for r, err := range l.Entries(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		if r.Number != n || r.Actor != "åsa" || r.Role != "steward" || r.Operation != fmt.Sprint("look ", n-1) || r.Purpose != "a case" || r.Subjects[0] != ids[n-1] {
			t.Errorf("entry %d is %+v", n, r)
		}
	}
	if n != 5 {
		t.Errorf("%d entries, want 5", n)
	}
	var about []int64
	for r, err := range l.Of(t.Context(), ids[:1], 0, 3) {
		if err != nil {
			t.Fatal(err)
		}
		about = append(about, r.Number)
	}
	if !slices.Equal(about, []int64{5, 4, 3}) {
		t.Errorf("about the first id are %v, newest first, want 5, 4, 3", about)
	}
}

func TestTheAuditHoldsNoPersonalNumber(t *testing.T) {
	store := newStore(t)
	l := audit.New(store, newKeys(t), nil)
	for _, number := range []string{"18900101-2398", "189001012398", "900101+2398", "9001012398", "010190+1239", "18900101 2398"} {
		e := audit.Entry{Actor: "actor " + number, Operation: "op", Purpose: "asked by " + number + " himself"}
		if err := l.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for e, err := range store.AuditEntries(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(e.Body), "239") || !strings.Contains(string(e.Body), "himself") {
			t.Errorf("the audit keeps %s", e.Body)
		}
	}
}

// changed is a store whose audit somebody has had hands on.
type changed struct {
	graph.Store
	entries []graph.AuditEntry
	head    graph.AuditHead
}

type reader struct {
	graph.Reader
	of *changed
}

func (c *changed) Snapshot(context.Context) (graph.Reader, func(), error) {
	return reader{c.Store, c}, func() {}, nil
}
func (r reader) AuditHead(context.Context) (graph.AuditHead, error) { return r.of.head, nil }
func (r reader) AuditEntries(context.Context, int64, int) iter.Seq2[graph.AuditEntry, error] {
	return func(yield func(graph.AuditEntry, error) bool) {
		for _, e := range r.of.entries {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func snapshotOf(t *testing.T, store graph.Store) *changed {
	t.Helper()
	c := &changed{Store: store}
	for e, err := range store.AuditEntries(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		c.entries = append(c.entries, e)
	}
	var err error
	if c.head, err = store.AuditHead(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVerifySaysWhereTheChainIsBroken(t *testing.T) {
	store, keys := newStore(t), newKeys(t)
	five(t, audit.New(store, keys, nil))
	early := snapshotOf(t, store).head
	five(t, audit.New(store, keys, nil))
	renumber := func(entries []graph.AuditEntry) {
		for i := range entries {
			entries[i].Number = int64(i + 1)
		}
	}
	for _, test := range []struct {
		name   string
		tamper func(c *changed)
		want   []string
	}{
		{"nothing", func(*changed) {}, nil},
		{"a body", func(c *changed) { c.entries[3].Body = []byte(`{"actor":"x","operation":"y"}`) }, []string{"4 changed"}},
		{"a body and its digest", func(c *changed) {
			c.entries[3].Body, c.entries[3].Digest = c.entries[2].Body, c.entries[2].Digest
			c.entries[3].Salt = c.entries[2].Salt
		}, []string{"4 changed"}},
		{"a body taken away with its salt left", func(c *changed) { c.entries[3].Body = nil }, []string{"4 changed"}},
		{"the time", func(c *changed) { c.entries[3].At = c.entries[3].At.Add(1) }, []string{"4 changed"}},
		{"a subject", func(c *changed) { c.entries[3].Subjects[0].ID = ids[0] }, []string{"4 changed"}},
		{"a subject's digest", func(c *changed) { c.entries[3].Subjects[0] = c.entries[3].Subjects[1] }, []string{"4 changed"}},
		{"a subject that is not there", func(c *changed) { c.entries[3].Subjects = c.entries[3].Subjects[:1] }, []string{"4 changed"}},
		{"one removed", func(c *changed) { c.entries = slices.Delete(c.entries, 3, 4) }, []string{"4 removed"}},
		{"one removed and the rest renumbered", func(c *changed) {
			c.entries = slices.Delete(c.entries, 3, 4)
			renumber(c.entries)
		}, []string{"4 removed", "10 truncated"}},
		{"one put in and the rest renumbered", func(c *changed) {
			c.entries = slices.Insert(c.entries, 3, c.entries[1])
			renumber(c.entries)
		}, []string{"4 inserted", "11 inserted"}},
		{"one put at the end", func(c *changed) {
			e := c.entries[9]
			e.Number = 11
			c.entries = append(c.entries, e)
		}, []string{"11 changed", "11 inserted"}},
		{"two in each other's place", func(c *changed) {
			c.entries[3], c.entries[4] = c.entries[4], c.entries[3]
			c.entries[3].Number, c.entries[4].Number = 4, 5
		}, []string{"4 inserted", "6 removed"}},
		{"the end cut off", func(c *changed) { c.entries = c.entries[:8] }, []string{"9 truncated"}},
		{"the end cut off and the head made to fit", func(c *changed) {
			c.entries = c.entries[:8]
			c.head.Number, c.head.Link = 8, c.entries[7].Link
		}, []string{"8 resealed"}},
		{"all of it", func(c *changed) { c.entries = nil }, []string{"1 truncated"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := snapshotOf(t, store)
			test.tamper(c)
			v, err := audit.New(c, keys, nil).Verify(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, b := range v.Broken {
				got = append(got, fmt.Sprint(b.Number, " ", b.What))
			}
			if slices.Sort(got); !sameSet(got, test.want) {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
	t.Run("the whole store put back to an earlier day", func(t *testing.T) {
		c := snapshotOf(t, store)
		anchor := &audit.Anchor{Number: c.head.Number, Link: hex.EncodeToString(c.head.Link[:])}
		if v, err := audit.New(c, keys, nil).Verify(t.Context(), anchor); err != nil || !v.OK() {
			t.Errorf("the store as it is: %+v, %v", v, err)
		}
		c.entries, c.head = c.entries[:5], early
		if v, err := audit.New(c, keys, nil).Verify(t.Context(), nil); err != nil || !v.OK() {
			t.Errorf("an earlier day's store by itself: %+v, %v", v, err)
		}
		v, err := audit.New(c, keys, nil).Verify(t.Context(), anchor)
		if err != nil || len(v.Broken) != 1 || v.Broken[0].What != audit.Truncated {
			t.Errorf("an earlier day's store: %+v, %v; want it truncated", v, err)
		}
	})
	t.Run("another keyring", func(t *testing.T) {
		v, err := audit.New(store, newKeys(t), nil).Verify(t.Context(), nil)
		if err != nil || v.OK() {
			t.Errorf("a chain is right under another key: %+v, %v", v, err)
		}
	})
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func TestErasureLeavesTheChainWhole(t *testing.T) {
	store, keys := newStore(t), newKeys(t)
	l := audit.New(store, keys, nil)
	five(t, l)
	_, err := store.Update(t.Context(), graph.Provenance{}, func(tx graph.Tx) error {
		_, err := tx.EraseAudit(t.Context(), ids[:1])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := l.Verify(t.Context(), nil)
	if err != nil || !v.OK() || v.Erased != 5 {
		t.Errorf("after an erasure: %+v, %v; want a whole chain with 5 subjects erased", v, err)
	}
	five(t, l)
	if v, err = l.Verify(t.Context(), nil); err != nil || !v.OK() || v.Entries != 10 {
		t.Errorf("after the erasure it goes on: %+v, %v", v, err)
	}
}

func TestNothingIsAddedToAChainThatWasCut(t *testing.T) {
	store, keys := newStore(t), newKeys(t)
	five(t, audit.New(store, keys, nil))
	err := audit.New(store, newKeys(t), nil).Append(t.Context(), audit.Entry{Actor: "a", Operation: "b"})
	if err == nil || !strings.Contains(err.Error(), audit.ErrSeal.Error()) {
		t.Errorf("appending to a chain with another seal: %v", err)
	}
}

// counted counts the transactions of the audit.
type counted struct {
	graph.Store
	n    atomic.Int64
	gate chan struct{}
}

func (c *counted) Audit(ctx context.Context, next graph.AuditAppend) error {
	c.n.Add(1)
	<-c.gate
	return c.Store.Audit(ctx, next)
}

func TestWhoWaitsIsWrittenTogether(t *testing.T) {
	store := &counted{Store: newStore(t), gate: make(chan struct{})}
	keys := newKeys(t)
	l := audit.New(store, keys, nil)
	const callers = 50
	var wait sync.WaitGroup
	call := func() {
		wait.Go(func() {
			if err := l.Append(t.Context(), audit.Entry{Actor: "a", Operation: "b", Subjects: ids[:1]}); err != nil {
				t.Error(err)
			}
		})
	}
	call()
	for store.n.Load() == 0 {
		runtime.Gosched() // until it is being written
	}
	for range callers - 1 {
		call()
	}
	for audit.Waiting(l) < callers-1 {
		runtime.Gosched() // until all others wait
	}
	close(store.gate)
	wait.Wait()
	if n := store.n.Load(); n != 2 {
		t.Errorf("%d callers were written in %d transactions, want 2", callers, n)
	}
	if v, err := l.Verify(t.Context(), nil); err != nil || !v.OK() || v.Entries != callers {
		t.Errorf("%+v, %v", v, err)
	}
}

// The store of the program that is killed: a folder with its keys, and a DSN or none.
const (
	childEnv    = "KARNA_AUDIT_TEST_STORE"
	childDSNEnv = "KARNA_AUDIT_TEST_DSN"
)

// openAt opens the store that a child and its parent share.
func openAt(t testing.TB, dir, dsn string) graph.Store {
	t.Helper()
	if dsn != "" {
		db, err := postgres.Open(t.Context(), dsn)
		return openStore(t, db, err)
	}
	db, err := sqlite.Open(t.Context(), filepath.Join(dir, "karna.db"))
	return openStore(t, db, err)
}

// TestChildAppends is the program that is killed.
func TestChildAppends(t *testing.T) {
	dir := os.Getenv(childEnv)
	if dir == "" {
		t.Skip("only as a child of TestWhatWasAppendedSurvivesAKill")
	}
	store := openAt(t, dir, os.Getenv(childDSNEnv))
	keys, err := seal.Load(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	l := audit.New(store, keys, nil)
	for i := 0; ; i++ {
		if err := l.Append(t.Context(), audit.Entry{Actor: "a", Operation: "b", Subjects: ids}); err != nil {
			t.Fatal(err)
		}
		fmt.Println("durable", i+1)
	}
}

func TestWhatWasAppendedSurvivesAKill(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killWhileAppending(t, "") })
	t.Run("postgres", func(t *testing.T) { killWhileAppending(t, testkit.Postgres(t)) })
}

func killWhileAppending(t *testing.T, dsn string) {
	dir := t.TempDir()
	keys := newKeys(t)
	if err := keys.Save(filepath.Join(dir, "keys.json")); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestChildAppends$", "-test.v")
	child.Env = append(os.Environ(), childEnv+"="+dir, childDSNEnv+"="+dsn)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := int64(0)
	killed := false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var n int64
		if _, err := fmt.Sscanf(lines.Text(), "durable %d", &n); err == nil {
			said = n
		}
		if said >= 40 && !killed {
			killed = true
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, _ = io.Copy(io.Discard, out)
	_ = child.Wait()
	l := audit.New(openAt(t, dir, dsn), keys, nil)
	v, err := l.Verify(t.Context(), nil)
	if err != nil || !v.OK() || said < 40 || v.Entries < said {
		t.Errorf("of %d entries said to be durable the store has %+v, %v", said, v, err)
	}
	if err := l.Append(t.Context(), audit.Entry{Actor: "a", Operation: "b"}); err != nil {
		t.Errorf("after the kill the chain does not go on: %v", err)
	}
}
