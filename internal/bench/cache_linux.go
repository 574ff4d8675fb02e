package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// forget asks the system to keep nothing of a file in memory.
func forget(f *os.File) error {
	const dontNeed = 4 // POSIX_FADV_DONTNEED
	if _, _, e := syscall.Syscall6(syscall.SYS_FADVISE64, f.Fd(), 0, 0, dontNeed, 0, 0); e != 0 {
		return e
	}
	return nil
}

// inCache counts a file's pages, and those of them that the system has in memory.
func inCache(f *os.File, size int) (cached, pages int, err error) {
	m, err := syscall.Mmap(int(f.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return 0, 0, fmt.Errorf("look at what is cached of %s: %w", f.Name(), err)
	}
	defer syscall.Munmap(m) //nolint:errcheck // it was mapped just now
	in := make([]byte, (size+os.Getpagesize()-1)/os.Getpagesize())
	if _, _, e := syscall.Syscall(syscall.SYS_MINCORE, uintptr(unsafe.Pointer(&m[0])), uintptr(size), uintptr(unsafe.Pointer(&in[0]))); e != 0 {
		return 0, 0, fmt.Errorf("look at what is cached of %s: %w", f.Name(), e)
	}
	for _, b := range in {
		cached += int(b & 1)
	}
	return cached, len(in), nil
}
