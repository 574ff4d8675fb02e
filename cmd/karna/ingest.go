package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

func newIngest(a *app) *cobra.Command {
	var confirm, delta bool
	var typ, date string
	cmd := &cobra.Command{
		Use:   "ingest [SOURCE [FILE...]]",
		Short: "Bring deliveries in: every configured file, a source's, or the files named",
		Long: `Ingests deliveries of declared sources. Without a file it reads what the source's files
in karna.yaml name; without a source, every source's, in their order. "-" is standard input.
What was committed before an error stays; run it again to go on.`,
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
				todo, err := o.planned(args)
				if err != nil {
					return err
				}
				var all []graph.Delivery
				var errs []error
				for _, f := range todo {
					q := registry.Request{Source: f.source, Confirm: confirm, Delta: delta, Type: typ, Date: stated}
					d, err := o.ingestFile(cmd.Context(), f, q, cmd.InOrStdin(), cmd.ErrOrStderr())
					if d.Source != "" {
						all = append(all, d)
						if !a.json {
							printDelivery(cmd.OutOrStdout(), d)
						}
					}
					errs = append(errs, err)
					if errors.Is(err, context.Canceled) {
						break
					}
				}
				if a.json {
					if err := printJSON(cmd.OutOrStdout(), append([]graph.Delivery{}, all...)); err != nil {
						return err
					}
				}
				return errors.Join(append(errs, heldError(all))...)
			})
		},
	}
	cmd.Flags().BoolVar(&confirm, "confirm", false, "apply a full delivery that retracts more than the source's share")
	cmd.Flags().BoolVar(&delta, "delta", false, "the file is a delta, whatever the source declares")
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

// planned lists the files that the arguments mean.
func (o *opened) planned(args []string) ([]file, error) {
	var out []file
	if len(args) > 1 {
		for _, p := range args[1:] {
			out = append(out, file{source: model.Source(args[0]), path: p})
		}
		return out, nil
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
				return nil, &exitError{exitUsage, fmt.Errorf("source %s: files: %q is not a pattern: %w", s.Name, pattern, err)}
			}
			if len(paths) == 0 {
				return nil, &exitError{exitUsage, fmt.Errorf("source %s: there is no file %s", s.Name, pattern)}
			}
			for _, p := range paths {
				out = append(out, file{model.Source(s.Name), p, f.Type})
			}
		}
	}
	if !found {
		return nil, &exitError{exitUsage, fmt.Errorf("source %q: %w", args[0], registry.ErrUnknownSource)}
	}
	if len(out) == 0 {
		return nil, &exitError{exitUsage, errors.New("nothing to ingest: name a source and a file, or give sources files in karna.yaml")}
	}
	return out, nil
}

// ingestFile brings one file in with a progress bar.
func (o *opened) ingestFile(ctx context.Context, f file, q registry.Request, stdin io.Reader, progressTo io.Writer) (d graph.Delivery, err error) {
	var in io.Reader = stdin
	size := int64(0)
	q.Name = "standard input"
	if f.path != "-" {
		opened, err := os.Open(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			return d, &exitError{exitUsage, fmt.Errorf("there is no file %s", f.path)}
		}
		if err != nil {
			return d, fmt.Errorf("open the delivery: %w", err)
		}
		defer func() { err = errors.Join(err, opened.Close()) }()
		if st, err := opened.Stat(); err == nil {
			size = st.Size()
		}
		in, q.Name = opened, filepath.Base(f.path)
	}
	if q.Type == "" {
		q.Type = f.typ
	}
	p := newProgress(progressTo, string(f.source)+" "+q.Name)
	p.total(size)
	q.Reader, q.Progress = in, p.delivery
	d, err = o.registry.Ingest(ctx, q)
	p.done()
	if err != nil {
		return d, fmt.Errorf("%s: %w", q.Name, err)
	}
	return d, nil
}

func printDelivery(w io.Writer, d graph.Delivery) {
	c := d.Counts
	fmt.Fprintf(w, "%s %s: %s, %s (%s unchanged): %s added, %s changed, %s retracted, %s stale, %s quarantined, %s\n",
		d.Source, d.Name, d.State, plural(c.Items, "item"), thousands(c.Unchanged), thousands(c.Added), thousands(c.Changed),
		thousands(c.Retracted), thousands(c.Stale), thousands(c.Quarantined), plural(c.Issues, "issue"))
	if d.Message != "" {
		fmt.Fprintf(w, "  %s\n", d.Message)
	}
}

func heldError(all []graph.Delivery) error {
	for _, d := range all {
		if d.State == graph.Held {
			return &exitError{exitHeld, fmt.Errorf("%s of %s is held: %s", d.Name, d.Source, d.Message)}
		}
	}
	return nil
}
