// Package quads turns golden records and records into RDF quads and back, and
// declares QuadSource, the one view that export, walk, Cayley and content
// negotiation read. It is pure: it knows the ontology and the base IRI, and
// nothing of storage or rights: it renders what it is given.
//
// # The mapping
//
// A golden record is {base}/id/{kind}/{uuid} with the classes of its kind and
// type. A text, date, number, boolean, geometry, code or resolved link is one
// quad by the property's RDF term; a code's IRI is {base}/code/{scheme}/{notation}.
// An identifier, address, contact, period or change event, and a text that its
// vocabulary wants as a thing (a cost), is a node {iri}#{property}-{rank}, so
// that there are no blank nodes and no IRI is made from what may be personal.
// A value that is qualified (by a period, a link's role or note) has beside its
// quad a karna:Statement node with the same form of IRI. Of a property that has
// one value at an instant only the first, current one is a quad of its own; the
// others are statements only. A period is a dct:PeriodOfTime whose dcat:endDate
// is its last day, month or year, inclusive.
//
// A dangling link, a sealed identifier and a value that its type does not allow
// in RDF give no quad.
package quads
