package graphtest

import (
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// load commits one transaction of a first load: records n to m, with everything
// that belongs to them.
func (s *suite) load(store graph.Store, ids []model.EntityID, from, to int) {
	s.Helper()
	r := s.updateIn(store, func(tx graph.Tx, r model.Revision) error {
		var heads []graph.Head
		var versions []graph.Version
		var changes []graph.GoldenChange
		var keys []graph.MatchKey
		for i := from; i < to; i++ {
			id, word := ids[i], fmt.Sprintf("name%04d", i)
			heads = append(heads, head(id, key(fmt.Sprint(i)), i, r))
			versions = append(versions, graph.Version{ID: id, Revision: r, Doc: doc("says %d", i)})
			changes = append(changes, graph.GoldenChange{
				New: golden(id, model.Person, r, word), NewTerms: []graph.Term{name(word, id)},
				NewLinks: []graph.Link{{To: ids[0], Property: 3, From: id}},
			})
			keys = append(keys, graph.MatchKey{Key: uint64(i % 2), Record: id})
		}
		return firstError(tx.PutHeads(s.ctx, heads), tx.AppendVersions(s.ctx, versions), tx.PutGoldens(s.ctx, changes), tx.PutMatchKeys(s.ctx, keys, nil))
	})
	if r != 1 {
		s.Errorf("a transaction of a first load is revision %d", r)
	}
}

func (s *suite) beginLoad(store graph.Store) (resumed bool) {
	s.Helper()
	return must[bool](s)(store.BeginLoad(s.ctx))
}

func (s *suite) publish(store graph.Store) model.Revision {
	s.Helper()
	return must[model.Revision](s)(store.Publish(s.ctx, s.provenance()))
}

func (s *suite) loading(store graph.Store, want bool) {
	s.Helper()
	if got := must[bool](s)(store.Loading(s.ctx)); got != want {
		s.Errorf("Loading says %v", got)
	}
}

// loadUniverse asks about the first of the loaded.
func loadUniverse(ids []model.EntityID) *universe {
	return &universe{
		ids: ids[:min(5, len(ids))], keys: []model.RecordKey{key("0"), key("3")}, items: []graph.Hash{hash(0), hash(3)}, matches: []uint64{0, 1},
		finds: []graph.FindTerm{{Spaces: []graph.Space{nameSpace}, Key: "name", Prefix: true}}, names: []string{"policy"}, sources: []model.Source{"school"}, parts: []string{"persons"},
	}
}

func loadUnseen(s *suite) {
	store := s.ready()
	ids := s.ids(20)
	u := loadUniverse(ids)
	empty := s.observed(store, u)
	if s.beginLoad(store) {
		s.Error("a first load is resumed that never began")
	}
	s.loading(store, true)
	s.load(store, ids, 0, 10)
	snapshot, release, err := store.Snapshot(s.ctx)
	if err != nil {
		s.Fatal(err)
	}
	for _, r := range []graph.Reader{store, snapshot} {
		during := s.observed(r, u)
		equal(s, "what can be read of golden records during a load", during.pastSeen, empty.pastSeen)
		equal(s, "found", during.Found, empty.Found)
		equal(s, "referrers", during.Referrers, empty.Referrers)
		equal(s, "the feed", during.Changes, empty.Changes)
		equal(s, "the log", during.Revisions, empty.Revisions)
		equal(s, "histories", during.GoldenHistory, empty.GoldenHistory)
		// What sources said is for the registry's own use.
		equal(s, "known", during.Known, []bool{true, true})
		equal(s, "heads", len(during.ScanHeads), 10)
		equal(s, "matching keys", len(during.MatchKeys), 10)
		equal(s, "record history", len(during.History[ids[0]]), 1)
	}
	release()
	_, err = store.At(s.ctx, 1)
	isError(s, "At(1) during a load", err, graph.ErrFutureRevision)
	equal(s, "revision 0 during a load", s.observedPast(must[graph.Past](s)(store.At(s.ctx, 0)), u), empty.pastSeen)

	s.load(store, ids, 10, 20)
	if r := s.publish(store); r != 1 {
		s.Errorf("published as revision %d", r)
	}
	s.loading(store, false)
	after := s.observed(store, u)
	if after.Revision != 1 || len(after.Scan) != 20 || len(after.Changes) != 20 || len(after.Referrers) != 20 {
		s.Errorf("after Publish: revision %d, %d golden records, %d changes, %d referrers", after.Revision, len(after.Scan), len(after.Changes), len(after.Referrers))
	}
	if len(after.Revisions) != 1 || after.Revisions[0].Actor != "graphtest" || !after.Revisions[0].At.Equal(s.clock.Now()) {
		s.Errorf("the log has %v: want one row, the one of Publish", after.Revisions)
	}
	if r := s.update(func(graph.Tx, model.Revision) error { return nil }); r != 2 {
		s.Errorf("the transaction after a load is revision %d", r)
	}
}

func loadSeenInside(s *suite) {
	store := s.ready()
	ids := s.ids(10)
	s.beginLoad(store)
	s.load(store, ids, 0, 10)
	s.update(func(tx graph.Tx, _ model.Revision) error {
		equal(s, "golden record", s.golden(tx, ids[3]), *golden(ids[3], model.Person, 1, "name0003"))
		equal(s, "found", idsOf(s.find(tx, people(inName("name0003", false)))), at(ids, 3))
		equal(s, "referrers", len(all(s, tx.Referrers(s.ctx, ids[:1], nil, model.Unclassified))), 10)
		equal(s, "versions", must[[]graph.Version](s)(tx.Versions(s.ctx, ids[3:4])), []graph.Version{{ID: ids[3], Revision: 1, Doc: doc("says 3")}})
		equal(s, "heads", must[[]graph.Head](s)(tx.Heads(s.ctx, []model.RecordKey{key("3")})), []graph.Head{head(ids[3], key("3"), 3, 1)})
		return nil
	})
}

// loadResumes opens the tenant anew, as a program does after a crash.
func loadResumes(s *suite) {
	ids := s.ids(20)
	store := s.ready()
	s.beginLoad(store)
	s.load(store, ids, 0, 10)
	failure := fmt.Errorf("killed")
	_, err := store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
		if _, err := tx.TakeRevision(s.ctx); err != nil {
			return err
		}
		return firstError(tx.PutHeads(s.ctx, []graph.Head{head(ids[19], key("19"), 19, 1)}), failure)
	})
	isError(s, "a transaction of the load", err, failure)

	again := must[graph.Store](s)(s.db.Tenant(s.ctx, tenantCode))
	s.loading(again, true)
	if !s.beginLoad(again) {
		s.Error("a load that was cut off is not resumed")
	}
	equal(s, "known", must[[]bool](s)(again.Known(s.ctx, []graph.Hash{hash(9), hash(10), hash(19)})), []bool{true, false, false})
	s.load(again, ids, 10, 20)
	if r := s.publish(again); r != 1 {
		s.Errorf("published as revision %d", r)
	}
	equal(s, "persons", idsOf(all(s, store.Scan(s.ctx, model.Person, 0))), ids)
}

