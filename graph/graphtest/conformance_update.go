package graphtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
)

func revisionStartsAtZero(s *suite) {
	store := s.ready()
	if r := must[model.Revision](s)(store.Revision(s.ctx)); r != 0 {
		s.Errorf("a new tenant is at revision %d", r)
	}
	empty := must[graph.Past](s)(store.At(s.ctx, 0))
	u := newWorld(s).universe()
	equal(s, "revision 0", s.observedPast(empty, u), s.observedPast(store, u))
	if loading := must[bool](s)(store.Loading(s.ctx)); loading {
		s.Error("a new tenant says that a first load is under way")
	}
}

func revisionOnlyWhenTaken(s *suite) {
	store := s.ready()
	s.touch(func(tx graph.Tx) error {
		return tx.PutDelivery(s.ctx, graph.Delivery{ID: s.id(), Started: s.clock.Now()})
	})
	if r := s.update(func(graph.Tx, model.Revision) error { return nil }); r != 1 {
		s.Errorf("the first transaction that takes a revision is %d", r)
	}
	s.touch(func(graph.Tx) error { return nil })
	if r := s.update(func(graph.Tx, model.Revision) error { return nil }); r != 2 {
		s.Errorf("the second transaction that takes a revision is %d", r)
	}
	if r := must[model.Revision](s)(store.Revision(s.ctx)); r != 2 {
		s.Errorf("the store is at revision %d, want 2", r)
	}
	if rows := all(s, store.Revisions(s.ctx, 0, plenty)); len(rows) != 2 {
		s.Errorf("the log has %d rows, want 2", len(rows))
	}
}

func revisionBasis(s *suite) {
	store := s.ready()
	want := graph.Basis{}
	same := func(when string, got graph.Basis) {
		s.Helper()
		if got != want {
			s.Errorf("%s the basis is %+v, want %+v", when, got, want)
		}
	}
	for range 2 {
		s.touch(func(tx graph.Tx) error {
			same("in a transaction that takes no revision", tx.Basis())
			return tx.PutDelivery(s.ctx, graph.Delivery{ID: s.id(), Started: s.clock.Now()})
		})
		same("after it", must[graph.Basis](s)(store.Basis(s.ctx)))
		s.update(func(tx graph.Tx, _ model.Revision) error {
			same("in a transaction that takes one", tx.Basis())
			return nil
		})
		want = want.Next()
		same("after it", must[graph.Basis](s)(store.Basis(s.ctx)))
	}
}

func revisionStableInTx(s *suite) {
	s.update(func(tx graph.Tx, r model.Revision) error {
		again, err := tx.TakeRevision(s.ctx)
		if again != r {
			s.Errorf("asked twice, a transaction is revision %d, then %d", r, again)
		}
		return err
	})
}

func revisionLog(s *suite) {
	store := s.ready()
	delivery := s.id()
	said := []graph.Provenance{
		{Actor: "ingest", Reason: "", Delivery: delivery, At: testkit.Epoch},
		{Actor: "Åsa Öberg", Reason: "same person: “A” = 'B'", At: testkit.Epoch.Add(5)}, // not in order of time
		{Actor: "rebuild", Reason: "policy", At: testkit.Epoch.AddDate(0, 0, -1)},
	}
	var want []graph.RevisionInfo
	for i, p := range said {
		p.At = p.At.Truncate(1e6)
		r := must[model.Revision](s)(store.Update(s.ctx, p, func(tx graph.Tx) error { _, err := tx.TakeRevision(s.ctx); return err }))
		if int(r) != i+1 {
			s.Fatalf("transaction %d is revision %d", i+1, r)
		}
		want = append(want, graph.RevisionInfo{Revision: r, Provenance: p})
	}
	equal(s, "the log", all(s, store.Revisions(s.ctx, 0, plenty)), want)
	equal(s, "the log after revision 1", all(s, store.Revisions(s.ctx, 1, plenty)), want[1:])
	equal(s, "one row of the log", all(s, store.Revisions(s.ctx, 0, 1)), want[:1])
	equal(s, "rows of the log", must[[]graph.RevisionInfo](s)(s.store.RevisionInfos(s.ctx, []model.Revision{3, 9, 1, 0, 3})),
		[]graph.RevisionInfo{want[2], {}, want[0], {}, want[2]})
	equal(s, "the log after the last", all(s, store.Revisions(s.ctx, 3, plenty)), []graph.RevisionInfo{})
}

