package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// start is main with its surroundings as arguments. The first argument "child"
// makes this process a measured child of another bench.
func start(ctx context.Context, args []string, out, progress io.Writer) error {
	if len(args) == 3 && args[0] == childCommand {
		return runChild(ctx, args[1], args[2], out)
	}
	o, err := parse(args, progress)
	if err != nil {
		return err
	}
	return measureAll(ctx, o, out, progress)
}

// options are the command line.
type options struct {
	records int
	engine  string
	dsn     string
	dir     string
	phases  []string
	asking  time.Duration
	keep    bool
	json    bool
}

// minRecords is the least from which every phase finds enough to work on.
const minRecords = 2_000

func parse(args []string, usage io.Writer) (options, error) {
	var o options
	var picked string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(usage)
	f.IntVar(&o.records, "records", 1_000_000, "how many records to generate")
	f.StringVar(&o.engine, "engine", "sqlite", "sqlite or postgres")
	f.StringVar(&o.dsn, "dsn", "", "URL of a PostgreSQL server on this machine, as a superuser; databases are made and dropped there")
	f.StringVar(&o.dir, "dir", "", "folder to work in, on the disk to measure; a temporary one when left out")
	f.StringVar(&picked, "phases", "", "only these, of "+strings.Join(phaseNames(), ",")+"; all but cold, postgraphile and timing when left out")
	f.DurationVar(&o.asking, "for", 1500*time.Millisecond, "how long each question is asked; by timing, of each class half as long")
	f.BoolVar(&o.keep, "keep", false, "use the store that an earlier run with -keep left loaded in -dir, or load it, and leave it there: for phases that change nothing")
	f.BoolVar(&o.json, "json", false, "print JSON instead of Markdown")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	for _, p := range phases {
		if !p.asked && (!o.keep || p.reads) {
			o.phases = append(o.phases, p.name)
		}
	}
	if picked != "" {
		o.phases = strings.Split(picked, ",")
	}
	return o, o.check(f.Args())
}

func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag: everything is said by flags", rest)
	case o.records < minRecords:
		return fmt.Errorf("-records %d: want at least %d", o.records, minRecords)
	case o.engine != "sqlite" && o.engine != "postgres":
		return fmt.Errorf("-engine %q: want sqlite or postgres", o.engine)
	case o.engine == "postgres" && o.dsn == "":
		return errors.New("-engine postgres: name the server by -dsn, such as postgres://postgres@localhost/postgres")
	}
	for _, name := range o.phases {
		i := slices.Index(phaseNames(), name)
		switch {
		case i < 0:
			return fmt.Errorf("-phases: there is no %q, only %s", name, strings.Join(phaseNames(), ", "))
		case o.keep && !phases[i].reads:
			return fmt.Errorf("-phases %s: with -keep a store is left as it was loaded, and this phase changes it or measures its loading", name)
		}
	}
	if o.asking <= 0 {
		return fmt.Errorf("-for %s: want some time", o.asking)
	}
	if o.keep && o.dir == "" {
		return errors.New("-keep: name by -dir the folder that the store is left in")
	}
	return nil
}

func measureAll(ctx context.Context, o options, out, progress io.Writer) (err error) {
	b, err := newBench(ctx, o, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close(context.WithoutCancel(ctx))) }()
	rep := report{Machine: b.machine(ctx)}
	for _, p := range phases {
		if !slices.Contains(o.phases, p.name) {
			continue
		}
		b.say("%s", p.name)
		found, err := p.run(ctx, b)
		if err != nil {
			return fmt.Errorf("phase %s: %w", p.name, err)
		}
		rep.Results = append(rep.Results, found...)
	}
	rep.Timings = b.timings
	if o.json {
		return rep.writeJSON(out)
	}
	return rep.writeMarkdown(out)
}
