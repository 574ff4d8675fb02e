package registry

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"sync/atomic"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// unseen is what the store does not hold: most of what a first load asks it for
// is not there, and most of what any delivery does that adds many records. It is
// a Bloom filter (Bloom 1970) of fixed size, so it never takes a key that is held
// for one that is not; past some ten million keys it takes more and more that
// are not for one that is, and the store is asked.
type unseen struct {
	seed maphash.Seed
	bits []uint64
	// learnt: it was told what a filled store held, and knows what that has become
	// as long as nobody else has written, which at tells.
	learnt bool
	at     graph.Basis
}

const (
	unseenBits   = 1 << 27 // 16 MiB
	unseenProbes = 5
)

func newUnseen() *unseen {
	return &unseen{seed: maphash.MakeSeed(), bits: make([]uint64, unseenBits/64)}
}

// What is asked for by a key.
type (
	headKey    model.RecordKey
	matchKey   uint64
	waitingKey uint64
	itemKey    graph.Hash
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
		atomic.OrUint64(&u.bits[word], bit) // items are asked for meanwhile
		return true
	})
}

func (u *unseen) maybe(hash uint64) bool {
	return probe(hash, func(word int, bit uint64) bool { return atomic.LoadUint64(&u.bits[word])&bit != 0 })
}

// written notes what a transaction writes, or may write.
func (u *unseen) written(w *writes) {
	for i := range w.added {
		u.put(hashOf(u, headKey(w.added[i].Key)))
	}
	for _, heads := range [][]graph.Head{w.added, w.heads} {
		for i := range heads {
			u.put(hashOf(u, itemKey(heads[i].Item)))
		}
	}
	for _, k := range w.keysPut {
		u.put(hashOf(u, matchKey(k.Key)))
	}
	for _, d := range w.danglingPut {
		u.put(hashOf(u, waitingKey(d.Key)))
	}
}

// keysEach is how many keys of a store are gone through for each record that a
// delivery has added, to learn what the store does not hold; the attempts in vain
// together come to no more than twice as many.
const keysEach = 8

// learn learns what the store does not hold, when the delivery has added so many
// records that it seems worth it, and again when it has added twice as many.
func (w *run) learn(ctx context.Context) error {
	if w.unseen.Load() != nil || w.log.Counts.Added < w.worth {
		return nil
	}
	if err := w.land(); err != nil { // what it writes is to be seen
		return err
	}
	w.worth = 2 * w.log.Counts.Added
	before, err := w.r.store.Basis(ctx)
	if err != nil || before.Load > 0 {
		return err
	}
	u, err := w.r.learnUnseen(ctx, keysEach*w.log.Counts.Added)
	if u == nil || err != nil {
		return err
	}
	after, err := w.r.store.Basis(ctx)
	if err == nil && after == before {
		u.learnt, u.at = true, after
		w.unseen.Store(u)
	}
	return err
}

// known tells of items whether a live record has them.
func (w *run) known(ctx context.Context, items []graph.Hash) ([]bool, error) {
	u := w.unseen.Load()
	if u == nil {
		return w.r.store.Known(ctx, items)
	}
	return graph.ReadRest(items, func(item graph.Hash) (bool, bool) { return false, !u.maybe(hashOf(u, itemKey(item))) },
		func(rest []graph.Hash) ([]bool, error) { return w.r.store.Known(ctx, rest) })
}

// learnUnseen goes through all keys of the store; nil if there are more than most.
func (r *Registry) learnUnseen(ctx context.Context, most int64) (*unseen, error) {
	u := newUnseen()
	for h, err := range r.store.ScanHeads(ctx, "", "") {
		if err != nil {
			return nil, fmt.Errorf("read the keys of records: %w", err)
		}
		if most--; most < 0 {
			return nil, nil
		}
		u.put(hashOf(u, headKey(h.Key)))
		u.put(hashOf(u, itemKey(h.Item)))
	}
	for k, err := range r.store.KeysFrom(ctx, 0, int(most)+1) {
		if err != nil {
			return nil, fmt.Errorf("read matching keys: %w", err)
		}
		if most--; most < 0 {
			return nil, nil
		}
		u.put(hashOf(u, matchKey(k)))
	}
	for d, err := range r.store.AllDangling(ctx, graph.Dangling{}, int(most)+1) {
		if err != nil {
			return nil, fmt.Errorf("read what references wait for: %w", err)
		}
		if most--; most < 0 {
			return nil, nil
		}
		u.put(hashOf(u, waitingKey(d.Key)))
	}
	return u, nil
}

// wrote notes what a plan writes.
func (u *unseen) wrote(p *planned) {
	u.written(p.writes)
	u.at = p.after()
}

// loading reads a store of which it is known what it does not hold.
type loading struct {
	graph.Reader
	unseen *unseen
}

// Heads answers in the order of keys.
func (l loading) Heads(ctx context.Context, keys []model.RecordKey) ([]graph.Head, error) {
	never := func(k model.RecordKey) (graph.Head, bool) {
		return graph.Head{}, !l.unseen.maybe(hashOf(l.unseen, headKey(k)))
	}
	return graph.ReadRest(keys, never, func(rest []model.RecordKey) ([]graph.Head, error) { return l.Reader.Heads(ctx, rest) })
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

// HasErased is false in a first load: an erasure makes a revision, and there was none.
func (l loading) HasErased(ctx context.Context) (bool, error) {
	if l.unseen.learnt {
		return l.Reader.HasErased(ctx)
	}
	return false, nil
}
