package proc

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

// Tick is the unit of CPU in /proc/PID/stat: USER_HZ, which is 100 on every
// architecture that Go knows.
const Tick = 10 * time.Millisecond

// Process is what /proc/PID/stat says.
type Process struct {
	Parent int
	Own    time.Duration // of its threads, dead ones included
	Reaped time.Duration // of children that have ended and been waited for
}

// Read reads /proc/PID/stat (proc_pid_stat(5)).
func Read(pid int) (Process, error) {
	path := filepath.Join("/proc", strconv.Itoa(pid), "stat")
	text, err := os.ReadFile(path)
	if err != nil {
		return Process{}, fmt.Errorf("read the CPU of process %d: %w", pid, err)
	}
	p, err := parseStat(text)
	if err != nil {
		return Process{}, fmt.Errorf("read %s: %w", path, err)
	}
	return p, nil
}

// parseStat reads the fields after the command's name, which may itself hold
// blanks and parentheses.
func parseStat(text []byte) (Process, error) {
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	const ppid, utime, stime, cutime, cstime = 1, 11, 12, 13, 14
	if len(fields) <= cstime {
		return Process{}, fmt.Errorf("it has %d fields after the name, want more than %d", len(fields), cstime)
	}
	var n [cstime + 1]int64
	for _, i := range []int{ppid, utime, stime, cutime, cstime} {
		var err error
		if n[i], err = strconv.ParseInt(string(fields[i]), 10, 64); err != nil {
			return Process{}, fmt.Errorf("field %d: %w", i+3, err)
		}
	}
	return Process{
		Parent: int(n[ppid]),
		Own:    time.Duration(n[utime]+n[stime]) * Tick,
		Reaped: time.Duration(n[cutime]+n[cstime]) * Tick,
	}, nil
}

// single is the CPU of a process that has one thread, to the nanosecond where
// the kernel says it (/proc/PID/schedstat), else p's Own.
func (p Process) single(pid int) time.Duration {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "schedstat"))
	if err != nil {
		return p.Own
	}
	first, _, _ := bytes.Cut(text, []byte(" "))
	ns, err := strconv.ParseInt(string(first), 10, 64)
	if err != nil || ns == 0 {
		return p.Own
	}
	return time.Duration(ns)
}

// Family is the CPU that a process and its children have used, those that
// ended included. A child that ends meanwhile would count twice or not at all,
// so it looks again until none did.
func Family(pid int) (time.Duration, error) {
	const tries = 100
	for range tries {
		before, err := Read(pid)
		if err != nil {
			return 0, err
		}
		living, err := childrenCPU(pid)
		if err != nil {
			return 0, err
		}
		after, err := Read(pid)
		if err != nil {
			return 0, err
		}
		if before.Reaped == after.Reaped {
			return after.single(pid) + after.Reaped + living, nil
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
		p, err := Read(pid)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
			continue // it ended
		case err != nil:
			return 0, err
		case p.Parent == parent:
			sum += p.single(pid) + p.Reaped
		}
	}
	return sum, nil
}

// Own is the CPU of this process.
func Own() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("read this process's CPU: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// Resident is the memory that a process has now, in bytes.
func Resident(pid int) (int64, error) {
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
