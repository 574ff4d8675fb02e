package registry

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
)

// The store's rows say under which hash key they are (graph.Basis), and every
// transaction uses that one. So all of them are put under another in one
// transaction, after which no process goes on with the former, whenever it hears of
// it; and who has found nothing under the keys that it knew looks whether there are
// others.

// underKey is a store whose transactions make hashes as the tenant's rows are hashed,
// and change no golden records of another form.
type underKey struct {
	graph.Store
	keys *seal.Keyring
	form *form // nil for who makes golden records of whatever form anew
}

// Update is the store's.
func (s underKey) Update(ctx context.Context, p graph.Provenance, fn func(graph.Tx) error) (model.Revision, error) {
	return s.UpdateAhead(ctx, p, graph.Ahead{}, fn)
}

// UpdateAhead is the store's.
func (s underKey) UpdateAhead(ctx context.Context, p graph.Provenance, ahead graph.Ahead, fn func(graph.Tx) error) (model.Revision, error) {
	var within *ofForm
	rev, err := s.Store.UpdateAhead(ctx, p, ahead, func(tx graph.Tx) error {
		if err := s.keys.UseHashKey(uint32(tx.Basis().HashKey)); err != nil {
			return err
		}
		if s.form == nil {
			return fn(tx)
		}
		within = s.form.within(tx)
		return fn(within)
	})
	if err == nil && within != nil && within.known && rev > 0 {
		s.form.at.Store(int64(rev))
	}
	return rev, err
}

// use makes hashes as the store's rows are hashed, and says under which key. It is
// for what is hashed outside of a transaction.
func (r *Registry) use(ctx context.Context) (int64, error) {
	basis, err := r.store.Basis(ctx)
	if err != nil {
		return 0, fmt.Errorf("read what hashes are under: %w", err)
	}
	return basis.HashKey, r.keys.UseHashKey(uint32(basis.HashKey))
}

// useKnown is use where the keyring leaves a doubt, which costs no question where it
// does not. What was hashed is held against the key by the transaction that writes it.
func (r *Registry) useKnown(ctx context.Context) (int64, error) {
	if err := r.keys.Follow(); err != nil {
		return 0, err
	}
	if key := r.keys.HashKey(); slices.Equal(r.keys.HashKeys(), []uint32{key}) {
		return int64(key), nil
	}
	return r.use(ctx)
}

// adoptHashKey has a new tenant begin under the keyring's hash key, where that was
// rotated for another: a store begins without one, which is none of its keys any more.
func (r *Registry) adoptHashKey(ctx context.Context) error {
	if err := r.keys.Follow(); err != nil {
		return err
	}
	ids := r.keys.HashKeys()
	basis, err := r.store.Basis(ctx)
	if err != nil || basis.HashKey != 0 || slices.Contains(ids, 0) {
		return err
	}
	key := ids[len(ids)-1]
	_, err = r.base.Update(ctx, r.provenance(graph.SystemActor, "begin under the hash key"), func(tx graph.Tx) error {
		return tx.PutHashKey(ctx, int64(key))
	})
	if err != nil {
		return fmt.Errorf("begin under hash key %d: %w", key, err)
	}
	return r.keys.UseHashKey(key)
}

// errRehashed says that hashes were put under another key while some were made.
var errRehashed = errors.New("the key of hashes was changed meanwhile (karna keys rotate --index): run it again")

// madeUnder fails if hashes that were made before the transaction are not as it
// makes them.
func madeUnder(tx graph.Tx, key int64) error {
	if tx.Basis().HashKey != key {
		return errRehashed
	}
	return nil
}

// stillUnder is madeUnder for what is decided outside of a transaction.
func (w *run) stillUnder(ctx context.Context) error {
	basis, err := w.r.store.Basis(ctx)
	if err != nil {
		return fmt.Errorf("read what hashes are under: %w", err)
	}
	if basis.HashKey != w.hashKey {
		return errRehashed
	}
	return nil
}

// Rehashing says what was put under another hash key.
type Rehashing struct {
	Key         uint32   `json:"key"`         // that hashes are under now
	Items       int64    `json:"items"`       // records, by what was delivered and what they say
	Keys        int64    `json:"keys"`        // matching keys, and of references that wait
	Sealed      int64    `json:"sealed"`      // encrypted values
	Quarantined int64    `json:"quarantined"` // items
	Tombstones  int64    `json:"tombstones"`  // of what was erased
	Matched     []string `json:"matched"`     // kinds whose key index was written anew
	Remains     []string `json:"remains"`     // where former hashes may be yet
	// KeptFor are other tenants of the database that share the keyring and are under a
	// former key of it, which was kept therefore.
	KeptFor []model.Tenant `json:"keptFor"`
}

