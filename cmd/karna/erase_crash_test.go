package main

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/testkit/synth"
	"github.com/karna-registry/karna/model"
)

// TestKilledErasureIsWholeOrNotBegun kills karna subject erase at random points,
// without warning: then everything that was held is there as it was, or all of it is
// gone; and either way the command, or karna subject scrub, goes on from there.
func TestKilledErasureIsWholeOrNotBegun(t *testing.T) {
	var text strings.Builder
	if err := synth.Write(&text, synth.Options{Records: 3_000, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	persons := 2
	if testing.Short() || raceDetector {
		persons = 1
	}
	onEngines(t, func(t *testing.T, newStore func(t *testing.T) string) {
		rng := rand.New(rand.NewPCG(crashSeed, 1))
		hits := 0
		site := newCrashSite(t, newStore(t), [2]string{text.String()})
		site.ingest(0)
		for range persons {
			person, records := site.somePerson(rng)
			for killed := 0; ; killed++ {
				cmd := command(t, site.dir, "subject", "erase", person.String(), "--decision", "KS 1")
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if killed < killsInARow {
					site.look(rng.IntN(1_500))
					_ = cmd.Process.Kill() // fails if it is through
				}
				err := cmd.Wait()
				if err != nil && killed >= killsInARow {
					t.Fatalf("the erasure that nobody killed: %v", err)
				}
				if err != nil {
					hits++
				}
				left := site.heldOf(person)
				if left != records && left != 0 {
					t.Fatalf("after a kill %d records of %d are held", left, records)
				}
				if left == 0 {
					break
				}
			}
			karna(t, site.dir, "subject", "scrub")
			site.proves(person)
		}
		if hits == 0 {
			t.Error("no kill hit a running erasure: the kill points lie too late")
		}
		site.verify()
		karna(t, site.dir, "audit", "verify")
	})
}

// somePerson is a person with roles, and how many records are held about them.
func (s *crashSite) somePerson(rng *rand.Rand) (model.EntityID, int) {
	s.t.Helper()
	o := s.open()
	defer func() { _ = o.close() }()
	var persons []model.EntityID
	for h, err := range o.store.ScanHeads(context.Background(), "", "") {
		if err != nil {
			s.t.Fatal(err)
		}
		if h.Key.Kind == model.Person {
			persons = append(persons, h.Golden)
		}
	}
	for {
		id := persons[rng.IntN(len(persons))]
		held, err := o.registry.Held(context.Background(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		if len(held.Roles) > 0 {
			return id, len(held.All())
		}
	}
}

// look reads the revision so many times.
func (s *crashSite) look(times int) {
	s.t.Helper()
	o := s.open()
	defer func() { _ = o.close() }()
	for range times {
		if _, err := o.store.Revision(context.Background()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// heldOf is how many records are held about a person; 0 when the id is unknown.
func (s *crashSite) heldOf(id model.EntityID) int {
	s.t.Helper()
	o := s.open()
	defer func() { _ = o.close() }()
	held, err := o.registry.Held(context.Background(), id)
	if err != nil {
		return 0
	}
	return len(held.All())
}

// proves wants nothing of an id to be found.
func (s *crashSite) proves(id model.EntityID) {
	s.t.Helper()
	cmd := command(s.t, s.dir, "subject", "prove")
	cmd.Stdin = strings.NewReader(id.String() + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("after the erasure: %v\n%s", err, out)
	}
}
