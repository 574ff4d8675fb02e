package graphtest

import (
	"fmt"
	"strings"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

// indexInOrder puts rows of two kinds, and reads ranges of one either way.
func indexInOrder(s *suite) {
	ids := sortedIDs(s.ids(3))
	row := func(key string, record int) graph.IndexKey { return graph.IndexKey{Key: key, Record: ids[record]} }
	rows := []graph.IndexKey{row("\x00", 0), row("a", 0), row("a", 1), row("a\x00", 2), row("ab", 2), row("b\xff", 0), row("\xff\xff", 1)}
	other := []graph.IndexKey{row("a", 2)}
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return firstError(tx.PutIndexKeys(s.ctx, model.Person, reversed(rows), nil), tx.PutIndexKeys(s.ctx, model.Service, other, nil))
	})
	read := func(limit int, backward bool, ranges ...graph.KeyRange) []graph.IndexKey {
		return all(s, s.store.IndexKeys(s.ctx, model.Person, ranges, limit, backward))
	}
	everything := graph.KeyRange{From: "", To: strings.Repeat("\xff", 9)}
	equal(s, "all of it", read(plenty, false, everything), rows)
	equal(s, "all of it, backwards", read(plenty, true, everything), reversed(rows))
	equal(s, "what begins with an a", read(plenty, false, graph.KeyRange{From: "a", To: "b"}), rows[1:5])
	equal(s, "two of that", read(2, false, graph.KeyRange{From: "a", To: "b"}), rows[1:3])
	equal(s, "two of that, backwards", read(2, true, graph.KeyRange{From: "a", To: "b"}), []graph.IndexKey{rows[4], rows[3]})
	equal(s, "ranges in the order asked, twice over", read(1, false, graph.KeyRange{From: "b", To: "c"}, graph.KeyRange{From: "c", To: "d"}, everything, everything),
		[]graph.IndexKey{rows[5], rows[0], rows[0]})
	equal(s, "of another kind", all(s, s.store.IndexKeys(s.ctx, model.Service, []graph.KeyRange{everything}, plenty, false)), other)
	equal(s, "of a kind without", all(s, s.store.IndexKeys(s.ctx, model.Role, []graph.KeyRange{everything}, plenty, false)), []graph.IndexKey{})

	s.touch(func(tx graph.Tx) error {
		return tx.PutIndexKeys(s.ctx, model.Person, []graph.IndexKey{row("aa", 1)}, []graph.IndexKey{rows[1], rows[3], row("none", 1)})
	})
	equal(s, "after two rows left and one came", read(plenty, false, everything),
		[]graph.IndexKey{rows[0], rows[2], row("aa", 1), rows[4], rows[5], rows[6]})

	var many []graph.IndexKey
	var ranges []graph.KeyRange
	for i := range 300 {
		many = append(many, row(fmt.Sprintf("m%03d", i), i%3))
		ranges = append(ranges, graph.KeyRange{From: many[i].Key, To: many[i].Key + "\x00"})
	}
	s.touch(func(tx graph.Tx) error { return tx.PutIndexKeys(s.ctx, model.Person, many, nil) })
	equal(s, "a range for each of many rows", read(3, false, ranges...), many)
	s.touch(func(tx graph.Tx) error { return tx.PutIndexKeys(s.ctx, model.Person, nil, many[:299]) })
	equal(s, "after all but one of them left", read(3, false, ranges...), many[299:])
}

