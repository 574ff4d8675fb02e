package postgres

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/karna-registry/karna/graph/relational"
)

// PostgreSQL's numbers of the types in use (pg_type.oid) and of their arrays.
const (
	oidBytea = 17
	oidInt8  = 20
	oidInt2  = 21
	oidInt4  = 23
	oidText  = 25
	oidUUID  = 2950
)

var typeNames = [...]string{
	relational.SmallInt: "smallint", relational.Integer: "integer", relational.BigInt: "bigint",
	relational.Text: "text", relational.Bytes: "bytea", relational.ID: "uuid",
}

var typeOIDs = [...]uint32{
	relational.SmallInt: oidInt2, relational.Integer: oidInt4, relational.BigInt: oidInt8,
	relational.Text: oidText, relational.Bytes: oidBytea, relational.ID: oidUUID,
}

var arrayOIDs = [...]uint32{
	relational.SmallInt: 1005, relational.Integer: 1007, relational.BigInt: 1016,
	relational.Text: 1009, relational.Bytes: 1001, relational.ID: 2951,
}

func oidOf(t relational.Type) uint32 { return typeOIDs[t] }

func arrayOf(t relational.Type) uint32 { return arrayOIDs[t] }

// appendInt appends a number as a type's length and bytes.
func appendInt(b []byte, oid uint32, n int64) ([]byte, error) {
	switch oid {
	case oidInt2:
		if n != int64(int16(n)) {
			return b, fmt.Errorf("%d does not fit in a smallint", n)
		}
		return binary.BigEndian.AppendUint16(append(b, 0, 0, 0, 2), uint16(n)), nil
	case oidInt4:
		if n != int64(int32(n)) {
			return b, fmt.Errorf("%d does not fit in an integer", n)
		}
		return binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 4), uint32(n)), nil
	case oidInt8:
		return binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), uint64(n)), nil
	}
	return b, fmt.Errorf("a number where PostgreSQL expects type %d", oid)
}

func appendBytes(b, v []byte) ([]byte, error) {
	if len(v) > math.MaxInt32 {
		return b, fmt.Errorf("a value of %d bytes: PostgreSQL takes 1 GB", len(v))
	}
	return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...), nil
}

func appendText(b []byte, v string) ([]byte, error) {
	if len(v) > math.MaxInt32 {
		return b, fmt.Errorf("a text of %d bytes: PostgreSQL takes 1 GB", len(v))
	}
	return append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...), nil
}

func appendNull(b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff) }

// decodeInt reads a number of any width.
func decodeInt(b []byte) int64 {
	switch len(b) {
	case 2:
		return int64(int16(binary.BigEndian.Uint16(b)))
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b)))
	case 8:
		return int64(binary.BigEndian.Uint64(b))
	}
	return 0
}

// keptMemory is how much a session keeps of a buffer between loans.
const keptMemory = 1 << 20

// params are a statement's parameters: each its length and its bytes, one after
// the other in one buffer.
type params struct {
	oids   []uint32
	buf    []byte
	starts []int
	err    error
	out    [][]byte
}

var _ relational.Writer = (*params)(nil)

// fill writes arguments and a key; their types are the statement's.
func (p *params) fill(oids []uint32, args func(relational.Writer), key func(i int, w relational.Writer)) error {
	p.oids, p.buf, p.starts, p.err = oids, p.buf[:0], p.starts[:0], nil
	if args != nil {
		args(p)
	}
	if key != nil {
		key(0, p)
	}
	if p.err == nil && len(p.starts) != len(oids) {
		return fmt.Errorf("%d parameters for %d places", len(p.starts), len(oids))
	}
	return p.err
}

// next is the type of the next parameter.
func (p *params) next() (oid uint32) {
	if n := len(p.starts); n < len(p.oids) {
		oid = p.oids[n]
	}
	p.starts = append(p.starts, len(p.buf))
	return oid
}

func (p *params) put(b []byte, err error) {
	p.buf = b
	if err != nil && p.err == nil {
		p.err = err
	}
}

func (p *params) Int(n int64) {
	oid := p.next()
	p.put(appendInt(p.buf, oid, n))
}

