package synth

import (
	"fmt"
	"strings"
)

// organisationTable is organisations as ledgers, trees and registers hold them.
var organisationTable = table{
	columns: []string{"source", "id", "namn", "organisationsnummer", "kod", "typ", "overordnad", "gatuadress", "postnummer", "ort", "telefon", "epost", "entity"},
	key:     "id", truth: "entity",
	keyOf: func(n int) string { return fmt.Sprintf("O%07d", n+1) },
}

// mostOrganisations is how many rows leave room among the 4 million numbers of
// companies.
const mostOrganisations = 10_000_000

// organisations makes companies, associations, a municipality's units, schools
// and preschools.
type organisations struct {
	*generation
	words   map[string]*list
	numbers orgNumbers
	count   int
	owner   string // the municipality's number
	town    string
	names   map[string]bool // of the owner's units so far, so that none has another's
	firms   map[string]bool // likewise of companies and associations, which a register keeps apart
}

// organisation is one, with what was and what is.
type organisation struct {
	kind, name, before string
	others             []string // other ways to write the name
	form               string   // legal form of a company
	number, code       string
	parent             string
	home, old          address
	phone, email       string
	renamed, moved     int
}

func generateOrganisations(g *generation) error {
	o := &organisations{generation: g, words: municipal(), names: map[string]bool{}, firms: map[string]bool{}}
	for {
		for _, unit := range o.draw() {
			o.count++
			entity := fmt.Sprintf("E%06d", o.count)
			for range g.rng.cluster() {
				if err := g.out.add(row{cells: o.record(unit), entity: entity}); err != nil {
					return err
				}
			}
		}
	}
}

// draw makes an organisation, or a few that belong together.
func (o *organisations) draw() []*organisation {
	r := o.rng
	if o.count%400 == 0 || o.owner == "" { // another municipality
		o.owner, o.town = o.numbers.next('2'), o.townName()
		clear(o.names)
	}
	if len(o.firms) > 100_000 {
		clear(o.firms)
	}
	var all []*organisation
	switch r.weighted(40, 14, 22, 14, 10) {
	case 0:
		all = o.companies()
	case 1:
		all = []*organisation{o.association()}
	case 2:
		all = []*organisation{o.unit()}
	case 3:
		all = o.school()
	default:
		all = []*organisation{o.preschool()}
	}
	for _, u := range all {
		u.phone = fmt.Sprintf("0999%06d", r.intn(1_000_000))
		u.email = "info@" + strings.ReplaceAll(address7(u.name), "&", "") + ".example"
		if u.number == o.owner {
			u.email = strings.ReplaceAll(address7(u.name), ",", "") + "@" + address7(o.town) + ".example"
		}
		if o.dice.hits(r, orMoved) {
			u.old, u.moved = o.site(r), r.between(100, 900)
		}
	}
	return all
}

func (o *organisations) townName() string {
	name := o.words["municipality"].pick(o.rng)
	if n := o.count / 400; n > 30 {
		name += fmt.Sprint(" ", n)
	}
	return name
}

// companies are one, or two or three of one owner at one address: a trap.
func (o *organisations) companies() []*organisation {
	r := o.rng
	s := &swedishSet{generation: o.generation, words: swedish()}
	var core string
	switch r.weighted(40, 15, 45) {
	case 0:
		core = s.surnameOf(r)
		if !strings.HasSuffix(core, "s") && r.chance(.5) {
			core += "s"
		}
	case 1:
		core = pick(r, s.words.localities)
	default:
		core = pick(r, s.words.first) + lowerFirst(pick(r, s.words.first))
	}
	home := o.site(r)
	n := 1
	if r.chance(.15) {
		n = r.between(2, 3)
	}
	var all []*organisation
	for len(all) < n {
		name := core + " " + o.words["trade"].pick(r)
		if r.chance(.3) {
			name += " & " + o.words["trade"].pick(r)
		}
		if r.chance(.3) {
			name += " " + o.words["extra"].pick(r)
		}
		if o.firms[name] {
			core = s.surnameOf(r)
			continue
		}
		o.firms[name] = true
		u := &organisation{kind: "företag", name: name, home: home, form: "AB"}
		group := byte('5')
		switch r.weighted(80, 12, 8) {
		case 1:
			u.form, group = "HB", '9'
		case 2:
			u.form, group = "KB", '9'
		}
		u.number = o.numbers.next(group)
		if o.dice.hits(r, orRenamed) {
			u.before, u.renamed = core+" "+o.words["trade"].pick(r)+" "+o.words["extra"].pick(r), r.between(100, 900)
		}
		all = append(all, u)
	}
	return all
}

