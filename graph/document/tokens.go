package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxToken bounds a token's length in bytes; a longer word is cut, in the index
// and in a query alike.
const maxToken = 64

// Tokens folds text into the words that search knows, in their order and each
// once: case and diacritics are folded (å and ä to a, ö and ø to o, é to e),
// and whatever is neither letter nor digit separates. Index rows and queries
// are both made with it, so that they fold alike.
func Tokens(text string) []string {
	out := make([]string, 0, 4)
	var have map[string]bool // of out, once it is long
	folded := fold(make([]byte, 0, 64), text)
	for start := 0; start < len(folded); {
		if folded[start] == ' ' {
			start++
			continue
		}
		end := start + 1
		for end < len(folded) && folded[end] != ' ' {
			end++
		}
		token := cut(folded[start:end])
		start = end
		if have[string(token)] || have == nil && containsToken(out, token) {
			continue
		}
		out = append(out, string(token))
		switch {
		case have != nil:
			have[out[len(out)-1]] = true
		case len(out) == fewTokens:
			have = make(map[string]bool, 4*fewTokens)
			for _, t := range out {
				have[t] = true
			}
		}
	}
	return out
}

// fewTokens are as many as are sooner gone through than looked up.
const fewTokens = 16

func containsToken(tokens []string, token []byte) bool {
	for _, t := range tokens {
		if t == string(token) {
			return true
		}
	}
	return false
}

func cut(token []byte) []byte {
	if len(token) <= maxToken {
		return token
	}
	n := maxToken
	for !utf8.RuneStart(token[n]) {
		n--
	}
	return token[:n]
}

// fold appends the folded text with one or more spaces for what separates.
func fold(dst []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			dst = append(dst, c)
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		case c < utf8.RuneSelf:
			dst = append(dst, ' ')
		case c == 0xC3 && i+1 < len(text) && latin[text[i+1]&0x3F] != 0 && !markFollows(text[i+2:]):
			dst = append(dst, latin[text[i+1]&0x3F])
			i++
		default:
			// What precedes may be the base of a mark that follows: fold the
			// rest by the book.
			return foldUnicode(dst, text[i:])
		}
	}
	return dst
}

func markFollows(text string) bool { return text != "" && text[0] >= 0xCC && text[0] <= 0xCD }

// latin folds U+00C0–U+00FF by the low six bits of their second byte; 0 is left
// to foldUnicode.
var latin = func() (t [64]byte) {
	for base, letters := range map[byte]string{
		'a': "ÀÁÂÃÄÅàáâãäå", 'c': "Çç", 'e': "ÈÉÊËèéêë", 'i': "ÌÍÎÏìíîï", 'n': "Ññ", 'o': "ÒÓÔÕÖØòóôõöø", 'u': "ÙÚÛÜùúûü", 'y': "Ýýÿ",
	} {
		for _, l := range letters {
			t[l-0xC0] = base
		}
	}
	return t
}()

// strokes are letters whose stroke or ligature Unicode does not decompose.
var strokes = map[rune]string{
	'ø': "o", 'æ': "ae", 'œ': "oe", 'ß': "ss", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ı': "i",
}

func foldUnicode(dst []byte, text string) []byte {
	stripped := make([]rune, 0, len(text))
	for _, r := range norm.NFKD.String(text) {
		switch {
		case r >= 0x300 && r <= 0x36F: // combining diacritical marks
		case r == utf8.RuneError:
			stripped = append(stripped, ' ')
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			// Through upper case, so that both sigmas are one.
			r = unicode.ToLower(unicode.ToUpper(r))
			if s, ok := strokes[r]; ok {
				stripped = append(stripped, []rune(s)...)
				continue
			}
			stripped = append(stripped, r)
		default:
			stripped = append(stripped, ' ')
		}
	}
	return norm.NFC.AppendString(dst, strings.TrimRight(string(stripped), " "))
}
