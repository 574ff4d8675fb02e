package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// tick is the unit of CPU in /proc/PID/stat: USER_HZ, which is 100 on every
// architecture that Go knows.
const tick = 10 * time.Millisecond

// process is what /proc/PID/stat says.
type process struct {
	parent int
	own    time.Duration // of its threads, dead ones included
	reaped time.Duration // of children that have ended and been waited for
}

// readProcess reads /proc/PID/stat (proc_pid_stat(5)).
func readProcess(pid int) (process, error) {
	path := filepath.Join("/proc", strconv.Itoa(pid), "stat")
	text, err := os.ReadFile(path)
	if err != nil {
		return process{}, fmt.Errorf("read the CPU of process %d: %w", pid, err)
	}
	p, err := parseStat(text)
	if err != nil {
		return process{}, fmt.Errorf("read %s: %w", path, err)
	}
	return p, nil
}

// parseStat reads the fields after the command's name, which may itself hold
// blanks and parentheses.
func parseStat(text []byte) (process, error) {
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	const ppid, utime, stime, cutime, cstime = 1, 11, 12, 13, 14
	if len(fields) <= cstime {
		return process{}, fmt.Errorf("it has %d fields after the name, want more than %d", len(fields), cstime)
	}
	var n [cstime + 1]int64
	for _, i := range []int{ppid, utime, stime, cutime, cstime} {
		var err error
		if n[i], err = strconv.ParseInt(string(fields[i]), 10, 64); err != nil {
			return process{}, fmt.Errorf("field %d: %w", i+3, err)
		}
	}
	return process{
		parent: int(n[ppid]),
		own:    time.Duration(n[utime]+n[stime]) * tick,
		reaped: time.Duration(n[cutime]+n[cstime]) * tick,
	}, nil
}

// single is the CPU of a process that has one thread, to the nanosecond where
// the kernel says it (/proc/PID/schedstat), else p's own.
func (p process) single(pid int) time.Duration {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "schedstat"))
	if err != nil {
		return p.own
	}
	first, _, _ := bytes.Cut(text, []byte(" "))
	ns, err := strconv.ParseInt(string(first), 10, 64)
	if err != nil || ns == 0 {
		return p.own
	}
	return time.Duration(ns)
}

// familyCPU is the CPU that a process and its children have used, those that
// ended included. A child that ends meanwhile would count twice or not at all,
// so it looks again until none did.
func familyCPU(pid int) (time.Duration, error) {
	const tries = 100
	for range tries {
		before, err := readProcess(pid)
		if err != nil {
			return 0, err
		}
		living, err := childrenCPU(pid)
		if err != nil {
			return 0, err
		}
		after, err := readProcess(pid)
		if err != nil {
			return 0, err
		}
		if before.reaped == after.reaped {
			return after.single(pid) + after.reaped + living, nil
		}
	}
	return 0, fmt.Errorf("read the CPU of process %d and its children: children kept ending through %d tries", pid, tries)
}

func childrenCPU(parent int) (time.Duration, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, fmt.Errorf("list the processes: %w", err)
	}
	var sum time.Duration
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		p, err := readProcess(pid)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
			continue // it ended
		case err != nil:
			return 0, err
		case p.parent == parent:
			sum += p.single(pid) + p.reaped
		}
	}
	return sum, nil
}

// ownCPU is the CPU of this process.
func ownCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read this process's CPU: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// residentBytes is the memory that a process has now.
func residentBytes(pid int) (int64, error) {
	path := filepath.Join("/proc", strconv.Itoa(pid), "statm")
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	const resident = 1
	fields := bytes.Fields(text)
	if len(fields) <= resident {
		return 0, fmt.Errorf("read %s: it says %q", path, text)
	}
	pages, err := strconv.ParseInt(string(fields[resident]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", path, err)
	}
	return pages * int64(os.Getpagesize()), nil
}
