// Package ingest turns deliveries in the formats of municipal systems into
// records. A format splits a delivery into items (delivered elements or rows)
// and a mapper, pure, turns one item into records and issues. It knows nothing of
// storage: what has been seen before is asked of the caller between the two.
// Adding a format is one folder and one line in the registry of formats.
package ingest
