//go:build unix

package main

import (
	"runtime"
	"syscall"
	"time"
)

// usageOf is what the process has used so far.
func usageOf() usage {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return usage{}
	}
	peak := int64(r.Maxrss)
	if runtime.GOOS != "darwin" { // which counts bytes
		peak <<= 10
	}
	return usage{cpu: time.Duration(r.Utime.Nano() + r.Stime.Nano()), peak: peak}
}
