package synth

import (
	"fmt"
	"strings"
)

// mostSwedish is how many rows leave room among the 36 million personal numbers of
// a century.
const mostSwedish = 40_000_000

// swedishSet makes municipal records of persons in households.
type swedishSet struct {
	*generation
	words   *swedishWords
	numbers *numbers
	persons int
}

var swedishTable = table{
	columns: []string{"source", "id", "personnummer", "fornamn", "efternamn", "fodelsedatum", "kon", "gatuadress", "postnummer", "ort", "telefon", "epost", "person_id"},
	key:     "id", truth: "person_id",
	keyOf: func(n int) string { return fmt.Sprintf("R%07d", n+1) },
}

func generateSwedish(g *generation) error {
	s := &swedishSet{generation: g, words: swedish(), numbers: &numbers{seed: g.Seed}}
	for {
		for _, p := range s.household() {
			if err := s.records(p); err != nil {
				return err
			}
		}
	}
}

// records writes what the systems say of one person: one to eight records.
func (g *swedishSet) records(p *person) error {
	for range 1 + g.rng.weighted(26, 31, 20, 11, 6, 3, 2, 1) {
		if err := g.out.add(row{cells: g.record(p), entity: p.id}); err != nil {
			return err
		}
	}
	return nil
}

// household draws people who live together.
func (g *swedishSet) household() []*person {
	r := g.rng
	surname := g.surnameOf(r)
	home := g.addressOf(r)
	landline := g.landline()
	old, moved := home, 0
	if g.dice.hits(r, swMoved) {
		old, moved = g.addressOf(r), r.between(100, 900)
	}
	var all []*person
	join := func(p *person) *person {
		p.home, p.old, p.moved, p.landline = home, old, moved, landline
		all = append(all, p)
		return p
	}
	kind := r.weighted(36, 24, 28, 7, 5)
	year := r.between(firstYear+2, lastYear-20)
	switch kind { // so that neither children nor parents fall outside the century
	case 2, 3:
		year = r.between(firstYear+2, lastYear-36)
	case 4:
		year = r.between(firstYear+38, lastYear-20)
	}
	sex := r.intn(2)
	first := join(g.person(sex, year, surname))
	switch kind {
	case 0:
		g.moveOut(first)
	case 1, 2:
		partner := surname
		if r.chance(.3) {
			partner = g.surnameOf(r)
		}
		second := join(g.person(1-sex, min(max(year+r.between(-6, 6), firstYear), lastYear), partner))
		if kind == 2 {
			g.children(join, first, second)
		}
	case 3:
		g.children(join, first, nil)
	case 4: // a grown-up child with a parent
		parent := join(g.person(r.intn(2), max(year-r.between(22, 38), firstYear), surname))
		if parent.sex == 0 && first.sex == 0 && r.chance(.35) {
			first.given[0], first.called = parent.given[0], 0
			parent.called = 0
			first.email, first.other, parent.email = g.emailOf(first), g.otherEmail(first), g.emailOf(parent)
		}
	}
	for _, p := range all {
		if !p.child && g.dice.hits(r, swRenamed) {
			g.rename(p)
		}
	}
	return all
}

// moveOut may give a person an old address of their own.
func (g *swedishSet) moveOut(p *person) {
	if g.dice.hits(g.rng, swMoved) {
		p.old, p.moved = g.addressOf(g.rng), g.rng.between(100, 900)
	}
}

