package login_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/login"
	"github.com/karna-registry/karna/internal/login/logintest"
)

// proper are the claims of an access token that is taken.
func (h *house) proper(p *logintest.Provider, change ...func(map[string]any)) map[string]any {
	now := h.clock.Now()
	c := map[string]any{
		"iss": p.Issuer, "aud": []string{logintest.ClientID}, "sub": "eva", "preferred_username": "eva", "groups": []string{"stewards-ks"},
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	for _, f := range change {
		f(c)
	}
	return c
}

func set(name string, value any) func(map[string]any) {
	return func(c map[string]any) { c[name] = value }
}

func without(name string) func(map[string]any) {
	return func(c map[string]any) { delete(c, name) }
}

func TestAnAccessTokenIsWhatTheProviderSaid(t *testing.T) {
	h, p := withProvider(t)
	for _, algorithm := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA} {
		p.Rotate(t, algorithm)
		h.clock.Advance(time.Minute)
		caller, err := h.logins.Bearer(t.Context(), p.Sign(t, h.proper(p)))
		if err != nil || caller.Rights.Role != access.Steward || caller.Rights.Actor != "login eva" {
			t.Errorf("%s: %+v %v", algorithm, caller.Rights, err)
		}
	}
	now := h.clock.Now()
	for what, test := range map[string]struct {
		change func(map[string]any)
		want   error
	}{
		"of another issuer":                       {set("iss", "https://login.evil.example"), login.ErrRefused},
		"of the issuer with a slash":              {set("iss", p.Issuer+"/"), login.ErrRefused},
		"without an issuer":                       {without("iss"), login.ErrRefused},
		"for another audience":                    {set("aud", []string{"payroll"}), login.ErrRefused},
		"for an audience that begins like ours":   {set("aud", logintest.ClientID+"-other"), login.ErrRefused},
		"for nobody":                              {without("aud"), login.ErrRefused},
		"expired":                                 {set("exp", now.Add(-time.Second).Unix()), login.ErrRefused},
		"that never expires":                      {without("exp"), login.ErrRefused},
		"that lives for a year":                   {set("exp", now.Add(365*24*time.Hour).Unix()), login.ErrRefused},
		"without the time of issue":               {without("iat"), login.ErrRefused},
		"of the future":                           {set("iat", now.Add(time.Hour).Unix()), login.ErrRefused},
		"that does not hold yet":                  {set("nbf", now.Add(2*time.Minute).Unix()), login.ErrRefused},
		"an ID token by its nonce":                {set("nonce", "n"), login.ErrRefused},
		"an ID token by its hash":                 {set("at_hash", "n"), login.ErrRefused},
		"without a name":                          {without("preferred_username"), login.ErrRefused},
		"whose name is a list":                    {set("preferred_username", []string{"eva"}), login.ErrRefused},
		"in no group":                             {without("groups"), login.ErrNoRights},
		"in a group that only holds ours as text": {set("groups", "stewards-ks,choir"), login.ErrNoRights},
		"that would be a role by its own word":    {func(c map[string]any) { delete(c, "groups"); c["role"] = "admin" }, login.ErrNoRights},
	} {
		_, err := h.logins.Bearer(t.Context(), p.Sign(t, h.proper(p, test.change)))
		refused(t, "a token "+what, err, test.want)
	}
	// A token is taken for as long as it holds, and no longer.
	token := p.Sign(t, h.proper(p))
	caller, err := h.logins.Bearer(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(time.Hour + time.Second)
	_, err = h.logins.Bearer(t.Context(), token)
	refused(t, "the same token an hour later", err, login.ErrRefused)
	refused(t, "an answer that goes on", caller.Check(t.Context()), login.ErrRefused)
}

// TestARealAccessTokenAndIDToken takes what the provider itself issued.
func TestARealAccessTokenAndIDToken(t *testing.T) {
	h, p := withProvider(t)
	access, id := h.tokensOf(p, "eva")
	if caller, err := h.logins.Bearer(t.Context(), access); err != nil || caller.Rights.Actor != "login eva" {
		t.Errorf("the access token: %+v %v", caller.Rights, err)
	}
	_, err := h.logins.Bearer(t.Context(), id)
	refused(t, "the ID token", err, login.ErrRefused)
}

func TestAlgorithmsAreNotTheTokensToChoose(t *testing.T) {
	h, p := withProvider(t)
	claims := h.proper(p)
	public := p.Public()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: mine.Public(), KeyID: p.KeyID(), Algorithm: "RS256", Use: "sig"}}})
	}))
	defer elsewhere.Close()
	hmac := func(key []byte) string {
		return logintest.Sign(t, jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: key, KeyID: p.KeyID()}}, nil, claims)
	}
	signed := func(key any, algorithm jose.SignatureAlgorithm, id string, headers map[jose.HeaderKey]any) string {
		return logintest.Sign(t, jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: id}}, headers, claims)
	}
	genuine := p.Sign(t, claims)
	parts := strings.Split(genuine, ".")
	other, err := json.Marshal(h.proper(p, set("groups", []string{"staff", "stewards-ks", "admins"})))
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	for what, token := range map[string]string{
		"none":                                encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + ".",
		"None":                                encode([]byte(`{"alg":"None"}`)) + "." + parts[1] + ".",
		"none with the real signature":        encode([]byte(`{"alg":"none"}`)) + "." + parts[1] + "." + parts[2],
		"no algorithm":                        encode([]byte(`{}`)) + "." + parts[1] + "." + parts[2],
		"HS256 under the public key as DER":   hmac(der),
		"HS256 under the public key as PEM":   hmac(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})),
		"HS256 under the modulus":             hmac(public.(*rsa.PublicKey).N.Bytes()),
		"RS512, which is not in the list":     signed(mine, jose.RS512, p.KeyID(), nil),
		"somebody's key under the real id":    signed(mine, jose.RS256, p.KeyID(), nil),
		"somebody's key without an id":        signed(mine, jose.RS256, "", nil),
		"an elliptic key under the real id":   signed(curve, jose.ES256, p.KeyID(), nil),
		"a jku that leads to somebody's keys": signed(mine, jose.RS256, p.KeyID(), map[jose.HeaderKey]any{"jku": elsewhere.URL}),
		"an x5u that leads elsewhere":         signed(mine, jose.RS256, p.KeyID(), map[jose.HeaderKey]any{"x5u": elsewhere.URL}),
		"a kid that is an address":            signed(mine, jose.RS256, elsewhere.URL, nil),
		"a kid that is a path":                signed(mine, jose.RS256, "../../../../dev/null", nil),
		"a kid that is SQL":                   signed(mine, jose.RS256, "x' UNION SELECT 'a", nil),
		"its own key in the header":           logintest.Sign(t, jose.SigningKey{Algorithm: jose.RS256, Key: mine}, map[jose.HeaderKey]any{"jwk": jose.JSONWebKey{Key: mine.Public()}}, claims),
		"another payload under the signature": parts[0] + "." + encode(other) + "." + parts[2],
		"an empty signature":                  parts[0] + "." + parts[1] + ".",
		"two signatures":                      `{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"},{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`,
		"five parts":                          genuine + ".a.b",
		"one part":                            "aaaa",
		"not a token":                         "Bearer " + genuine,
		"nothing":                             "",
		"a header that must be understood":    encode([]byte(`{"alg":"RS256","crit":["exp"],"exp":1}`)) + "." + parts[1] + "." + parts[2],
		"the same with a line feed":           genuine + "\n",
	} {
		_, err := h.logins.Bearer(t.Context(), token)
		refused(t, what, err, login.ErrRefused)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("an address in a token was asked %d times", n)
	}
	if _, err := h.logins.Bearer(t.Context(), genuine); err != nil {
		t.Errorf("the real one: %v", err)
	}
}