func loadNeedsEmpty(s *suite) {
	s.update(func(graph.Tx, model.Revision) error { return nil })
	_, err := s.store.BeginLoad(s.ctx)
	isError(s, "BeginLoad at revision 1", err, graph.ErrNotEmpty)
	s.loading(s.store, false)
	// And after a first load.
	other := s.tenant("2480")
	s.beginLoad(other)
	s.load(other, s.ids(1), 0, 1)
	s.publish(other)
	_, err = other.BeginLoad(s.ctx)
	isError(s, "BeginLoad after Publish", err, graph.ErrNotEmpty)
}

func loadNothing(s *suite) {
	store := s.ready()
	s.beginLoad(store)
	s.touch(func(tx graph.Tx) error {
		return tx.PutDelivery(s.ctx, graph.Delivery{ID: s.id(), Source: "school", State: graph.Broken, Started: s.clock.Now()})
	})
	if r := s.publish(store); r != 0 {
		s.Errorf("a load of nothing is published as revision %d", r)
	}
	s.loading(store, false)
	if r := must[model.Revision](s)(store.Revision(s.ctx)); r != 0 {
		s.Errorf("after a load of nothing the store is at revision %d", r)
	}
	if got := all(s, store.Revisions(s.ctx, 0, plenty)); len(got) != 0 {
		s.Errorf("after a load of nothing the log has %v", got)
	}
	if s.beginLoad(store) {
		s.Error("a load of nothing is resumed after its Publish")
	}
	s.load(store, s.ids(1), 0, 1)
	if r := s.publish(store); r != 1 {
		s.Errorf("a load after a load of nothing is published as revision %d", r)
	}
}

