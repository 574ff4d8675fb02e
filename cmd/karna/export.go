package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

func newExport(a *app) *cobra.Command {
	var names []string
	var out string
	var framed, compress bool
	var revision int64
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the open dump: what is open by decision of the model, and nothing else",
		Long: `Writes one file a kind and format, one with everything, and manifest.json with sizes and
checksums. JSON-LD is one document a line; with --framed one document in all.
The same revision gives the same bytes, with two exceptions: what has since been protected, closed or
erased is in no dump; and an office that is public by a decision is in the dump of the latest
revision only, on the days of its decision, and in none of an earlier one, for who held it
then may be protected now.
What is written is yours: when something is withdrawn, the change feed says so and the files stay. Only
the folder that the server offers dumps from (dumps in karna.yaml) is kept up by the server, which
removes what the registry has moved on from; --out is to be another.`,
		Example: `  karna export --format nquads --out export
  karna export --format nquads,jsonld --framed --gzip --out export
  karna export --format turtle --revision 12 --out export-12`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var formats []export.Format
			for _, n := range names {
				f, err := export.ParseFormat(n)
				if err != nil {
					return &exitError{exitUsage, err}
				}
				if f == export.JSONLD && framed {
					f = export.JSONLDFramed
				}
				formats = append(formats, f)
			}
			if revision < 0 {
				return &exitError{exitUsage, fmt.Errorf("--revision %d: want a revision that has been, or 0 for the latest", revision)}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				if served := o.config.Path(o.config.Dumps); samePlace(out, served) {
					return &exitError{exitUsage, fmt.Errorf("--out %s is the folder that karna serve offers dumps from (dumps in karna.yaml) and keeps up itself: write to another", out)}
				}
				files, err := o.dump(cmd.Context(), out, formats, model.Revision(revision), compress)
				if err != nil {
					return err
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), files)
				}
				for _, f := range files {
					fmt.Fprintf(cmd.OutOrStdout(), "%s  %s, %s, %s bytes, sha256 %s\n", f.Name, plural(f.Entities, "golden record"), plural(f.Quads, "quad"), thousands(f.Size), f.SHA256)
				}
				return nil
			})
		},
	}
	cmd.Flags().StringSliceVar(&names, "format", []string{"nquads", "jsonld"}, "nquads, ntriples, turtle, jsonld or jsonld-framed")
	cmd.Flags().StringVar(&out, "out", "", "directory to write to (mandatory), another than the one that is served")
	cmd.Flags().BoolVar(&framed, "framed", false, "JSON-LD as one document")
	cmd.Flags().BoolVar(&compress, "gzip", false, "compress every file")
	cmd.Flags().Int64Var(&revision, "revision", 0, "the revision to write; 0 for the latest")
	if err := cmd.MarkFlagRequired("out"); err != nil {
		panic(err)
	}
	return cmd
}

// samePlace tells whether two paths lead to one directory, which need not be there
// yet.
func samePlace(a, b string) bool { return settled(a) == settled(b) }

// settled is a path without symbolic links in what there is of it.
func settled(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for at := path; ; at = filepath.Dir(at) {
		if found, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(found, rest)
		}
		if at == filepath.Dir(at) {
			return path
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}

// dump writes the open view of a revision.
func (o *opened) dump(ctx context.Context, dir string, formats []export.Format, rev model.Revision, compress bool) ([]export.File, error) {
	view, release, err := o.openView(ctx, rev)
	if err != nil {
		return nil, err
	}
	defer release()
	if rev, err = view.Revision(ctx); err != nil {
		return nil, err
	}
	date, err := registry.CommittedAt(ctx, o.store, rev)
	if err != nil {
		return nil, err
	}
	return export.Dump(ctx, view.Quads(), dir, formats, export.Meta{
		Base: o.config.Tenant.BaseIRI, Revision: rev, Date: date.Truncate(time.Second), Cursor: access.AfterRevision(rev), Gzip: compress,
		ContextIRI: o.config.Tenant.BaseIRI + "/context.jsonld",
	})
}

// openView is the public's view of one revision, 0 for the latest. The latest is read
// as the present, also where it is named: a View of the past opens no office.
// graph.ErrFutureRevision for one that has not been.
func (o *opened) openView(ctx context.Context, rev model.Revision) (view *access.View, release func(), err error) {
	public := o.access().View(access.Rights{})
	now, release, err := public.Snapshot(ctx)
	if err != nil || rev == 0 {
		return now, release, err
	}
	latest, err := now.Revision(ctx)
	if err == nil && latest == rev {
		return now, release, nil
	}
	release()
	if err != nil {
		return nil, nil, err
	}
	view, err = public.At(ctx, rev)
	return view, func() {}, err
}
