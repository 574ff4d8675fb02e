package resolve_test

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

// neighbourhood is records that share a few identifiers, with what stewards and
// a matching model say of some pairs.
type neighbourhood struct {
	subjects   []resolve.Subject
	judgements []resolve.Judgement
	edges      []resolve.Edge
	weights    uint64 // what pairs without an edge weigh is drawn from it; 0: nothing objects
}

// across is what two subjects weigh: by their edge, or anything.
func (n neighbourhood) across(a, b *resolve.Subject) resolve.Weight {
	for _, e := range n.edges {
		if x, y := n.subjects[e.A].ID, n.subjects[e.B].ID; x == a.ID && y == b.ID || x == b.ID && y == a.ID {
			return e.Weight
		}
	}
	h := n.weights
	for _, id := range [2]model.EntityID{a.ID, b.ID} {
		h += 0x9e3779b97f4a7c15 * (uint64(binary.BigEndian.Uint32(id[8:])) ^ uint64(binary.BigEndian.Uint32(id[12:])) + 1)
	}
	h ^= h >> 31
	return resolve.Weight(h%16) - 11
}

var lawPolicy = &resolve.Policy{DuplicateFree: map[model.Source]bool{"payroll": true}}

func drawNeighbourhood(t *rapid.T, world string, size int) neighbourhood {
	var n neighbourhood
	name := func(i int) string { return string(rune('a'+i)) + "name" + world }
	periods := []model.Period{{}, {}, {}, span("2001-01-01", "2010-01-01"), span("2010-01-01", ""), span("2005-01-01", "2015-01-01")}
	births := []string{"1850-03-01", "1850-03-02", "1850-03", "1850", "1851-03-01"}
	n.weights = rapid.SampledFrom([]uint64{0, 1, 2, 3}).Draw(t, "weights")
	count := rapid.IntRange(1, size).Draw(t, "records")
	for i := range count {
		source := rapid.SampledFrom([]model.Source{"payroll", "school", "care"}).Draw(t, "source")
		r := person(source, fmt.Sprintf("%s%d", world, rapid.IntRange(0, 9).Draw(t, "local")*100+i))
		for range rapid.IntRange(1, 3).Draw(t, "identifiers") {
			scheme := rapid.SampledFrom([]model.Scheme{model.Personnummer, model.Personnummer, model.Samordningsnummer, model.HSAID, model.EPPN}).Draw(t, "scheme")
			id := valid(scheme, world+number(rapid.IntRange(0, 2).Draw(t, "value")))
			switch rapid.IntRange(0, 9).Draw(t, "status") {
			case 0, 1:
				id.Status = model.IdentifierReplaced
			case 2:
				id.Status = model.IdentifierFailed
			}
			r.during(rapid.SampledFrom(periods).Draw(t, "period"), ontology.PersonIdentifier, id)
		}
		for range rapid.IntRange(0, 2).Draw(t, "names") {
			r.with(ontology.PersonGivenName, text(name(rapid.IntRange(0, 3).Draw(t, "name"))))
		}
		if rapid.Bool().Draw(t, "dated") {
			r.born(rapid.SampledFrom(births).Draw(t, "born"))
		}
		n.subjects = append(n.subjects, resolve.Subject{ID: entity(int(world[0])*1000 + rapid.IntRange(0, 8).Draw(t, "age")*100 + i), Record: r.Record})
	}
	if count == 1 {
		return n
	}
	seen := map[[2]int]bool{}
	for range rapid.SampledFrom([]int{0, 0, 1, 2, 4}).Draw(t, "judgements") {
		a, b := rapid.IntRange(0, count-1).Draw(t, "a"), rapid.IntRange(0, count-1).Draw(t, "b")
		if pair := [2]int{min(a, b), max(a, b)}; a != b && !seen[pair] {
			seen[pair] = true
			n.judgements = append(n.judgements, resolve.Judgement{A: n.subjects[a].ID, B: n.subjects[b].ID, Same: rapid.Bool().Draw(t, "same")})
		}
	}
	weighed := map[[2]int]bool{}
	for range rapid.SampledFrom([]int{0, 0, 2, 4}).Draw(t, "edges") {
		a, b := rapid.IntRange(0, count-1).Draw(t, "a"), rapid.IntRange(0, count-1).Draw(t, "b")
		if pair := [2]int{min(a, b), max(a, b)}; a != b && !weighed[pair] {
			weighed[pair] = true
			n.edges = append(n.edges, resolve.Edge{
				A: a, B: b, Weight: resolve.Weight(rapid.IntRange(-2, 4).Draw(t, "weight") * 10),
				Must: rapid.IntRange(0, 5).Draw(t, "must") == 0, Cannot: rapid.IntRange(0, 5).Draw(t, "cannot") == 0,
			})
		}
	}
	return n
}

