package resolve

import (
	"cmp"
	"slices"

	"github.com/karna-registry/karna/model"
)

// pair is two clusters by their roots, the smaller first.
type pair [2]int32

func (s *solver) pairOf(i, j int32) pair {
	i, j = s.find(i), s.find(j)
	return pair{min(i, j), max(i, j)}
}

// reporter gathers conflicts: at most one for two clusters and a code, on the
// records with the smallest keys that show it.
type reporter struct {
	s       *solver
	decided map[[2]int32]bool // records, the first before the second, that a steward said are different
	found   map[reported][2]int32
}

type reported struct {
	pair
	code string
}

func (s *solver) report() ([]Conflict, []Edge) {
	r := reporter{s: s, decided: make(map[[2]int32]bool, len(s.different)), found: map[reported][2]int32{}}
	for _, d := range s.different {
		r.decided[d] = true
	}
	for v := range s.shared {
		r.value(&s.shared[v])
	}
	reviews := r.weighed()
	var out []Conflict
	for what, records := range r.found {
		out = append(out, s.conflict(what.code, records[:]...))
	}
	for _, same := range s.same {
		if s.find(same[0]) == s.find(same[1]) {
			continue
		}
		records := same[:]
		for _, d := range s.different {
			if s.pairOf(d[0], d[1]) == s.pairOf(same[0], same[1]) {
				records = []int32{same[0], same[1], d[0], d[1]}
				break
			}
		}
		out = append(out, s.conflict(ReasonDecisionDifferent, records...))
	}
	slices.SortFunc(out, func(a, b Conflict) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), slices.CompareFunc(a.Records, b.Records, model.EntityID.Compare))
	})
	return out, reviews
}

func (s *solver) conflict(code string, records ...int32) Conflict {
	c := Conflict{Code: code, Records: make([]model.EntityID, len(records))}
	for i, at := range records {
		c.Records[i] = s.subjects[s.order[at]].ID
	}
	slices.SortFunc(c.Records, model.EntityID.Compare)
	c.Records = slices.Compact(c.Records)
	return c
}

// value reports holders of one unique value that are in different clusters, unless
// a steward has told each of the one from each of the other. Of many clusters each is
// reported against the first of which that is not so, so that a value on thousands is
// not millions of rows.
func (r *reporter) value(v *sharedValue) {
	s := r.s
	place := map[int32]int{}
	var holders [][]int32 // by cluster
	for _, i := range v.holders {
		root := s.find(i)
		k, seen := place[root]
		if !seen {
			k = len(holders)
			place[root] = k
			holders = append(holders, nil)
		}
		holders[k] = append(holders[k], i)
	}
	for k := range holders {
		for _, before := range holders[:k] {
			i, j, undecided := r.undecided(before, holders[k])
			if !undecided {
				continue
			}
			code := ReasonIncompatibleNames
			if s.component.find(i) == s.component.find(j) {
				code = cmp.Or(s.refusal(i, j), code)
			}
			r.add(code, i, j)
			break
		}
	}
}

// undecided is the first pair across two sets of records on which no steward has
// decided.
func (r *reporter) undecided(as, bs []int32) (i, j int32, ok bool) {
	for _, i := range as {
		for _, j := range bs {
			if !r.isDecided(i, j) {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// isDecided tells whether a steward has said of these very records that they are
// different. What he said of others in their clusters is no word on them.
func (r *reporter) isDecided(i, j int32) bool { return r.decided[[2]int32{min(i, j), max(i, j)}] }

func (r *reporter) add(code string, i, j int32) {
	what := reported{r.s.pairOf(i, j), code}
	records := [2]int32{min(i, j), max(i, j)}
	if have, ok := r.found[what]; ok && slices.Compare(have[:], records[:]) <= 0 {
		return
	}
	r.found[what] = records
}

// weighed reports edges that constraints refused, and gives those to review.
func (r *reporter) weighed() []Edge {
	s := r.s
	var reviews []Edge
	for _, e := range s.edges {
		i, j := int32(e.A), int32(e.B)
		if s.find(i) == s.find(j) || r.isDecided(i, j) {
			continue
		}
		code := s.refusal(i, j)
		switch {
		case s.links(&e.Edge):
			r.add(cmp.Or(code, ReasonEvidenceAgainst), i, j)
		case code == "" && !e.Cannot && s.p.bands(s.kindAt(i)).Of(e.Weight) == Review:
			e.A, e.B = s.order[i], s.order[j]
			reviews = append(reviews, e.Edge)
		}
	}
	return reviews
}

// forgiven tells whether what two records claim is no contradiction in their
// component, where others may state a replacement and stewards decide.
func (s *solver) forgiven(i, j int32) bool {
	if s.component.find(i) != s.component.find(j) {
		return false
	}
	_, clashes := clash(s.own[i], s.own[j])
	return !clashes
}