func (o *organisations) association() *organisation {
	r := o.rng
	u := &organisation{kind: "förening", number: o.numbers.next('8'), home: o.site(r)}
	place := u.home.locality
	for u.name == "" || o.firms[u.name] {
		if r.chance(.5) {
			short := o.words["sport"].pick(r)
			long := sports[short]
			u.name, u.others = place+" "+short, []string{place + " " + long, short + " " + place, long + "en " + place}
		} else {
			what := pick(r, societies)
			u.name = place + " " + what
			u.others = []string{initials(place + " " + strings.ReplaceAll(what, "förening", " förening")), what + "en i " + place, place + "s " + lowerFirst(what)}
		}
		place = pick(r, swedish().first) + lowerFirst(pick(r, swedish().first)) + pick(r, []string{"by", "sta", "vik", "torp", "arp", "hem"})
	}
	o.firms[u.name] = true
	return u
}

var (
	sports = map[string]string{
		"IF": "Idrottsförening", "IK": "Idrottsklubb", "BK": "Bollklubb", "FF": "Fotbollsförening", "GK": "Golfklubb", "SK": "Simklubb", "TK": "Tennisklubb",
		"OK": "Orienteringsklubb", "RK": "Ridklubb",
	}
	societies = []string{
		"Hembygdsförening", "Ryttarsällskap", "Hyresgästförening", "Scoutkår", "Pensionärsförening", "Bygdegårdsförening", "Fiskevårdsförening", "Teaterförening",
		"Bridgeklubb", "Båtklubb", "Kolonilottsförening", "Körförening", "Släktforskarförening", "Biodlarförening", "Jaktvårdsförening",
	}
)

// unit is one of the municipality's own; its number is the owner's, which all
// of them have.
func (o *organisations) unit() *organisation {
	r := o.rng
	u := &organisation{kind: "enhet", number: o.owner, parent: o.town + " kommun", home: o.site(r)}
	for tries := 0; u.name == "" || o.names[u.name]; tries++ {
		area, part := o.words["area"].pick(r), o.words["part"].pick(r)
		u.name = area + " " + part
		if tries > 5 {
			u.name += fmt.Sprint(" ", r.between(2, 60))
			part = strings.TrimPrefix(u.name, area+" ")
		}
		u.others = []string{"Enheten för " + lowerFirst(area) + " " + part, upperFirst(part) + ", " + lowerFirst(area), area + "en " + part, area + " - " + part, initials(area) + " " + part}
	}
	o.names[u.name] = true
	u.code = fmt.Sprintf("%05d", 10000+o.count*7%89999)
	if o.dice.hits(r, orRenamed) {
		u.before, u.renamed = o.words["area"].pick(r)+" "+o.words["part"].pick(r), r.between(100, 900)
	}
	return u
}

// school is one unit, or two of one name in one house with a code each.
func (o *organisations) school() []*organisation {
	r := o.rng
	place := pick(r, swedish().localities)
	name := o.words["school"].pick(r) + o.words["schoolend"].pick(r)
	for o.names[name] {
		name = o.words["school"].pick(r) + lowerFirst(o.words["school"].pick(r)) + o.words["schoolend"].pick(r)
	}
	o.names[name] = true
	home := o.site(r)
	parts := []string{""}
	if r.chance(.35) {
		parts = pick(r, [][]string{{" F-3", " 4-9"}, {" F-6", " 7-9"}, {" låg", " mellan"}, {"", " anpassad grundskola"}})
	}
	var all []*organisation
	for _, p := range parts {
		u := &organisation{kind: "skola", name: name + p, number: o.owner, parent: o.town + " kommun", home: home}
		u.others = []string{name + p + ", " + place, name + p + " i " + place, place + " " + lowerFirst(name) + p, name + strings.ReplaceAll(p, "-", "–")}
		if p != "" {
			u.others[2] = name + " (" + strings.TrimSpace(p) + ")"
		}
		u.code = fmt.Sprintf("9%07d", (o.count*5+len(all))*7919%10_000_000)
		all = append(all, u)
	}
	return all
}

