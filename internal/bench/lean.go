package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// lean is a client that does next to nothing itself: one connection, over which
// requests that were made beforehand are sent one after the other. What it uses
// is taken from the cores that the server has, though it is not in its CPU.
type lean struct {
	conn   net.Conn
	r      *bufio.Reader
	answer []byte
}

func newLean(ctx context.Context, url string) (*lean, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return nil, fmt.Errorf("connect to the server: %w", err)
	}
	return &lean{conn: conn, r: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// leanRequest is an operation as a request.
func leanRequest(body []byte) []byte {
	return fmt.Appendf(nil, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// ask sends a request and looks for what every answer has.
func (l *lean) ask(request, has []byte) error {
	if _, err := l.conn.Write(request); err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	if err := l.read(); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if !bytes.Contains(l.answer, has) || bytes.Contains(l.answer, []byte(`"errors"`)) {
		return fmt.Errorf("the answer is another than was asked for: %s", tail(string(l.answer)))
	}
	return nil
}

func (l *lean) read() error {
	length := -1
	for {
		line, err := l.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("the answer does not say its length")
	}
	if cap(l.answer) < length {
		l.answer = make([]byte, length)
	}
	l.answer = l.answer[:length]
	_, err := io.ReadFull(l.r, l.answer)
	return err
}

// asking is a question that is asked of many records.
type asking struct {
	name     string
	goal     float64 // µs CPU
	requests [][]byte
	has      []byte
}

// apart is a prime larger than the number of requests, so that what lies side by
// side is not asked for together.
const apart = 7_368_787

// during asks over connections until the time is over and answers how often.
func (a *asking) during(ctx context.Context, url string, connections int, d time.Duration) (int, error) {
	until := time.Now().Add(d)
	return a.over(ctx, url, connections, func(int64) bool { return time.Now().Before(until) })
}

// over asks over connections, one request after the other, as long as more says
// so of the number of the next.
func (a *asking) over(ctx context.Context, url string, connections int, more func(n int64) bool) (int, error) {
	var next, answered atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, connections)
	for c := range connections {
		wg.Go(func() {
			l, err := newLean(ctx, url)
			if err != nil {
				errs[c] = err
				return
			}
			defer l.conn.Close()
			for ctx.Err() == nil {
				n := next.Add(1) - 1
				if !more(n) {
					return
				}
				if errs[c] = l.ask(a.requests[n*apart%int64(len(a.requests))], a.has); errs[c] != nil {
					return
				}
				answered.Add(1)
			}
		})
	}
	wg.Wait()
	return int(answered.Load()), errors.Join(append(errs, ctx.Err())...)
}
