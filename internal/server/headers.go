package server

import "net/http"

// policy is what a browser may do with our pages: load what the server serves,
// and ask the server. GraphiQL sets styles from script; its fonts and pictures
// are data in its style sheet.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// The header values are shared by all answers, so that setting them costs no
// allocation. Nobody may change them.
var secureHeaders = []struct {
	name  string
	value []string
}{
	{"Content-Security-Policy", []string{policy}},
	{"X-Content-Type-Options", noSniff},
	{"X-Frame-Options", []string{"DENY"}},
	{"Referrer-Policy", noReferrer},
	{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
	{"Cross-Origin-Resource-Policy", sameSite},
	{"Permissions-Policy", []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}},
}

var (
	noSniff  = []string{"nosniff"}
	sameSite = []string{"same-origin"}
)

// bare is the policy of what is no page: JSON and documents load nothing and are
// shown in no frame.
var bare = []string{"default-src 'none'; frame-ancestors 'none'"}

// strict tells browsers to come back over TLS only.
var strict = []string{"max-age=31536000"}

var noReferrer = []string{"no-referrer"}

// plain sets what every answer carries, errors too: JSON is not a page, and is
// not to be taken for one.
func (s *Server) plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = noSniff
		h["Cross-Origin-Resource-Policy"] = sameSite
		h["Content-Security-Policy"] = bare
		h["Referrer-Policy"] = noReferrer
		if r.TLS != nil || s.config.TLSTerminated {
			h["Strict-Transport-Security"] = strict
		}
		next.ServeHTTP(w, r)
	})
}

// secure sets what every page and file carries.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for i := range secureHeaders {
			h[secureHeaders[i].name] = secureHeaders[i].value
		}
		next.ServeHTTP(w, r)
	})
}
