package match

import (
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/karna-registry/karna/model"
)

// identifier compares two values of a scheme. Two valid values of an exclusive
// scheme that differ are different, however little: a slip of the pen breaks the
// check digit.
func (c *comparer) identifier(index int, a, b uint32) (int, float32) {
	if a == 0 || b == 0 {
		return unstated, 0
	}
	ids := &c.t.ids[index]
	if a == b {
		return idSame, c.f.ids[index][a]
	}
	if ids.exclusive && ids.valid[a] && ids.valid[b] {
		return different, 0
	}
	switch edits(ids.text(a), ids.text(b), 2) {
	case 1:
		return idNear, 0
	case 2:
		return idTwo, 0
	}
	if ids.exclusive {
		return idFailed, 0
	}
	return different, 0
}

// birth compares two dates.
func (c *comparer) birth(a, b date) (int, float32) {
	if a == 0 || b == 0 {
		return unstated, 0
	}
	if a == b {
		if a.day() == 0 {
			return bornYearOnly, 0
		}
		return bornSame, c.f.births[a]
	}
	ya, yb := a.year(), b.year()
	if ya == yb {
		if a.month() == 0 || b.month() == 0 || a.month() == b.month() && (a.day() == 0 || b.day() == 0) || placeholder(a) || placeholder(b) {
			return bornYearOnly, 0
		}
		if a.month() == b.day() && a.day() == b.month() {
			return bornDigit, 0
		}
	}
	sameMonth, sameDay := a.month() == b.month(), a.day() == b.day()
	da, db := a.digits(), b.digits()
	slip := func() bool { return edits(string(da[:]), string(db[:]), 1) == 1 }
	switch {
	case sameMonth && sameDay && slip():
		return bornYearDigit, 0
	case sameMonth && sameDay:
		return bornYearOff, 0
	case ya == yb && (sameMonth || sameDay) && slip():
		return bornDigit, 0
	case ya == yb && sameMonth:
		return bornDayOff, 0
	case ya == yb && sameDay:
		return bornMonthOff, 0
	}
	apart := a.dayNumber() - b.dayNumber()
	apart = max(apart, -apart)
	switch {
	case apart <= 31:
		return bornMonth, 0
	case apart <= 366:
		return bornYear, 0
	case apart <= 3660:
		return bornDecade, 0
	}
	return different, 0
}

// placeholder is the first of January, which often means that only the year is
// known.
func placeholder(d date) bool { return d.month() == 1 && d.day() == 1 }

// email compares two e-mail addresses.
func (c *comparer) email(a, b uint32) (int, float32) {
	if a == 0 || b == 0 {
		return unstated, 0
	}
	t := c.t
	if a == b {
		return mailSame, c.f.emails[a]
	}
	if la, lb := t.localOf[a], t.localOf[b]; la == lb && la != 0 {
		return mailLocal, 0
	}
	x, y := t.emails.text(a), t.emails.text(b)
	if d := len(x) - len(y); d > 3 || d < -3 {
		return different, 0
	}
	at, key, level, ok := c.mails.find(a, b)
	if ok {
		return level, 0
	}
	level = different
	if d := edits(x, y, 3); d <= 2 || d == 3 && len(x) >= 16 {
		level = mailNear
	}
	return c.mails.put(at, key, level), 0
}

// onlyName tells whether the e-mail addresses agree in no more than the names
// already do: two people of one name may well have one local part.
func (c *comparer) onlyName(x, y []uint32, p pattern) bool {
	t := c.t
	if c.givenAt < 0 || c.familyAt < 0 || p.level(c.givenAt) < nameSound || p.level(c.familyAt) < nameSound {
		return false
	}
	same := p.level(c.emailAt) == mailSame
	if !same && t.localOf[x[t.email]] != t.localOf[y[t.email]] {
		return false
	}
	local := t.locals.text(t.localOf[x[t.email]])
	digits := 0
	for i := range len(local) {
		if isDigit(local[i]) {
			digits++
		}
	}
	if digits > 1 {
		return false
	}
	for _, row := range [...][]uint32{x, y} {
		for _, w := range t.families.lists[row[t.family]] {
			if strings.Contains(local, t.names.text(w)) {
				return true
			}
		}
	}
	return false
}

