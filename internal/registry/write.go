package registry

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/internal/seal"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve"
)

// settle makes the golden records of every dirty cluster and gathers all that
// the unit writes.
func (u *unit) settle() error {
	refs, err := u.follow()
	if err != nil {
		return err
	}
	var dirty []*cluster
	for _, c := range u.clusters {
		if c.dirty {
			dirty = append(dirty, c)
		}
	}
	slices.SortFunc(dirty, func(a, b *cluster) int { return a.id.Compare(b.id) })
	changes := u.build(dirty, refs)
	changes = append(changes, u.buried(dirty)...)
	u.writes.goldens = slices.DeleteFunc(changes, func(c graph.GoldenChange) bool { return c.New == nil })
	u.writeRecords()
	if err := u.writeDangling(dirty); err != nil {
		return err
	}
	return u.writeConflicts(dirty)
}

// build makes the golden record of each cluster on every core: it is pure. A
// change without New is none.
func (u *unit) build(clusters []*cluster, refs *references) []graph.GoldenChange {
	changes := make([]graph.GoldenChange, len(clusters))
	workers := min(runtime.GOMAXPROCS(0), len(clusters)/256+1)
	if workers == 1 { // to wake another thread costs more than a few records
		for i := range clusters {
			changes[i] = u.buildOne(clusters[i], refs)
		}
		return changes
	}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(clusters); i += workers {
				changes[i] = u.buildOne(clusters[i], refs)
			}
		})
	}
	wg.Wait()
	return changes
}

func (u *unit) buildOne(c *cluster, refs *references) graph.GoldenChange {
	var old *graph.Golden
	var change graph.GoldenChange
	if s := u.stored[c.id]; s != nil {
		old = &s.row
	}
	if len(c.live) == 0 {
		// An id that led to another's leads nowhere when its record is by itself again.
		if old == nil || old.State != graph.Live && old.State != graph.Merged {
			return change
		}
		return replace(old, &graph.Golden{ID: c.id, Kind: c.kind, Revision: u.rev, Disclosure: old.Disclosure, State: graph.Ended})
	}
	members := c.resolveMembers()
	golden, evidence := resolve.Survive(members, u.r.policy, u.pinsOf(c, refs), refs.resolver)
	golden.ID, golden.Kind = c.id, c.kind
	evidence.Members = c.members()
	c.golden, c.evidence = golden, evidence
	testimony := resolve.Testify(members, u.r.policy, refs.resolver, golden.Disclosure)
	c.dangling = u.danglingOf(c, refs)
	c.diverging = resolve.Divergences(&golden, &evidence, u.r.policy, c.sourceOf)
	row := &graph.Golden{
		ID: c.id, Kind: c.kind, Revision: u.rev, Disclosure: golden.Disclosure, State: graph.Live,
		Sort:     document.OrderKey(&golden, testimony),
		Values:   document.AppendTestimony(document.AppendGolden(document.AppendSources(nil, &golden, &evidence, testimony, c.sourceOf), &golden), testimony),
		Evidence: document.AppendEvidence(nil, &evidence),
	}
	if old != nil && sameGolden(old, row) {
		return change
	}
	change = replace(old, row)
	change.NewTerms = document.Terms(&golden, testimony)
	change.NewLinks = document.Links(&golden, testimony)
	return change
}

func sameGolden(a, b *graph.Golden) bool {
	return a.State == b.State && a.Disclosure == b.Disclosure && bytes.Equal(a.Sort, b.Sort) &&
		bytes.Equal(a.Values, b.Values) && bytes.Equal(a.Evidence, b.Evidence)
}

// replace is the change from old, if any, to row, with old's index rows.
func replace(old, row *graph.Golden) graph.GoldenChange {
	change := graph.GoldenChange{Old: old, New: row}
	if old == nil || old.State != graph.Live {
		return change
	}
	var g model.Golden
	if err := document.DecodeGolden(old.Values, &g); err != nil {
		return change // an unreadable document has no rows to take away; verify reports it
	}
	testimony, err := document.DecodeTestimony(old.Values)
	if err != nil {
		return change
	}
	g.ID, g.Kind, g.Disclosure = old.ID, old.Kind, old.Disclosure
	change.OldTerms = document.Terms(&g, testimony)
	change.OldLinks = document.Links(&g, testimony)
	return change
}

// buried are the ids that stood for a golden record of their own, or led to
// another one than they lead to now. An id is its founding record's, so it leads
// where that record is.
func (u *unit) buried(dirty []*cluster) []graph.GoldenChange {
	var out []graph.GoldenChange
	for _, c := range dirty {
		for _, n := range slices.Concat(c.live, c.gone) {
			if !n.moved() || n.head.ID == c.id {
				continue
			}
			s := u.stored[n.head.ID]
			if s == nil || s.row.State == graph.Merged && s.row.Redirect == c.id {
				continue
			}
			out = append(out, replace(&s.row, &graph.Golden{
				ID: n.head.ID, Kind: s.row.Kind, Revision: u.rev, Disclosure: s.row.Disclosure, State: graph.Merged, Redirect: c.id,
			}))
		}
	}
	return out
}

