package document

import (
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// sortVersion is the first byte of every sort key. It changes with the
// collation tables or with how a key is made, so that keys made otherwise can
// be told apart and made again.
const sortVersion = 1

// maxSortKey bounds a sort key in bytes. Ties beyond it are broken by id.
const maxSortKey = 40

// last follows the version in the key of a thing without a name, which comes
// after all others.
const last = 0xFF

// collator is Swedish collation with its scratch space. A collator of x/text
// is not for concurrent use, so each call borrows one.
type collator struct {
	*collate.Collator
	buf  collate.Buffer
	text []byte
}

var collators = sync.Pool{New: func() any { return &collator{Collator: collate.New(language.Swedish)} }}

// SortKey is the golden record's place in display order, Swedish: a person by
// family name and then given name, everything else by its display name.
func SortKey(g *model.Golden) []byte {
	c := collators.Get().(*collator)
	defer collators.Put(c)
	c.text = c.text[:0]
	if g.Kind == model.Person {
		// The space sorts before every letter, so the given name decides only
		// among equal family names.
		c.text = append(c.text, text(g, ontology.PersonFamilyName)...)
		if given := text(g, ontology.PersonGivenName); given != "" {
			c.text = append(append(c.text, ' '), given...)
		}
	} else {
		c.text = append(c.text, DisplayName(g)...)
	}
	if len(c.text) == 0 {
		return []byte{sortVersion, last}
	}
	// A name beyond what fits in the key would only cost time.
	c.text = cut(c.text)
	c.buf.Reset()
	k := c.Key(&c.buf, c.text)
	if len(k) >= maxSortKey {
		k = k[:maxSortKey-1]
	}
	out := make([]byte, 0, 1+len(k))
	return append(append(out, sortVersion), k...)
}

// DisplayName is what people call the thing: a person's given and family name;
// the name or label of anything else, in Swedish if there is one; a role's
// title, or its type's notation. Empty when nothing names it.
func DisplayName(g *model.Golden) string {
	switch g.Kind {
	case model.Person:
		given, family := text(g, ontology.PersonGivenName), text(g, ontology.PersonFamilyName)
		if given == "" || family == "" {
			return given + family
		}
		return given + " " + family
	case model.Role:
		return firstText(g, ontology.RoleTitle, ontology.RoleType)
	case model.Organisation:
		return firstText(g, ontology.OrgName, ontology.OrgLegalName, ontology.OrgAltName)
	case model.Geography:
		return firstText(g, ontology.GeoName)
	case model.Service:
		return firstText(g, ontology.ServiceName)
	case model.Concept:
		return firstText(g, ontology.ConceptLabel, ontology.ConceptNotation)
	}
	return ""
}

func firstText(g *model.Golden, properties ...model.PropertyID) string {
	for _, p := range properties {
		if s := text(g, p); s != "" {
			return s
		}
	}
	return ""
}

// text is the property's first Swedish value, or its first value in any
// language or none. Values are in rank order, current ones first.
func text(g *model.Golden, p model.PropertyID) string {
	first := ""
	for _, v := range g.All(p) {
		switch v := v.Value.(type) {
		case model.Text:
			if v.Lang == "sv" && v.Text != "" {
				return v.Text
			}
			if first == "" {
				first = v.Text
			}
		case model.Code:
			if first == "" {
				first = v.Notation
			}
		}
	}
	return first
}
