package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/testkit/synth"
	"github.com/karna-registry/karna/model"
)

// killsInARow is how many runs of one delivery are killed before one may end.
const killsInARow = 2

// crashSeed makes the kill points; change it to try others.
const crashSeed = 20261122

const crashConfig = `tenant: {code: "9901", name: Älvsala kommun, baseIRI: "https://data.alvsala.example"}
store: %s
sources:
  - {name: synth, authority: Kommunstyrelsen, purpose: prov, legalBasis: prov, retention: 2 år, format: csv, mapping: synth.yaml, delivers: full, trust: 50}
`

// TestKilledIngestGoesOnWhereItWas kills karna ingest at random points of a first
// load and of a later delivery, without warning. What was seen published stays as
// it was, nothing is half there, and the next run ends as one that nobody killed.
func TestKilledIngestGoesOnWhereItWas(t *testing.T) {
	records, sites := 30_000, 5
	if testing.Short() || raceDetector {
		records, sites = 6_000, 1
	}
	var first strings.Builder
	if err := synth.Write(&first, synth.Options{Records: records, Shuffled: true, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	var other strings.Builder
	if err := synth.Write(&other, synth.Options{Records: records, Shuffled: true, Seed: 1, Change: 1}); err != nil {
		t.Fatal(err)
	}
	// Every person has changed, and of the employments one in forty is gone.
	second := changeCSV(other.String(), func(n int, line string) string {
		if strings.HasPrefix(line, "R;") && n%40 == 0 {
			return ""
		}
		return line
	})
	deliveries := [2]string{first.String(), second}

	whole := newCrashSite(t, "", deliveries)
	var want [2][]string
	for i := range deliveries {
		whole.ingest(i)
		want[i] = whole.canonical()
	}
	if len(want[0]) < records || len(want[1]) < records {
		t.Fatalf("the uninterrupted runs give %d and %d lines of %d records", len(want[0]), len(want[1]), records)
	}

	onEngines(t, func(t *testing.T, newStore func(t *testing.T) string) {
		rng := rand.New(rand.NewPCG(crashSeed, 0))
		var kills, hits, resumed int64
		for n := range sites {
			site := newCrashSite(t, newStore(t), deliveries)
			for i := range deliveries {
				for range killsInARow {
					k := newKill(rng, len(deliveries[i]))
					t.Logf("site %d: killing delivery %d %s", n+1, i+1, k)
					seen, hit := site.killed(i, k)
					kills++
					if hit {
						hits++
					}
					site.holds(seen)
				}
				if i > 0 {
					site.verify()
				}
				resumed += site.ingest(i).Counts.Unchanged
				if d := differ(want[i], site.canonical()); d != "" {
					t.Fatalf("after the kills and another run delivery %d gives another state: %s", i+1, d)
				}
			}
			site.verify()
		}
		if hits < kills/2 {
			t.Errorf("%d of %d kills hit a running ingest: the kill points lie too late", hits, kills)
		}
		if resumed == 0 {
			t.Error("no run after a kill found anything in place")
		}
	})
}

// TestInterruptedIngestStopsAndGoesOn asks an ingest that waits for more of its
// file to stop, as ctrl-C does.
func TestInterruptedIngestStopsAndGoesOn(t *testing.T) {
	var text strings.Builder
	if err := synth.Write(&text, synth.Options{Records: 5_000, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	deliveries := [2]string{text.String()}
	whole := newCrashSite(t, "", deliveries)
	whole.ingest(0)
	want := whole.canonical()
	onEngines(t, func(t *testing.T, newStore func(t *testing.T) string) {
		site := newCrashSite(t, newStore(t), deliveries)
		cmd := command(t, site.dir, "ingest", "synth", "-")
		var said strings.Builder
		cmd.Stderr = &said
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(in, text.String()[:text.Len()/2]); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		var ended *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &ended) || ended.ExitCode() != exitInterrupted {
			t.Fatalf("interrupted, it ended with %v, want exit code %d\n%s", err, exitInterrupted, said.String())
		}
		if answer := karna(t, site.dir, "query", "--as", "steward", "{ deliveries { state } }"); !strings.Contains(answer, "STOPPED") {
			t.Errorf("the delivery's state is not that it was stopped: %s", answer)
		}
		site.ingest(0)
		if d := differ(want, site.canonical()); d != "" {
			t.Errorf("stopped and gone on with gives another state: %s", d)
		}
	})
}

// kill is when a running ingest is killed: after it has been given so many bytes
// of the delivery (all of it, if there are no more) and then been looked at so
// many times.
type kill struct{ bytes, looks int }

func (k kill) String() string { return fmt.Sprintf("after %d bytes and %d looks", k.bytes, k.looks) }

func newKill(rng *rand.Rand, size int) kill {
	return kill{bytes: rng.IntN(size * 5 / 4), looks: rng.IntN(6)}
}

// crashSite is one store, its configuration and the deliveries.
type crashSite struct {
	t          *testing.T
	dir        string
	deliveries [2]string
}

func newCrashSite(t *testing.T, store string, deliveries [2]string) *crashSite {
	t.Helper()
	if store == "" {
		store = "sqlite:karna.db"
	}
	s := &crashSite{t: t, dir: t.TempDir(), deliveries: deliveries}
	files := map[string]string{"karna.yaml": fmt.Sprintf(crashConfig, store), "synth.yaml": synth.Mapping}
	for i, text := range deliveries {
		files[fmt.Sprintf("%d.csv", i)] = text
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	karna(t, s.dir, "migrate")
	return s
}

// open opens the site's store in this process, beside whatever else has it open.
func (s *crashSite) open() *opened {
	s.t.Helper()
	a := &app{configPath: s.dir}
	o, err := a.open(context.Background())
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// ingest runs a delivery to its end.
func (s *crashSite) ingest(i int) deliveryJSON {
	s.t.Helper()
	out := karna(s.t, s.dir, "--json", "ingest", "synth", fmt.Sprintf("%d.csv", i))
	var done []deliveryJSON
	if err := json.Unmarshal([]byte(out), &done); err != nil || len(done) != 1 || done[0].State != graph.Done {
		s.t.Fatalf("ingest of delivery %d: %v\n%s", i+1, err, out)
	}
	return done[0]
}

func (s *crashSite) canonical() []string {
	s.t.Helper()
	o := s.open()
	defer func() { _ = o.close() }()
	return canonical(s.t, o)
}

// verify rebuilds beside what is stored and wants no difference.
func (s *crashSite) verify() {
	s.t.Helper()
	karna(s.t, s.dir, "verify")
}

// killed starts a delivery and kills it. It returns what it saw published while
// the ingest ran, and whether the ingest was still running when the kill came.
func (s *crashSite) killed(i int, k kill) (seen map[model.Revision]string, hit bool) {
	s.t.Helper()
	o := s.open()
	defer func() { _ = o.close() }()
	cmd := command(s.t, s.dir, "ingest", "synth", "-")
	var errs strings.Builder
	cmd.Stderr = &errs
	in, err := cmd.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	given := make(chan error, 1)
	go func() {
		text := s.deliveries[i]
		if _, err := io.WriteString(in, text[:min(k.bytes, len(text))]); err != nil || k.bytes < len(text) {
			given <- err // the pipe stays open: to the ingest the file just comes slowly
			return
		}
		given <- in.Close()
	}()
	seen = map[model.Revision]string{}
	look := func() {
		rev, err := o.store.Revision(context.Background())
		if err != nil {
			s.t.Fatal(err)
		}
		if _, have := seen[rev]; !have {
			seen[rev] = past(s.t, o.store, rev)
		}
		s.showsNothingUnpublished(o.store)
	}
	for waiting := true; waiting; {
		select {
		case err := <-given:
			waiting = false
			if err != nil {
				s.t.Fatalf("give the ingest its delivery: %v\n%s", err, errs.String())
			}
		default:
			look()
		}
	}
	for range k.looks {
		look()
	}
	_ = cmd.Process.Kill() // fails if it is through
	err = cmd.Wait()
	var ended *exec.ExitError
	switch {
	case err == nil:
	case errors.As(err, &ended) && !ended.Exited():
		hit = true
	default:
		s.t.Fatalf("the ingest failed before it was killed: %v\n%s", err, errs.String())
	}
	return seen, hit
}

// showsNothingUnpublished checks that of a first load under way, or cut off,
// nobody sees anything.
func (s *crashSite) showsNothingUnpublished(store graph.Store) {
	s.t.Helper()
	ctx := context.Background()
	shown := false
	for _, err := range store.Scan(ctx, model.KindUnknown, 0) {
		if err != nil {
			s.t.Fatal(err)
		}
		shown = true
		break
	}
	if rev, err := store.Revision(ctx); err != nil || shown && rev == 0 {
		s.t.Fatalf("golden records are shown of a load that is not published (%v)", err)
	}
}

// holds checks that what was seen published is there, as it was.
func (s *crashSite) holds(seen map[model.Revision]string) {
	s.t.Helper()
	o := s.open()
	defer func() { _ = o.close() }()
	for rev, was := range seen {
		if is := past(s.t, o.store, rev); is != was {
			s.t.Fatalf("revision %d was seen with %s and is now %s", rev, was, is)
		}
	}
	s.showsNothingUnpublished(o.store)
}
