// Package graph is the linked-data store as a port: what the registry asks of
// an engine, and nothing of how it answers. It owns the words of storage (head,
// version, golden row, index row, revision, delivery) and the contract that
// graphtest holds every engine to. It knows nothing of rights, of matching or
// of formats, never sees an unsealed personal identifier, and never interprets
// a document: it stores the bytes of graph/document.
//
// # Revisions
//
// A revision is one committed transaction. Numbers start at 1, have no gaps and
// are in commit order, per tenant. A transaction takes its number with
// Tx.TakeRevision; one that never asks for it (touched hashes, a delivery's
// progress) makes none. A first load is the exception: between BeginLoad and
// Publish every transaction of an empty tenant writes revision 1, and readers
// see an empty registry until Publish.
//
// # Nothing is updated in place
//
// Versions are appended; a retraction is a version without a document. A golden
// row that is replaced moves to the past with the revision that replaced it.
// Heads, index rows, matching keys and dangling references are the present
// only: they can be made again from versions.
package graph
