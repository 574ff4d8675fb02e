package synth

import (
	"fmt"
	"strings"
)

// roleTable is employments as payroll, catalogues and school systems hold them.
var roleTable = table{
	columns: []string{"source", "id", "personnummer", "fornamn", "efternamn", "titel", "enhet", "enhetskod", "omfattning", "fran", "till", "epost", "entity"},
	key:     "id", truth: "entity",
	keyOf: func(n int) string { return fmt.Sprintf("A%07d", n+1) },
}

// employment is a person's role at a unit for a time.
type employment struct {
	who              *person
	title, unit      string
	code             string
	extent           int
	from, to         date
	other, otherUnit string // the title and unit in other words
}

// generateRoles writes employments of persons: one, or two at a time or after
// each other, which are the trap.
func generateRoles(g *generation) error {
	s := &swedishSet{generation: g, words: swedish(), numbers: &numbers{seed: g.Seed}}
	r, w := g.rng, municipal()
	count := 0
	for {
		p := s.person(r.intn(2), r.between(firstYear, lastYear-30), s.surnameOf(r))
		p.email = address7(p.given[p.called]) + "." + address7(p.surname) + "@kommun.example"
		var last *employment
		for range 1 + r.weighted(78, 17, 5) {
			e := g.employment(w, p, last)
			last = e
			count++
			entity := fmt.Sprintf("R%06d", count)
			for range 1 + r.weighted(25, 55, 20) {
				if err := g.out.add(row{cells: g.role(s, e), entity: entity}); err != nil {
					return err
				}
			}
		}
	}
}

func (g *generation) employment(w map[string]*list, p *person, last *employment) *employment {
	r := g.rng
	area, part := w["area"].pick(r), w["part"].pick(r)
	e := &employment{who: p, title: w["title"].pick(r), unit: area + " " + part, otherUnit: "Enheten för " + lowerFirst(area) + " " + part}
	e.code = fmt.Sprintf("%05d", newRNG(7, hashed(e.unit)).intn(90_000)+10_000)
	e.extent = r.between(8, 20) * 5
	e.from = r.dayOf(p.born.year + r.between(18, 45))
	if r.chance(.6) {
		e.from.day = 1
	}
	if r.chance(.3) {
		e.to = date{e.from.year + r.between(1, 5), e.from.month, min(e.from.day, 28)}
	}
	if last != nil { // the same title again later, or two half-times at once
		e.title = last.title
		if r.chance(.5) {
			e.unit, e.otherUnit, e.code = last.unit, last.otherUnit, last.code
			if last.to.year == 0 {
				last.to = date{last.from.year + 1, last.from.month, min(last.from.day, 28)}
			}
			e.from = last.to.after()
			e.to = date{}
		} else {
			e.extent, e.from = 50, last.from
		}
	}
	e.other = titleInOtherWords(r, e.title)
	return e
}

// hashed is FNV-1a.
func hashed(s string) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range []byte(s) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

var titleWords = map[string][]string{
	"Undersköterska": {"USK", "Usk", "Undersköterska, äldreomsorg"}, "Lärare": {"Lärare, åk 4-6", "Grundskollärare", "Lär."}, "Barnskötare": {"Barnsk.", "Barnskötare, förskola"},
	"Förskollärare": {"Förskolelärare", "Fsk-lärare"}, "Stödassistent": {"Stödass.", "Stödassistent, funktionsstöd"}, "Socialsekreterare": {"Soc.sekr.", "Socialsekreterare, barn"},
	"Handläggare": {"Handl.", "Handläggare, allmän"}, "Vårdbiträde": {"Vårdbitr."}, "Lokalvårdare": {"Städare", "Lokalv."}, "Elevassistent": {"Elevass.", "Resurs, elev"}, "Sjuksköterska": {"SSK", "Sjuksköterska, leg."},
	"Personlig assistent": {"Pers. ass.", "Assistent, personlig"}, "Rektor": {"Rektor, grundskola", "Skolledare"}, "Enhetschef": {"EC", "Chef, enhet"}, "Vaktmästare": {"Vaktm.", "Fastighetsskötare"},
}

func titleInOtherWords(r *rng, title string) string {
	if other := titleWords[title]; len(other) > 0 {
		return pick(r, other)
	}
	runes := []rune(title)
	return string(runes[:min(len(runes), 7)]) + "."
}

// role is what one system says of an employment.
func (g *generation) role(s *swedishSet, e *employment) []string {
	r, d, p := g.rng, g.dice, e.who
	number := p.number
	switch {
	case d.hits(r, roNumberMissing):
		number = ""
	case d.hits(r, roNumberTypo):
		number = number[:2] + digitTypo(r, number[2:])
	}
	given, surname := p.given[p.called], p.surname
	if d.hits(r, roNameTypo) {
		if r.chance(.5) {
			given = misspell(r, given)
		} else {
			surname = misspell(r, surname)
		}
	}
	if nick, ok := s.words.nicknames[given]; ok && d.hits(r, roNickname) {
		given = nick
	}
	title, unit, code := e.title, e.unit, e.code
	if d.hits(r, roTitleOther) {
		title = e.other
	}
	if d.hits(r, roUnitOther) {
		unit = e.otherUnit
	}
	if d.hits(r, roCodeMissing) {
		code = ""
	}
	extent := fmt.Sprint(e.extent)
	switch {
	case d.hits(r, roExtentMissing):
		extent = ""
	case d.hits(r, roExtentOther):
		extent = fmt.Sprint(max(e.extent-r.between(1, 4)*5, 5))
	}
	from, to := e.from, e.to
	if d.hits(r, roFromOff) {
		from = g.shifted(from)
	}
	if d.hits(r, roToMissing) {
		to = date{}
	}
	until := ""
	if to.year > 0 {
		until = to.String()
	}
	email := p.email
	if d.hits(r, roEmailMissing) {
		email = ""
	}
	if number != "" && r.chance(.5) {
		number = hyphen(number)
	}
	return []string{pick(r, []string{"lon", "katalog", "skola", "schema"}), "", number, given, surname, title, unit, code, extent, from.String(), until, strings.ToLower(email), ""}
}

// shifted is a start as another system has it: the month's first, or some days
// later.
func (g *generation) shifted(d date) date {
	if d.day > 1 && g.rng.chance(.5) {
		d.day = 1
		return d
	}
	d.day = min(d.day+g.rng.between(1, 14), daysIn(d.year, d.month))
	return d
}