// loadReplaces: a cluster that grows while it is loaded leaves no trace of its
// smaller selves.
func loadReplaces(s *suite) {
	store := s.ready()
	ids := s.ids(2)
	s.beginLoad(store)
	s.load(store, ids, 0, 2)
	last := golden(ids[0], model.Person, 1, "grown")
	merged := &graph.Golden{ID: ids[1], Kind: model.Person, Revision: 1, Disclosure: model.Open, State: graph.Merged, Redirect: ids[0]}
	s.update(func(tx graph.Tx, r model.Revision) error {
		second := head(ids[1], key("1"), 1, r)
		second.Golden, second.Content = ids[0], hash(77)
		return firstError(
			tx.PutHeads(s.ctx, []graph.Head{second}),
			tx.AppendVersions(s.ctx, []graph.Version{{ID: ids[1], Revision: r, Stamp: 4, Doc: doc("says more")}}),
			tx.Move(s.ctx, []graph.Membership{{Record: ids[1], Revision: r, Golden: ids[0]}}),
			tx.PutGoldens(s.ctx, []graph.GoldenChange{
				{Old: golden(ids[0], model.Person, r, "name0000"), New: last,
					OldTerms: []graph.Term{name("name0000", ids[0])}, NewTerms: []graph.Term{name("grown", ids[0])},
					OldLinks: []graph.Link{{To: ids[0], Property: 3, From: ids[0]}}},
				{Old: golden(ids[1], model.Person, r, "name0001"), New: merged,
					OldTerms: []graph.Term{name("name0001", ids[1])}, OldLinks: []graph.Link{{To: ids[0], Property: 3, From: ids[1]}}},
			}))
	})
	s.publish(store)
	equal(s, "goldens", must[[]graph.Golden](s)(store.Goldens(s.ctx, ids, graph.WithValues|graph.WithEvidence)), []graph.Golden{*last, *merged})
	equal(s, "history", all(s, store.GoldenHistory(s.ctx, ids[0], graph.WithValues|graph.WithEvidence)), []graph.Golden{*last})
	equal(s, "record history", all(s, store.History(s.ctx, ids[1])), []graph.Version{{ID: ids[1], Revision: 1, Stamp: 4, Doc: doc("says more")}})
	equal(s, "the feed", len(all(s, store.Changes(s.ctx, graph.ChangePosition{}, plenty))), 2)
	equal(s, "found", idsOf(s.find(store, people(inName("", true)))), ids[:1])
	equal(s, "referrers", all(s, store.Referrers(s.ctx, ids, nil, model.Unclassified)), []graph.Link{})
}

// loadBesideTenant: while one tenant loads, which may put its indexes off,
// another is read and written.
func loadBesideTenant(s *suite) {
	w := newWorld(s)
	u := w.universe()
	live, fresh := s.ready(), s.tenant("2480")
	w.fill(live, "word")
	before := s.observed(live, u)
	ids := s.ids(30)
	s.beginLoad(fresh)
	for i := range 3 {
		s.load(fresh, ids, i*10, i*10+10)
		equal(s, "the other tenant during a load", s.observed(live, u), before)
		s.updateIn(live, func(graph.Tx, model.Revision) error { return nil })
		now := s.observed(live, u)
		before.Revision, before.Revisions = now.Revision, now.Revisions
	}
	s.publish(fresh)
	equal(s, "the other tenant after a load", s.observed(live, u), before)
	equal(s, "the loaded persons", idsOf(all(s, fresh.Scan(s.ctx, model.Person, 0))), ids)
	if got := must[model.Revision](s)(live.Revision(s.ctx)); got != 5 {
		s.Errorf("the other tenant is at revision %d, want 5", got)
	}
}