func (n neighbourhood) partition() resolve.Partition {
	if n.weights == 0 {
		return resolve.ClusterEdges(n.subjects, n.judgements, lawPolicy, n.edges)
	}
	return resolve.ClusterWeighed(n.subjects, n.judgements, lawPolicy, n.edges, func(_, a, b int) resolve.Weight {
		return n.across(&n.subjects[a], &n.subjects[b])
	})
}

func (n neighbourhood) slowly() *pairwise {
	if n.weights == 0 {
		return slowPartition(n.subjects, n.judgements, lawPolicy, n.edges)
	}
	return slowPartitionWeighed(n.subjects, n.judgements, lawPolicy, n.edges, n.across)
}

func TestPartitionAgreesWithThePairwiseDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNeighbourhood(t, "x", 9)
		got := clusters(n.subjects, n.partition())
		want := n.slowly().sets()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("clusters %v\n    want %v", got, want)
		}
	})
}

func TestNoClusterHoldsACannotLinkPair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNeighbourhood(t, "x", 9)
		w := n.slowly()
		at := map[model.EntityID]int{}
		for i, s := range w.subjects {
			at[s.ID] = i
		}
		for _, c := range n.partition().Clusters {
			for k, a := range c {
				for _, b := range c[k+1:] {
					i, j := at[n.subjects[a].ID], at[n.subjects[b].ID]
					if w.apart(i, j) || w.cannot(i, j) {
						t.Fatalf("%v and %v may not be one thing and are in one cluster", n.subjects[a].ID, n.subjects[b].ID)
					}
				}
			}
		}
	})
}

func TestScoreAgreesWithThePairwiseDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNeighbourhood(t, "x", 2)
		if len(n.subjects) < 2 {
			return
		}
		e := resolve.Score(&n.subjects[0], &n.subjects[1], lawPolicy)
		w := slowPartition(n.subjects, nil, lawPolicy, nil)
		if must := w.tier(0, 1) > 0; must != e.Must {
			t.Fatalf("must-link %v, want %v", e.Must, must)
		}
		// What a record says of replacements counts between records that hold together.
		if cannot := w.cannot(0, 1); e.Must && cannot != e.Cannot {
			t.Fatalf("cannot-link %v, want %v", e.Cannot, cannot)
		}
	})
}

func TestPartitionDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNeighbourhood(t, "x", 9)
		want := n.partition()
		seed := rapid.Uint64().Draw(t, "order")
		order := make([]int, len(n.subjects))
		for i := range order {
			order[i] = i
		}
		order = shuffled(seed, order)
		m := neighbourhood{judgements: shuffled(seed, n.judgements), weights: n.weights}
		place := make([]int, len(order))
		for to, from := range order {
			m.subjects = append(m.subjects, n.subjects[from])
			place[from] = to
		}
		for i := range m.judgements {
			if seed>>(i%64)&1 == 1 {
				m.judgements[i].A, m.judgements[i].B = m.judgements[i].B, m.judgements[i].A
			}
		}
		for _, e := range shuffled(seed, n.edges) {
			e.A, e.B = place[e.A], place[e.B]
			m.edges = append(m.edges, e)
		}
		got := m.partition()
		if a, b := clusters(m.subjects, got), clusters(n.subjects, want); !reflect.DeepEqual(a, b) {
			t.Fatalf("in another order: clusters %v\n                  want %v", a, b)
		}
		if !reflect.DeepEqual(got.Conflicts, want.Conflicts) {
			t.Fatalf("in another order: conflicts %v\n                  want %v", got.Conflicts, want.Conflicts)
		}
		if a, b := reviewed(m, got), reviewed(n, want); !reflect.DeepEqual(a, b) {
			t.Fatalf("in another order: reviews %v\n                  want %v", a, b)
		}
	})
}

func reviewed(n neighbourhood, p resolve.Partition) (out [][2]model.EntityID) {
	for _, e := range p.Reviews {
		a, b := n.subjects[e.A].ID, n.subjects[e.B].ID
		if b.Compare(a) < 0 {
			a, b = b, a
		}
		out = append(out, [2]model.EntityID{a, b})
	}
	return out
}

