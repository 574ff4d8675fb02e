package server_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/login"
	"github.com/karna-registry/karna/internal/login/logintest"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/server"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// loginsOf are a town's logins.
func loginsOf(t testing.TB, town *gqltest.Town, oidc *login.OIDC) *login.Logins {
	t.Helper()
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	l, err := login.New(login.Options{Store: town.Store, Keys: keys, Audit: town.Registry.Audit(), OIDC: oidc})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// token makes a machine token.
func token(t testing.TB, l *login.Logins, name string, g login.Grant) string {
	t.Helper()
	secret, _, err := l.CreateToken(t.Context(), "test", name, g, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// wholeHouse may read what is restricted, of all authorities.
var wholeHouse = login.Grant{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Purpose: "test", All: true}

const (
	annaSeen   = `{"data":{"person":{"familyName":"Ek"}}}`
	annaHidden = `{"data":{"person":null}}`
)

func TestATokenIsTakenWhereNobodyCanReadIt(t *testing.T) {
	town := gqltest.New(t)
	logins := loginsOf(t, town, nil)
	bearer := "Bearer " + token(t, logins, "reader", wholeHouse)
	on := func(address string, change func(*server.Config)) *running {
		return serveWith(t, town, address, func(c *server.Config) {
			c.Logins = logins
			change(c)
		})
	}
	local := on("127.0.0.1:0", func(*server.Config) {})
	plain := on("0.0.0.0:0", func(*server.Config) {})
	behind := on("0.0.0.0:0", func(c *server.Config) { c.TLSTerminated = true })
	without := serve(t, town, "127.0.0.1:0", access.Rights{})
	for _, test := range []struct {
		name   string
		server *running
		header []string
		status int
		want   string
	}{
		{"on loopback", local, []string{"Authorization", bearer}, 200, annaSeen},
		{"in small letters", local, []string{"Authorization", strings.Replace(bearer, "Bearer", "bearer", 1)}, 200, annaSeen},
		{"nothing", local, nil, 200, annaHidden},
		{"a token that nobody has", local, []string{"Authorization", bearer + "x"}, 401, "UNAUTHENTICATED"},
		{"another scheme", local, []string{"Authorization", "Basic cm9vdDpyb290"}, 401, "UNAUTHENTICATED"},
		{"an empty header", local, []string{"Authorization", ""}, 401, "UNAUTHENTICATED"},
		{"the token as a cookie", local, []string{"Cookie", "karna=" + strings.TrimPrefix(bearer, "Bearer ")}, 401, "UNAUTHENTICATED"},
		{"the token in the address", local, []string{"X-Access-Token", bearer}, 200, annaHidden},
		{"on loopback through a proxy", local, []string{"Authorization", bearer, "X-Forwarded-For", "192.0.2.1"}, 403, "over TLS only"},
		{"in the open, on any address", plain, []string{"Authorization", bearer}, 403, "over TLS only"},
		{"in the open, saying that it is not", plain, []string{"Authorization", bearer, "X-Forwarded-Proto", "https"}, 403, "over TLS only"},
		{"nothing, on any address", plain, nil, 200, annaHidden},
		{"behind a proxy with TLS", behind, []string{"Authorization", bearer, "X-Forwarded-Proto", "https"}, 200, annaSeen},
		{"behind a proxy, where TLS was not", behind, []string{"Authorization", bearer, "X-Forwarded-Proto", "http"}, 403, "over TLS only"},
		{"where nobody can log in", without, []string{"Authorization", bearer}, 401, "UNAUTHENTICATED"},
	} {
		t.Run(test.name, func(t *testing.T) {
			resp, got := test.server.query(t, whoAmI, test.header...)
			if resp.StatusCode != test.status || !strings.Contains(got, test.want) {
				t.Errorf("%s answered %s, want %d with %s", resp.Status, got, test.status, test.want)
			}
			if (resp.Header.Get("Www-Authenticate") != "") != (test.status == 401) {
				t.Errorf("it is challenged with %q", resp.Header.Get("Www-Authenticate"))
			}
			// Streams and addresses know callers the same way.
			for path, header := range map[string]string{"/graphql": "text/event-stream", "/id/person/" + town.IDs(t, "«hr/person/anna»"): "text/turtle"} {
				resp, _ := test.server.do(t, http.MethodGet, path, "", append([]string{"Accept", header}, test.header...)...)
				if refused := resp.StatusCode == 401 || resp.StatusCode == 403; refused != (test.status != 200) {
					t.Errorf("%s answers %s", path, resp.Status)
				}
			}
		})
	}
}

func TestWhoReadsIsInTheAuditByTheNameOfTheToken(t *testing.T) {
	town := gqltest.New(t)
	logins := loginsOf(t, town, nil)
	s := serveWith(t, town, "127.0.0.1:0", func(c *server.Config) { c.Logins = logins })
	bearer := "Bearer " + token(t, logins, "case-system", login.Grant{
		Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead, access.ProtectedRead}, Purpose: "cases", All: true,
	})
	const hidden = `{ person(id: "«hr/person/hidden»") { familyName } }`
	ask := func(purpose ...string) (*http.Response, string) {
		return s.query(t, hidden, append([]string{"Authorization", bearer}, purpose...)...)
	}
	if _, got := ask(); strings.Contains(got, "Dold") {
		t.Errorf("without a purpose: %s", got)
	}
	if _, got := ask("Karna-Purpose", "%C3%A4rende%207"); !strings.Contains(got, "Dold") {
		t.Errorf("with a purpose: %s", got)
	}
	for _, bad := range []string{"a%0Ab", "a%0D%0Ab", "%", "%ff", "a%E2%80%A8b", strings.Repeat("a", 501)} {
		if resp, got := ask("Karna-Purpose", bad); resp.StatusCode != http.StatusBadRequest || strings.Contains(got, "Dold") {
			t.Errorf("with the purpose %.20q: %s %s", bad, resp.Status, got)
		}
	}
	told := ""
	for e, err := range town.Registry.Audit().Entries(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Actor == "token case-system" {
			told += e.Operation + "|" + e.Role + "|" + e.Purpose + "\n"
		}
	}
	// Without a purpose of its own the flag alone was told.
	if told != "query person|reader|cases\nquery person|reader|ärende 7\n" {
		t.Errorf("the audit says %q", told)
	}
}

// withProvider is a server whose people log in at a provider.
func withProvider(t *testing.T) (*running, *logintest.Provider, *login.Logins) {
	t.Helper()
	town := gqltest.New(t)
	l, err := server.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	redirect := "http://" + l.Addr().String() + "/login/callback"
	p := logintest.Start(t, redirect, map[string][]string{"eva": {"staff"}, "nobody": {"choir"}})
	logins := loginsOf(t, town, &login.OIDC{
		Issuer: p.Issuer, ClientID: logintest.ClientID, ClientSecret: logintest.ClientSecret, Audience: logintest.ClientID, Redirect: redirect,
		Scopes: []string{"profile"}, Name: "preferred_username",
		Rules: []login.Rule{{Claim: "groups", Value: "staff", Grant: wholeHouse}},
	})
	s := serveOn(t, town, l, func(c *server.Config) { c.Logins, c.Clock = logins, time.Now })
	return s, p, logins
}

// logIn logs somebody in with a browser's cookies, and gives the answer to the
// provider's redirect.
func (s *running) logIn(t *testing.T, p *logintest.Provider, browser *http.Client, user string) *http.Response {
	t.Helper()
	resp, err := browser.Get(s.url + "/login")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("/login answers %s", resp.Status)
	}
	checkCookie(t, resp, "karna-login", false)
	back := p.LogIn(t, browser, resp.Header.Get("Location"), user)
	resp, err = browser.Get(back)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

func checkCookie(t *testing.T, resp *http.Response, name string, secure bool) (value string) {
	t.Helper()
	for _, c := range resp.Cookies() {
		if c.Name == name && c.Value != "" {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != secure || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 {
				t.Errorf("the cookie is %s", c)
			}
			return c.Value
		}
	}
	t.Errorf("no cookie %s in %v", name, resp.Header["Set-Cookie"])
	return ""
}

func TestPeopleLogInAndOut(t *testing.T) {
	s, p, _ := withProvider(t)
	browser := logintest.Browser(t)
	resp := s.logIn(t, p, browser, "eva")
	session := checkCookie(t, resp, "karna", false)
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/me" || resp.Header.Get("Cache-Control") == "public" {
		t.Errorf("the way back leads to %s %s", resp.Status, resp.Header)
	}
	cookie := []string{"Cookie", "karna=" + session}
	if _, page := s.do(t, http.MethodGet, "/me", "", cookie...); !strings.Contains(page, "login eva") || !strings.Contains(page, `action="/logout"`) {
		t.Errorf("/me says %s", page)
	}
	if _, got := s.query(t, whoAmI, cookie...); got != annaSeen {
		t.Errorf("logged in: %s", got)
	}
	// What another site can make a browser send changes nothing.
	for what, header := range map[string][]string{
		"another site":                   {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"a neighbour on the same domain": {"Sec-Fetch-Site", "same-site", "Origin", "https://evil.exempel.se"},
		"an old browser":                 {"Origin", "https://evil.example"},
	} {
		if resp, _ := s.do(t, http.MethodPost, "/logout", "", append(header, cookie...)...); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s logs out: %s", what, resp.Status)
		}
		refused := func(resp *http.Response, got string) bool {
			return resp.StatusCode == http.StatusForbidden && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") && strings.Contains(got, `"code":"FORBIDDEN"`)
		}
		if resp, got := s.query(t, whoAmI, append(header, cookie...)...); !refused(resp, got) {
			t.Errorf("%s asks: %s %s", what, resp.Status, got)
		}
		upgrade := append([]string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol", "graphql-transport-ws"}, header...)
		if resp, got := s.do(t, http.MethodGet, "/graphql", "", append(upgrade, cookie...)...); !refused(resp, got) {
			t.Errorf("%s opens a WebSocket: %s %s", what, resp.Status, got)
		}
	}
	if resp, _ := s.do(t, http.MethodGet, "/logout", "", cookie...); resp.StatusCode == http.StatusSeeOther {
		t.Error("a link logs out")
	}
	if _, got := s.query(t, whoAmI, cookie...); got != annaSeen {
		t.Errorf("afterwards: %s", got)
	}

	resp, _ = s.do(t, http.MethodPost, "/logout", "", append([]string{"Sec-Fetch-Site", "same-origin"}, cookie...)...)
	if resp.StatusCode != http.StatusSeeOther || !strings.Contains(resp.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("logging out: %s %s", resp.Status, resp.Header)
	}
	if resp, got := s.query(t, whoAmI, cookie...); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the cookie of a session that was ended: %s %s", resp.Status, got)
	}
	if resp, _ := s.do(t, http.MethodGet, "/me", "", cookie...); resp.StatusCode != http.StatusUnauthorized || !strings.Contains(resp.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("/me with it: %s %s", resp.Status, resp.Header)
	}
}

func TestALoginThatFailsSaysLittleAndLetsNobodyIn(t *testing.T) {
	s, p, _ := withProvider(t)
	if resp := s.logIn(t, p, logintest.Browser(t), "nobody"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("somebody without rights: %s", resp.Status)
	}
	for _, path := range []string{
		"/login/callback", "/login/callback?code=a&state=b", "/login/callback?error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=evil",
		"/login/callback?code=a&state=b&return=https://evil.example",
	} {
		resp, page := s.do(t, http.MethodGet, path, "")
		if resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusUnauthorized || strings.Contains(page, "evil") || strings.Contains(page, "alert") {
			t.Errorf("%s: %s %s", path, resp.Status, page)
		}
		for _, c := range resp.Cookies() {
			if c.Value != "" {
				t.Errorf("%s gives a cookie: %s", path, c)
			}
		}
	}
	// A login that was begun in one browser is not finished in another: nobody can
	// be logged in as somebody else by a link.
	victim, attacker := logintest.Browser(t), logintest.Browser(t)
	resp, err := attacker.Get(s.url + "/login")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	back := p.LogIn(t, attacker, resp.Header.Get("Location"), "eva")
	if resp, err = victim.Get(back); err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("another's link: %s", resp.Status)
	}
}

