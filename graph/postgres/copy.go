package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/karna-registry/karna/graph/relational"
)

// copyStream gives rows in the binary format of COPY, encoded as they are asked
// for.
type copyStream struct {
	ctx   context.Context
	table *relational.Table
	n, i  int
	row   func(i int, w relational.Writer)
	buf   []byte
	read  int // how much of buf has been given
	at    int // columns written of the row
	err   error
	ended bool
}

var (
	_ io.Reader         = (*copyStream)(nil)
	_ relational.Writer = (*copyStream)(nil)
)

// copySignature begins a binary COPY: the mark, no flags, no extension.
const copySignature = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"

func newCopyStream(ctx context.Context, t *relational.Table, n int, row func(i int, w relational.Writer)) *copyStream {
	return &copyStream{ctx: ctx, table: t, n: n, row: row, buf: append(make([]byte, 0, 80<<10), copySignature...)}
}

// Read gives the next bytes, whole rows at a time where they fit.
func (c *copyStream) Read(p []byte) (int, error) {
	if c.read == len(c.buf) {
		if err := c.fill(len(p)); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.buf[c.read:])
	c.read += n
	return n, nil
}

// fill encodes rows until there are enough bytes.
func (c *copyStream) fill(enough int) error {
	c.buf, c.read = c.buf[:0], 0
	if c.ended {
		return io.EOF
	}
	if err := c.ctx.Err(); err != nil {
		return err
	}
	for c.i < c.n && len(c.buf) < enough {
		c.buf, c.at = binary.BigEndian.AppendUint16(c.buf, uint16(len(c.table.Columns))), 0
		c.row(c.i, c)
		if c.err == nil && c.at != len(c.table.Columns) {
			c.err = fmt.Errorf("%d values for %d columns", c.at, len(c.table.Columns))
		}
		if c.err != nil {
			return fmt.Errorf("row %d of %s: %w", c.i, c.table.Name, c.err)
		}
		c.i++
	}
	if c.i == c.n {
		c.buf, c.ended = append(c.buf, 0xff, 0xff), true
	}
	return nil
}

// column is the type of the column that takes the next value.
func (c *copyStream) column() (oid uint32) {
	if c.at < len(c.table.Columns) {
		oid = oidOf(c.table.Columns[c.at].Type)
	}
	c.at++
	return oid
}

func (c *copyStream) put(b []byte, err error) {
	c.buf = b
	if err != nil && c.err == nil {
		c.err = err
	}
}

func (c *copyStream) Int(n int64) {
	oid := c.column()
	c.put(appendInt(c.buf, oid, n))
}

func (c *copyStream) ID(id [16]byte) {
	c.column()
	c.buf = append(append(c.buf, 0, 0, 0, 16), id[:]...)
}

func (c *copyStream) Bytes(v []byte) {
	c.column()
	c.put(appendBytes(c.buf, v))
}

func (c *copyStream) Text(v string) {
	c.column()
	c.put(appendText(c.buf, v))
}

func (c *copyStream) Null() {
	c.column()
	c.buf = appendNull(c.buf)
}
