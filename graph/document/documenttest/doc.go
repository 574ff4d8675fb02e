// Package documenttest generates values, records, golden records and evidence
// of every shape for property tests of what stores, renders or reads them. It
// knows the model and the ontology's table; it is for tests only.
package documenttest
