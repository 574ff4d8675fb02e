package normalise

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/karna-registry/karna/model"
)

// StreetAddress takes a street line apart: street, number with its letter,
// entrance, apartment, and who the post is care of. It is false when the line
// has no form it knows; the line is then whole in FullAddress.
//
// Swedish: "Storgatan 12 B lgh 1102", "Storgatan 12B, 2 tr", "Norrby 112",
// "Box 123", "c/o Berg, Storgatan 1". Finnish and Ålandic: "Storagatan 5 A 12" is
// stair A, flat 12; "Storagatan 5a" is number 5a.
func StreetAddress(line, jurisdiction string) (address model.Address, ok bool) {
	text, _ := Text(line)
	if text == "" {
		return model.Address{}, false
	}
	whole := model.Address{FullAddress: text}
	careOf, rest := cutCareOf(text)
	if rest == "" {
		if careOf == "" || strings.ContainsAny(careOf, "0123456789") {
			return whole, false
		}
		return model.Address{CareOf: careOf}, true
	}
	address.CareOf = careOf
	if isBox(rest) {
		address.Street = rest
		return address, true
	}

	street, tail := cutStreet(rest)
	address.Street = street
	if tail == "" {
		// A farm, a named house or a village: the whole is the thoroughfare.
		if strings.ContainsRune(street, ',') {
			return whole, false
		}
		return address, true
	}
	parts := &streetParts{words: strings.Fields(strings.ReplaceAll(tail, ",", " ")), address: &address}
	if !parts.number() {
		return whole, false
	}
	if isFinnish(jurisdiction) {
		parts.stairAndFlat()
	} else {
		parts.letter()
	}
	for len(parts.words) > 0 {
		if !parts.entrance() && !parts.flat() && !parts.floor() {
			return whole, false
		}
	}
	return address, true
}

// cutCareOf parts "c/o Berg, Storgatan 1" at the comma. Without a comma nothing
// tells the name from the street, so all of it is the name.
func cutCareOf(text string) (careOf, rest string) {
	lower := strings.ToLower(text)
	for _, mark := range []string{"c/o ", "c/o: ", "c/o. ", "c/o", "℅ "} {
		if !strings.HasPrefix(lower, mark) || len(lower) != len(text) {
			continue
		}
		careOf, rest, _ = strings.Cut(text[len(mark):], ",")
		return strings.TrimSpace(careOf), strings.TrimSpace(rest)
	}
	return "", text
}

// boxWords start an address that is no street.
var boxWords = []string{"box", "postbox", "pb", "pl", "fack", "po box", "p.o. box"}

func isBox(text string) bool {
	lower := strings.ToLower(text)
	for _, w := range boxWords {
		if after, found := strings.CutPrefix(lower, w+" "); found && after != "" && strings.Trim(after, "0123456789 ") == "" {
			return true
		}
	}
	return false
}

// unitWords come before an apartment's number; entranceWords before a stair's.
var (
	unitWords     = map[string]bool{"lgh": true, "lgh.": true, "lägenhet": true, "läg": true, "bost": true, "bostad": true, "as": true, "as.": true, "asunto": true}
	entranceWords = map[string]bool{"uppg": true, "uppg.": true, "uppgång": true, "ing": true, "ing.": true, "ingång": true, "trappa": true, "porras": true, "rappu": true}
	floorWords    = map[string]bool{"tr": true, "tr.": true, "trp": true, "trappor": true, "vån": true, "vån.": true}
	groundFloors  = map[string]bool{"nb": true, "bv": true, "ög": true, "nedre": true}
)

// cutStreet parts a line before the number: the first word that starts with a
// digit and has a word of letters before it, leaving names such as "17 maj-gatan" and
// "Väg 76 12" whole as far as the last such word that a number's tail can follow.
func cutStreet(text string) (street, tail string) {
	words := strings.Fields(text)
	for i := 1; i < len(words); i++ {
		if !startsWithDigit(words[i]) {
			continue
		}
		if i+1 < len(words) && isRoadNumber(words[i-1]) && startsWithDigit(words[i+1]) {
			continue
		}
		return strings.TrimRight(strings.Join(words[:i], " "), ","), strings.Join(words[i:], " ")
	}
	return text, ""
}

// isRoadNumber tells whether the number after the word names a road, not a
// house.
func isRoadNumber(word string) bool {
	switch strings.ToLower(word) {
	case "väg", "riksväg", "länsväg", "rv", "lv", "vei", "tie":
		return true
	}
	return false
}

