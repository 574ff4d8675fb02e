package login

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// OIDC is an OpenID provider and what its word gives.
type OIDC struct {
	Issuer   string
	ClientID string
	// ClientSecret is empty for a public client, which PKCE protects alone.
	ClientSecret string
	// Audience is what access tokens for this registry are for; "" takes none.
	Audience string
	// Redirect is the address of /login/callback as browsers reach it.
	Redirect string
	// Scopes are asked for beside openid.
	Scopes []string
	// Name is the claim that the audit names people by; "" is sub.
	Name string
	// Require are claims that everybody must have, such as the municipality where
	// several share a provider.
	Require map[string]string
	Rules   []Rule
	// Session is how long a login lasts; 0 is DefaultSession.
	Session time.Duration
}

// DefaultSession is a working day.
const DefaultSession = 8 * time.Hour

// What a provider is held to.
const (
	// maxTokenLife is the longest that an access token may live: it cannot be revoked.
	maxTokenLife = 24 * time.Hour
	// clockSkew is how far ahead the provider's clock may be.
	clockSkew = time.Minute
	// keysLife is how long keys are used before the provider is asked again: a key
	// that was withdrawn is refused after.
	keysLife = 5 * time.Minute
	// askAgain is the least time between two questions for the same document,
	// however many unknown tokens are sent.
	askAgain     = 10 * time.Second
	providerTime = 10 * time.Second
	maxDocument  = 1 << 20
)

// algorithms are what may sign. A provider's own list is not asked: it cannot
// let in none, nor an HMAC under a key that everybody knows.
var algorithms = []string{oidc.RS256, oidc.ES256, oidc.EdDSA}

// provider is an OpenID provider that is asked when it is first needed: a server
// starts without it.
type provider struct {
	config OIDC
	clock  func() time.Time
	client *http.Client

	mu    sync.Mutex
	known *discovered
}

// discovered is what a provider says of itself, with keys that are read anew
// when it is old.
type discovered struct {
	provider *oidc.Provider
	at       time.Time
}

