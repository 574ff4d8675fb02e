package gql

import (
	"fmt"
	"strconv"

	"github.com/karna-registry/karna/model"
)

// Value is a value with its type: one of the types below.
type Value interface{ IsValue() }

// LocalizedText is a text in a language.
type LocalizedText struct {
	Text string
	Lang Optional
}

// Identifier is a value of a scheme as the caller may see it.
type Identifier struct {
	Scheme string
	Value  Optional
	Masked bool
	Status IdentifierStatus
}

// Period is valid time.
type Period model.Period

// Contact is a way to reach someone.
type Contact struct {
	Medium string
	Use    Optional
	Value  string
}

// Geometry is a position or outline.
type Geometry struct{ v model.Geometry }

// Lon is the longitude in degrees.
func (g *Geometry) Lon() float64 { return g.v.Lon }

// Lat is the latitude in degrees.
func (g *Geometry) Lat() float64 { return g.v.Lat }

// Wkt is the well-known text.
func (g *Geometry) Wkt() string {
	if g.v.WKT != "" {
		return g.v.WKT
	}
	b := append(make([]byte, 0, 48), "POINT ("...)
	b = strconv.AppendFloat(b, g.v.Lon, 'f', -1, 64)
	b = append(b, ' ')
	b = strconv.AppendFloat(b, g.v.Lat, 'f', -1, 64)
	return string(append(b, ')'))
}

// Original is the position as the source stated it.
func (g *Geometry) Original() Optional { return Optional(g.v.Original) }

// Crs is the EPSG number of the source's system.
func (g *Geometry) Crs() *int {
	if g.v.CRS == 0 {
		return nil
	}
	n := int(g.v.CRS)
	return &n
}

// Address is an address in parts.
type Address struct {
	Use          Optional
	CareOf       Optional
	Street       Optional
	StreetNumber Optional
	Entrance     Optional
	Unit         Optional
	PostalCode   Optional
	Locality     Optional
	Municipality Optional
	County       Optional
	Property     Optional
	Country      Optional
	FullAddress  Optional
}

func addressOf(a model.Address) Address {
	return Address{
		Use: Optional(a.Use), CareOf: Optional(a.CareOf), Street: Optional(a.Street), StreetNumber: Optional(a.StreetNumber),
		Entrance: Optional(a.Entrance), Unit: Optional(a.Unit), PostalCode: Optional(a.PostalCode), Locality: Optional(a.Locality),
		Municipality: Optional(a.Municipality), County: Optional(a.County), Property: Optional(a.Property), Country: Optional(a.Country),
		FullAddress: Optional(a.FullAddress),
	}
}

// DateValue is a date as a value.
type DateValue struct{ Date model.Date }

// NumberValue is a number as a value.
type NumberValue struct{ Number float64 }

// BooleanValue is true or false as a value.
type BooleanValue struct{ Boolean bool }

// LinkValue is a link as a value.
type LinkValue struct{ link }

// Target is the record referred to, or nil.
func (l *LinkValue) Target() (GoldenRecord, error) {
	e, err := l.entity()
	return l.q.wrap(e), err
}

// IsValue marks the types of the union.
func (LocalizedText) IsValue() {}

// IsValue marks the types of the union.
func (DateValue) IsValue() {}

// IsValue marks the types of the union.
func (Code) IsValue() {}

// IsValue marks the types of the union.
func (Identifier) IsValue() {}

// IsValue marks the types of the union.
func (LinkValue) IsValue() {}

// IsValue marks the types of the union.
func (NumberValue) IsValue() {}

// IsValue marks the types of the union.
func (BooleanValue) IsValue() {}

// IsValue marks the types of the union.
func (Address) IsValue() {}

// IsValue marks the types of the union.
func (Contact) IsValue() {}

// IsValue marks the types of the union.
func (Geometry) IsValue() {}

// IsValue marks the types of the union.
func (Period) IsValue() {}

// valueOf is a model value as its GraphQL type. The period is the statement's.
func (q *query) valueOf(v model.Value, period model.Period) Value {
	switch v := v.(type) {
	case model.Text:
		return &LocalizedText{v.Text, Optional(v.Lang)}
	case model.Date:
		return &DateValue{v}
	case model.Code:
		return &Code{q, v}
	case model.Identifier:
		id := identifierOf(v)
		return &id
	case model.Link:
		return &LinkValue{link{q, v, period}}
	case model.Number:
		return &NumberValue{float64(v)}
	case model.Boolean:
		return &BooleanValue{bool(v)}
	case model.Address:
		a := addressOf(v)
		return &a
	case model.Contact:
		return &Contact{v.Medium, Optional(v.Use), v.Value}
	case model.Geometry:
		return &Geometry{v}
	case model.Period:
		p := Period(v)
		return &p
	}
	panic(fmt.Sprintf("graph/gql: a value of type %T has no GraphQL type", v))
}

// textOf is a value as text, for people and for clients that do not care for
// its type.
func textOf(v model.Value) string {
	switch v := v.(type) {
	case model.Text:
		return v.Text
	case model.Date:
		return v.String()
	case model.Code:
		return v.Notation
	case model.Identifier:
		return v.Value
	case model.Link:
		if v.To.IsZero() {
			return ""
		}
		return v.To.String()
	case model.Number:
		return strconv.FormatFloat(float64(v), 'f', -1, 64)
	case model.Boolean:
		return strconv.FormatBool(bool(v))
	case model.Address:
		return addressText(v)
	case model.Contact:
		return v.Value
	case model.Geometry:
		return (&Geometry{v}).Wkt()
	case model.Period:
		return v.String()
	}
	panic(fmt.Sprintf("graph/gql: a value of type %T has no text", v))
}

// addressText is an address on one line as an envelope has it.
func addressText(a model.Address) string {
	if a.FullAddress != "" {
		return a.FullAddress
	}
	var line []byte
	add := func(before, s string) {
		if s == "" {
			return
		}
		if len(line) > 0 {
			line = append(line, before...)
		}
		line = append(line, s...)
	}
	if a.CareOf != "" {
		add("", "c/o "+a.CareOf)
	}
	add(", ", a.Street)
	add(" ", a.StreetNumber)
	if a.Entrance != "" {
		add(" ", a.Entrance)
	}
	if a.Unit != "" {
		add(" ", "lgh "+a.Unit)
	}
	add(", ", a.PostalCode)
	add(" ", a.Locality)
	add(", ", a.Property)
	add(", ", a.Country)
	return string(line)
}