func TestASessionIsNotFixed(t *testing.T) {
	s, p, _ := withProvider(t)
	browser := logintest.Browser(t)
	first := checkCookie(t, s.logIn(t, p, browser, "eva"), "karna", false)
	second := checkCookie(t, s.logIn(t, p, browser, "eva"), "karna", false)
	if first == second {
		t.Error("a new login has the old session")
	}
	if resp, _ := s.query(t, whoAmI, "Cookie", "karna="+first); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session before: %s", resp.Status)
	}
	if _, got := s.query(t, whoAmI, "Cookie", "karna="+second); got != annaSeen {
		t.Errorf("the session now: %s", got)
	}
}

// writeCertificate writes a new certificate for this machine, of an elliptic curve.
func writeCertificate(t *testing.T, files server.TLSFiles, serial int64) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return writeCertificateOf(t, files, serial, key)
}

func writeCertificateOf(t *testing.T, files server.TLSFiles, serial int64, key crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{files.Cert: {Type: "CERTIFICATE", Bytes: der}, files.Key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		// Files of one second may have one time.
		at := time.Unix(1_700_000_000+serial, 0)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestTLSIsModernAndItsCertificateIsRenewed(t *testing.T) {
	town := gqltest.New(t)
	logins := loginsOf(t, town, nil)
	bearer := "Bearer " + token(t, logins, "reader", wholeHouse)
	dir := t.TempDir()
	files := server.TLSFiles{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	if _, err := server.New(server.Config{Access: town.Access, TLS: &files}); err == nil {
		t.Error("a server without its certificate begins")
	}
	first := writeCertificate(t, files, 1)
	clock := testkit.NewClock()
	s := serveWith(t, town, "0.0.0.0:0", func(c *server.Config) { c.Logins, c.TLS, c.Clock = logins, &files, clock.Now })
	address := strings.TrimPrefix(s.url, "http://")
	s.url = "https://" + address
	pool := x509.NewCertPool()
	pool.AddCert(first)
	s.http.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	resp, got := s.query(t, whoAmI, "Authorization", bearer)
	if got != annaSeen || resp.ProtoMajor != 2 || resp.Header.Get("Strict-Transport-Security") != "max-age=31536000" {
		t.Errorf("%s %s %v: %s", resp.Proto, resp.Status, resp.Header, got)
	}
	for what, test := range map[string]struct {
		config *tls.Config
		want   bool
	}{
		"1.0":          {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}, false},
		"1.1":          {&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		"1.2":          {&tls.Config{MaxVersion: tls.VersionTLS12}, true},
		"1.3":          {&tls.Config{MinVersion: tls.VersionTLS13}, true},
		"1.2 with CBC": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA}}, false},
		"1.2 with RC4": {&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}}, false},
	} {
		test.config.RootCAs = pool
		conn, err := tls.Dial("tcp", address, test.config)
		if (err == nil) != test.want {
			t.Errorf("TLS %s: %v", what, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	if resp, err := http.Get("http://" + address + "/"); err == nil {
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest {
			t.Errorf("without TLS: %s", resp.Status)
		}
	}
	// A certificate that is renewed is taken without a restart, and one that is
	// half written is not.
	serial := func() string {
		t.Helper()
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the serial number is what is asked
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		return fmt.Sprint(conn.ConnectionState().PeerCertificates[0].SerialNumber)
	}
	writeCertificate(t, files, 2)
	clock.Advance(2 * time.Minute)
	if got := serial(); got != "2" {
		t.Errorf("after a renewal it is %s", got)
	}
	if err := os.WriteFile(files.Cert, []byte("-----BEGIN"), 0o600); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Minute)
	if got := serial(); got != "2" {
		t.Errorf("with a broken file it is %s", got)
	}
}

// TestTLSIsModernWithAnRSACertificateToo: with one a client can ask for what an elliptic
// curve has no use for, such as keys without forward secrecy.
func TestTLSIsModernWithAnRSACertificateToo(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := server.TLSFiles{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	pool := x509.NewCertPool()
	pool.AddCert(writeCertificateOf(t, files, 1, key))
	s := serveWith(t, gqltest.New(t), "127.0.0.1:0", func(c *server.Config) { c.TLS = &files })
	address := strings.TrimPrefix(s.url, "http://")
	for what, test := range map[string]struct {
		suites []uint16
		want   bool
	}{
		"ECDHE and AEAD":              {[]uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, true},
		"without forward secrecy":     {[]uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384}, false},
		"without it, and CBC":         {[]uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA}, false},
		"ECDHE and CBC":               {[]uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256}, false},
		"ECDHE and 3DES":              {[]uint16{tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA}, false},
		"RC4, with and without ECDHE": {[]uint16{tls.TLS_ECDHE_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_RC4_128_SHA}, false},
	} {
		conn, err := tls.Dial("tcp", address, &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS12, CipherSuites: test.suites})
		if (err == nil) != test.want {
			t.Errorf("TLS 1.2 %s: %v", what, err)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
}

