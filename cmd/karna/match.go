package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/internal/matching"
	"github.com/karna-registry/karna/internal/tabular"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// matchRun is one run of karna match or of a command like it.
type matchRun struct {
	configFile string
	kind       string
	key        string
	modelFile  string
	noTrain    bool
	skipBroken bool
	keepAll    bool
	truth      string // a column or a file; only eval

	config  *matching.Config
	truthOf *matching.Truth
	joined  []string
	opened  []*os.File
	size    int64
	broken  int
	err     io.Writer
}

// say tells whoever runs the command something beside its answer. What tables, their
// files and their columns are called may hold personal numbers, and no message does.
func (r *matchRun) say(format string, args ...any) {
	fmt.Fprint(r.err, model.WithoutPersonal(fmt.Sprintf(format, args...)))
}

func (r *matchRun) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.configFile, "config", "", "match.yaml, which says what the columns mean; proposed when left out")
	cmd.Flags().StringVar(&r.kind, "kind", "", "person, organisation, geography, service or role; proposed when left out")
	cmd.Flags().StringVar(&r.key, "key", "", "the column that names a record; the row number when left out")
	cmd.Flags().StringVar(&r.modelFile, "model", "", "a model's JSON, used as it is, instead of training the shipped one on the table")
	cmd.Flags().BoolVar(&r.noTrain, "no-train", false, "use the shipped model as it is")
	cmd.Flags().BoolVar(&r.skipBroken, "skip-broken", false, "pass over rows that cannot be read, and count them")
}

func newMatch(a *app) *cobra.Command {
	r := &matchRun{}
	var out, pairs string
	cmd := &cobra.Command{
		Use:   "match INPUT.csv [INPUT2.csv]",
		Short: "Say which rows of a CSV file are the same thing, or link two files",
		Long: `Resolves a CSV file, or links two, without a store: a row a record with its key, the
cluster it is in, and the weakest weight (in bits; 0 is even odds) that holds it there.
A cluster is named by its first record. --json prints a summary instead of the rows, which
then need --out. Delimiter, encoding and what the columns mean are
recognised, printed and used; match.yaml says it instead:

  kind: person
  columns:
    surname: familyName
    dob: {property: birthDate, format: "2006-01-02"}
    soc_sec_id: {identifier: ssid}
    suburb: {address: locality}

Columns that match.yaml does not name are left out; properties that matching does not know
are compared as text. docs/matching.md explains the method.

Exit codes: 0 done; 1 failed; 2 wrong use or configuration; 3 the table is broken (the
message says where and what to do); 130 interrupted.`,
		Example: `  karna match persons.csv
  karna match persons.csv --out clusters.csv --pairs pairs.csv
  karna match school.csv payroll.csv --config match.yaml --key id --out links.csv`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.keepAll = pairs != ""
			r.err = cmd.ErrOrStderr()
			m, err := r.match(cmd.Context(), args)
			if err != nil {
				return err
			}
			if err := writeFile(out, cmd.OutOrStdout(), out == "" && a.json, m.writeClusters); err != nil {
				return err
			}
			if pairs != "" {
				if err := writeFile(pairs, nil, false, func(w io.Writer) error { return m.writePairs(cmd.Context(), w, newSteps(r.err)) }); err != nil {
					return err
				}
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), m.summary())
			}
			_, err = fmt.Fprint(r.err, m.summary().text())
			return err
		},
	}
	r.flags(cmd)
	cmd.Flags().StringVar(&out, "out", "", "file for the clusters; standard output when empty")
	cmd.Flags().StringVar(&pairs, "pairs", "", "file for every scored pair with its weights")
	cmd.AddCommand(newMatchEval(a), newMatchExplain(a))
	return cmd
}

// matched is what came of a run.
type matched struct {
	*matching.Loaded
	result  *match.Result
	files   int
	elapsed time.Duration
	use     usage
	broken  int
}

// match loads, trains, scores and clusters.
func (r *matchRun) match(ctx context.Context, paths []string) (*matched, error) {
	started := time.Now()
	loaded, err := r.load(ctx, paths)
	if err != nil {
		return nil, err
	}
	o := match.Options{Workers: runtime.NumCPU(), NoTrain: r.noTrain, KeepAll: r.keepAll}
	if r.modelFile != "" {
		b, err := os.ReadFile(r.modelFile)
		if err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("read the model: %w", err)}
		}
		if o.Model, err = match.ParseModel(b); err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("%s: %w", r.modelFile, err)}
		}
		o.NoTrain = true
	}
	steps := newSteps(r.err)
	res, ok, err := match.Resolve(loaded.Table, o, func(p match.Progress) bool {
		steps.show(p.Step, p.Done, p.Total)
		return ctx.Err() == nil
	})
	steps.done()
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, context.Canceled
	}
	if tr := res.Training; tr != nil && tr.Refused != "" {
		r.say("the trained model is not used, the shipped one is: %s\n", tr.Refused)
	}
	return &matched{Loaded: loaded, result: res, files: len(paths), elapsed: time.Since(started), use: usageOf(), broken: r.broken}, nil
}

