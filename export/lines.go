package export

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph/quads"
)

// ErrNamedGraph is the answer to a quad in a named graph in a format that has none.
var ErrNamedGraph = errors.New("the format has no named graphs: use nquads or jsonld")

// checked remembers strings that were found to be valid IRIs. Few predicates
// and datatypes make most of an export.
type checked struct {
	known   map[string]bool
	subject string // the last subject
	owner   string // the address of the thing that it is or hangs on
}

const maxChecked = 4096

func newChecked() checked { return checked{known: map[string]bool{}} }

// term checks an IRI that recurs.
func (c *checked) term(s string) error {
	if c.known[s] {
		return nil
	}
	if !validIRI(s) {
		return ErrInvalidIRI
	}
	if len(c.known) >= maxChecked {
		clear(c.known)
	}
	c.known[s] = true
	return nil
}

// valid is validIRI. Of the address of a node that hangs on the last subject, or
// beside it, only the fragment is new.
func (c *checked) valid(s string) bool {
	if fragment, ok := strings.CutPrefix(s, c.owner); ok && c.owner != "" && fragment != "" && fragment[0] == '#' && plainASCII(fragment) {
		return true
	}
	return validIRI(s)
}

// quad checks everything of a quad but its literal's text, which any is.
func (c *checked) quad(q *quads.Quad) error {
	if q.Subject != c.subject || q.Subject == "" {
		if !c.valid(q.Subject) {
			return fmt.Errorf("subject: %w", ErrInvalidIRI)
		}
		c.subject, c.owner = q.Subject, ownerOf(q.Subject)
	}
	if err := c.term(q.Predicate); err != nil {
		return fmt.Errorf("predicate: %w", err)
	}
	switch o := &q.Object; {
	case o.Kind == quads.IRI:
		if !c.valid(o.Value) {
			return fmt.Errorf("object: %w", ErrInvalidIRI)
		}
	case o.Kind != quads.Literal:
		return fmt.Errorf("object of kind %d: want an IRI or a literal", o.Kind)
	case o.Lang != "":
		if !validLang(o.Lang) {
			return errors.New("object: not a language tag")
		}
	case o.Datatype != "":
		if err := c.term(o.Datatype); err != nil {
			return fmt.Errorf("datatype: %w", err)
		}
	}
	if q.Graph != "" {
		if err := c.term(q.Graph); err != nil {
			return fmt.Errorf("graph: %w", err)
		}
	}
	return nil
}

// lines writes N-Quads and N-Triples.
type lines struct {
	checked
	graphs bool
	spans  [][2]int
	buf    []byte
}

func (l *lines) header(dst []byte) []byte { return dst }
func (l *lines) footer(dst []byte) []byte { return dst }
func (l *lines) separator() string        { return "" }

func (l *lines) entity(dst []byte, group []quads.Quad) ([]byte, error) {
	l.buf, l.spans = l.buf[:0], l.spans[:0]
	sorted := true
	// What all lines begin with need not be compared.
	owner := ownerOf(group[0].Subject)
	same := len("<") + len(owner)
	for i := range group {
		q := &group[i]
		if err := l.quad(q); err != nil {
			return dst, err
		}
		if q.Graph != "" && !l.graphs {
			return dst, ErrNamedGraph
		}
		if !strings.HasPrefix(q.Subject, owner) {
			same = 0
		}
		from := len(l.buf)
		l.buf = appendLine(l.buf, q)
		if sorted && i > 0 {
			last := l.spans[i-1]
			sorted = bytes.Compare(l.buf[last[0]+same:last[1]], l.buf[from+same:]) <= 0
		}
		l.spans = append(l.spans, [2]int{from, len(l.buf)})
	}
	if sorted {
		return append(dst, l.buf...), nil
	}
	slices.SortFunc(l.spans, func(a, b [2]int) int { return bytes.Compare(l.buf[a[0]+same:a[1]], l.buf[b[0]+same:b[1]]) })
	for _, s := range l.spans {
		dst = append(dst, l.buf[s[0]:s[1]]...)
	}
	return dst, nil
}

func appendLine(dst []byte, q *quads.Quad) []byte {
	dst = append(append(append(dst, '<'), q.Subject...), "> <"...)
	dst = append(append(dst, q.Predicate...), "> "...)
	if o := &q.Object; o.Kind == quads.IRI {
		dst = append(append(append(dst, '<'), o.Value...), '>')
	} else {
		dst = append(appendEscaped(append(dst, '"'), o.Value, &rdfEscape), '"')
		switch {
		case o.Lang != "":
			dst = append(append(dst, '@'), o.Lang...)
		case o.Datatype != "" && o.Datatype != xsdString:
			dst = append(append(append(dst, "^^<"...), o.Datatype...), '>')
		}
	}
	if q.Graph != "" {
		dst = append(append(append(dst, " <"...), q.Graph...), '>')
	}
	return append(dst, " .\n"...)
}
