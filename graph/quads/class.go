package quads

import (
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// The classes that a golden record of each kind may have, as IRIs.
var (
	classPerson       = []string{ontology.Expand("person:Person")}
	classMembership   = []string{ontology.Expand("org:Membership")}
	classPost         = []string{ontology.Expand("org:Post")}
	classService      = []string{ontology.Expand("cpsv:PublicService")}
	classConcept      = []string{ontology.Expand("skos:Concept")}
	classLocation     = []string{ontology.Expand("dct:Location")}
	classAdminUnit    = []string{ontology.Expand("m8g:AdminUnit")}
	classAddressPoint = []string{ontology.Expand("locn:Address")}

	publicOrganisation = ontology.Expand("m8g:PublicOrganisation")
	organisationalUnit = ontology.Expand("org:OrganizationalUnit")
	legalEntity        = ontology.Expand("legal:LegalEntity")
	organisation       = ontology.Expand("org:Organization")
)

// organisationClass says which class a notation of organisation-type means.
var organisationClass = map[string]string{
	"municipality": publicOrganisation, "region": publicOrganisation, "committee": publicOrganisation, "board": publicOrganisation,
	"authority": publicOrganisation, "state-authority": publicOrganisation, "municipal-association": publicOrganisation,
	"department": organisationalUnit, "unit": organisationalUnit, "school": organisationalUnit, "school-unit": organisationalUnit,
	"cost-centre": organisationalUnit, "division": organisationalUnit, "section": organisationalUnit, "workplace": organisationalUnit,
	"district-administration": organisationalUnit, "principal-area": organisationalUnit,
	"company": legalEntity, "association": legalEntity, "foundation": legalEntity, "sole-trader": legalEntity,
}

// administrative are the notations of geography-type that are administrative
// units; a statistical or postal area is only a location.
var administrative = map[string]bool{
	"country": true, "county": true, "municipality": true, "district": true, "electoral-district": true,
}

const (
	addressPoint = "address-point"
	postRole     = "post"
)

// appendClasses appends the classes of a golden record, in IRI order.
func appendClasses(dst []string, kind model.Kind, values []model.GoldenValue) []string {
	switch kind {
	case model.Person:
		return append(dst, classPerson...)
	case model.Role:
		if hasCode(values, ontology.RoleType, postRole) {
			return append(dst, classPost...)
		}
		return append(dst, classMembership...)
	case model.Organisation:
		return appendOrganisationClasses(dst, values)
	case model.Geography:
		for i := range values {
			if c, ok := values[i].Value.(model.Code); ok && values[i].Property == ontology.GeoType {
				switch {
				case c.Notation == addressPoint:
					return append(dst, classAddressPoint...)
				case administrative[c.Notation]:
					return append(dst, classAdminUnit...)
				}
			}
		}
		return append(dst, classLocation...)
	case model.Service:
		return append(dst, classService...)
	case model.Concept:
		return append(dst, classConcept...)
	}
	return dst
}

// appendOrganisationClasses gives an organisation every class that its types
// and legal form mean; one of no known type is only an organisation.
func appendOrganisationClasses(dst []string, values []model.GoldenValue) []string {
	var public, unit, legal bool
	for i := range values {
		c, ok := values[i].Value.(model.Code)
		if !ok {
			continue
		}
		switch values[i].Property {
		case ontology.OrgLegalForm:
			legal = true
		case ontology.OrgType:
			switch organisationClass[c.Notation] {
			case publicOrganisation:
				public = true
			case organisationalUnit:
				unit = true
			case legalEntity:
				legal = true
			}
		}
	}
	if public {
		dst = append(dst, publicOrganisation)
	}
	if legal {
		dst = append(dst, legalEntity)
	}
	if unit {
		dst = append(dst, organisationalUnit)
	}
	if !public && !legal && !unit {
		dst = append(dst, organisation)
	}
	return dst
}

func hasCode(values []model.GoldenValue, p model.PropertyID, notation string) bool {
	for i := range values {
		if c, ok := values[i].Value.(model.Code); ok && values[i].Property == p && c.Notation == notation {
			return true
		}
	}
	return false
}
