// Package access is the one way to read the registry: a View holds a caller's
// rights, and every read above the store goes through it, so that privacy is
// tested in one place. It owns disclosure, protection and redaction; it knows
// nothing of transport.
//
// # How a caller comes to see something
//
// A stored row is admitted by its class, its values are shown by theirs, and a
// link by the class of its target besides; View.class is the one place that says
// what a value's class is, and View.glimpse the one way from a row to a caller.
// Every question goes to an index with the caller's clearance, and what comes
// back is looked at again after redaction: a search hit that rests on a hidden
// name, a code or link that is not shown, is no hit.
//
// What was stored earlier is shown by the stricter of what held then and what
// holds today (View.seeToday): a record that is protected today is hidden in the
// past as well, and so is what a protected person held, whoever held it then.
//
// # Non-interference
//
// For each class of caller every method answers the same over two stores that
// differ only in facts that the class may see in neither. So nothing that a
// caller is told may depend on anything hidden: not an order (persons are listed
// by id to those who may not see names), not a cursor, a count, a revision (see
// View.Revised), a "since", nor by which rule a value won. The number of the
// latest revision and the time of each are no secret: they are the registry's
// clock. Callers narrowed to authorities are held to it but for one thing: which
// board's value survived is seen by whether one's own did.
package access
