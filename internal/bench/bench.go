package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// phase is one thing to measure; phases are run in their order here, since each
// finds the store as the ones before it left it.
type phase struct {
	name  string
	run   func(context.Context, *bench) ([]result, error)
	reads bool // it leaves the records as it found them, and does not measure their loading
	asked bool // it is run only when it is named
}

var phases = []phase{
	{name: "yardsticks", run: yardsticks, reads: true},
	{name: "first", run: firstLoad},
	{name: "disk", run: disk},
	{name: "unchanged", run: unchanged},
	{name: "mapper", run: newMapper},
	{name: "change", run: oneChange},
	{name: "by-id", run: byID, reads: true},
	{name: "questions", run: questions, reads: true},
	{name: "postgraphile", run: postgraphile, reads: true, asked: true},
	{name: "cold", run: coldQuestions, reads: true, asked: true},
	{name: "timing", run: timing, reads: true, asked: true},
	{name: "export", run: exportOpen},
	{name: "in-place", run: inPlace},
}

func phaseNames() []string {
	names := make([]string, len(phases))
	for i, p := range phases {
		names[i] = p.name
	}
	return names
}

// engine is the database under measurement.
type engine interface {
	// describe says its version and the settings that decide what it costs.
	describe(context.Context) (string, error)
	// create makes an empty database for the site and says its setting in karna.yaml.
	create(ctx context.Context, s *site) (store string, err error)
	drop(ctx context.Context, s *site) error
	// cpu is what the server's processes have used since they started; 0
	// when the database is in the program.
	cpu() (time.Duration, error)
	// settle does now what the engine would do in the background after a
	// load, so that the next phase does not pay for it.
	settle(ctx context.Context, s *site) error
	// size is the bytes on disk.
	size(ctx context.Context, s *site) (int64, error)
	// cool takes a site's pages out of the database's memory and the system's, while
	// nothing has the store open, and says how.
	cool(ctx context.Context, s *site) (how string, err error)
	// yardsticks measures what the engine does without Kärna.
	yardsticks(ctx context.Context, b *bench) (yardstick, []result, error)
}

// yardstick is what the phases are compared with; 0 where it was not measured.
type yardstick struct {
	writeName string
	rows      float64 // rows written a second
	readName  string
	read      float64 // µs CPU to read one row by key, of client and server
	quads     float64 // quads a second that serdi reads and writes
}

// bench is a run.
type bench struct {
	options
	engine   engine
	own      bool // dir is ours to remove
	karna    string
	progress io.Writer
	yard     yardstick
	site     *site // loaded, or nil until a phase needs it
	load     usage // of the first load
	settling usage // of settling after it
	timings  []timedAnswers
	selects  float64 // rows by key that pgbench got a second over 16 connections; 0 when not measured
}

func newBench(ctx context.Context, o options, progress io.Writer) (b *bench, err error) {
	b = &bench{options: o, progress: progress}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "karna-bench-"); err != nil {
			return nil, fmt.Errorf("make a folder to work in: %w", err)
		}
		b.own = true
	} else if err = os.MkdirAll(b.dir, 0o750); err != nil {
		return nil, fmt.Errorf("make the folder to work in: %w", err)
	}
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		return nil, fmt.Errorf("find the folder to work in: %w", err)
	}
	if b.engine, err = newEngine(ctx, o); err == nil {
		b.say("building karna")
		b.karna, err = buildKarna(ctx, b.dir)
	}
	if err != nil {
		return nil, errors.Join(err, b.close(context.WithoutCancel(ctx)))
	}
	return b, nil
}

func newEngine(ctx context.Context, o options) (engine, error) {
	if o.engine == "postgres" {
		return newPostgres(ctx, o.dsn)
	}
	return sqliteEngine{}, nil
}

// close removes the stores, and the folder when it is ours.
func (b *bench) close(ctx context.Context) error {
	err := b.leave(ctx)
	if b.own {
		err = errors.Join(err, os.RemoveAll(b.dir))
	}
	return err
}

// leave removes the loaded store, unless it is to be kept.
func (b *bench) leave(ctx context.Context) error {
	s := b.site
	b.site = nil
	if s == nil || b.keep {
		return nil
	}
	return s.remove(ctx)
}

func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

func yardsticks(ctx context.Context, b *bench) (found []result, err error) {
	b.yard, found, err = b.engine.yardsticks(ctx, b)
	return found, err
}
