package synth

import (
	"strings"
)

// The systems that tell of persons, and how each writes.
type system struct {
	name     string
	weight   int
	allGiven bool                // all given names, else the one used
	number   func(string) string // of twelve digits
	birth    func(date) string
	phone    func(string) string
	sex      [2]string
	spaced   bool // postcode as 136 41
	capitals bool
}

var systems = []system{
	{name: "skatt", weight: 34, allGiven: true, number: plain, birth: date.String, phone: plain, sex: [2]string{"M", "K"}},
	{name: "skola", weight: 20, number: hyphen, birth: date.String, phone: dashed, sex: [2]string{"Man", "Kvinna"}, spaced: true},
	{name: "omsorg", weight: 18, allGiven: true, number: hyphen, birth: compact, phone: spacedPhone, sex: [2]string{"M", "K"}, spaced: true},
	{name: "lon", weight: 14, number: plain, birth: compact, phone: international, sex: [2]string{"1", "2"}, capitals: true},
	{name: "etjanst", weight: 14, number: hyphen, birth: date.String, phone: international, sex: [2]string{"man", "kvinna"}},
}

func plain(s string) string { return s }

func hyphen(s string) string { return s[:8] + "-" + s[8:] }

func compact(d date) string { return strings.ReplaceAll(d.String(), "-", "") }

func dashed(s string) string { return s[:3] + "-" + s[3:] }

func spacedPhone(s string) string {
	return s[:3] + "-" + s[3:6] + " " + s[6:8] + " " + s[8:]
}

func international(s string) string { return "+46" + s[1:] }

// record is what one system says of a person, errors and all.
func (g *swedishSet) record(p *person) []string {
	r, d := g.rng, g.dice
	weights := make([]int, len(systems))
	for i, s := range systems {
		weights[i] = s.weight
		if p.child && s.name == "lon" {
			weights[i] = 0
		}
	}
	sys := &systems[r.weighted(weights...)]
	at := r.intn(1000)
	cells := make([]string, len(swedishTable.columns))
	cells[0] = sys.name
	cells[2] = g.personalNumber(p, sys, at)
	cells[3], cells[4] = g.names(p, sys, at)
	cells[5] = g.birth(p, sys)
	if !d.hits(r, swSexMissing) {
		sex := p.sex
		if d.hits(r, swSexWrong) {
			sex = 1 - sex
		}
		cells[6] = sys.sex[sex]
	}
	cells[7], cells[8], cells[9] = g.home(p, sys, at)
	cells[10] = g.phone(p, sys)
	cells[11] = g.email(p)
	g.letters(sys, cells)
	return cells
}

func (g *swedishSet) personalNumber(p *person, sys *system, at int) string {
	r, d := g.rng, g.dice
	if d.hits(r, swNumberMissing) {
		return ""
	}
	n := p.number
	if at < p.numbered {
		n = p.coordination
	}
	switch {
	case d.hits(r, swNumberTypo):
		n = n[:2] + digitTypo(r, n[2:])
	case d.hits(r, swNumberTransposed):
		for range 20 {
			if t := n[:2] + transposed(r, n[2:]); !checks(t) {
				n = t
				break
			}
		}
	}
	return sys.number(n)
}

func (g *swedishSet) birth(p *person, sys *system) string {
	r, d := g.rng, g.dice
	if d.hits(r, swBirthMissing) {
		return ""
	}
	b := p.born
	switch {
	case b.day <= 12 && b.day != b.month && d.hits(r, swBirthSwapped):
		b.day, b.month = b.month, b.day
	case d.hits(r, swBirthTypo):
		b = wrongDate(r, b)
	}
	return sys.birth(b)
}

// wrongDate is off by one or a ten in the day, the month or the year.
func wrongDate(r *rng, d date) date {
	for {
		w := d
		step := 1 - 2*r.intn(2)
		switch r.weighted(40, 15, 30, 15) {
		case 0:
			w.day += step
		case 1:
			w.month += step
		case 2:
			w.year += step
		default:
			w.year += 10 * step
		}
		if w.month >= 1 && w.month <= 12 && w.year >= firstYear && w.year <= lastYear && w.day >= 1 && w.day <= daysIn(w.year, w.month) {
			return w
		}
	}
}