func newProvider(c OIDC, clock func() time.Time) (*provider, error) {
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("the issuer %q is no https address", c.Issuer)
	}
	if c.ClientID == "" {
		return nil, errors.New("the provider needs a client id")
	}
	for i := range c.Rules {
		if err := c.Rules[i].Grant.check(); err != nil {
			return nil, fmt.Errorf("rights of %s %q: %w", c.Rules[i].Claim, c.Rules[i].Value, err)
		}
	}
	if c.Name == "" {
		c.Name = "sub"
	}
	if c.Session == 0 {
		c.Session = DefaultSession
	}
	return &provider{config: c, clock: clock, client: &http.Client{
		Timeout:   providerTime,
		Transport: &patient{base: http.DefaultTransport.(*http.Transport).Clone(), clock: clock, kept: map[string]*document{}},
		// What a provider says of itself is at the address that it is known by.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ask is the provider as it has lately said it is.
func (p *provider) ask(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock()
	if p.known != nil && now.Sub(p.known.at) < keysLife {
		return p.known.provider, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	p.known = &discovered{found, now}
	return found, nil
}

// access checks an access token and gives its claims and when it expires.
func (p *provider) access(ctx context.Context, text string) (claims, time.Time, error) {
	if p.config.Audience == "" {
		return nil, time.Time{}, fmt.Errorf("%w: access tokens are not taken", ErrRefused)
	}
	token, c, err := p.verify(ctx, text, p.config.Audience)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, mark := range []string{"nonce", "at_hash", "c_hash"} {
		if _, is := c[mark]; is {
			return nil, time.Time{}, fmt.Errorf("%w: it is an ID token, which is not for asking", ErrRefused)
		}
	}
	if token.IssuedAt.Unix() <= 0 || token.Expiry.Sub(token.IssuedAt) > maxTokenLife {
		return nil, time.Time{}, fmt.Errorf("%w: it lives for more than %s", ErrRefused, maxTokenLife)
	}
	return c, token.Expiry, nil
}

// verify checks what every token of the provider must be: signed by one of its
// keys, by it, for the audience, and of now.
func (p *provider) verify(ctx context.Context, text, audience string) (*oidc.IDToken, claims, error) {
	found, err := p.ask(ctx)
	if err != nil {
		return nil, nil, err
	}
	token, err := found.Verifier(&oidc.Config{ClientID: audience, SupportedSigningAlgs: algorithms, Now: p.clock}).Verify(ctx, text)
	if err != nil {
		// The library wraps no cause here, but says what it was doing.
		if strings.Contains(err.Error(), "fetching keys") {
			return nil, nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return nil, nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if token.IssuedAt.After(p.clock().Add(clockSkew)) {
		return nil, nil, fmt.Errorf("%w: it is of the future", ErrRefused)
	}
	if notBefore, ok := c["nbf"].(float64); ok && time.Unix(int64(notBefore), 0).After(p.clock().Add(clockSkew)) {
		return nil, nil, fmt.Errorf("%w: it does not hold yet", ErrRefused)
	}
	for name, value := range p.config.Require {
		if !c.has(name, value) {
			return nil, nil, fmt.Errorf("%w: %s is not %s", ErrNoRights, name, value)
		}
	}
	return token, c, nil
}

// oauth is the client that the provider knows us as.
func (p *provider) oauth(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: p.config.Redirect,
		Scopes: append([]string{oidc.ScopeOpenID}, p.config.Scopes...),
	}
}

// address is where a browser logs in.
func (p *provider) address(ctx context.Context, f *flow) (string, error) {
	found, err := p.ask(ctx)
	if err != nil {
		return "", err
	}
	return p.oauth(found).AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), nil
}

// exchange gives the claims of who logged in for the code that the provider sent.
func (p *provider) exchange(ctx context.Context, f *flow, code string) (claims, error) {
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), providerTime)
	defer cancel()
	found, err := p.ask(ctx)
	if err != nil {
		return nil, err
	}
	tokens, err := p.oauth(found).Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) && refused.Response.StatusCode < http.StatusInternalServerError {
			// Its text may quote the code.
			return nil, fmt.Errorf("%w: the provider refused the code", ErrRefused)
		}
		return nil, fmt.Errorf("%w: the code could not be exchanged", ErrUnavailable)
	}
	text, ok := tokens.Extra("id_token").(string)
	if !ok {
		return nil, fmt.Errorf("%w: the provider sent no ID token", ErrRefused)
	}
	token, c, err := p.verify(ctx, text, p.config.ClientID)
	if err != nil {
		return nil, err
	}
	party, _ := c.text("azp")
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(f.Nonce)) != 1:
		return nil, fmt.Errorf("%w: the ID token is another login's", ErrRefused)
	case party != "" && party != p.config.ClientID:
		return nil, fmt.Errorf("%w: the ID token is another client's", ErrRefused)
	case token.AccessTokenHash != "" && token.VerifyAccessToken(tokens.AccessToken) != nil:
		return nil, fmt.Errorf("%w: the access token is not the ID token's", ErrRefused)
	}
	if found.UserInfoEndpoint() == "" {
		return c, nil
	}
	return p.userInfo(ctx, found, tokens, token, c)
}

// userInfo adds what the provider says only when it is asked. What the ID token
// says counts.
func (p *provider) userInfo(ctx context.Context, found *oidc.Provider, tokens *oauth2.Token, token *oidc.IDToken, c claims) (claims, error) {
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return nil, fmt.Errorf("%w: it does not say who logged in", ErrUnavailable)
	}
	if info.Subject != token.Subject {
		return nil, fmt.Errorf("%w: the provider speaks of somebody else", ErrRefused)
	}
	all := claims{}
	if err := info.Claims(&all); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	maps.Copy(all, c)
	return all, nil
}

// Probe asks the provider who it is, so that a wrong address shows at the start
// and not at the first login.
func (l *Logins) Probe(ctx context.Context) error {
	if l.provider == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	_, err := l.provider.ask(ctx)
	return err
}