// total is how many rows were put under the key.
func (h *Rehashing) total() int64 {
	return h.Items + h.Keys + h.Sealed + h.Quarantined + h.Tombstones
}

// AddHashKey adds a hash key to the keyring, which nothing is under yet, and gives its
// number: that of one which is there already, if it was not put to use.
func (r *Registry) AddHashKey(ctx context.Context, actor string) (uint32, error) {
	under, last, err := r.hashKeys(ctx)
	if err != nil || last != under {
		return last, err
	}
	id, err := r.keys.AddHashKey(r.clock())
	if err != nil {
		return 0, fmt.Errorf("add a hash key: %w", err)
	}
	return id, r.audit.Append(ctx, audit.Entry{Actor: actor, Operation: fmt.Sprintf("add hash key %d", id)})
}

// hashKeys are the key that the store's hashes are under, and the last one to be added.
func (r *Registry) hashKeys(ctx context.Context) (under, last uint32, err error) {
	if err := r.keys.Follow(); err != nil {
		return 0, 0, err
	}
	key, err := r.use(ctx)
	ids := r.keys.HashKeys()
	return uint32(key), ids[len(ids)-1], err
}

// RotateHashKey puts every stored hash of what can be guessed under a new key, and
// takes the former out of the keyring: whoever has that, and what is stored from
// then on, can check no guess. Readers go on meanwhile, and find what they found;
// writers wait for the one transaction that it is. The key index of kinds that are
// matched is then written anew, as a run of Resolve over all does. One that was cut
// off goes on where it was. A former key that another tenant of the database is under,
// because it shares the keyring, is kept. progress may be nil. ErrNotPublished.
func (r *Registry) RotateHashKey(ctx context.Context, actor string, progress func(step string, done int64)) (Rehashing, error) {
	out := Rehashing{Matched: []string{}, Remains: []string{}, KeptFor: []model.Tenant{}}
	if progress == nil {
		progress = func(string, int64) {}
	}
	if loading, err := r.store.Loading(ctx); err != nil || loading {
		return out, errors.Join(err, iff(loading, ErrNotPublished))
	}
	under, last, err := r.hashKeys(ctx)
	if err != nil {
		return out, err
	}
	// A former key that is there beside the one in use is of a run that was cut off
	// after its transaction.
	if under == last && len(r.keys.HashKeys()) > 1 {
		out.Key = under
	} else if err := r.rehashAll(ctx, actor, &out, progress); err != nil {
		return out, err
	}
	if err := r.scrubFormer(ctx, &out); err != nil {
		return out, err
	}
	kinds, err := r.store.Matchings(ctx)
	if err != nil {
		return out, fmt.Errorf("read which kinds are kept matched: %w", err)
	}
	for _, m := range kinds {
		if m.Records >= 0 {
			continue // it has an index, under this key
		}
		o := ResolveOptions{Progress: func(step string, done, _ int64) { progress(m.Kind.String()+": "+step, done) }}
		if _, err := r.Resolve(ctx, m.Kind, o); err != nil {
			return out, fmt.Errorf("write the key index anew: %w", err)
		}
		out.Matched = append(out.Matched, m.Kind.String())
	}
	if err := r.eachSharing(ctx, func(t model.Tenant, s graph.Store) error {
		basis, err := s.Basis(ctx)
		if key := uint32(basis.HashKey); err == nil && key != out.Key && slices.Contains(r.keys.HashKeys(), key) {
			out.KeptFor = append(out.KeptFor, t)
		}
		return err
	}); err != nil || len(out.KeptFor) > 0 {
		return out, err
	}
	if err := r.keys.RemoveHashKeysBefore(out.Key); err != nil {
		return out, fmt.Errorf("take the former hash key out: %w", err)
	}
	return out, r.audit.Append(ctx, audit.Entry{Actor: actor, Operation: fmt.Sprintf("keep hash key %d alone", out.Key)})
}

