package ontology

import . "github.com/karna-registry/karna/model" //nolint:revive,staticcheck // the table is written in the model's words

// Properties that code names. A property that no code treats specially needs
// no constant: its row is enough.
const (
	PersonIdentifier        PropertyID = 101
	PersonIdentityAssurance PropertyID = 102
	PersonGivenName         PropertyID = 103
	PersonMiddleName        PropertyID = 104
	PersonFamilyName        PropertyID = 105
	PersonPreferredName     PropertyID = 106
	PersonBirthName         PropertyID = 107
	PersonBirthDate         PropertyID = 108
	PersonDeathDate         PropertyID = 109
	PersonSex               PropertyID = 110
	PersonEmail             PropertyID = 111
	PersonPhone             PropertyID = 112
	PersonAddress           PropertyID = 113
	PersonProtection        PropertyID = 114
	PersonStatus            PropertyID = 115

	RoleHolder        PropertyID = 201
	RoleHolderName    PropertyID = 202
	RoleOrganisation  PropertyID = 203
	RoleEmployer      PropertyID = 204
	RoleBody          PropertyID = 205
	RoleFills         PropertyID = 206
	RoleBasedOn       PropertyID = 207
	RolePlace         PropertyID = 208
	RoleService       PropertyID = 209
	RoleOnBehalfOf    PropertyID = 210
	RoleType          PropertyID = 211
	RoleMandatePeriod PropertyID = 212
	RoleDecision      PropertyID = 213
	RoleParty         PropertyID = 214
	RoleTitle         PropertyID = 215
	RoleOccupation    PropertyID = 216
	RoleExtent        PropertyID = 217
	RoleIsManager     PropertyID = 218
	RoleIsMain        PropertyID = 219
	RoleContact       PropertyID = 220
	RoleStatus        PropertyID = 221
	RoleIdentifier    PropertyID = 222
	RoleSchoolForm    PropertyID = 223
	RoleGroupName     PropertyID = 224

	OrgIdentifier   PropertyID = 301
	OrgName         PropertyID = 302
	OrgAltName      PropertyID = 303
	OrgLegalName    PropertyID = 304
	OrgType         PropertyID = 305
	OrgLegalForm    PropertyID = 306
	OrgParent       PropertyID = 307
	OrgLegalEntity  PropertyID = 308
	OrgChangedBy    PropertyID = 309
	OrgResultedFrom PropertyID = 310
	OrgAddress      PropertyID = 311
	OrgPlace        PropertyID = 312
	OrgMunicipality PropertyID = 313
	OrgContact      PropertyID = 314
	OrgHomepage     PropertyID = 315
	OrgSchoolTypes  PropertyID = 316
	OrgStatus       PropertyID = 317

	GeoIdentifier PropertyID = 401
	GeoName       PropertyID = 402
	GeoType       PropertyID = 403
	GeoParent     PropertyID = 404
	GeoOn         PropertyID = 405
	GeoIn         PropertyID = 406
	GeoAddress    PropertyID = 407
	GeoPoint      PropertyID = 408
	GeoGeometry   PropertyID = 409
	GeoStatus     PropertyID = 410

	ServiceIdentifier     PropertyID = 501
	ServiceName           PropertyID = 502
	ServiceDescription    PropertyID = 503
	ServiceSummary        PropertyID = 504
	ServiceProvider       PropertyID = 505
	ServiceAreaServed     PropertyID = 506
	ServiceType           PropertyID = 507
	ServiceSector         PropertyID = 508
	ServiceTargetGroup    PropertyID = 509
	ServiceLifeEvent      PropertyID = 510
	ServiceKeyword        PropertyID = 511
	ServiceLanguage       PropertyID = 512
	ServiceStatus         PropertyID = 513
	ServiceEquivalentTo   PropertyID = 514
	ServiceChannelPlace   PropertyID = 515
	ServiceChannel        PropertyID = 516
	ServiceOpeningHours   PropertyID = 517
	ServiceCost           PropertyID = 518
	ServiceProcessingTime PropertyID = 519
	ServiceRequirement    PropertyID = 520
	ServiceLegalResource  PropertyID = 521
	ServiceCaseHandlers   PropertyID = 522
	ServiceInternalNotes  PropertyID = 523

	ConceptNotation    PropertyID = 601
	ConceptScheme      PropertyID = 602
	ConceptLabel       PropertyID = 603
	ConceptDefinition  PropertyID = 604
	ConceptBroader     PropertyID = 605
	ConceptReplacedBy  PropertyID = 606
	ConceptExactMatch  PropertyID = 607
	ConceptCloseMatch  PropertyID = 608
	ConceptBroadMatch  PropertyID = 609
	ConceptNarrowMatch PropertyID = 610
	ConceptStatus      PropertyID = 611
)

var (
	people   = []Kind{Person}
	roles    = []Kind{Role}
	orgs     = []Kind{Organisation}
	places   = []Kind{Geography}
	services = []Kind{Service}
	concepts = []Kind{Concept}
)

