package matching

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/karna-registry/karna/internal/tabular"
)

// Truth is a file that says what records are about: a row a record with its key
// and what it is about, or a row a pair of keys that are one thing, or one
// column, in the order of the records.
type Truth struct {
	Join    string // the column of the table that keys are taken from, if the file names one
	pairs   bool
	inOrder bool
	of      map[string]uint32
	list    []uint32
	parent  []uint32
}

// ReadTruth reads a truth file. header is the table's.
func ReadTruth(r io.Reader, header []string) (*Truth, error) {
	t, err := tabular.NewReader(r, tabular.Options{})
	if err != nil {
		return nil, err
	}
	out := &Truth{of: map[string]uint32{}}
	h := t.Header()
	out.inOrder = len(h) == 1
	out.pairs = len(h) == 2 && isPairHeader(h[0], h[1])
	for _, name := range header {
		if name == h[0] && !out.inOrder {
			out.Join = name
		}
	}
	entities := interner{}
	for {
		row, err := t.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch {
		case out.inOrder:
			out.list = append(out.list, entities.id(entity(row[0])))
		case out.pairs:
			out.unite(out.node(row[0]), out.node(row[1]))
		default:
			out.of[row[0]] = entities.id(entity(row[1]))
		}
	}
}

// isPairHeader tells whether two names are one but for a number or letter at
// their end.
func isPairHeader(a, b string) bool {
	a, b = plain(a), plain(b)
	n := len(a) - 1
	return n > 0 && len(b) == len(a) && a[:n] == b[:n] && strings.Contains("12 ab lr", a[n:]+b[n:])
}

func (t *Truth) node(key string) uint32 {
	id, ok := t.of[key]
	if !ok {
		id = uint32(len(t.parent))
		t.of[key] = id
		t.parent = append(t.parent, id)
	}
	return id
}

func (t *Truth) find(i uint32) uint32 {
	for t.parent[i] != i {
		t.parent[i] = t.parent[t.parent[i]]
		i = t.parent[i]
	}
	return i
}

func (t *Truth) unite(a, b uint32) { t.parent[t.find(a)] = t.find(b) }

// Of is what each record is about. keys names a record; one that the file does
// not name is about something of its own.
func (t *Truth) Of(n int, key func(int) string) ([]uint32, error) {
	if t.inOrder {
		if len(t.list) != n {
			return nil, &Error{From: "truth", Text: fmt.Sprintf("the truth file has %d rows, the table %d", len(t.list), n)}
		}
		return t.list, nil
	}
	out := make([]uint32, n)
	known := 0
	next := uint32(len(t.of) + n)
	for i := range out {
		id, ok := t.of[key(i)]
		if !ok {
			out[i] = next
			next++
			continue
		}
		known++
		if t.pairs {
			id = t.find(id)
		}
		out[i] = id
	}
	if known == 0 && n > 0 {
		return nil, &Error{From: "truth", Text: "the truth file names none of the table's keys; say which column has them with --key"}
	}
	return out, nil
}
