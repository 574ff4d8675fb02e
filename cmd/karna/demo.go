package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/testdata"
)

func newDemo(a *app) *cobra.Command {
	var data, listen string
	var once bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Make a store with an invented municipality, and serve it",
		Long: `Makes an embedded store under --data, ingests the files of an invented municipality (payroll,
school, organisation, geography, elected officials, services), shows what came of them, and serves
on loopback as a steward with restricted:read. Run again, it finds everything in place.`,
		Example: "  karna demo\n  karna demo --once --data /tmp/karna",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, out := cmd.Context(), cmd.OutOrStdout()
			if err := unpack(data); err != nil {
				return err
			}
			a.configPath = data
			c, err := a.load()
			if err != nil {
				return err
			}
			if _, err := ensureStore(ctx, c); err != nil {
				return err
			}
			if err := ensureKeys(ctx, c); err != nil {
				return err
			}
			return a.with(ctx, func(o *opened) error {
				if err := o.ingestSample(ctx, out, cmd.ErrOrStderr()); err != nil {
					return err
				}
				if err := o.printSummary(ctx, out); err != nil {
					return err
				}
				if once {
					return nil
				}
				if listen != "" {
					o.config.Listen = listen
				}
				rights := access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead}, Standing: onThisMachine, Actor: actor(access.Steward)}
				return o.serve(ctx, rights, out, true)
			})
		},
	}
	cmd.Flags().StringVar(&data, "data", "karna-data", "directory of the store and the sample files")
	cmd.Flags().StringVar(&listen, "listen", "", "address to serve on instead of the configured one")
	cmd.Flags().BoolVar(&once, "once", false, "ingest, print the summary and exit")
	return cmd
}

// ingestSample ingests every file of the sample. A broken item is part of the
// sample; a broken file is not.
func (o *opened) ingestSample(ctx context.Context, out, progressTo io.Writer) error {
	todo, missing, err := o.planned(nil)
	if err := errors.Join(err, missingError(missing)); err != nil {
		return err
	}
	width := nameWidth(todo)
	for _, f := range todo {
		d, err := o.ingestFile(ctx, f, registry.Request{Source: f.source}, nil, progressTo)
		if err != nil {
			return err
		}
		printDelivery(out, d, width)
	}
	if err := o.openSampleOffice(ctx, out); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return nil
}

// sampleOffice is the sample's one office that is public by a decision.
var sampleOffice = model.RecordKey{Source: "fortroendevalda", Kind: model.Role, LocalID: "FV-001"}

// openSampleOffice decides that it is, once.
func (o *opened) openSampleOffice(ctx context.Context, out io.Writer) error {
	marked, err := o.store.MarkedSorts(ctx)
	if err != nil || slices.Contains(marked, graph.MarkOpened) {
		return err
	}
	heads, err := o.store.Heads(ctx, []model.RecordKey{sampleOffice})
	if err != nil || !heads[0].Live {
		return err // somebody has made another sample of it
	}
	const reference = "KF 2026-11-02 § 100"
	period := model.Period{To: model.Date{Year: 2030, Month: 10, Day: 15}}
	if _, err := o.registry.OpenOffice(ctx, actor(access.Steward), heads[0].Golden, reference, period, "the chair of the executive committee is public"); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "The office of", sampleOffice.LocalID, "is public by", reference)
	return err
}

// unpack writes the sample municipality's files where they are not already.
func unpack(dir string) error {
	return fs.WalkDir(testdata.Municipality, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(path))
		if entry.IsDir() {
			return os.MkdirAll(to, 0o750)
		}
		if _, err := os.Stat(to); err == nil {
			return nil
		}
		content, err := fs.ReadFile(testdata.Municipality, path)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, content, 0o640); err != nil {
			return fmt.Errorf("unpack the sample: %w", err)
		}
		return nil
	})
}
