package testkit

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/karna-registry/karna/internal/testkit/proc"
)

// CPU begins to count the CPU of this process and, if a dsn is given, of the
// PostgreSQL server that it names, all of the server's processes included: a
// program that waits for its database has moved the cost and not saved it. What
// it returns says how much it is by then. The server must run on this machine
// and its role be a superuser.
func CPU(t testing.TB, dsn string) (used func() time.Duration) {
	t.Helper()
	postmaster := 0
	if dsn != "" {
		postmaster = postmasterOf(t, dsn)
	}
	all := func() time.Duration {
		t.Helper()
		sum, err := proc.Own()
		if err == nil && postmaster != 0 {
			var database time.Duration
			database, err = proc.Family(postmaster)
			sum += database
		}
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	before := all()
	return func() time.Duration { return all() - before }
}

// postmasterOf is the process of a PostgreSQL server.
func postmasterOf(t testing.TB, dsn string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), psqlTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "psql", "--no-psqlrc", "--quiet", "--no-password", "--no-align", "--tuples-only",
		"--dbname="+dsn, `--command=SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)`)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ask PostgreSQL for its process, as a superuser: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatalf("ask PostgreSQL for its process: %v", err)
	}
	name, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil || !bytes.HasPrefix(name, []byte("postgres")) && !bytes.HasPrefix(name, []byte("postmaster")) {
		t.Fatalf("process %d here is not PostgreSQL: its CPU is counted, so it must run on this machine, outside a container", pid)
	}
	return pid
}
