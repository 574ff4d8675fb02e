package model

import (
	"bytes"
	"fmt"

	"github.com/google/uuid"
)

// Tenant is a municipality (or other registry holder) by its code, e.g. "0136".
type Tenant string

// Revision is transaction time: a per-tenant integer in commit order without
// gaps. Zero is the empty registry.
type Revision int64

// Source names a system that delivers records.
type Source string

// EntityID is the UUIDv7 that a RecordKey was given on first sight. A golden
// record's id is the smallest id among its cluster's records.
type EntityID uuid.UUID

// String is the usual hyphenated form.
func (id EntityID) String() string { return uuid.UUID(id).String() }

// IsZero tells whether no id is set.
func (id EntityID) IsZero() bool { return id == EntityID{} }

// Compare orders ids by their bytes, which for UUIDv7 is by age.
func (id EntityID) Compare(other EntityID) int { return bytes.Compare(id[:], other[:]) }

// Next is the id after this one in the order of Compare; the zero id after the last.
func (id EntityID) Next() EntityID {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i]++; id[i] != 0 {
			break
		}
	}
	return id
}

// Previous is the id before this one; the zero id has none and is its own.
func (id EntityID) Previous() EntityID {
	if id.IsZero() {
		return id
	}
	for i := len(id) - 1; i >= 0; i-- {
		if id[i]--; id[i] != 0xff {
			break
		}
	}
	return id
}

// ParseEntityID reads the hyphenated form.
func ParseEntityID(s string) (EntityID, error) {
	if len(s) != 36 {
		return EntityID{}, fmt.Errorf("id of %d characters: want a UUID such as 018f0000-0000-7000-8000-000000000000", len(s))
	}
	u, err := uuid.Parse(s)
	if err != nil {
		return EntityID{}, fmt.Errorf("id is not a UUID: %w", err)
	}
	return EntityID(u), nil
}

// RecordKey says which record: what one source calls one thing of one kind.
type RecordKey struct {
	Source  Source
	Kind    Kind
	LocalID string
}

// String is for people and logs: "source/kind/local id". A LocalID that is a
// personal number never gets this far: it is replaced by a keyed hash at entry.
func (k RecordKey) String() string {
	return string(k.Source) + "/" + k.Kind.String() + "/" + k.LocalID
}

// Compare orders keys by source, kind and local id.
func (k RecordKey) Compare(o RecordKey) int {
	switch {
	case k.Source != o.Source:
		return compareStrings(string(k.Source), string(o.Source))
	case k.Kind != o.Kind:
		return int(k.Kind) - int(o.Kind)
	default:
		return compareStrings(k.LocalID, o.LocalID)
	}
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
