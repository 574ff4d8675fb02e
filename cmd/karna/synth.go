package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/synth"
)

func newSynth(a *app) *cobra.Command {
	var o synth.Options
	var out, truth string
	cmd := &cobra.Command{
		Use:   "synth",
		Short: "Write labelled data for matching: any size, seeded, with the truth",
		Long: `Writes a CSV file of records that tell of the same things more than once, with errors at
documented rates (docs/synth.md), and the truth of what each row is about: a column of the
file, or with --truth separate a file of its own beside it. The same set, records and seed
give the same bytes on any machine. Everybody is born 1800–1899.

Sets:
` + setList(),
		Example: `  karna synth --set swedish --records 100000 --seed 1 --out persons.csv
  karna synth --set swedish --records 1000000 --truth separate --out persons.csv
  karna synth --set febrl --link --records 10000 --out febrl.csv   # and febrl.b.csv
  karna synth --set organisations --records 20000 --out organisations.csv --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r := synthRun{Options: o, out: out, separate: truth == "separate"}
			if err := r.check(truth, a.json); err != nil {
				return &exitError{exitUsage, err}
			}
			p := newRateProgress(cmd.ErrOrStderr(), "synth")
			p.total(int64(r.Records))
			rep, err := r.write(cmd.Context(), cmd.OutOrStdout(), p)
			p.done()
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), r.json(rep))
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "%s to %s; the truth is in %s.\n", plural(int64(rep.Rows), "record"), r.names(), r.truthPlace())
			return nil
		},
	}
	cmd.Flags().StringVar(&o.Set, "set", "swedish", "which kind of data")
	cmd.Flags().IntVar(&o.Records, "records", 0, "how many rows; 0 for as many as the data it is like")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "another seed, other data")
	cmd.Flags().StringVar(&out, "out", "", "file to write; standard output when empty")
	cmd.Flags().StringVar(&truth, "truth", "column", "column, or separate for a file of its own")
	cmd.Flags().BoolVar(&o.Link, "link", false, "two files to be linked, each without duplicates")
	return cmd
}

func setList() string {
	var b strings.Builder
	for _, s := range synth.Sets() {
		fmt.Fprintf(&b, "  %-14s %s\n", s.Name, s.About)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// synthRun is one run of karna synth.
type synthRun struct {
	synth.Options
	out      string
	separate bool
}

// check finds wrong flags before anything is written.
func (r *synthRun) check(truth string, asJSON bool) error {
	if truth != "column" && truth != "separate" {
		return fmt.Errorf("--truth %s: want column or separate", truth)
	}
	if r.out == "" && (r.separate || r.Link) {
		return fmt.Errorf("--truth separate and --link write more than one file: name the first with --out")
	}
	if r.out == "" && asJSON {
		return errors.New("--json tells of what was written to a file: name it with --out")
	}
	for _, s := range synth.Sets() {
		if s.Name == r.Set {
			if r.Records == 0 {
				r.Records = s.Records
			}
			if r.Records < 0 {
				return fmt.Errorf("--records %d: want a positive number", r.Records)
			}
			if s.Most > 0 && r.Records > s.Most {
				return fmt.Errorf("--records %d: the set %s has identifiers for at most %d", r.Records, r.Set, s.Most)
			}
			if r.Link && !s.Link {
				return fmt.Errorf("--set %s is one file: --link is for febrl", r.Set)
			}
			return nil
		}
	}
	return fmt.Errorf("--set %s: there is no such set; karna synth --help lists them", r.Set)
}

// beside is the output's name with a word before its ending.
func (r *synthRun) beside(word string) string {
	ext := filepath.Ext(r.out)
	return strings.TrimSuffix(r.out, ext) + "." + word + ext
}

func (r *synthRun) names() string {
	switch {
	case r.out == "":
		return "standard output"
	case r.Link:
		return r.out + " and " + r.beside("b")
	}
	return r.out
}

func (r *synthRun) truthPlace() string {
	if r.separate {
		return r.beside("truth")
	}
	return "the rows"
}

func (r *synthRun) write(ctx context.Context, stdout io.Writer, p *progress) (rep synth.Report, err error) {
	to := synth.Output{Data: stdout, Progress: func(n int64) bool {
		p.at(n)
		return ctx.Err() == nil
	}}
	var files []*wholeFile
	open := func(path string) io.Writer {
		if err != nil {
			return nil
		}
		var f *wholeFile
		if f, err = createWhole(path); err != nil {
			return nil
		}
		files = append(files, f)
		return f
	}
	if r.out != "" {
		to.Data = open(r.out)
	}
	if r.Link {
		to.Second = open(r.beside("b"))
	}
	if r.separate {
		to.Truth = open(r.beside("truth"))
	}
	if err == nil {
		rep, err = synth.Write(to, r.Options)
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	for _, f := range files { // half a set would pass for a whole one
		err = f.end(err)
	}
	return rep, err
}

// synthJSON is a set as --json gives it, with what its errors came to.
type synthJSON struct {
	Set     string           `json:"set"`
	Records int              `json:"records"`
	Seed    uint64           `json:"seed"`
	Files   []string         `json:"files"`
	Truth   string           `json:"truth,omitempty"` // the truth's own file
	Errors  []synthErrorJSON `json:"errors"`
}

// synthErrorJSON is one error of the model: its rate, and how often it could
// happen and did.
type synthErrorJSON struct {
	Name  string  `json:"name"`
	Rate  float64 `json:"rate"`
	Of    string  `json:"of"`
	Could int64   `json:"could"`
	Did   int64   `json:"did"`
}

func (r *synthRun) json(rep synth.Report) synthJSON {
	out := synthJSON{Set: r.Set, Records: rep.Rows, Seed: r.Seed, Files: []string{r.out}}
	if r.Link {
		out.Files = append(out.Files, r.beside("b"))
	}
	if r.separate {
		out.Truth = r.beside("truth")
	}
	for _, e := range rep.Errors {
		out.Errors = append(out.Errors, synthErrorJSON{Name: e.Name, Rate: e.Rate, Of: e.Of, Could: e.Could, Did: e.Did})
	}
	return out
}
