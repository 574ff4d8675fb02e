package synth

import (
	"fmt"
	"strings"
)

// historicalTable is the form of Splink's historical_50k.
var historicalTable = table{
	columns: []string{"unique_id", "cluster", "full_name", "first_and_surname", "first_name", "surname", "dob", "birth_place", "postcode_fake", "gender", "occupation"},
	key:     "unique_id", truth: "cluster",
	keyOf: func(n int) string { return fmt.Sprintf("H%07d", n+1) },
}

// historical makes persons of the nineteenth century as a dozen hands have
// written them down.
type historical struct {
	*generation
	words     map[string]*list
	nicknames map[string]string
}

// worthy is such a person.
type worthy struct {
	gender, first, middle, surname, other string
	born                                  date
	place, postcode, occupation           string
}

func generateHistorical(g *generation) error {
	h := &historical{generation: g, words: english(), nicknames: nicknamed(english()["nick"])}
	var before *worthy
	for n := 1; ; n++ {
		p := h.person(before)
		entity := fmt.Sprintf("Q%07d", n)
		for range g.rng.between(1, 10) + g.rng.between(0, 9) {
			if err := g.out.add(row{cells: h.record(p), entity: entity}); err != nil {
				return err
			}
		}
		before = p
	}
}

// person draws one; one in four is a brother or sister of the one before.
func (h *historical) person(before *worthy) *worthy {
	r, w := h.rng, h.words
	p := &worthy{gender: "male"}
	given := w["m"]
	if r.chance(.2) {
		p.gender, given = "female", w["f"]
	}
	p.first = given.pick(r)
	if r.chance(.45) {
		if p.middle = given.pick(r); p.middle == p.first || r.chance(.2) {
			p.middle = h.surname()
		}
	}
	p.born = r.dayOf(r.between(firstYear, lastYear))
	p.place = w["place"].pick(r)
	p.postcode = h.postcode()
	p.occupation = w["occupation"].pick(r)
	p.surname, p.other = h.surname(), h.surname()
	if before != nil && r.chance(.25) {
		p.surname, p.place = before.surname, before.place
		p.born.year = min(max(before.born.year+r.between(-8, 8), firstYear), lastYear)
		p.born.day = min(p.born.day, daysIn(p.born.year, p.born.month))
		p.postcode = strings.Fields(before.postcode)[0] + " " + h.inward()
	}
	return p
}

func (h *historical) surname() string {
	r := h.rng
	switch {
	case r.chance(.35):
		return rareEnglish(r)
	case r.chance(.03):
		return rareEnglish(r) + "-" + h.words["surname"].pick(r)
	}
	return h.words["surname"].pick(r)
}

const postcodeLetters = "abdefghjlnpqrstuwxyz"

// postcode is one of a form that is given out, of districts that are not.
func (h *historical) postcode() string {
	r := h.rng
	return fmt.Sprintf("%c%c%d %s", postcodeLetters[r.intn(20)], postcodeLetters[r.intn(20)], r.between(1, 40), h.inward())
}

func (h *historical) inward() string {
	r := h.rng
	return fmt.Sprintf("%d%c%c", r.between(0, 9), postcodeLetters[r.intn(20)], postcodeLetters[r.intn(20)])
}

// record is what one hand wrote of a person.
func (h *historical) record(p *worthy) []string {
	r, d := h.rng, h.dice
	first, surname := h.names(p)
	middle := ""
	if p.middle != "" && r.chance(.6) {
		middle = p.middle + " "
	}
	full := strings.TrimSpace(first + " " + middle + surname)
	if full != "" && d.hits(r, hiFullTypo) {
		full = typo(r, full)
	}
	gender := p.gender
	if d.hits(r, hiGenderMissing) {
		gender = ""
	}
	occupation := p.occupation
	switch {
	case d.hits(r, hiOccupationMissing):
		occupation = ""
	case d.hits(r, hiOccupationOther):
		occupation = h.words["occupation"].pick(r)
	}
	return []string{"", "", full, strings.TrimSpace(first + " " + surname), first, surname, h.birth(p), h.place(p), h.postcodeOf(p), gender, occupation}
}

func (h *historical) names(p *worthy) (first, surname string) {
	r, d := h.rng, h.dice
	first, surname = p.first, p.surname
	if p.middle != "" && d.hits(r, hiMiddle) {
		first = p.middle
	}
	if nick, ok := h.nicknames[first]; ok && d.hits(r, hiNickname) {
		first = nick
	}
	if d.hits(r, hiSurnameOther) {
		surname = p.other
	}
	switch {
	case d.hits(r, hiGivenMissing):
		first = ""
	case d.hits(r, hiGivenTypo):
		first = scribbled(r, first)
	}
	switch {
	case d.hits(r, hiSurnameMissing):
		surname = ""
	case d.hits(r, hiSurnameTypo):
		surname = scribbled(r, surname)
	}
	return first, surname
}

// scribbled is a name misheard or misread.
func scribbled(r *rng, s string) string {
	if r.chance(.5) {
		return typo(r, s)
	}
	return sounded(r, s)
}

func (h *historical) birth(p *worthy) string {
	r, d := h.rng, h.dice
	if d.hits(r, hiBirthMissing) {
		return ""
	}
	b := p.born
	switch {
	case d.hits(r, hiBirthNewYear):
		b.month, b.day = 1, 1
	case d.hits(r, hiBirthTypo):
		if b.day <= 12 && b.day != b.month && r.chance(.3) {
			b.day, b.month = b.month, b.day
		} else {
			b = wrongDate(r, b)
		}
	}
	return b.String()
}

func (h *historical) place(p *worthy) string {
	r, d := h.rng, h.dice
	switch {
	case d.hits(r, hiPlaceMissing):
		return ""
	case d.hits(r, hiPlaceOther):
		return h.words["place"].pick(r)
	}
	return p.place
}

func (h *historical) postcodeOf(p *worthy) string {
	r, d := h.rng, h.dice
	switch {
	case d.hits(r, hiPostcodeMissing):
		return ""
	case d.hits(r, hiPostcodeOther):
		if r.chance(.25) {
			return h.postcode()
		}
		return strings.Fields(p.postcode)[0] + " " + h.inward()
	}
	return p.postcode
}