// rehashAll puts everything under a new key, in one transaction.
func (r *Registry) rehashAll(ctx context.Context, actor string, out *Rehashing, progress func(string, int64)) error {
	to, err := r.AddHashKey(ctx, actor)
	if err != nil {
		return err
	}
	empty := *out
	_, err = r.store.Update(ctx, r.provenance(graph.SystemActor, "rotate the hash key"), func(tx graph.Tx) error {
		*out = empty
		if tx.Basis().Load > 0 { // it has begun meanwhile, and what it has hashed is not written yet
			return ErrNotPublished
		}
		from := uint32(tx.Basis().HashKey)
		if out.Key = to; from == to {
			return nil // somebody else has
		}
		re, err := r.keys.Rehash(from, to)
		if err != nil {
			return err
		}
		// Nobody writes beside this transaction: what is committed is what it began with.
		reader, release, err := r.base.Snapshot(ctx)
		if err != nil {
			return fmt.Errorf("open a snapshot of what is hashed: %w", err)
		}
		defer release()
		h := rehashing{r, ctx, tx, reader, re, out, func() { progress("rehash", out.total()) }}
		for _, step := range []func() error{h.keys, h.dangling, h.heads, h.sealed, h.quarantine, h.tombstones, h.indexes} {
			if err := step(); err != nil {
				return err
			}
		}
		// It sums up hashes, and they are others now.
		if err := tx.ForgetArtifacts(ctx, artifactCovered); err != nil {
			return fmt.Errorf("forget what deliveries covered: %w", err)
		}
		if err := r.putScrub(ctx, tx, false); err != nil {
			return err
		}
		if err := tx.PutHashKey(ctx, int64(to)); err != nil {
			return fmt.Errorf("note the hash key: %w", err)
		}
		return r.audit.AppendTx(ctx, tx, audit.Entry{Actor: actor, Operation: fmt.Sprintf("put %d hashes under hash key %d", out.total(), to)})
	})
	if err != nil {
		return fmt.Errorf("put hashes under hash key %d: %w", to, err)
	}
	return r.keys.UseHashKey(to)
}

// scrubFormer takes what is left of the former hashes out of the engine's files.
func (r *Registry) scrubFormer(ctx context.Context, out *Rehashing) error {
	pending, err := r.ScrubPending(ctx)
	if err != nil || !pending {
		return err
	}
	residue, err := r.scrub(ctx, nil)
	if errors.Is(err, graph.ErrLocked) {
		out.Remains = append(out.Remains, "the store's files, for another process was writing: run karna subject scrub")
		return nil
	}
	out.Remains = append(out.Remains, residue.Remains...)
	return err
}

// rehashing is the transaction that puts hashes under another key.
type rehashing struct {
	r      *Registry
	ctx    context.Context
	tx     graph.Tx
	reader graph.Reader // of what was there before
	re     *seal.Rehash
	out    *Rehashing
	told   func()
}

// rehashedAtOnce is how many rows are read, put under the key and written together.
const rehashedAtOnce = 5000

func (h *rehashing) hash(d seal.Domain, hash graph.Hash) graph.Hash {
	if hash.IsZero() {
		return hash
	}
	return graph.Hash(h.re.Hash(d, hash))
}

// keys goes over the matching keys.
func (h *rehashing) keys() error {
	for from := uint64(0); ; {
		keys, err := gather(h.reader.KeysFrom(h.ctx, from, rehashedAtOnce))
		if err != nil {
			return fmt.Errorf("read the matching keys: %w", err)
		}
		if len(keys) == 0 {
			return nil
		}
		remove, err := gather(h.reader.MatchKeys(h.ctx, keys))
		if err != nil {
			return fmt.Errorf("read the matching keys: %w", err)
		}
		add := make([]graph.MatchKey, len(remove))
		for i, k := range remove {
			add[i] = graph.MatchKey{Key: h.re.MatchKey(k.Key), Record: k.Record}
		}
		if err := h.tx.PutMatchKeys(h.ctx, add, remove); err != nil {
			return fmt.Errorf("write %d matching keys: %w", len(add), err)
		}
		h.out.Keys += int64(len(add))
		h.told()
		last := keys[len(keys)-1]
		if last == math.MaxUint64 {
			return nil
		}
		from = last + 1
	}
}

// dangling goes over the references that wait for a key.
func (h *rehashing) dangling() error {
	var after graph.Dangling
	for {
		remove, err := gather(h.reader.AllDangling(h.ctx, after, rehashedAtOnce))
		if err != nil {
			return fmt.Errorf("read the dangling references: %w", err)
		}
		if len(remove) == 0 {
			return nil
		}
		add := slices.Clone(remove)
		for i := range add {
			add[i].Key = h.re.MatchKey(add[i].Key)
		}
		if err := h.tx.PutDangling(h.ctx, sortDangling(add), remove); err != nil {
			return fmt.Errorf("write %d dangling references: %w", len(add), err)
		}
		h.out.Keys += int64(len(add))
		h.told()
		after = remove[len(remove)-1]
	}
}

