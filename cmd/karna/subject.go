package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
)

func newSubject(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "subject",
		Short: "Show, or erase, everything that is held about one person",
		Long: `For requests of the person: what is held (GDPR art. 15) and, by a decision, to be erased
(art. 17). A personal number is never an argument: --identifier reads it from standard input.`,
		Example: `  karna subject access 0198c1c0-… --purpose "dnr 2026-17" --format html --out utdrag.html
  karna subject erase 0198c1c0-… --decision "KS 2026-117" --dry-run`,
	}
	cmd.AddCommand(newSubjectAccess(a), newSubjectErase(a), newSubjectProve(a), newSubjectScrub(a))
	return cmd
}

// who names a person: by an id, or by an identifier that standard input gives.
type who struct {
	identifier bool
	scheme     string
}

func (w *who) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.identifier, "identifier", false, "read an identifier from standard input instead of an id")
	cmd.Flags().StringVar(&w.scheme, "scheme", string(model.Personnummer), "the identifier's scheme")
}

// id is the golden id of whom the command is about.
func (w *who) id(cmd *cobra.Command, args []string, view *access.View) (model.EntityID, error) {
	if w.identifier == (len(args) == 1) {
		return model.EntityID{}, &exitError{exitUsage, errors.New("name an id, or --identifier and the number on standard input")}
	}
	if !w.identifier {
		return idArgument(args[0])
	}
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return model.EntityID{}, fmt.Errorf("read the identifier: %w", err)
	}
	found, err := view.ByIdentifier(cmd.Context(), model.Person, model.Scheme(w.scheme), strings.TrimSpace(line))
	if err != nil {
		return model.EntityID{}, fmt.Errorf("look up by %s: %w", w.scheme, err)
	}
	if len(found) != 1 {
		return model.EntityID{}, fmt.Errorf("%d persons have this %s", len(found), w.scheme)
	}
	return found[0].ID, nil
}

// forSubject are the rights of whoever answers a person's request at the machine itself.
func forSubject(purpose string) access.Rights {
	return access.Rights{
		Role: access.Admin, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead, access.IdentifierLookup, access.AuditRead},
		Actor: actor(access.Admin), Purpose: purpose,
	}
}

func newSubjectAccess(a *app) *cobra.Command {
	var w who
	var purpose, format, out string
	cmd := &cobra.Command{
		Use:   "access [ID]",
		Short: "Write everything that is held about a person: values, originals, roles, decisions, who has looked",
		Long: `Everything by source, with what was delivered and since when; what would tell of other
persons is left out. As JSON-LD under the registry's context, or as a page in Swedish that can
be printed. The request is in the audit.`,
		Example: `  karna subject access 0198c1c0-7a00-7000-8000-000000000001 --purpose "dnr 2026-17" --format html --out utdrag.html
  karna subject access --identifier --purpose "dnr 2026-17" < nummer.txt`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			write, ok := map[string]func(io.Writer, *subject.Dossier) error{"jsonld": subject.WriteJSONLD, "html": subject.WriteHTML}[format]
			if !ok {
				return &exitError{exitUsage, fmt.Errorf("--format is %q: want jsonld or html", format)}
			}
			if strings.TrimSpace(purpose) == "" {
				return &exitError{exitUsage, errors.New("--purpose is missing: give the request's reference")}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				view, reads := o.access().View(forSubject(purpose)).Together("subject access")
				id, err := w.id(cmd, args, view)
				if err != nil {
					return err
				}
				d, err := view.Subject(cmd.Context(), id)
				if err != nil {
					return fmt.Errorf("find what is held about %s: %w", id, err)
				}
				if err := reads.Done(cmd.Context()); err != nil {
					return err
				}
				return writeTo(out, cmd.OutOrStdout(), func(to io.Writer) error { return write(to, d) })
			})
		},
	}
	w.flags(cmd)
	cmd.Flags().StringVar(&purpose, "purpose", "", "the request's reference (mandatory)")
	cmd.Flags().StringVar(&format, "format", "jsonld", "jsonld or html")
	cmd.Flags().StringVar(&out, "out", "", "file to write, for its owner's eyes only; else standard output")
	return cmd
}

