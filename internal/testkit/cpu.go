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

// CPU counts the CPU of this process and, if a dsn is given, of the PostgreSQL
// server that it names, all of the server's processes included: a program that
// waits for its database has moved the cost and not saved it. Counting begins
// when begin is called and ends when used is. The server must run on this machine
// and its role be a superuser.
func CPU(t testing.TB, dsn string) (begin func() (used func() time.Duration)) {
	t.Helper()
	postmaster := 0
	if dsn != "" {
		postmaster = postmasterOf(t, dsn)
	}
	must := func(d time.Duration, err error) time.Duration {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	database := func() time.Duration {
		t.Helper()
		if postmaster == 0 {
			return 0
		}
		return must(proc.Family(postmaster))
	}
	// What it takes to ask for the database's is not counted.
	return func() func() time.Duration {
		t.Helper()
		theirs := database()
		ours := must(proc.Own())
		return func() time.Duration {
			t.Helper()
			ours := must(proc.Own()) - ours
			return ours + database() - theirs
		}
	}
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
