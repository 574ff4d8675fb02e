// Package resolve is entity resolution, pure: which keys bring two records
// together, what a pair proves, which records are then one thing, and which of
// their values survive. It has no I/O, clock, randomness or context; the same
// input gives the same output on any machine and in any order. The registry
// joins it with the store, and unseals personal identifiers for it in memory.
//
// Keys and LinkKeys find candidates, Score says what two records prove by
// themselves, Cluster partitions a neighbourhood under all constraints, Survive
// makes a cluster's golden record, and Explain tells a steward why. What is
// decided by order is decided by record keys, never by ids: those depend on who
// arrived first. It must never know of a store, a format or a caller's rights,
// and no reason or conflict that it gives holds a value.
package resolve
