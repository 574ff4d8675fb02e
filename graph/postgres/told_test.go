package postgres

import (
	"slices"
	"testing"
)

// TestEveryPlaceOfAKeyIsFound: in whatever order rows come, each place that an id
// has among the keys is read once.
func TestEveryPlaceOfAKeyIsFound(t *testing.T) {
	var elements []byte
	keys := []byte{3, 1, 3, 2, 1, 3}
	id := func(n byte) []byte { return append(make([]byte, 15), n) }
	for _, k := range keys {
		elements = append(append(elements, 0, 0, 0, 16), id(k)...)
	}
	var s told
	for _, rows := range [][]byte{{1, 2, 3}, {3, 1}, {2}, {}, {2, 3, 1}} {
		s.of(elements, len(keys))
		var got []int
		for _, row := range rows {
			if s.again() {
				t.Fatal("there is more before the first row")
			}
			for more := s.find(id(row)); more; more = s.again() {
				if keys[s.key()] != row {
					t.Errorf("row %d answers key %d", row, keys[s.key()])
				}
				got = append(got, s.key())
			}
		}
		var want []int
		for i, k := range keys {
			if slices.Contains(rows, k) {
				want = append(want, i)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("rows %v answer %v, want %v", rows, got, want)
		}
	}
	if s.of(elements, len(keys)); s.find(id(9)) {
		t.Error("an id that was not asked for is found")
	}
}
