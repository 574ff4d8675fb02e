// Package matching says what the columns of a table mean to entity resolution:
// as match.yaml has it, or as headers and values suggest. It owns that
// configuration and reads a table's rows into the matcher. It must never know
// how records are weighed, or of a store.
package matching
