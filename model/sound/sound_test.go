package sound

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
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
// sound misses no word that has it.
func TestNoWordBeginsOtherwiseThanItsSoundSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.StringMatching(`[a-z0-9]{1,12}`).Draw(t, "word")
		if s := Append(nil, w); len(s) > 0 && !strings.ContainsRune(Initials(s), rune(w[0])) {
			t.Fatalf("%s sounds as %q, which begins with one of %q", w, s, Initials(s))
		}
	})
}
