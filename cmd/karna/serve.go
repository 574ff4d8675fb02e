package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/server"
)

func newServe(a *app) *cobra.Command {
	var rights rightsFlags
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve GraphQL, GraphiQL, the open dumps and every golden record's address",
		Long: `Serves on the configured address. Without a login the rights named by --as and --scope are
given to callers on loopback only, and every start says so. On any other address whoever does
not log in sees the open view; logins and tokens are taken over TLS only.`,
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
	cmd.Flags().StringVar(&f.purpose, "purpose", "", "why it is asked, for the audit; mandatory for protected:read")
}

// serve serves until the context ends.
func (o *opened) serve(ctx context.Context, rights access.Rights, out io.Writer, tour bool) error {
	tuneCollector(servingLimit)
	documents, err := o.config.Documents()
	if err != nil {
		return err
	}
	logins, err := o.logins()
	if err != nil {
		return err
	}
	warning, err := o.prepareLogins(ctx, logins)
	if err != nil {
		return err
	}
	with := server.Config{
		Access: o.access(), Rights: rights, Logins: logins, Stewardship: o.registry, CloseEnded: o.registry.CloseEndedOffices,
		Limits: limitsOf(&o.config.GraphQL), Persisted: documents, PersistedOnly: o.config.GraphQL.PersistedOnly,
		Name: o.config.Tenant.Name, BaseIRI: o.config.Tenant.BaseIRI, DumpDir: o.config.Path(o.config.Dumps),
	}
	if name := o.config.Introspection; name != "" {
		if with.Limits.Introspection, err = access.ParseRole(name); err != nil {
			return fmt.Errorf("introspection: %w", err)
		}
	}
	scheme := "http"
	if t := o.config.TLS; t != nil {
		with.TLSTerminated = t.Terminated
		if t.Cert != "" {
			with.TLS = &server.TLSFiles{Cert: o.config.Path(t.Cert), Key: o.config.Path(t.Key)}
			scheme = "https"
		}
	}
	s, err := server.New(with)
	if err != nil {
		return err
	}
	outdated, err := o.outdated(ctx)
	if err != nil {
		return err
	}
	if outdated != "" {
		slog.WarnContext(ctx, outdated)
	}
	if err := s.Begin(ctx); err != nil {
		return err
	}
	l, err := net.Listen("tcp", o.config.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (name another address with --listen)", o.config.Listen, err)
	}
	address := scheme + "://" + l.Addr().String()
	fmt.Fprint(out, greeting(o.config, rights, logins.HasProvider(), address))
	if warning != "" {
		fmt.Fprintln(out, warning)
	}
	if tour {
		printTour(out, address)
	}
	if err := s.Serve(ctx, l); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("serve on %s: %w", address, err)
	}
	return nil
}

// greeting says at every start who may do what.
func greeting(c *config.Config, rights access.Rights, provider bool, address string) string {
	var b strings.Builder
	private := c.Loopback() || c.TLS != nil
	switch {
	case rights.Role != access.Public && c.Loopback():
		fmt.Fprintf(&b, "Serving on %s. Development mode: whoever reaches this address from this machine without logging in acts as %s %v.\n", address, rights.Role, rights.Scopes)
	case rights.Role != access.Public:
		fmt.Fprintf(&b, "Serving the open view on %s: without a login, rights are given on loopback alone, and --as %s has no effect.\n", address, rights.Role)
	default:
		fmt.Fprintf(&b, "Serving the open view on %s\n", address)
	}
	switch {
	case !private:
		fmt.Fprintln(&b, "Logins and tokens are refused: they are taken over TLS only (tls in karna.yaml).")
	case provider:
		fmt.Fprintf(&b, "People log in at %s/login, by %s.\n", c.Tenant.BaseIRI, c.Login.OIDC.Issuer)
	}
	return b.String()
}

// limitsOf are the limits that karna.yaml states.
func limitsOf(g *config.GraphQL) gql.Limits {
	return gql.Limits{
		Body: g.Body, Tokens: g.Tokens, Depth: g.Depth, Cost: g.Cost, Aliases: g.Aliases, Directives: g.Directives, Time: g.Time,
		Concurrent: g.Concurrent, Batch: g.Batch,
		Subscribers: g.Streams.Most, SubscribersEach: g.Streams.Each, Poll: g.Streams.Poll, Patience: g.Streams.Patience,
	}
}
