package resolve

import (
	"unicode"
	"unicode/utf8"
)

// foldedLetters are letters written with others where a keyboard, a country or an
// old system lacks them. Text is NFC, so a letter with its mark is one rune; ae and
// oe are folded as the letters that they are older spellings of.
var foldedLetters = func() map[rune]string {
	m := map[rune]string{
		'æ': "a", 'œ': "o", 'ß': "ss", 'þ': "th", 'ð': "d", 'đ': "d", 'ł': "l", 'ø': "o", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ı': "i",
	}
	for base, letters := range map[string]string{
		"a": "àáâãäåāăą", "c": "çćĉċč", "d": "ď", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥ", "i": "ìíîïĩīĭį", "j": "ĵ",
		"k": "ķ", "l": "ĺļľŀ", "n": "ñńņň", "o": "òóôõöōŏő", "r": "ŕŗř", "s": "śŝşšș", "t": "ţťț", "u": "ùúûüũūŭůűų",
		"w": "ŵ", "y": "ýÿŷ", "z": "źżž",
	} {
		for _, r := range letters {
			m[r] = base
		}
	}
	return m
}()

// FoldLetter is what a small letter is written as where there is no such letter.
// It is false for a letter that stays as it is.
func FoldLetter(r rune) (string, bool) {
	s, ok := foldedLetters[r]
	return s, ok
}

// particles stand in many surnames and tell none of them apart.
var particles = map[string]bool{
	"af": true, "al": true, "av": true, "bin": true, "da": true, "de": true, "del": true, "den": true, "der": true, "di": true,
	"du": true, "el": true, "ibn": true, "la": true, "le": true, "van": true, "von": true,
}

// appendNameTokens appends the words of a name, folded so that the same name
// spelt by two systems is the same words: case and marks fold away, and so do
// the spellings aa, ae, oe and ue of å, ä, ö and ü. Initials and particles are
// left out: sharing one says nothing.
func appendNameTokens(dst []string, name string) []string {
	var buf [64]byte
	word := buf[:0]
	flush := func() {
		word = dropVariants(word)
		if s := string(word); (len(word) > 1) && !particles[s] {
			dst = append(dst, s)
		}
		word = word[:0]
	}
	for _, r := range name {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			word = append(word, byte(r))
		case 'A' <= r && r <= 'Z':
			word = append(word, byte(r)+'a'-'A')
		case r == '\'' || r == '’' || unicode.Is(unicode.Mn, r):
			// O'Brien and OBrien are one word.
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mc, r)):
			r = unicode.ToLower(unicode.ToUpper(r))
			if s, ok := FoldLetter(r); ok {
				word = append(word, s...)
			} else {
				word = utf8.AppendRune(word, r)
			}
		default:
			flush()
		}
	}
	flush()
	return dst
}

// dropVariants folds aa and ae to a, oe to o and ue to u, in place.
func dropVariants(word []byte) []byte {
	out := word[:0]
	for i, c := range word {
		if i > 0 && len(out) > 0 {
			prev := out[len(out)-1]
			if c == 'a' && prev == 'a' || c == 'e' && (prev == 'a' || prev == 'o' || prev == 'u') {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}
