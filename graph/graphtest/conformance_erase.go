package graphtest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// inhabited fills a tenant with two records that share everything: each with rows
// in every table, one of them to be erased.
type inhabited struct {
	ids      []model.EntityID // two records, and two refs of sealed values
	keys     []model.RecordKey
	universe *universe
}

func (s *suite) inhabit(store graph.Store) inhabited {
	s.Helper()
	in := inhabited{ids: sortedIDs(s.ids(4))}
	for i := range 2 {
		in.keys = append(in.keys, key(fmt.Sprint("local ", i)))
	}
	a, b := in.ids[0], in.ids[1]
	period := model.Period{From: model.Date{Year: 1890, Month: 2, Day: 3}}
	for round := range 2 {
		s.updateIn(store, func(tx graph.Tx, r model.Revision) error {
			var heads []graph.Head
			var versions []graph.Version
			var changes []graph.GoldenChange
			for i, id := range in.ids[:2] {
				h := head(id, in.keys[i], 7, r) // both of one item
				heads = append(heads, h)
				versions = append(versions, graph.Version{ID: id, Doc: doc("says %d at %d", i, r), Stamp: int64(r)})
				g := golden(id, model.Person, r, fmt.Sprint("name ", i))
				c := graph.GoldenChange{New: g, NewTerms: []graph.Term{{Space: nameSpace, Key: "shared", ID: id}},
					NewLinks: []graph.Link{{To: in.ids[1-i], From: id, Property: 201, Role: "r", Period: period}}}
				if round == 1 {
					c.Old = golden(id, model.Person, r-1, fmt.Sprint("name ", i))
					c.OldTerms, c.OldLinks = c.NewTerms, c.NewLinks
				}
				changes = append(changes, c)
			}
			if round == 1 {
				return firstError(tx.PutHeads(s.ctx, heads), tx.AppendVersions(s.ctx, versions), tx.PutGoldens(s.ctx, changes))
			}
			var keys []graph.MatchKey
			var waiting []graph.Dangling
			var flawed []graph.Flawed
			var index []graph.IndexKey
			var indexed []graph.Indexed
			var moves []graph.Membership
			var marks []graph.Mark
			for i, id := range in.ids[:2] {
				keys = append(keys, graph.MatchKey{Key: 5, Record: id})
				flawed = append(flawed, graph.Flawed{Record: id, Source: "school"})
				waiting = append(waiting, graph.Dangling{Key: 6, Record: id, Property: 201})
				index = append(index, graph.IndexKey{Key: "k", Record: id})
				indexed = append(indexed, graph.Indexed{Record: id, Keys: doc("k")})
				marks = append(marks, graph.Mark{Record: id, Revision: r, Sort: graph.MarkSaid, Level: 2, At: s.clock.Now()})
				moves = append(moves, graph.Membership{Record: id, Revision: r, Golden: in.ids[1-i]})
			}
			return firstError(tx.PutHeads(s.ctx, heads), tx.AppendVersions(s.ctx, versions), tx.PutGoldens(s.ctx, changes),
				tx.PutMatchKeys(s.ctx, keys, nil), tx.PutDangling(s.ctx, waiting, nil), tx.PutFlawed(s.ctx, flawed, nil), tx.Move(s.ctx, moves), tx.PutMarks(s.ctx, marks),
				tx.PutIndexKeys(s.ctx, model.Person, index, nil), tx.PutIndexed(s.ctx, model.Person, indexed, nil), tx.PutUnmatched(s.ctx, model.Person, []model.EntityID{a, b}, nil),
				tx.PutSealed(s.ctx, []graph.Sealed{{Ref: in.ids[2], Hash: hash(1), Data: doc("one")}, {Ref: in.ids[3], Hash: hash(2), Data: doc("two")}}),
				tx.PutDecisions(s.ctx, []graph.Decision{{ID: s.id(), A: a, B: b, Verdict: graph.Same, Actor: "Åsa", Reason: "seen", Revision: r, At: s.clock.Now()}}),
				tx.PutPairs(s.ctx, []graph.Pair{{PairKey: graph.PairKey{A: a, B: b}, Kind: model.Person, Band: graph.LinkBand, Model: hash(1), Revision: r}}, nil),
				tx.PutRectification(s.ctx, graph.Rectification{ID: s.id(), Subject: a, Source: "school", State: graph.RectificationOpen, Body: doc("x")}),
				tx.PutConflicts(s.ctx, []graph.Conflict{{ID: hash(1), Code: "decision", Records: []model.EntityID{a, b}, Revision: r}}, nil))
		})
	}
	in.universe = &universe{ids: in.ids, keys: in.keys, items: []graph.Hash{hash(7), hash(41), hash(42)}, matches: []uint64{5, 6},
		finds: []graph.FindTerm{{Spaces: []graph.Space{nameSpace}, Key: "shared"}}}
	return in
}

