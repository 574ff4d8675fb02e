package registry_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

// onEachEngine runs a law on each engine: one database, and a fresh tenant for
// every registry that a draw asks for.
func onEachEngine(t *testing.T, law func(t *rapid.T, fresh func() *world)) {
	onEachEngineBy(t, worldMapping, law)
}

// onEachEngineBy is onEachEngine by another mapping.
func onEachEngineBy(t *testing.T, mapping string, law func(t *rapid.T, fresh func() *world)) {
	for name, open := range map[string]func(testing.TB) graph.Database{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			db, tenants := open(t), 0
			rapid.Check(t, func(rt *rapid.T) {
				law(rt, func() *world {
					tenants++
					return newWorldBy(t, db, model.Tenant(fmt.Sprintf("%05d", tenants)), mapping)
				})
			})
		})
	}
}

func TestTwiceIsOnce(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		events := drawEvents(rt)
		if rapid.Bool().Draw(rt, "rivals") {
			events = ofSource(drawRivals(rt), "a") // one file: what follows from file to file is no repetition
		}
		w := fresh()
		registry.CommitEvery(w.registry, rapid.SampledFrom([]int{1, 3, 100}).Draw(rt, "records a transaction"))
		w.deliver(rt, events)
		before, rev := w.exact(rt), w.revision(rt)
		w.deliver(rt, events)
		if diff := cmp.Diff(before, w.exact(rt)); diff != "" {
			rt.Fatalf("the second time changed (-once +twice):\n%s", diff)
		}
		if again := w.revision(rt); again != rev {
			rt.Fatalf("the second time made revision %d after %d", again, rev)
		}
	})
}

// ofSource are the events of one source: a delivery.
func ofSource(events []event, source string) (out []event) {
	for _, e := range events {
		if e.source == source {
			out = append(out, e)
		}
	}
	return out
}

// Where a delivery holds a key several times one of them counts, whether or not one is
// known by its hash already, and wherever its transactions end.
func TestOneOfAKeyCountsInADelivery(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		all := ofSource(drawRivals(rt), "a")
		w := fresh()
		w.deliverRows(rt, "a", all)

		known := fresh()
		registry.CommitEvery(known.registry, rapid.IntRange(1, 4).Draw(rt, "records a transaction"))
		var before []event
		for _, e := range all {
			if rapid.Bool().Draw(rt, "known") {
				before = append(before, e)
			}
		}
		before = rapid.Permutation(before).Draw(rt, "order")
		known.deliverRows(rt, "a", before)
		known.deliverRows(rt, "a", all)
		if diff := cmp.Diff(w.canonical(rt), known.canonical(rt)); diff != "" {
			rt.Fatalf("what was known gives another state (-nothing was +some was):\n%s", diff)
		}
		for range 2 {
			was, rev := known.exact(rt), known.revision(rt)
			d := known.deliverRows(rt, "a", all)
			if diff := cmp.Diff(was, known.exact(rt)); diff != "" {
				rt.Fatalf("the same delivery again changed (-before +after):\n%s", diff)
			}
			if again := known.revision(rt); again != rev {
				rt.Fatalf("the same delivery again made revision %d after %d: %+v", again, rev, d.Counts)
			}
		}
	})
}

func TestOrderAndBatchingOfStampedDeliveriesDoNotMatter(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		events := drawEvents(rt)
		w := fresh()
		w.deliver(rt, events)
		shuffled := rapid.Permutation(slices.Clone(events)).Draw(rt, "order")
		x := fresh()
		x.deliver(rt, shuffled)
		if diff := cmp.Diff(w.canonical(rt), x.canonical(rt)); diff != "" {
			rt.Fatalf("another order gives another state (-in order +shuffled):\n%s", diff)
		}
		y := fresh()
		for _, e := range shuffled {
			y.deliver(rt, []event{e})
		}
		if diff := cmp.Diff(w.canonical(rt), y.canonical(rt)); diff != "" {
			rt.Fatalf("one at a time gives another state (-in order +one by one):\n%s", diff)
		}
	})
}

