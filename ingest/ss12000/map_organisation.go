package ss12000

import (
	"github.com/karna-registry/karna/ingest/draft"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var organisationTypes = map[string]string{
	"Huvudman":          "school-authority",
	"Verksamhetsområde": "division",
	"Förvaltning":       "department",
	"Stadsdel":          "district-administration",
	"Rektorsområde":     "principal-area",
	"Skola":             "school",
	"Skolenhet":         "school-unit",
	"Varumärke":         "brand",
	"Bolag":             "company",
	"Övrigt":            "other",
}

var organisationAddressUses = map[string]string{
	"Besöksadress":   "visit",
	"Leveransadress": "location",
	"Postadress":     "post",
	"Fakturaadress":  "post",
}

func (e *element) organisation() {
	r := e.record(model.Organisation, e.id)
	e.period(r, e.value)

	name := e.get("displayName")
	draft.Text(r, ontology.OrgName, name, name.text(), "sv")
	typ := e.get("organisationType")
	code(r, ontology.OrgType, typ, "organisation-type", organisationTypes)

	number := e.get("organisationNumber")
	switch typ.text() {
	case "Huvudman", "Bolag":
		draft.OrganisationNumber(r, ontology.OrgIdentifier, number, number.text())
	default:
		draft.LegalEntity(r, ontology.OrgLegalEntity, number, number.text())
	}
	unit := e.get("schoolUnitCode")
	draft.Identifier(r, ontology.OrgIdentifier, unit, model.Skolenhetskod, unit.text())
	own := e.get("organisationCode")
	draft.Identifier(r, ontology.OrgIdentifier, own, e.localID(), own.text())
	e.reference(r, ontology.OrgParent, model.Organisation, e.get("parentOrganisation"), "school")

	municipality := e.get("municipalityCode")
	draft.LinkByIdentifier(r, ontology.OrgMunicipality, municipality, model.Geography, model.Kommunkod, pad(municipality.text(), 4), "")
	e.get("schoolTypes").each(func(v value) {
		schoolType(r, ontology.OrgSchoolTypes, v)
	})
	if a := e.get("address"); !a.absent() {
		use := "visit"
		if t := a.get("type"); !t.absent() {
			use = organisationAddressUses[t.text()]
		}
		e.address(r, ontology.OrgAddress, a, use)
	}
	url := e.get("url")
	draft.Text(r, ontology.OrgHomepage, url, url.text(), "")
	email, phone := e.get("email"), e.get("phoneNumber")
	draft.Contact(r, ontology.OrgContact, email, "email", "function", email.text())
	draft.Contact(r, ontology.OrgContact, phone, "phone", "function", phone.text())
	e.get("contactInfo").each(func(v value) {
		v.get("infoType")
		info := v.get("info")
		draft.AnyContact(r, ontology.OrgContact, info, "function", info.text())
	})
}

// address reads an address in the standard's form.
func (e *element) address(r *draft.Record, p model.PropertyID, a value, use string) {
	street, postal, locality := a.get("streetAddress"), a.get("postalCode"), a.get("locality")
	draft.Address(r, p, a, draft.Parts{
		Use:          use,
		Street:       street.text(),
		PostalCode:   postal.text(),
		Locality:     locality.text(),
		Municipality: pad(a.get("municipalityCode").text(), 4),
		County:       pad(a.get("countyCode").text(), 2),
		Property:     a.get("realEstateDesignation").text(),
		Country:      a.get("country").text(),
	})
}
