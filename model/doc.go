// Package model is Kärna's shared information model: the words every other
// package speaks. It says what a record, a statement, a value, a period and a
// golden record are, and what an identifier scheme proves. It owns the rules
// for identifiers. It is a leaf: it knows nothing of storage, formats,
// transport or who is asking, and imports only the standard library and uuid.
package model
