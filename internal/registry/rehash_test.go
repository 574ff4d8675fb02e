package registry_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// processes are worlds over one store, each of which has read the keyring's file for
// itself, as processes do.
func processes(tb testing.TB, store graph.Store, n int) (worlds []*world, keys []*seal.Keyring, path string) {
	tb.Helper()
	made, err := seal.Generate()
	if err != nil {
		tb.Fatal(err)
	}
	path = filepath.Join(tb.TempDir(), "keys.json")
	if err := made.Save(path); err != nil {
		tb.Fatal(err)
	}
	for range n {
		k, err := seal.Load(path)
		if err != nil {
			tb.Fatal(err)
		}
		worlds = append(worlds, &world{store: store, registry: registryWith(tb, store, k, worldMapping)})
		keys = append(keys, k)
	}
	return worlds, keys, path
}

// lookedUp is who is found by each number, by the keys of the live records that they are.
func (w *world) lookedUp(t fatalf) string {
	ctx := context.Background()
	view := access.New(access.Deps{
		Store: w.store, Unsealer: w.registry, Keyer: w.registry, Auditor: access.Unaudited,
		Sources: map[model.Source]access.Source{"a": {Authority: "Nämnden a"}, "b": {Authority: "Nämnden b"}},
	}).View(access.Rights{Role: access.Admin, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead, access.IdentifierLookup}, Purpose: "prov"})
	var lines []string
	for _, number := range worldNumbers {
		found, err := view.ByIdentifier(ctx, model.Person, model.Personnummer, number)
		if err != nil {
			t.Fatalf("look up: %v", err)
		}
		for _, e := range found {
			var keys []string
			for h, err := range w.store.HeadsOf(ctx, []model.EntityID{e.ID}) {
				if err != nil {
					t.Fatalf("heads: %v", err)
				}
				if h.Live { // with whom evidence leaves one that is gone depends on when it was weighed
					keys = append(keys, h.Key.String())
				}
			}
			slices.Sort(keys)
			lines = append(lines, fmt.Sprint(number, " is ", keys))
		}
	}
	return strings.Join(lines, "\n")
}

