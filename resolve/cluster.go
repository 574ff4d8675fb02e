package resolve

import (
	"cmp"
	"slices"

	"github.com/karna-registry/karna/model"
)

// Cluster says which of the subjects are one thing, by what their identifiers
// prove and by what stewards have said.
//
// Must-links are tried in a fixed order and a union that breaks a cannot-link is
// refused and reported, never made: first a steward's "same", then values of
// exclusive schemes, then of other unique ones (in each, two values in common
// before one), then what only silence allows, and among equals in the order of
// record keys. A steward's "same" overrides what identifiers and sources
// declare, his "different" overrides everything; words of his that contradict
// each other through others are a conflict.
//
// The answer depends on the order of neither subjects nor judgements, and what
// it says of records that evidence connects does not depend on the others.
// Judgements on records that are not there are passed over.
func Cluster(subjects []Subject, judgements []Judgement, p *Policy) Partition {
	return ClusterEdges(subjects, judgements, p, nil)
}

// ClusterEdges is Cluster with evidence from elsewhere: edges whose A and B are
// indexes into subjects. A Must counts as a unique identifier that agrees, a
// Cannot as an exclusive one that differs. Other edges in the band Link are
// tried last, heaviest first; those in the band Review become Reviews.
func ClusterEdges(subjects []Subject, judgements []Judgement, p *Policy, edges []Edge) Partition {
	return ClusterWeighed(subjects, judgements, p, edges, nil)
}

// Across is what two subjects weigh, by their indexes, also those between whom
// there is no edge. It is asked when an edge, by its index, would unite the
// clusters that hold them, and has to answer alike each time.
type Across func(edge, a, b int) Weight

// ClusterWeighed is ClusterEdges where pairs may also speak against a union: an
// edge that is no Must unites two clusters only if the pairs across them allow it (MayUnite).
// An edge in the band Link whose records are apart for that reason alone is a
// conflict (ReasonEvidenceAgainst). across may be nil: then nothing objects.
func ClusterWeighed(subjects []Subject, judgements []Judgement, p *Policy, edges []Edge, across Across) Partition {
	switch len(subjects) {
	case 0:
		return Partition{}
	case 1:
		return Partition{Clusters: [][]int{{0}}}
	}
	s := newSolver(subjects, judgements, p, edges)
	s.across = across
	s.solve()
	conflicts, reviews := s.report()
	return Partition{Clusters: s.groups(), Conflicts: conflicts, Reviews: reviews}
}

// sharedValue is a unique value that several subjects hold.
type sharedValue struct {
	identity
	exclusive bool
	holders   []int32
	bonds     []bond
}

// solver partitions one neighbourhood. It numbers subjects by position in the
// order of their record keys, so that whatever is decided by order is decided
// by keys.
type solver struct {
	subjects []Subject
	p        *Policy
	order    []int   // position to subject
	at       []int32 // subject to position

	held       [][]held
	characters []character
	known      []bool // whether the character was read
	shared     []sharedValue
	valuesAt   [][]int32 // position to its shared values

	same, different [][2]int32
	edges           []solverEdge
	across          Across // nil when nothing objects

	component forest // what any evidence connects, whatever forbids it
	strong    forest // what must-links connect, silence left out
	clusters  forest
	state     []constraints
	own       [][]claim // what each record claims by itself

	groupCodes []string // exclusive group to the code of its clash
}

// solverEdge is an edge whose A and B are positions, A < B.
type solverEdge struct {
	Edge
	given int // its index as it was given
}

func (s *solver) find(i int32) int32           { return s.clusters.find(i) }
func (s *solver) position(subject int) int32   { return s.at[subject] }
func (s *solver) record(i int32) *model.Record { return s.subjects[s.order[i]].Record }
func (s *solver) kindAt(i int32) model.Kind    { return s.record(i).Key.Kind }
func (s *solver) tied(i, j int32) bool         { return s.strong.find(i) == s.strong.find(j) }

func (s *solver) characterAt(i int32) *character {
	if !s.known[i] {
		s.characters[i], s.known[i] = characterOf(s.record(i)), true
	}
	return &s.characters[i]
}

