package registry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/registry"
	"github.com/karna-registry/karna/model"
)

// Whoever may merge sees what came of it, and may take it back: the records that they
// saw before, the decisions, and after a split all of it is as it was. What they are
// refused changes nothing, and they see why.
func TestWhoMergesMaySplit(t *testing.T) {
	everything := []access.Scope{access.RestrictedRead, access.IdentifierLookup}
	callers := map[string]access.Rights{
		"house": {}, "restricted": {Scopes: everything}, "one board": {Scopes: everything, Authorities: []string{"Nämnden a"}},
		"protected": {Scopes: append([]access.Scope{access.ProtectedRead}, everything...)},
	}
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		w.deliver(rt, drawEvents(rt))
		rights := callers[rapid.SampledFrom([]string{"house", "restricted", "restricted", "one board", "protected"}).Draw(rt, "caller")]
		rights.Role, rights.Actor, rights.Purpose = access.Steward, "steward", "ärende 7"
		v := w.access().View(rights)
		ctx := context.Background()
		records := map[model.EntityID][]model.EntityID{} // of the persons in sight
		var ids []model.EntityID
		numbers := map[string]bool{}
		for id := range w.liveMembers(rt, model.Person) {
			seen, err := v.Records(ctx, id)
			switch {
			case errors.Is(err, access.ErrNotFound):
				continue
			case err != nil:
				rt.Fatalf("records: %v", err)
			}
			for _, rec := range seen {
				if rec.Live {
					records[id] = append(records[id], rec.ID)
				}
			}
			if len(records[id]) > 0 {
				ids = append(ids, id)
			}
			for _, rec := range seen {
				said, err := v.RecordHistory(ctx, rec.ID)
				if err != nil {
					rt.Fatalf("history: %v", err)
				}
				for _, version := range said {
					for _, n := range numbersSaid(version.Record) {
						numbers[n] = true
					}
				}
			}
		}
		if len(ids) < 2 {
			return
		}
		slices.SortFunc(ids, model.EntityID.Compare)
		pair := rapid.Permutation(ids).Draw(rt, "pair")[:2]
		before, revision := w.canonical(rt), w.revision(rt)
		_, err := w.registry.Merge(ctx, "steward", pair, "samma person", v.MayJoin)
		if errors.Is(err, access.ErrIdentities) {
			if diff := cmp.Diff(before, w.canonical(rt)); diff != "" || w.revision(rt) != revision {
				rt.Fatalf("what was refused has changed (-before +after):\n%s", diff)
			}
			if len(numbers) < 2 {
				rt.Fatalf("refused for numbers of which the caller sees %d", len(numbers))
			}
			return
		}
		if err != nil {
			rt.Fatalf("merge: %v", err)
		}
		into := w.goldenOf(rt, records[pair[0]][0])
		seen, err := v.Records(ctx, into)
		if errors.Is(err, access.ErrNotFound) {
			for _, m := range w.liveMembers(rt, model.Person)[into] {
				if !slices.ContainsFunc(ids, func(id model.EntityID) bool { return slices.Contains(records[id], m) }) {
					return // somebody whom the caller does not see was brought in
				}
			}
		}
		if err != nil {
			rt.Fatalf("what was merged is not to be seen: %v", err)
		}
		for _, id := range slices.Concat(records[pair[0]], records[pair[1]]) {
			if !slices.ContainsFunc(seen, func(r access.RecordInfo) bool { return r.ID == id }) {
				rt.Fatalf("record %s is not to be seen after the merge", id)
			}
		}
		if decided, err := v.Decisions(ctx, into); err != nil || len(decided) != len(records[pair[0]])*len(records[pair[1]]) {
			rt.Fatalf("%d decisions are to be seen: %v", len(decided), err)
		}
		if _, err := w.registry.Split(ctx, "steward", into, records[pair[1]], "olika personer", v.MayJoin); err != nil {
			rt.Fatalf("split: %v", err)
		}
		if diff := cmp.Diff(before, w.canonical(rt)); diff != "" {
			rt.Fatalf("merge and split do not give the same back (-before +after):\n%s", diff)
		}
	})
}

// numbersSaid are the personal numbers that a record says.
func numbersSaid(rec *model.Record) (out []string) {
	if rec == nil {
		return nil
	}
	for _, st := range rec.Statements {
		if n, ok := st.Value.(model.Identifier); ok && n.Scheme == model.Personnummer && n.Status == model.IdentifierValid {
			out = append(out, n.Value)
		}
	}
	return out
}

// access is what may be seen of the world, by whoever it is.
func (w *world) access() *access.Access {
	return access.New(access.Deps{
		Store: w.store, BaseIRI: "https://data.example.se", Unsealer: w.registry, Keyer: w.registry, Hearer: w.registry, Auditor: w.registry.Audit(),
		Sources: map[model.Source]access.Source{"a": {Authority: "Nämnden a"}, "b": {Authority: "Nämnden b"}},
	})
}