func TestKeysRotateAndWithdrawnOnesAreRefused(t *testing.T) {
	h, p := withProvider(t)
	before := p.Sign(t, h.proper(p))
	if _, err := h.logins.Bearer(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	p.Rotate(t, jose.ES256)
	h.clock.Advance(11 * time.Second)
	// Keys that were read are taken a moment after they have served who asked.
	ask := func(token string, until func(error) bool) (err error) {
		for range 10_000 {
			if _, err = h.logins.Bearer(t.Context(), token); until(err) {
				break
			}
			runtime.Gosched()
		}
		return err
	}
	if err := ask(p.Sign(t, h.proper(p)), func(err error) bool { return err == nil }); err != nil {
		t.Errorf("by the new key: %v", err)
	}
	err := ask(before, func(err error) bool { return err != nil })
	refused(t, "by the key that was withdrawn, when the new one is known", err, login.ErrRefused)

	// Nobody uses the new key: the old one is refused all the same, after a while.
	old := p.Sign(t, h.proper(p))
	p.Rotate(t, jose.RS256)
	if _, err := h.logins.Bearer(t.Context(), old); err != nil {
		t.Errorf("at once: %v", err)
	}
	h.clock.Advance(5 * time.Minute)
	_, err = h.logins.Bearer(t.Context(), old)
	refused(t, "five minutes after", err, login.ErrRefused)
}

// TestUnknownKeysAreAskedForSeldom: tokens of keys that nobody has would make a
// provider be asked for its keys each time.
func TestUnknownKeysAreAskedForSeldom(t *testing.T) {
	h, p := withProvider(t)
	mine, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		key := jose.JSONWebKey{Key: mine, KeyID: fmt.Sprint("key ", i)}
		_, err := h.logins.Bearer(t.Context(), logintest.Sign(t, jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil, h.proper(p)))
		refused(t, "an unknown key", err, login.ErrRefused)
	}
	if keys, itself := p.KeyReads.Load(), p.Discoveries.Load(); keys != 1 || itself != 1 {
		t.Errorf("100 tokens asked the provider %d times for keys and %d times for itself, want once each", keys, itself)
	}
}

