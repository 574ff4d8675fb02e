// Package match is probabilistic entity resolution, pure: it says how likely it
// is that two records are one thing, and which records are then held together.
// It owns the table of interned values, the blocking keys, the comparisons, the
// Fellegi-Sunter model with its training, the clustering of weighed pairs and
// their explanation. It has no I/O, clock, randomness or context; the same
// records give the same answer on any number of cores and in any order.
//
// A Builder interns records into a Table. Keys says under which keys a record is
// looked for, Score what two records weigh, and Partition which records of a
// neighbourhood are one thing; Resolve does all of it for a whole table. Train
// fits a Model to a table without labels, and refuses one that cannot tell two
// populations apart. It must never know of a file, a store or a caller's rights.
package match