func TestEveryAnswerOfEverySortHasItsHeaders(t *testing.T) {
	s, _, _ := withProvider(t)
	for _, test := range []struct{ method, path, body, media string }{
		{"GET", "/", "", ""}, {"GET", "/graphql", "", ""}, {"POST", "/graphql", `{"query":"{status{revision}}"}`, "application/json"},
		{"POST", "/graphql", "{", "application/json"}, {"POST", "/graphql", "", "text/plain"}, {"PUT", "/graphql", "", ""}, {"GET", "/nothing", "", ""},
		{"GET", "/me", "", ""}, {"GET", "/login", "", ""}, {"GET", "/login/callback", "", ""}, {"POST", "/logout", "", ""}, {"GET", "/healthz", "", ""},
		{"GET", "/context.jsonld", "", ""}, {"GET", "/dumps/", "", ""}, {"GET", "/id/person/x", "", ""}, {"GET", "/assets/page.css", "", ""}, {"OPTIONS", "/graphql", "", ""}, {"OPTIONS", "/dumps/", "", ""}, {"OPTIONS", "/id/person/x", "", ""},
		{"TRACE", "/", "", ""},
	} {
		for _, more := range [][]string{nil, {"Origin", "https://evil.example"}, {"Authorization", "Bearer nonsense"}} {
			resp, _ := s.do(t, test.method, test.path, test.body, append([]string{"Content-Type", test.media}, more...)...)
			for name, want := range map[string]string{"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
				if got := resp.Header.Get(name); !strings.Contains(got, want) {
					t.Errorf("%s %s %v, %s: %s is %q", test.method, test.path, more, resp.Status, name, got)
				}
			}
			for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Credentials"} {
				if got := resp.Header.Get(name); got != "" {
					t.Errorf("%s %s: %s is %q", test.method, test.path, name, got)
				}
			}
		}
	}
}

