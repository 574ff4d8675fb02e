package match

import (
	"slices"
	"sync"
	"sync/atomic"
)

// blocks are the records of a table by key: who is in a block of which number.
type blocks struct {
	keys    []Key
	with    []keying
	limit   int
	first   []int                 // by key: where its columns in of begin; the last is the end
	of      []uint32              // record by record: its blocks under each key, or 0
	over    []map[uint32][]uint32 // by key: the blocks of records that are in more than of has room for; nil if none is
	members [][]uint32
	starts  [][]uint32 // by key: where each block begins in members; the last is the end
	report  []KeyReport
}

// KeyReport says what became of one key's blocks.
type KeyReport struct {
	Key      string `json:"key"`
	Records  int    `json:"records"`  // that the key is made of
	Blocks   int    `json:"blocks"`   // of two or more
	Largest  int    `json:"largest"`  // before any was divided
	Divided  int    `json:"divided"`  // blocks that were divided because they were too large
	SetAside int64  `json:"setAside"` // pairs under this key that dividing parted; other keys may still find them
	Pairs    int64  `json:"pairs"`    // that this key is the first to find
}

type hashed struct {
	h       uint64
	i       uint32
	variant uint8 // of the record's rows under the key
}

// blocks puts the table's records into blocks under every key, keys side by side
// on the workers. It is nil when yield stopped it.
func (t *Table) blocks(keys []Key, o Options, yield func(Progress) bool) *blocks {
	n := t.Len()
	b := &blocks{keys: keys, limit: o.blockLimit(), members: make([][]uint32, len(keys)), starts: make([][]uint32, len(keys)), over: make([]map[uint32][]uint32, len(keys)), report: make([]KeyReport, len(keys))}
	width := 0
	for i := range keys {
		b.first = append(b.first, width)
		width += keys[i].width()
		b.with = append(b.with, o.Secret.keying(&keys[i]))
	}
	b.first = append(b.first, width)
	b.of = make([]uint32, n*width)
	var next atomic.Int64
	var stopped atomic.Bool
	done := make(chan struct{}, len(keys))
	var wg sync.WaitGroup
	for range min(max(1, o.Workers), max(len(keys), 1)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var list, spare []hashed
			for !stopped.Load() {
				k := int(next.Add(1)) - 1
				if k >= len(keys) {
					return
				}
				list, spare = b.fill(t, k, list, spare)
				done <- struct{}{}
			}
		}()
	}
	go func() {
		wg.Wait()
		close(done)
	}()
	finished := int64(0)
	for range done {
		finished++
		if !stopped.Load() && !report(yield, Progress{"block", finished * int64(n), int64(len(keys)) * int64(n)}) {
			stopped.Store(true)
		}
	}
	if stopped.Load() {
		return nil
	}
	return b
}

// fill makes the blocks of one key. list and spare are its working memory.
func (b *blocks) fill(t *Table, k int, list, spare []hashed) ([]hashed, []hashed) {
	var buf [rareWords]must
	list = list[:0]
	records := 0
	for i := range t.Len() {
		musts := b.keys[k].musts(t, i, b.with[k], buf[:0])
		for _, m := range musts {
			list = append(list, hashed{m.h, uint32(i), m.variant})
		}
		if len(musts) > 0 {
			records++
		}
	}
	b.report[k] = KeyReport{Key: b.keys[k].Name, Records: records}
	if len(spare) < len(list) {
		spare = make([]hashed, len(list))
	}
	sortHashed(list, spare[:len(list)])
	b.starts[k] = []uint32{}
	for lo := 0; lo < len(list); {
		hi := lo + 1
		for hi < len(list) && list[hi].h == list[lo].h {
			hi++
		}
		b.report[k].Largest = max(b.report[k].Largest, hi-lo)
		if hi-lo > 1 {
			b.divide(t, k, list[lo:hi], 0)
		}
		lo = hi
	}
	b.starts[k] = append(b.starts[k], uint32(len(b.members[k])))
	b.report[k].Blocks = len(b.starts[k]) - 1
	return list, spare
}

// divide makes a block, or divides it by the next attribute if it is too large.
// When no attribute is left it is divided by the bits of what records say, and
// then of their names (see Secret).
func (b *blocks) divide(t *Table, k int, list []hashed, depth int) {
	if len(list) <= b.limit {
		b.add(k, list)
		return
	}
	if depth == 0 {
		b.report[k].Divided++
	}
	before := pairsOf(len(list))
	key, with := &b.keys[k], b.with[k]
	if depth >= len(key.refine) {
		t.tails(list, with)
		b.report[k].SetAside += before - b.halve(k, list, tailBits-1)
		return
	}
	p := key.refine[depth]
	var buf []uint32
	for i := range list {
		row := t.variant(key, int(list[i].i), int(list[i].variant), buf)
		if list[i].variant > 0 {
			buf = row
		}
		list[i].h = with.part(depth, t.hashOfPart(row, p))
	}
	slices.SortFunc(list, compareHashed)
	for lo := 0; lo < len(list); {
		hi := lo + 1
		for hi < len(list) && list[hi].h == list[lo].h {
			hi++
		}
		before -= pairsOf(hi - lo)
		if hi-lo > 1 {
			b.divide(t, k, list[lo:hi], depth+1)
		}
		lo = hi
	}
	b.report[k].SetAside += before
}

