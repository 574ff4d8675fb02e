package resolve

import (
	"slices"

	"github.com/karna-registry/karna/model"
)

// maxPaired bounds how many of a record's shared values are looked at two by
// two. No record of a person or a unit holds as many.
const maxPaired = 16

// followStrong unites by must-links where something agrees beside the value. A
// set that nothing forbids is one cluster at once; in a contested one the links
// are tried strongest first.
func (s *solver) followStrong() {
	sets := map[int32][]int32{}
	var roots []int32
	for i := range s.order {
		root := s.strong.find(int32(i))
		if sets[root] == nil {
			roots = append(roots, root)
		}
		sets[root] = append(sets[root], int32(i))
	}
	var contested map[int32][]bond // bonds of contested sets by root, exclusive ones apart
	var weaker map[int32][]bond
	for _, root := range roots {
		members := sets[root]
		if len(members) == 1 {
			continue
		}
		if !s.contested(members) {
			for _, i := range members[1:] {
				s.unite(members[0], i)
			}
			continue
		}
		if contested == nil {
			contested, weaker = s.bondsBySet()
		}
		paired, pairedWeaker := s.pairedBonds(members)
		for _, tier := range [][]bond{paired, contested[root], pairedWeaker, weaker[root]} {
			s.tryInOrder(members, tier)
		}
	}
}

// bondsBySet sorts all bonds by the strong set they lie in: those of exclusive
// values, and the others.
func (s *solver) bondsBySet() (exclusive, others map[int32][]bond) {
	exclusive, others = map[int32][]bond{}, map[int32][]bond{}
	for v := range s.shared {
		into := others
		if s.shared[v].exclusive {
			into = exclusive
		}
		for _, b := range s.shared[v].bonds {
			root := s.strong.find(b.all[0])
			into[root] = append(into[root], b)
		}
	}
	for i := range s.edges {
		if e := &s.edges[i]; e.Must {
			root := s.strong.find(int32(e.A))
			others[root] = append(others[root], bond{all: []int32{int32(e.A), int32(e.B)}})
		}
	}
	return exclusive, others
}

// pairedBonds are the bonds among members that have two values in common, one
// of them exclusive, and neither.
func (s *solver) pairedBonds(members []int32) (exclusive, others []bond) {
	holders := map[[2]int32][]int32{}
	var pairs [][2]int32
	for _, i := range members {
		values := s.valuesAt[i]
		values = values[:min(len(values), maxPaired)]
		for k, v := range values {
			for _, w := range values[k+1:] {
				pair := [2]int32{v, w}
				if holders[pair] == nil {
					pairs = append(pairs, pair)
				}
				holders[pair] = append(holders[pair], i)
			}
		}
	}
	for _, pair := range pairs {
		bonds := s.bonds(holders[pair])
		if s.shared[pair[0]].exclusive || s.shared[pair[1]].exclusive {
			exclusive = append(exclusive, bonds...)
		} else {
			others = append(others, bonds...)
		}
	}
	return exclusive, others
}

// followSilence unites holders of a value where nothing speaks against it
// because one of them says too little. Silence never bridges: it does not bring
// together two clusters that both have a holder with a name, or both one with a
// birth date, since those were compared and did not agree.
func (s *solver) followSilence() {
	type side struct {
		at     int32
		stance uint8
	}
	for v := range s.shared {
		if s.shared[v].kind != model.Person {
			continue
		}
		var sides []side
		index := map[int32]int{}
		all := hasNames | hasBirth
		for _, i := range s.shared[v].holders {
			root := s.find(i)
			k, ok := index[root]
			if !ok {
				k = len(sides)
				index[root] = k
				sides = append(sides, side{at: i})
			}
			sides[k].stance |= s.stance(i)
		}
		for _, x := range sides {
			all &= x.stance
		}
		if all != 0 {
			continue // every cluster has a name, or every one a date: none is silent beside another
		}
		for i := 0; i < len(sides); i++ {
			for j := i + 1; j < len(sides); {
				if sides[i].stance&sides[j].stance == 0 && s.tryUnite(sides[i].at, sides[j].at) {
					sides[i].stance |= sides[j].stance
					sides = slices.Delete(sides, j, j+1)
				} else {
					j++
				}
			}
		}
	}
}

// claim gives every cluster what its records claim exclusively. It comes after
// the steward's "same": records he holds to be the same are no claim against
// each other.
func (s *solver) claim() {
	type node struct {
		component int32
		value     identity
	}
	classes := newForest(0)
	nodes := map[node]int32{}
	classOf := func(i int32, v identity) int32 {
		n := node{s.component.find(i), v}
		c, ok := nodes[n]
		if !ok {
			c = classes.add()
			nodes[n] = c
		}
		return c
	}
	type bySteward struct {
		root  int32
		group string
	}
	type judgedValues struct {
		of      int32 // the first record
		several bool  // another one holds a value too
		classes []int32
	}
	said := map[bySteward]*judgedValues{}
	for i := range s.order {
		hs := s.held[i]
		root := s.find(int32(i))
		judged := s.clusters.size[root] > 1
		for j := range hs {
			if hs[j].group == "" {
				continue
			}
			c := classOf(int32(i), hs[j].identity)
			if hs[j].replaced {
				for k := range hs {
					if hs[k].group == hs[j].group && !hs[k].replaced {
						classes.union(c, classOf(int32(i), hs[k].identity))
					}
				}
			}
			if judged {
				key := bySteward{root, hs[j].group}
				values := said[key]
				if values == nil {
					values = &judgedValues{of: int32(i)}
					said[key] = values
				}
				values.several = values.several || values.of != int32(i)
				values.classes = append(values.classes, c)
			}
		}
	}
	for _, values := range said {
		// What one record holds twice over is no steward's word.
		for _, c := range values.classes {
			if values.several {
				classes.union(values.classes[0], c)
			}
		}
	}

	groups := map[string]int32{}
	groupOf := func(name, code string) int32 {
		g, ok := groups[name]
		if !ok {
			g = int32(len(s.groupCodes))
			groups[name] = g
			s.groupCodes = append(s.groupCodes, code)
		}
		return g
	}
	for i := range s.order {
		root := s.find(int32(i))
		var own []claim
		for j := range s.held[i] {
			if h := &s.held[i][j]; h.group != "" && !h.replaced {
				class := classes.find(classOf(int32(i), h.identity))
				own = append(own, claim{groupOf("identifier/"+h.group, ReasonDifferentIdentifier), class, h.period})
			}
		}
		if rec := s.record(int32(i)); s.p.isDuplicateFree(rec) {
			// Records that a steward held to be the same count as one.
			own = append(own, claim{group: groupOf("source/"+string(rec.Key.Source), ReasonDuplicateFree), class: root})
		}
		s.own[i] = mergeClaims(own)
		if st := &s.state[root]; len(st.claims) == 0 {
			st.claims = s.own[i]
		} else {
			st.claims = append(slices.Clip(st.claims), s.own[i]...)
		}
	}
	for i := range s.state {
		if s.clusters.size[i] > 1 {
			s.state[i].claims = mergeClaims(s.state[i].claims)
		}
	}
}
