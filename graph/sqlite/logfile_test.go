package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/sqlite"
)

// appendAudit appends n entries, each in a transaction of its own.
func appendAudit(t *testing.T, store graph.Store, n int, after func()) {
	t.Helper()
	for range n {
		err := store.Audit(t.Context(), func(head graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
			head.Number++
			head.Link, head.Seal = graph.Hash{byte(head.Number)}, graph.Hash{1}
			return []graph.AuditEntry{{Number: head.Number, Link: head.Link, Digest: graph.Hash{2}, Body: []byte("body")}}, head, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		after()
	}
}

func openTenant(t *testing.T, path string) (*sqlite.DB, graph.Store) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path)
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
	return db, store
}

// A log that grows with every transaction is synced with its length each time.
func TestTheLogGrowsAheadOfSmallTransactions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "karna.db")
	_, store := openTenant(t, path)
	lengths := map[int64]bool{}
	const transactions = 100
	appendAudit(t, store, transactions, func() {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		lengths[info.Size()] = true
	})
	if len(lengths) > 8 {
		t.Errorf("%d transactions made the log longer %d times", transactions, len(lengths))
	}
}

// What lies behind the log's last frame is no part of it: files as a power cut
// leaves them are read to the last transaction, and go on from there.
func TestWhatTheLogHasGrownAheadIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "karna.db")
	_, store := openTenant(t, path)
	for _, want := range []int{1, 40} {
		appendAudit(t, store, want-count(t, store), func() {})
		copied := filepath.Join(t.TempDir(), "karna.db")
		for _, suffix := range []string{"", "-wal"} {
			body, err := os.ReadFile(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if suffix != "" && body[len(body)-1] != 0 {
				t.Errorf("the log of %d bytes is full", len(body))
			}
			if err := os.WriteFile(copied+suffix, body, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, again := openTenant(t, copied)
		if n := count(t, again); n != want {
			t.Errorf("the copy has %d entries, want %d", n, want)
		}
		appendAudit(t, again, 1, func() {})
		if n := count(t, again); n != want+1 {
			t.Errorf("the copy goes on to %d entries, want %d", n, want+1)
		}
	}
}

func count(t *testing.T, store graph.Store) (n int) {
	t.Helper()
	for e, err := range store.AuditEntries(t.Context(), 0, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; e.Number != int64(n) {
			t.Fatal(fmt.Errorf("entry %d has number %d", n, e.Number))
		}
	}
	return n
}
