package match

import (
	"math/bits"

	"github.com/karna-registry/karna/model"
)

// sort is a way of comparing.
type sort uint8

const (
	byIdentifier sort = iota
	byBirth
	bySex
	byGiven
	byFamily
	byEmail
	byPhone
	byAddress
	byText
	byTitle
	byPoint
	byStart // of a role
	byEnd
	byCode // a code of a unit
	sorts
)

var sortNames = [sorts]string{"identifier", "birth", "sex", "given", "family", "email", "phone", "address", "text", "title", "point", "start", "end", "code"}

var dateLevels = []string{"unstated", "different", "within ten years", "within a year", "same year, rest unstated", "within a month",
	"only the year differs", "only the year, by one digit", "only the day differs", "only the month differs", "one digit of day or month, or swapped", "same"}

// Levels by sort, from what says nothing over what disagrees to what agrees.
var levelNames = [sorts][]string{
	byIdentifier: {"unstated", "different", "different, one fails its rule", "two signs differ", "one sign differs", "same"},
	byBirth:      dateLevels,
	byStart:      dateLevels,
	byEnd:        dateLevels,
	bySex:        {"unstated", "different", "same"},
	byGiven:      {"unstated", "different", "same initial", "alike", "near", "sounds alike or one letter", "swapped, one stated", "one name the same", "swapped", "same"},
	byFamily:     {"unstated", "different", "same initial", "alike", "near", "sounds alike or one letter", "swapped, one stated", "one name the same", "swapped", "same"},
	byEmail:      {"unstated", "different", "same, and only the name", "same local part", "near", "same"},
	byPhone:      {"unstated", "different", "one digit differs", "same"},
	byAddress:    {"unstated", "different", "place near", "same place", "same postcode", "street near", "same street", "number and street near", "same street and number"},
	byCode:       {"unstated", "different", "same"},
	byText:       {"unstated", "different", "some words", "most words", "same"},
	byTitle:      {"unstated", "different", "another number", "few words", "some words", "short form", "most words", "one inside the other", "nearly all", "same"},
	byPoint:      {"unstated", "different", "within a kilometre", "within 200 metres", "within 30 metres", "within 3 metres"},
}

// Names of levels that code speaks of.
const (
	unstated  = 0
	different = 1

	idSame, idNear, idTwo, idFailed         = 5, 4, 3, 2
	bornSame, bornDigit, bornMonthOff       = 11, 10, 9
	bornDayOff, bornYearDigit, bornYearOff  = 8, 7, 6
	bornMonth, bornYearOnly, bornYear       = 5, 4, 3
	bornDecade                              = 2
	nameSame, nameSwapped, namePart         = 9, 8, 7
	nameCrossed, nameSound, nameNear        = 6, 5, 4
	nameAlike, nameInitial                  = 3, 2
	mailSame, mailNear, mailLocal, mailName = 5, 4, 3, 2
	phoneSame, phoneNear                    = 3, 2
	adrSame, adrNear, adrStreet             = 8, 7, 6
	adrStreetNear, adrPostcode, adrPlace    = 5, 4, 3
	adrPlaceNear                            = 2
	codeSame                                = 2
	textSame, textMost, textSome            = 4, 3, 2
	titleSame, titleNearly, titleInside     = 9, 8, 7
	titleMost, titleAcronym, titleSome      = 6, 5, 4
	titleFew, titleNumber                   = 3, 2
)

// comparison is one of those that a table's records are compared by.
type comparison struct {
	sort      sort
	index     int // of an identifier or a text
	name      string
	exclusive bool // two valid values that differ separate
}