// phone compares two numbers.
func (c *comparer) phone(a, b uint32) (int, float32) {
	if a == 0 || b == 0 {
		return unstated, 0
	}
	if a == b {
		return phoneSame, c.f.phones[a]
	}
	if edits(c.t.phones.text(a), c.t.phones.text(b), 1) == 1 {
		return phoneNear, 0
	}
	return different, 0
}

// line is how alike the streets of two addresses are, and which street it is.
type line struct {
	level int
	of    uint32
}

func (c *comparer) street(x, y []uint32) line {
	if t := c.t; t.street != none {
		return line{c.folded(t.streets, &c.streets, x[t.street], y[t.street]), x[t.street]}
	}
	return line{}
}

// crosswise looks across the lines of two addresses: the street of one may stand in
// the second line of the other. What the lines weighed as they stood is taken back.
func (c *comparer) crosswise(x, y []uint32, p pattern, total float32, each []float32) (pattern, float32) {
	t := c.t
	one := line{c.folded(t.streets, &c.streets, x[t.street], y[t.second]), x[t.street]}
	two := line{c.folded(t.streets, &c.streets, x[t.second], y[t.street]), x[t.second]}
	if one.level < two.level {
		one, two = two, one
	}
	if one.level < textMost || two.level == different {
		return p, total
	}
	level, rare := c.address(x, y, one)
	if level <= p.level(c.addressAt) {
		return p, total
	}
	put := func(at, level int, rare float32) {
		if at < 0 {
			return
		}
		_, was := c.level(at, x, y)
		p, total = p.with(at, level), total-was+rare
		if each != nil {
			each[at] = rare
		}
	}
	put(c.addressAt, level, rare)
	put(c.secondAt, unstated, 0)
	return p, total
}

// address compares two addresses by the most that agrees: what is inside what
// (a street in its postcode, that in its town) is not counted twice.
func (c *comparer) address(x, y []uint32, at line) (int, float32) {
	t := c.t
	street, number, postcode, town := at.level, unstated, unstated, unstated
	if t.number != none {
		if a, b := x[t.number], y[t.number]; a != 0 && b != 0 {
			number = different
			if a == b {
				number = textSame
			}
		}
	}
	if t.postcode != none {
		if a, b := x[t.postcode], y[t.postcode]; a != 0 && b != 0 {
			postcode = different
			if a == b {
				postcode = textSame
			} else if edits(t.postcodes.text(a), t.postcodes.text(b), 1) == 1 {
				postcode = textMost
			}
		}
	}
	if t.locality != none {
		town = c.folded(t.localities, &c.towns, x[t.locality], y[t.locality])
	}
	placed := postcode == textSame || town == textSame
	elsewhere := postcode == different && town <= different || town == different && postcode <= different
	if t.schema.Kind != model.Person {
		// A place is where it is: in the next town the street has the same name.
		elsewhere = elsewhere || town == different && postcode != textSame
	}
	switch {
	case street == textSame && number == textSame && !elsewhere,
		street == textSame && x[t.number] == 0 && y[t.number] == 0 && placed:
		return adrSame, 0
	case street == textMost && number == textSame && !elsewhere:
		return adrNear, 0
	case street == textSame && (number == textSame || !elsewhere):
		return adrStreet, c.f.streets[at.of]
	case street == textMost && placed:
		return adrStreetNear, 0
	case postcode == textSame:
		return adrPostcode, c.f.postcodes[x[t.postcode]]
	case town == textSame:
		return adrPlace, c.f.towns[x[t.locality]]
	case town == textMost || postcode == textMost || street == textSame:
		return adrPlaceNear, 0
	case street == unstated && postcode == unstated && town == unstated:
		return unstated, 0
	}
	return different, 0
}

// folded compares two short texts: the same, near, or different.
func (c *comparer) folded(t *texts, m *memo, a, b uint32) int {
	if a == 0 || b == 0 {
		return unstated
	}
	if a == b {
		return textSame
	}
	if bits.OnesCount32(t.letters[a]^t.letters[b]) > maxStray {
		return different
	}
	at, key, level, ok := m.find(a, b)
	if ok {
		return level
	}
	x, y := inOrder(t.text(a), t.text(b))
	level = different
	if shortened(x, y) || shortened(y, x) {
		level = textSame
	} else if d := edits(x, y, 2); d == 1 && min(len(x), len(y)) >= 3 || d == 2 && min(len(x), len(y)) >= 6 || likeness(x, y) >= 0.92 || sameJoined(x, y) || sameWords(t.lists[a], t.lists[b]) {
		level = textMost
	}
	return m.put(at, key, level)
}

