package normalise

import (
	"fmt"
	"strings"

	"github.com/karna-registry/karna/model"
)

// Layout is how a source writes dates, in the letters Y, M and D:
// "YYYY-MM-DD", "YYYYMMDD", "D.M.YYYY", "MM/YYYY". A part written once (D, M)
// takes one or two digits, otherwise exactly as many as letters. Other
// characters stand for themselves, and "*" at the end for anything that follows,
// such as a time. Two-digit years are not read: nothing says which century.
type Layout string

// ISO is a date or the date of a timestamp, by ISO 8601, at any precision.
const ISO Layout = "iso"

// NewLayout checks a layout that configuration names.
func NewLayout(s string) (Layout, error) {
	if Layout(s) == ISO {
		return ISO, nil
	}
	pattern := strings.TrimSuffix(s, "*")
	years, months, days := strings.Count(pattern, "Y"), strings.Count(pattern, "M"), strings.Count(pattern, "D")
	switch {
	case years != 4 || !strings.Contains(pattern, "YYYY"):
		return "", fmt.Errorf("date layout %q: want YYYY once, as in YYYY-MM-DD", s)
	case months > 2 || (months == 2 && !strings.Contains(pattern, "MM")):
		return "", fmt.Errorf("date layout %q: want M or MM at most once", s)
	case days > 2 || (days == 2 && !strings.Contains(pattern, "DD")) || (days > 0 && months == 0):
		return "", fmt.Errorf("date layout %q: want D or DD at most once, and a month with it", s)
	case strings.Contains(pattern, "*"):
		return "", fmt.Errorf("date layout %q: want * at the end only", s)
	}
	return Layout(s), nil
}

// Date reads a date that is written in one of the layouts, tried in order; with
// none given, in ISO. It is false for a date that does not exist.
func Date(s string, layouts ...Layout) (date model.Date, ok bool) {
	text := strings.TrimSpace(s)
	if len(layouts) == 0 {
		return isoDate(text)
	}
	for _, l := range layouts {
		if date, ok = l.parse(text); ok {
			return date, true
		}
	}
	return model.Date{}, false
}

func (l Layout) parse(text string) (model.Date, bool) {
	if l == ISO {
		return isoDate(text)
	}
	pattern, open := strings.CutSuffix(string(l), "*")
	var year, month, day string
	for i := 0; i < len(pattern); {
		letter := pattern[i]
		width := 1
		for i+width < len(pattern) && pattern[i+width] == letter {
			width++
		}
		var part *string
		switch letter {
		case 'Y':
			part = &year
		case 'M':
			part = &month
		case 'D':
			part = &day
		default:
			if text == "" || text[0] != letter {
				return model.Date{}, false
			}
			text = text[1:]
			i++
			continue
		}
		i += width
		if width == 1 && len(text) > 1 && isDigits(text[:2]) {
			width = 2
		}
		if len(text) < width || !isDigits(text[:width]) {
			return model.Date{}, false
		}
		*part, text = text[:width], text[width:]
	}
	if text != "" && !open {
		return model.Date{}, false
	}
	return exact(year, month, day)
}

// exact is the date of its parts, which may lack day or month, if it exists.
func exact(year, month, day string) (model.Date, bool) {
	iso := year
	for _, part := range []string{month, day} {
		if part == "" {
			break
		}
		if len(part) == 1 {
			part = "0" + part
		}
		iso += "-" + part
	}
	d, err := model.ParseDate(iso)
	return d, err == nil && d.Year > 0
}

// isoDate reads the extended and the basic form, and the date of a timestamp.
// The date is the one written, whatever the zone beside it.
func isoDate(text string) (model.Date, bool) {
	if at := strings.IndexAny(text, "T "); at > 0 {
		if len(text) < at+3 || !isDigits(text[at+1:at+3]) || (at != len("YYYY-MM-DD") && at != len("YYYYMMDD")) {
			return model.Date{}, false
		}
		text = text[:at]
	}
	switch len(text) {
	case len("YYYYMMDD"):
		return exact(text[:4], text[4:6], text[6:])
	case len("YYYY"), len("YYYY-MM"), len("YYYY-MM-DD"):
		d, err := model.ParseDate(text)
		return d, err == nil && d.Year > 0
	}
	return model.Date{}, false
}

// The years that systems write for "no end" and "no start".
const (
	endlessYear   = 9999
	beginningless = 1
)

// PeriodInclusive is the half-open period of a source whose last day is in it.
// Bounds at the whole of year 9999 or year 1 are how systems write no bound. It
// is not ok when it ends before it starts; it is returned all the same.
func PeriodInclusive(from, to model.Date) (period model.Period, ok bool) {
	return checked(model.Period{From: start(from), To: end(to).Next()})
}

// PeriodExclusive is the period of a source whose end is the first day after it.
func PeriodExclusive(from, to model.Date) (period model.Period, ok bool) {
	return checked(model.Period{From: start(from), To: end(to)})
}

func checked(p model.Period) (model.Period, bool) { return p, !p.Empty() }

func start(d model.Date) model.Date {
	if d.Year == beginningless {
		return model.Date{}
	}
	return d
}

func end(d model.Date) model.Date {
	if d.Year == endlessYear {
		return model.Date{}
	}
	return d
}
