package graphtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

func headsInOrder(s *suite) {
	ids := s.ids(3)
	want := []graph.Head{head(ids[0], key("a"), 1, 1), head(ids[1], key("b"), 2, 1), head(ids[2], key("c"), 3, 1)}
	want[1].Key = model.RecordKey{Source: "payroll", Kind: model.Role, LocalID: "a"} // the same local id of another source and kind
	want[2].Stamp = -62135596800000
	want[2].Golden = ids[0]
	s.update(func(tx graph.Tx, _ model.Revision) error { return tx.PutHeads(s.ctx, want) })

	got := must[[]graph.Head](s)(s.store.Heads(s.ctx, []model.RecordKey{want[2].Key, key("none"), want[0].Key, want[1].Key, want[0].Key}))
	equal(s, "heads by key", got, []graph.Head{want[2], {}, want[0], want[1], want[0]})
	got = must[[]graph.Head](s)(s.store.HeadsByID(s.ctx, []model.EntityID{ids[1], s.id(), ids[0], ids[1]}))
	equal(s, "heads by id", got, []graph.Head{want[1], {}, want[0], want[1]})
	for _, near := range []model.RecordKey{
		{Source: "payroll", Kind: model.Person, LocalID: "a"}, {Source: "school", Kind: model.Role, LocalID: "a"}, {Source: "school", Kind: model.Person, LocalID: "A"},
	} {
		if got := must[[]graph.Head](s)(s.store.Heads(s.ctx, []model.RecordKey{near})); !got[0].ID.IsZero() {
			s.Errorf("%v has the head of %v", near, got[0].Key)
		}
	}
}

func headsAdded(s *suite) {
	ids := s.ids(3)
	first := []graph.Head{head(ids[0], key("a"), 1, 1), head(ids[1], key("b"), 2, 1)}
	first[1].Golden = ids[0]
	changed := first[0]
	changed.Stamp, changed.Content = 7, hash(8)
	s.update(func(tx graph.Tx, r model.Revision) error {
		version := graph.Version{ID: ids[0], Revision: r, Doc: doc("says")}
		return firstError(tx.AddHeads(s.ctx, first), tx.PutHeads(s.ctx, []graph.Head{changed}), tx.AppendVersions(s.ctx, []graph.Version{version}))
	})
	want := []graph.Head{changed, first[1]}
	equal(s, "heads added", must[[]graph.Head](s)(s.store.HeadsByID(s.ctx, ids[:2])), want)
	equal(s, "by key", must[[]graph.Head](s)(s.store.Heads(s.ctx, []model.RecordKey{key("b"), key("a")})), reversed(want))
	for _, there := range []graph.Head{head(ids[0], key("c"), 1, 2), head(ids[2], key("a"), 1, 2)} {
		_, err := s.ready().Update(s.ctx, s.provenance(), func(tx graph.Tx) error { return tx.AddHeads(s.ctx, []graph.Head{there}) })
		if err == nil {
			s.Errorf("a head that is there is added again: %+v", there)
		}
	}
	equal(s, "after what failed", all(s, s.store.ScanHeads(s.ctx, "", "")), want)
}

func headsReplaced(s *suite) {
	id, other := s.id(), s.id()
	s.update(func(tx graph.Tx, r model.Revision) error {
		return tx.PutHeads(s.ctx, []graph.Head{head(id, key("a"), 1, r)})
	})
	changed := graph.Head{Key: key("a"), Part: "staff", ID: id, Golden: other, Content: hash(9), Stamp: 99, Live: false, Revision: 2}
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return tx.PutHeads(s.ctx, []graph.Head{head(other, key("b"), 2, 2), changed})
	})
	equal(s, "the replaced head", must[[]graph.Head](s)(s.store.HeadsByID(s.ctx, []model.EntityID{id})), []graph.Head{changed})
	equal(s, "heads", len(all(s, s.store.ScanHeads(s.ctx, "", ""))), 2)
	// And within one transaction.
	again := changed
	again.Live, again.Item, again.Stamp = true, hash(3), 100
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return firstError(tx.PutHeads(s.ctx, []graph.Head{head(id, key("a"), 5, 3)}), tx.PutHeads(s.ctx, []graph.Head{again}))
	})
	equal(s, "the head replaced twice", must[[]graph.Head](s)(s.store.Heads(s.ctx, []model.RecordKey{key("a")})), []graph.Head{again})
}

