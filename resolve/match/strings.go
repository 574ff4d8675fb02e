package match

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// BlockLimit is how many records may meet under one key before the next
// attribute divides them. It does not depend on how many records there are.
const BlockLimit = 48

// Secret is the key of the hashes that key strings are made of. Those of tables
// that nobody keeps are made with the zero one.
type Secret [16]byte

// A record's string under a key is made of parts, each a hash under the secret:
// one for what must agree, one for each attribute that divides blocks which are
// too large (one that the record does not say has a value of its own), and a tail:
// what the record says, and what it is called. The records that share the shortest
// prefix that at most BlockLimit of them share are a block; all parts but the tail
// count whole, the tail bit by bit. So a block depends on who is there, and
// neither on who came first nor on how many others there are.
const (
	mustLen = 8 // the first byte says which key, so that the strings of one lie beside each other
	partLen = 2
	tailLen = 6 // three for what the record says, three for its name
)

// tailBits is how many bits of a tail divide blocks.
const tailBits = 8 * tailLen

// keying hashes the parts of one key's strings.
type keying struct {
	a, b uint64
	tag  uint64 // of the key
}

func (s Secret) keying(k *Key) keying {
	return keying{binary.LittleEndian.Uint64(s[:8]), binary.LittleEndian.Uint64(s[8:]), hashText(9, k.Name)}
}

// must is the part that must agree, of the hash of what it is made of.
func (g keying) must(h uint64) uint64 { return g.tag<<56 | g.hash(0, h)>>8 }

// part is that of the attribute at a depth.
func (g keying) part(depth int, h uint64) uint64 { return g.hash(uint64(depth)+1, h) >> 48 } //nolint:gosec // a key has few attributes

// tail is that of what a record says and its name.
func (g keying) tail(says, name uint64) uint64 {
	return g.hash(1<<32, says)>>40<<24 | g.hash(1<<32+1, name)>>40
}

// hash is SipHash-2-4 of two words, the first with the key's tag (Aumasson &
// Bernstein 2012): without the secret it says nothing of them.
func (g keying) hash(role, value uint64) uint64 {
	v0, v1 := g.a^0x736f6d6570736575, g.b^0x646f72616e646f6d
	v2, v3 := g.a^0x6c7967656e657261, g.b^0x7465646279746573
	round := func() {
		v0 += v1
		v2 += v3
		v1, v3 = bits.RotateLeft64(v1, 13)^v0, bits.RotateLeft64(v3, 16)^v2
		v0 = bits.RotateLeft64(v0, 32)
		v2 += v1
		v0 += v3
		v1, v3 = bits.RotateLeft64(v1, 17)^v2, bits.RotateLeft64(v3, 21)^v0
		v2 = bits.RotateLeft64(v2, 32)
	}
	for _, m := range [...]uint64{g.tag + role, value, 16 << 56} {
		v3 ^= m
		round()
		round()
		v0 ^= m
	}
	v2 ^= 0xff
	round()
	round()
	round()
	round()
	return v0 ^ v1 ^ v2 ^ v3
}

// keyed is the table with what its keys are made by: how common each word is, and
// whether a text has words enough to be looked for by. A model's term frequencies
// say it where there is one, so that a record has the keys that it has among all.
func (t *Table) keyed(z *Frequencies) *Table {
	k := *t
	k.texts = slices.Clone(t.texts)
	for i := range k.texts {
		c := &k.texts[i]
		c.common = make([]float64, len(c.words.texts))
		distinct := len(c.words.texts) - 1
		if z == nil {
			for w, n := range c.uses {
				c.common[w] = float64(n)
			}
		} else {
			words := z.Columns["word:"+c.name]
			for w, text := range c.words.texts {
				c.common[w] = frozen{}.count(&words, text, 0)
			}
			if distinct = words.Distinct; distinct == 0 && words.Total > 0 {
				distinct = fewWords // a model of before they were counted
			}
		}
		c.few = distinct < fewWords
	}
	return &k
}

// fewWords is from how many words on a text is looked for by them.
const fewWords = 19

// Strings are the strings of a table's records under every key.
type Strings struct {
	t    *Table
	keys []Key
	with []keying
}

// Strings makes the strings of a table's records by a frozen model, the same for
// a record by itself as among all. They are what an index keeps: candidates of a
// record are those it shares a Block with.
func (t *Table) Strings(m *Model, s Secret) *Strings {
	x := &Strings{t: t.keyed(m.frozen())}
	x.keys = x.t.keysFor()
	for i := range x.keys {
		x.with = append(x.with, s.keying(&x.keys[i]))
	}
	return x
}

// Keys is how many keys there are.
func (x *Strings) Keys() int { return len(x.keys) }

