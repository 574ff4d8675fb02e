package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/resolve"
	"github.com/karna-registry/karna/resolve/match"
)

func newMatchEval(a *app) *cobra.Command {
	r := &matchRun{}
	cmd := &cobra.Command{
		Use:   "eval INPUT.csv [INPUT2.csv] --truth COLUMN|FILE",
		Short: "Hold what karna match says against the truth",
		Long: `Matches a table whose truth is known and prints precision, recall and F1 of pairs, of all
pairs inside clusters, and B-cubed, at the default threshold and at the best one; how many
true pairs each blocking key finds; candidates, CPU and memory. The truth is not used for
matching. It is a column of the table, or a CSV file: key and thing, two keys that are one
thing, or one column in the order of the records. FEBRL's rec_id is understood.`,
		Example: `  karna match eval febrl1.csv --truth rec_id
  karna match eval fake_1000.csv --truth cluster --json
  karna match eval persons.csv --truth persons.truth.csv --key id`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.err = cmd.ErrOrStderr()
			m, err := r.match(cmd.Context(), args)
			if err != nil {
				return err
			}
			e, err := m.evaluate(cmd.Context(), newSteps(r.err))
			if err != nil {
				return err
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), e)
			}
			return e.write(cmd.OutOrStdout())
		},
	}
	r.flags(cmd)
	cmd.Flags().StringVar(&r.truth, "truth", "", "the column, or the file, that says what each record is about")
	if err := cmd.MarkFlagRequired("truth"); err != nil {
		panic(err)
	}
	return cmd
}

// evaluate holds the answer against the truth. What the match itself took was
// noted before.
func (m *matched) evaluate(ctx context.Context, steps *steps) (evaluation, error) {
	if len(m.Truth) != m.Table.Len() {
		return evaluation{}, errors.New("the truth does not cover the records")
	}
	defer steps.done()
	e := evaluation{matchSummary: m.summary(), Threshold: float64(m.result.Model.Bands.Link)}
	e.Pair.Default, e.Pair.Best, e.Pair.BestAt = m.result.Pairwise(m.Truth)
	e.Clustered.Default, e.BCubed.Default = match.Clustered(m.result.Cluster, m.Truth), match.BCubed(m.result.Cluster, m.Truth)
	e.Clustered.Best, e.BCubed.Best = e.Clustered.Default, e.BCubed.Default
	e.Clustered.BestAt, e.BCubed.BestAt = e.Threshold, e.Threshold
	const lowest, highest = -6, 16
	for link := resolve.Weight(lowest); link <= highest; link += 2 {
		steps.show("thresholds", int64(link-lowest), highest-lowest)
		clusters, ok := m.result.ClustersAt(link, func(match.Progress) bool { return ctx.Err() == nil })
		if !ok {
			return e, fmt.Errorf("evaluate: %w", context.Canceled)
		}
		for _, f := range []struct {
			to *atThresholds
			q  match.Quality
		}{{&e.Clustered, match.Clustered(clusters, m.Truth)}, {&e.BCubed, match.BCubed(clusters, m.Truth)}} {
			if f.q.F1 > f.to.Best.F1 {
				f.to.Best, f.to.BestAt = f.q, float64(link)
			}
		}
	}
	e.ByKey, e.Block = m.result.BlockRecall(m.Truth)
	return e, nil
}