func headsKnown(s *suite) {
	ids := s.ids(3)
	put := func(heads ...graph.Head) {
		s.touch(func(tx graph.Tx) error { return tx.PutHeads(s.ctx, heads) })
	}
	known := func(want ...bool) {
		s.Helper()
		items := []graph.Hash{hash(1), hash(2), {}, hash(3), hash(1)}
		equal(s, "known", must[[]bool](s)(s.ready().Known(s.ctx, items)), want)
	}
	known(false, false, false, false, false)
	one, two, gone := head(ids[0], key("a"), 1, 1), head(ids[1], key("b"), 1, 1), head(ids[2], key("c"), 0, 1)
	gone.Live, gone.Item = false, graph.Hash{}
	put(one, two, gone) // one item with two records, and a record that is not live
	known(true, false, false, false, true)
	one.Live, one.Item = false, graph.Hash{}
	put(one)
	known(true, false, false, false, true)
	two.Item = hash(2)
	put(two)
	known(false, true, false, false, false)
}

func headsScanned(s *suite) {
	ids := s.ids(6)
	var heads []graph.Head
	for i, id := range ids {
		h := head(id, key(fmt.Sprint(9-i)), i, 1)
		h.Live = i != 2
		if i%2 == 1 {
			h.Key.Source = "payroll"
		}
		if i >= 4 {
			h.Part = "staff"
		}
		heads = append(heads, h)
	}
	s.update(func(tx graph.Tx, _ model.Revision) error { return tx.PutHeads(s.ctx, reversed(heads)) })
	for _, c := range []struct {
		source model.Source
		part   string
		want   []int
	}{
		{"", "", []int{0, 1, 2, 3, 4, 5}},
		{"school", "", []int{0, 2, 4}},
		{"school", "persons", []int{0, 2}},
		{"payroll", "staff", []int{5}},
		{"", "staff", []int{4, 5}},
		{"School", "", nil},
		{"nobody", "persons", nil},
	} {
		equal(s, fmt.Sprintf("heads of %q part %q", c.source, c.part), all(s, s.store.ScanHeads(s.ctx, c.source, c.part)), at(heads, c.want...))
	}
}

func headsCounted(s *suite) {
	ids := s.ids(5)
	heads := make([]graph.Head, 5)
	for i, id := range ids {
		heads[i] = head(id, key(fmt.Sprint(i)), i, 1)
	}
	heads[1].Key.Kind = model.Role
	heads[2].Key.Source = "payroll"
	heads[3].Live, heads[3].Item = false, graph.Hash{}
	heads[4].Part = "staff"
	s.update(func(tx graph.Tx, _ model.Revision) error { return tx.PutHeads(s.ctx, heads) })
	equal(s, "live heads", must[map[model.Source]map[model.Kind]int64](s)(s.store.CountHeads(s.ctx)),
		map[model.Source]map[model.Kind]int64{"school": {model.Person: 2, model.Role: 1}, "payroll": {model.Person: 1}})
	equal(s, "live heads of the part", must[int64](s)(s.store.CountPart(s.ctx, "school", "persons")), int64(2))
	equal(s, "live heads of another part", must[int64](s)(s.store.CountPart(s.ctx, "school", "staff")), int64(1))
	equal(s, "live heads of no part", must[int64](s)(s.store.CountPart(s.ctx, "school", "none")), int64(0))
}