// TestAnswersAreThoseOfAStoreWhoseHashesKeptTheirKey: whatever order deliveries,
// look-ups, erasures and the steps of putting hashes under another key come in, each
// by one or another of two processes, with the putting cut off anywhere and begun
// again, everything is as in a store that kept its key.
func TestAnswersAreThoseOfAStoreWhoseHashesKeptTheirKey(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		ctx := context.Background()
		kept, rotated := fresh(), fresh()
		worlds, keys, path := processes(t, rotated.store, 2)
		for _, r := range []*registry.Registry{kept.registry, worlds[0].registry, worlds[1].registry} {
			registry.CommitEvery(r, 3)
		}
		events := drawEvents(rt)
		matched := rapid.Bool().Draw(rt, "matched")
		first := events[0]
		for _, w := range []*world{kept, worlds[0]} { // a first load has nothing to put under another key
			w.deliver(rt, []event{first})
			if matched {
				must(w.registry.Resolve(ctx, model.Person, registry.ResolveOptions{}))
			}
		}
		some := func() (*world, *seal.Keyring) {
			i := rapid.IntRange(0, 1).Draw(rt, "process")
			return worlds[i], keys[i]
		}
		unfinished := false
		same := func(after string) {
			w, _ := some()
			if matched && unfinished {
				// Nothing is matched by evidence until the index is there again.
				if diff := cmp.Diff(numbersIn(kept.lookedUp(rt)), numbersIn(w.lookedUp(rt))); diff != "" {
					rt.Fatalf("after %s others are found by their number (-kept +rotated):\n%s", after, diff)
				}
				return
			}
			if diff := cmp.Diff(kept.lookedUp(rt), w.lookedUp(rt)); diff != "" {
				rt.Fatalf("after %s others are found by their number (-kept +rotated):\n%s", after, diff)
			}
			if diff := cmp.Diff(kept.pairs(rt)+"\n\n"+kept.partition(rt), w.pairs(rt)+"\n\n"+w.partition(rt)); diff != "" {
				rt.Fatalf("after %s others are one by evidence (-kept +rotated):\n%s", after, diff)
			}
			if matched && kept.persons(rt) != w.persons(rt) {
				// One that came and went while the index was away is with nobody, and so is the
				// protection that it stated; pairs of what is gone stay as the model of then had it.
				return
			}
			if diff := cmp.Diff(kept.canonical(rt), w.canonical(rt)); diff != "" {
				rt.Fatalf("after %s the state is another (-kept +rotated):\n%s", after, diff)
			}
		}
		// finished is when the index is there again. A rotation is a run over all, and while
		// the index is away no delivery makes one, so that the model may have been fitted
		// anew in one store alone: then it is in both, to the records of now
		// (TestWhoIsOneDependsOnWhenTheModelWasFitted).
		finished := func(w *world) {
			if matched && !bytes.Equal(encoded(rt, kept.storedModel(rt)), encoded(rt, w.storedModel(rt))) {
				kept.resolve(rt, registry.ResolveOptions{Refit: true})
				w.resolve(rt, registry.ResolveOptions{Refit: true})
			}
			unfinished = false
		}
		for rest := events[1:]; len(rest) > 0; {
			w, k := some()
			switch step := rapid.IntRange(0, 9).Draw(rt, "step"); step {
			case 0:
				must(w.registry.AddHashKey(ctx, "Åsa"))
				same("a key was added")
			case 1:
				if ids := k.HashKeys(); len(ids) > 1 && unfinished {
					continue // it is at its end, and goes on from there
				}
				if err := registry.RehashAll(ctx, w.registry); err != nil {
					rt.Fatalf("rehash: %v", err)
				}
				unfinished = true
				same("hashes were put under the key")
			case 2:
				cut, stop := context.WithCancel(ctx)
				steps := rapid.IntRange(0, 6).Draw(rt, "cut off after")
				_, err := w.registry.RotateHashKey(cut, "Åsa", func(string, int64) {
					if steps--; steps < 0 {
						stop()
					}
				})
				stop()
				switch {
				case err == nil:
					finished(w)
				case !errors.Is(err, context.Canceled):
					rt.Fatalf("cut off: %v", err)
				case matched:
					unfinished = true
				}
				same("a rotation was cut off")
			case 3:
				if _, err := w.registry.RotateHashKey(ctx, "Åsa", nil); err != nil {
					rt.Fatalf("rotate: %v", err)
				}
				finished(w)
				if n := len(must(seal.Load(path)).HashKeys()); n != 1 {
					rt.Fatalf("%d hash keys are left", n)
				}
				same("a rotation")
			case 4:
				same("nothing")
			case 5: // the same again: nothing is news
				again := events[:len(events)-len(rest)]
				a, b := kept.deliverRows(rt, again[0].source, again[:1]), w.deliverRows(rt, again[0].source, again[:1])
				if a.Counts != b.Counts {
					rt.Fatalf("delivered again, a row is %+v, want %+v", b.Counts, a.Counts)
				}
			case 6: // what was erased is held when it comes again
				id, other := kept.headOf(rt, first), w.headOf(rt, first)
				if id.IsZero() || matched && (unfinished || kept.persons(rt) != w.persons(rt)) {
					continue
				}
				a, errA := registry.EraseAndSearch(ctx, kept.registry, erase(id))
				b, errB := registry.EraseAndSearch(ctx, w.registry, erase(other))
				if errA != nil || errB != nil || len(a.Records) != len(b.Records) || !b.Proof.OK() {
					rt.Fatalf("erased %+v, %v; want %+v, %v", b, errB, a, errA)
				}
				same("an erasure")
			default:
				a := kept.deliverRows(rt, rest[0].source, rest[:1])
				b := w.deliverRows(rt, rest[0].source, rest[:1])
				if a.Counts != b.Counts {
					rt.Fatalf("delivered are %+v, want %+v", b.Counts, a.Counts)
				}
				rest = rest[1:]
				same("a delivery")
			}
		}
		w, _ := some()
		if _, err := w.registry.RotateHashKey(ctx, "Åsa", nil); err != nil {
			rt.Fatalf("rotate: %v", err)
		}
		finished(w)
		same("all")
		w.verified(rt)
	})
}

