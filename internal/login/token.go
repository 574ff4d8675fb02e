package login

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
)

// Token is a machine token without its secret.
type Token struct {
	ID      model.EntityID
	Name    string
	Grant   Grant
	By      string // who made it
	Created time.Time
	Expires time.Time
	Revoked time.Time // zero while it is not
}

// ErrBadToken means that the token asked for cannot be made, or is not there.
var ErrBadToken = errors.New("the token cannot be made or found")

// MaxTokenLife is the longest that a token may live.
const MaxTokenLife = 366 * 24 * time.Hour

var tokenName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// tokenActor is how the audit names a token's use.
const tokenActor = "token "

// CreateToken makes a machine token and gives its secret, which nobody can be
// shown again. It is an entry of the audit. ErrBadToken.
func (l *Logins) CreateToken(ctx context.Context, actor, name string, g Grant, life time.Duration) (secret string, t Token, err error) {
	if err := l.checkToken(name, &g, life); err != nil {
		return "", Token{}, err
	}
	if secret, err = newSecret(tokenPrefix); err != nil {
		return "", Token{}, err
	}
	body, err := g.encode()
	if err != nil {
		return "", Token{}, err
	}
	now := l.now()
	c := graph.Credential{
		ID: l.newID(), Kind: graph.MachineToken, Hash: l.hash(graph.MachineToken, secret), Name: tokenActor + name, Body: body,
		Actor: actor, Created: now, Expires: now.Add(life),
	}
	_, err = l.store.Update(ctx, graph.Provenance{Actor: actor, Reason: "create token", At: now}, func(tx graph.Tx) error {
		for other, err := range tx.Credentials(ctx, graph.MachineToken) {
			if err != nil {
				return fmt.Errorf("list the tokens: %w", err)
			}
			if other.Name == c.Name && other.Revoked.IsZero() && now.Before(other.Expires) {
				return fmt.Errorf("%w: there is a token %s that holds: revoke it first, or choose another name", ErrBadToken, name)
			}
		}
		if err := tx.PutCredential(ctx, c); err != nil {
			return fmt.Errorf("write the token: %w", err)
		}
		return l.audit.AppendTx(ctx, tx, audit.Entry{Actor: actor, Operation: "token create", Purpose: describe(name, &g, c.Expires)})
	})
	if err != nil {
		return "", Token{}, fmt.Errorf("create token %s: %w", name, err)
	}
	t, err = tokenOf(&c)
	return secret, t, err
}

func (l *Logins) checkToken(name string, g *Grant, life time.Duration) error {
	switch {
	case !tokenName.MatchString(name) || audit.HoldsNumber(name):
		return fmt.Errorf("%w: a name is up to 64 letters, digits, dots, hyphens and underscores, and no personal number", ErrBadToken)
	case life <= 0 || life > MaxTokenLife:
		return fmt.Errorf("%w: a token lives for up to %d days", ErrBadToken, MaxTokenLife/(24*time.Hour))
	}
	if err := g.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrBadToken, err)
	}
	return nil
}

// describe is what the audit says that a token gives.
func describe(name string, g *Grant, expires time.Time) string {
	whose := fmt.Sprint(g.Authorities)
	if g.All {
		whose = "all authorities"
	}
	return fmt.Sprintf("%s: %s %v for %s until %s", name, g.Role, g.Scopes, whose, expires.Format(time.DateTime))
}

// Tokens are all machine tokens, those that no longer hold too, oldest first.
func (l *Logins) Tokens(ctx context.Context) ([]Token, error) {
	var out []Token
	for c, err := range l.store.Credentials(ctx, graph.MachineToken) {
		if err != nil {
			return nil, fmt.Errorf("list the tokens: %w", err)
		}
		t, err := tokenOf(&c)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func tokenOf(c *graph.Credential) (Token, error) {
	g, err := decodeGrant(c.Body)
	if err != nil {
		return Token{}, fmt.Errorf("token %s: %w", c.ID, err)
	}
	return Token{c.ID, c.Name[len(tokenActor):], g, c.Actor, c.Created, c.Expires, c.Revoked}, nil
}

// RevokeToken ends the token of a name that holds, from the next request on in
// every process. ErrBadToken when there is none.
func (l *Logins) RevokeToken(ctx context.Context, actor, name, reason string) error {
	now := l.now()
	_, err := l.store.Update(ctx, graph.Provenance{Actor: actor, Reason: "revoke token", At: now}, func(tx graph.Tx) error {
		for c, err := range tx.Credentials(ctx, graph.MachineToken) {
			if err != nil {
				return fmt.Errorf("list the tokens: %w", err)
			}
			if c.Name != tokenActor+name || !c.Revoked.IsZero() {
				continue
			}
			c.Revoked = now
			if err := tx.PutCredential(ctx, c); err != nil {
				return fmt.Errorf("write the token: %w", err)
			}
			return l.audit.AppendTx(ctx, tx, audit.Entry{Actor: actor, Operation: "token revoke", Purpose: name + ": " + reason})
		}
		return fmt.Errorf("%w: no token %s holds", ErrBadToken, name)
	})
	if err != nil {
		return fmt.Errorf("revoke token %s: %w", name, err)
	}
	return nil
}