func (p *params) ID(id [16]byte) {
	p.next()
	p.put(appendBytes(p.buf, id[:]))
}

func (p *params) Bytes(b []byte) {
	p.next()
	p.put(appendBytes(p.buf, b))
}

func (p *params) Text(v string) {
	p.next()
	p.put(appendText(p.buf, v))
}

func (p *params) Null() {
	p.next()
	p.buf = appendNull(p.buf)
}

// values are the parameters as pgconn takes them, valid until the next fill.
func (p *params) values() [][]byte {
	p.out = p.out[:0]
	for _, start := range p.starts {
		n := int32(binary.BigEndian.Uint32(p.buf[start:]))
		if n < 0 {
			p.out = append(p.out, nil)
			continue
		}
		p.out = append(p.out, p.buf[start+4:start+4+int(n):start+4+int(n)])
	}
	return p.out
}

func (p *params) shrink() {
	if cap(p.buf) > keptMemory {
		p.buf = nil
	}
	clear(p.out[:cap(p.out)])
}

// sets are keys as arrays, one for each column.
type sets struct {
	columns []relational.Column
	bufs    [][]byte
	nulls   []bool
	at      int
	err     error
}

var _ relational.Writer = (*sets)(nil)

// arrayHeader is an array's number of dimensions, whether it holds NULL, its
// elements' type, its length and its lower bound.
const arrayHeader = 20

func (s *sets) fill(columns []relational.Column, n int, key func(i int, w relational.Writer)) error {
	s.columns, s.err = columns, nil
	for len(s.bufs) < len(columns) {
		s.bufs, s.nulls = append(s.bufs, nil), append(s.nulls, false)
	}
	for i := range columns {
		s.bufs[i], s.nulls[i] = append(s.bufs[i][:0], make([]byte, arrayHeader)...), false
	}
	for i := range n {
		s.at = 0
		key(i, s)
		if s.err == nil && s.at != len(columns) {
			s.err = fmt.Errorf("%d values for %d columns", s.at, len(columns))
		}
		if s.err != nil {
			return s.err
		}
	}
	for i, c := range columns {
		h := s.bufs[i]
		binary.BigEndian.PutUint32(h[0:], 1)
		binary.BigEndian.PutUint32(h[4:], 0)
		if s.nulls[i] {
			binary.BigEndian.PutUint32(h[4:], 1)
		}
		binary.BigEndian.PutUint32(h[8:], oidOf(c.Type))
		binary.BigEndian.PutUint32(h[12:], uint32(n))
		binary.BigEndian.PutUint32(h[16:], 1)
	}
	return nil
}

// appendTo adds the arrays to the parameters.
func (s *sets) appendTo(p *params) {
	for i := range s.columns {
		p.Bytes(s.bufs[i])
	}
}

// next is the column that takes the next value.
func (s *sets) next() int {
	i := s.at
	s.at++
	if i >= len(s.columns) {
		s.at = len(s.columns) + 1
		return len(s.columns) - 1
	}
	return i
}

func (s *sets) put(i int, b []byte, err error) {
	s.bufs[i] = b
	if err != nil && s.err == nil {
		s.err = err
	}
}

func (s *sets) Int(n int64) {
	i := s.next()
	b, err := appendInt(s.bufs[i], oidOf(s.columns[i].Type), n)
	s.put(i, b, err)
}

func (s *sets) ID(id [16]byte) { s.Bytes(id[:]) }

func (s *sets) Bytes(v []byte) {
	i := s.next()
	b, err := appendBytes(s.bufs[i], v)
	s.put(i, b, err)
}

func (s *sets) Text(v string) {
	i := s.next()
	b, err := appendText(s.bufs[i], v)
	s.put(i, b, err)
}

func (s *sets) Null() {
	i := s.next()
	s.bufs[i], s.nulls[i] = appendNull(s.bufs[i]), true
}

func (s *sets) shrink() {
	for i := range s.bufs {
		if cap(s.bufs[i]) > keptMemory {
			s.bufs[i] = nil
		}
	}
}
