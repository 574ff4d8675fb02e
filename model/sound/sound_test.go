package sound

import (
	"strings"
	"testing"
)

func of(w string) string { return string(Append(nil, w)) }

func TestNamesThatAreSaidAlikeSoundAlike(t *testing.T) {
	for _, alike := range [][]string{
		{"carlsson", "karlson", "karlsson"}, {"wiklund", "viklund", "vicklund"}, {"kjell", "chell", "tjell"}, {"ek", "eek"},
		{"zetterberg", "setterberg"}, {"hjalmar", "jalmar"}, {"christer", "krister"}, {"filip", "philip"}, {"schoberg", "sjoberg"},
	} {
		for _, w := range alike[1:] {
			if of(w) != of(alike[0]) {
				t.Errorf("%s sounds as %q and %s as %q", alike[0], of(alike[0]), w, of(w))
			}
		}
	}
	if of("berg") == of("borg") && of("berg") == of("alm") {
		t.Error("everything sounds alike")
	}
}

// TestNoWordBeginsOtherwiseThanItsSoundSays: whoever looks under the initials of a
// sound misses no word that has it. How a word's sound begins is settled by its
// first three letters, so all such are tried.
func TestNoWordBeginsOtherwiseThanItsSoundSays(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyz0 "
	for _, a := range letters[:len(letters)-1] {
		for _, b := range letters {
			for _, c := range letters {
				w := string([]rune{a, b, c})
				if s := Append(nil, w); len(s) > 0 && !strings.ContainsRune(Initials(s), a) {
					t.Errorf("%q sounds as %q, which begins with one of %q", w, s, Initials(s))
				}
			}
		}
	}
}
