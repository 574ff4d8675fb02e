package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/synth"
	"github.com/karna-registry/karna/model"
)

const resolveConfig = `tenant: {code: "9901", name: Älvsala kommun, baseIRI: "https://data.alvsala.example"}
store: %s
sources:
  - {name: persons, authority: Kommunstyrelsen, purpose: prov, legalBasis: prov, retention: 2 år, format: csv, mapping: persons.yaml, delivers: full, trust: 50}
`

const resolveMapping = `name: persons
records:
  - kind: person
    key: id
    fields:
      - {column: personnummer, property: identifier, scheme: personnummer}
      - {column: fornamn, property: givenName}
      - {column: efternamn, property: familyName}
      - {column: fodelsedatum, property: birthDate}
      - {column: epost, property: email, contact: {medium: email, use: private}}
`

// TestKilledResolveGoesOnWhereItWas kills karna resolve at random points of a first
// run and of a later one, without warning. Whatever is there then is whole, and the
// next run ends as one that nobody killed.
func TestKilledResolveGoesOnWhereItWas(t *testing.T) {
	records, kills := 1_200, 3
	if testing.Short() || raceDetector {
		records, kills = 600, 2
	}
	var text strings.Builder
	if _, err := synth.Write(synth.Output{Data: &text}, synth.Options{Set: "swedish", Records: records, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(text.String(), "\n")
	// What comes later is too much to be matched record by record, and some of it.
	deliveries := [2]string{strings.Join(lines[:len(lines)*3/4], ""), text.String()}
	whole := newResolveSite(t, "", nil, deliveries)
	var want [2][]string
	for i := range deliveries {
		whole.deliver(i)
		karna(t, whole.dir, "resolve", "--kind", "person")
		want[i] = whole.state()
	}
	keys, err := os.ReadFile(filepath.Join(whole.dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(want[0], want[1]) || len(want[0]) < records/4 {
		t.Fatalf("the runs that nobody killed end in %d and %d lines", len(want[0]), len(want[1]))
	}
	onEngines(t, func(t *testing.T, newStore func(t *testing.T) string) {
		rng := rand.New(rand.NewPCG(crashSeed, 1))
		site := newResolveSite(t, newStore(t), keys, deliveries)
		hits, began := 0, 0
		for i := range deliveries {
			site.deliver(i)
			for range kills {
				hit, some := site.killResolve(rng.IntN(4), rng.IntN(60))
				if hit {
					hits++
				}
				if some {
					began++
				}
				karna(t, site.dir, "verify") // a rebuild of what is there gives what is there
			}
			karna(t, site.dir, "resolve", "--kind", "person")
			if d := differ(want[i], site.state()); d != "" {
				t.Fatalf("after the kills and another run delivery %d ends in another state: %s", i+1, d)
			}
			if out := karna(t, site.dir, "resolve", "--kind", "person", "--json"); !strings.Contains(out, `"revision": 0`) {
				t.Fatalf("a run after that still has something to write: %s", out)
			}
		}
		if hits < kills || began == 0 {
			t.Errorf("of %d kills %d hit a running resolve, %d after it had written something", 2*kills, hits, began)
		}
	})
}

// resolveSite is one store with its configuration and the persons that are
// delivered.
type resolveSite struct{ crashSite }

// newResolveSite makes a site with keys, since large blocks are divided by them; nil
// for keys of its own.
func newResolveSite(t *testing.T, store string, keys []byte, deliveries [2]string) *resolveSite {
	t.Helper()
	if store == "" {
		store = "sqlite:karna.db"
	}
	s := &resolveSite{crashSite{t: t, dir: t.TempDir(), deliveries: deliveries}}
	files := map[string]string{"karna.yaml": fmt.Sprintf(resolveConfig, store), "persons.yaml": resolveMapping, "0.csv": deliveries[0], "1.csv": deliveries[1]}
	if keys != nil {
		files["keys.json"] = string(keys)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	karna(t, s.dir, "migrate")
	return s
}

func (s *resolveSite) deliver(i int) {
	s.t.Helper()
	karna(s.t, s.dir, "ingest", "persons", fmt.Sprintf("%d.csv", i), "--unmatched")
}

// state is what the store says, and the pairs of records by their keys.
func (s *resolveSite) state() []string {
	s.t.Helper()
	o := s.open()
	defer func() { _ = o.close() }()
	lines := canonical(s.t, o)
	ctx := context.Background()
	for _, band := range []graph.PairBand{graph.RejectBand, graph.ReviewBand, graph.LinkBand} {
		for p, err := range o.store.Pairs(ctx, graph.PairQuery{Kind: model.Person, Band: band, Limit: math.MaxInt}) {
			if err != nil {
				s.t.Fatal(err)
			}
			heads, err := o.store.HeadsByID(ctx, []model.EntityID{p.A, p.B})
			if err != nil {
				s.t.Fatal(err)
			}
			keys := []string{heads[0].Key.String(), heads[1].Key.String()}
			slices.Sort(keys)
			lines = append(lines, fmt.Sprint("pair ", keys, p.Band))
		}
	}
	slices.Sort(lines)
	return lines
}

// killResolve starts a run and kills it when it has made so many revisions and been
// looked at so many times more: whether it was still running, and had written
// something.
func (s *resolveSite) killResolve(revisions, looks int) (hit, began bool) {
	s.t.Helper()
	o := s.open()
	defer func() { _ = o.close() }()
	ctx := context.Background()
	revision := func() model.Revision {
		rev, err := o.store.Revision(ctx)
		if err != nil {
			s.t.Fatal(err)
		}
		return rev
	}
	before := revision()
	cmd := command(s.t, s.dir, "resolve", "--kind", "person", "--all")
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var err error
	for running := true; running; {
		select {
		case err = <-ended:
			running = false
		default:
			if int(revision()-before) < revisions {
				continue
			}
			if looks--; looks < 0 {
				_ = cmd.Process.Kill() // fails if it is through
				err = <-ended
				running = false
			}
		}
	}
	var exit *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &exit) && !exit.Exited():
		hit = true
	default:
		s.t.Fatalf("the run failed before it was killed: %v\n%s", err, said.String())
	}
	return hit, revision() > before
}
