package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/login"
	"github.com/karna-registry/karna/ontology"
)

// DefaultAddress is where a server listens unless it is told otherwise: on this
// machine only.
const DefaultAddress = "127.0.0.1:8480"

// Config is what a Server is made of.
type Config struct {
	Access *access.Access
	// Rights are those of requests over the loopback interface that name nobody;
	// the zero value is the public. On any other address these are the public's.
	Rights access.Rights
	// Logins know callers by tokens and sessions; nil takes neither.
	Logins *login.Logins
	// TLS is what the server speaks; nil is plain HTTP. TLSTerminated: a proxy
	// before it speaks TLS, and nobody else can reach it. Beyond loopback tokens and
	// sessions are taken with either only.
	TLS           *TLSFiles
	TLSTerminated bool
	// Connections is how many there may be at once; 0 is DefaultConnections.
	Connections int
	// Stewardship makes the changes that GraphQL offers; nil offers none.
	Stewardship gql.Stewardship
	Limits      gql.Limits
	// Persisted are GraphQL documents that may be asked by their hash, and
	// PersistedOnly answers no others.
	Persisted     []string
	PersistedOnly bool
	// CloseEnded closes the public offices whose period is over; nil closes none.
	CloseEnded func(context.Context) (int, error)
	// Name is whose registry it is, for people.
	Name string
	// BaseIRI is what published addresses begin with, without a slash at the end.
	BaseIRI string
	// DumpDir is where the open dump is kept between requests; "" offers none.
	DumpDir string
	Clock   func() time.Time // nil means time.Now
	Log     *slog.Logger     // nil means slog.Default()
}

// Server serves one tenant's registry. Make it with New.
type Server struct {
	config        Config
	named, public *access.View
	graphql       *gql.Executor
	dumps         *dumps
	handler       http.Handler
	tls           *tls.Config // nil for plain HTTP
	connections   *connections
	timeouts      timeouts
	// loopback is whether the listener can be reached from this machine only.
	// It is false until Serve has looked at the listener.
	loopback atomic.Bool
}

