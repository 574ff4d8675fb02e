package match

import "slices"

// Change is what another partition would do to clusters: the records concerned,
// by number, in what they are now and in what they would be.
type Change struct {
	Kind string // "join", "split" or "move"
	From [][]int
	To   [][]int
}

// Changes compares two partitions of the same records. Clusters that would be as
// they are, are left out.
func Changes(now, then []uint32) []Change {
	// Clusters of both that share a record hang together; each such knot is one
	// change.
	parent := make([]int, len(now))
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	for _, part := range [][]uint32{now, then} {
		first := map[uint32]int{}
		for i, c := range part {
			if j, ok := first[c]; ok {
				parent[find(i)] = find(j)
			} else {
				first[c] = i
			}
		}
	}
	knots := map[int][]int{}
	var order []int
	for i := range now {
		root := find(i)
		if knots[root] == nil {
			order = append(order, root)
		}
		knots[root] = append(knots[root], i)
	}
	var out []Change
	for _, root := range order {
		from, to := groups(knots[root], now), groups(knots[root], then)
		if slices.EqualFunc(from, to, slices.Equal) {
			continue
		}
		c := Change{Kind: "move", From: from, To: to}
		switch {
		case len(to) == 1:
			c.Kind = "join"
		case len(from) == 1:
			c.Kind = "split"
		}
		out = append(out, c)
	}
	return out
}

// groups are records by cluster, in the order of the first of each.
func groups(records []int, cluster []uint32) [][]int {
	at := map[uint32]int{}
	var out [][]int
	for _, i := range records {
		c := cluster[i]
		if _, ok := at[c]; !ok {
			at[c] = len(out)
			out = append(out, nil)
		}
		out[at[c]] = append(out[at[c]], i)
	}
	return out
}