// indexCleared clears the index of one kind, and leaves another's.
func indexCleared(s *suite) {
	ids := sortedIDs(s.ids(4))
	keys := func(i, n int) graph.Indexed { return graph.Indexed{Record: ids[i], Keys: doc("keys %d", n)} }
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return firstError(
			tx.PutIndexed(s.ctx, model.Person, []graph.Indexed{keys(0, 0), keys(1, 1)}, nil),
			tx.PutIndexed(s.ctx, model.Service, []graph.Indexed{keys(2, 2)}, nil),
			tx.PutIndexKeys(s.ctx, model.Person, []graph.IndexKey{{Key: "a", Record: ids[0]}}, nil),
			tx.PutIndexKeys(s.ctx, model.Service, []graph.IndexKey{{Key: "a", Record: ids[2]}}, nil),
			tx.PutUnmatched(s.ctx, model.Person, []model.EntityID{ids[3], ids[1], ids[3]}, nil),
			tx.PutUnmatched(s.ctx, model.Service, ids[2:3], nil),
		)
	})
	read := func() []graph.Indexed { return must[[]graph.Indexed](s)(s.store.Indexed(s.ctx, reversed(ids))) }
	equal(s, "keys", read(), []graph.Indexed{{Record: ids[3]}, keys(2, 2), keys(1, 1), keys(0, 0)})
	unmatched := func(kind model.Kind, limit int) []model.EntityID {
		return all(s, s.store.Unmatched(s.ctx, kind, limit))
	}
	equal(s, "unmatched, in order and each once", unmatched(model.Person, plenty), at(ids, 1, 3))
	equal(s, "one of them", unmatched(model.Person, 1), at(ids, 1))

	s.touch(func(tx graph.Tx) error {
		return firstError(
			tx.PutIndexed(s.ctx, model.Person, []graph.Indexed{keys(0, 7)}, at(ids, 1, 3)),
			tx.PutUnmatched(s.ctx, model.Person, at(ids, 0, 1), at(ids, 1, 2)), // removed first
		)
	})
	equal(s, "keys after one was replaced and one removed", read(), []graph.Indexed{{Record: ids[3]}, keys(2, 2), {Record: ids[1]}, keys(0, 7)})
	equal(s, "unmatched now", unmatched(model.Person, plenty), at(ids, 0, 1, 3))
	if n := must[int64](s)(s.store.CountUnmatched(s.ctx, model.Person)); n != 3 {
		s.Errorf("%d persons are unmatched, want 3", n)
	}

	s.touch(func(tx graph.Tx) error { return tx.ClearIndex(s.ctx, model.Person) })
	equal(s, "keys after persons were cleared", read(), []graph.Indexed{{Record: ids[3]}, keys(2, 2), {Record: ids[1]}, {Record: ids[0]}})
	equal(s, "unmatched persons", unmatched(model.Person, plenty), []model.EntityID{})
	equal(s, "unmatched services", unmatched(model.Service, plenty), at(ids, 2))
	everything := []graph.KeyRange{{From: "", To: "z"}}
	equal(s, "rows of persons", all(s, s.store.IndexKeys(s.ctx, model.Person, everything, plenty, false)), []graph.IndexKey{})
	equal(s, "rows of services", all(s, s.store.IndexKeys(s.ctx, model.Service, everything, plenty, false)), []graph.IndexKey{{Key: "a", Record: ids[2]}})
}

func matchingsReplaced(s *suite) {
	equal(s, "of a new tenant", must[[]graph.Matching](s)(s.ready().Matchings(s.ctx)), []graph.Matching{})
	persons, places := graph.Matching{Kind: model.Person, Definition: hash(1), Records: 1 << 40}, graph.Matching{Kind: model.Geography}
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return firstError(tx.PutMatching(s.ctx, places), tx.PutMatching(s.ctx, persons))
	})
	want := []graph.Matching{persons, places}
	if persons.Kind > places.Kind {
		want = reversed(want)
	}
	equal(s, "two kinds", must[[]graph.Matching](s)(s.store.Matchings(s.ctx)), want)
	persons.Definition, persons.Records = graph.Hash{}, 0
	s.touch(func(tx graph.Tx) error {
		return firstError(tx.PutMatching(s.ctx, persons), tx.ClearIndex(s.ctx, model.Person))
	})
	for i := range want {
		if want[i].Kind == model.Person {
			want[i] = persons
		}
	}
	equal(s, "after one was replaced", must[[]graph.Matching](s)(s.store.Matchings(s.ctx)), want)
}
