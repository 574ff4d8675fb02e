package registry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// drawCrowd makes a history of many persons that are much alike, so that small
// blocks are divided and joined again: new ones, changed, retracted and returning.
func drawCrowd(t *rapid.T) []event {
	pick := func(label string, from ...string) string { return rapid.SampledFrom(from).Draw(t, label) }
	out := make([]event, rapid.IntRange(10, 60).Draw(t, "events"))
	for i := range out {
		cells := []string{"P", fmt.Sprint("P", rapid.IntRange(1, 9).Draw(t, "id")), fmt.Sprintf("2024-%02d-%02dT%02d:00:00Z", 1+i/672, 1+i/24%28, i%24)}
		if rapid.IntRange(0, 4).Draw(t, "del") == 0 {
			cells = append(cells, "J", "", "", "", "", "", "", "", "", "", "")
		} else {
			cells = append(cells, "", pick("pnr", "", "", "", worldNumbers[0], worldNumbers[1]), "", pick("given", "Anna", "Anna", "Åsa"), pick("family", "Berg", "Berg", "Öberg"),
				"", "", "", "", pick("born", "", "1890-01-01", "1890-01-01", "1846-10-30"), pick("e-mail", "", "a.berg@example.com", "l.berg@example.com"))
		}
		out[i] = event{pick("source", "a", "b"), strings.Join(cells, ";")}
	}
	return out
}

