package sqlite

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

func bytesAt(p uintptr, n int32) []byte { return unsafe.Slice((*byte)(pointer(p)), n) }

func TestMemoryKeepsWhatIsInIt(t *testing.T) {
	tls := libc.NewTLS()
	defer tls.Close()
	r := rand.New(rand.NewPCG(1, 2))        //nolint:gosec // a test's sizes
	content := rand.NewChaCha8([32]byte{1}) //nolint:gosec // a test's bytes
	size := func() int32 {
		if n := []int32{leastHere, mostHere, 8 << 10}[r.IntN(3)]; r.IntN(2) == 0 {
			return n - 300 + r.Int32N(600) // about the limits of what is kept here
		}
		return 1 + r.Int32N(80_000)
	}
	type block struct {
		p    uintptr
		want []byte
	}
	var blocks []block
	fill := func(p uintptr, n int32) []byte {
		b := bytesAt(p, n)
		_, _ = content.Read(b) // never fails
		return slices.Clone(b)
	}
	for range 20_000 {
		switch at := r.IntN(len(blocks) + 1); {
		case at == len(blocks) || len(blocks) < 50 && r.IntN(3) == 0:
			n := size()
			p := allocate(tls, n)
			if got := sizeOf(tls, p); got != n || p%8 != 0 {
				t.Fatalf("%d bytes at %#x are %d", n, p, got)
			}
			blocks = append(blocks, block{p, fill(p, n)})
		case r.IntN(2) == 0:
			b, n := &blocks[at], size()
			b.p = resize(tls, b.p, n)
			kept := min(len(b.want), int(n))
			if !bytes.Equal(bytesAt(b.p, int32(kept)), b.want[:kept]) {
				t.Fatalf("resizing %d bytes to %d changed them", len(b.want), n)
			}
			b.want = fill(b.p, n)
		default:
			b := blocks[at]
			if !bytes.Equal(bytesAt(b.p, int32(len(b.want))), b.want) {
				t.Fatalf("%d bytes are not what was put there", len(b.want))
			}
			release(tls, b.p)
			blocks = slices.Delete(blocks, at, at+1)
		}
	}
	for _, b := range blocks {
		release(tls, b.p)
	}
}

func TestPagesLieSideBySide(t *testing.T) {
	tls := libc.NewTLS()
	defer tls.Close()
	const page, count = 8192 + 272, 600
	taken := make([]uintptr, count)
	near := 0
	for i := range taken {
		taken[i] = allocate(tls, page)
	}
	slices.Sort(taken)
	for i := range count - 1 {
		if taken[i+1]-taken[i] < page+2*sizeStep {
			near++
		}
	}
	if near < count*9/10 {
		t.Errorf("%d of %d pages have another next to them", near, count)
	}
	for _, p := range taken {
		release(tls, p)
	}
	again := allocate(tls, page)
	if !slices.Contains(taken, again) {
		t.Error("a page was not given what was free")
	}
	release(tls, again)
}

// The library is to use what is registered: its pages are found among the free
// ones when a connection has closed.
func TestTheLibraryTakesItsPagesHere(t *testing.T) {
	c, err := open(t.TempDir()+"/store.db", sqlite3.SQLITE_OPEN_READWRITE|sqlite3.SQLITE_OPEN_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"PRAGMA page_size = 8192", "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)"} {
		if err := c.exec(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	c.close()
	pages.mu.Lock()
	defer pages.mu.Unlock()
	for list := (8192 - leastHere) / sizeStep; list <= (8192+512-leastHere)/sizeStep; list++ {
		if pages.free[list] != 0 {
			return
		}
	}
	t.Error("no page of 8 KiB was taken")
}
