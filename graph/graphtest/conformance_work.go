package graphtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

func decisions(s *suite) {
	if has := must[bool](s)(s.ready().HasDecisions(s.ctx)); has {
		s.Error("a new tenant has decisions")
	}
	ids := sortedIDs(s.ids(4))
	var want []graph.Decision
	for i, pair := range [][2]int{{0, 1}, {1, 2}, {0, 1}, {2, 3}} {
		d := graph.Decision{A: ids[pair[0]], B: ids[pair[1]], Verdict: graph.Verdict(1 + i%3), Actor: "Åsa", Reason: fmt.Sprint("because ", i),
			At: s.clock.Advance(-time.Hour)} // the revision says what is older, not the clock
		d.ID = s.id()
		s.update(func(tx graph.Tx, r model.Revision) error {
			d.Revision = r
			return tx.PutDecisions(s.ctx, []graph.Decision{d})
		})
		want = append(want, d)
	}
	equal(s, "on the first", all(s, s.store.DecisionsOn(s.ctx, ids[:1])), at(want, 0, 2))
	equal(s, "on the second, asked twice", all(s, s.store.DecisionsOn(s.ctx, at(ids, 1, 1))), at(want, 0, 1, 2))
	equal(s, "on the first and the second", all(s, s.store.DecisionsOn(s.ctx, ids[:2])), at(want, 0, 1, 2))
	equal(s, "on all", all(s, s.store.DecisionsOn(s.ctx, reversed(ids))), want)
	equal(s, "on nobody", all(s, s.store.DecisionsOn(s.ctx, s.ids(1))), []graph.Decision{})
	if has := must[bool](s)(s.store.HasDecisions(s.ctx)); !has {
		s.Error("after four decisions the store says that it has none")
	}
}

func marks(s *suite) {
	if sorts := must[[]graph.MarkSort](s)(s.ready().MarkedSorts(s.ctx)); len(sorts) != 0 {
		s.Errorf("a new tenant has marks of %v", sorts)
	}
	ids := sortedIDs(s.ids(4))
	var want []graph.Mark
	for i, sort := range []graph.MarkSort{graph.MarkSaid, graph.MarkOpened, graph.MarkSaid, graph.MarkLowered} {
		m := graph.Mark{Record: ids[i%3], Sort: sort, Stamp: int64(i) - 1, Level: model.ProtectionSecrecyMarking, Covers: model.ProtectionUnknown,
			Period: model.Period{From: model.Date{Year: 2024, Month: 1, Day: 2}}, Reference: "KS 2024/1 § 7", Actor: "Åsa", Reason: fmt.Sprint("because ", i), At: s.clock.Now()}
		s.update(func(tx graph.Tx, r model.Revision) error {
			m.Revision = r
			if err := tx.PutMarks(s.ctx, []graph.Mark{m}); err != nil {
				return err
			}
			again := m
			again.Reason = "another, that is not kept"
			return tx.PutMarks(s.ctx, []graph.Mark{again})
		})
		want = append(want, m)
	}
	equal(s, "on the first", all(s, s.store.MarksOn(s.ctx, ids[:1])), at(want, 0, 3))
	equal(s, "on all, asked twice", all(s, s.store.MarksOn(s.ctx, append(reversed(ids), ids...))), at(want, 0, 3, 1, 2))
	equal(s, "on nobody", all(s, s.store.MarksOn(s.ctx, s.ids(1))), []graph.Mark{})
	equal(s, "of a sort", all(s, s.store.Marks(s.ctx, graph.MarkSaid, model.EntityID{}, plenty)), at(want, 0, 2))
	equal(s, "of a sort, one", all(s, s.store.Marks(s.ctx, graph.MarkSaid, model.EntityID{}, 1)), at(want, 0))
	equal(s, "of a sort, after", all(s, s.store.Marks(s.ctx, graph.MarkSaid, ids[0], plenty)), at(want, 2))
	equal(s, "sorts", must[[]graph.MarkSort](s)(s.store.MarkedSorts(s.ctx)), []graph.MarkSort{graph.MarkSaid, graph.MarkLowered, graph.MarkOpened})
}

