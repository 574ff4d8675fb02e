package resolve

import (
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// The role types that disclosure tells apart (code list role-type).
const rolePost = "post"

// houseRoles are memberships that the house may see: work for the municipality
// and elected office. Every other membership (pupil, guardian, tenant, client,
// trustee, and whatever nobody foresaw) is restricted.
var houseRoles = map[string]bool{
	"employment": true, "duty": true, "assignment": true, "elected-office": true, "contact": true,
}

// RoleDisclosure is who may see that a role exists (privacy.md 1 and 3): a post
// is open, held or not; work and office are for the house; pupil, guardian,
// tenant and client roles, and types that are unknown or not stated, are
// restricted. Whatever but a post is held by a protected person is protected.
func RoleDisclosure(roleType string, holderProtected bool) model.Disclosure {
	switch {
	case roleType == rolePost:
		return model.Open
	case holderProtected:
		return model.Protected
	case houseRoles[roleType]:
		return model.Internal
	}
	return model.Restricted
}

// DisclosureOf is who may see that the golden record of a cluster exists: the
// strictest of its kind's class (a role's type's; that of an office that a
// decision has made public, which the registry says with a pin of the holder's
// name, is open), what any member's record asks for, and what its content demands: a sole trader is restricted, a person
// with a protected identity is protected, and so is a role that would reveal
// one. It is the Disclosure that Survive gives, without the rest of the work.
func DisclosureOf(members []Member, p *Policy, resolve Resolver, pins ...Pin) model.Disclosure {
	kind := members[0].Record.Key.Kind
	d := model.Restricted
	if row := ontology.KindOf(kind); row != nil {
		d = row.Disclosure
	}
	switch kind {
	case model.Person:
		if level, _, _ := mergedProtection(members, p, pins); level.IsProtected() {
			d = model.Protected
		}
	case model.Role:
		d = roleDisclosure(members, pins, resolve)
	case model.Organisation:
		if isSoleTrader(members) {
			d = d.Stricter(model.Restricted)
		}
	}
	for i := range members {
		if own := members[i].Record.Disclosure; own != model.Unclassified {
			d = d.Stricter(own)
		}
	}
	return d
}

// roleDisclosure looks at every type, holder and principal that any member
// states, lost ones too: what lost is still there to be asked for, and the
// stricter wins.
func roleDisclosure(members []Member, pins []Pin, resolve Resolver) model.Disclosure {
	holderProtected, principalProtected := false, false
	typed, public := false, false
	d := model.Open
	types := func(property model.PropertyID, v model.Value) {
		if code, ok := v.(model.Code); ok && property == ontology.RoleType {
			typed = true
			d = d.Stricter(RoleDisclosure(code.Notation, false))
		}
	}
	links := func(property model.PropertyID, v model.Value) {
		link, ok := v.(model.Link)
		if !ok || resolve == nil || property != ontology.RoleHolder && property != ontology.RoleOnBehalfOf {
			return
		}
		if _, disclosure, ok := resolve(link.Ref); ok && disclosure == model.Protected {
			holderProtected = holderProtected || property == ontology.RoleHolder
			principalProtected = principalProtected || property == ontology.RoleOnBehalfOf
		}
	}
	for i := range members {
		for j := range members[i].Record.Statements {
			st := &members[i].Record.Statements[j]
			types(st.Property, st.Value)
			links(st.Property, st.Value)
		}
	}
	for i := range pins {
		types(pins[i].Property, pins[i].Value)
		links(pins[i].Property, pins[i].Value)
		public = public || pins[i].Property == ontology.RoleHolderName
	}
	if !typed {
		d = RoleDisclosure("", false)
	}
	// A post shows without its holder; nothing shows on behalf of a protected person.
	if principalProtected || holderProtected && d != model.Open {
		return model.Protected
	}
	if public && d == model.Internal {
		return model.Open
	}
	return d
}

// CanBePublic tells whether a role's records, by all types that they state, are of
// an office: work for the municipality or elected office, and nothing that is
// never open (privacy.md 1).
func CanBePublic(members []Member) bool {
	return len(members) > 0 && roleDisclosure(members, nil, nil) == model.Internal
}

// isSoleTrader tells whether an organisation carries a personal number, under
// whatever scheme and however spelt: then the whole record is personal data.
func isSoleTrader(members []Member) bool {
	for i := range members {
		for j := range members[i].Record.Statements {
			id, ok := members[i].Record.Statements[j].Value.(model.Identifier)
			if !ok {
				continue
			}
			switch id.Scheme.Base() {
			case model.Personnummer, model.Samordningsnummer, model.Hetu, model.TFNummer:
				return true
			case model.Organisationsnummer, model.FONummer:
				// These are sealed only when they are personal.
				if !id.Seal.IsZero() || model.LooksPersonal(id.Value) {
					return true
				}
			default:
				if model.IsPersonalNumber(id.Value) {
					return true
				}
			}
		}
	}
	return false
}
