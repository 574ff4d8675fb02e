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

func TestASourcesDecimalSignSettlesOnlyWhatCanBeEither(t *testing.T) {
	type reading struct {
		value  float64
		agrees bool
	}
	for in, want := range map[string]struct{ point, comma reading }{
		"15":        {reading{15, true}, reading{15, true}},
		"1,000":     {reading{1000, true}, reading{1, true}},
		"1.000":     {reading{1, true}, reading{1000, true}},
		"-62,500":   {reading{-62500, true}, reading{-62.5, true}},
		"0,750":     {reading{.75, false}, reading{.75, true}},
		"0.750":     {reading{.75, true}, reading{.75, false}},
		"1,5":       {reading{1.5, false}, reading{1.5, true}},
		"1.5":       {reading{1.5, true}, reading{1.5, false}},
		",500":      {reading{.5, false}, reading{.5, true}},
		"75,00":     {reading{75, false}, reading{75, true}},
		"100.00":    {reading{100, true}, reading{100, false}},
		"1,5 %":     {reading{1.5, false}, reading{1.5, true}},
		"1.000,5":   {reading{1000.5, false}, reading{1000.5, true}},
		"1,000.5":   {reading{1000.5, true}, reading{1000.5, false}},
		"1 234,567": {reading{1234.567, false}, reading{1234.567, true}},
		"1234,567":  {reading{1234.567, false}, reading{1234.567, true}},
		"1.234.567": {reading{1234567, false}, reading{1234567, true}},
		"1,234,567": {reading{1234567, true}, reading{1234567, false}},
	} {
		for _, c := range []struct {
			decimal byte
			want    reading
		}{{'.', want.point}, {',', want.comma}} {
			if v, agrees, ok := normalise.NumberIn(in, c.decimal); !ok || (reading{v, agrees}) != c.want {
				t.Errorf("%q with %c: %v, %v, %v, want %v", in, c.decimal, v, agrees, ok, c.want)
			}
		}
	}
	for _, in := range []string{"", "x", "1,2,3", "1.23.456", "1,", "--1"} {
		for _, decimal := range []byte{'.', ','} {
			if v, _, ok := normalise.NumberIn(in, decimal); ok {
				t.Errorf("%q with %c understood as %v", in, decimal, v)
			}
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, s := range []string{"1 234,5", "-0", "1.234.567", "75 %", "ja", ",", "’"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		normalise.Boolean(in)
		v, ok := normalise.Number(in)
		_, _, point := normalise.NumberIn(in, '.')
		_, _, comma := normalise.NumberIn(in, ',')
		if point != ok || comma != ok {
			t.Fatalf("%q is a number or none by the decimal sign: %v, %v, %v", in, ok, point, comma)
		}
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