func (o *organisations) preschool() *organisation {
	r := o.rng
	name := o.words["preschool"].pick(r)
	for o.names[name] {
		name = pick(r, []string{"Lilla ", "Stora ", "Gamla ", "Nya ", "Norra ", "Södra "}) + o.words["preschool"].pick(r)
	}
	o.names[name] = true
	u := &organisation{kind: "förskola", name: "Förskolan " + name, number: o.owner, parent: o.town + " kommun", home: o.site(r)}
	u.others = []string{name + "s förskola", name, name + ", förskola", "Fsk " + name, "Förskola " + name}
	u.code = fmt.Sprintf("8%07d", o.count*7919%10_000_000)
	return u
}

var organisationSources = []string{"leverantor", "organisation", "register", "forening", "katalog"}

// record is what one system says of an organisation.
func (o *organisations) record(u *organisation) []string {
	r, d := o.rng, o.dice
	at := r.intn(1000)
	number := u.number
	switch {
	case d.hits(r, orNumberMissing):
		number = ""
	case d.hits(r, orNumberTypo):
		number = digitTypo(r, number)
	}
	switch {
	case number == "":
	case r.chance(.5):
		number = number[:6] + "-" + number[6:]
	case r.chance(.2):
		number = "16" + number
	}
	code := u.code
	if code != "" && d.hits(r, orCodeMissing) {
		code = ""
	}
	a := u.home
	if at < u.moved {
		a = u.old
	}
	street, postcode, locality := o.address(a)
	phone, email := u.phone, u.email
	if d.hits(r, orPhoneMissing) {
		phone = ""
	} else {
		phone = pick(r, []func(string) string{plain, dashed, spacedPhone, international})(phone)
	}
	if d.hits(r, orEmailMissing) {
		email = ""
	}
	return []string{pick(r, organisationSources), "", o.name(u, at), number, code, u.kind, u.parent, street, postcode, locality, phone, email, ""}
}

func (o *organisations) name(u *organisation, at int) string {
	r, d := o.rng, o.dice
	name := u.name
	if at < u.renamed {
		name = u.before
	} else if len(u.others) > 0 && d.hits(r, orOtherWords) {
		name = pick(r, u.others)
	}
	if u.form != "" {
		name = o.legalForm(name, u.form)
	}
	if strings.Contains(name, " & ") && d.hits(r, orAnd) {
		name = strings.ReplaceAll(name, " & ", pick(r, []string{" och ", " o ", "&"}))
	}
	if d.hits(r, orNameTypo) {
		name = misspell(r, name)
	}
	if strings.ContainsAny(name, "åäöÅÄÖ") && d.hits(r, orFolded) {
		name = folds.Replace(name)
	}
	if d.hits(r, orUpper) {
		name = strings.ToUpper(name)
	}
	return name
}

// legalForm writes a company's form: after, before, in full, or not.
func (o *organisations) legalForm(name, form string) string {
	r, d := o.rng, o.dice
	if d.hits(r, orFormDropped) {
		return name
	}
	if !d.hits(r, orFormOther) {
		return name + " " + form
	}
	long := map[string]string{"AB": "Aktiebolag", "HB": "Handelsbolag", "KB": "Kommanditbolag"}[form]
	return pick(r, []string{form + " " + name, name + " " + long, long + "et " + name, name + " " + form[:1] + "." + form[1:] + "."})
}

// address is an organisation's or place's address as a system writes it.
func (o *organisations) address(a address) (street, postcode, locality string) {
	r, d := o.rng, o.dice
	if d.hits(r, orAddressMissing) {
		return "", "", ""
	}
	street = a.street
	if short := abbreviated(street); short != street && d.hits(r, orStreetAbbreviated) {
		street = short
	}
	postcode = a.postcode
	if r.chance(.5) {
		postcode = postcode[:3] + " " + postcode[3:]
	}
	return street + " " + a.number, postcode, a.locality
}
