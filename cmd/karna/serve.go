package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/server"
)

func newServe(a *app) *cobra.Command {
	var rights rightsFlags
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve GraphQL, GraphiQL, the open dumps and every golden record's address",
		Long: `Serves on the configured address. Without a login the rights named by --as and --scope
are given to callers on loopback only; on any other address everybody sees the open view.`,
		Example: `  karna serve
  karna serve --as steward --scope restricted:read
  karna serve --listen 127.0.0.1:9000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := rights.rights()
			if err != nil {
				return err
			}
			return a.with(cmd.Context(), func(o *opened) error {
				if listen != "" {
					o.config.Listen = listen
				}
				return o.serve(cmd.Context(), r, cmd.OutOrStdout(), false)
			})
		},
	}
	rights.add(cmd)
	cmd.Flags().StringVar(&listen, "listen", "", "address to listen on instead of the configured one")
	return cmd
}

// add gives a command the flags that name a caller's rights.
func (f *rightsFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.role, "as", "public", "role: public, reader, steward or admin")
	cmd.Flags().StringSliceVar(&f.scopes, "scope", nil, "scopes: restricted:read, protected:read, identifier:lookup, audit:read")
	cmd.Flags().StringVar(&f.purpose, "purpose", "", "why protected data is read; mandatory for protected:read")
}

// serve serves until the context ends.
func (o *opened) serve(ctx context.Context, rights access.Rights, out io.Writer, tour bool) error {
	tuneCollector(servingLimit)
	s, err := server.New(server.Config{
		Access: o.access(), Rights: rights, Stewardship: o.registry,
		Name: o.config.Tenant.Name, BaseIRI: o.config.Tenant.BaseIRI, DumpDir: o.config.Path(o.config.Dumps),
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (name another address with --listen)", o.config.Listen, err)
	}
	address := "http://" + l.Addr().String()
	switch {
	case rights.Role == access.Public:
		fmt.Fprintf(out, "Serving the open view on %s\n", address)
	case o.config.Loopback():
		fmt.Fprintf(out, "Serving on %s. There is no login: whoever reaches this address acts as %s %v.\n", address, rights.Role, rights.Scopes)
	default:
		fmt.Fprintf(out, "Serving the open view only on %s: without a login, rights are given on loopback alone.\n", address)
	}
	if tour {
		printTour(out, address)
	}
	if err := s.Serve(ctx, l); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("serve on %s: %w", address, err)
	}
	return nil
}
