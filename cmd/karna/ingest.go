package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

func newIngest(a *app) *cobra.Command {
	var confirm, delta, unmatched bool
	var typ, date string
	cmd := &cobra.Command{
		Use:   "ingest [SOURCE [FILE...]]",
		Short: "Bring deliveries in: every configured file, a source's, or the files named",
		Long: `Ingests deliveries of declared sources. Without a file it reads what the source's files
in karna.yaml name; without a source, every source's, in their order, and those that are not
there are told of when the others are in (exit code 3). "-" is standard input.
What was committed before an error stays; run it again to go on. Of kinds that karna resolve
has resolved, what a delivery changed is matched by evidence at once.`,
		Example: `  karna ingest
  karna ingest payroll deliveries/payroll.xml
  karna ingest school --type persons persons.json
  karna ingest payroll deliveries/payroll.xml --confirm   # a held delivery: retract what is absent`,
		RunE: func(cmd *cobra.Command, args []string) error {
			stated := time.Time{}
			if date != "" {
				t, err := time.Parse(time.DateOnly, date)
				if err != nil {
					return &exitError{exitUsage, fmt.Errorf("--date %q: want YYYY-MM-DD", date)}
				}
				stated = t
			}
			return a.with(cmd.Context(), func(o *opened) error {
				limit := int64(ingestingLimit)
				if _, ok := o.config.SQLitePath(); ok {
					limit = ingestingSQLiteLimit
				}
				tuneCollector(limit)
				todo, missing, err := o.planned(args)
				if err != nil {
					return err
				}
				for _, err := range missing {
					fmt.Fprintf(cmd.ErrOrStderr(), "karna: %v; going on with the others\n", err)
				}
				width := nameWidth(todo)
				var all []graph.Delivery
				var errs []error
				for _, f := range todo {
					q := registry.Request{Source: f.source, Actor: actor(access.Admin), Confirm: confirm, Delta: delta, Type: typ, Date: stated, Unmatched: unmatched || o.config.Match == config.MatchLater}
					d, err := o.ingestFile(cmd.Context(), f, q, cmd.InOrStdin(), cmd.ErrOrStderr())
					if d.Source != "" {
						all = append(all, d)
						if !a.json {
							printDelivery(cmd.OutOrStdout(), d, width)
						}
					}
					errs = append(errs, err)
					if errors.Is(err, context.Canceled) {
						break
					}
				}
				if a.json {
					if err := printJSON(cmd.OutOrStdout(), deliveriesOf(all)); err != nil {
						return err
					}
				}
				return errors.Join(append(errs, heldError(all), missingError(missing))...)
			})
		},
	}
	cmd.Flags().BoolVar(&confirm, "confirm", false, "apply a full delivery that retracts more than the source's share")
	cmd.Flags().BoolVar(&delta, "delta", false, "the file is a delta, whatever the source declares")
	cmd.Flags().BoolVar(&unmatched, "unmatched", false, "leave matching by evidence to the next karna resolve, or to the next delivery without this")
	cmd.Flags().StringVar(&typ, "type", "", "what the file holds where the format does not say (ss12000: organisations, persons, duties, placements, groups, deletedEntities)")
	cmd.Flags().StringVar(&date, "date", "", "the delivery's stated date, YYYY-MM-DD, where the format states none")
	return cmd
}

// file is one delivery to read.
type file struct {
	source model.Source
	path   string
	typ    string
}

// stdin is the path that means standard input.
const stdin = "-"

// name is what the delivery is called, without a personal number that its file may be
// named by.
func (f file) name() string {
	if f.path == stdin {
		return "standard input"
	}
	return model.WithoutPersonal(filepath.Base(f.path))
}

// planned lists the files that the arguments mean. Where they name no source, a file that
// is not there stops no other: why it is not read is in missing.
func (o *opened) planned(args []string) (out []file, missing []error, err error) {
	if len(args) > 1 {
		for _, p := range args[1:] {
			out = append(out, file{source: model.Source(args[0]), path: p})
		}
		return out, nil, nil
	}
	found := len(args) == 0
	for _, s := range o.config.Sources {
		if len(args) == 1 && s.Name != args[0] {
			continue
		}
		found = true
		for _, f := range s.Files {
			pattern := o.config.Path(f.Path)
			paths, err := filepath.Glob(pattern)
			if err != nil {
				return nil, nil, &exitError{exitUsage, fmt.Errorf("source %s: files: %q is not a pattern: %w", s.Name, pattern, err)}
			}
			if len(paths) == 0 {
				err := fmt.Errorf("source %s: there is no file %s: have it delivered and run karna ingest %s, or correct files in karna.yaml", s.Name, model.WithoutPersonal(pattern), s.Name)
				if len(args) == 1 {
					return nil, nil, &exitError{exitUsage, err}
				}
				missing = append(missing, err)
			}
			for _, p := range paths {
				out = append(out, file{model.Source(s.Name), p, f.Type})
			}
		}
	}
	if !found {
		return nil, nil, &exitError{exitUsage, fmt.Errorf("source %q: %w", args[0], registry.ErrUnknownSource)}
	}
	if len(out)+len(missing) == 0 {
		return nil, nil, &exitError{exitUsage, errors.New("nothing to ingest: name a source and a file, or give sources files in karna.yaml")}
	}
	return out, missing, nil
}

