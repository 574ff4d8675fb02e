package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/testkit/synth"
)

// The sources of a site.
const (
	synthSource = "synth" // organisations, persons and employments
	unitSource  = "units" // organisations only, which are open
)

const configuration = `tenant:
  code: "9901"
  name: Generated
  baseIRI: https://data.generated.example
store: %q
sources:
  - name: synth
    authority: Kommunstyrelsen
    purpose: Benchmarks
    legalBasis: Generated data
    retention: None
    format: csv
    mapping: synth.yaml
    delivers: full
  - name: units
    authority: Kommunstyrelsen
    purpose: Benchmarks
    legalBasis: Generated data
    retention: None
    format: csv
    mapping: units.yaml
    delivers: full
`

// site is a data directory of karna's with a store of its own.
type site struct {
	bench *bench
	name  string
	dir   string
}

// newSite makes a site with an empty store.
func (b *bench) newSite(ctx context.Context, name string) (*site, error) {
	s := &site{bench: b, name: name, dir: filepath.Join(b.dir, name)}
	if err := os.Mkdir(s.dir, 0o750); err != nil {
		return nil, fmt.Errorf("make a site (remove what an earlier run left): %w", err)
	}
	if err := s.fill(ctx); err != nil {
		return nil, errors.Join(err, s.remove(context.WithoutCancel(ctx)))
	}
	return s, nil
}

// fill makes the store and the files beside it.
func (s *site) fill(ctx context.Context) error {
	store, err := s.bench.engine.create(ctx, s)
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		config.FileName: fmt.Sprintf(configuration, store), "synth.yaml": synth.Mapping, "units.yaml": unitMapping,
	} {
		if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("write the site's files: %w", err)
		}
	}
	_, err = output(command(ctx, s.bench.karna, "-c", s.dir, "migrate"))
	return err
}

// remove drops the store and the files.
func (s *site) remove(ctx context.Context) error {
	return errors.Join(s.bench.engine.drop(ctx, s), os.RemoveAll(s.dir))
}

// delivered is what karna ingest --json says of a delivery.
type delivered struct {
	State, Message string
	Counts         struct{ Items, Unchanged, Added, Changed, Retracted, Quarantined, Issues int64 }
}

// ingest runs karna ingest on a file.
func (s *site) ingest(ctx context.Context, source, file string) (usage, delivered, error) {
	u, out, err := measure(s.bench.engine, command(ctx, s.bench.karna, "-c", s.dir, "--json", "ingest", source, file))
	if err != nil {
		return u, delivered{}, err
	}
	var all []delivered
	if err := json.Unmarshal(out, &all); err != nil {
		return u, delivered{}, fmt.Errorf("read what karna ingest answered: %w", err)
	}
	if len(all) != 1 || all[0].State != "done" {
		return u, delivered{}, fmt.Errorf("ingest %s: want one delivery that is done, got %+v", filepath.Base(file), all)
	}
	return u, all[0], nil
}