// writeTo writes to a new file that only its owner can read, or to standard output.
func writeTo(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path == "" {
		return write(stdout)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	b := bufio.NewWriter(f)
	if err := errors.Join(write(b), b.Flush(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func newSubjectErase(a *app) *cobra.Command {
	var w who
	var decision string
	var dry bool
	cmd := &cobra.Command{
		Use:   "erase [ID]",
		Short: "Erase everything that is held about a person, by a decision, and prove that it is gone",
		Long: `Removes the person's records and roles with all their versions, what the registry made of
them, now and in the past, sealed numbers, index rows, decisions, quarantined items, the id in
the audit, in one transaction. Leaves a keyed hash of each record's key, so that a later
delivery of it is held. Then looks through every column of every table and prints what it
looked through. Refused, with the reason, where karna.yaml says that the archive law holds a
source's records. Exit code 5 if something is found that should be gone.`,
		Example: `  karna subject erase 0198c1c0-7a00-7000-8000-000000000001 --decision "KS 2026-117" --dry-run
  karna subject erase --identifier --decision "KS 2026-117" < nummer.txt`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(decision) == "" {
				return &exitError{exitUsage, errors.New("--decision is missing: give the decision's reference")}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				view, reads := o.access().View(forSubject(decision)).Together("subject erase")
				id, err := w.id(cmd, args, view)
				if err = errors.Join(err, reads.Done(cmd.Context())); err != nil {
					return err
				}
				did, err := o.registry.Erase(cmd.Context(), registry.EraseRequest{ID: id, Decision: decision, Actor: actor(access.Admin), DryRun: dry})
				if err != nil {
					return err
				}
				if a.json {
					err = printJSON(cmd.OutOrStdout(), did)
				} else {
					printErasure(cmd.OutOrStdout(), did)
				}
				return errors.Join(err, proved(did.Proof))
			})
		},
	}
	w.flags(cmd)
	cmd.Flags().StringVar(&decision, "decision", "", "the decision's reference (mandatory)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would be erased, and erase nothing")
	return cmd
}

// proved is the error of a proof that found something.
func proved(p *registry.Proof) error {
	if p == nil || p.OK() {
		return nil
	}
	return &exitError{exitDifferent, errors.New("something is left that should be gone: run karna subject scrub when nobody else reads, and karna subject prove")}
}

func printErasure(w io.Writer, did *registry.Erasure) {
	verb := "Erased"
	if did.DryRun {
		verb = "Would erase"
	}
	fmt.Fprintf(w, "%s, by decision %s:\n", verb, did.Decision)
	for _, r := range did.Records {
		fmt.Fprintf(w, "  %s of %s, %s, %s\n", r.Kind, r.Source, r.ID, plural(int64(r.Versions), "version"))
	}
	printRows(w, did.Rows)
	fmt.Fprintf(w, "  %s of others rewritten, %s of the past; %s of the quarantine; the id in %s of the audit, the text in %s\n",
		plural(int64(did.Rewritten), "record"), plural(int64(did.Past), "row"), plural(int64(did.Quarantine), "item"), thousands(did.Audit)+" entries", thousands(int64(did.AuditTexts)))
	for _, s := range did.Shared {
		fmt.Fprintf(w, "  left: what refers to a %s that another's record has as well\n", s)
	}
	if len(did.Recipients) > 0 {
		fmt.Fprintln(w, "Tell those who have been shown something (GDPR art. 19):")
		for _, r := range did.Recipients {
			fmt.Fprintf(w, "  %s  %s, last %s\n", r.Actor, plural(int64(r.Times), "time"), r.Last.Format(time.DateOnly))
		}
	}
	if did.Proof != nil {
		printProof(w, did.Proof)
	}
}

func printRows(w io.Writer, rows map[string]int64) {
	tables := make([]string, 0, len(rows))
	for t := range rows {
		tables = append(tables, t)
	}
	slices.Sort(tables)
	for _, t := range tables {
		fmt.Fprintf(w, "  %s of %s\n", plural(rows[t], "row"), t)
	}
}

func printProof(w io.Writer, p *registry.Proof) {
	fmt.Fprintf(w, "Looked for %s and %s, each in every column of:\n", plural(int64(p.Opaque), "id, reference or hash"), plural(int64(p.Words), "text"))
	for _, t := range p.Searched {
		fmt.Fprintf(w, "  %s (%s): %s\n", t.Table, strings.Join(t.Columns, ", "), plural(t.Rows, "row"))
	}
	for _, f := range p.Files {
		fmt.Fprintf(w, "  the bytes of %s\n", f)
	}
	if p.Shared > 0 {
		fmt.Fprintf(w, "Not looked for: %s that other records say too.\n", plural(int64(p.Shared), "text"))
	}
	for _, f := range p.Found {
		fmt.Fprintf(w, "FOUND %s in %s.%s, %s\n", f.What, f.Table, f.Column, plural(f.Rows, "row"))
	}
	for _, f := range p.Residue {
		fmt.Fprintf(w, "FOUND in the bytes of %s\n", f)
	}
	if p.OK() {
		fmt.Fprintln(w, "Nothing was found.")
	}
	for _, r := range p.Remains {
		fmt.Fprintf(w, "Not looked through: %s.\n", r)
	}
}

func newSubjectProve(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "prove",
		Short: "Look for ids, numbers and texts, a line each on standard input, in all that is stored",
		Long: `Looks in every column of every table of the tenant, and in the bytes of the files where the
engine has them. A personal number is looked for in every spelling. Exit code 5 if found.`,
		Example: "  karna subject prove < erased.txt",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var texts []string
			lines := bufio.NewScanner(cmd.InOrStdin())
			for lines.Scan() {
				if t := strings.TrimSpace(lines.Text()); t != "" {
					texts = append(texts, t)
				}
			}
			if err := lines.Err(); err != nil {
				return fmt.Errorf("read what is looked for: %w", err)
			}
			if len(texts) == 0 {
				return &exitError{exitUsage, errors.New("nothing to look for: give ids, numbers or texts on standard input, a line each")}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				p, err := o.registry.Prove(cmd.Context(), texts)
				if err != nil {
					return err
				}
				if a.json {
					err = printJSON(cmd.OutOrStdout(), p)
				} else {
					printProof(cmd.OutOrStdout(), p)
				}
				if !p.OK() {
					err = errors.Join(err, &exitError{exitDifferent, errors.New("it is stored")})
				}
				return err
			})
		},
	}
}

