package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/google/uuid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// Errors that callers tell apart.
var (
	// ErrRefused: what was shown lets nobody in. Why is for the log.
	ErrRefused = errors.New("the login does not hold")
	// ErrNoRights: the provider vouches for the caller, and no rule gives rights.
	ErrNoRights = errors.New("the login gives no rights here")
	// ErrUnavailable: the provider cannot be asked at present.
	ErrUnavailable = errors.New("the login service does not answer")
	// ErrNoProvider: nobody can log in, for no provider is configured.
	ErrNoProvider = errors.New("no login is configured")
)

// Options make Logins.
type Options struct {
	Store   graph.Store
	Keys    *seal.Keyring
	Audit   *audit.Log
	Sharing []Sharing
	// OIDC is the municipality's provider; nil for machine tokens only.
	OIDC  *OIDC
	Clock func() time.Time      // nil means time.Now
	NewID func() model.EntityID // nil means UUIDv7
}

// Logins are one tenant's. They are safe for concurrent use.
type Logins struct {
	store    graph.Store
	keys     *seal.Keyring
	audit    *audit.Log
	sharing  []Sharing
	provider *provider
	rules    string // the hash of what the provider's word gives
	clock    func() time.Time
	newID    func() model.EntityID
}

// New makes Logins. It reads nothing and asks nobody yet.
func New(o Options) (*Logins, error) {
	l := &Logins{store: o.Store, keys: o.Keys, audit: o.Audit, sharing: o.Sharing, clock: o.Clock, newID: o.NewID}
	if l.clock == nil {
		l.clock = time.Now
	}
	if l.newID == nil {
		l.newID = func() model.EntityID { return model.EntityID(uuid.Must(uuid.NewV7())) }
	}
	if o.OIDC != nil {
		var err error
		if l.provider, err = newProvider(*o.OIDC, l.clock); err != nil {
			return nil, err
		}
		text, err := json.Marshal([]any{o.OIDC.Issuer, o.OIDC.Require, o.OIDC.Rules})
		if err != nil {
			return nil, fmt.Errorf("encode the rights: %w", err)
		}
		hash := l.keys.Hash(seal.DomainSession, text)
		l.rules = encoding.EncodeToString(hash[:])
	}
	return l, nil
}

// HasProvider tells whether people can log in.
func (l *Logins) HasProvider() bool { return l.provider != nil }

// now is the clock as the store keeps it.
func (l *Logins) now() time.Time { return l.clock().UTC().Round(0) }

// Caller is who a credential is of.
type Caller struct {
	Rights access.Rights
	// Check tells whether the credential still holds: for answers that go on.
	Check func(context.Context) error
}

// maxBearer bounds what may be sent as a bearer token, in bytes.
const maxBearer = 8 << 10

// bearerText is what a token is written with (RFC 6750, 2.1), and no more.
var bearerText = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// Bearer is the caller who sends a bearer token: a machine token, or an access
// token of the provider. ErrRefused, ErrNoRights, ErrUnavailable.
func (l *Logins) Bearer(ctx context.Context, text string) (Caller, error) {
	switch {
	case len(text) > maxBearer || !bearerText.MatchString(text):
		return Caller{}, fmt.Errorf("%w: it is no token", ErrRefused)
	case isToken(text):
		return l.credential(ctx, graph.MachineToken, text)
	case l.provider != nil:
		return l.accessToken(ctx, text)
	}
	return Caller{}, fmt.Errorf("%w: it is no machine token", ErrRefused)
}

// accessToken is the caller of a provider's access token.
func (l *Logins) accessToken(ctx context.Context, text string) (Caller, error) {
	claims, expires, err := l.provider.access(ctx, text)
	if err != nil {
		return Caller{}, err
	}
	grant, actor, err := l.identify(claims)
	if err != nil {
		return Caller{}, err
	}
	return Caller{l.rights(actor, &grant), func(context.Context) error {
		if !l.clock().Before(expires) {
			return fmt.Errorf("%w: it has expired", ErrRefused)
		}
		return nil
	}}, nil
}

// identify is what claims give, and how the audit names their subject.
func (l *Logins) identify(claims claims) (Grant, string, error) {
	grant, ok := l.provider.config.grant(claims)
	if !ok {
		return Grant{}, "", ErrNoRights
	}
	name, ok := claims.text(l.provider.config.Name)
	if !ok || name == "" {
		return Grant{}, "", fmt.Errorf("%w: it has no claim %s to name the caller by", ErrRefused, l.provider.config.Name)
	}
	return grant, "login " + l.actorName(name), nil
}

// maxName bounds the name of who logged in, in bytes.
const maxName = 200

// actorName is a provider's name for somebody, as the audit may hold it: some
// providers name people by their personal number.
func (l *Logins) actorName(name string) string {
	if len(name) > maxName || !printable(name) || audit.HoldsNumber(name) {
		h := l.keys.HashStrings(seal.DomainActor, name)
		return "~" + encoding.EncodeToString(h[:])
	}
	return name
}
