// Package audit keeps the record of who changed what and who looked at whom: a
// chain of entries in the tenant's own store, each linked by a keyed hash to the
// one before, the end of it sealed. It owns what an entry is, what the hashes are
// made of, and how a chain is checked. It knows nothing of callers' rights.
//
// An entry names golden ids, never a personal identifier; each is hashed with a
// salt of its own, so that an erasure can take the id and the salt away and leave
// a digest that nobody can guess from and that the chain still stands on.
package audit