// writeRecords gathers what is written of records: heads, memberships and
// matching keys, beside the sealed values and versions that are there already.
func (u *unit) writeRecords() {
	w := &u.writes
	ids := make([]model.EntityID, 0, len(u.nodes))
	for id := range u.nodes {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, model.EntityID.Compare)
	for _, id := range ids {
		n := u.nodes[id]
		switch {
		case n.isNew():
			w.added = append(w.added, n.head)
		case n.head != n.before:
			w.heads = append(w.heads, n.head)
		}
		if n.isNew() && n.head.Golden != id || !n.isNew() && n.head.Golden != n.before.Golden {
			w.moves = append(w.moves, graph.Membership{Record: id, Revision: u.rev, Golden: n.head.Golden})
		}
		if n.changed {
			w.noteIssues(n)
		}
		if !n.changed || u.keysDone {
			continue
		}
		if kind := n.head.Key.Kind; u.matched[kind] {
			w.unmatch(n)
		}
		var had []uint64
		if n.oldRec != nil {
			had = resolve.Keys(n.oldRec, u.r.policy, u.r.keys.MatchKey)
		}
		for _, k := range n.keys {
			if _, ok := slices.BinarySearch(had, k); !ok {
				w.keysPut = append(w.keysPut, graph.MatchKey{Key: k, Record: id})
			}
		}
		for _, k := range had {
			if _, ok := slices.BinarySearch(n.keys, k); !ok {
				w.keysGone = append(w.keysGone, graph.MatchKey{Key: k, Record: id})
			}
		}
	}
}

// noteIssues notes whether a record that has changed has issues. Most have none, and
// had none: nothing is written of them.
func (w *writes) noteIssues(n *node) {
	f := graph.Flawed{Source: n.head.Key.Source, Record: n.head.ID}
	switch {
	case n.rec != nil && len(n.rec.Issues) > 0:
		w.flawed = append(w.flawed, f)
	case n.oldRec != nil && len(n.oldRec.Issues) > 0:
		w.flawless = append(w.flawless, f)
	}
}

// writeDangling gathers how the dangling references of the clusters' records
// differ from what is stored.
func (u *unit) writeDangling(dirty []*cluster) error {
	var now []graph.Dangling
	var stored []model.EntityID
	for _, c := range dirty {
		now = append(now, c.dangling...)
		for _, n := range slices.Concat(c.live, c.gone) {
			if !n.isNew() {
				stored = append(stored, n.head.ID)
			}
		}
	}
	var was []graph.Dangling
	if len(stored) > 0 {
		slices.SortFunc(stored, model.EntityID.Compare)
		for d, err := range u.from.DanglingOf(u.ctx, stored) {
			if err != nil {
				return fmt.Errorf("read dangling references: %w", err)
			}
			was = append(was, d)
		}
	}
	u.writes.danglingPut, u.writes.danglingGone = sortDangling(difference(now, was)), sortDangling(difference(was, now))
	return nil
}

func difference[T comparable](a, b []T) []T {
	if len(b) == 0 {
		return a
	}
	in := make(map[T]bool, len(b))
	for _, x := range b {
		in[x] = true
	}
	var out []T
	for _, x := range a {
		if !in[x] {
			out = append(out, x)
		}
	}
	return out
}

// masterConflict is the code of a conflict with the master for a property, as it is
// stored.
func masterConflict(p model.PropertyID) string {
	return graph.PropertyConflict(resolve.ReasonDiffersFromMaster, p)
}

// writeConflicts replaces the open conflicts of the records whose components
// were partitioned, and those with masters of the clusters that were made anew, by
// those found now.
func (u *unit) writeConflicts(dirty []*cluster) error {
	var made []model.EntityID // records of the clusters that were made anew
	if len(u.r.policy.Masters) > 0 {
		for _, c := range dirty {
			made = append(made, c.members()...)
			for _, d := range c.diverging {
				records := make([]model.EntityID, len(d.Records))
				for i, at := range d.Records {
					records[i] = c.evidence.Members[at]
				}
				slices.SortFunc(records, model.EntityID.Compare)
				u.conflicts = append(u.conflicts, resolve.Conflict{Code: masterConflict(d.Property), Records: records})
			}
		}
	}
	if len(u.examined)+len(made) == 0 {
		return nil
	}
	found := map[graph.Hash]graph.Conflict{}
	for _, c := range u.conflicts {
		parts := make([][]byte, 0, len(c.Records)+1)
		parts = append(parts, []byte(c.Code))
		for _, id := range c.Records {
			parts = append(parts, id[:])
		}
		h := graph.Hash(u.r.keys.Hash(seal.DomainConflict, parts...))
		found[h] = graph.Conflict{ID: h, Code: c.Code, Records: c.Records, Revision: u.rev}
	}
	u.examined = sortedIDs(u.examined)
	made = sortedIDs(made)
	var remove []graph.Hash
	for c, err := range u.from.ConflictsOn(u.ctx, sortedIDs(slices.Concat(u.examined, made))) {
		if err != nil {
			return fmt.Errorf("read open conflicts: %w", err)
		}
		decided := u.examined
		if _, _, ofProperty := graph.ConflictProperty(c.Code); ofProperty {
			decided = made
		}
		if _, still := found[c.ID]; still {
			delete(found, c.ID)
		} else if slices.ContainsFunc(c.Records, func(id model.EntityID) bool {
			_, ok := slices.BinarySearchFunc(decided, id, model.EntityID.Compare)
			return ok
		}) {
			remove = append(remove, c.ID)
		}
	}
	add := make([]graph.Conflict, 0, len(found))
	for _, c := range found {
		add = append(add, c)
	}
	slices.SortFunc(add, func(a, b graph.Conflict) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	u.writes.conflictsPut, u.writes.conflictsGone = add, remove
	return nil
}

func sortedIDs(ids []model.EntityID) []model.EntityID {
	slices.SortFunc(ids, model.EntityID.Compare)
	return slices.Compact(ids)
}