// leftNothing holds that the world's whole content is as it was.
func (s *suite) leftNothing(what string, u *universe, before presentSeen) {
	s.Helper()
	equal(s, "after "+what, s.observed(s.store, u), before)
	if r := s.update(func(graph.Tx, model.Revision) error { return nil }); r != before.Revision+1 {
		s.Errorf("after %s the next revision is %d, want %d", what, r, before.Revision+1)
	}
}

// scribble writes something of everything.
func (s *suite) scribble(tx graph.Tx, w *world) error {
	r, err := tx.TakeRevision(s.ctx)
	if err != nil {
		return err
	}
	fresh := s.id()
	gone := head(w.records[0], key("0"), 0, r)
	gone.Live, gone.Item = false, graph.Hash{}
	return firstError(
		tx.PutHeads(s.ctx, []graph.Head{head(fresh, key("scribble"), 5, r), gone}),
		tx.AppendVersions(s.ctx, []graph.Version{{ID: w.records[0], Revision: r, Delivery: w.others[0]}}),
		tx.PutGoldens(s.ctx, []graph.GoldenChange{{New: golden(fresh, model.Person, r, "scribble"), NewTerms: []graph.Term{name("ada", fresh)}}}),
		tx.Move(s.ctx, []graph.Membership{{Record: w.records[2], Revision: r, Golden: w.records[0]}}),
		tx.PutMatchKeys(s.ctx, []graph.MatchKey{{Key: 2, Record: fresh}}, []graph.MatchKey{{Key: 1, Record: w.records[0]}}),
		tx.PutDangling(s.ctx, []graph.Dangling{{Key: 1, Record: fresh, Property: 9}}, nil),
		tx.PutFlawed(s.ctx, []graph.Flawed{{Record: fresh, Source: "school"}}, []graph.Flawed{{Record: w.records[2], Source: "school"}}),
		tx.PutSealed(s.ctx, []graph.Sealed{{Ref: w.refs[1], Hash: hash(91), KeyID: 2, Data: doc("scribble")}}),
		tx.PutDecisions(s.ctx, []graph.Decision{{ID: fresh, A: w.records[0], B: w.records[2], Verdict: graph.Different, Revision: r, At: s.clock.Now()}}),
		tx.PutMarks(s.ctx, []graph.Mark{{Record: w.records[2], Revision: r, Sort: graph.MarkClosed, At: s.clock.Now()}}),
		tx.PutPairs(s.ctx, []graph.Pair{{PairKey: pairKey(w.records[0], w.records[2]), Kind: model.Person, Band: graph.ReviewBand, Weight: -1, Model: hash(71), Revision: r}},
			[]graph.PairKey{pairKey(w.records[0], w.records[1])}),
		tx.PutMatching(s.ctx, graph.Matching{Kind: model.Person}),
		tx.PutIndexKeys(s.ctx, model.Person, []graph.IndexKey{{Key: "scribble", Record: fresh}}, []graph.IndexKey{{Key: "k", Record: w.records[1]}}),
		tx.PutIndexed(s.ctx, model.Person, []graph.Indexed{{Record: w.records[1], Keys: doc("scribble")}}, w.records[:1]),
		tx.PutUnmatched(s.ctx, model.Person, w.records[:1], w.records[4:]),
		tx.PutConflicts(s.ctx, nil, []graph.Hash{hash(70)}),
		tx.PutQuarantine(s.ctx, nil, []graph.Hash{hash(60)}),
		tx.PutDelivery(s.ctx, graph.Delivery{ID: fresh, Source: "school", State: graph.Running, Started: s.clock.Now()}),
		tx.PutArtifact(s.ctx, graph.Artifact{Name: "policy", Hash: hash(81), Body: doc("scribble"), Revision: r}),
	)
}

