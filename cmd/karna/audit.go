package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
)

func newAudit(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Check, write out and ask who changed what and who looked at whom",
		Long: `Every change and every restricted read is in a chain of entries, each hashed with the one
before under the keyring's key, the end sealed. It holds golden ids and no personal numbers.`,
		Example: `  karna audit verify --anchor /mnt/elsewhere/audit.json
  karna audit export --after 12000
  karna audit who 0198c1c0-… --purpose "access request 2026-17"`,
	}
	cmd.AddCommand(newAuditVerify(a), newAuditExport(a), newAuditWho(a))
	return cmd
}

func newAuditVerify(a *app) *cobra.Command {
	var anchor string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check the whole chain and say where it is broken; exit code 5 if it is",
		Long: `Says at which entry something was changed, removed, put in or cut off. A store that was put
back whole to an earlier day is sound by itself: keep the end of the chain elsewhere with
--anchor, a file that is checked against and then brought up to date.`,
		Example: `  karna audit verify
  karna audit verify --anchor /mnt/elsewhere/audit.json --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			earlier, err := readAnchor(anchor)
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(o *opened) error {
				v, err := o.registry.Audit().Verify(cmd.Context(), earlier)
				if err != nil {
					return err
				}
				out := cmd.OutOrStdout()
				if a.json {
					if err := printJSON(out, v); err != nil {
						return err
					}
				} else {
					for _, b := range v.Broken {
						fmt.Fprintf(out, "entry %d %s: %s\n", b.Number, b.What, b.Text)
					}
					fmt.Fprintf(out, "%s entries, %s subjects erased; the chain ends at %d, %s\n",
						thousands(v.Entries), thousands(v.Erased), v.End.Number, v.End.Link)
				}
				if !v.OK() {
					return &exitError{exitDifferent, errors.New("the audit is broken")}
				}
				return writeAnchor(anchor, v.End)
			})
		},
	}
	cmd.Flags().StringVar(&anchor, "anchor", "", "file outside the store that keeps the end of the chain")
	return cmd
}

// readAnchor reads the end of the chain as it was; nil when none is kept yet.
func readAnchor(path string) (*audit.Anchor, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the anchor: %w", err)
	}
	var have audit.Anchor
	if err := json.Unmarshal(text, &have); err != nil || have.Number < 0 {
		return nil, &exitError{exitUsage, fmt.Errorf("%s is no anchor of an audit", path)}
	}
	return &have, nil
}

// writeAnchor replaces the anchor at once, so that a crash leaves the old or the new.
func writeAnchor(path string, end audit.Anchor) error {
	if path == "" {
		return nil
	}
	text, err := json.Marshal(end)
	if err != nil {
		return fmt.Errorf("write the anchor: %w", err)
	}
	f, err := createWhole(path)
	if err == nil {
		_, err = f.Write(append(text, '\n'))
		err = f.end(err)
	}
	if err != nil {
		return fmt.Errorf("write the anchor: %w", err)
	}
	return nil
}

func newAuditExport(a *app) *cobra.Command {
	var after int64
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the entries as JSON, one a line, oldest first",
		Example: "  karna audit export --after 12000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetEscapeHTML(false)
				for e, err := range o.registry.Audit().Entries(cmd.Context(), after) {
					if err != nil {
						return err
					}
					if err := enc.Encode(e); err != nil {
						return fmt.Errorf("write the audit: %w", err)
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().Int64Var(&after, "after", 0, "only entries with a larger number")
	return cmd
}

func newAuditWho(a *app) *cobra.Command {
	var purpose string
	cmd := &cobra.Command{
		Use:     "who ID",
		Short:   "Say who looked at a golden record or changed it, newest first",
		Example: `  karna audit who 0198c1c0-7a00-7000-8000-000000000001 --purpose "access request 2026-17"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := idArgument(args[0])
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(o *opened) error {
				rights := access.Rights{Role: access.Admin, Scopes: []access.Scope{access.AuditRead}, Actor: actor(access.Admin), Purpose: purpose}
				view, found := o.access().View(rights), []audit.Read{}
				for before := int64(0); ; before = found[len(found)-1].Number {
					page, err := view.Looked(cmd.Context(), id, before, 1000)
					if err != nil {
						return fmt.Errorf("ask who looked at %s: %w", id, err)
					}
					found = append(found, page...)
					if len(page) < 1000 {
						break
					}
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), found)
				}
				for _, e := range found {
					fmt.Fprintf(cmd.OutOrStdout(), "%d  %s  %s  %s  %s\n", e.Number, e.At.Format(time.RFC3339), e.Actor, e.Operation, e.Purpose)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&purpose, "purpose", "", "why it is asked")
	return cmd
}
