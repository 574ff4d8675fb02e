package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

func newQuarantine(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "quarantine",
		Short:   "List or retry delivered items that could not become records",
		Example: "  karna quarantine list\n  karna quarantine retry school",
	}
	cmd.AddCommand(&cobra.Command{
		Use:     "list [SOURCE]",
		Short:   "List quarantined items with file, place and reason",
		Example: "  karna quarantine list school --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				items, err := o.quarantined(cmd.Context(), argSource(args))
				if err != nil {
					return err
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), quarantineOf(items))
				}
				for _, q := range items {
					fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s, %s: %s\n", q.ID, q.Source, q.File, q.Place, q.Reason)
				}
				return nil
			})
		},
	}, &cobra.Command{
		Use:   "retry [SOURCE]",
		Short: "Try quarantined items again with the mapping as it is now",
		Long: `Tries quarantined items again. What is in then leaves the quarantine and, of kinds that karna
resolve has resolved, is matched by evidence at once, unless karna.yaml says match: later.`,
		Example: `  karna quarantine retry
  karna quarantine retry school`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				steps := newSteps(cmd.ErrOrStderr())
				done, err := o.registry.RetryQuarantine(cmd.Context(), registry.Retry{
					Source: argSource(args), Unmatched: o.config.Match == config.MatchLater, Matching: steps.matching, Weighing: steps.weighing,
				})
				steps.done()
				if a.json {
					return errors.Join(err, printJSON(cmd.OutOrStdout(), retriedOf(done)))
				}
				for _, r := range done {
					if r.OK {
						fmt.Fprintf(cmd.OutOrStdout(), "%s  %s, %s: in\n", r.Source, r.File, r.Place)
					} else {
						fmt.Fprintf(cmd.OutOrStdout(), "%s  %s, %s: still refused: %s\n", r.Source, r.File, r.Place, r.Reason)
					}
				}
				return err
			})
		},
	})
	return cmd
}

// quarantined lists what waits in quarantine, as a steward may see it.
func (o *opened) quarantined(ctx context.Context, source model.Source) ([]access.QuarantineInfo, error) {
	view := o.access().View(access.Rights{Role: access.Steward, Actor: actor(access.Steward)})
	all := []access.QuarantineInfo{}
	for after := ""; ; {
		page, err := view.Quarantine(ctx, source, after, 1000)
		if err != nil {
			return nil, fmt.Errorf("list the quarantine: %w", err)
		}
		all = append(all, page.Items...)
		if !page.HasNext {
			return all, nil
		}
		after = page.Cursors[len(page.Cursors)-1]
	}
}

func argSource(args []string) model.Source {
	if len(args) == 0 {
		return ""
	}
	return model.Source(args[0])
}