func versionsAppended(s *suite) {
	id, other, delivery := s.id(), s.id(), s.id()
	var want []graph.Version
	for i := range 3 {
		s.update(func(tx graph.Tx, r model.Revision) error {
			v := graph.Version{ID: id, Revision: r, Delivery: delivery, Stamp: int64(100 - i), Doc: doc("version %d", i)}
			want = append(want[:i], v)
			if i == 1 {
				return tx.AppendVersions(s.ctx, []graph.Version{v, {ID: other, Revision: r, Doc: doc("another")}})
			}
			return tx.AppendVersions(s.ctx, []graph.Version{v})
		})
	}
	equal(s, "history", all(s, s.store.History(s.ctx, id)), want)
	equal(s, "history of nobody", all(s, s.store.History(s.ctx, s.id())), []graph.Version{})
	unknown := s.id()
	equal(s, "current versions", must[[]graph.Version](s)(s.store.Versions(s.ctx, []model.EntityID{unknown, id})), []graph.Version{{ID: unknown}, want[2]})
	for r := range 4 {
		past := must[graph.Past](s)(s.store.At(s.ctx, model.Revision(r)))
		expect := []graph.Version{{ID: other}, {ID: id}}
		if r > 0 {
			expect[1] = want[r-1]
		}
		if r >= 2 {
			expect[0] = graph.Version{ID: other, Revision: 2, Doc: doc("another")}
		}
		equal(s, fmt.Sprintf("versions at %d", r), must[[]graph.Version](s)(past.Versions(s.ctx, []model.EntityID{other, id})), expect)
	}
}

func versionRetracted(s *suite) {
	id := s.id()
	for _, d := range [][]byte{doc("here"), nil, doc("here again")} {
		s.update(func(tx graph.Tx, r model.Revision) error {
			return tx.AppendVersions(s.ctx, []graph.Version{{ID: id, Revision: r, Doc: d}})
		})
	}
	history := all(s, s.store.History(s.ctx, id))
	if len(history) != 3 || history[0].Doc == nil || history[1].Doc != nil || history[2].Doc == nil {
		s.Fatalf("history %v: want a document, none (nil), and a document", history)
	}
	gone := must[[]graph.Version](s)(must[graph.Past](s)(s.store.At(s.ctx, 2)).Versions(s.ctx, []model.EntityID{id}))
	if gone[0].Revision != 2 || gone[0].Doc != nil {
		s.Errorf("at revision 2 the version is %v: want the retraction", gone[0])
	}
}

func membershipsInOrder(s *suite) {
	record, a, b := s.id(), s.id(), s.id()
	for _, g := range []model.EntityID{b, a, record} {
		s.update(func(tx graph.Tx, r model.Revision) error {
			// The last move of a revision is where the record is.
			return firstError(tx.Move(s.ctx, []graph.Membership{{Record: record, Revision: r, Golden: s.id()}, {Record: a, Revision: r, Golden: b}}),
				tx.Move(s.ctx, []graph.Membership{{Record: record, Revision: r, Golden: g}}))
		})
	}
	equal(s, "memberships", all(s, s.store.Memberships(s.ctx, record)),
		[]graph.Membership{{Record: record, Revision: 1, Golden: b}, {Record: record, Revision: 2, Golden: a}, {Record: record, Revision: 3, Golden: record}})
	equal(s, "memberships of one always alone", all(s, s.store.Memberships(s.ctx, b)), []graph.Membership{})
}

// The keys of matching are hashes: half of them are above what a signed number holds.
var unsigned = []uint64{0, 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}

func matchKeys(s *suite) {
	ids := s.ids(3)
	var want []graph.MatchKey
	for _, k := range unsigned {
		want = append(want, graph.MatchKey{Key: k, Record: ids[0]}, graph.MatchKey{Key: k, Record: ids[2]})
	}
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return firstError(tx.PutMatchKeys(s.ctx, want, nil),
			tx.PutMatchKeys(s.ctx, []graph.MatchKey{want[3]}, []graph.MatchKey{{Key: 5, Record: ids[1]}})) // there already; never there
	})
	asked := reversed(unsigned)
	equal(s, "matching keys", all(s, s.store.MatchKeys(s.ctx, append(asked, 77, 1))), want)
	equal(s, "one key", all(s, s.store.MatchKeys(s.ctx, []uint64{1 << 63})), want[6:8])
	equal(s, "all keys", all(s, s.store.KeysFrom(s.ctx, 0, plenty)), unsigned)
	for i, k := range unsigned {
		equal(s, fmt.Sprintf("two keys from %d on", k), all(s, s.store.KeysFrom(s.ctx, k, 2)), unsigned[i:min(i+2, len(unsigned))])
	}
	equal(s, "keys from one that is not there", all(s, s.store.KeysFrom(s.ctx, 2, 1)), unsigned[2:3])
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return tx.PutMatchKeys(s.ctx, []graph.MatchKey{{Key: 1, Record: ids[1]}}, want[3:7])
	})
	equal(s, "after some were removed", all(s, s.store.MatchKeys(s.ctx, unsigned)),
		append([]graph.MatchKey{want[0], want[1], want[2], {Key: 1, Record: ids[1]}}, want[7:]...))
}

