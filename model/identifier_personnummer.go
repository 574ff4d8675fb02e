package model

// The oldest year of birth a number can state: the first personnummer were
// given in 1947, to people born in the nineteenth century at the earliest. The
// last is the end of the centuries that the twelve-digit form is used for.
const (
	firstBirthYear = 1800
	lastBirthYear  = 2099
)

// swedish is a personal number taken apart: the date as written and the last
// four characters, with the year in full.
type swedish struct {
	year, month, day int
	tail             string // the four characters after the date
	short            string // month and day as written, with the two-digit year: YYMMDD
}

func (n swedish) canonical() string {
	return string([]byte{byte('0' + n.year/1000), byte('0' + n.year/100%10)}) + n.short + n.tail
}

func (n swedish) ten() string { return n.short + n.tail }

// splitSwedish takes a ten- or twelve-character number apart. The separator may
// stand only before the last four. dayOf turns the written day into the day of
// birth (a samordningsnummer adds 60) so that a two-digit year can be read
// against asOf.
func splitSwedish(s Scheme, value string, asOf Date, dayOf func(int) int) (swedish, error) {
	var n swedish
	date, sign := value, byte(0)
	switch len(value) {
	case 10, 12:
		date, n.tail = value[:len(value)-4], value[len(value)-4:]
	case 11, 13:
		date, sign, n.tail = value[:len(value)-5], value[len(value)-5], value[len(value)-4:]
		if sign != '-' && sign != '+' {
			if sign >= '0' && sign <= '9' && allDigits(value) {
				return n, fail(s, FailLength, "want 10 or 12 digits")
			}
			return n, fail(s, FailSeparator, "want - or + before the last four, and nowhere else")
		}
	default:
		return n, fail(s, FailLength, "want 10 or 12 characters, and - or + before the last four if any")
	}
	if !allDigits(date) {
		for i := 0; i < len(value); i++ {
			if value[i] == '-' || value[i] == '+' {
				return n, fail(s, FailSeparator, "want - or + before the last four, and nowhere else")
			}
		}
		return n, fail(s, FailCharacters, "want a date of digits before the last four")
	}
	n.short = date[len(date)-6:]
	n.month, _ = digits(date, len(date)-4, 2)
	n.day, _ = digits(date, len(date)-2, 2)
	yy, _ := digits(n.short, 0, 2)
	born := Date{Month: uint8(n.month), Day: uint8(dayOf(n.day))} //nolint:gosec // two digits each

	if len(date) == 8 {
		n.year, _ = digits(date, 0, 4)
		if n.year < firstBirthYear || n.year > lastBirthYear {
			return n, fail(s, FailCentury, "want a year from 1800 to 2099")
		}
		if asOf.IsZero() {
			return n, nil
		}
		born.Year = int16(n.year) //nolint:gosec // at most 2099
		if after(born, asOf) {
			return n, fail(s, FailFuture, "born after the delivery's date: want the right century")
		}
		if sign == '+' && int(asOf.Year)-n.year < 100 {
			return n, fail(s, FailCentury, "+ is for those who are 100 or more in the year of the delivery")
		}
		return n, nil
	}

	if asOf.IsZero() {
		return n, fail(s, FailCentury, "ten digits need the delivery's date to tell the century: want 12 digits, or a dated delivery")
	}
	n.year = int(asOf.Year)/100*100 + yy
	born.Year = int16(n.year) //nolint:gosec // a year near asOf's
	if sign == '+' {
		for int(asOf.Year)-n.year < 100 {
			n.year -= 100
		}
	} else if after(born, asOf) {
		n.year -= 100
	}
	if n.year < firstBirthYear || n.year > lastBirthYear {
		return n, fail(s, FailCentury, "want a year from 1800 to 2099")
	}
	return n, nil
}

// after tells whether the day of birth lies after asOf. Parts that state no real
// day (month 00, day 00) count as the earliest they can be.
func after(born, asOf Date) bool {
	if born.Year != asOf.Year {
		return born.Year > asOf.Year
	}
	if asOf.Month == 0 || born.Month != asOf.Month {
		return asOf.Month != 0 && born.Month > asOf.Month
	}
	return asOf.Day != 0 && born.Day > asOf.Day
}

