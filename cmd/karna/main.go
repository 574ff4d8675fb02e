package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

// version is set by the release build.
var version = "dev"

// Exit codes, documented in docs/operations.md and karna --help.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitBroken      = 3
	exitHeld        = 4
	exitDifferent   = 5
	exitLocked      = 6
	exitInterrupted = 130
)

// exitError carries an exit code with an error.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// idArgument reads an argument that is an id.
func idArgument(arg string) (model.EntityID, error) {
	id, err := model.ParseEntityID(arg)
	if err != nil {
		return id, &exitError{exitUsage, err}
	}
	return id, nil
}

// runError is an error of a command that began: one that is none is cobra's, of
// arguments, flags or names.
type runError struct{ err error }

func (e *runError) Error() string { return e.err.Error() }
func (e *runError) Unwrap() error { return e.err }

// markRun makes the errors of every command below c runErrors.
func markRun(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			if err := run(cmd, args); err != nil {
				return &runError{err}
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		markRun(sub)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	root := newRoot()
	root.InitDefaultCompletionCmd() // which ExecuteContextC would make too late
	refuseUnknown(root)
	cmd, err := root.ExecuteContextC(ctx)
	stop()
	os.Exit(conclude(os.Stderr, cmd, err))
}

// conclude says what a command ended with, without the personal numbers that arguments
// and files' contents may have brought into the error, and is its exit code.
func conclude(w io.Writer, cmd *cobra.Command, err error) (code int) {
	code = exitCode(err)
	switch code {
	case exitOK:
	case exitInterrupted:
		fmt.Fprintln(w, "karna: stopped;", whatStays(cmd))
	default:
		fmt.Fprintln(w, "karna:", model.WithoutPersonal(err.Error()))
	}
	return code
}

// whatStays says what a command that was told to stop has left.
func whatStays(cmd *cobra.Command) string {
	if name := strings.Fields(cmd.CommandPath())[1:]; len(name) > 0 && slices.Contains([]string{"match", "model", "synth"}, name[0]) {
		return "no file was changed"
	}
	return "what was committed stays"
}

func exitCode(err error) int {
	var ran *runError
	var coded *exitError
	var conf *config.Error
	var place *ingest.PlaceError
	switch {
	case err == nil:
		return exitOK
	case !errors.As(err, &ran):
		return exitUsage
	case errors.As(err, &coded):
		return coded.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, graph.ErrLocked):
		return exitLocked
	case errors.As(err, &conf), errors.Is(err, registry.ErrUnknownSource), errors.Is(err, graph.ErrSchema), errors.Is(err, graph.ErrNewerSchema), errors.Is(err, graph.ErrNoTenant),
		errors.Is(err, graph.ErrFutureRevision), errors.Is(err, ingest.ErrConfiguration):
		return exitUsage
	case errors.As(err, &place):
		return exitBroken
	}
	return exitFailure
}

func newRoot() *cobra.Command {
	a := &app{}
	root := &cobra.Command{
		Use:   "karna",
		Short: "One place for a municipality's grunddata: person, role, organisation, geography, service",
		Long: `Kärna ingests what municipal systems say, merges duplicates into golden records that
never lose where a value came from, and serves them over GraphQL and as linked open data.

Exit codes: 0 done; 1 failed; 2 wrong use or configuration; 3 a delivery is broken, or
a configured file is not there;
4 a delivery is held for confirmation; 5 verify found differences; 6 the store is
locked by another process; 130 interrupted.`,
		Example: `  karna demo
  karna init --code 0136 --name "Haninge kommun" --base https://data.example.se
  karna ingest payroll deliveries/payroll.xml
  karna query '{ organisations(first: 3) { nodes { name { text } } } }'`,
		Version:           version,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.PersistentFlags().StringVarP(&a.configPath, "config", "c", ".", "karna.yaml, or the directory it is in")
	root.PersistentFlags().StringVar(&a.storeFlag, "store", "", "sqlite:PATH or postgres://… instead of the configured store")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print the result as JSON")
	root.AddCommand(
		newDemo(a), newInit(a), newIngest(a), newServe(a), newQuery(a), newExport(a),
		newStatus(a), newRebuild(a), newVerify(a), newMigrate(a), newQuarantine(a), newIssues(a), newSynth(a), newMatch(a), newModel(a), newResolve(a), newAudit(a), newToken(a),
		newProtect(a), newOffice(a), newKeys(a), newSubject(a), newRetain(a), newRectify(a),
	)
	refuseUnknown(root)
	markRun(root)
	return root
}

// refuseUnknown has the commands below c that only group others refuse a name that
// none of them has, and without a name help.
func refuseUnknown(c *cobra.Command) {
	for _, sub := range c.Commands() {
		if sub.HasSubCommands() && !sub.Runnable() {
			sub.Args = func(cmd *cobra.Command, args []string) error {
				if len(args) == 0 {
					return nil
				}
				var names []string
				for _, known := range cmd.Commands() {
					names = append(names, known.Name())
				}
				return fmt.Errorf("unknown command %q for %q: want %s", args[0], cmd.CommandPath(), strings.Join(names, ", "))
			}
			sub.DisableFlagsInUseLine = true
			sub.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
		refuseUnknown(sub)
	}
}