func updateFailing(s *suite) {
	w := newWorld(s)
	w.fill(s.ready(), "before")
	before := s.observed(s.store, w.universe())
	failure := errors.New("the mapper gave up")
	r, err := s.store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
		if err := s.scribble(tx, w); err != nil {
			s.Errorf("scribble: %v", err)
		}
		return failure
	})
	isError(s, "Update", err, failure)
	if r != 0 {
		s.Errorf("a failed Update says revision %d", r)
	}
	s.leftNothing("a failed transaction", w.universe(), before)
}

func updatePanicking(s *suite) {
	w := newWorld(s)
	w.fill(s.ready(), "before")
	before := s.observed(s.store, w.universe())
	func() {
		defer func() {
			if got := recover(); got != "a bug in the registry" {
				s.Errorf("recovered %v: the panic must reach the caller", got)
			}
		}()
		_, _ = s.store.Update(s.ctx, s.provenance(), func(tx graph.Tx) error {
			if err := s.scribble(tx, w); err != nil {
				s.Errorf("scribble: %v", err)
			}
			panic("a bug in the registry")
		})
	}()
	s.leftNothing("a panic", w.universe(), before)
}

func updateCancelled(s *suite) {
	w := newWorld(s)
	w.fill(s.ready(), "before")
	before := s.observed(s.store, w.universe())
	ctx, cancel := context.WithCancel(s.ctx)
	_, err := s.store.Update(ctx, s.provenance(), func(tx graph.Tx) error {
		if err := s.scribble(tx, w); err != nil {
			s.Errorf("scribble: %v", err)
		}
		cancel()
		return nil
	})
	isError(s, "Update", err, context.Canceled)
	s.leftNothing("a cancelled transaction", w.universe(), before)
}

// updateReadsOwnWrites writes in one transaction what fill writes in three,
// and reads it all inside.
func updateReadsOwnWrites(s *suite) {
	w := newWorld(s)
	u := w.universe()
	w.fill(s.ready(), "before")
	var inside presentSeen
	s.update(func(tx graph.Tx, _ model.Revision) error {
		if err := s.scribble(tx, w); err != nil {
			return err
		}
		var err error
		inside, err = observe(s.ctx, tx, u)
		return err
	})
	after := s.observed(s.store, u)
	// The number and its row in the log come with the commit.
	inside.Revision, inside.Revisions = after.Revision, after.Revisions
	equal(s, "what the transaction read and what was committed", inside, after)
}

// updateForesees asks about one record at a time, before anything is foreseen,
// after it, and after writing; and about everything at the end.
func updateForesees(s *suite) {
	w := newWorld(s)
	u := w.universe()
	w.fill(s.ready(), "before")
	var inside presentSeen
	s.update(func(tx graph.Tx, _ model.Revision) error {
		before := w.oneByOne(tx)
		if err := tx.Foresee(s.ctx, graph.Ahead{Keys: u.keys}); err != nil {
			return err
		}
		equal(s, "what was foreseen", w.oneByOne(tx), before)
		equal(s, "what was foreseen, asked again", w.oneByOne(tx), before)
		if err := s.scribble(tx, w); err != nil {
			return err
		}
		written := w.oneByOne(tx)
		if err := tx.Foresee(s.ctx, graph.Ahead{Keys: u.keys}); err != nil {
			return err
		}
		equal(s, "what was foreseen after writing", w.oneByOne(tx), written)
		var err error
		inside, err = observe(s.ctx, tx, u)
		return err
	})
	after := s.observed(s.store, u)
	inside.Revision, inside.Revisions = after.Revision, after.Revisions
	equal(s, "what the transaction read and what was committed", inside, after)
}