func isRealDate(year, month, day int) bool {
	return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

func sameDay(day int) int { return day }

// coordinationDay is the day of birth behind a samordningsnummer's day, which
// has 60 added to it.
func coordinationDay(day int) int { return max(day-60, 0) }

// parsePersonnummer reads ten or twelve digits by folkbokföringslagen 18 §:
// date of birth, birth number, Luhn check digit. Canonical: twelve digits.
func parsePersonnummer(s Scheme, value string, asOf Date) (string, error) {
	n, err := splitSwedish(s, value, asOf, sameDay)
	if err != nil {
		return "", err
	}
	if !allDigits(n.tail) {
		return "", fail(s, FailCharacters, "want digits")
	}
	if n.month <= 12 && n.day >= 60 && n.day <= 91 {
		return "", fail(s, FailOtherScheme, "the day has 60 added: this is the form of a samordningsnummer")
	}
	if !isRealDate(n.year, n.month, n.day) {
		return "", fail(s, FailDate, "want a date that exists")
	}
	if n.tail[:3] == "000" {
		return "", fail(s, FailBirthNumber, "birth number 000 is never given")
	}
	if !luhn(n.ten()) {
		return "", fail(s, FailCheckDigit, "the check digit does not agree")
	}
	return n.canonical(), nil
}

// parseSamordningsnummer reads a coordination number: day plus 60. The date need
// not exist: where the day or month of birth is unknown the numbers given out
// have month 00, day 60 and dates such as 30 February.
func parseSamordningsnummer(s Scheme, value string, asOf Date) (string, error) {
	n, err := splitSwedish(s, value, asOf, coordinationDay)
	if err != nil {
		return "", err
	}
	if !allDigits(n.tail) {
		return "", fail(s, FailCharacters, "want digits")
	}
	if n.month <= 12 && n.day >= 1 && n.day <= 31 {
		return "", fail(s, FailOtherScheme, "the day is an ordinary one: this is the form of a personnummer")
	}
	if n.month > 12 || n.day < 60 || n.day > 91 {
		return "", fail(s, FailDate, "want month 00 to 12 and day 60 to 91")
	}
	if n.tail[:3] == "000" {
		return "", fail(s, FailBirthNumber, "birth number 000 is never given")
	}
	if !luhn(n.ten()) {
		return "", fail(s, FailCheckDigit, "the check digit does not agree")
	}
	return n.canonical(), nil
}

// interimLetters are the letters of interim numbers; other letters are not
// given out.
const interimLetters = "TRSUWXJKLMN"

// parseTFNummer reads a temporary or interim number: date of birth and, in place
// of the last four digits, one interim letter and three digits, or TF and two
// digits as schools write it. There is no check digit.
func parseTFNummer(s Scheme, value string, asOf Date) (string, error) {
	n, err := splitSwedish(s, value, asOf, sameDay)
	if err != nil {
		return "", err
	}
	tail := upperASCII(n.tail)
	switch {
	case allDigits(tail):
		return "", fail(s, FailLetter, "want a letter after the date")
	case tail[:2] == "TF" && allDigits(tail[2:]):
	case !allDigits(tail[1:]):
		return "", fail(s, FailCharacters, "want one letter and three digits, or TF and two digits, after the date")
	default:
		if indexByte(interimLetters, tail[0]) < 0 {
			return "", fail(s, FailLetter, "want one of the letters of interim numbers after the date")
		}
	}
	if !isRealDate(n.year, n.month, n.day) {
		return "", fail(s, FailDate, "want a date that exists")
	}
	n.tail = tail
	return n.canonical(), nil
}

func indexByte(s string, c byte) int {
	for i := 0; i < len(s); i++ {
		if s[i] == c {
			return i
		}
	}
	return -1
}

func upperASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'a' && s[i] <= 'z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if b[j] >= 'a' && b[j] <= 'z' {
					b[j] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