// Whenever two live records share an identifier of a person's and are apart, a steward
// has said so of these very two, or there is a conflict with one of their clusters.
func TestNobodyIsPartedSilently(t *testing.T) {
	onEachEngine(t, func(rt *rapid.T, fresh func() *world) {
		w := fresh()
		w.deliver(rt, drawEvents(rt))
		w.decideAtRandom(rt)
		w.deliver(rt, drawEvents(rt))
		ctx := context.Background()
		v := w.access().View(access.Rights{
			Role: access.Steward, Scopes: []access.Scope{access.RestrictedRead, access.IdentifierLookup, access.ProtectedRead}, Actor: "steward", Purpose: "ärende 7",
		})
		golden := map[model.EntityID]model.EntityID{}
		holders := map[string][]model.EntityID{}
		for id := range w.liveMembers(rt, model.Person) {
			all, err := v.Records(ctx, id)
			if err != nil {
				rt.Fatalf("records: %v", err)
			}
			for _, rec := range all {
				if !rec.Live {
					continue
				}
				golden[rec.ID] = id
				for _, st := range rec.Record.Statements {
					if n, ok := st.Value.(model.Identifier); ok && n.Status == model.IdentifierValid {
						value := string(n.Scheme) + " " + n.Value
						holders[value] = append(holders[value], rec.ID)
					}
				}
			}
		}
		told := map[model.EntityID]bool{} // golden records with a conflict
		for c, err := range w.store.Conflicts(ctx, graph.Hash{}, 10_000) {
			if err != nil {
				rt.Fatalf("conflicts: %v", err)
			}
			if _, _, ofProperty := graph.ConflictProperty(c.Code); !ofProperty {
				for _, id := range c.Records {
					told[golden[id]] = true
				}
			}
		}
		for _, all := range holders {
			decided := map[graph.PairKey]bool{}
			for d, err := range w.store.DecisionsOn(ctx, all) {
				if err != nil {
					rt.Fatalf("decisions: %v", err)
				}
				decided[graph.PairKey{A: d.A, B: d.B}] = d.Verdict == graph.Different
			}
			for _, a := range all {
				for _, b := range all {
					if a.Compare(b) < 0 && golden[a] != golden[b] && !decided[graph.PairKey{A: a, B: b}] && !told[golden[a]] && !told[golden[b]] {
						rt.Fatalf("records %s and %s share an identifier and are apart, and nobody is told", a, b)
					}
				}
			}
		}
	})
}

// A decision on a record that its source has withdrawn counts when it is back, and
// what it parts then without a word on it is a conflict.
func TestADecisionOnARetractedRecordIsToldOfWhenItIsBack(t *testing.T) {
	w := newWorld(t, openSQLite(t), "00001")
	row := func(id, stamp, deleted string) string {
		return fmt.Sprintf("P;%s;2024-01-0%sT00:00:00Z;%s;%s;;Anna;Berg;;;;;;", id, stamp, deleted, worldNumbers[0])
	}
	w.deliver(t, []event{{"a", row("P1", "1", "")}, {"b", row("P1", "1", "")}, {"b", row("P2", "1", "")}})
	heads, err := w.store.Heads(t.Context(), []model.RecordKey{
		{Source: "a", Kind: model.Person, LocalID: "P1"}, {Source: "b", Kind: model.Person, LocalID: "P1"}, {Source: "b", Kind: model.Person, LocalID: "P2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.deliver(t, []event{{"a", row("P1", "2", "J")}})
	if _, err := w.registry.Split(t.Context(), "steward", heads[0].Golden, []model.EntityID{heads[0].ID}, "olika", nil); !errors.Is(err, registry.ErrBadDecision) || !strings.Contains(fmt.Sprint(err), "retracted by its source") {
		t.Errorf("to split the retracted record off: %v", err)
	}
	if _, err := w.registry.Decide(t.Context(), "steward", heads[0].ID, heads[1].ID, graph.Different, "olika", nil); err != nil {
		t.Fatal(err)
	}
	if got := w.goldenOf(t, heads[0].ID); got != w.goldenOf(t, heads[1].ID) {
		t.Errorf("the retracted record is in %s before it is back", got)
	}
	w.deliver(t, []event{{"a", row("P1", "3", "")}})
	if w.goldenOf(t, heads[0].ID) == w.goldenOf(t, heads[1].ID) {
		t.Error("the decision does not count when the record is back")
	}
	if got := w.conflicts(t, false); !slices.Equal(got, []string{"conflict decision-different of [b/person/P1 b/person/P2]"}) {
		t.Errorf("the conflicts are %q, want one of two on whom nobody decided", got)
	}
}
