package match_test

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
	"github.com/karna-registry/karna/resolve/match"
)

// graph is a neighbourhood: weights of all pairs, and who claims what.
type graph struct {
	n      int
	weight [][]float32
	claim  []uint32 // 0 for none
}

func drawGraph(t *rapid.T) graph {
	n := rapid.IntRange(1, 12).Draw(t, "n")
	g := graph{n: n, weight: make([][]float32, n), claim: make([]uint32, n)}
	for i := range n {
		g.weight[i] = make([]float32, n)
		g.claim[i] = uint32(rapid.IntRange(0, 2).Draw(t, "claim"))
	}
	for i := range n {
		for j := range i {
			w := float32(rapid.IntRange(-20, 20).Draw(t, "weight"))
			g.weight[i][j], g.weight[j][i] = w, w
		}
	}
	return g
}

// edges are the pairs at or above 0, the heaviest first.
func (g graph) edges() (out []match.Edge) {
	for i := range g.n {
		for j := i + 1; j < g.n; j++ {
			if w := g.weight[i][j]; w >= 0 {
				out = append(out, match.Edge{A: uint32(i), B: uint32(j), Weight: w})
			}
		}
	}
	slices.SortFunc(out, func(x, y match.Edge) int {
		return cmp.Or(cmp.Compare(y.Weight, x.Weight), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	return out
}

func (g graph) solve() *match.Partition {
	p := match.NewPartition(g.n, func(a, b int) float32 { return g.weight[a][b] })
	for i, c := range g.claim {
		if c != 0 {
			p.Claim(i, 0, c)
		}
	}
	for _, e := range g.edges() {
		p.Edge(int(e.A), int(e.B), e.Weight)
	}
	p.Solve()
	return p
}

func sets(n int, find func(int) int) [][]int {
	by := map[int][]int{}
	for i := range n {
		by[find(i)] = append(by[find(i)], i)
	}
	var out [][]int
	for _, s := range by {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b []int) int { return a[0] - b[0] })
	return out
}

// slow is the partition by its words: in two rounds every edge, the heaviest
// first, unites its clusters unless claims differ or the pairs across weigh less
// than -2 on average, none counting for more than 8 either way.
func (g graph) slow() [][]int {
	cluster := make([]int, g.n)
	for i := range cluster {
		cluster[i] = i
	}
	members := func(c int) (out []int) {
		for i, k := range cluster {
			if k == c {
				out = append(out, i)
			}
		}
		return out
	}
	for range 2 {
		for _, e := range g.edges() {
			a, b := cluster[e.A], cluster[e.B]
			if a == b {
				continue
			}
			total, n, clash := 0.0, 0.0, false
			for _, x := range members(a) {
				for _, y := range members(b) {
					total += math.Max(-8, math.Min(8, float64(g.weight[x][y])))
					n++
					clash = clash || g.claim[x] != 0 && g.claim[y] != 0 && g.claim[x] != g.claim[y]
				}
			}
			if clash || n > 1 && total < -2*n {
				continue
			}
			for _, y := range members(b) {
				cluster[y] = a
			}
		}
	}
	return sets(g.n, func(i int) int { return cluster[i] })
}

func TestPartitionAgreesWithASlowReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		p := g.solve()
		if got, want := sets(g.n, p.Find), g.slow(); !slices.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestNoClusterHoldsTwoClaims(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		for _, s := range sets(g.n, g.solve().Find) {
			claim := uint32(0)
			for _, i := range s {
				if g.claim[i] != 0 {
					if claim != 0 && claim != g.claim[i] {
						t.Fatalf("cluster %v claims %d and %d", s, claim, g.claim[i])
					}
					claim = g.claim[i]
				}
			}
		}
	})
}

