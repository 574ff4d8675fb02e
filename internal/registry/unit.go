package registry

import (
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// unit is the resolution work of one transaction: the records in sight, the
// clusters they form, and the golden records that must follow. What is in
// sight is closed: with a record come the records it shares a linking key with,
// the records a steward has judged beside it, and the rest of its cluster, so
// that what the unit decides does not depend on what it cannot see.
type unit struct {
	r   *Registry
	ctx context.Context
	tx  graph.Tx
	rev model.Revision

	nodes    map[model.EntityID]*node
	keyed    map[model.RecordKey]*node
	byKey    map[uint64][]*node // by linking key, of what the nodes say now
	changed  []*node            // in order of arrival
	stored   map[model.EntityID]*storedGolden
	clusters map[model.EntityID]*cluster // by golden id
	judged   []resolve.Judgement
	judging  bool // some decision exists
	keysDone bool // a rebuild has put every matching key already

	conflicts []resolve.Conflict
	examined  []model.EntityID // records whose open conflicts were decided anew
	sealed    []graph.Sealed
	versions  []graph.Version
	heads     []graph.Head // touched only
}

// node is one record in sight.
type node struct {
	before  graph.Head // as stored; zero ID for a new record
	head    graph.Head // as it shall be
	rec     *model.Record
	last    *model.Record // for a retracted record: what it said last
	oldRec  *model.Record // for a changed record: what it said before
	keys    []uint64      // every matching key of what it says now
	links   []uint64      // those of them that link
	changed bool
}

func (n *node) isNew() bool { return n.before.ID.IsZero() }

// moved tells whether a stored record has come to another golden id.
func (n *node) moved() bool { return !n.isNew() && n.head.Golden != n.before.Golden }

// says is the record that resolution sees: what it says, or said last.
func (n *node) says() *model.Record {
	if n.rec != nil {
		return n.rec
	}
	return n.last
}

func (n *node) subject() *resolve.Subject { return &resolve.Subject{ID: n.head.ID, Record: n.says()} }

// storedGolden is a golden row as read, with what was decoded of it.
type storedGolden struct {
	row      graph.Golden
	evidence model.Evidence
}

// cluster is the records held to be one thing after this unit.
type cluster struct {
	id         model.EntityID
	kind       model.Kind
	live, gone []*node
	disclosure model.Disclosure
	dirty      bool

	golden   model.Golden
	evidence model.Evidence
	dangling []graph.Dangling
}

func (r *Registry) newUnit(ctx context.Context, tx graph.Tx, size int) *unit {
	return &unit{
		r: r, ctx: ctx, tx: tx,
		nodes:    make(map[model.EntityID]*node, size),
		keyed:    make(map[model.RecordKey]*node, size),
		byKey:    make(map[uint64][]*node, size),
		stored:   map[model.EntityID]*storedGolden{},
		clusters: make(map[model.EntityID]*cluster, size),
	}
}

// linkKeys are the keys of rec under which a must-link can hide; none for nil.
func (r *Registry) linkKeys(rec *model.Record) []uint64 {
	if rec == nil {
		return nil
	}
	return resolve.LinkKeys(rec, r.policy, r.keys.MatchKey)
}

func (u *unit) add(n *node) {
	u.nodes[n.head.ID] = n
	u.keyed[n.head.Key] = n
	if n.rec != nil {
		n.keys = resolve.Keys(n.rec, u.r.policy, u.r.keys.MatchKey)
	} else if n.last != nil {
		n.keys = resolve.Keys(n.last, u.r.policy, u.r.keys.MatchKey)
	}
	n.links = u.r.linkKeys(n.says())
	for _, k := range n.links {
		u.byKey[k] = append(u.byKey[k], n)
	}
}

// load brings records into sight by id, as stored.
func (u *unit) load(ids []model.EntityID) ([]*node, error) {
	var missing []model.EntityID
	seen := map[model.EntityID]bool{}
	for _, id := range ids {
		if u.nodes[id] == nil && !seen[id] {
			seen[id] = true
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	slices.SortFunc(missing, model.EntityID.Compare)
	heads, err := u.tx.HeadsByID(u.ctx, missing)
	if err != nil {
		return nil, fmt.Errorf("read %d record heads: %w", len(missing), err)
	}
	recs, err := u.r.lastWords(u.ctx, u.tx, heads)
	if err != nil {
		return nil, err
	}
	out := make([]*node, 0, len(missing))
	for i, h := range heads {
		if h.ID.IsZero() {
			continue
		}
		n := &node{before: h, head: h}
		if h.Live {
			n.rec = recs[i]
		} else {
			n.last = recs[i]
		}
		u.add(n)
		out = append(out, n)
	}
	return out, nil
}

// lastWords reads what each record says, or said last if it was retracted,
// unsealed. An entry is nil for a record that never said anything.
func (r *Registry) lastWords(ctx context.Context, from graph.Reader, heads []graph.Head) ([]*model.Record, error) {
	ids := make([]model.EntityID, len(heads))
	for i, h := range heads {
		ids[i] = h.ID
	}
	versions, err := from.Versions(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read %d record versions: %w", len(ids), err)
	}
	recs := make([]*model.Record, len(heads))
	var refs []model.EntityID
	for i, v := range versions {
		doc := v.Doc
		if doc == nil && !heads[i].ID.IsZero() {
			for old, err := range from.History(ctx, heads[i].ID) {
				if err != nil {
					return nil, fmt.Errorf("read the history of record %s: %w", heads[i].ID, err)
				}
				if old.Doc != nil {
					doc = old.Doc
				}
			}
		}
		if doc == nil {
			continue
		}
		if recs[i], err = document.DecodeRecord(doc); err != nil {
			return nil, fmt.Errorf("record %s at revision %d: %w", heads[i].ID, v.Revision, err)
		}
		recs[i].Key = heads[i].Key
		refs = sealRefs(refs, recs[i])
	}
	open, err := r.unseal(ctx, from, refs)
	if err != nil {
		return nil, err
	}
	for _, rec := range recs {
		if rec != nil {
			fillSealed(rec, open)
		}
	}
	return recs, nil
}

// loadGoldens reads golden rows with evidence, once each.
func (u *unit) loadGoldens(ids []model.EntityID) error {
	var missing []model.EntityID
	for _, id := range ids {
		if _, have := u.stored[id]; !have {
			u.stored[id] = nil
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.SortFunc(missing, model.EntityID.Compare)
	rows, err := u.tx.Goldens(u.ctx, missing, graph.WithValues|graph.WithEvidence)
	if err != nil {
		return fmt.Errorf("read %d golden records: %w", len(missing), err)
	}
	for i, row := range rows {
		if row.State == graph.Absent {
			continue
		}
		s := &storedGolden{row: row}
		if err := document.DecodeEvidence(row.Evidence, &s.evidence); err != nil {
			return fmt.Errorf("evidence of golden record %s: %w", missing[i], err)
		}
		u.stored[row.ID] = s
	}
	return nil
}

// close brings everything into sight that the records in frontier bear on.
func (u *unit) close(frontier []*node) error {
	for len(frontier) > 0 {
		var goldens, reach []model.EntityID
		var keys []uint64
		for _, n := range frontier {
			if !n.isNew() {
				goldens = append(goldens, n.before.Golden)
			}
			keys = append(keys, n.links...)
			if n.oldRec != nil {
				keys = append(keys, u.r.linkKeys(n.oldRec)...)
			}
		}
		if err := u.loadGoldens(goldens); err != nil {
			return err
		}
		for _, g := range goldens {
			if s := u.stored[g]; s != nil {
				reach = append(reach, s.evidence.Members...)
			}
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)
		for mk, err := range u.tx.MatchKeys(u.ctx, keys) {
			if err != nil {
				return fmt.Errorf("look up %d matching keys: %w", len(keys), err)
			}
			reach = append(reach, mk.Record)
		}
		if u.judging {
			ids := make([]model.EntityID, len(frontier))
			for i, n := range frontier {
				ids[i] = n.head.ID
			}
			for d, err := range u.tx.DecisionsOn(u.ctx, ids) {
				if err != nil {
					return fmt.Errorf("read the decisions on %d records: %w", len(ids), err)
				}
				reach = append(reach, d.A, d.B)
			}
		}
		var err error
		if frontier, err = u.load(reach); err != nil {
			return err
		}
	}
	return nil
}

// partition forms clusters of everything in sight.
func (u *unit) partition(seeds []*node) error {
	if err := u.loadJudgements(); err != nil {
		return err
	}
	for _, component := range u.components(seeds) {
		if len(component) == 1 {
			if !component[0].isNew() {
				u.examined = append(u.examined, component[0].head.ID)
			}
			u.form(component)
			continue
		}
		u.partitionComponent(component)
	}
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
	for d, err := range u.tx.DecisionsOn(u.ctx, ids) {
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
// were one cluster, or that a steward has judged.
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
func (u *unit) partitionComponent(component []*node) {
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
	formed := u.clustersOf(live, true)
	if len(formed) == 1 && len(gone) == 0 {
		u.form(formed[0])
		return
	}
	slices.SortFunc(gone, func(a, b *node) int { return a.head.ID.Compare(b.head.ID) })
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
	for _, c := range u.clustersOf(alone, false) {
		u.form(c)
	}
}

func (u *unit) belongs(n *node, c []*node) bool {
	must := false
	for _, m := range c {
		e := resolve.Score(n.subject(), m.subject(), u.r.policy)
		if e.Cannot {
			return false
		}
		must = must || e.Must
	}
	return must
}

// clustersOf partitions nodes; clusters come by their smallest record id.
func (u *unit) clustersOf(nodes []*node, report bool) [][]*node {
	if len(nodes) == 0 {
		return nil
	}
	var silent [][]*node
	subjects := make([]resolve.Subject, 0, len(nodes))
	speaking := make([]*node, 0, len(nodes))
	for _, n := range nodes {
		if n.says() == nil {
			silent = append(silent, []*node{n}) // a deletion of something never delivered
			continue
		}
		subjects = append(subjects, *n.subject())
		speaking = append(speaking, n)
	}
	p := resolve.Cluster(subjects, u.judged, u.r.policy)
	if report {
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
	return append(out, silent...)
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
		if n.changed || n.before.Golden != c.id {
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