// Transactions of few records are planned ahead of each other: what one of them
// writes is in sight of the next before it is in the store.
func TestTheSizeOfTransactionsDoesNotMatter(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		history := [][]event{drawEvents(rt), drawEvents(rt), drawEvents(rt)}
		w, x := fresh(), fresh()
		registry.CommitEvery(x.registry, rapid.IntRange(1, 4).Draw(rt, "records a transaction"))
		for _, events := range history {
			w.deliver(rt, events)
			x.deliver(rt, events)
			if diff := cmp.Diff(w.canonical(rt), x.canonical(rt)); diff != "" {
				rt.Fatalf("smaller transactions give another state (-one +many):\n%s", diff)
			}
		}
		before := x.exact(rt)
		if rep, err := x.registry.Rebuild(context.Background(), nil); err != nil || rep.Changed != 0 {
			rt.Fatalf("rebuild after many transactions reports %+v, %v", rep, err)
		}
		if diff := cmp.Diff(before, x.exact(rt)); diff != "" {
			rt.Fatalf("rebuild gives another state (-incremental +rebuilt):\n%s", diff)
		}
	})
}

func TestRebuildEqualsIncremental(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		for _, e := range drawEvents(rt) {
			w.deliver(rt, []event{e})
		}
		w.decideAtRandom(rt)
		before := w.exact(rt)
		rep, err := w.registry.Rebuild(context.Background(), nil)
		if err != nil {
			rt.Fatalf("rebuild: %v", err)
		}
		if diff := cmp.Diff(before, w.exact(rt)); diff != "" {
			rt.Fatalf("rebuild gives another state (-incremental +rebuilt):\n%s", diff)
		}
		if rep.Changed != 0 || rep.Revision != 0 {
			rt.Fatalf("rebuild of an undamaged store reports %+v", rep)
		}
	})
}

func TestMergeThenSplitIsAsBefore(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		w.deliver(rt, drawEvents(rt))
		clusters := w.liveMembers(rt, model.Person)
		if len(clusters) < 2 {
			return
		}
		ids := make([]model.EntityID, 0, len(clusters))
		for id := range clusters {
			ids = append(ids, id)
		}
		slices.SortFunc(ids, model.EntityID.Compare)
		before := w.canonical(rt)
		pair := rapid.Permutation(ids).Draw(rt, "pair")[:2]
		ctx := context.Background()
		if _, err := w.registry.Merge(ctx, "steward", pair, "samma person", nil); err != nil {
			rt.Fatalf("merge: %v", err)
		}
		// The merge may end a conflict by which a third stood apart, and then
		// brings that in too; a split of what was merged gives all of it back.
		into := w.goldenOf(rt, clusters[pair[0]][0])
		for _, record := range slices.Concat(clusters[pair[0]], clusters[pair[1]]) {
			if got := w.goldenOf(rt, record); got != into {
				rt.Fatalf("after the merge record %s is in %s, not in %s", record, got, into)
			}
		}
		if _, err := w.registry.Split(ctx, "steward", into, clusters[pair[1]], "olika personer", nil); err != nil {
			rt.Fatalf("split: %v", err)
		}
		if diff := cmp.Diff(before, w.canonical(rt)); diff != "" {
			rt.Fatalf("merge and split do not give the same back (-before +after):\n%s", diff)
		}
	})
}

func TestThePastStaysAsItWas(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		var seen []string
		note := func() {
			rev := w.revision(rt)
			for int(rev) > len(seen) {
				seen = append(seen, w.past(rt, model.Revision(len(seen)+1)))
			}
		}
		for _, e := range drawEvents(rt) {
			w.deliver(rt, []event{e})
			note()
		}
		w.decideAtRandom(rt)
		note()
		for i, was := range seen {
			if diff := cmp.Diff(was, w.past(rt, model.Revision(i+1))); diff != "" {
				rt.Fatalf("revision %d reads otherwise later (-then +now):\n%s", i+1, diff)
			}
		}
	})
}

