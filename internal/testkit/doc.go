// Package testkit is what tests of several packages need from outside: third-
// party test files, an empty PostgreSQL database, other people's programs, a
// clock and ids that answer the same in every run, and what a benchmark costs. It owns the rule that a test
// which cannot run says what it did not test, so that a green run is never
// taken for more than it is. Only tests import it.
package testkit