// TestPagesOfOtherOriginsReadTheOpenDataAndNothingElse: whatever a browser of anybody
// sends along, it gives such a page what the public may see, and that of each status.
func TestPagesOfOtherOriginsReadTheOpenDataAndNothingElse(t *testing.T) {
	s, _, logins := withProvider(t)
	asSteward := serve(t, s.town, "127.0.0.1:0", steward)
	bearer := "Bearer " + token(t, logins, "reader", wholeHouse)
	public := "Bearer " + token(t, logins, "public", login.Grant{Role: access.Public, Purpose: "test"})
	school := "/id/organisation/" + s.town.ID(t, "hr", model.Organisation, "school").String()
	absorbed := "/id/organisation/" + s.town.ID(t, "school", model.Organisation, "unit-1").String()
	hidden := "/id/person/" + s.town.ID(t, "hr", model.Person, "hidden").String()
	loan := "/id/service/" + s.town.ID(t, "web", model.Service, "loan").String()
	s.town.Clock.Advance(time.Hour)
	s.town.Retract(t, "web", model.Service, "loan")
	check := func(from *running, method, path string, header []string, status int, readable bool) *http.Response {
		t.Helper()
		resp, _ := from.do(t, method, path, "", append([]string{"Origin", "https://app.example"}, header...)...)
		if resp.StatusCode != status {
			t.Errorf("%s %s %v: %s, want %d", method, path, header, resp.Status, status)
		}
		want := map[string]string{"Access-Control-Allow-Origin": "", "Access-Control-Expose-Headers": "", "Cross-Origin-Resource-Policy": "same-origin"}
		if readable {
			want = map[string]string{
				"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Content-Range, ETag, Link, Repr-Digest", "Cross-Origin-Resource-Policy": "cross-origin",
			}
		}
		want["Access-Control-Allow-Credentials"] = ""
		for name, want := range want {
			if got := strings.Join(resp.Header.Values(name), "|"); got != want {
				t.Errorf("%s %s %v, %s: %s is %q, want %q", method, path, header, resp.Status, name, got, want)
			}
		}
		return resp
	}
	tag := check(s, "GET", school+".ttl", nil, 200, true).Header.Get("Etag")
	addresses := []struct {
		path   string
		header []string
		status int
	}{
		{school, nil, 303}, {school + ".ttl", nil, 200}, {school + ".ttl", []string{"If-None-Match", tag}, 304}, {school + ".ttl", []string{"Range", "bytes=0-9"}, 206},
		{school + ".ttl", []string{"Range", "bytes=999999-"}, 416}, {school, []string{"Accept", "application/rdf+xml"}, 406}, {absorbed, nil, 308}, {loan, nil, 410},
		{hidden, nil, 404}, {"/id/person/x", nil, 404}, {"/id/animal/x", nil, 404}, {"/code/organisation-type", nil, 200}, {"/code/organisation-type/unit", nil, 303}, {"/code/nothing/x", nil, 404}, {school + ".docx", nil, 404},
	}
	for _, test := range addresses {
		for _, method := range []string{"GET", "HEAD"} {
			check(s, method, test.path, test.header, test.status, true)
		}
	}
	for _, path := range []string{school, school + ".ttl", absorbed, loan, hidden, "/id/person/x", "/id/animal/x", "/code/organisation-type", "/code/organisation-type/unit"} {
		for _, who := range [][]string{{"Authorization", bearer}, {"Authorization", public}, {"Authorization", "Bearer nonsense"}, {"Authorization", ""}, {"Cookie", "karna=x"}} {
			resp, _ := s.do(t, "GET", path, "", who...)
			check(s, "GET", path, who, resp.StatusCode, false)
			if vary := resp.Header.Get("Vary"); vary != "Accept, Authorization, Cookie" {
				t.Errorf("%s varies by %q", path, vary)
			}
		}
		// Where rights were given at the start, whoever sends nothing may have them.
		for _, to := range []struct {
			host     string
			readable bool
		}{{"localhost", false}, {"data.example", true}} {
			resp, _ := asSteward.do(t, "GET", path, "", "Host", to.host)
			check(asSteward, "GET", path, []string{"Host", to.host}, resp.StatusCode, to.readable)
		}
	}
	// A dump is the public's, whoever asks.
	for _, who := range [][]string{nil, {"Authorization", bearer}, {"Cookie", "karna=x"}} {
		for path, status := range map[string]int{"/dumps/": 200, "/dumps/manifest.json": 200, "/dumps/all.nq": 200, "/dumps/nothing": 404, "/context.jsonld": 200, "/ns": 200, "/shapes": 200, "/schema.graphqls": 200} {
			check(s, "GET", path, who, status, true)
		}
		check(s, "GET", "/dumps/all.nq", append([]string{"Range", "bytes=5-14"}, who...), 206, true)
	}
	for _, path := range []string{"/", "/graphql", "/me", "/login", "/healthz", "/nothing", "/assets/page.css"} {
		resp, _ := s.do(t, "GET", path, "")
		check(s, "GET", path, nil, resp.StatusCode, false)
	}
	check(s, "POST", "/graphql", []string{"Content-Type", "application/json"}, 403, false)
	check(s, "OPTIONS", "/graphql", []string{"Access-Control-Request-Method", "POST"}, 405, false)
	check(s, "OPTIONS", "/me", []string{"Access-Control-Request-Method", "GET"}, 405, false)
	for _, path := range []string{school, hidden, "/code/organisation-type", "/code/organisation-type/unit", "/dumps/", "/dumps/all.nq", "/context.jsonld", "/ns", "/shapes", "/schema.graphqls"} {
		h := check(s, "OPTIONS", path, []string{"Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization,if-none-match,range"}, 204, true).Header
		if methods, names := h.Get("Access-Control-Allow-Methods"), h.Get("Access-Control-Allow-Headers"); methods != "GET, HEAD" || names != "Accept, If-Modified-Since, If-None-Match, If-Range, Range" {
			t.Errorf("%s may be asked by %q with %q", path, methods, names)
		}
	}
}