// numbersIn are the numbers that somebody is found by.
func numbersIn(lookedUp string) (out []string) {
	for line := range strings.Lines(lookedUp) {
		number, _, _ := strings.Cut(line, " ")
		out = append(out, number)
	}
	return slices.Compact(out)
}

// headOf is the id of the record of an event; zero when it is none of a person that
// is there.
func (w *world) headOf(t fatalf, e event) model.EntityID {
	heads, err := w.store.Heads(context.Background(), []model.RecordKey{{Source: model.Source(e.source), Kind: model.Person, LocalID: strings.Split(e.row, ";")[1]}})
	if err != nil {
		t.Fatalf("heads: %v", err)
	}
	return heads[0].ID
}

// persons is which of them are one, by their keys, also those that are gone.
func (w *world) persons(t fatalf) string {
	of := map[model.EntityID][]string{}
	for h, err := range w.store.ScanHeads(context.Background(), "", "") {
		if err != nil {
			t.Fatalf("heads: %v", err)
		}
		if h.Key.Kind == model.Person {
			of[h.Golden] = append(of[h.Golden], h.Key.String())
		}
	}
	var lines []string
	for _, keys := range of {
		slices.Sort(keys)
		lines = append(lines, strings.Join(keys, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// verified wants a rebuild to change nothing.
func (w *world) verified(t fatalf) {
	if rep, err := w.registry.Verify(context.Background(), nil); err != nil || rep.Changed != 0 {
		t.Fatalf("a rebuild would change %d golden records, %v", rep.Changed, err)
	}
}

// storedKey is what a matching key is stored as: but for the first byte, which an
// engine's order of numbers changes.
func storedKey(k uint64) []byte { return binary.BigEndian.AppendUint64(nil, k)[1:] }

// hashesOf is every hash of what can be guessed that the store's rows hold, as the
// bytes that they are stored as, by what it is of.
func hashesOf(t *testing.T, store graph.Store) map[string][][]byte {
	t.Helper()
	ctx := t.Context()
	out := map[string][][]byte{}
	put := func(what string, hash graph.Hash) {
		if !hash.IsZero() {
			out[what] = append(out[what], hash[:])
		}
	}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for h, err := range store.ScanHeads(ctx, "", "") {
		check(err)
		put("item", h.Item)
		put("content", h.Content)
	}
	var sealed []graph.Sealed
	for s, err := range store.SealedBut(ctx, 0, model.EntityID{}, 1000) {
		check(err)
		sealed = append(sealed, s)
		put("sealed value", s.Hash)
	}
	for k, err := range store.KeysFrom(ctx, 0, 1000) {
		check(err)
		out["matching key"] = append(out["matching key"], storedKey(k))
	}
	for d, err := range store.AllDangling(ctx, graph.Dangling{}, 1000) {
		check(err)
		out["dangling reference"] = append(out["dangling reference"], storedKey(d.Key))
	}
	for q, err := range store.Quarantine(ctx, "", graph.Hash{}, 1000) {
		check(err)
		put("quarantined item", q.Item)
	}
	for h, err := range store.Tombstones(ctx, graph.Hash{}, 1000) {
		check(err)
		put("tombstone", h)
	}
	for k, err := range store.IndexKeys(ctx, model.Person, []graph.KeyRange{{To: "\xff\xff\xff\xff\xff\xff\xff\xff\xff"}}, 1000, false) {
		check(err)
		out["index string"] = append(out["index string"], []byte(k.Key)[:8])
	}
	for what := range out {
		slices.SortFunc(out[what], bytes.Compare)
		out[what] = slices.CompactFunc(out[what], bytes.Equal)
	}
	return out
}

// TestNoRowIsUnderTheFormerHashKey: after a rotation every column of every table is
// gone through for every hash that was stored before, and for what whoever has the
// former keys would make of every number.
func TestNoRowIsUnderTheFormerHashKey(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		ctx := t.Context()
		store, err := db.CreateTenant(ctx, "00001")
		if err != nil {
			t.Fatal(err)
		}
		worlds, keys, _ := processes(t, store, 2)
		w := worlds[0]
		var rows []event
		for i := range 20 {
			rows = append(rows, event{"a", w.row("P", fmt.Sprint("P", i), i, worldNumbers[i%4], "")})
		}
		w.deliverRows(t, "a", rows)
		w.deliverRows(t, "a", []event{
			{"a", "P;;2024-01-01T00:00:00Z;;189001019802;;;;;;;;;"},                 // without a key: quarantined
			{"a", "R;R1;2024-01-01T00:00:00Z;;;;Lärare;;;556036-0793;O7;P99;;"},     // refers to what is not there
			{"a", "P;P50;2024-01-01T00:00:00Z;;189001039800;;Lars;Ek;;;;;;"},        // is erased
			{"a", "P;184505174799;2024-01-01T00:00:00Z;;;;Lars;Ek;;;;;1846-10-30;"}, // its local id is a number
		})
		must(w.registry.Resolve(ctx, model.Person, registry.ResolveOptions{}))
		erased, err := registry.EraseAndSearch(ctx, w.registry, erase(w.headOf(t, event{"a", "P;P50"})))
		if err != nil || !erased.Proof.OK() {
			t.Fatal(erased, err)
		}
		found, canonical := w.lookedUp(t), w.canonical(t)

		former := map[string][][]byte{}
		for round := range 2 { // from under the root alone, and from under a key
			for what, hashes := range hashesOf(t, store) {
				former[what] = append(former[what], hashes...)
			}
			for _, number := range worldNumbers {
				for _, k := range must(w.registry.IdentifierKeys(model.Person, model.Personnummer, number, false)) {
					former["number's matching key"] = append(former["number's matching key"], storedKey(k))
				}
				h := keys[0].HashStrings(seal.DomainSealed, string(model.Personnummer), number)
				former["number's hash"] = append(former["number's hash"], h[:])
			}
			done, err := worlds[round].registry.RotateHashKey(ctx, "Åsa", nil)
			if err != nil || done.Key == 0 || !slices.Equal(keys[round].HashKeys(), []uint32{done.Key}) || done.Items < 22 || done.Keys < 20 || done.Sealed == 0 || done.Quarantined != 1 || done.Tombstones != 1 ||
				!slices.Equal(done.Matched, []string{"person"}) {
				t.Fatalf("rotated %+v, %v", done, err)
			}
			if err := keys[0].UseHashKey(done.Key); err != nil {
				t.Fatal(err)
			}
		}
		var needles [][]byte
		var names []string
		for _, what := range []string{
			"item", "content", "sealed value", "matching key", "dangling reference", "quarantined item", "tombstone", "index string", "number's matching key", "number's hash",
		} {
			if len(former[what]) == 0 {
				t.Errorf("nothing was looked for of %s", what)
			}
			for _, h := range former[what] {
				needles, names = append(needles, h), append(names, what)
			}
		}
		hits, searched, err := store.(graph.Searcher).Search(ctx, needles)
		if err != nil || len(searched) < 10 {
			t.Fatal(len(searched), err)
		}
		for _, hit := range hits {
			t.Errorf("a former %s is in %s.%s", names[hit.Needle], hit.Table, hit.Column)
		}
		for _, w := range worlds {
			if diff := cmp.Diff(found, w.lookedUp(t)); diff != "" {
				t.Errorf("found are others (-before +after):\n%s", diff)
			}
			if diff := cmp.Diff(canonical, w.canonical(t)); diff != "" {
				t.Errorf("the state is another (-before +after):\n%s", diff)
			}
		}
		d := w.deliverRows(t, "a", append(slices.Clone(rows), event{"a", "P;P50;2024-01-02T00:00:00Z;;189001039800;;Lars;Ek;;;;;;"}))
		if c := d.Counts; c.Added+c.Changed > 0 || c.Erased != 1 {
			t.Errorf("delivered again: %+v", c)
		}
		if done, err := w.registry.RetryQuarantine(ctx, registry.Retry{}); err != nil || len(done) != 1 || strings.Contains(done[0].Reason, "sealed") {
			t.Errorf("the quarantine is tried again: %+v, %v", done, err)
		}
		w.verified(t)
	})
}

// halfway calls a function when half of what it reads is read.
type halfway struct {
	parts []io.Reader
	then  func()
}

func (h *halfway) Read(p []byte) (int, error) {
	for len(h.parts) > 0 {
		n, err := h.parts[0].Read(p)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if h.parts = h.parts[1:]; h.then != nil {
			h.then()
			h.then = nil
		}
	}
	return 0, io.EOF
}

// sumsKept is how many rows there are of what full deliveries held, by their hashes.
func sumsKept(t *testing.T, store graph.Store) (n int64) {
	t.Helper()
	hits, _, err := store.(graph.Searcher).Search(t.Context(), [][]byte{[]byte("covered/a")})
	if err != nil {
		t.Fatal(err)
	}
	for _, hit := range hits {
		n += hit.Rows
	}
	return n
}

// TestADeliveryMeetsARotation: what was hashed before is not written under the new
// key, nor is what is there taken for absent; the next run goes on.
func TestADeliveryMeetsARotation(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		for _, full := range []bool{false, true} {
			store, err := db.CreateTenant(t.Context(), model.Tenant(map[bool]string{false: "00001", true: "00002"}[full]))
			if err != nil {
				t.Fatal(err)
			}
			worlds, _, _ := processes(t, store, 2)
			w := worlds[0]
			registry.CommitEvery(w.registry, 3)
			w.deliverRows(t, "a", []event{{"a", w.row("P", "P0", 1, worldNumbers[0], "")}})
			lines := []string{worldHeader}
			for i := range 12 {
				lines = append(lines, w.row("P", fmt.Sprint("P", i), 2, worldNumbers[i%len(worldNumbers)], ""))
			}
			text := strings.Join(lines, "\r\n") + "\r\n"
			deliver := func(r io.Reader) (graph.Delivery, error) {
				return w.registry.Ingest(t.Context(), registry.Request{Source: "a", Name: "a.csv", Reader: r, Delta: !full, Confirm: full})
			}
			if full {
				// Nothing of it is news, so that only what is absent is looked for.
				if _, err := deliver(strings.NewReader(text)); err != nil {
					t.Fatal(err)
				}
				if sumsKept(t, store) == 0 {
					t.Error("no sum of a full delivery's hashes is looked for")
				}
			}
			want := w.lookedUp(t)
			cut := len(strings.Join(lines[:8], "\r\n")) + 2
			_, err = deliver(&halfway{[]io.Reader{strings.NewReader(text[:cut]), strings.NewReader(text[cut:])}, func() {
				if _, err := worlds[1].registry.RotateHashKey(t.Context(), "Åsa", nil); err != nil {
					t.Error(err)
				}
			}})
			if err == nil || !strings.Contains(err.Error(), "run it again") {
				t.Errorf("a delivery that a rotation came into ends with %v", err)
			}
			if full && w.lookedUp(t) != want {
				t.Error("what was there is taken for absent")
			}
			if sumsKept(t, store) > 0 {
				t.Error("the sum of former hashes is kept")
			}
			d, err := deliver(strings.NewReader(text))
			if err != nil || d.State != graph.Done || d.Counts.Retracted > 0 {
				t.Errorf("run again: %+v, %v", d, err)
			}
			if n := strings.Count(w.lookedUp(t), " is "); n != len(worldNumbers) {
				t.Errorf("%d of %d numbers are found:\n%s", n, len(worldNumbers), w.lookedUp(t))
			}
			w.verified(t)
		}
	})
}

