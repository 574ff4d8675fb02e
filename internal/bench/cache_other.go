//go:build !linux

package main

import (
	"errors"
	"os"
)

var errNoCache = errors.New("what the system keeps in memory of a file is known on Linux only")

// forget asks the system to keep nothing of a file in memory.
func forget(*os.File) error { return errNoCache }

// inCache counts a file's pages, and those of them that the system has in memory.
func inCache(*os.File, int) (cached, pages int, err error) { return 0, 0, errNoCache }
