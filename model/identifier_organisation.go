package model

import (
	"strings"
	"unicode"
)

// parseOrganisationsnummer reads ten digits with the third at least 2 and a Luhn
// check digit, or the twelve-digit form with 16 before them. A sole trader's
// number is the trader's personal number (see IsPersonalNumber); it is read in
// any of that number's spellings. Canonical: ten digits, for a sole trader too,
// because a business register states no century.
func parseOrganisationsnummer(s Scheme, value string) (string, error) {
	ten := value
	switch len(value) {
	case 10, 12:
	case 11, 13:
		sign := value[len(value)-5]
		if sign != '-' && sign != '+' {
			return "", fail(s, FailSeparator, "want - before the last four, and nowhere else")
		}
		ten = value[:len(value)-5] + value[len(value)-4:]
	default:
		return "", fail(s, FailLength, "want 10 digits, or 12 that start with 16")
	}
	if !allDigits(ten) {
		return "", fail(s, FailCharacters, "want digits, and - before the last four if any")
	}
	if personalDigits(ten) {
		return ten[len(ten)-10:], nil
	}
	if len(ten) == 12 {
		if ten[:2] != "16" {
			return "", fail(s, FailForm, "want twelve digits to start with 16, or to be a sole trader's personal number")
		}
		ten = ten[2:]
	}
	switch {
	case value[len(value)-5] == '+':
		return "", fail(s, FailSeparator, "want - before the last four: + is for people")
	case ten[2] < '2':
		return "", fail(s, FailThirdDigit, "want a third digit of at least 2, or a sole trader's personal number")
	case !luhn(ten):
		return "", fail(s, FailCheckDigit, "the check digit does not agree")
	}
	return ten, nil
}

// parseFONummer reads a Finnish business id: seven digits, - and a check digit
// by the weights 7 9 10 5 8 4 2 modulo 11, where remainder 1 is never given. The
// national service catalogue has some without the hyphen; it is put back.
func parseFONummer(s Scheme, value string) (string, error) {
	if len(value) == 8 && allDigits(value) {
		value = value[:7] + "-" + value[7:]
	}
	if len(value) != 9 {
		return "", fail(s, FailLength, "want seven digits, - and a check digit")
	}
	if value[7] != '-' {
		return "", fail(s, FailSeparator, "want - before the check digit")
	}
	if !allDigits(value[:7]) || !allDigits(value[8:]) {
		return "", fail(s, FailCharacters, "want seven digits, - and a check digit")
	}
	sum := 0
	for i, w := range [...]int{7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(value[i]-'0')
	}
	check := 0
	switch r := sum % 11; r {
	case 0:
	case 1:
		return "", fail(s, FailCheckDigit, "no check digit exists for these seven digits")
	default:
		check = 11 - r
	}
	if int(value[8]-'0') != check {
		return "", fail(s, FailCheckDigit, "the check digit does not agree")
	}
	return value, nil
}

// maxHSAID is the length of the longest HSA-id.
const maxHSAID = 31

// parseHSAID reads SE, the ten digits of the catalogue's owner, - and letters
// or digits. Case does not distinguish HSA-ids; canonical is upper case.
func parseHSAID(s Scheme, value string) (string, error) {
	v := upperASCII(value)
	switch {
	case len(v) > maxHSAID:
		return "", fail(s, FailLength, "want at most 31 characters")
	case len(v) < len("SE0000000000-X"):
		return "", fail(s, FailLength, "want SE, ten digits, - and at least one letter or digit")
	case v[:2] != "SE":
		return "", fail(s, FailForm, "want SE first")
	case !allDigits(v[2:12]):
		return "", fail(s, FailCharacters, "want ten digits after SE")
	case v[12] != '-':
		return "", fail(s, FailSeparator, "want - after the ten digits")
	}
	for i := 13; i < len(v); i++ {
		if c := v[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return "", fail(s, FailCharacters, "want letters A to Z and digits after -")
		}
	}
	return v, nil
}

// parseEPPN reads an eduPersonPrincipalName, user@scope. Case does not
// distinguish them (eduPerson: caseIgnoreMatch); canonical is lower case.
func parseEPPN(s Scheme, value string) (string, error) {
	if _, err := parseAsGiven(s, value); err != nil {
		return "", err
	}
	user, scope, found := strings.Cut(value, "@")
	if !found || user == "" || scope == "" || strings.Contains(scope, "@") {
		return "", fail(s, FailForm, "want user@scope")
	}
	if strings.IndexFunc(value, unicode.IsSpace) >= 0 {
		return "", fail(s, FailCharacters, "want no white space")
	}
	return strings.ToLower(value), nil
}

// parseObjektidentitet reads a national object identity. Those that are UUIDs
// are written in lower case (RFC 9562); others are kept as given.
func parseObjektidentitet(s Scheme, value string) (string, error) {
	if _, err := parseAsGiven(s, value); err != nil {
		return "", err
	}
	if id, err := ParseEntityID(value); err == nil {
		return id.String(), nil
	}
	return value, nil
}
