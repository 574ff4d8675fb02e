package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// machine says what the figures were measured on; a fact that cannot be had is
// left blank, since a figure does not hang on it.
func (b *bench) machine(ctx context.Context) []fact {
	database, err := b.engine.describe(ctx)
	if err != nil {
		b.say("the database does not say its version: %v", err)
	}
	commit, err := output(command(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12"))
	if err != nil {
		b.say("git does not say the commit: %v", err)
	}
	return []fact{
		{"processor, cores", fmt.Sprintf("%s, %d", field("/proc/cpuinfo", "model name"), runtime.NumCPU())},
		{"memory", field("/proc/meminfo", "MemTotal")},
		{"system, Go", fmt.Sprintf("Linux %s %s, %s", firstLine("/proc/sys/kernel/osrelease"), runtime.GOARCH, runtime.Version())},
		{"database", database},
		{"commit, date", fmt.Sprintf("%s, %s", commit, time.Now().Format(time.DateOnly))},
		{"records", number(float64(b.records))},
		{"load of the machine before", firstLine("/proc/loadavg")},
	}
}

// field is the first value of a name in a file of "name: value" lines.
func field(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if n, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(n) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func firstLine(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}
