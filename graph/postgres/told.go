package postgres

import (
	"bytes"
	"slices"
)

// told finds the keys of a look-up that a row's first column tells of: every
// place that the id has among the keys.
type told struct {
	ids    []byte // the keys, as an array's elements
	places []int  // of the keys, in the order of ids
	at     int    // the place that is read
}

// element is an id in an array: its length, and its bytes.
const element = 4 + 16

func (t *told) id(place int) []byte { return t.ids[place*element+4 : (place+1)*element] }

// of takes n keys, as an array's elements, which stay as they are until the rows
// have been read.
func (t *told) of(ids []byte, n int) {
	t.ids, t.places, t.at = ids, t.places[:0], n
	for place := range n {
		t.places = append(t.places, place)
	}
	slices.SortFunc(t.places, func(a, b int) int {
		if c := bytes.Compare(t.id(a), t.id(b)); c != 0 {
			return c
		}
		return a - b
	})
}

// find goes to the first place of a row's id.
func (t *told) find(id []byte) bool {
	var found bool
	t.at, found = slices.BinarySearchFunc(t.places, id, func(place int, id []byte) int { return bytes.Compare(t.id(place), id) })
	return found
}

// again goes to the id's next place, if it has another.
func (t *told) again() bool {
	next := t.at + 1
	if next >= len(t.places) || !bytes.Equal(t.id(t.places[t.at]), t.id(t.places[next])) {
		return false
	}
	t.at = next
	return true
}

func (t *told) key() int { return t.places[t.at] }

func (t *told) shrink() {
	t.ids = nil
	if cap(t.places) > keptMemory/8 {
		t.places = nil
	}
}
