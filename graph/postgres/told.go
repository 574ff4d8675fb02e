package postgres

import (
	"bytes"
	"sort"
)

// told finds the key of a look-up that a row's first column tells of. The keys are
// an array's elements in the order of ids, each there once.
type told struct {
	ids []byte
	at  int // the key that is read
}

// element is an id in an array: its length, and its bytes.
const element = 4 + 16

// find goes to a row's id.
func (t *told) find(id []byte) bool {
	at, found := sort.Find(len(t.ids)/element, func(i int) int { return bytes.Compare(id, t.ids[i*element+4:(i+1)*element]) })
	t.at = at
	return found
}
