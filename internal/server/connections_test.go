package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/server"
	"github.com/karna-registry/karna/internal/testkit"
)

// TestConnectionsAreBounded has more opened than the server holds, which send nothing,
// and half of a request each: it holds as many as are configured, and answers others
// all along. It holds the ten thousand that it holds by default; the other ends are of
// another process, for each is a file of the process that has it.
func TestConnectionsAreBounded(t *testing.T) {
	town := gqltest.New(t)
	if s, err := server.New(server.Config{Access: town.Access, BaseIRI: gqltest.Base, Log: town.Log}); err != nil || server.Most(s) != 10_000 {
		t.Fatalf("by default it holds %d, %v", server.Most(s), err)
	}
	most := holdable(t, server.DefaultConnections)
	n := most + most/10
	s := serveWith(t, town, "127.0.0.1:0", func(c *server.Config) { c.Connections, c.Rights = most, steward })
	address := strings.TrimPrefix(s.url, "http://")
	open := callers(t, address)
	// A caller who asks at once is let in beside them.
	answered := func() bool {
		ask, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = ask.Close() }()
		_, _ = io.WriteString(ask, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		line, err := bufio.NewReader(ask).ReadString('\n')
		return err == nil && strings.Contains(line, "200")
	}
	for opened := 0; opened < n; {
		opened += open(min(500, n-opened))
		if !answered() {
			t.Errorf("beside %d a question is not answered", opened)
		}
		if held := server.Open(s.self); held > most {
			t.Errorf("after %d it holds %d connections, want at most %d", opened, held, most)
		}
	}
	// The last question has been answered after all of them came, so that all have
	// been counted; it may have taken the place of one.
	if held := server.Open(s.self); held < most-1 {
		t.Errorf("of %d it holds %d connections, want %d", n, held, most)
	}
}

// callsAt says to a process of this program that it is to open connections, and where.
const callsAt = "KARNA_TEST_CALLS"

// callers starts a process that opens as many connections as it is told to and keeps
// them, and says how many it has opened.
func callers(t *testing.T, address string) (open func(n int) int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCalls$")
	cmd.Env = append(os.Environ(), callsAt+"="+address)
	cmd.Stderr = os.Stderr
	tell, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	told, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = tell.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewReader(told)
	return func(n int) (opened int) {
		if _, err := fmt.Fprintln(tell, n); err != nil {
			t.Fatal(err)
		}
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("whoever opens connections said %q: %v", line, err)
		}
		if _, err := fmt.Sscanf(line, "%d\n", &opened); err != nil || opened != n {
			t.Fatalf("of %d connections: %s", n, line)
		}
		return opened
	}
}

// TestCalls is what the process of callers does.
func TestCalls(t *testing.T) {
	address := os.Getenv(callsAt)
	if address == "" {
		t.Skip("it is the other process of TestConnectionsAreBounded")
	}
	files(t)
	var conns []net.Conn
	for {
		var n int
		if _, err := fmt.Scanln(&n); err != nil {
			return // with the connections
		}
		for range n {
			c, err := net.Dial("tcp", address)
			if err != nil {
				fmt.Printf("connection %d: %v\n", len(conns), err)
				return
			}
			if conns = append(conns, c); len(conns)%2 == 0 {
				_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: local")
			}
		}
		fmt.Println(n)
	}
}

// files raises the limit of files of this process as far as it may, and tells it.
func files(t *testing.T) uint64 {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Logf("raise the limit of files: %v", err)
	}
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return limit.Cur
}

// holdable is how many connections a server may hold in a test that has a tenth more
// opened, one end of each in this process and one in another, and says so when they are
// fewer than were wanted.
func holdable(t *testing.T, want int) int {
	t.Helper()
	limit := files(t)
	// Beside them there is what else is open, and what is being closed.
	can := (int(min(limit, 1<<20)) - 500) * 10 / 11
	if can < want {
		testkit.Short(t, fmt.Sprintf("%d connections held instead of %d: the machine lets a process have %d files", can, want, limit))
		return can
	}
	return want
}
