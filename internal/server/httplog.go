package server

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"

	"github.com/karna-registry/karna/internal/audit"
)

// httpLog takes what net/http has to say. Most of it is about clients that break off,
// and is for debugging; a panic is a mistake of ours. Its value may hold anything, so
// that what looks like a personal number is taken out.
type httpLog struct{ log *slog.Logger }

var panicked = regexp.MustCompile(`^http2?: panic serving`)

// Write logs a line.
func (l httpLog) Write(line []byte) (int, error) {
	level := slog.LevelDebug
	if panicked.Match(line) {
		level = slog.LevelError
	}
	l.log.Log(context.Background(), level, audit.WithoutNumbers(string(bytes.TrimSpace(line))))
	return len(line), nil
}
