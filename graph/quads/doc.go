// Package quads turns golden records and records into RDF quads and back, and
// declares QuadSource, the one view that export, walk, Cayley and content
// negotiation read. It is pure: it knows the ontology and the base IRI, and
// nothing of storage or rights.
package quads
