package registry_test

import (
	"flag"
	"os"
	"testing"
)

// lawChecks is how many histories each law is held against on each engine
// unless -rapid.checks says otherwise: each takes up to a hundred commits.
const lawChecks = "8"

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", lawChecks); err != nil {
		panic(err)
	}
	flag.Parse()
	os.Exit(m.Run())
}
