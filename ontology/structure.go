package ontology

import "github.com/karna-registry/karna/model"

// Structure is a class of nodes that hang on a golden record: a value with
// parts, or a statement about one. They have IRIs of their own ({iri}#address-1),
// so that there are no blank nodes.
type Structure struct {
	Name string // as JSON-LD spells the class
	RDF  string // the class
	// Description is for the classes of our own.
	Description   string
	DescriptionSV string
	// Properties are the node's own, besides those that every structure has.
	Properties []Part
}

// Part is a property of a structure, or one that every golden record has
// besides its table rows.
type Part struct {
	Name          string // as JSON-LD spells it
	LabelSV       string // what Swedish readers see
	RDF           string
	SubOf         string // for a term of our own, where there is one
	Type          PartType
	Description   string
	DescriptionSV string
}

// PartType says what the objects of a part are.
type PartType uint8

// The types of part.
const (
	PartText  PartType = 1 // a literal, with or without a language
	PartIRI   PartType = 2 // a code's or a node's IRI
	PartDate  PartType = 3 // xsd:date, xsd:gYearMonth or xsd:gYear
	PartValue PartType = 4 // whatever the property that it stands for has
	PartPage  PartType = 5 // an IRI where the text is one, else a literal
	PartTime  PartType = 6 // xsd:dateTime
	PartCount PartType = 7 // xsd:integer
)

var (
	temporal = Part{Name: "period", LabelSV: "Period", RDF: "dct:temporal", Type: PartIRI,
		Description: "When it holds.", DescriptionSV: "När det gäller."}
	original = Part{Name: "original", LabelSV: "Original", RDF: "karna:original", Type: PartText,
		Description: "The text as a source delivered it, where it differs.", DescriptionSV: "Texten som källan lämnade den, när den skiljer sig."}
	contactParts = []Part{
		{Name: "email", LabelSV: "E-post", RDF: "m8g:email", Type: PartText, Description: "E-mail address.", DescriptionSV: "E-postadress."},
		{Name: "telephone", LabelSV: "Telefon", RDF: "m8g:telephone", Type: PartText, Description: "Telephone number.", DescriptionSV: "Telefonnummer."},
		{Name: "page", LabelSV: "Webbsida", RDF: "m8g:contactPage", Type: PartPage, Description: "Web address.", DescriptionSV: "Webbadress."},
		{Name: "contactValue", LabelSV: "Kontaktväg", RDF: "karna:contactValue", Type: PartText, Description: "An address of another medium.", DescriptionSV: "En adress i ett annat medium."},
		{Name: "contactMedium", LabelSV: "Medium", RDF: "karna:contactMedium", Type: PartText, Description: "The other medium.", DescriptionSV: "Det andra mediet."},
		{Name: "use", LabelSV: "Användning", RDF: "dct:type", Type: PartIRI, Description: "What it is for: work, private, school, function.", DescriptionSV: "Vad den är till för: arbete, privat, skola, funktion."},
	}
)

