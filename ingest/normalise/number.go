package normalise

import (
	"math"
	"strconv"
	"strings"
)

var booleans = map[string]bool{
	"true": true, "t": true, "1": true, "yes": true, "y": true, "ja": true, "j": true, "sant": true, "x": true, "kyllä": true, "k": true,
	"false": false, "f": false, "0": false, "no": false, "n": false, "nej": false, "falskt": false, "ei": false, "e": false,
}

// Boolean reads the agreed spellings of yes and no in Swedish, Finnish and
// English, in any case. An empty text is neither.
func Boolean(s string) (value, ok bool) {
	text, _ := Text(s)
	value, ok = booleans[strings.ToLower(text)]
	return value, ok
}

// Number reads a finite decimal number with comma or point, with spaces (or the
// other sign) between thousands, and a per cent sign after it if any. Where one
// sign occurs once it is the decimal sign, as a file's thousands are rarely
// written with comma or point and no other sign.
func Number(s string) (value float64, ok bool) {
	sign, text := unsigned(s)
	whole, fraction, hasFraction := cutDecimal(text)
	return join(sign, whole, fraction, hasFraction)
}

// NumberIn is Number for a source that says which of comma and point is its decimal
// sign. That settles what can be read with either ("1,000"). What can be read with the
// other one only is read so, and agrees is false.
func NumberIn(s string, decimal byte) (value float64, agrees, ok bool) {
	sign, text := unsigned(s)
	whole, fraction, hasFraction := cutDecimal(text)
	if hasFraction && text[len(whole)] != decimal {
		// No group of thousands starts with a zero.
		if value, ok = join(sign, text, "", false); ok && text[0] != '0' {
			return value, true, true
		}
		value, ok = join(sign, whole, fraction, true)
		return value, false, ok
	}
	value, ok = join(sign, whole, fraction, hasFraction)
	return value, strings.IndexByte(whole, decimal) < 0, ok
}

// unsigned parts a number's sign from the rest, without a per cent sign after it.
func unsigned(s string) (sign, text string) {
	text, _ = Text(s)
	text = strings.TrimSpace(strings.TrimSuffix(text, "%"))
	text = strings.Replace(text, "\u2212", "-", 1)
	if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
		sign, text = text[:1], text[1:]
	}
	return sign, text
}

// join is the number that the parts make.
func join(sign, whole, fraction string, hasFraction bool) (value float64, ok bool) {
	if whole == "" && hasFraction {
		whole = "0"
	}
	digits, ok := ungroup(whole)
	if !ok || (hasFraction && !isDigits(fraction)) {
		return 0, false
	}
	v, err := strconv.ParseFloat(sign+digits+"."+fraction+"0", 64)
	if err != nil || math.IsInf(v, 0) {
		return 0, false
	}
	if v == 0 {
		v = 0 // not the negative zero, which prints as another number
	}
	return v, true
}

// cutDecimal parts the text at its decimal sign.
func cutDecimal(text string) (whole, fraction string, found bool) {
	at := strings.LastIndexAny(text, ",.")
	if at < 0 || strings.Count(text, text[at:at+1]) > 1 {
		return text, "", false
	}
	return text[:at], text[at+1:], true
}

// ungroup takes the signs between thousands out, which must be one sign and
// stand between groups of three.
func ungroup(s string) (digits string, ok bool) {
	at := strings.IndexAny(s, " .,'’")
	if at < 0 {
		return s, isDigits(s)
	}
	separator := " "
	for _, sep := range []string{" ", ".", ",", "'", "’"} {
		if strings.HasPrefix(s[at:], sep) {
			separator = sep
		}
	}
	groups := strings.Split(s, separator)
	for i, g := range groups {
		if !isDigits(g) || (i > 0 && len(g) != 3) || (i == 0 && len(g) > 3) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}
