package quads

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/karna-registry/karna/model"
)

// text is a literal's value as every format can carry it: valid UTF-8.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func literal(s string) Term { return Term{Kind: Literal, Value: text(s)} }

func iri(s string) Term { return Term{Kind: IRI, Value: s} }

// ValidLang tells whether a language tag can be written in every format: the
// LANGTAG of N-Quads.
func ValidLang(tag string) bool {
	if tag == "" {
		return false
	}
	run, first := 0, true
	for i := 0; i < len(tag); i++ {
		c := tag[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', !first && '0' <= c && c <= '9':
			if run++; run > 8 {
				return false
			}
		case c == '-' && run > 0:
			run, first = 0, false
		default:
			return false
		}
	}
	return run > 0
}

func appendYear(b []byte, y int) []byte {
	if y < 0 {
		b, y = append(b, '-'), -y
	}
	for limit := 1000; limit > 1 && y < limit; limit /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(y), 10)
}

// appendDate writes a date at its precision.
func appendDate(b []byte, d model.Date) (out []byte, datatype string) {
	b = appendYear(b, int(d.Year))
	if d.Month == 0 {
		return b, xsdYear
	}
	b = append(b, '-', '0'+d.Month/10, '0'+d.Month%10)
	if d.Day == 0 {
		return b, xsdYearMonth
	}
	return append(b, '-', '0'+d.Day/10, '0'+d.Day%10), xsdDate
}

// lastOf is the last day, month or year of a period that ends before to.
func lastOf(to model.Date) model.Date {
	switch {
	case to.Month == 0:
		to.Year--
	case to.Day == 0 && to.Month == 1:
		to.Year, to.Month = to.Year-1, 12
	case to.Day == 0:
		to.Month--
	case to.Day > 1:
		to.Day--
	case to.Month == 1:
		to = model.Date{Year: to.Year - 1, Month: 12, Day: 31}
	default:
		to = model.Date{Year: to.Year, Month: to.Month - 1, Day: 28}
		for next := to.Next(); next.Day != 1; next = to.Next() {
			to = next
		}
	}
	return to
}

// parseDate reads what appendDate wrote. The year 0 is a date here, as it ends
// a period that is over before the year 1.
func parseDate(s, datatype string) (model.Date, bool) {
	var want int
	switch datatype {
	case xsdYear:
		want = 0
	case xsdYearMonth:
		want = 1
	case xsdDate:
		want = 2
	default:
		return model.Date{}, false
	}
	sign := 1
	if strings.HasPrefix(s, "-") {
		sign, s = -1, s[1:]
	}
	parts := strings.Split(s, "-")
	if len(parts) != want+1 || len(parts[0]) < 4 {
		return model.Date{}, false
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil || i > 0 && len(p) != 2 {
			return model.Date{}, false
		}
		n[i] = int(v)
	}
	if n[0] > math.MaxInt16 || want > 0 && (n[1] < 1 || n[1] > 12) || want > 1 && (n[2] < 1 || n[2] > 31) {
		return model.Date{}, false
	}
	return model.Date{Year: int16(sign * n[0]), Month: uint8(n[1]), Day: uint8(n[2])}, true
}

func appendNumber(b []byte, f float64) []byte {
	if f == 0 {
		return append(b, '0')
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// appendWKT writes a geometry with its reference system.
func appendWKT(b []byte, g model.Geometry) []byte {
	b = append(b, crs84...)
	if g.WKT != "" {
		return append(b, text(g.WKT)...)
	}
	b = append(b, "POINT("...)
	b = append(appendNumber(b, g.Lon), ' ')
	return append(appendNumber(b, g.Lat), ')')
}

func parseWKT(s string) model.Geometry {
	s = strings.TrimPrefix(s, crs84)
	if in, ok := strings.CutPrefix(s, "POINT("); ok {
		if in, ok = strings.CutSuffix(in, ")"); ok {
			x, y, _ := strings.Cut(in, " ")
			lon, err1 := strconv.ParseFloat(x, 64)
			lat, err2 := strconv.ParseFloat(y, 64)
			if err1 == nil && err2 == nil {
				return model.Geometry{Lon: lon, Lat: lat}
			}
		}
	}
	return model.Geometry{WKT: s}
}
