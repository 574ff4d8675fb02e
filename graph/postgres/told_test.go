package postgres

import "testing"

// TestARowsKeyIsFound: in whatever order rows come, each is of the key with its id.
func TestARowsKeyIsFound(t *testing.T) {
	id := func(n byte) []byte { return append(make([]byte, 15), n) }
	keys := []byte{1, 3, 4, 7}
	var s told
	for _, k := range keys {
		s.ids = append(append(s.ids, 0, 0, 0, 16), id(k)...)
	}
	for _, rows := range [][]byte{{1, 3, 4, 7}, {7, 1}, {4}, {3, 7, 1, 4}} {
		for _, row := range rows {
			if !s.find(id(row)) || keys[s.at] != row {
				t.Errorf("row %d is of key %d", row, s.at)
			}
		}
	}
	for _, other := range []byte{0, 2, 9} {
		if s.find(id(other)) {
			t.Errorf("%d, which was not asked for, is found", other)
		}
	}
}
