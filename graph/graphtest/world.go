package graphtest

import (
	"fmt"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

// world is a small registry with something of everything in it: three persons,
// two of which are one, an organisation that they link to, a retracted record,
// and the work that is left. Filled twice, with different words, it is the same
// things with other facts.
type world struct {
	s       *suite
	records []model.EntityID
	refs    []model.EntityID
	others  []model.EntityID // deliveries, decisions
}

func newWorld(s *suite) *world {
	return &world{s: s, records: s.ids(5), refs: s.ids(2), others: s.ids(3)}
}

func (w *world) universe() *universe {
	return &universe{
		ids:     append(append(append([]model.EntityID{}, w.records...), w.refs...), w.others...),
		keys:    []model.RecordKey{key("0"), key("1"), key("2"), key("3"), key("4"), key("none")},
		items:   []graph.Hash{{}, hash(0), hash(1), hash(2), hash(3), hash(4), hash(5)},
		matches: []uint64{0, 1, 2, 1 << 63, 1<<64 - 1},
		finds: []graph.FindTerm{
			{Spaces: []graph.Space{nameSpace}, Key: "a", Prefix: true},
			{Spaces: []graph.Space{nameSpace, codeSpace}, Key: "ada"},
		},
		names:   []string{"policy", "table", "none"},
		sources: []model.Source{"school", "payroll"},
		parts:   []string{"persons", "organisations"},
	}
}

// fill writes two revisions and a transaction without one. The word goes into
// every fact.
func (w *world) fill(store graph.Store, word string) {
	w.s.Helper()
	s, rec := w.s, w.records
	s.clock = testkit.NewClock() // the same times in every store
	var merged, into *graph.Golden
	var mergedTerms []graph.Term
	s.updateIn(store, func(tx graph.Tx, r model.Revision) error {
		var heads []graph.Head
		var versions []graph.Version
		for i, id := range rec {
			h := head(id, key(fmt.Sprint(i)), i, r)
			h.Content = hash(len(word))
			heads = append(heads, h)
			versions = append(versions, graph.Version{ID: id, Revision: r, Delivery: w.others[0], Stamp: int64(i), Doc: doc("%s says %d", word, i)})
		}
		into, merged = golden(rec[0], model.Person, r, "ada "+word), golden(rec[1], model.Person, r, "adda "+word)
		mergedTerms = []graph.Term{name("adda", rec[1]), name(word, rec[1])}
		closed := golden(rec[2], model.Person, r, "bo "+word)
		closed.Disclosure = model.Restricted
		link := graph.Link{To: rec[3], Property: 5, From: rec[0], Role: word, Period: model.Period{From: model.Date{Year: 2020}}}
		return firstError(
			tx.PutHeads(s.ctx, heads),
			tx.AppendVersions(s.ctx, versions),
			tx.PutGoldens(s.ctx, []graph.GoldenChange{
				{New: into, NewTerms: []graph.Term{name("ada", rec[0]), name(word, rec[0])}, NewLinks: []graph.Link{link}},
				{New: merged, NewTerms: mergedTerms},
				{New: closed, NewTerms: []graph.Term{name("bo", rec[2])}},
				{New: golden(rec[3], model.Organisation, r, "skolan "+word)},
				{New: golden(rec[4], model.Person, r, "cilla "+word), NewTerms: []graph.Term{name("ada", rec[4])}},
			}),
			tx.PutMatchKeys(s.ctx, []graph.MatchKey{{Key: 1, Record: rec[0]}, {Key: 1 << 63, Record: rec[1]}}, nil),
			tx.PutDangling(s.ctx, []graph.Dangling{{Key: 2, Record: rec[2], Property: 9}, {Key: 1<<64 - 1, Record: rec[2], Property: 9}}, nil),
			tx.PutFlawed(s.ctx, []graph.Flawed{{Record: rec[2], Source: "school"}, {Record: rec[0], Source: "payroll"}}, nil),
			tx.PutSealed(s.ctx, []graph.Sealed{{Ref: w.refs[0], Hash: hash(90), KeyID: 1, Data: doc("sealed by %s", word)}}),
			tx.PutArtifact(s.ctx, graph.Artifact{Name: "policy", Hash: hash(80), Body: doc("policy of %s", word), Revision: r}),
		)
	})
	s.updateIn(store, func(tx graph.Tx, r model.Revision) error {
		gone := golden(rec[1], model.Person, r, "")
		*gone = graph.Golden{ID: rec[1], Kind: model.Person, Revision: r, Disclosure: model.Open, State: graph.Merged, Redirect: rec[0]}
		now := golden(rec[0], model.Person, r, "ada "+word)
		second, retracted := head(rec[1], key("1"), 1, r), head(rec[4], key("4"), 0, r)
		second.Golden = rec[0]
		retracted.Live, retracted.Item = false, graph.Hash{}
		return firstError(
			tx.PutHeads(s.ctx, []graph.Head{second, retracted}),
			tx.AppendVersions(s.ctx, []graph.Version{{ID: rec[4], Revision: r, Delivery: w.others[0]}}),
			tx.PutGoldens(s.ctx, []graph.GoldenChange{{Old: into, New: now}, {Old: merged, New: gone, OldTerms: mergedTerms}}),
			tx.Move(s.ctx, []graph.Membership{{Record: rec[1], Revision: r, Golden: rec[0]}}),
			tx.PutDecisions(s.ctx, []graph.Decision{{ID: w.others[1], A: rec[0], B: rec[1], Verdict: graph.Same, Actor: "steward", Reason: word, Revision: r, At: s.clock.Now()}}),
			tx.PutMarks(s.ctx, []graph.Mark{{Record: rec[2], Revision: r, Sort: graph.MarkOpened, Reference: word, At: s.clock.Now()}}),
			tx.PutPairs(s.ctx, []graph.Pair{{PairKey: pairKey(rec[0], rec[1]), Kind: model.Person, Band: graph.LinkBand, Weight: 12_345, Model: hash(71), Revision: r}}, nil),
			tx.PutMatching(s.ctx, graph.Matching{Kind: model.Person, Definition: hash(72), Records: 2}),
			tx.PutIndexKeys(s.ctx, model.Person, []graph.IndexKey{{Key: word, Record: rec[0]}, {Key: "k", Record: rec[1]}}, nil),
			tx.PutIndexed(s.ctx, model.Person, []graph.Indexed{{Record: rec[0], Keys: doc("%s", word)}}, nil),
			tx.PutUnmatched(s.ctx, model.Person, []model.EntityID{rec[4]}, nil),
			tx.PutConflicts(s.ctx, []graph.Conflict{{ID: hash(70), Code: "different-identifier", Records: []model.EntityID{rec[0], rec[2]}, Revision: r}}, nil),
		)
	})
	if _, err := store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
		now := s.clock.Now()
		return firstError(
			tx.PutQuarantine(s.ctx, []graph.Quarantined{{Item: hash(60), Source: "school", Delivery: w.others[0], Place: "line 7", Reason: word, KeyID: 1, Body: doc("raw %s", word), At: now}}, nil),
			tx.PutDelivery(s.ctx, graph.Delivery{ID: w.others[0], Source: "school", Name: word + ".json", Full: true, Stamp: 5, State: graph.Done,
				Started: now, Ended: now, Counts: graph.Counts{Items: 5, Records: 5, Bytes: int64(len(word))}, Message: word}),
		)
	}); err != nil {
		s.Fatal(err)
	}
}

// firstError is the first error of calls that may all be made.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
