package csv

import (
	"maps"
	"slices"
	"strings"

	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// typed reads the options of a field that its property's type gives meaning,
// and refuses those that it does not.
func (b *binder) typed(out *fieldPlan, in at[fieldSpec]) {
	s, l, t := in.spec, in.line, out.row.Type
	for _, option := range []struct {
		name string
		set  bool
		of   []model.ValueType
	}{
		{"scheme", s.Scheme != "", []model.ValueType{model.TypeIdentifier}},
		{"codeList", s.CodeList != "", []model.ValueType{model.TypeCode}},
		{"contact", s.Contact != nil, []model.ValueType{model.TypeContact}},
		{"link", s.Link != nil, []model.ValueType{model.TypeLink}},
		{"address", s.Address != nil, []model.ValueType{model.TypeAddress}},
		{"geometry", s.Geometry != nil, []model.ValueType{model.TypeGeometry}},
		{"format", len(s.Format) > 0, []model.ValueType{model.TypeDate}},
		{"lang", s.Lang != "", []model.ValueType{model.TypeText}},
	} {
		if option.set && !slices.Contains(option.of, t) {
			b.wrong(l, "%s is for a property of type %s, and %s is %s", option.name, option.of[0], s.Property, t)
		}
	}
	if s.Protection != "" && !out.isProtection() {
		b.wrong(l, "protection is for the property protection of a person: %s is another; a link has its own under link", s.Property)
	}
	switch t {
	case model.TypeIdentifier:
		if s.Scheme == "" {
			b.wrong(l, "an identifier without a scheme")
		}
		out.scheme = b.scheme(l, s.Scheme)
	case model.TypeCode:
		if out.codeList = s.CodeList; out.codeList == "" {
			out.codeList = out.row.CodeList
		}
		if out.isProtection() {
			out.flag = b.spelling(l, s.Protection)
		}
		if out.codeList == "" {
			b.wrong(l, "property %s has no code list of its own: name one under codeList", s.Property)
		}
	case model.TypeContact:
		b.contact(out, in)
	case model.TypeLink:
		b.link(out, in)
	case model.TypeAddress:
		b.address(out, in)
	case model.TypeGeometry:
		b.geometry(out, in)
	case model.TypePeriod:
		if out.period == nil {
			b.wrong(l, "property %s is a period: name its columns under period", s.Property)
		}
	}
}

// scheme reads a scheme's name; one that means something only in a source gets
// the source's scope.
func (b *binder) scheme(l line, name string) model.Scheme {
	s := model.Scheme(name)
	if name == "" || name == personalNumber {
		return s
	}
	_, declared := b.schemes[s]
	_, base := b.schemes[s.Base()]
	if !declared && !base && !slices.Contains(model.Schemes(), s.Base()) {
		b.wrong(l, "scheme %q is not one that Kärna knows: declare what it proves under schemes", name)
	}
	if s == model.Reservnummer {
		b.wrong(l, "a reservnummer means something within its region only: write reservnummer/REGION")
	}
	if slices.Contains(scopedBySource, s) {
		return s.Scoped(string(b.plan.source))
	}
	return s
}

var (
	media       = []string{"email", "phone", "web"}
	contactUses = []string{"", "work", "private", "school", "function"}
	addressUses = []string{"folkbokforing", "sarskild-post", "tillfallig", "post", "visit", "location"}
)

func (b *binder) contact(out *fieldPlan, in at[fieldSpec]) {
	if in.spec.Contact != nil {
		out.medium, out.use = in.spec.Contact.spec.Medium, in.spec.Contact.spec.Use
	}
	if out.medium == "" && slices.Contains(media, out.row.Name) {
		out.medium = out.row.Name
	}
	if !slices.Contains(media, out.medium) {
		b.wrong(in.line, "contact: medium %q: want one of %s", out.medium, strings.Join(media, ", "))
	}
	if !slices.Contains(contactUses, out.use) {
		b.wrong(in.line, "contact: use %q: want one of work, private, school, function", out.use)
	}
	ofPerson := out.row.Kind == model.Person || out.row.Kind == model.Role
	if out.medium == "phone" && (out.use == "private" || out.use == "" && ofPerson) {
		b.wrong(in.line, "contact: telephone numbers that are not public are never taken: say use: work, school or function of one that is, or leave the column out")
	}
}

func (b *binder) link(out *fieldPlan, in at[fieldSpec]) {
	if in.spec.Link == nil {
		b.wrong(in.line, "property %s is a link: say under link what it leads to, by key or by scheme", in.spec.Property)
		return
	}
	s, l := in.spec.Link.spec, in.spec.Link.line
	p := &linkPlan{kind: out.row.Range[0], source: b.plan.source, role: s.Role}
	if s.Kind != "" {
		kind, err := model.ParseKind(s.Kind)
		if err != nil {
			b.wrong(l, "%v", err)
		} else if !slices.Contains(out.row.Range, kind) {
			b.wrong(l, "%s leads to no %s", in.spec.Property, kind)
		}
		p.kind = kind
	}
	if s.Source != "" {
		p.source = model.Source(s.Source)
	}
	switch {
	case s.Scheme != "" && (s.Key != "" || s.Source != ""):
		b.wrong(l, "a link by scheme has neither key nor source")
	case s.Scheme != "":
		p.scheme = b.scheme(l, s.Scheme)
		if p.scheme == personalNumber && p.kind != model.Person {
			b.wrong(l, "a link by personal number leads to a person, and this one to kind %s", p.kind)
		}
	case s.Key != "":
		p.key = b.text(l, s.Key)
	case in.spec.Column == "" && in.spec.Template == "":
		b.wrong(l, "a link with neither key nor scheme nor column leads nowhere")
	default:
		p.key = out.from
	}
	if s.Protection != nil {
		if p.kind != model.Person {
			b.wrong(l, "link: protection is for a link to a person")
		}
		if p.scheme == "" && (p.source != b.plan.source || !b.hasPersons) {
			b.wrong(l, "link: a flag on a link by key reaches only persons of the same mapping: link by a scheme, so that it reaches the person")
		}
		f := s.Protection.spec
		p.flag, p.flagged = b.spelling(s.Protection.line, f.Spelling), b.column(s.Protection.line, f.Column)
	}
	out.link = p
}

// spelling finds how a column spells that a person is protected.
func (b *binder) spelling(l line, name string) func(string) normalise.Flag {
	if name == "" {
		return normalise.ProtectionLevel
	}
	read, ok := normalise.ProtectionSpellings[name]
	if !ok {
		read = normalise.ProtectionField(name)
	}
	if read == nil {
		b.wrong(l, "protection %q: want one of %s", name, strings.Join(slices.Sorted(maps.Keys(normalise.ProtectionSpellings)), ", "))
	}
	return read
}

func (b *binder) address(out *fieldPlan, in at[fieldSpec]) {
	if in.spec.Address == nil {
		b.wrong(in.line, "property %s is an address: name the columns of its parts under address", in.spec.Property)
		return
	}
	s, l := in.spec.Address.spec, in.spec.Address.line
	if !slices.Contains(addressUses, s.Use) {
		b.wrong(l, "address: use %q: want one of %s", s.Use, strings.Join(addressUses, ", "))
	}
	p := &addressPlan{use: s.Use}
	for i, name := range []string{s.CareOf, s.Street, s.StreetNumber, s.Entrance, s.Unit, s.PostalCode, s.Locality, s.Municipality, s.County, s.Property, s.Country, s.Full} {
		p.parts[i] = b.text(l, name)
		if out.column < 0 {
			out.column = p.parts[i].first()
		}
	}
	if out.column < 0 {
		b.wrong(l, "an address without a column")
	}
	out.address = p
}

func (b *binder) geometry(out *fieldPlan, in at[fieldSpec]) {
	if in.spec.Geometry == nil {
		b.wrong(in.line, "property %s is a position: name its columns under geometry", in.spec.Property)
		return
	}
	s, l := in.spec.Geometry.spec, in.spec.Geometry.line
	ref, ok := references[s.CRS]
	if !ok && s.CRS != "" {
		b.wrong(l, "geometry: crs %q: want EPSG:4326, EPSG:3006 or EPSG:3067", s.CRS)
	}
	out.point = &pointPlan{b.column(l, s.East), b.column(l, s.North), ref}
	out.column = out.point.east
}

// isProtection tells whether the field says that a person is protected.
func (f *fieldPlan) isProtection() bool { return f.row.ID == ontology.PersonProtection }
