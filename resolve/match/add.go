package match

import (
	"strings"

	"github.com/karna-registry/karna/model"
)

// Add adds a record: the values of the schema's columns, empty where nothing is
// said, and the number of the file it came from. Of several columns of one meaning
// each is a value of its own, but for given and family names, whose words are taken
// together; the nth columns of an address's parts are one address.
func (b *Builder) Add(source int, values []string) {
	b.begin()
	for i, v := range values[:min(len(values), len(b.targets))] {
		if v != "" {
			b.say(i, 0, v)
		}
	}
	b.end(source)
}

// AddNamed adds a record that may say several things in each column, what is to be
// told of it first: the nth values of the columns of an address are one address. The
// record has a name, given as a hash that no other record has. It parts the equal
// ones of very many that say the same, so all records of a table have names, or
// none.
func (b *Builder) AddNamed(source int, values [][]string, name uint64) {
	b.begin()
	for i, list := range values {
		for n, v := range list {
			if v != "" {
				b.say(i, n, v)
			}
		}
	}
	b.end(source)
	b.t.named = append(b.t.named, name)
}

func (b *Builder) begin() {
	clear(b.row)
	clear(b.gather[:])
	clear(b.origin)
	b.born, b.later, b.names, b.several = 0, b.later[:0], b.names[:0], nil
}

// say takes a value: of a group the first ones into the row, others for later.
func (b *Builder) say(column, nth int, v string) {
	to := &b.targets[column]
	if to.attr == Ignored {
		return
	}
	if to.group < 0 { // a whole name
		if b.gather[Name] == "" {
			b.gather[Name] = v
		} else {
			b.names = append(b.names, v)
		}
		return
	}
	if set := to.set + nth; set > 0 {
		if nth > 0 && isJoined(to.attr) {
			set = nth<<8 + column
		}
		b.later = append(b.later, later{Said{column, nth}, to.group, set, v})
		return
	}
	if b.origin[to.group] == 0 {
		b.origin[to.group] = column + 1
	}
	b.put(to, v)
}

// put takes a value into the row, or into what is gathered for it.
func (b *Builder) put(to *target, v string) {
	t := b.t
	switch to.attr {
	case Identifier:
		b.putIdentifier(&t.ids[to.index], v)
	case Text:
		c := &t.texts[to.index]
		b.row[c.slot] = c.putColumn(v)
		if to.line {
			b.join(CareOf, v)
		}
	case Northing:
		b.row[t.north] = parseCoordinate(v)
	case Easting:
		b.row[t.east] = parseCoordinate(v)
	case EndDate:
		if d := parseDate(v, to.layout); d != 0 {
			b.row[t.end] = uint32(d)
		}
	case BirthDate:
		if d := parseDate(v, to.layout); d != 0 {
			b.row[t.birth] = uint32(d)
		}
	default:
		b.join(to.attr, v)
	}
}

func (b *Builder) end(source int) {
	t := b.t
	b.putNames()
	b.putBirth()
	b.putContacts()
	b.putAddress()
	b.putLater()
	i := t.Len()
	t.cells = append(t.cells, b.row...)
	t.source = append(t.source, uint8(source))
	t.sources = max(t.sources, source+1)
	switch {
	case b.several != nil:
		if t.more == nil {
			t.more = make([]uint32, i)
		}
		t.others = append(t.others, b.several)
		t.more = append(t.more, uint32(len(t.others)))
	case t.more != nil:
		t.more = append(t.more, 0)
	}
}

func (b *Builder) join(a Attr, v string) {
	if b.gather[a] == "" {
		b.gather[a] = v
	} else if a == GivenName || a == FamilyName || a == StreetNumber {
		b.gather[a] += " " + v
	}
}

func (b *Builder) putIdentifier(ids *identifiers, v string) {
	value, valid, born := identifierValue(b.buf[:0], ids.scheme, v)
	b.buf = value[:0]
	id := ids.id(value)
	if id != 0 && int(id) == len(ids.valid) {
		ids.valid = append(ids.valid, valid)
	}
	b.row[ids.slot] = id
	if b.born == 0 {
		b.born = born
	}
}

