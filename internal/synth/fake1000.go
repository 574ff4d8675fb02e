package synth

import (
	"fmt"
	"strings"
)

// fakeTable is the form of Splink's fake_1000.
var fakeTable = table{
	columns: []string{"unique_id", "first_name", "surname", "dob", "city", "email", "cluster"},
	key:     "unique_id", truth: "cluster",
	keyOf: func(n int) string { return fmt.Sprint(n) },
}

// generateFake writes one to seven records a person, all sizes alike.
func generateFake(g *generation) error {
	w, r := english(), g.rng
	for n := 0; ; n++ {
		given := w["m"]
		if r.chance(.5) {
			given = w["f"]
		}
		first, surname := given.pick(r), w["surname"].pick(r)
		if r.chance(.3) {
			surname = rareEnglish(r)
		}
		p := fake{
			first: capital(first), surname: capital(surname), city: capital(w["place"].pick(r)), born: r.dayOf(r.between(firstYear, lastYear)),
			email: fmt.Sprintf("%s%d@%s.example", first, r.between(1, 99), strings.ReplaceAll(surname, "'", "")),
		}
		if r.chance(.5) {
			p.email = fmt.Sprintf("%s.%s@%s.example", first, surname, w["surname"].pick(r))
		}
		for range r.between(1, 7) {
			if err := g.out.add(row{cells: g.fake(p), entity: fmt.Sprint(n)}); err != nil {
				return err
			}
		}
	}
}

// fake is a person of that set.
type fake struct {
	first, surname, city, email string
	born                        date
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func (g *generation) fake(p fake) []string {
	r, d := g.rng, g.dice
	first, surname, city, email, born := p.first, p.surname, p.city, p.email, p.born
	if d.hits(r, faGivenShort) && len(first) > 3 {
		first = first[:3]
	}
	if d.hits(r, faGivenTypo) {
		first = slip(r, first)
	}
	if d.hits(r, faSurnameTypo) {
		surname = slip(r, surname)
	}
	if d.hits(r, faBirthTypo) {
		born = wrongDate(r, born)
	}
	if d.hits(r, faCityTypo) {
		city = slip(r, city)
	}
	if d.hits(r, faEmailTypo) {
		email = slip(r, email)
	}
	if d.hits(r, faNamesSwapped) {
		first, surname = surname, first
	}
	if d.hits(r, faGivenMissing) {
		first = ""
	}
	if d.hits(r, faSurnameMissing) {
		surname = ""
	}
	if d.hits(r, faCityMissing) {
		city = ""
	}
	if d.hits(r, faEmailMissing) {
		email = ""
	}
	return []string{"", first, surname, born.String(), city, email, ""}
}

// slip leaves a letter out or swaps two, of ASCII.
func slip(r *rng, s string) string {
	if r.chance(.5) {
		return deleteLetter(r, s)
	}
	return transposeLetters(r, s)
}
