package document

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/model"
)

// ErrCorrupt is the answer to bytes that are not a document: truncated, of an
// unknown field, or with a value that no encoder writes.
var ErrCorrupt = errors.New("stored document is corrupt: restore it from a backup, or run karna rebuild if it is a golden record")

// reader walks a document. Strings are parts of one copy of it.
type reader struct {
	b   []byte
	s   string
	pos int
	end int
	err error
}

func newReader(b []byte) reader { return reader{b: b, s: string(b), end: len(b)} }

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w (%s before byte %d of %d)", ErrCorrupt, what, r.pos, len(r.b))
	}
	r.pos = r.end
}

func (r *reader) more() bool { return r.err == nil && r.pos < r.end }

func (r *reader) varint() uint64 {
	if r.pos < r.end && r.b[r.pos] < 0x80 {
		v := uint64(r.b[r.pos])
		r.pos++
		return v
	}
	v, n := protowire.ConsumeVarint(r.b[r.pos:r.end])
	if n < 0 {
		r.fail("bad number")
		return 0
	}
	r.pos += n
	return v
}

// tag reads a field's number and checks that its wire type is the one that the
// number has; the number of an unknown field is an error where it is used.
func (r *reader) tag() (protowire.Number, protowire.Type) {
	v := r.varint()
	num, typ := protowire.DecodeTag(v)
	if r.err == nil && !num.IsValid() {
		r.fail("bad field number")
	}
	return num, typ
}

func (r *reader) uint(typ protowire.Type, limit uint64) uint64 {
	if typ != protowire.VarintType {
		r.fail("wrong wire type")
		return 0
	}
	v := r.varint()
	if v > limit {
		r.fail("number out of range")
		return 0
	}
	return v
}

// span reads a length and gives the bytes' place.
func (r *reader) span(typ protowire.Type) (from, to int) {
	if typ != protowire.BytesType {
		r.fail("wrong wire type")
		return r.pos, r.pos
	}
	n := r.varint()
	if r.err != nil || n > uint64(r.end-r.pos) {
		r.fail("bad length")
		return r.pos, r.pos
	}
	from = r.pos
	r.pos += int(n)
	return from, r.pos
}

func (r *reader) text(typ protowire.Type) string {
	from, to := r.span(typ)
	s := r.s[from:to]
	if !utf8.ValidString(s) {
		r.fail("text that is not UTF-8")
		return ""
	}
	return s
}

func (r *reader) word(typ protowire.Type) string {
	n := r.uint(typ, uint64(len(words)-1))
	return words[n]
}

func (r *reader) id(typ protowire.Type) (id model.EntityID) {
	from, to := r.span(typ)
	if to-from != len(id) {
		r.fail("id of the wrong length")
		return id
	}
	copy(id[:], r.b[from:to])
	return id
}

func (r *reader) float(typ protowire.Type) float64 {
	if typ != protowire.Fixed64Type {
		r.fail("wrong wire type")
		return 0
	}
	v, n := protowire.ConsumeFixed64(r.b[r.pos:r.end])
	if n < 0 {
		r.fail("bad number")
		return 0
	}
	r.pos += n
	f := math.Float64frombits(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		r.fail("number that is not finite")
		return 0
	}
	return f
}

func (r *reader) date(typ protowire.Type) model.Date {
	v := protowire.DecodeZigZag(r.uint(typ, math.MaxUint32))
	d := model.Date{Year: int16(v >> 9), Month: uint8(v >> 5 & 15), Day: uint8(v & 31)}
	if packed := int64(d.Year)<<9 | int64(d.Month)<<5 | int64(d.Day); packed != v || d.Month > 12 {
		r.fail("bad date")
	}
	return d
}

// enter narrows the reader to a message; leave with the end it gave.
func (r *reader) enter(typ protowire.Type) (outer int) {
	from, to := r.span(typ)
	outer = r.end
	if r.err == nil {
		r.pos, r.end = from, to
	}
	return outer
}

func (r *reader) leave(outer int) {
	r.end = outer
	if r.err != nil {
		r.pos = outer
	}
}

// countFields counts the fields of the message from a number on, so that a
// slice is made once.
func (r *reader) countFields(from protowire.Number) int {
	n, at := 0, r.pos
	for at < r.end {
		num, typ, k := protowire.ConsumeTag(r.b[at:r.end])
		if k < 0 {
			return n
		}
		at += k
		if k = protowire.ConsumeFieldValue(num, typ, r.b[at:r.end]); k < 0 {
			return n
		}
		at += k
		if num >= from {
			n++
		}
	}
	return n
}
