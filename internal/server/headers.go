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
	{"Referrer-Policy", []string{"no-referrer"}},
	{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
	{"Cross-Origin-Resource-Policy", sameSite},
	{"Permissions-Policy", []string{"camera=(), geolocation=(), microphone=(), payment=(), usb=()"}},
}

var (
	noSniff  = []string{"nosniff"}
	sameSite = []string{"same-origin"}
)

// plain sets what an answer carries that no browser shows: JSON is not a page,
// and is not to be taken for one.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = noSniff
		h["Cross-Origin-Resource-Policy"] = sameSite
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
