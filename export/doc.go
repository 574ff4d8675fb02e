// Package export writes quads as files: N-Quads, N-Triples, Turtle and JSON-LD,
// streaming and deterministic, and dumps of a whole source with checksums. It
// owns escaping and what a legal document of each format is: an IRI that is
// not one is an error, never written. It takes a quads.QuadSource and knows
// nothing of storage, rights or what may be shown: that is the source's.
package export
