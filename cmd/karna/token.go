package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/login"
	"github.com/karna-registry/karna/internal/registry"
)

func newToken(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke the tokens by which programs are known",
		Long: `A program sends its token as Authorization: Bearer. The store keeps a keyed hash of it; it is
shown once, holds for one tenant, expires, and can be revoked at once, also in a running
server. Whatever is done by it is in the audit under its name.`,
		Example: `  karna token create hr-sync --role reader --scope restricted:read --authority Kommunstyrelsen --expires 90d
  karna token list
  karna token revoke hr-sync --reason "the system is replaced"`,
	}
	cmd.AddCommand(newTokenCreate(a), newTokenList(a), newTokenRevoke(a))
	return cmd
}

func newTokenCreate(a *app) *cobra.Command {
	var role, purpose, expires string
	var scopes, authorities []string
	var all bool
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a token and show its secret, this once",
		Long: `With restricted:read or protected:read it says whose restricted values the token may read:
--authority, or --all-authorities. With any scope it says what for (--purpose), which is in the
audit with all that is read by it, unless a request states its own; protected:read wants that.`,
		Example: `  karna token create statistics --role reader --expires 30d
  karna token create hr-sync --role steward --scope restricted:read --authority Kommunstyrelsen --purpose "staff directory"
  karna token create audit-export --role reader --scope audit:read --expires 366d --purpose "log review"`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			g, err := grantOf(role, scopes)
			if err != nil {
				return &exitError{exitUsage, err}
			}
			g.Authorities, g.All, g.Purpose = authorities, all, purpose
			life, err := parseLife(expires)
			if err != nil {
				return &exitError{exitUsage, err}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				for _, name := range authorities {
					if !slices.ContainsFunc(o.registry.Sources(), hasAuthority(name)) {
						return &exitError{exitUsage, fmt.Errorf("no source has the authority %q", name)}
					}
				}
				l, err := o.logins()
				if err != nil {
					return err
				}
				secret, t, err := l.CreateToken(cmd.Context(), actor(access.Admin), args[0], g, life)
				if err != nil {
					return tokenError(err)
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), struct {
						tokenJSON
						Secret string `json:"secret"`
					}{tokenOf(&t), secret})
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s\n\nThis is token %s, as %s until %s. It is not shown again: keep it where only the program can read it.\n",
					secret, t.Name, t.Grant.Role, t.Expires.Format(time.DateTime))
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&role, "role", "reader", "reader, steward or admin")
	f.StringSliceVar(&scopes, "scope", nil, "scopes: restricted:read, protected:read, identifier:lookup, audit:read")
	f.StringArrayVar(&authorities, "authority", nil, "authority whose restricted values may be read; may be given several times")
	f.BoolVar(&all, "all-authorities", false, "restricted values of all authorities may be read")
	f.StringVar(&expires, "expires", "90d", "how long it holds: days (90d) or hours (12h), at most 366d")
	f.StringVar(&purpose, "purpose", "", "why the program asks, for the audit, when it does not say; mandatory with a scope")
	return cmd
}

// parseLife reads "90d" or a duration.
func parseLife(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 10_000 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(s); err == nil {
		return d, nil
	}
	return 0, fmt.Errorf("--expires %s: want days or hours, such as 90d or 12h", s)
}

// tokenError makes wrong use of what was asked wrongly.
func tokenError(err error) error {
	if errors.Is(err, login.ErrBadToken) {
		return &exitError{exitUsage, err}
	}
	return err
}

func hasAuthority(name string) func(*registry.Source) bool {
	return func(s *registry.Source) bool { return s.Authority == name }
}

func newTokenList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the tokens, those that no longer hold too",
		Example: "  karna token list --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(o *opened) error {
				l, err := o.logins()
				if err != nil {
					return err
				}
				tokens, err := l.Tokens(cmd.Context())
				if err != nil {
					return err
				}
				all := make([]tokenJSON, len(tokens))
				for i := range tokens {
					all[i] = tokenOf(&tokens[i])
				}
				if a.json {
					return printJSON(cmd.OutOrStdout(), all)
				}
				return printTokens(cmd.OutOrStdout(), all, time.Now())
			})
		},
	}
}

func printTokens(out io.Writer, all []tokenJSON, now time.Time) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tROLE\tSCOPES\tAUTHORITIES\tHOLDS UNTIL\tMADE BY")
	for _, t := range all {
		until := t.Expires.Format(time.DateTime)
		switch {
		case !t.Revoked.IsZero():
			until = "revoked " + t.Revoked.Format(time.DateTime)
		case !now.Before(t.Expires):
			until = "expired " + until
		}
		whose := strings.Join(t.Authorities, ", ")
		if t.All {
			whose = "all"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.Name, t.Role, join(t.Scopes), whose, until, t.By)
	}
	return w.Flush()
}

func join(scopes []access.Scope) string {
	out := make([]string, len(scopes))
	for i, s := range scopes {
		out[i] = string(s)
	}
	return strings.Join(out, ",")
}

// tokenJSON is a token as --json gives it.
type tokenJSON struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Role        string         `json:"role"`
	Scopes      []access.Scope `json:"scopes,omitempty"`
	Authorities []string       `json:"authorities,omitempty"`
	All         bool           `json:"allAuthorities,omitempty"`
	Purpose     string         `json:"purpose,omitempty"`
	By          string         `json:"by"`
	Created     time.Time      `json:"created"`
	Expires     time.Time      `json:"expires"`
	Revoked     time.Time      `json:"revoked,omitzero"`
}

func tokenOf(t *login.Token) tokenJSON {
	return tokenJSON{
		t.ID.String(), t.Name, t.Grant.Role.String(), t.Grant.Scopes, t.Grant.Authorities, t.Grant.All, t.Grant.Purpose, t.By, t.Created, t.Expires, t.Revoked,
	}
}

func newTokenRevoke(a *app) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:     "revoke NAME",
		Short:   "Revoke a token, from the next request on",
		Example: `  karna token revoke hr-sync --reason "it was in a log"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(reason) == "" {
				return &exitError{exitUsage, errors.New("say why, with --reason: it goes to the audit")}
			}
			return a.with(cmd.Context(), func(o *opened) error {
				l, err := o.logins()
				if err != nil {
					return err
				}
				if err := l.RevokeToken(cmd.Context(), actor(access.Admin), args[0], reason); err != nil {
					return tokenError(err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Token %s is revoked.\n", args[0])
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit; mandatory")
	return cmd
}
