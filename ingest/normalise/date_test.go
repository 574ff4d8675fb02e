package normalise_test

import (
	"testing"

	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
)

func TestDateInGivenLayouts(t *testing.T) {
	for _, c := range []struct {
		in, layout, want string
	}{
		{"2024-02-29", "iso", "2024-02-29"},
		{"20240229", "iso", "2024-02-29"},
		{"2024-02", "iso", "2024-02"},
		{"2024", "iso", "2024"},
		{"2024-02-29T23:30:00+02:00", "iso", "2024-02-29"},
		{"2012-04-01T08:00+02:00[Europe/Stockholm]", "iso", "2012-04-01"},
		{"2024-02-29 10:00", "iso", "2024-02-29"},
		{" 2024-02-29 ", "YYYY-MM-DD", "2024-02-29"},
		{"20240229", "YYYYMMDD", "2024-02-29"},
		{"29.2.2024", "D.M.YYYY", "2024-02-29"},
		{"29.02.2024", "D.M.YYYY", "2024-02-29"},
		{"02/29/2024", "MM/DD/YYYY", "2024-02-29"},
		{"202402", "YYYYMM", "2024-02"},
		{"2/2024", "M/YYYY", "2024-02"},
		{"2024", "YYYY", "2024"},
		{"2024-02-29 00:00:00.000", "YYYY-MM-DD*", "2024-02-29"},
	} {
		layout, err := normalise.NewLayout(c.layout)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := normalise.Date(c.in, layout); got.String() != c.want || !ok {
			t.Errorf("%q as %s: %q, %v, want %q", c.in, c.layout, got, ok, c.want)
		}
	}
	for _, c := range []struct{ in, layout string }{
		{"2023-02-29", "iso"}, {"2024-13-01", "iso"}, {"2024-00-01", "iso"}, {"20240230", "iso"}, {"", "iso"}, {"0000-01-01", "iso"}, {"24-02-29", "iso"}, {"2024-2-9", "iso"},
		{"2024-02T10", "iso"}, {"2024-02-29Tx", "iso"}, {"240229", "YYYYMMDD"}, {"2024-02-29x", "YYYY-MM-DD"}, {"29/02/2024", "MM/DD/YYYY"},
		{"2.2024", "DD.MM.YYYY"}, {"31.4.2024", "D.M.YYYY"}, {"..2024", "D.M.YYYY"}, {"2024-02-29", "YYYYMMDD"},
	} {
		if got, ok := normalise.Date(c.in, normalise.Layout(c.layout)); ok {
			t.Errorf("%q as %s understood as %s", c.in, c.layout, got)
		}
	}
}

func TestDateTriesLayoutsInTheirOrder(t *testing.T) {
	if got, ok := normalise.Date("03.04.2024", "MM.DD.YYYY", "DD.MM.YYYY"); !ok || got.String() != "2024-03-04" {
		t.Errorf("got %s, %v", got, ok)
	}
	if got, ok := normalise.Date("13.04.2024", "MM.DD.YYYY", "DD.MM.YYYY"); !ok || got.String() != "2024-04-13" {
		t.Errorf("got %s, %v", got, ok)
	}
	if got, ok := normalise.Date("2024-04-13"); !ok || got.String() != "2024-04-13" {
		t.Errorf("without layouts: %s, %v", got, ok)
	}
}

func TestLayoutsThatCannotBeReadAreRefused(t *testing.T) {
	for _, s := range []string{"", "YY-MM-DD", "YYYYY", "YYYY-MMM", "YYYY-DD", "YYYY-M-M", "YYYY-MM-D-D", "YYYY*MM", "YY-MM-YY", "2006-01-02"} {
		if _, err := normalise.NewLayout(s); err == nil {
			t.Errorf("layout %q accepted", s)
		}
	}
}

func TestPeriodsOfSourcesBecomeHalfOpen(t *testing.T) {
	day := func(s string) model.Date {
		if s == "" {
			return model.Date{}
		}
		d, err := model.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		from, to, want string
		ok             bool
	}{
		{"2024-01-01", "2024-12-31", "2024-01-01/2025-01-01", true},
		{"2024-01-01", "2024-01-01", "2024-01-01/2024-01-02", true},
		{"2024-02-28", "2024-02-28", "2024-02-28/2024-02-29", true},
		{"2024", "2024", "2024/2025", true},
		{"2024-06", "2024-12", "2024-06/2025-01", true},
		{"2024-01-01", "", "2024-01-01/..", true},
		{"", "2024-01-01", "../2024-01-02", true},
		{"", "", "../..", true},
		{"2024-01-01", "9999-12-31", "2024-01-01/..", true},
		{"0001-01-01", "2024-01-01", "../2024-01-02", true},
		{"2024-01-02", "2024-01-01", "2024-01-02/2024-01-02", false},
	} {
		if got, ok := normalise.PeriodInclusive(day(c.from), day(c.to)); got.String() != c.want || ok != c.ok {
			t.Errorf("%s to %s: %s, %v, want %s, %v", c.from, c.to, got, ok, c.want, c.ok)
		}
	}
	if got, ok := normalise.PeriodExclusive(day("2024-01-01"), day("2025-01-01")); got.String() != "2024-01-01/2025-01-01" || !ok {
		t.Errorf("exclusive end: %s, %v", got, ok)
	}
	if _, ok := normalise.PeriodExclusive(day("2024-01-01"), day("2024-01-01")); ok {
		t.Error("a period without a day is ok")
	}
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"2024-02-29", "20240229", "29.2.2024", "2024-02-29T10", "9999-12-31", "0001"} {
		f.Add(s, "D.M.YYYY")
	}
	f.Add("x2024", "xYYYY*")
	f.Fuzz(func(t *testing.T, in, pattern string) {
		layouts := []normalise.Layout{normalise.ISO}
		if l, err := normalise.NewLayout(pattern); err == nil {
			layouts = append(layouts, l)
		}
		d, ok := normalise.Date(in, layouts...)
		if !ok {
			return
		}
		if again, err := model.ParseDate(d.String()); err != nil || again != d {
			t.Fatalf("%q: %s is no date: %v", in, d, err)
		}
		if p, ok := normalise.PeriodInclusive(d, d); !ok || (d.Year > 1 && d.Year < 9999 && !p.Contains(d)) {
			t.Fatalf("%s to %s is %s, %v", d, d, p, ok)
		}
	})
}
