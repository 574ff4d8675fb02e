package normalise

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// E.164 allows fifteen digits with the country code.
const maxPhoneDigits = 15

// extensionWords announce an extension, in the languages that sources are in.
// Longer words come before those they start with.
var extensionWords = []string{";ext=", "anknytning", "extension", "alanumero", "ankn.", "ankn", "ank.", "anknr", "ext.", "ext", "#", "x"}

// switchboardWords say what a number is and are no part of it.
var switchboardWords = []string{"(växel)", "(vx)", "växel", "vx"}

// Phone is the number in E.164, with an extension as ";ext=12" after it (RFC
// 3966). A number without a country is read as one of the jurisdiction's: 0 is
// then the trunk prefix. Short numbers (112, 1177) and two numbers in one field
// are not understood.
func Phone(s, jurisdiction string) (e164 string, ok bool) {
	text, _ := Text(s)
	text = strings.TrimPrefix(strings.ToLower(text), "tel:")
	for _, w := range switchboardWords {
		text = strings.TrimSpace(strings.TrimSuffix(text, w))
		text = strings.TrimSpace(strings.TrimPrefix(text, w))
	}
	text, extension, ok := cutExtension(text)
	if !ok {
		return "", false
	}
	number, international, ok := phoneDigits(text)
	if !ok {
		return "", false
	}
	shortest := 7 // a country's shortest full number with its code, give or take
	if !international {
		if !strings.HasPrefix(number, "0") {
			return "", false
		}
		code, least := "46", 7
		if isFinnish(jurisdiction) {
			code, least = "358", 5
		}
		number, shortest = code+number[1:], len(code)+least
	}
	if len(number) < shortest || len(number) > maxPhoneDigits || number[0] == '0' {
		return "", false
	}
	if strings.HasPrefix(number, "460") || strings.HasPrefix(number, "3580") {
		return "", false
	}
	if extension != "" {
		number += ";ext=" + extension
	}
	return "+" + number, true
}

func cutExtension(text string) (number, extension string, ok bool) {
	for _, w := range extensionWords {
		before, after, found := strings.Cut(text, w)
		if !found {
			continue
		}
		after = strings.TrimRight(strings.TrimLeft(after, ".: "), ") ")
		if after == "" || len(after) > 7 || strings.Trim(after, "0123456789") != "" {
			return "", "", false
		}
		return strings.TrimRight(before, " ,(;"), after, true
	}
	return text, "", true
}

// phoneDigits takes the signs out of a number. A number is international when it
// starts with + or 00; "(0)" after the country code is dropped.
func phoneDigits(text string) (number string, international, ok bool) {
	switch {
	case strings.HasPrefix(text, "+"):
		text, international = text[1:], true
	case strings.HasPrefix(text, "00"):
		text, international = text[2:], true
	}
	if international {
		text = strings.Replace(text, "(0)", "", 1)
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ' || r == '-' || r == '(' || r == ')' || r == '.' || r >= '\u2010' && r <= '\u2015' || r == '\u2212':
		default:
			return "", false, false
		}
	}
	return b.String(), international, b.Len() > 0
}

// Email is an e-mail address in small letters: no mail system in use tells
// addresses apart by case. A "mailto:" before it is dropped. The domain may be an
// internationalised one.
func Email(s string) (address string, ok bool) {
	text, clean := Text(s)
	if len(text) > len("mailto:") && strings.EqualFold(text[:len("mailto:")], "mailto:") {
		text = text[len("mailto:"):]
	}
	text = norm.NFC.String(strings.ToLower(text))
	at := strings.LastIndexByte(text, '@')
	if !clean || at < 1 || at > 64 || len(text) > 254 {
		return "", false
	}
	for _, r := range text[:at] {
		if unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`()<>[]:;@\,"`, r) {
			return "", false
		}
	}
	local := text[:at]
	if local[0] == '.' || local[at-1] == '.' || strings.Contains(local, "..") || !isDomain(text[at+1:]) {
		return "", false
	}
	return text, true
}

// isDomain tells whether the text is a host name of at least two labels.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for _, r := range l {
			if r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) {
				return false
			}
		}
	}
	return true
}

// Web is an absolute http or https address (RFC 3987), its scheme and host in
// small letters. One without a scheme gets https. An address with characters
// that none may hold as they are, with a password, or of one's own machine is not
// understood.
func Web(s string) (address string, ok bool) {
	text, clean := Text(s)
	if !clean || text == "" || strings.ContainsAny(text, " <>\"{}|\\^`[]") {
		return "", false
	}
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		scheme, rest = "https", text
	}
	scheme = strings.ToLower(scheme)
	if scheme != "http" && scheme != "https" {
		return "", false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, port, hasPort := strings.Cut(norm.NFC.String(strings.ToLower(rest[:end])), ":")
	if !isDomain(host) || (hasPort && (!isDigits(port) || len(port) > 5)) || !escapesAreWhole(rest[end:]) {
		return "", false
	}
	if hasPort {
		host += ":" + port
	}
	return scheme + "://" + host + rest[end:], true
}

// escapesAreWhole tells whether every % starts an escape of two hexadecimal
// digits.
func escapesAreWhole(s string) bool {
	isHex := func(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			return false
		}
	}
	return true
}