// TestAProcessWithoutTheHashKeyWritesNothing: one on another computer that was not
// given the new keys.json fails and says so, and goes on when it has it.
func TestAProcessWithoutTheHashKeyWritesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		ctx := t.Context()
		store, err := db.CreateTenant(ctx, "00001")
		if err != nil {
			t.Fatal(err)
		}
		worlds, keys, _ := processes(t, store, 1)
		here := worlds[0]
		elsewhere := filepath.Join(t.TempDir(), "keys.json")
		if err := keys[0].Save(elsewhere); err != nil {
			t.Fatal(err)
		}
		there := &world{store: store, registry: registryWith(t, store, must(seal.Load(elsewhere)), worldMapping)}
		here.deliverRows(t, "a", []event{{"a", here.row("P", "P1", 1, worldNumbers[0], "")}})
		if _, err := here.registry.RotateHashKey(ctx, "Åsa", nil); err != nil {
			t.Fatal(err)
		}
		before := here.exact(t)
		text := worldHeader + "\r\n" + here.row("P", "P2", 2, worldNumbers[0], "") + "\r\n"
		_, err = there.registry.Ingest(ctx, registry.Request{Source: "a", Name: "a.csv", Reader: strings.NewReader(text), Delta: true})
		if !errors.Is(err, seal.ErrUnknownKey) || !strings.Contains(err.Error(), "keys.json") {
			t.Errorf("without the key it delivers with %v", err)
		}
		if _, err := there.registry.Held(ctx, here.headOf(t, event{"a", "P;P1"})); !errors.Is(err, seal.ErrUnknownKey) {
			t.Errorf("without the key it looks for what is held, with %v", err)
		}
		if diff := cmp.Diff(before, here.exact(t)); diff != "" {
			t.Errorf("it wrote (-before +after):\n%s", diff)
		}
	})
}

