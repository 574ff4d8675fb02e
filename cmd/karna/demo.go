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
	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
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
on loopback as a steward with restricted:read. Run again, it finds everything in place. Its store
and keys are under --data and nowhere else: KARNA_STORE and the keys of the environment are not used.`,
		Example: "  karna demo\n  karna demo --once --data /tmp/karna",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, out, prose := cmd.Context(), cmd.OutOrStdout(), cmd.OutOrStdout()
			for _, name := range []string{"store", "config"} {
				if cmd.Flags().Changed(name) {
					return &exitError{exitUsage, fmt.Errorf("karna demo has a store and a configuration of its own, in --data: leave out --%s", name)}
				}
			}
			if err := forgetStores(cmd.ErrOrStderr(), data); err != nil {
				return err
			}
			if err := isSample(data); err != nil {
				return err
			}
			if err := unpack(data); err != nil {
				return err
			}
			a.configPath = data
			c, err := a.load()
			if err != nil {
				return err
			}
			if a.json {
				prose = cmd.ErrOrStderr()
			}
			if _, err := ensureStore(ctx, c); err != nil {
				return err
			}
			if err := ensureKeys(ctx, c); err != nil {
				return err
			}
			return a.with(ctx, func(o *opened) error {
				if err := o.showSample(ctx, out, cmd.ErrOrStderr(), a.json); err != nil {
					return err
				}
				if once {
					return nil
				}
				if listen != "" {
					o.config.Listen = listen
				}
				rights := access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead}, Standing: onThisMachine, Actor: actor(access.Steward)}
				return o.serve(ctx, rights, prose, true)
			})
		},
	}
	cmd.Flags().StringVar(&data, "data", "karna-data", "directory of the store and the sample files")
	cmd.Flags().StringVar(&listen, "listen", "", "address to serve on instead of the configured one")
	cmd.Flags().BoolVar(&once, "once", false, "ingest, print the summary and exit")
	return cmd
}

// forgetStores takes the environment's store and keys away from the demo, and says so:
// they are of a registry that no sample belongs in.
func forgetStores(w io.Writer, data string) error {
	for _, name := range []string{config.EnvStore, config.EnvKeys, seal.EnvKeys} {
		if os.Getenv(name) == "" {
			continue
		}
		if err := os.Unsetenv(name); err != nil {
			return fmt.Errorf("leave %s aside: %w", name, err)
		}
		fmt.Fprintf(w, "%s is set, and not used: the demo has a store and keys of its own in %s. Unset it before you ask them with another command.\n", name, data)
	}
	return nil
}

// isSample tells what is in the way of the sample in a directory: a configuration of
// another municipality, or one whose store is elsewhere.
func isSample(dir string) error {
	path := filepath.Join(dir, config.FileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	is, err := config.Load(path)
	if err != nil {
		return err
	}
	text, err := fs.ReadFile(testdata.Municipality, config.FileName)
	if err != nil {
		return err
	}
	sample, err := config.Parse(text, path)
	if err != nil {
		return err
	}
	if is.Tenant != sample.Tenant {
		return &exitError{exitUsage, fmt.Errorf("%s is of %s (%s), not of the sample: name another directory with --data", path, is.Tenant.Name, is.Tenant.Code)}
	}
	if _, ok := is.SQLitePath(); !ok {
		return &exitError{exitUsage, fmt.Errorf("%s has a store elsewhere, and the demo's is a file in its directory: name another directory with --data", path)}
	}
	return nil
}

// demoJSON is what karna demo has done, as --json gives it.
type demoJSON struct {
	Deliveries []deliveryJSON  `json:"deliveries"`
	Office     *openedJSON     `json:"office,omitempty"` // that was made public now
	Status     registry.Status `json:"status"`
}

// openedJSON is an office that a decision has made public.
type openedJSON struct {
	ID       string         `json:"id"`
	Record   string         `json:"record"` // the source's own id of it
	Decision string         `json:"decision"`
	Revision model.Revision `json:"revision"`
}

// showSample ingests the sample and says what came of it.
func (o *opened) showSample(ctx context.Context, out, progressTo io.Writer, asJSON bool) error {
	text := out
	if asJSON {
		text = io.Discard
	}
	deliveries, err := o.ingestSample(ctx, text, progressTo)
	if err != nil {
		return err
	}
	office, err := o.openSampleOffice(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		status, err := o.registry.Status(ctx)
		if err != nil {
			return err
		}
		return printJSON(out, demoJSON{deliveriesOf(deliveries), office, status})
	}
	if office != nil {
		fmt.Fprintln(out, "The office of", office.Record, "is public by", office.Decision)
	}
	fmt.Fprintln(out)
	return o.printSummary(ctx, out)
}

// ingestSample ingests every file of the sample. A broken item is part of the
// sample; a broken file is not.
func (o *opened) ingestSample(ctx context.Context, out, progressTo io.Writer) (all []graph.Delivery, err error) {
	todo, missing, err := o.planned(nil)
	if err := errors.Join(err, missingError(missing)); err != nil {
		return nil, err
	}
	width := nameWidth(todo)
	for _, f := range todo {
		d, err := o.ingestFile(ctx, f, registry.Request{Source: f.source}, nil, progressTo)
		if err != nil {
			return nil, err
		}
		printDelivery(out, d, width)
		all = append(all, d)
	}
	return all, nil
}

// sampleOffice is the sample's one office that is public by a decision.
var sampleOffice = model.RecordKey{Source: "fortroendevalda", Kind: model.Role, LocalID: "FV-001"}

// openSampleOffice decides that it is, once.
func (o *opened) openSampleOffice(ctx context.Context) (*openedJSON, error) {
	marked, err := o.store.MarkedSorts(ctx)
	if err != nil || slices.Contains(marked, graph.MarkOpened) {
		return nil, err
	}
	heads, err := o.store.Heads(ctx, []model.RecordKey{sampleOffice})
	if err != nil || !heads[0].Live {
		return nil, err // somebody has made another sample of it
	}
	const reference = "KF 2026-11-02 § 100"
	period := model.Period{To: model.Date{Year: 2030, Month: 10, Day: 15}}
	rev, err := o.registry.OpenOffice(ctx, actor(access.Steward), heads[0].Golden, reference, period, "the chair of the executive committee is public")
	if err != nil {
		return nil, err
	}
	return &openedJSON{heads[0].Golden.String(), sampleOffice.LocalID, reference, rev}, nil
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
