package main

import (
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

func newResolve(a *app) *cobra.Command {
	var kinds []string
	var modelFile string
	var o registry.ResolveOptions
	cmd := &cobra.Command{
		Use:   "resolve",
		Short: "Find records of one thing that no identifier ties, link them, and list what a steward has to look at",
		Long: `Weighs the records of each kind against each other by names, births, addresses, contacts
and mistyped numbers. Pairs that weigh enough are linked, unless an identifier, a source without
duplicates or a steward's decision forbids it; pairs that may be one thing wait for a steward
(reviews in GraphQL). Every pair is kept with what it weighs, and merges are undone as they were
made: by a steward, or by a run that weighs otherwise.

The first run fits the shipped model to the records and keeps it, with an index of opaque keys;
later runs weigh only the records that have changed since, and come to the same. karna ingest does
that too when a delivery is in. Every record is weighed again when there are twice as many as the
model was fitted to or half, when more than an eighth have changed, and with --all. It can be
stopped: the next run writes only what is left.

Exit codes: 0 done; 1 failed; 2 wrong use or configuration; 6 the store is locked by another
process; 130 interrupted.`,
		Example: `  karna resolve --dry-run
  karna resolve --kind person
  karna resolve --kind person --kind organisation --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := matchedKinds(kinds)
			if err != nil {
				return err
			}
			if o.Model, err = modelFrom(modelFile, chosen); err != nil {
				return err
			}
			return a.with(cmd.Context(), func(opened *opened) error {
				done := []registry.Resolution{}
				for _, kind := range chosen {
					steps := newSteps(cmd.ErrOrStderr())
					o.Progress = func(step string, n, total int64) { steps.matching(kind, step, n, total) }
					o.Weighing = func(waiting, records int64) { steps.weighing(kind, waiting, records) }
					rep, err := opened.registry.Resolve(cmd.Context(), kind, o)
					steps.done()
					if err != nil {
						return err
					}
					done = append(done, rep)
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), done)
				}
				return printResolutions(cmd.OutOrStdout(), done, o.DryRun)
			})
		},
	}
	cmd.Flags().StringArrayVar(&kinds, "kind", nil, "person, organisation, geography, service or role; repeat it for several; all of them, in this order, when left out")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what would become of it, and write nothing; writers wait meanwhile")
	cmd.Flags().BoolVar(&o.Refit, "refit", false, "fit the model to today's records, also where the stored one still holds")
	cmd.Flags().BoolVar(&o.All, "all", false, "weigh every record, also those that have not changed, and write the index of keys anew")
	cmd.Flags().StringVar(&modelFile, "model", "", "a model's JSON, used from now on instead of the stored one; with one --kind")
	return cmd
}

// matchedKinds are the kinds of --kind, or all.
func matchedKinds(names []string) ([]model.Kind, error) {
	if len(names) == 0 {
		return registry.Matched, nil
	}
	var out []model.Kind
	for _, name := range names {
		kind, err := model.ParseKind(name)
		if err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("--kind: %w", err)}
		}
		if !slices.Contains(registry.Matched, kind) {
			return nil, &exitError{exitUsage, fmt.Errorf("--kind: things of kind %s are not matched by evidence: want one of %v", kind, registry.Matched)}
		}
		if !slices.Contains(out, kind) {
			out = append(out, kind)
		}
	}
	return out, nil
}

// modelFrom reads the model of --model.
func modelFrom(path string, kinds []model.Kind) (*match.Model, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // no file, no model
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("read the model: %w", err)}
	}
	m, err := match.ParseModel(b)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("%s: %w", path, err)}
	}
	if len(kinds) != 1 || m.Kind != kinds[0].String() {
		return nil, &exitError{exitUsage, fmt.Errorf("%s is a model of kind %s: say --kind %s", path, m.Kind, m.Kind)}
	}
	return m, nil
}

func printResolutions(w io.Writer, all []registry.Resolution, dry bool) error {
	joined, split, moved := "joined another", "split off", "moved"
	if dry {
		joined, split, moved = "would join another", "would split off", "would move"
	}
	for _, r := range all {
		records := plural(r.Records, "record")
		if !r.Whole {
			records = fmt.Sprintf("%s of %s had changed", thousands(r.Changed), records)
		}
		_, err := fmt.Fprintf(w, "%s: %s, %s weighed; %s %s, %s %s, %s %s; %s found; %s for a steward to look at.\n",
			r.Kind, records, plural(r.Candidates, "pair"), plural(r.Joined, "golden record"), joined,
			thousands(r.Split), split, plural(r.Moved, "record"), moved, plural(r.Conflicts, "conflict"), plural(r.Review, "pair"))
		if err != nil {
			return err
		}
		if r.Skipped > 0 {
			if _, err := fmt.Fprintf(w, "%s of records that changed meanwhile: run it again.\n", plural(r.Skipped, "pair")); err != nil {
				return err
			}
		}
	}
	if dry {
		_, err := fmt.Fprintln(w, "Nothing was written.")
		return err
	}
	return nil
}
