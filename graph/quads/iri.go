package quads

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/karna-registry/karna/model"
)

// CheckBase tells whether a base IRI can carry the registry's addresses: an
// absolute http or https IRI without query, fragment or final slash.
func CheckBase(base string) error {
	if !ValidIRI(base) || strings.ContainsAny(base, "?#") || strings.HasSuffix(base, "/") {
		return fmt.Errorf("base IRI %q: want one such as https://data.example.se, without a final slash", base)
	}
	return nil
}

// maxPage bounds a text that is taken for an address; longer ones are refused
// by readers.
const maxPage = 2000

func isPage(s string) bool { return len(s) <= maxPage && ValidIRI(s) }

// ValidIRI tells whether s is an absolute http or https IRI (RFC 3987) that can
// be written in every format as it is: with a plain host, and nothing that any
// of the formats forbids.
func ValidIRI(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "http://"); !ok {
			return false
		}
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	if !validHost(rest[:end]) {
		return false
	}
	fragment := false
	for i := 0; i < len(rest); {
		c := rest[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(rest[i:])
			if !iriRune(r) {
				return false
			}
			i += n
			continue
		}
		switch {
		case c <= ' ' || c == 0x7F || strings.IndexByte("<>\"{}|\\^`[]", c) >= 0:
			return false
		case c == '%' && (i+2 >= len(rest) || !hex(rest[i+1]) || !hex(rest[i+2])):
			return false
		case c == '#' && fragment:
			return false
		case c == '#':
			fragment = true
		}
		i++
	}
	return true
}

// validHost tells whether the authority is a host name or IPv4 address with or
// without a port; readers disagree about everything else that may stand there.
func validHost(s string) bool {
	if at := strings.IndexByte(s, ':'); at >= 0 {
		port := s[at+1:]
		if len(port) == 0 || len(port) > 5 || strings.Trim(port, "0123456789") != "" {
			return false
		}
		s = s[:at]
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := 0; i < len(label); i++ {
			switch c := label[i]; {
			case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c >= utf8.RuneSelf:
			default:
				return false
			}
		}
	}
	return true
}

func hex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// iriRune is ucschar of RFC 3987 without the directional marks and unassigned
// planes that readers disagree about.
func iriRune(r rune) bool {
	switch {
	case r < 0xA0, r == utf8.RuneError, 0xD800 <= r && r <= 0xF8FF, 0xFDD0 <= r && r <= 0xFDEF, r >= 0xFFF0 && r <= 0xFFFF, r >= 0xE0000:
		return false
	case 0x200B <= r && r <= 0x200F, 0x2028 <= r && r <= 0x202F, 0x2060 <= r && r <= 0x206F, r == 0xFEFF:
		return false
	}
	return r&0xFFFE != 0xFFFE
}

// EntityIRI is a golden record's address.
func EntityIRI(base string, kind model.Kind, id model.EntityID) string {
	return base + "/id/" + kind.String() + "/" + id.String()
}

// ParseEntityIRI reads what EntityIRI made.
func ParseEntityIRI(base, iri string) (kind model.Kind, id model.EntityID, ok bool) {
	kind, id, fragment, ok := ParseNodeIRI(base, iri)
	if fragment != "" || strings.HasSuffix(iri, "#") {
		return model.KindUnknown, model.EntityID{}, false
	}
	return kind, id, ok
}

// ParseNodeIRI reads the address of a golden record or of a node that hangs on
// it; fragment is empty for the record itself.
func ParseNodeIRI(base, iri string) (kind model.Kind, id model.EntityID, fragment string, ok bool) {
	rest, ok := strings.CutPrefix(iri, base)
	if ok {
		rest, ok = strings.CutPrefix(rest, "/id/")
	}
	if !ok {
		return 0, model.EntityID{}, "", false
	}
	rest, fragment, _ = strings.Cut(rest, "#")
	name, uuid, _ := strings.Cut(rest, "/")
	kind, err := model.ParseKind(name)
	if err != nil {
		return 0, model.EntityID{}, "", false
	}
	// Only the form that EntityIRI writes is the thing's address.
	id, err = model.ParseEntityID(uuid)
	if err != nil || id.String() != uuid {
		return 0, model.EntityID{}, "", false
	}
	return kind, id, fragment, true
}

// RecordIRI is the address of a record: the name of its graph.
func RecordIRI(base string, id model.EntityID) string { return base + "/record/" + id.String() }

// SourceIRI is the address of a source.
func SourceIRI(base string, s model.Source) string {
	return base + "/source/" + string(appendSegment(nil, string(s)))
}

// SchemeIRI is the address of a code list.
func SchemeIRI(base, scheme string) string {
	return base + "/code/" + string(appendSegment(nil, scheme))
}

// CodeIRI is the address by which values refer to a code.
func CodeIRI(base, scheme, notation string) string {
	b := make([]byte, 0, len(base)+len(scheme)+len(notation)+7)
	b = append(append(b, base...), "/code/"...)
	b = append(appendSegment(b, scheme), '/')
	return string(appendSegment(b, notation))
}

// ParseCodeIRI reads what CodeIRI made.
func ParseCodeIRI(base, iri string) (scheme, notation string, ok bool) {
	rest, ok := strings.CutPrefix(iri, base)
	if ok {
		rest, ok = strings.CutPrefix(rest, "/code/")
	}
	s, n, two := strings.Cut(rest, "/")
	if !ok || !two {
		return "", "", false
	}
	scheme, ok1 := unescape(s)
	notation, ok2 := unescape(n)
	return scheme, notation, ok1 && ok2
}

const upperHex = "0123456789ABCDEF"

// appendSegment percent-encodes everything but unreserved characters, and a
// segment of dots only, which would be taken for a step up.
func appendSegment(dst []byte, s string) []byte {
	dots := strings.Trim(s, ".") == ""
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '~', c == '.' && !dots:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '/') >= 0 {
		return "", false
	}
	if strings.IndexByte(s, '%') < 0 {
		return s, true
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if i+2 >= len(s) || !hex(s[i+1]) || !hex(s[i+2]) {
				return "", false
			}
			c = nibble(s[i+1])<<4 | nibble(s[i+2])
			i += 2
		}
		out = append(out, c)
	}
	return string(out), true
}

func nibble(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&0xDF - 'A' + 10
}
