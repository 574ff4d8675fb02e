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
	decided map[pair]bool // a steward said that some record of the one is different from one of the other
	found   map[reported][2]int32
}

type reported struct {
	pair
	code string
}

func (s *solver) report() ([]Conflict, []Edge) {
	r := reporter{s: s, decided: map[pair]bool{}, found: map[reported][2]int32{}}
	for _, d := range s.different {
		r.decided[s.pairOf(d[0], d[1])] = true
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

// value reports holders of one unique value that are in different clusters. Of
// many clusters each is reported against the first that a steward has not
// already told it from, so that a value on thousands is not millions of rows.
func (r *reporter) value(v *sharedValue) {
	s := r.s
	var firsts []int32 // the first holder in each cluster
	seen := map[int32]bool{}
	for _, i := range v.holders {
		if root := s.find(i); !seen[root] {
			seen[root] = true
			firsts = append(firsts, i)
		}
	}
	for k, i := range firsts {
		for _, j := range firsts[:k] {
			if r.decided[s.pairOf(i, j)] {
				continue
			}
			code := ReasonIncompatibleNames
			if s.component.find(i) == s.component.find(j) {
				code = cmp.Or(s.refusal(i, j), code)
			}
			r.add(code, j, i)
			break
		}
	}
}

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
		if s.find(i) == s.find(j) || r.decided[s.pairOf(i, j)] {
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
