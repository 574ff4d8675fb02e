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

// What lets pages of other origins read an answer, by a browser that sends neither
// cookies nor tokens along: * takes none.
var (
	everyOrigin = []string{"*"}
	crossOrigin = []string{"cross-origin"}
	exposed     = []string{"Content-Range, ETag, Link, Repr-Digest"}
)

// readable lets pages of other origins read an answer, whatever its status will be.
func readable(h http.Header) {
	h["Access-Control-Allow-Origin"] = everyOrigin
	h["Cross-Origin-Resource-Policy"] = crossOrigin
	h["Access-Control-Expose-Headers"] = exposed
}

// forEverybody serves at an address what is the same whoever asks. Pages of other
// origins may read it.
func forEverybody(mux *http.ServeMux, path string, serve http.HandlerFunc) {
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		readable(w.Header())
		serve(w, r)
	})
	mux.HandleFunc("OPTIONS "+path, preflight)
}

// open serves at an address what depends on who asks. Pages of other origins may read
// what the public is answered, and nothing else.
func (s *Server) open(mux *http.ServeMux, path string, serve http.HandlerFunc) {
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept, Authorization, Cookie")
		if s.anonymous(r) {
			readable(w.Header())
		}
		serve(w, r)
	})
	mux.HandleFunc("OPTIONS "+path, preflight)
}

// preflight tells a browser what a page of another origin may ask with: conditions
// and ranges, and nothing that says who asks. It looks at nothing.
func preflight(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	readable(h)
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "Accept, If-Modified-Since, If-None-Match, If-Range, Range")
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Allow", "GET, HEAD, OPTIONS")
	w.WriteHeader(http.StatusNoContent)
}