func danglingReferences(s *suite) {
	ids := s.ids(2)
	var want []graph.Dangling
	for _, id := range ids {
		for _, p := range []model.PropertyID{3, 40000} {
			for _, k := range unsigned {
				want = append(want, graph.Dangling{Key: k, Record: id, Property: p})
			}
		}
	}
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return firstError(tx.PutDangling(s.ctx, reversed(want), nil), tx.PutDangling(s.ctx, want[:1], []graph.Dangling{{Key: 9, Record: ids[0]}}))
	})
	equal(s, "all", all(s, s.store.AllDangling(s.ctx, graph.Dangling{}, plenty)), want)
	for i := range want {
		equal(s, fmt.Sprintf("two after number %d", i), all(s, s.store.AllDangling(s.ctx, want[i], 2)), want[i+1:min(i+3, len(want))])
	}
	waiting := all(s, s.store.Waiting(s.ctx, []uint64{1 << 63, 4, 1 << 63}))
	slices.SortFunc(waiting, compareDangling)
	equal(s, "waiting for one key", waiting, at(want, 3, 8, 13, 18))
	of := all(s, s.store.DanglingOf(s.ctx, ids[1:]))
	slices.SortFunc(of, compareDangling)
	equal(s, "of one record", of, want[10:])
	s.update(func(tx graph.Tx, _ model.Revision) error { return tx.PutDangling(s.ctx, nil, want[1:]) })
	equal(s, "what is left", all(s, s.store.AllDangling(s.ctx, graph.Dangling{}, plenty)), want[:1])
}

func sealedValues(s *suite) {
	refs := s.ids(3)
	first := []graph.Sealed{
		{Ref: refs[0], Hash: hash(1), KeyID: 1, Data: []byte{0, 255, 0, 1}},
		{Ref: refs[1], Hash: hash(1), KeyID: 1<<32 - 1, Data: []byte("x")}, // the same value, sealed for another record
	}
	s.update(func(tx graph.Tx, _ model.Revision) error { return tx.AddSealed(s.ctx, first) })
	equal(s, "sealed", must[[]graph.Sealed](s)(s.store.Sealed(s.ctx, []model.EntityID{refs[1], refs[2], refs[0], refs[1]})),
		[]graph.Sealed{first[1], {Ref: refs[2]}, first[0], first[1]})
	again, err := s.ready().Update(s.ctx, s.provenance(), func(tx graph.Tx) error { return tx.AddSealed(s.ctx, first[:1]) })
	if err == nil {
		s.Errorf("a ref that is there is added again, in revision %d", again)
	}
	rotated := graph.Sealed{Ref: refs[0], Hash: hash(1), KeyID: 2, Data: []byte("under a new key")}
	s.update(func(tx graph.Tx, _ model.Revision) error { return tx.PutSealed(s.ctx, []graph.Sealed{rotated}) })
	equal(s, "sealed anew", must[[]graph.Sealed](s)(s.store.Sealed(s.ctx, refs)), []graph.Sealed{rotated, first[1], {Ref: refs[2]}})
}

