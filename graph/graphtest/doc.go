// Package graphtest holds every engine to the contract of package graph. Run is
// the conformance suite and Benchmark the benchmark suite; an engine calls each
// in one line, and there are no exceptions and no skips.
//
// The suite has three parts: a test for each promise of the port, grouped by
// topic; a property test that makes random histories and compares everything
// that can be read with Reference, the contract written down as plainly as it
// can be, in memory; and the suite run on Reference itself, so that the tests
// are tested without an engine.
//
// It knows only the port. What an engine promises beyond it (a killed process,
// retries of its protocol, files of old versions) the engine tests itself.
package graphtest