// load reads the tables.
func (r *matchRun) load(ctx context.Context, paths []string) (*matching.Loaded, error) {
	defer func() {
		for _, f := range r.opened {
			f.Close()
		}
	}()
	if err := r.readConfig(); err != nil {
		return nil, err
	}
	var sources []*matching.Source
	for _, path := range paths {
		s, err := r.open(path)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
	}
	o := matching.LoadOptions{Config: r.config, Key: r.key}
	if err := r.planTruth(sources, &o); err != nil {
		return nil, err
	}
	if err := r.mapColumns(paths, sources, o.Truth); err != nil {
		return nil, err
	}
	steps := newSteps(r.err)
	loaded, err := matching.Load(sources, o, func(_ int, bytes int64) bool {
		steps.show("read", bytes, r.size)
		return ctx.Err() == nil
	})
	steps.done()
	if errors.Is(err, matching.ErrStopped) {
		return nil, context.Canceled
	}
	if err != nil {
		return nil, usageOrPlace(err)
	}
	if r.broken > 0 {
		r.say("%s passed over\n", plural(int64(r.broken), "broken row"))
	}
	if n := loaded.Repeated(); n > 0 {
		r.say("%s: the key %s is that of an earlier row too, so the answer does not tell which row is meant (leave out --key to number the rows)\n", plural(int64(n), "row"), r.key)
	}
	if r.truthOf != nil {
		key := loaded.Key
		if r.joined != nil {
			key = func(i int) string { return r.joined[i] }
		}
		if loaded.Truth, err = r.truthOf.Of(loaded.Table.Len(), key); err != nil {
			return nil, &exitError{exitUsage, err}
		}
	}
	return loaded, nil
}

// usageOrPlace gives mistakes of configuration their exit code.
func usageOrPlace(err error) error {
	var conf *matching.Error
	if errors.As(err, &conf) {
		return &exitError{exitUsage, err}
	}
	return err
}

func (r *matchRun) readConfig() error {
	if r.kind != "" {
		if _, err := matching.ParseKind(r.kind); err != nil {
			return &exitError{exitUsage, fmt.Errorf("--kind: %w", err)}
		}
	}
	if r.configFile == "" {
		return nil
	}
	b, err := os.ReadFile(r.configFile)
	if err != nil {
		return &exitError{exitUsage, fmt.Errorf("read the configuration: %w", err)}
	}
	if r.config, err = matching.ParseConfig(b); err != nil {
		return &exitError{exitUsage, fmt.Errorf("%s: %w", r.configFile, err)}
	}
	if r.key == "" {
		r.key = r.config.Key
	}
	if r.kind != "" {
		r.config.Kind = r.kind
	}
	return nil
}

func (r *matchRun) open(path string) (*matching.Source, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &exitError{exitUsage, fmt.Errorf("there is no file %s", path)}
	}
	if err != nil {
		return nil, fmt.Errorf("open the table: %w", err)
	}
	r.opened = append(r.opened, f)
	if st, err := f.Stat(); err == nil {
		r.size += st.Size()
	}
	o := tabular.Options{Delimiter: r.config.Sign()}
	if r.config != nil {
		o.Encoding = r.config.Encoding
	}
	if r.skipBroken {
		o.Broken = func(e *ingest.PlaceError) {
			if r.broken++; r.broken <= 10 {
				r.say("%s: %v\n", path, e)
			}
		}
	}
	s, err := matching.Open(f, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// planTruth tells a truth column from a truth file.
func (r *matchRun) planTruth(sources []*matching.Source, o *matching.LoadOptions) error {
	if r.truth == "" {
		return nil
	}
	header := sources[0].Header()
	for _, h := range header {
		if h == r.truth {
			o.Truth = h
			return nil
		}
	}
	f, err := os.Open(r.truth)
	if err != nil {
		return &exitError{exitUsage, fmt.Errorf("--truth %s is neither a column of the table nor a file", r.truth)}
	}
	defer f.Close()
	if r.truthOf, err = matching.ReadTruth(f, header); err != nil {
		return fmt.Errorf("%s: %w", r.truth, err)
	}
	if r.key == "" && r.truthOf.Join != "" {
		o.Join = r.truthOf.Join
		r.joined = []string{}
		o.Joined = func(v string) { r.joined = append(r.joined, v) }
	}
	return nil
}

// mapColumns says what the columns mean and prints it.
func (r *matchRun) mapColumns(paths []string, sources []*matching.Source, truth string) error {
	kind, _ := model.ParseKind(r.kind)
	if kind == model.KindUnknown && (r.config == nil || r.config.Kind == "") {
		kind = sources[0].ProposeKind()
	}
	for i, s := range sources {
		how := "proposed; match.yaml says otherwise"
		if r.config != nil && len(r.config.Columns) > 0 {
			if r.config.Kind == "" {
				r.config.Kind = kind.String()
			}
			m, err := matching.FromConfig(r.config, s.Header())
			if err != nil {
				return &exitError{exitUsage, fmt.Errorf("%s: %w", paths[i], err)}
			}
			s.Mapping, how = m, "as configured"
		} else {
			if r.config != nil && r.config.Kind != "" {
				kind, _ = model.ParseKind(r.config.Kind)
			}
			s.Propose(kind, truth, r.key)
		}
		var mapping strings.Builder
		if err := s.Mapping.Write(&mapping); err != nil {
			return err
		}
		r.say("# %s, %s\n%s", paths[i], how, mapping.String())
	}
	return nil
}
