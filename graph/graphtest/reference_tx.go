package graphtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// referenceTx writes to a state that nobody else has yet. It reads it too, a
// first load included.
type referenceTx struct {
	view
	s      *state
	taken  model.Revision
	basis  graph.Basis
	former map[model.EntityID]graph.Golden // between ClearDerived and SettleDerived
}

var _ graph.Tx = (*referenceTx)(nil)

func newReferenceTx(s *state) *referenceTx {
	return &referenceTx{view: view{state: func() (*state, error) { return s, nil }, at: present, inTx: true}, s: s, basis: s.basis()}
}

// Basis is what the state was copied from.
func (t *referenceTx) Basis() graph.Basis { return t.basis }

// Foresee is nothing here: every answer is at hand.
func (t *referenceTx) Foresee(ctx context.Context, _ graph.Ahead) error { return ctx.Err() }

func (t *referenceTx) TakeRevision(ctx context.Context) (model.Revision, error) {
	if t.taken == 0 {
		t.taken = t.s.revision + 1
	}
	return t.taken, ctx.Err()
}

func (t *referenceTx) PutHeads(ctx context.Context, heads []graph.Head) error {
	for _, h := range heads {
		t.s.heads[h.ID] = h
		t.s.byKey[h.Key] = h.ID
	}
	return ctx.Err()
}

func (t *referenceTx) AddHeads(ctx context.Context, heads []graph.Head) error {
	for _, h := range heads {
		_, id := t.s.heads[h.ID]
		if _, key := t.s.byKey[h.Key]; id || key {
			return fmt.Errorf("record %v is there already", h.ID)
		}
	}
	return t.PutHeads(ctx, heads)
}

func (t *referenceTx) AppendVersions(ctx context.Context, versions []graph.Version) error {
	for _, v := range versions {
		v.Doc = bytes.Clone(v.Doc)
		v.Revision = t.taken
		kept := slices.DeleteFunc(slices.Clone(t.s.versions[v.ID]), func(o graph.Version) bool { return o.Revision == v.Revision })
		t.s.versions[v.ID] = append(kept, v)
	}
	return ctx.Err()
}

func (t *referenceTx) PutGoldens(ctx context.Context, changes []graph.GoldenChange) error {
	for _, c := range changes {
		g := cloneGolden(*c.New)
		if have, ok := t.s.goldens[g.ID]; ok != (c.Old != nil) || (ok && have.Revision != c.Old.Revision) {
			return fmt.Errorf("golden %v: the change does not state the present row as the old one", g.ID)
		}
		if c.Old != nil && c.Old.Revision != g.Revision {
			t.s.past[g.ID] = append(slices.Clip(t.s.past[g.ID]), cloneGolden(*c.Old))
		}
		t.s.goldens[g.ID] = g
		for _, term := range c.OldTerms {
			delete(t.s.terms, term)
		}
		for _, term := range c.NewTerms {
			t.s.terms[term] = struct{}{}
		}
		for _, link := range c.OldLinks {
			delete(t.s.links, link)
		}
		for _, link := range c.NewLinks {
			t.s.links[link] = struct{}{}
		}
	}
	return ctx.Err()
}

func cloneGolden(g graph.Golden) graph.Golden {
	g.Sort, g.Values, g.Evidence = bytes.Clone(g.Sort), bytes.Clone(g.Values), bytes.Clone(g.Evidence)
	return g
}

func (t *referenceTx) Move(ctx context.Context, moves []graph.Membership) error {
	for _, m := range moves {
		kept := slices.DeleteFunc(slices.Clone(t.s.memberships[m.Record]), func(o graph.Membership) bool { return o.Revision == m.Revision })
		kept = append(kept, m)
		slices.SortFunc(kept, func(a, b graph.Membership) int { return cmp.Compare(a.Revision, b.Revision) })
		t.s.memberships[m.Record] = kept
	}
	return ctx.Err()
}

func (t *referenceTx) PutMatchKeys(ctx context.Context, add, remove []graph.MatchKey) error {
	putSet(t.s.matchKeys, add, remove)
	return ctx.Err()
}

func (t *referenceTx) PutDangling(ctx context.Context, add, remove []graph.Dangling) error {
	putSet(t.s.dangling, add, remove)
	return ctx.Err()
}

func (t *referenceTx) PutFlawed(ctx context.Context, add, remove []graph.Flawed) error {
	putSet(t.s.flawed, add, remove)
	return ctx.Err()
}

func putSet[T comparable](set map[T]struct{}, add, remove []T) {
	for _, x := range remove {
		delete(set, x)
	}
	for _, x := range add {
		set[x] = struct{}{}
	}
}

