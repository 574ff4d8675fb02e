package export

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// ErrInvalidIRI is the answer to an IRI that no format can carry. Which one it
// is is not said: it may be made of what nobody should see.
var ErrInvalidIRI = errors.New("not a valid absolute IRI")

// iriByte tells the ASCII bytes that IRIREF allows.
var iriByte = func() (t [256]bool) {
	for c := 0x21; c < 0x7F; c++ {
		t[c] = strings.IndexByte("<>\"{}|^`\\", byte(c)) < 0
	}
	return t
}()

// validIRI tells whether s is an absolute IRI that stands between < and > as it
// is: it has a scheme, none of what IRIREF forbids and no control or bidi mark.
func validIRI(s string) bool {
	colon := strings.IndexByte(s, ':')
	if colon < 1 || colon == len(s)-1 {
		return false
	}
	for i := range colon {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	// An authority that is announced must be there: readers drop the rest.
	if rest, ok := strings.CutPrefix(s[colon+1:], "//"); ok && (rest == "" || strings.IndexByte("/?#:@", rest[0]) >= 0 && strings.HasPrefix(s, "http")) {
		return false
	}
	ascii := true
	for i := colon; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			ascii = false
		} else if !iriByte[c] {
			return false
		}
		if c == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			return false
		}
	}
	return ascii || validRunes(s)
}

// plainASCII tells whether an IRI may go on so, without looking at what came
// before: it has no escape to be whole.
func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; !iriByte[c] || c == '%' {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func validRunes(s string) bool {
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf:
		case r < 0xA0, r == utf8.RuneError, 0xD800 <= r && r <= 0xF8FF, 0xFDD0 <= r && r <= 0xFDEF, 0xFFF0 <= r && r <= 0xFFFF, r >= 0xE0000, r&0xFFFE == 0xFFFE:
			return false
		case 0x200B <= r && r <= 0x200F, 0x2028 <= r && r <= 0x202F, 0x2060 <= r && r <= 0x206F, r == 0xFEFF:
			return false
		}
	}
	return true
}

// validLang is LANGTAG of N-Quads and Turtle.
func validLang(s string) bool {
	letters, rest := true, s != ""
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', !letters && '0' <= c && c <= '9':
			rest = false
		case c == '-' && !rest && i > 0:
			letters, rest = false, true
		default:
			return false
		}
	}
	return s != "" && !rest
}

const hexDigits = "0123456789ABCDEF"

// rdfEscape and jsonEscape say how a byte below 0x80 is written: 0 as it is,
// 'u' as \u00XX, else after a backslash.
var rdfEscape, jsonEscape = func() (rdf, json [256]byte) {
	for c := range 0x20 {
		rdf[c], json[c] = 'u', 'u'
	}
	for c, e := range map[byte]byte{'\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r', '"': '"', '\\': '\\'} {
		rdf[c], json[c] = e, e
	}
	rdf[0x7F], json[0x7F] = 'u', 'u'
	return rdf, json
}()

// appendEscaped appends s with what the table says escaped. Bytes that are not
// UTF-8 become U+FFFD.
func appendEscaped(dst []byte, s string, table *[256]byte) []byte {
	from, ascii, mark := 0, true, len(dst)
	for i := 0; i < len(s); i++ {
		c := s[i]
		e := table[c]
		if e == 0 {
			if c >= utf8.RuneSelf {
				ascii = false
			}
			continue
		}
		dst = append(dst, s[from:i]...)
		if e == 'u' {
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			dst = append(dst, '\\', e)
		}
		from = i + 1
	}
	if !ascii && !utf8.ValidString(s) {
		return appendEscaped(dst[:mark], strings.ToValidUTF8(s, "\uFFFD"), table)
	}
	return append(dst, s[from:]...)
}
