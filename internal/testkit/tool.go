package testkit

import (
	"os"
	"os/exec"
	"testing"
)

// Tool is the path of the first of some programs that is installed: serdi, or
// one of chromium and google-chrome. Where none is, the test skips and says so,
// or fails if KARNA_REQUIRE_TOOLS is 1, as `make test` sets it after it has
// installed them.
func Tool(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	why := "no program " + names[0] + ": install it, or run `make test`"
	if os.Getenv("KARNA_REQUIRE_TOOLS") == "1" {
		t.Fatal(why)
	}
	NotTested(t, why)
	return ""
}
