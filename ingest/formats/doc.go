// Package formats is the one list of the interface formats that Kärna reads.
// Adding a format is one folder in ingest and one line here.
package formats
