package document

import (
	"slices"
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

// OrderKey is SortKey of a golden record of which t is what its records say each by
// itself (nil for nothing), where all who may see it see it by one name. Where some may
// see it by another, its place would tell the name that they may not see, so it stands
// with what has none: what is restricted as a whole and that boards call otherwise, and
// a person whose number was replaced, whose name may be that of the former.
func OrderKey(g *model.Golden, t *model.Testimony) []byte {
	if g.Kind == model.Person && renumbered(g) ||
		t != nil && g.Disclosure.Rank() >= model.Restricted.Rank() && slices.ContainsFunc(names[g.Kind], t.Has) {
		return []byte{sortVersion, last}
	}
	return SortKey(g)
}

// renumbered tells whether a person has several numbers of one scheme.
func renumbered(g *model.Golden) bool {
	for i := range g.Values {
		id, ok := g.Values[i].Value.(model.Identifier)
		if !ok || id.Status == model.IdentifierFailed || !personal(id.Scheme) {
			continue
		}
		for k := range i {
			if before, ok := g.Values[k].Value.(model.Identifier); ok && before.Scheme == id.Scheme && before.Status != model.IdentifierFailed {
				return true
			}
		}
	}
	return false
}

// names are the properties that name a thing of a kind, the first that there is; a
// person's are another matter.
var names = map[model.Kind][]model.PropertyID{
	model.Role:         {ontology.RoleTitle, ontology.RoleType},
	model.Organisation: {ontology.OrgName, ontology.OrgLegalName, ontology.OrgAltName},
	model.Geography:    {ontology.GeoName},
	model.Service:      {ontology.ServiceName},
	model.Concept:      {ontology.ConceptLabel, ontology.ConceptNotation},
}

// DisplayName is what people call the thing: a person's given and family name;
// the name or label of anything else, in Swedish if there is one; a role's
// title, or its type's notation. Empty when nothing names it.
func DisplayName(g *model.Golden) string {
	if g.Kind == model.Person {
		given, family := text(g, ontology.PersonGivenName), text(g, ontology.PersonFamilyName)
		if given == "" || family == "" {
			return given + family
		}
		return given + " " + family
	}
	return firstText(g, names[g.Kind]...)
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