// TestAProviderIsNotBelievedAnything starts what answers like a provider, and
// badly.
func TestAProviderIsNotBelievedAnything(t *testing.T) {
	for what, answer := range map[string]func(w http.ResponseWriter, self string){
		"an answer without end": func(w http.ResponseWriter, _ string) {
			for range 64 {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		},
		"another issuer": func(w http.ResponseWriter, _ string) { _, _ = w.Write([]byte(`{"issuer":"https://evil.example"}`)) },
		"a failure":      func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusInternalServerError) },
		"no JSON":        func(w http.ResponseWriter, _ string) { _, _ = w.Write([]byte(`<html>`)) },
		"a redirect": func(w http.ResponseWriter, self string) {
			w.Header().Set("Location", self+"/elsewhere")
			w.WriteHeader(http.StatusFound)
		},
	} {
		t.Run(what, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(nil)
			defer server.Close()
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				answer(w, server.URL)
			})
			h := newHouse(t, sqliteDatabase(t), "0136", login.Options{OIDC: &login.OIDC{Issuer: server.URL, ClientID: "karna", Audience: "karna"}})
			for range 20 {
				_, err := h.logins.Bearer(t.Context(), "a.b.c")
				refused(t, "a token", err, login.ErrUnavailable)
			}
			_, _, err := h.logins.Begin(t.Context())
			refused(t, "a login", err, login.ErrUnavailable)
			if n := asked.Load(); n != 1 {
				t.Errorf("it was asked %d times, want once", n)
			}
		})
	}
}

