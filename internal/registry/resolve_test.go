package registry_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

func (w *world) resolve(t fatalf, o registry.ResolveOptions) registry.Resolution {
	rep, err := w.registry.Resolve(context.Background(), model.Person, o)
	if err != nil {
		t.Fatalf("resolve: %v", err)
	}
	return rep
}

// drawPersons makes a history of persons. Nothing is delivered again as it was:
// a later stamp alone does not make golden records anew.
func drawPersons(t *rapid.T) []event {
	var out []event
	last := map[string]string{}
	for _, e := range drawEvents(t) {
		cells := strings.Split(e.row, ";")
		name := e.source + cells[1]
		said := strings.Join(append(slices.Clone(cells[:2]), cells[3:]...), ";")
		if cells[0] != "P" || last[name] == said {
			continue
		}
		last[name] = said
		out = append(out, e)
	}
	return out
}

// pairs are the stored pairs of live records as text, by the keys of their
// records. What a retracted one said last depends on what was stored of it.
func (w *world) pairs(t fatalf) string { return w.pairsOf(t, model.Person) }

func (w *world) pairsOf(t fatalf, kind model.Kind) string {
	ctx := context.Background()
	var lines []string
	for _, band := range []graph.PairBand{graph.RejectBand, graph.ReviewBand, graph.LinkBand} {
		for p, err := range w.store.Pairs(ctx, graph.PairQuery{Kind: kind, Band: band, Limit: math.MaxInt}) {
			if err != nil {
				t.Fatalf("pairs: %v", err)
			}
			heads, err := w.store.HeadsByID(ctx, []model.EntityID{p.A, p.B})
			if err != nil {
				t.Fatalf("heads: %v", err)
			}
			if !heads[0].Live || !heads[1].Live {
				continue
			}
			keys := []string{heads[0].Key.String(), heads[1].Key.String()}
			sort.Strings(keys)
			lines = append(lines, fmt.Sprint(keys, p.Band, p.Weight))
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func TestResolveTwiceWritesNothingTheSecondTime(t *testing.T) {
	linked, waiting := int64(0), int64(0)
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		w.deliver(rt, drawPersons(rt))
		w.decideAtRandom(rt)
		would := w.resolve(rt, registry.ResolveOptions{DryRun: true})
		if again := w.resolve(rt, registry.ResolveOptions{DryRun: true}); again != would {
			rt.Fatalf("a dry run changed what the next one says: %+v, %+v", would, again)
		}
		did := w.resolve(rt, registry.ResolveOptions{})
		rev := did.Revision
		if did.Revision = 0; did != would {
			rt.Fatalf("the dry run said %+v, and it became %+v", would, did)
		}
		if rev == 0 && did.Added > 0 {
			rt.Fatalf("pairs were added in no revision: %+v", did)
		}
		linked, waiting = linked+did.Joined, waiting+did.Review
		before, pairs, at := w.exact(rt), w.pairs(rt), w.revision(rt)
		again := w.resolve(rt, registry.ResolveOptions{})
		if again.Revision != 0 || again.Added+again.Reweighed+again.Removed+again.Skipped != 0 {
			rt.Fatalf("the second time did %+v", again)
		}
		if diff := cmp.Diff(before+pairs, w.exact(rt)+w.pairs(rt)); diff != "" || w.revision(rt) != at {
			rt.Fatalf("the second time changed (-once +twice):\n%s", diff)
		}
		if report, err := w.registry.Rebuild(context.Background(), nil); err != nil || report.Changed != 0 {
			rt.Fatalf("rebuild after resolving reports %+v, %v", report, err)
		}
	})
	if testkit.ManyDraws() && (linked == 0 || waiting == 0) {
		t.Errorf("the law was tried where evidence links %d golden records and %d pairs wait", linked, waiting)
	}
}

// What a change does to stored pairs is what a run over all records would have
// made of them, however the changes come; and a rebuild gives the same again.
func TestChangesKeepPairsAsARunWould(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		history := [][]event{drawPersons(rt), drawPersons(rt), drawPersons(rt)}
		w, x := fresh(), fresh()
		registry.CommitEvery(x.registry, rapid.IntRange(1, 4).Draw(rt, "a transaction"))
		for i, events := range history {
			w.deliver(rt, events)
			x.deliver(rt, events)
			if i == 0 {
				w.resolve(rt, registry.ResolveOptions{})
				x.resolve(rt, registry.ResolveOptions{})
			}
			if diff := cmp.Diff(w.canonical(rt)+w.pairs(rt), x.canonical(rt)+x.pairs(rt)); diff != "" {
				rt.Fatalf("smaller transactions give another state (-one +many):\n%s", diff)
			}
		}
		before := x.exact(rt)
		if rep, err := x.registry.Rebuild(context.Background(), nil); err != nil || rep.Changed != 0 {
			rt.Fatalf("rebuild reports %+v, %v", rep, err)
		}
		if diff := cmp.Diff(before, x.exact(rt)); diff != "" {
			rt.Fatalf("rebuild gives another state (-incremental +rebuilt):\n%s", diff)
		}
		if rep := w.resolve(rt, registry.ResolveOptions{DryRun: true}); !rep.Fitted && rep.Reweighed > 0 {
			rt.Fatalf("a run weighs stored pairs otherwise: %+v", rep)
		}
		w.resolve(rt, registry.ResolveOptions{})
		x.resolve(rt, registry.ResolveOptions{})
		if diff := cmp.Diff(w.canonical(rt)+w.pairs(rt), x.canonical(rt)+x.pairs(rt)); diff != "" {
			rt.Fatalf("resolved in smaller transactions it is another state (-one +many):\n%s", diff)
		}
	})
}

