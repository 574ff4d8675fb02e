package synth

const mapping = `name: synth
delimiter: ";"
language: sv
records:
  - kind: organisation
    key: id
    when: {column: typ, equals: O}
    fields:
      - {column: namn, property: name}
      - {property: type, constant: unit}
      - {column: moder, property: parent, link: {key: "{moder}", role: line}}
  - kind: person
    key: id
    when: {column: typ, equals: P}
    fields:
      - {column: personnummer, property: identifier, scheme: personnummer}
      - {column: fornamn, property: givenName}
      - {column: efternamn, property: familyName}
      - {property: address, address: {use: post, street: gata, streetNumber: nummer, postalCode: postnr, locality: ort}}
      - {column: epost, property: email, contact: {medium: email, use: work}}
      - {column: telefon, property: phone, contact: {medium: phone, use: work}}
  - kind: role
    key: id
    when: {column: typ, equals: R}
    period: {from: fran}
    fields:
      - {property: roleType, constant: employment}
      - {column: person, property: holder, link: {kind: person, key: "{person}"}}
      - {column: enhet, property: organisation, link: {kind: organisation, key: "{enhet}"}}
      - {column: titel, property: title}
      - {column: omfattning, property: extent}
`
