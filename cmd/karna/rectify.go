package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func newRectify(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rectify",
		Short: "Ask a source to put right what it says, by a day",
		Long: `The registry never changes what a source says. A case tells the source's owner what is wrong,
what it should be and what that stands on (GDPR art. 16), and closes itself as met when the
source delivers it.`,
		Example: `  karna rectify open 0198c1c0-… --property person.familyName --source payroll --wrong Bergkvist --right Bergqvist --evidence "folkbokföringen 2026-10-01"
  karna rectify list
  karna rectify close 0198c1d0-… --as refused --note "källan står fast"`,
	}
	cmd.AddCommand(newRectifyOpen(a), newRectifyList(a), newRectifyClose(a))
	return cmd
}

func newRectifyOpen(a *app) *cobra.Command {
	var q registry.RectifyRequest
	var property, source, due string
	cmd := &cobra.Command{
		Use:     "open ID",
		Short:   "Open a case to a source's owner",
		Example: `  karna rectify open 0198c1c0-7a00-7000-8000-000000000001 --property person.familyName --source payroll --wrong Bergkvist --right Bergqvist --evidence "folkbokföringen"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if q.Subject, err = idArgument(args[0]); err != nil {
				return err
			}
			if q.Property, err = config.ParseProperty(property); err != nil {
				return &exitError{exitUsage, err}
			}
			if due != "" {
				if q.Due, err = time.Parse(time.DateOnly, due); err != nil {
					return &exitError{exitUsage, fmt.Errorf("--due is %q: want a day, YYYY-MM-DD", due)}
				}
			}
			if row := ontology.ByID(q.Property); row.Type == model.TypeIdentifier {
				return &exitError{exitUsage, errors.New("a number is never an argument: name the property in the evidence, and open the case by GraphQL")}
			}
			q.Source, q.Actor = model.Source(source), actor(access.Admin)
			return a.with(cmd.Context(), func(o *opened) error {
				c, err := o.registry.OpenCase(cmd.Context(), q)
				if err != nil {
					return err
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), caseJSON(c))
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s opened to %s of %s, due %s\n", c.ID, c.Owner, c.Source, c.Due.Format(time.DateOnly))
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&property, "property", "", "the property, as kind.name (mandatory)")
	f.StringVar(&source, "source", "", "the source that says it (mandatory)")
	f.StringVar(&q.Wrong, "wrong", "", "what is said")
	f.StringVar(&q.Right, "right", "", "what it should be; nothing when left out")
	f.StringVar(&q.Evidence, "evidence", "", "what that stands on (mandatory)")
	f.StringVar(&due, "due", "", "the day by which it is to be right, within a year; a month from now when left out")
	return cmd
}

// caseJSON is a case as the command line prints it.
func caseJSON(c subject.Case) map[string]any {
	property := ""
	if row := ontology.ByID(c.Property); row != nil {
		property = row.Kind.String() + "." + row.Name
	}
	out := map[string]any{
		"id": c.ID.String(), "subject": c.Subject.String(), "property": property, "source": c.Source, "owner": c.Owner, "state": c.State,
		"opened": c.Opened, "due": c.Due, "wrong": c.Wrong, "right": c.Right, "evidence": c.Evidence, "actor": c.Actor,
	}
	if !c.Closed.IsZero() {
		out["closed"], out["note"] = c.Closed, c.Note
	}
	return out
}

func newRectifyList(a *app) *cobra.Command {
	var all bool
	var purpose string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the open cases, those that are overdue marked",
		Example: "  karna rectify list --all --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			state := graph.RectificationOpen
			if all {
				state = ""
			}
			return a.with(cmd.Context(), func(o *opened) error {
				view, reads := o.access().View(forSubject(purpose)).Together("list rectifications")
				var cases []subject.Case
				for after := (model.EntityID{}); ; after = cases[len(cases)-1].ID {
					page, err := view.Cases(cmd.Context(), state, after, 1000)
					if err != nil {
						return fmt.Errorf("list the cases: %w", err)
					}
					if cases = append(cases, page...); len(page) < 1000 {
						break
					}
				}
				if err := reads.Done(cmd.Context()); err != nil {
					return err
				}
				if a.json {
					out := []map[string]any{}
					for _, c := range cases {
						out = append(out, caseJSON(c))
					}
					return printJSON(cmd.OutOrStdout(), out)
				}
				for _, c := range cases {
					late := ""
					if c.State == string(graph.RectificationOpen) && time.Now().After(c.Due) {
						late = "  OVERDUE"
					}
					fmt.Fprintf(cmd.OutOrStdout(), "%s  %s  %s  due %s%s  %s: %q should be %q\n", c.ID, c.Source, c.State, c.Due.Format(time.DateOnly), late, caseJSON(c)["property"], c.Wrong, c.Right)
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "closed ones too")
	cmd.Flags().StringVar(&purpose, "purpose", "rectification", "why it is asked")
	return cmd
}

func newRectifyClose(a *app) *cobra.Command {
	var state, note string
	cmd := &cobra.Command{
		Use:     "close CASE",
		Short:   "Close a case by hand",
		Example: `  karna rectify close 0198c1d0-7a00-7000-8000-000000000001 --as refused --note "källan står fast"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := idArgument(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(o *opened) error {
				return o.registry.CloseCase(cmd.Context(), id, graph.RectificationState(state), actor(access.Admin), note)
			})
		},
	}
	cmd.Flags().StringVar(&state, "as", string(graph.RectificationWithdrawn), "met, refused or withdrawn")
	cmd.Flags().StringVar(&note, "note", "", "why (mandatory)")
	return cmd
}
