package ss12000

import (
	"strings"

	"github.com/karna-registry/karna/ingest/draft"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var (
	sexes          = map[string]string{"Man": "male", "Kvinna": "female", "Okänt": "unknown"}
	personStatuses = map[string]string{"Aktiv": "active", "Utvandrad": "emigrated", "Avliden": "deceased"}
	emailUses      = map[string]string{"Privat": "private", "Skola elev": "school", "Skola personal": "work", "Arbete övrigt": "work"}
	// phoneUses are the types of telephone numbers that are taken. The standard has one
	// more, Hem, which is private, and private numbers are never taken (privacy.md 7); nor
	// is one of which nothing or something else is said.
	phoneUses   = map[string]string{"Arbete": "work"}
	addressUses = map[string]string{"Folkbokföring": "folkbokforing", "Särskild postadress": "sarskild-post", "Tillfällig adress": "tillfallig", "Postadress": "post"}

	// responsibleRoles are what a responsible is to the person. A relation that
	// the standard does not have is a contact until someone has looked.
	responsibleRoles = map[string]string{
		"Vårdnadshavare": "guardian", "God man": "trustee", "Annan ansvarig": "contact", "Utsedd behörig": "contact",
	}
	relations = map[string]string{
		"Vårdnadshavare": "vardnadshavare", "God man": "god-man", "Annan ansvarig": "annan-ansvarig", "Utsedd behörig": "utsedd-behorig",
	}
)

func (e *element) person() {
	r := e.record(model.Person, e.id)
	r.Add(ontology.PersonIdentifier, model.Identifier{Scheme: e.localID(), Value: e.id, Status: model.IdentifierValid}, "")
	e.identifiers(r)
	for _, f := range [...]struct {
		field    string
		property model.PropertyID
	}{
		{"givenName", ontology.PersonGivenName},
		{"middleName", ontology.PersonMiddleName},
		{"familyName", ontology.PersonFamilyName},
	} {
		v := e.get(f.field)
		draft.Text(r, f.property, v, v.text(), "")
	}
	birth := e.get("birthDate")
	draft.Date(r, ontology.PersonBirthDate, birth, birth.text())
	code(r, ontology.PersonSex, e.get("sex"), "sex", sexes)
	code(r, ontology.PersonStatus, e.get("personStatus"), "person-status", personStatuses)
	e.get("emails").each(func(v value) {
		address := v.get("value")
		draft.Contact(r, ontology.PersonEmail, address, "email", emailUses[v.get("type").text()], address.text())
	})
	e.get("phoneNumbers").each(func(v value) {
		use, taken := phoneUses[v.get("type").text()]
		if !taken {
			return
		}
		number := v.get("value")
		v.get("mobile") // the number itself tells
		draft.Contact(r, ontology.PersonPhone, number, "phone", use, number.text())
	})
	e.get("addresses").each(func(v value) {
		e.address(r, ontology.PersonAddress, v, addressUses[v.get("type").text()])
	})
	e.get("enrolments").each(e.enrolment)
	e.get("responsibles").each(e.responsible)
}

func (e *element) identifiers(r *draft.Record) {
	civic := e.get("civicNo")
	civic.get("nationality") // who gave the number out; its form tells that too
	number := civic.get("value")
	draft.PersonalNumber(r, ontology.PersonIdentifier, number, number.text())
	e.get("eduPersonPrincipalNames").each(func(v value) {
		draft.Identifier(r, ontology.PersonIdentifier, v, model.EPPN, v.text())
	})
	e.get("externalIdentifiers").each(func(v value) {
		v.get("globallyUnique") // a claim of the source; what a scheme proves is configured
		context, number := v.get("context"), v.get("value")
		scope := string(e.source) + "." + scopeOf(context.text())
		draft.Identifier(r, ontology.PersonIdentifier, number, model.LocalID.Scoped(scope), number.text())
	})
}

// scopeOf makes the context of an external identifier fit for a scheme's name.
func scopeOf(context string) string {
	context = strings.TrimSpace(context)
	if context == "" {
		return "external"
	}
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c == '/' || c == 0x7f {
			return '-'
		}
		return c
	}, context)
}

// unique makes a key that no other record of the element has: the same
// enrolment listed twice is two records.
func (e *element) unique(localID string) string {
	for {
		taken := false
		for _, r := range e.out {
			taken = taken || (r.Key.Kind == model.Role && r.Key.LocalID == localID)
		}
		if !taken {
			return localID
		}
		localID += "+"
	}
}

func (e *element) enrolment(v value) {
	at := v.get("enroledAt")
	unit, _ := uuidOf(at.get("id"))
	start := v.get("startDate").text()
	r := e.role(e.unique(e.id+"/enrolment/"+unit+"/"+v.get("schoolType").text()+"/"+start), "pupil")
	e.misfitsOf(r, v)
	e.period(r, v)
	r.Link(ontology.RoleHolder, e.self(), "")
	e.reference(r, ontology.RoleOrganisation, model.Organisation, at, "")
	schoolType(r, ontology.RoleSchoolForm, v.get("schoolType"))
	cancelled := v.get("cancelled")
	if cancelled.text() == "true" {
		r.Add(ontology.RoleStatus, model.Code{Scheme: "role-status", Notation: "cancelled"}, "true")
	}
}

// self refers to the person being mapped.
func (e *element) self() model.Reference {
	return model.Reference{Key: model.RecordKey{Source: e.source, Kind: model.Person, LocalID: e.id}, Kind: model.Person}
}

func (e *element) responsible(v value) {
	person, relation := v.get("person"), v.get("relationType")
	holder, _ := uuidOf(person.get("id"))
	roleType, known := responsibleRoles[relation.text()]
	if !known {
		roleType = "contact"
	}
	r := e.role(e.unique(e.id+"/responsible/"+holder+"/"+roleType), roleType)
	e.misfitsOf(r, v)
	if !known && !relation.absent() {
		draft.Issue(r, ontology.RoleType, relation, relation.text(), model.IssueUnknownCode, model.Warning, "a relation that SS12000 does not have; taken as a contact")
	}
	e.reference(r, ontology.RoleHolder, model.Person, person, "")
	r.Link(ontology.RoleOnBehalfOf, e.self(), relations[relation.text()])
}