var structures = []Structure{
	{Name: "Identifier", RDF: "adms:Identifier", Properties: []Part{
		{Name: "notation", LabelSV: "Värde", RDF: "skos:notation", Type: PartText, Description: "The identifier's value.", DescriptionSV: "Identifierarens värde."},
		{Name: "identifierScheme", LabelSV: "Schema", RDF: "dct:type", Type: PartIRI, Description: "The scheme that the value belongs to.", DescriptionSV: "Schemat som värdet tillhör."},
		{Name: "identifierStatus", LabelSV: "Identifierarstatus", RDF: "adms:status", Type: PartIRI, Description: "Stated when the value failed its scheme's rule or was replaced.", DescriptionSV: "Anges när värdet inte följer sitt schemas regel eller har ersatts."},
	}},
	{Name: "Address", RDF: "locn:Address", Properties: []Part{
		{Name: "use", LabelSV: "Användning", RDF: "dct:type", Type: PartIRI, Description: "What sort of address it is.", DescriptionSV: "Vilken sorts adress det är."},
		{Name: "careOf", LabelSV: "C/o", RDF: "karna:careOf", Type: PartText, Description: "Care of.", DescriptionSV: "C/o."},
		{Name: "street", LabelSV: "Gata", RDF: "locn:thoroughfare", Type: PartText, Description: "Street name.", DescriptionSV: "Gatunamn."},
		{Name: "streetNumber", LabelSV: "Gatunummer", RDF: "locn:locatorDesignator", Type: PartText, Description: "Street number with its letter.", DescriptionSV: "Gatunummer med bokstav."},
		{Name: "entrance", LabelSV: "Uppgång", RDF: "karna:entrance", Type: PartText, Description: "Entrance.", DescriptionSV: "Uppgång."},
		{Name: "unit", LabelSV: "Lägenhetsnummer", RDF: "karna:dwellingNumber", Type: PartText, Description: "Dwelling number.", DescriptionSV: "Lägenhetsnummer."},
		{Name: "postalCode", LabelSV: "Postnummer", RDF: "locn:postCode", Type: PartText, Description: "Postal code.", DescriptionSV: "Postnummer."},
		{Name: "locality", LabelSV: "Postort", RDF: "locn:postName", Type: PartText, Description: "Post town.", DescriptionSV: "Postort."},
		{Name: "municipalityCode", LabelSV: "Kommunkod", RDF: "karna:municipalityCode", SubOf: "locn:adminUnitL2", Type: PartText, Description: "Municipality code.", DescriptionSV: "Kommunkod."},
		{Name: "countyCode", LabelSV: "Länskod", RDF: "karna:countyCode", SubOf: "locn:adminUnitL2", Type: PartText, Description: "County code.", DescriptionSV: "Länskod."},
		{Name: "propertyDesignation", LabelSV: "Fastighetsbeteckning", RDF: "karna:propertyDesignation", SubOf: "locn:locatorName", Type: PartText, Description: "Property designation.", DescriptionSV: "Fastighetsbeteckning."},
		{Name: "country", LabelSV: "Land", RDF: "locn:adminUnitL1", Type: PartText, Description: "Country.", DescriptionSV: "Land."},
		{Name: "fullAddress", LabelSV: "Hel adress", RDF: "locn:fullAddress", Type: PartText, Description: "The address as stated, when it could not be taken apart.", DescriptionSV: "Adressen som den angavs, när den inte gick att dela upp."},
	}},
	{Name: "ContactPoint", RDF: "m8g:ContactPoint", Properties: contactParts},
	{Name: "Channel", RDF: "m8g:Channel", Properties: contactParts},
	{Name: "Cost", RDF: "m8g:Cost", Properties: []Part{
		{Name: "description", LabelSV: "Beskrivning", RDF: "dct:description", Type: PartText, Description: "What it costs, in words.", DescriptionSV: "Kostnaden i ord."},
	}},
	{Name: "Requirement", RDF: "m8g:Requirement", Properties: []Part{
		{Name: "title", LabelSV: "Titel", RDF: "dct:title", Type: PartText, Description: "The requirement, in words.", DescriptionSV: "Kravet i ord."},
	}},
	{Name: "LegalResource", RDF: "eli:LegalResource", Properties: []Part{
		{Name: "title", LabelSV: "Titel", RDF: "dct:title", Type: PartText, Description: "The law and its section, in words.", DescriptionSV: "Lagrummet i ord."},
	}},
	{Name: "ChangeEvent", RDF: "org:ChangeEvent", Properties: []Part{
		{Name: "originalOrganization", LabelSV: "Tidigare organisation", RDF: "org:originalOrganization", Type: PartIRI, Description: "The organisation before the change.", DescriptionSV: "Organisationen före ändringen."},
		{Name: "resultingOrganization", LabelSV: "Ny organisation", RDF: "org:resultingOrganization", Type: PartIRI, Description: "The organisation after the change.", DescriptionSV: "Organisationen efter ändringen."},
		{Name: "role", LabelSV: "Precisering", RDF: "karna:role", Type: PartText, Description: "What sort of change: merged, split, moved, renamed.", DescriptionSV: "Sorts ändring: sammanslagen, delad, flyttad, omdöpt."},
		{Name: "note", LabelSV: "Anmärkning", RDF: "karna:note", SubOf: "skos:note", Type: PartText, Description: "A decision's reference.", DescriptionSV: "Beslutets referens."},
	}},
	{Name: "Period", RDF: "dct:PeriodOfTime", Properties: []Part{
		{Name: "from", LabelSV: "Från", RDF: "dcat:startDate", Type: PartDate, Description: "The first day, month or year of the period.", DescriptionSV: "Periodens första dag, månad eller år."},
		{Name: "through", LabelSV: "Till och med", RDF: "dcat:endDate", Type: PartDate, Description: "The last day, month or year of the period.", DescriptionSV: "Periodens sista dag, månad eller år."},
	}},
	{Name: "Statement", RDF: "karna:Statement", Description: "A value with what qualifies it: its period, its role, its original text.", DescriptionSV: "Ett värde med det som preciserar det: period, roll, originaltext.", Properties: []Part{
		{Name: "property", LabelSV: "Egenskap", RDF: "karna:property", SubOf: "rdf:predicate", Type: PartIRI, Description: "The property that the statement gives a value.", DescriptionSV: "Egenskapen som påståendet ger ett värde."},
		{Name: "value", LabelSV: "Värde", RDF: "karna:value", SubOf: "rdf:object", Type: PartValue, Description: "The value.", DescriptionSV: "Värdet."},
		{Name: "role", LabelSV: "Precisering", RDF: "karna:role", Type: PartText, Description: "What qualifies a link: its hierarchy, the kind of change, the relation.", DescriptionSV: "Det som preciserar en länk: hierarki, sorts ändring, relation."},
		{Name: "note", LabelSV: "Anmärkning", RDF: "karna:note", SubOf: "skos:note", Type: PartText, Description: "A decision's reference.", DescriptionSV: "Beslutets referens."},
	}},
	{Name: "Record", RDF: "karna:Record", Description: "What one source says about one thing; a named graph.", DescriptionSV: "Det en källa säger om en sak; en namngiven graf.", Properties: recordParts},
}

