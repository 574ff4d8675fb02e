package access

import (
	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// property is what redaction needs of a row of the ontology's table, by number.
type property struct {
	row *ontology.Property
	// person: its links point to persons.
	person bool
}

var properties = func() []property {
	var out []property
	for _, kind := range model.Kinds {
		for _, row := range ontology.Of(kind) {
			for len(out) <= int(row.ID) {
				out = append(out, property{})
			}
			p := property{row: row}
			for _, to := range row.Range {
				p.person = p.person || to == model.Person
			}
			out[row.ID] = p
		}
	}
	return out
}()

// propertyOf is the property's row; one that nobody gave out has none.
func propertyOf(id model.PropertyID) property {
	if int(id) < len(properties) {
		return properties[id]
	}
	return property{}
}

// rolePost is the type of a role that shows whether held or not, without its holder.
const rolePost = "post"

// closedRoles are the role types that are never open, whatever a decision or a
// source says (privacy.md 1).
var closedRoles = map[string]bool{"pupil": true, "guardian": true, "tenant": true, "client": true, "trustee": true}

// admits tells whether the caller sees records of the kind with the class.
func (v *View) admits(kind model.Kind, d model.Disclosure) bool {
	if v.rights.Role == Public && kind == model.Person {
		return false
	}
	return d.Rank() <= v.rank
}

// admitsGolden is admits with what only the values tell: a role that is never
// open, and one whose holder's name no decision opens today.
func (v *View) admitsGolden(g *model.Golden) bool {
	if !v.admits(g.Kind, g.Disclosure) {
		return false
	}
	if v.rights.Role != Public || g.Kind != model.Role {
		return true
	}
	isPost, isOffice := false, false
	for _, val := range g.All(ontology.RoleType) {
		if c, ok := val.Value.(model.Code); ok {
			if closedRoles[c.Notation] {
				return false
			}
			isPost = isPost || c.Notation == rolePost
		}
	}
	for i := range g.Values {
		isOffice = isOffice || v.opened(&g.Values[i]) || v.offices[g.ID] && v.isOpen(&g.Values[i])
	}
	return isPost || isOffice
}

// opened tells whether a value is the name of a holder whose office is public
// today, by the decision that put it there (privacy.md 1). In the past nobody's
// name is opened: who held an office then may be protected now.
func (v *View) opened(val *model.GoldenValue) bool {
	return v.past == nil && v.isOpen(val)
}

// isOpen tells whether a value is the holder's name of an office, and it is public
// today by the decision that put it there.
func (v *View) isOpen(val *model.GoldenValue) bool {
	return val.Property == ontology.RoleHolderName && val.Period.Contains(model.DateOf(v.a.clock()))
}

// class is who may see one value: the property's class, narrowed by what the
// value itself is. It is the one place that says so.
func (v *View) class(p property, val model.Value) model.Disclosure {
	if p.row == nil {
		return model.Unclassified
	}
	d := p.row.DisclosureOf(val)
	if p.row.ID == ontology.RoleHolderName {
		// Where it is not opened it names somebody who may be protected by now.
		d = model.Protected
	}
	switch val := val.(type) {
	case model.Identifier:
		if d.Rank() < model.Restricted.Rank() && v.sealed(val) {
			d = model.Restricted
		}
	case model.Link:
		switch {
		case !val.To.IsZero():
			// The class of the target: whoever may not see it may not see that
			// something points to it.
			d = d.Stricter(val.Disclosure)
		case p.person:
			// Nobody knows yet whether this person is protected.
			d = d.Stricter(model.Protected)
		case v.rights.Role < Steward:
			// What waits for its target is work for stewards, and holds a
			// source's own name for it.
			d = model.Unclassified
		default:
			d = d.Stricter(model.Internal)
		}
		if p.person {
			// A person is never open, nor that somebody is one's holder.
			d = d.Stricter(model.Internal)
		}
	}
	return d
}

// shows tells whether the caller sees the value.
func (v *View) shows(p property, val model.Value) bool { return v.class(p, val).Rank() <= v.rank }

// sealed tells whether the identifier is a sealed one.
func (v *View) sealed(id model.Identifier) bool {
	return !id.Seal.IsZero() || v.a.proofOf(id.Scheme).Sealed
}

// unmasked tells whether the caller sees personal numbers in full.
func (v *View) unmasked() bool {
	return v.rights.Has(IdentifierLookup) || v.clearance == model.Protected
}

// presented is the value as the caller is shown it; open has the sealed values.
// What is shown as it is stays as it is: most values are, and another value is
// another piece of memory.
func (v *View) presented(val model.Value, open map[model.EntityID]Unsealed) model.Value {
	switch shown := val.(type) {
	case model.Identifier:
		if !v.sealed(shown) {
			return val
		}
		shown.Value = v.sealedText(shown.Scheme, shown.Seal, open)
		shown.Seal = model.EntityID{}
		return shown
	case model.Link:
		switch {
		case !shown.To.IsZero(), v.rights.Role < Steward:
			if shown.Ref == (model.Reference{}) {
				return val
			}
			shown.Ref = model.Reference{}
		case shown.Ref.ByIdentifier() && (!shown.Ref.Seal.IsZero() || v.a.proofOf(shown.Ref.Scheme).Sealed):
			shown.Ref.Value, shown.Ref.Seal = v.sealedText(shown.Ref.Scheme, shown.Ref.Seal, open), model.EntityID{}
		default:
			return val
		}
		return shown
	}
	return val
}

// sealedText is what the caller sees of a sealed value: all of it, its mask, or
// nothing when it could not be opened.
func (v *View) sealedText(scheme model.Scheme, seal model.EntityID, open map[model.EntityID]Unsealed) string {
	value, ok := open[seal]
	switch {
	case !ok:
		return ""
	case v.unmasked():
		return value.Value
	}
	return model.Mask(scheme, value.Value)
}

// sealOf is the reference to the sealed value in val, if any.
func sealOf(val model.Value) (model.EntityID, bool) {
	switch val := val.(type) {
	case model.Identifier:
		return val.Seal, !val.Seal.IsZero()
	case model.Link:
		return val.Ref.Seal, !val.Ref.Seal.IsZero()
	}
	return model.EntityID{}, false
}

// redact removes from g, of a class, what the caller may not see: a restricted value,
// when own is not nil, unless own has a part in it. The kept values' places are appended to
// kept, when it is not nil. Sealed values are as they were. It says what the audit
// is to be told of what is left.
func (v *View) redact(g *model.Golden, of model.Disclosure, own *document.Part, kept *[]int) telling {
	n := 0
	tell := tellNothing
	if of.Rank() >= model.Restricted.Rank() {
		tell = tellOfIt
	}
	var but []int
	if own != nil {
		but = own.But
	}
	for i := range g.Values {
		val := &g.Values[i]
		ours := own == nil || own.Some
		if len(but) > 0 && but[0] == i {
			ours, but = false, but[1:]
		}
		p := propertyOf(val.Property)
		class := v.class(p, val.Value)
		restricted := class.Rank() >= model.Restricted.Rank()
		hidden := class.Rank() > v.rank || !ours && (restricted || of.Rank() >= model.Restricted.Rank())
		if hidden && !v.opened(val) {
			continue
		}
		if restricted {
			if tell = max(tell, tellOfIt); p.person {
				tell = tellOfPersons
			}
		}
		if kept != nil {
			*kept = append(*kept, i)
		}
		if n < i {
			g.Values[n] = *val
		}
		n++
	}
	clear(g.Values[n:])
	g.Values = g.Values[:n]
	g.Revision = 0
	if g.Kind == model.Person && (v.rank < model.Restricted.Rank() || v.authorities != nil) {
		// When a person exists is a birth date and a death date, and nothing says
		// whose word it is.
		g.Period = model.Period{}
	}
	return tell
}

// flag is all that a caller with a login is told of a protected person asked
// for by a known id: that there is one, and the flag. The id is the one asked
// for, so that two ids of one person stay two (privacy.md 5).
func (v *View) flag(asked model.EntityID, g *model.Golden) *Entity {
	e := &Entity{
		Golden: model.Golden{ID: asked, Kind: model.Person, Disclosure: model.Protected},
		State:  graph.Live, IRI: v.iri(model.Person, asked),
	}
	for _, val := range g.All(ontology.PersonProtection) {
		e.Values = append(e.Values, model.GoldenValue{Property: val.Property, Value: val.Value})
	}
	return e
}
