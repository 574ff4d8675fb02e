package config

import "strings"

// Template is the commented karna.yaml that karna init writes.
func Template(code, name, jurisdiction, baseIRI, store string) string {
	return strings.NewReplacer("@CODE@", code, "@NAME@", name, "@JURISDICTION@", jurisdiction, "@BASE@", baseIRI, "@STORE@", store).Replace(template)
}

const template = `# karna.yaml: the one configuration file. An unknown key is an error.
# KARNA_STORE, KARNA_LISTEN and KARNA_KEYS_FILE in the environment override it; flags override both.

# The municipality whose grunddata this is.
tenant:
  code: "@CODE@"               # municipality code as text: four digits in Sweden, three on Åland
  name: @NAME@
  jurisdiction: @JURISDICTION@             # SE or AX: what personal numbers, words for protection, telephone numbers, addresses and coordinates are read as
  baseIRI: @BASE@              # every golden record is {baseIRI}/id/{kind}/{uuid}; never change it

# sqlite:PATH (relative to this file) or postgres://user@host/database
store: @STORE@

# The keys that seal personal identifiers. Keep a copy apart from the store.
keys: keys.json

# Where karna serve listens. Beyond loopback everybody without a login gets the open view, and
# logins and machine tokens are taken over TLS only.
listen: 127.0.0.1:8480

# TLS, beyond loopback: a certificate with its key, or a proxy that nobody can get round.
# tls:
#   cert: tls/fullchain.pem
#   key: tls/key.pem
#   # terminated: true

# Who may log in: any OpenID provider. The first right that fits counts; those of the same
# role and scopes add their authorities. Programs have tokens (karna token create).
# login:
#   oidc:
#     issuer: https://login.example.se
#     clientID: karna
#     clientSecretFile: oidc-secret       # or KARNA_OIDC_CLIENT_SECRET; none for a public client
#     audience: karna-api                 # of access tokens; none are taken without
#     scopes: [profile, groups]
#     name: preferred_username            # how the audit names people; sub unless said
#     require: {municipality: "0136"}     # claims that everybody must have
#     session: 8h
#     rights:
#       - {claim: groups, value: karna-steward, role: steward, scopes: [restricted:read], authorities: [Kommunstyrelsen],
#          purpose: Registervård}         # in the audit with what is read, unless a request states another
#       - {claim: groups, value: staff, role: reader}

# Which authority may read another's restricted values. Without a rule none may.
# sharing:
#   - from: Socialnämnden
#     to: Kommunstyrelsen
#     purpose: Gemensam växel
#     legalBasis: OSL 10 kap. 27 §
#     until: 2027-12-31

# The least role that may ask for the schema over GraphQL: public, reader, steward or admin.
# introspection: public

# Where the open dumps lie that karna serve offers.
dumps: dumps

# The systems that deliver. One entry a system and file type; for example:
# sources:
#   - name: payroll
#     authority: Kommunstyrelsen            # the board or company that answers for the data
#     owner: HR-avdelningen
#     purpose: Anställningar och chefskap
#     legalBasis: Avtal (GDPR art. 6.1 b)
#     retention: 2 år efter avslutad anställning
#     retain: {after: P2Y, from: end}       # karna retain removes a record so long after its end; without from: after the source dropped it
#     archive: {hold: "arkivlagen 10 §: gallringsbeslut saknas", kinds: [role]}  # refuses an erasure with this reason
#     format: paxml                         # paxml, ss12000 or csv
#     delivers: full                        # full: what is absent is retracted at its end; or delta
#     trust: 50                             # higher wins when sources disagree
#     masterFor: [role.title, role.extent]  # "once only": this source answers for these
#     knowsProtection: false                # true: it carries the protection flag for everyone
#     maxRetract: 0.1                       # a full delivery may retract this share without --confirm
#     files:                                # read by karna ingest without a file
#       - path: deliveries/payroll.xml
sources: []

# Which rules pick a value, in order, where it should not be master, trust, recency, support.
# survivorship:
#   person.familyName: [master, recency, trust, support]

# What GraphQL operations may ask for; these are the defaults (docs/operations.md, Limits).
# graphql:
#   cost: 200000               # fields of the largest answer that a query could have
#   time: 10s
#   concurrent: 64             # requests of one caller at once
#   batch: 0                   # operations in one request; 0: a single one only
#   persisted: queries         # *.graphql files that may be asked by their hash
#   persistedOnly: false       # true: no others are answered
#   streams: {most: 100, each: 20, poll: 1s, patience: 30s}
`