func (t *referenceTx) AddSealed(ctx context.Context, sealed []graph.Sealed) error {
	for _, s := range sealed {
		if _, there := t.s.sealed[s.Ref]; there {
			return fmt.Errorf("sealed value %v is there already", s.Ref)
		}
	}
	return t.PutSealed(ctx, sealed)
}

func (t *referenceTx) PutSealed(ctx context.Context, sealed []graph.Sealed) error {
	for _, s := range sealed {
		s.Data = bytes.Clone(s.Data)
		t.s.sealed[s.Ref] = s
	}
	return ctx.Err()
}

func (t *referenceTx) PutDecisions(ctx context.Context, decisions []graph.Decision) error {
	for _, d := range decisions {
		t.s.decisions[d.ID] = d
	}
	return ctx.Err()
}

func (t *referenceTx) PutMarks(ctx context.Context, marks []graph.Mark) error {
	for _, m := range marks {
		key := markKey{m.Record, m.Revision, m.Sort, m.Stamp, m.Level}
		if _, there := t.s.marks[key]; !there {
			t.s.marks[key] = m
		}
	}
	return ctx.Err()
}

func (t *referenceTx) PutPairs(ctx context.Context, add []graph.Pair, remove []graph.PairKey) error {
	for _, key := range remove {
		delete(t.s.pairs, key)
	}
	for _, p := range add {
		t.s.pairs[p.PairKey] = p
	}
	return ctx.Err()
}

func (t *referenceTx) PutConflicts(ctx context.Context, add []graph.Conflict, remove []graph.Hash) error {
	for _, id := range remove {
		delete(t.s.conflicts, id)
	}
	for _, c := range add {
		if _, have := t.s.conflicts[c.ID]; !have {
			c.Records = slices.Clone(c.Records)
			t.s.conflicts[c.ID] = c
		}
	}
	return ctx.Err()
}

func (t *referenceTx) PutQuarantine(ctx context.Context, add []graph.Quarantined, remove []graph.Hash) error {
	for _, item := range remove {
		delete(t.s.quarantine, item)
	}
	for _, q := range add {
		q.Body = bytes.Clone(q.Body)
		t.s.quarantine[q.Item] = q
	}
	return ctx.Err()
}

func (t *referenceTx) PutDelivery(ctx context.Context, d graph.Delivery) error {
	t.s.deliveries[d.ID] = d
	return ctx.Err()
}

func (t *referenceTx) PutArtifact(ctx context.Context, a graph.Artifact) error {
	a.Body = bytes.Clone(a.Body)
	t.s.artifacts[a.Name], t.s.formerly[artifactKey{a.Name, a.Hash}] = a, a
	return ctx.Err()
}

func (t *referenceTx) ClearDerived(ctx context.Context) error {
	t.former = t.s.goldens
	t.s.goldens = map[model.EntityID]graph.Golden{}
	clear(t.s.terms)
	clear(t.s.links)
	clear(t.s.matchKeys)
	clear(t.s.dangling)
	clear(t.s.flawed)
	clear(t.s.conflicts)
	return ctx.Err()
}

func (t *referenceTx) SettleDerived(ctx context.Context, r model.Revision) (changed int64, err error) {
	for id, put := range t.s.goldens {
		if _, there := t.former[id]; !there && put.State == graph.Live {
			changed++
		} else if !there {
			delete(t.s.goldens, id)
		}
	}
	for id, was := range t.former {
		now, put := t.s.goldens[id]
		switch {
		case !put && was.State == graph.Merged:
			now = was
			now.Redirect = t.s.heads[id].Golden
		case !put && was.State == graph.Ended:
			now = was
		case !put:
			now = graph.Golden{ID: id, Kind: was.Kind, Disclosure: was.Disclosure, Revision: r, State: graph.Ended}
			if into := t.s.heads[id].Golden; into != id {
				now.State, now.Redirect = graph.Merged, into
			}
		}
		if sameButRevision(now, was) {
			now.Revision = was.Revision
		} else {
			changed++
			t.s.past[id] = append(slices.Clip(t.s.past[id]), was)
		}
		t.s.goldens[id] = now
	}
	t.former = nil
	return changed, ctx.Err()
}

func sameButRevision(a, b graph.Golden) bool {
	return a.ID == b.ID && a.Kind == b.Kind && a.Disclosure == b.Disclosure && a.State == b.State && a.Redirect == b.Redirect &&
		bytes.Equal(a.Sort, b.Sort) && bytes.Equal(a.Values, b.Values) && bytes.Equal(a.Evidence, b.Evidence)
}
