package server

import (
	"context"
	"time"

	"github.com/karna-registry/karna/model"
)

// Hasten makes a server impatient, before it serves.
func Hasten(s *Server, d time.Duration) { s.timeouts = timeouts{d, d, d, d} }

// Timeouts are how long a client may take for a header, a request and an answer, and
// between two of them.
func Timeouts(s *Server) (header, request, answer, idle time.Duration) {
	return s.timeouts.header, s.timeouts.request, s.timeouts.answer, s.timeouts.idle
}

// Most is how many connections a server holds.
func Most(s *Server) int { return s.connections.most }

// Open is how many connections a server holds.
func Open(s *Server) int { return s.connections.open() }

// Saw is the revision that a server looked at last, as if it had been another.
func Saw(s *Server, r model.Revision) { s.dumps.seen = r }

// Look is what a server does whenever it looks at the revision.
func Look(ctx context.Context, s *Server) error { return s.dumps.look(ctx) }