func TestPartitionOfAComponentIsIndependentOfTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := drawNeighbourhood(t, "x", 6), drawNeighbourhood(t, "y", 6)
		y.weights = x.weights
		both := neighbourhood{weights: x.weights, subjects: slices.Concat(x.subjects, y.subjects), judgements: slices.Concat(y.judgements, x.judgements), edges: slices.Clone(x.edges)}
		for _, e := range y.edges {
			e.A, e.B = e.A+len(x.subjects), e.B+len(x.subjects)
			both.edges = append(both.edges, e)
		}
		px, py, pb := x.partition(), y.partition(), both.partition()
		want := append(clusters(x.subjects, px), clusters(y.subjects, py)...)
		got := clusters(both.subjects, pb)
		slices.SortFunc(want, func(a, b []model.EntityID) int { return a[0].Compare(b[0]) })
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("together %v\n   apart %v", got, want)
		}
		if len(pb.Conflicts) != len(px.Conflicts)+len(py.Conflicts) {
			t.Fatalf("together %d conflicts, apart %d and %d", len(pb.Conflicts), len(px.Conflicts), len(py.Conflicts))
		}
	})
}

// Whenever two records hold one value of a unique scheme and are apart, a steward has
// said so of these very two, or a conflict has one of their clusters and another that
// holds the value. (Of thousands of clusters not every two are listed.)
func TestNothingIsKeptApartWithoutAReportOrADecision(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNeighbourhood(t, "x", 9)
		p := n.partition()
		w := slowPartition(n.subjects, n.judgements, lawPolicy, n.edges)
		in := map[model.EntityID]int{}
		for c, set := range clusters(n.subjects, p) {
			for _, id := range set {
				in[id] = c
			}
		}
		clusterOf := func(i int) int { return in[w.subjects[i].ID] }
		reported := map[[2]int]bool{} // clusters
		for _, c := range p.Conflicts {
			within := true
			for _, a := range c.Records {
				for _, b := range c.Records {
					if in[a] != in[b] {
						reported[[2]int{in[a], in[b]}], within = true, false
					}
				}
			}
			if within {
				t.Fatalf("conflict %v is within one cluster", c)
			}
		}
		decided := func(i, j int) bool {
			return slices.Contains(w.differs, [2]int{i, j}) || slices.Contains(w.differs, [2]int{j, i})
		}
		for _, v := range w.values() {
			var holders []int
			for i := range w.subjects {
				if w.holds(i, v.scheme, v.value) {
					holders = append(holders, i)
				}
			}
			isReported := func(i int) bool {
				return slices.ContainsFunc(holders, func(k int) bool { return reported[[2]int{clusterOf(i), clusterOf(k)}] })
			}
			for _, i := range holders {
				for _, j := range holders {
					if clusterOf(i) != clusterOf(j) && !decided(i, j) && !isReported(i) && !isReported(j) {
						t.Fatalf("records %v and %v hold one identifier and are apart, nobody decided on them, and nobody is told", w.subjects[i].ID, w.subjects[j].ID)
					}
				}
			}
		}
		for _, e := range n.edges {
			a, b := n.subjects[e.A], n.subjects[e.B]
			i, j := slices.IndexFunc(w.subjects, func(s resolve.Subject) bool { return s.ID == a.ID }), slices.IndexFunc(w.subjects, func(s resolve.Subject) bool { return s.ID == b.ID })
			if e.Must && in[a.ID] != in[b.ID] && !decided(i, j) && !reported[[2]int{in[a.ID], in[b.ID]}] {
				t.Fatalf("records %v and %v must be one and are apart, nobody decided on them, and nobody is told", a.ID, b.ID)
			}
		}
	})
}

func TestWithoutCannotLinksAComponentIsOneCluster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNeighbourhood(t, "x", 8)
		n.judgements = slices.DeleteFunc(n.judgements, func(j resolve.Judgement) bool { return !j.Same })
		n.edges = slices.DeleteFunc(n.edges, func(e resolve.Edge) bool { return e.Cannot })
		for _, s := range n.subjects {
			record{s.Record}.with(ontology.PersonFamilyName, text("common"))
		}
		p := resolve.ClusterEdges(n.subjects, n.judgements, &resolve.Policy{}, n.edges)
		w := slowPartition(n.subjects, n.judgements, &resolve.Policy{}, n.edges)
		in := map[model.EntityID]int{}
		for c, set := range clusters(n.subjects, p) {
			for _, id := range set {
				in[id] = c
			}
		}
		for i := range w.subjects {
			forced := false
			for a := range w.subjects {
				for b := range w.subjects {
					forced = forced || w.reach[i][a] && w.reach[i][b] && w.cannot(a, b)
				}
			}
			for j := range w.subjects {
				if w.reach[i][j] && !forced && in[w.subjects[i].ID] != in[w.subjects[j].ID] {
					t.Fatalf("%v and %v are split though nothing in their component forces it", w.subjects[i].ID, w.subjects[j].ID)
				}
			}
		}
	})
}
