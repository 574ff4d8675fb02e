package registry

import (
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// apartInOneSource is what two records of one source weigh where such are no
// pair: a register does not list a place, a unit or a role twice by mistake.
const apartInOneSource = -8

// across is what records weigh when clusters that hold them are to be united: as
// stored, and where nothing is stored by the model that weighed the pair which
// would unite them, so that the answer follows from what is stored.
type across struct {
	u      *unit
	nodes  []*node
	linked []*graph.Pair // by edge
	models map[graph.Hash]*weigher
	err    error
}

func (u *unit) newAcross(nodes []*node, linked []*graph.Pair) *across {
	return &across{u: u, nodes: nodes, linked: linked, models: map[graph.Hash]*weigher{}}
}

// weight implements resolve.Across. An error is kept.
func (x *across) weight(edge, a, b int) resolve.Weight {
	n, m := x.nodes[a], x.nodes[b]
	if p := x.u.pairs[pairKeyOf(n.head.ID, m.head.ID)]; p != nil {
		return bitsOf(p.Weight)
	}
	if !pairedInOneSource(n.head.Key.Kind) && n.head.Key.Source == m.head.Key.Source {
		return apartInOneSource
	}
	w := x.weigher(x.linked[edge])
	if w == nil {
		return 0
	}
	return bitsOf(w.weigh(a, b))
}

// weigher weighs the nodes by the model of a pair; nil when that is not kept.
func (x *across) weigher(p *graph.Pair) *weigher {
	if w, ok := x.models[p.Model]; ok || x.err != nil {
		return w
	}
	x.models[p.Model] = nil
	m, err := x.u.r.modelWith(x.u.ctx, x.u.from, p.Kind, p.Model)
	if err != nil || m == nil {
		x.err = err
		return nil
	}
	w, err := x.u.weigher(p.Kind, x.nodes, m.Model)
	if err != nil {
		x.err = err
		return nil
	}
	x.models[p.Model] = w
	return w
}

func pairKeyOf(a, b model.EntityID) graph.PairKey {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return graph.PairKey{A: a, B: b}
}

// clusterWeighed partitions nodes by what they prove and weigh. Live ones object
// to what would unite them; retracted ones go by what links them.
func (u *unit) clusterWeighed(nodes []*node, live bool) (resolve.Partition, error) {
	subjects := make([]resolve.Subject, len(nodes))
	for i, n := range nodes {
		subjects[i] = *n.subject()
	}
	edges, linked := u.edges(nodes)
	if !live || len(edges) == 0 || len(nodes) < 3 {
		return resolve.ClusterEdges(subjects, u.judged, u.r.policy, edges), nil
	}
	edges = append(edges, otherSorts(nodes)...)
	x := u.newAcross(nodes, linked)
	p := resolve.ClusterWeighed(subjects, u.judged, u.r.policy, edges, x.weight)
	if x.err != nil {
		return p, fmt.Errorf("weigh %d records against each other: %w", len(nodes), x.err)
	}
	return p, nil
}