// table is the model: one row per property (model.md), ordered by number.
var table = []Property{
	{ID: PersonIdentifier, Kind: Person, Name: "identifier", LabelSV: "Identifierare", Type: TypeIdentifier, Many: true, RDF: "adms:identifier", Disclosure: Restricted, Matching: MatchIdentifier, Survive: SurviveAll,
		Description: "A number or name that identifies the person in a scheme; personal schemes are sealed.", DescriptionSV: "Nummer eller namn som identifierar personen i ett schema; personliga scheman är förseglade."},
	{ID: PersonIdentityAssurance, Kind: Person, Name: "identityAssurance", LabelSV: "Identitetsnivå", Type: TypeCode, CodeList: "identity-assurance", RDF: "karna:identityAssurance", Disclosure: Restricted, Matching: MatchNone, Survive: SurviveOne,
		Description: "How well the identity behind a coordination number is proved.", DescriptionSV: "Hur väl identiteten bakom ett samordningsnummer är styrkt."},
	{ID: PersonGivenName, Kind: Person, Name: "givenName", LabelSV: "Förnamn", Type: TypeText, RDF: "foaf:givenName", Disclosure: Restricted, Index: IndexToken, Matching: MatchName, Survive: SurviveGroup, Group: "name",
		Description: "Given names in their registered order.", DescriptionSV: "Förnamn i registrerad ordning."},
	{ID: PersonMiddleName, Kind: Person, Name: "middleName", LabelSV: "Mellannamn", Type: TypeText, RDF: "karna:middleName", SubOf: "foaf:name", Disclosure: Restricted, Index: IndexToken, Matching: MatchName, Survive: SurviveGroup, Group: "name",
		Description: "Middle name (mellannamn).", DescriptionSV: "Mellannamn."},
	{ID: PersonFamilyName, Kind: Person, Name: "familyName", LabelSV: "Efternamn", Type: TypeText, RDF: "foaf:familyName", Disclosure: Restricted, Index: IndexToken, Matching: MatchName, Survive: SurviveGroup, Group: "name",
		Description: "Family name (efternamn).", DescriptionSV: "Efternamn."},
	{ID: PersonPreferredName, Kind: Person, Name: "preferredName", LabelSV: "Tilltalsnamn", Type: TypeText, RDF: "karna:preferredName", SubOf: "foaf:givenName", Disclosure: Restricted, Index: IndexToken, Matching: MatchName, Survive: SurviveGroup, Group: "name",
		Description: "The given name the person goes by (tilltalsnamn).", DescriptionSV: "Tilltalsnamn."},
	{ID: PersonBirthName, Kind: Person, Name: "birthName", LabelSV: "Födelsenamn", Type: TypeText, RDF: "person:birthName", Disclosure: Restricted, Index: IndexToken, Matching: MatchName, Survive: SurviveOne,
		Description: "Family name at birth.", DescriptionSV: "Efternamn vid födseln."},
	{ID: PersonBirthDate, Kind: Person, Name: "birthDate", LabelSV: "Födelsedatum", Type: TypeDate, RDF: "m8g:birthDate", Disclosure: Restricted, Matching: MatchBirth, Survive: SurviveOne,
		Description: "Date of birth at the precision known.", DescriptionSV: "Födelsedatum med känd precision."},
	{ID: PersonDeathDate, Kind: Person, Name: "deathDate", LabelSV: "Dödsdatum", Type: TypeDate, RDF: "m8g:deathDate", Disclosure: Restricted, Survive: SurviveOne,
		Description: "Date of death at the precision known.", DescriptionSV: "Dödsdatum med känd precision."},
	{ID: PersonSex, Kind: Person, Name: "sex", LabelSV: "Kön", Type: TypeCode, CodeList: "sex", RDF: "m8g:sex", Disclosure: Restricted, Matching: MatchSex, Survive: SurviveOne,
		Description: "Sex as a source states it; never derived from an identifier.", DescriptionSV: "Kön som källan anger det; härleds aldrig ur ett personnummer."},
	{ID: PersonEmail, Kind: Person, Name: "email", LabelSV: "E-post", Type: TypeContact, Many: true, RDF: "m8g:contactPoint", Disclosure: Restricted, Matching: MatchContact, Survive: SurviveAll,
		Description: "E-mail address, typed work, private or school.", DescriptionSV: "E-postadress: arbete, privat eller skola."},
	{ID: PersonPhone, Kind: Person, Name: "phone", LabelSV: "Telefon", Type: TypeContact, Many: true, RDF: "m8g:contactPoint", Disclosure: Restricted, Matching: MatchContact, Survive: SurviveAll,
		Description: "Telephone number in E.164 where it could be read.", DescriptionSV: "Telefonnummer, E.164 där det kunde tolkas."},
	{ID: PersonAddress, Kind: Person, Name: "address", LabelSV: "Adress", Type: TypeAddress, Many: true, RDF: "locn:address", Disclosure: Restricted, Index: IndexPostcode, Matching: MatchAddress, Survive: SurviveAll,
		Description: "Address, typed registered, special postal, temporary or postal.", DescriptionSV: "Adress: folkbokföring, särskild postadress, tillfällig eller post."},
	{ID: PersonProtection, Kind: Person, Name: "protection", LabelSV: "Skyddade personuppgifter", Type: TypeCode, CodeList: ProtectionScheme, RDF: "karna:protection", Disclosure: Internal, Survive: SurviveMaximum,
		Description: "Whether the identity is protected; the highest level any source states.", DescriptionSV: "Om personen har skyddade personuppgifter; högsta nivå som någon källa anger."},
	{ID: PersonStatus, Kind: Person, Name: "status", LabelSV: "Personstatus", Type: TypeCode, CodeList: "person-status", RDF: "adms:status", Disclosure: Restricted, Index: IndexCode, Survive: SurviveOne,
		Description: "Status as a source states it: active, emigrated, deceased.", DescriptionSV: "Status som källan anger: aktiv, utvandrad, avliden."},

	{ID: RoleHolder, Kind: Role, Name: "holder", LabelSV: "Innehavare", Type: TypeLink, Range: people, RDF: "org:member", Disclosure: Restricted, Index: IndexLink, Matching: MatchLink, Survive: SurviveOne,
		Description: "The person who holds the role; a vacant post has none.", DescriptionSV: "Personen som innehar rollen; en vakant befattning har ingen."},
	{ID: RoleHolderName, Kind: Role, Name: "holderName", LabelSV: "Innehavarens namn", Type: TypeText, RDF: "karna:holderName", SubOf: "rdfs:label", Disclosure: Restricted, Survive: SurviveOne, Derived: true,
		Description: "The holder's name as text, for an office that a decision has made public.", DescriptionSV: "Innehavarens namn som text, för uppdrag som beslutats vara offentliga."},
	{ID: RoleOrganisation, Kind: Role, Name: "organisation", LabelSV: "Organisation", Type: TypeLink, Range: orgs, RDF: "org:organization", Disclosure: Open, Index: IndexLink, Matching: MatchLink, Survive: SurviveOne,
		Description: "The unit the role is at.", DescriptionSV: "Enheten där rollen finns."},
	{ID: RoleEmployer, Kind: Role, Name: "employer", LabelSV: "Arbetsgivare", Type: TypeLink, Range: orgs, RDF: "karna:employer", SubOf: "org:organization", Disclosure: Open, Index: IndexLink, Survive: SurviveOne,
		Description: "The legal entity that employs.", DescriptionSV: "Juridisk person som är arbetsgivare."},
	{ID: RoleBody, Kind: Role, Name: "body", LabelSV: "Organ", Type: TypeLink, Range: orgs, RDF: "karna:body", SubOf: "org:organization", Disclosure: Open, Index: IndexLink, Survive: SurviveOne,
		Description: "The board or committee of an office.", DescriptionSV: "Nämnd eller organ för uppdraget."},
	{ID: RoleFills, Kind: Role, Name: "fills", LabelSV: "Bemannar", Type: TypeLink, Range: roles, RDF: "karna:fills", SubOf: "dct:relation", Disclosure: Internal, Index: IndexLink, Survive: SurviveOne,
		Description: "The post that an employment fills.", DescriptionSV: "Befattningen som en anställning bemannar."},
	{ID: RoleBasedOn, Kind: Role, Name: "basedOn", LabelSV: "Vilar på", Type: TypeLink, Range: roles, RDF: "karna:basedOn", SubOf: "dct:relation", Disclosure: Internal, Index: IndexLink, Survive: SurviveOne,
		Description: "The employment that an assignment rests on.", DescriptionSV: "Anställningen som uppdraget vilar på."},
	{ID: RolePlace, Kind: Role, Name: "place", LabelSV: "Plats", Type: TypeLink, Many: true, Range: places, RDF: "karna:place", SubOf: "dct:spatial", Disclosure: Internal, Index: IndexLink, Survive: SurviveAll,
		Description: "Where the role is carried out.", DescriptionSV: "Plats där rollen utövas."},
	{ID: RoleService, Kind: Role, Name: "service", LabelSV: "Tjänst", Type: TypeLink, Many: true, Range: services, RDF: "karna:service", SubOf: "dct:relation", Disclosure: Internal, Index: IndexLink, Survive: SurviveAll,
		Description: "The service that the role serves.", DescriptionSV: "Tjänsten som rollen arbetar med."},
	{ID: RoleOnBehalfOf, Kind: Role, Name: "onBehalfOf", LabelSV: "För", Type: TypeLink, Range: people, RDF: "karna:onBehalfOf", SubOf: "dct:relation", Disclosure: Restricted, Index: IndexLink, Matching: MatchLink, Survive: SurviveOne,
		Description: "The child, client or principal of a guardian or trustee.", DescriptionSV: "Barnet, klienten eller huvudmannen."},
	{ID: RoleType, Kind: Role, Name: "roleType", LabelSV: "Rolltyp", Type: TypeCode, CodeList: "role-type", RDF: "org:role", Disclosure: Open, Index: IndexCode, Matching: MatchCode, Survive: SurviveOne,
		Description: "What sort of role: employment, post, duty, assignment, elected office, guardian, pupil.", DescriptionSV: "Rolltyp: anställning, befattning, tjänstgöring, uppdrag, förtroendeuppdrag, vårdnadshavare, elev."},
	{ID: RoleMandatePeriod, Kind: Role, Name: "mandatePeriod", LabelSV: "Mandatperiod", Type: TypePeriod, RDF: "karna:mandatePeriod", SubOf: "dct:temporal", Disclosure: Open, Survive: SurviveOne,
		Description: "The term of an elected office.", DescriptionSV: "Mandatperiod."},
	{ID: RoleDecision, Kind: Role, Name: "decision", LabelSV: "Beslut", Type: TypeText, RDF: "karna:decision", SubOf: "dct:description", Disclosure: Open, Survive: SurviveOne,
		Description: "Reference of the decision that appointed, such as a protocol and paragraph.", DescriptionSV: "Beslutsreferens, t.ex. protokoll och paragraf."},
	{ID: RoleParty, Kind: Role, Name: "party", LabelSV: "Parti", Type: TypeCode, CodeList: "party", RDF: "karna:party", Disclosure: Restricted, Survive: SurviveOne,
		Description: "The political party of an elected office; a sensitive fact.", DescriptionSV: "Parti för förtroendevald; känslig uppgift."},
	{ID: RoleTitle, Kind: Role, Name: "title", LabelSV: "Titel", Type: TypeText, RDF: "rdfs:label", Disclosure: Open, Index: IndexToken, Matching: MatchText, Survive: SurviveOne,
		Description: "Title in words.", DescriptionSV: "Titel i ord."},
	{ID: RoleOccupation, Kind: Role, Name: "occupationCode", LabelSV: "Befattningskod", Type: TypeCode, Many: true, RDF: "karna:occupationCode", SubOf: "dct:type", Disclosure: Open, Index: IndexCode, Matching: MatchCode, Survive: SurviveAll,
		Description: "Occupation in AID, SSYK, HSA or a source's own list.", DescriptionSV: "Befattningskod enligt AID, SSYK, HSA eller källans egen lista."},
	{ID: RoleExtent, Kind: Role, Name: "extent", LabelSV: "Omfattning", Type: TypeNumber, RDF: "karna:extent", Disclosure: Internal, Survive: SurviveOne,
		Description: "Extent in per cent of full time.", DescriptionSV: "Omfattning i procent av heltid."},
	{ID: RoleIsManager, Kind: Role, Name: "isManager", LabelSV: "Chef", Type: TypeBoolean, RDF: "karna:isManager", Disclosure: Internal, Survive: SurviveOne,
		Description: "Whether the role leads others.", DescriptionSV: "Om rollen är chef."},
	{ID: RoleIsMain, Kind: Role, Name: "isMainEmployment", LabelSV: "Huvudanställning", Type: TypeBoolean, RDF: "karna:isMainEmployment", Disclosure: Internal, Survive: SurviveOne,
		Description: "Whether it is the holder's main employment.", DescriptionSV: "Om det är huvudanställningen."},
	{ID: RoleContact, Kind: Role, Name: "contact", LabelSV: "Kontakt", Type: TypeContact, Many: true, RDF: "m8g:contactPoint", Disclosure: Internal, Survive: SurviveAll,
		Description: "How to reach the role; a function contact is open.", DescriptionSV: "Kontaktväg till rollen; funktionskontakt är öppen."},
	{ID: RoleStatus, Kind: Role, Name: "status", LabelSV: "Rollstatus", Type: TypeCode, CodeList: "role-status", RDF: "adms:status", Disclosure: Internal, Index: IndexCode, Survive: SurviveOne,
		Description: "Status as a source states it, e.g. on leave, cancelled.", DescriptionSV: "Status som källan anger, t.ex. avbruten."},
	{ID: RoleIdentifier, Kind: Role, Name: "identifier", LabelSV: "Identifierare", Type: TypeIdentifier, Many: true, RDF: "adms:identifier", Disclosure: Internal, Matching: MatchIdentifier, Survive: SurviveAll,
		Description: "The role's number in a source, such as an employment id.", DescriptionSV: "Rollens nummer i en källa, t.ex. anställningsid."},
	{ID: RoleSchoolForm, Kind: Role, Name: "schoolForm", LabelSV: "Skolform", Type: TypeCode, CodeList: "school-type", RDF: "karna:schoolForm", SubOf: "dct:type", Disclosure: Restricted, Survive: SurviveOne,
		Description: "School form of a pupil's enrolment.", DescriptionSV: "Skolform för elevens inskrivning."},
	{ID: RoleGroupName, Kind: Role, Name: "groupName", LabelSV: "Grupp", Type: TypeText, Many: true, RDF: "karna:groupName", Disclosure: Restricted, Survive: SurviveAll,
		Description: "Class or teaching group of a pupil or teacher.", DescriptionSV: "Klass eller undervisningsgrupp."},

	{ID: OrgIdentifier, Kind: Organisation, Name: "identifier", LabelSV: "Identifierare", Type: TypeIdentifier, Many: true, RDF: "adms:identifier", Disclosure: Open, Index: IndexExact, Matching: MatchIdentifier, Survive: SurviveAll,
		Description: "A number that identifies the organisation; a sole trader's is a personal number and restricted.", DescriptionSV: "Nummer som identifierar organisationen; en enskild firmas är ett personnummer och skyddas."},
	{ID: OrgName, Kind: Organisation, Name: "name", LabelSV: "Namn", Type: TypeText, Localized: true, RDF: "skos:prefLabel", Disclosure: Open, Index: IndexToken, Matching: MatchName, Survive: SurviveOne,
		Description: "The name in use, one a language.", DescriptionSV: "Namnet som används, ett per språk."},
	{ID: OrgAltName, Kind: Organisation, Name: "altName", LabelSV: "Annat namn", Type: TypeText, Many: true, Localized: true, RDF: "skos:altLabel", Disclosure: Open, Index: IndexToken, Matching: MatchName, Survive: SurviveAll,
		Description: "Another name, abbreviation or former name.", DescriptionSV: "Annat namn, förkortning eller tidigare namn."},
	{ID: OrgLegalName, Kind: Organisation, Name: "legalName", LabelSV: "Firma", Type: TypeText, Localized: true, RDF: "legal:legalName", Disclosure: Open, Index: IndexToken, Matching: MatchName, Survive: SurviveOne,
		Description: "Registered name of a legal entity.", DescriptionSV: "Registrerat namn (firma)."},
	{ID: OrgType, Kind: Organisation, Name: "type", LabelSV: "Organisationstyp", Type: TypeCode, Many: true, CodeList: "organisation-type", RDF: "org:classification", Disclosure: Open, Index: IndexCode, Matching: MatchCode, Survive: SurviveAll,
		Description: "What sort of organisation: municipality, committee, department, unit, school, cost centre, company.", DescriptionSV: "Organisationstyp: kommun, nämnd, förvaltning, enhet, skola, kostnadsställe, bolag."},
	{ID: OrgLegalForm, Kind: Organisation, Name: "legalForm", LabelSV: "Juridisk form", Type: TypeCode, CodeList: "legal-form", RDF: "legal:companyType", Disclosure: Open, Index: IndexCode, Matching: MatchCode, Survive: SurviveOne,
		Description: "Legal form of a legal entity.", DescriptionSV: "Juridisk form."},
	{ID: OrgParent, Kind: Organisation, Name: "parent", LabelSV: "Överordnad organisation", Type: TypeLink, Many: true, Range: orgs, RDF: "org:subOrganizationOf", Disclosure: Open, Index: IndexLink, Matching: MatchLink, Survive: SurviveAll,
		Description: "The organisation above, in the hierarchy that the link names: line, economy, school.", DescriptionSV: "Överordnad organisation i den hierarki som länken anger."},
	{ID: OrgLegalEntity, Kind: Organisation, Name: "legalEntity", LabelSV: "Juridisk person", Type: TypeLink, Range: orgs, RDF: "karna:legalEntity", SubOf: "org:unitOf", Disclosure: Open, Index: IndexLink, Survive: SurviveOne,
		Description: "The legal entity a unit belongs to.", DescriptionSV: "Juridisk person som enheten tillhör."},
	{ID: OrgChangedBy, Kind: Organisation, Name: "changedBy", LabelSV: "Ändrad genom", Type: TypeLink, Many: true, Range: orgs, RDF: "org:changedBy", Node: "ChangeEvent", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "What the organisation became in a reorganisation; the link names the event and its decision.", DescriptionSV: "Vad organisationen blev vid en omorganisation."},
	{ID: OrgResultedFrom, Kind: Organisation, Name: "resultedFrom", LabelSV: "Bildad genom", Type: TypeLink, Many: true, Range: orgs, RDF: "org:resultedFrom", Node: "ChangeEvent", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "What the organisation came from in a reorganisation; the link names the event and its decision.", DescriptionSV: "Vad organisationen bildades av vid en omorganisation."},
	{ID: OrgAddress, Kind: Organisation, Name: "address", LabelSV: "Adress", Type: TypeAddress, Many: true, RDF: "locn:address", Disclosure: Open, Matching: MatchAddress, Survive: SurviveAll,
		Description: "Visiting or postal address.", DescriptionSV: "Besöks- eller postadress."},
	{ID: OrgPlace, Kind: Organisation, Name: "place", LabelSV: "Plats", Type: TypeLink, Many: true, Range: places, RDF: "karna:place", SubOf: "dct:spatial", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "Where the organisation is.", DescriptionSV: "Plats där organisationen finns."},
	{ID: OrgMunicipality, Kind: Organisation, Name: "municipality", LabelSV: "Kommun", Type: TypeLink, Range: places, RDF: "dct:spatial", Disclosure: Open, Index: IndexLink, Survive: SurviveOne,
		Description: "The municipality the organisation lies in.", DescriptionSV: "Kommunen där organisationen ligger."},
	{ID: OrgContact, Kind: Organisation, Name: "contact", LabelSV: "Kontakt", Type: TypeContact, Many: true, RDF: "m8g:contactPoint", Disclosure: Open, Matching: MatchContact, Survive: SurviveAll,
		Description: "E-mail or telephone of the organisation.", DescriptionSV: "Organisationens e-post eller telefon."},
	{ID: OrgHomepage, Kind: Organisation, Name: "homepage", LabelSV: "Webbplats", Type: TypeText, Many: true, RDF: "foaf:homepage", Disclosure: Open, Survive: SurviveAll,
		Description: "Web page.", DescriptionSV: "Webbplats."},
	{ID: OrgSchoolTypes, Kind: Organisation, Name: "schoolTypes", LabelSV: "Skolform", Type: TypeCode, Many: true, CodeList: "school-type", RDF: "karna:schoolType", SubOf: "dct:type", Disclosure: Open, Index: IndexCode, Survive: SurviveAll,
		Description: "School forms the unit offers.", DescriptionSV: "Skolformer som enheten erbjuder."},
	{ID: OrgStatus, Kind: Organisation, Name: "status", LabelSV: "Organisationsstatus", Type: TypeCode, CodeList: "organisation-status", RDF: "adms:status", Disclosure: Open, Index: IndexCode, Survive: SurviveOne,
		Description: "Status as a source states it: active, dormant, dissolved.", DescriptionSV: "Status som källan anger: aktiv, vilande, upplöst."},

	{ID: GeoIdentifier, Kind: Geography, Name: "identifier", LabelSV: "Identifierare", Type: TypeIdentifier, Many: true, RDF: "adms:identifier", Disclosure: Open, Index: IndexExact, Matching: MatchIdentifier, Survive: SurviveAll,
		Description: "A code or designation that identifies the place or area.", DescriptionSV: "Kod eller beteckning som identifierar platsen eller området."},
	{ID: GeoName, Kind: Geography, Name: "name", LabelSV: "Namn", Type: TypeText, Localized: true, RDF: "locn:geographicName", Disclosure: Open, Index: IndexToken, Matching: MatchName, Survive: SurviveOne,
		Description: "Name, one a language.", DescriptionSV: "Namn, ett per språk."},
	{ID: GeoType, Kind: Geography, Name: "type", LabelSV: "Typ av plats", Type: TypeCode, CodeList: "geography-type", RDF: "dct:type", Disclosure: Open, Index: IndexCode, Matching: MatchCode, Survive: SurviveOne,
		Description: "What sort of place: county, municipality, district, property, building, address point.", DescriptionSV: "Typ av plats: län, kommun, distrikt, fastighet, byggnad, adressplats."},
	{ID: GeoParent, Kind: Geography, Name: "parent", LabelSV: "Ingår i", Type: TypeLink, Many: true, Range: places, RDF: "dct:isPartOf", Disclosure: Open, Index: IndexLink, Matching: MatchLink, Survive: SurviveAll,
		Description: "The area it is part of.", DescriptionSV: "Området som platsen ingår i."},
	{ID: GeoOn, Kind: Geography, Name: "on", LabelSV: "Ligger på", Type: TypeLink, Many: true, Range: places, RDF: "karna:on", SubOf: "dct:relation", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "The property that an address point or building lies on.", DescriptionSV: "Fastigheten som adressplatsen eller byggnaden ligger på."},
	{ID: GeoIn, Kind: Geography, Name: "in", LabelSV: "Ligger i", Type: TypeLink, Many: true, Range: places, RDF: "karna:in", SubOf: "dct:relation", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "The building that a dwelling or premises is in.", DescriptionSV: "Byggnaden som bostaden eller lokalen ligger i."},
	{ID: GeoAddress, Kind: Geography, Name: "address", LabelSV: "Adress", Type: TypeAddress, Many: true, RDF: "locn:address", Disclosure: Open, Index: IndexToken, Matching: MatchAddress, Survive: SurviveAll,
		Description: "The address, in parts.", DescriptionSV: "Adressen, i delar."},
	{ID: GeoPoint, Kind: Geography, Name: "point", LabelSV: "Läge", Type: TypeGeometry, RDF: "locn:geometry", Disclosure: Open, Matching: MatchNone, Survive: SurviveOne,
		Description: "Position in WGS 84.", DescriptionSV: "Läge i WGS 84."},
	{ID: GeoGeometry, Kind: Geography, Name: "geometry", LabelSV: "Utbredning", Type: TypeGeometry, RDF: "locn:geometry", Disclosure: Open, Survive: SurviveOne,
		Description: "Outline in WGS 84.", DescriptionSV: "Utbredning i WGS 84."},
	{ID: GeoStatus, Kind: Geography, Name: "status", LabelSV: "Status", Type: TypeCode, CodeList: "geography-status", RDF: "adms:status", Disclosure: Open, Index: IndexCode, Survive: SurviveOne,
		Description: "Status as a source states it: current, planned, abolished.", DescriptionSV: "Status som källan anger: gällande, planerad, upphörd."},

	{ID: ServiceIdentifier, Kind: Service, Name: "identifier", LabelSV: "Identifierare", Type: TypeIdentifier, Many: true, RDF: "dct:identifier", Disclosure: Open, Index: IndexExact, Matching: MatchIdentifier, Survive: SurviveAll,
		Description: "The service's number in a source, in KLASSA or in the national list.", DescriptionSV: "Tjänstens nummer i en källa, i KLASSA eller i den nationella listan."},
	{ID: ServiceName, Kind: Service, Name: "name", LabelSV: "Namn", Type: TypeText, Localized: true, RDF: "dct:title", Disclosure: Open, Index: IndexToken, Matching: MatchName, Survive: SurviveOne,
		Description: "Name, one a language.", DescriptionSV: "Namn, ett per språk."},
	{ID: ServiceDescription, Kind: Service, Name: "description", LabelSV: "Beskrivning", Type: TypeText, Localized: true, RDF: "dct:description", Disclosure: Open, Matching: MatchText, Survive: SurviveOne,
		Description: "Full description, one a language.", DescriptionSV: "Beskrivning, en per språk."},
	{ID: ServiceSummary, Kind: Service, Name: "summary", LabelSV: "Sammanfattning", Type: TypeText, Localized: true, RDF: "karna:summary", SubOf: "dct:description", Disclosure: Open, Matching: MatchText, Survive: SurviveOne,
		Description: "One or two sentences, one a language.", DescriptionSV: "En eller två meningar, en per språk."},
	{ID: ServiceProvider, Kind: Service, Name: "provider", LabelSV: "Ansvarig organisation", Type: TypeLink, Many: true, Range: orgs, RDF: "m8g:hasCompetentAuthority", Disclosure: Open, Index: IndexLink, Matching: MatchLink, Survive: SurviveAll,
		Description: "The organisation that answers for the service.", DescriptionSV: "Organisationen som ansvarar för tjänsten."},
	{ID: ServiceAreaServed, Kind: Service, Name: "areaServed", LabelSV: "Område", Type: TypeLink, Many: true, Range: places, RDF: "dct:spatial", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "The area the service is for.", DescriptionSV: "Området som tjänsten gäller."},
	{ID: ServiceType, Kind: Service, Name: "type", LabelSV: "Tjänsteområde", Type: TypeCode, Many: true, CodeList: "service-type", RDF: "m8g:thematicArea", Disclosure: Open, Index: IndexCode, Matching: MatchCode, Survive: SurviveAll,
		Description: "What the service is about.", DescriptionSV: "Vad tjänsten handlar om."},
	{ID: ServiceSector, Kind: Service, Name: "sector", LabelSV: "Sektor", Type: TypeCode, Many: true, RDF: "m8g:sector", Disclosure: Open, Index: IndexCode, Survive: SurviveAll,
		Description: "Industry or sector.", DescriptionSV: "Sektor."},
	{ID: ServiceTargetGroup, Kind: Service, Name: "targetGroup", LabelSV: "Målgrupp", Type: TypeCode, Many: true, CodeList: "target-group", RDF: "dct:audience", Disclosure: Open, Index: IndexCode, Survive: SurviveAll,
		Description: "Who the service is for.", DescriptionSV: "Målgrupp."},
	{ID: ServiceLifeEvent, Kind: Service, Name: "lifeEvent", LabelSV: "Livshändelse", Type: TypeCode, Many: true, CodeList: "life-event", RDF: "karna:lifeEvent", SubOf: "dct:subject", Disclosure: Open, Index: IndexCode, Survive: SurviveAll,
		Description: "Life event that the service belongs to.", DescriptionSV: "Livshändelse."},
	{ID: ServiceKeyword, Kind: Service, Name: "keyword", LabelSV: "Nyckelord", Type: TypeText, Many: true, Localized: true, RDF: "dcat:keyword", Disclosure: Open, Index: IndexToken, Survive: SurviveAll,
		Description: "Search word.", DescriptionSV: "Nyckelord."},
	{ID: ServiceLanguage, Kind: Service, Name: "language", LabelSV: "Språk", Type: TypeCode, Many: true, CodeList: "language", RDF: "dct:language", Disclosure: Open, Index: IndexCode, Survive: SurviveAll,
		Description: "Language the service is given in.", DescriptionSV: "Språk som tjänsten ges på."},
	{ID: ServiceStatus, Kind: Service, Name: "status", LabelSV: "Tjänstestatus", Type: TypeCode, CodeList: "service-status", RDF: "adms:status", Disclosure: Open, Index: IndexCode, Survive: SurviveOne,
		Description: "Status as a source states it.", DescriptionSV: "Status som källan anger."},
	{ID: ServiceEquivalentTo, Kind: Service, Name: "equivalentTo", LabelSV: "Motsvarar", Type: TypeLink, Many: true, Range: concepts, RDF: "karna:equivalentTo", SubOf: "dct:relation", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "The shared national concept of this service: the same service, one number everywhere.", DescriptionSV: "Det gemensamma nationella begreppet för tjänsten: samma tjänst, samma nummer överallt."},
	{ID: ServiceChannelPlace, Kind: Service, Name: "visitingPlace", LabelSV: "Besöksplats", Type: TypeLink, Many: true, Range: places, RDF: "karna:visitingPlace", SubOf: "dct:relation", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "Where the service is visited.", DescriptionSV: "Besöksplats."},
	{ID: ServiceChannel, Kind: Service, Name: "channel", LabelSV: "Kanal", Type: TypeContact, Many: true, RDF: "m8g:hasChannel", Disclosure: Open, Survive: SurviveAll,
		Description: "E-service address, telephone or e-mail.", DescriptionSV: "E-tjänst, telefon eller e-post."},
	{ID: ServiceOpeningHours, Kind: Service, Name: "openingHours", LabelSV: "Öppettider", Type: TypeText, Many: true, Localized: true, RDF: "karna:openingHours", Disclosure: Open, Survive: SurviveAll,
		Description: "When the service is open, in words.", DescriptionSV: "Öppettider i ord."},
	{ID: ServiceCost, Kind: Service, Name: "cost", LabelSV: "Kostnad", Type: TypeText, Many: true, Localized: true, RDF: "m8g:hasCost", Node: "Cost", Disclosure: Open, Survive: SurviveAll,
		Description: "What the service costs, in words.", DescriptionSV: "Kostnad i ord."},
	{ID: ServiceProcessingTime, Kind: Service, Name: "processingTime", LabelSV: "Handläggningstid", Type: TypeText, Localized: true, RDF: "karna:processingTime", Disclosure: Open, Survive: SurviveOne,
		Description: "How long it takes.", DescriptionSV: "Handläggningstid."},
	{ID: ServiceRequirement, Kind: Service, Name: "requirement", LabelSV: "Krav", Type: TypeText, Many: true, Localized: true, RDF: "m8g:holdsRequirement", Node: "Requirement", Disclosure: Open, Survive: SurviveAll,
		Description: "What the applicant must fulfil.", DescriptionSV: "Krav på den sökande."},
	{ID: ServiceLegalResource, Kind: Service, Name: "legalResource", LabelSV: "Lagstöd", Type: TypeText, Many: true, RDF: "m8g:hasLegalResource", Node: "LegalResource", Disclosure: Open, Survive: SurviveAll,
		Description: "The law the service rests on.", DescriptionSV: "Lagstöd."},
	{ID: ServiceCaseHandlers, Kind: Service, Name: "caseHandlers", LabelSV: "Handläggare", Type: TypeText, Many: true, RDF: "karna:caseHandlers", Disclosure: Internal, Survive: SurviveAll,
		Description: "Who handles cases.", DescriptionSV: "Handläggare."},
	{ID: ServiceInternalNotes, Kind: Service, Name: "internalNotes", LabelSV: "Interna anteckningar", Type: TypeText, Many: true, RDF: "karna:internalNotes", SubOf: "skos:note", Disclosure: Internal, Survive: SurviveAll,
		Description: "Notes for the house.", DescriptionSV: "Interna anteckningar."},

	{ID: ConceptNotation, Kind: Concept, Name: "notation", LabelSV: "Kod", Type: TypeText, RDF: "skos:notation", Disclosure: Open, Index: IndexExact, Matching: MatchNone, Survive: SurviveOne,
		Description: "The code.", DescriptionSV: "Koden."},
	{ID: ConceptScheme, Kind: Concept, Name: "scheme", LabelSV: "Kodlista", Type: TypeText, RDF: "skos:inScheme", Disclosure: Open, Index: IndexExact, Survive: SurviveOne,
		Description: "The code list that the concept belongs to.", DescriptionSV: "Kodlistan som begreppet tillhör."},
	{ID: ConceptLabel, Kind: Concept, Name: "label", LabelSV: "Benämning", Type: TypeText, Localized: true, RDF: "skos:prefLabel", Disclosure: Open, Index: IndexToken, Survive: SurviveOne,
		Description: "Label, one a language.", DescriptionSV: "Benämning, en per språk."},
	{ID: ConceptDefinition, Kind: Concept, Name: "definition", LabelSV: "Definition", Type: TypeText, Localized: true, RDF: "skos:definition", Disclosure: Open, Survive: SurviveOne,
		Description: "Definition, one a language.", DescriptionSV: "Definition, en per språk."},
	{ID: ConceptBroader, Kind: Concept, Name: "broader", LabelSV: "Överordnat begrepp", Type: TypeLink, Many: true, Range: concepts, RDF: "skos:broader", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "A wider concept.", DescriptionSV: "Överordnat begrepp."},
	{ID: ConceptReplacedBy, Kind: Concept, Name: "replacedBy", LabelSV: "Ersatt av", Type: TypeLink, Many: true, Range: concepts, RDF: "dct:isReplacedBy", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "What replaced the concept.", DescriptionSV: "Begreppet som ersatte det."},
	{ID: ConceptExactMatch, Kind: Concept, Name: "exactMatch", LabelSV: "Samma som", Type: TypeLink, Many: true, Range: concepts, RDF: "skos:exactMatch", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "The same concept in another list.", DescriptionSV: "Samma begrepp i en annan lista."},
	{ID: ConceptCloseMatch, Kind: Concept, Name: "closeMatch", LabelSV: "Närliggande", Type: TypeLink, Many: true, Range: concepts, RDF: "skos:closeMatch", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "Nearly the same concept in another list.", DescriptionSV: "Närliggande begrepp i en annan lista."},
	{ID: ConceptBroadMatch, Kind: Concept, Name: "broadMatch", LabelSV: "Vidare", Type: TypeLink, Many: true, Range: concepts, RDF: "skos:broadMatch", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "A wider concept in another list.", DescriptionSV: "Vidare begrepp i en annan lista."},
	{ID: ConceptNarrowMatch, Kind: Concept, Name: "narrowMatch", LabelSV: "Snävare", Type: TypeLink, Many: true, Range: concepts, RDF: "skos:narrowMatch", Disclosure: Open, Index: IndexLink, Survive: SurviveAll,
		Description: "A narrower concept in another list.", DescriptionSV: "Snävare begrepp i en annan lista."},
	{ID: ConceptStatus, Kind: Concept, Name: "status", LabelSV: "Begreppsstatus", Type: TypeCode, CodeList: "concept-status", RDF: "adms:status", Disclosure: Open, Index: IndexCode, Survive: SurviveOne,
		Description: "Status of the concept.", DescriptionSV: "Begreppets status."},
}