// loadThenReads: what a load leaves is what ordinary transactions leave.
func loadThenReads(s *suite) {
	const n = 300
	ids := s.ids(n)
	u := loadUniverse(ids)
	loaded, written := s.ready(), s.tenant("2480")
	s.beginLoad(loaded)
	for i := 0; i < n; i += 100 {
		s.load(loaded, ids, i, i+100)
	}
	s.publish(loaded)
	s.load(written, ids, 0, n)
	one, other := s.observed(loaded, u), s.observed(written, u)
	one.Revisions[0].At = other.Revisions[0].At // one was later
	equal(s, "a loaded store and a written one", one, other)
	old := s.golden(loaded, ids[7])
	for _, store := range []graph.Store{loaded, written} {
		s.updateIn(store, func(tx graph.Tx, r model.Revision) error {
			return tx.PutGoldens(s.ctx, []graph.GoldenChange{{Old: &old, New: golden(ids[7], model.Person, r, "changed"), OldTerms: []graph.Term{name("name0007", ids[7])}}})
		})
		equal(s, "the changed one then", s.golden(must[graph.Past](s)(store.At(s.ctx, 1)), ids[7]), old)
		equal(s, "found after the change", len(s.find(store, people(inName("name00", true)))), 99)
	}
}

// loadTakesTermsAway: what a load took away again is found no more, and what it
// took away and put again is.
func loadTakesTermsAway(s *suite) {
	store := s.ready()
	ids := s.ids(3)
	s.beginLoad(store)
	s.load(store, ids, 0, 3)
	change := func(i int, was, is string) {
		s.update(func(tx graph.Tx, r model.Revision) error {
			return tx.PutGoldens(s.ctx, []graph.GoldenChange{{
				Old: golden(ids[i], model.Person, r, was), New: golden(ids[i], model.Person, r, is),
				OldTerms: []graph.Term{name(was, ids[i])}, NewTerms: []graph.Term{name(is, ids[i])},
			}})
		})
	}
	change(0, "name0000", "other")
	change(1, "name0001", "other")
	change(1, "other", "name0001")
	change(1, "name0001", "last")
	change(1, "last", "name0001")
	s.publish(store)
	equal(s, "the changed one", idsOf(s.find(store, people(inName("other", false)))), at(ids, 0))
	equal(s, "by a name that was taken away", idsOf(s.find(store, people(inName("name0000", false)))), at(ids))
	equal(s, "by a name that was put again", idsOf(s.find(store, people(inName("name0001", false)))), at(ids, 1))
	equal(s, "by a name for a while", idsOf(s.find(store, people(inName("last", false)))), at(ids))
	equal(s, "everyone", idsOf(s.find(store, people(inName("", true)))), at(ids, 1, 2, 0))
}

// loadCommitted: the writer's own reader sees a load, and so does its basis.
func loadCommitted(s *suite) {
	store := s.ready()
	ids := s.ids(4)
	basis := func(want graph.Basis) {
		s.Helper()
		if got := must[graph.Basis](s)(store.Basis(s.ctx)); got != want {
			s.Errorf("the basis is %+v, want %+v", got, want)
		}
	}
	basis(graph.Basis{})
	s.beginLoad(store)
	basis(graph.Basis{Load: 1})
	s.load(store, ids, 0, 2)
	basis(graph.Basis{Load: 1}.Next())
	s.load(store, ids, 2, 4)
	basis(graph.Basis{Load: 1}.Next().Next())
	equal(s, "referrers", len(all(s, store.Committed().Referrers(s.ctx, ids[:1], nil, model.Unclassified))), 4)
	equal(s, "golden record", s.golden(store.Committed(), ids[3]), *golden(ids[3], model.Person, 1, "name0003"))
	equal(s, "golden record for others", s.golden(store, ids[3]).State, graph.Absent)
	s.publish(store)
	basis(graph.Basis{Revision: 1})
	equal(s, "golden record after the load", s.golden(store.Committed(), ids[3]), s.golden(store, ids[3]))
}
