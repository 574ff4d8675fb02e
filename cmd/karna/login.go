package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/config"
	"github.com/karna-registry/karna/internal/login"
)

// logins are who may log in, as karna.yaml says.
func (o *opened) logins() (*login.Logins, error) {
	with := login.Options{Store: o.store, Keys: o.keys, Audit: o.registry.Audit()}
	for _, s := range o.config.Sharing {
		end, err := s.End()
		if err != nil {
			return nil, &exitError{exitUsage, err}
		}
		with.Sharing = append(with.Sharing, login.Sharing{From: s.From, To: s.To, Purpose: s.Purpose, LegalBasis: s.LegalBasis, Until: end})
	}
	if o.config.Login != nil && o.config.Login.OIDC != nil {
		var err error
		if with.OIDC, err = oidcOf(o.config); err != nil {
			return nil, &exitError{exitUsage, fmt.Errorf("login.oidc: %w", err)}
		}
	}
	l, err := login.New(with)
	if err != nil {
		return nil, &exitError{exitUsage, fmt.Errorf("login.oidc: %w", err)}
	}
	return l, nil
}

func oidcOf(c *config.Config) (*login.OIDC, error) {
	from := c.Login.OIDC
	life, err := from.SessionLife()
	if err != nil {
		return nil, err
	}
	secret := os.Getenv(config.EnvClientSecret)
	if secret == "" && from.ClientSecretFile != "" {
		text, err := os.ReadFile(c.Path(from.ClientSecretFile))
		if err != nil {
			return nil, fmt.Errorf("read the client's secret: %w", err)
		}
		secret = strings.TrimSpace(string(text))
	}
	out := &login.OIDC{
		Issuer: from.Issuer, ClientID: from.ClientID, ClientSecret: secret, Audience: from.Audience, Redirect: from.Redirect,
		Scopes: from.Scopes, Name: from.Name, Require: from.Require, Session: life,
	}
	for _, r := range from.Rights {
		g, err := grantOf(r.Role, r.Scopes)
		if err != nil {
			return nil, fmt.Errorf("rights of %s %q: %w", r.Claim, r.Value, err)
		}
		g.Authorities, g.All, g.Purpose = r.Authorities, r.All, r.Purpose
		out.Rules = append(out.Rules, login.Rule{Claim: r.Claim, Value: r.Value, Grant: g})
	}
	return out, nil
}

func grantOf(role string, scopes []string) (g login.Grant, err error) {
	if g.Role, err = access.ParseRole(role); err != nil {
		return g, err
	}
	for _, text := range scopes {
		s, err := access.ParseScope(text)
		if err != nil {
			return g, err
		}
		g.Scopes = append(g.Scopes, s)
	}
	return g, nil
}

// prepareLogins records the sharing rules, and looks whether the provider is there.
func (o *opened) prepareLogins(ctx context.Context, l *login.Logins) (warning string, err error) {
	if err := l.RecordSharing(ctx, actor(access.Admin)); err != nil {
		return "", err
	}
	if err := l.Probe(ctx); err != nil {
		if !errors.Is(err, login.ErrUnavailable) {
			return "", err
		}
		return fmt.Sprintf("Nobody can log in at present: %v", err), nil
	}
	return "", nil
}
