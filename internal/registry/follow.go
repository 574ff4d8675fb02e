package registry

import (
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

// target is what a golden id is to those who refer to it.
type target struct {
	live       bool
	disclosure model.Disclosure
}

// references is what the references of the dirty clusters resolve to, by the
// opaque key of the reference.
type references struct {
	u       *unit
	golden  map[uint64]model.EntityID // the golden id a key leads to; absent while it dangles
	asked   map[uint64]bool
	keys    map[model.Reference]uint64 // of what was asked: one thing is referred to by many
	targets map[model.EntityID]target  // stored golden records outside the unit's clusters
	names   map[model.EntityID]string  // of the stored holders of public offices
}

func (u *unit) newReferences() *references {
	return &references{u: u, golden: map[uint64]model.EntityID{}, asked: map[uint64]bool{}, keys: map[model.Reference]uint64{}, targets: map[model.EntityID]target{}, names: map[model.EntityID]string{}}
}

// referenceKey is the opaque key of what a reference waits for.
func (r *Registry) referenceKey(ref model.Reference) uint64 {
	if ref.ByIdentifier() {
		return r.identifierKey(ref.Kind, ref.Scheme, ref.Value)
	}
	return resolve.RecordRefKey(ref.Key, r.keys.MatchKey)
}

// key is the opaque key of a reference.
func (f *references) key(ref model.Reference) uint64 {
	if k, ok := f.keys[ref]; ok {
		return k
	}
	return f.u.r.referenceKey(ref)
}

// read finds what the references of the clusters' live records lead to.
func (f *references) read(clusters []*cluster) error {
	u := f.u
	var keys []model.RecordKey
	var keyKeys, idKeys []uint64
	for _, c := range clusters {
		for _, n := range c.live {
			for _, st := range n.rec.Statements {
				l, ok := st.Value.(model.Link)
				if !ok {
					continue
				}
				if _, asked := f.keys[l.Ref]; asked {
					continue
				}
				k := u.r.referenceKey(l.Ref)
				f.keys[l.Ref] = k
				if f.asked[k] {
					continue
				}
				f.asked[k] = true
				if l.Ref.ByIdentifier() {
					idKeys = append(idKeys, k)
				} else if n := u.keyed[l.Ref.Key]; n != nil {
					if n.rec != nil {
						f.golden[k] = n.head.Golden
					}
				} else {
					keys = append(keys, l.Ref.Key)
					keyKeys = append(keyKeys, k)
				}
			}
		}
	}
	var outside []model.EntityID
	if len(keys) > 0 {
		heads, err := u.from.Heads(u.ctx, keys)
		if err != nil {
			return fmt.Errorf("look up %d referenced records: %w", len(keys), err)
		}
		for i, h := range heads {
			if h.Live { // a reference to a record that its source has retracted dangles
				f.golden[keyKeys[i]] = h.Golden
				outside = append(outside, h.Golden)
			}
		}
	}
	holders, err := f.holders(idKeys)
	if err != nil {
		return err
	}
	return f.readTargets(append(outside, holders...))
}

// holders finds who holds the identifiers under the keys: of several the one
// with the smallest golden id, so that the answer does not depend on order.
func (f *references) holders(keys []uint64) (goldens []model.EntityID, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	u := f.u
	slices.Sort(keys)
	claim := func(k uint64, golden model.EntityID) {
		if have, ok := f.golden[k]; !ok || golden.Compare(have) < 0 {
			f.golden[k] = golden
		}
	}
	var found []graph.MatchKey
	var records []model.EntityID
	for mk, err := range u.from.MatchKeys(u.ctx, keys) {
		if err != nil {
			return nil, fmt.Errorf("look up %d referenced identifiers: %w", len(keys), err)
		}
		if u.nodes[mk.Record] == nil {
			found = append(found, mk)
			records = append(records, mk.Record)
		}
	}
	slices.SortFunc(records, model.EntityID.Compare)
	records = slices.Compact(records)
	heads, err := u.from.HeadsByID(u.ctx, records)
	if err != nil {
		return nil, fmt.Errorf("read %d record heads: %w", len(records), err)
	}
	headOf := make(map[model.EntityID]graph.Head, len(heads))
	for _, h := range heads {
		headOf[h.ID] = h
	}
	for _, mk := range found {
		if h := headOf[mk.Record]; h.Live {
			claim(mk.Key, h.Golden)
			goldens = append(goldens, h.Golden)
		}
	}
	for _, k := range keys {
		for _, n := range u.byKey[k] {
			if n.rec != nil && slices.Contains(n.links, k) {
				claim(k, n.head.Golden)
			}
		}
	}
	return goldens, nil
}

func (f *references) readTargets(goldens []model.EntityID) error {
	var missing []model.EntityID
	for _, g := range goldens {
		if f.u.clusters[g] != nil {
			continue
		}
		if _, have := f.targets[g]; !have {
			f.targets[g] = target{}
			missing = append(missing, g)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.SortFunc(missing, model.EntityID.Compare)
	rows, err := f.u.from.Goldens(f.u.ctx, missing, 0)
	if err != nil {
		return fmt.Errorf("read %d referenced golden records: %w", len(missing), err)
	}
	for _, row := range rows {
		if row.State == graph.Live {
			f.targets[row.ID] = target{true, row.Disclosure}
		}
	}
	return nil
}

// target is what a golden id is, in the unit or in the store.
func (f *references) target(id model.EntityID) target {
	if c := f.u.clusters[id]; c != nil && c.dirty {
		return target{len(c.live) > 0, c.disclosure}
	}
	if s := f.u.stored[id]; s != nil {
		return target{s.row.State == graph.Live, s.row.Disclosure}
	}
	return f.targets[id]
}

// resolver is the resolve.Resolver over what was read.
func (f *references) resolver(ref model.Reference) (model.EntityID, model.Disclosure, bool) {
	id, ok := f.golden[f.key(ref)]
	if !ok {
		return model.EntityID{}, 0, false
	}
	t := f.target(id)
	return id, t.disclosure, t.live
}

// follow decides every dirty cluster's disclosure, and makes dirty whatever
// refers to a golden record that has come, gone or changed its class, until
// nothing more follows.
func (u *unit) follow() (*references, error) {
	refs := u.newReferences()
	done := map[*cluster]bool{}
	announced := map[model.EntityID]bool{}
	for {
		var dirty []*cluster
		for _, c := range u.clusters {
			if c.dirty && !done[c] {
				dirty = append(dirty, c)
			}
		}
		if len(dirty) == 0 {
			again, err := u.reweighRoles()
			if err != nil || !again {
				return refs, err
			}
			// Roles are in other clusters now, and others link to them.
			refs, done, announced = u.newReferences(), map[*cluster]bool{}, map[model.EntityID]bool{}
			continue
		}
		slices.SortFunc(dirty, roleLast)
		if err := u.loadFormer(dirty); err != nil {
			return nil, err
		}
		if err := refs.read(dirty); err != nil {
			return nil, err
		}
		if err := u.weighMarks(dirty); err != nil {
			return nil, err
		}
		persons, roles := dirty, dirty[len(dirty):]
		for i, c := range dirty {
			if c.kind == model.Role {
				persons, roles = dirty[:i], dirty[i:]
				break
			}
		}
		for _, some := range [][]*cluster{persons, roles} {
			// Who holds an office is decided before who sees it.
			if err := u.findOffices(some, refs); err != nil {
				return nil, err
			}
			for _, c := range some {
				if len(c.live) > 0 {
					c.pins = u.pinsOf(c, refs)
					c.disclosure = resolve.DisclosureOf(c.resolveMembers(), u.r.policy, refs.resolver, c.pins...)
				}
				done[c] = true
			}
		}
		stirred, err := u.stirred(dirty, announced)
		if err != nil {
			return nil, err
		}
		offices, err := u.officesHeldBy(persons)
		if err != nil {
			return nil, err
		}
		for _, id := range offices {
			if c := u.clusters[id]; c != nil && done[c] {
				delete(done, c) // its holder has come since
			}
		}
		stirred = append(stirred, offices...)
		if err := u.bring(stirred); err != nil {
			return nil, err
		}
	}
}

// loadFormer reads the golden rows that the clusters' ids and members had.
func (u *unit) loadFormer(clusters []*cluster) error {
	var ids []model.EntityID
	for _, c := range clusters {
		stored := false
		for _, n := range slices.Concat(c.live, c.gone) {
			if !n.isNew() {
				stored = true
				ids = append(ids, n.before.Golden)
				if n.moved() {
					ids = append(ids, n.head.ID)
				}
			}
		}
		if stored {
			ids = append(ids, c.id)
		}
	}
	return u.loadGoldens(ids)
}

// stirred lists the golden ids outside the finished clusters that must be made
// again: those that refer to something which came, went or changed its class.
func (u *unit) stirred(clusters []*cluster, announced map[model.EntityID]bool) ([]model.EntityID, error) {
	var moved []model.EntityID // golden ids that others may hold links to
	var keys []uint64          // what others may wait for
	for _, c := range clusters {
		was := u.stored[c.id]
		wasLive := was != nil && was.row.State == graph.Live
		isLive := len(c.live) > 0
		if wasLive && (!isLive || was.row.Disclosure != c.disclosure) && !announced[c.id] {
			announced[c.id] = true
			moved = append(moved, c.id)
		}
		for _, n := range c.live {
			if !wasLive || n.before.ID.IsZero() || !n.before.Live || n.before.Golden != c.id {
				keys = append(keys, resolve.RecordRefKey(n.head.Key, u.r.keys.MatchKey))
			}
			if n.changed {
				keys = append(keys, u.news(n)...)
			}
		}
		for _, n := range slices.Concat(c.live, c.gone) {
			if n.isNew() {
				continue
			}
			lost := n.oldRec != nil && !subset(u.r.linkKeys(n.oldRec), n.links)
			if (n.before.Golden != c.id || lost || n.rec == nil) && !announced[n.before.Golden] {
				announced[n.before.Golden] = true
				moved = append(moved, n.before.Golden)
			}
		}
	}
	var out []model.EntityID
	if len(moved) > 0 {
		slices.SortFunc(moved, model.EntityID.Compare)
		for l, err := range u.from.Referrers(u.ctx, moved, nil, model.Unclassified) {
			if err != nil {
				return nil, fmt.Errorf("read who refers to %d golden records: %w", len(moved), err)
			}
			out = append(out, l.From)
		}
	}
	if len(keys) > 0 {
		slices.Sort(keys)
		keys = slices.Compact(keys)
		var waiting []model.EntityID
		for d, err := range u.from.Waiting(u.ctx, keys) {
			if err != nil {
				return nil, fmt.Errorf("read who waits for %d keys: %w", len(keys), err)
			}
			waiting = append(waiting, d.Record)
		}
		heads, err := u.from.HeadsByID(u.ctx, waiting)
		if err != nil {
			return nil, fmt.Errorf("read %d record heads: %w", len(waiting), err)
		}
		for _, h := range heads {
			if n := u.nodes[h.ID]; n != nil {
				out = append(out, n.head.Golden)
			} else if !h.ID.IsZero() {
				out = append(out, h.Golden)
			}
		}
	}
	return out, nil
}

// news are the linking keys of a changed record that it did not have before:
// nobody waits for what a live record had.
func (u *unit) news(n *node) []uint64 {
	if n.oldRec == nil || !n.before.Live {
		return n.links
	}
	return difference(n.links, u.r.linkKeys(n.oldRec))
}

func subset(a, b []uint64) bool {
	for _, k := range a {
		if _, ok := slices.BinarySearch(b, k); !ok {
			return false
		}
	}
	return true
}

// bring puts the golden records into the unit as dirty clusters, as they stand.
func (u *unit) bring(goldens []model.EntityID) error {
	slices.SortFunc(goldens, model.EntityID.Compare)
	goldens = slices.Compact(goldens)
	var outside []model.EntityID
	for _, g := range goldens {
		if c := u.clusters[g]; c != nil {
			c.dirty = true
			continue
		}
		outside = append(outside, g)
	}
	if err := u.loadGoldens(outside); err != nil {
		return err
	}
	var members []model.EntityID
	for _, g := range outside {
		if s := u.stored[g]; s != nil && s.row.State == graph.Live {
			members = append(members, s.evidence.Members...)
		}
	}
	if _, err := u.load(members); err != nil {
		return err
	}
	for _, g := range outside {
		s := u.stored[g]
		if s == nil || s.row.State != graph.Live {
			continue
		}
		nodes := make([]*node, 0, len(s.evidence.Members))
		for _, id := range s.evidence.Members {
			if n := u.nodes[id]; n != nil && n.head.Golden == g {
				nodes = append(nodes, n)
			}
		}
		if len(nodes) > 0 {
			u.form(nodes)
			u.clusters[g].dirty = true
		}
	}
	return nil
}

// resolveMembers is the cluster as resolve wants it.
func (c *cluster) resolveMembers() []resolve.Member {
	out := make([]resolve.Member, len(c.live))
	for i, n := range c.live {
		out[i] = resolve.Member{Subject: *n.subject(), Source: n.head.Key.Source, Stamp: n.head.Stamp, Standing: n.standing}
	}
	for _, n := range c.gone {
		if c.kind == model.Person && len(out) > 0 {
			out[0].Standing = out[0].Standing.Join(n.former())
		}
	}
	return out
}

// danglingOf lists the references of the cluster's live records that lead
// nowhere yet.
func (u *unit) danglingOf(c *cluster, refs *references) []graph.Dangling {
	var out []graph.Dangling
	for _, n := range c.live {
		for _, st := range n.rec.Statements {
			l, ok := st.Value.(model.Link)
			if !ok {
				continue
			}
			if _, _, ok := refs.resolver(l.Ref); ok {
				continue
			}
			if row := ontology.ByID(st.Property); row == nil {
				continue
			}
			out = append(out, graph.Dangling{Key: u.r.referenceKey(l.Ref), Record: n.head.ID, Property: st.Property})
		}
	}
	return sortDangling(out)
}

func sortDangling(d []graph.Dangling) []graph.Dangling {
	slices.SortFunc(d, func(a, b graph.Dangling) int {
		if c := a.Record.Compare(b.Record); c != 0 {
			return c
		}
		if a.Property != b.Property {
			return int(a.Property) - int(b.Property)
		}
		switch {
		case a.Key < b.Key:
			return -1
		case a.Key > b.Key:
			return 1
		}
		return 0
	})
	return slices.Compact(d)
}
