package match

// mostValues is how many values of one property a record is compared by.
const mostValues = 8

// Said is where a record says a value: in which column of the schema, and as which
// of the values that it was given for it, from 0.
type Said struct {
	Column int `json:"column"`
	Nth    int `json:"nth"`
}

// value is what a record says of one group of slots.
type value struct {
	Said
	cells []uint32 // as the group's slots are
}

// several are the values of one group of which a record has more than one. The
// first is in its row too.
type several struct {
	group  int
	values []value
}

// groupsOf are the table's groups and which of them each slot is in. A group is
// slots that are said together: the parts of an address, the two coordinates of a
// point, and else one slot. Two records are compared by those of their values of a
// group that agree most.
func (t *Table) groupsOf() (groups [][]slot, of []int) {
	of = make([]int, t.stride)
	for i := range of {
		of[i] = -1
	}
	put := func(slots ...slot) {
		var have []slot
		for _, s := range slots {
			if s != none {
				have = append(have, s)
			}
		}
		for _, s := range have {
			of[s] = len(groups)
		}
		if len(have) > 0 {
			groups = append(groups, have)
		}
	}
	put(t.street, t.second, t.number, t.postcode, t.locality, t.region)
	put(t.north, t.east)
	for s := range slot(t.stride) { //nolint:gosec // few
		if of[s] < 0 {
			put(s)
		}
	}
	return groups, of
}

// severalOf are the values of a group that a record has more than one of, or nil.
func (t *Table) severalOf(i, group int) []value {
	if t.more == nil || t.more[i] == 0 {
		return nil
	}
	for _, s := range t.others[t.more[i]-1] {
		if s.group == group {
			return s.values
		}
	}
	return nil
}

// hasSeveral tells whether a record has several values of any group.
func (t *Table) hasSeveral(i int) bool { return t.more != nil && t.more[i] != 0 }

// eachOther calls f with every slot and cell that records say beside their rows.
func (t *Table) eachOther(f func(i int, s slot, cell uint32)) {
	for i, at := range t.more {
		if at == 0 {
			continue
		}
		for _, s := range t.others[at-1] {
			for _, v := range s.values[1:] {
				for j, cell := range v.cells {
					if cell != 0 {
						f(i, t.groups[s.group][j], cell)
					}
				}
			}
		}
	}
}

// rowWith puts a value into a row.
func (t *Table) rowWith(row []uint32, group int, v value) {
	for j, s := range t.groups[group] {
		row[s] = v.cells[j]
	}
}

// mostVariants is how many rows a record has at most under one key.
const mostVariants = 12

// variants is how many rows a record has under a key: one for each way to take one
// of its values of everything that the key is made of.
func (t *Table) variants(k *Key, i int) int {
	if !t.hasSeveral(i) {
		return 1
	}
	n := 1
	for _, g := range k.groups {
		n *= max(1, len(t.severalOf(i, g)))
	}
	return min(n, mostVariants)
}

// variant is one of the rows of a record under a key, made in buf; the first is the
// record's own.
func (t *Table) variant(k *Key, i, number int, buf []uint32) []uint32 {
	if number == 0 {
		return t.row(i)
	}
	row := append(buf[:0], t.row(i)...)
	for _, g := range k.groups {
		if values := t.severalOf(i, g); values != nil {
			t.rowWith(row, g, values[number%len(values)])
			number /= len(values)
		}
	}
	return row
}

// groupsOfKey are the groups that a key's first part is made of.
func (t *Table) groupsOfKey(k *Key) (groups []int) {
	add := func(slots ...slot) {
		for _, s := range slots {
			if s == none {
				continue
			}
			g := t.groupOf[s]
			found := false
			for _, x := range groups {
				found = found || x == g
			}
			if !found {
				groups = append(groups, g)
			}
		}
	}
	parts := k.must
	if k.words != nil {
		parts = append(parts[:len(parts):len(parts)], *k.words)
	}
	for _, p := range parts {
		switch p.part {
		case partIdentifier, partHead, partTail:
			add(t.ids[p.index].slot)
		case partText, partWords, partRare, partStart:
			add(t.texts[p.index].slot)
		case partCell, partCellShifted:
			add(t.north)
		case partEmail, partLocal:
			add(t.email)
		case partPhone:
			add(t.phone)
		case partBirth, partBirthEither, partYear, partYearMonth, partMonthDay:
			add(t.birth)
		case partGiven, partGivenLast, partGivenStart:
			add(t.given)
		case partFamily, partFamilyLast, partFamilyStart:
			add(t.family)
		case partNames:
			add(t.given, t.family)
		case partSex:
			add(t.sex)
		case partPostcode:
			add(t.postcode)
		case partDoor, partStreet, partLines:
			add(t.street)
		case partTown:
			add(t.locality)
		}
	}
	return groups
}

// groupOfComparison is the group that a comparison compares, or -1 if that is none
// of the table's.
func (t *Table) groupOfComparison(k comparison) int {
	s := none
	switch k.sort {
	case byIdentifier:
		s = t.ids[k.index].slot
	case byBirth, byStart:
		s = t.birth
	case byEnd:
		s = t.end
	case bySex:
		s = t.sex
	case byGiven:
		s = t.given
	case byFamily:
		s = t.family
	case byEmail:
		s = t.email
	case byPhone:
		s = t.phone
	case byAddress:
		for _, part := range [...]slot{t.street, t.postcode, t.locality} {
			if s == none {
				s = part
			}
		}
	case byPoint:
		s = t.north
	default:
		s = t.texts[k.index].slot
	}
	if s == none {
		return -1
	}
	return t.groupOf[s]
}
