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
	var variables string
	cmd := &cobra.Command{
		Use:   "query GRAPHQL",
		Short: "Answer a GraphQL operation from the store, as JSON",
		Long:  `Answers as the server would. "-" reads the operation from standard input. Exit code 1 when the answer holds errors.`,
		Example: `  karna query '{ services(first: 3) { nodes { name { text lang } } } }'
  karna query --as steward --scope restricted:read '{ persons(search: "Åsa") { nodes { familyName } } }'
  karna query --variables '{"id":"018f…"}' 'query ($id: ID!) { node(id: $id) { id } }'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := rights.rights()
			if err != nil {
				return err
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
	cmd.Flags().StringVar(&variables, "variables", "", "the operation's variables, a JSON object")
	return cmd
}
