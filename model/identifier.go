package model

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// FailureCode is a stable name for the part of a scheme's rule that a value
// broke.
type FailureCode string

// The failure codes.
const (
	FailEmpty       FailureCode = "empty"        // nothing there
	FailLength      FailureCode = "length"       // too many or too few characters
	FailCharacters  FailureCode = "characters"   // a character the scheme does not have
	FailSeparator   FailureCode = "separator"    // a sign missing, or where none may be
	FailCentury     FailureCode = "century"      // a century that cannot be, or that nothing tells
	FailDate        FailureCode = "date"         // a date that does not exist
	FailFuture      FailureCode = "future"       // born after the delivery that says so
	FailBirthNumber FailureCode = "birth-number" // a number that is never given out
	FailLetter      FailureCode = "letter"       // a letter the scheme does not give out
	FailThirdDigit  FailureCode = "third-digit"  // organisationsnummer: third digit below 2
	FailCheckDigit  FailureCode = "check-digit"  // does not agree with the rest
	FailForm        FailureCode = "form"         // not the shape of the scheme
	FailOtherScheme FailureCode = "other-scheme" // a value of another scheme
)

// IdentifierError says which part of its scheme's rule a value broke. It never
// holds the value: that may be personal.
type IdentifierError struct {
	Scheme Scheme
	Code   FailureCode
	Detail string // what the rule wants
}

// Error is "scheme: what the rule wants".
func (e *IdentifierError) Error() string {
	return fmt.Sprintf("%s: %s (%s)", e.Scheme, e.Detail, e.Code)
}

func fail(s Scheme, code FailureCode, detail string) error {
	return &IdentifierError{Scheme: s, Code: code, Detail: detail}
}

// ParseIdentifier reads a value by its scheme's rule and makes it canonical.
// Parsing a canonical value again gives the same value.
//
// A two-digit year is read against asOf, the delivery's date, and never against
// today, so the same file always means the same; without asOf such a value
// fails. A value that fails is returned as delivered, trimmed, with status
// IdentifierFailed, beside an *IdentifierError: it is kept, and proves nothing.
func ParseIdentifier(s Scheme, value string, asOf Date) (Identifier, error) {
	value = strings.TrimSpace(value)
	canonical, err := canonicalise(s, value, asOf)
	if err != nil {
		return Identifier{Scheme: s, Value: value, Status: IdentifierFailed}, err
	}
	return Identifier{Scheme: s, Value: canonical, Status: IdentifierValid}, nil
}

func canonicalise(s Scheme, value string, asOf Date) (string, error) {
	if value == "" {
		return "", fail(s, FailEmpty, "want a value")
	}
	switch s.Base() {
	case Personnummer:
		return parsePersonnummer(s, value, asOf)
	case Samordningsnummer:
		return parseSamordningsnummer(s, value, asOf)
	case TFNummer:
		return parseTFNummer(s, value, asOf)
	case Hetu:
		return parseHetu(s, value, asOf)
	case Organisationsnummer:
		return parseOrganisationsnummer(s, value)
	case FONummer:
		return parseFONummer(s, value)
	case HSAID:
		return parseHSAID(s, value)
	case EPPN:
		return parseEPPN(s, value)
	case Kommunkod:
		return parseDigits(s, value, 4)
	case Lanskod:
		return parseDigits(s, value, 2)
	case Kuntakoodi:
		return parseDigits(s, value, 3)
	case Skolenhetskod, CFAR:
		return parseDigits(s, value, 8)
	case Objektidentitet:
		return parseObjektidentitet(s, value)
	}
	return parseAsGiven(s, value)
}

// ParsePersonalNumber reads a value of a field that holds personal numbers of
// several schemes, as payroll and school systems do, and says which scheme it
// is: samordningsnummer, TF-nummer, hetu or personnummer. A value that is none
// of them fails as a personnummer.
func ParsePersonalNumber(value string, asOf Date) (Identifier, error) {
	id, err := ParseIdentifier(Personnummer, value, asOf)
	if err == nil {
		return id, nil
	}
	for _, s := range [...]Scheme{Samordningsnummer, Hetu, TFNummer} {
		if other, otherErr := ParseIdentifier(s, value, asOf); otherErr == nil {
			return other, nil
		}
	}
	return id, err
}

// personalSchemes are the schemes of the numbers that a jurisdiction's systems call
// personal numbers, the commonest first.
var personalSchemes = map[string][]Scheme{
	"SE": {Personnummer, Samordningsnummer, TFNummer},
	"AX": {Hetu},
	"FI": {Hetu},
}

// ParsePersonalNumberIn is ParsePersonalNumber of a field that has the schemes of a
// jurisdiction (SE, AX) alone: 120190-123A is no personnummer and 120190-1239 may be
// either, so that only the jurisdiction tells. A value that is none of them fails as
// the first. Any other jurisdiction has all schemes.
func ParsePersonalNumberIn(jurisdiction, value string, asOf Date) (Identifier, error) {
	schemes, known := personalSchemes[jurisdiction]
	if !known {
		return ParsePersonalNumber(value, asOf)
	}
	var first Identifier
	var failed error
	for i, s := range schemes {
		id, err := ParseIdentifier(s, value, asOf)
		if err == nil {
			return id, nil
		}
		if i == 0 {
			first, failed = id, err
		}
	}
	return first, failed
}

// parseAsGiven keeps a value whose form differs by source or region: it has to
// be text, nothing more.
func parseAsGiven(s Scheme, value string) (string, error) {
	if !utf8.ValidString(value) {
		return "", fail(s, FailCharacters, "want text in UTF-8")
	}
	for _, r := range value {
		if unicode.IsControl(r) {
			return "", fail(s, FailCharacters, "want no control characters")
		}
	}
	return value, nil
}

// parseDigits reads a code that is a string of n digits, leading zeros and all.
func parseDigits(s Scheme, value string, n int) (string, error) {
	if !allDigits(value) {
		return "", fail(s, FailCharacters, "want digits only")
	}
	if len(value) != n {
		return "", fail(s, FailLength, fmt.Sprintf("want %d digits, leading zeros included", n))
	}
	return value, nil
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// luhn tells whether the digits, the last of which is the check digit, agree
// with the Luhn formula (modulus 10) that Swedish numbers use.
func luhn(digits string) bool {
	sum := 0
	double := false
	for i := len(digits) - 1; i >= 0; i-- {
		d := int(digits[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double = !double
	}
	return sum%10 == 0
}
