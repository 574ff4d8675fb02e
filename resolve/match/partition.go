package match

import (
	"math"
	"slices"

	"github.com/karna-registry/karna/resolve"
)

// Partition says which records of a neighbourhood are one thing. It is given
// edges, and what each record claims; it unites the ends of edges, the heaviest
// first, unless two claims of one group differ or the pairs across speak against
// it. Records are numbered in an order that does not depend on who came first.
type Partition struct {
	n       int
	weigh   func(a, b int) float32
	edges   []partEdge
	parent  []int32
	members [][]int32 // by root; nil for a record alone
	claims  [][]claim
	holds   []float32
	known   map[uint64]float32
	// refusals are how large two clusters were together when they were last
	// refused each other.
	refusals map[uint64]int32
}

type partEdge struct {
	a, b   int32
	weight float32
}

// claim is a value of a group in which one thing has one value.
type claim struct {
	group int
	value uint64
}

// NewPartition starts with n records, each alone. weigh gives the weight of a
// pair for which there is no edge; nil means that such pairs say nothing.
func NewPartition(n int, weigh func(a, b int) float32) *Partition {
	p := &Partition{n: n, weigh: weigh, parent: make([]int32, n), members: make([][]int32, n), claims: make([][]claim, n), holds: make([]float32, n)}
	for i := range p.parent {
		p.parent[i] = int32(i)
		p.holds[i] = float32(math.NaN())
	}
	return p
}

// Claim says that a record has a value of an exclusive group.
func (p *Partition) Claim(i, group int, value uint64) {
	p.claims[i] = append(p.claims[i], claim{group, value})
}

// Edge says that two records may be one thing. Edges come heaviest first.
func (p *Partition) Edge(a, b int, weight float32) {
	p.edges = append(p.edges, partEdge{int32(a), int32(b), weight})
}

// Find is the record that stands for the cluster of a record.
func (p *Partition) Find(i int) int {
	for int(p.parent[i]) != i {
		p.parent[i] = p.parent[p.parent[i]]
		i = int(p.parent[i])
	}
	return i
}

// Hold is the weakest weight that holds a record in its cluster, or NaN if it
// is alone: of the unions that brought it to where most of the cluster already
// was.
func (p *Partition) Hold(i int) float32 { return p.holds[i] }

// Solve unites what is one thing. Edges that were refused are tried once more
// when all others have been: a cluster that has grown may know more.
func (p *Partition) Solve() {
	if p.n > 2 {
		p.known = make(map[uint64]float32, len(p.edges))
		for _, e := range p.edges {
			p.known[pairKey(e.a, e.b)] = e.weight
		}
	}
	for range 2 {
		refused := false
		for _, e := range p.edges {
			a, b := int32(p.Find(int(e.a))), int32(p.Find(int(e.b)))
			if a == b {
				continue
			}
			if p.stillRefused(a, b) || p.clash(a, b) || !p.agree(a, b) {
				p.refuse(a, b)
				refused = true
				continue
			}
			p.unite(a, b, e.weight)
		}
		if !refused {
			return
		}
	}
}

// stillRefused tells whether two clusters were refused each other as they are:
// edges between them need not be looked at again until one has grown.
func (p *Partition) stillRefused(a, b int32) bool {
	return p.refusals[pairKey(a, b)] == int32(len(p.of(a))+len(p.of(b)))
}

func (p *Partition) refuse(a, b int32) {
	if p.refusals == nil {
		p.refusals = map[uint64]int32{}
	}
	p.refusals[pairKey(a, b)] = int32(len(p.of(a)) + len(p.of(b)))
}

func pairKey(a, b int32) uint64 { return uint64(min(a, b))<<32 | uint64(max(a, b)) }

func (p *Partition) of(root int32) []int32 {
	if p.members[root] == nil {
		return []int32{root}
	}
	return p.members[root]
}

// clash tells whether two clusters claim values of one group and have none in
// common. A record that has two, such as a personal number beside the
// coordination number it replaced, has both for one thing.
func (p *Partition) clash(a, b int32) bool {
	for _, x := range p.claims[a] {
		both, common := false, false
		for _, y := range p.claims[b] {
			if x.group == y.group {
				both = true
				common = common || slices.ContainsFunc(p.claims[a], func(c claim) bool { return c == y })
			}
		}
		if both && !common {
			return true
		}
	}
	return false
}

// agree tells whether the pairs across two clusters allow that they are one.
func (p *Partition) agree(a, b int32) bool {
	ma, mb := p.of(a), p.of(b)
	if len(ma) == 1 && len(mb) == 1 {
		return true
	}
	return resolve.MayUnite(ma, mb, func(x, y int32) resolve.Weight { return resolve.Weight(p.pair(x, y)) })
}

func (p *Partition) pair(a, b int32) float32 {
	k := pairKey(a, b)
	if w, ok := p.known[k]; ok {
		return w
	}
	w := float32(0)
	if p.weigh != nil {
		w = p.weigh(int(min(a, b)), int(max(a, b)))
	}
	p.known[k] = w
	return w
}

func (p *Partition) unite(a, b int32, weight float32) {
	ma, mb := p.of(a), p.of(b)
	if len(ma) < len(mb) || len(ma) == len(mb) && b < a {
		a, b, ma, mb = b, a, mb, ma
	}
	for _, i := range mb {
		p.weaken(i, weight)
	}
	if len(ma) == len(mb) {
		for _, i := range ma {
			p.weaken(i, weight)
		}
	}
	p.parent[b] = a
	p.members[a] = append(slices.Clip(ma), mb...)
	p.members[b] = nil
	for _, c := range p.claims[b] {
		if !slices.Contains(p.claims[a], c) {
			p.claims[a] = append(p.claims[a], c)
		}
	}
}

func (p *Partition) weaken(i int32, weight float32) {
	if h := p.holds[i]; h != h || weight < h {
		p.holds[i] = weight
	}
}
