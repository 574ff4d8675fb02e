package window_test

import (
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/karna-registry/karna/ingest/window"
)

func FuzzNotUTF8(f *testing.F) {
	for _, s := range []string{"", "Anna Berg, Lars Öberg", "12345678\xc5sa", "åäö\xed\xa0\x80", "1234567\xe2\x82", "\ufffd", "12345678123456781234\x80", strings.Repeat("0123456789", 10) + "å" + strings.Repeat("9", 33) + "\xe5"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		at := window.NotUTF8(text)
		if (at < 0) != utf8.Valid(text) {
			t.Fatalf("%q: %d", text, at)
		}
		if at >= 0 {
			if r, size := utf8.DecodeRune(text[at:]); !utf8.Valid(text[:at]) || r != utf8.RuneError || size != 1 {
				t.Fatalf("%q: not at %d", text, at)
			}
		}
		if window.IsASCII(text) != (utf8.RuneCount(text) == len(text) && at < 0) {
			t.Fatalf("%q: ASCII %t", text, window.IsASCII(text))
		}
	})
}

func TestTextSaysThatItIsUTF8(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                   false,
		"Anna Berg":                          false,
		"Åsa Öberg":                          true,
		"\xc5sa \xd6berg":                    false,
		"Åsa \xd6berg":                       false,
		"Åsa, and then a \xc3":               false,
		strings.Repeat("å", 100_000):         true,
		"1" + strings.Repeat("å", 100_000):   true, // a letter that the sample cuts
		"1" + strings.Repeat("€", 50_000):    true,
		strings.Repeat("å", 32<<10) + "\xd6": true, // beyond the sample
	} {
		w := window.New(iotest.HalfReader(strings.NewReader(text)), window.MaxItem)
		if got := w.SaysUTF8(); got != want {
			t.Errorf("%.20q, %d bytes: %t", text, len(text), got)
		}
	}
}
