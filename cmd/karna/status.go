package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/registry"
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
	if len(s.Issues) > 0 {
		var total int64
		var of []string
		for _, source := range slices.Sorted(maps.Keys(s.Issues)) {
			total += s.Issues[source]
			of = append(of, fmt.Sprintf("%s %s", source, thousands(s.Issues[source])))
		}
		fmt.Fprintf(w, "%s with issues (%s): karna issues --scope restricted:read lists them.\n", plural(total, "record"), strings.Join(of, ", "))
	}
	for _, d := range s.Deliveries {
		fmt.Fprintln(w, unsettledLine(&d))
	}
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

// unsettledLine says what became of a delivery that waits for a person, and what to do.
func unsettledLine(d *registry.Unsettled) string {
	name := string(d.Source) + " " + d.Name
	if d.Part != "" {
		name += " (" + d.Part + ")"
	}
	do := "mend the file and ingest it again"
	if d.State == graph.Held {
		do = "look at what is absent; if it is right, ingest it again with --confirm"
	}
	line := fmt.Sprintf("%s is %s since %s: %s.", name, d.State, d.Ended.Format("2006-01-02 15:04 UTC"), do)
	if d.Message != "" {
		line += "\n  " + d.Message
	}
	return line
}
