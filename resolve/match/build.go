package match

import "github.com/karna-registry/karna/model"

// Builder makes a Table, a record at a time.
type Builder struct {
	t       *Table
	targets []target
	buf     []byte
	gather  [attrs]string
	row     []uint32

	// Of values beside the first of their property.
	born    date // as an identifier says
	later   []later
	names   []string  // whole names beside the first
	origin  []int     // by group: the column that says what is in the row, from 1
	several []several // what the record says several things of
	scratch []uint32
}

// target is where a column's values go.
type target struct {
	attr   Attr
	index  int // of an identifier or a text
	layout string
	set    int  // which of several columns of one meaning it is, from 0
	group  int  // of the table; -1 for a whole name
	line   bool // a text that is the second line of an address as well
}

// NewBuilder makes a builder for records of a schema.
func NewBuilder(schema Schema) (*Builder, error) {
	if err := schema.Check(); err != nil {
		return nil, err
	}
	w := newWords()
	t := &Table{
		schema: schema, names: w, givens: newNames(w), families: newNames(w), wholes: newNames(w),
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
	for _, s := range []*slot{&t.given, &t.family, &t.birth, &t.sex, &t.email, &t.phone, &t.street, &t.second, &t.number, &t.postcode, &t.locality, &t.region, &t.north, &t.east, &t.whole, &t.end} {
		*s = none
	}
	person := schema.Kind == model.Person
	named := person || schema.Kind == model.Role // a role is told apart by whose it is
	for _, c := range schema.Columns {
		to := target{attr: c.Attr, layout: c.Layout}
		name := c.Name
		if name == "" {
			name = c.Attr.String()
		}
		asText := func(titled bool, name string) {
			to.attr, to.index = Text, b.text(name, titled)
		}
		switch c.Attr {
		case GivenName, FamilyName, BirthName:
			switch {
			case !named:
				asText(true, name)
			case c.Attr == GivenName:
				t.given = take(GivenName)
			case c.Attr == BirthName:
				t.family, t.whole = take(FamilyName), take(Name)
			default:
				t.family = take(FamilyName)
			}
		case Name:
			if person {
				t.given, t.family, t.whole = take(GivenName), take(FamilyName), take(Name)
			} else {
				asText(true, "name")
			}
		case BirthDate, BirthYear, BirthMonth, BirthDay:
			if person {
				t.birth = take(BirthDate)
			} else {
				asText(false, name)
			}
		case StartDate:
			if schema.Kind == model.Role {
				to.attr, t.birth = BirthDate, take(BirthDate)
			} else {
				asText(false, name)
			}
		case EndDate:
			if schema.Kind == model.Role {
				t.end = take(EndDate)
			} else {
				asText(false, name)
			}
		case Sex:
			if person {
				t.sex = take(Sex)
			} else {
				asText(false, name)
			}
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
			if person {
				t.region = take(Region)
			} else {
				asText(false, "region")
			}
		case Northing:
			t.north, t.east = take(Northing), take(Easting)
		case Easting:
			t.north, t.east = take(Northing), take(Easting)
		case Identifier:
			if c.Scheme.Base() == model.Fastighet {
				asText(true, designation)
			} else {
				to.index = b.identifier(c.Scheme)
			}
		case Title:
			asText(true, name)
		case CareOf:
			to.line = person
			asText(false, name)
		case Text:
			asText(false, name)
		}
		b.targets = append(b.targets, to)
	}
	for i := range b.targets {
		to := &b.targets[i]
		if to.line = to.line && t.street != none; to.line {
			t.second = take(CareOf)
			t.texts[to.index].line = true
		}
	}
	// A personal number says when its holder was born.
	for i := range t.ids {
		if isPersonal(t.ids[i].scheme) && t.birth == none && person {
			t.birth = take(BirthDate)
		}
	}
	b.row, b.scratch = make([]uint32, t.stride), make([]uint32, t.stride)
	t.groups, t.groupOf = t.groupsOf()
	b.origin = make([]int, len(t.groups))
	b.place()
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
	// What two people hold is two roles, so what tells people apart tells roles
	// apart; one person may hold several.
	separates := identifies || b.t.schema.Kind == model.Role && proof.Identifies(model.Person)
	group := len(b.t.ids)
	for i := range b.t.ids {
		if other := b.t.schema.proofOf(b.t.ids[i].scheme); other.Exclusive != "" && other.Exclusive == proof.Exclusive {
			group = b.t.ids[i].group
			break
		}
	}
	b.t.ids = append(b.t.ids, identifiers{
		dict: newDict(), scheme: s, valid: []bool{false}, exclusive: separates && proof.Exclusive != "", group: group, unique: identifies && proof.Unique,
		slot: slot(b.t.stride),
	})
	b.t.stride++
	return len(b.t.ids) - 1
}

func (b *Builder) text(name string, titled bool) int {
	for i := range b.t.texts {
		if b.t.texts[i].name == name {
			return i
		}
	}
	c := textColumn{texts: newTexts(), name: name, slot: slot(b.t.stride), titled: titled}
	if titled {
		c.lexicon, c.titles = lexiconOf(b.t.schema.Kind, name), []title{{}}
	}
	b.t.texts = append(b.t.texts, c)
	b.t.stride++
	return len(b.t.texts) - 1
}