// heads goes over the records: of which item they are, and what they say.
func (h *rehashing) heads() error {
	var some []graph.Head
	put := func() error {
		if err := h.tx.PutHeads(h.ctx, some); err != nil {
			return fmt.Errorf("write %d record heads: %w", len(some), err)
		}
		h.out.Items += int64(len(some))
		h.told()
		some = some[:0]
		return nil
	}
	for head, err := range h.reader.ScanHeads(h.ctx, "", "") {
		if err != nil {
			return fmt.Errorf("read the records: %w", err)
		}
		if head.Item.IsZero() && head.Content.IsZero() {
			continue
		}
		head.Item, head.Content = h.hash(seal.DomainItem, head.Item), h.hash(seal.DomainContent, head.Content)
		if some = append(some, head); len(some) == rehashedAtOnce {
			if err := put(); err != nil {
				return err
			}
		}
	}
	return put()
}

// sealed goes over the encrypted values.
func (h *rehashing) sealed() error {
	var after model.EntityID
	for {
		rows, err := gather(h.reader.SealedBut(h.ctx, 0, after, rehashedAtOnce)) // no key has the number 0
		if err != nil {
			return fmt.Errorf("read the sealed values: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		for i := range rows {
			rows[i].Hash = h.hash(seal.DomainSealed, rows[i].Hash)
		}
		if err := h.tx.PutSealed(h.ctx, rows); err != nil {
			return fmt.Errorf("write %d sealed values: %w", len(rows), err)
		}
		h.out.Sealed += int64(len(rows))
		h.told()
		after = rows[len(rows)-1].Ref
	}
}

// quarantine goes over the quarantined items, whose bodies are encrypted for their
// hash.
func (h *rehashing) quarantine() error {
	var after graph.Hash
	for {
		rows, err := gather(h.reader.Quarantine(h.ctx, "", after, 100))
		if err != nil {
			return fmt.Errorf("read the quarantine: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		after = rows[len(rows)-1].Item
		remove := make([]graph.Hash, len(rows))
		for i := range rows {
			q := &rows[i]
			plain, err := h.r.keys.Open([16]byte(q.Item), q.KeyID, q.Body)
			if err != nil {
				return fmt.Errorf("open the quarantined item at %s: %w", q.Place, err)
			}
			remove[i], q.Item = q.Item, h.hash(seal.DomainItem, q.Item)
			q.KeyID, q.Body, err = h.r.keys.Seal([16]byte(q.Item), plain)
			clear(plain)
			if err != nil {
				return err
			}
		}
		if err := h.tx.PutQuarantine(h.ctx, nil, remove); err != nil {
			return fmt.Errorf("take %d quarantined items away: %w", len(rows), err)
		}
		if err := h.tx.PutQuarantine(h.ctx, rows, nil); err != nil {
			return fmt.Errorf("write %d quarantined items: %w", len(rows), err)
		}
		h.out.Quarantined += int64(len(rows))
		h.told()
	}
}

// tombstones goes over what is left of erased records.
func (h *rehashing) tombstones() error {
	var after graph.Hash
	for {
		remove, err := gather(h.reader.Tombstones(h.ctx, after, rehashedAtOnce))
		if err != nil {
			return fmt.Errorf("read the tombstones: %w", err)
		}
		if len(remove) == 0 {
			return nil
		}
		add := make([]graph.Hash, len(remove))
		for i := range remove {
			add[i] = h.hash(seal.DomainErased, remove[i])
		}
		if err := h.tx.PutTombstones(h.ctx, add, remove); err != nil {
			return fmt.Errorf("write %d tombstones: %w", len(add), err)
		}
		h.out.Tombstones += int64(len(add))
		h.told()
		after = remove[len(remove)-1]
	}
}

// indexes takes the key indexes away: their strings are hashed with another secret
// now. Until one is written anew its kind is as one whose run was cut off.
func (h *rehashing) indexes() error {
	kinds, err := h.tx.Matchings(h.ctx)
	if err != nil {
		return fmt.Errorf("read which kinds are kept matched: %w", err)
	}
	for _, m := range kinds {
		if err := h.tx.ClearIndex(h.ctx, m.Kind); err != nil {
			return fmt.Errorf("clear the key index: %w", err)
		}
		if err := h.tx.PutMatching(h.ctx, graph.Matching{Kind: m.Kind, Definition: graph.Hash(h.r.newID()), Records: -1}); err != nil {
			return fmt.Errorf("note that the key index is gone: %w", err)
		}
	}
	return nil
}

// gather is all that a sequence yields.
func gather[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var out []T
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}
