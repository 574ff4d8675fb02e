package seal

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// KeyInfo is a key without what it is.
type KeyInfo struct {
	ID      uint32    `json:"id"`
	Current bool      `json:"current"` // it encrypts
	Since   time.Time `json:"since"`   // when it was added; zero for the first
}

// Errors of rotation.
var (
	// ErrNoFile means that the keyring is in the environment, which nobody here can
	// change.
	ErrNoFile = errors.New("the keyring is not in a file: put the new one where it comes from, and start again")
	// ErrCurrent means that the key is the one that encrypts.
	ErrCurrent = errors.New("the key is the one that encrypts: rotate first")
)

// Keys lists the keys, by id.
func (k *Keyring) Keys() []KeyInfo {
	f := k.ring.Load().stored
	out := make([]KeyInfo, len(f.Keys))
	for i, key := range f.Keys {
		out[i] = KeyInfo{ID: key.ID, Current: key.ID == f.Current}
		if key.Since != 0 {
			out[i].Since = time.Unix(key.Since, 0).UTC()
		}
	}
	slices.SortFunc(out, func(a, b KeyInfo) int { return int(int64(a.ID) - int64(b.ID)) })
	return out
}

// Current is the id of the key that encrypts.
func (k *Keyring) Current() uint32 { return k.ring.Load().stored.Current }

// Add makes a new key that encrypts from now on, and has it in the file before it
// does. The others still decrypt.
func (k *Keyring) Add(now time.Time) (uint32, error) {
	var id uint32
	err := k.change(func(f *file) error {
		raw := make([]byte, 32)
		if _, err := rand.Read(raw); err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		for _, key := range f.Keys {
			id = max(id, key.ID)
		}
		id++
		f.Keys = append(f.Keys, fileKey{ID: id, Key: base64.StdEncoding.EncodeToString(raw), Since: now.Unix()})
		f.Current = id
		return nil
	})
	return id, err
}

// Remove takes a key out of the file. What it has encrypted cannot be read again:
// the caller has seen to it that there is nothing. ErrCurrent, ErrUnknownKey.
func (k *Keyring) Remove(id uint32) error {
	return k.change(func(f *file) error {
		if id == f.Current {
			return ErrCurrent
		}
		n := len(f.Keys)
		if f.Keys = slices.DeleteFunc(f.Keys, func(key fileKey) bool { return key.ID == id }); len(f.Keys) == n {
			return fmt.Errorf("key %d: %w", id, ErrUnknownKey)
		}
		return nil
	})
}

// change changes the file as it is now, and then what is in memory. The file is
// replaced whole, so that nobody reads half of it and a crash leaves one of the
// two; and by one at a time, for a key that is lost takes with it what it sealed.
func (k *Keyring) change(edit func(*file) error) error {
	if k.path == "" {
		return ErrNoFile
	}
	next := k.path + ".new"
	tmp, alone, err := openAlone(next)
	if err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	if !alone {
		return fmt.Errorf("another process is changing the keyring (in %s; if none is, remove that file): run it again", next)
	}
	renamed := false
	defer func() {
		if !renamed {
			_ = os.Remove(next)
		}
		_ = tmp.Close()
	}()
	if err := k.follow(); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	f := k.ring.Load().stored
	f.Keys, f.HashKeys = slices.Clone(f.Keys), slices.Clone(f.HashKeys)
	if err := edit(&f); err != nil {
		return err
	}
	r, err := newRing(f)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	// One that was cut off may have left something in it.
	if err := tmp.Truncate(0); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	if _, err := tmp.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	if err := tmp.Sync(); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	if err := os.Rename(next, k.path); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	renamed = true
	k.ring.Store(r)
	dir, err := os.Open(filepath.Dir(k.path))
	if err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
		return fmt.Errorf("write the keyring: %w", err)
	}
	return nil
}

// Follow knows what another process has changed in the file, as Seal and Open do by
// themselves.
func (k *Keyring) Follow() error {
	if k.path == "" {
		return nil
	}
	return k.follow()
}

// follow reads the file again if it is another than was read. A file that is gone
// or broken leaves the keys as they are: they still read what they have sealed.
func (k *Keyring) follow() error {
	k.looked.Store(time.Now().UnixNano())
	now, err := os.Stat(k.path)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if os.SameFile(now, k.seen) && now.ModTime().Equal(k.seen.ModTime()) && now.Size() == k.seen.Size() {
		return nil
	}
	data, err := os.ReadFile(k.path)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	var f file
	if json.Unmarshal(data, &f) != nil {
		return nil
	}
	r, err := newRing(f)
	if err != nil {
		return nil //nolint:nilerr // see above
	}
	if f.Hash != k.ring.Load().stored.Hash {
		return errors.New("the keyring's file is now another store's: put this store's back, or start again")
	}
	k.ring.Store(r)
	k.seen = now
	return nil
}
