package match

import (
	"fmt"
	"strings"

	"github.com/karna-registry/karna/model"
)

// Attr is what a column says of a thing, as matching sees it.
type Attr uint8

// The attributes. Text is anything without a meaning of its own.
const (
	Ignored Attr = iota
	GivenName
	FamilyName
	BirthName
	Name // a whole name: of a person in any order, or of anything else
	BirthDate
	BirthYear
	BirthMonth
	BirthDay
	Sex
	Email
	Phone
	Street
	StreetNumber
	CareOf
	PostalCode
	Locality
	Region
	Northing // or a latitude
	Easting  // or a longitude
	StartDate
	EndDate
	Title // compared by its words as names of units, posts and services are
	Identifier
	Text
	attrs
)

var attrNames = [attrs]string{
	"ignored", "givenName", "familyName", "birthName", "name", "birthDate", "birthYear", "birthMonth", "birthDay", "sex", "email", "phone",
	"street", "streetNumber", "careOf", "postalCode", "locality", "region", "northing", "easting", "startDate", "endDate", "title", "identifier", "text",
}

// String is the attribute's name as configuration spells it.
func (a Attr) String() string {
	if a < attrs {
		return attrNames[a]
	}
	return "unknown"
}

// propertyAttrs are the model's property names that mean one of the attributes.
var propertyAttrs = map[string]Attr{
	"middleName": GivenName, "preferredName": GivenName, "altName": Name, "legalName": Name,
}

// ParseAttr reads an attribute or a property's name. A property that matching
// does not know is compared as text.
func ParseAttr(s string) Attr {
	for a, n := range attrNames {
		if strings.EqualFold(n, s) {
			return Attr(a)
		}
	}
	for n, a := range propertyAttrs {
		if strings.EqualFold(n, s) {
			return a
		}
	}
	return Text
}

// Column is one column of the input.
type Column struct {
	Attr   Attr
	Name   string       // of a text: what it is called; else only for messages
	Scheme model.Scheme // of an identifier
	Layout string       // of a date, as Go writes layouts; empty to recognise it
}

// Schema is what the columns of a table mean.
type Schema struct {
	Kind    model.Kind
	Columns []Column
	// Proof says what a scheme proves; nil means model.ProofOf.
	Proof func(model.Scheme) model.Proof
}

func (s *Schema) proofOf(scheme model.Scheme) model.Proof {
	if s.Proof != nil {
		return s.Proof(scheme)
	}
	return model.ProofOf(scheme)
}

// maxComparisons is how many comparisons a pattern has room for.
const maxComparisons = 16

// Check says what is wrong with the schema.
func (s *Schema) Check() error {
	if s.Kind == model.KindUnknown || s.Kind == model.Concept {
		return fmt.Errorf("kind %v is not matched: want one of person, organisation, geography, service, role", s.Kind)
	}
	useful := 0
	for _, c := range s.Columns {
		if c.Attr != Ignored {
			useful++
		}
	}
	if useful == 0 {
		return fmt.Errorf("no column is compared: map at least one to a property")
	}
	return nil
}
