package model

// PropertyID is a property's stable number: the field number of its values in
// stored documents. Numbers are given in the ontology's table and never reused.
type PropertyID uint16

// ValueType says which Go type a property's values have.
type ValueType uint8

// The value types. The numbers are stored and are never reused.
const (
	TypeText       ValueType = 1
	TypeDate       ValueType = 2
	TypeCode       ValueType = 3
	TypeIdentifier ValueType = 4
	TypeLink       ValueType = 5
	TypeNumber     ValueType = 6
	TypeBoolean    ValueType = 7
	TypeAddress    ValueType = 8
	TypeContact    ValueType = 9
	TypeGeometry   ValueType = 10
	TypePeriod     ValueType = 11
)

var valueTypeNames = [...]string{"", "text", "date", "code", "identifier", "link", "number", "boolean", "address", "contact", "geometry", "period"}

// String is the type's name as mappings and documentation spell it.
func (t ValueType) String() string {
	if int(t) < len(valueTypeNames) {
		return valueTypeNames[t]
	}
	return "unknown"
}

// Value is one normalised value. The concrete types below are the only ones;
// all are comparable with ==, which is equality of values.
type Value interface {
	Type() ValueType
}

// Text is a string in NFC; Lang is a BCP 47 tag, or empty where language has
// no meaning (a person's name).
type Text struct{ Text, Lang string }

// Code is a notation in a code list (a skos:ConceptScheme named by Scheme).
type Code struct{ Scheme, Notation string }

// Number is a finite decimal number; its unit is the property's.
type Number float64

// Boolean is true or false as a source states it; absence is no value.
type Boolean bool

// Identifier is a value of a scheme. For a sealed scheme at rest Value is empty
// and Seal refers to the encrypted value; in memory, inside the registry's own
// use-cases only, Value may be set beside it.
type Identifier struct {
	Scheme Scheme
	Value  string
	Seal   EntityID
	Status IdentifierStatus
}

// IdentifierStatus says whether the value passed its scheme's rule, and whether
// its source says that another value has replaced it.
type IdentifierStatus uint8

// The statuses. A failed value never links or separates by itself.
const (
	IdentifierValid    IdentifierStatus = 1
	IdentifierFailed   IdentifierStatus = 2 // did not pass its scheme's rule; kept, with an issue
	IdentifierReplaced IdentifierStatus = 3 // valid, and the source says that it was replaced by the holder's other value
)

// Reference is how a record points at another thing: by a source's own record
// id (Key set), or by an identifier (Scheme and Value or Seal set, with Kind).
type Reference struct {
	Key    RecordKey
	Kind   Kind
	Scheme Scheme
	Value  string
	Seal   EntityID
}

// ByIdentifier tells whether the reference is by identifier, not by record id.
func (r Reference) ByIdentifier() bool { return r.Scheme != "" }

// Link points from one thing to another. Ref is what the source said. To and
// Disclosure are set only in golden records: the golden id it resolves to (zero
// while dangling) and who may see that target. Role qualifies the link: the
// hierarchy of a parent (line, economy, school), the kind of a change event, a
// guardian's relation. Note is a decision's reference.
type Link struct {
	Ref        Reference
	To         EntityID
	Disclosure Disclosure
	Role       string
	Note       string
}

// Address is a postal or visiting address. Use is folkbokforing, sarskild-post,
// tillfallig, post, visit or location. The parts survive as a group.
type Address struct {
	Use          string
	CareOf       string
	Street       string // thoroughfare
	StreetNumber string // locator designator, with letter: 12B
	Entrance     string
	Unit         string // apartment number, e.g. 1102
	PostalCode   string // five digits in Sweden, no space
	Locality     string // post name
	Municipality string // kommunkod, four digits as a string
	County       string // länskod, two digits as a string
	Property     string // fastighetsbeteckning
	Country      string // ISO 3166-1 alpha-2 where known, else as stated
	FullAddress  string // as stated, when it could not be taken apart
}

// Contact is a way to reach someone. Medium is email, phone or web; Use is
// work, private, school or function.
type Contact struct{ Medium, Use, Value string }

// Geometry is WGS 84, longitude first. WKT is set for anything but a point.
// Original and CRS (an EPSG number) keep what the source said.
type Geometry struct {
	Lon, Lat float64
	WKT      string
	Original string
	CRS      uint32
}

// Type is TypeText.
func (Text) Type() ValueType { return TypeText }

// Type is TypeDate.
func (Date) Type() ValueType { return TypeDate }

// Type is TypeCode.
func (Code) Type() ValueType { return TypeCode }

// Type is TypeIdentifier.
func (Identifier) Type() ValueType { return TypeIdentifier }

// Type is TypeLink.
func (Link) Type() ValueType { return TypeLink }

// Type is TypeNumber.
func (Number) Type() ValueType { return TypeNumber }

// Type is TypeBoolean.
func (Boolean) Type() ValueType { return TypeBoolean }

// Type is TypeAddress.
func (Address) Type() ValueType { return TypeAddress }

// Type is TypeContact.
func (Contact) Type() ValueType { return TypeContact }

// Type is TypeGeometry.
func (Geometry) Type() ValueType { return TypeGeometry }

// Type is TypePeriod.
func (Period) Type() ValueType { return TypePeriod }