func TestNoClusterHoldsTwoPersonalNumbers(t *testing.T) {
	seen := 0
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		events := drawPersons(rt)
		w.deliver(rt, events)
		w.resolve(rt, registry.ResolveOptions{})
		w.deliver(rt, drawPersons(rt))
		numbers := map[string]map[string]bool{}
		for _, line := range strings.Split(w.canonical(rt), "\n") {
			founder, rest, _ := strings.Cut(line, " ")
			for _, n := range worldNumbers {
				if !strings.HasPrefix(rest, "person ") || !strings.Contains(rest, n) {
					continue
				}
				if numbers[founder] == nil {
					numbers[founder] = map[string]bool{}
				}
				numbers[founder][n] = true
				seen++
			}
		}
		for founder, held := range numbers {
			if len(held) > 1 {
				rt.Fatalf("%s holds %v", founder, held)
			}
		}
	})
	if seen == 0 && testkit.ManyDraws() {
		t.Error("no golden record holds a personal number")
	}
}

func TestADecisionOutlivesANewRun(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		w.deliver(rt, drawPersons(rt))
		w.resolve(rt, registry.ResolveOptions{})
		var split [2]model.EntityID
		var goldens []model.EntityID
		clusters := w.liveMembers(rt, model.Person)
		for id, members := range clusters {
			goldens = append(goldens, id)
			if len(members) > 1 {
				split = [2]model.EntityID{members[0], members[1]}
			}
		}
		ctx := context.Background()
		slices.SortFunc(goldens, model.EntityID.Compare)
		var merged [2]model.EntityID
		if len(goldens) > 1 {
			merged = [2]model.EntityID{clusters[goldens[0]][0], clusters[goldens[1]][0]}
			if _, err := w.registry.Decide(ctx, "steward", merged[0], merged[1], graph.Same, "samma", nil); err != nil {
				rt.Fatalf("decide: %v", err)
			}
		}
		if !split[0].IsZero() {
			if _, err := w.registry.Decide(ctx, "steward", split[0], split[1], graph.Different, "olika", nil); err != nil {
				rt.Fatalf("decide: %v", err)
			}
		}
		together := !merged[0].IsZero() && w.goldenOf(rt, merged[0]) == w.goldenOf(rt, merged[1])
		before := w.canonical(rt)
		w.resolve(rt, registry.ResolveOptions{Refit: true})
		if diff := cmp.Diff(before, w.canonical(rt)); diff != "" {
			rt.Fatalf("a new run over the same records changed what a steward decided (-before +after):\n%s", diff)
		}
		w.deliver(rt, drawPersons(rt))
		w.resolve(rt, registry.ResolveOptions{Refit: true})
		live := map[model.EntityID]bool{}
		for _, members := range w.liveMembers(rt, model.Person) {
			for _, m := range members {
				live[m] = true
			}
		}
		if live[split[0]] && live[split[1]] && w.goldenOf(rt, split[0]) == w.goldenOf(rt, split[1]) {
			rt.Fatalf("%v are one thing again", split)
		}
		if together && split[0].IsZero() && live[merged[0]] && live[merged[1]] && w.goldenOf(rt, merged[0]) != w.goldenOf(rt, merged[1]) {
			rt.Fatalf("%v are no longer one thing", merged)
		}
	})
}

func TestMergeThenSplitIsAsBeforeWithPairs(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		w.deliver(rt, drawPersons(rt))
		w.resolve(rt, registry.ResolveOptions{})
		clusters := w.liveMembers(rt, model.Person)
		ids := make([]model.EntityID, 0, len(clusters))
		for id := range clusters {
			ids = append(ids, id)
		}
		if len(ids) < 2 {
			return
		}
		slices.SortFunc(ids, model.EntityID.Compare)
		before := w.canonical(rt)
		pair := rapid.Permutation(ids).Draw(rt, "pair")[:2]
		ctx := context.Background()
		if _, err := w.registry.Merge(ctx, "steward", pair, "samma person", nil); err != nil {
			rt.Fatalf("merge: %v", err)
		}
		into := w.goldenOf(rt, clusters[pair[0]][0])
		if _, err := w.registry.Split(ctx, "steward", into, clusters[pair[1]], "olika personer", nil); err != nil {
			rt.Fatalf("split: %v", err)
		}
		if diff := cmp.Diff(before, w.canonical(rt)); diff != "" {
			rt.Fatalf("merge and split do not give the same back (-before +after):\n%s", diff)
		}
	})
}

