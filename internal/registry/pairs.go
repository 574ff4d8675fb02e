package registry

import (
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// paired reads the pairs of the records in frontier, and adds to reach who must
// be in sight for them: whom evidence links, and whomever a changed record is to
// be weighed against anew.
func (u *unit) paired(frontier []*node, reach []model.EntityID) ([]model.EntityID, error) {
	if len(u.matched) == 0 {
		return reach, nil
	}
	if u.pairs == nil {
		u.pairs = map[graph.PairKey]*graph.Pair{}
	}
	ids := make([]model.EntityID, len(frontier))
	for i, n := range frontier {
		ids[i] = n.head.ID
	}
	for p, err := range u.from.PairsOn(u.ctx, ids) {
		if err != nil {
			return nil, fmt.Errorf("read the pairs of %d records: %w", len(ids), err)
		}
		if u.pairs[p.PairKey] == nil {
			u.pairs[p.PairKey] = &p
		}
		if u.links(&p) || u.isStale(&p) {
			reach = append(reach, p.A, p.B)
		}
	}
	return reach, nil
}

// links tells whether a pair weighs enough to hold its records together.
func (u *unit) links(p *graph.Pair) bool { return u.r.bandOf(p.Kind, p.Weight) == graph.LinkBand }

// isStale tells whether a record of the pair has changed since it was weighed. A
// rebuild changes no record.
func (u *unit) isStale(p *graph.Pair) bool {
	if u.keysDone {
		return false
	}
	a, b := u.nodes[p.A], u.nodes[p.B]
	return a != nil && a.changed || b != nil && b.changed
}

// reweigh weighs the pairs of changed records anew, as a run over all records
// would by the same model. Whom else they may now be paired with is found when
// they are matched. Roles come later (see reweighRoles), when what they link to is
// settled.
func (u *unit) reweigh() error {
	defer u.indexPairs()
	stale := map[model.Kind][]*graph.Pair{}
	for _, p := range u.pairs {
		if p.Kind != model.Role && u.isStale(p) {
			stale[p.Kind] = append(stale[p.Kind], p)
		}
	}
	for kind, pairs := range stale {
		if err := u.reweighKind(kind, pairs); err != nil {
			return err
		}
	}
	slices.SortFunc(u.writes.pairsPut, func(a, b graph.Pair) int { return a.Compare(b.PairKey) })
	return nil
}

func (u *unit) reweighKind(kind model.Kind, pairs []*graph.Pair) error {
	m, err := u.r.modelOf(u.ctx, u.from, kind)
	if err != nil {
		return fmt.Errorf("read the matching model of kind %s: %w", kind, err)
	}
	if m == nil {
		return nil
	}
	_, err = u.weighPairs(kind, pairs, m)
	return err
}

// indexPairs indexes the pairs that link by either record.
func (u *unit) indexPairs() {
	if len(u.pairs) == 0 {
		return
	}
	u.beside = map[model.EntityID][]*graph.Pair{}
	for _, p := range u.pairs {
		if u.links(p) {
			u.beside[p.A], u.beside[p.B] = append(u.beside[p.A], p), append(u.beside[p.B], p)
		}
	}
}

// linked tells whether evidence links two records.
func (u *unit) linked(a, b *node) bool {
	for _, p := range u.beside[a.head.ID] {
		if p.A == b.head.ID || p.B == b.head.ID {
			return true
		}
	}
	return false
}

// edges are the pairs that link any two of the nodes, as edges and as stored.
func (u *unit) edges(nodes []*node) ([]resolve.Edge, []*graph.Pair) {
	if len(u.beside) == 0 {
		return nil, nil
	}
	at := make(map[model.EntityID]int, len(nodes))
	for i, n := range nodes {
		at[n.head.ID] = i
	}
	var out []resolve.Edge
	var linked []*graph.Pair
	for i, n := range nodes {
		for _, p := range u.beside[n.head.ID] {
			if p.A != n.head.ID {
				continue
			}
			if j, ok := at[p.B]; ok {
				out, linked = append(out, resolve.Edge{A: i, B: j, Weight: bitsOf(p.Weight)}), append(linked, p)
			}
		}
	}
	return out, linked
}
