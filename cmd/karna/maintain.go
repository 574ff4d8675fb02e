package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newMigrate(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "migrate",
		Short:   "Bring the store's schema up to date; make the store and the tenant if they are not there",
		Example: "  karna migrate -c /srv/karna",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.load()
			if err != nil {
				return err
			}
			applied, err := ensureStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			if err := ensureKeys(cmd.Context(), c); err != nil {
				return err
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), map[string]any{"applied": append([]string{}, applied...)})
			}
			if len(applied) == 0 {
				fmt.Fprintf(cmd.OutOrStdout(), "%s is up to date.\n", c.StoreName())
			}
			for _, m := range applied {
				fmt.Fprintf(cmd.OutOrStdout(), "applied %s\n", m)
			}
			return nil
		},
	}
}

func newRebuild(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rebuild",
		Short: "Make every golden record and index anew from the records",
		Long: `Makes golden records, index rows, matching keys, dangling references and conflicts anew
from the record versions, in one transaction. Ids never change, and a golden record that comes
out as it was keeps its revision. Run it after changing trust ranks, masters or survivorship.`,
		Example: "  karna rebuild",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				p := newProgress(cmd.ErrOrStderr(), "rebuild")
				rep, err := o.registry.Rebuild(cmd.Context(), p.count)
				p.done()
				if err != nil {
					return err
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), rep)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s gone through, %s came out otherwise.\n", plural(rep.Records, "record"), plural(rep.Changed, "golden record"))
				return nil
			})
		},
	}
}

func newVerify(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Check that the store is what its records make of it; changes nothing",
		Long: `Rebuilds everything in a transaction that is thrown away, and tells how many golden
records came out otherwise. Exit code 5 when any did: run karna rebuild, and report it.`,
		Example: "  karna verify --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				p := newProgress(cmd.ErrOrStderr(), "verify")
				rep, err := o.registry.Verify(cmd.Context(), p.count)
				p.done()
				if err != nil {
					return err
				}
				if a.json {
					if err := printJSON(cmd.OutOrStdout(), rep); err != nil {
						return err
					}
				} else {
					fmt.Fprintf(cmd.OutOrStdout(), "%s gone through, %s would come out otherwise.\n", plural(rep.Records, "record"), plural(rep.Changed, "golden record"))
				}
				if rep.Changed > 0 {
					return &exitError{exitDifferent, fmt.Errorf("%s differ from their records: run karna rebuild", plural(rep.Changed, "golden record"))}
				}
				return nil
			})
		},
	}
}
