package main

import (
	"os"
	"runtime/debug"
)

// Reading deliveries makes much that is soon forgotten: collecting it less often
// saves a sixth of the time, and the limit bounds what waits to be collected.
// SQLite's page cache is beside it.
const (
	ingestGrowth = 400 // per cent
	ingestLimit  = 220 << 20
)

// forIngest sets the collector for a command that takes deliveries, unless the
// environment says how.
func forIngest() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(ingestGrowth)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(ingestLimit)
	}
}