func TestChangeFeedHasNeitherGapNorRepeat(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		w.deliver(rt, drawEvents(rt))
		w.decideAtRandom(rt)
		replayed := map[model.EntityID]graph.Change{}
		var at graph.ChangePosition
		limit := rapid.IntRange(1, 7).Draw(rt, "page")
		for {
			n := 0
			for c, err := range w.store.Changes(context.Background(), at, limit) {
				if err != nil {
					rt.Fatalf("changes: %v", err)
				}
				if next := (graph.ChangePosition{Revision: c.Revision, ID: c.ID}); next.Revision < at.Revision ||
					next.Revision == at.Revision && next.ID.Compare(at.ID) <= 0 {
					rt.Fatalf("the feed goes from %v to %v", at, next)
				} else {
					at = next
				}
				replayed[c.ID] = c
				n++
			}
			if n < limit {
				break
			}
		}
		live := map[model.EntityID]model.Revision{}
		for id, c := range replayed {
			if c.State == graph.Live {
				live[id] = c.Revision
			}
		}
		want := map[model.EntityID]model.Revision{}
		for row, err := range w.store.Scan(context.Background(), model.KindUnknown, 0) {
			if err != nil {
				rt.Fatalf("scan: %v", err)
			}
			want[row.ID] = row.Revision
		}
		if diff := cmp.Diff(want, live); diff != "" {
			rt.Fatalf("the replayed feed is not the present (-present +replayed):\n%s", diff)
		}
	})
}

// goldenOf is the golden id that a record is in.
func (w *world) goldenOf(t fatalf, record model.EntityID) model.EntityID {
	heads, err := w.store.HeadsByID(context.Background(), []model.EntityID{record})
	if err != nil {
		t.Fatalf("head: %v", err)
	}
	return heads[0].Golden
}

// revision is the store's revision.
func (w *world) revision(t fatalf) model.Revision {
	rev, err := w.store.Revision(context.Background())
	if err != nil {
		t.Fatalf("revision: %v", err)
	}
	return rev
}

// past is a revision as text.
func (w *world) past(t fatalf, rev model.Revision) string {
	p, err := w.store.At(context.Background(), rev)
	if err != nil {
		t.Fatalf("at %d: %v", rev, err)
	}
	var out []byte
	for row, err := range p.Scan(context.Background(), model.KindUnknown, graph.WithValues|graph.WithEvidence) {
		if err != nil {
			t.Fatalf("scan at %d: %v", rev, err)
		}
		if row.Kind != model.Concept {
			out = fmt.Appendf(out, "%s %s %d %x %x\n", row.ID, row.Kind, row.Disclosure, row.Values, row.Evidence)
		}
	}
	return string(out)
}

// decideAtRandom makes a few decisions on pairs of persons.
func (w *world) decideAtRandom(t *rapid.T) {
	var records []model.EntityID
	for _, members := range w.liveMembers(t, model.Person) {
		records = append(records, members...)
	}
	slices.SortFunc(records, model.EntityID.Compare)
	if len(records) < 2 {
		return
	}
	for range rapid.IntRange(0, 3).Draw(t, "decisions") {
		pair := rapid.Permutation(records).Draw(t, "on")[:2]
		verdict := rapid.SampledFrom([]graph.Verdict{graph.Same, graph.Different, graph.Unsure}).Draw(t, "verdict")
		if _, err := w.registry.Decide(context.Background(), "steward", pair[0], pair[1], verdict, "prövat", nil); err != nil {
			t.Fatalf("decide: %v", err)
		}
	}
}

// A record that says again what it said, later than others that won meanwhile,
// wins back; and one that speaks alone makes no revision by it.
func TestAnUnchangedWordThatIsLaterWinsBack(t *testing.T) {
	w := newWorld(t, openSQLite(t), "00001")
	row := func(id, stamp, name string) event {
		return event{"a", fmt.Sprintf("O;%s;2024-01-0%sT00:00:00Z;;;;%s;;;556036-0793;;;;", id, stamp, name)}
	}
	w.deliver(t, []event{row("O1", "1", "Åsa")})
	w.deliver(t, []event{row("O2", "2", "Lars")})
	if got := w.exact(t); !strings.Contains(got, "Lars") {
		t.Fatalf("the later word does not win:\n%s", got)
	}
	w.deliver(t, []event{row("O1", "3", "Åsa")})
	got, rev := w.exact(t), w.revision(t)
	if rep, err := w.registry.Rebuild(context.Background(), nil); err != nil || rep.Changed != 0 {
		t.Errorf("rebuild reports %+v, %v", rep, err)
	}
	if diff := cmp.Diff(got, w.exact(t)); diff != "" {
		t.Errorf("rebuild gives another state (-incremental +rebuilt):\n%s", diff)
	}
	w.deliver(t, []event{row("O1", "4", "Åsa")})
	if again := w.revision(t); again != rev {
		t.Errorf("the same word once more, later still, made revision %d after %d", again, rev)
	}
}
