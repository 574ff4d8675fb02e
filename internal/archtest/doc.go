// Package archtest holds the architecture to its word: which package may import
// which, which of them may know which third-party module, that every dependency
// has its reason written down, and that pure packages stay pure. It has no code,
// only tests; the tables in them are the place to read the layers, and changing
// a row is changing the architecture.
package archtest