// TestANewTenantBeginsUnderTheKeyThatThereIs: a store that is made, or made anew, when
// the keyring's hash key was rotated.
func TestANewTenantBeginsUnderTheKeyThatThereIs(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		ctx := t.Context()
		first, err := db.CreateTenant(ctx, "00001")
		if err != nil {
			t.Fatal(err)
		}
		worlds, keys, _ := processes(t, first, 1)
		worlds[0].deliverRows(t, "a", []event{{"a", worlds[0].row("P", "P1", 1, worldNumbers[0], "")}})
		if _, err := worlds[0].registry.RotateHashKey(ctx, "Åsa", nil); err != nil {
			t.Fatal(err)
		}
		second, err := db.CreateTenant(ctx, "00002")
		if err != nil {
			t.Fatal(err)
		}
		made := &world{store: second, registry: registryWith(t, second, keys[0], worldMapping)}
		made.deliverRows(t, "a", []event{{"a", made.row("P", "P7", 1, worldNumbers[0], "")}})
		if got := made.lookedUp(t); !strings.Contains(got, worldNumbers[0]) || !strings.Contains(got, "P7") {
			t.Errorf("by number is found %q", got)
		}
		basis, err := second.Basis(ctx)
		if err != nil || uint32(basis.HashKey) != keys[0].HashKey() {
			t.Errorf("it is under hash key %d, want %d: %v", basis.HashKey, keys[0].HashKey(), err)
		}
	})
}

