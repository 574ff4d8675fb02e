package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// usage is what some work cost.
type usage struct {
	wall     time.Duration
	program  time.Duration // CPU of the measured process
	database time.Duration // CPU of the database's own processes meanwhile
	peak     int64         // bytes of memory at most, of the measured process
}

// buildKarna builds the program that is measured.
func buildKarna(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "karna")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/karna-registry/karna/cmd/karna")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build karna (run this inside its repository): %w\n%s", err, out)
	}
	return path, nil
}

// command is a child without this environment's own Kärna settings, which
// would override the site's.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "KARNA_") })
	return cmd
}

// measure runs a child to its end. Its answer is what it wrote to standard output.
func measure(e engine, cmd *exec.Cmd) (u usage, answer []byte, err error) {
	var stdout, stderr bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &stdout
	}
	cmd.Stderr = &stderr
	before, err := e.cpu()
	if err != nil {
		return u, nil, err
	}
	started := time.Now()
	if err := cmd.Run(); err != nil {
		return u, nil, fmt.Errorf("run %s: %w\n%s", describe(cmd), err, tail(stderr.String()+stdout.String()))
	}
	u.wall = time.Since(started)
	after, err := e.cpu()
	if err != nil {
		return u, nil, err
	}
	u.database = after - before
	u.ended(cmd)
	return u, stdout.Bytes(), nil
}

// ended takes what the system accounted to a child that has ended.
func (u *usage) ended(cmd *exec.Cmd) {
	u.program = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.peak = r.Maxrss << 10
	}
}

// describe is the command line without what a connection string may hold.
func describe(cmd *exec.Cmd) string {
	words := []string{filepath.Base(cmd.Path)}
	for _, a := range cmd.Args[1:] {
		if strings.Contains(a, "://") {
			a = "URL"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}

// tail is the end of a child's output, for errors.
func tail(s string) string {
	const most = 2_000
	s = strings.TrimSpace(s)
	if len(s) > most {
		s = "… " + s[len(s)-most:]
	}
	return s
}

// output runs a helper program that is not measured.
func output(cmd *exec.Cmd) (string, error) {
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", fmt.Errorf("run %s: %w\n%s", describe(cmd), err, tail(string(exit.Stderr)))
		}
		return "", fmt.Errorf("run %s: %w", describe(cmd), err)
	}
	return strings.TrimSpace(string(out)), nil
}
