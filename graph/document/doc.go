// Package document is the stored form of records, golden records and evidence:
// protobuf wire format under the ontology's stable property numbers
// (document.proto publishes it), and the index rows, display order and
// collation key that follow from a golden record. It is pure; the engines store
// its bytes unread.
//
// What is sealed never reaches these bytes: an identifier or reference with a
// Seal is written as its scheme and seal, and a value of a personal scheme is
// left out even when nobody sealed it. AppendStatements is the one exception:
// its bytes are for hashing in memory and are never stored.
//
// Text is written as valid UTF-8 (a wrong byte becomes U+FFFD). A number or
// coordinate that is not finite is no value of the model: it is not written,
// and Valid says so beforehand.
package document
