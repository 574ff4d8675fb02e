package gql_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph/gql"
	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/internal/access"
)

const follow = `subscription($after: String, $revision: Int) { changes(after: $after, afterRevision: $revision) { cursor node { revision id what record { id ... on Person { familyName } } } } }`

// change is an entry as a subscriber gets it.
type change struct {
	Cursor string
	Node   struct {
		Revision int
		ID, What string
		Record   *struct{ ID, FamilyName string }
	}
}

func (c change) String() string { return fmt.Sprint(c.Node.Revision, " ", c.Node.ID, " ", c.Node.What) }

// message is what a stream brings: data, or errors, or its end.
type message struct {
	Payload struct {
		Data   struct{ Changes change }
		Errors []struct {
			Message    string
			Extensions struct{ Code string }
		}
	}
	end bool
}

// forbidden tells whether the message is that the caller may not ask.
func (m message) forbidden() bool {
	for _, e := range m.Payload.Errors {
		if e.Extensions.Code == gql.CodeForbidden {
			return true
		}
	}
	return false
}

// stream is one subscription on a connection of its own.
type stream interface {
	next(t *testing.T) message
	close()
}

type dial func(t *testing.T, address, query string, variables map[string]any) stream

var dials = map[string]dial{"websocket": dialSocket, "events": dialEvents}

func body(t *testing.T, query string, variables map[string]any) string {
	t.Helper()
	b, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// events are server-sent.
type events struct {
	answer *http.Response
	lines  *bufio.Scanner
}

func dialEvents(t *testing.T, address, query string, variables map[string]any) stream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/graphql", strings.NewReader(body(t, query, variables)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || !strings.HasPrefix(got, "text/event-stream") {
		t.Fatalf("the answer is %s of type %q", answer.Status, got)
	}
	return &events{answer, bufio.NewScanner(answer.Body)}
}

func (e *events) next(t *testing.T) (m message) {
	t.Helper()
	for e.lines.Scan() {
		line := e.lines.Text()
		if line == "event: complete" {
			break
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(data), &m.Payload); err != nil {
				t.Fatalf("%s: %v", data, err)
			}
			return m
		}
	}
	m.end = true
	return m
}

func (e *events) close() { _ = e.answer.Body.Close() }

// socket is a WebSocket (RFC 6455), as far as the protocol needs it.
type socket struct {
	net.Conn
	r *bufio.Reader
}

func dialSocket(t *testing.T, address, query string, variables map[string]any) stream {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := openSocket(t, conn)
	s.write(t, `{"type":"connection_init"}`)
	s.write(t, `{"id":"1","type":"subscribe","payload":`+body(t, query, variables)+`}`)
	return s
}

func openSocket(t *testing.T, conn net.Conn) *socket {
	t.Helper()
	s := &socket{conn, bufio.NewReader(conn)}
	if _, err := io.WriteString(conn, "GET /graphql HTTP/1.1\r\nHost: town.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(s.r, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the upgrade is answered %+v, %v", answer, err)
	}
	return s
}