// children adds one to four, now and then twins, now and then one named after
// a parent.
func (g *swedishSet) children(join func(*person) *person, first, second *person) {
	r := g.rng
	surname := first.surname
	if second != nil && r.chance(.5) {
		surname = second.surname
	}
	if second != nil && first.surname != second.surname && r.chance(.15) {
		surname = first.surname + " " + second.surname
	}
	parents := []*person{first}
	year := first.born.year
	if second != nil {
		parents, year = append(parents, second), max(year, second.born.year)
	}
	year = min(year+r.between(19, 35), lastYear-4)
	for range 1 + r.weighted(45, 40, 12, 3) {
		year = min(year+r.between(1, 4), lastYear)
		child := join(g.person(r.intn(2), year, surname))
		child.child = true
		for _, p := range parents {
			if p.sex == child.sex && r.chance(.03) { // named after the parent
				child.given[0], child.called, p.called = p.given[0], 0, 0
				p.email = g.emailOf(p)
			}
		}
		child.guardian(pick(r, parents), r)
		if r.chance(.03) { // a twin, born the same day
			sex := child.sex
			if r.chance(.4) {
				sex = 1 - sex
			}
			twin := join(g.personOf(sex, child.born, surname))
			twin.child = true
			twin.phone, twin.email, twin.other = child.phone, child.email, child.other
		}
		if year-parents[0].born.year > 20 && child.born.year < lastYear-20 {
			g.moveOut(child)
		}
	}
}

// guardian gives a child the parent's phone, and sometimes e-mail, as schools
// have it.
func (p *person) guardian(parent *person, r *rng) {
	p.phone = parent.phone
	p.email, p.other = "", ""
	if r.chance(.4) {
		p.email, p.other = parent.email, parent.other
	}
}

// rename gives a person another surname than before.
func (g *swedishSet) rename(p *person) {
	r := g.rng
	other := g.surnameOf(r)
	for other == p.surname {
		other = g.surnameOf(r)
	}
	p.before, p.renamed = other, r.between(100, 900)
	if r.chance(.25) && !strings.Contains(p.surname, " ") && !strings.Contains(other, " ") {
		sep := " "
		if r.chance(.4) {
			sep = "-"
		}
		p.surname = p.surname + sep + other
	}
}

func (g *swedishSet) person(sex, year int, surname string) *person {
	return g.personOf(sex, g.rng.dayOf(year), surname)
}

func (g *swedishSet) personOf(sex int, born date, surname string) *person {
	r := g.rng
	g.persons++
	p := &person{id: fmt.Sprintf("P%07d", g.persons), sex: sex, surname: surname}
	p.number, p.born = g.numbers.next(born, sex, false)
	if g.dice.hits(r, swCoordination) {
		p.coordination, _ = g.numbers.next(p.born, sex, true)
		p.numbered = r.between(200, 900)
	}
	p.given = g.givenNames(r, sex, p.born.year)
	if len(p.given) > 1 {
		p.called = r.weighted(70, 26, 4) % len(p.given)
	}
	p.phone = fmt.Sprintf("074%07d", r.intn(10_000_000)) // a series once of pagers, nobody's now
	p.email = g.emailOf(p)
	p.other = g.otherEmail(p)
	return p
}

func (g *swedishSet) landline() string {
	if !g.rng.chance(.4) {
		return ""
	}
	return fmt.Sprintf("0999%06d", g.rng.intn(1_000_000))
}

var domains = []string{"post.example", "post.example", "brev.example", "epost.example", "bredband.example", "hemma.example", "mejl.example", "kommun.example"}

// emailOf is an address made of the person's name.
func (g *swedishSet) emailOf(p *person) string {
	r := g.rng
	given, family := address7(p.given[p.called]), address7(p.surname)
	var local string
	switch r.weighted(40, 20, 15, 15, 10) {
	case 0:
		local = given + "." + family
	case 1:
		local = given + "." + family + fmt.Sprint(r.between(1, 99))
	case 2:
		local = given[:1] + family
	case 3:
		local = given + fmt.Sprintf("%02d", p.born.year%100)
	default:
		local = family + "." + given + fmt.Sprint(r.between(1, 9))
	}
	return local + "@" + pick(r, domains)
}

func (g *swedishSet) otherEmail(p *person) string {
	return fmt.Sprintf("%s%d@%s", address7(p.given[0]), g.rng.between(100, 9999), pick(g.rng, domains))
}

// address7 makes a name fit for an e-mail address.
func address7(s string) string {
	return strings.ReplaceAll(strings.ToLower(folds.Replace(s)), " ", ".")
}