// Scheme is what strings depend on beside a record, a secret and a model: two
// indexes of different schemes cannot be one.
func (x *Strings) Scheme() string {
	text := fmt.Sprint("version ", Version)
	for i := range x.keys {
		k := &x.keys[i]
		text += fmt.Sprintf("; %s: %v", k.Name, k.must)
		if k.words != nil {
			text += fmt.Sprint(" words ", *k.words)
		}
		text += fmt.Sprint(" then ", k.refine)
	}
	return text
}

// Version is raised when a program makes other strings or other weights of the
// same records by the same model, so that what was kept is made anew.
const Version = 4

// Of appends the strings of a record under a key, ascending; none if the record
// does not say what the key needs.
func (x *Strings) Of(dst []string, i, key int) []string {
	var buf [rareWords]must
	k, g := &x.keys[key], x.with[key]
	musts := k.musts(x.t, i, g, buf[:0])
	tail := g.tail(x.t.hashes[i], x.t.nameOf(i, 0))
	for _, m := range musts {
		s := binary.BigEndian.AppendUint64(make([]byte, 0, mustLen+partLen*len(k.refine)+tailLen), m.h)
		row := x.t.variant(k, i, int(m.variant), nil)
		for d, p := range k.refine {
			s = binary.BigEndian.AppendUint16(s, uint16(g.part(d, x.t.hashOfPart(row, p)))) //nolint:gosec // 16 bits
		}
		s = append(s, byte(tail>>40), byte(tail>>32), byte(tail>>24), byte(tail>>16), byte(tail>>8), byte(tail))
		dst = append(dst, string(s))
	}
	return dst
}

// nameOf is a hash of what record i is called; of a table without names, of its
// place among records that say the same, of which there is none to tell apart.
func (t *Table) nameOf(i, place int) uint64 {
	if t.named != nil {
		return t.named[i]
	}
	return uint64(place) //nolint:gosec // a place
}

// must is the first part of a string, and of which of a record's rows it is.
type must struct {
	h       uint64
	variant uint8
}

// musts appends the first parts of a record's strings, each once and ascending. Of
// several rows that give one the first counts.
func (k *Key) musts(t *Table, i int, g keying, dst []must) []must {
	var buf [rareWords]uint64
	var other []uint32
	for v := range t.variants(k, i) {
		row := t.variant(k, i, v, other)
		if v > 0 {
			other = row
		}
		for _, h := range k.hashes(t, row, buf[:0]) {
			dst = append(dst, must{g.must(h), uint8(v)}) //nolint:gosec // less than mostVariants
		}
	}
	if len(dst) > 1 {
		slices.SortFunc(dst, func(a, b must) int { return cmp.Or(cmp.Compare(a.h, b.h), cmp.Compare(a.variant, b.variant)) })
		dst = slices.CompactFunc(dst, func(a, b must) bool { return a.h == b.h })
	}
	return dst
}

// Family is the part of a string that all of a block share at least.
func Family(s string) string { return s[:mustLen] }

// depthOf is how many parts two strings share, each bit of the tail being one.
func depthOf(a, b string) int {
	if len(a) != len(b) || a[:mustLen] != b[:mustLen] {
		return 0
	}
	depth, at := 1, mustLen
	for ; at < len(a)-tailLen; at += partLen {
		if a[at:at+partLen] != b[at:at+partLen] {
			return depth
		}
		depth++
	}
	for ; at < len(a); at++ {
		if d := a[at] ^ b[at]; d != 0 {
			return depth + bits.LeadingZeros8(d)
		}
		depth += 8
	}
	return depth
}

// Block is the block that a string lies in among sorted ones, or would lie in: it
// is sorted[lo:hi], and depth is how many parts those share at least. Of the
// strings of the same family, sorted has to hold all, or on either side of s those
// that are next to it and more than limit.
func Block(sorted []string, s string, limit int) (lo, hi, depth int) {
	lo, _ = slices.BinarySearch(sorted, s)
	hi = lo
	for hi < len(sorted) && sorted[hi] == s {
		hi++ // however many: nothing divides them
	}
	for {
		left, right := 0, 0
		if lo > 0 {
			left = depthOf(sorted[lo-1], s)
		}
		if hi < len(sorted) {
			right = depthOf(sorted[hi], s)
		}
		next := max(left, right)
		if next == 0 {
			return lo, hi, 1
		}
		l, h := lo, hi
		for l > 0 && depthOf(sorted[l-1], s) == next {
			l--
		}
		for h < len(sorted) && depthOf(sorted[h], s) == next {
			h++
		}
		if h-l > limit {
			return lo, hi, next + 1
		}
		lo, hi = l, h
	}
}
