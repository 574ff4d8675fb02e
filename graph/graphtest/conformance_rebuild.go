package graphtest

import (
	"errors"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// derived is everything of a world that a rebuild makes again.
type derived struct {
	changes   []graph.GoldenChange
	keys      []graph.MatchKey
	dangling  []graph.Dangling
	conflicts []graph.Conflict
	flawed    []graph.Flawed
}

// derive reads what a store has derived, as changes that would put it anew at
// a revision.
func (s *suite) derive(p graph.Reader, u *universe) derived {
	s.Helper()
	seen := s.observed(p, u)
	d := derived{keys: seen.MatchKeys, dangling: seen.AllDangling, conflicts: seen.Conflicts, flawed: seen.Flawed[""]}
	for _, g := range seen.Goldens {
		if g.State == graph.Absent {
			continue
		}
		c := put(&g)
		for _, space := range []graph.Space{nameSpace, codeSpace} {
			for _, word := range []string{"ada", "adda", "bo", "word"} {
				q := graph.FindQuery{Kind: g.Kind, Disclosure: every, Limit: plenty, Terms: []graph.FindTerm{{Spaces: []graph.Space{space}, Key: word}}}
				for _, hit := range all(s, p.Find(s.ctx, q)) {
					if hit.ID == g.ID {
						c.NewTerms = append(c.NewTerms, graph.Term{Space: space, Key: word, ID: g.ID})
					}
				}
			}
		}
		for _, l := range seen.Referrers {
			if l.From == g.ID {
				c.NewLinks = append(c.NewLinks, l)
			}
		}
		d.changes = append(d.changes, c)
	}
	return d
}

// at is the same for another revision: what is put carries the rebuild's own.
func (d derived) at(r model.Revision) derived {
	changes := make([]graph.GoldenChange, len(d.changes))
	for i, c := range d.changes {
		g := *c.New
		g.Revision = r
		c.New = &g
		changes[i] = c
	}
	d.changes = changes
	return d
}

func (d derived) put(s *suite, tx graph.Tx) error {
	return firstError(tx.PutGoldens(s.ctx, d.changes), tx.PutMatchKeys(s.ctx, d.keys, nil), tx.PutDangling(s.ctx, d.dangling, nil), tx.PutConflicts(s.ctx, d.conflicts, nil), tx.PutFlawed(s.ctx, d.flawed, nil))
}

// rebuildSame: cleared and put again, everything reads as before: the revisions
// of the golden records, the past, the feed.
func rebuildSame(s *suite) {
	w := newWorld(s)
	u := w.universe()
	w.fill(s.ready(), "word")
	before := s.observed(s.store, u)
	past := s.observedPast(must[graph.Past](s)(s.store.At(s.ctx, 1)), u)
	found := s.derive(s.store, u)
	if len(found.changes) != 5 {
		s.Fatalf("the world has %d golden rows", len(found.changes))
	}
	s.touch(func(tx graph.Tx) error {
		if err := tx.ClearDerived(s.ctx); err != nil {
			return err
		}
		if during, err := observe(s.ctx, tx, u); err != nil || len(during.Scan) != 0 || len(during.MatchKeys) != 0 ||
			len(during.AllDangling) != 0 || len(during.Flawed[""]) != 0 || len(during.Conflicts) != 0 || len(during.Referrers) != 0 {
			return errors.Join(errors.New("something derived is still in sight after ClearDerived"), err)
		}
		if err := found.at(before.Revision+1).put(s, tx); err != nil {
			return err
		}
		changed, err := tx.SettleDerived(s.ctx, before.Revision+1)
		if changed != 0 {
			s.Errorf("a rebuild that found nothing new says that %d rows differ", changed)
		}
		return err
	})
	equal(s, "after a rebuild", s.observed(s.store, u), before)
	equal(s, "revision 1 after a rebuild", s.observedPast(must[graph.Past](s)(s.store.At(s.ctx, 1)), u), past)
}

// rebuildDiffers: of seven golden rows one comes out otherwise, one with other
// evidence, two that were live are not put, a merged and an ended one are not
// put, and a new one is.
func rebuildDiffers(s *suite) {
	ids := s.ids(8)
	same, other, gone, swallowed, merged, ended, fresh, proven := ids[0], ids[1], ids[2], ids[3], ids[4], ids[5], ids[6], ids[7]
	s.update(func(tx graph.Tx, r model.Revision) error {
		var heads []graph.Head
		for i, id := range ids {
			heads = append(heads, head(id, key(id.String()), i, r))
		}
		heads[3].Golden, heads[4].Golden = same, same // swallowed is, by its head, in same already
		return firstError(tx.PutHeads(s.ctx, heads), tx.PutGoldens(s.ctx, []graph.GoldenChange{
			put(golden(same, model.Person, r, "same")), put(golden(other, model.Person, r, "other")), put(golden(gone, model.Person, r, "gone")),
			put(golden(swallowed, model.Person, r, "swallowed")), put(golden(proven, model.Person, r, "proven")),
			put(&graph.Golden{ID: merged, Kind: model.Person, Revision: r, Disclosure: model.Open, State: graph.Merged, Redirect: same}),
			put(&graph.Golden{ID: ended, Kind: model.Person, Revision: r, Disclosure: model.Open, State: graph.Ended}),
		}))
	})
	before := map[model.EntityID]graph.Golden{}
	for _, id := range ids {
		before[id] = s.golden(s.store, id)
	}
	s.update(func(tx graph.Tx, r model.Revision) error {
		neverThere := s.id()
		better := rebuilt(before[proven], r)
		better.Evidence = doc("other evidence")
		if err := firstError(tx.ClearDerived(s.ctx), tx.PutGoldens(s.ctx, []graph.GoldenChange{
			put(rebuilt(before[same], r)), put(better), put(golden(other, model.Person, r, "otherwise")), put(golden(fresh, model.Person, r, "fresh")),
			put(&graph.Golden{ID: neverThere, Kind: model.Person, Revision: r, State: graph.Ended}),
		})); err != nil {
			return err
		}
		changed, err := tx.SettleDerived(s.ctx, r)
		if changed != 5 {
			s.Errorf("%d rows differ; want 5: one otherwise, one with other evidence, one ended, one merged, one new", changed)
		}
		if got := s.golden(tx, neverThere); got.State != graph.Absent {
			s.Errorf("an ended row that was not there before is in state %d", got.State)
		}
		return err
	})
	for _, id := range []model.EntityID{same, merged, ended} {
		equal(s, "a row that is as it was", s.golden(s.store, id), before[id])
		equal(s, "its history", len(all(s, s.store.GoldenHistory(s.ctx, id, 0))), 1)
	}
	equal(s, "the one that came out otherwise", s.golden(s.store, other), *golden(other, model.Person, 2, "otherwise"))
	equal(s, "its history", all(s, s.store.GoldenHistory(s.ctx, other, graph.WithValues|graph.WithEvidence)),
		[]graph.Golden{before[other], *golden(other, model.Person, 2, "otherwise")})
	if got := s.golden(s.store, gone); got.State != graph.Ended || got.Revision != 2 {
		s.Errorf("the one that was not put is %+v: want Ended at revision 2", got)
	}
	if got := s.golden(s.store, swallowed); got.State != graph.Merged || got.Redirect != same || got.Revision != 2 {
		s.Errorf("the one whose record is in another is %+v: want Merged at revision 2", got)
	}
	equal(s, "the new one", s.golden(s.store, fresh), *golden(fresh, model.Person, 2, "fresh"))
	then := must[graph.Past](s)(s.store.At(s.ctx, 1))
	for _, id := range ids {
		equal(s, "at revision 1", s.golden(then, id), before[id])
	}
	var changed []model.EntityID
	for _, c := range all(s, s.store.Changes(s.ctx, graph.ChangePosition{Revision: 2}, plenty)) {
		changed = append(changed, c.ID)
	}
	equal(s, "the feed of the rebuild", changed, sortedIDs([]model.EntityID{other, gone, swallowed, fresh, proven}))
}

// rebuilt is the same golden record as a rebuild puts it.
func rebuilt(g graph.Golden, r model.Revision) *graph.Golden {
	g.Revision = r
	return &g
}

func rebuildFailing(s *suite) {
	w := newWorld(s)
	u := w.universe()
	w.fill(s.ready(), "word")
	before := s.observed(s.store, u)
	failure := errors.New("the policy is broken")
	_, err := s.store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
		r, err := tx.TakeRevision(s.ctx)
		if err != nil {
			return err
		}
		if err := firstError(tx.ClearDerived(s.ctx), tx.PutGoldens(s.ctx, []graph.GoldenChange{put(golden(w.records[0], model.Person, r, "half"))})); err != nil {
			return err
		}
		return failure
	})
	isError(s, "Update", err, failure)
	s.leftNothing("a rebuild that failed", u, before)
}
