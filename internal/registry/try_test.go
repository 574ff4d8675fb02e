package registry_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
	"github.com/karna-registry/karna/resolve/match"
)

// clusters are the persons' live records by golden record, as text.
func (w *world) clusters(t fatalf) (out []string) {
	for _, members := range w.liveMembers(t, model.Person) {
		heads, err := w.store.HeadsByID(context.Background(), members)
		if err != nil {
			t.Fatalf("heads: %v", err)
		}
		var keys []string
		for _, h := range heads {
			keys = append(keys, h.Key.String())
		}
		slices.Sort(keys)
		out = append(out, strings.Join(keys, " "))
	}
	slices.Sort(out)
	return out
}

// changed are clusters as they would be after a trial.
func changed(t fatalf, clusters []string, trial registry.Trial) []string {
	named := func(group []int) string {
		var keys []string
		for _, i := range group {
			keys = append(keys, trial.Records[i].String())
		}
		slices.Sort(keys)
		return strings.Join(keys, " ")
	}
	out := slices.Clone(clusters)
	for _, c := range trial.Changes {
		for _, from := range c.From {
			at := slices.Index(out, named(from))
			if at < 0 {
				t.Fatalf("a trial changes %q, which is no golden record: %v", named(from), out)
			}
			out = slices.Delete(out, at, at+1)
		}
		for _, to := range c.To {
			out = append(out, named(to))
		}
	}
	slices.Sort(out)
	return out
}

// What a trial says is what comes of it, and a trial changes nothing.
func TestATrialSaysWhatWouldCome(t *testing.T) {
	split, joined := 0, 0
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		ctx := context.Background()
		w := fresh()
		alike := "P;P8;2024-01-09T00:00:00Z;;;;Åsa;Berg;;;;;1846-10-30;a.berg@example.com|x@example.com"
		w.deliver(rt, append(drawPersons(rt), event{"a", alike}, event{"b", alike}))
		w.decideAtRandom(rt)
		w.resolve(rt, registry.ResolveOptions{})
		before, was, at := w.clusters(rt), w.exact(rt)+w.pairs(rt), w.revision(rt)
		count := func(trial registry.Trial) {
			for _, c := range trial.Changes {
				split += max(0, len(c.To)-len(c.From))
				joined += max(0, len(c.From)-len(c.To))
			}
		}
		link := rapid.SampledFrom([]resolve.Weight{-5.9, -5.9, 0, 3, 60, 60}).Draw(rt, "link")
		byThreshold, err := w.registry.Try(ctx, model.Person, registry.TryOptions{Link: &link})
		if err != nil {
			rt.Fatalf("try a threshold: %v", err)
		}
		count(byThreshold)
		other, err := match.Default(model.Person)
		if err != nil {
			rt.Fatal(err)
		}
		other.SamePerRecord *= rapid.SampledFrom([]float64{1e-6, 1, 1e4}).Draw(rt, "prior")
		byModel, err := w.registry.Try(ctx, model.Person, registry.TryOptions{Model: other})
		if err != nil {
			rt.Fatalf("try a model: %v", err)
		}
		count(byModel)
		if diff := cmp.Diff(was, w.exact(rt)+w.pairs(rt)); diff != "" || w.revision(rt) != at {
			rt.Fatalf("trials have changed (-before +after):\n%s", diff)
		}
		if link == 0 && len(byThreshold.Changes) > 0 {
			rt.Fatalf("today's threshold would change %v", byThreshold)
		}
		want := changed(rt, before, byModel)
		w.resolve(rt, registry.ResolveOptions{Model: other})
		if diff := cmp.Diff(want, w.clusters(rt)); diff != "" {
			rt.Fatalf("the trial of a model said otherwise than it became (-said +became):\n%s", diff)
		}
		// The threshold, of the pairs as they were before.
		x := fresh()
		x.registry = registry.LinkingFrom(w.registry, model.Person, link)
		trial, err := w.registry.Try(ctx, model.Person, registry.TryOptions{Link: &link})
		if err != nil {
			rt.Fatalf("try a threshold: %v", err)
		}
		want = changed(rt, w.clusters(rt), trial)
		if _, err := x.registry.Rebuild(ctx, nil); err != nil {
			rt.Fatalf("rebuild: %v", err)
		}
		if diff := cmp.Diff(want, w.clusters(rt)); diff != "" {
			rt.Fatalf("the trial of threshold %v said otherwise than it became (-said +became):\n%s", link, diff)
		}
	})
	if split+joined == 0 && testkit.ManyDraws() {
		t.Error("no trial would split or join anything")
	}
}

func TestATrialOfAThresholdBelowWhatIsKeptIsRefused(t *testing.T) {
	w := newWorld(t, openSQLite(t), "00001")
	link := resolve.Weight(-7)
	if _, err := w.registry.Try(context.Background(), model.Person, registry.TryOptions{Link: &link}); !errors.Is(err, registry.ErrTooLow) {
		t.Errorf("it said %v", err)
	}
	if _, found, err := w.registry.Model(context.Background(), model.Person); err != nil || found {
		t.Errorf("a store that was never resolved has a model: %v, %v", found, err)
	}
}
