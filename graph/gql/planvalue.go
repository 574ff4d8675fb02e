package gql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// property compiles a property by its row of the table; nil for one that leads
// to other records.
func (c *compiler) property(p *ontology.Property, g *golden, f graphql.CollectedField) appender[*record] {
	id := p.ID
	// Texts are narrowed by language, identifiers by scheme.
	var only operand
	if !c.arguments(f, map[string]*operand{"lang": &only, "scheme": &only}) {
		return nil
	}
	switch {
	case p.Localized:
		return many(c, f, localizedTextImplementors, localizedFields, func(n *record) []LocalizedText { return n.localized(id, n.x.get(only).string()) })
	case p.Type == model.TypeIdentifier && p.Many:
		return many(c, f, identifierImplementors, identifierFields, func(n *record) []Identifier { return n.identifiers(id, n.x.get(only).string()) })
	case len(f.Arguments) > 0:
		return nil
	case p.Type == model.TypeCode:
		return c.code(p, g, f)
	case p.Many:
		return c.properties(p, f)
	}
	switch p.Type {
	case model.TypeText:
		return func(b []byte, n *record) []byte { return appendOptional(b, n.text(id)) }
	case model.TypeDate:
		return func(b []byte, n *record) []byte { return appendDate(b, n.date(id)) }
	case model.TypeNumber:
		return func(b []byte, n *record) []byte {
			if v := n.number(id); v != nil {
				return appendFloat(b, *v)
			}
			return append(b, "null"...)
		}
	case model.TypeBoolean:
		return func(b []byte, n *record) []byte {
			if v := n.boolean(id); v != nil {
				return strconv.AppendBool(b, *v)
			}
			return append(b, "null"...)
		}
	case model.TypeGeometry:
		return one(c, f, geometryImplementors, geometryFields, func(n *record) *Geometry { return n.geometry(id) })
	case model.TypePeriod:
		return one(c, f, periodImplementors, periodFields, func(n *record) *Period { return n.interval(id) })
	}
	return nil
}

// properties is property of what can have many values.
func (c *compiler) properties(p *ontology.Property, f graphql.CollectedField) appender[*record] {
	id := p.ID
	switch p.Type {
	case model.TypeText:
		return func(b []byte, n *record) []byte {
			b = append(b, '[')
			for i, t := range n.texts(id) {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendQuoted(b, t)
			}
			return append(b, ']')
		}
	case model.TypeAddress:
		return many(c, f, addressImplementors, addressFields, func(n *record) []Address { return n.addresses(id) })
	case model.TypeContact:
		return many(c, f, contactImplementors, contactFields, func(n *record) []Contact { return n.contacts(id) })
	}
	return nil
}

// recordCode is a code of a record.
type recordCode struct {
	*Code
	x *running
}

// code compiles a code property. The reference data behind its labels is read
// ahead.
func (c *compiler) code(p *ontology.Property, g *golden, f graphql.CollectedField) appender[*record] {
	labels := false
	o, ok := compileObject(c, f.Selections, codeImplementors, func(f graphql.CollectedField) appender[recordCode] {
		switch {
		case f.Name == "label":
			labels = true
			return c.label(f)
		case len(f.Arguments) > 0:
		case f.Name == "scheme":
			return func(b []byte, c recordCode) []byte { return appendQuoted(b, c.Scheme()) }
		case f.Name == "notation":
			return func(b []byte, c recordCode) []byte { return appendQuoted(b, c.Notation()) }
		}
		return nil
	})
	if !ok {
		return nil
	}
	if labels {
		g.labelled(p.ID)
	}
	id := p.ID
	if p.Many {
		size := c.size(f)
		return func(b []byte, n *record) []byte {
			codes := n.codes(id)
			n.q.spend(len(codes), size)
			return o.list(b, len(codes), func(i int) recordCode { return recordCode{&codes[i], n.x} })
		}
	}
	return func(b []byte, n *record) []byte {
		if v := n.code(id); v != nil {
			return o.append(b, recordCode{v, n.x})
		}
		return append(b, "null"...)
	}
}

func (c *compiler) label(f graphql.CollectedField) appender[recordCode] {
	var lang operand
	if !c.arguments(f, map[string]*operand{"lang": &lang}) {
		return nil
	}
	return func(b []byte, c recordCode) []byte {
		label, err := c.Label(c.x.get(lang).string())
		if err != nil {
			panic(err) // it was not read ahead: the executor tries
		}
		return appendOptional(b, label)
	}
}

// one compiles a field with one value, null for nil.
func one[T any](c *compiler, f graphql.CollectedField, implementors []string, fields map[string]appender[*T], value func(*record) *T) appender[*record] {
	o, ok := selection(c, f, implementors, fields)
	if !ok {
		return nil
	}
	return func(b []byte, n *record) []byte {
		if v := value(n); v != nil {
			return o.append(b, v)
		}
		return append(b, "null"...)
	}
}

// many compiles a field with a list of values.
func many[T any](c *compiler, f graphql.CollectedField, implementors []string, fields map[string]appender[*T], values func(*record) []T) appender[*record] {
	o, ok := selection(c, f, implementors, fields)
	if !ok {
		return nil
	}
	size := c.size(f)
	return func(b []byte, n *record) []byte {
		all := values(n)
		n.q.spend(len(all), size)
		return o.list(b, len(all), func(i int) *T { return &all[i] })
	}
}