func (in *inhabited) erasure() graph.Erasure {
	return graph.Erasure{Records: in.ids[:1], Goldens: in.ids[:1], Sealed: in.ids[2:3], Unsaid: []model.Revision{1}, Tombstones: []graph.Hash{hash(41)}}
}

func (s *suite) erase(store graph.Store, e graph.Erasure) (rows map[string]int64) {
	s.Helper()
	s.updateIn(store, func(tx graph.Tx, _ model.Revision) (err error) {
		rows, err = tx.Erase(s.ctx, e)
		return err
	})
	return rows
}

func eraseAll(s *suite) {
	in := s.inhabit(s.ready())
	rows := s.erase(s.store, in.erasure())
	equal(s, "what was taken", rows, map[string]int64{
		"head": 1, "record_version": 2, "membership": 2, "golden": 1, "golden_past": 1, "term": 1, "link": 2, "matchkey": 1, "dangling": 1, "flawed": 1,
		"decision": 1, "pair": 1, "match_index": 1, "match_record": 1, "unmatched": 1, "conflict": 1, "conflict_record": 2, "sealed": 1, "rectification": 1,
		"change": 2, "mark": 1,
	})
	searcher, ok := s.store.(graph.Searcher)
	if !ok {
		return
	}
	found, _, err := searcher.Search(s.ctx, [][]byte{in.ids[0][:], in.ids[2][:], []byte("says 0"), []byte("name 0"), []byte(in.keys[0].LocalID)})
	if err != nil || len(found) > 0 {
		s.Errorf("after an erasure there is %v, %v", found, err)
	}
}

func eraseLeaves(s *suite) {
	in := s.inhabit(s.ready())
	s.erase(s.store, in.erasure())
	seen := s.observed(s.store, in.universe)
	want := head(in.ids[1], in.keys[1], 7, 2)
	want.Item = graph.Hash{} // the erased one was of the same
	equal(s, "the other head", seen.HeadsByID, []graph.Head{{}, want, {}, {}})
	equal(s, "its key and the erased one's", seen.Heads, []graph.Head{{}, want})
	equal(s, "its golden record", seen.Goldens[1], *golden(in.ids[1], model.Person, 2, "name 1"))
	equal(s, "the erased one's", seen.Goldens[0], graph.Golden{ID: in.ids[0]})
	equal(s, "found by term", len(seen.Found[fmt.Sprintf("%+v", in.universe.finds[0])]), 1)
	equal(s, "the feed, both versions of the other", len(seen.Changes), 2)
	equal(s, "its versions", len(seen.History[in.ids[1]]), 2)
	equal(s, "matching keys", seen.MatchKeys, []graph.MatchKey{{Key: 5, Record: in.ids[1]}})
	equal(s, "marks", len(seen.MarksOn), 1)
	equal(s, "sealed", seen.Sealed[1:], []graph.Sealed{{Ref: in.ids[1]}, {Ref: in.ids[2]}, {Ref: in.ids[3], Hash: hash(2), Data: doc("two")}})
	equal(s, "tombstones", seen.Erased, []bool{false, true, false})
	equal(s, "the reason of the first revision, and of the second", []string{seen.Revisions[0].Reason, seen.Revisions[1].Reason}, []string{"", "conformance"})
	if !seen.HasErased {
		s.Error("there is a tombstone, and the store says that it has none")
	}
	// The key is free: it can come again, if the registry lets it.
	s.updateIn(s.store, func(tx graph.Tx, r model.Revision) error {
		return tx.PutHeads(s.ctx, []graph.Head{head(s.id(), in.keys[0], 9, r)})
	})
}