func sortedIDs(ids []model.EntityID) []model.EntityID {
	return slices.SortedFunc(slices.Values(ids), model.EntityID.Compare)
}

// pairKey names two records in whatever order they are given.
func pairKey(a, b model.EntityID) graph.PairKey {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return graph.PairKey{A: a, B: b}
}

func pairsReplaced(s *suite) {
	s.ready()
	ids := sortedIDs(s.ids(5))
	pair := func(a, b int, band graph.PairBand, weight int32) graph.Pair {
		return graph.Pair{PairKey: graph.PairKey{A: ids[a], B: ids[b]}, Kind: model.Person, Band: band, Weight: weight, Model: hash(1), Revision: 1}
	}
	place := pair(3, 4, graph.LinkBand, 7)
	place.Kind = model.Geography
	want := []graph.Pair{
		pair(0, 1, graph.LinkBand, 20_001), pair(0, 2, graph.ReviewBand, -5_999), pair(1, 2, graph.LinkBand, 1<<31-1), pair(2, 3, graph.LinkBand, -1<<31), place,
	}
	s.update(func(tx graph.Tx, _ model.Revision) error {
		if err := tx.PutPairs(s.ctx, reversed(want), nil); err != nil {
			return err
		}
		equal(s, "inside the transaction", all(s, tx.PairsOn(s.ctx, ids)), want)
		return nil
	})
	of := func(kind model.Kind, band graph.PairBand, after graph.PairKey, limit int) []graph.Pair {
		return all(s, s.store.Pairs(s.ctx, graph.PairQuery{Kind: kind, Band: band, After: after, Limit: limit}))
	}
	equal(s, "on the first", all(s, s.store.PairsOn(s.ctx, ids[:1])), want[:2])
	equal(s, "on the second, asked twice", all(s, s.store.PairsOn(s.ctx, at(ids, 1, 1))), at(want, 0, 2))
	equal(s, "on two that are a pair, each once", all(s, s.store.PairsOn(s.ctx, ids[:2])), want[:3])
	equal(s, "on nobody", all(s, s.store.PairsOn(s.ctx, s.ids(1))), []graph.Pair{})
	equal(s, "of persons that link", of(model.Person, graph.LinkBand, graph.PairKey{}, plenty), at(want, 0, 2, 3))
	equal(s, "one of them after the first", of(model.Person, graph.LinkBand, want[0].PairKey, 1), at(want, 2))
	equal(s, "of persons to be reviewed", of(model.Person, graph.ReviewBand, graph.PairKey{}, plenty), at(want, 1))
	equal(s, "of places", of(model.Geography, graph.LinkBand, graph.PairKey{}, plenty), at(want, 4))
	equal(s, "of places to be reviewed", of(model.Geography, graph.ReviewBand, graph.PairKey{}, plenty), []graph.Pair{})

	again := pair(0, 2, graph.LinkBand, 3)
	again.Model, again.Revision = hash(2), 2
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return tx.PutPairs(s.ctx, []graph.Pair{want[3], again}, []graph.PairKey{want[0].PairKey, want[3].PairKey, {A: ids[0], B: ids[4]}})
	})
	equal(s, "after one was replaced, one removed, and one removed and put", all(s, s.store.PairsOn(s.ctx, ids)), []graph.Pair{again, want[2], want[3], place})
	equal(s, "that link now", of(model.Person, graph.LinkBand, graph.PairKey{}, plenty), []graph.Pair{again, want[2], want[3]})
	equal(s, "to be reviewed now", of(model.Person, graph.ReviewBand, graph.PairKey{}, plenty), []graph.Pair{})
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return tx.PutPairs(s.ctx, nil, []graph.PairKey{again.PairKey, want[2].PairKey, want[3].PairKey, place.PairKey})
	})
	equal(s, "after all were removed", all(s, s.store.PairsOn(s.ctx, ids)), []graph.Pair{})
}

