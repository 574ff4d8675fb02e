package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// A stored hash of something that can be guessed, as a personal number can, lies
// under a hash key: it is the hash under the root, encrypted. So who knows the root,
// and not the key, can guess and not check, and what is stored can be put under
// another key without anybody knowing what it is a hash of. The first key has the
// number 0 and does nothing: a store begins under the root alone. The number of any
// other follows from what it is, so that no two copies of a file mean two keys by one.

// hashKey is one of them.
type hashKey struct {
	id     uint32
	blocks [domains]cipher.Block // by domain; nil for one whose hashes are as the root makes them
	keys   cipher.Block          // of MatchKey's
}

// rehashed are the domains of what can be guessed and is found by its hash alone.
// docs/adr/0032-the-key-of-hashes.md says of each other why it is not among them.
var rehashed = []Domain{DomainItem, DomainContent, DomainMatch, DomainSealed, DomainIndex, DomainErased}

// hashKeysOf makes the keys of a file, the last one to be added last; 0 where there
// are none.
func hashKeysOf(stored []fileKey) ([]*hashKey, error) {
	if len(stored) == 0 {
		return []*hashKey{{}}, nil
	}
	var out []*hashKey
	for _, fk := range stored {
		k := &hashKey{id: fk.ID}
		out = append(out, k)
		if fk.ID == 0 {
			continue
		}
		raw, err := decodeKey(fk.Key)
		if err != nil {
			return nil, err
		}
		for _, d := range rehashed {
			sub, err := hkdf.Key(sha256.New, raw, nil, fmt.Sprintf("karna stored hash %d", d), 32)
			if err != nil {
				return nil, fmt.Errorf("derive hash key %d: %w", fk.ID, err)
			}
			if k.blocks[d], err = aes.NewCipher(sub); err != nil {
				return nil, fmt.Errorf("open hash key %d: %w", fk.ID, err)
			}
		}
		// A matching key is half a block, and the whole would not fit into it.
		k.keys, k.blocks[DomainMatch] = k.blocks[DomainMatch], nil
	}
	return out, nil
}

// put puts a hash that the root has made under the key.
func (h *hashKey) put(d Domain, hash [16]byte) [16]byte {
	if h.blocks[d] == nil {
		return hash
	}
	b := blocks.Get().(*[aes.BlockSize]byte)
	*b = hash
	h.blocks[d].Encrypt(b[:], b[:])
	hash = *b
	blocks.Put(b)
	return hash
}

func (h *hashKey) take(d Domain, hash [16]byte) [16]byte {
	if b := h.blocks[d]; b != nil {
		b.Decrypt(hash[:], hash[:])
	}
	return hash
}

// rounds of a Feistel network over two halves of 32 bits, AES being what mixes
// them. Six keep it from being told from any other permutation by whoever has seen
// fewer than some 2^32 pairs of what goes in and comes out.
const rounds = 6

// putKey puts a matching key that the root has made under the hash key.
func (h *hashKey) putKey(key uint64) uint64 {
	if h.keys == nil {
		return key
	}
	b := blocks.Get().(*[aes.BlockSize]byte)
	l, r := uint32(key>>32), uint32(key)
	for i := range byte(rounds) {
		l, r = r, l^h.mix(b, i, r)
	}
	blocks.Put(b)
	return uint64(l)<<32 | uint64(r)
}

func (h *hashKey) takeKey(key uint64) uint64 {
	if h.keys == nil {
		return key
	}
	b := blocks.Get().(*[aes.BlockSize]byte)
	l, r := uint32(key>>32), uint32(key)
	for i := range byte(rounds) {
		l, r = r^h.mix(b, rounds-1-i, l), l
	}
	blocks.Put(b)
	return uint64(l)<<32 | uint64(r)
}

var blocks = sync.Pool{New: func() any { return new([aes.BlockSize]byte) }}

func (h *hashKey) mix(b *[aes.BlockSize]byte, round byte, half uint32) uint32 {
	*b = [aes.BlockSize]byte{round}
	binary.BigEndian.PutUint32(b[1:], half)
	h.keys.Encrypt(b[:], b[:])
	return binary.BigEndian.Uint32(b[:])
}

// HashKey is the number of the key that hashes are put under now.
func (k *Keyring) HashKey() uint32 { return k.under.Load().id }