// comparisons are those that the table has columns for, in a fixed order.
func (t *Table) comparisons() []comparison {
	var out []comparison
	for i := range t.ids {
		out = append(out, comparison{byIdentifier, i, "identifier:" + string(t.ids[i].scheme), t.ids[i].exclusive})
	}
	add := func(s slot, k sort) {
		if s != none {
			out = append(out, comparison{sort: k, name: sortNames[k]})
		}
	}
	if t.schema.Kind == model.Role {
		add(t.birth, byStart)
		add(t.end, byEnd)
	} else {
		add(t.birth, byBirth)
	}
	add(t.sex, bySex)
	add(t.given, byGiven)
	add(t.family, byFamily)
	add(t.email, byEmail)
	add(t.phone, byPhone)
	switch {
	case t.street != none:
		add(t.street, byAddress)
	case t.postcode != none:
		add(t.postcode, byAddress)
	default:
		add(t.locality, byAddress)
	}
	add(t.north, byPoint)
	for i := range t.texts {
		k := byText
		switch {
		case t.texts[i].titled:
			k = byTitle
		case t.schema.Kind != model.Person && isCode(t.texts[i].name):
			k = byCode
		}
		out = append(out, comparison{sort: k, index: i, name: sortNames[k] + ":" + t.texts[i].name})
	}
	if len(out) > maxComparisons {
		out = out[:maxComparisons]
	}
	return out
}

// pattern is the level of every comparison, four bits each.
type pattern uint64

func (p pattern) level(c int) int { return int(p >> (4 * c) & 15) }

func (p pattern) with(c, level int) pattern {
	return p&^(15<<(4*c)) | pattern(level)<<(4*c)
}

// comparer compares records of one table. It remembers comparisons of words and
// is for one goroutine.
type comparer struct {
	t     *Table
	f     *frequencies
	comps []comparison

	words, streets, towns, mails memo
	textMemos                    []memo
	groups                       []int // by comparison: what it compares
	givenAt, familyAt            int
	birthAt                      int
	personalAt                   int
	emailAt                      int
	addressAt, secondAt          int // secondAt is of the second line as text

	// Of the last pair of records that say several things of a property.
	x, y  []uint32
	tries [maxComparisons]float32
	which [maxComparisons]chosen
}

func newComparer(t *Table, f *frequencies, comps []comparison) *comparer {
	c := &comparer{t: t, f: f, comps: comps, givenAt: -1, familyAt: -1, birthAt: -1, personalAt: -1, emailAt: -1, addressAt: -1, secondAt: -1}
	c.words, c.streets = newMemo(memoBits(t.names.dict, 17)), newMemo(memoBits(t.streets.dict, 14))
	c.towns, c.mails = newMemo(memoBits(t.localities.dict, 12)), newMemo(memoBits(t.emails, 10))
	c.textMemos = make([]memo, len(t.texts))
	for i := range c.textMemos {
		c.textMemos[i] = newMemo(memoBits(t.texts[i].dict, 14))
	}
	for i, k := range comps {
		c.groups = append(c.groups, t.groupOfComparison(k))
		switch k.sort {
		case byGiven:
			c.givenAt = i
		case byFamily:
			c.familyAt = i
		case byBirth:
			c.birthAt = i
		case byEmail:
			c.emailAt = i
		case byAddress:
			c.addressAt = i
		case byText:
			if t.texts[k.index].line {
				c.secondAt = i
			}
		case byIdentifier:
			if isPersonal(t.ids[k.index].scheme) {
				c.personalAt = i
			}
		}
	}
	return c
}

// memo remembers levels of pairs of interned values. It forgets by overwriting.
type memo struct {
	keys   []uint64
	levels []uint8
	shift  uint
}

// memoBits is the size of a memo for pairs of a dictionary's values.
func memoBits(d *dict, most int) uint { return uint(min(most, bits.Len(uint(len(d.texts)))+4)) }

func newMemo(bits uint) memo {
	return memo{make([]uint64, 1<<bits), make([]uint8, 1<<bits), 64 - bits}
}

func (m *memo) find(a, b uint32) (at uint64, key uint64, level int, ok bool) {
	if a > b {
		a, b = b, a
	}
	key = uint64(a)<<32 | uint64(b)
	at = key * 0x9e3779b97f4a7c15 >> m.shift
	return at, key, int(m.levels[at]), m.keys[at] == key
}

func (m *memo) put(at, key uint64, level int) int {
	m.keys[at], m.levels[at] = key, uint8(level)
	return level
}