func (b *Builder) putNames() {
	t := b.t
	given, family := b.gather[GivenName], b.gather[FamilyName]
	if family == "" {
		family = b.gather[BirthName]
	}
	if whole := b.gather[Name]; whole != "" && (given == "" && family == "") {
		given, family = splitName(whole)
	}
	if t.whole != none {
		whole := b.gather[Name]
		for _, more := range b.names {
			whole += " " + more
		}
		if b.gather[BirthName] != "" {
			whole += " " + b.gather[BirthName]
		}
		b.row[t.whole] = t.wholes.put(whole)
	}
	if t.given != none {
		b.row[t.given] = t.givens.put(given)
	}
	if t.family != none {
		b.row[t.family] = t.families.put(family)
	}
}

// splitName parts a whole name: "Berg, Anna Maria" at the comma, else before the
// last word.
func splitName(s string) (given, family string) {
	if f, g, ok := strings.Cut(s, ","); ok {
		return g, f
	}
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, ' '); i > 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}

func (b *Builder) putBirth() {
	t := b.t
	if t.birth == none || t.schema.Kind != model.Person {
		return
	}
	if y := b.gather[BirthYear]; y != "" && b.row[t.birth] == 0 {
		if d := parseDate(y, ""); d != 0 {
			b.row[t.birth] = uint32(packDate(d.year(), min(smallNumber(b.gather[BirthMonth]), 12), min(smallNumber(b.gather[BirthDay]), 31)))
		}
	}
	if b.row[t.birth] == 0 {
		b.row[t.birth] = uint32(b.born)
	}
}

func smallNumber(s string) int {
	n := 0
	for i := range len(s) {
		if isDigit(s[i]) && n < 1000 {
			n = n*10 + int(s[i]-'0')
		}
	}
	return n
}

func (b *Builder) putContacts() {
	t := b.t
	if t.sex != none {
		b.row[t.sex] = parseSex(b.gather[Sex])
	}
	if v := b.gather[Email]; v != "" {
		b.buf = appendEmail(b.buf[:0], v)
		id := t.emails.id(b.buf)
		if int(id) == len(t.localOf) {
			local, _, _ := strings.Cut(t.emails.text(id), "@")
			t.localOf = append(t.localOf, t.locals.id([]byte(local)))
		}
		b.row[t.email] = id
	}
	if v := b.gather[Phone]; v != "" {
		b.buf = appendPhone(b.buf[:0], v)
		b.row[t.phone] = t.phones.id(b.buf)
	}
}

func (b *Builder) putAddress() {
	t := b.t
	if v := b.gather[StreetNumber]; v != "" {
		b.buf = appendFolded(b.buf[:0], v)
		b.row[t.number] = t.numbers.id(compactNumber(b.buf))
	}
	numbered := t.number != none && b.row[t.number] != 0
	line := func(v string) (id uint32, number []byte) {
		b.buf = appendFolded(b.buf[:0], expandStreet(v))
		street := b.buf
		if !numbered {
			street, number = splitStreet(b.buf)
		}
		return t.streets.putFolded(street), number
	}
	if v := b.gather[Street]; v != "" {
		var number []byte
		if b.row[t.street], number = line(v); len(number) > 0 {
			b.row[t.number] = t.numbers.id(number)
		}
	}
	if v := b.gather[CareOf]; v != "" {
		b.row[t.second], _ = line(v)
	}
	if v := b.gather[PostalCode]; v != "" {
		b.buf = b.buf[:0]
		for i := range len(v) {
			switch c := v[i]; {
			case isDigit(c), 'a' <= c && c <= 'z':
				b.buf = append(b.buf, c)
			case 'A' <= c && c <= 'Z':
				b.buf = append(b.buf, c+'a'-'A')
			}
		}
		b.row[t.postcode] = t.postcodes.id(b.buf)
	}
	if v := b.gather[Locality]; v != "" {
		b.row[t.locality] = t.localities.put(v)
	}
	if v := b.gather[Region]; v != "" {
		b.row[t.region] = t.regions.put(v)
	}
}

// Table is the table of what was added; the builder is done.
func (b *Builder) Table() *Table {
	t := b.t
	b.t = nil
	t.count()
	t.hash()
	return t
}
