package window

import (
	"errors"
	"io"
)

// MaxItem is the largest delivered element or row that formats accept, in
// bytes. It bounds memory: an item has to be whole before it can be mapped.
const MaxItem = 16 << 20

// ErrTooLong says that what is being looked at has reached the limit.
var ErrTooLong = errors.New("longer than the limit")

// A window begins small, for a delivery of one row, and has its usual size once
// a stream has filled it.
const (
	firstSize  = 8 << 10
	usualSize  = 256 << 10
	emptyReads = 100 // as bufio: a reader that gives nothing this often is broken
)

// Window is the part of a stream being looked at. Indexes into Bytes stay right
// while More makes it longer; Advance moves its start.
type Window struct {
	r        io.Reader
	buf      []byte
	pos, end int
	offset   int64
	limit    int
	err      error
}

// New looks at r. No more than limit bytes are held unread.
func New(r io.Reader, limit int) *Window {
	return &Window{r: r, buf: make([]byte, min(firstSize, limit)), limit: limit}
}

// Bytes are the bytes read and not yet passed. They are valid until the next
// More.
func (w *Window) Bytes() []byte { return w.buf[w.pos:w.end] }

// Offset is where Bytes starts, in bytes from the start of the stream.
func (w *Window) Offset() int64 { return w.offset }

// Advance passes the first n bytes.
func (w *Window) Advance(n int) {
	w.pos += n
	w.offset += int64(n)
}

// Err is why More said no: io.EOF at the end of the stream, ErrTooLong at the
// limit, or the reader's error.
func (w *Window) Err() error { return w.err }

// More makes Bytes longer. It says no at the end of the stream, when the reader
// fails, and when the unread bytes have reached the limit.
func (w *Window) More() bool {
	if errors.Is(w.err, ErrTooLong) && w.end-w.pos < w.limit {
		w.err = nil
	}
	if w.err != nil {
		return false
	}
	if w.end == len(w.buf) && !w.makeRoom() {
		w.err = ErrTooLong
		return false
	}
	for range emptyReads {
		n, err := w.r.Read(w.buf[w.end:])
		if n < 0 || n > len(w.buf)-w.end {
			w.err = errors.New("reader counts wrong")
			return false
		}
		w.end += n
		if err != nil {
			w.err = err
		}
		if n > 0 {
			return true
		}
		if err != nil {
			return false
		}
	}
	w.err = io.ErrNoProgress
	return false
}

// makeRoom moves the unread bytes to the front, or into a larger buffer.
func (w *Window) makeRoom() bool {
	unread := w.end - w.pos
	if unread >= w.limit {
		return false
	}
	to := w.buf
	switch {
	case len(w.buf) < usualSize && len(w.buf) < w.limit:
		to = make([]byte, min(usualSize, w.limit))
	case unread > len(w.buf)/2:
		to = make([]byte, min(2*len(w.buf), w.limit))
	}
	if unread == len(to) {
		return false
	}
	copy(to, w.buf[w.pos:w.end])
	w.buf, w.pos, w.end = to, 0, unread
	return true
}
