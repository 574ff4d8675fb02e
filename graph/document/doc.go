// Package document is the stored form of records, golden records and evidence:
// protobuf wire format under the ontology's stable property numbers (document.proto
// publishes it), and the index rows, display order and collation that follow
// from a golden record. It is pure; the engines store its bytes unread.
package document
