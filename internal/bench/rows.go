package main

import (
	"bufio"
	"fmt"
	"io"
)

// rowBytes is the size of a yardstick's row as text: a key of ten digits, a
// comma, a filler and a line end.
const rowBytes = 100

// filler is the rest of row i; it repeats with a period of nothing smaller than
// the row, so that no engine finds it easier than a name and an address.
func filler(b []byte, i int) []byte {
	x := uint64(i)*0x9E3779B97F4A7C15 + 1
	for range rowBytes - 12 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b = append(b, "abcdefghijklmnopqrstuvwxyz012345"[x>>59])
	}
	return b
}

func writeRows(w io.Writer, n int) error {
	b := bufio.NewWriterSize(w, 1<<20)
	row := make([]byte, 0, rowBytes)
	for i := range n {
		row = fmt.Appendf(row[:0], "%010d,", i)
		row = append(filler(row, i), '\n')
		if _, err := b.Write(row); err != nil {
			return err
		}
	}
	return b.Flush()
}
