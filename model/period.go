package model

import (
	"fmt"
	"time"
)

// Date is a calendar date that keeps its precision: Day is 0 for a month,
// Month and Day are 0 for a year. The zero Date is "not stated".
type Date struct {
	Year  int16
	Month uint8
	Day   uint8
}

// IsZero tells whether no date is stated.
func (d Date) IsZero() bool { return d == Date{} }

// String is the ISO 8601 form at the date's precision.
func (d Date) String() string {
	switch {
	case d.IsZero():
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return string(d.append(make([]byte, 0, 10)))
}

func (d Date) append(b []byte) []byte {
	y := int(d.Year)
	return append(b, byte('0'+y/1000%10), byte('0'+y/100%10), byte('0'+y/10%10), byte('0'+y%10), '-',
		'0'+d.Month/10, '0'+d.Month%10, '-', '0'+d.Day/10, '0'+d.Day%10)
}

// ParseDate reads YYYY, YYYY-MM or YYYY-MM-DD and checks that the date exists.
func ParseDate(s string) (Date, error) {
	bad := func() (Date, error) {
		return Date{}, fmt.Errorf("date of %d characters: want YYYY, YYYY-MM or YYYY-MM-DD that exists", len(s))
	}
	n, ok := digits(s, 0, 4)
	if !ok {
		return bad()
	}
	d := Date{Year: int16(n)}
	if len(s) == 4 {
		return d, nil
	}
	if n, ok = digits(s, 5, 2); !ok || s[4] != '-' || n < 1 || n > 12 {
		return bad()
	}
	d.Month = uint8(n)
	if len(s) == 7 {
		return d, nil
	}
	if n, ok = digits(s, 8, 2); !ok || s[7] != '-' || len(s) != 10 || n < 1 || n > daysIn(int(d.Year), int(d.Month)) {
		return bad()
	}
	d.Day = uint8(n)
	return d, nil
}

func digits(s string, at, n int) (int, bool) {
	if len(s) < at+n {
		return 0, false
	}
	v := 0
	for _, c := range []byte(s[at : at+n]) {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// DateOf is the date of an instant in UTC.
func DateOf(t time.Time) Date {
	y, m, d := t.UTC().Date()
	return Date{int16(y), uint8(m), uint8(d)}
}

// First is the first day the date can mean.
func (d Date) First() Date {
	if d.Month == 0 && d.Year != 0 {
		d.Month = 1
	}
	if d.Day == 0 && d.Month != 0 {
		d.Day = 1
	}
	return d
}

// Next is the first day after the whole of d: the half-open end of a period
// whose source states an inclusive last day (or month, or year).
func (d Date) Next() Date {
	switch {
	case d.IsZero():
		return d
	case d.Month == 0:
		return Date{Year: d.Year + 1}
	case d.Day == 0 && d.Month == 12:
		return Date{Year: d.Year + 1, Month: 1}
	case d.Day == 0:
		return Date{Year: d.Year, Month: d.Month + 1}
	case int(d.Day) < daysIn(int(d.Year), int(d.Month)):
		return Date{d.Year, d.Month, d.Day + 1}
	case d.Month < 12:
		return Date{d.Year, d.Month + 1, 1}
	}
	return Date{d.Year + 1, 1, 1}
}

// Compare orders dates by their first day.
func (d Date) Compare(o Date) int {
	return d.First().packed() - o.First().packed()
}

func (d Date) packed() int { return int(d.Year)<<9 | int(d.Month)<<5 | int(d.Day) }

// Period is valid time, half-open: From is in it, To is not. A zero bound is
// unbounded (or not stated).
type Period struct{ From, To Date }

// IsZero tells whether the period is unbounded at both ends.
func (p Period) IsZero() bool { return p == Period{} }

// Contains tells whether the day lies in the period.
func (p Period) Contains(day Date) bool {
	return (p.From.IsZero() || p.From.Compare(day) <= 0) && (p.To.IsZero() || day.Compare(p.To) < 0)
}

// Overlaps tells whether some day lies in both periods.
func (p Period) Overlaps(o Period) bool {
	return (p.To.IsZero() || o.From.IsZero() || o.From.Compare(p.To) < 0) &&
		(o.To.IsZero() || p.From.IsZero() || p.From.Compare(o.To) < 0)
}

// Empty tells whether the period holds no day, as a source's error may make it.
func (p Period) Empty() bool {
	return !p.From.IsZero() && !p.To.IsZero() && p.To.Compare(p.From) <= 0
}

// String is "from/to" in ISO 8601, with ".." for an open end.
func (p Period) String() string {
	end := func(d Date) string {
		if d.IsZero() {
			return ".."
		}
		return d.String()
	}
	return end(p.From) + "/" + end(p.To)
}