func newSubjectScrub(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "scrub",
		Short: "Take what removed rows have left out of the store's files",
		Long: `Finishes what an erasure or karna retain that was stopped did not come to: SQLite's file is
written anew and its log emptied, PostgreSQL's tables are vacuumed. An erasure does it by
itself.`,
		Example: "  karna subject scrub",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error { return scrubbed(cmd.Context(), cmd.OutOrStdout(), o) })
		},
	}
}

func scrubbed(ctx context.Context, w io.Writer, o *opened) error {
	left, err := o.registry.Scrub(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "Scrubbed.")
	for _, r := range left.Remains {
		fmt.Fprintf(w, "Not reached: %s.\n", r)
	}
	return nil
}

func newRetain(a *app) *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use:   "retain",
		Short: "Remove what sources no longer have and whose time is over by their retention rules",
		Long: `Removes the records that a source no longer delivers once the time is over that karna.yaml
says (sources.retain), with all that they ever said; what the registry made of them follows,
now and in the past. A record that comes again is taken. Items go that were last delivered into
quarantine more than thirty days ago. Run it by night.`,
		Example: "  karna retain --dry-run\n  karna retain --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				did, err := o.registry.Retain(cmd.Context(), actor(access.Admin), dry)
				if err != nil {
					return err
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), did)
				}
				printRetention(cmd.OutOrStdout(), did)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "say what would be removed, and remove nothing")
	return cmd
}

func printRetention(w io.Writer, did *registry.Retention) {
	verb := "removed"
	if did.DryRun {
		verb = "would be removed"
	}
	for _, s := range did.Sources {
		n := int64(0)
		for _, of := range s.Removed {
			n += int64(of)
		}
		fmt.Fprintf(w, "%s: %s %s, %d kept for now, %d on hold, %d past their end and still delivered\n", s.Source, plural(n, "record"), verb, s.Kept, s.OnHold, s.Delivered)
	}
	if len(did.Sources) == 0 {
		fmt.Fprintln(w, "No source has a retention rule: give sources.retain in karna.yaml.")
	}
	if did.Quarantined > 0 {
		fmt.Fprintf(w, "%s %s\n", plural(int64(did.Quarantined), "quarantined item"), verb)
	}
	printRows(w, did.Rows)
}