// write sends a text frame. Its mask is zero, which is a mask.
func (s *socket) write(t *testing.T, text string) {
	t.Helper()
	frame := []byte{0x81, 0x80 | 126, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(frame[2:], uint16(len(text)))
	if _, err := s.Write(append(frame, text...)); err != nil {
		t.Fatal(err)
	}
}

// frame reads a frame; false at the end of the connection.
func (s *socket) frame() (opcode byte, payload []byte, ok bool) {
	var head [2]byte
	if _, err := io.ReadFull(s.r, head[:]); err != nil {
		return 0, nil, false
	}
	n := int64(head[1])
	switch n {
	case 126:
		var size uint16
		_ = binary.Read(s.r, binary.BigEndian, &size)
		n = int64(size)
	case 127:
		_ = binary.Read(s.r, binary.BigEndian, &n)
	}
	payload = make([]byte, n)
	_, err := io.ReadFull(s.r, payload)
	return head[0] & 15, payload, err == nil
}

func (s *socket) next(t *testing.T) (m message) {
	t.Helper()
	for {
		opcode, text, ok := s.frame()
		if !ok || opcode == 8 {
			m.end = true
			return m
		}
		var sort struct {
			Type    string
			Payload json.RawMessage
		}
		if err := json.Unmarshal(text, &sort); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		switch sort.Type {
		case "next":
			if err := json.Unmarshal(sort.Payload, &m.Payload); err != nil {
				t.Fatal(err)
			}
			return m
		case "error":
			if err := json.Unmarshal(sort.Payload, &m.Payload.Errors); err != nil {
				t.Fatal(err)
			}
			return m
		case "complete":
			m.end = true
			return m
		case "connection_ack", "ping":
		default:
			t.Fatalf("the server says %s", text)
		}
	}
}

func (s *socket) close() { _ = s.Conn.Close() }

func streaming(town *gqltest.Town, limits gql.Limits) *gql.Executor {
	if limits.Poll == 0 {
		limits.Poll = time.Millisecond
	}
	return gql.New(gql.Options{Clock: town.Clock.Now, Limits: limits, Log: town.Log})
}

// serve serves streams and gives the address.
func serve(t *testing.T, x *gql.Executor, town *gqltest.Town, rights access.Rights) string {
	t.Helper()
	server := httptest.NewServer(x.Stream(func(*http.Request) (gql.Caller, error) { return gql.Caller{View: town.View(rights)}, nil }))
	t.Cleanup(func() {
		x.Close()
		server.Close()
	})
	return server.Listener.Addr().String()
}

// feed is the whole feed, as the query gives it.
func feed(t *testing.T, town *gqltest.Town, rights access.Rights, after int) (out []string) {
	t.Helper()
	cursor := fmt.Sprintf("%q", access.AfterRevision(1))
	for {
		var data struct {
			Changes struct {
				Edges    []change
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		if codes := ask(t, town, rights, `{ changes(after: `+cursor+`, first: 50) { edges { cursor node { revision id what } } pageInfo { hasNextPage endCursor } } }`, &data); codes != nil {
			t.Fatal(codes)
		}
		for _, c := range data.Changes.Edges {
			if c.Node.Revision > after {
				out = append(out, c.String())
			}
		}
		if !data.Changes.PageInfo.HasNextPage {
			return out
		}
		cursor = fmt.Sprintf("%q", data.Changes.PageInfo.EndCursor)
	}
}

// TestASubscriberMissesNothing: whoever is cut off again and again, and goes on
// after the last cursor while the registry changes, has the whole feed once.
func TestASubscriberMissesNothing(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		for name, dial := range dials {
			t.Run(name, func(t *testing.T) {
				address := serve(t, streaming(town, gql.Limits{}), town, steward)
				variables := map[string]any{"revision": 1}
				var got []string
				for round := range 4 {
					s := dial(t, address, follow, variables)
					town.DeliverUnit(t, fmt.Sprintf("%s-%d", name, round))
					want := feed(t, town, steward, 1)
					if round == 1 || round == 2 {
						want = want[:len(want)-2] // cut off before the end
					}
					for len(got) < len(want) {
						m := s.next(t)
						if m.end || len(m.Payload.Errors) > 0 {
							t.Fatalf("after %d entries of %d: %+v", len(got), len(want), m)
						}
						c := m.Payload.Data.Changes
						got = append(got, c.String())
						variables = map[string]any{"after": c.Cursor}
					}
					s.close()
				}
				if diff := cmp.Diff(feed(t, town, steward, 1), got); diff != "" {
					t.Errorf("the entries are not the feed: %s", diff)
				}
			})
		}
	})
}

// TestASubscriberIsToldOfAWithdrawal: what becomes protected comes as a
// withdrawal and no more, whatever the subscriber was told before.
func TestASubscriberIsToldOfAWithdrawal(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		changed := false
		for name, dial := range dials {
			address := serve(t, streaming(town, gql.Limits{}), town, access.Rights{Role: access.Reader, Scopes: []access.Scope{access.RestrictedRead}, Standing: "test"})
			bo := town.IDs(t, "«hr/person/bo»")
			s := dial(t, address, follow, map[string]any{"revision": 1})
			if !changed {
				// The first is told as it happens, the second afterwards.
				town.ChangeTwice(t)
				changed = true
			}
			for {
				m := s.next(t)
				if m.end || len(m.Payload.Errors) > 0 {
					t.Fatalf("%s: the stream ends: %+v", name, m)
				}
				c := m.Payload.Data.Changes.Node
				if c.ID == bo && c.What == "WITHDRAWN" {
					if c.Record != nil && c.Record.FamilyName != "" {
						t.Errorf("%s: the withdrawal has the name %q", name, c.Record.FamilyName)
					}
					break
				}
			}
			s.close()
		}
	})
}

func TestStreamsEndWithTheExecutor(t *testing.T) {
	town := gqltest.New(t)
	for name, dial := range dials {
		x := streaming(town, gql.Limits{})
		s := dial(t, serve(t, x, town, steward), follow, map[string]any{"revision": 1})
		s.next(t)
		x.Close()
		for range 10_000 {
			if s.next(t).end {
				s.close()
				return
			}
		}
		t.Errorf("%s: the stream goes on", name)
	}
}

func TestAStreamIsForSubscriptions(t *testing.T) {
	town := gqltest.New(t)
	for name, dial := range dials {
		address := serve(t, streaming(town, gql.Limits{}), town, steward)
		for what, c := range map[string]struct {
			query     string
			variables map[string]any
		}{
			"a query":       {`{ status { revision } }`, nil},
			"a bad cursor":  {follow, map[string]any{"after": "x"}},
			"two places":    {follow, map[string]any{"after": "x", "revision": 1}},
			"a bad place":   {follow, map[string]any{"revision": -1}},
			"no such field": {`subscription { nothing }`, nil},
		} {
			s := dial(t, address, c.query, c.variables)
			m := s.next(t)
			if len(m.Payload.Errors) != 1 || m.Payload.Errors[0].Extensions.Code != gql.CodeBadInput {
				t.Errorf("%s: %s is answered %+v", name, what, m)
			}
			s.close()
		}
	}
	if codes := ask(t, town, steward, `subscription { changes { cursor } }`, nil); !slices.Equal(codes, []string{gql.CodeBadInput}) {
		t.Errorf("a subscription that is posted is answered %v", codes)
	}
}