func eraseFailing(s *suite) {
	in := s.inhabit(s.ready())
	before := s.observed(s.store, in.universe)
	failing := errors.New("no")
	_, err := s.store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
		if _, err := tx.Erase(s.ctx, in.erasure()); err != nil {
			return err
		}
		if h := must[[]graph.Head](s)(tx.HeadsByID(s.ctx, in.ids[:1])); !h[0].ID.IsZero() {
			s.Error("the transaction sees what it has erased")
		}
		return failing
	})
	isError(s, "the transaction", err, failing)
	equal(s, "after an erasure that failed", s.observed(s.store, in.universe), before)
}

func eraseRewrites(s *suite) {
	in := s.inhabit(s.ready())
	a, b := in.ids[0], in.ids[1]
	s.updateIn(s.store, func(tx graph.Tx, _ model.Revision) error {
		return firstError(
			tx.RewriteVersions(s.ctx, []graph.Version{{ID: a, Revision: 1, Doc: doc("less")}, {ID: b, Revision: 2}}),
			tx.RewriteGoldens(s.ctx, []graph.Golden{{ID: a, Revision: 1, State: graph.Merged, Redirect: b, Sort: []byte("s"), Values: doc("v"), Evidence: doc("e")}}))
	})
	seen := s.observed(s.store, in.universe)
	equal(s, "the version", seen.History[a], []graph.Version{{ID: a, Revision: 1, Stamp: 1, Doc: doc("less")}, {ID: a, Revision: 2, Stamp: 2, Doc: doc("says 0 at 2")}})
	if v := seen.History[b]; v[1].Doc != nil || v[0].Doc == nil {
		s.Errorf("a version without its document is no retraction: %v", v)
	}
	first := seen.GoldenHistory[a][0]
	equal(s, "the row of the past", first, graph.Golden{ID: a, Kind: model.Person, Revision: 1, Disclosure: model.Open, State: graph.Merged, Redirect: b, Sort: []byte("s"), Values: doc("v"), Evidence: doc("e")})
	equal(s, "found by its redirect", must[[]graph.Golden](s)(collect(s.store.GoldensWith(s.ctx, [][]byte{b[:]}))), []graph.Golden{first})
	equal(s, "found by what a version says", must[[]graph.Version](s)(collect(s.store.VersionsWith(s.ctx, [][]byte{[]byte("less"), []byte("never")}))), seen.History[a][:1])
	equal(s, "found by nothing", must[[]graph.Version](s)(collect(s.store.VersionsWith(s.ctx, nil))), []graph.Version{})
	if _, err := s.store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
		return tx.RewriteVersions(s.ctx, []graph.Version{{ID: a, Revision: 9, Doc: doc("x")}})
	}); err == nil {
		s.Error("a version that is not there was rewritten")
	}
	if _, err := s.store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
		return tx.RewriteGoldens(s.ctx, []graph.Golden{{ID: a, Revision: 2, State: graph.Ended}})
	}); err == nil {
		s.Error("a row of the present was rewritten as one of the past")
	}
}

func eraseOfTenant(s *suite) {
	in := s.inhabit(s.ready())
	other := s.tenant("0180")
	s.updateIn(other, func(tx graph.Tx, r model.Revision) error {
		return firstError(tx.PutHeads(s.ctx, []graph.Head{head(in.ids[0], in.keys[0], 7, r)}),
			tx.PutSealed(s.ctx, []graph.Sealed{{Ref: in.ids[2], Hash: hash(1), Data: doc("one")}}))
	})
	before := s.observed(other, in.universe)
	s.erase(s.store, in.erasure())
	equal(s, "another tenant after an erasure", s.observed(other, in.universe), before)
	if has := must[bool](s)(other.HasErased(s.ctx)); has {
		s.Error("another tenant has a tombstone")
	}
}

func auditBodiesErased(s *suite) {
	ids := sortedIDs(s.ids(1))
	want := s.audit(ids, ids, nil)
	s.touch(func(tx graph.Tx) error { return tx.EraseAuditBodies(s.ctx, []int64{2, 9}) })
	want[1].Salt, want[1].Body = nil, nil
	equal(s, "with the second without its body", all(s, s.store.AuditEntries(s.ctx, 0, 0)), want)
}

