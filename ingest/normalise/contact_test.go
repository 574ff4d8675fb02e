package normalise_test

import (
	"strings"
	"testing"

	"github.com/karna-registry/karna/ingest/normalise"
)

func TestPhoneBecomesE164(t *testing.T) {
	for _, c := range []struct{ in, jurisdiction, want string }{
		{"08-123 456 78", normalise.Sweden, "+46812345678"},
		{"070-123 45 67", normalise.Sweden, "+46701234567"},
		{"0701234567", normalise.Sweden, "+46701234567"},
		{"+46 (0)8-123 456 78", normalise.Sweden, "+46812345678"},
		{"0046 8 123 456 78", normalise.Sweden, "+46812345678"},
		{"+46 8 123 456 78", normalise.Aland, "+46812345678"},
		{"tel:+46-8-123-456-78", normalise.Sweden, "+46812345678"},
		{"018 25 000", normalise.Aland, "+3581825000"},
		{"(018) 25 000", normalise.Finland, "+3581825000"},
		{"+358 18 25000", normalise.Sweden, "+3581825000"},
		{"040 123 4567", normalise.Finland, "+358401234567"},
		{"+47 22 12 34 56", normalise.Sweden, "+4722123456"},
		{"08-123 456 78 ankn 12", normalise.Sweden, "+46812345678;ext=12"},
		{"08-123 456 78 (ankn. 12)", normalise.Sweden, "+46812345678;ext=12"},
		{"08-123 456 78, ext: 1234", normalise.Sweden, "+46812345678;ext=1234"},
		{"+46812345678;ext=12", normalise.Sweden, "+46812345678;ext=12"},
		{"08-123 456 78 x12", normalise.Sweden, "+46812345678;ext=12"},
		{"08-123 456 78 (vx)", normalise.Sweden, "+46812345678"},
		{"Växel 08-123 456 78", normalise.Sweden, "+46812345678"},
		{"0910\u201373 70 00", normalise.Sweden, "+46910737000"},
	} {
		if got, ok := normalise.Phone(c.in, c.jurisdiction); got != c.want || !ok {
			t.Errorf("%q in %s: %q, %v, want %q", c.in, c.jurisdiction, got, ok, c.want)
		}
	}
	for _, in := range []string{
		"", "112", "1177", "114 14", "-", "finns ej", "08-12 34 56, 070-123 45 67", "08-123456 / 08-654321", "701234567",
		"08-12 3", "+", "+0812345678", "08-123 456 78 ankn tolv", "08-123 456 78 ankn", "+46 08 123 456 78", "0123456789012345678",
	} {
		if got, ok := normalise.Phone(in, normalise.Sweden); ok || got != "" {
			t.Errorf("%q understood as %q", in, got)
		}
	}
}

func TestEmail(t *testing.T) {
	for in, want := range map[string]string{
		"Anna.Berg@Lillkoping.Example": "anna.berg@lillkoping.example",
		" mailto:a@b.se ":              "a@b.se",
		"info@malmö.example":           "info@malmö.example",
		"o'brien+x@b-c.example":        "o'brien+x@b-c.example",
		"ÅSA@b.se":                     "åsa@b.se",
	} {
		if got, ok := normalise.Email(in); got != want || !ok {
			t.Errorf("%q: %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "anna", "@b.se", "a@", "a@b", "a@b..se", "a@-b.se", "a b@c.se", "a@b.se; c@d.se", "a@b.se,c@d.se", ".a@b.se", "a..b@c.se",
		"Anna <a@b.se>", "a@b@c.se", "a@b.se\x00", strings.Repeat("x", 65) + "@b.se", "a@" + strings.Repeat("x", 64) + ".se",
	} {
		if got, ok := normalise.Email(in); ok {
			t.Errorf("%q understood as %q", in, got)
		}
	}
}

func TestWeb(t *testing.T) {
	for in, want := range map[string]string{
		"www.Lillkoping.Example":          "https://www.lillkoping.example",
		"http://a.example/Väg?x=1":        "http://a.example/Väg?x=1",
		"HTTPS://A.example:8443/x":        "https://a.example:8443/x",
		"https://a.example/~x/%C3%A5.pdf": "https://a.example/~x/%C3%A5.pdf",
	} {
		if got, ok := normalise.Web(in); got != want || !ok {
			t.Errorf("%q: %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "javascript:alert(1)", "ftp://a.example", "http://", "hem sida.se", "https://u:p@a.example/", "localhost", "file:///etc/passwd", "a.example/100%", "a.example:x/", "https://a.example:123456", "a.example/<b>", "http://[::1"} {
		if got, ok := normalise.Web(in); ok {
			t.Errorf("%q understood as %q", in, got)
		}
	}
}

func FuzzContact(f *testing.F) {
	for _, s := range []string{"08-123 456 78 ankn 12", "+358 18 25000", "a@b.se", "www.a.example/å", "00", "+46(0)", "x", "#1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, j := range []string{normalise.Sweden, normalise.Aland} {
			if got, ok := normalise.Phone(in, j); ok {
				if again, ok := normalise.Phone(got, j); again != got || !ok {
					t.Fatalf("%q: phone %q becomes %q", in, got, again)
				}
			}
		}
		if got, ok := normalise.Email(in); ok {
			if again, ok := normalise.Email(got); again != got || !ok {
				t.Fatalf("%q: e-mail %q becomes %q", in, got, again)
			}
		}
		if got, ok := normalise.Web(in); ok {
			if again, ok := normalise.Web(got); again != got || !ok {
				t.Fatalf("%q: address %q becomes %q", in, got, again)
			}
		}
	})
}
