package config

import "strings"

// Template is the commented karna.yaml that karna init writes.
func Template(code, name, baseIRI, store string) string {
	return strings.NewReplacer("@CODE@", code, "@NAME@", name, "@BASE@", baseIRI, "@STORE@", store).Replace(template)
}

const template = `# karna.yaml: the one configuration file. An unknown key is an error.
# KARNA_STORE, KARNA_LISTEN and KARNA_KEYS_FILE in the environment override it; flags override both.

# The municipality whose grunddata this is.
tenant:
  code: "@CODE@"               # municipality code, four digits as text
  name: @NAME@
  jurisdiction: SE             # SE or AX: identifier schemes, languages, coordinates
  baseIRI: @BASE@              # every golden record is {baseIRI}/id/{kind}/{uuid}; never change it

# sqlite:PATH (relative to this file) or postgres://user@host/database
store: @STORE@

# The keys that seal personal identifiers. Keep a copy apart from the store.
keys: keys.json

# Where karna serve listens. Beyond loopback only the open view is served.
listen: 127.0.0.1:8480

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
`
