package resolve_test

import (
	"cmp"
	"slices"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// This file says slowly, pair by pair, what a partition is. It shares nothing
// with the code it checks but the words.

type pairwise struct {
	subjects []resolve.Subject // in key order
	policy   *resolve.Policy
	sames    [][2]int
	differs  [][2]int
	edges    []resolve.Edge
	reach    [][]bool // one component
	across   func(i, j int) resolve.Weight
	cluster  []int
}

type claimed struct {
	scheme   model.Scheme
	value    string
	proof    model.Proof
	replaced bool
	period   model.Period
}

func (w *pairwise) claims(i int) (out []claimed) {
	rec := w.subjects[i].Record
	for _, st := range rec.Statements {
		if id, ok := st.Value.(model.Identifier); ok && (id.Status == model.IdentifierValid || id.Status == model.IdentifierReplaced) {
			if proof := w.policy.ProofOf(id.Scheme); proof.Identifies(rec.Key.Kind) {
				out = append(out, claimed{id.Scheme, id.Value, proof, id.Status == model.IdentifierReplaced, st.Period})
			}
		}
	}
	return out
}

func (w *pairwise) holds(i int, s model.Scheme, v string) bool {
	return slices.ContainsFunc(w.claims(i), func(c claimed) bool { return c.scheme == s && c.value == v })
}

func (w *pairwise) names(i int) (out []string) {
	for _, st := range w.subjects[i].Record.Statements {
		if t, ok := st.Value.(model.Text); ok {
			out = append(out, t.Text)
		}
	}
	return out
}

func (w *pairwise) births(i int) (out []model.Date) {
	for _, st := range w.subjects[i].Record.Statements {
		if d, ok := st.Value.(model.Date); ok {
			out = append(out, d)
		}
	}
	return out
}

func (w *pairwise) agrees(i, j int) bool {
	for _, a := range w.names(i) {
		if slices.Contains(w.names(j), a) {
			return true
		}
	}
	for _, a := range w.births(i) {
		for _, b := range w.births(j) {
			x, y := a.String(), b.String()
			if n := min(len(x), len(y)); x[:n] == y[:n] {
				return true
			}
		}
	}
	return false
}

func (w *pairwise) silent(i, j int) bool {
	return (len(w.names(i)) == 0 || len(w.names(j)) == 0) && (len(w.births(i)) == 0 || len(w.births(j)) == 0)
}

// tier is how strong the must-link is: 1 the strongest, 5 by silence, 0 none.
func (w *pairwise) tier(i, j int) int {
	shared := map[[2]string]bool{}
	exclusive := false
	for _, a := range w.claims(i) {
		if a.proof.Unique && w.holds(j, a.scheme, a.value) {
			shared[[2]string{string(a.scheme), a.value}] = true
			exclusive = exclusive || a.proof.Exclusive != ""
		}
	}
	switch {
	case len(shared) == 0:
		return 0
	case !w.agrees(i, j):
		if w.silent(i, j) {
			return 5
		}
		return 0
	case exclusive && len(shared) > 1:
		return 1
	case exclusive:
		return 2
	case len(shared) > 1:
		return 3
	}
	return 4
}

// cannot tells whether anything but a steward keeps the two apart.
func (w *pairwise) cannot(i, j int) bool {
	a, b := w.subjects[i].Record, w.subjects[j].Record
	if w.bySteward(i, j) {
		return false
	}
	if a.Key.Source == b.Key.Source && w.policy.DuplicateFree[a.Key.Source] {
		return true
	}
	for _, e := range w.edges {
		if e.Cannot && (e.A == i && e.B == j || e.A == j && e.B == i) {
			return true
		}
	}
	for _, x := range w.claims(i) {
		for _, y := range w.claims(j) {
			if x.proof.Exclusive != "" && x.proof.Exclusive == y.proof.Exclusive && !x.replaced && !y.replaced && x.period.Overlaps(y.period) &&
				!w.oneHolders(i, x, y) {
				return true
			}
		}
	}
	return false
}

func value(c claimed) string { return string(c.scheme) + " " + c.value }

// oneHolders follows replacements stated in i's component, and stewards' words.
func (w *pairwise) oneHolders(i int, x, y claimed) bool {
	known := map[string]bool{value(x): true}
	for range 20 {
		for k := range w.subjects {
			if !w.reach[i][k] {
				continue
			}
			for m := range w.subjects {
				if m != k && !w.bySteward(k, m) {
					continue
				}
				for _, r := range w.claims(k) {
					for _, c := range w.claims(m) {
						if r.proof.Exclusive != c.proof.Exclusive || r.proof.Exclusive == "" || m == k && r.replaced == c.replaced {
							continue
						}
						if known[value(r)] || known[value(c)] {
							known[value(r)], known[value(c)] = true, true
						}
					}
				}
			}
		}
	}
	return known[value(y)]
}

// bySteward tells whether accepted words of "same" lead from i to j.
func (w *pairwise) bySteward(i, j int) bool {
	seen := map[int]bool{i: true}
	for range w.subjects {
		for _, s := range w.sames {
			if seen[s[0]] || seen[s[1]] {
				seen[s[0]], seen[s[1]] = true, true
			}
		}
	}
	return i != j && seen[j]
}

func (w *pairwise) members(c int) (out []int) {
	for i, k := range w.cluster {
		if k == c {
			out = append(out, i)
		}
	}
	return out
}

func (w *pairwise) apart(i, j int) bool {
	return slices.Contains(w.differs, [2]int{i, j}) || slices.Contains(w.differs, [2]int{j, i})
}

func (w *pairwise) try(i, j int, onlySteward bool) bool {
	for _, a := range w.members(w.cluster[i]) {
		for _, b := range w.members(w.cluster[j]) {
			if w.apart(a, b) || !onlySteward && w.cannot(a, b) {
				return false
			}
		}
	}
	to := w.cluster[i]
	for _, b := range w.members(w.cluster[j]) {
		w.cluster[b] = to
	}
	return true
}

func (w *pairwise) links(e resolve.Edge) bool {
	return e.Must || !e.Cannot && e.Weight >= resolve.DefaultBands.Link
}

// slowPartition is the partition, as sets of positions in key order.
func slowPartition(in []resolve.Subject, judgements []resolve.Judgement, p *resolve.Policy, edges []resolve.Edge) *pairwise {
	return slowPartitionWeighed(in, judgements, p, edges, nil)
}

func slowPartitionWeighed(in []resolve.Subject, judgements []resolve.Judgement, p *resolve.Policy, edges []resolve.Edge, across func(a, b *resolve.Subject) resolve.Weight) *pairwise {
	w := &pairwise{subjects: slices.Clone(in), policy: p}
	if across != nil {
		w.across = func(i, j int) resolve.Weight { return across(&w.subjects[i], &w.subjects[j]) }
	}
	slices.SortFunc(w.subjects, func(a, b resolve.Subject) int { return a.Record.Key.Compare(b.Record.Key) })
	at := map[model.EntityID]int{}
	for i, s := range w.subjects {
		at[s.ID] = i
		w.cluster = append(w.cluster, i)
	}
	var sames [][2]int
	for _, j := range judgements {
		a, okA := at[j.A]
		b, okB := at[j.B]
		switch {
		case !okA || !okB:
		case j.Same:
			sames = append(sames, [2]int{min(a, b), max(a, b)})
		default:
			w.differs = append(w.differs, [2]int{a, b})
		}
	}
	for _, e := range edges {
		e.A, e.B = at[in[e.A].ID], at[in[e.B].ID]
		e.A, e.B = min(e.A, e.B), max(e.A, e.B)
		w.edges = append(w.edges, e)
	}

	n := len(w.subjects)
	w.reach = make([][]bool, n)
	for i := range n {
		w.reach[i] = make([]bool, n)
		for j := range n {
			w.reach[i][j] = i == j || w.tier(i, j) > 0
		}
	}
	for _, s := range sames {
		w.reach[s[0]][s[1]], w.reach[s[1]][s[0]] = true, true
	}
	for _, e := range w.edges {
		if w.links(e) {
			w.reach[e.A][e.B], w.reach[e.B][e.A] = true, true
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				w.reach[i][j] = w.reach[i][j] || w.reach[i][k] && w.reach[k][j]
			}
		}
	}

	byPair := func(a, b [2]int) int { return cmp.Or(a[0]-b[0], a[1]-b[1]) }
	slices.SortFunc(sames, byPair)
	for _, s := range sames {
		if w.cluster[s[0]] == w.cluster[s[1]] || w.try(s[0], s[1], true) {
			w.sames = append(w.sames, s)
		}
	}
	for tier := 1; tier <= 4; tier++ {
		for i := range n {
			for j := i + 1; j < n; j++ {
				byEdge := tier == 4 && slices.ContainsFunc(w.edges, func(e resolve.Edge) bool { return e.Must && e.A == i && e.B == j })
				if w.cluster[i] != w.cluster[j] && (w.tier(i, j) == tier || byEdge) {
					w.try(i, j, false)
				}
			}
		}
	}
	w.trySilence()
	slices.SortFunc(w.edges, func(x, y resolve.Edge) int { return cmp.Or(cmp.Compare(y.Weight, x.Weight), x.A-y.A, x.B-y.B) })
	for range 2 { // what was refused is tried once more
		for _, e := range w.edges {
			if w.links(e) && w.cluster[e.A] != w.cluster[e.B] && (e.Must || w.allow(e.A, e.B)) {
				w.try(e.A, e.B, false)
			}
		}
	}
	return w
}

