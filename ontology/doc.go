// Package ontology is the shared information model as data: one table with a
// row per property, from which come the RDF vocabulary, the JSON-LD context,
// the SHACL shapes, what an export may write, what is indexed, what role a
// property has in matching and how its value survives. It also ships the code
// lists the model speaks in. It knows nothing of storage or transport.
package ontology

//go:generate go test -run ^TestGeneratedFilesAreFresh$ -update .
