package normalise

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text is the text in NFC, trimmed, with each run of white space as one space.
// It is not clean when bytes were not UTF-8 or held control characters: those
// are replaced by U+FFFD and the original is worth keeping. Invisible marks
// that mean nothing on their own (byte order mark, zero width space, soft
// hyphen) are dropped.
func Text(s string) (text string, clean bool) {
	if isPlain(s) {
		return s, true
	}
	return collapse(s)
}

// Lines is Text for text of several paragraphs: line breaks are kept, as \n,
// with no more than one empty line in a row.
func Lines(s string) (text string, clean bool) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	clean = true
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		t, ok := Text(line)
		clean = clean && ok
		if t == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, t)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n"), clean
}

// isPlain tells whether the text is ASCII that is already as Text leaves it, as
// most fields are.
func isPlain(s string) bool {
	previous := byte(' ')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c > '~' || (c == ' ' && previous == ' ') {
			return false
		}
		previous = c
	}
	return s == "" || previous != ' '
}

func collapse(s string) (string, bool) {
	clean := true
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case r == '\ufeff' || r == '\u200b' || r == '\u00ad' || r == '\u2060':
			continue
		case r == utf8.RuneError && size == 1:
			clean = false
		case unicode.IsControl(r):
			clean = false
			r = utf8.RuneError
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String()), clean
}

// Fold is the form in which texts are compared: small letters without marks,
// å and ä as a, ö as o, with aa, ae and oe as their older spellings, anything but
// letters and digits as one space. It is for matching and is never shown.
func Fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	var last rune
	put := func(r rune) {
		if space && b.Len() > 0 {
			b.WriteByte(' ')
			last = ' '
		}
		space = false
		switch {
		case last == 'a' && (r == 'a' || r == 'e'), last == 'o' && r == 'e':
			return
		}
		b.WriteRune(r)
		last = r
	}
	for _, r := range norm.NFKD.String(strings.ToLower(s)) {
		switch {
		case unicode.Is(unicode.M, r) || r == '\'' || r == '’' || r == '´' || r == '`':
		case foldedLetters[r] != "":
			for _, f := range foldedLetters[r] {
				put(f)
			}
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			put(unicode.ToLower(r))
		default:
			space = true
		}
	}
	return b.String()
}

// foldedLetters are letters that decomposition leaves whole.
var foldedLetters = map[rune]string{
	'æ': "a", 'ø': "o", 'œ': "o", 'ß': "ss", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ı': "i", 'ŋ': "n", 'ħ': "h", 'ŧ': "t",
}
