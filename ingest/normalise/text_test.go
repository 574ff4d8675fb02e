package normalise_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/karna-registry/karna/ingest/normalise"
)

func TestTextIsComposedTrimmedAndFlaggedWhenItWasBroken(t *testing.T) {
	for _, c := range []struct {
		in, want string
		clean    bool
	}{
		{"", "", true},
		{"Anna Berg", "Anna Berg", true},
		{"  Anna \t\n Berg ", "Anna Berg", true},
		{"Anna\u00a0Berg", "Anna Berg", true},
		{"A\u030asa O\u0308berg", "Åsa Öberg", true},
		{"\ufeffAnna\u200b", "Anna", true},
		{"An\u00adna", "Anna", true},
		{"Anna\x00Berg", "Anna\ufffdBerg", false},
		{"Anna\u0085Berg", "Anna Berg", true},
		{"\xc5sa", "\ufffdsa", false},
		{"literal \ufffd", "literal \ufffd", true},
		{"العربية  ไทย", "العربية ไทย", true},
	} {
		got, clean := normalise.Text(c.in)
		if got != c.want || clean != c.clean {
			t.Errorf("%q: got %q, %v, want %q, %v", c.in, got, clean, c.want, c.clean)
		}
	}
}

func TestLinesKeepParagraphs(t *testing.T) {
	got, clean := normalise.Lines(" Ett \r\n\r\n\r\n två\rtre  \n\n")
	if want := "Ett\n\ntvå\ntre"; got != want || !clean {
		t.Errorf("got %q, %v, want %q", got, clean, want)
	}
	if _, clean := normalise.Lines("ett\ntv\xe5"); clean {
		t.Error("broken bytes in the second line were not flagged")
	}
}

func TestFoldMakesSpellingsOfOneNameEqual(t *testing.T) {
	for _, group := range [][]string{
		{"Åsa", "ÅSA", "Aasa", "A\u030asa", " åsa "},
		{"Sjöberg", "Sjoeberg", "SJÖBERG", "Sjøberg"},
		{"Häggström", "Haeggstroem", "Hæggström"},
		{"Lindén", "Linden", "LINDÉN"},
		{"Anna-Karin", "Anna Karin", "anna  karin"},
		{"O'Brien", "O’Brien", "OBrien"},
		{"Weiß", "Weiss"},
		{"Łukasz", "Lukasz"},
	} {
		for _, s := range group {
			if got, want := normalise.Fold(s), normalise.Fold(group[0]); got != want {
				t.Errorf("%q folds to %q, %q to %q", s, got, group[0], want)
			}
		}
	}
	for in, want := range map[string]string{"Storgatan 12 B": "storgatan 12 b", "--": "", "ÄLVSJÖ, Box 3": "alvsjo box 3", "日本": "日本"} {
		if got := normalise.Fold(in); got != want {
			t.Errorf("%q folds to %q, want %q", in, got, want)
		}
	}
	if normalise.Fold("Berg") == normalise.Fold("Borg") {
		t.Error("different names fold alike")
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", " Anna  Berg", "A\u030a", "\xff\x00", "a\u0300\u0323 b", "Straße", "ﬁ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		text, _ := normalise.Text(in)
		if again, clean := normalise.Text(text); again != text || !clean {
			t.Fatalf("%q: %q becomes %q, clean %v, the second time", in, text, again, clean)
		}
		if !utf8.ValidString(text) || !norm.NFC.IsNormalString(text) || strings.TrimSpace(text) != text || strings.Contains(text, "  ") {
			t.Fatalf("%q: %q is not normal", in, text)
		}
		lines, _ := normalise.Lines(in)
		if again, _ := normalise.Lines(lines); again != lines {
			t.Fatalf("%q: lines %q become %q the second time", in, lines, again)
		}
		if folded := normalise.Fold(in); normalise.Fold(folded) != folded {
			t.Fatalf("%q: fold %q becomes %q the second time", in, folded, normalise.Fold(folded))
		}
	})
}
