package match

import (
	"slices"
	"strings"

	"github.com/karna-registry/karna/model"
)

// part is something of a record that keys are made of.
type part uint8

const (
	partIdentifier part = iota // with an index, as the next three
	partHead                   // the first half of an identifier
	partTail                   // the second half
	partText
	partWords // each of the rarest words of a text: a record may be in several blocks
	partRare  // the rarest word of a text
	partStart // the beginning of a text
	partCell  // a square of a grid
	partCellShifted
	partEmail
	partLocal
	partPhone
	partBirth
	partBirthEither // day and month in either order
	partYear
	partYearMonth
	partMonthDay
	partGiven // sound of the first given name
	partGivenLast
	partFamily
	partFamilyLast
	partGivenStart // its first three letters
	partFamilyStart
	partNames // the sounds of given and family name in either order
	partSex
	partPostcode
	partDoor // street and number
	partStreet
	partTown
	partLines // each line of an address: a record may be in two blocks
)

// keyPart is a part, of which identifier or text.
type keyPart struct {
	part  part
	index int
}

// Key is one of the ways in which candidates are found: records that agree on
// all of must meet, and where too many do, on the next of refine as well.
type Key struct {
	Name   string
	must   []keyPart
	words  *keyPart // a part of several values, with must
	refine []keyPart
	groups []int // that must and words are made of
}

// rareWords is how many of a text's words a record is looked for by.
const rareWords = 5

// width is in how many blocks of the key a record can be.
func (k *Key) width() int {
	switch {
	case k.words == nil:
		return 1
	case k.words.part == partLines:
		return 2
	}
	return rareWords
}

// hashOfPart is a hash of a part of a row, or 0 if the row does not say it.
func (t *Table) hashOfPart(row []uint32, p keyPart) uint64 {
	value := func(s slot) uint64 {
		if s == none {
			return 0
		}
		return t.hashOf[s][row[s]]
	}
	born := func() date {
		if t.birth == none {
			return 0
		}
		return date(row[t.birth])
	}
	word := func(n *names, s slot, last bool) uint32 {
		switch {
		case s == none:
			return 0
		case last:
			return n.last(row[s])
		}
		return n.first(row[s])
	}
	switch p.part {
	case partIdentifier:
		return value(t.ids[p.index].slot)
	case partHead, partTail:
		ids := &t.ids[p.index]
		text := ids.text(row[ids.slot])
		if len(text) < 4 {
			return 0
		}
		if half := (len(text) + 1) / 2; p.part == partHead {
			text = text[:half]
		} else {
			text = text[half:]
		}
		return hashText(uint64(p.part), text)
	case partText:
		return value(t.texts[p.index].slot)
	case partRare:
		var buf [rareWords]uint64
		if h := t.rareWordsOf(buf[:0], p.index, row); len(h) > 0 {
			return h[0]
		}
	case partCell:
		return t.cell(row, false)
	case partCellShifted:
		return t.cell(row, true)
	case partStart:
		c := &t.texts[p.index]
		if text := c.text(row[c.slot]); text != "" {
			return hashText(3, text[:min(len(text), 5)])
		}
	case partEmail:
		return value(t.email)
	case partLocal:
		if t.email != none && row[t.email] != 0 {
			return hashText(4, t.locals.text(t.localOf[row[t.email]]))
		}
	case partPhone:
		return value(t.phone)
	case partBirth:
		if d := born(); d.day() != 0 {
			return mixHash(uint64(d) + 1)
		}
	case partBirthEither:
		if d := born(); d.day() != 0 {
			return mixHash(uint64(packDate(d.year(), min(d.month(), d.day()), 0))<<8 + uint64(max(d.month(), d.day())) + 2)
		}
	case partYear:
		if d := born(); d != 0 {
			return mixHash(uint64(d.year()) + 3)
		}
	case partYearMonth:
		if d := born(); d.month() != 0 {
			return mixHash(uint64(d>>5) + 4)
		}
	case partMonthDay:
		if d := born(); d.day() != 0 {
			return mixHash(uint64(d&511) + 5)
		}
	case partGiven:
		return t.soundHash[word(t.givens, t.given, false)]
	case partGivenLast:
		return t.soundHash[word(t.givens, t.given, true)]
	case partFamily:
		return t.soundHash[word(t.families, t.family, false)]
	case partFamilyLast:
		return t.soundHash[word(t.families, t.family, true)]
	case partGivenStart:
		return t.startHash[word(t.givens, t.given, false)]
	case partFamilyStart:
		return t.startHash[word(t.families, t.family, false)]
	case partNames:
		a, b := t.soundHash[word(t.givens, t.given, false)], t.soundHash[word(t.families, t.family, false)]
		if a != 0 && b != 0 {
			return mixHash(min(a, b)*3 + max(a, b))
		}
	case partSex:
		if t.sex != none {
			return uint64(row[t.sex])
		}
	case partPostcode:
		return value(t.postcode)
	case partDoor:
		if t.street != none && row[t.street] != 0 {
			return mixHash(value(t.street) + 7*value(t.number))
		}
	case partStreet:
		return value(t.street)
	case partTown:
		return value(t.locality)
	}
	return 0
}

