package resolve

import (
	"slices"

	"github.com/karna-registry/karna/model"
)

// claim says that a cluster has a value of an exclusive group at a period.
// Values that are one holder's (by a stated replacement or a steward's "same")
// are one class.
type claim struct {
	group  int32
	class  int32
	period model.Period
}

// apart says that the cluster may not hold a certain other record.
type apart struct {
	from int32
	code string
}

// constraints are what a cluster brings into every union.
type constraints struct {
	claims []claim // sorted by group, class, period; those of one class do not touch
	aparts []apart
}

func compareClaims(a, b claim) int {
	switch {
	case a.group != b.group:
		return int(a.group) - int(b.group)
	case a.class != b.class:
		return int(a.class) - int(b.class)
	}
	return comparePeriods(a.period, b.period)
}

// mergeClaims sorts claims and joins those of one class that touch.
func mergeClaims(claims []claim) []claim {
	if len(claims) < 2 {
		return claims
	}
	slices.SortFunc(claims, compareClaims)
	out := claims[:1]
	for _, c := range claims[1:] {
		last := &out[len(out)-1]
		if last.group == c.group && last.class == c.class && touches(last.period, c.period) {
			last.period = hull(last.period, c.period)
		} else {
			out = append(out, c)
		}
	}
	return out
}

// comparePeriods orders by start (unbounded first), then by end (unbounded last).
func comparePeriods(a, b model.Period) int {
	if c := a.From.Compare(b.From); c != 0 {
		return c // the zero date is before every other
	}
	switch {
	case a.To.IsZero() && b.To.IsZero():
		return 0
	case a.To.IsZero():
		return 1
	case b.To.IsZero():
		return -1
	}
	return a.To.Compare(b.To)
}

// touches tells whether next, which does not start before p, overlaps it or
// follows on it without a gap.
func touches(p, next model.Period) bool {
	return p.To.IsZero() || next.From.IsZero() || next.From.Compare(p.To) <= 0
}

// hull is the shortest period that holds both, of which p starts first.
func hull(p, next model.Period) model.Period {
	if !p.To.IsZero() && (next.To.IsZero() || next.To.Compare(p.To) > 0) {
		p.To = next.To
	}
	return p
}

// clash is a group in which the two have different classes at one time; ok is
// false when there is none.
func clash(a, b []claim) (group int32, ok bool) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].group < b[j].group:
			i++
		case a[i].group > b[j].group:
			j++
		default:
			g := a[i].group
			for ; i < len(a) && a[i].group == g; i++ {
				for k := j; k < len(b) && b[k].group == g; k++ {
					if a[i].class != b[k].class && a[i].period.Overlaps(b[k].period) {
						return g, true
					}
				}
			}
			for j < len(b) && b[j].group == g {
				j++
			}
		}
	}
	return 0, false
}

// refusal is the code of the constraint that keeps two clusters apart, or empty.
// A steward's word is named before what identifiers prove.
func (s *solver) refusal(i, j int32) string {
	i, j = s.find(i), s.find(j)
	a, b := &s.state[i], &s.state[j]
	code := ""
	if len(a.aparts) > len(b.aparts) {
		a, b, j = b, a, i
	}
	for _, x := range a.aparts {
		if s.find(x.from) == j && (code == "" || x.code == ReasonDecisionDifferent || code != ReasonDecisionDifferent && x.code < code) {
			code = x.code
		}
	}
	if code != "" {
		return code
	}
	if g, ok := clash(a.claims, b.claims); ok {
		return s.groupCodes[g]
	}
	return ""
}

// tryUnite unites two clusters unless a constraint forbids it.
func (s *solver) tryUnite(i, j int32) bool {
	if s.find(i) == s.find(j) {
		return true
	}
	if s.refusal(i, j) != "" {
		return false
	}
	s.unite(i, j)
	return true
}

func (s *solver) unite(i, j int32) {
	stays, goes := s.clusters.union(i, j)
	if stays == goes {
		return
	}
	a, b := &s.state[stays], &s.state[goes]
	if len(b.claims) > 0 && !slices.Equal(a.claims, b.claims) {
		a.claims = mergeClaims(append(slices.Clip(a.claims), b.claims...))
	}
	a.aparts = append(a.aparts, b.aparts...)
	*b = constraints{}
}

// contested tells whether the members cannot all be one cluster.
func (s *solver) contested(members []int32) bool {
	var all []claim
	for _, i := range members {
		st := &s.state[s.find(i)]
		if len(all) == 0 || !slices.Equal(all[max(0, len(all)-len(st.claims)):], st.claims) {
			all = append(all, st.claims...)
		}
		for _, x := range st.aparts {
			if s.tied(i, x.from) {
				return true
			}
		}
	}
	all = mergeClaims(all)
	for i := range all {
		for j := i + 1; j < len(all) && all[j].group == all[i].group; j++ {
			if all[j].class != all[i].class && all[i].period.Overlaps(all[j].period) {
				return true
			}
		}
	}
	return false
}
