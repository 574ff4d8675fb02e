package main

import (
	"os"
	"runtime/debug"
)

// gcPercent is how far the heap grows before the collector goes through it,
// unless GOGC says otherwise. A server keeps little and makes a little garbage
// with each answer, and a delivery's records are soon forgotten: at Go's own
// setting both would be gone through over and over.
const gcPercent = 400

// The limits keep that from growing with what is kept, unless GOMEMLIMIT says
// otherwise. SQLite's page caches are beside them: a server's readers have 8 MiB
// each, three of them on two processors, and all of it is to be less than 150 MB under load. At a fifth less, taking
// deliveries costs a third more.
const (
	servingLimit         = 72 << 20
	ingestingLimit       = 360 << 20
	ingestingSQLiteLimit = 256 << 20
)

func tuneCollector(limit int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}
