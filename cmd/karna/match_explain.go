package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/matching"
)

func newMatchExplain(a *app) *cobra.Command {
	r := &matchRun{}
	var svg string
	cmd := &cobra.Command{
		Use:   "explain INPUT.csv KEY KEY",
		Short: "Say what two rows of a table weigh and why, as a waterfall",
		Long: `Matches the table as karna match does and takes apart what two of its rows weigh: what was
likely before anything was compared, what each comparison adds in bits, and what it takes
off that families and neighbours agree in much of this too. It shows levels, not values.`,
		Example: `  karna match explain persons.csv 17 42
  karna match explain persons.csv R0000006 R0024183 --key id --svg pair.svg`,
		Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.err = cmd.ErrOrStderr()
			m, err := r.match(cmd.Context(), args[:1])
			if err != nil {
				return err
			}
			var at [2]int
			for i, key := range args[1:] {
				if at[i] = recordOf(m.Loaded, key); at[i] < 0 {
					return &exitError{exitUsage, fmt.Errorf("the table has no record %s; --key says which column names them, without it they are numbered from 1", key)}
				}
			}
			x := m.result.Explain(at[0], at[1])
			for i := range x.Steps {
				x.Steps[i].Of = m.Called(x.Steps[i], at[0], at[1])
			}
			if svg != "" {
				if err := writeFile(svg, nil, false, func(w io.Writer) error { _, err := io.WriteString(w, x.SVG()); return err }); err != nil {
					return err
				}
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), x)
			}
			together := "in two clusters"
			if m.result.Cluster[at[0]] == m.result.Cluster[at[1]] {
				together = "in one cluster"
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\nThe records are %s; model: %s.\n", strings.TrimRight(x.Text(), "\n"), together, m.result.Model.Origin)
			return err
		},
	}
	r.flags(cmd)
	cmd.Flags().StringVar(&svg, "svg", "", "write the waterfall as a picture to this file too")
	return cmd
}

// recordOf is the record of a key, or -1.
func recordOf(l *matching.Loaded, key string) int {
	if n, err := strconv.Atoi(key); err == nil && n >= 1 && n <= l.Table.Len() && l.Key(n-1) == key {
		return n - 1
	}
	for i := range l.Table.Len() {
		if l.Key(i) == key {
			return i
		}
	}
	return -1
}
