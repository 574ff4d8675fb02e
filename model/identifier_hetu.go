package model

// hetuChecks holds the check characters: digits and letters without those that
// are mistaken for digits or each other.
const hetuChecks = "0123456789ABCDEFHJKLMNPRSTUVWXY"

// hetuCentury is the century of birth that a sign stands for, or 0. The letters
// beside + - A came with the decree of 2022, in use from 2023.
func hetuCentury(sign byte) int {
	switch sign {
	case '+':
		return 1800
	case '-', 'Y', 'X', 'W', 'V', 'U':
		return 1900
	case 'A', 'B', 'C', 'D', 'E', 'F':
		return 2000
	}
	return 0
}

// parseHetu reads a Finnish henkilötunnus: DDMMYY, century sign, individual
// number, check character. The sign is part of what identifies, so it is kept.
func parseHetu(s Scheme, value string, asOf Date) (string, error) {
	if len(value) != 11 {
		return "", fail(s, FailLength, "want 11 characters")
	}
	v := upperASCII(value)
	if !allDigits(v[:6]) || !allDigits(v[7:10]) {
		return "", fail(s, FailCharacters, "want DDMMYY, a sign, three digits and a check character")
	}
	century := hetuCentury(v[6])
	if century == 0 {
		return "", fail(s, FailSeparator, "want a century sign: + - Y X W V U A B C D E F")
	}
	born, ok := hetuDate(v)
	if !ok {
		return "", fail(s, FailDate, "want a date that exists")
	}
	if !asOf.IsZero() && after(born, asOf) {
		return "", fail(s, FailFuture, "born after the delivery's date: want the right sign")
	}
	if v[7:10] < "002" {
		return "", fail(s, FailBirthNumber, "individual numbers start at 002")
	}
	n, _ := digits(v[:6]+v[7:10], 0, 9)
	if v[10] != hetuChecks[n%31] {
		return "", fail(s, FailCheckDigit, "the check character does not agree")
	}
	return v, nil
}

// hetuDate is the date of birth of a value of a hetu's shape.
func hetuDate(v string) (Date, bool) {
	day, _ := digits(v, 0, 2)
	month, _ := digits(v, 2, 2)
	yy, _ := digits(v, 4, 2)
	year := hetuCentury(v[6]) + yy
	if !isRealDate(year, month, day) {
		return Date{}, false
	}
	return Date{int16(year), uint8(month), uint8(day)}, true //nolint:gosec // a real date before 2100
}
