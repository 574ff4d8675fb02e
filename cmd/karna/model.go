package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

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
				if err := writeFile(html, nil, false, func(w io.Writer) error { return writeModelHTML(w, frozen, training.Histogram) }); err != nil {
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
		Use:   "show [MODEL.json]",
		Short: "Show a model's weights, or the shipped model's",
		Example: `  karna model show --kind organisation
  karna model show model.json --html model.html`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			m, err := modelNamed(args, kind)
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
	cmd.Flags().StringVar(&kind, "kind", "person", "the shipped model of which kind")
	cmd.Flags().StringVar(&html, "html", "", "write a page with the weights as charts to this file instead")
	return cmd
}

// modelNamed reads the model's file, or takes the one that ships.
func modelNamed(args []string, kind string) (*match.Model, error) {
	if len(args) == 0 {
		k, err := model.ParseKind(kind)
		if err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("--kind: %w", err)}
		}
		m, err := match.Default(k)
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		return m, nil
	}
	b, err := os.ReadFile(args[0])
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("read the model: %w", err)}
	}
	m, err := match.ParseModel(b)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("%s: %w", args[0], err)}
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
	return &cobra.Command{
		Use:     "diff FROM.json TO.json",
		Short:   "Say how the weights of two models differ",
		Long:    `Compares two models level by level. "shipped" stands for the model that ships for the other's kind.`,
		Example: `  karna model diff shipped model.json`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			from, to, err := bothModels(args)
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
}

const shipped = "shipped"

func bothModels(args []string) (from, to *match.Model, err error) {
	var models [2]*match.Model
	for i, name := range args {
		if name != shipped {
			if models[i], err = modelNamed([]string{name}, ""); err != nil {
				return nil, nil, err
			}
		}
	}
	for i, name := range args {
		if name != shipped {
			continue
		}
		if models[1-i] == nil {
			return nil, nil, &exitError{exitUsage, errors.New("name at least one model's file")}
		}
		if models[i], err = modelNamed(nil, models[1-i].Kind); err != nil {
			return nil, nil, err
		}
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
		Use:   "try INPUT.csv [INPUT2.csv]",
		Short: "Say which clusters would join, split or move under another model or threshold",
		Long: `Matches a table as karna match does, and once more with --model or --link, and lists the
clusters that would change, by the records' keys.`,
		Example: `  karna model try persons.csv --model model.json --key id
  karna model try persons.csv --link 6`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.modelFile == "" && !cmd.Flags().Changed("link") {
				return &exitError{exitUsage, errors.New("say what to try: --model or --link")}
			}
			r.err = cmd.ErrOrStderr()
			now := *r
			now.modelFile = ""
			base, err := now.match(cmd.Context(), args)
			if err != nil {
				return err
			}
			was := base.result.Cluster
			then := was
			if r.modelFile != "" {
				other := *r
				other.err = io.Discard
				m, err := other.match(cmd.Context(), args)
				if err != nil {
					return err
				}
				then = m.result.Cluster
				base.result = m.result
			}
			if cmd.Flags().Changed("link") {
				clusters, ok := base.result.ClustersAt(resolve.Weight(link), func(match.Progress) bool { return cmd.Context().Err() == nil })
				if !ok {
					return cmd.Context().Err()
				}
				then = clusters
			}
			return writeChanges(cmd.OutOrStdout(), a.json, base, match.Changes(was, then), limit)
		},
	}
	r.flags(cmd)
	cmd.Flags().Float64Var(&link, "link", 0, "another link threshold, in bits")
	cmd.Flags().IntVar(&limit, "limit", 50, "how many changes to list; 0 for all")
	return cmd
}

// changeJSON is a change by the records' keys.
type changeJSON struct {
	Change string     `json:"change"`
	From   [][]string `json:"from"`
	To     [][]string `json:"to"`
}

func writeChanges(w io.Writer, asJSON bool, m *matched, changes []match.Change, limit int) error {
	named := func(groups [][]int) (out [][]string) {
		for _, g := range groups {
			var keys []string
			for _, i := range g {
				key := m.Key(i)
				if m.files > 1 {
					key = fmt.Sprintf("%d:%s", m.Table.Source(i)+1, key)
				}
				keys = append(keys, key)
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
		fmt.Fprintf(w, "%-5s %s -> %s\n", c.Change, from, to)
	}
	if left := len(changes) - len(listed); left > 0 {
		fmt.Fprintf(w, "and %d more; --limit 0 lists all\n", left)
	}
	return nil
}