func pairsByWeight(s *suite) {
	ids := sortedIDs(s.ids(4))
	pair := func(a, b int, band graph.PairBand, weight int32) graph.Pair {
		return graph.Pair{PairKey: graph.PairKey{A: ids[a], B: ids[b]}, Kind: model.Person, Band: band, Weight: weight, Model: hash(1), Revision: 1}
	}
	want := []graph.Pair{
		pair(0, 2, graph.ReviewBand, 900), pair(2, 3, graph.ReviewBand, -7), pair(1, 2, graph.ReviewBand, -7), pair(0, 1, graph.ReviewBand, -7), pair(0, 3, graph.ReviewBand, -1<<31),
	}
	other := pair(1, 3, graph.LinkBand, 5)
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return tx.PutPairs(s.ctx, append(reversed(want), other), nil)
	})
	of := func(kind model.Kind, after *graph.Weighed, limit int) []graph.Pair {
		return all(s, s.store.Heaviest(s.ctx, graph.HeaviestQuery{Kind: kind, Band: graph.ReviewBand, After: after, Limit: limit}))
	}
	equal(s, "to be reviewed", of(model.Person, nil, plenty), want)
	for i, p := range want {
		after := &graph.Weighed{PairKey: p.PairKey, Weight: p.Weight}
		equal(s, fmt.Sprint("after number ", i), of(model.Person, after, plenty), append([]graph.Pair{}, want[i+1:]...))
		equal(s, fmt.Sprint("one after number ", i), of(model.Person, after, 1), append([]graph.Pair{}, want[i+1:min(i+2, len(want))]...))
	}
	gone := &graph.Weighed{PairKey: graph.PairKey{A: ids[1], B: ids[2]}, Weight: 3}
	equal(s, "after where none is", of(model.Person, gone, plenty), want[1:])
	equal(s, "of places", of(model.Geography, nil, plenty), []graph.Pair{})
	equal(s, "none", of(model.Person, nil, 0), []graph.Pair{})
}

// A pair waits while its records are live and apart and nobody has decided; what
// was said last counts, and someone who is unsure has not decided.
func reviewsCounted(s *suite) {
	count := func(what string, want int64) {
		s.Helper()
		if got := must[int64](s)(s.ready().CountReviews(s.ctx, model.Person)); got != want {
			s.Errorf("%s %d wait, want %d", what, got, want)
		}
	}
	ids := sortedIDs(s.ids(6))
	pair := func(a, b int, band graph.PairBand) graph.Pair {
		return graph.Pair{PairKey: graph.PairKey{A: ids[a], B: ids[b]}, Kind: model.Person, Band: band, Model: hash(1), Revision: 1}
	}
	place := pair(0, 2, graph.ReviewBand)
	place.Kind = model.Geography
	count("of nothing", 0)
	s.update(func(tx graph.Tx, r model.Revision) error {
		heads := make([]graph.Head, len(ids))
		for i, id := range ids {
			heads[i] = head(id, key(fmt.Sprint(i)), i, r)
		}
		heads[3].Golden = ids[0]
		heads[4].Live, heads[4].Item = false, graph.Hash{}
		return firstError(tx.PutHeads(s.ctx, heads), tx.PutPairs(s.ctx, []graph.Pair{
			pair(0, 1, graph.ReviewBand), pair(1, 2, graph.ReviewBand), pair(2, 3, graph.ReviewBand), // wait
			pair(0, 3, graph.ReviewBand), pair(0, 4, graph.ReviewBand), pair(4, 5, graph.ReviewBand), // together, or one is gone
			pair(1, 5, graph.LinkBand), pair(2, 5, graph.RejectBand), place,
		}, nil))
	})
	count("at first", 3)
	for _, c := range []struct {
		verdict graph.Verdict
		want    int64
	}{{graph.Unsure, 3}, {graph.Different, 2}, {graph.Unsure, 3}, {graph.Same, 2}} {
		s.update(func(tx graph.Tx, r model.Revision) error {
			return tx.PutDecisions(s.ctx, []graph.Decision{
				{ID: s.id(), A: ids[0], B: ids[1], Verdict: c.verdict, Actor: "Åsa", Reason: "seen", Revision: r, At: s.clock.Advance(-time.Hour)},
				{ID: s.id(), A: ids[0], B: ids[5], Verdict: graph.Same, Actor: "Åsa", Reason: "seen", Revision: r, At: s.clock.Now()},
			})
		})
		count("after "+c.verdict.String(), c.want)
	}
	if got := must[int64](s)(s.store.CountReviews(s.ctx, model.Geography)); got != 1 {
		s.Errorf("%d places wait, want 1", got)
	}
}

