package document

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/model"
)

// AppendGolden appends a golden record's values and period, after what
// AppendSources may have put before them, and before AppendTestimony. Its id, kind,
// revision and disclosure are columns of its row. A link keeps what it resolves
// to and who may see that; what the source said of it is kept only while it
// dangles, and never a personal number.
func AppendGolden(dst []byte, g *model.Golden) []byte {
	dst = appendDate(dst, 4, g.Period.From)
	dst = appendDate(dst, 5, g.Period.To)
	for i := range g.Values {
		v := &g.Values[i]
		if Valid(v.Property, v.Value) == nil {
			dst = appendValue(dst, formGolden, protowire.Number(v.Property), v.Value, "", v.Period)
		}
	}
	return dst
}

// DecodeGolden reads what AppendGolden wrote into g: its Period and Values,
// whose array is used again. ID, Kind, Revision and Disclosure are the
// caller's. The values' strings share one copy of b. The error is ErrCorrupt.
func DecodeGolden(b []byte, g *model.Golden) error {
	r := newReader(b)
	g.Period = model.Period{}
	g.Values = g.Values[:0]
	if n := r.countFields(firstProperty); cap(g.Values) < n {
		g.Values = make([]model.GoldenValue, 0, n)
	}
	for r.more() {
		num, typ := r.tag()
		switch {
		case num == 1 || num == 2 || num == fieldTestimony:
			r.span(typ) // see PartOf and DecodeTestimony
		case num == fieldDisputed:
			r.uint(typ, 1)
		case num == 4:
			g.Period.From = r.date(typ)
		case num == 5:
			g.Period.To = r.date(typ)
		case num >= firstProperty && num <= math.MaxUint16:
			v, original, p := r.value(typ)
			if original != "" {
				r.fail("original in a golden record")
			}
			g.Values = append(g.Values, model.GoldenValue{Property: model.PropertyID(num), Value: v, Period: p})
		default:
			r.fail("unknown field of a golden record")
		}
	}
	return r.err
}

// AppendEvidence appends a golden record's evidence. That of a record alone,
// each value with the rule "only" and the one member, is its id and a count.
func AppendEvidence(dst []byte, e *model.Evidence) []byte {
	if n := len(e.Members); n > 0 {
		dst = protowire.AppendVarint(protowire.AppendTag(dst, 1, protowire.BytesType), uint64(n*len(model.EntityID{})))
		for _, id := range e.Members {
			dst = append(dst, id[:]...)
		}
	}
	if alone(e) {
		dst = appendUint(dst, 2, uint64(len(e.Support)))
	} else {
		var mark int
		dst, mark = open(dst, 3)
		for i := range e.Support {
			dst = protowire.AppendVarint(dst, uint64(e.Support[i].Rule))
			dst = protowire.AppendVarint(dst, uint64(len(e.Support[i].Records)))
			dst = appendNumbers(dst, e.Support[i].Records)
		}
		dst = closeMessage(dst, mark)
	}
	for i := range e.Alternatives {
		a := &e.Alternatives[i]
		if Valid(a.Property, a.Value) != nil {
			continue
		}
		var mark, in int
		dst, mark = open(dst, 4)
		dst = appendUint(dst, 1, uint64(a.Property))
		dst = appendValue(dst, formGolden, 2, a.Value, "", a.Period)
		dst = appendUint(dst, 3, uint64(a.Lost))
		if len(a.Records) > 0 {
			dst, in = open(dst, 4)
			dst = closeMessage(appendNumbers(dst, a.Records), in)
		}
		dst = closeMessage(dst, mark)
	}
	return dst
}

func alone(e *model.Evidence) bool {
	for i := range e.Support {
		s := &e.Support[i]
		if s.Rule != model.RuleOnly || len(s.Records) != 1 || s.Records[0] != 0 {
			return false
		}
	}
	return len(e.Members) == 1
}

func appendNumbers(dst []byte, numbers []uint32) []byte {
	for _, n := range numbers {
		dst = protowire.AppendVarint(dst, uint64(n))
	}
	return dst
}

// maxAlone bounds the count of a record alone: a document cannot claim more
// values than anyone could store.
const maxAlone = 1 << 20

// DecodeEvidence reads what AppendEvidence wrote into e. The error is
// ErrCorrupt; an index that no member has is one.
func DecodeEvidence(b []byte, e *model.Evidence) error {
	r := newReader(b)
	*e = model.Evidence{}
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			from, to := r.span(typ)
			const size = len(model.EntityID{})
			if (to-from)%size != 0 {
				r.fail("members of the wrong length")
				break
			}
			e.Members = make([]model.EntityID, (to-from)/size)
			for i := range e.Members {
				copy(e.Members[i][:], r.b[from+i*size:])
			}
		case 2:
			n := r.uint(typ, maxAlone)
			shared := []uint32{0}
			e.Support = make([]model.Support, n)
			for i := range e.Support {
				e.Support[i] = model.Support{Rule: model.RuleOnly, Records: shared[:1:1]}
			}
			if n > 0 {
				r.index(0, e)
			}
		case 3:
			outer := r.enter(typ)
			for r.more() {
				s := model.Support{Rule: model.Rule(r.uint(protowire.VarintType, math.MaxUint8))}
				n := r.uint(protowire.VarintType, uint64(r.end-r.pos))
				s.Records = r.numbers(n, e)
				e.Support = append(e.Support, s)
			}
			r.leave(outer)
		case 4:
			e.Alternatives = append(e.Alternatives, r.alternative(typ, e))
		default:
			r.fail("unknown field of evidence")
		}
	}
	return r.err
}

func (r *reader) alternative(typ protowire.Type, e *model.Evidence) (a model.Alternative) {
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			a.Property = model.PropertyID(r.uint(typ, math.MaxUint16))
		case 2:
			var original string
			if a.Value, original, a.Period = r.value(typ); original != "" {
				r.fail("original in evidence")
			}
		case 3:
			a.Lost = model.Rule(r.uint(typ, math.MaxUint8))
		case 4:
			in := r.enter(typ)
			n := 0
			for _, c := range r.b[r.pos:r.end] {
				if c < 0x80 {
					n++
				}
			}
			a.Records = r.numbers(uint64(n), e)
			if r.pos != r.end {
				r.fail("bad number")
			}
			r.leave(in)
		default:
			r.fail("unknown field of an alternative")
		}
	}
	r.leave(outer)
	if a.Value == nil {
		r.fail("alternative without a value")
	}
	return a
}

func (r *reader) numbers(n uint64, e *model.Evidence) []uint32 {
	if n == 0 || r.err != nil {
		return nil
	}
	out := make([]uint32, n)
	for i := range out {
		out[i] = uint32(r.index(r.uint(protowire.VarintType, math.MaxUint32), e))
	}
	return out
}

func (r *reader) index(i uint64, e *model.Evidence) uint64 {
	if i >= uint64(len(e.Members)) {
		r.fail("support by no member")
	}
	return i
}
