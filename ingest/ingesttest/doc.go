// Package ingesttest is what the tests of every format ask of it: it reads a
// file to its end, compares what records state, and measures.
package ingesttest
