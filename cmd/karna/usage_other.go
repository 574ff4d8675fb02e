//go:build !unix

package main

import "runtime"

// usageOf is what the runtime knows where the system is not asked.
func usageOf() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{peak: int64(m.Sys)}
}