func TestAnIssuerIsAskedOverTLS(t *testing.T) {
	for _, issuer := range []string{"http://login.example.se", "ftp://login.example.se", "login.example.se", "", "http://localhost.evil.example"} {
		if _, err := login.New(login.Options{OIDC: &login.OIDC{Issuer: issuer, ClientID: "karna"}}); err == nil {
			t.Errorf("the issuer %q is taken", issuer)
		}
	}
}

func TestRulesAddUpOnlyWhenTheyGiveTheSame(t *testing.T) {
	p := logintest.Start(t, redirect, people)
	restricted := []access.Scope{access.RestrictedRead}
	rule := func(value string, g login.Grant) login.Rule {
		return login.Rule{Claim: "realm_access.roles", Value: value, Grant: g}
	}
	h := newHouse(t, sqliteDatabase(t), "0136", login.Options{OIDC: &login.OIDC{
		Issuer: p.Issuer, ClientID: logintest.ClientID, Audience: logintest.ClientID, Require: map[string]string{"municipality": "0136"},
		Rules: []login.Rule{
			rule("ks", login.Grant{Role: access.Reader, Scopes: restricted, Purpose: "test", Authorities: []string{"KS"}}),
			rule("un", login.Grant{Role: access.Reader, Scopes: restricted, Purpose: "test", Authorities: []string{"UN"}}),
			rule("all", login.Grant{Role: access.Reader, All: true}),
			rule("admin", login.Grant{Role: access.Admin, All: true}),
		},
	}})
	h.clock.Advance(time.Since(h.clock.Now()))
	ask := func(municipality string, roles ...string) (access.Rights, error) {
		c := h.proper(p, set("municipality", municipality), set("realm_access", map[string]any{"roles": roles}))
		caller, err := h.logins.Bearer(t.Context(), p.Sign(t, c))
		return caller.Rights, err
	}
	for _, test := range []struct {
		roles []string
		role  access.Role
		want  string
	}{
		{[]string{"un", "ks"}, access.Reader, "[KS UN]"},
		{[]string{"ks", "all"}, access.Reader, "[KS]"},
		{[]string{"ks", "admin"}, access.Reader, "[KS]"},
		{[]string{"admin"}, access.Admin, "[]"},
	} {
		got, err := ask("0136", test.roles...)
		if err != nil || got.Role != test.role || fmt.Sprint(got.Authorities) != test.want {
			t.Errorf("%v gives %s for %v: %v", test.roles, got.Role, got.Authorities, err)
		}
		if all := got.Authorities == nil; all != (test.role == access.Admin) {
			t.Errorf("%v: all authorities: %t", test.roles, all)
		}
	}
	_, err := ask("0180", "admin")
	refused(t, "somebody of another municipality", err, login.ErrNoRights)
}

// tokensOf are the tokens that the provider gives in a login, by asking for them
// as a client does.
func (h *house) tokensOf(p *logintest.Provider, user string) (access, id string) {
	h.Helper()
	browser := logintest.Browser(h)
	query := map[string]string{"client_id": logintest.ClientID, "redirect_uri": redirect, "response_type": "code", "scope": "openid profile", "state": "s", "nonce": "n"}
	form := make([]string, 0, len(query))
	for name, value := range query {
		form = append(form, name+"="+strings.ReplaceAll(value, " ", "+"))
	}
	back := p.LogIn(h, browser, p.Issuer+"/auth?"+strings.Join(form, "&"), user)
	_, after, _ := strings.Cut(back, "code=")
	code, _, _ := strings.Cut(after, "&")
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.Issuer+"/oauth/token",
		strings.NewReader("grant_type=authorization_code&redirect_uri="+redirect+"&code="+code))
	if err != nil {
		h.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(logintest.ClientID, strings.ReplaceAll(logintest.ClientSecret, " ", "+"))
	resp, err := browser.Do(r)
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var tokens struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&tokens); err != nil || tokens.Access == "" || tokens.ID == "" {
		h.Fatalf("%s: %+v %v", resp.Status, tokens, err)
	}
	return tokens.Access, tokens.ID
}