// updateAhead asks the same of a transaction that has foreseen it from the start.
func updateAhead(s *suite) {
	w := newWorld(s)
	u := w.universe()
	w.fill(s.ready(), "before")
	s.audit(s.ids(1))
	unknown := model.RecordKey{Source: "nobody", Kind: model.Person, LocalID: "1"}
	contested := graph.Rectification{ID: s.id(), Subject: s.id(), Source: "school", Body: doc("x")}
	for i, keys := range [][]model.RecordKey{u.keys, {key("never")}, {unknown}, append([]model.RecordKey{unknown}, u.keys...), nil} {
		for _, name := range []string{"policy", "no such", ""} {
			what := fmt.Sprintf("ahead of the keys %v and artifact %q: ", keys, name)
			basis := must[graph.Basis](s)(s.store.Basis(s.ctx))
			policy, _, err := s.store.Artifact(s.ctx, "policy")
			var before []recordSeen
			s.touch(func(tx graph.Tx) error {
				before = w.oneByOne(tx)
				return err
			})
			r, err := s.store.UpdateAhead(s.ctx, s.provenance(), graph.Ahead{Keys: keys, Artifact: name}, func(tx graph.Tx) error {
				equal(s, what+"the basis", tx.Basis(), basis)
				equal(s, what+"the records", w.oneByOne(tx), before)
				for _, read := range []string{"policy", "no such"} {
					a, ok, err := tx.Artifact(s.ctx, read)
					if ok != (read == "policy") || err != nil {
						s.Errorf("%sartifact %q is there: %t, %v", what, read, ok, err)
					}
					if ok {
						equal(s, what+"the artifact", a, policy)
					}
				}
				for range 2 {
					err := tx.Audit(s.ctx, func(head graph.AuditHead) ([]graph.AuditEntry, graph.AuditHead, error) {
						entries, head := s.after(head, s.ids(1))
						return entries, head, nil
					})
					if err != nil {
						return err
					}
				}
				rev := must[model.Revision](s)(tx.TakeRevision(s.ctx))
				policy = graph.Artifact{Name: "policy", Hash: hash(90 + i), Body: doc("policy %d", rev), Revision: rev}
				contested.State = graph.RectificationMet
				if i%2 == 0 {
					contested.State = graph.RectificationOpen
				}
				err := firstError(tx.PutArtifact(s.ctx, policy), tx.PutRectification(s.ctx, contested))
				equal(s, what+"the case that was written", all(s, tx.Rectifications(s.ctx, contested.State, model.EntityID{}, plenty)), []graph.Rectification{contested})
				a, _, _ := tx.Artifact(s.ctx, "policy")
				equal(s, what+"the artifact that was written", a, policy)
				return err
			})
			if err != nil || r != basis.Revision+1 {
				s.Errorf("%srevision %d after %d, %v", what, r, basis.Revision, err)
			}
		}
	}
	entries := all(s, s.store.AuditEntries(s.ctx, 0, 0))
	for i, e := range entries {
		if e.Number != int64(i)+1 {
			s.Errorf("entry %d of the audit has number %d", i+1, e.Number)
		}
	}
	if len(entries) != 1+5*3*2 {
		s.Errorf("%d entries in the audit", len(entries))
	}
	failing := errors.New("no")
	_, err := s.store.UpdateAhead(s.ctx, s.provenance(), graph.Ahead{Keys: u.keys}, func(graph.Tx) error { return failing })
	isError(s, "an update that fails", err, failing)
}

// recordSeen is what a transaction asks about one record.
type recordSeen struct {
	Head      graph.Head
	Version   graph.Version
	Goldens   []graph.Golden // with none, each and both of their parts
	Dangling  []graph.Dangling
	Conflicts []graph.Conflict
	Decisions bool
	Matchings []graph.Matching
	Cases     []graph.Rectification // open, and of any state
}