// TestAFormerHashKeyStaysForWhoSharesTheKeyring: of two tenants of a database that have
// one keys.json the first to be put under another key leaves the former to the other,
// and the last takes it out. One with a keyring of its own has no say.
func TestAFormerHashKeyStaysForWhoSharesTheKeyring(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		ctx := t.Context()
		stores := map[model.Tenant]graph.Store{}
		for _, code := range []model.Tenant{"00001", "00002", "00003"} {
			var err error
			if stores[code], err = db.CreateTenant(ctx, code); err != nil {
				t.Fatal(err)
			}
		}
		_, _, path := processes(t, stores["00001"], 0)
		of := func(code model.Tenant, path string) *world {
			return &world{store: stores[code], registry: must(registry.New(registry.Options{
				Store: stores[code], Keys: must(seal.Load(path)), Logger: testkit.Log(t), CodeLists: []model.Record{},
				Sources: []registry.Source{{Name: "a", Authority: "Nämnden a", Format: csv.Format{}, Mapping: []byte(worldMapping)}},
				Others: func(context.Context) (map[model.Tenant]graph.Store, error) {
					others := maps.Clone(stores)
					delete(others, code)
					return others, nil
				},
			}))}
		}
		_, _, own := processes(t, stores["00003"], 0)
		first, second, third := of("00001", path), of("00002", path), of("00003", own)
		for _, w := range []*world{first, second, third} {
			registry.SettledAfter(w.registry, 0)
			w.deliverRows(t, "a", []event{{"a", w.row("P", "P1", 1, worldNumbers[0], "")}})
		}
		found := second.lookedUp(t)
		rotated := func(w *world, keeps int, want ...model.Tenant) {
			t.Helper()
			done, err := w.registry.RotateHashKey(ctx, "Åsa", nil)
			if err != nil || !slices.Equal(done.KeptFor, want) {
				t.Errorf("rotated %+v, %v; want the former kept for %v", done, err, want)
			}
			if ids := must(seal.Load(path)).HashKeys(); len(ids) != keeps {
				t.Errorf("the hash keys are %v, want %d", ids, keeps)
			}
			for _, w := range []*world{first, second} {
				if got := w.lookedUp(t); got != found {
					t.Errorf("found are %s, want %s", got, found)
				}
			}
		}
		for range 2 { // from under the root alone, and from under a key
			rotated(first, 2, "00002")
			rotated(first, 2, "00002") // nothing is left to do
			rotated(second, 1)
			rotated(first, 2, "00002")
			rotated(second, 1)
			second.deliverRows(t, "a", []event{{"a", second.row("P", "P1", 2, worldNumbers[0], "")}})
		}
		// So of the keys that encrypt.
		former := must(seal.Load(path)).Keys()[0].ID
		must(first.registry.RotateKeys(ctx, "Åsa", nil))
		if err := first.registry.RetireKey(ctx, "Åsa", former); !errors.Is(err, registry.ErrKeyInUse) || !strings.Contains(err.Error(), "00002") {
			t.Errorf("a key that another tenant's values are under is retired: %v", err)
		}
		must(second.registry.RotateKeys(ctx, "Åsa", nil))
		if err := first.registry.RetireKey(ctx, "Åsa", former); err != nil {
			t.Errorf("a key that nothing is under is not retired: %v", err)
		}
		second.verified(t)
	})
}

