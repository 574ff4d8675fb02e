package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
	"github.com/karna-registry/karna/resolve/match"
)

func newModel(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "model",
		Short: "Train, show, compare and try matching models",
		Long: `A matching model says how likely each level of each comparison is between two records
of one thing, between strangers, and between two things that live close together, such as
a family. One ships for every kind; karna match trains it on the table, without labels.
docs/matching.md explains what the figures mean.`,
		Example: `  karna model show --kind person
  karna model train persons.csv --out model.json --html model.html`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newModelTrain(a), newModelShow(a), newModelDiff(a), newModelTry(a))
	return cmd
}

func newModelTrain(a *app) *cobra.Command {
	r := &matchRun{}
	var out, html string
	cmd := &cobra.Command{
		Use:   "train [INPUT.csv [INPUT2.csv]]",
		Short: "Train a model on a table or on the store, without labels",
		Long: `Trains the shipped model of the table's kind on the table, or that of --kind on the records
of the store when no table is named (karna resolve --model takes it into use), and says what came of it: a
table of weights, and the histogram of the candidates' weights. A model whose histogram
has no two modes cannot tell one thing from two and is refused, with exit code 1; the
histogram says why. The model keeps term frequencies, but no value that fewer than ten
records say.`,
		Example: `  karna model train persons.csv --out model.json
  karna model train persons.csv --html model.html
  karna model train --kind person --out model.json`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var frozen *match.Model
			var training *match.Training
			if len(args) == 0 {
				kinds, err := matchedKinds([]string{r.kind})
				if err != nil {
					return err
				}
				err = a.with(cmd.Context(), func(o *opened) error {
					steps := newSteps(cmd.ErrOrStderr())
					defer steps.done()
					frozen, training, err = o.registry.Train(cmd.Context(), kinds[0], steps.show)
					return err
				})
				if err != nil {
					return err
				}
			} else {
				r.err = cmd.ErrOrStderr()
				m, err := r.match(cmd.Context(), args)
				if err != nil {
					return err
				}
				frozen, training = m.result.Frozen(), m.result.Training
			}
			var err error
			if out != "" {
				if err := writeFile(out, nil, false, func(w io.Writer) error { return printJSON(w, frozen) }); err != nil {
					return err
				}
			}
			if html != "" {
				if err := writeFile(html, nil, false, func(w io.Writer) error { return writeModelHTML(w, frozen, training) }); err != nil {
					return err
				}
			}
			if a.json {
				err = printJSON(cmd.OutOrStdout(), trainedJSON{frozen, training.Refused, training.Histogram})
			} else {
				writeModel(cmd.OutOrStdout(), frozen)
				writeHistogram(cmd.OutOrStdout(), training.Histogram)
			}
			if err == nil && training.Refused != "" {
				err = fmt.Errorf("the trained model is refused: %s; what is shown and written is the shipped one", training.Refused)
			}
			return err
		},
	}
	r.flags(cmd)
	hide(cmd, "model", "no-train")
	cmd.Flags().StringVar(&out, "out", "", "file for the model's JSON")
	cmd.Flags().StringVar(&html, "html", "", "file for a page with the weights as charts")
	return cmd
}

// trainedJSON is what training came to, as --json gives it.
type trainedJSON struct {
	Model     *match.Model `json:"model"`
	Refused   string       `json:"refused,omitempty"`
	Histogram []match.Bin  `json:"histogram"`
}

// hide takes flags off a command that shares them without use.
func hide(cmd *cobra.Command, names ...string) {
	for _, n := range names {
		cmd.Flags().Lookup(n).Hidden = true
	}
}