// allow tells whether the pairs across the clusters of two weigh -2 or more on
// the average, each at most 8 either way.
func (w *pairwise) allow(i, j int) bool {
	as, bs := w.members(w.cluster[i]), w.members(w.cluster[j])
	if w.across == nil || len(as)+len(bs) == 2 {
		return true
	}
	total := resolve.Weight(0)
	for _, a := range as {
		for _, b := range bs {
			total += min(8, max(-8, w.across(min(a, b), max(a, b))))
		}
	}
	return total/resolve.Weight(len(as)*len(bs)) >= -2
}

func (w *pairwise) values() (out []claimed) {
	for i := range w.subjects {
		for _, c := range w.claims(i) {
			if c.proof.Unique && !slices.ContainsFunc(out, func(o claimed) bool { return value(o) == value(c) }) {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(a, b claimed) int { return cmp.Compare(value(a), value(b)) })
	return out
}

func (w *pairwise) trySilence() {
	for _, v := range w.values() {
		stance := func(c int) (named, born bool) {
			for _, i := range w.members(c) {
				if w.holds(i, v.scheme, v.value) {
					named = named || len(w.names(i)) > 0
					born = born || len(w.births(i)) > 0
				}
			}
			return named, born
		}
		for i := range w.subjects {
			for j := i + 1; j < len(w.subjects); j++ {
				if w.cluster[i] == w.cluster[j] || !w.holds(i, v.scheme, v.value) || !w.holds(j, v.scheme, v.value) {
					continue
				}
				n1, b1 := stance(w.cluster[i])
				n2, b2 := stance(w.cluster[j])
				if !(n1 && n2) && !(b1 && b2) {
					w.try(i, j, false)
				}
			}
		}
	}
}

// sets are the clusters by id, as a partition lists them.
func (w *pairwise) sets() [][]model.EntityID {
	by := map[int][]model.EntityID{}
	for i, c := range w.cluster {
		by[c] = append(by[c], w.subjects[i].ID)
	}
	var out [][]model.EntityID
	for _, set := range by {
		slices.SortFunc(set, model.EntityID.Compare)
		out = append(out, set)
	}
	slices.SortFunc(out, func(a, b []model.EntityID) int { return a[0].Compare(b[0]) })
	return out
}
