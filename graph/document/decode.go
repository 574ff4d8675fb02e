package document

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/model"
)

// value reads a Value message.
func (r *reader) value(typ protowire.Type) (v model.Value, original string, p model.Period) {
	outer := r.enter(typ)
	var text model.Text
	isText := false
	for r.more() {
		num, typ := r.tag()
		if num <= 11 && (v != nil || isText) {
			r.fail("two values in one")
		}
		switch num {
		case 1:
			isText, text.Text = true, r.text(typ)
		case 2:
			v = r.date(typ)
		case 3:
			v = r.code(typ)
		case 4:
			v = r.identifier(typ)
		case 5:
			v = r.link(typ)
		case 6:
			v = model.Number(r.float(typ))
		case 7:
			v = model.Boolean(r.uint(typ, 1) == 1)
		case 8:
			v = r.address(typ)
		case 9:
			v = r.contact(typ)
		case 10:
			v = r.geometry(typ)
		case 11:
			v = r.period(typ)
		case 12:
			p.From = r.date(typ)
		case 13:
			p.To = r.date(typ)
		case 14:
			original = r.text(typ)
		case 15:
			text.Lang = r.word(typ)
		case 16:
			text.Lang = r.text(typ)
		default:
			r.fail("unknown field of a value")
		}
	}
	r.leave(outer)
	if isText {
		v = text
	}
	if v == nil {
		r.fail("value of no type")
	}
	return v, original, p
}

func (r *reader) code(typ protowire.Type) (v model.Code) {
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			v.Scheme = r.word(typ)
		case 2:
			v.Scheme = r.text(typ)
		case 3:
			v.Notation = r.word(typ)
		case 4:
			v.Notation = r.text(typ)
		default:
			r.fail("unknown field of a code")
		}
	}
	r.leave(outer)
	return v
}

func (r *reader) identifier(typ protowire.Type) (v model.Identifier) {
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			v.Scheme = model.Scheme(r.word(typ))
		case 2:
			v.Scheme += model.Scheme(r.text(typ))
		case 3:
			v.Value = r.text(typ)
		case 4:
			v.Seal = r.id(typ)
		case 5:
			v.Status = model.IdentifierStatus(r.uint(typ, math.MaxUint8))
		default:
			r.fail("unknown field of an identifier")
		}
	}
	r.leave(outer)
	return v
}

func (r *reader) link(typ protowire.Type) (v model.Link) {
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			v.Ref.Key.Source = model.Source(r.text(typ))
		case 2:
			v.Ref.Key.Kind = model.Kind(r.uint(typ, math.MaxUint8))
		case 3:
			v.Ref.Key.LocalID = r.text(typ)
		case 4:
			v.Ref.Kind = model.Kind(r.uint(typ, math.MaxUint8))
		case 5:
			v.Ref.Scheme = model.Scheme(r.word(typ))
		case 6:
			v.Ref.Scheme += model.Scheme(r.text(typ))
		case 7:
			v.Ref.Value = r.text(typ)
		case 8:
			v.To = r.id(typ)
		case 9:
			v.Disclosure = model.Disclosure(r.uint(typ, math.MaxUint8))
		case 10:
			v.Role = r.word(typ)
		case 11:
			v.Role = r.text(typ)
		case 12:
			v.Note = r.text(typ)
		case 13:
			v.Ref.Seal = r.id(typ)
		default:
			r.fail("unknown field of a link")
		}
	}
	r.leave(outer)
	return v
}

func (r *reader) address(typ protowire.Type) (v model.Address) {
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			v.Use = r.word(typ)
		case 2:
			v.Use = r.text(typ)
		case 3:
			v.CareOf = r.text(typ)
		case 4:
			v.Street = r.text(typ)
		case 5:
			v.StreetNumber = r.text(typ)
		case 6:
			v.Entrance = r.text(typ)
		case 7:
			v.Unit = r.text(typ)
		case 8:
			v.PostalCode = r.text(typ)
		case 9:
			v.Locality = r.text(typ)
		case 10:
			v.Municipality = r.text(typ)
		case 11:
			v.County = r.text(typ)
		case 12:
			v.Property = r.text(typ)
		case 13:
			v.Country = r.word(typ)
		case 14:
			v.Country = r.text(typ)
		case 15:
			v.FullAddress = r.text(typ)
		default:
			r.fail("unknown field of an address")
		}
	}
	r.leave(outer)
	return v
}

func (r *reader) contact(typ protowire.Type) (v model.Contact) {
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			v.Medium = r.word(typ)
		case 2:
			v.Medium = r.text(typ)
		case 3:
			v.Use = r.word(typ)
		case 4:
			v.Use = r.text(typ)
		case 5:
			v.Value = r.text(typ)
		default:
			r.fail("unknown field of a contact")
		}
	}
	r.leave(outer)
	return v
}

func (r *reader) geometry(typ protowire.Type) (v model.Geometry) {
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			v.Lon = r.float(typ)
		case 2:
			v.Lat = r.float(typ)
		case 3:
			v.WKT = r.text(typ)
		case 4:
			v.Original = r.text(typ)
		case 5:
			v.CRS = uint32(r.uint(typ, math.MaxUint32))
		default:
			r.fail("unknown field of a geometry")
		}
	}
	r.leave(outer)
	return v
}

func (r *reader) period(typ protowire.Type) (v model.Period) {
	outer := r.enter(typ)
	for r.more() {
		num, typ := r.tag()
		switch num {
		case 1:
			v.From = r.date(typ)
		case 2:
			v.To = r.date(typ)
		default:
			r.fail("unknown field of a period")
		}
	}
	r.leave(outer)
	return v
}
