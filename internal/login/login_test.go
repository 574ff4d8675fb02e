package login_test

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/login"
	"github.com/karna-registry/karna/internal/login/logintest"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// house is a tenant's logins and all that is below them.
type house struct {
	*testing.T
	store  graph.Store
	keys   *seal.Keyring
	audit  *audit.Log
	clock  *testkit.Clock
	logins *login.Logins
}

func newHouse(t *testing.T, db graph.Database, tenant model.Tenant, with login.Options) *house {
	t.Helper()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, clock: testkit.NewClock()}
	var err error
	if h.store, err = db.CreateTenant(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	h.keys = keys
	h.audit = audit.New(h.store, keys, h.clock.Now)
	with.Store, with.Keys, with.Audit, with.Clock, with.NewID = h.store, keys, h.audit, h.clock.Now, testkit.IDs(3)
	if h.logins, err = login.New(with); err != nil {
		t.Fatal(err)
	}
	return h
}

func sqliteDatabase(t *testing.T) graph.Database {
	t.Helper()
	db, err := sqlite.Open(t.Context(), filepath.Join(testkit.Folder(t), "karna.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func engines(t *testing.T, test func(*testing.T, graph.Database)) {
	t.Run("sqlite", func(t *testing.T) { test(t, sqliteDatabase(t)) })
	t.Run("postgres", func(t *testing.T) {
		db, err := postgres.Open(t.Context(), testkit.Postgres(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		test(t, db)
	})
}

// told are what the audit says, oldest first.
func (h *house) told() (out []string) {
	h.Helper()
	for e, err := range h.audit.Entries(h.Context(), 0) {
		if err != nil {
			h.Fatal(err)
		}
		out = append(out, strings.TrimSpace(e.Actor+"|"+e.Operation+"|"+e.Purpose))
	}
	return out
}

func refused(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

var clerk = login.Grant{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead}, Authorities: []string{"KS"}, Purpose: "payroll"}

func TestAMachineTokenHoldsUntilItIsRevokedOrExpires(t *testing.T) {
	engines(t, func(t *testing.T, db graph.Database) {
		h := newHouse(t, db, "0136", login.Options{})
		ctx := t.Context()
		secret, token, err := h.logins.CreateToken(ctx, "admin", "hr-sync", clerk, 30*24*time.Hour)
		if err != nil || !strings.HasPrefix(secret, "karna_") || len(secret) < 40 {
			t.Fatalf("%q: %v", secret, err)
		}
		caller, err := h.logins.Bearer(ctx, secret)
		if err != nil {
			t.Fatal(err)
		}
		want := access.Rights{Role: access.Steward, Scopes: clerk.Scopes, Authorities: []string{"KS"}, Actor: "token hr-sync", Standing: "payroll"}
		if d := cmp.Diff(want, caller.Rights); d != "" {
			t.Error(d)
		}
		if err := caller.Check(ctx); err != nil {
			t.Errorf("it does not hold: %v", err)
		}
		other := newHouse(t, db, "0180", login.Options{})
		_, err = other.logins.Bearer(ctx, secret)
		refused(t, "in another tenant", err, login.ErrRefused)
		_, err = h.logins.Session(ctx, secret)
		refused(t, "as a session", err, login.ErrRefused)
		for what, changed := range map[string]string{"one letter more": secret + "A", "cut": secret[:len(secret)-1], "empty": "", "the prefix": "karna_", "long": "karna_" + strings.Repeat("a", 1<<20)} {
			_, err = h.logins.Bearer(ctx, changed)
			refused(t, what, err, login.ErrRefused)
		}
		_, _, err = h.logins.CreateToken(ctx, "admin", "hr-sync", clerk, time.Hour)
		refused(t, "a second of the name", err, login.ErrBadToken)

		// A program that has never heard of it revokes it.
		if err := h.logins.RevokeToken(ctx, "admin", "hr-sync", "leaked"); err != nil {
			t.Fatal(err)
		}
		_, err = h.logins.Bearer(ctx, secret)
		refused(t, "revoked", err, login.ErrRefused)
		refused(t, "an answer that goes on", caller.Check(ctx), login.ErrRefused)
		refused(t, "revoked twice", h.logins.RevokeToken(ctx, "admin", "hr-sync", "again"), login.ErrBadToken)

		second, _, err := h.logins.CreateToken(ctx, "admin", "hr-sync", clerk, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(time.Hour - time.Nanosecond)
		if _, err := h.logins.Bearer(ctx, second); err != nil {
			t.Errorf("a moment before it expires: %v", err)
		}
		h.clock.Advance(time.Nanosecond)
		_, err = h.logins.Bearer(ctx, second)
		refused(t, "expired", err, login.ErrRefused)

		tokens, err := h.logins.Tokens(ctx)
		if err != nil || len(tokens) != 2 || tokens[0].ID != token.ID || tokens[0].Revoked.IsZero() || tokens[1].Name != "hr-sync" || tokens[1].By != "admin" {
			t.Errorf("%+v %v", tokens, err)
		}
		if told := h.told(); len(told) != 3 || !strings.HasPrefix(told[0], "admin|token create|hr-sync: steward [restricted:read] for [KS] until ") ||
			told[1] != "admin|token revoke|hr-sync: leaked" {
			t.Errorf("the audit says %q", told)
		}
		if v, err := h.audit.Verify(ctx, nil); err != nil || !v.OK() {
			t.Errorf("%+v %v", v, err)
		}
	})
}

// TestTheStoreHoldsNoSecret looks for a token and a session in every column of every
// table, on each engine, and finds what else it knows to be there.
func TestTheStoreHoldsNoSecret(t *testing.T) {
	engines(t, func(t *testing.T, db graph.Database) {
		h := newHouse(t, db, "0136", login.Options{})
		token, _, err := h.logins.CreateToken(t.Context(), "admin", "one-token", clerk, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.logins.Bearer(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		random := token[strings.LastIndex(token, "_")+1:]
		needles := []string{"one-token", token, random}
		for _, decode := range []func(string) ([]byte, error){base64.RawURLEncoding.DecodeString, base64.StdEncoding.DecodeString, hex.DecodeString} {
			if raw, err := decode(random); err == nil && len(raw) >= 16 {
				needles = append(needles, string(raw))
			}
		}
		var bytes [][]byte
		for _, n := range needles {
			bytes = append(bytes, []byte(n))
		}
		searcher, ok := h.store.(graph.Searcher)
		if !ok {
			t.Fatalf("%T cannot be searched", h.store)
		}
		found, searched, err := searcher.Search(t.Context(), bytes)
		if err != nil || len(searched) < 10 {
			t.Fatalf("%d tables searched, %v", len(searched), err)
		}
		named := false
		for _, f := range found {
			named = named || f.Needle == 0
			if f.Needle > 0 {
				t.Errorf("%s.%s holds the secret", f.Table, f.Column)
			}
		}
		if !named {
			t.Error("the token's name is not found, so this finds nothing")
		}
	})
}

func TestATokenGivesNothingUnthoughtOf(t *testing.T) {
	h := newHouse(t, sqliteDatabase(t), "0136", login.Options{})
	for what, test := range map[string]struct {
		name string
		g    login.Grant
		life time.Duration
	}{
		"no name":                               {"", clerk, time.Hour},
		"a name of two lines":                   {"a\nb", clerk, time.Hour},
		"a personal number as name":             {"189001011239", clerk, time.Hour},
		"for ever":                              {"a", clerk, 400 * 24 * time.Hour},
		"no time at all":                        {"a", clerk, 0},
		"restricted of nobody":                  {"a", login.Grant{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Purpose: "test"}, time.Hour},
		"protected of nobody":                   {"a", login.Grant{Role: access.Reader, Scopes: []access.Scope{access.ProtectedRead}, Purpose: "test"}, time.Hour},
		"a scope for nothing":                   {"a", login.Grant{Role: access.Reader, Scopes: []access.Scope{access.IdentifierLookup}}, time.Hour},
		"scopes of the public":                  {"a", login.Grant{Scopes: []access.Scope{access.AuditRead}, Purpose: "test"}, time.Hour},
		"all authorities and one":               {"a", login.Grant{Role: access.Reader, All: true, Authorities: []string{"KS"}}, time.Hour},
		"a purpose with a personal number":      {"a", login.Grant{Role: access.Reader, Purpose: "case of 18900101-1239"}, time.Hour},
		"a purpose that would be two log lines": {"a", login.Grant{Role: access.Reader, Purpose: "a\nb"}, time.Hour},
	} {
		_, _, err := h.logins.CreateToken(t.Context(), "admin", test.name, test.g, test.life)
		refused(t, what, err, login.ErrBadToken)
	}
	if told := h.told(); len(told) != 0 {
		t.Errorf("the audit says %q", told)
	}
	// Whoever has no authorities sees restricted values of nobody, and not of all.
	secret, _, err := h.logins.CreateToken(t.Context(), "admin", "plain", login.Grant{Role: access.Reader}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := h.logins.Bearer(t.Context(), secret)
	if err != nil || caller.Rights.Authorities == nil {
		t.Errorf("%+v %v: the authorities are all", caller.Rights, err)
	}
}

func TestSharingHoldsBetweenTheNamedAndUntilItsDay(t *testing.T) {
	until := testkit.Epoch.Add(time.Hour)
	h := newHouse(t, sqliteDatabase(t), "0136", login.Options{Sharing: []login.Sharing{
		{From: "SN", To: "KS", Purpose: "joint service", LegalBasis: "OSL 10:27", Until: until},
		{From: "UN", To: "SN", Purpose: "joint service", LegalBasis: "OSL 10:27", Until: until.Add(time.Hour)},
	}})
	secret, _, err := h.logins.CreateToken(t.Context(), "admin", "ks", clerk, 10*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	authorities := func() []string {
		t.Helper()
		caller, err := h.logins.Bearer(t.Context(), secret)
		if err != nil {
			t.Fatal(err)
		}
		return caller.Rights.Authorities
	}
	// What SN is shown by UN, it does not hand on.
	if d := cmp.Diff([]string{"KS", "SN"}, authorities()); d != "" {
		t.Error(d)
	}
	h.clock.Advance(time.Hour)
	if d := cmp.Diff([]string{"KS"}, authorities()); d != "" {
		t.Errorf("after its day: %s", d)
	}
	for range 2 {
		if err := h.logins.RecordSharing(t.Context(), "admin"); err != nil {
			t.Fatal(err)
		}
	}
	a, ok, err := h.store.Artifact(t.Context(), "sharing-rules")
	if err != nil || !ok || !strings.Contains(string(a.Body), `"legalBasis":"OSL 10:27"`) || a.Revision != 1 {
		t.Errorf("%s %v %v", a.Body, ok, err)
	}
	if told := h.told(); len(told) != 2 || told[1] != "admin|sharing rules|2 rules between authorities, from revision 1" {
		t.Errorf("the audit says %q", told)
	}
}

// redirect is where browsers would be sent back to.
const redirect = "http://127.0.0.1:1/login/callback"

func municipal(p *logintest.Provider) *login.OIDC {
	return &login.OIDC{
		Issuer: p.Issuer, ClientID: logintest.ClientID, ClientSecret: logintest.ClientSecret, Audience: logintest.ClientID, Redirect: redirect,
		Scopes: []string{"profile"}, Name: "preferred_username",
		Rules: []login.Rule{
			{Claim: "groups", Value: "stewards-ks", Grant: login.Grant{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead}, Purpose: "test", Authorities: []string{"KS"}}},
			{Claim: "groups", Value: "stewards-un", Grant: login.Grant{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead}, Purpose: "test", Authorities: []string{"UN"}}},
			{Claim: "groups", Value: "staff", Grant: login.Grant{Role: access.Reader, All: true}},
		},
	}
}

var people = map[string][]string{
	"eva": {"stewards-ks", "stewards-un", "staff"}, "stina": {"staff"}, "nobody": {"choir"}, "189001011239": {"staff"},
}

// withProvider is a house beside a provider. The provider's clock is the
// machine's, so the house's is set to it.
func withProvider(t *testing.T) (*house, *logintest.Provider) {
	t.Helper()
	p := logintest.Start(t, redirect, people)
	h := newHouse(t, sqliteDatabase(t), "0136", login.Options{OIDC: municipal(p)})
	h.clock.Advance(time.Since(testkit.Epoch))
	return h, p
}

// logIn goes through a whole login.
func (h *house) logIn(p *logintest.Provider, user string) (secret string, err error) {
	h.Helper()
	address, keep, err := h.logins.Begin(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	back, err := url.Parse(p.LogIn(h, logintest.Browser(h), address, user))
	if err != nil {
		h.Fatal(err)
	}
	secret, _, err = h.logins.Finish(h.Context(), keep, back.Query().Get("state"), back.Query().Get("code"))
	return secret, err
}

func TestAPersonLogsInAtTheProvider(t *testing.T) {
	h, p := withProvider(t)
	secret, err := h.logIn(p, "eva")
	if err != nil {
		t.Fatal(err)
	}
	caller, err := h.logins.Session(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	want := access.Rights{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test", Authorities: []string{"KS", "UN"}, Actor: "login eva"}
	if d := cmp.Diff(want, caller.Rights); d != "" {
		t.Error(d)
	}
	_, err = h.logins.Bearer(t.Context(), secret)
	refused(t, "a session's secret as a bearer token", err, login.ErrRefused)
	reader, err := h.logIn(p, "stina")
	if err != nil {
		t.Fatal(err)
	}
	if caller, err := h.logins.Session(t.Context(), reader); err != nil || caller.Rights.Role != access.Reader || len(caller.Rights.Scopes) != 0 {
		t.Errorf("%+v %v", caller.Rights, err)
	}
	_, err = h.logIn(p, "nobody")
	refused(t, "somebody whom no rule knows", err, login.ErrNoRights)

	// A server whose rules are others takes no session of these.
	changed := municipal(p)
	changed.Rules[0].Grant.Authorities = []string{"SN"}
	for what, test := range map[string]struct {
		oidc *login.OIDC
		want error
	}{"with the same rules": {municipal(p), nil}, "with other rules": {changed, login.ErrRefused}, "without a provider": {nil, login.ErrRefused}} {
		restarted, err := login.New(login.Options{Store: h.store, Keys: h.keys, Audit: h.audit, OIDC: test.oidc, Clock: h.clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		_, err = restarted.Session(t.Context(), secret)
		refused(t, "after a restart "+what, err, test.want)
	}

	if err := h.logins.EndSession(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	_, err = h.logins.Session(t.Context(), secret)
	refused(t, "a session that was ended", err, login.ErrRefused)
	refused(t, "an answer that goes on", caller.Check(t.Context()), login.ErrRefused)
	if err := h.logins.EndSession(t.Context(), secret); err != nil {
		t.Errorf("ended twice: %v", err)
	}
	h.clock.Advance(login.DefaultSession)
	_, err = h.logins.Session(t.Context(), reader)
	refused(t, "a session of yesterday", err, login.ErrRefused)
	want2 := []string{"login eva|log in|", "login stina|log in|", "login eva|log out|"}
	if d := cmp.Diff(want2, h.told()); d != "" {
		t.Error(d)
	}
}

func TestAPersonalNumberAsANameIsKeptAsItsHash(t *testing.T) {
	h, p := withProvider(t)
	secret, err := h.logIn(p, "189001011239")
	if err != nil {
		t.Fatal(err)
	}
	caller, err := h.logins.Session(t.Context(), secret)
	if err != nil || !strings.HasPrefix(caller.Rights.Actor, "login ~") || strings.Contains(caller.Rights.Actor, "1239") {
		t.Errorf("%q %v", caller.Rights.Actor, err)
	}
}

func TestALoginIsOfOneBrowserAndOnce(t *testing.T) {
	h, p := withProvider(t)
	begin := func() (keep string, back url.Values) {
		t.Helper()
		address, keep, err := h.logins.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil || u.Query().Get("code_challenge_method") != "S256" || len(u.Query().Get("code_challenge")) != 43 {
			t.Fatalf("%s is without PKCE: %v", address, err)
		}
		to, err := url.Parse(p.LogIn(t, logintest.Browser(t), address, "eva"))
		if err != nil {
			t.Fatal(err)
		}
		return keep, to.Query()
	}
	finish := func(keep, state, code string) error {
		_, _, err := h.logins.Finish(t.Context(), keep, state, code)
		return err
	}
	keep, back := begin()
	state, code := back.Get("state"), back.Get("code")
	otherKeep, other := begin()
	refused(t, "another login's code", finish(keep, state, other.Get("code")), login.ErrRefused)
	refused(t, "another login's state", finish(keep, other.Get("state"), code), login.ErrRefused)
	refused(t, "another browser", finish("", state, code), login.ErrRefused)
	refused(t, "a kept flow that was changed", finish(keep[:len(keep)-4]+"AAAA", state, code), login.ErrRefused)
	refused(t, "an empty state", finish(keep, "", code), login.ErrRefused)

	keep, back = begin()
	if err := finish(keep, back.Get("state"), back.Get("code")); err != nil {
		t.Fatal(err)
	}
	refused(t, "the same again", finish(keep, back.Get("state"), back.Get("code")), login.ErrRefused)
	h.clock.Advance(login.FlowLife)
	refused(t, "after too long", finish(otherKeep, other.Get("state"), other.Get("code")), login.ErrRefused)
}