// TestPartitionOfAComponentDoesNotDependOnTheRest solves two graphs apart and
// as one.
func TestPartitionOfAComponentDoesNotDependOnTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawGraph(t), drawGraph(t)
		both := graph{n: a.n + b.n, claim: append(slices.Clone(a.claim), b.claim...)}
		for i := range both.n {
			both.weight = append(both.weight, make([]float32, both.n))
			for j := range both.n {
				both.weight[i][j] = -20
				switch {
				case i < a.n && j < a.n:
					both.weight[i][j] = a.weight[i][j]
				case i >= a.n && j >= a.n:
					both.weight[i][j] = b.weight[i-a.n][j-a.n]
				}
			}
		}
		pa, pb, p := a.solve(), b.solve(), both.solve()
		for i := range a.n {
			for j := range i {
				if (pa.Find(i) == pa.Find(j)) != (p.Find(i) == p.Find(j)) {
					t.Fatalf("%d and %d of the first", i, j)
				}
			}
			if h, w := pa.Hold(i), p.Hold(i); h != w && !(h != h && w != w) {
				t.Fatalf("%d is held by %v alone and %v with others", i, h, w)
			}
		}
		for i := range b.n {
			for j := range i {
				if (pb.Find(i) == pb.Find(j)) != (p.Find(a.n+i) == p.Find(a.n+j)) {
					t.Fatalf("%d and %d of the second", i, j)
				}
			}
		}
	})
}

// TestClaimsAreJudgedAsTheRegistryJudges: where nothing but claims speaks
// against an edge, the partition is that of resolve.ClusterEdges.
func TestClaimsAreJudgedAsTheRegistryJudges(t *testing.T) {
	const scheme = model.Scheme("only-one")
	policy := &resolve.Policy{
		Schemes: map[model.Scheme]model.Proof{scheme: {Kinds: []model.Kind{model.Person}, Exclusive: "only-one"}},
		Bands:   map[model.Kind]resolve.Bands{model.Person: {Review: -6, Link: 0}},
	}
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		for i := range g.n {
			for j := range g.n {
				if g.weight[i][j] < 0 {
					g.weight[i][j] = 0.5 // nothing speaks against
				}
			}
		}
		linked := make([]resolve.Edge, 0)
		p := match.NewPartition(g.n, nil)
		for _, e := range g.edges() {
			if e.Weight < 1 {
				continue
			}
			linked = append(linked, resolve.Edge{A: int(e.A), B: int(e.B), Weight: resolve.Weight(e.Weight)})
			p.Edge(int(e.A), int(e.B), e.Weight)
		}
		var subjects []resolve.Subject
		for i, c := range g.claim {
			rec := &model.Record{Key: model.RecordKey{Source: "test", Kind: model.Person, LocalID: fmt.Sprintf("%03d", i)}}
			if c != 0 {
				p.Claim(i, 0, c)
				id := model.Identifier{Scheme: scheme, Value: fmt.Sprint(c), Status: model.IdentifierValid}
				rec.Statements = append(rec.Statements, model.Statement{Property: ontology.PersonIdentifier, Value: id})
			}
			var id model.EntityID
			binary.BigEndian.PutUint32(id[:], uint32(i+1))
			subjects = append(subjects, resolve.Subject{ID: id, Record: rec})
		}
		p.Solve()
		want := resolve.ClusterEdges(subjects, nil, policy, linked)
		for _, s := range want.Clusters {
			slices.Sort(s)
		}
		slices.SortFunc(want.Clusters, func(a, b []int) int { return a[0] - b[0] })
		if got := sets(g.n, p.Find); !slices.EqualFunc(got, want.Clusters, slices.Equal) {
			t.Fatalf("got %v, the registry %v", got, want.Clusters)
		}
	})
}

func TestLargeClustersAreComparedByASample(t *testing.T) {
	const n = 400
	p := match.NewPartition(n, func(int, int) float32 { return 3 })
	for i := 1; i < n; i++ {
		p.Edge(i-1, i, 5)
	}
	p.Solve()
	if s := sets(n, p.Find); len(s) != 1 {
		t.Fatalf("%d clusters of records that all agree", len(s))
	}
	against := match.NewPartition(n, func(int, int) float32 { return -8 })
	for i := 1; i < n; i++ {
		against.Edge(i-1, i, 5)
	}
	against.Solve()
	for _, s := range sets(n, against.Find) {
		if len(s) > 3 {
			t.Fatalf("a chain of %d whose ends have nothing in common", len(s))
		}
	}
}
