package export

import "fmt"

// Format is a way to write quads.
type Format uint8

// The formats.
const (
	NQuads   Format = 1 + iota // sorted within an entity: canonical, so that a diff is a text diff
	NTriples                   // the same without graphs
	Turtle
	JSONLD       // one document for each entity, one to a line
	JSONLDFramed // one document with an @graph
)

var formats = [...]struct{ name, extension, media string }{
	NQuads:       {"nquads", "nq", "application/n-quads"},
	NTriples:     {"ntriples", "nt", "application/n-triples"},
	Turtle:       {"turtle", "ttl", "text/turtle"},
	JSONLD:       {"jsonld", "jsonl", "application/x-ndjson"},
	JSONLDFramed: {"jsonld-framed", "jsonld", "application/ld+json"},
}

// Formats lists every format in a stable order.
func Formats() []Format { return []Format{NQuads, NTriples, Turtle, JSONLD, JSONLDFramed} }

func (f Format) known() bool { return f >= NQuads && f <= JSONLDFramed }

// String is the format's name as flags spell it.
func (f Format) String() string {
	if !f.known() {
		return fmt.Sprintf("format(%d)", uint8(f))
	}
	return formats[f].name
}

// Extension is the ending of the format's files, without a dot.
func (f Format) Extension() string {
	if !f.known() {
		return ""
	}
	return formats[f].extension
}

// MediaType is what the format is served as.
func (f Format) MediaType() string {
	if !f.known() {
		return ""
	}
	return formats[f].media
}

// ParseFormat reads a format's name.
func ParseFormat(s string) (Format, error) {
	for _, f := range Formats() {
		if f.String() == s {
			return f, nil
		}
	}
	return 0, fmt.Errorf("format %q: want nquads, ntriples, turtle, jsonld or jsonld-framed", s)
}
