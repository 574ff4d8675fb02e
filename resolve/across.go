package resolve

import "slices"

const (
	// acrossLimit bounds what one pair may say when two clusters are compared, in
	// bits.
	acrossLimit = 8
	// acrossMean is what the pairs across two clusters have to weigh on the average
	// for them to be one: one strong pair does not outweigh many that speak against
	// it, and pairs that merely say little are no objection.
	acrossMean = -2
	// acrossPairs is how many pairs across two clusters are looked at.
	acrossPairs = 256
)

// MayUnite tells whether the pairs across two clusters allow that they are one: they
// weigh at least -2 bits on the average, each counting for no more than 8 either
// way. weigh is asked for each with a member of as and one of bs, in order. Of
// clusters with more than 256 such pairs members at even steps are compared.
func MayUnite(as, bs []int32, weigh func(a, b int32) Weight) bool {
	if len(as)*len(bs) > acrossPairs {
		as, bs = some(as, bs)
	}
	total := Weight(0)
	for _, a := range as {
		for _, b := range bs {
			total += max(min(weigh(a, b), acrossLimit), -acrossLimit)
		}
	}
	return total >= acrossMean*Weight(len(as)*len(bs))
}

// some takes members at even steps.
func some(as, bs []int32) (fewerAs, fewerBs []int32) {
	const side = 16
	take := func(list []int32, n int) []int32 {
		if len(list) <= n {
			return list
		}
		sorted := slices.Clone(list)
		slices.Sort(sorted)
		out := make([]int32, n)
		for i := range out {
			out[i] = sorted[i*len(list)/n]
		}
		return out
	}
	as = take(as, max(side, acrossPairs/len(bs)))
	return as, take(bs, max(side, acrossPairs/len(as)))
}

// followEvidence unites what the edges link, heaviest first. An edge that was
// refused is tried once more when all others have been: a cluster that has grown
// may know more.
func (s *solver) followEvidence() {
	var members map[int32][]int32
	if s.across != nil && len(s.edges) > 0 {
		members = make(map[int32][]int32, len(s.order))
		for i := range s.order {
			root := s.find(int32(i))
			members[root] = append(members[root], int32(i))
		}
	}
	refusedAt := map[pair]int{} // how large two clusters were together when they objected
	for range 2 {
		refused := false
		for k := range s.edges {
			e := &s.edges[k]
			i, j := s.find(int32(e.A)), s.find(int32(e.B))
			if i == j || !s.links(&e.Edge) {
				continue
			}
			size := len(members[i]) + len(members[j])
			p := pair{min(i, j), max(i, j)}
			switch {
			case s.refusal(i, j) != "":
				continue // for good
			case members != nil && !e.Must && size > 2 && (refusedAt[p] == size || !s.agree(e, members[i], members[j])):
				refusedAt[p], refused = size, true
				continue
			}
			s.unite(i, j)
			if members != nil {
				both := slices.Concat(members[i], members[j])
				slices.Sort(both)
				delete(members, i)
				delete(members, j)
				members[s.find(i)] = both
			}
		}
		if !refused {
			return
		}
	}
}

// agree asks for the pairs across two clusters that an edge would unite.
func (s *solver) agree(e *solverEdge, as, bs []int32) bool {
	return MayUnite(as, bs, func(a, b int32) Weight {
		return s.across(e.given, s.order[min(a, b)], s.order[max(a, b)])
	})
}