// missingError says again, when the others are in, which files were not there.
func missingError(missing []error) error {
	if len(missing) == 0 {
		return nil
	}
	return &exitError{exitBroken, errors.Join(missing...)}
}

// ingestFile brings one file in with a progress bar.
func (o *opened) ingestFile(ctx context.Context, f file, q registry.Request, input io.Reader, progressTo io.Writer) (d graph.Delivery, err error) {
	in := input
	size := int64(0)
	q.Name = f.name()
	if f.path != stdin {
		opened, st, err := f.open()
		if err != nil {
			return d, err
		}
		defer func() { err = errors.Join(err, opened.Close()) }()
		size, in = st.Size(), opened
	}
	if q.Type == "" {
		q.Type = f.typ
	}
	p := newProgress(progressTo, string(f.source)+" "+q.Name)
	p.total(size)
	q.Reader, q.Progress = in, p.delivery
	steps := newSteps(progressTo)
	q.Matching = func(kind model.Kind, step string, n, total int64) {
		p.done()
		steps.matching(kind, step, n, total)
	}
	q.Weighing = func(kind model.Kind, waiting, records int64) {
		p.done()
		steps.weighing(kind, waiting, records)
	}
	d, err = o.registry.Ingest(ctx, q)
	p.done()
	steps.done()
	if err != nil {
		return d, fmt.Errorf("%s: %w", q.Name, err)
	}
	return d, nil
}

// open opens the file, if it is one: a pipe that nobody writes to would be waited for
// without end.
func (f file) open() (*os.File, fs.FileInfo, error) {
	name := model.WithoutPersonal(f.path)
	st, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, &exitError{exitUsage, fmt.Errorf("there is no file %s", name)}
	case err != nil:
		return nil, nil, fmt.Errorf("source %s: look at %s: %w", f.source, name, cause(err))
	case !st.Mode().IsRegular():
		return nil, nil, &exitError{exitUsage, fmt.Errorf("source %s: %s is no regular file: name a file, or pipe what you have into \"-\"", f.source, name)}
	}
	opened, err := os.Open(f.path)
	if err != nil {
		return nil, nil, fmt.Errorf("source %s: open %s: %w", f.source, name, cause(err))
	}
	return opened, st, nil
}

// cause is what an operation on a file ended with, without the file's name.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// printDelivery prints one line of what a delivery did, its file's name padded to
// width, and its message when it has one.
func printDelivery(w io.Writer, d graph.Delivery, width int) {
	state := ""
	if d.State != graph.Done {
		state = strings.ToUpper(string(d.State)) + ", "
	}
	name := string(d.Source) + " " + d.Name + ":"
	fmt.Fprintf(w, "%-*s  %s%s\n", width, name, state, sumUp(d.Counts))
	if d.Message != "" {
		fmt.Fprintf(w, "  %s\n", d.Message)
	}
}

// nameWidth is what the longest source and file name take, for printDelivery.
func nameWidth(todo []file) int {
	width := 0
	for _, f := range todo {
		width = max(width, utf8.RuneCountInString(string(f.source)+" "+f.name()+":"))
	}
	return width
}

// sumUp says what came of a delivery's items, leaving out what did not happen.
func sumUp(c graph.Counts) string {
	did := counted(happened{c.Added, "added"}, happened{c.Changed, "changed"}, happened{c.Retracted, "retracted"},
		happened{c.Stale, "older than what is held"})
	if did == "" {
		did = "nothing new"
	} else {
		did = "records: " + did
	}
	if c.Issues > 0 {
		did += "; " + plural(c.Issues, "issue")
	}
	if of := counted(happened{c.Unchanged, "unchanged"}, happened{c.Quarantined, "quarantined"}); of != "" {
		return fmt.Sprintf("%s (%s), %s", plural(c.Items, "item"), of, did)
	}
	return plural(c.Items, "item") + ", " + did
}

// happened is how many of something, and what became of them.
type happened struct {
	n    int64
	what string
}

// counted lists the counts that are not zero.
func counted(all ...happened) string {
	var out []string
	for _, h := range all {
		if h.n > 0 {
			out = append(out, thousands(h.n)+" "+h.what)
		}
	}
	return strings.Join(out, ", ")
}

func heldError(all []graph.Delivery) error {
	for _, d := range all {
		if d.State == graph.Held {
			return &exitError{exitHeld, fmt.Errorf("%s of %s is held: look at what is absent, then run it again with --confirm", d.Name, d.Source)}
		}
	}
	return nil
}
