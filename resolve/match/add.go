package match

import (
	"strings"

	"github.com/karna-registry/karna/model"
)

// Add adds a record: the values of the schema's columns, empty where nothing is
// said, and the number of the file it came from.
func (b *Builder) Add(source int, values []string) {
	t := b.t
	clear(b.row)
	clear(b.gather[:])
	var birth date
	for i, to := range b.targets {
		if i >= len(values) {
			break
		}
		v := values[i]
		if v == "" {
			continue
		}
		switch to.attr {
		case Ignored:
		case Identifier:
			birth = b.putIdentifier(&t.ids[to.index], v, birth)
		case Text:
			c := &t.texts[to.index]
			if b.row[c.slot] == 0 {
				b.row[c.slot] = c.putColumn(v)
			}
		case Northing, Easting:
			s := t.north
			if to.attr == Easting {
				s = t.east
			}
			b.row[s] = parseCoordinate(v)
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
	b.putNames()
	b.putBirth(birth)
	b.putContacts()
	b.putAddress()
	t.cells = append(t.cells, b.row...)
	t.source = append(t.source, uint8(source))
	t.sources = max(t.sources, source+1)
}

// AddNamed is Add of a record with a name, given as a hash that no other record
// has. It parts the equal ones of very many that say the same, so all records of a
// table have names, or none.
func (b *Builder) AddNamed(source int, values []string, name uint64) {
	b.Add(source, values)
	b.t.named = append(b.t.named, name)
}

func (b *Builder) join(a Attr, v string) {
	if b.gather[a] == "" {
		b.gather[a] = v
	} else if a == GivenName || a == FamilyName || a == StreetNumber {
		b.gather[a] += " " + v
	}
}

func (b *Builder) putIdentifier(ids *identifiers, v string, birth date) date {
	value, valid, born := identifierValue(b.buf[:0], ids.scheme, v)
	b.buf = value[:0]
	if b.row[ids.slot] != 0 {
		return birth
	}
	id := ids.id(value)
	if id != 0 && int(id) == len(ids.valid) {
		ids.valid = append(ids.valid, valid)
	}
	b.row[ids.slot] = id
	if birth == 0 {
		birth = born
	}
	return birth
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

func (b *Builder) putBirth(fromIdentifier date) {
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
		b.row[t.birth] = uint32(fromIdentifier)
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
	if v := b.gather[Street]; v != "" {
		b.buf = appendFolded(b.buf[:0], expandStreet(v))
		street := b.buf
		if b.row[t.number] == 0 {
			var number []byte
			if street, number = splitStreet(b.buf); len(number) > 0 {
				b.row[t.number] = t.numbers.id(number)
			}
		}
		b.row[t.street] = t.streets.putFolded(street)
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