func newModelShow(a *app) *cobra.Command {
	var kind, html string
	cmd := &cobra.Command{
		Use:   "show [MODEL.json|stored|shipped]",
		Short: "Show a model's weights: of a file, of the store, or the shipped model's",
		Long: `Shows the weights of a model: of a file, of the one that karna resolve has put into the store
("stored"), or of the one that ships ("shipped", and when nothing is named).`,
		Example: `  karna model show --kind organisation
  karna model show stored --kind person --html model.html
  karna model show model.json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := shipped
			if len(args) > 0 {
				name = args[0]
			}
			m, err := a.model(cmd.Context(), name, kind)
			if err != nil {
				return err
			}
			if html != "" {
				return writeFile(html, nil, false, func(w io.Writer) error { return writeModelHTML(w, m, nil) })
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), m)
			}
			writeModel(cmd.OutOrStdout(), m)
			return nil
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "person", "the shipped or the stored model of which kind")
	cmd.Flags().StringVar(&html, "html", "", "write a page with the weights as charts to this file instead")
	return cmd
}

// Names of models that are in no file.
const (
	shipped = "shipped"
	stored  = "stored"
)

// model is the one of a file, the one that ships for a kind, or the store's.
func (a *app) model(ctx context.Context, name, kind string) (m *match.Model, err error) {
	if name != shipped && name != stored {
		return readModel(name)
	}
	kinds, err := matchedKinds([]string{kind})
	if err != nil {
		return nil, err
	}
	if name == shipped {
		return match.Default(kinds[0])
	}
	err = a.with(ctx, func(o *opened) error {
		found := false
		if m, found, err = o.registry.Model(ctx, kinds[0]); err == nil && !found {
			err = &exitError{exitUsage, fmt.Errorf("the store has no model of kind %s: karna resolve makes one", kinds[0])}
		}
		return err
	})
	return m, err
}

func readModel(path string) (*match.Model, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("read the model: %w", err)}
	}
	m, err := match.ParseModel(b)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("%s: %w", path, err)}
	}
	return m, nil
}

// writeModel prints a model's weights.
func writeModel(w io.Writer, m *match.Model) {
	fmt.Fprintf(w, "%s, %s; %.3f pairs of one thing and %.3f of near things a record; review from %.1f bits, link from %.1f\n",
		m.Kind, m.Origin, m.SamePerRecord, m.NearPerRecord, float64(m.Bands.Review), float64(m.Bands.Link))
	for _, c := range m.Comparisons {
		fmt.Fprintf(w, "\n%-36s %9s %9s %9s %6s\n", c.Name, "same", "other", "near", "bits")
		for _, l := range c.Levels {
			fmt.Fprintf(w, "  %-34s %9.5f %9.2g %9.5f %6.1f\n", l.Name, l.Same, l.Other, l.Near, float64(l.Bits()))
		}
	}
}

// writeHistogram prints how the candidates weigh.
func writeHistogram(w io.Writer, bins []match.Bin) {
	most := 0.0
	for _, b := range bins {
		most = max(most, b.Pairs)
	}
	if most == 0 {
		return
	}
	fmt.Fprintf(w, "\n%6s %12s\n", "bits", "candidates")
	for _, b := range bins {
		if b.Pairs > 0 {
			fmt.Fprintf(w, "%6.0f %12s |%s\n", float64(b.Weight), thousands(int64(b.Pairs)), strings.Repeat("█", int(b.Pairs/most*50+0.5)))
		}
	}
}

func newModelDiff(a *app) *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use:   "diff FROM TO",
		Short: "Say how the weights of two models differ",
		Long: `Compares two models level by level. Each is a file, "shipped" for the model that ships, or
"stored" for the one that karna resolve has put into the store; of which kind, the file or
--kind says.`,
		Example: `  karna model diff shipped model.json
  karna model diff stored model.json
  karna model diff shipped stored --kind organisation`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, to, err := a.bothModels(cmd.Context(), args, kind)
			if err != nil {
				return err
			}
			d := diffModels(from, to)
			if a.json {
				return printJSON(cmd.OutOrStdout(), d)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%-30s %-36s %7s %7s %7s\n", "comparison", "level", "from", "to", "change")
			for _, l := range d {
				fmt.Fprintf(cmd.OutOrStdout(), "%-30s %-36s %7.1f %7.1f %+7.1f\n", l.Comparison, l.Level, float64(l.From), float64(l.To), float64(l.To-l.From))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&kind, "kind", "", "the shipped or the stored model of which kind; that of the other model when left out")
	return cmd
}

func (a *app) bothModels(ctx context.Context, args []string, kind string) (from, to *match.Model, err error) {
	var models [2]*match.Model
	for i, name := range args {
		if name == shipped || name == stored {
			continue
		}
		if models[i], err = readModel(name); err != nil {
			return nil, nil, err
		}
		if kind == "" {
			kind = models[i].Kind
		}
	}
	if kind == "" {
		return nil, nil, &exitError{exitUsage, errors.New("say of which kind: --kind, or name a model's file")}
	}
	for i, name := range args {
		if models[i] == nil {
			if models[i], err = a.model(ctx, name, kind); err != nil {
				return nil, nil, err
			}
		}
	}
	if models[0].Kind != models[1].Kind {
		return nil, nil, &exitError{exitUsage, fmt.Errorf("the models are of kinds %s and %s", models[0].Kind, models[1].Kind)}
	}
	return models[0], models[1], nil
}

// levelDiff is a level whose weight differs.
type levelDiff struct {
	Comparison string         `json:"comparison"`
	Level      string         `json:"level"`
	From       resolve.Weight `json:"from"`
	To         resolve.Weight `json:"to"`
}

// diffModels lists the levels that weigh otherwise by a tenth of a bit or more.
func diffModels(from, to *match.Model) []levelDiff {
	out := []levelDiff{}
	for _, c := range to.Comparisons {
		before := from.Row(c.Name)
		if before == nil {
			continue
		}
		for i, l := range c.Levels {
			if was, is := before.Levels[i].Bits(), l.Bits(); was-is >= 0.1 || is-was >= 0.1 {
				out = append(out, levelDiff{c.Name, l.Name, was, is})
			}
		}
	}
	return out
}

func newModelTry(a *app) *cobra.Command {
	r := &matchRun{}
	var link float64
	var limit int
	cmd := &cobra.Command{
		Use:   "try [INPUT.csv [INPUT2.csv]]",
		Short: "Say which clusters would join, split or move under another model or threshold",
		Long: `Matches a table as karna match does, and once more with --model or --link, and lists the
clusters that would change, by the records' keys. Without a table it says which golden records
of --kind would change in the store, by their records' sources and keys, with decisions and
conflicts as they are; nothing is written, and writers wait meanwhile.`,
		Example: `  karna model try persons.csv --model model.json --key id
  karna model try persons.csv --link 6
  karna model try --kind person --link 4
  karna model try --kind organisation --model model.json`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var threshold *resolve.Weight
			if cmd.Flags().Changed("link") {
				w := resolve.Weight(link)
				threshold = &w
			}
			if r.modelFile == "" && threshold == nil {
				return &exitError{exitUsage, errors.New("say what to try: --model or --link")}
			}
			r.err = cmd.ErrOrStderr()
			if len(args) == 0 {
				trial, err := a.try(cmd.Context(), r, threshold)
				if err != nil {
					return err
				}
				key := func(i int) string { return string(trial.Records[i].Source) + "/" + trial.Records[i].LocalID }
				return writeChanges(cmd.OutOrStdout(), a.json, key, trial.Changes, limit)
			}
			m, changes, err := r.try(cmd.Context(), args, threshold)
			if err != nil {
				return err
			}
			return writeChanges(cmd.OutOrStdout(), a.json, m.name, changes, limit)
		},
	}
	r.flags(cmd)
	cmd.Flags().Float64Var(&link, "link", 0, "another link threshold, in bits")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many changes to list; 0 for all")
	return cmd
}

// try says what would become of a table's clusters.
func (r *matchRun) try(ctx context.Context, args []string, link *resolve.Weight) (*matched, []match.Change, error) {
	now := *r
	now.modelFile = ""
	base, err := now.match(ctx, args)
	if err != nil {
		return nil, nil, err
	}
	was := base.result.Cluster
	then := was
	if r.modelFile != "" {
		other := *r
		other.err = io.Discard
		m, err := other.match(ctx, args)
		if err != nil {
			return nil, nil, err
		}
		then = m.result.Cluster
		base.result = m.result
	}
	if link != nil {
		clusters, ok := base.result.ClustersAt(*link, func(match.Progress) bool { return ctx.Err() == nil })
		if !ok {
			return nil, nil, ctx.Err()
		}
		then = clusters
	}
	return base, match.Changes(was, then), nil
}

// try says what would become of golden records.
func (a *app) try(ctx context.Context, r *matchRun, link *resolve.Weight) (trial registry.Trial, err error) {
	kind := r.kind
	o := registry.TryOptions{Link: link}
	if r.modelFile != "" {
		if o.Model, err = readModel(r.modelFile); err != nil {
			return trial, err
		}
		if kind == "" {
			kind = o.Model.Kind
		}
	}
	if kind == "" {
		return trial, &exitError{exitUsage, errors.New("say of which kind: --kind, or name a table")}
	}
	kinds, err := matchedKinds([]string{kind})
	if err != nil {
		return trial, err
	}
	if o.Model != nil && o.Model.Kind != kinds[0].String() {
		return trial, &exitError{exitUsage, fmt.Errorf("%s is a model of kind %s", r.modelFile, o.Model.Kind)}
	}
	err = a.with(ctx, func(opened *opened) error {
		steps := newSteps(r.err)
		defer steps.done()
		o.Progress = func(step string, done, total int64) { steps.matching(kinds[0], step, done, total) }
		trial, err = opened.registry.Try(ctx, kinds[0], o)
		return err
	})
	if errors.Is(err, registry.ErrTooLow) {
		err = &exitError{exitUsage, err}
	}
	return trial, err
}

// name is a record's key, with its file's number where there are two.
func (m *matched) name(i int) string {
	if m.files > 1 {
		return fmt.Sprintf("%d:%s", m.Table.Source(i)+1, m.Key(i))
	}
	return m.Key(i)
}

// changeJSON is a change by the records' keys.
type changeJSON struct {
	Change string     `json:"change"`
	From   [][]string `json:"from"`
	To     [][]string `json:"to"`
}

func writeChanges(w io.Writer, asJSON bool, name func(i int) string, changes []match.Change, limit int) error {
	named := func(groups [][]int) (out [][]string) {
		for _, g := range groups {
			var keys []string
			for _, i := range g {
				keys = append(keys, name(i))
			}
			out = append(out, keys)
		}
		return out
	}
	counts := map[string]int{}
	listed := []changeJSON{}
	for i, c := range changes {
		counts[c.Kind]++
		if limit == 0 || i < limit {
			listed = append(listed, changeJSON{c.Kind, named(c.From), named(c.To)})
		}
	}
	if asJSON {
		return printJSON(w, struct {
			Join    int          `json:"join"`
			Split   int          `json:"split"`
			Move    int          `json:"move"`
			Changes []changeJSON `json:"changes"`
		}{counts["join"], counts["split"], counts["move"], listed})
	}
	fmt.Fprintf(w, "%d clusters would join, %d split, %d move records between them\n", counts["join"], counts["split"], counts["move"])
	for _, c := range listed {
		from, err := json.Marshal(c.From)
		if err != nil {
			return err
		}
		to, err := json.Marshal(c.To)
		if err != nil {
			return err
		}
		fmt.Fprint(w, model.WithoutPersonal(fmt.Sprintf("%-5s %s -> %s\n", c.Change, from, to)))
	}
	if left := len(changes) - len(listed); left > 0 {
		fmt.Fprintf(w, "and %d more; --limit 0 lists all\n", left)
	}
	return nil
}
