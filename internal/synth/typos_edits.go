package synth

import (
	"slices"
	"strings"
)

const alphabet = "abcdefghijklmnopqrstuvwxyz"

// The single edits of the FEBRL model, on words of ASCII in small letters. Each
// gives back something else than it was given, if it can.

func insertLetter(r *rng, s string) string {
	i := r.intn(len(s) + 1)
	return s[:i] + string(alphabet[r.intn(26)]) + s[i:]
}

func deleteLetter(r *rng, s string) string {
	if len(s) < 2 {
		return insertLetter(r, s)
	}
	i := r.intn(len(s))
	return s[:i] + s[i+1:]
}

func substituteLetter(r *rng, s string) string {
	i := r.intn(len(s))
	for {
		if c := alphabet[r.intn(26)]; c != s[i] {
			return s[:i] + string(c) + s[i+1:]
		}
	}
}

func transposeLetters(r *rng, s string) string {
	var at []int
	for i := 1; i < len(s); i++ {
		if s[i] != s[i-1] {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return substituteLetter(r, s)
	}
	i := pick(r, at)
	return s[:i-1] + s[i:i+1] + s[i-1:i] + s[i+1:]
}

// space puts a space in or takes one out.
func space(r *rng, s string) string {
	if i := strings.IndexByte(s, ' '); i >= 0 {
		return s[:i] + s[i+1:]
	}
	if len(s) < 4 {
		return insertLetter(r, s)
	}
	i := r.between(2, len(s)-2)
	return s[:i] + " " + s[i:]
}

// bySound are spellings that sound alike in English.
var bySound = rules{
	{"ph", "f"}, {"ck", "k"}, {"ie", "y"}, {"ey", "y"}, {"y", "ie"}, {"ee", "ea"}, {"ea", "ee"}, {"ai", "ay"}, {"ou", "ow"}, {"oo", "u"}, {"c", "k"}, {"k", "c"}, {"s", "z"}, {"z", "s"}, {"ll", "l"}, {"nn", "n"}, {"tt", "t"},
	{"ss", "s"}, {"mm", "m"}, {"rr", "r"}, {"th", "t"}, {"gh", "g"}, {"wh", "w"}, {"kn", "n"}, {"wr", "r"}, {"dge", "ge"}, {"tch", "ch"}, {"j", "g"}, {"x", "cks"}, {"au", "aw"}, {"or", "er"}, {"er", "ar"}, {"an", "en"}, {"e", "a"}, {"i", "e"}, {"l", "ll"}, {"n", "nn"},
}

// sounded is s as another spells it who hears it.
func sounded(r *rng, s string) string {
	if t := bySound.rewrite(r, s); t != s {
		return t
	}
	return substituteLetter(r, s)
}

// reordered swaps the first two words.
func reordered(s string) string {
	w := strings.Fields(s)
	if len(w) < 2 {
		return s
	}
	w = slices.Clone(w)
	w[0], w[1] = w[1], w[0]
	return strings.Join(w, " ")
}