// recordParts are the properties of a record's own description, in exports with
// provenance.
var recordParts = []Part{
	{Name: "primaryTopic", LabelSV: "Gyllene post", RDF: "foaf:primaryTopic", Type: PartIRI, Description: "The golden record that the record is part of.", DescriptionSV: "Den gyllene post som posten ingår i."},
	{Name: "source", LabelSV: "Källa", RDF: "dct:source", Type: PartIRI, Description: "The source that delivered the record.", DescriptionSV: "Källan som lämnade posten."},
	{Name: "modified", LabelSV: "Ändrad", RDF: "dct:modified", Type: PartTime, Description: "The source's own time of this version.", DescriptionSV: "Källans egen tid för versionen."},
	{Name: "revision", LabelSV: "Revision", RDF: "karna:revision", Type: PartCount, Description: "The revision from which this version holds.", DescriptionSV: "Revisionen som versionen gäller från."},
}

// everyone are the properties of any golden record that are no table rows.
var everyone = []Part{
	temporal,
	{Name: "statement", LabelSV: "Påstående", RDF: "karna:statement", Type: PartIRI, Description: "A value with what qualifies it: its period, its role.", DescriptionSV: "Ett värde med det som preciserar det: period, roll."},
	{Name: "sameAs", LabelSV: "Samma som", RDF: "owl:sameAs", Type: PartIRI, Description: "The IRI by which values refer to a code of a code list.", DescriptionSV: "IRI:n som värden använder för en kod i en kodlista."},
	{Name: "registeredIdentifier", LabelSV: "Identifierare med schema", RDF: "adms:identifier", Type: PartIRI, Description: "The identifier with its scheme, where the property itself is a literal.", DescriptionSV: "Identifieraren med sitt schema, när egenskapen själv är en text."},
}

// Structures lists the classes of nodes that hang on golden records. The slice
// is shared: read only.
func Structures() []Structure { return structures }

// EveryRecord lists the properties that any golden record may have besides its
// kind's table rows. The slice
// is shared: read only.
func EveryRecord() []Part { return everyone }

// EveryStructure lists the properties that any structure may have besides its own.
func EveryStructure() []Part { return []Part{temporal, original} }

// A KindClass is one class that golden records of a kind are published with.
type KindClass struct {
	Kind model.Kind
	RDF  string
}

// KindClasses lists every class that a golden record may be published with;
// which one it is follows from its type (quads). The slice is shared: read only.
func KindClasses() []KindClass { return kindClasses }

var kindClasses = []KindClass{
	{model.Person, "person:Person"},
	{model.Role, "org:Membership"},
	{model.Role, "org:Post"},
	{model.Organisation, "m8g:PublicOrganisation"},
	{model.Organisation, "org:OrganizationalUnit"},
	{model.Organisation, "org:Organization"},
	{model.Organisation, "legal:LegalEntity"},
	{model.Geography, "m8g:AdminUnit"},
	{model.Geography, "locn:Address"},
	{model.Geography, "dct:Location"},
	{model.Service, "cpsv:PublicService"},
	{model.Concept, "skos:Concept"},
}
