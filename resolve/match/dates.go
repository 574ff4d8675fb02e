package match

import (
	"strings"
	"time"
)

// date is a day packed as year<<9 | month<<5 | day; month and day may be 0 for
// not stated, and the whole 0 for no date.
type date uint32

func packDate(y, m, d int) date { return date(y<<9 | m<<5 | d) }

func (d date) year() int  { return int(d >> 9) }
func (d date) month() int { return int(d >> 5 & 15) }
func (d date) day() int   { return int(d & 31) }

// parseDate reads a date; a month or a day that there is not is left unstated.
// Without a layout it knows 2006-01-02, 20060102, 2006-01, 2006, 02/01/2006, 02.01.2006 and the same with two-digit days left
// short; of day and month the one above twelve is the day, else the day is first.
func parseDate(s, layout string) date {
	if layout != "" {
		t, err := time.Parse(layout, strings.TrimSpace(s))
		if err != nil {
			return 0
		}
		return packDate(t.Year(), int(t.Month()), t.Day())
	}
	var part, width [3]int
	n := 0
	in := false
	for i := range len(s) {
		c := s[i]
		switch {
		case isDigit(c):
			if !in {
				if n == 3 {
					return finish(part, width, n) // a time follows
				}
				n++
				in = true
			}
			if width[n-1] == 8 {
				return 0
			}
			part[n-1] = part[n-1]*10 + int(c-'0')
			width[n-1]++
		case c == '-' || c == '/' || c == '.' || c == ' ':
			in = false
		case c == 'T' && n == 3:
			return finish(part, width, n)
		default:
			return 0
		}
	}
	return finish(part, width, n)
}

func finish(part, width [3]int, n int) date {
	y, m, d := 0, 0, 0
	switch {
	case n == 1 && width[0] == 8:
		y, m, d = part[0]/10000, part[0]/100%100, part[0]%100
		if (m > 12 || y < 1000) && part[0]%10000 > 1000 && part[0]/10000%100 <= 12 { // 31121999
			y, m, d = part[0]%10000, part[0]/10000%100, part[0]/1000000
		}
	case n == 1 && width[0] == 6:
		y, m = part[0]/100, part[0]%100
	case n == 1 && width[0] == 4:
		y = part[0]
	case n == 2 && width[0] == 4:
		y, m = part[0], part[1]
	case n == 2 && width[1] == 4:
		y, m = part[1], part[0]
	case n == 3 && width[0] == 4:
		y, m, d = part[0], part[1], part[2]
	case n == 3 && width[2] == 4:
		y, m, d = part[2], part[1], part[0]
	}
	if m > 12 && m <= 31 && d <= 12 {
		m, d = d, m
	}
	switch {
	case y == 0 || y > 9999:
		return 0
	case m > 12: // a slip; the year stands
		m, d = 0, 0
	case d > 31:
		d = 0
	}
	return packDate(y, m, d)
}

// dayNumber counts days on a calendar good enough for how far apart two are.
func (d date) dayNumber() int {
	return d.year()*365 + d.year()/4 + [...]int{0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 334, 334, 334}[d.month()] + d.day()
}

func appendTwo(dst []byte, n int) []byte { return append(dst, byte('0'+n/10), byte('0'+n%10)) }

func (d date) digits() [8]byte {
	var out [8]byte
	b := appendTwo(out[:0], d.year()/100)
	b = appendTwo(b, d.year()%100)
	b = appendTwo(b, d.month())
	appendTwo(b, d.day())
	return out
}

// IsDate tells whether a text is a date in one of the forms that are recognised.
func IsDate(s string) bool { return parseDate(s, "").day() != 0 }

// apart tells whether one of two roles had ended before the other began.
func (t *Table) apart(x, y []uint32) bool {
	if t.end == none {
		return false
	}
	over := func(end, start date) bool { return end.day() != 0 && start.day() != 0 && end < start }
	return over(date(x[t.end]), date(y[t.birth])) || over(date(y[t.end]), date(x[t.birth]))
}

// ends counts the days on which roles end.
func (t *Table) ends() map[uint32]uint32 {
	counts := map[uint32]uint32{}
	for i := int(t.end); i < len(t.cells); i += t.stride {
		if d := t.cells[i]; d != 0 {
			counts[d]++
		}
	}
	return counts
}
