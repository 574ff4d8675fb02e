// Package gqltest is a small invented municipality in a real store, for the
// tests of what serves it: the registry's own use-cases over SQLite, with a
// clock that stands still and ids that are the same each time. No program
// imports it.
package gqltest
