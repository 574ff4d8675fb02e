package registry

import (
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// partition forms clusters of everything in sight.
func (u *unit) partition(seeds []*node) error {
	if err := u.loadJudgements(); err != nil {
		return err
	}
	for _, component := range u.components(seeds) {
		if err := u.formComponent(component); err != nil {
			return err
		}
	}
	return nil
}

// formComponent forms the clusters of one component.
func (u *unit) formComponent(component []*node) error {
	if len(component) > 1 {
		return u.partitionComponent(component)
	}
	if !component[0].isNew() {
		u.examined = append(u.examined, component[0].head.ID)
	}
	u.form(component)
	return nil
}

func (u *unit) loadJudgements() error {
	if !u.judging {
		return nil
	}
	ids := make([]model.EntityID, 0, len(u.nodes))
	for id := range u.nodes {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	type pair struct{ a, b model.EntityID }
	latest := map[pair]graph.Decision{}
	for d, err := range u.from.DecisionsOn(u.ctx, ids) {
		if err != nil {
			return fmt.Errorf("read the decisions on %d records: %w", len(ids), err)
		}
		latest[pair{d.A, d.B}] = d // oldest first, so the last one counts
	}
	for p, d := range latest {
		if d.Verdict != graph.Unsure {
			u.judged = append(u.judged, resolve.Judgement{A: p.a, B: p.b, Same: d.Verdict == graph.Same})
		}
	}
	slices.SortFunc(u.judged, func(x, y resolve.Judgement) int {
		if c := x.A.Compare(y.A); c != 0 {
			return c
		}
		return x.B.Compare(y.B)
	})
	return nil
}

// components groups what is in sight: records that share a linking key, that
// were one cluster, that a steward has judged, or that evidence links.
func (u *unit) components(seeds []*node) [][]*node {
	index := make(map[model.EntityID]int, len(u.nodes))
	all := make([]*node, 0, len(u.nodes))
	for _, n := range seeds {
		if _, have := index[n.head.ID]; !have {
			index[n.head.ID] = len(all)
			all = append(all, n)
		}
	}
	rest := make([]*node, 0, len(u.nodes)-len(all))
	for id, n := range u.nodes {
		if _, have := index[id]; !have {
			rest = append(rest, n)
		}
	}
	slices.SortFunc(rest, func(a, b *node) int { return a.head.ID.Compare(b.head.ID) })
	for _, n := range rest {
		index[n.head.ID] = len(all)
		all = append(all, n)
	}

	parent := make([]int, len(all))
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	union := func(i, j int) { parent[find(i)] = find(j) }
	for _, sharing := range u.byKey {
		for _, n := range sharing[1:] {
			union(index[sharing[0].head.ID], index[n.head.ID])
		}
	}
	formerly := map[model.EntityID]int{}
	for i, n := range all {
		if n.isNew() {
			continue
		}
		if j, ok := formerly[n.before.Golden]; ok {
			union(i, j)
		} else {
			formerly[n.before.Golden] = i
		}
	}
	for _, j := range u.judged {
		a, okA := index[j.A]
		b, okB := index[j.B]
		if okA && okB {
			union(a, b)
		}
	}
	for id, pairs := range u.beside {
		for _, p := range pairs {
			a, okA := index[id]
			b, okB := index[p.B]
			if okA && okB {
				union(a, b)
			}
		}
	}
	groups := make(map[int][]*node, len(all))
	var order []int
	for i, n := range all {
		root := find(i)
		if groups[root] == nil {
			order = append(order, root)
		}
		groups[root] = append(groups[root], n)
	}
	out := make([][]*node, len(order))
	for i, root := range order {
		out[i] = groups[root]
	}
	return out
}

// partitionComponent partitions the live records on what they prove, then lets
// each retracted record go with the live cluster it proves to belong to, if
// any: so a retracted record keeps its cluster's id alive, but bridges nothing.
func (u *unit) partitionComponent(component []*node) error {
	var live, gone []*node
	for _, n := range component {
		switch {
		case n.rec != nil:
			live = append(live, n)
		default:
			gone = append(gone, n)
		}
		u.examined = append(u.examined, n.head.ID)
	}
	formed, err := u.clustersOf(live, true)
	if err != nil {
		return err
	}
	if len(formed) == 1 && len(gone) == 0 {
		u.form(formed[0])
		return nil
	}
	slices.SortFunc(gone, func(a, b *node) int { return a.head.ID.Compare(b.head.ID) })
	// One that belongs to several goes with the one whose first record comes first by
	// its key: ids follow the order of arrival.
	slices.SortFunc(formed, func(a, b []*node) int { return firstKey(a).Compare(firstKey(b)) })
	var alone []*node
	attached := make([][]*node, len(formed))
	for _, n := range gone {
		home := -1
		for i, c := range formed {
			if n.last != nil && u.belongs(n, c) {
				home = i
				break
			}
		}
		if home < 0 {
			alone = append(alone, n)
		} else {
			attached[home] = append(attached[home], n)
		}
	}
	for i, c := range formed {
		u.form(append(c, attached[i]...))
	}
	formed, err = u.clustersOf(alone, false)
	if err != nil {
		return err
	}
	for _, c := range formed {
		u.form(c)
	}
	return nil
}

func firstKey(c []*node) model.RecordKey {
	return slices.MinFunc(c, func(a, b *node) int { return a.head.Key.Compare(b.head.Key) }).head.Key
}

func (u *unit) belongs(n *node, c []*node) bool {
	must := false
	for _, m := range c {
		e := resolve.Score(n.subject(), m.subject(), u.r.policy)
		if e.Cannot {
			return false
		}
		must = must || e.Must || u.linked(n, m)
	}
	return must
}

// clustersOf partitions nodes, live ones or retracted ones; clusters come by their
// smallest record id.
func (u *unit) clustersOf(nodes []*node, live bool) ([][]*node, error) {
	if len(nodes) == 0 {
		return nil, nil
	}
	var silent [][]*node
	speaking := make([]*node, 0, len(nodes))
	for _, n := range nodes {
		if n.says() == nil {
			silent = append(silent, []*node{n}) // a deletion of something never delivered
			continue
		}
		speaking = append(speaking, n)
	}
	p, err := u.clusterWeighed(speaking, live)
	if err != nil {
		return nil, err
	}
	if live {
		u.conflicts = append(u.conflicts, p.Conflicts...)
	}
	out := make([][]*node, 0, len(p.Clusters)+len(silent))
	for _, indexes := range p.Clusters {
		c := make([]*node, len(indexes))
		for i, at := range indexes {
			c[i] = speaking[at]
		}
		out = append(out, c)
	}
	return append(out, silent...), nil
}

// form makes a cluster of the nodes and gives it its golden id: the smallest
// of its records, retracted ones included.
func (u *unit) form(nodes []*node) {
	c := &cluster{id: nodes[0].head.ID, kind: nodes[0].head.Key.Kind}
	for _, n := range nodes {
		if n.head.ID.Compare(c.id) < 0 {
			c.id = n.head.ID
		}
		if n.rec != nil {
			c.live = append(c.live, n)
		} else {
			c.gone = append(c.gone, n)
		}
	}
	byID := func(a, b *node) int { return a.head.ID.Compare(b.head.ID) }
	slices.SortFunc(c.live, byID)
	slices.SortFunc(c.gone, byID)
	for _, n := range nodes {
		n.head.Golden = c.id
		if n.changed || n.restamped || n.before.Golden != c.id {
			c.dirty = true
		}
	}
	if s := u.stored[c.id]; s != nil && !slices.Equal(s.evidence.Members, c.members()) {
		c.dirty = true // a record has left for another cluster
	}
	u.clusters[c.id] = c
}

// members are the records of the cluster as evidence lists them: live first.
func (c *cluster) members() []model.EntityID {
	out := make([]model.EntityID, 0, len(c.live)+len(c.gone))
	for _, n := range c.live {
		out = append(out, n.head.ID)
	}
	for _, n := range c.gone {
		out = append(out, n.head.ID)
	}
	return out
}

// joined are the records of each cluster that has live records of several golden
// records, by its id.
func (u *unit) joined() [][]model.EntityID {
	var out [][]model.EntityID
	for _, c := range u.clusters {
		if slices.ContainsFunc(c.live, func(n *node) bool { return n.before.Golden != c.live[0].before.Golden }) {
			out = append(out, c.members())
		}
	}
	return out
}

// sourceOf is the source of one of its members, by its place.
func (c *cluster) sourceOf(i int) model.Source {
	if i < len(c.live) {
		return c.live[i].head.Key.Source
	}
	return c.gone[i-len(c.live)].head.Key.Source
}

// roleLast orders kinds so that a role's disclosure is decided after that of
// the persons it points to.
func roleLast(a, b *cluster) int {
	ra, rb := a.kind == model.Role, b.kind == model.Role
	switch {
	case ra != rb && ra:
		return 1
	case ra != rb:
		return -1
	}
	return a.id.Compare(b.id)
}
