package paxml

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// entitiesKnown tells whether every & in a text starts one of XML's five
// entities or a character reference.
func entitiesKnown(b []byte) bool {
	for {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			return true
		}
		_, size := entity(b[i:])
		if size == 0 {
			return false
		}
		b = b[i+size:]
	}
}

// entity reads the entity or character reference that b starts with.
func entity(b []byte) (r rune, size int) {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 2 {
		return 0, 0
	}
	name := string(b[1:end])
	switch name {
	case "amp":
		return '&', end + 1
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	if name[0] != '#' {
		return 0, 0
	}
	base, digits := 10, name[1:]
	if strings.HasPrefix(digits, "x") {
		base, digits = 16, digits[1:]
	}
	n, err := strconv.ParseUint(digits, base, 31)
	if err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
		return 0, 0
	}
	return rune(n), end + 1
}

// decode is the text of an attribute or piece of text in UTF-8, with entities
// resolved.
func (t *tree) decode(n *node) string {
	b := t.raw[n.from:n.at]
	plain := true
	for _, c := range b {
		if c == '&' || (c >= 0x80 && t.latin1) {
			plain = false
			break
		}
	}
	if plain {
		return string(b)
	}
	out := make([]byte, 0, len(b)+len(b)/8)
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '&' && n.kind != 'c':
			r, size := entity(b[i:])
			out = utf8.AppendRune(out, r)
			i += size
		case c >= 0x80 && t.latin1:
			out = utf8.AppendRune(out, rune(c))
			i++
		default:
			out = append(out, c)
			i++
		}
	}
	return string(out)
}
