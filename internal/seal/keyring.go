package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// EnvKeys names the environment variable that may hold a keyring's JSON
// instead of a file.
const EnvKeys = "KARNA_KEYS"

// Domain separates keyed hashes by what they are for, so that equal bytes in
// two uses do not give equal hashes.
type Domain byte

// The domains. The numbers are part of every stored hash and are never reused.
const (
	DomainItem     Domain = 1 // delivered bytes
	DomainContent  Domain = 2 // a record's statements
	DomainMatch    Domain = 3 // matching keys
	DomainLocalID  Domain = 4 // a local id that is a personal number
	DomainSealed   Domain = 5 // scheme, value and original of a sealed value
	DomainConflict Domain = 6
	DomainArtifact Domain = 7
	DomainMapper   Domain = 8 // a mapper's version with its delivery's context
	DomainRecord   Domain = 9 // a record's key

	DomainAuditBody    Domain = 10 // salt and body of an audit entry
	DomainAuditSubject Domain = 11 // salt and golden id
	DomainAuditLink    Domain = 12 // an entry and the one before
	DomainAuditHead    Domain = 13 // the end of the chain
	DomainIndex        Domain = 14 // what the strings of a kind's key index are hashed with

	DomainToken   Domain = 15 // the secret of a machine token
	DomainSession Domain = 16 // the secret of a session
	DomainActor   Domain = 17 // a provider's name for somebody, where it is a personal number

	DomainErased Domain = 21 // the key of a record that was erased
	DomainCursor Domain = 22 // what a cursor belongs to

	domains = 24
)

// ErrUnknownKey means that a value was encrypted with a key that the keyring
// does not hold.
var ErrUnknownKey = errors.New("the value was encrypted with a key that is not in the keyring")

// file is the keyring as stored: base64 in JSON, mode 0600.
type file struct {
	Note    string    `json:"note"`
	Hash    string    `json:"hash"`    // root of every keyed hash
	Current uint32    `json:"current"` // id of the key that encrypts now
	Keys    []fileKey `json:"keys"`    // every key that may still decrypt
	// HashKeys are those that stored hashes are or may be under; none for 0 alone.
	HashKeys []fileKey `json:"hashKeys,omitempty"`
}

type fileKey struct {
	ID    uint32 `json:"id"`
	Key   string `json:"key,omitempty"`
	Since int64  `json:"since,omitempty"` // Unix seconds: when it was added
}

// Keyring seals, opens and hashes. It is safe for concurrent use. One that was
// loaded from a file follows it: what another process has added is known here
// within followEvery, or as soon as something asks for it.
type Keyring struct {
	hashKeys [domains][32]byte
	ring     atomic.Pointer[ring]
	under    atomic.Pointer[hashKey] // what hashes are put under now

	path   string // of the file; empty for none
	mu     sync.Mutex
	seen   os.FileInfo  // of the file as it was read
	looked atomic.Int64 // when the file was last looked at, Unix nanoseconds
}

// ring is the keys in the file, at one time.
type ring struct {
	aeads  map[uint32]cipher.AEAD
	hashes []*hashKey // the last one to be added last; at least one
	stored file
}

// followEvery is how often the file is looked at, while something is sealed.
const followEvery = time.Second

const note = "Kärna's keys. Without this file no personal identifier in the store can be read again. Keep a copy apart from the store."

// Generate makes a keyring of new random keys.
func Generate() (*Keyring, error) {
	key := func() (string, error) {
		b := make([]byte, 32)
		if _, err := rand.Read(b); err != nil {
			return "", fmt.Errorf("make a key: %w", err)
		}
		return base64.StdEncoding.EncodeToString(b), nil
	}
	hash, err := key()
	if err != nil {
		return nil, err
	}
	first, err := key()
	if err != nil {
		return nil, err
	}
	return open(file{Note: note, Hash: hash, Current: 1, Keys: []fileKey{{ID: 1, Key: first}}})
}

// Parse reads a keyring's JSON.
func Parse(data []byte) (*Keyring, error) {
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		// The JSON error may quote the input, which is key material.
		return nil, errors.New("the keyring is not valid JSON: restore it from its copy")
	}
	return open(f)
}

// Load reads the keyring from the environment (EnvKeys) or else from the file.
func Load(path string) (*Keyring, error) {
	if env := os.Getenv(EnvKeys); env != "" {
		return Parse([]byte(env))
	}
	// What is written after this look is seen as a change.
	seen, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the keyring: %w (karna init makes one; a store's keyring must be kept with its backups)", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the keyring: %w (karna init makes one; a store's keyring must be kept with its backups)", err)
	}
	k, err := Parse(data)
	if err != nil {
		return nil, err
	}
	k.path, k.seen = path, seen
	k.looked.Store(time.Now().UnixNano())
	return k, nil
}

