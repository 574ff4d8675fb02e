package model_test

import (
	"testing"

	"github.com/karna-registry/karna/model"
)

func TestASpellingNobodyAgreedOnStillLooksPersonal(t *testing.T) {
	for _, s := range []string{
		"189001019802", "18900101-9802", "18900101–9802", "18900101−9802", "900101+9802", "9001019802",
		"18900101 9802", "\n131052-308T\r\n", "\u2003131052-308T", "18 90 01 01 98 02", "\u00a018900101\u202f9802", "１８９００１０１９８０２",
		"191401682396", "131052-308t", "20101231tf02", "se900101980201",
	} {
		if !model.LooksPersonal(s) {
			t.Errorf("%q does not look personal", s)
		}
	}
}

func TestOrdinaryIdsDoNotLookPersonal(t *testing.T) {
	for _, s := range []string{
		"", "1", "5560160680", "556016-0680", "165560160680", "SE556016068001", "SE2321000016-1003",
		"fa592db1-912b-57fe-8cf6-df5f81522f01", "189001019803", "189013019802", "000000000000", "0000000000", "9001010009",
		"2024-05-17T08:00", "20240517", "0112038-9", "12345678", "elev1@skola.example.se", "Storgatan 12 B lgh 1102",
	} {
		if model.LooksPersonal(s) || model.ContainsPersonal(s) {
			t.Errorf("%q looks personal", s)
		}
	}
}

func TestAPersonalNumberInsideALocalIDIsFound(t *testing.T) {
	for _, s := range []string{
		"191212121212-1", "payroll:18900101-9802", "E/9001019802/2", "pnr=189001019802;x", "x 131052-308T", "18900101–9802 (2)",
	} {
		if !model.ContainsPersonal(s) {
			t.Errorf("%q: the personal number in it was not found", s)
		}
		if model.LooksPersonal(s) {
			t.Errorf("%q is taken for a personal number as a whole", s)
		}
		if got := model.Mask(model.LocalID, s); got != "****" {
			t.Errorf("mask of a local id with a personal number in it: %q", got)
		}
	}
	for _, s := range []string{"A189001019802", "1890010198021", "9189001019802"} {
		if model.ContainsPersonal(s) {
			t.Errorf("%q: a part of a longer word was taken for a personal number", s)
		}
	}
}

func TestPersonalNumbersAreTakenOutOfATextWhateverStandsAroundThem(t *testing.T) {
	for in, want := range map[string]string{
		"191212121212.xml": "[number].xml", "lön191212121212_3.xml": "lön[number]_3.xml", "121212-1212": "[number]", "a 121212+1212 b 191212121212": "a [number] b [number]",
		"hetu 131052-308T.csv": "hetu [number].csv", "18900101–9802 (2)": "[number] (2)",
		"lon-2024-03.xml": "lon-2024-03.xml", "20240301120000.csv": "20240301120000.csv", "1912121212123": "1912121212123", "191212121213": "191212121213", "": "", "$.data[12].civicNo.value": "$.data[12].civicNo.value",
	} {
		if got := model.WithoutPersonal(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, s := range []string{"191212121212-1", "payroll:18900101-9802", "E/9001019802/2", "A189001019802"} {
		if got := model.WithoutPersonal(s); model.ContainsPersonal(got) || got == s {
			t.Errorf("%q: %q", s, got)
		}
	}
}

func TestCoordinationNumberWithoutARealDateGivesNone(t *testing.T) {
	for in, want := range map[string]string{
		"191401682396": "1914-01-08",
		"191500722390": "", // month 00
		"191900642396": "",
	} {
		d, ok := model.BirthDate(model.Samordningsnummer, in)
		if d.String() != want || ok != (want != "") {
			t.Errorf("%s: born %q, %v, want %q", in, d, ok, want)
		}
	}
	for _, c := range []struct {
		scheme model.Scheme
		in     string
	}{{model.Personnummer, "9001019802"}, {model.Personnummer, "1890O1019802"}, {model.Hetu, "131052"}, {model.EPPN, "a@b"}} {
		if d, ok := model.BirthDate(c.scheme, c.in); ok {
			t.Errorf("%s %q: born %s", c.scheme, c.in, d)
		}
	}
}

func TestAMaskNeverShowsABrokenOrUnknownValue(t *testing.T) {
	for _, c := range []struct {
		scheme    model.Scheme
		in, shown string
	}{
		{model.Personnummer, "189001019803", "****"},
		{model.Personnummer, "9001019802", "****"},
		{model.Reservnummer.Scoped("01"), "99AB12", "****"},
		{"locker", "12", "****"},
		{model.TFNummer, "20101231TF02", "20101231-****"},
		{model.Kommunkod, "0180", "0180"},
		{model.EmployeeNumber.Scoped("p"), "4711", "4711"},
		{model.EmployeeNumber.Scoped("p"), "189001019802", "****"},
	} {
		if got := model.Mask(c.scheme, c.in); got != c.shown {
			t.Errorf("%s: mask %q, want %q", c.scheme, got, c.shown)
		}
	}
}

func TestAFieldOfSeveralSchemesSaysWhichItIs(t *testing.T) {
	for in, want := range map[string]model.Scheme{
		"18900101-9802": model.Personnummer,
		"191401682396":  model.Samordningsnummer,
		"20101231TF02":  model.TFNummer,
		"131052-308T":   model.Hetu,
		"20000101T220":  model.TFNummer,
	} {
		if id, err := model.ParsePersonalNumber(in, delivered); err != nil || id.Scheme != want {
			t.Errorf("%s: %s, %v, want %s", in, id.Scheme, err, want)
		}
	}
	id, err := model.ParsePersonalNumber("18900101-9803", delivered)
	if id.Scheme != model.Personnummer || id.Status != model.IdentifierFailed || codeOf(t, err) != model.FailCheckDigit {
		t.Errorf("a broken personnummer: %+v, %v", id, err)
	}
}

func FuzzParseIdentifier(f *testing.F) {
	for _, s := range []string{"189001019802", "900101+9802", "131052-308T", "20101231TF02", "16556016-0680", "SE2321000016-1003", "0112038-9", "A@İ", "\xff", "0180"} {
		f.Add(s)
	}
	schemes := append(model.Schemes(), "locker")
	f.Fuzz(func(t *testing.T, in string) {
		for _, scheme := range schemes {
			id, err := model.ParseIdentifier(scheme, in, delivered)
			model.Mask(scheme, in)
			model.BirthDate(scheme, in)
			if err != nil {
				if id.Status != model.IdentifierFailed || codeOf(t, err) == "" {
					t.Fatalf("%s %q: failed without a status or reason", scheme, in)
				}
				continue
			}
			again, err := model.ParseIdentifier(scheme, id.Value, model.Date{})
			if err != nil || again != id {
				t.Fatalf("%s %q: canonical %q reads as %q, %v", scheme, in, id.Value, again.Value, err)
			}
			if p := model.ProofOf(scheme); p.Sealed && p.Exclusive != "" && !model.LooksPersonal(in) {
				t.Fatalf("%s %q does not look personal", scheme, in)
			}
		}
		if model.LooksPersonal(in) && !model.ContainsPersonal(in) {
			t.Fatalf("%q looks personal and contains nothing personal", in)
		}
	})
}
