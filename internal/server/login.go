package server

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/internal/access"
)

// Names of cookies. Under the prefix a browser takes one only over TLS, for this
// host and for all of it, so that no neighbour can set it.
const (
	hostPrefix    = "__Host-"
	sessionCookie = "karna"
	flowCookie    = "karna-login"
)

// pagePolicy is policy for pages with a form that is sent to this server.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// logins are the pages of logging in.
type logins struct {
	*Server
	page *template.Template
}

func newLogins(s *Server) (*logins, error) {
	page, err := template.ParseFS(pageFiles, "pages/login.html")
	if err != nil {
		return nil, fmt.Errorf("read the page of logins: %w", err)
	}
	return &logins{s, page}, nil
}

// named is a cookie's name: with the prefix, unless the request came over the
// loopback without TLS.
func (s *Server) cookieName(r *http.Request, name string) (string, bool) {
	secure := r.TLS != nil || !s.trusts(r)
	if secure {
		name = hostPrefix + name
	}
	return name, secure
}

// setCookie gives the browser a cookie that no script can read and no other
// site's form sends. A life of 0 takes it away.
func (s *Server) setCookie(w http.ResponseWriter, r *http.Request, name, value string, life time.Duration) {
	name, secure := s.cookieName(r, name)
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode, MaxAge: int(life.Seconds())}
	if life <= 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// cookieOf is the value of a cookie; "" when it is not there.
func (s *Server) cookieOf(r *http.Request, name string) string {
	name, _ = s.cookieName(r, name)
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func (s *Server) sessionOf(r *http.Request) string {
	if _, some := r.Header["Cookie"]; !some {
		return ""
	}
	return s.cookieOf(r, sessionCookie)
}

// begin sends the browser to the provider.
func (l *logins) begin(w http.ResponseWriter, r *http.Request) {
	if !l.confidential(r) {
		l.tell(w, r, http.StatusForbidden, said{
			SV: "Inloggning kräver TLS (https).", EN: "Logging in needs TLS (https).",
		})
		return
	}
	address, keep, err := l.config.Logins.Begin(r.Context())
	if err != nil {
		l.refused(w, r, err)
		return
	}
	l.setCookie(w, r, flowCookie, keep, flowLife)
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// flowLife is how long a browser keeps a login under way.
const flowLife = 10 * time.Minute

// callback is where the provider sends the browser back to.
func (l *logins) callback(w http.ResponseWriter, r *http.Request) {
	keep := l.cookieOf(r, flowCookie)
	l.setCookie(w, r, flowCookie, "", 0)
	q := r.URL.Query()
	if !l.confidential(r) || q.Get("error") != "" || q.Get("code") == "" {
		// What the provider says of an error is not shown: anybody can make the address.
		l.tell(w, r, http.StatusForbidden, said{SV: "Inloggningen blev inte av.", EN: "You were not logged in."})
		return
	}
	secret, expires, err := l.config.Logins.Finish(r.Context(), keep, q.Get("state"), q.Get("code"))
	if err != nil {
		l.refused(w, r, err)
		return
	}
	if old := l.sessionOf(r); old != "" {
		if err := l.config.Logins.EndSession(r.Context(), old); err != nil {
			l.refused(w, r, err)
			return
		}
	}
	l.setCookie(w, r, sessionCookie, secret, expires.Sub(l.config.Clock()))
	http.Redirect(w, r, "/me", http.StatusSeeOther)
}

// end ends the session. It is a POST, which no page of another site can send.
func (l *logins) end(w http.ResponseWriter, r *http.Request) {
	if secret := l.sessionOf(r); secret != "" {
		if err := l.config.Logins.EndSession(r.Context(), secret); err != nil {
			l.refused(w, r, err)
			return
		}
	}
	l.setCookie(w, r, sessionCookie, "", 0)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// me says who is logged in.
func (l *logins) me(w http.ResponseWriter, r *http.Request) {
	caller, err := l.caller(r)
	if err != nil {
		if l.sessionOf(r) != "" {
			l.setCookie(w, r, sessionCookie, "", 0)
		}
		l.refused(w, r, err)
		return
	}
	rights := caller.View.Rights()
	if rights.Role == access.Public {
		l.tell(w, r, http.StatusOK, said{SV: "Du är inte inloggad.", EN: "You are not logged in."})
		return
	}
	l.tell(w, r, http.StatusOK, said{Rights: &rights, Session: l.sessionOf(r) != ""})
}

// said is what the page of logins says.
type said struct {
	SV, EN   string
	Rights   *access.Rights
	Session  bool // can be ended
	Provider bool
}

func (l *logins) tell(w http.ResponseWriter, r *http.Request, status int, s said) {
	s.Provider = l.config.Logins != nil && l.config.Logins.HasProvider()
	var b bytes.Buffer
	if err := l.page.Execute(&b, s); err != nil {
		l.failed(w, r, "write the page of logins", err)
		return
	}
	h := w.Header()
	h["Content-Security-Policy"] = []string{pagePolicy}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// refused says that a login failed, and never why more closely.
func (l *logins) refused(w http.ResponseWriter, r *http.Request, err error) {
	var refusal *gql.Refusal
	if !errors.As(err, &refusal) {
		err = l.refusal(r, err)
	}
	if !errors.As(err, &refusal) {
		l.failed(w, r, "log somebody in", err)
		return
	}
	status := http.StatusForbidden
	sv := "Inloggningen gäller inte, eller ger inga rättigheter här."
	switch refusal.Code {
	case gql.CodeUnauthenticated:
		status = http.StatusUnauthorized
	case gql.CodeTimeout:
		status, sv = http.StatusServiceUnavailable, "Inloggningstjänsten svarar inte. Försök igen senare."
	}
	l.tell(w, r, status, said{SV: sv, EN: refusal.Text})
}
