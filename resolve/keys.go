package resolve

import (
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// The first part of every key, so that keys of different sorts never meet.
const (
	sortIdentifier = "identifier"
	sortRecord     = "record"
)

// IdentifierKey is the opaque key under which records of a kind that hold an
// identifier are found. The value is canonical and unsealed.
func IdentifierKey(kind model.Kind, scheme model.Scheme, value string, h Hasher) uint64 {
	return h(sortIdentifier, kind.String(), string(scheme), value)
}

// RecordRefKey is the opaque key of a record as others refer to it, by which a
// reference waits until the record comes.
func RecordRefKey(k model.RecordKey, h Hasher) uint64 {
	return h(sortRecord, string(k.Source), k.Kind.String(), k.LocalID)
}

// Keys are the opaque keys under which a live record is found, sorted and each
// once: one for every valid identifier that says what a thing of the record's
// kind and type is, replaced ones included. An identifier that failed its rule,
// or that is another's (a unit's with its owner's number), gives none. A scheme
// that declares no kind, such as a source's local ids, proves nothing but can be
// looked up, so it gives a key.
func Keys(rec *model.Record, p *Policy, h Hasher) []uint64 { return keysOf(rec, p, h, false) }

// LinkKeys are those of Keys under which another record may be the same thing:
// the keys of unique schemes. Two records without one of these in common are
// linked by no identifier.
func LinkKeys(rec *model.Record, p *Policy, h Hasher) []uint64 { return keysOf(rec, p, h, true) }

func keysOf(rec *model.Record, p *Policy, h Hasher, linking bool) []uint64 {
	var out []uint64
	kind := rec.Key.Kind
	for i := range rec.Statements {
		id, ok := provingIdentifier(&rec.Statements[i])
		if !ok {
			continue
		}
		proof := p.ProofOf(id.Scheme)
		switch {
		case proof.Identifies(kind):
			if !isOfType(rec, id.Scheme) || linking && !proof.Unique {
				continue
			}
		case linking || len(proof.Kinds) > 0:
			continue
		}
		out = append(out, IdentifierKey(kind, id.Scheme, id.Value, h))
	}
	if len(out) > 1 {
		slices.Sort(out)
		out = slices.Compact(out)
	}
	return out
}

// provingIdentifier is the statement's identifier if it passed its rule and its
// value is known. A sealed value that was not opened proves nothing.
func provingIdentifier(st *model.Statement) (model.Identifier, bool) {
	id, ok := st.Value.(model.Identifier)
	if !ok || id.Value == "" || id.Status != model.IdentifierValid && id.Status != model.IdentifierReplaced {
		return id, false
	}
	row := ontology.ByID(st.Property)
	return id, row != nil && row.Matching == ontology.MatchIdentifier
}

// typeRule narrows what a scheme identifies to types of thing (model.md, "What
// an identifier proves"). A record that states no type is not narrowed.
type typeRule struct {
	property model.PropertyID
	only     []string // the types it identifies; nil for all
	never    []string // types that carry it for another, unless another type says otherwise
}

// unitTypes are parts of a legal entity, which often carry its number.
var unitTypes = []string{
	"board", "committee", "department", "district-administration", "division", "section", "unit", "workplace", "cost-centre",
	"principal-area", "school", "school-unit", "brand",
}

// typeOther says nothing of type.
const typeOther = "other"

var typeRules = map[model.Scheme]typeRule{
	model.Organisationsnummer: {property: ontology.OrgType, never: unitTypes},
	model.FONummer:            {property: ontology.OrgType, never: unitTypes},
	model.Kommunkod:           {property: ontology.GeoType, only: []string{"municipality"}},
	model.Kuntakoodi:          {property: ontology.GeoType, only: []string{"municipality"}},
	model.Lanskod:             {property: ontology.GeoType, only: []string{"county"}},
	model.Distriktskod:        {property: ontology.GeoType, only: []string{"district"}},
}

// isOfType tells whether the scheme identifies things of the record's type, and
// is not its owner's or its area's.
func isOfType(rec *model.Record, s model.Scheme) bool {
	rule, ok := typeRules[s.Base()]
	if !ok {
		return true
	}
	typed := false
	for i := range rec.Statements {
		st := &rec.Statements[i]
		if st.Property != rule.property {
			continue
		}
		code, ok := st.Value.(model.Code)
		if !ok || code.Notation == typeOther {
			continue
		}
		typed = true
		if rule.only != nil && slices.Contains(rule.only, code.Notation) ||
			rule.never != nil && !slices.Contains(rule.never, code.Notation) {
			return true
		}
	}
	return !typed
}
