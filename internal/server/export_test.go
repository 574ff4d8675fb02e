package server

import "time"

// Hasten makes a server impatient, before it serves.
func Hasten(s *Server, d time.Duration) { s.timeouts = timeouts{d, d, d, d} }

// Open is how many connections a server holds.
func Open(s *Server) int { return s.connections.open() }