// tails sorts records by the tails of their strings. Without names, records that
// say the same are numbered among themselves.
func (t *Table) tails(list []hashed, with keying) {
	slices.SortFunc(list, func(x, y hashed) int { return t.compareRows(x.i, y.i) })
	place := 0
	for i := range list {
		says := t.hashes[list[i].i]
		if place++; i == 0 || says != t.hashes[list[i-1].i] {
			place = 0
		}
		list[i].h = with.tail(says, t.nameOf(int(list[i].i), place))
	}
	slices.SortFunc(list, compareHashed)
}

// halve makes a block of records that are sorted by tail and share the bits above
// one, or two by that bit; it is how many pairs are left.
func (b *blocks) halve(k int, list []hashed, bit int) int64 {
	if len(list) <= b.limit || bit < 0 {
		b.add(k, list)
		return pairsOf(len(list))
	}
	at, _ := slices.BinarySearchFunc(list, 1, func(e hashed, one int) int { return int(e.h>>bit&1) - one })
	return b.halve(k, list[:at], bit-1) + b.halve(k, list[at:], bit-1)
}

func compareHashed(x, y hashed) int {
	switch {
	case x.h < y.h:
		return -1
	case x.h > y.h:
		return 1
	}
	return int(x.i) - int(y.i)
}

func pairsOf(n int) int64 { return int64(n) * int64(n-1) / 2 }

func (b *blocks) add(k int, list []hashed) {
	if len(list) < 2 {
		return
	}
	b.starts[k] = append(b.starts[k], uint32(len(b.members[k])))
	number := uint32(len(b.starts[k]))
	for _, m := range list {
		b.members[k] = append(b.members[k], m.i)
		of := b.of[int(m.i)*b.first[len(b.keys)]:]
		c := b.first[k]
		for c < b.first[k+1] && of[c] != 0 {
			c++
		}
		switch {
		case c < b.first[k+1]:
			of[c] = number
		case b.over[k] == nil:
			b.over[k] = map[uint32][]uint32{m.i: {number}}
		default:
			b.over[k][m.i] = append(b.over[k][m.i], number)
		}
	}
}

// compareRows orders records by what they say, by hashes that do not depend on
// the order in which they came.
func (t *Table) compareRows(a, b uint32) int {
	x, y := t.hashes[a], t.hashes[b]
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return int(a) - int(b)
}

// isFirst tells whether a block of key k is the first in which two records meet.
func (b *blocks) isFirst(k int, block, x, y uint32) bool {
	n := b.first[len(b.keys)]
	bx, by := b.of[int(x)*n:int(x)*n+n], b.of[int(y)*n:int(y)*n+n]
	for j := 0; j <= k; j++ {
		lo, hi := b.first[j], b.first[j+1]
		if over := b.over[j]; over != nil && (over[x] != nil || over[y] != nil) {
			for _, v := range b.under(j, x) {
				if (j < k || v < block) && slices.Contains(b.under(j, y), v) {
					return false
				}
			}
			continue
		}
		if hi-lo == 1 {
			if j < k && bx[lo] != 0 && bx[lo] == by[lo] {
				return false
			}
			continue
		}
		for _, v := range bx[lo:hi] {
			if v != 0 && (j < k || v < block) && slices.Contains(by[lo:hi], v) {
				return false
			}
		}
	}
	return true
}

// meet tells whether two records share a block of key k.
func (b *blocks) meet(k int, x, y uint32) bool {
	by := b.under(k, y)
	return slices.ContainsFunc(b.under(k, x), func(v uint32) bool { return slices.Contains(by, v) })
}

// under are the blocks that a record is in under a key.
func (b *blocks) under(k int, i uint32) []uint32 {
	n := b.first[len(b.keys)]
	of := b.of[int(i)*n+b.first[k] : int(i)*n+b.first[k+1]]
	if at := slices.Index(of, 0); at >= 0 {
		return of[:at:at]
	}
	if b.over[k] == nil {
		return of
	}
	return append(of[:len(of):len(of)], b.over[k][i]...)
}

// sortHashed sorts by hash, then by record, given that records ascend.
func sortHashed(list, spare []hashed) {
	if len(list) < 512 {
		slices.SortFunc(list, compareHashed)
		return
	}
	var counts [1 << 16]uint32
	from, to := list, spare
	for shift := 0; shift < 64; shift += 16 {
		clear(counts[:])
		for _, e := range from {
			counts[e.h>>shift&0xffff]++
		}
		at := uint32(0)
		for i, c := range counts {
			counts[i] = at
			at += c
		}
		for _, e := range from {
			d := e.h >> shift & 0xffff
			to[counts[d]] = e
			counts[d]++
		}
		from, to = to, from
	}
}
