package normalise_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/karna-registry/karna/ingest/normalise"
)

func TestBooleanReadsTheAgreedSpellings(t *testing.T) {
	for _, in := range []string{"ja", "JA", "J", "true", "True", "1", "yes", "Y", "sant", "x", "kyllä", " Ja "} {
		if v, ok := normalise.Boolean(in); !v || !ok {
			t.Errorf("%q: %v, %v, want true", in, v, ok)
		}
	}
	for _, in := range []string{"nej", "N", "false", "0", "no", "ei", "FALSE"} {
		if v, ok := normalise.Boolean(in); v || !ok {
			t.Errorf("%q: %v, %v, want false", in, v, ok)
		}
	}
	for _, in := range []string{"", " ", "2", "kanske", "-1", "jaja"} {
		if _, ok := normalise.Boolean(in); ok {
			t.Errorf("%q understood", in)
		}
	}
}

func TestNumber(t *testing.T) {
	for in, want := range map[string]float64{
		"0": 0, "12": 12, "75,5": 75.5, "75.5": 75.5, "-1,25": -1.25, "\u22123": -3, "+4": 4, "1 234,5": 1234.5, "1\u00a0234\u00a0567": 1234567,
		"1.234,5": 1234.5, "1,234.5": 1234.5, "1.234.567": 1234567, "1,234,567": 1234567, "1'234.5": 1234.5, "1,234": 1.234, "75 %": 75, "100%": 100,
		"012": 12, ",5": .5, "-0": 0, "-0,0": 0,
	} {
		got, ok := normalise.Number(in)
		if !ok || got != want || math.Signbit(got) != math.Signbit(want) {
			t.Errorf("%q: %v, %v, want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "-", ",", ".", "1,", "%", "x", "1e3", "NaN", "Inf", "0x10", "1 23", "12 34", "1.23.456", "1,2,3", "--1", "1-", "1 234 56,7", "1_000", "½"} {
		if got, ok := normalise.Number(in); ok {
			t.Errorf("%q understood as %v", in, got)
		}
	}
	if _, ok := normalise.Number("1" + strings.Repeat("0", 400)); ok {
		t.Error("a number beyond a double was understood")
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1 234,5", "-0", "1.234.567", "75 %", "ja", ",", "’"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		normalise.Boolean(in)
		v, ok := normalise.Number(in)
		if !ok {
			return
		}
		if math.IsNaN(v) || math.IsInf(v, 0) || (v == 0 && math.Signbit(v)) {
			t.Fatalf("%q: %v", in, v)
		}
		again, ok := normalise.Number(strconv.FormatFloat(v, 'f', -1, 64))
		if !ok || again != v {
			t.Fatalf("%q: %v becomes %v, %v", in, v, again, ok)
		}
	})
}
