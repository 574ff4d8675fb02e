package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
)

// decider says who makes a decision at the command line, and why.
type decider struct {
	actor, reason string
}

func (d *decider) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&d.actor, "actor", "", "who decides; the user at the computer when left out")
	cmd.Flags().StringVar(&d.reason, "reason", "", "why, for those who come after; mandatory")
	_ = cmd.MarkFlagRequired("reason") // the flag is there
}

// by is who decides.
func (d *decider) by() string {
	if d.actor != "" {
		return d.actor
	}
	return actor(access.Steward)
}

func newProtect(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "protect",
		Short: "Raise or lower a person's protection, and list those of whom no source has said",
		Long: `A person's level is the highest that any source states: none, unknown, sekretessmarkering or
skyddad-folkbokforing. What was once stated stays when it is no longer said: the source that is
master for person.protection lowers it, or a steward with a reason. A raised level takes the person
out of lists, links, search, feeds and exports in the same revision. Each change is audited.`,
		Example: `  karna protect raise 018f3c2e-0000-7000-8000-000000000001 sekretessmarkering --reason "samtal 2026-03-01"
  karna protect lower 018f3c2e-0000-7000-8000-000000000001 none --reason "beslut 2026-17"
  karna protect unknown --limit 500`,
	}
	cmd.AddCommand(newProtectChange(a, "raise", "Raise a person's level of protection"), newProtectChange(a, "lower", "Lower a person's level of protection"), newProtectUnknown(a))
	return cmd
}

func newProtectChange(a *app, verb, short string) *cobra.Command {
	var d decider
	cmd := &cobra.Command{
		Use:     verb + " ID LEVEL",
		Short:   short,
		Example: fmt.Sprintf("  karna protect %s 018f3c2e-0000-7000-8000-000000000001 sekretessmarkering --reason \"beslut 2026-17\"", verb),
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := idArgument(args[0])
			if err != nil {
				return err
			}
			level := model.ParseProtection(args[1])
			if level.Notation() != args[1] {
				return &exitError{exitUsage, fmt.Errorf("level %q: want none, unknown, sekretessmarkering or skyddad-folkbokforing", args[1])}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				change := o.registry.RaiseProtection
				if verb == "lower" {
					change = o.registry.LowerProtection
				}
				rev, err := change(cmd.Context(), d.by(), id, level, d.reason)
				if err != nil {
					return err
				}
				return a.decided(cmd, int64(rev))
			})
		},
	}
	d.add(cmd)
	return cmd
}

// decided prints the revision that a decision made.
func (a *app) decided(cmd *cobra.Command, revision int64) error {
	if a.json {
		return printJSON(cmd.OutOrStdout(), map[string]int64{"revision": revision})
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "decided, as revision %d\n", revision)
	return err
}

func newProtectUnknown(a *app) *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:     "unknown",
		Short:   "List the ids of the persons of whom no source has said whether they are protected",
		Example: "  karna protect unknown --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				view := o.access().View(access.Rights{Role: access.Steward, Actor: "karna protect unknown"})
				ids := []string{}
				page := access.Page{First: min(limit, 1000)}
				for len(ids) < limit {
					got, err := view.List(cmd.Context(), model.Person, access.Filter{UnknownProtection: true}, page)
					if err != nil {
						return err
					}
					for _, e := range got.Items {
						ids = append(ids, e.ID.String())
					}
					if !got.HasNext {
						break
					}
					page.First, page.After = min(limit-len(ids), 1000), got.Cursors[len(got.Cursors)-1]
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), ids)
				}
				for _, id := range ids {
					fmt.Fprintln(cmd.OutOrStdout(), id)
				}
				return nil
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 1000, "at most how many")
	return cmd
}

func newOffice(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "office",
		Short: "Open an office by a decision that it is public, or close it",
		Long: `A membership is closed to the public. One that a decision has made public is open, with its holder's
name as text and nothing else of the person: no link, id or address of a record. It closes again when
it is revoked or its period is over, and while its holder is protected. Pupils, guardians, tenants
and clients are never open.`,
		Example: `  karna office open 018f3c2e-0000-7000-8000-000000000001 --decision "KF 2026 § 12" --from 2026-10-15 --to 2030-10-15 --reason "förtroendevald"
  karna office close 018f3c2e-0000-7000-8000-000000000001 --reason "entledigad"
  karna office expire`,
	}
	cmd.AddCommand(newOfficeOpen(a), newOfficeClose(a), newOfficeExpire(a))
	return cmd
}

func newOfficeOpen(a *app) *cobra.Command {
	var d decider
	var reference, from, to string
	cmd := &cobra.Command{
		Use:     "open ID",
		Short:   "Make an office public by a decision",
		Example: `  karna office open 018f3c2e-0000-7000-8000-000000000001 --decision "KF 2026 § 12" --from 2026-10-15 --reason "förtroendevald"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := idArgument(args[0])
			if err != nil {
				return err
			}
			var p model.Period
			for _, day := range []struct {
				flag, text string
				to         *model.Date
			}{{"--from", from, &p.From}, {"--to", to, &p.To}} {
				if day.text == "" {
					continue
				}
				if *day.to, err = model.ParseDate(day.text); err != nil {
					return &exitError{exitUsage, fmt.Errorf("%s: %w", day.flag, err)}
				}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				rev, err := o.registry.OpenOffice(cmd.Context(), d.by(), id, reference, p, d.reason)
				if err != nil {
					return err
				}
				return a.decided(cmd, int64(rev))
			})
		},
	}
	d.add(cmd)
	cmd.Flags().StringVar(&reference, "decision", "", "the decision, as its protocol has it; mandatory")
	cmd.Flags().StringVar(&from, "from", "", "the first day that it is open")
	cmd.Flags().StringVar(&to, "to", "", "the first day that it is closed again")
	_ = cmd.MarkFlagRequired("decision") // the flag is there
	return cmd
}

func newOfficeClose(a *app) *cobra.Command {
	var d decider
	cmd := &cobra.Command{
		Use:     "close ID",
		Short:   "Close an office that a decision has made public",
		Example: `  karna office close 018f3c2e-0000-7000-8000-000000000001 --reason "entledigad"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := idArgument(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(o *opened) error {
				rev, err := o.registry.CloseOffice(cmd.Context(), d.by(), id, d.reason)
				if err != nil {
					return err
				}
				return a.decided(cmd, int64(rev))
			})
		},
	}
	d.add(cmd)
	return cmd
}

func newOfficeExpire(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "expire",
		Short: "Close the offices whose period is over, so that those who follow the changes are told",
		Long: `Nobody is shown an office whose period is over, closed or not. karna serve closes them as the days
pass; this is for a registry that is not served.`,
		Example: "  karna office expire",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				n, err := o.registry.CloseEndedOffices(cmd.Context())
				if err != nil {
					return err
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), map[string]int{"closed": n})
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d offices closed\n", n)
				return err
			})
		},
	}
}
