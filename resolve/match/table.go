package match

import (
	"strings"

	"github.com/karna-registry/karna/model"
)

// slot is a place in a row of the table; none is -1.
type slot int

const none slot = -1

// identifiers are the values of one scheme.
type identifiers struct {
	*dict
	scheme    model.Scheme
	valid     []bool // by value: it passed its rule
	exclusive bool
	unique    bool
	slot      slot
}

// textColumn is a property without a meaning of its own.
type textColumn struct {
	*texts
	name string
	slot slot
}

// Table is records as interned values: a row of numbers each. It is made by a
// Builder and does not change.
type Table struct {
	schema Schema
	stride int
	cells  []uint32
	source []uint8
	hashes []uint64 // of what each record says, whatever order it came in

	hashOf                                     [][]uint64 // by slot and value
	wordHash, soundHash, startHash             []uint64   // by word
	given, family, birth, sex, email, phone    slot
	street, number, postcode, locality, region slot
	names                                      *words
	givens, families                           *names
	emails, locals, phones, numbers, postcodes *dict
	localOf                                    []uint32 // e-mail to its local part
	streets, localities, regions               *texts
	ids                                        []identifiers
	texts                                      []textColumn
	births                                     map[uint32]uint32
	sources                                    int
}

// Len is the number of records.
func (t *Table) Len() int { return len(t.source) }

// Sources is the number of files the records came from.
func (t *Table) Sources() int { return t.sources }

// Source is the file that a record came from.
func (t *Table) Source(i int) int { return int(t.source[i]) }

func (t *Table) row(i int) []uint32 { return t.cells[i*t.stride : i*t.stride+t.stride] }

// Builder makes a Table, a record at a time.
type Builder struct {
	t       *Table
	targets []target
	buf     []byte
	gather  [attrs]string
	row     []uint32
}

// target is where a column's values go.
type target struct {
	attr   Attr
	index  int // of an identifier or a text
	layout string
}

// NewBuilder makes a builder for records of a schema.
func NewBuilder(schema Schema) (*Builder, error) {
	if err := schema.Check(); err != nil {
		return nil, err
	}
	w := newWords()
	t := &Table{
		schema: schema, names: w, givens: newNames(w), families: newNames(w),
		emails: newDict(), locals: newDict(), phones: newDict(), numbers: newDict(), postcodes: newDict(),
		localOf: []uint32{0}, streets: newTexts(), localities: newTexts(), regions: newTexts(),
	}
	b := &Builder{t: t}
	slots := map[Attr]slot{}
	take := func(a Attr) slot {
		if s, ok := slots[a]; ok {
			return s
		}
		s := slot(t.stride)
		slots[a] = s
		t.stride++
		return s
	}
	for _, s := range []*slot{&t.given, &t.family, &t.birth, &t.sex, &t.email, &t.phone, &t.street, &t.number, &t.postcode, &t.locality, &t.region} {
		*s = none
	}
	person := schema.Kind == model.Person
	for _, c := range schema.Columns {
		to := target{attr: c.Attr, layout: c.Layout}
		attr := c.Attr
		if !person {
			switch attr {
			case GivenName, FamilyName, BirthName, BirthYear, BirthMonth, BirthDay, Sex:
				attr = Text
			}
		}
		switch attr {
		case GivenName:
			t.given = take(GivenName)
		case FamilyName, BirthName:
			t.family = take(FamilyName)
		case Name:
			if person {
				t.given, t.family = take(GivenName), take(FamilyName)
				break
			}
			to.index = b.text("name", take(Name))
		case BirthDate, BirthYear, BirthMonth, BirthDay:
			t.birth = take(BirthDate)
		case Sex:
			t.sex = take(Sex)
		case Email:
			t.email = take(Email)
		case Phone:
			t.phone = take(Phone)
		case Street:
			t.street, t.number = take(Street), take(StreetNumber)
		case StreetNumber:
			t.number = take(StreetNumber)
		case PostalCode:
			t.postcode = take(PostalCode)
		case Locality:
			t.locality = take(Locality)
		case Region:
			t.region = take(Region)
		case Identifier:
			to.index = b.identifier(c.Scheme)
		case Text, CareOf:
			name := c.Name
			if name == "" {
				name = attr.String()
			}
			to.attr, to.index = Text, b.text(name, none)
		}
		if attr == Text {
			to.attr = Text
		}
		b.targets = append(b.targets, to)
	}
	// A personal number says when its holder was born.
	for i := range t.ids {
		if isPersonal(t.ids[i].scheme) && t.birth == none && person {
			t.birth = take(BirthDate)
		}
	}
	b.row = make([]uint32, t.stride)
	t.births = map[uint32]uint32{}
	return b, nil
}

func isPersonal(s model.Scheme) bool {
	switch s.Base() {
	case model.Personnummer, model.Samordningsnummer, model.Hetu, model.TFNummer:
		return true
	}
	return false
}

func (b *Builder) identifier(s model.Scheme) int {
	for i := range b.t.ids {
		if b.t.ids[i].scheme == s {
			return i
		}
	}
	proof := b.t.schema.proofOf(s)
	identifies := proof.Identifies(b.t.schema.Kind)
	b.t.ids = append(b.t.ids, identifiers{
		dict: newDict(), scheme: s, valid: []bool{false}, exclusive: identifies && proof.Exclusive != "", unique: identifies && proof.Unique,
		slot: slot(b.t.stride),
	})
	b.t.stride++
	return len(b.t.ids) - 1
}

func (b *Builder) text(name string, at slot) int {
	for i := range b.t.texts {
		if b.t.texts[i].name == name {
			return i
		}
	}
	if at == none {
		at = slot(b.t.stride)
		b.t.stride++
	}
	b.t.texts = append(b.t.texts, textColumn{newTexts(), name, at})
	return len(b.t.texts) - 1
}

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
				b.row[c.slot] = c.put(v)
			}
		case BirthDate:
			if d := parseDate(v, to.layout); d != 0 {
				b.row[t.birth] = uint32(d)
			}
		case Name:
			if t.schema.Kind != model.Person {
				c := &t.texts[to.index]
				if b.row[c.slot] == 0 {
					b.row[c.slot] = c.put(v)
				}
				continue
			}
			b.join(to.attr, v)
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
	if t.birth == none {
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
		b.buf = appendFolded(b.buf[:0], v)
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
