package normalise_test

import (
	"testing"

	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
)

func TestPostalCode(t *testing.T) {
	for _, c := range []struct{ in, jurisdiction, want string }{
		{"123 45", normalise.Sweden, "12345"},
		{"12345", normalise.Sweden, "12345"},
		{"SE-123 45", normalise.Sweden, "12345"},
		{"s-12345", normalise.Sweden, "12345"},
		{"123\u00a045", normalise.Sweden, "12345"},
		{"22100", normalise.Aland, "22100"},
		{"AX-22100", normalise.Sweden, "22100"},
		{"FI-00100", normalise.Sweden, "00100"},
		{"00100", normalise.Finland, "00100"},
	} {
		if got, ok := normalise.PostalCode(c.in, c.jurisdiction); got != c.want || !ok {
			t.Errorf("%q in %s: %q, %v, want %q", c.in, c.jurisdiction, got, ok, c.want)
		}
	}
	for _, in := range []string{"", "1234", "123456", "01234", "SE01234", "12 A45", "S", "SE-", "D-10115"} {
		if got, ok := normalise.PostalCode(in, normalise.Sweden); ok {
			t.Errorf("%q understood as %q", in, got)
		}
	}
}

func TestCodesOfMunicipalitiesAndCountiesGetTheirZeroBack(t *testing.T) {
	for in, want := range map[string]string{"180": "0180", "0180": "0180", " 2583 ": "2583"} {
		if got, ok := normalise.Kommunkod(in); got != want || !ok {
			t.Errorf("%q: %q, %v, want %q", in, got, ok, want)
		}
	}
	for in, want := range map[string]string{"1": "01", "01": "01", "25": "25"} {
		if got, ok := normalise.Lanskod(in); got != want || !ok {
			t.Errorf("%q: %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "18", "1", "00180", "x180", "0001", "180.0"} {
		if got, ok := normalise.Kommunkod(in); ok {
			t.Errorf("municipality %q understood as %q", in, got)
		}
	}
	for _, in := range []string{"", "0", "00", "001", "AB"} {
		if got, ok := normalise.Lanskod(in); ok {
			t.Errorf("county %q understood as %q", in, got)
		}
	}
}

func TestCountry(t *testing.T) {
	for in, want := range map[string]string{
		"Sverige": "SE", "SE": "SE", "se": "SE", "SWE": "SE", "Finland": "FI", "Suomi": "FI", "Åland": "AX", "ALAND": "AX",
		"Ahvenanmaa": "AX", "Norge": "NO", "United Kingdom": "GB", "USA": "US", "Österrike": "AT", "Zz": "ZZ",
	} {
		if got, ok := normalise.Country(in); got != want || !ok {
			t.Errorf("%q: %q, %v, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "Atlantis", "1", "Å", "S3"} {
		if got, ok := normalise.Country(in); ok {
			t.Errorf("%q understood as %q", in, got)
		}
	}
}

func TestStreetAddress(t *testing.T) {
	type a = model.Address
	for _, c := range []struct {
		in, jurisdiction string
		want             model.Address
	}{
		{"Storgatan 12", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12"}},
		{"Storgatan 12 B lgh 1102", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12B", Unit: "1102"}},
		{"Storgatan 12b, LGH 1102", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12B", Unit: "1102"}},
		{"Storgatan 12 lgh1102", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12", Unit: "1102"}},
		{"Storgatan 12 1102", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12", Unit: "1102"}},
		{"Storgatan 12 uppg C lgh 1102", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12", Entrance: "C", Unit: "1102"}},
		{"Storgatan 12, 2 tr.", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12", Unit: "2 tr"}},
		{"Storgatan 12 1 tr ög", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12", Unit: "1 tr ög"}},
		{"Storgatan 12 NB", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12", Unit: "nb"}},
		{"Storgatan 12-14", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12-14"}},
		{"Storgatan 12–14", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12-14"}},
		{"Storgatan 12A-C", normalise.Sweden, a{Street: "Storgatan", StreetNumber: "12A-C"}},
		{"17 maj-gatan 3", normalise.Sweden, a{Street: "17 maj-gatan", StreetNumber: "3"}},
		{"Väg 76 12", normalise.Sweden, a{Street: "Väg 76", StreetNumber: "12"}},
		{"S:t Eriks gränd 4 A", normalise.Sweden, a{Street: "S:t Eriks gränd", StreetNumber: "4A"}},
		{"Norrby", normalise.Sweden, a{Street: "Norrby"}},
		{"Box 123", normalise.Sweden, a{Street: "Box 123"}},
		{"c/o Berg, Storgatan 1", normalise.Sweden, a{CareOf: "Berg", Street: "Storgatan", StreetNumber: "1"}},
		{"C/O Anna Berg", normalise.Sweden, a{CareOf: "Anna Berg"}},
		{"Storagatan 5 A 12", normalise.Aland, a{Street: "Storagatan", StreetNumber: "5", Entrance: "A", Unit: "12"}},
		{"Storagatan 5 A12", normalise.Aland, a{Street: "Storagatan", StreetNumber: "5", Entrance: "A", Unit: "12"}},
		{"Storagatan 5a", normalise.Aland, a{Street: "Storagatan", StreetNumber: "5A"}},
		{"Storagatan 5 B", normalise.Finland, a{Street: "Storagatan", StreetNumber: "5", Entrance: "B"}},
		{"Mannerheimintie 5 as. 3", normalise.Finland, a{Street: "Mannerheimintie", StreetNumber: "5", Unit: "3"}},
		{"Storagatan 5 12", normalise.Finland, a{Street: "Storagatan", StreetNumber: "5", Unit: "12"}},
	} {
		if got, ok := normalise.StreetAddress(c.in, c.jurisdiction); got != c.want || !ok {
			t.Errorf("%q in %s:\n got %+v, %v\nwant %+v", c.in, c.jurisdiction, got, ok, c.want)
		}
	}
}

func TestStreetAddressKeepsWholeWhatItCannotTakeApart(t *testing.T) {
	for _, in := range []string{
		"Storgatan 12, 123 45 Lillköping", "Storgatan 12345", "c/o Anna Berg Storgatan 12", "Storgatan 12 hos grannen", "Norrby, gula huset",
		"Storgatan 12 lgh 1102 lgh 1103", "Storgatan 12-", "Storgatan 12/x/y",
	} {
		got, ok := normalise.StreetAddress(in, normalise.Sweden)
		if want := (model.Address{FullAddress: in}); ok || got != want {
			t.Errorf("%q: %+v, %v", in, got, ok)
		}
	}
	for _, in := range []string{"Storagatan 5 A 22100", "Storagatan 5 A12345"} {
		if got, ok := normalise.StreetAddress(in, normalise.Aland); ok {
			t.Errorf("%q: a postcode became a flat: %+v", in, got)
		}
	}
	if got, ok := normalise.StreetAddress("  ", normalise.Sweden); ok || got != (model.Address{}) {
		t.Errorf("an empty line gives %+v, %v", got, ok)
	}
}

func FuzzStreetAddress(f *testing.F) {
	for _, s := range []string{"Storgatan 12 B lgh 1102", "c/o Berg, Storgatan 1", "Box 1", "Storagatan 5 A 12", "Väg 76 12", "c/o", "İ 1", "a 1\xff", "SE-123 45", "0180"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, j := range []string{normalise.Sweden, normalise.Aland} {
			text, _ := normalise.Text(in)
			got, ok := normalise.StreetAddress(in, j)
			if !ok && text != "" && got != (model.Address{FullAddress: text}) {
				t.Fatalf("%q: not understood, but not kept whole: %+v", in, got)
			}
			if ok && (got.FullAddress != "" || got == (model.Address{})) {
				t.Fatalf("%q: understood as %+v", in, got)
			}
			if code, ok := normalise.PostalCode(in, j); ok {
				if again, ok := normalise.PostalCode(code, j); len(code) != 5 || (code[0] != '0' && (again != code || !ok)) {
					t.Fatalf("%q: postcode %q becomes %q", in, code, again)
				}
			}
		}
		if code, ok := normalise.Kommunkod(in); ok {
			if again, ok := normalise.Kommunkod(code); again != code || !ok {
				t.Fatalf("%q: code %q becomes %q", in, code, again)
			}
		}
		if code, ok := normalise.Country(in); ok {
			if again, ok := normalise.Country(code); again != code || !ok {
				t.Fatalf("%q: country %q becomes %q", in, code, again)
			}
		}
	})
}
