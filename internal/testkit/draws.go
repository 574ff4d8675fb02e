package testkit

import (
	"flag"
	"strconv"
	"testing"
)

// ManyDraws tells whether a law is drawn so often that what seldom comes up has to
// come up. In the few draws of -short, or of a smaller -rapid.checks, it may not,
// and what a law says of how much it was tried is not held against it.
func ManyDraws() bool {
	if f := flag.Lookup("rapid.checks"); f != nil {
		n, err := strconv.Atoi(f.Value.String())
		return err != nil || n >= 100 && !testing.Short()
	}
	return !testing.Short()
}