func conflictsKept(s *suite) {
	ids := sortedIDs(s.ids(4))
	conflict := func(n int, r model.Revision, records ...model.EntityID) graph.Conflict {
		return graph.Conflict{ID: hash(n), Code: "different-identifier", Records: records, Revision: r}
	}
	first := []graph.Conflict{conflict(2, 1, ids[0], ids[1], ids[2]), conflict(5, 1, ids[2], ids[3])}
	s.update(func(tx graph.Tx, _ model.Revision) error { return tx.PutConflicts(s.ctx, reversed(first), nil) })
	added := conflict(3, 2, ids[0], ids[3])
	s.update(func(tx graph.Tx, r model.Revision) error {
		return tx.PutConflicts(s.ctx, []graph.Conflict{conflict(5, r, ids[2], ids[3]), added}, nil) // found again
	})
	want := []graph.Conflict{first[0], added, first[1]}
	read := func(rows []graph.Conflict) []graph.Conflict {
		for _, c := range rows {
			slices.SortFunc(c.Records, model.EntityID.Compare)
		}
		slices.SortFunc(rows, func(a, b graph.Conflict) int { return compareHashes(a.ID, b.ID) })
		return rows
	}
	equal(s, "conflicts, since when they were first found", read(all(s, s.store.Conflicts(s.ctx, graph.Hash{}, plenty))), want)
	equal(s, "two", read(all(s, s.store.Conflicts(s.ctx, graph.Hash{}, 2))), want[:2])
	equal(s, "after the second", read(all(s, s.store.Conflicts(s.ctx, hash(3), plenty))), want[2:])
	equal(s, "on the first record", read(all(s, s.store.ConflictsOn(s.ctx, at(ids, 0)))), want[:2])
	equal(s, "on three records, each once", read(all(s, s.store.ConflictsOn(s.ctx, at(ids, 0, 1, 2)))), want)
	equal(s, "on nobody", all(s, s.store.ConflictsOn(s.ctx, s.ids(1))), []graph.Conflict{})

	s.update(func(tx graph.Tx, _ model.Revision) error {
		return tx.PutConflicts(s.ctx, nil, []graph.Hash{hash(2), hash(99)})
	})
	equal(s, "after one was removed", read(all(s, s.store.Conflicts(s.ctx, graph.Hash{}, plenty))), want[1:])
	equal(s, "on its record", read(all(s, s.store.ConflictsOn(s.ctx, at(ids, 1)))), []graph.Conflict{})
	again := conflict(2, 4, ids[1])
	s.update(func(tx graph.Tx, _ model.Revision) error { return tx.PutConflicts(s.ctx, []graph.Conflict{again}, nil) })
	equal(s, "after it came back with another record", read(all(s, s.store.ConflictsOn(s.ctx, at(ids, 0, 1)))), []graph.Conflict{again, added})
}

func quarantine(s *suite) {
	delivery := s.id()
	var want []graph.Quarantined
	for i := range 5 {
		q := graph.Quarantined{Item: hash(i), Source: "school", Delivery: delivery, Place: fmt.Sprintf("line %d", i), Reason: "no identifier",
			KeyID: 1<<31 + uint32(i), Body: []byte{0, byte(i), 0xff}, At: s.clock.Advance(time.Second)}
		if i == 3 {
			q.Source = "payroll"
		}
		want = append(want, q)
	}
	s.touch(func(tx graph.Tx) error { return tx.PutQuarantine(s.ctx, reversed(want), nil) })
	equal(s, "all", all(s, s.store.Quarantine(s.ctx, "", graph.Hash{}, plenty)), want)
	equal(s, "of one source", all(s, s.store.Quarantine(s.ctx, "school", graph.Hash{}, plenty)), at(want, 0, 1, 2, 4))
	equal(s, "two of one source after the second", all(s, s.store.Quarantine(s.ctx, "school", hash(1), 2)), at(want, 2, 4))
	equal(s, "of nobody", all(s, s.store.Quarantine(s.ctx, "nobody", graph.Hash{}, plenty)), []graph.Quarantined{})
	want[1].Reason, want[1].Body, want[1].Source = "still none", doc("again"), "payroll"
	s.touch(func(tx graph.Tx) error { return tx.PutQuarantine(s.ctx, want[1:2], []graph.Hash{hash(0), hash(77)}) })
	equal(s, "after one was replaced and one removed", all(s, s.store.Quarantine(s.ctx, "", graph.Hash{}, plenty)), want[1:])
	equal(s, "of the other source", all(s, s.store.Quarantine(s.ctx, "payroll", graph.Hash{}, plenty)), at(want, 1, 3))
}

