package cayley

import (
	"context"

	"github.com/cayleygraph/cayley/graph"

	"github.com/karna-registry/karna/graph/quads"
)

// listing goes through references that are read when the first is asked for.
type listing struct {
	store  *Store
	name   string
	load   func() []graph.Ref
	refs   []graph.Ref
	loaded bool
	at     int // of the result, from 1
	result graph.Ref
}

var _ graph.Iterator = (*listing)(nil)

func (s *Store) links(load func() []quads.Quad) graph.Iterator {
	return &listing{store: s, name: "Links", load: func() (out []graph.Ref) {
		for _, q := range load() {
			out = append(out, link{q})
		}
		return out
	}}
}

func (s *Store) nodes(load func() []quads.Term) graph.Iterator {
	return &listing{store: s, name: "Nodes", load: func() (out []graph.Ref) {
		for _, t := range load() {
			out = append(out, node{t})
		}
		return out
	}}
}

func (it *listing) read() bool {
	if !it.loaded {
		it.refs, it.loaded = it.load(), true
	}
	return it.store.goes()
}

// Next goes on to the next reference. It ends at the store's first error.
func (it *listing) Next(context.Context) bool {
	if !it.read() || it.at == len(it.refs) {
		it.result = nil
		return false
	}
	it.result = it.refs[it.at]
	it.at++
	return true
}

// Contains tells whether the reference is one of them. That every node of the
// store is among all nodes needs no scan.
func (it *listing) Contains(_ context.Context, r graph.Ref) bool {
	if it.store.err != nil {
		return false
	}
	if _, isNode := r.(node); isNode && it.name == "Nodes" {
		it.result = r
		return true
	}
	if !it.read() {
		return false
	}
	for _, ref := range it.refs {
		if ref == r {
			it.result = r
			return true
		}
	}
	return false
}

// Result is the reference at hand.
func (it *listing) Result() graph.Ref { return it.result }

// NextPath is false: there is one way to each.
func (it *listing) NextPath(context.Context) bool { return false }

// Err is the store's first error.
func (it *listing) Err() error { return it.store.err }

// Reset begins anew, with what the store has then.
func (it *listing) Reset() { it.at, it.result, it.loaded, it.refs = 0, nil, false, nil }

// Size is how many there are, when that has been read.
func (it *listing) Size() (int64, bool) {
	if it.loaded {
		return int64(len(it.refs)), true
	}
	return Unknown, false
}

// Stats are the costs by size.
func (it *listing) Stats() graph.IteratorStats {
	size, exact := it.Size()
	return graph.IteratorStats{ContainsCost: 1, NextCost: 1, Size: size, ExactSize: exact}
}

// Optimize changes nothing: nothing is pushed down.
func (it *listing) Optimize() (graph.Iterator, bool) { return it, false }

// SubIterators are none.
func (it *listing) SubIterators() []graph.Iterator { return nil }

// TagResults tags nothing.
func (it *listing) TagResults(map[string]graph.Ref) {}

// Close gives nothing back: nothing is held open.
func (it *listing) Close() error { return nil }

// String names the iterator.
func (it *listing) String() string { return it.name }