// TestNothingIsHashedAnewInAFirstLoad: one that began since it was asked about is seen
// by the transaction.
func TestNothingIsHashedAnewInAFirstLoad(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		store, err := db.CreateTenant(t.Context(), "00001")
		if err != nil {
			t.Fatal(err)
		}
		worlds, _, _ := processes(t, store, 1)
		if _, err := store.BeginLoad(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := registry.RehashAll(t.Context(), worlds[0].registry); !errors.Is(err, registry.ErrNotPublished) {
			t.Errorf("in a first load hashes are put under another key: %v", err)
		}
		if basis := must(store.Basis(t.Context())); basis.HashKey != 0 || basis.Load == 0 {
			t.Errorf("the store is at %+v", basis)
		}
	})
}

// onCount calls a function once, when the records of a part are counted: when a full
// delivery has been read and what is absent is looked for.
type onCount struct {
	graph.Store
	then func()
}

func (s *onCount) CountPart(ctx context.Context, source model.Source, part string) (int64, error) {
	if then := s.then; then != nil {
		s.then = nil
		then()
	}
	return s.Store.CountPart(ctx, source, part)
}

// TestNothingIsAbsentForARotation: a full delivery of which nothing is news, and which
// a rotation meets at its end, says so; it does not say that everything is absent.
func TestNothingIsAbsentForARotation(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		store, err := db.CreateTenant(t.Context(), "00001")
		if err != nil {
			t.Fatal(err)
		}
		worlds, _, path := processes(t, store, 1)
		rotate := func() {
			if _, err := worlds[0].registry.RotateHashKey(t.Context(), "Åsa", nil); err != nil {
				t.Error(err)
			}
		}
		counting := &onCount{Store: store}
		w := &world{store: store, registry: registryWith(t, counting, must(seal.Load(path)), worldMapping)}
		lines := []string{worldHeader}
		for i := range 12 {
			lines = append(lines, w.row("P", fmt.Sprint("P", i), 2, worldNumbers[i%len(worldNumbers)], ""))
		}
		deliver := func() (graph.Delivery, error) {
			return w.registry.Ingest(t.Context(), registry.Request{Source: "a", Name: "a.csv", Reader: strings.NewReader(strings.Join(lines, "\r\n") + "\r\n")})
		}
		if _, err := deliver(); err != nil {
			t.Fatal(err)
		}
		rotate() // what it covered is forgotten, so that what is absent is looked for
		counting.then = rotate
		if d, err := deliver(); err == nil || !strings.Contains(err.Error(), "run it again") {
			t.Errorf("it ends as %s, %q, with %v", d.State, d.Message, err)
		}
		if counting.then != nil {
			t.Error("no rotation met the delivery")
		}
		if d, err := deliver(); err != nil || d.State != graph.Done || d.Counts.Unchanged != 12 || d.Counts.Retracted > 0 {
			t.Errorf("run again: %+v, %v", d, err)
		}
	})
}

