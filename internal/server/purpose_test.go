package server

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzAPurposeIsOneLine: whatever is sent as a purpose, what is taken is one
// line of text that a log and the audit can hold.
func FuzzAPurposeIsOneLine(f *testing.F) {
	for _, s := range []string{"", "ärende 7", "%C3%A4rende%207", "%0a", "%0D%0A", "%", "%zz", "%ff%fe", "%E2%80%A8", strings.Repeat("a", 600), strings.Repeat("%41", 500)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := statedPurpose([]string{s})
		if err != nil {
			if got != "" {
				t.Errorf("%q is refused and taken as %q", s, got)
			}
			return
		}
		if len(got) > maxPurpose || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00\x1b\u2028\u2029") {
			t.Errorf("%q is taken as %q", s, got)
		}
	})
}

func TestAPurposeIsStatedOnce(t *testing.T) {
	if got, err := statedPurpose([]string{"a", "b"}); err == nil {
		t.Errorf("two purposes are taken as %q", got)
	}
}