// partition is which live persons are one, by their keys.
func (w *world) partition(t fatalf) string {
	var lines []string
	for _, members := range w.liveMembers(t, model.Person) {
		heads, err := w.store.HeadsByID(context.Background(), members)
		if err != nil {
			t.Fatalf("heads: %v", err)
		}
		var keys []string
		for _, h := range heads {
			keys = append(keys, h.Key.String())
		}
		sort.Strings(keys)
		lines = append(lines, strings.Join(keys, " "))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// storedModel is the model that persons were last weighed by.
func (w *world) storedModel(t fatalf) *match.Model {
	a, ok, err := w.store.Artifact(context.Background(), "matching-model/person")
	if err != nil || !ok {
		t.Fatalf("the model is not there: %v, %v", ok, err)
	}
	m, err := match.ParseModel(a.Body)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return m
}

// Whatever the order and the batching of deliveries, and whenever what they change
// is matched, it ends in what one run over all gives by the same model.
func TestMatchedBitByBitIsAsMatchedAtOnce(t *testing.T) {
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	var bits, added, removed int64
	law := func(rt *rapid.T, fresh func() *world) {
		w, x := fresh(), fresh()
		limit := rapid.IntRange(2, 7).Draw(rt, "block limit")
		for _, y := range []*world{w, x} {
			y.registry = registryWith(t, y.store, keys, worldMapping)
			registry.BlocksOf(y.registry, limit)
		}
		registry.CommitEvery(w.registry, rapid.IntRange(1, 9).Draw(rt, "a transaction"))
		crowd := drawCrowd(rt)
		x.deliver(rt, crowd)

		// The model is of about as many records as there will be, so that it is seldom
		// fitted anew.
		x.resolve(rt, registry.ResolveOptions{})
		m := *x.storedModel(rt)
		frequencies := *m.Frequencies
		frequencies.Records = 9
		m.Frequencies = &frequencies
		first := rapid.IntRange(1, len(crowd)).Draw(rt, "before the first run")
		order := append(crowd[:first:first], rapid.Permutation(crowd[first:]).Draw(rt, "order")...)
		w.deliver(rt, order[:first])
		w.resolve(rt, registry.ResolveOptions{Model: &m})
		for rest := order[first:]; len(rest) > 0; {
			n := rapid.IntRange(1, min(len(rest), 12)).Draw(rt, "a delivery")
			w.unmatched = rapid.Bool().Draw(rt, "put off")
			w.deliver(rt, rest[:n])
			rest = rest[n:]
			if rapid.IntRange(0, 3).Draw(rt, "a rebuild") == 0 {
				if rep, err := w.registry.Rebuild(context.Background(), nil); err != nil || rep.Changed != 0 {
					rt.Fatalf("rebuild reports %+v, %v", rep, err)
				}
			}
			if rapid.IntRange(0, 2).Draw(rt, "a run") == 0 {
				would := w.resolve(rt, registry.ResolveOptions{DryRun: true})
				did := w.resolve(rt, registry.ResolveOptions{})
				if !did.Whole {
					bits, added, removed = bits+did.Changed, added+did.Added, removed+did.Removed
				}
				if did.Revision = 0; did != would {
					rt.Fatalf("the dry run said %+v, and it became %+v", would, did)
				}
			}
		}
		w.resolve(rt, registry.ResolveOptions{})
		if again := w.resolve(rt, registry.ResolveOptions{}); again.Revision != 0 || again.Changed+again.Added+again.Removed != 0 {
			rt.Fatalf("once more did %+v", again)
		}

		x.resolve(rt, registry.ResolveOptions{Model: w.storedModel(rt)})
		if a, b := encoded(rt, w.storedModel(rt)), encoded(rt, x.storedModel(rt)); !bytes.Equal(a, b) {
			rt.Fatalf("the models differ:\n%s\n%s", a, b)
		}
		if diff := cmp.Diff(x.pairs(rt)+"\n\n"+x.partition(rt), w.pairs(rt)+"\n\n"+w.partition(rt)); diff != "" {
			rt.Fatalf("bit by bit it is another state (-at once +bit by bit):\n%s", diff)
		}
	}
	// Few draws may have nothing to take away: then more are made.
	for range 4 {
		onEachEngine(t, law)
		if t.Failed() || bits > 0 && added > 0 && removed > 0 {
			return
		}
	}
	if !testkit.ManyDraws() {
		return
	}
	t.Errorf("the law was tried where %d records were matched by themselves, %d pairs came and %d went", bits, added, removed)
}

// TestWhoIsOneDependsOnWhenTheModelWasFitted: the same records, matched delivery by
// delivery or all at the end, are weighed by a model that was fitted to three of them
// or to all six, and one pair links by the first alone. A run over all keeps the model
// that each has; fitted anew they agree. So it is of whatever puts matching off, such as a
// rotation of the hash key.
func TestWhoIsOneDependsOnWhenTheModelWasFitted(t *testing.T) {
	db := openSQLite(t)
	events := []event{
		{"a", "P;P0;2024-01-01T00:00:00Z;;;;Anna;Öberg;;;;;;"},
		{"b", "P;P1;2024-01-02T00:00:00Z;;;;Anna;Berg;;;;;1890-01-01;a.berg@example.com"},
		{"a", "P;P2;2024-01-03T00:00:00Z;;;;Anna;Berg;;;;;1846-10-30;a.berg@example.com"},
		{"b", "P;P3;2024-01-04T00:00:00Z;;;;Anna;Berg;;;;;1890-01-01;"},
		{"a", "P;P4;2024-01-05T00:00:00Z;;;;Anna;Öberg;;;;;1846-10-30;l.berg@example.com"},
		{"b", "P;P5;2024-01-06T00:00:00Z;;;;Lars;Öberg;;;;;;a.berg@example.com"},
	}
	each, late := newWorld(t, db, "00001"), newWorld(t, db, "00002")
	late.unmatched = true
	for _, w := range []*world{each, late} {
		w.deliver(t, events[:1])
		w.resolve(t, registry.ResolveOptions{})
		w.deliver(t, events[1:])
		w.resolve(t, registry.ResolveOptions{All: true})
	}
	if n, m := each.storedModel(t).Frequencies.Records, late.storedModel(t).Frequencies.Records; n != 3 || m != 6 {
		t.Errorf("the models are fitted to %d and %d records, want 3 and 6", n, m)
	}
	if each.pairs(t) == late.pairs(t) || each.partition(t) == late.partition(t) {
		t.Errorf("the models agree on these records; take others:\n%s\n%s", each.pairs(t), late.pairs(t))
	}
	for _, w := range []*world{each, late} {
		w.resolve(t, registry.ResolveOptions{Refit: true})
	}
	if diff := cmp.Diff(each.pairs(t)+"\n\n"+each.partition(t), late.pairs(t)+"\n\n"+late.partition(t)); diff != "" {
		t.Errorf("fitted anew they differ (-each +late):\n%s", diff)
	}
}

func encoded(t fatalf, m *match.Model) []byte {
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return b
}

// A run may be cut off at any point, and others may write at any point beside it:
// the next run ends in what one run over all gives.
func TestARunThatIsCutOffBesideAWriterIsMadeGood(t *testing.T) {
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	var cut, beside, skipped int64
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w, x := fresh(), fresh()
		for _, y := range []*world{w, x} {
			y.registry = registryWith(t, y.store, keys, worldMapping)
			registry.BlocksOf(y.registry, 4)
		}
		registry.CommitEvery(w.registry, rapid.IntRange(1, 3).Draw(rt, "a transaction"))
		crowd := drawCrowd(rt)
		x.deliver(rt, crowd)
		if rapid.Bool().Draw(rt, "matched before") {
			n := len(crowd) / 2
			w.deliver(rt, crowd[:n])
			w.resolve(rt, registry.ResolveOptions{})
			w.unmatched = true
			crowd = crowd[n:]
		}
		n := len(crowd) / 2
		w.deliver(rt, crowd[:n])
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		step, writesAt, stopsAt := 0, rapid.IntRange(1, 12).Draw(rt, "written beside"), rapid.IntRange(1, 40).Draw(rt, "cut off")
		rest := crowd[n:]
		did, err := w.registry.Resolve(ctx, model.Person, registry.ResolveOptions{All: rapid.Bool().Draw(rt, "all"), Progress: func(string, int64, int64) {
			if step++; step >= writesAt && len(rest) > 0 {
				events := rest
				rest = nil
				beside++
				w.deliver(rt, events)
			}
			if step == stopsAt {
				cut++
				stop()
			}
		}})
		if err != nil && ctx.Err() == nil {
			rt.Fatalf("resolve: %v", err)
		}
		skipped += did.Skipped
		w.deliver(rt, rest)
		w.resolve(rt, registry.ResolveOptions{})
		x.resolve(rt, registry.ResolveOptions{Model: w.storedModel(rt)})
		if diff := cmp.Diff(x.pairs(rt)+"\n\n"+x.partition(rt), w.pairs(rt)+"\n\n"+w.partition(rt)); diff != "" {
			rt.Fatalf("it is another state than one run over all gives (-one run +cut off):\n%s", diff)
		}
	})
	if testkit.ManyDraws() && (cut == 0 || beside == 0 || skipped == 0) {
		t.Errorf("%d runs were cut off, beside %d somebody wrote, %d pairs had changed meanwhile", cut, beside, skipped)
	}
}
