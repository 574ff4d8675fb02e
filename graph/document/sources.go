package document

import (
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// maxSources is how many sources of one golden record its document names.
const maxSources = 64

// AppendSources begins a golden record's document, before AppendGolden, with the
// sources of the records that it is made of, and which of them support each value:
// who may read only what a board of theirs has said is then answered from this
// document alone. of is the source of a member of the evidence, by its place. t is
// what AppendTestimony will write.
//
// Nothing is written of a record that has nothing restricted, nor of one of more
// sources than have room. What is not written, the evidence tells.
func AppendSources(dst []byte, g *model.Golden, e *model.Evidence, t *model.Testimony, of func(member int) model.Source) []byte {
	if len(e.Members) == 0 || t == nil && !hasRestricted(g) {
		return dst
	}
	var few [4]model.Source
	names := few[:0]
	for i := range e.Members {
		if name := of(i); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > maxSources {
		return dst
	}
	slices.Sort(names)
	for _, name := range names {
		dst = protowire.AppendString(protowire.AppendTag(dst, 1, protowire.BytesType), string(name))
	}
	all := ^uint64(0) >> (64 - len(names))
	start := len(dst)
	dst, mark := open(dst, 2)
	for i := range g.Values {
		by := uint64(0)
		switch {
		case i >= len(e.Support):
		case len(names) > 1:
			for _, r := range e.Support[i].Records {
				by |= 1 << slices.Index(names, of(int(r)))
			}
		case len(e.Support[i].Records) > 0:
			by = all
		}
		if by != all {
			dst = protowire.AppendVarint(protowire.AppendVarint(dst, uint64(i)), by)
		}
	}
	if len(dst) == mark+1 {
		dst = dst[:start]
	} else {
		dst = closeMessage(dst, mark)
	}
	if t != nil {
		dst = appendUint(dst, fieldDisputed, 1)
	}
	return dst
}

// hasRestricted tells whether anything of a golden record is restricted, as far as
// the ontology's table and the record say. A reader who finds more asks the evidence.
func hasRestricted(g *model.Golden) bool {
	if g.Disclosure.Rank() >= model.Restricted.Rank() {
		return true
	}
	for i := range g.Values {
		if ontology.ClassOf(g.Values[i].Property, g.Values[i].Value).Rank() >= model.Restricted.Rank() {
			return true
		}
	}
	return false
}

// Part is what some sources have a part in of a golden record.
type Part struct {
	// Some: one of its records is theirs.
	Some bool
	// But are the places of the values that none of theirs supports, in order. There
	// are none to name unless Some.
	But []int
	// Disputed: the document holds what its records say each by itself (see
	// DecodeTestimony), for of some values that differs from what they say together.
	Disputed bool
}

// PartOf reads from a golden record's document what the sources for which ours says
// so have a part in. told is false when the document does not say. The name that
// ours gets is not to be kept. The values' places are those of all the values, of
// what is disputed too. The error is ErrCorrupt.
func PartOf(b []byte, ours func(source []byte) bool) (part Part, told bool, err error) {
	r := reader{b: b, end: len(b)}
	mine := uint64(0)
	for n := 0; r.more(); n++ {
		num, typ := r.tag()
		if num > 2 {
			part.Disputed = num == fieldDisputed
			break
		}
		from, to := r.span(typ)
		if num == 1 {
			if n == maxSources {
				r.fail("too many sources")
			} else if told = true; ours(b[from:to]) {
				mine |= 1 << n
			}
			continue
		}
		least := uint64(0)
		for r.pos, r.end = from, to; mine != 0 && r.more(); {
			place, by := r.uint(protowire.VarintType, math.MaxInt32), r.varint()
			if place < least {
				r.fail("places out of order")
			}
			if least = place + 1; by&mine == 0 {
				part.But = append(part.But, int(place))
			}
		}
		r.pos, r.end = to, len(b)
	}
	part.Some = mine != 0
	return part, told, r.err
}