func (w *world) oneByOne(tx graph.Tx) (seen []recordSeen) {
	s := w.s
	for _, k := range w.universe().keys {
		one := recordSeen{
			Head:      must[[]graph.Head](s)(tx.Heads(s.ctx, []model.RecordKey{k}))[0],
			Decisions: must[bool](s)(tx.HasDecisions(s.ctx)),
			Matchings: must[[]graph.Matching](s)(tx.Matchings(s.ctx)),
			Cases: append(all(s, tx.Rectifications(s.ctx, graph.RectificationOpen, model.EntityID{}, plenty)),
				all(s, tx.Rectifications(s.ctx, "", model.EntityID{}, plenty))...),
		}
		if id := one.Head.ID; !id.IsZero() {
			one.Version = must[[]graph.Version](s)(tx.Versions(s.ctx, []model.EntityID{id}))[0]
			for parts := range graph.WithValues | graph.WithEvidence + 1 {
				one.Goldens = append(one.Goldens, must[[]graph.Golden](s)(tx.Goldens(s.ctx, []model.EntityID{one.Head.Golden}, parts))...)
			}
			one.Dangling = all(s, tx.DanglingOf(s.ctx, []model.EntityID{id}))
			one.Conflicts = all(s, tx.ConflictsOn(s.ctx, []model.EntityID{id}))
		}
		seen = append(seen, one)
	}
	return seen
}

func updateKeepsNoSlice(s *suite) {
	id, record := s.id(), s.id()
	s.update(func(tx graph.Tx, r model.Revision) error {
		g := golden(id, model.Person, r, "Ada")
		changes := []graph.GoldenChange{{New: g, NewTerms: []graph.Term{name("ada", id)}}}
		versions := []graph.Version{{ID: record, Revision: r, Doc: doc("Ada says")}}
		heads := []graph.Head{head(record, key("1"), 1, r)}
		conflicts := []graph.Conflict{{ID: hash(1), Code: "decision", Records: []model.EntityID{record, id}, Revision: r}}
		err := firstError(tx.PutGoldens(s.ctx, changes), tx.AppendVersions(s.ctx, versions), tx.PutHeads(s.ctx, heads), tx.PutConflicts(s.ctx, conflicts, nil))
		for _, b := range [][]byte{g.Sort, g.Values, g.Evidence, versions[0].Doc} {
			clear(b)
		}
		changes[0].NewTerms[0].Key = "overwritten"
		*g = graph.Golden{}
		clear(heads)
		clear(conflicts[0].Records)
		return err
	})
	equal(s, "the golden record", s.golden(s.store, id), *golden(id, model.Person, 1, "Ada"))
	equal(s, "the version", all(s, s.store.History(s.ctx, record)), []graph.Version{{ID: record, Revision: 1, Doc: doc("Ada says")}})
	equal(s, "the head", must[[]graph.Head](s)(s.store.HeadsByID(s.ctx, []model.EntityID{record})), []graph.Head{head(record, key("1"), 1, 1)})
	if got := s.find(s.store, graph.FindQuery{Kind: model.Person, Disclosure: open, Terms: []graph.FindTerm{{Spaces: []graph.Space{nameSpace}, Key: "ada"}}}); len(got) != 1 {
		s.Errorf("the term finds %d golden records", len(got))
	}
	if got := all(s, s.store.ConflictsOn(s.ctx, []model.EntityID{record})); len(got) != 1 || !slices.Contains(got[0].Records, id) {
		s.Errorf("the conflict is %v", got)
	}
}