// TestRestrictedValuesAreOfOnesOwnAuthorityOrShared: what the school board's
// sources do not say is not for it, until the executive board shares it, and not
// after the rule's day.
func TestRestrictedValuesAreOfOnesOwnAuthorityOrShared(t *testing.T) {
	town := gqltest.New(t)
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	school := login.Grant{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Purpose: "test", Authorities: []string{"utbildningsnämnden"}}
	clock := testkit.NewClock()
	on := func(sharing ...login.Sharing) (*running, string) {
		l, err := login.New(login.Options{Store: town.Store, Keys: keys, Audit: town.Registry.Audit(), Sharing: sharing, Clock: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		return serveWith(t, town, "127.0.0.1:0", func(c *server.Config) { c.Logins = l }), "Bearer " + token(t, l, fmt.Sprintf("school-%d", len(sharing)), school)
	}
	const query = `{ person(id: "«hr/person/anna»") { familyName birthDate } }`
	const own, shared = `{"data":{"person":{"familyName":"Ek","birthDate":null}}}`, `{"data":{"person":{"familyName":"Ek","birthDate":"1890-01-01"}}}`
	apart, bearer := on()
	if _, got := apart.query(t, query, "Authorization", bearer); got != own {
		t.Errorf("without a rule: %s", got)
	}
	rule := login.Sharing{From: "kommunstyrelsen", To: "utbildningsnämnden", Purpose: "test", LegalBasis: "test", Until: clock.Now().Add(30 * time.Minute)}
	together, bearer := on(rule)
	if _, got := together.query(t, query, "Authorization", bearer); got != shared {
		t.Errorf("with a rule: %s", got)
	}
	clock.Advance(30 * time.Minute)
	if _, got := together.query(t, query, "Authorization", bearer); got != own {
		t.Errorf("after its day: %s", got)
	}
}