func searchEverything(s *suite) {
	in := s.inhabit(s.ready())
	searcher, ok := s.store.(graph.Searcher)
	if !ok {
		s.Skip("the reference has no tables")
	}
	s.audit(in.ids[:1])
	number := binary.BigEndian.AppendUint64(nil, 5^1<<63) // a matching key, as it is stored
	needles := [][]byte{in.ids[0][:], []byte("says 0 at 1"), number, []byte("not there"), []byte("school")}
	found, searched, err := searcher.Search(s.ctx, needles)
	if err != nil {
		s.Fatal(err)
	}
	where := map[int][]string{}
	for _, f := range found {
		where[f.Needle] = append(where[f.Needle], f.Table+"."+f.Column)
	}
	equal(s, "an id", where[0], []string{
		"audit_subject.id", "change.id", "conflict.records", "conflict_record.record", "dangling.record", "decision.a", "flawed.record", "golden.id", "golden_past.id", "head.id",
		"link.origin", "link.target", "mark.record", "match_index.record", "match_record.record", "matchkey.record", "membership.golden", "membership.record", "pair.a",
		"record_version.id", "rectification.subject", "term.id", "unmatched.record",
	})
	equal(s, "a document", where[1], []string{"record_version.doc"})
	equal(s, "a number", where[2], []string{"matchkey.key"})
	equal(s, "what is not there", where[3], []string{})
	equal(s, "a source", where[4], []string{"flawed.source", "rectification.source", "source.name"})
	tables := map[string]int64{}
	for _, t := range searched {
		tables[t.Table] = t.Rows
		if len(t.Columns) == 0 {
			s.Errorf("%s was searched by no column", t.Table)
		}
	}
	if tables["record_version"] != 4 || tables["tenant"] != 1 || tables["erased"] != 0 || len(tables) < 25 {
		s.Errorf("searched %v", tables)
	}
}

func searchOfTenant(s *suite) {
	in := s.inhabit(s.ready())
	other := s.tenant("0180")
	searcher, ok := other.(graph.Searcher)
	if !ok {
		s.Skip("the reference has no tables")
	}
	found, _, err := searcher.Search(s.ctx, [][]byte{in.ids[0][:], bytes.Clone(in.ids[1][:])})
	if err != nil || len(found) > 0 {
		s.Errorf("another tenant's search finds %v, %v", found, err)
	}
}

