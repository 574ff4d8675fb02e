package logintest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The client that the provider knows.
const (
	ClientID     = "karna"
	ClientSecret = "a secret for tests"
)

// Password is everybody's.
const Password = "for tests"

// Provider is one that runs.
type Provider struct {
	Issuer string
	// KeyReads counts how often its keys have been read, and Discoveries what it
	// says of itself.
	KeyReads, Discoveries atomic.Int64

	client *storage.Client
	mu     sync.Mutex
	keys   []key
	groups map[string][]string // by user
}

// kept is what all providers of a test program keep: making it makes an RSA key,
// which takes a second under the race detector.
var kept = sync.OnceValue(func() *storage.Storage { return storage.NewStorageWithClients(users{}, nil) })

// everybody is who has ever been a user of any.
var everybody sync.Map

// rsaKeys are the keys that providers sign with by RS256, in turn.
var rsaKeys = sync.OnceValues(func() ([2]*rsa.PrivateKey, error) {
	one, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return [2]*rsa.PrivateKey{}, err
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	return [2]*rsa.PrivateKey{one, other}, err
})

var rotations atomic.Int64

// Start starts a provider with these users and the groups that each is in, and
// stops it when the test ends. Redirect is where it sends browsers back to.
func Start(t testing.TB, redirect string, groups map[string][]string) *Provider {
	t.Helper()
	p := &Provider{groups: groups, client: storage.WebClient(ClientID, ClientSecret, redirect)}
	p.Rotate(t, jose.RS256)
	for user := range groups {
		everybody.Store(user, true)
	}
	server := httptest.NewUnstartedServer(nil)
	p.Issuer = "http://" + server.Listener.Addr().String()
	provider := exampleop.SetupServer(p.Issuer, &store{kept(), p}, slog.New(slog.DiscardHandler), false)
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/keys":
			p.KeyReads.Add(1)
		case "/.well-known/openid-configuration":
			p.Discoveries.Add(1)
		}
		provider.ServeHTTP(w, r)
	})
	server.Start()
	t.Cleanup(server.Close)
	return p
}

// Rotate makes a new key and forgets the former ones.
func (p *Provider) Rotate(t testing.TB, algorithm jose.SignatureAlgorithm) {
	t.Helper()
	var private crypto.Signer
	var err error
	switch algorithm {
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		var both [2]*rsa.PrivateKey
		both, err = rsaKeys()
		private = both[rotations.Add(1)%2]
	}
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = []key{{fmt.Sprintf("key %d", rotations.Add(2)), algorithm, private}}
}

// Public is the present key as everybody may know it.
func (p *Provider) Public() crypto.PublicKey { return p.current().private.Public() }

// KeyID is the present key's.
func (p *Provider) KeyID() string { return p.current().id }

func (p *Provider) current() key {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys[0]
}

// Sign makes a token of any claims with the provider's present key: what the
// provider would send if it had them to say.
func (p *Provider) Sign(t testing.TB, claims map[string]any) string {
	t.Helper()
	k := p.current()
	return Sign(t, jose.SigningKey{Algorithm: k.algorithm, Key: jose.JSONWebKey{Key: k.private, KeyID: k.id}}, nil, claims)
}

// Sign makes a token of any claims with any key and headers.
func Sign(t testing.TB, with jose.SigningKey, headers map[jose.HeaderKey]any, claims map[string]any) string {
	t.Helper()
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := jose.NewSigner(with, &jose.SignerOptions{ExtraHeaders: headers})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Browser is one without a page: it keeps cookies and follows no redirect by
// itself.
func Browser(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{
		Jar: jar, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

var requestID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// LogIn fills in the provider's form at the address that a login leads to, and
// gives the address that the provider sends the browser back to.
func (p *Provider) LogIn(t testing.TB, browser *http.Client, address, user string) string {
	t.Helper()
	form := address
	var page string
	for range 5 {
		resp, err := browser.Get(form)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if page = string(text); resp.StatusCode == http.StatusOK {
			break
		}
		form = p.absolute(t, resp.Header.Get("Location"))
	}
	id := requestID.FindStringSubmatch(page)
	if id == nil {
		t.Fatalf("the provider shows no form at %s: %s", form, page)
	}
	resp, err := browser.PostForm(p.Issuer+"/login/username", url.Values{"id": {id[1]}, "username": {user}, "password": {Password}})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	next := p.absolute(t, resp.Header.Get("Location"))
	resp, err = browser.Get(next)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back := resp.Header.Get("Location")
	if back == "" {
		t.Fatalf("the provider sends nobody back: %s from %s", resp.Status, next)
	}
	return back
}

func (p *Provider) absolute(t testing.TB, address string) string {
	t.Helper()
	base, err := url.Parse(p.Issuer)
	if err != nil {
		t.Fatal(err)
	}
	u, err := base.Parse(address)
	if err != nil || address == "" || !strings.HasPrefix(u.String(), p.Issuer) {
		t.Fatalf("the provider leads to %q: %v", address, err)
	}
	return u.String()
}

// key is one that signs, and as others see it.
type key struct {
	id        string
	algorithm jose.SignatureAlgorithm
	private   crypto.Signer
}

func (k key) SignatureAlgorithm() jose.SignatureAlgorithm { return k.algorithm }
func (k key) ID() string                                  { return k.id }
func (k key) Key() any                                    { return k.private }

type public struct{ key }

func (k public) Algorithm() jose.SignatureAlgorithm { return k.algorithm }
func (k public) Use() string                        { return "sig" }
func (k public) Key() any                           { return k.private.Public() }

// store is the provider's own, with our keys and groups, and access tokens that
// can be read.
type store struct {
	*storage.Storage
	p *Provider
}

func (s *store) SigningKey(context.Context) (op.SigningKey, error) { return s.p.current(), nil }

func (s *store) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{s.p.current().algorithm}, nil
}

func (s *store) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{public{s.p.current()}}, nil
}

func (s *store) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != ClientID {
		return nil, errors.New("no such client")
	}
	return client{storage.RedirectGlobsClient(s.p.client)}, nil
}

func (s *store) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != ClientID || secret != ClientSecret {
		return errors.New("no such client")
	}
	return nil
}

func (s *store) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, origin string) error {
	if err := s.Storage.SetUserinfoFromToken(ctx, info, tokenID, subject, origin); err != nil {
		return err
	}
	info.AppendClaims("groups", s.p.groups[subject])
	return nil
}

func (s *store) GetPrivateClaimsFromScopes(_ context.Context, user, _ string, _ []string) (map[string]any, error) {
	return map[string]any{"groups": s.p.groups[user], "preferred_username": user}, nil
}

type client struct{ op.Client }

func (client) AccessTokenType() op.AccessTokenType { return op.AccessTokenTypeJWT }

// users have their name as id.
type users struct{}

func (users) GetUserByID(id string) *storage.User {
	if _, known := everybody.Load(id); !known {
		return nil
	}
	return &storage.User{ID: id, Username: id, Password: Password, FirstName: "Test", LastName: id}
}

func (u users) GetUserByUsername(name string) *storage.User { return u.GetUserByID(name) }

func (users) ExampleClientID() string { return "service" }
