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
func (c *compiler) property(p *ontology.Property, f graphql.CollectedField) appender[*node] {
	id := p.ID
	switch {
	case p.Localized:
		return many(c, f, localizedTextImplementors, localizedFields, func(n *node) []LocalizedText { return n.localized(id, nil) })
	case p.Many:
		return c.properties(p, f)
	}
	switch p.Type {
	case model.TypeText:
		return func(b []byte, n *node) []byte { return appendOptional(b, n.text(id)) }
	case model.TypeDate:
		return func(b []byte, n *node) []byte { return appendDate(b, n.date(id)) }
	case model.TypeNumber:
		return func(b []byte, n *node) []byte {
			if v := n.number(id); v != nil {
				return appendFloat(b, *v)
			}
			return append(b, "null"...)
		}
	case model.TypeBoolean:
		return func(b []byte, n *node) []byte {
			if v := n.boolean(id); v != nil {
				return strconv.AppendBool(b, *v)
			}
			return append(b, "null"...)
		}
	case model.TypeCode:
		return one(c, f, codeImplementors, codeFields, func(n *node) *Code { return n.code(id) })
	case model.TypeGeometry:
		return one(c, f, geometryImplementors, geometryFields, func(n *node) *Geometry { return n.geometry(id) })
	case model.TypePeriod:
		return one(c, f, periodImplementors, periodFields, func(n *node) *Period { return n.interval(id) })
	}
	return nil
}

// properties is property of what can have many values.
func (c *compiler) properties(p *ontology.Property, f graphql.CollectedField) appender[*node] {
	id := p.ID
	switch p.Type {
	case model.TypeText:
		return func(b []byte, n *node) []byte {
			b = append(b, '[')
			for i, t := range n.texts(id) {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendQuoted(b, t)
			}
			return append(b, ']')
		}
	case model.TypeCode:
		return many(c, f, codeImplementors, codeFields, func(n *node) []Code { return n.codes(id) })
	case model.TypeIdentifier:
		return many(c, f, identifierImplementors, identifierFields, func(n *node) []Identifier { return n.identifiers(id, nil) })
	case model.TypeAddress:
		return many(c, f, addressImplementors, addressFields, func(n *node) []Address { return n.addresses(id) })
	case model.TypeContact:
		return many(c, f, contactImplementors, contactFields, func(n *node) []Contact { return n.contacts(id) })
	}
	return nil
}

// one compiles a field with one value, null for nil.
func one[T any](c *compiler, f graphql.CollectedField, implementors []string, fields map[string]appender[*T], value func(*node) *T) appender[*node] {
	o, ok := selection(c, f, implementors, fields)
	if !ok {
		return nil
	}
	return func(b []byte, n *node) []byte {
		if v := value(n); v != nil {
			return o.append(b, v)
		}
		return append(b, "null"...)
	}
}

// many compiles a field with a list of values.
func many[T any](c *compiler, f graphql.CollectedField, implementors []string, fields map[string]appender[*T], values func(*node) []T) appender[*node] {
	o, ok := selection(c, f, implementors, fields)
	if !ok {
		return nil
	}
	return func(b []byte, n *node) []byte {
		b = append(b, '[')
		all := values(n)
		for i := range all {
			if i > 0 {
				b = append(b, ',')
			}
			b = o.append(b, &all[i])
		}
		return append(b, ']')
	}
}

func selection[T any](c *compiler, f graphql.CollectedField, implementors []string, fields map[string]appender[*T]) (object[*T], bool) {
	return compileObject(c, f.Selections, implementors, func(f graphql.CollectedField) appender[*T] {
		if len(f.Arguments) > 0 {
			return nil
		}
		return fields[f.Name]
	})
}

// The fields of the types of values. One that is not here, such as a code's
// label, is the executor's.
var (
	periodFields = map[string]appender[*Period]{
		"from": func(b []byte, p *Period) []byte { return appendDate(b, p.From) },
		"to":   func(b []byte, p *Period) []byte { return appendDate(b, p.To) },
	}
	localizedFields = map[string]appender[*LocalizedText]{
		"text": func(b []byte, t *LocalizedText) []byte { return appendQuoted(b, t.Text) },
		"lang": func(b []byte, t *LocalizedText) []byte { return appendOptional(b, t.Lang) },
	}
	codeFields = map[string]appender[*Code]{
		"scheme":   func(b []byte, c *Code) []byte { return appendQuoted(b, c.Scheme()) },
		"notation": func(b []byte, c *Code) []byte { return appendQuoted(b, c.Notation()) },
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
