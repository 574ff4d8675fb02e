package match

import "slices"

// blockLimit is how many records may meet under one key before the next
// attribute divides them. It does not depend on how many records there are.
const blockLimit = 48

// blocks are the records of a table by key: who is in a block of which number.
type blocks struct {
	keys    []Key
	of      []uint32 // record by record: its block under each key, or 0
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
	h uint64
	i uint32
}

// blocks puts the table's records into blocks under every key.
func (t *Table) blocks(keys []Key) *blocks {
	n := t.Len()
	b := &blocks{keys: keys, of: make([]uint32, n*len(keys)), members: make([][]uint32, len(keys)), starts: make([][]uint32, len(keys)), report: make([]KeyReport, len(keys))}
	list := make([]hashed, 0, n)
	spare := make([]hashed, n)
	for k := range keys {
		list = list[:0]
		for i := range n {
			if h := keys[k].hash(t, t.row(i)); h != 0 {
				list = append(list, hashed{h, uint32(i)})
			}
		}
		b.report[k] = KeyReport{Key: keys[k].Name, Records: len(list)}
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
	}
	return b
}

// divide makes a block, or divides it by the next attribute if it is too large.
// When no attribute is left it is cut into runs of records that say much the
// same.
func (b *blocks) divide(t *Table, k int, list []hashed, depth int) {
	if len(list) <= blockLimit {
		b.add(k, list)
		return
	}
	if depth == 0 {
		b.report[k].Divided++
	}
	before := pairsOf(len(list))
	key := &b.keys[k]
	if depth >= len(key.refine) {
		slices.SortFunc(list, func(x, y hashed) int { return t.compareRows(x.i, y.i) })
		for lo := 0; lo < len(list); lo += blockLimit {
			run := list[lo:min(lo+blockLimit, len(list))]
			before -= pairsOf(len(run))
			b.add(k, run)
		}
		b.report[k].SetAside += before
		return
	}
	p := key.refine[depth]
	for i := range list {
		list[i].h = t.hashOfPart(t.row(int(list[i].i)), p)
	}
	slices.SortFunc(list, func(x, y hashed) int {
		switch {
		case x.h < y.h:
			return -1
		case x.h > y.h:
			return 1
		}
		return int(x.i) - int(y.i)
	})
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

func pairsOf(n int) int64 { return int64(n) * int64(n-1) / 2 }

func (b *blocks) add(k int, list []hashed) {
	if len(list) < 2 {
		return
	}
	b.starts[k] = append(b.starts[k], uint32(len(b.members[k])))
	number := uint32(len(b.starts[k]))
	for _, m := range list {
		b.members[k] = append(b.members[k], m.i)
		b.of[int(m.i)*len(b.keys)+k] = number
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

// isFirst tells whether key k is the first under which two records meet.
func (b *blocks) isFirst(k int, x, y uint32) bool {
	n := len(b.keys)
	bx, by := b.of[int(x)*n:int(x)*n+k], b.of[int(y)*n:int(y)*n+k]
	for j, block := range bx {
		if block != 0 && block == by[j] {
			return false
		}
	}
	return true
}

// sortHashed sorts by hash, then by record, given that records ascend: by the
// upper 48 bits, which tell blocks apart as well as all 64 would.
func sortHashed(list, spare []hashed) {
	if len(list) < 512 {
		slices.SortFunc(list, func(x, y hashed) int {
			switch {
			case x.h < y.h:
				return -1
			case x.h > y.h:
				return 1
			}
			return int(x.i) - int(y.i)
		})
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
