package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/login"
	"github.com/karna-registry/karna/internal/server"
)

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// caller is one connection that sends the same request over and over with as
// little work of its own as there can be.
type caller struct {
	conn    net.Conn
	r       *bufio.Reader
	request []byte
}

func newCaller(b *testing.B, s *running, header, query string) *caller {
	b.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	body := `{"query":` + fmt.Sprintf("%q", s.town.IDs(b, query)) + `}`
	head := fmt.Sprintf("POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n", header, len(body))
	return &caller{conn, bufio.NewReader(conn), []byte(head + body)}
}

func (c *caller) ask() (string, error) {
	if _, err := c.conn.Write(c.request); err != nil {
		return "", err
	}
	length := 0
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return "", err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, ok := strings.Cut(string(line), ":"); ok && name == "Content-Length" {
			if _, err := fmt.Sscan(value, &length); err != nil {
				return "", err
			}
		}
	}
	body := make([]byte, length)
	_, err := io.ReadFull(c.r, body)
	return string(body), err
}

// run measures a query and reports the CPU of server, database and the caller
// together.
func run(b *testing.B, s *running, query, has string) {
	b.Helper()
	runAs(b, s, "", query, has)
}

// runAs is run with a header of the caller's.
func runAs(b *testing.B, s *running, header, query, has string) {
	b.Helper()
	c := newCaller(b, s, header, query)
	if got, err := c.ask(); err != nil || !strings.Contains(got, has) || strings.Contains(got, `"errors"`) {
		b.Fatalf("%s: %v", got, err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	start := cpu(b)
	for b.Loop() {
		if _, err := c.ask(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

// BenchmarkByIDHTTP is the cheapest question: one record by its id, plain
// values. BenchmarkNothingHTTP is what HTTP itself costs in the same run.
func BenchmarkByIDHTTP(b *testing.B) {
	s := serve(b, gqltest.New(b), "127.0.0.1:0", steward)
	b.Run("organisation", func(b *testing.B) {
		run(b, s, `{ organisation(id: "«hr/organisation/kommun»") { id name { text lang } identifier { scheme value } } }`, "Exempel kommun")
	})
	b.Run("person", func(b *testing.B) {
		run(b, s, `{ person(id: "«hr/person/bo»") { id givenName familyName birthDate } }`, "Alm")
	})
	b.Run("roles", func(b *testing.B) {
		run(b, s, `{ person(id: "«hr/person/bo»") { familyName roles { nodes { title organisation { name { text } parent { target { name { text } } } } } } } }`, "Exempel kommun")
	})
}

// BenchmarkListHTTP is 50 units with the roles at each and who holds them.
func BenchmarkListHTTP(b *testing.B) {
	town := gqltest.New(b)
	for i := range 50 {
		town.DeliverUnit(b, fmt.Sprintf("unit-%03d", i))
	}
	s := serve(b, town, "127.0.0.1:0", steward)
	run(b, s, `{ organisations(first: 50) { nodes { name { text } roles(first: 20) { nodes { title holder { familyName } } } } } }`, "Enhet")
}

func BenchmarkNothingHTTP(b *testing.B) {
	s := serve(b, gqltest.New(b), "127.0.0.1:0", steward)
	c := newCaller(b, s, "", "")
	c.request = []byte("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if _, err := c.ask(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	start := cpu(b)
	for b.Loop() {
		if _, err := c.ask(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
}

// BenchmarkByTokenHTTP is BenchmarkByIDHTTP's organisation for a caller who is
// known by a token: what looking the token up costs is the difference.
func BenchmarkByTokenHTTP(b *testing.B) {
	town := gqltest.New(b)
	logins := loginsOf(b, town, nil)
	secret := token(b, logins, "bench", login.Grant{Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead}, Purpose: "test", All: true})
	s := serveWith(b, town, "127.0.0.1:0", func(c *server.Config) { c.Logins = logins })
	runAs(b, s, "Authorization: Bearer "+secret+"\r\n", `{ organisation(id: "«hr/organisation/kommun»") { id name { text lang } identifier { scheme value } } }`, "Exempel kommun")
}
