package document

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// tokenSpaces is above every property number, also with a class.
const tokenSpaces = 0xF000

// keySeparator stands between the parts of a key. Engines may keep keys as
// text, so it is not NUL.
const keySeparator = "\x1f"

// maxKey bounds a key in bytes so that an engine's index takes it.
const maxKey = 256

// TokenSpace is where the words of a kind are that are of one disclosure class: the
// stricter of the value's and its record's. A caller searches the spaces of the classes
// that the caller may see, so that what is hidden is not come by, nor takes time.
func TokenSpace(kind model.Kind, d model.Disclosure) graph.Space {
	return graph.Space(tokenSpaces | uint16(kind)<<4 | uint16(d)&15)
}

// CodeSpace is where the notations or texts of one property are that are of one
// class, as for TokenSpace.
func CodeSpace(p model.PropertyID, d model.Disclosure) graph.Space {
	return graph.Space(uint16(p) | uint16(d)&7<<12)
}

// CodeKey is the key of a code in its property's space.
func CodeKey(scheme, notation string) string { return key(scheme + keySeparator + notation) }

// IdentifierKey is the key of an unsealed identifier in its property's space.
func IdentifierKey(scheme model.Scheme, value string) string {
	return key(string(scheme) + keySeparator + value)
}

// TextKey is the key of a text in its property's space.
func TextKey(text string) string { return key(text) }

// key makes any text one that every engine stores: valid UTF-8 without NUL, and
// a long one cut, with a digest in place of what was cut off.
func key(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	if len(s) <= maxKey {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	n := maxKey - len(keySeparator) - 32
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + keySeparator + hex.EncodeToString(sum[:16])
}

// each calls f for the values of a golden record and for what its records say each
// by itself, which may be all that somebody sees of it. t may be nil.
func each(g *model.Golden, t *model.Testimony, f func(*model.GoldenValue)) {
	for i := range g.Values {
		f(&g.Values[i])
	}
	if t == nil {
		return
	}
	for i := range t.Words {
		f(&t.Words[i].GoldenValue)
	}
}

// Terms are a golden record's index rows as the ontology's table asks for them, of
// what its records say each by itself too (t, nil for nothing), in (space, key)
// order, each once. A sealed identifier has none.
func Terms(g *model.Golden, t *model.Testimony) []graph.Term {
	var out []graph.Term
	each(g, t, func(v *model.GoldenValue) {
		p := ontology.ByID(v.Property)
		if p == nil {
			return
		}
		class := p.DisclosureOf(v.Value).Stricter(g.Disclosure)
		switch p.Index {
		case ontology.IndexToken:
			if text, ok := SearchText(v.Value); ok {
				space := TokenSpace(g.Kind, class)
				for _, token := range Tokens(text) {
					out = append(out, graph.Term{Space: space, Key: token, ID: g.ID})
				}
			}
		case ontology.IndexCode:
			if c, ok := v.Value.(model.Code); ok {
				out = append(out, graph.Term{Space: CodeSpace(p.ID, class), Key: CodeKey(c.Scheme, c.Notation), ID: g.ID})
			}
		case ontology.IndexExact:
			if k, ok := exactKey(v.Value); ok {
				out = append(out, graph.Term{Space: CodeSpace(p.ID, class), Key: k, ID: g.ID})
			}
		case ontology.IndexPostcode:
			if a, ok := v.Value.(model.Address); ok && a.PostalCode != "" {
				out = append(out, graph.Term{Space: CodeSpace(p.ID, class), Key: TextKey(a.PostalCode), ID: g.ID})
			}
		case ontology.IndexNone, ontology.IndexLink:
		}
	})
	slices.SortFunc(out, func(a, b graph.Term) int {
		return cmp.Or(cmp.Compare(a.Space, b.Space), strings.Compare(a.Key, b.Key))
	})
	return slices.Compact(out)
}

// SearchText is what of a value is searched by its words: a text, and of an
// address the street with its number, the postal code and the place.
func SearchText(v model.Value) (string, bool) {
	switch v := v.(type) {
	case model.Text:
		return v.Text, true
	case model.Address:
		return strings.Join([]string{v.Street, v.StreetNumber, v.PostalCode, v.Locality, v.FullAddress}, " "), true
	}
	return "", false
}

func exactKey(v model.Value) (string, bool) {
	switch v := v.(type) {
	case model.Text:
		return TextKey(v.Text), true
	case model.Code:
		return CodeKey(v.Scheme, v.Notation), true
	case model.Identifier:
		if v.Seal.IsZero() && v.Value != "" && !personal(v.Scheme) {
			return IdentifierKey(v.Scheme, v.Value), true
		}
	}
	return "", false
}

// Links are a golden record's resolved links by indexed properties, of what its
// records say each by itself too (t, nil for nothing), in (to, property, role,
// period) order, each once.
func Links(g *model.Golden, t *model.Testimony) []graph.Link {
	var out []graph.Link
	each(g, t, func(v *model.GoldenValue) {
		l, ok := v.Value.(model.Link)
		if !ok || l.To.IsZero() {
			return
		}
		p := ontology.ByID(v.Property)
		if p == nil || p.Index != ontology.IndexLink {
			return
		}
		out = append(out, graph.Link{
			To: l.To, Property: v.Property, From: g.ID, Role: l.Role, Period: v.Period, Disclosure: p.Disclosure.Stricter(g.Disclosure).Stricter(l.Disclosure),
		})
	})
	slices.SortFunc(out, func(a, b graph.Link) int {
		return cmp.Or(a.To.Compare(b.To), cmp.Compare(a.Property, b.Property), strings.Compare(a.Role, b.Role),
			a.Period.From.Compare(b.Period.From), a.Period.To.Compare(b.Period.To),
			cmp.Compare(packDate(a.Period.From), packDate(b.Period.From)), cmp.Compare(packDate(a.Period.To), packDate(b.Period.To)))
	})
	return slices.Compact(out)
}
