package document

import (
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/model"
)

// Of a golden record's document the fields that tell, before the values, that there
// is a testimony, and that hold it, after them: who reads ahead looks for values in
// the bytes (see LinkSpot), and is not to find what only some may hear.
const (
	fieldDisputed  = 3
	fieldTestimony = 6
)

// AppendTestimony ends a golden record's document, after AppendGolden, with what its
// records say each by itself, of which AppendSources was told; nothing for nil.
func AppendTestimony(dst []byte, t *model.Testimony) []byte {
	if t == nil {
		return dst
	}
	var names []model.Source
	for i := range t.Witnesses {
		if name := t.Witnesses[i].Source; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	dst, mark := open(dst, fieldTestimony)
	for _, name := range names {
		dst = protowire.AppendString(protowire.AppendTag(dst, 4, protowire.BytesType), string(name))
	}
	if t.Whole {
		dst = appendUint(dst, 1, 1)
	}
	for i := range t.Witnesses {
		w := &t.Witnesses[i]
		var in int
		dst, in = open(dst, 2)
		dst = appendUint(dst, 1, uint64(slices.Index(names, w.Source)))
		dst = appendUint(dst, 2, uint64(w.Key))
		dst = appendUint(dst, 3, uint64(w.Stamp))
		dst = appendDate(dst, 4, w.Period.From)
		dst = closeMessage(appendDate(dst, 5, w.Period.To), in)
	}
	for i := range t.Words {
		w := &t.Words[i]
		if Valid(w.Property, w.Value) != nil {
			continue
		}
		var in int
		dst, in = open(dst, 3)
		dst = appendUint(dst, 1, uint64(w.Property))
		dst = appendValue(dst, formGolden, 2, w.Value, "", w.Period)
		dst = appendUint(dst, 3, uint64(w.Witness))
		dst = appendUint(dst, 4, uint64(w.Form))
		dst = appendUint(dst, 5, uint64(w.Order))
		if !w.Restricted {
			dst = appendUint(dst, 6, 1)
		}
		dst = closeMessage(dst, in)
	}
	return closeMessage(dst, mark)
}

// DecodeTestimony reads what a golden record's document holds of what its records say
// each by itself; nil when nothing. The error is ErrCorrupt.
func DecodeTestimony(b []byte) (*model.Testimony, error) {
	disputed := false
	r := reader{b: b, end: len(b)}
	for r.more() {
		num, typ := r.tag()
		if num == fieldTestimony {
			from, to := r.span(typ)
			if r.err != nil {
				return nil, r.err
			}
			in := newReader(b[from:to])
			t := in.testimony()
			return t, in.err
		}
		if disputed = disputed || num == fieldDisputed; num > fieldDisputed && !disputed {
			return nil, r.err
		}
		n := protowire.ConsumeFieldValue(num, typ, b[r.pos:])
		if n < 0 {
			r.fail("bad field")
			break
		}
		r.pos += n
	}
	if disputed {
		r.fail("no testimony")
	}
	return nil, r.err
}

func (r *reader) testimony() *model.Testimony {
	t := &model.Testimony{}
	var names []model.Source
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			t.Whole = r.uint(typ, 1) == 1
		case 2:
			t.Witnesses = append(t.Witnesses, r.witness(typ, names))
		case 3:
			w := r.heard(typ)
			if int(w.Witness) >= len(t.Witnesses) {
				r.fail("word of no witness")
			}
			if n := len(t.Words); n > 0 && t.Words[n-1].Property > w.Property {
				r.fail("words out of order")
			}
			t.Words = append(t.Words, w)
		case 4:
			names = append(names, model.Source(r.text(typ)))
		default:
			r.fail("unknown field of a testimony")
		}
	}
	return t
}

func (r *reader) witness(typ protowire.Type, names []model.Source) (w model.Witness) {
	outer := r.enter(typ)
	source := uint64(0)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			source = r.uint(typ, math.MaxUint32)
		case 2:
			w.Key = uint32(r.uint(typ, math.MaxInt32))
		case 3:
			w.Stamp = uint32(r.uint(typ, math.MaxInt32))
		case 4:
			w.Period.From = r.date(typ)
		case 5:
			w.Period.To = r.date(typ)
		default:
			r.fail("unknown field of a witness")
		}
	}
	r.leave(outer)
	if source >= uint64(len(names)) {
		r.fail("witness of no source")
		return w
	}
	w.Source = names[source]
	return w
}

// heard reads a word of a testimony.
func (r *reader) heard(typ protowire.Type) (w model.Word) {
	w.Restricted = true
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			w.Property = model.PropertyID(r.uint(typ, math.MaxUint16))
		case 2:
			var original string
			if w.Value, original, w.Period = r.value(typ); original != "" {
				r.fail("original in a testimony")
			}
		case 3:
			w.Witness = uint32(r.uint(typ, math.MaxInt32))
		case 4:
			w.Form = uint32(r.uint(typ, math.MaxInt32))
		case 5:
			w.Order = uint32(r.uint(typ, math.MaxInt32))
		case 6:
			w.Restricted = r.uint(typ, 1) == 0
		default:
			r.fail("unknown field of a word")
		}
	}
	r.leave(outer)
	if w.Value == nil {
		r.fail("word without a value")
	}
	return w
}
