package match

import (
	"cmp"
	"slices"

	"github.com/karna-registry/karna/model"
)

// later is a value beside the first of its group.
type later struct {
	Said
	group int
	set   int // values of one are said together
	text  string
}

// isJoined tells whether several columns of a meaning are one value: all words of a
// name, a number and its letter.
func isJoined(a Attr) bool {
	switch a {
	case GivenName, FamilyName, BirthName, BirthYear, BirthMonth, BirthDay:
		return true
	}
	return false
}

// place finds the group of each column, and which of several columns of one meaning
// it is.
func (b *Builder) place() {
	t := b.t
	type meaning struct {
		attr  Attr
		index int
	}
	seen := map[meaning]int{}
	for i := range b.targets {
		to := &b.targets[i]
		to.group = -1
		s := t.slotOf(to)
		if s == none {
			continue
		}
		to.group = t.groupOf[s]
		if to.attr == Name {
			to.group = -1
		}
		if !isJoined(to.attr) {
			m := meaning{to.attr, to.index}
			to.set = seen[m]
			seen[m]++
		}
	}
	for i := range b.targets {
		to := &b.targets[i]
		if to.attr == StreetNumber && seen[meaning{Street, 0}] < 2 {
			to.set = 0 // the number and its letter
		}
	}
}

// slotOf is the slot of a row that a column's values go to.
func (t *Table) slotOf(to *target) slot {
	switch to.attr {
	case GivenName, Name:
		return t.given
	case FamilyName, BirthName:
		return t.family
	case BirthDate, BirthYear, BirthMonth, BirthDay:
		return t.birth
	case Sex:
		return t.sex
	case Email:
		return t.email
	case Phone:
		return t.phone
	case Street:
		return t.street
	case StreetNumber:
		return t.number
	case PostalCode:
		return t.postcode
	case Locality:
		return t.locality
	case Region:
		return t.region
	case Northing:
		return t.north
	case Easting:
		return t.east
	case EndDate:
		return t.end
	case Identifier:
		return t.ids[to.index].slot
	case Text:
		return t.texts[to.index].slot
	}
	return none
}

// putLater takes the values beside the first ones.
func (b *Builder) putLater() {
	slices.SortStableFunc(b.later, func(x, y later) int { return cmp.Or(cmp.Compare(x.group, y.group), cmp.Compare(x.set, y.set)) })
	for lo := 0; lo < len(b.later); {
		hi := lo + 1
		for hi < len(b.later) && b.later[hi].group == b.later[lo].group && b.later[hi].set == b.later[lo].set {
			hi++
		}
		b.putTogether(b.later[lo:hi])
		lo = hi
	}
	if b.t.whole != none && b.gather[GivenName] == "" && b.gather[FamilyName] == "" {
		b.putWholeNames()
	}
}

// putTogether takes values that were said together.
func (b *Builder) putTogether(said []later) {
	t := b.t
	row, gathered := b.row, b.gather
	b.row = b.scratch
	clear(b.row)
	clear(b.gather[:])
	born := b.born
	for _, v := range said {
		b.put(&b.targets[v.Column], v.text)
	}
	switch b.targets[said[0].Column].attr {
	case GivenName:
		b.row[t.given] = t.givens.put(b.gather[GivenName])
	case FamilyName, BirthName:
		b.row[t.family] = t.families.put(b.gather[FamilyName] + b.gather[BirthName])
	default:
		b.putContacts()
		b.putAddress()
	}
	cells := make([]uint32, 0, 5)
	for _, s := range t.groups[said[0].group] {
		cell := b.row[s]
		if cell == 0 && said[0].Nth == 0 && b.isShared(s, said[0].set) {
			cell = row[s]
		}
		cells = append(cells, cell)
	}
	b.row, b.gather = row, gathered
	if b.alternative(said[0].group, said[0].Said, cells) && born == 0 && b.born != 0 && t.birth != none && b.row[t.birth] == 0 && t.schema.Kind == model.Person {
		b.row[t.birth] = uint32(b.born)
	}
}

// isShared tells whether a part of an address has fewer columns than there are
// addresses: a table with two streets and one town.
func (b *Builder) isShared(s slot, set int) bool {
	columns := 0
	for i := range b.targets {
		if to := &b.targets[i]; to.attr != Ignored && b.t.slotOf(to) == s {
			columns++
		}
	}
	return columns <= set
}

// putWholeNames takes whole names beside the first, where no column says their
// parts.
func (b *Builder) putWholeNames() {
	t := b.t
	for _, name := range b.names {
		given, family := splitName(name)
		b.alternative(t.groupOf[t.given], Said{}, []uint32{t.givens.put(given)})
		b.alternative(t.groupOf[t.family], Said{}, []uint32{t.families.put(family)})
	}
}

// alternative adds what a record says of a group beside its row, or puts it there
// when nothing is or no more than this says; it is true then. What another value
// says all of is left out.
func (b *Builder) alternative(group int, at Said, cells []uint32) bool {
	t := b.t
	first := make([]uint32, 0, len(cells))
	for _, s := range t.groups[group] {
		first = append(first, b.row[s])
	}
	i := slices.IndexFunc(b.several, func(s several) bool { return s.group == group })
	values := []value{{Said{Column: max(b.origin[group]-1, 0)}, first}}
	if i >= 0 {
		values = b.several[i].values
	}
	if slices.ContainsFunc(values, func(v value) bool { return saysAll(v.cells, cells) }) {
		return false
	}
	leads := saysAll(cells, values[0].cells)
	values = slices.DeleteFunc(values, func(v value) bool { return saysAll(cells, v.cells) })
	if leads {
		values = slices.Insert(values, 0, value{at, cells})
		t.rowWith(b.row, group, values[0])
		b.origin[group] = at.Column + 1
	} else if len(values) < mostValues {
		values = append(values, value{at, cells})
	}
	switch {
	case i >= 0:
		b.several[i].values = values
	case len(values) > 1:
		b.several = append(b.several, several{group, values})
	}
	return leads
}

// saysAll tells whether a value says all that another does.
func saysAll(a, b []uint32) bool {
	for i, cell := range b {
		if cell != 0 && cell != a[i] {
			return false
		}
	}
	return true
}
