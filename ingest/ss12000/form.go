package ss12000

import (
	"github.com/karna-registry/karna/ingest/draft"
	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// form is what the standard has a field be in JSON.
type form struct {
	kind     byte             // { [ " 0 t, as a node's; t is true or false
	either   bool             // a text or a number: systems write both
	property model.PropertyID // that it fills
	fields   map[string]*form // of an object: those that are taken
	elements *form            // of a list
}

func textOf(p model.PropertyID) *form           { return &form{kind: '"', property: p} }
func object(fields map[string]*form) *form      { return &form{kind: '{', fields: fields} }
func listOf(p model.PropertyID, of *form) *form { return &form{kind: '[', property: p, elements: of} }

// to is a reference: its id is looked at where it is read.
func to(p model.PropertyID, fields map[string]*form) *form {
	return &form{kind: '{', property: p, fields: fields}
}

func addressOf(p model.PropertyID) *form {
	text, number := textOf(p), &form{kind: '"', either: true, property: p}
	return &form{kind: '{', property: p, fields: map[string]*form{
		"type": text, "streetAddress": text, "postalCode": text, "locality": text, "realEstateDesignation": text, "country": text,
		"municipalityCode": number, "countyCode": number,
	}}
}

// with adds what objects have alike to their own fields.
func with(fields map[string]*form) *form {
	fields["meta"] = object(map[string]*form{"created": textOf(0), "modified": textOf(0)})
	fields["startDate"], fields["endDate"] = textOf(0), textOf(0)
	return object(fields)
}

var yesOrNo = &form{kind: 't'}

// forms are those of what is taken, by the type of the element (SS 12000:2020).
var forms = map[string]*form{
	Organisations: with(map[string]*form{
		"displayName": textOf(ontology.OrgName), "organisationType": textOf(ontology.OrgType),
		"organisationNumber": textOf(ontology.OrgIdentifier), "schoolUnitCode": textOf(ontology.OrgIdentifier), "organisationCode": textOf(ontology.OrgIdentifier),
		"parentOrganisation": to(ontology.OrgParent, nil), "municipalityCode": {kind: '"', either: true, property: ontology.OrgMunicipality},
		"schoolTypes": listOf(ontology.OrgSchoolTypes, textOf(ontology.OrgSchoolTypes)), "address": addressOf(ontology.OrgAddress),
		"url": textOf(ontology.OrgHomepage), "email": textOf(ontology.OrgContact), "phoneNumber": textOf(ontology.OrgContact),
		"contactInfo": listOf(ontology.OrgContact, object(map[string]*form{"info": textOf(ontology.OrgContact)})),
	}),
	Persons: with(map[string]*form{
		"givenName": textOf(ontology.PersonGivenName), "middleName": textOf(ontology.PersonMiddleName), "familyName": textOf(ontology.PersonFamilyName),
		"birthDate": textOf(ontology.PersonBirthDate), "sex": textOf(ontology.PersonSex), "personStatus": textOf(ontology.PersonStatus),
		"civicNo":                 {kind: '{', property: ontology.PersonIdentifier, fields: map[string]*form{"value": textOf(ontology.PersonIdentifier)}},
		"eduPersonPrincipalNames": listOf(ontology.PersonIdentifier, textOf(ontology.PersonIdentifier)),
		"externalIdentifiers": listOf(ontology.PersonIdentifier, object(map[string]*form{
			"context": textOf(ontology.PersonIdentifier), "value": textOf(ontology.PersonIdentifier),
		})),
		"emails":       listOf(ontology.PersonEmail, object(map[string]*form{"value": textOf(ontology.PersonEmail), "type": textOf(ontology.PersonEmail)})),
		"phoneNumbers": listOf(ontology.PersonPhone, object(map[string]*form{"value": textOf(ontology.PersonPhone), "type": textOf(ontology.PersonPhone)})),
		"addresses":    listOf(ontology.PersonAddress, addressOf(ontology.PersonAddress)),
		"enrolments": listOf(0, object(map[string]*form{
			"enroledAt": to(ontology.RoleOrganisation, nil), "schoolType": textOf(ontology.RoleSchoolForm), "startDate": textOf(0), "endDate": textOf(0), "cancelled": yesOrNo,
		})),
		"responsibles": listOf(0, object(map[string]*form{"person": to(ontology.RoleHolder, nil), "relationType": textOf(ontology.RoleType)})),
	}),
	Duties: with(map[string]*form{
		"person": to(ontology.RoleHolder, nil), "dutyAt": to(ontology.RoleOrganisation, nil), "dutyRole": textOf(ontology.RoleOccupation),
		"dutyPercent": {kind: '0', property: ontology.RoleExtent},
		"assignmentRole": listOf(0, object(map[string]*form{
			"group": to(ontology.RoleGroupName, map[string]*form{"displayName": textOf(ontology.RoleGroupName)}), "assignmentRoleType": textOf(ontology.RoleOccupation),
			"startDate": textOf(0), "endDate": textOf(0),
		})),
	}),
	Placements: with(map[string]*form{
		"child": to(ontology.RoleHolder, nil), "placedAt": to(ontology.RoleOrganisation, nil), "schoolType": textOf(ontology.RoleSchoolForm),
		"group": to(ontology.RoleGroupName, map[string]*form{"displayName": textOf(ontology.RoleGroupName)}),
	}),
	Groups: with(map[string]*form{
		"displayName": textOf(ontology.RoleGroupName), "organisation": to(ontology.RoleOrganisation, nil), "schoolType": textOf(ontology.RoleSchoolForm),
		"groupType": textOf(ontology.RoleType),
		"groupMemberships": listOf(0, object(map[string]*form{
			"person": to(ontology.RoleHolder, nil), "startDate": textOf(0), "endDate": textOf(0),
		})),
	}),
}

// misfit is a field that is not of the standard's type.
type misfit struct {
	node  int32
	form  *form
	taken bool // what it means is plain all the same
}

// check finds the misfits in a value. One that is not taken is absent from then on.
func (t *tree) check(n int32, f *form, found []misfit) []misfit {
	me := &t.nodes[n]
	if me.kind == 'n' {
		return found
	}
	if fits, taken := t.fits(me, f); !fits {
		me.unfit = !taken
		return append(found, misfit{n, f, taken})
	}
	switch f.kind {
	case '[':
		for c := me.first; c != 0; c = t.nodes[c].next {
			found = t.check(c, f.elements, found)
		}
	case '{':
		for c := me.first; c != 0; c = t.nodes[c].next {
			if field := f.fields[string(t.raw[t.nodes[c].key:t.nodes[c].end])]; field != nil {
				found = t.check(c, field, found)
			}
		}
	}
	return found
}

// fits tells whether a value is of the form, and if not, whether it can be read all the
// same: a whole number as a text, or what a text has in quotes.
func (t *tree) fits(n *node, f *form) (fits, taken bool) {
	raw := t.raw[n.from:n.to]
	switch {
	case n.kind == f.kind, f.kind == 't' && n.kind == 'f', f.either && n.kind == '0':
		return true, true
	case f.kind == '"' && n.kind == '0':
		return false, onlyDigits(raw)
	case f.kind == '0' && n.kind == '"':
		_, ok := normalise.Number(string(raw))
		return false, ok
	case f.kind == 't' && n.kind == '"':
		return false, string(raw) == "true" || string(raw) == "false"
	}
	return false, false
}

func onlyDigits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// misfitsOf puts the issues of what lies in a value, and was not told of yet, on the
// record that the value became.
func (e *element) misfitsOf(r *draft.Record, in value) {
	rest := e.misfits[:0]
	for _, m := range e.misfits {
		if !e.t.within(m.node, in.n) {
			rest = append(rest, m)
			continue
		}
		e.misfitOn(r, m)
	}
	e.misfits = rest
}

// within tells whether a value is another or lies in it.
func (t *tree) within(n, outer int32) bool {
	for n != outer && n != 0 {
		n = t.nodes[n].parent
	}
	return n == outer
}

var kindNames = map[byte]string{'{': "an object", '[': "a list", '"': "a text", '0': "a number", 't': "true or false", 'f': "true or false"}

func (e *element) misfitOn(r *draft.Record, m misfit) {
	n := &e.t.nodes[m.node]
	text := kindNames[n.kind] + " where SS12000 has " + kindNames[m.form.kind]
	severity, code := model.Failed, model.IssueBadType
	if m.taken {
		text, severity = text+"; taken as that", model.Warning
	} else {
		text += "; not taken"
	}
	text += ", correct it in the source"
	draft.Issue(r, m.form.property, value{e.t, m.node}, string(e.t.raw[n.from:n.to]), code, severity, text)
}
