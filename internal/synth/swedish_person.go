package synth

import (
	"fmt"
	"math/bits"
	"strings"
)

// The birth years of Swedish persons: a hundred, all of people long dead.
const (
	firstYear = 1800
	lastYear  = 1899
)

// date is a day.
type date struct{ year, month, day int }

func (d date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.year, d.month, d.day) }

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func (r *rng) dayOf(year int) date {
	month := r.between(1, 12)
	return date{year, month, r.between(1, daysIn(year, month))}
}

// numbers gives out personal numbers: every birth number of a day and sex
// once, in an order of its own for each day. A day whose numbers are used up
// sends the child to the next.
type numbers struct {
	seed uint64
	used [lastYear - firstYear + 1][12][31][2]uint16
}

const numbersADay = 499 // birth numbers of a sex: 001 to 999 odd for men but one, 002 to 998 even for women

// next gives a number to somebody born that day or as soon after as one is
// left; the date that it states is returned with it.
func (n *numbers) next(d date, sex int, coordination bool) (string, date) {
	for {
		used := &n.used[d.year-firstYear][d.month-1][d.day-1][sex]
		if *used < numbersADay {
			k := int(*used)
			*used++
			at := newRNG(n.seed, uint64(d.year*10000+d.month*100+d.day)).intn(numbersADay) //nolint:gosec // a date
			birth := (at+k*numberStride)%numbersADay*2 + 2
			if sex == 0 {
				birth--
			}
			day := d.day
			if coordination {
				day += 60
			}
			return withCheckDigit(fmt.Sprintf("%04d%02d%02d%03d", d.year, d.month, day, birth)), d
		}
		if d = d.after(); d.year > lastYear {
			d.year = firstYear
		}
	}
}

// numberStride is coprime to numbersADay, a prime: all come before one comes again.
const numberStride = 173

// after is the next day.
func (d date) after() date {
	if d.day++; d.day > daysIn(d.year, d.month) {
		d.day = 1
		if d.month++; d.month > 12 {
			d.month = 1
			d.year++
		}
	}
	return d
}

// withCheckDigit adds the Luhn digit over the last nine of the eleven digits.
func withCheckDigit(digits string) string {
	sum := 0
	for i, c := range []byte(digits[len(digits)-9:]) {
		v := int(c - '0')
		if i%2 == 0 {
			v *= 2
		}
		sum += v/10 + v%10
	}
	return digits + string(byte('0'+(10-sum%10)%10)) //nolint:gosec // one digit
}

// checks tells whether the last ten digits agree with Luhn.
func checks(digits string) bool {
	return withCheckDigit(digits[:len(digits)-1]) == digits
}

// address is where a household lives.
type address struct {
	street, number, flat string
	postcode, locality   string
}

// person is one human being, with what was and what is.
type person struct {
	id           string
	sex          int
	born         date
	number       string
	coordination string // before number, if any
	given        []string
	called       int // which given name is used
	surname      string
	before       string // surname before renamed
	home, old    address
	phone        string
	landline     string
	email, other string
	child        bool
	// when, in thousandths of the time that the systems have run, something
	// became as it is; 0: it always was.
	renamed, moved, numbered int
}

// surnameOf draws a surname. Rare names take a larger share of a larger
// population, as they do in life.
func (g *swedishSet) surnameOf(r *rng) string {
	w := g.words
	rare := min(300+20*bits.Len(uint(g.Records/1000)), 520) //nolint:gosec // positive
	at := r.intn(1000)
	switch {
	case at >= rare:
		return w.surnames.pick(r)
	case at*100 < rare*42:
		return w.first[r.skewed(len(w.first))] + pick(r, w.last)
	case at*100 < rare*80:
		return w.foreignSurname(r)
	case at*100 < rare*94:
		return pick(r, w.first) + strings.ToLower(pick(r, w.first)) + pick(r, w.last)
	}
	return w.foreignSurname(r) + "-" + w.foreignSurname(r)
}

// foreignSurname draws a surname of another origin than Swedish.
func (w *swedishWords) foreignSurname(r *rng) string {
	f := pick(r, w.foreign)
	return pick(r, f.stems) + pick(r, f.ends)
}

func generationOf(year int) int {
	switch {
	case year < 1840:
		return 0
	case year < 1870:
		return 1
	}
	return 2
}

// givenNames draws one to three given names of a generation, all different.
func (g *swedishSet) givenNames(r *rng, sex, year int) []string {
	names := g.words.given[sex][generationOf(year)]
	n := 1 + r.weighted(30, 52, 18)
	var out []string
	for len(out) < n {
		name := names.pick(r)
		if len(out) == 0 && r.chance(.05) {
			if second := names.pick(r); second != name {
				name += "-" + second
			}
		}
		fresh := true
		for _, o := range out {
			fresh = fresh && o != name
		}
		if fresh {
			out = append(out, name)
		}
	}
	return out
}

// addressOf draws a home. The number of localities grows with the set, so that
// a street does not get more people in a larger one.
func (g *swedishSet) addressOf(r *rng) address {
	w := g.words
	localities := min(max(g.Records/12_000, 12), 900)
	at := r.intn(r.intn(localities) + 1)
	name := w.localities[at%len(w.localities)]
	if part := at / len(w.localities); part > 0 {
		name = [...]string{"", "Norra ", "Södra ", "Östra ", "Västra ", "Nya ", "Gamla ", "Övre ", "Nedre ", "Stora ", "Lilla ", "Yttre ", "Inre "}[part%13] + name
	}
	a := address{locality: name, postcode: fmt.Sprintf("%05d", 13000+at*97%85000+r.skewed(9)*11)}
	// The streets of a locality are its own: stems and endings drawn by its number.
	s := newRNG(g.Seed, uint64(1_000_000+at*150+r.skewed(150))) //nolint:gosec // positive
	stem, end := w.stems.pick(s), w.ends.pick(s)
	a.street = stem + end
	house := r.between(1, 12+s.intn(90))
	a.number = fmt.Sprint(house)
	if s.chance(.35) { // a street of blocks of flats
		if r.chance(.5) {
			a.number += " " + string(rune('A'+r.intn(5)))
		}
		a.flat = fmt.Sprintf("lgh 1%d0%d", r.intn(5), r.between(1, 4))
	} else if r.chance(.12) {
		a.number += string(rune('A' + r.intn(3)))
	}
	return a
}
