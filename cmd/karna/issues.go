package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func newIssues(a *app) *cobra.Command {
	rights := rightsFlags{role: access.Steward.String()}
	cmd := &cobra.Command{
		Use:   "issues [SOURCE]",
		Short: "List the records with fields that could not be read as they should, and what was delivered",
		Long: `Lists what a steward may see, a line an issue: the source, the kind and what the source calls
the record, the property, what is wrong, and what was delivered, without personal numbers. Where
in the file the field stands is for who may see all that the source delivers: --scope
restricted:read,protected:read --purpose WHY. What is shown of persons is in the audit.`,
		Example: `  karna issues
  karna issues payroll --scope restricted:read
  karna issues --json --scope restricted:read,protected:read --purpose "dnr 2026-17"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := rights.asked()
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(o *opened) error {
				view, reads := o.access().View(r).Together("issues")
				all, err := issuesOf(cmd.Context(), view, argSource(args))
				if err != nil {
					return err
				}
				if err := reads.Done(cmd.Context()); err != nil {
					return err
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), all)
				}
				return printIssues(cmd.OutOrStdout(), all)
			})
		},
	}
	cmd.Flags().StringSliceVar(&rights.scopes, "scope", nil, "scopes beside a steward's rights: restricted:read, protected:read")
	cmd.Flags().StringVar(&rights.purpose, "purpose", "", "why it is asked, for the audit; mandatory for protected:read")
	return cmd
}

// flawedJSON is a record with issues as --json gives it.
type flawedJSON struct {
	Source  model.Source `json:"source"`
	Kind    string       `json:"kind"`
	LocalID string       `json:"localId"`
	Record  string       `json:"record"`
	Golden  string       `json:"golden"`
	Issues  []issueJSON  `json:"issues"`
}

type issueJSON struct {
	Property string          `json:"property,omitempty"`
	Place    string          `json:"place,omitempty"` // for who may see all that the source delivers
	Code     model.IssueCode `json:"code"`
	Text     string          `json:"text"`
	Original string          `json:"original,omitempty"`
}

// issuesOf are the records with issues that a caller sees, of a source or of all.
func issuesOf(ctx context.Context, view *access.View, source model.Source) ([]flawedJSON, error) {
	all := []flawedJSON{}
	for after := ""; ; {
		page, err := view.RecordIssues(ctx, source, after, 1000)
		if err != nil {
			return nil, fmt.Errorf("list the records with issues: %w", err)
		}
		for i := range page.Items {
			f := &page.Items[i]
			issues, err := view.Issues(ctx, f.Golden, &f.RecordInfo)
			if err != nil {
				return nil, err
			}
			out := flawedJSON{Source: f.Source, Kind: f.Kind.String(), LocalID: f.LocalID, Record: f.ID.String(), Golden: f.Golden.String()}
			for _, issue := range issues {
				one := issueJSON{Place: issue.Place, Code: issue.Code, Text: issue.Text, Original: issue.Original}
				if row := ontology.ByID(issue.Property); row != nil {
					one.Property = row.Name
				}
				out.Issues = append(out.Issues, one)
			}
			all = append(all, out)
		}
		if !page.HasNext {
			return all, nil
		}
		after = page.Cursors[len(page.Cursors)-1]
	}
}

func printIssues(w io.Writer, all []flawedJSON) error {
	for _, f := range all {
		for _, i := range f.Issues {
			line := fmt.Sprintf("%s  %s %s", f.Source, f.Kind, f.LocalID)
			if i.Property != "" {
				line += ", " + i.Property
			}
			if i.Place != "" {
				line += " (" + i.Place + ")"
			}
			line += ": " + i.Text
			if i.Original != "" {
				line += fmt.Sprintf("; delivered: %q", i.Original)
			}
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
	}
	return nil
}
