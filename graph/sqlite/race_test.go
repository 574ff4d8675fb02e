//go:build race

package sqlite

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

// TestASharedConnectionIsSeen: the race detector, which does not watch the library,
// sees that a connection goes from one goroutine to another with nothing between
// them, though the two are never in it at once. The inner run is to end as one with
// a race does.
func TestASharedConnectionIsSeen(t *testing.T) {
	if os.Getenv("KARNA_INNER") == "1" {
		shareConnection(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestASharedConnectionIsSeen$")
	cmd.Env = append(os.Environ(), "KARNA_INNER=1")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "DATA RACE") {
		t.Errorf("nothing is seen of a connection that two goroutines use: %v\n%s", err, out)
	}
}

func shareConnection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shared.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := open(path, sqlite3.SQLITE_OPEN_READWRITE)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	ask := func() {
		if _, err := c.integer("SELECT 1"); err != nil {
			t.Error(err)
		}
	}
	ask() // prepared: from here on a use changes nothing that is Go's
	done := make(chan struct{})
	go func() {
		ask()
		runtime.RaceDisable() // for the detector nothing comes before the other's use
		close(done)
		runtime.RaceEnable()
	}()
	runtime.RaceDisable()
	<-done
	runtime.RaceEnable()
	ask()
}