// New makes a server. It reads nothing and listens to nothing yet.
func New(c Config) (*Server, error) {
	if c.Access == nil {
		return nil, errors.New("make a server: no registry to serve")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	s := &Server{config: c, named: c.Access.View(c.Rights), public: c.Access.View(access.Rights{}), timeouts: usualTimeouts}
	s.graphql = gql.New(gql.Options{
		Stewardship: c.Stewardship, Limits: c.Limits, Persisted: c.Persisted, PersistedOnly: c.PersistedOnly, Clock: c.Clock, Log: c.Log,
	})
	if c.Connections == 0 {
		c.Connections = DefaultConnections
	}
	s.connections = newConnections(c.Connections)
	var err error
	if c.TLS != nil {
		if s.tls, err = newTLS(*c.TLS, c.Clock); err != nil {
			return nil, fmt.Errorf("make a server: %w", err)
		}
	}
	if c.DumpDir != "" {
		if s.dumps, err = newDumps(c, s.public); err != nil {
			return nil, fmt.Errorf("make a server: %w", err)
		}
	}
	if s.handler, err = s.routes(); err != nil {
		return nil, fmt.Errorf("make a server: %w", err)
	}
	return s, nil
}

func (s *Server) routes() (http.Handler, error) {
	pages, err := newPages(s.config)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /graphql", pages.graphiql)
	mux.HandleFunc("GET /{$}", pages.start)
	mux.HandleFunc("GET /assets/{name}", pages.asset)
	mux.HandleFunc("GET /healthz", s.health)
	s.open(mux, "/id/{kind}/{name}", s.resource)
	s.open(mux, "/code/{scheme}", s.codeList)
	s.open(mux, "/code/{scheme}/{notation}", s.code)
	forEverybody(mux, "/context.jsonld", document("application/ld+json", ontology.Context))
	forEverybody(mux, "/ns", document("text/turtle; charset=utf-8", ontology.Vocabulary))
	forEverybody(mux, "/schema.graphqls", document("text/plain; charset=utf-8", gql.SDL))
	forEverybody(mux, "/shapes", document("text/turtle; charset=utf-8", ontology.Shapes))
	if s.dumps != nil {
		forEverybody(mux, "/dumps/{$}", s.dumps.list)
		forEverybody(mux, "/dumps/{name}", s.dumps.file)
	}
	if s.config.Logins != nil {
		logins, err := newLogins(s)
		if err != nil {
			return nil, err
		}
		mux.HandleFunc("GET /login", logins.begin)
		mux.HandleFunc("GET /login/callback", logins.callback)
		mux.HandleFunc("POST /logout", logins.end)
		mux.HandleFunc("GET /me", logins.me)
	}
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(gql.RefuseOrigin))
	all := http.NewServeMux()
	all.Handle("POST /graphql", s.graphql.Handler(s.caller))
	stream, others := s.graphql.Stream(s.caller), secure(mux)
	all.HandleFunc("GET /graphql", func(w http.ResponseWriter, r *http.Request) {
		if gql.Streams(r) {
			// A browser opens a stream for any page, with its cookies, and calls it a GET.
			asked := *r
			asked.Method = http.MethodPost
			if err := protection.Check(&asked); err != nil {
				gql.RefuseOrigin(w, r)
				return
			}
			stream.ServeHTTP(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
	all.Handle("/", others)
	// A page of another origin can change nothing here, whatever its browser
	// would send along.
	return s.plain(protection.Handler(all)), nil
}

// ServeHTTP answers a request. Without Serve every caller is the public.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// health says that the registry can be read.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	if _, err := s.public.Revision(r.Context()); err != nil {
		s.config.Log.ErrorContext(r.Context(), "health: the registry cannot be read", "error", err)
		http.Error(w, "the registry cannot be read", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte("ok\n"))
}

// timeouts are how long a client may take.
type timeouts struct {
	header, request, answer, idle time.Duration
}

var usualTimeouts = timeouts{header: 5 * time.Second, request: 15 * time.Second, answer: time.Minute, idle: 2 * time.Minute}

const (
	shutdownTime = 10 * time.Second // that answers under way have at the end
	headerBytes  = 32 << 10

	streamsPerConnection = 100 // of HTTP/2
)

// Begin removes the open dump that is there from before, unless it is of what the
// registry holds now. It is to be done before there is a listener; Serve answers
// nothing before it has done it again.
func (s *Server) Begin(ctx context.Context) error {
	if s.dumps == nil {
		return nil
	}
	if err := s.dumps.begin(ctx); err != nil {
		return fmt.Errorf("withdraw the dump in %s: %w", s.config.DumpDir, err)
	}
	return nil
}

// Serve answers requests on a listener until the context ends, and then lets
// those under way finish. It closes the listener. A server serves one listener.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	if err := s.Begin(ctx); err != nil {
		return errors.Join(err, l.Close())
	}
	s.loopback.Store(onLoopback(l.Addr()))
	if s.config.Rights.Role != access.Public && !s.loopback.Load() {
		s.config.Log.WarnContext(ctx, "whoever names nobody gets the open view only: rights without a login are for a loopback address", "address", l.Addr().String())
	}
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: s.timeouts.header, ReadTimeout: s.timeouts.request, WriteTimeout: s.timeouts.answer, IdleTimeout: s.timeouts.idle,
		MaxHeaderBytes: headerBytes,
		ConnState:      s.connections.state,
		HTTP2:          &http.HTTP2Config{MaxConcurrentStreams: streamsPerConnection},
		ErrorLog:       log.New(httpLog{s.config.Log}, "", 0),
	}
	serve := server.Serve
	if s.tls != nil {
		server.TLSConfig = s.tls
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	done := make(chan error, 1)
	go func() { done <- serve(l) }()
	go s.closeEnded(ctx)
	if s.dumps != nil {
		go s.dumps.follow(ctx, cmp.Or(s.config.Limits.Poll, followEvery))
	}
	select {
	case err := <-done:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	// Subscriptions go on for ever; the others get some time to finish.
	s.graphql.Close()
	// The context has ended; those under way get some time of their own.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		_ = server.Close()
		return fmt.Errorf("stop serving on %s: %w", l.Addr(), err)
	}
	return nil
}

// endedEvery is how often a server looks for offices whose period is over.
const endedEvery = time.Hour

// closeEnded closes the offices whose period is over, until the context ends, so
// that those who follow the changes are told. Nobody is shown one in any case.
func (s *Server) closeEnded(ctx context.Context) {
	if s.config.CloseEnded == nil {
		return
	}
	every := time.NewTicker(endedEvery)
	defer every.Stop()
	for {
		if _, err := s.config.CloseEnded(ctx); err != nil && ctx.Err() == nil {
			s.config.Log.ErrorContext(ctx, "server: could not close the offices whose period is over", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// Listen opens an address to serve on; "" is DefaultAddress.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	if address == "" {
		address = DefaultAddress
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; choose another with --listen", address, err)
	}
	return l, nil
}