// Save writes the keyring to a file that only its owner can read. It never
// overwrites one.
func (k *Keyring) Save(path string) error {
	data, err := json.MarshalIndent(k.ring.Load().stored, "", "  ")
	if err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	if _, err := f.Write(append(data, '\n')); err != nil {
		_ = f.Close()
		return fmt.Errorf("write the keyring: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	return nil
}

func open(f file) (*Keyring, error) {
	root, err := decodeKey(f.Hash)
	if err != nil {
		return nil, err
	}
	k := &Keyring{}
	for d := range k.hashKeys {
		sub, err := hkdf.Key(sha256.New, root, nil, fmt.Sprintf("karna hash %d", d), 32)
		if err != nil {
			return nil, fmt.Errorf("derive hash key %d: %w", d, err)
		}
		copy(k.hashKeys[d][:], sub)
	}
	r, err := newRing(f)
	if err != nil {
		return nil, err
	}
	k.ring.Store(r)
	k.under.Store(r.hashes[0])
	return k, nil
}

func decodeKey(s string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) != 32 {
		return nil, errors.New("the keyring holds a key that is not 32 bytes of base64: restore it from its copy")
	}
	return b, nil
}

func newRing(f file) (_ *ring, err error) {
	r := &ring{aeads: map[uint32]cipher.AEAD{}, stored: f}
	for _, fk := range f.Keys {
		raw, err := decodeKey(fk.Key)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, fmt.Errorf("open key %d: %w", fk.ID, err)
		}
		if r.aeads[fk.ID], err = cipher.NewGCM(block); err != nil {
			return nil, fmt.Errorf("open key %d: %w", fk.ID, err)
		}
	}
	if r.aeads[f.Current] == nil {
		return nil, fmt.Errorf("the keyring's current key %d is not among its keys", f.Current)
	}
	if r.hashes, err = hashKeysOf(f.HashKeys); err != nil {
		return nil, err
	}
	return r, nil
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 1024); return &b }}

// Hash is the keyed hash of the parts, each with its length, so that moving a
// byte from one part to the next changes it. It is SHA-256 under a secret
// prefix, truncated to 128 bits, which no length extension reaches; and of some
// domains that under the hash key in use (see UseHashKey).
func (k *Keyring) Hash(d Domain, parts ...[]byte) [16]byte {
	bp := buffers.Get().(*[]byte)
	b := append((*bp)[:0], k.hashKeys[d][:]...)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return k.under.Load().put(d, finish(bp, b))
}

// HashStrings is Hash over strings.
func (k *Keyring) HashStrings(d Domain, parts ...string) [16]byte {
	return k.under.Load().put(d, k.root(d, parts))
}

// root is the hash of the parts under the root alone.
func (k *Keyring) root(d Domain, parts []string) [16]byte {
	bp := buffers.Get().(*[]byte)
	b := append((*bp)[:0], k.hashKeys[d][:]...)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return finish(bp, b)
}

func finish(bp *[]byte, b []byte) [16]byte {
	sum := sha256.Sum256(b)
	clear(b)
	if cap(b) <= 1<<16 {
		*bp = b[:0]
		buffers.Put(bp)
	}
	return [16]byte(sum[:16])
}

// MatchKey is the opaque key under which resolve's parts are found; it is a
// resolve.Hasher.
func (k *Keyring) MatchKey(parts ...string) uint64 {
	return k.under.Load().putKey(k.rootKey(parts))
}

func (k *Keyring) rootKey(parts []string) uint64 {
	h := k.root(DomainMatch, parts)
	return binary.BigEndian.Uint64(h[:8])
}

// LocalID is what a local id that is a personal number is stored as.
func (k *Keyring) LocalID(scope, id string) string {
	h := k.HashStrings(DomainLocalID, scope, id)
	return "~" + base64.RawURLEncoding.EncodeToString(h[:])
}

// Seal encrypts plain with the current key, bound to ref, and says which key.
func (k *Keyring) Seal(ref [16]byte, plain []byte) (keyID uint32, data []byte, err error) {
	if k.path != "" && time.Now().UnixNano()-k.looked.Load() > int64(followEvery) {
		if err := k.follow(); err != nil {
			return 0, nil, err
		}
	}
	r := k.ring.Load()
	aead := r.aeads[r.stored.Current]
	data = make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	if _, err := io.ReadFull(rand.Reader, data); err != nil {
		return 0, nil, fmt.Errorf("seal a value: %w", err)
	}
	return r.stored.Current, aead.Seal(data, data, plain, ref[:]), nil
}

// Open decrypts what Seal made. ErrUnknownKey when the key is gone; another
// error when the data is not what was sealed under this ref.
func (k *Keyring) Open(ref [16]byte, keyID uint32, data []byte) ([]byte, error) {
	aead := k.ring.Load().aeads[keyID]
	if aead == nil && k.path != "" {
		// Another process may have added it since.
		if err := k.follow(); err != nil {
			return nil, err
		}
		aead = k.ring.Load().aeads[keyID]
	}
	if aead == nil {
		return nil, fmt.Errorf("key %d: %w", keyID, ErrUnknownKey)
	}
	if len(data) < aead.NonceSize() {
		return nil, errors.New("open a sealed value: too short")
	}
	plain, err := aead.Open(nil, data[:aead.NonceSize()], data[aead.NonceSize():], ref[:])
	if err != nil {
		return nil, fmt.Errorf("open a sealed value: %w (the store and the keyring do not belong together)", err)
	}
	return plain, nil
}