// HashKeys are the numbers of the keys in the file that stored hashes are or may be
// under, the last one to be added last: one, or two while they are put under another.
func (k *Keyring) HashKeys() []uint32 {
	var out []uint32
	for _, h := range k.ring.Load().hashes {
		out = append(out, h.id)
	}
	return out
}

// UseHashKey puts hashes under a key from here on: that which the store says its
// hashes are under. ErrUnknownKey if it is not in the file, which another process
// may have changed.
func (k *Keyring) UseHashKey(id uint32) error {
	if k.under.Load().id == id {
		return nil
	}
	h, err := k.hashKey(id)
	if err != nil {
		return err
	}
	k.under.Store(h)
	return nil
}

func (k *Keyring) hashKey(id uint32) (*hashKey, error) {
	for looked := k.path == ""; ; looked = true {
		for _, h := range k.ring.Load().hashes {
			if h.id == id {
				return h, nil
			}
		}
		if looked {
			return nil, fmt.Errorf("the store's hashes are under hash key %d: %w (keys.json is of another time than the store: put the one here that karna keys rotate --index has written, or that of the backup)", id, ErrUnknownKey)
		}
		if err := k.follow(); err != nil {
			return nil, err
		}
	}
}

// MatchKeys are MatchKey under each of HashKeys: what is asked for finds what is
// stored, whichever it is under. Anew looks first whether another process has
// changed them: for who has found nothing.
func (k *Keyring) MatchKeys(anew bool, of func(func(parts ...string) uint64) uint64) ([]uint64, error) {
	if anew {
		if err := k.Follow(); err != nil {
			return nil, err
		}
	}
	root := of(func(parts ...string) uint64 { return k.rootKey(parts) })
	hashes := k.ring.Load().hashes
	out := make([]uint64, len(hashes))
	for i, h := range hashes {
		out[i] = h.putKey(root)
	}
	return out, nil
}

// Rehash puts stored hashes under another key than they are under.
type Rehash struct {
	From, To uint32
	from, to *hashKey
}

// Rehash is from one key in the file to another. ErrUnknownKey.
func (k *Keyring) Rehash(from, to uint32) (*Rehash, error) {
	a, err := k.hashKey(from)
	if err != nil {
		return nil, err
	}
	b, err := k.hashKey(to)
	if err != nil {
		return nil, err
	}
	return &Rehash{from, to, a, b}, nil
}

// Hash is a hash of a domain, as HashStrings makes it under the other key.
func (r *Rehash) Hash(d Domain, hash [16]byte) [16]byte {
	return r.to.put(d, r.from.take(d, hash))
}

// MatchKey is a matching key, as MatchKey makes it under the other key.
func (r *Rehash) MatchKey(key uint64) uint64 { return r.to.putKey(r.from.takeKey(key)) }

// AddHashKey makes a new hash key, and has it in the file beside those that are
// there. Nothing is under it until UseHashKey.
func (k *Keyring) AddHashKey(now time.Time) (id uint32, err error) {
	err = k.change(func(f *file) error {
		raw := make([]byte, 32)
		if _, err := rand.Read(raw); err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		if len(f.HashKeys) == 0 {
			f.HashKeys = []fileKey{{}}
		}
		// Nine digits at most: it is stored and told of, and looks like no personal number.
		sum := sha256.Sum256(raw)
		if id = binary.BigEndian.Uint32(sum[:]) >> 3; id == 0 || slices.ContainsFunc(f.HashKeys, func(key fileKey) bool { return key.ID == id }) {
			return errors.New("make a key: its number is another's: run it again")
		}
		f.HashKeys = append(f.HashKeys, fileKey{ID: id, Key: base64.StdEncoding.EncodeToString(raw), Since: now.Unix()})
		return nil
	})
	return id, err
}

// RemoveHashKeysBefore takes the hash keys out of the file that were there before
// one was added. The caller has seen to it that nothing is under them. ErrUnknownKey.
func (k *Keyring) RemoveHashKeysBefore(id uint32) error {
	return k.change(func(f *file) error {
		for i, key := range f.HashKeys {
			if key.ID == id {
				f.HashKeys = f.HashKeys[i:]
				return nil
			}
		}
		return fmt.Errorf("hash key %d: %w", id, ErrUnknownKey)
	})
}