// rareWordsOf appends the hashes of a text's rarest words, the rarest first.
func (t *Table) rareWordsOf(dst []uint64, index int, row []uint32) []uint64 {
	c := &t.texts[index]
	list := c.lists[row[c.slot]]
	var buf [32]uint32
	sorted := append(buf[:0], list...)
	slices.SortFunc(sorted, func(a, b uint32) int {
		switch x, y := c.common[a], c.common[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return compareTexts(c.words.text(a), c.words.text(b))
	})
	for _, w := range sorted[:min(len(sorted), rareWords)] {
		text := c.words.text(w)
		dst = append(dst, hashText(5, text[:min(len(text), 6)])) // as far as endings leave it
	}
	return dst
}

// linesOf appends the hashes of the lines of an address.
func (t *Table) linesOf(dst []uint64, row []uint32) []uint64 {
	for _, s := range [...]slot{t.street, t.second} {
		if s != none && row[s] != 0 {
			dst = append(dst, t.hashOf[s][row[s]])
		}
	}
	return dst
}

func compareTexts(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// hashes appends the keys of a row, each once; none if it does not say all that
// the key needs.
func (k *Key) hashes(t *Table, row []uint32, dst []uint64) []uint64 {
	h := uint64(len(k.must))
	for _, p := range k.must {
		v := t.hashOfPart(row, p)
		if v == 0 {
			return dst
		}
		h = mixHash(h ^ v + uint64(p.part))
	}
	if k.words == nil {
		return append(dst, max(h, 1))
	}
	if k.words.part == partLines {
		dst = t.linesOf(dst, row)
	} else {
		dst = t.rareWordsOf(dst, k.words.index, row)
	}
	for i, v := range dst {
		dst[i] = max(mixHash(h^v), 1)
	}
	slices.Sort(dst)
	return slices.Compact(dst)
}

// keysFor are the keys for what the table has columns for.
func (t *Table) keysFor() []Key {
	var out []Key
	has := func(p keyPart) bool {
		switch p.part {
		case partEmail, partLocal:
			return t.email != none
		case partPhone:
			return t.phone != none
		case partBirth, partBirthEither, partYear, partYearMonth, partMonthDay:
			return t.birth != none
		case partGiven, partGivenLast, partGivenStart:
			return t.given != none
		case partFamily, partFamilyLast, partFamilyStart:
			return t.family != none
		case partNames:
			return t.given != none && t.family != none
		case partSex:
			return t.sex != none
		case partPostcode:
			return t.postcode != none
		case partDoor, partStreet:
			return t.street != none
		case partLines:
			return t.second != none
		case partTown:
			return t.locality != none
		case partCell, partCellShifted:
			return t.north != none
		}
		return true
	}
	add := func(name string, must, refine []keyPart) {
		k := Key{Name: name}
		for _, p := range must {
			if !has(p) {
				return
			}
			if p.part == partLines {
				k.words = &p
			} else {
				k.must = append(k.must, p)
			}
		}
		if name, ok := strings.CutPrefix(name, "words of "); ok {
			for i := range t.texts {
				if t.texts[i].name == name {
					k.words = &keyPart{partWords, i}
				}
			}
		}
		for _, p := range refine {
			if has(p) && !slices.Contains(k.must, p) && !slices.Contains(k.refine, p) {
				k.refine = append(k.refine, p)
			}
		}
		k.groups = t.groupsOfKey(&k)
		out = append(out, k)
	}
	of := func(parts ...part) []keyPart {
		var list []keyPart
		for _, p := range parts {
			list = append(list, keyPart{part: p})
		}
		return list
	}
	for i := range t.ids {
		name := string(t.ids[i].scheme)
		add(name, []keyPart{{partIdentifier, i}}, of(partYear, partGivenStart))
		out[len(out)-1].refine = append(out[len(out)-1].refine, t.textParts()...)
	}
	add("e-mail", of(partEmail), of(partGivenStart, partFamilyStart, partYear))
	add("phone", of(partPhone), of(partGivenStart, partYear, partFamilyStart))
	if t.schema.Kind == model.Person {
		t.personKeys(add, of)
	} else {
		t.thingKeys(add, of)
	}
	return out
}

// textParts are the text columns, to refine by.
func (t *Table) textParts() []keyPart {
	var list []keyPart
	for i := range t.texts {
		list = append(list, keyPart{partText, i})
	}
	return list
}

func (t *Table) personKeys(add func(string, []keyPart, []keyPart), of func(...part) []keyPart) {
	rest := t.textParts()
	refine := func(parts ...part) []keyPart { return append(of(parts...), rest...) }
	for i := range t.ids {
		name := string(t.ids[i].scheme)
		add("end of "+name, []keyPart{{partTail, i}}, refine(partGivenStart, partFamilyStart, partYear, partMonthDay))
		if !isPersonal(t.ids[i].scheme) { // those begin with the birth date
			add("beginning of "+name, []keyPart{{partHead, i}}, refine(partGivenStart, partFamilyStart, partMonthDay, partDoor))
		}
	}
	add("names in either order", of(partNames), refine(partYear, partPostcode, partMonthDay, partTown, partDoor))
	add("birth date", of(partBirth), refine(partFamilyStart, partGivenStart, partPostcode, partTown, partSex))
	add("birth date, given name", of(partBirth, partGiven), refine(partFamilyStart, partPostcode, partTown))
	add("birth day and month in either order, given name", of(partBirthEither, partGivenStart), refine(partFamilyStart, partTown))
	add("address", of(partDoor), refine(partPostcode, partTown, partGivenStart, partYear, partFamily))
	add("line of address, given name", of(partLines, partGivenStart), refine(partYear, partFamilyStart, partMonthDay))
	add("line of address, family name", of(partLines, partFamilyStart), refine(partYear, partGivenStart, partMonthDay))
	add("line of address, locality", of(partLines, partTown), refine(partYear, partGivenStart, partFamilyStart, partMonthDay))
	add("family name, postcode", of(partFamily, partPostcode), refine(partGivenStart, partYear, partMonthDay))
	add("given name, postcode", of(partGiven, partPostcode), refine(partFamilyStart, partYear, partMonthDay))
	add("birthday, postcode", of(partMonthDay, partPostcode), refine(partGivenStart, partFamilyStart, partYear))
	add("birthday, family name", of(partMonthDay, partFamilyStart), refine(partGivenStart, partPostcode, partTown, partYear))
	add("birthday, given name", of(partMonthDay, partGivenStart), refine(partFamilyStart, partPostcode, partTown, partYear))
	add("birth year, family name", of(partYear, partFamily), refine(partGivenStart, partPostcode, partMonthDay, partTown))
	add("birth year, given name", of(partYear, partGiven), refine(partFamilyStart, partPostcode, partMonthDay, partTown))
	add("beginnings of names, locality", of(partGivenStart, partFamilyStart, partTown), refine(partYear, partMonthDay))
	add("last given name, family name", of(partGivenLast, partFamily), refine(partYear, partPostcode, partMonthDay))
	add("local part", of(partLocal), refine(partYear, partFamilyStart, partGivenStart))
}

// thingKeys are for what has a name of its own and is no person.
func (t *Table) thingKeys(add func(string, []keyPart, []keyPart), of func(...part) []keyPart) {
	rest := t.textParts()
	refine := func(parts ...part) []keyPart { return append(of(parts...), rest...) }
	for i := range t.ids {
		add("end of "+string(t.ids[i].scheme), []keyPart{{partTail, i}}, refine(partGiven, partFamily, partYear))
	}
	if t.schema.Kind == model.Role {
		add("names in either order", of(partNames), refine(partYear, partMonthDay))
		add("family name, start", of(partFamilyStart, partYearMonth), refine(partGivenStart))
		add("given name, start", of(partGivenStart, partYearMonth), refine(partFamilyStart))
	}
	add("address", of(partDoor), refine(partPostcode, partTown))
	add("place on the map", of(partCell), refine(partStreet))
	add("place on the map, shifted", of(partCellShifted), refine(partStreet))
	add("local part", of(partLocal), rest)
	region := t.regionPart()
	for i := range t.texts {
		c := &t.texts[i]
		at := func(p part) keyPart { return keyPart{p, i} }
		switch {
		case c.titled:
			add(c.name, []keyPart{at(partText)}, append(region, refine(partPostcode, partTown, partDoor, partNames)...))
			add("words of "+c.name, nil, append(region, append([]keyPart{at(partRare)}, refine(partPostcode, partTown, partNames)...)...))
		case c.name == "region" || c.few:
			continue // too few values to find anything by
		default:
			add("words of "+c.name, nil, append(region, append([]keyPart{at(partRare)}, refine(partPostcode, partTown, partNames)...)...))
		}
	}
	add("postcode", of(partPostcode), refine(partStreet))
	for i := range t.texts {
		if t.texts[i].titled {
			add("beginning of "+t.texts[i].name, []keyPart{{partStart, i}}, append(region, refine(partPostcode, partTown)...))
			break
		}
	}
	if len(region) > 0 {
		add("region", region, refine(partPostcode))
	}
}

// regionPart is the region, where things are told apart by it.
func (t *Table) regionPart() []keyPart {
	for i := range t.texts {
		if t.texts[i].name == "region" {
			return []keyPart{{partText, i}}
		}
	}
	return nil
}
