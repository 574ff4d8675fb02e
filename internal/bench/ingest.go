package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// loaded is the site that holds the first delivery; the first phase that needs
// it loads it, unless an earlier run has left it.
func (b *bench) loaded(ctx context.Context) (*site, error) {
	if b.site != nil {
		return b.site, nil
	}
	name := "loaded"
	if b.keep {
		name = fmt.Sprintf("%s%s-%d", keptName, b.options.engine, b.records)
		s := &site{bench: b, name: name, dir: filepath.Join(b.dir, name)}
		if _, err := os.Stat(filepath.Join(s.dir, wholeFile)); err == nil {
			b.say("the store that an earlier run left")
			b.site = s
			return s, nil
		}
	}
	s, err := b.newSite(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := b.fill(ctx, s); err != nil {
		return nil, errors.Join(err, s.remove(context.WithoutCancel(ctx)))
	}
	b.site = s
	return s, nil
}

// wholeFile says of a site that is kept that all of it is loaded.
const wholeFile = "loaded"

// fill makes the first delivery.
func (b *bench) fill(ctx context.Context, s *site) error {
	file, err := b.synthFile(false)
	if err != nil {
		return err
	}
	var d delivered
	if b.load, d, err = s.ingest(ctx, synthSource, file); err != nil {
		return err
	}
	if n := int64(b.records); d.Counts.Added != n || d.Counts.Issues != 0 {
		return fmt.Errorf("first load: want %d records added, got %+v", n, d)
	}
	if b.settling, err = s.settle(ctx); err != nil || !b.keep {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.dir, wholeFile), nil, 0o600); err != nil {
		return fmt.Errorf("say that the store is loaded: %w", err)
	}
	return nil
}

// settle lets the engine settle and says what it cost.
func (s *site) settle(ctx context.Context) (u usage, err error) {
	before, err := s.bench.engine.cpu()
	if err != nil {
		return u, err
	}
	started := time.Now()
	if err := s.bench.engine.settle(ctx, s); err != nil {
		return u, err
	}
	u.wall = time.Since(started)
	after, err := s.bench.engine.cpu()
	u.database = after - before
	return u, err
}

func firstLoad(ctx context.Context, b *bench) ([]result, error) {
	if _, err := b.loaded(ctx); err != nil {
		return nil, err
	}
	r := b.written("first load", b.load)
	r.atLeast(b.goal(15_000, 30_000))
	r.atMostPeak(500e6)
	all := []result{r}
	if b.settling.database > 0 {
		all = append(all, newResult("VACUUM ANALYZE and CHECKPOINT after it", "record", b.records, b.settling))
	}
	return all, nil
}

// goal is a goal by engine.
func (b *bench) goal(sqlite, postgres float64) float64 {
	if b.options.engine == "postgres" {
		return postgres
	}
	return sqlite
}

// written is the result of an ingest of all records, beside the yardstick of writing.
func (b *bench) written(name string, u usage) result {
	r := newResult(name, "record", b.records, u)
	r.beside(b.yard.writeName, r.PerSecond, b.yard.rows)
	return r
}

func disk(ctx context.Context, b *bench) ([]result, error) {
	s, err := b.loaded(ctx)
	if err != nil {
		return nil, err
	}
	n, err := b.engine.size(ctx, s)
	if err != nil {
		return nil, err
	}
	r := result{Name: "disk after the first load", Unit: "record", Count: int64(b.records), Bytes: n}
	r.atMostBytes(2e9)
	return []result{r}, nil
}

func unchanged(ctx context.Context, b *bench) ([]result, error) {
	s, err := b.loaded(ctx)
	if err != nil {
		return nil, err
	}
	file, err := b.synthFile(false)
	if err != nil {
		return nil, err
	}
	u, d, err := s.ingest(ctx, synthSource, file)
	if err != nil {
		return nil, err
	}
	if n := int64(b.records); d.Counts.Unchanged != n || d.Counts.Items != n {
		return nil, fmt.Errorf("the same file again: want %d unchanged, got %+v", n, d)
	}
	r := b.written("the same file again", u)
	r.atLeast(400_000)
	return []result{r}, nil
}

// newMapper delivers the same file after a change of the mapping that changes no
// record: every row is mapped and compared again.
func newMapper(ctx context.Context, b *bench) ([]result, error) {
	s, err := b.loaded(ctx)
	if err != nil {
		return nil, err
	}
	if err := appendTo(filepath.Join(s.dir, "synth.yaml"), "# Another mapping that says the same.\n"); err != nil {
		return nil, err
	}
	file, err := b.synthFile(false)
	if err != nil {
		return nil, err
	}
	u, d, err := s.ingest(ctx, synthSource, file)
	if err != nil {
		return nil, err
	}
	if c := d.Counts; c.Items != int64(b.records) || c.Unchanged == c.Items || c.Added+c.Changed+c.Retracted != 0 {
		return nil, fmt.Errorf("the same file after a new mapper: want all mapped and nothing changed, got %+v", d)
	}
	r := b.written("the same file after a new mapper", u)
	r.atLeast(80_000)
	return []result{r}, nil
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return fmt.Errorf("change the mapping: %w", err)
	}
	if _, err := f.WriteString(text); err != nil {
		_ = f.Close()
		return fmt.Errorf("change the mapping: %w", err)
	}
	return f.Close()
}

// fewUnits is the delivery that makes a store's first load a thing of the past.
const fewUnits = 1_000

// inPlace loads into a store that has been delivered to, so that its indexes are
// in place, rows in an order unrelated to their references.
func inPlace(ctx context.Context, b *bench) (_ []result, err error) {
	// Its disk is wanted, and nobody needs the loaded store after this phase.
	if err := b.leave(ctx); err != nil {
		return nil, err
	}
	few, err := b.unitFile(fewUnits)
	if err != nil {
		return nil, err
	}
	file, err := b.synthFile(true)
	if err != nil {
		return nil, err
	}
	if b.site, err = b.newSite(ctx, "in-place"); err != nil {
		return nil, err
	}
	if _, _, err := b.site.ingest(ctx, unitSource, few); err != nil {
		return nil, err
	}
	u, d, err := b.site.ingest(ctx, synthSource, file)
	if err != nil {
		return nil, err
	}
	if n := int64(b.records); d.Counts.Added != n || d.Counts.Issues != 0 {
		return nil, fmt.Errorf("load in place: want %d records added, got %+v", n, d)
	}
	r := b.written("load with indexes in place, shuffled", u)
	r.atLeast(b.goal(10_000, 15_000))
	r.atMostPeak(500e6)
	return []result{r}, nil
}
