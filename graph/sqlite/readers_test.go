package sqlite

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/karna-registry/karna/graph/relational"
)

// engineAt is a migrated engine in a file of its own.
func engineAt(t *testing.T) *engine {
	t.Helper()
	e := &engine{}
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "store.db"), func(opened *engine) { e = opened })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return e
}

// However many read at a time, few connections have a page cache, and nobody waits
// for one that does not come back.
func TestReadersAreFewAndNobodyIsStuck(t *testing.T) {
	e := engineAt(t)
	lent := make([]relational.Session, readers)
	for i := range lent {
		s, err := e.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		lent[i] = s
	}
	stays, err := e.Snapshot(t.Context()) // not one of them
	if err != nil {
		t.Fatal(err)
	}
	extra, err := e.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if as := extra.(*session).as; as != lentExtra {
		t.Errorf("the reader after %d was lent as %d", readers, as)
	}
	extra.Release()
	lent[0].Release()
	again, err := e.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if as := again.(*session).as; as != lentToRead {
		t.Errorf("a reader that had come back was lent as %d", as)
	}
	lent[0] = again
	for _, s := range lent {
		s.Release()
	}
	stays.Release()
	if n := len(e.free); n > readers {
		t.Errorf("%d readers are kept, of %d", n, readers)
	}
}

func TestManyReadersTakeTurns(t *testing.T) {
	e := engineAt(t)
	var wg sync.WaitGroup
	for range 8 * readers {
		wg.Go(func() {
			for range 20 {
				s, err := e.Read(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				s.Release()
			}
		})
	}
	wg.Wait()
	if len(e.reading) != 0 || len(e.free) > readers {
		t.Errorf("%d readers are lent and %d kept when all are done", len(e.reading), len(e.free))
	}
}

// The writer's cache grows while much is written and is given back afterwards.
func TestTheWritersCacheFollowsWhatItWrites(t *testing.T) {
	e := engineAt(t)
	var aside int64
	commit := func(rows int) {
		t.Helper()
		s, err := e.Write(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer s.Release()
		c := s.(*session).conn
		if err := c.exec(t.Context(), "CREATE TABLE IF NOT EXISTS filled (a INTEGER)"); err != nil {
			t.Fatal(err)
		}
		for range rows {
			if err := c.exec(t.Context(), "INSERT INTO filled VALUES (1)"); err != nil {
				t.Fatal(err)
			}
		}
		s.(*session).aside = aside
		if err := s.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	cache := func() int64 {
		t.Helper()
		n, err := e.writer.integer("PRAGMA cache_size")
		if err != nil {
			t.Fatal(err)
		}
		return -n / 1024
	}
	commit(10)
	if n := cache(); n != 8 {
		t.Errorf("after a small transaction it has %d MB", n)
	}
	aside = 1
	commit(bulk)
	if n := cache(); n != 8 {
		t.Errorf("after a transaction that is large by a row of the audit it has %d MB", n)
	}
	aside = 0
	commit(bulk)
	if n := cache(); n != 128 {
		t.Errorf("after a large transaction it has %d MB", n)
	}
	for range calm {
		commit(1)
	}
	if n := cache(); n != 8 {
		t.Errorf("after %d small transactions it has %d MB", calm, n)
	}
}
