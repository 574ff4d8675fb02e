package document

import (
	"math"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/model"
)

// form says what a document may hold.
type form uint8

const (
	formRecord  form = iota // what a source said; sealed values left out
	formGolden              // as formRecord; a reference is kept only while it dangles
	formHashing             // everything that was said, for a hash in memory
)

// closeMessage sets the length of a message that starts after the one byte
// kept for its length at position mark.
func closeMessage(dst []byte, mark int) []byte {
	n := len(dst) - mark - 1
	if n < 0x80 {
		dst[mark] = byte(n)
		return dst
	}
	extra := protowire.SizeVarint(uint64(n)) - 1
	for range extra {
		dst = append(dst, 0)
	}
	copy(dst[mark+1+extra:], dst[mark+1:mark+1+n])
	protowire.AppendVarint(dst[:mark], uint64(n))
	return dst
}

// open begins a message field; mark is for closeMessage.
func open(dst []byte, num protowire.Number) (out []byte, mark int) {
	dst = protowire.AppendTag(dst, num, protowire.BytesType)
	return append(dst, 0), len(dst)
}

func appendUint(dst []byte, num protowire.Number, v uint64) []byte {
	if v == 0 {
		return dst
	}
	return protowire.AppendVarint(protowire.AppendTag(dst, num, protowire.VarintType), v)
}

