package match

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/karna-registry/karna/resolve"
)

// sortEdges puts the heaviest first, and decides between equals by what the
// records say.
func (t *Table) sortEdges(edges []Edge) {
	for i := range edges {
		if e := &edges[i]; t.compareRows(e.A, e.B) > 0 {
			e.A, e.B = e.B, e.A
		}
	}
	slices.SortFunc(edges, func(x, y Edge) int {
		switch {
		case x.Weight > y.Weight:
			return -1
		case x.Weight < y.Weight:
			return 1
		}
		if c := t.compareRows(x.A, y.A); c != 0 {
			return c
		}
		return t.compareRows(x.B, y.B)
	})
}

// component is the records that edges of the link band connect, with those
// edges, heaviest first.
type component struct {
	members []uint32
	edges   []Edge
}

// components finds the components of the edges that weigh at least link. Edges
// are sorted; what is no edge's end is in none.
func components(n int, edges []Edge, link float32) []component {
	parent := make([]uint32, n)
	for i := range parent {
		parent[i] = uint32(i)
	}
	find := func(i uint32) uint32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for i, e := range edges {
		if e.Weight < link {
			edges = edges[:i]
			break
		}
		parent[find(e.A)] = find(e.B)
	}
	at := make([]int32, n)
	var out []component
	for _, e := range edges {
		root := find(e.A)
		if at[root] == 0 {
			out = append(out, component{})
			at[root] = int32(len(out))
		}
		c := &out[at[root]-1]
		c.edges = append(c.edges, e)
	}
	for i := range parent {
		if c := at[find(uint32(i))]; c > 0 {
			out[c-1].members = append(out[c-1].members, uint32(i))
		}
	}
	return out
}

// cluster partitions every component, on all workers: what becomes of one does
// not depend on the others.
func (r *Result) cluster(link resolve.Weight, yield func(Progress) bool) (clusters []uint32, holds []float32, ok bool) {
	n := r.engine.t.Len()
	clusters = make([]uint32, n)
	holds = make([]float32, n)
	for i := range clusters {
		clusters[i] = uint32(i)
		holds[i] = float32(math.NaN())
	}
	all := components(n, r.Edges, float32(link))
	const batch = 256
	var next atomic.Int64
	var stopped atomic.Bool
	var wg sync.WaitGroup
	progress := make(chan int64, len(all)/batch+1)
	for w := range r.engine.workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			c := r.engine.comparers[w]
			for !stopped.Load() {
				lo := int(next.Add(batch)) - batch
				if lo >= len(all) {
					return
				}
				for _, comp := range all[lo:min(lo+batch, len(all))] {
					r.settle(comp, c, clusters, holds)
				}
				progress <- int64(min(lo+batch, len(all)))
			}
		}()
	}
	go func() {
		wg.Wait()
		close(progress)
	}()
	done := int64(0)
	for p := range progress {
		done = max(done, p)
		if !stopped.Load() && !report(yield, Progress{"cluster", done, int64(len(all))}) {
			stopped.Store(true)
		}
	}
	return clusters, holds, !stopped.Load()
}

// settle partitions one component and writes what became of its members.
func (r *Result) settle(comp component, c *comparer, clusters []uint32, holds []float32) {
	t := r.engine.t
	slices.SortFunc(comp.members, t.compareRows)
	at := make(map[uint32]int32, len(comp.members))
	for i, m := range comp.members {
		at[m] = int32(i)
	}
	p := NewPartition(len(comp.members), func(a, b int) float32 {
		pat, rare := c.compare(int(comp.members[a]), int(comp.members[b]))
		return r.scorer.weigh(pat, rare)
	})
	for i, m := range comp.members {
		t.claim(p, i, int(m))
	}
	for _, e := range comp.edges {
		p.Edge(int(at[e.A]), int(at[e.B]), e.Weight)
	}
	p.Solve()
	least := make([]uint32, len(comp.members))
	for i := range least {
		least[i] = math.MaxUint32
	}
	for i, m := range comp.members {
		root := p.Find(i)
		least[root] = min(least[root], m)
	}
	for i, m := range comp.members {
		clusters[m] = least[p.Find(i)]
		holds[m] = p.Hold(i)
	}
}

// Weigh is the weight of two records of the table.
func (r *Result) Weigh(a, b int) float32 {
	p, rare := r.engine.comparers[0].compare(a, b)
	return r.scorer.weigh(p, rare)
}

// ClustersAt is the partition that another link threshold gives, no lower than
// the review threshold. It is false when yield stopped it.
func (r *Result) ClustersAt(link resolve.Weight, yield func(Progress) bool) ([]uint32, bool) {
	clusters, _, ok := r.cluster(link, yield)
	return clusters, ok
}

// claim tells a partition which values of exclusive groups a record has. Schemes of
// one group, such as the personal numbers, claim against each other.
func (t *Table) claim(p *Partition, i, record int) {
	row := t.row(record)
	for j := range t.ids {
		ids := &t.ids[j]
		claim := func(cell uint32) {
			if ids.exclusive && ids.valid[cell] {
				p.Claim(i, ids.group, t.hashOf[ids.slot][cell])
			}
		}
		claim(row[ids.slot])
		if of := t.severalOf(record, t.groupOf[ids.slot]); of != nil {
			for _, v := range of[1:] {
				claim(v.cells[0])
			}
		}
	}
}