// TestWhatIsHeldIsFoundUnderAnotherHashKey: a process that has not heard of a rotation
// finds the same when it is asked what is held, without writing anything before.
func TestWhatIsHeldIsFoundUnderAnotherHashKey(t *testing.T) {
	onBoth(t, func(t *testing.T, db graph.Database) {
		store, err := db.CreateTenant(t.Context(), "00001")
		if err != nil {
			t.Fatal(err)
		}
		worlds, _, _ := processes(t, store, 2)
		w := worlds[0]
		w.deliverRows(t, "a", []event{
			{"a", "O;O1;2024-01-01T00:00:00Z;;;;Firman;;;450517-4799;;;;"}, // a sole trader's number is a personal one
			{"a", "R;R1;2024-01-01T00:00:00Z;;;;Lärare;;;450517-4799;;;;"},
		})
		id := w.golden(t, "a", "O1", model.Organisation)
		mentions := func() int {
			t.Helper()
			held, err := worlds[1].registry.Held(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			return len(held.Mentions)
		}
		if n := mentions(); n != 1 {
			t.Fatalf("it is mentioned %d times", n)
		}
		if _, err := w.registry.RotateHashKey(t.Context(), "Åsa", nil); err != nil {
			t.Fatal(err)
		}
		if n := mentions(); n != 1 {
			t.Errorf("after a rotation it is mentioned %d times", n)
		}
	})
}