// compare gives the pattern of two records, and by how many bits the values on
// which they agree are rarer than the average.
func (c *comparer) compare(a, b int) (pattern, float32) {
	return c.compareEach(a, b, nil)
}

// compareEach is compare that also gives every comparison's part of the rarity.
// The records are taken in the order of what they say, so that a pair weighs the
// same whichever comes first.
func (c *comparer) compareEach(a, b int, each []float32) (pattern, float32) {
	if c.t.hashes[a] > c.t.hashes[b] {
		a, b = b, a
	}
	if c.t.hasSeveral(a) || c.t.hasSeveral(b) {
		return c.compareSeveral(a, b, each)
	}
	return c.compareRows(c.t.row(a), c.t.row(b), each)
}

// level is one comparison of two rows as they stand.
func (c *comparer) level(i int, x, y []uint32) (level int, rare float32) {
	t := c.t
	k := &c.comps[i]
	switch k.sort {
	case byIdentifier:
		ids := &t.ids[k.index]
		return c.identifier(k.index, x[ids.slot], y[ids.slot])
	case byBirth:
		return c.birth(date(x[t.birth]), date(y[t.birth]))
	case byStart:
		if level, rare = c.birth(date(x[t.birth]), date(y[t.birth])); level != unstated && t.apart(x, y) {
			return different, 0
		}
	case byEnd:
		level, _ = c.birth(date(x[t.end]), date(y[t.end]))
	case bySex:
		if s, u := x[t.sex], y[t.sex]; s != 0 && u != 0 {
			level = different
			if s == u {
				level = 2
			}
		}
	case byGiven:
		return c.name(t.givens, c.f.givenWords, c.f.givens, x[t.given], y[t.given])
	case byFamily:
		return c.name(t.families, c.f.familyWords, c.f.families, x[t.family], y[t.family])
	case byEmail:
		return c.email(x[t.email], y[t.email])
	case byPhone:
		return c.phone(x[t.phone], y[t.phone])
	case byAddress:
		return c.address(x, y, c.street(x, y))
	case byPoint:
		level = c.point(x, y)
	case byText:
		return c.text(k.index, x[t.texts[k.index].slot], y[t.texts[k.index].slot])
	case byCode:
		return c.code(k.index, x[t.texts[k.index].slot], y[t.texts[k.index].slot])
	case byTitle:
		return c.title(k.index, x[t.texts[k.index].slot], y[t.texts[k.index].slot])
	}
	return level, rare
}

// compareRows compares two rows; each, if it is not nil, is given every
// comparison's part of the rarity.
func (c *comparer) compareRows(x, y []uint32, each []float32) (pattern, float32) {
	var p pattern
	total := float32(0)
	t := c.t
	skipBirth := false
	for i := range c.comps {
		level, rare := 0, float32(0)
		if i != c.birthAt || !skipBirth {
			level, rare = c.level(i, x, y)
		}
		if i == c.personalAt && level >= idTwo {
			skipBirth = true
		}
		p |= pattern(level) << (4 * i)
		total += rare
		if each != nil {
			each[i] = rare
		}
	}
	if t.whole != none && c.familyAt >= 0 && (x[t.whole] != 0 || y[t.whole] != 0) {
		p, total = c.otherNames(x, y, p, total, each)
	}
	if c.emailAt >= 0 && p.level(c.emailAt) >= mailLocal && c.onlyName(x, y, p) {
		if each != nil {
			each[c.emailAt] = 0
		}
		p = p.with(c.emailAt, mailName)
		total -= c.f.emails[x[t.email]]
	}
	if c.givenAt >= 0 && c.familyAt >= 0 && mayBeSwapped(p.level(c.givenAt), p.level(c.familyAt)) {
		p, total = c.swapped(x, y, p, total, each)
	}
	if t.second != none && c.addressAt >= 0 && p.level(c.addressAt) < adrNear && (x[t.second] != 0 || y[t.second] != 0) {
		p, total = c.crosswise(x, y, p, total, each)
	}
	return p, total
}
