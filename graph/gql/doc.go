// Package gql is the GraphQL face of the registry: the schema (schema, one file
// a noun), the code that gqlgen makes of it, and what that code is bound to. It
// owns how an answer is shaped, what a query may cost, and which code an error
// has. It reads only through internal/access and decides nothing about who may
// see what; it changes state only through Stewardship; it knows nothing of
// stores or of how a caller was recognised.
//
// Who may ask for a field is @requires in the schema, and one place sees to it
// before anything is read (requires.go); a root field that says nothing is for
// nobody.
//
// # No read per element
//
// A root field reads its records and then, level by level, everything that the
// selection below will ask for (see query.ahead): one read a link field and
// level, however many records there are. The fields themselves are bound to
// plain methods that find what was read, so that none needs a goroutine.
package gql

//go:generate go run ./bindgen
//go:generate go tool gqlgen generate
