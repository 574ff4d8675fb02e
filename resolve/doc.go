// Package resolve is entity resolution, pure: which keys bring two records
// together, what a pair proves, which records are then one thing, and which of
// their values survive. It has no I/O, clock, randomness or context; the same
// input gives the same output on any machine and in any order. The registry
// joins it with the store, and unseals personal identifiers for it in memory.
package resolve
