package match

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/karna-registry/karna/resolve"
)

// appendFolded appends the form in which texts are compared: small letters
// without marks, the spellings aa, ae, oe and ue as å, ä, ö and ü are folded, and
// anything but letters and digits as one space. Apostrophes join what they stand
// between.
func appendFolded(dst []byte, s string) []byte {
	start := len(dst)
	space := false
	put := func(c byte) {
		if space {
			if len(dst) > start {
				dst = append(dst, ' ')
			}
			space = false
		}
		if n := len(dst); n > start && (c == 'a' && dst[n-1] == 'a' || c == 'e' && (dst[n-1] == 'a' || dst[n-1] == 'o' || dst[n-1] == 'u')) {
			return
		}
		dst = append(dst, c)
	}
	if !isASCII(s) && !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
				put(c)
			case 'A' <= c && c <= 'Z':
				put(c + 'a' - 'A')
			case c == '\'' || c == '`':
			default:
				space = true
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		r = unicode.ToLower(r)
		switch f, ok := resolve.FoldLetter(r); {
		case ok:
			for j := range len(f) {
				put(f[j])
			}
		case r == '’' || r == '´' || unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if space && len(dst) > start {
				dst = append(dst, ' ')
			}
			space = false
			dst = utf8.AppendRune(dst, r)
		default:
			space = true
		}
	}
	return dst
}

// Fold is the form in which texts are compared.
func Fold(s string) string { return string(appendFolded(nil, s)) }

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// appendDigits appends the digits of s.
func appendDigits(dst []byte, s string) []byte {
	for i := range len(s) {
		if isDigit(s[i]) {
			dst = append(dst, s[i])
		}
	}
	return dst
}