func startsWithDigit(w string) bool { return w != "" && w[0] >= '0' && w[0] <= '9' }

// streetParts reads what follows a street's name, a word at a time.
type streetParts struct {
	words   []string
	address *model.Address
}

func (p *streetParts) next() string {
	w := p.words[0]
	p.words = p.words[1:]
	return w
}

// number reads "12", "12B", "12-14", "12A-C", "12/14" and "12:3".
func (p *streetParts) number() bool {
	w := p.words[0]
	digits := len(w) - len(strings.TrimLeft(w, "0123456789"))
	if digits == 0 || digits > 5 || (len(w) == 5 && digits == 5) {
		return false
	}
	rest := w[digits:]
	if r := firstRune(rest); unicode.IsLetter(r) {
		rest = rest[utf8.RuneLen(r):]
	}
	if rest != "" {
		r := firstRune(rest)
		if !strings.ContainsRune("-/:–", r) || !isNumberOrLetter(rest[utf8.RuneLen(r):]) {
			return false
		}
	}
	p.address.StreetNumber = strings.ToUpper(strings.ReplaceAll(p.next(), "–", "-"))
	return true
}

// letter joins the letter of a Swedish number that stands on its own: 12 B.
func (p *streetParts) letter() {
	if len(p.words) == 0 || !isLetter(p.words[0]) || !isDigits(p.address.StreetNumber) {
		return
	}
	p.address.StreetNumber += strings.ToUpper(p.next())
}

// stairAndFlat reads what Finnish lines have after the number: a stair's letter
// and a flat's number, "A 12" or "A12".
func (p *streetParts) stairAndFlat() {
	if len(p.words) == 0 {
		return
	}
	w := p.words[0]
	r := firstRune(w)
	if after := w[utf8.RuneLen(r):]; unicode.IsLetter(r) && isDigits(after) && len(after) <= 4 {
		p.next()
		p.address.Entrance, p.address.Unit = strings.ToUpper(string(r)), after
		return
	}
	if isLetter(w) {
		p.address.Entrance = strings.ToUpper(p.next())
	}
	if len(p.words) > 0 && isDigits(p.words[0]) && len(p.words[0]) <= 4 {
		p.address.Unit = p.next()
	}
}

func (p *streetParts) entrance() bool {
	if len(p.words) < 2 || !entranceWords[strings.ToLower(p.words[0])] || p.address.Entrance != "" || !isNumberOrLetter(p.words[1]) {
		return false
	}
	p.next()
	p.address.Entrance = strings.ToUpper(p.next())
	return true
}

// flat reads an apartment number with a word before it, or the four digits of
// the Swedish apartment register, or what is left with letters: "lgh 12 A".
func (p *streetParts) flat() bool {
	if p.address.Unit != "" {
		return false
	}
	w := strings.ToLower(p.words[0])
	switch {
	case unitWords[w] && len(p.words) > 1 && isNumberOrLetter(p.words[1]):
		p.next()
	case len(w) > 3 && strings.HasPrefix(w, "lgh") && isDigits(w[3:]):
		p.words[0] = w[3:]
	case len(w) == 4 && isDigits(w):
	default:
		return false
	}
	p.address.Unit = strings.ToUpper(p.next())
	return true
}

// floor reads how flats were told apart before they had numbers: "2 tr", "1 tr
// ög", "nb".
func (p *streetParts) floor() bool {
	if p.address.Unit != "" {
		return false
	}
	w := strings.ToLower(p.words[0])
	var unit []string
	switch {
	case len(p.words) > 1 && isDigits(w) && len(w) <= 2 && floorWords[strings.ToLower(p.words[1])]:
		unit = append(unit, p.next(), strings.TrimSuffix(strings.ToLower(p.next()), "."))
		if len(p.words) > 0 && groundFloors[strings.ToLower(p.words[0])] {
			unit = append(unit, strings.ToLower(p.next()))
		}
	case groundFloors[w]:
		unit = append(unit, strings.ToLower(p.next()))
	default:
		return false
	}
	p.address.Unit = strings.Join(unit, " ")
	return true
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func isLetter(s string) bool {
	r, size := utf8.DecodeRuneInString(s)
	return size == len(s) && unicode.IsLetter(r)
}

// isNumberOrLetter tells whether the word is digits, a letter, or digits and a
// letter, as numbers of houses, stairs and flats are.
func isNumberOrLetter(s string) bool {
	rest := strings.TrimLeft(s, "0123456789")
	return s != "" && len(s)-len(rest) <= 5 && (rest == "" || isLetter(rest))
}
