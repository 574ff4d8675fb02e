package resolve

import (
	"cmp"
	"strings"
	"unicode"

	"github.com/karna-registry/karna/model"
)

// formOf is what a value is compared by: values that mean the same have the
// same form. Addresses are folded in case and spacing, identifiers are their
// scheme and value, links what they lead to and in which role, geometries where
// they lie.
func formOf(v model.Value) model.Value {
	switch v := v.(type) {
	case model.Address:
		return foldedAddress(v)
	case model.Identifier:
		f := model.Identifier{Scheme: v.Scheme, Value: v.Value}
		if v.Value == "" {
			f.Seal = v.Seal
		}
		return f
	case model.Link:
		f := model.Link{To: v.To, Role: v.Role}
		if v.To.IsZero() {
			f.Ref = v.Ref
			if f.Ref.Value != "" {
				f.Ref.Seal = model.EntityID{}
			}
		}
		return f
	case model.Geometry:
		return model.Geometry{Lon: v.Lon + 0, Lat: v.Lat + 0, WKT: v.WKT}
	}
	return v
}

func foldedAddress(a model.Address) model.Address {
	for _, part := range []*string{
		&a.Use, &a.CareOf, &a.Street, &a.StreetNumber, &a.Entrance, &a.Unit, &a.Locality, &a.Municipality, &a.County, &a.Property,
		&a.Country, &a.FullAddress,
	} {
		*part = foldedSpacing(*part)
	}
	a.PostalCode = strings.ReplaceAll(foldedSpacing(a.PostalCode), " ", "")
	a.StreetNumber = strings.ReplaceAll(a.StreetNumber, " ", "")
	return a
}

// foldedSpacing is s in lower case with single spaces between its words.
func foldedSpacing(s string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 0x80 || 'A' <= c && c <= 'Z' || c <= ' ' && (c != ' ' || i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = b.Len() > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(unicode.ToLower(unicode.ToUpper(r)))
	}
	return b.String()
}

// compareValues is a total order of values: by type, then by their parts in
// byte order. It decides where nothing else does.
func compareValues(a, b model.Value) int {
	if c := cmp.Compare(a.Type(), b.Type()); c != 0 {
		return c
	}
	switch a := a.(type) {
	case model.Text:
		b := b.(model.Text)
		return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Lang, b.Lang))
	case model.Date:
		return compareDates(a, b.(model.Date))
	case model.Code:
		b := b.(model.Code)
		return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Notation, b.Notation))
	case model.Number:
		return cmp.Compare(a, b.(model.Number))
	case model.Boolean:
		// True before false: it is said, where false may be a default.
		switch b := b.(model.Boolean); {
		case a == b:
			return 0
		case bool(a):
			return -1
		}
		return 1
	case model.Identifier:
		b := b.(model.Identifier)
		return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Status, b.Status), a.Seal.Compare(b.Seal))
	case model.Link:
		return compareLinks(a, b.(model.Link))
	case model.Address:
		return compareAddresses(a, b.(model.Address))
	case model.Contact:
		b := b.(model.Contact)
		return cmp.Or(cmp.Compare(a.Medium, b.Medium), cmp.Compare(a.Use, b.Use), cmp.Compare(a.Value, b.Value))
	case model.Geometry:
		b := b.(model.Geometry)
		return cmp.Or(cmp.Compare(a.Lon, b.Lon), cmp.Compare(a.Lat, b.Lat), cmp.Compare(a.WKT, b.WKT),
			cmp.Compare(a.Original, b.Original), cmp.Compare(a.CRS, b.CRS))
	case model.Period:
		b := b.(model.Period)
		return cmp.Or(comparePeriods(a, b), compareBounds(a, b))
	}
	return 0
}

func compareLinks(a, b model.Link) int {
	return cmp.Or(a.To.Compare(b.To), a.Ref.Key.Compare(b.Ref.Key), cmp.Compare(a.Ref.Kind, b.Ref.Kind),
		cmp.Compare(a.Ref.Scheme, b.Ref.Scheme), cmp.Compare(a.Ref.Value, b.Ref.Value), a.Ref.Seal.Compare(b.Ref.Seal),
		cmp.Compare(a.Role, b.Role), cmp.Compare(a.Note, b.Note), cmp.Compare(a.Disclosure, b.Disclosure))
}

func compareAddresses(a, b model.Address) int {
	return cmp.Or(cmp.Compare(a.Use, b.Use), cmp.Compare(a.Country, b.Country), cmp.Compare(a.Locality, b.Locality),
		cmp.Compare(a.PostalCode, b.PostalCode), cmp.Compare(a.Street, b.Street), cmp.Compare(a.StreetNumber, b.StreetNumber),
		cmp.Compare(a.Entrance, b.Entrance), cmp.Compare(a.Unit, b.Unit), cmp.Compare(a.CareOf, b.CareOf),
		cmp.Compare(a.Municipality, b.Municipality), cmp.Compare(a.County, b.County), cmp.Compare(a.Property, b.Property),
		cmp.Compare(a.FullAddress, b.FullAddress))
}
