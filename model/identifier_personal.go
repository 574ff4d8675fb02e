package model

import (
	"regexp"
	"strings"
	"unicode"
)

// IsPersonalNumber tells whether an organisationsnummer (or any text) is a
// Swedish personal number, so that its holder is a sole trader and the value is
// personal data. No legal entity's number is one: their third digit is at least
// 2, and a month's first digit is 0 or 1.
func IsPersonalNumber(value string) bool {
	value = strings.TrimSpace(value)
	switch len(value) {
	case 10, 12:
	case 11, 13:
		if sign := value[len(value)-5]; sign != '-' && sign != '+' {
			return false
		}
		value = value[:len(value)-5] + value[len(value)-4:]
	default:
		return false
	}
	return allDigits(value) && personalDigits(value)
}

// personalDigits tells whether ten or twelve digits are a personnummer or a
// samordningsnummer. Ten digits have no century: a date that exists in any of
// them will do.
func personalDigits(v string) bool {
	first, last := firstBirthYear, lastBirthYear
	if len(v) == 12 {
		year, _ := digits(v, 0, 4)
		if year < firstBirthYear || year > lastBirthYear {
			return false
		}
		first, last = year, year
		v = v[2:]
	}
	yy, _ := digits(v, 0, 2)
	month, _ := digits(v, 2, 2)
	day, _ := digits(v, 4, 2)
	if v[6:9] == "000" || !luhn(v) {
		return false
	}
	if month <= 12 && day >= 60 && day <= 91 {
		return true
	}
	for century := first / 100 * 100; century <= last; century += 100 {
		if isRealDate(century+yy, month, day) {
			return true
		}
	}
	return false
}

// LooksPersonal tells whether the whole text is a personal number in any
// spelling in which one is seen: personnummer, samordningsnummer, TF-nummer or
// hetu, with any dash, spaces inside, or as a Swedish VAT number. It errs on the
// side of yes: a local id that looks personal is stored as a keyed hash.
func LooksPersonal(s string) bool {
	v, ok := plainSpelling(s)
	if !ok {
		return false
	}
	if IsPersonalNumber(v) {
		return true
	}
	if len(v) == 14 && v[:2] == "SE" && IsPersonalNumber(v[2:12]) {
		return true
	}
	if _, err := parseHetu(Hetu, v, Date{}); err == nil {
		return true
	}
	// The century of a ten-character number does not matter here, only that some
	// century makes it one: both parities of leap year occur in these two.
	for _, asOf := range [...]Date{{1999, 12, 31}, {2099, 12, 31}} {
		if _, err := parseTFNummer(TFNummer, v, asOf); err == nil {
			return true
		}
	}
	return false
}

// ContainsPersonal tells whether the text, or some part of it that is bounded by
// what is neither letter nor digit and has its date in one piece, looks personal:
// as in a payroll's "191212121212-1".
func ContainsPersonal(s string) bool {
	if LooksPersonal(s) {
		return true
	}
	inWord := func(i int) bool {
		c := s[i]
		return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80
	}
	const date = len("YYMMDD")
	for from := 0; from+date < len(s); from++ {
		if (from > 0 && inWord(from-1)) || !allDigits(s[from:from+date]) {
			continue
		}
		for to := from + len("YYMMDDNNNN"); to <= min(len(s), from+len("YYYYMMDD–NNNN")); to++ {
			if (to == len(s) || !inWord(to)) && LooksPersonal(s[from:to]) {
				return true
			}
		}
	}
	return false
}

// NumberTakenOut stands in a text where a personal number was.
const NumberTakenOut = "[number]"

// WithoutPersonal is the text with [number] for each part that looks personal and is
// not part of a longer number, whatever letters stand around it: "lön191212121212.xml"
// is "lön[number].xml".
func WithoutPersonal(s string) string {
	const date = len("YYMMDD")
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	var out []byte
	copied := 0
	for from := 0; from+date < len(s); from++ {
		if !digit(from + date - 1) {
			from += date - 1 // no date has that place in it
			continue
		}
		if digit(from-1) || !allDigits(s[from:from+date]) {
			continue
		}
		for to := min(len(s), from+len("YYYYMMDD–NNNN")); to >= from+len("YYMMDDNNNN"); to-- {
			if s[to-1] != ' ' && !digit(to) && LooksPersonal(s[from:to]) {
				out = append(append(out, s[copied:from]...), NumberTakenOut...)
				copied, from = to, to-1
				break
			}
		}
	}
	if copied == 0 {
		return s
	}
	return string(append(out, s[copied:]...))
}

