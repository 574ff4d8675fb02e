// Package walk follows links through a quads.QuadSource: what lies above and
// below in a hierarchy, the shortest path between two things, and what is around
// one. It goes a frontier at a time: everything found at one distance is asked
// for together, so that the number of lookups grows with the depth of what is
// walked and hardly with its size.
//
// A walk is bounded in lookups, quads, results and time. What exceeds a limit is
// a *LimitError, and what fails is that error: an answer is whole or it is none.
// Each thing is reached once, so cycles end.
//
// The package knows quads and nothing of what they mean, nor who may see them:
// it sees what its source shows.
package walk