func appendString(dst []byte, num protowire.Number, s string) []byte {
	if s == "" {
		return dst
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return protowire.AppendString(protowire.AppendTag(dst, num, protowire.BytesType), s)
}

// appendWord writes a recurring string as its number, or in full in the field
// after it. A hash never depends on which words have a number.
func appendWord(dst []byte, f form, num protowire.Number, s string) []byte {
	if s == "" {
		return dst
	}
	if n, ok := wordNumbers[s]; ok && f != formHashing {
		return appendUint(dst, num, n)
	}
	return appendString(dst, num+1, s)
}

func appendFloat(dst []byte, num protowire.Number, f float64) []byte {
	if f == 0 {
		return dst
	}
	return protowire.AppendFixed64(protowire.AppendTag(dst, num, protowire.Fixed64Type), math.Float64bits(f))
}

func appendID(dst []byte, num protowire.Number, id model.EntityID) []byte {
	if id.IsZero() {
		return dst
	}
	return protowire.AppendBytes(protowire.AppendTag(dst, num, protowire.BytesType), id[:])
}

// packDate makes a date one number: three bytes as a varint until the year 2047.
func packDate(d model.Date) uint64 {
	return protowire.EncodeZigZag(int64(d.Year)<<9 | int64(d.Month)<<5 | int64(d.Day))
}

func appendDate(dst []byte, num protowire.Number, d model.Date) []byte {
	if d.IsZero() {
		return dst
	}
	return appendUint(dst, num, packDate(d))
}

func appendValue(dst []byte, f form, num protowire.Number, v model.Value, original string, p model.Period) []byte {
	dst, mark := open(dst, num)
	var in int
	switch v := v.(type) {
	case model.Text:
		// The text is written even when empty: it is what says the type.
		dst = protowire.AppendTag(dst, 1, protowire.BytesType)
		if utf8.ValidString(v.Text) {
			dst = protowire.AppendString(dst, v.Text)
		} else {
			dst = protowire.AppendString(dst, strings.ToValidUTF8(v.Text, "\uFFFD"))
		}
		dst = appendWord(dst, f, 15, v.Lang)
	case model.Date:
		dst = protowire.AppendVarint(protowire.AppendTag(dst, 2, protowire.VarintType), packDate(v))
	case model.Code:
		dst, in = open(dst, 3)
		dst = appendWord(dst, f, 1, v.Scheme)
		dst = appendWord(dst, f, 3, v.Notation)
		dst = closeMessage(dst, in)
	case model.Identifier:
		dst, in = open(dst, 4)
		var hidden bool
		dst, hidden = appendIdentifier(dst, f, v)
		dst = closeMessage(dst, in)
		if hidden {
			original = ""
		}
	case model.Link:
		dst, in = open(dst, 5)
		var hidden bool
		dst, hidden = appendLink(dst, f, v)
		dst = closeMessage(dst, in)
		if hidden {
			original = ""
		}
	case model.Number:
		n := float64(v)
		if n == 0 {
			n = 0 // a negative zero is the same number
		}
		dst = protowire.AppendFixed64(protowire.AppendTag(dst, 6, protowire.Fixed64Type), math.Float64bits(n))
	case model.Boolean:
		dst = protowire.AppendVarint(protowire.AppendTag(dst, 7, protowire.VarintType), protowire.EncodeBool(bool(v)))
	case model.Address:
		dst, in = open(dst, 8)
		dst = closeMessage(appendAddress(dst, f, v), in)
	case model.Contact:
		dst, in = open(dst, 9)
		dst = appendWord(dst, f, 1, v.Medium)
		dst = appendWord(dst, f, 3, v.Use)
		dst = closeMessage(appendString(dst, 5, v.Value), in)
	case model.Geometry:
		dst, in = open(dst, 10)
		dst = appendFloat(dst, 1, v.Lon)
		dst = appendFloat(dst, 2, v.Lat)
		dst = appendString(dst, 3, v.WKT)
		dst = appendString(dst, 4, v.Original)
		dst = closeMessage(appendUint(dst, 5, uint64(v.CRS)), in)
	case model.Period:
		dst, in = open(dst, 11)
		dst = appendDate(dst, 1, v.From)
		dst = closeMessage(appendDate(dst, 2, v.To), in)
	}
	dst = appendDate(dst, 12, p.From)
	dst = appendDate(dst, 13, p.To)
	dst = appendString(dst, 14, original)
	return closeMessage(dst, mark)
}

func appendScheme(dst []byte, f form, num protowire.Number, s model.Scheme) []byte {
	base := s.Base()
	if n, ok := wordNumbers[string(base)]; ok && f != formHashing {
		dst = appendUint(dst, num, n)
		if len(base) < len(s) {
			dst = appendString(dst, num+1, string(s[len(base):]))
		}
		return dst
	}
	return appendString(dst, num+1, string(s))
}

// appendIdentifier tells also whether the value was held back.
func appendIdentifier(dst []byte, f form, v model.Identifier) ([]byte, bool) {
	dst = appendScheme(dst, f, 1, v.Scheme)
	hidden := f != formHashing && (!v.Seal.IsZero() || personal(v.Scheme))
	if !hidden {
		dst = appendString(dst, 3, v.Value)
	}
	if f != formHashing || v.Value == "" {
		dst = appendID(dst, 4, v.Seal)
	}
	return appendUint(dst, 5, uint64(v.Status)), hidden
}

// linkClass is the field of who may see a link, right behind what it leads to.
const linkClass = 9

// appendLink tells also whether a referred-to identifier was held back.
func appendLink(dst []byte, f form, v model.Link) (out []byte, hidden bool) {
	if f != formGolden || v.To.IsZero() {
		dst, hidden = appendReference(dst, f, v.Ref)
	}
	dst = appendID(dst, 8, v.To)
	dst = appendUint(dst, linkClass, uint64(v.Disclosure))
	dst = appendWord(dst, f, 10, v.Role)
	return appendString(dst, 12, v.Note), hidden
}

func appendReference(dst []byte, f form, r model.Reference) (out []byte, hidden bool) {
	dst = appendString(dst, 1, string(r.Key.Source))
	dst = appendUint(dst, 2, uint64(r.Key.Kind))
	dst = appendString(dst, 3, r.Key.LocalID)
	dst = appendUint(dst, 4, uint64(r.Kind))
	dst = appendScheme(dst, f, 5, r.Scheme)
	hidden = f != formHashing && (!r.Seal.IsZero() || personal(r.Scheme))
	if !hidden {
		dst = appendString(dst, 7, r.Value)
	}
	if f != formHashing || r.Value == "" {
		dst = appendID(dst, 13, r.Seal)
	}
	return dst, hidden
}

func appendAddress(dst []byte, f form, v model.Address) []byte {
	dst = appendWord(dst, f, 1, v.Use)
	dst = appendString(dst, 3, v.CareOf)
	dst = appendString(dst, 4, v.Street)
	dst = appendString(dst, 5, v.StreetNumber)
	dst = appendString(dst, 6, v.Entrance)
	dst = appendString(dst, 7, v.Unit)
	dst = appendString(dst, 8, v.PostalCode)
	dst = appendString(dst, 9, v.Locality)
	dst = appendString(dst, 10, v.Municipality)
	dst = appendString(dst, 11, v.County)
	dst = appendString(dst, 12, v.Property)
	dst = appendWord(dst, f, 13, v.Country)
	return appendString(dst, 15, v.FullAddress)
}