func newSolver(subjects []Subject, judgements []Judgement, p *Policy, edges []Edge) *solver {
	n := len(subjects)
	s := &solver{
		subjects: subjects, p: p, order: make([]int, n), at: make([]int32, n),
		held: make([][]held, n), characters: make([]character, n), known: make([]bool, n), valuesAt: make([][]int32, n),
		component: newForest(n), strong: newForest(n), clusters: newForest(n), state: make([]constraints, n), own: make([][]claim, n),
	}
	for i := range s.order {
		s.order[i] = i
	}
	slices.SortStableFunc(s.order, func(a, b int) int {
		x, y := &subjects[a], &subjects[b]
		if c := x.Record.Key.Compare(y.Record.Key); c != 0 {
			return c
		}
		return x.ID.Compare(y.ID)
	})
	for i, subject := range s.order {
		s.at[subject] = int32(i)
	}
	s.readJudgements(judgements)
	for given, e := range edges {
		e.A, e.B = int(s.at[e.A]), int(s.at[e.B])
		if e.A > e.B {
			e.A, e.B = e.B, e.A
		}
		if e.A != e.B && s.kindAt(int32(e.A)) == s.kindAt(int32(e.B)) {
			s.edges = append(s.edges, solverEdge{e, given})
		}
	}
	slices.SortFunc(s.edges, func(x, y solverEdge) int {
		return cmp.Or(cmp.Compare(y.Weight, x.Weight), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	s.readValues()
	return s
}

func (s *solver) readJudgements(judgements []Judgement) {
	if len(judgements) == 0 {
		return
	}
	byID := make(map[model.EntityID]int32, len(s.subjects))
	for i := range s.subjects {
		byID[s.subjects[i].ID] = s.at[i]
	}
	for _, j := range judgements {
		a, okA := byID[j.A]
		b, okB := byID[j.B]
		if !okA || !okB || a == b || s.kindAt(a) != s.kindAt(b) {
			continue
		}
		pair := [2]int32{min(a, b), max(a, b)}
		if j.Same {
			s.same = append(s.same, pair)
		} else {
			s.different = append(s.different, pair)
		}
	}
	s.same, s.different = sortPairs(s.same), sortPairs(s.different)
}

func sortPairs(pairs [][2]int32) [][2]int32 {
	slices.SortFunc(pairs, func(x, y [2]int32) int { return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) })
	return slices.Compact(pairs)
}

// readValues finds the unique values that several hold, and what they bond.
func (s *solver) readValues() {
	index := make(map[identity]int32, len(s.subjects))
	var values []sharedValue
	for i := range s.order {
		s.held[i] = appendHeld(nil, s.record(int32(i)), s.p)
		for j := range s.held[i] {
			h := &s.held[i][j]
			if !h.unique {
				continue
			}
			v, ok := index[h.identity]
			if !ok {
				v = int32(len(values))
				index[h.identity] = v
				values = append(values, sharedValue{identity: h.identity, exclusive: h.group != ""})
			}
			if at := values[v].holders; len(at) == 0 || at[len(at)-1] != int32(i) {
				values[v].holders = append(at, int32(i))
			}
		}
	}
	values = slices.DeleteFunc(values, func(v sharedValue) bool { return len(v.holders) < 2 })
	slices.SortFunc(values, func(a, b sharedValue) int { return a.identity.compare(b.identity) })
	for v := range values {
		values[v].bonds = s.bonds(values[v].holders)
		for _, i := range values[v].holders {
			s.valuesAt[i] = append(s.valuesAt[i], int32(v))
		}
	}
	s.shared = values
}

func (s *solver) solve() {
	s.connect()
	for _, pair := range s.different {
		s.keepApart(pair[0], pair[1], ReasonDecisionDifferent)
	}
	for _, pair := range s.same {
		s.tryUnite(pair[0], pair[1])
	}
	s.claim()
	for i := range s.edges {
		// A steward's "same" overrides what the records prove.
		if e := &s.edges[i]; e.Cannot && s.find(int32(e.A)) != s.find(int32(e.B)) {
			s.keepApart(int32(e.A), int32(e.B), cannotCode(&e.Edge))
		}
	}
	s.followStrong()
	s.followSilence()
	s.followEvidence()
}

func (s *solver) links(e *Edge) bool {
	return e.Must || !e.Cannot && s.p.bands(s.kindAt(int32(e.A))).Of(e.Weight) == Link
}

func cannotCode(e *Edge) string {
	for _, r := range e.Reasons {
		if r.Constraint == CannotLink {
			return r.Code
		}
	}
	return ReasonDifferentIdentifier
}

func (s *solver) keepApart(i, j int32, code string) {
	a, b := s.find(i), s.find(j)
	s.state[a].aparts = append(s.state[a].aparts, apart{j, code})
	s.state[b].aparts = append(s.state[b].aparts, apart{i, code})
}

// connect finds the components: what evidence connects, whatever forbids it.
func (s *solver) connect() {
	both := func(i, j int32) {
		s.component.union(i, j)
		s.strong.union(i, j)
	}
	for v := range s.shared {
		value := &s.shared[v]
		for _, b := range value.bonds {
			hub := b.all[0]
			if b.hubs != nil {
				hub = b.hubs[0]
			}
			for _, i := range b.all {
				both(hub, i)
			}
		}
		if value.kind == model.Person {
			s.connectSilent(value.holders)
		}
	}
	for _, pair := range s.same {
		both(pair[0], pair[1])
	}
	for i := range s.edges {
		switch e := &s.edges[i]; {
		case e.Must:
			both(int32(e.A), int32(e.B))
		case s.links(&e.Edge):
			s.component.union(int32(e.A), int32(e.B))
		}
	}
}

// connectSilent connects holders of a value where one of a pair states no name
// and not both state a birth date.
func (s *solver) connectSilent(holders []int32) {
	first := [4]int32{-1, -1, -1, -1}
	for _, i := range holders {
		if f := s.stance(i); first[f] < 0 {
			first[f] = i
		}
	}
	blank, named, born := first[0], first[hasNames], first[hasBirth]
	if blank < 0 && (named < 0 || born < 0) {
		return
	}
	for _, i := range holders {
		switch f := s.stance(i); {
		case blank >= 0:
			s.component.union(blank, i)
		case f == hasNames:
			s.component.union(born, i)
		case f == hasBirth:
			s.component.union(named, i)
		}
	}
}

// groups are the clusters, by ids.
func (s *solver) groups() [][]int {
	byRoot := make(map[int32]int, 4)
	var out [][]int
	for i, subject := range s.order {
		root := s.find(int32(i))
		g, ok := byRoot[root]
		if !ok {
			g = len(out)
			byRoot[root] = g
			out = append(out, nil)
		}
		out[g] = append(out[g], subject)
	}
	byID := func(a, b int) int { return s.subjects[a].ID.Compare(s.subjects[b].ID) }
	for _, g := range out {
		slices.SortFunc(g, byID)
	}
	slices.SortFunc(out, func(a, b []int) int { return byID(a[0], b[0]) })
	return out
}