// WithoutDigits is the text with [number] for each part that looks personal, and for
// each row of nine digits and more, with dashes and plus signs among them or a space
// before its end: a personal number with an error in it does not look like one. A date
// stays, and a time of day after it.
func WithoutDigits(s string) string {
	return longDigits.ReplaceAllString(WithoutPersonal(s), NumberTakenOut)
}

// longDigits are nine digits, the fewest that a number has which lacks one, and more.
var longDigits = regexp.MustCompile(`[0-9](?:[-+\x{2010}-\x{2015}\x{2212}]?[0-9]){8,}|[0-9](?:[-+\x{2010}-\x{2015}\x{2212}]?[0-9]){5,} [0-9]{3,}`)

// plainSpelling takes out white space, makes every dash a hyphen and raises
// case. It gives up on a text that has too few or too many digits to be a
// personal number, as most texts do.
func plainSpelling(s string) (string, bool) {
	if len(s) < 10 || len(s) > 64 {
		return "", false
	}
	digits, plain := 0, true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c <= ' ' || c >= 0x80:
			plain = false
		}
	}
	// YYMMDDTF01 has the fewest, YYYYMMDDNNNN the most.
	if plain && (digits < 8 || digits > 12 || len(s) > 14) {
		return "", false
	}
	if plain {
		return upperASCII(s), true
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\ufeff':
		case r >= '\u2010' && r <= '\u2015' || r == '\u2212' || r == '\uff0d':
			b.WriteByte('-')
		case r >= '\uff10' && r <= '\uff19':
			b.WriteByte(byte('0' + r - '\uff10'))
		default:
			b.WriteRune(r)
		}
	}
	v := upperASCII(b.String())
	return v, len(v) >= 10 && len(v) <= 14
}

// masked stands for what a mask hides.
const masked = "****"

// Mask hides what identifies in a canonical value of a personal scheme, leaving
// the date of birth: "19121212-****". A value that breaks its rule is hidden
// whole. Values of open schemes are returned as they are, unless they are
// personal numbers: a sole trader's, or a local id that is one.
func Mask(s Scheme, value string) string {
	switch s.Base() {
	case Personnummer, Samordningsnummer, TFNummer, Hetu, Organisationsnummer:
		canonical, err := canonicalise(s, value, Date{})
		switch {
		case err != nil:
			return masked
		case s.Base() == Hetu:
			return canonical[:7] + masked
		case len(canonical) == 12:
			return canonical[:8] + "-" + masked
		case IsPersonalNumber(canonical):
			return canonical[:6] + "-" + masked
		}
		return value
	}
	if ProofOf(s).Sealed || ContainsPersonal(value) {
		return masked
	}
	return value
}

// BirthDate is the date of birth that a canonical value of a personal scheme
// states. It is false where the value states none that exists, as some
// samordningsnummer do.
func BirthDate(s Scheme, value string) (Date, bool) {
	switch s.Base() {
	case Hetu:
		if len(value) != 11 || !allDigits(value[:6]) || hetuCentury(value[6]) == 0 {
			return Date{}, false
		}
		return hetuDate(value)
	case Personnummer, Samordningsnummer, TFNummer:
	default:
		return Date{}, false
	}
	if len(value) != 12 || !allDigits(value[:8]) {
		return Date{}, false
	}
	year, _ := digits(value, 0, 4)
	month, _ := digits(value, 4, 2)
	day, _ := digits(value, 6, 2)
	if s.Base() == Samordningsnummer {
		day -= 60
	}
	if !isRealDate(year, month, day) {
		return Date{}, false
	}
	return Date{int16(year), uint8(month), uint8(day)}, true //nolint:gosec // a real date of four, two and two digits
}
