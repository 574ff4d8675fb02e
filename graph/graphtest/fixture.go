package graphtest

import (
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// The store never looks into a document, so the suite's are a few words.

func doc(format string, args ...any) []byte { return fmt.Appendf(nil, format, args...) }

// hash is a hash that differs with its number and is in the numbers' order.
func hash(n int) graph.Hash {
	return graph.Hash{0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

func key(local string) model.RecordKey {
	return model.RecordKey{Source: "school", Kind: model.Person, LocalID: local}
}

// head is a live head of a record that is alone.
func head(id model.EntityID, k model.RecordKey, n int, r model.Revision) graph.Head {
	return graph.Head{
		Key: k, Part: "persons", ID: id, Golden: id, Item: hash(n), Content: hash(-n), Stamp: int64(n), Live: true, Revision: r,
	}
}

// golden is a live, open golden record that sorts by its name.
func golden(id model.EntityID, kind model.Kind, r model.Revision, name string) *graph.Golden {
	return &graph.Golden{
		ID: id, Kind: kind, Revision: r, Disclosure: model.Open, State: graph.Live, Sort: []byte(name),
		Values: doc("values of %s at %d", name, r), Evidence: doc("evidence of %s at %d", name, r),
	}
}

func put(g *graph.Golden) graph.GoldenChange { return graph.GoldenChange{New: g} }

func replace(old, with *graph.Golden) graph.GoldenChange {
	return graph.GoldenChange{Old: old, New: with}
}

// name is a term in the space that the suite keeps names in.
func name(word string, id model.EntityID) graph.Term {
	return graph.Term{Space: nameSpace, Key: word, ID: id}
}

const (
	nameSpace graph.Space = 7
	codeSpace graph.Space = 0xF012 // above the range of a signed 16-bit number
)

// open is a clearance for the public, and all one for everything.
const (
	open   = model.Open
	every  = model.Protected
	plenty = 1 << 20 // a limit that limits nothing
)

// putGoldens commits golden records at one revision.
func (s *suite) putGoldens(changes func(r model.Revision) []graph.GoldenChange) model.Revision {
	s.Helper()
	return s.update(func(tx graph.Tx, r model.Revision) error { return tx.PutGoldens(s.ctx, changes(r)) })
}

// list is a whole list at once.
func (s *suite) list(p graph.Past, q graph.ListQuery) []graph.Golden {
	s.Helper()
	if q.Limit == 0 {
		q.Limit = plenty
	}
	return all(s, p.List(s.ctx, q))
}

func (s *suite) find(r graph.Reader, q graph.FindQuery) []graph.Golden {
	s.Helper()
	if q.Limit == 0 {
		q.Limit = plenty
	}
	return all(s, r.Find(s.ctx, q))
}

// golden reads one golden record, whole.
func (s *suite) golden(p graph.Past, id model.EntityID) graph.Golden {
	s.Helper()
	got, err := p.Goldens(s.ctx, []model.EntityID{id}, graph.WithValues|graph.WithEvidence)
	if err != nil {
		s.Fatal(err)
	}
	if len(got) != 1 {
		s.Fatalf("asked for one golden record, got %d", len(got))
	}
	return got[0]
}

func idsOf(goldens []graph.Golden) []model.EntityID {
	ids := make([]model.EntityID, len(goldens))
	for i := range goldens {
		ids[i] = goldens[i].ID
	}
	return ids
}

// ids makes n ids in rising order.
func (s *suite) ids(n int) []model.EntityID {
	out := make([]model.EntityID, n)
	for i := range out {
		out[i] = s.id()
	}
	return out
}

func at[T any](list []T, indexes ...int) []T {
	out := make([]T, len(indexes))
	for i, n := range indexes {
		out[i] = list[n]
	}
	return out
}

// reversed is a copy in the opposite order.
func reversed[T any](list []T) []T {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}
