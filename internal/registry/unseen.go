package registry

import (
	"context"
	"hash/maphash"
	"iter"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// unseen is what a first load has not written: most of what it asks the store
// for is not there, and a store that was empty when the load began need not be
// asked for it. It is a Bloom filter (Bloom 1970) of fixed size, so it never
// takes a key that was written for one that was not; past some ten million keys
// it takes more and more that were not for one that was, and the store is asked.
type unseen struct {
	seed maphash.Seed
	bits []uint64
}

const (
	unseenBits   = 1 << 27 // 16 MiB
	unseenProbes = 5
)

func newUnseen() *unseen { return &unseen{maphash.MakeSeed(), make([]uint64, unseenBits/64)} }

// What is asked for by a key.
type (
	headKey    model.RecordKey
	matchKey   uint64
	waitingKey uint64
)

func hashOf[K comparable](u *unseen, key K) uint64 { return maphash.Comparable(u.seed, key) }

// probe calls f with the word and the bit of each of the hash's places (Kirsch
// and Mitzenmacher 2006: two hashes make all of them).
func probe(hash uint64, f func(word int, bit uint64) bool) bool {
	step := hash>>32 | 1
	for range unseenProbes {
		at := hash % unseenBits
		if !f(int(at/64), 1<<(at%64)) {
			return false
		}
		hash += step
	}
	return true
}

func (u *unseen) put(hash uint64) {
	probe(hash, func(word int, bit uint64) bool {
		u.bits[word] |= bit
		return true
	})
}

func (u *unseen) maybe(hash uint64) bool {
	return probe(hash, func(word int, bit uint64) bool { return u.bits[word]&bit != 0 })
}

// written notes what a transaction writes, or may write.
func (u *unseen) written(w *writes) {
	for i := range w.heads {
		u.put(hashOf(u, headKey(w.heads[i].Key)))
	}
	for _, k := range w.keysPut {
		u.put(hashOf(u, matchKey(k.Key)))
	}
	for _, d := range w.danglingPut {
		u.put(hashOf(u, waitingKey(d.Key)))
	}
}

// loading reads a store whose first load's writes are all noted.
type loading struct {
	graph.Reader
	unseen *unseen
}

// Heads answers in the order of keys.
func (l loading) Heads(ctx context.Context, keys []model.RecordKey) ([]graph.Head, error) {
	never := func(k model.RecordKey) (graph.Head, bool) {
		return graph.Head{}, !l.unseen.maybe(hashOf(l.unseen, headKey(k)))
	}
	return known(keys, never, func(rest []model.RecordKey) ([]graph.Head, error) { return l.Reader.Heads(ctx, rest) })
}

// MatchKeys yields the records put under any of the keys.
func (l loading) MatchKeys(ctx context.Context, keys []uint64) iter.Seq2[graph.MatchKey, error] {
	return l.Reader.MatchKeys(ctx, l.put(keys, func(k uint64) uint64 { return hashOf(l.unseen, matchKey(k)) }))
}

// Waiting yields the dangling references that wait for any of the keys.
func (l loading) Waiting(ctx context.Context, keys []uint64) iter.Seq2[graph.Dangling, error] {
	return l.Reader.Waiting(ctx, l.put(keys, func(k uint64) uint64 { return hashOf(l.unseen, waitingKey(k)) }))
}

func (l loading) put(keys []uint64, hash func(uint64) uint64) []uint64 {
	var out []uint64
	for _, k := range keys {
		if l.unseen.maybe(hash(k)) {
			out = append(out, k)
		}
	}
	return out
}

// HasErased is false: an erasure makes a revision, and there was none.
func (l loading) HasErased(context.Context) (bool, error) { return false, nil }
