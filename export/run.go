package export

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/ontology"
)

// Options say what to write and under which context.
type Options struct {
	// Pattern restricts what is written; the zero value is everything.
	Pattern quads.Pattern
	// Context is the JSON-LD context document that terms come from; nil is the
	// ontology's.
	Context []byte
	// ContextIRI is where readers find it. Empty writes it into each document.
	ContextIRI string
}

// Stats counts what was written.
type Stats struct {
	Quads    int64 `json:"quads"`
	Entities int64 `json:"entities"` // golden records, or named graphs
	Bytes    int64 `json:"bytes"`
}

// encoder writes one format. Entities are independent of each other, so that
// files can be put together from parts.
type encoder interface {
	header(dst []byte) []byte
	footer(dst []byte) []byte
	separator() string
	entity(dst []byte, group []quads.Quad) ([]byte, error)
}

func newEncoder(f Format, opts Options) (encoder, error) {
	switch f {
	case NQuads, NTriples:
		return &lines{checked: newChecked(), graphs: f == NQuads}, nil
	case Turtle:
		return newTurtle(), nil
	case JSONLD, JSONLDFramed:
		if opts.Context == nil {
			opts.Context = ontology.Context()
		}
		return newJSONLD(opts.Context, opts.ContextIRI, f == JSONLDFramed)
	}
	return nil, fmt.Errorf("%s: no such format", f)
}

// bufferSize is how much is gathered before it is written.
const bufferSize = 64 << 10

// Run writes what a source holds in one format, in the source's order, and
// stops at the source's first error, at a quad that the format cannot carry or
// when ctx ends. What is written does not depend on anything else.
func Run(ctx context.Context, src quads.QuadSource, w io.Writer, format Format, opts Options) (Stats, error) {
	var stats Stats
	enc, err := newEncoder(format, opts)
	if err != nil {
		return stats, err
	}
	buf := enc.header(make([]byte, 0, bufferSize+bufferSize/4))
	flush := func() error {
		n, err := w.Write(buf)
		stats.Bytes += int64(n)
		buf = buf[:0]
		if err != nil {
			return fmt.Errorf("write %s: %w", format, err)
		}
		return ctx.Err()
	}
	err = groups(ctx, src, opts.Pattern, func(group []quads.Quad) error {
		if stats.Entities > 0 {
			buf = append(buf, enc.separator()...)
		}
		stats.Entities++
		stats.Quads += int64(len(group))
		if buf, err = enc.entity(buf, group); err != nil {
			return fmt.Errorf("write %s, entity %d: %w", format, stats.Entities, err)
		}
		if len(buf) >= bufferSize {
			return flush()
		}
		return nil
	})
	if err != nil {
		return stats, err
	}
	buf = enc.footer(buf)
	return stats, flush()
}

// groups calls fn with the quads of each entity: those of one golden record and
// of the nodes that hang on it, or those of one named graph. The slice is used
// again.
func groups(ctx context.Context, src quads.QuadSource, p quads.Pattern, fn func([]quads.Quad) error) error {
	var group []quads.Quad
	var owner string
	for q, err := range src.Match(ctx, p) {
		if err != nil {
			return fmt.Errorf("read quads: %w", err)
		}
		if n := len(group); n > 0 {
			if last := &group[n-1]; q.Graph != last.Graph || q.Graph == "" && q.Subject != last.Subject && ownerOf(q.Subject) != owner {
				if err := fn(group); err != nil {
					return err
				}
				group = group[:0]
			}
		}
		if len(group) == 0 {
			owner = ownerOf(q.Subject)
		}
		group = append(group, q)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(group) > 0 {
		return fn(group)
	}
	return nil
}

// ownerOf is the address of the thing that a node hangs on.
func ownerOf(subject string) string {
	if at := strings.IndexByte(subject, '#'); at >= 0 {
		return subject[:at]
	}
	return subject
}