func flawedListed(s *suite) {
	ids := s.ids(5)
	var want []graph.Flawed
	for _, of := range []struct {
		source model.Source
		ids    []model.EntityID
	}{{"payroll", at(ids, 1, 3)}, {"school", at(ids, 0, 2, 4)}} {
		for _, id := range of.ids {
			want = append(want, graph.Flawed{Source: of.source, Record: id})
		}
	}
	s.touch(func(tx graph.Tx) error { return tx.PutFlawed(s.ctx, append(reversed(want), want[0]), nil) })
	equal(s, "all", all(s, s.store.Flawed(s.ctx, "", graph.Flawed{}, plenty)), want)
	for i := range want {
		equal(s, fmt.Sprintf("two after number %d", i), all(s, s.store.Flawed(s.ctx, "", want[i], 2)), want[i+1:min(i+3, len(want))])
	}
	equal(s, "of one source", all(s, s.store.Flawed(s.ctx, "payroll", graph.Flawed{}, plenty)), want[:2])
	equal(s, "one of a source after another", all(s, s.store.Flawed(s.ctx, "school", want[2], 1)), want[3:4])
	equal(s, "of nobody", all(s, s.store.Flawed(s.ctx, "nobody", graph.Flawed{}, plenty)), []graph.Flawed{})
	equal(s, "counted", must[map[model.Source]int64](s)(s.store.CountFlawed(s.ctx)), map[model.Source]int64{"school": 3, "payroll": 2})
	s.touch(func(tx graph.Tx) error {
		return tx.PutFlawed(s.ctx, []graph.Flawed{{Source: "school", Record: ids[1]}}, []graph.Flawed{want[2], want[0], {Source: "nobody", Record: ids[4]}})
	})
	equal(s, "after two were removed and one added", all(s, s.store.Flawed(s.ctx, "", graph.Flawed{}, plenty)),
		[]graph.Flawed{want[1], {Source: "school", Record: ids[1]}, want[3], want[4]})
	equal(s, "counted again", must[map[model.Source]int64](s)(s.store.CountFlawed(s.ctx)), map[model.Source]int64{"school": 3, "payroll": 1})
}

func workCounted(s *suite) {
	count := func(wantConflicts, wantQuarantined, wantDangling int64) {
		s.Helper()
		c, q, d, err := s.ready().CountWork(s.ctx)
		if err != nil || c != wantConflicts || q != wantQuarantined || d != wantDangling {
			s.Errorf("counted %d conflicts, %d quarantined, %d dangling, %v; want %d, %d, %d", c, q, d, err, wantConflicts, wantQuarantined, wantDangling)
		}
	}
	count(0, 0, 0)
	ids := s.ids(3)
	s.update(func(tx graph.Tx, r model.Revision) error {
		return firstError(
			tx.PutConflicts(s.ctx, []graph.Conflict{{ID: hash(1), Code: "decision", Records: ids, Revision: r}}, nil),
			tx.PutQuarantine(s.ctx, []graph.Quarantined{{Item: hash(1), At: s.clock.Now()}, {Item: hash(2), At: s.clock.Now()}}, nil),
			tx.PutDangling(s.ctx, []graph.Dangling{{Key: 1, Record: ids[0]}, {Key: 2, Record: ids[0]}, {Key: 1, Record: ids[1]}}, nil))
	})
	count(1, 2, 3)
}