func (g *swedishSet) names(p *person, sys *system, at int) (given, surname string) {
	r, d := g.rng, g.dice
	names := p.given[p.called : p.called+1]
	several := len(p.given) > 1
	switch {
	case sys.allGiven:
		names = p.given
		if several && d.hits(r, swInitials) {
			names = []string{p.given[0], string([]rune(p.given[1])[:1])}
		}
	case several && d.hits(r, swOtherForename):
		names = p.given[(p.called+1)%len(p.given):][:1]
	}
	given = strings.Join(names, " ")
	if short, ok := g.words.nicknames[given]; ok && d.hits(r, swNickname) {
		given = short
	}
	surname = p.surname
	if at < p.renamed {
		surname = p.before
	}
	if i := strings.IndexAny(surname, " -"); i > 0 && i < len(surname)-1 && p.renamed > 0 && at >= p.renamed && d.hits(r, swSurnameHalf) {
		if r.chance(.5) {
			surname = surname[:i]
		} else {
			surname = surname[i+1:]
		}
	}
	switch {
	case d.hits(r, swGivenTypo):
		given = misspell(r, given)
	case d.hits(r, swGivenSpelling):
		given = respell(r, given)
	}
	switch {
	case d.hits(r, swSurnameTypo):
		surname = misspell(r, surname)
	case d.hits(r, swSurnameSpelling):
		surname = respell(r, surname)
	}
	if d.hits(r, swNamesSwapped) {
		given, surname = surname, given
	}
	return given, surname
}

// respell writes a name as another would who hears it.
func respell(r *rng, s string) string {
	if t := phonetic.rewrite(r, s); t != s {
		return t
	}
	return typo(r, s)
}

func (g *swedishSet) home(p *person, sys *system, at int) (street, postcode, locality string) {
	r, d := g.rng, g.dice
	if d.hits(r, swAddressMissing) {
		return "", "", ""
	}
	a := p.home
	if at < p.moved {
		a = p.old
	}
	street, number := a.street, a.number
	if d.hits(r, swStreetTypo) {
		street = typo(r, street)
	}
	if short := abbreviated(street); short != street && d.hits(r, swStreetAbbreviated) {
		street = short
	}
	if d.hits(r, swHouseNumber) {
		number = digitTypo(r, number)
	}
	street += " " + number
	if a.flat != "" && !d.hits(r, swFlatDropped) {
		street += " " + a.flat
	}
	postcode, locality = a.postcode, a.locality
	if d.hits(r, swPostcodeTypo) {
		postcode = digitTypo(r, postcode)
	}
	if sys.spaced {
		postcode = postcode[:3] + " " + postcode[3:]
	}
	if d.hits(r, swLocalityMissing) {
		locality = ""
	}
	return street, postcode, locality
}

var streetShorts = [...][2]string{{"gatan", "g."}, {"vägen", "v."}, {"gränd", "gr."}, {"stigen", "st."}, {"torget", "t."}}

func abbreviated(street string) string {
	for _, s := range streetShorts {
		if body, ok := strings.CutSuffix(street, s[0]); ok {
			return body + s[1]
		}
	}
	return street
}

func (g *swedishSet) phone(p *person, sys *system) string {
	r, d := g.rng, g.dice
	if d.hits(r, swPhoneMissing) {
		return ""
	}
	n := p.phone
	if n == "" {
		n = p.landline
	} else if p.landline != "" && d.hits(r, swPhoneShared) {
		n = p.landline
	}
	if n == "" {
		return ""
	}
	if d.hits(r, swPhoneTypo) {
		n = n[:4] + digitTypo(r, n[4:])
	}
	return sys.phone(n)
}

func (g *swedishSet) email(p *person) string {
	r, d := g.rng, g.dice
	if p.email == "" || d.hits(r, swEmailMissing) {
		return ""
	}
	e := p.email
	if d.hits(r, swEmailOther) {
		e = p.other
	}
	if d.hits(r, swEmailTypo) {
		local, domain, _ := strings.Cut(e, "@")
		e = address7(typo(r, local)) + "@" + domain
	}
	return e
}

// letters is how a system writes letters: case, and å, ä and ö.
func (g *swedishSet) letters(sys *system, cells []string) {
	r, d := g.rng, g.dice
	text := []int{3, 4, 7, 9}
	if strings.ContainsAny(cells[3]+cells[4]+cells[7]+cells[9], "åäöÅÄÖéÉçÇ") && d.hits(r, swFolded) {
		two := !r.chance(.75)
		for _, i := range text {
			if two {
				cells[i] = expanded.Replace(cells[i])
			} else {
				cells[i] = folds.Replace(cells[i])
			}
		}
	}
	switch {
	case sys.capitals:
		for _, i := range text {
			cells[i] = strings.ToUpper(cells[i])
		}
	case d.hits(r, swUpper):
		change := strings.ToUpper
		if r.chance(.4) {
			change = strings.ToLower
		}
		for _, i := range text {
			cells[i] = change(cells[i])
		}
	}
}
