package matching

import (
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// headers are what columns are called, in the languages that files are in,
// folded and without signs.
var headers = func() map[string]match.Column {
	m := map[string]match.Column{}
	for attr, names := range map[match.Attr][]string{
		match.GivenName: {
			"fornamn", "firstname", "givenname", "given", "givennames", "forename", "first", "fname", "fnamn", "tilltalsnamn", "etunimi", "vorname",
			"prenom", "fnamec1", "fnamec2", "middlename", "mellannamn", "middle", "fornamen", "rufname", "preferredname", "nickname",
		},
		match.FamilyName: {
			"efternamn", "surname", "lastname", "familyname", "family", "last", "lname", "enamn", "sukunimi", "nachname", "familienname", "lnamec1",
			"lnamec2", "nom", "secondname",
		},
		match.BirthName: {"flicknamn", "fodelsenamn", "maidenname", "birthname", "geburtsname"},
		match.Name: {
			"namn", "name", "fullname", "fullstandigtnamn", "personnamn", "benamning", "organisationsnamn", "organisation", "organization", "firma",
			"foretagsnamn", "enhetsnamn", "tjanst", "tjanstenamn", "service", "servicename", "displayname", "orgname", "companyname", "company",
			"legalname", "altname", "rubrik", "nimi", "firstandsurname", "platsnamn", "placename",
		},
		match.BirthDate: {
			"fodelsedatum", "fodd", "birthdate", "dateofbirth", "dob", "birth", "born", "geburtsdatum", "syntymaaika", "birthday", "fodelsedag",
			"fodelsetid", "fodelsedat",
		},
		match.BirthYear:  {"birthyear", "yearofbirth", "yob", "by", "fodelsear", "geburtsjahr"},
		match.BirthMonth: {"birthmonth", "monthofbirth", "mob", "bm", "fodelsemanad", "geburtsmonat"},
		match.BirthDay:   {"dayofbirth", "bd", "geburtstag"},
		match.Sex:        {"kon", "sex", "gender", "geschlecht", "sukupuoli"},
		match.Email:      {"epost", "email", "mail", "emailaddress", "epostadress", "mejl", "mejladress", "sahkoposti"},
		match.Phone: {
			"telefon", "phone", "tel", "mobil", "mobile", "telefonnummer", "phonenumber", "mobiltelefon", "puhelin", "tfn", "cell", "telefonnr",
			"mobilnummer", "telephone", "hemtelefon",
		},
		match.Street: {
			"gatuadress", "adress", "address", "street", "streetaddress", "address1", "addressline1", "gata", "utdelningsadress", "katuosoite", "strasse",
			"gatunamn", "streetname", "besoksadress", "adressrad1", "adress1", "utdelningsadress2", "postadress", "thoroughfare",
		},
		match.StreetNumber: {"gatunummer", "streetnumber", "housenumber", "husnummer", "streetno", "hausnummer", "gatunr", "adressplats"},
		match.CareOf:       {"co", "careof", "coadress", "address2", "addressline2", "adress2", "adressrad2"},
		match.PostalCode:   {"postnummer", "postnr", "postcode", "postalcode", "zip", "zipcode", "plz", "postinumero", "postcodefake", "postkod"},
		match.Locality: {
			"ort", "postort", "city", "town", "locality", "suburb", "stad", "postalcity", "kaupunki", "postitoimipaikka", "wohnort", "stadt", "tatort",
		},
		match.Region:    {"state", "region", "lan", "county", "province", "bundesland", "kommun", "municipality", "kommunnamn"},
		match.Northing:  {"north", "northing", "lat", "latitude", "latitud", "nkoordinat", "sweref99n"},
		match.Easting:   {"east", "easting", "lon", "longitude", "longitud", "lng", "ekoordinat", "sweref99e"},
		match.StartDate: {"fran", "startdatum", "startdate", "from", "validfrom", "anstalld", "anstallningsdatum", "hiredate", "start"},
		match.EndDate:   {"till", "slutdatum", "enddate", "to", "validto", "slut", "avslutad"},
		match.Ignored: {
			"cluster", "clusterid", "truth", "entity", "entityid", "uniqueid", "recid", "id", "rowid", "recordid", "index", "source",
			"kalla", "system", "sourcedataset", "dataset", "identity", "label", "trueid", "goldenid", "gid", "uuid", "rownumber", "radnr", "sourceid",
			"thing", "thingid", "organisationid", "serviceid", "placeid", "roleid", "key", "nyckel", "postid", "radnummer",
		},
	} {
		for _, n := range names {
			m[plain(n)] = match.Column{Attr: attr}
		}
	}
	for scheme, names := range map[model.Scheme][]string{
		model.Personnummer: {"personnummer", "pnr", "persnr", "personnr", "personnum", "civicno", "civicnumber", "persnummer", "personalnumber", "personnumber", "personalidentitynumber",
			"personalid", "personalidentity", "identitynumber", "idnumber", "personid"},
		model.Samordningsnummer:   {"samordningsnummer", "samordnnr"},
		model.Hetu:                {"hetu", "henkilotunnus"},
		model.Organisationsnummer: {"organisationsnummer", "orgnr", "orgnummer", "orgno", "organisationnumber", "organisationsnr", "organizationnumber"},
		model.FONummer:            {"ytunnus", "fonummer", "businessid"},
		model.HSAID:               {"hsaid"},
		model.Skolenhetskod:       {"skolenhetskod", "schoolunitcode"},
		model.CFAR:                {"cfar", "cfarnr", "cfarnummer", "arbetsstallenummer"},
		model.Kommunkod:           {"kommunkod", "municipalitycode"},
		model.Lanskod:             {"lanskod"},
		model.Fastighet:           {"fastighetsbeteckning", "fastighet", "beteckning"},
		model.FNR:                 {"fnr"},
		model.Objektidentitet:     {"objektidentitet", "objektid"},
		model.EPPN:                {"eppn"},
		"ssid":                    {"socsecid", "ssn", "socialsecuritynumber", "ssid", "nationalid", "nationalinsurancenumber", "nino"},
	} {
		for _, n := range names {
			m[plain(n)] = match.Column{Attr: match.Identifier, Scheme: scheme}
		}
	}
	return m
}()

// kindWords are words in headers that only one kind of thing has.
var kindWords = folded(map[string]model.Kind{
	"organisationsnummer": model.Organisation, "orgnr": model.Organisation, "orgnummer": model.Organisation, "orgno": model.Organisation,
	"organisationsnamn": model.Organisation, "firma": model.Organisation, "foretagsnamn": model.Organisation, "company": model.Organisation,
	"companyname": model.Organisation, "orgname": model.Organisation, "enhetsnamn": model.Organisation, "legalform": model.Organisation,
	"skolenhetskod": model.Organisation, "cfar": model.Organisation, "ytunnus": model.Organisation, "bolagsform": model.Organisation,
	"tjanst": model.Service, "tjanstenamn": model.Service, "service": model.Service, "servicename": model.Service, "malgrupp": model.Service,
	"targetgroup": model.Service, "provider": model.Service, "utforare": model.Service, "beskrivning": model.Service, "description": model.Service,
	"fastighetsbeteckning": model.Geography, "fastighet": model.Geography, "lat": model.Geography, "latitude": model.Geography, "kommunkod": model.Geography,
	"objektidentitet": model.Geography, "platsnamn": model.Geography, "placename": model.Geography, "easting": model.Geography, "platstyp": model.Geography,
	"befattning": model.Role, "roletype": model.Role, "anstallningsnummer": model.Role, "employment": model.Role, "holder": model.Role, "innehavare": model.Role,
	"titel": model.Role, "jobtitle": model.Role, "enhet": model.Role, "enhetskod": model.Role, "omfattning": model.Role, "fran": model.Role, "till": model.Role,
	"startdatum": model.Role, "startdate": model.Role, "sysselsattningsgrad": model.Role, "extent": model.Role, "uppdrag": model.Role, "anstallning": model.Role,
})

// folded is a table by headers as they are looked up.
func folded[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[plain(k)] = v
	}
	return out
}
