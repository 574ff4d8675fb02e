package match

import (
	"sync"
	"sync/atomic"
)

// Progress is how far a long step has come.
type Progress struct {
	Step  string
	Done  int64
	Total int64
}

// task is a run of blocks of one key with about as many pairs as every other.
type task struct {
	key      int
	from, to int // blocks
	pairs    int64
}

const pairsPerTask = 1 << 16

// tasks divides the blocks' pairs for workers.
func (b *blocks) tasks() (out []task, total int64) {
	for k := range b.keys {
		starts := b.starts[k]
		t := task{key: k}
		for j := 0; j+1 < len(starts); j++ {
			t.pairs += pairsOf(int(starts[j+1] - starts[j]))
			t.to = j + 1
			if t.pairs >= pairsPerTask {
				out = append(out, t)
				total += t.pairs
				t = task{key: k, from: j + 1}
			}
		}
		if t.pairs > 0 {
			out = append(out, t)
			total += t.pairs
		}
	}
	return out, total
}

// visitor is given candidate pairs by one worker.
type visitor interface {
	visit(k int, x, y uint32)
}

// each gives every candidate pair to a worker once: by the first key under which
// its records meet. Of every rate blocks it looks at one, chosen by the block's
// place among all keys, which does not depend on the order of records. It stops
// when yield says so, and is false then.
func (b *blocks) each(t *Table, workers, rate int, visitors []visitor, step string, yield func(Progress) bool) bool {
	tasks, total := b.tasks()
	across := t.sources > 1
	var next, done atomic.Int64
	var stopped atomic.Bool
	finished := make(chan struct{}, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for !stopped.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(tasks) {
					return
				}
				b.run(t, tasks[i], rate, across, visitors[w])
				done.Add(tasks[i].pairs)
				select {
				case finished <- struct{}{}:
				default:
				}
			}
		}()
	}
	all := make(chan struct{})
	go func() {
		wg.Wait()
		close(all)
	}()
	for {
		select {
		case <-all:
			return !stopped.Load() && report(yield, Progress{step, total, total})
		case <-finished:
			if !report(yield, Progress{step, done.Load(), total}) {
				stopped.Store(true)
				<-all
				return false
			}
		}
	}
}

func report(yield func(Progress) bool, p Progress) bool { return yield == nil || yield(p) }

func (b *blocks) run(t *Table, job task, rate int, across bool, v visitor) {
	k := job.key
	starts, members := b.starts[k], b.members[k]
	for j := job.from; j < job.to; j++ {
		if rate > 1 && mixHash(uint64(k)<<40+uint64(j))%uint64(rate) != 0 {
			continue
		}
		block := members[starts[j]:starts[j+1]]
		for i, x := range block {
			for _, y := range block[i+1:] {
				if across && t.source[x] == t.source[y] || !b.isFirst(k, x, y) {
					continue
				}
				v.visit(k, x, y)
			}
		}
	}
}
