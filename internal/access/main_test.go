package access_test

import (
	"flag"
	"os"
	"testing"
)

// lawChecks is how many stores each law is held against unless -rapid.checks says
// otherwise: each store is asked some hundred questions by every sort of caller.
const lawChecks = "24"

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", lawChecks); err != nil {
		panic(err)
	}
	flag.Parse()
	os.Exit(m.Run())
}