// sameWords tells whether two texts have the same words, in another order.
func sameWords(a, b []uint32) bool {
	if len(a) != len(b) || len(a) < 2 {
		return false
	}
	for _, w := range a {
		if !slices.Contains(b, w) {
			return false
		}
	}
	return true
}

// shortened tells whether a street is another with its end cut to a letter: storg
// and storgatan.
func shortened(short, long string) bool {
	n := len(short) - 1
	if n < 3 || !strings.HasPrefix(long, short) {
		return false
	}
	switch long[n:] {
	case "gatan", "vagen", "grand", "stigen", "backen", "torget":
		return true
	}
	return false
}

// inOrder puts two texts in order: a likeness may depend on which comes first.
func inOrder(a, b string) (string, string) {
	if a > b {
		return b, a
	}
	return a, b
}

// text compares two texts by their words.
func (c *comparer) text(index int, a, b uint32) (int, float32) {
	if a == 0 || b == 0 {
		return unstated, 0
	}
	if a == b {
		return textSame, c.f.texts[index][a]
	}
	m := &c.textMemos[index]
	at, key, level, ok := m.find(a, b)
	if ok {
		return level, 0
	}
	col := &c.t.texts[index]
	if isFigures(col.text(a)) && isFigures(col.text(b)) {
		return m.put(at, key, different), 0
	}
	switch s := c.overlap(index, a, b); {
	case s >= 0.65:
		level = textMost
	case s >= 0.25:
		level = textSome
	default:
		level = different
	}
	return m.put(at, key, level), 0
}

// code compares two codes: neighbours in a series are two things.
func (c *comparer) code(index int, a, b uint32) (int, float32) {
	switch {
	case a == 0 || b == 0:
		return unstated, 0
	case a == b:
		return codeSame, c.f.texts[index][a]
	}
	return different, 0
}

// isCode tells whether a column is of codes, by what it is called.
func isCode(column string) bool {
	column = Fold(column)
	for _, end := range [...]string{"kod", "code", "nummer", "number"} {
		if strings.HasSuffix(column, end) {
			return true
		}
	}
	return false
}

// isFigures tells whether every word of a text has a digit: a code, an amount, a
// day. Neighbours in a series are two things, so figures are the same or differ.
func isFigures(s string) bool {
	for w := range strings.FieldsSeq(s) {
		if !strings.ContainsAny(w, "0123456789") {
			return false
		}
	}
	return true
}

// overlap is the cosine of two texts' words weighed by how rare they are, where
// words of one slip are taken as nearly the same.
func (c *comparer) overlap(index int, a, b uint32) float64 {
	col := &c.t.texts[index]
	if col.text(a) > col.text(b) {
		a, b = b, a
	}
	x, y := col.text(a), col.text(b)
	if sameJoined(x, y) {
		return 1
	}
	la, lb := col.lists[a], col.lists[b]
	idf := c.f.idf[index]
	na, nb, dot := 0.0, 0.0, 0.0
	for _, w := range la {
		na += float64(idf[w]) * float64(idf[w])
	}
	for _, w := range lb {
		nb += float64(idf[w]) * float64(idf[w])
	}
	for _, w := range la {
		best := 0.0
		for _, v := range lb {
			if w == v {
				best = float64(idf[w]) * float64(idf[w])
				break
			}
			s, u := col.words.text(w), col.words.text(v)
			if min(len(s), len(u)) >= 4 {
				if d := edits(s, u, 2); d == 1 || d == 2 && min(len(s), len(u)) >= 7 {
					best = max(best, 0.85*float64(min(idf[w], idf[v]))*float64(min(idf[w], idf[v])))
				}
			}
		}
		dot += best
	}
	if na == 0 || nb == 0 {
		return 0
	}
	cosine := dot / math.Sqrt(na*nb)
	if len(la) == 1 && len(lb) == 1 {
		if like := likeness(x, y); like >= 0.9 {
			cosine = max(cosine, like-0.2)
		}
	}
	return cosine
}
