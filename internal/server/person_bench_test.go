package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/postgres"
	"github.com/karna-registry/karna/graph/sqlite"
	"github.com/karna-registry/karna/ingest/csv"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/internal/server"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/internal/testkit/synth"
	"github.com/karna-registry/karna/model"
)

// benchRecords is how many records are delivered: somewhat under half of them
// are persons, so that there are 100,000.
func benchRecords(b *testing.B) int {
	b.Helper()
	if n, err := strconv.Atoi(os.Getenv("KARNA_BENCH_RECORDS")); err == nil {
		return n
	}
	return 202_000
}

func openEngine(b *testing.B) graph.Database {
	b.Helper()
	var db graph.Database
	var err error
	if os.Getenv("KARNA_BENCH_ENGINE") == "postgres" {
		db, err = postgres.Open(b.Context(), testkit.Postgres(b))
	} else {
		db, err = sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "store.db"))
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return db
}

// generated is a registry with generated records.
type generated struct {
	access  *access.Access
	audited *access.Access // tells the registry's audit who looks
	ids     []string       // of the persons
	numbers []string       // personal numbers of the persons, in the order of the file
}

func loaded(b *testing.B) generated {
	b.Helper()
	store, err := openEngine(b).CreateTenant(b.Context(), "9901")
	if err != nil {
		b.Fatal(err)
	}
	keys, err := seal.Generate()
	if err != nil {
		b.Fatal(err)
	}
	r, err := registry.New(registry.Options{
		Store: store, Keys: keys,
		Sources: []registry.Source{{Name: "synth", Authority: "KS", Format: csv.Format{}, Full: true, Mapping: []byte(synth.Mapping)}},
	})
	if err != nil {
		b.Fatal(err)
	}
	n := benchRecords(b)
	var file bytes.Buffer
	if err := synth.Write(&file, synth.Options{Records: n}); err != nil {
		b.Fatal(err)
	}
	g := generated{numbers: numbersIn(file.String())}
	d, err := r.Ingest(b.Context(), registry.Request{Source: "synth", Name: "first", Reader: &file})
	if err != nil || d.Counts.Added != int64(n) {
		b.Fatalf("%+v %v", d, err)
	}
	for person, err := range store.Scan(b.Context(), model.Person, 0) {
		if err != nil {
			b.Fatal(err)
		}
		g.ids = append(g.ids, person.ID.String())
	}
	told := func(by access.Auditor) *access.Access {
		return access.New(access.Deps{
			Auditor: by, Store: store, BaseIRI: "https://data.generated.example", Keyer: r, Unsealer: r,
			Sources: map[model.Source]access.Source{"synth": {Authority: "KS"}},
		})
	}
	g.access, g.audited = told(access.Unaudited), told(r.Audit())
	return g
}

// numbersIn are the personal numbers in a delivery.
func numbersIn(delivery string) (numbers []string) {
	for line := range strings.Lines(delivery) {
		if person, ok := strings.CutPrefix(line, "P;"); ok {
			numbers = append(numbers, strings.Split(person, ";")[1])
		}
	}
	return numbers
}

// caseworker may look persons up by their number.
var caseworker = access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup}, Actor: "test", Purpose: "benchmark"}

// listen serves until the benchmark ends.
func listen(b *testing.B, a *access.Access) (address string) {
	b.Helper()
	s, err := server.New(server.Config{Access: a, Rights: caseworker, Name: "Generated", BaseIRI: "https://data.generated.example", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	l, err := server.Listen(b.Context(), "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Errorf("stop the server: %v", err)
		}
	})
	return l.Addr().String()
}

const personQuery = `query($id: ID!) { person(id: $id) { id givenName familyName email { value } address { street streetNumber postalCode locality } } }`

// noID stands for an id in a request.
const noID = "00000000-0000-0000-0000-000000000000"

// newAsker is a caller whose request has a place for the value of a variable.
func newAsker(b *testing.B, address, query, variable, place string) (c *caller, value []byte) {
	b.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{variable: place}})
	if err != nil {
		b.Fatal(err)
	}
	request := fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	at := bytes.Index(request, []byte(place))
	return &caller{conn, bufio.NewReader(conn), request}, request[at : at+len(place)]
}

// BenchmarkPersonByIDHTTP is a person by id with name, address and e-mail, one
// after the other of 100,000, over connections that are kept. Its CPU is that of
// the server and of a caller that does next to nothing; BenchmarkNothingHTTP is
// what HTTP costs both in the same run. KARNA_BENCH_ENGINE=postgres asks
// PostgreSQL, whose own CPU is not in the figure.
func BenchmarkPersonByIDHTTP(b *testing.B) {
	g := loaded(b)
	byID(b, g.ids, listen(b, g.access))
}

// BenchmarkAuditedByIDHTTP is the same, and each answer is in the audit before it
// is given.
func BenchmarkAuditedByIDHTTP(b *testing.B) {
	g := loaded(b)
	byID(b, g.ids, listen(b, g.audited))
}

func byID(b *testing.B, ids []string, address string) {
	for _, connections := range []int{1, 4} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			var next atomic.Int64
			ask := func(c *caller, id []byte) error {
				// Apart by a large prime, so that neighbours are not asked for together.
				want := ids[int(next.Add(1)*7_368_787)%len(ids)]
				copy(id, want)
				got, err := c.ask()
				if err == nil && (!strings.Contains(got, want) || !strings.Contains(got, "@kommun.example")) {
					err = fmt.Errorf("the answer is another: %s", got)
				}
				return err
			}
			callers, places := make([]*caller, connections), make([][]byte, connections)
			for i := range callers {
				callers[i], places[i] = newAsker(b, address, personQuery, "id", noID)
				if err := ask(callers[i], places[i]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			start := cpu(b)
			done := make(chan error, connections)
			var left atomic.Int64
			left.Store(int64(b.N))
			for i := range callers {
				go func() {
					for left.Add(-1) >= 0 {
						if err := ask(callers[i], places[i]); err != nil {
							done <- err
							return
						}
					}
					done <- nil
				}()
			}
			for range callers {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpu(b)-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
		})
	}
}
