package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit/proc"
	"github.com/karna-registry/karna/model"
)

// One-row deltas: how many are measured, and how many go before them so that
// statements are prepared and caches warm.
const (
	changes       = 300
	changesBefore = 30
)

// oneChange is what one changed record costs in a delivery of its own.
func oneChange(ctx context.Context, b *bench) ([]result, error) {
	s, err := b.loaded(ctx)
	if err != nil {
		return nil, err
	}
	file, err := b.changedFile(changesBefore + changes)
	if err != nil {
		return nil, err
	}
	if _, err := s.settle(ctx); err != nil {
		return nil, err
	}
	spec := changeSpec{Site: s.dir, File: file}
	if p, ok := b.engine.(*postgresEngine); ok {
		spec.Postmaster = p.postmaster
	}
	var c cost
	if err := b.child(ctx, "change", spec, &c); err != nil {
		return nil, err
	}
	r := newResult("one changed record, a delivery each", "record", changes, c.usage())
	r.atMostMicros(400)
	return []result{r}, nil
}

// changeSpec says where the store and the changed rows are.
type changeSpec struct {
	Site, File string
	Postmaster int // the server's process, or 0
}

// changeOneByOne delivers each row of a file as a delta of its own.
func changeOneByOne(ctx context.Context, s changeSpec) (c cost, err error) {
	header, rows, err := readLines(s.File)
	if err != nil {
		return c, err
	}
	if len(rows) <= changesBefore {
		return c, fmt.Errorf("%s has %d changed rows, want more than %d", s.File, len(rows), changesBefore)
	}
	o, err := open(ctx, s.Site)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, o.database.Close()) }()
	deliver := func(rows []string) error {
		for i, row := range rows {
			if err := deliverOne(ctx, o.registry, header+row); err != nil {
				return fmt.Errorf("deliver changed row %d: %w", i, err)
			}
		}
		return nil
	}
	if err := deliver(rows[:changesBefore]); err != nil {
		return c, err
	}
	var database func() (time.Duration, error)
	if s.Postmaster != 0 {
		database = func() (time.Duration, error) { return proc.Family(s.Postmaster) }
	}
	return timed(database, func() error { return deliver(rows[changesBefore:]) })
}

func deliverOne(ctx context.Context, reg *registry.Registry, text string) error {
	d, err := reg.Ingest(ctx, registry.Request{Source: synthSource, Name: "change.csv", Reader: strings.NewReader(text), Delta: true})
	if err != nil {
		return err
	}
	if d.State != graph.Done || d.Counts.Changed != 1 || d.Counts.Items != 1 {
		return fmt.Errorf("want one record changed, got %s %+v", d.State, d.Counts)
	}
	return nil
}

// readLines reads a delivery's header and rows, each with its line end.
func readLines(path string) (header string, rows []string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", nil, fmt.Errorf("open the changed rows: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		rows = append(rows, lines.Text()+"\r\n")
	}
	if err := lines.Err(); err != nil {
		return "", nil, fmt.Errorf("read the changed rows: %w", err)
	}
	if len(rows) == 0 {
		return "", nil, fmt.Errorf("%s is empty", path)
	}
	return rows[0], rows[1:], nil
}

// opened is a site's registry in this process.
type opened struct {
	config   *config.Config
	database graph.Database
	store    graph.Store
	registry *registry.Registry
}

// open opens a site as the commands of karna do.
func open(ctx context.Context, dir string) (*opened, error) {
	c, err := config.Load(dir)
	if err != nil {
		return nil, err
	}
	keys, err := seal.Load(c.Path(c.Keys))
	if err != nil {
		return nil, err
	}
	sources, err := sourcesOf(c)
	if err != nil {
		return nil, err
	}
	o := &opened{config: c}
	if path, ok := c.SQLitePath(); ok {
		o.database, err = sqlite.Open(ctx, path)
	} else {
		o.database, err = postgres.Open(ctx, c.Store)
	}
	if err != nil {
		return nil, err
	}
	if o.store, err = o.database.Tenant(ctx, model.Tenant(c.Tenant.Code)); err == nil {
		o.registry, err = registry.New(registry.Options{
			Store: o.store, Keys: keys, Sources: sources, Jurisdiction: c.Tenant.Jurisdiction,
			Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		})
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the registry: %w", err), o.database.Close())
	}
	return o, nil
}

func sourcesOf(c *config.Config) ([]registry.Source, error) {
	var out []registry.Source
	for _, s := range c.Sources {
		mapping, err := os.ReadFile(c.Path(s.Mapping))
		if err != nil {
			return nil, fmt.Errorf("read the mapping of source %s: %w", s.Name, err)
		}
		out = append(out, registry.Source{
			Name: model.Source(s.Name), Authority: s.Authority, Purpose: s.Purpose, LegalBasis: s.LegalBasis, Retention: s.Retention,
			Format: csv.Format{}, Full: s.Delivers == "full", Mapping: mapping,
		})
	}
	return out, nil
}