func TestThereIsABoundToSubscribers(t *testing.T) {
	town := gqltest.New(t)
	address := serve(t, streaming(town, gql.Limits{Subscribers: 1}), town, steward)
	s := dialEvents(t, address, follow, map[string]any{"revision": 1})
	defer s.close()
	s.next(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address, strings.NewReader(body(t, follow, nil)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one too many is answered %s", answer.Status)
	}
}

// pipes is a listener whose connections hold nothing between their ends.
type pipes struct {
	conns chan net.Conn
	done  context.Context
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done.Done():
		return nil, net.ErrClosed
	}
}
func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// TestAClientThatTakesNothingIsDropped: its connection ends, nothing of it is
// left, and it can go on from where it was.
func TestAClientThatTakesNothingIsDropped(t *testing.T) {
	town := gqltest.New(t)
	x := streaming(town, gql.Limits{Patience: 20 * time.Millisecond, Subscribers: 1})
	ended := make(chan struct{}, 1)
	stream := x.Stream(func(*http.Request) (gql.Caller, error) { return gql.Caller{View: town.View(steward)}, nil })
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		stream.ServeHTTP(w, r)
		ended <- struct{}{}
	}), ReadHeaderTimeout: time.Minute}
	ctx, cancel := context.WithCancel(t.Context())
	l := pipes{make(chan net.Conn), ctx}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() {
		cancel()
		_ = server.Close()
	})
	client, far := net.Pipe()
	l.conns <- far
	s := openSocket(t, client)
	s.write(t, `{"type":"connection_init"}`)
	if m, _, ok := s.frame(); !ok || m != 1 {
		t.Fatal("the connection is not acknowledged")
	}
	s.write(t, `{"id":"1","type":"subscribe","payload":`+body(t, follow, map[string]any{"revision": 0})+`}`)
	// Nothing is read. The server gives up by itself.
	<-ended
	town.DeliverUnit(t, "later")
	address := serve(t, x, town, steward)
	again := dialEvents(t, address, follow, map[string]any{"revision": 1})
	defer again.close()
	if m := again.next(t); m.end || len(m.Payload.Errors) > 0 {
		t.Errorf("after it was dropped it is answered %+v", m)
	}
}

// TestAClientThatIsTooSlowIsToldSo: whoever comes back after its patience has
// ended gets what was on its way, and then why there is no more.
func TestAClientThatIsTooSlowIsToldSo(t *testing.T) {
	town := gqltest.New(t)
	x := streaming(town, gql.Limits{Patience: 500 * time.Millisecond})
	next, gaveUp := gql.Follow(t.Context(), x, town.View(steward), `subscription { changes(afterRevision: 1) { cursor } }`)
	if m := next(); m == nil || m.Errors != nil {
		t.Fatalf("the first answer is %+v", m)
	}
	for !gaveUp() {
		runtime.Gosched()
	}
	m := next()
	if m == nil || len(m.Errors) != 1 || m.Errors[0].Extensions["code"] != gql.CodeSlow {
		t.Fatalf("the last answer is %+v", m)
	}
	if m := next(); m != nil {
		t.Errorf("after the last answer comes %+v", m)
	}
}

// TestASubscriptionEndsWithItsLogin: what was asked with a login goes on for as
// long as the login holds, over either protocol.
func TestASubscriptionEndsWithItsLogin(t *testing.T) {
	town := gqltest.New(t)
	x := streaming(town, gql.Limits{})
	var ended atomic.Bool
	server := httptest.NewServer(x.Stream(func(*http.Request) (gql.Caller, error) {
		return gql.Caller{View: town.View(steward), Check: func(context.Context) error {
			if ended.Load() {
				return errors.New("revoked")
			}
			return nil
		}}, nil
	}))
	t.Cleanup(func() {
		x.Close()
		server.Close()
	})
	s := dialEvents(t, server.Listener.Addr().String(), follow, map[string]any{"revision": 1})
	defer s.close()
	if m := s.next(t); m.end || len(m.Payload.Errors) > 0 {
		t.Fatalf("it begins with %+v", m)
	}
	ended.Store(true)
	for {
		m := s.next(t)
		if m.end {
			t.Fatal("it ends without saying why")
		}
		if len(m.Payload.Errors) > 0 {
			if code := m.Payload.Errors[0].Extensions.Code; code != gql.CodeUnauthenticated {
				t.Errorf("it ends with %v", code)
			}
			break
		}
	}
}
