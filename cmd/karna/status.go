package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/model"
)

func newStatus(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Show what the registry holds, and what waits for a steward",
		Example: "  karna status\n  karna status --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				if !a.json {
					return o.printSummary(cmd.Context(), cmd.OutOrStdout())
				}
				s, err := o.registry.Status(cmd.Context())
				if err != nil {
					return err
				}
				return printJSON(cmd.OutOrStdout(), s)
			})
		},
	}
}

// printSummary prints records by source and kind, golden records and the
// steward's work.
func (o *opened) printSummary(ctx context.Context, w io.Writer) error {
	s, err := o.registry.Status(ctx)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "records\t")
	for _, k := range model.Kinds {
		fmt.Fprintf(t, "%s\t", k)
	}
	fmt.Fprintln(t)
	row := func(name string, count map[string]int64) {
		fmt.Fprintf(t, "%s\t", name)
		for _, k := range model.Kinds {
			if n := count[k.String()]; n > 0 {
				fmt.Fprintf(t, "%s\t", thousands(n))
			} else {
				fmt.Fprint(t, "·\t")
			}
		}
		fmt.Fprintln(t)
	}
	for _, source := range slices.Sorted(maps.Keys(s.Records)) {
		row(string(source), s.Records[source])
	}
	row("golden records", s.Golden)
	if len(s.Reviews) > 0 {
		row("pairs to look at", s.Reviews)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nrevision %d; %s merged with others; %s, %s quarantined, %s\n", s.Revision, plural(s.Merged, "record"),
		plural(s.Conflicts, "conflict"), plural(s.Quarantined, "item"), plural(s.Dangling, "dangling reference"))
	for _, kind := range slices.Sorted(maps.Keys(s.Unmatched)) {
		fmt.Fprintf(w, "%s of kind %s changed and not yet matched: run karna resolve.\n", plural(s.Unmatched[kind], "record"), kind)
	}
	if s.Loading {
		fmt.Fprintln(w, "A first load was cut off: run karna ingest again to finish it.")
	}
	if len(s.Outdated) > 0 {
		fmt.Fprintf(w, "Golden records were made under another %v: run karna rebuild (the next ingest does).\n", s.Outdated)
	}
	return nil
}
