package server

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/login"
)

// purposeHeader is why the caller asks, percent-encoded UTF-8. It goes to the
// audit, and is mandatory for protected:read.
const purposeHeader = "Karna-Purpose"

// maxPurpose bounds a stated purpose, in bytes.
const maxPurpose = 500

// caller is who sent a request: by a bearer token, by the cookie of a session, or
// as a program on this machine whom rights were given to at the start. Whoever
// shows nothing is the public, and what is shown and does not hold is refused:
// nobody is to take the public's answer for their own.
func (s *Server) caller(r *http.Request) (gql.Caller, error) {
	known, err := s.known(r)
	if err != nil {
		return gql.Caller{}, err
	}
	purpose, stated := r.Header[purposeHeader]
	switch {
	case known == nil && !stated && s.trusts(r):
		return gql.Caller{View: s.named}, nil
	case known == nil && s.trusts(r):
		known = &login.Caller{Rights: s.config.Rights}
	case known == nil:
		return gql.Caller{View: s.public}, nil
	}
	if stated && known.Rights.Role != access.Public {
		if known.Rights.Purpose, err = statedPurpose(purpose); err != nil {
			return gql.Caller{}, err
		}
	}
	return gql.Caller{View: s.config.Access.View(known.Rights), Check: known.Check}, nil
}

// anonymous tells whether a request is answered as the public's: nothing in it says
// who asks, and it has no rights that were given at the start.
func (s *Server) anonymous(r *http.Request) bool {
	_, bearer := r.Header["Authorization"]
	return !bearer && s.sessionOf(r) == "" && (s.config.Rights.Role == access.Public || !s.trusts(r))
}

// trusts tells whether a request has the rights that were given at the start.
func (s *Server) trusts(r *http.Request) bool { return s.loopback.Load() && local(r) }

// known is the caller that a request names; nil when it names nobody.
func (s *Server) known(r *http.Request) (*login.Caller, error) {
	header, bearer := r.Header["Authorization"]
	cookie := s.sessionOf(r)
	if !bearer && cookie == "" {
		return nil, nil
	}
	if s.config.Logins == nil {
		return nil, unauthenticated("Nobody can log in here.")
	}
	if !s.confidential(r) {
		return nil, &gql.Refusal{Code: gql.CodeForbidden, Text: "Logins and tokens are taken over TLS only. What you sent may have been read on its way: have it revoked."}
	}
	var caller login.Caller
	var err error
	if bearer {
		kind, text, _ := strings.Cut(header[0], " ")
		if len(header) > 1 || !strings.EqualFold(kind, "Bearer") {
			return nil, unauthenticated("Send one header Authorization: Bearer with a token.")
		}
		caller, err = s.config.Logins.Bearer(r.Context(), strings.TrimSpace(text))
	} else {
		caller, err = s.config.Logins.Session(r.Context(), cookie)
	}
	if err != nil {
		return nil, s.refusal(r, err)
	}
	return &caller, nil
}

func unauthenticated(text string) error {
	return &gql.Refusal{Code: gql.CodeUnauthenticated, Text: text}
}

// refusal is what a caller is told of a login that failed. Why is in the log, and
// not for the caller: whether a token was revoked or never was is not his to know.
func (s *Server) refusal(r *http.Request, err error) error {
	switch {
	case errors.Is(err, login.ErrRefused):
		s.config.Log.InfoContext(r.Context(), "server: a login was refused", "error", err)
		return unauthenticated("The login does not hold (any more). Log in again, or have a new token made.")
	case errors.Is(err, login.ErrNoRights):
		s.config.Log.InfoContext(r.Context(), "server: a login gives no rights", "error", err)
		return &gql.Refusal{Code: gql.CodeForbidden, Text: "You are known, and have no rights here. Ask those who run the registry."}
	case errors.Is(err, login.ErrUnavailable):
		s.config.Log.WarnContext(r.Context(), "server: the login service cannot be asked", "error", err)
		return &gql.Refusal{Code: gql.CodeTimeout, Text: "The login service does not answer. Try again later."}
	}
	return err
}

func statedPurpose(header []string) (string, error) {
	text, err := url.PathUnescape(header[0])
	if err != nil || len(header) > 1 || len(text) > maxPurpose || !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool {
		return c < ' ' || c == 0x7f || c == '\u2028' || c == '\u2029'
	}) {
		return "", &gql.Refusal{Code: gql.CodeBadInput, Text: purposeHeader + ": one line of text, percent-encoded, of at most 500 bytes."}
	}
	return strings.TrimSpace(text), nil
}

// confidential tells whether nobody could read a request on its way: it came
// over TLS, to this server or to the proxy before it, or never left the machine.
func (s *Server) confidential(r *http.Request) bool {
	switch {
	case r.TLS != nil || s.trusts(r):
		return true
	case !s.config.TLSTerminated:
		return false
	}
	proto := r.Header["X-Forwarded-Proto"]
	return len(proto) == 0 || len(proto) == 1 && strings.EqualFold(proto[0], "https")
}