func rectificationsInOrder(s *suite) {
	s.ready()
	var want []graph.Rectification
	for i, state := range []graph.RectificationState{graph.RectificationOpen, graph.RectificationMet, graph.RectificationOpen, graph.RectificationRefused} {
		want = append(want, graph.Rectification{ID: s.id(), Subject: s.id(), Property: model.PropertyID(101 + i), Source: "school", State: state,
			Opened: s.clock.Advance(1), Due: s.clock.Now().AddDate(0, 1, 0), KeyID: 1<<31 + uint32(i), Body: doc("%d", i)})
	}
	slices.SortFunc(want, func(a, b graph.Rectification) int { return a.ID.Compare(b.ID) })
	s.touch(func(tx graph.Tx) error {
		for _, c := range reversed(want) {
			if err := tx.PutRectification(s.ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	of := func(state graph.RectificationState, after model.EntityID, limit int) []graph.Rectification {
		return all(s, s.store.Rectifications(s.ctx, state, after, limit))
	}
	equal(s, "all", of("", model.EntityID{}, plenty), want)
	equal(s, "open ones", of(graph.RectificationOpen, model.EntityID{}, plenty), at(want, 0, 2))
	equal(s, "one after the first", of(graph.RectificationOpen, want[0].ID, 1), at(want, 2))
	equal(s, "by id", must[[]graph.Rectification](s)(s.store.RectificationsByID(s.ctx, []model.EntityID{want[3].ID, s.id(), want[1].ID})),
		[]graph.Rectification{want[3], {}, want[1]})
	want[0].State, want[0].Closed = graph.RectificationWithdrawn, s.clock.Now()
	s.touch(func(tx graph.Tx) error { return tx.PutRectification(s.ctx, want[0]) })
	equal(s, "after one was closed", of("", model.EntityID{}, plenty), want)
	equal(s, "another tenant's", all(s, s.tenant("0180").Rectifications(s.ctx, "", model.EntityID{}, plenty)), []graph.Rectification{})
}

// hashKey is noted for every later transaction, also for one that reads ahead, and of
// one tenant alone.
func hashKey(s *suite) {
	store, other := s.ready(), s.tenant("0002")
	const key = 1<<40 + 7
	basis := func(of graph.Store, want int64) {
		s.Helper()
		if got := must[graph.Basis](s)(of.Basis(s.ctx)).HashKey; got != want {
			s.Errorf("the hash key is %d, want %d", got, want)
		}
		for _, ahead := range []graph.Ahead{{}, {Keys: []model.RecordKey{{Source: "hr", Kind: model.Person, LocalID: "1"}}}} {
			_, err := of.UpdateAhead(s.ctx, s.provenance(), ahead, func(tx graph.Tx) error {
				if got := tx.Basis().HashKey; got != want {
					s.Errorf("to a transaction that foresees %v the hash key is %d, want %d", ahead, got, want)
				}
				return nil
			})
			if err != nil {
				s.Error(err)
			}
		}
	}
	s.updateIn(store, func(tx graph.Tx, r model.Revision) error { // so that its source is known
		return tx.PutHeads(s.ctx, []graph.Head{head(s.id(), model.RecordKey{Source: "hr", Kind: model.Person, LocalID: "1"}, 1, r)})
	})
	basis(store, 0)
	cut := errors.New("cut off")
	_, err := store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error { return errors.Join(tx.PutHashKey(s.ctx, key), cut) })
	if !errors.Is(err, cut) {
		s.Errorf("a transaction that fails gives %v", err)
	}
	basis(store, 0)
	s.touch(func(tx graph.Tx) error { return tx.PutHashKey(s.ctx, key) })
	basis(store, key)
	basis(other, 0)
	s.updateIn(store, func(graph.Tx, model.Revision) error { return nil })
	basis(store, key)
}

// tombstonesReplaced are listed in their order, page by page, and replaced.
func tombstonesReplaced(s *suite) {
	store, other := s.ready(), s.tenant("0002")
	listed := func(of graph.Store, want ...int) {
		s.Helper()
		var hashes []graph.Hash
		for _, n := range want {
			hashes = append(hashes, hash(n))
		}
		for _, limit := range []int{1, 2, plenty} {
			var got []graph.Hash
			for after := (graph.Hash{}); ; {
				page := all(s, of.Tombstones(s.ctx, after, limit))
				if len(page) > limit {
					s.Errorf("a page of %d has %d tombstones", limit, len(page))
				}
				if got = append(got, page...); len(page) == 0 {
					break
				}
				after = page[len(page)-1]
			}
			equal(s, "tombstones", got, hashes)
		}
	}
	put := func(add, remove []graph.Hash) {
		s.Helper()
		s.touch(func(tx graph.Tx) error { return tx.PutTombstones(s.ctx, add, remove) })
	}
	listed(store)
	put([]graph.Hash{hash(3), hash(1), hash(2)}, nil)
	listed(store, 1, 2, 3)
	put([]graph.Hash{hash(5), hash(1)}, []graph.Hash{hash(1), hash(3), hash(9)}) // removed first, and one never there
	listed(store, 1, 2, 5)
	listed(other)
	equal(s, "tombstones by hash", must[[]bool](s)(store.Erased(s.ctx, []graph.Hash{hash(1), hash(3), hash(5)})), []bool{true, false, true})
}

// artifactsForgotten are gone in every revision, with those of their prefix alone.
func artifactsForgotten(s *suite) {
	store, other := s.ready(), s.tenant("0002")
	names := []string{"a", "a/", "a/1", "a/ö", "a0", "b/a/"}
	for _, of := range []graph.Store{store, other} {
		for n := range 2 {
			s.updateIn(of, func(tx graph.Tx, r model.Revision) error {
				var errs []error
				for _, name := range names {
					errs = append(errs, tx.PutArtifact(s.ctx, graph.Artifact{Name: name, Hash: hash(n), Body: doc("x"), Revision: r}))
				}
				return firstError(errs...)
			})
		}
	}
	s.touch(func(tx graph.Tx) error { return tx.ForgetArtifacts(s.ctx, "a/") })
	for _, of := range []graph.Store{store, other} {
		for _, name := range names {
			_, ok, err := of.Artifact(s.ctx, name)
			_, formerly, errFormer := of.ArtifactWith(s.ctx, name, hash(0))
			want := of == other || !strings.HasPrefix(name, "a/")
			if ok != want || formerly != want || err != nil || errFormer != nil {
				s.Errorf("artifact %q is there %t, formerly %t, want %t (%v, %v)", name, ok, formerly, want, err, errFormer)
			}
		}
	}
}
