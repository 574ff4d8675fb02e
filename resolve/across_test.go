package resolve_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// drawWeighed makes records that prove nothing, weighed against each other: the
// pairs that link are edges, and now and then a steward has a word.
func drawWeighed(t *rapid.T, world string) neighbourhood {
	n := neighbourhood{weights: rapid.Uint64Min(1).Draw(t, "weights")}
	count := rapid.IntRange(2, 7).Draw(t, "records")
	for i := range count {
		r := person("school", fmt.Sprintf("%s%d", world, i))
		n.subjects = append(n.subjects, resolve.Subject{ID: entity(int(world[0])*1000 + rapid.IntRange(0, 8).Draw(t, "age")*100 + i), Record: r.Record})
	}
	for i := range count {
		for j := i + 1; j < count; j++ {
			if rapid.Bool().Draw(t, "linked") {
				n.edges = append(n.edges, resolve.Edge{A: i, B: j, Weight: resolve.Weight(rapid.IntRange(15, 40).Draw(t, "weight"))})
			}
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "judged") == 0 {
		n.judgements = []resolve.Judgement{{A: n.subjects[0].ID, B: n.subjects[count-1].ID, Same: rapid.Bool().Draw(t, "same")}}
	}
	return n
}

// What links and is apart is told: a conflict between the two clusters, unless a
// steward has told them apart.
func TestObjectionsAgreeWithThePairwiseDefinition(t *testing.T) {
	objected, united := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		n := drawWeighed(t, "x")
		p := n.partition()
		got, want := clusters(n.subjects, p), n.slowly().sets()
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("clusters %v\n    want %v", got, want)
		}
		in := map[model.EntityID]int{}
		for c, set := range got {
			for _, id := range set {
				in[id] = c
			}
		}
		told := map[[2]int]bool{}
		for _, c := range p.Conflicts {
			if c.Code != resolve.ReasonEvidenceAgainst && c.Code != resolve.ReasonDecisionDifferent {
				t.Fatalf("conflict %v of records that prove nothing", c)
			}
			told[[2]int{in[c.Records[0]], in[c.Records[1]]}], told[[2]int{in[c.Records[1]], in[c.Records[0]]}] = true, true
		}
		for _, j := range n.judgements {
			told[[2]int{in[j.A], in[j.B]}], told[[2]int{in[j.B], in[j.A]}] = true, true
		}
		for _, e := range n.edges {
			a, b := in[n.subjects[e.A].ID], in[n.subjects[e.B].ID]
			switch links := e.Weight >= resolve.DefaultBands.Link; {
			case a == b:
				united++
			case links && !told[[2]int{a, b}]:
				t.Fatalf("%v and %v link and are apart, and nobody is told", n.subjects[e.A].ID, n.subjects[e.B].ID)
			case links:
				objected++
			}
		}
	})
	if (objected == 0 || united == 0) && testkit.ManyDraws() {
		t.Errorf("%d links were objected to, %d were followed", objected, united)
	}
}

func TestObjectionsDependOnNeitherOrderNorTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := drawWeighed(t, "x"), drawWeighed(t, "y")
		y.weights = x.weights
		all := neighbourhood{weights: x.weights, judgements: slices.Concat(y.judgements, x.judgements)}
		all.subjects = shuffled(rapid.Uint64().Draw(t, "order"), slices.Concat(y.subjects, x.subjects))
		at := func(s resolve.Subject) int {
			return slices.IndexFunc(all.subjects, func(o resolve.Subject) bool { return o.ID == s.ID })
		}
		for _, n := range []neighbourhood{x, y} {
			for _, e := range n.edges {
				all.edges = append(all.edges, resolve.Edge{A: at(n.subjects[e.B]), B: at(n.subjects[e.A]), Weight: e.Weight})
			}
		}
		all.edges = shuffled(rapid.Uint64().Draw(t, "edges"), all.edges)
		got := clusters(all.subjects, all.partition())
		want := append(clusters(x.subjects, x.partition()), clusters(y.subjects, y.partition())...)
		slices.SortFunc(want, func(a, b []model.EntityID) int { return a[0].Compare(b[0]) })
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("together %v\n   apart %v", got, want)
		}
	})
}

// One strong pair does not outweigh many that speak against it; a must-link and
// a steward's word do.
func TestAStrongPairDoesNotOutweighManyAgainstIt(t *testing.T) {
	s := subjects(person("a", "1"), person("a", "2"), person("a", "3"), person("b", "1"))
	against := func(_, a, b int) resolve.Weight {
		if b == 3 && a < 2 {
			return -30
		}
		return 25
	}
	edges := []resolve.Edge{{A: 0, B: 1, Weight: 25}, {A: 1, B: 2, Weight: 25}, {A: 2, B: 3, Weight: 24}}
	apart := [][]model.EntityID{{s[0].ID, s[1].ID, s[2].ID}, {s[3].ID}}
	together := [][]model.EntityID{{s[0].ID, s[1].ID, s[2].ID, s[3].ID}}

	p := resolve.ClusterWeighed(s, nil, nil, edges, against)
	told := []resolve.Conflict{{Code: resolve.ReasonEvidenceAgainst, Records: []model.EntityID{s[2].ID, s[3].ID}}}
	if got := clusters(s, p); !reflect.DeepEqual(got, apart) || !reflect.DeepEqual(p.Conflicts, told) {
		t.Errorf("clusters %v with conflicts %v, want %v with %v", got, p.Conflicts, apart, told)
	}
	if got := clusters(s, resolve.ClusterWeighed(s, []resolve.Judgement{{A: s[0].ID, B: s[3].ID, Same: true}}, nil, edges, against)); !reflect.DeepEqual(got, together) {
		t.Errorf("with a steward's word clusters %v, want %v", got, together)
	}
	edges[2].Must = true
	if got := clusters(s, resolve.ClusterWeighed(s, nil, nil, edges, against)); !reflect.DeepEqual(got, together) {
		t.Errorf("with a must-link clusters %v, want %v", got, together)
	}
}
