package quads

import "strings"

// arena makes strings out of shared blocks, so that the dozens of IRIs of a
// golden record cost a fraction of an allocation each. A block lives as long as
// any of its strings.
type arena struct{ block strings.Builder }

const arenaBlock = 8 << 10

// begin makes room for n bytes and says where they start. What is written to
// block from there is read with since.
func (a *arena) begin(n int) int {
	if a.block.Cap()-a.block.Len() < n {
		a.block = strings.Builder{}
		a.block.Grow(max(n, arenaBlock))
	}
	return a.block.Len()
}

func (a *arena) since(start int) string { return a.block.String()[start:] }

func (a *arena) join2(s, t string) string {
	start := a.begin(len(s) + len(t))
	a.block.WriteString(s)
	a.block.WriteString(t)
	return a.since(start)
}

func (a *arena) bytes(b []byte) string {
	start := a.begin(len(b))
	a.block.Write(b)
	return a.since(start)
}