func deliveries(s *suite) {
	ids := s.ids(4)
	var want []graph.Delivery // newest first
	for i, id := range ids {
		d := graph.Delivery{ID: id, Source: "school", Part: fmt.Sprint("part ", i), Name: fmt.Sprintf("export %d.json", i), Full: i%2 == 0, Stamp: int64(-i), State: graph.Running, Started: s.clock.Advance(time.Minute)}
		if i == 2 {
			d.Source = "payroll"
		}
		want = append([]graph.Delivery{d}, want...)
	}
	s.touch(func(tx graph.Tx) error {
		for _, d := range want {
			if err := tx.PutDelivery(s.ctx, d); err != nil {
				return err
			}
		}
		return nil
	})
	equal(s, "of all sources", all(s, s.store.Deliveries(s.ctx, "", plenty)), want)
	equal(s, "of one source", all(s, s.store.Deliveries(s.ctx, "school", plenty)), at(want, 0, 2, 3))
	equal(s, "the newest of one source", all(s, s.store.Deliveries(s.ctx, "school", 1)), want[:1])
	equal(s, "of no source", all(s, s.store.Deliveries(s.ctx, "nobody", plenty)), []graph.Delivery{})

	want[3].State, want[3].Ended, want[3].Message = graph.Broken, s.clock.Advance(time.Minute), "line 7: unexpected end"
	want[3].Counts = graph.Counts{Items: 1, Unchanged: 2, Records: 3, Added: 4, Changed: 5, Retracted: 6, Stale: 7, Quarantined: 8, Issues: 9, Dropped: 10, Bytes: 1 << 40}
	s.touch(func(tx graph.Tx) error { return tx.PutDelivery(s.ctx, want[3]) })
	equal(s, "after one ended", all(s, s.store.Deliveries(s.ctx, "", plenty)), want)
	asked := []model.EntityID{want[3].ID, s.id(), want[0].ID, want[3].ID}
	equal(s, "by id", must[[]graph.Delivery](s)(s.store.DeliveriesByID(s.ctx, asked)), []graph.Delivery{want[3], {}, want[0], want[3]})
}

// artifacts go from A to B and back to A: the latest counts, not the newest content.
func artifacts(s *suite) {
	for i, content := range []int{1, 2, 1} {
		var want graph.Artifact
		s.update(func(tx graph.Tx, r model.Revision) error {
			want = graph.Artifact{Name: "policy", Hash: hash(content), Body: doc("policy %d", content), Revision: r}
			return firstError(tx.PutArtifact(s.ctx, want),
				tx.PutArtifact(s.ctx, graph.Artifact{Name: "Policy", Hash: hash(9), Body: nil, Revision: r}))
		})
		got, ok, err := s.store.Artifact(s.ctx, "policy")
		if err != nil || !ok {
			s.Fatalf("artifact: %v, %v", ok, err)
		}
		equal(s, fmt.Sprintf("the policy after change %d", i+1), got, want)
		// The same content again is the latest too.
		if other, _, err := s.store.Artifact(s.ctx, "Policy"); err != nil || other.Revision != want.Revision || len(other.Body) != 0 {
			s.Errorf("the other policy is %+v, %v: want it as of revision %d", other, err, want.Revision)
		}
	}
	if _, ok, err := s.store.Artifact(s.ctx, "table"); ok || err != nil {
		s.Errorf("an unknown artifact: %v, %v", ok, err)
	}
	// What has been replaced is still found by its hash, under its own name.
	for content, revision := range map[int]model.Revision{1: 3, 2: 2} {
		want := graph.Artifact{Name: "policy", Hash: hash(content), Body: doc("policy %d", content), Revision: revision}
		if a, ok, err := s.store.ArtifactWith(s.ctx, "policy", hash(content)); err != nil || !ok {
			s.Errorf("policy %d: %v, %v", content, ok, err)
		} else {
			equal(s, fmt.Sprint("policy ", content), a, want)
		}
	}
	for name, h := range map[string]graph.Hash{"policy": hash(9), "table": hash(1)} {
		if _, ok, err := s.store.ArtifactWith(s.ctx, name, h); ok || err != nil {
			s.Errorf("an artifact %s that never was: %v, %v", name, ok, err)
		}
	}
}
