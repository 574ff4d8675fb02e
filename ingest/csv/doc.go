// Package csv reads tables of delimited text by a mapping file (YAML), which
// says what each column means. It owns the splitting of such files (RFC 4180, with
// the delimiters, quotes and encodings that municipal systems use), the mapping's
// language, and what a row says in the shared model. It knows nothing of storage.
//
// A mapping:
//
//	name: units                   # the part of the source that the file covers
//	encoding: windows-1252        # utf-8 (default), windows-1252, iso-8859-1
//	delimiter: ";"                # one character, or tab; default ,
//	quote: '"'                    # one character, or none; default "
//	header: true                  # false: name the columns under columns
//	decimal: comma                # default point; it settles what can be read with either
//	dates: [YYYY-MM-DD, YYYYMMDD] # default ISO 8601
//	language: sv                  # of texts, where a field does not say
//	schemes:                      # identifier schemes of the tenant's own
//	  facility: {kinds: [organisation], unique: true}
//	records:                      # a row gives one record of each that its condition lets
//	  - kind: organisation
//	    key: id                   # a column, or a template: "unit/{id}"
//	    when: {column: id, empty: false}
//	    disclosure: internal
//	    stamp: {column: changed}
//	    delete: {column: gone, values: [J]}
//	    period: {from: start, to: end, inclusive: true}
//	    fields:
//	      - {column: name, property: name, lang: sv}
//	      - {column: orgnr, property: legalEntity, link: {scheme: organisationsnummer}}
//	      - {column: parent, property: parent, link: {key: "unit/{parent}", role: line}}
//	      - {column: types, property: type, split: "|", values: {S: school, K: office}}
//	      - {property: type, constant: unit}
//	      - {column: former, property: identifier, scheme: samordningsnummer, replaced: true}
//	      - {property: address, address: {use: visit, street: gata, postalCode: postnr, locality: ort}}
//	      - {column: tel, property: contact, contact: {medium: phone, use: function}}
//
// Geometry takes two columns: geometry: {east: E, north: N, crs: "EPSG:3006"}, of
// EPSG:4326, 3006 (SWEREF 99 TM) and 3067 (ETRS-TM35FIN); without crs they are of the
// tenant's jurisdiction, 3006 in Sweden and 3067 on Åland. The scheme personal-number
// reads a column that holds the jurisdiction's personal numbers: personnummer,
// samordningsnummer and TF-nummer in Sweden, hetu on Åland; a link by it leads to the
// person who has the number. A word for protection
// (turvakielto) is read as the jurisdiction uses it. The schemes local-id, employee-number, cost-centre and service-id are scoped
// by the source unless the mapping writes a scope: employee-number/payroll.
//
// Whether a person is protected is read by the spelling that the field names, or a
// link of the person whom it leads to (the record is then closed as a whole):
//
//   - {column: skydd, property: protection, protection: isClassified}
//   - {column: chef, property: holder, link: {scheme: hsa-id, protection: {column: chef_skyddad, spelling: hsa}}}
//
// Without one it is a level: none, unknown, sekretessmarkering, skyddad-folkbokforing. An empty cell
// says nothing; a spelling that nobody foresaw protects. A link by key reaches only persons
// of the same mapping. A column that tells by its name that it is of protection
// (normalise.ProtectionField) and that the mapping does not take protects whom the row is
// about where it says so, with an issue.
//
// Telephone numbers that are not public are never taken: a field that is one says
// use: work, school or function, or of an organisation nothing.
//
// A key that the mapping language does not have is an error with its line, and so
// is a property, kind, scheme or column that does not exist.
package csv
