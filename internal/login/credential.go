package login

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/seal"
)

var encoding = base64.RawURLEncoding

// tokenPrefix lets a machine token be recognised, by us and by those who look
// for secrets in repositories.
const tokenPrefix = "karna_"

const secretBytes = 32

func isToken(text string) bool { return strings.HasPrefix(text, tokenPrefix) }

// newSecret is 256 random bits as text.
func newSecret(prefix string) (string, error) {
	b := make([]byte, secretBytes)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return prefix + encoding.EncodeToString(b), nil
}

// hash is what the store keeps of a secret.
func (l *Logins) hash(kind graph.CredentialKind, secret string) graph.Hash {
	domain := seal.DomainToken
	if kind == graph.Session {
		domain = seal.DomainSession
	}
	return graph.Hash(l.keys.HashStrings(domain, secret))
}

// credential is the caller who shows a secret.
func (l *Logins) credential(ctx context.Context, kind graph.CredentialKind, secret string) (Caller, error) {
	hash := l.hash(kind, secret)
	c, err := l.holds(ctx, kind, hash)
	if err != nil {
		return Caller{}, err
	}
	grant, err := decodeGrant(c.Body)
	if err != nil {
		return Caller{}, fmt.Errorf("credential %s: %w", c.ID, err)
	}
	if kind == graph.Session && grant.under != l.rules {
		return Caller{}, fmt.Errorf("%w: the rights of %s were given by rules that no longer hold", ErrRefused, c.Name)
	}
	return Caller{l.rights(c.Name, &grant), func(ctx context.Context) error {
		_, err := l.holds(ctx, kind, hash)
		return err
	}}, nil
}

// holds is the credential with the hash, if it still holds.
func (l *Logins) holds(ctx context.Context, kind graph.CredentialKind, hash graph.Hash) (*graph.Credential, error) {
	c, ok, err := l.store.CredentialByHash(ctx, hash)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look for a credential: %w", err)
	case !ok || c.Kind != kind:
		return nil, fmt.Errorf("%w: nobody has it", ErrRefused)
	case !c.Revoked.IsZero():
		return nil, fmt.Errorf("%w: %s was revoked", ErrRefused, c.Name)
	case !l.clock().Before(c.Expires):
		return nil, fmt.Errorf("%w: %s has expired", ErrRefused, c.Name)
	}
	return &c, nil
}
