package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/graph/gql"
)

func newQuery(a *app) *cobra.Command {
	var rights rightsFlags
	var variables, path string
	cmd := &cobra.Command{
		Use:   "query {GRAPHQL | --follow PATH ID}",
		Short: "Answer a GraphQL operation from the store, as JSON, or follow a path from a record",
		Long: `Answers as the server would. "-" reads the operation from standard input. Exit code 1 when the answer holds errors.

With --follow: what a path leads to from the record with the id, each once, as far as the caller may see. A path is properties
that link (parent, organisation.parent), against the link with ^, one after the other with /, either with |, and filters
in brackets: a kind, or a property's value. It uses what is valid today. Exit code 0 also when it leads nowhere; 1 when
there is no such record or the path would read too much; 2 when the path is wrong, with the column.`,
		Example: `  karna query '{ services(first: 3) { nodes { name { text lang } } } }'
  karna query --as steward --scope restricted:read '{ persons(search: "Åsa") { nodes { familyName } } }'
  karna query --variables '{"id":"018f…"}' 'query ($id: ID!) { node(id: $id) { id } }'
  karna query --as reader --follow '^organisation[roleType=employment]/fills' 018f3c2e-0000-7000-8000-000000000001
  karna query --json --follow 'provider/parent|areaServed' 018f3c2e-0000-7000-8000-000000000002`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := rights.asked()
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("follow") {
				if variables != "" {
					return &exitError{exitUsage, errors.New("--variables are a GraphQL operation's, and --follow has none")}
				}
				return a.with(cmd.Context(), func(o *opened) error {
					if err := o.warnOutdated(cmd); err != nil {
						return err
					}
					found, err := follow(cmd.Context(), o.access().View(r), path, args[0])
					if err != nil {
						return err
					}
					if a.json {
						return printJSON(cmd.OutOrStdout(), found)
					}
					return printFollowed(cmd.OutOrStdout(), found)
				})
			}
			req := gql.Request{Query: args[0]}
			if req.Query == "-" {
				text, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), 1<<20))
				if err != nil {
					return fmt.Errorf("read the operation: %w", err)
				}
				req.Query = string(text)
			}
			if variables != "" {
				if err := json.Unmarshal([]byte(variables), &req.Variables); err != nil {
					return &exitError{exitUsage, fmt.Errorf("--variables is not a JSON object: %w", err)}
				}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				if err := o.warnOutdated(cmd); err != nil {
					return err
				}
				exec := gql.New(gql.Options{Stewardship: o.registry})
				resp := exec.Execute(cmd.Context(), o.access().View(r), req)
				if err := printJSON(cmd.OutOrStdout(), resp); err != nil {
					return err
				}
				if len(resp.Errors) > 0 {
					return errors.New("the answer holds errors")
				}
				return nil
			})
		},
	}
	rights.add(cmd)
	cmd.Flags().StringVar(&path, "follow", "", "follow a path from the record with the id that is the argument")
	cmd.Flags().StringVar(&variables, "variables", "", "the operation's variables, a JSON object")
	return cmd
}

// warnOutdated tells whoever asks that answers may lack something.
func (o *opened) warnOutdated(cmd *cobra.Command) error {
	outdated, err := o.outdated(cmd.Context())
	if err == nil && outdated != "" {
		_, err = fmt.Fprintln(cmd.ErrOrStderr(), outdated)
	}
	return err
}
