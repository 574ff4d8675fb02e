package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/testkit/synth"
)

// numbered are some persons of a delivery: their numbers and family names.
func numbered(text string, n int) (numbers, names []string) {
	columns := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		cells := strings.Split(strings.TrimSpace(line), ";")
		if i == 0 {
			for at, name := range cells {
				columns[name] = at
			}
			continue
		}
		if cells[columns["typ"]] != "P" || cells[columns["personnummer"]] == "" {
			continue
		}
		numbers, names = append(numbers, cells[columns["personnummer"]]), append(names, cells[columns["efternamn"]])
		if len(numbers) == n {
			break
		}
	}
	return numbers, names
}

// hashKeys are the numbers of the hash keys in keys.json, and of the one that the
// store's hashes are under.
func (s *crashSite) hashKeys() (ids []uint32, under int64) {
	s.t.Helper()
	o := s.open()
	defer func() { _ = o.close() }()
	basis, err := o.store.Basis(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return o.keys.HashKeys(), basis.HashKey
}

// TestHashKeyIsRotatedWhileServed rotates it beside a server that was there before,
// killed at random points and run again: whoever asks by a number is answered as
// before, all along; every kill leaves all hashes under one key; and the same
// delivery is the same afterwards.
func TestHashKeyIsRotatedWhileServed(t *testing.T) {
	records := 12_000
	if testing.Short() || raceDetector {
		records = 3_000
	}
	var text strings.Builder
	if err := synth.Write(&text, synth.Options{Records: records, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	numbers, names := numbered(text.String(), 20)
	if len(numbers) < 20 {
		t.Fatalf("%d persons have a number", len(numbers))
	}
	onEngines(t, func(t *testing.T, newStore func(t *testing.T) string) {
		rng := rand.New(rand.NewPCG(crashSeed, 2))
		site := newCrashSite(t, newStore(t), [2]string{text.String()})
		site.ingest(0)
		want := site.canonical()
		address, _ := served(t, site.dir, "serve", "--listen", "127.0.0.1:0", "--as", "steward", "--scope", "restricted:read,identifier:lookup", "--purpose", "prov")
		find := func(i int) (string, bool) {
			query := fmt.Sprintf(`{"query": "{ personByIdentifier(scheme: \"personnummer\", value: \"%s\") { familyName } }"}`, numbers[i])
			resp, err := http.Post(address+"/graphql", "application/json", strings.NewReader(query))
			if err != nil {
				return err.Error(), false
			}
			answer, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			return string(answer), err == nil && strings.Contains(string(answer), `"`+names[i]+`"`)
		}
		for i := range numbers {
			if answer, ok := find(i); !ok {
				t.Fatalf("before anything %s is answered with %s", names[i], answer)
			}
		}
		var asked atomic.Int64
		end, ended := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(ended)
			for i := 0; ; i = (i + 1) % len(numbers) {
				select {
				case <-end:
					return
				default:
				}
				if answer, ok := find(i); !ok {
					t.Errorf("while the key is rotated %s is answered with %s", names[i], answer)
					return
				}
				asked.Add(1)
			}
		}()
		hits, former := 0, int64(0)
		for round := range 3 {
			for killed := 0; ; killed++ {
				cmd := command(t, site.dir, "keys", "rotate", "--index")
				var said strings.Builder
				cmd.Stderr = &said
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if killed < killsInARow {
					site.look(rng.IntN(1_500))
					_ = cmd.Process.Kill() // fails if it is through
				}
				err := cmd.Wait()
				if err != nil && killed >= killsInARow {
					t.Fatalf("the rotation that nobody killed: %v\n%s", err, said.String())
				}
				ids, under := site.hashKeys()
				if !slices.Contains(ids, uint32(under)) || len(ids) > 2 {
					t.Fatalf("round %d: of the keys %v the store's hashes are under %d", round, ids, under)
				}
				if err == nil {
					if len(ids) != 1 || under == former {
						t.Fatalf("round %d: rotated, the keys are %v, and the store's hashes under %d", round, ids, under)
					}
					former = under
					break
				}
				hits++
				karna(t, site.dir, "verify")
			}
		}
		close(end)
		<-ended
		if hits == 0 {
			t.Error("no kill hit a running rotation: the kill points lie too late")
		}
		if asked.Load() == 0 {
			t.Error("nobody asked meanwhile")
		}
		if d := differ(want, site.canonical()); d != "" {
			t.Errorf("rotated, the state is another: %s", d)
		}
		if again := site.ingest(0); again.State != graph.Done || again.Counts.Unchanged != again.Counts.Items || again.Counts.Items < int64(records) {
			t.Errorf("the same delivery again is %+v", again.Counts)
		}
		site.verify()
		karna(t, site.dir, "audit", "verify")
	})
}
