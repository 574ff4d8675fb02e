package synth

import (
	"slices"
	"strings"
	"unicode"
)

// neighbours are the keys beside a key on a Swedish keyboard.
var neighbours = map[rune]string{
	'q': "wa", 'w': "qes", 'e': "wrd", 'r': "etf", 't': "ryg", 'y': "tuh", 'u': "yij", 'i': "uok", 'o': "ipl", 'p': "oåö",
	'å': "pöä", 'a': "qsz", 's': "adwx", 'd': "sfec", 'f': "dgrv", 'g': "fhtb", 'h': "gjyn", 'j': "hkum", 'k': "jlim", 'l': "kö",
	'ö': "läp", 'ä': "öå", 'z': "xa", 'x': "zcs", 'c': "xvd", 'v': "cbf", 'b': "vng", 'n': "bmh", 'm': "nj",
	'0': "9", '1': "2", '2': "13", '3': "24", '4': "35", '5': "46", '6': "57", '7': "68", '8': "79", '9': "80",
}

// typo makes one edit as fingers do: a neighbouring key, a letter left out,
// doubled or put in, two swapped. What comes out differs from s whenever s has
// a letter or digit.
func typo(r *rng, s string) string {
	letters := []rune(s)
	var at []int
	for i, c := range letters {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return s
	}
	for range 20 {
		i := pick(r, at)
		out := slices.Clone(letters)
		switch r.weighted(35, 22, 13, 15, 15) {
		case 0:
			out[i] = beside(r, out[i])
		case 1:
			if len(at) < 3 {
				continue
			}
			out = slices.Delete(out, i, i+1)
		case 2:
			out = slices.Insert(out, i, out[i])
		case 3:
			out = slices.Insert(out, i+1, unicode.ToLower(beside(r, out[i])))
		default:
			if i+1 >= len(out) || !unicode.IsLetter(out[i+1]) && !unicode.IsDigit(out[i+1]) || i == 0 {
				continue
			}
			out[i], out[i+1] = out[i+1], out[i]
		}
		if t := string(out); t != s {
			return t
		}
	}
	return s + string(letters[at[len(at)-1]])
}

// beside is a key beside c, in its case.
func beside(r *rng, c rune) rune {
	near, ok := neighbours[unicode.ToLower(c)]
	if !ok {
		return 'e'
	}
	n := pick(r, []rune(near))
	if unicode.IsUpper(c) {
		return unicode.ToUpper(n)
	}
	return n
}

// digitTypo changes one digit to another.
func digitTypo(r *rng, s string) string {
	b := []byte(s)
	var at []int
	for i, c := range b {
		if c >= '0' && c <= '9' {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return s
	}
	i := pick(r, at)
	b[i] = '0' + (b[i]-'0'+byte(r.between(1, 9)))%10 //nolint:gosec // 1 to 9
	return string(b)
}

// transposed swaps two neighbouring digits that differ; s itself if there are
// none.
func transposed(r *rng, s string) string {
	var at []int
	for i := 1; i < len(s); i++ {
		if isDigit(s[i]) && isDigit(s[i-1]) && s[i] != s[i-1] {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return s
	}
	b, i := []byte(s), pick(r, at)
	b[i-1], b[i] = b[i], b[i-1]
	return string(b)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// rules rewrite a part of a word to another.
type rules [][2]string

// The ways in which a name is written otherwise.
var (
	// by ear: spellings that sound alike in Swedish.
	phonetic = rules{
		{"qvist", "kvist"}, {"kvist", "qvist"}, {"Carl", "Karl"}, {"Karl", "Carl"}, {"ström", "ströhm"}, {"ph", "f"}, {"Filip", "Philip"}, {"Viktor", "Victor"}, {"Oscar", "Oskar"},
		{"Oskar", "Oscar"}, {"Kristina", "Christina"}, {"Christ", "Krist"}, {"Krist", "Christ"}, {"Sofia", "Sophia"}, {"Katarina", "Catharina"}, {"Elisabeth", "Elisabet"}, {"Margareta", "Margaretha"},
		{"Linnéa", "Linnea"}, {"Erik", "Eric"}, {"Fredrik", "Fredric"}, {"Marcus", "Markus"}, {"Jacob", "Jakob"}, {"Jakob", "Jacob"}, {"Isak", "Isaac"}, {"Gustaf", "Gustav"}, {"Gustav", "Gustaf"},
		{"Lucas", "Lukas"}, {"Nicklas", "Niklas"}, {"Niklas", "Nicklas"}, {"Mikael", "Michael"}, {"Mohammed", "Muhammad"}, {"Mohamed", "Mohammad"}, {"Ahmed", "Ahmad"}, {"Yusuf", "Yousef"}, {"Hussein", "Hussain"},
		{"Hassan", "Hasan"}, {"sson", "son"}, {"W", "V"}, {"V", "W"}, {"w", "v"}, {"Hj", "J"}, {"Sj", "Sch"}, {"Stj", "Sj"}, {"Stål", "Ståhl"}, {"stål", "ståhl"}, {"dahl", "dal"}, {"Dahl", "Dal"}, {"Ek", "Ech"},
		{"z", "s"}, {"Z", "S"}, {"ck", "k"}, {"é", "e"}, {"ej", "ei"}, {"th", "t"}, {"gr", "gh"}, {"c", "k"}, {"x", "ks"}, {"nn", "n"}, {"ll", "l"}, {"tt", "t"}, {"e", "ä"}, {"o", "å"},
	}
	// as a scanner reads: shapes that look alike.
	ocr = rules{
		{"rn", "m"}, {"m", "rn"}, {"cl", "d"}, {"d", "cl"}, {"li", "h"}, {"h", "li"}, {"l", "1"}, {"I", "l"}, {"O", "0"}, {"o", "0"}, {"S", "5"}, {"B", "8"}, {"e", "c"}, {"å", "ä"}, {"ä", "a"}, {"ö", "o"}, {"nn", "m"},
		{"vv", "w"}, {"t", "f"}, {"g", "q"}, {"u", "n"}, {"a", "o"},
	}
	// as a program that has no Swedish letters writes them.
	folds    = strings.NewReplacer("å", "a", "ä", "a", "ö", "o", "Å", "A", "Ä", "A", "Ö", "O", "é", "e", "É", "E", "Ç", "C", "ç", "c", "ø", "o")
	expanded = strings.NewReplacer("å", "aa", "ä", "ae", "ö", "oe", "Å", "Aa", "Ä", "Ae", "Ö", "Oe", "é", "e", "É", "E", "Ç", "C", "ç", "c", "ø", "oe")
)

// rewrite applies one of the rules that fit, at its first place; s itself if
// none does.
func (all rules) rewrite(r *rng, s string) string {
	start := r.intn(len(all))
	for i := range all {
		rule := all[(start+i)%len(all)]
		if at := strings.Index(s, rule[0]); at >= 0 {
			return s[:at] + rule[1] + s[at+len(rule[0]):]
		}
	}
	return s
}

// misspell makes one spelling error of a kind that people and scanners make.
func misspell(r *rng, s string) string {
	switch r.weighted(60, 25, 15) {
	case 1:
		if t := phonetic.rewrite(r, s); t != s {
			return t
		}
	case 2:
		if t := ocr.rewrite(r, s); t != s {
			return t
		}
	}
	return typo(r, s)
}
