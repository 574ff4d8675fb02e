// Package cayley is a quads.QuadSource as Cayley sees a graph: a read-only
// graph.QuadStore, and on it path expressions by Cayley's Go path API. It is
// also an oracle for graph/walk in tests. It is the only package that knows
// Cayley; Cayley's own stores and query languages are not linked.
//
// # What is kept in mind of Cayley
//
// Its iterators swallow errors and take the end of a context for the end of the
// answer. So a Store is for one query: it holds the context, the budget and the
// first error, gives nothing more after that, and is asked for it when the
// iteration is over. A panic is that error too.
//
// Its optimiser, which knows no sizes, would as soon begin with everyone who is
// employed as with the unit that the path begins at. So a path is evaluated as
// it is written, from its beginning outwards, and every step is made unique, for
// else diamonds multiply. It does not recur (that is one lookup a node; graph/walk
// does it), does not go Both ways at once twice (it answers wrongly), and saves no
// tags (of many values it keeps one).
//
// Its iterators ask for one node at a time. The Store reads ahead what the same
// lookup brought, in growing numbers, so that a path over thousands of things
// takes tens of lookups. Each is read whole: nothing is held open while Cayley
// thinks.
package cayley
