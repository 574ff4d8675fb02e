package seal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// saved is a keyring in a file, and a second process's.
func saved(t testing.TB) (k, other *Keyring, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "keys.json")
	made, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	if err := made.Save(path); err != nil {
		t.Fatal(err)
	}
	if k, err = Load(path); err != nil {
		t.Fatal(err)
	}
	if other, err = Load(path); err != nil {
		t.Fatal(err)
	}
	return k, other, path
}

func TestHashesArePutUnderAnotherKeyAsTheyWouldBeMade(t *testing.T) {
	k, other, path := saved(t)
	type made struct {
		hashes [domains][16]byte
		keys   [100]uint64
	}
	of := func(k *Keyring) (m made) {
		for d := range m.hashes {
			m.hashes[d] = k.HashStrings(Domain(d), "191212121212")
			if h := k.Hash(Domain(d), []byte("191212121212")); h != m.hashes[d] {
				t.Fatalf("domain %d: two ways to hash give %x and %x", d, h, m.hashes[d])
			}
		}
		for i := range m.keys {
			m.keys[i] = k.MatchKey("personnummer", string(rune(i)))
		}
		return m
	}
	under := []made{of(k)}
	numbers := []uint32{0}
	for i := range 2 {
		n, err := k.AddHashKey(time.Unix(1, 0))
		if numbers = append(numbers, n); err != nil || n == numbers[i] || !slices.Equal(k.HashKeys(), numbers[i:]) {
			t.Fatal(numbers, k.HashKeys(), err)
		}
		if got := of(k); got != under[i] {
			t.Fatal("a key that is only added changes hashes")
		}
		if err := other.UseHashKey(n); err != nil { // it has not read the file since
			t.Fatal(err)
		}
		now := of(other)
		re, err := k.Rehash(numbers[i], n)
		if err != nil {
			t.Fatal(err)
		}
		for d := range now.hashes {
			former, differs := under[i].hashes[d], slices.Contains(rehashed, Domain(d)) && Domain(d) != DomainMatch
			if got := re.Hash(Domain(d), former); got != now.hashes[d] {
				t.Errorf("domain %d: put under key %d a hash is %x and not %x", d, n, got, now.hashes[d])
			}
			if (former != now.hashes[d]) != differs {
				t.Errorf("domain %d: another key changes it: %v", d, !differs)
			}
		}
		seen := map[uint64]bool{}
		for j, key := range under[i].keys {
			if got := re.MatchKey(key); got != now.keys[j] || got == key {
				t.Errorf("put under key %d, %x is %x and not %x", n, key, got, now.keys[j])
			}
			seen[now.keys[j]] = true
		}
		if len(seen) != len(now.keys) {
			t.Errorf("of %d matching keys %d are left", len(now.keys), len(seen))
		}
		both, err := other.MatchKeys(false, func(h func(...string) uint64) uint64 { return h("personnummer", "\x00") })
		if want := []uint64{under[i].keys[0], now.keys[0]}; err != nil || !slices.Equal(both, want) {
			t.Errorf("asked for are %x, want %x (%v)", both, want, err)
		}
		if err := k.UseHashKey(n); err != nil {
			t.Fatal(err)
		}
		if err := k.RemoveHashKeysBefore(n); err != nil || !slices.Equal(k.HashKeys(), []uint32{n}) {
			t.Fatal(k.HashKeys(), err)
		}
		fresh, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := of(fresh); got != now {
			t.Error("a keyring that is read again hashes otherwise")
		}
		if err := fresh.UseHashKey(numbers[i]); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("a key that was taken out is used: %v", err)
		}
		anew, err := other.MatchKeys(true, func(h func(...string) uint64) uint64 { return h("personnummer", "\x00") })
		if err != nil || !slices.Equal(anew, []uint64{now.keys[0]}) {
			t.Errorf("asked for anew are %x, want %x (%v)", anew, now.keys[0], err)
		}
		under = append(under, now)
	}
	if err := k.RemoveHashKeysBefore(9); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("keep what is not there: %v", err)
	}
}

// TestAKeysNumberIsNoPersonalNumber: of ten digits, one in some hundreds would look like one
// in the store's rows and in what is told of a rotation.
func TestAKeysNumberIsNoPersonalNumber(t *testing.T) {
	k, _, _ := saved(t)
	for range 20 {
		if n, err := k.AddHashKey(time.Unix(1, 0)); err != nil || n >= 1_000_000_000 {
			t.Fatal(n, err)
		}
	}
}

// TestAKeyringIsChangedByOneAtATime: what a process that was killed has left stops
// nobody, and one that is at it does.
func TestAKeyringIsChangedByOneAtATime(t *testing.T) {
	k, other, path := saved(t)
	if err := os.WriteFile(path+".new", bytes.Repeat([]byte("left "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := k.AddHashKey(time.Unix(1, 0)); err != nil {
		t.Errorf("after one that was killed: %v", err)
	}
	if again, err := Load(path); err != nil || !slices.Equal(again.HashKeys(), k.HashKeys()) {
		t.Errorf("the file reads as %v, %v", again, err)
	}
	f, alone, err := openAlone(path + ".new")
	if err != nil || !alone {
		t.Fatal(alone, err)
	}
	if _, err := other.AddHashKey(time.Unix(1, 0)); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("beside one that is at it: %v", err)
	}
	// It is done: the file that was locked is the keyring itself by now.
	if err := errors.Join(os.Rename(path+".new", path+".other"), f.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.AddHashKey(time.Unix(1, 0)); err != nil || len(other.HashKeys()) != 3 {
		t.Errorf("after it: %v, %v", other.HashKeys(), err)
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file is left: %v", err)
	}
}

func BenchmarkMatchKey(b *testing.B) {
	for i, name := range []string{"root", "key"} {
		k, _, _ := saved(b)
		if i > 0 {
			id, err := k.AddHashKey(time.Unix(1, 0))
			if err == nil {
				err = k.UseHashKey(id)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				k.MatchKey("person", "personnummer", "191212121212")
			}
		})
		b.Run(name+"/item", func(b *testing.B) {
			data := make([]byte, 300)
			b.ReportAllocs()
			for b.Loop() {
				k.Hash(DomainItem, data)
			}
		})
	}
}