func TestAStoppedRunGoesOnWhereItWas(t *testing.T) {
	stopped := 0
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w, x := fresh(), fresh()
		events := drawPersons(rt)
		w.deliver(rt, events)
		x.deliver(rt, events)
		registry.CommitEvery(x.registry, 1)
		after := rapid.Int64Range(1, 2).Draw(rt, "stopped after")
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		_, err := x.registry.Resolve(ctx, model.Person, registry.ResolveOptions{Progress: func(step string, done, total int64) {
			if step == "write" && done >= after && done < total {
				stop()
			}
		}})
		if ctx.Err() != nil {
			stopped++
			if !errors.Is(err, context.Canceled) {
				rt.Fatalf("stopped, it ended with %v", err)
			}
		} else if err != nil {
			rt.Fatalf("resolve: %v", err)
		}
		w.resolve(rt, registry.ResolveOptions{})
		x.resolve(rt, registry.ResolveOptions{})
		if diff := cmp.Diff(w.canonical(rt)+w.pairs(rt), x.canonical(rt)+x.pairs(rt)); diff != "" {
			rt.Fatalf("stopped and gone on it is another state (-at once +stopped):\n%s", diff)
		}
	})
	if stopped == 0 && testkit.ManyDraws() {
		t.Error("no run was stopped")
	}
}

// person and org are rows of one source's table.
func person(id, number, given, family, born string) string {
	return strings.Join([]string{"P", id, "2024-01-01T00:00:00Z", "", number, "", given, family, "", "", "", "", born, ""}, ";")
}

func org(id, name, parent string) string {
	return strings.Join([]string{"O", id, "2024-01-01T00:00:00Z", "", "", "", name, "", "", "", parent, "", "", ""}, ";")
}

func TestAModelNamesNoPersonalNumber(t *testing.T) {
	w := newWorld(t, openSQLite(t), "0136")
	var events []event
	for i := range 15 {
		events = append(events, event{"a", person(fmt.Sprint("P", i), worldNumbers[0], "Anna", "Berg", "1845-05-17")})
	}
	w.deliver(t, events)
	w.resolve(t, registry.ResolveOptions{})
	a, ok, err := w.store.Artifact(context.Background(), "matching-model/person")
	if err != nil || !ok {
		t.Fatalf("the model is not there: %v, %v", ok, err)
	}
	if !strings.Contains(string(a.Body), "berg") {
		t.Errorf("the model names no common value, so the test proves nothing: %s", a.Body)
	}
	if strings.Contains(string(a.Body), worldNumbers[0][2:]) {
		t.Errorf("the model names a personal number: %s", a.Body)
	}
}

func TestThingsOfOneSourceAreNoPair(t *testing.T) {
	w := newWorld(t, openSQLite(t), "0136")
	w.deliver(t, []event{
		{"a", org("O1", "Hemtjänst Norr", "")}, {"a", org("O2", "Hemtjänst Norr", "")}, {"a", org("O3", "Björkskolan", "")},
		{"b", org("O4", "Björkskolan", "")}, {"b", org("O5", "Vatten och avlopp", "")},
	})
	rep, err := w.registry.Resolve(context.Background(), model.Organisation, registry.ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Records != 5 || rep.Linking+rep.Review > 1 {
		t.Errorf("the run came to %+v", rep)
	}
	if got := w.liveMembers(t, model.Organisation); len(got) != 5-int(rep.Joined) || rep.Joined > 1 {
		t.Errorf("there are %d organisations after %+v", len(got), rep)
	}
}

func TestStewardsSeeWhichOfSeveralValuesWereCompared(t *testing.T) {
	w := newWorld(t, openSQLite(t), "00001")
	w.deliver(t, []event{
		{"a", "P;P1;2024-01-01T00:00:00Z;;;;Anna;Berg|Ek;;;;;1890-01-01;x@example.com|a.berg@example.com"},
		{"b", "P;P1;2024-01-01T00:00:00Z;;;;Anna;Ek;;;;;1890-01-01;a.berg@example.com"},
	})
	w.resolve(t, registry.ResolveOptions{})
	a, b := w.head(t, "a", "person", "P1"), w.head(t, "b", "person", "P1")
	e, ok, err := w.registry.WeighPair(context.Background(), a.ID, b.ID)
	if err != nil || !ok || e.Band != "link" {
		t.Fatalf("they weigh %+v, %v, %v", e, ok, err)
	}
	// The statements are given name, two family names, birth date, two addresses.
	want := map[string]int{"family": 2, "email": 5}
	for _, s := range e.Steps {
		at, several := want[s.Comparison]
		switch {
		case !several && (s.SaidA != nil || s.SaidB != nil):
			t.Errorf("%s: of one value %v and %v were chosen", s.Comparison, s.SaidA, s.SaidB)
		case several && (s.Level != "same" || len(s.SaidA) != 1 || s.SaidA[0] != at || s.SaidB != nil):
			t.Errorf("%s: %s, compared are statements %v and %v, want %d and the only one", s.Comparison, s.Level, s.SaidA, s.SaidB, at)
		}
	}
}
