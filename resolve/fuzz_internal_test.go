package resolve

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzNameTokens(f *testing.F) {
	for _, s := range []string{"Anna-Lena von Sjöberg", "O’Brien", "Ærø Aaström", "李 小龙", "İı\u0301", "A. B", "\xff", "ue ae oe aa"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tokens := appendNameTokens(nil, s)
		for _, w := range tokens {
			if len(w) < 2 || particles[w] || strings.ContainsAny(w, " -'\t") || !utf8.ValidString(w) {
				t.Fatalf("%q has the word %q", s, w)
			}
		}
		if again := appendNameTokens(nil, strings.Join(tokens, " ")); utf8.ValidString(s) && len(again) > len(tokens) {
			t.Fatalf("%q is %q, and those are %q", s, tokens, again)
		}
		if loud := appendNameTokens(nil, strings.ToUpper(s)); isASCII(s) && !slices.Equal(loud, tokens) {
			t.Fatalf("%q is %q, and in capitals %q", s, tokens, loud)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

func FuzzFoldedSpacing(f *testing.F) {
	for _, s := range []string{"Storgatan 1", "  STORGATAN\t 1 ", "Åvägen\u00a02", "", " ", "a  b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := foldedSpacing(s)
		if again := foldedSpacing(folded); again != folded {
			t.Fatalf("%q folds to %q, and that to %q", s, folded, again)
		}
		if strings.HasPrefix(folded, " ") || strings.HasSuffix(folded, " ") || strings.Contains(folded, "  ") {
			t.Fatalf("%q folds to %q, with spaces left", s, folded)
		}
	})
}