func selection[T any](c *compiler, f graphql.CollectedField, implementors []string, fields map[string]appender[*T]) (object[*T], bool) {
	return compileObject(c, f.Selections, implementors, func(f graphql.CollectedField) appender[*T] { return plain(f, fields) })
}

// plain is the appender of a field without arguments.
func plain[T any](f graphql.CollectedField, fields map[string]appender[T]) appender[T] {
	if len(f.Arguments) > 0 {
		return nil
	}
	return fields[f.Name]
}

// The fields of the types of values. One that is not here, such as a code's
// concept, is the executor's.
var (
	periodFields = map[string]appender[*Period]{
		"from": func(b []byte, p *Period) []byte { return appendDate(b, p.From) },
		"to":   func(b []byte, p *Period) []byte { return appendDate(b, p.To) },
	}
	localizedFields = map[string]appender[*LocalizedText]{
		"text": func(b []byte, t *LocalizedText) []byte { return appendQuoted(b, t.Text) },
		"lang": func(b []byte, t *LocalizedText) []byte { return appendOptional(b, t.Lang) },
	}
	identifierFields = map[string]appender[*Identifier]{
		"scheme": func(b []byte, i *Identifier) []byte { return appendQuoted(b, i.Scheme) },
		"value":  func(b []byte, i *Identifier) []byte { return appendOptional(b, i.Value) },
		"masked": func(b []byte, i *Identifier) []byte { return strconv.AppendBool(b, i.Masked) },
		"status": func(b []byte, i *Identifier) []byte { return appendEnum(b, i.Status) },
	}
	contactFields = map[string]appender[*Contact]{
		"medium": func(b []byte, c *Contact) []byte { return appendQuoted(b, c.Medium) },
		"use":    func(b []byte, c *Contact) []byte { return appendOptional(b, c.Use) },
		"value":  func(b []byte, c *Contact) []byte { return appendQuoted(b, c.Value) },
	}
	addressFields = map[string]appender[*Address]{
		"use":          func(b []byte, a *Address) []byte { return appendOptional(b, a.Use) },
		"careOf":       func(b []byte, a *Address) []byte { return appendOptional(b, a.CareOf) },
		"street":       func(b []byte, a *Address) []byte { return appendOptional(b, a.Street) },
		"streetNumber": func(b []byte, a *Address) []byte { return appendOptional(b, a.StreetNumber) },
		"entrance":     func(b []byte, a *Address) []byte { return appendOptional(b, a.Entrance) },
		"unit":         func(b []byte, a *Address) []byte { return appendOptional(b, a.Unit) },
		"postalCode":   func(b []byte, a *Address) []byte { return appendOptional(b, a.PostalCode) },
		"locality":     func(b []byte, a *Address) []byte { return appendOptional(b, a.Locality) },
		"municipality": func(b []byte, a *Address) []byte { return appendOptional(b, a.Municipality) },
		"county":       func(b []byte, a *Address) []byte { return appendOptional(b, a.County) },
		"property":     func(b []byte, a *Address) []byte { return appendOptional(b, a.Property) },
		"country":      func(b []byte, a *Address) []byte { return appendOptional(b, a.Country) },
		"fullAddress":  func(b []byte, a *Address) []byte { return appendOptional(b, a.FullAddress) },
	}
	geometryFields = map[string]appender[*Geometry]{
		"lon":      func(b []byte, g *Geometry) []byte { return appendFloat(b, g.Lon()) },
		"lat":      func(b []byte, g *Geometry) []byte { return appendFloat(b, g.Lat()) },
		"wkt":      func(b []byte, g *Geometry) []byte { return appendQuoted(b, g.Wkt()) },
		"original": func(b []byte, g *Geometry) []byte { return appendOptional(b, g.Original()) },
		"crs": func(b []byte, g *Geometry) []byte {
			if n := g.Crs(); n != nil {
				return strconv.AppendInt(b, int64(*n), 10)
			}
			return append(b, "null"...)
		},
	}
)

// The scalars, as scalars.go and gqlgen's own marshalers write them.

func appendID(b []byte, id model.EntityID) []byte {
	return append(append(append(b, '"'), id.String()...), '"')
}

func appendOptional(b []byte, s Optional) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendQuoted(b, string(s))
}

func appendDate(b []byte, d model.Date) []byte {
	if d.IsZero() {
		return append(b, "null"...)
	}
	return append(append(append(b, '"'), d.String()...), '"')
}

func appendEnum(b []byte, v fmt.Stringer) []byte {
	return append(append(append(b, '"'), strings.ToUpper(v.String())...), '"')
}

func appendFloat(b []byte, f float64) []byte { return fmt.Appendf(b, "%g", f) }

const hexDigits = "0123456789ABCDEF"

// appendQuoted is gqlgen's string, which leaves what is not ASCII as it is.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '\\' && c != '"' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '\t':
			b = append(b, `\t`...)
		case '\r':
			b = append(b, `\r`...)
		case '\n':
			b = append(b, `\n`...)
		case '\\', '"':
			b = append(b, '\\', c)
		default:
			b = append(b, `\u00`...)
			b = append(b, hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}