func updateEmptySlices(s *suite) {
	s.update(func(tx graph.Tx, _ model.Revision) error {
		return firstError(tx.PutHeads(s.ctx, nil), tx.AppendVersions(s.ctx, nil), tx.PutGoldens(s.ctx, nil), tx.Move(s.ctx, nil),
			tx.PutMatchKeys(s.ctx, nil, nil), tx.PutDangling(s.ctx, nil, nil), tx.PutFlawed(s.ctx, nil, nil), tx.PutSealed(s.ctx, nil), tx.PutDecisions(s.ctx, nil), tx.PutMarks(s.ctx, nil),
			tx.PutPairs(s.ctx, nil, nil), tx.PutUnmatched(s.ctx, model.Person, nil, nil), tx.PutIndexKeys(s.ctx, model.Person, nil, nil),
			tx.PutIndexed(s.ctx, model.Person, nil, nil), tx.PutConflicts(s.ctx, nil, nil), tx.PutQuarantine(s.ctx, nil, nil))
	})
	store := s.store
	lengths := map[string]int{
		"Goldens":     len(must[[]graph.Golden](s)(store.Goldens(s.ctx, nil, graph.WithValues))),
		"Versions":    len(must[[]graph.Version](s)(store.Versions(s.ctx, nil))),
		"Known":       len(must[[]bool](s)(store.Known(s.ctx, nil))),
		"Heads":       len(must[[]graph.Head](s)(store.Heads(s.ctx, nil))),
		"HeadsByID":   len(must[[]graph.Head](s)(store.HeadsByID(s.ctx, nil))),
		"Sealed":      len(must[[]graph.Sealed](s)(store.Sealed(s.ctx, nil))),
		"MatchKeys":   len(all(s, store.MatchKeys(s.ctx, nil))),
		"Waiting":     len(all(s, store.Waiting(s.ctx, nil))),
		"DanglingOf":  len(all(s, store.DanglingOf(s.ctx, nil))),
		"Referrers":   len(all(s, store.Referrers(s.ctx, nil, nil, model.Unclassified))),
		"LinksTo":     len(must[[][]graph.Link](s)(store.LinksTo(s.ctx, nil, 2, model.Unclassified, plenty))),
		"DecisionsOn": len(all(s, store.DecisionsOn(s.ctx, nil))),
		"MarksOn":     len(all(s, store.MarksOn(s.ctx, nil))),
		"PairsOn":     len(all(s, store.PairsOn(s.ctx, nil))),
		"Heaviest":    len(all(s, store.Heaviest(s.ctx, graph.HeaviestQuery{Kind: model.Person, Band: graph.ReviewBand}))),
		"IndexKeys":   len(all(s, store.IndexKeys(s.ctx, model.Person, nil, plenty, false))),
		"Indexed":     len(must[[]graph.Indexed](s)(store.Indexed(s.ctx, nil))),
		"ConflictsOn": len(all(s, store.ConflictsOn(s.ctx, nil))),
	}
	for method, n := range lengths {
		if n != 0 {
			s.Errorf("%s of nothing answers %d", method, n)
		}
	}
}

// updateInsideIteration is what a full delivery's end does: it scans heads and,
// for some, reads and writes before it takes the next.
func updateInsideIteration(s *suite) {
	const n = 700
	ids := s.ids(n)
	s.update(func(tx graph.Tx, r model.Revision) error {
		heads := make([]graph.Head, n)
		for i, id := range ids {
			heads[i] = head(id, key(fmt.Sprint(i)), i, r)
		}
		return tx.PutHeads(s.ctx, heads)
	})
	s.update(func(tx graph.Tx, r model.Revision) error {
		var seen []model.EntityID
		for h, err := range tx.ScanHeads(s.ctx, "school", "persons") {
			if err != nil {
				return err
			}
			seen = append(seen, h.ID)
			if len(seen)%10 != 0 {
				continue
			}
			if back, err := tx.HeadsByID(s.ctx, []model.EntityID{h.ID}); err != nil || back[0].ID != h.ID {
				return fmt.Errorf("read %v inside the iteration: %v, %w", h.ID, back, err)
			}
			h.Live, h.Item, h.Revision = false, graph.Hash{}, r
			if err := firstError(tx.PutHeads(s.ctx, []graph.Head{h}),
				tx.AppendVersions(s.ctx, []graph.Version{{ID: h.ID, Revision: r}})); err != nil {
				return err
			}
		}
		equal(s, "ids that the iteration saw", seen, ids)
		return nil
	})
	if live := must[int64](s)(s.store.CountPart(s.ctx, "school", "persons")); live != n-n/10 {
		s.Errorf("%d heads are live, want %d", live, n-n/10)
	}
}
