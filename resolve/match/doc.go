// Package match is probabilistic entity resolution, pure: it says how likely it
// is that two records are one thing, and which records are then held together.
// It owns the table of interned values, the blocking keys, the comparisons, the
// Fellegi-Sunter model with its training, the clustering of weighed pairs and
// their explanation. It has no I/O, clock, randomness or context; the same
// records give the same answer on any number of cores and in any order.
//
// A Builder interns records into a Table. Resolve finds the candidate pairs of a
// table by its keys, weighs them, and partitions the records; a Weigher weighs
// few records by a frozen model, as Resolve weighs them among all others. A model
// is fitted to a table without labels, and refused if it cannot tell two
// populations apart. It must never know of a file, a store or a caller's rights.
package match
