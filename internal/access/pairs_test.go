package access_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func TestPairsAreForWhoMaySeeBothRecordsAndWhatTheyAreComparedBy(t *testing.T) {
	tw := newTown()
	tw.put(1, "hr", model.Person, "a", say(ontology.PersonGivenName, text("Anna")), say(ontology.PersonIdentifier, ident(model.Personnummer, anna)))
	tw.put(2, "hr", model.Person, "b", say(ontology.PersonGivenName, text("Ana")), say(ontology.PersonIdentifier, ident(model.EPPN, "ana@skola.example")))
	tw.put(3, "hr", model.Person, "c", say(ontology.PersonGivenName, text("Anna")), say(ontology.PersonProtection, noteOf(marked)))
	tw.put(4, "hr", model.Person, "d", say(ontology.PersonGivenName, text("Hanna")))
	tw.commit()
	tw.store.pairs = []graph.Pair{
		pair(model.Person, -2, 1, 2), pair(model.Person, -1, 1, 3), pair(model.Person, -3, 2, 3), pair(model.Person, -5, 1, 4), pair(model.Person, -4, 2, 4), pair(model.Person, 3, 3, 4),
	}
	sortPairs(tw.store.pairs)
	tw.store.decisions = []graph.Decision{
		{ID: id(501), A: id(2), B: id(3), Verdict: graph.Different, Revision: 1}, // it has left the list
		{ID: id(502), A: id(2), B: id(4), Verdict: graph.Same, Revision: 1}, {ID: id(503), A: id(2), B: id(4), Verdict: graph.Unsure, Revision: 2},
	}
	waiting := func(r access.Rights) (out []string) {
		page, err := tw.view(r).Reviews(ctx, model.Person, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Items {
			out = append(out, p.A.LocalID+" "+p.B.LocalID)
		}
		return out
	}
	steward := access.Rights{Role: access.Steward}
	for _, c := range []struct {
		name   string
		rights access.Rights
		want   []string
	}{
		{"a steward who may see no restricted values", steward, nil},
		{"a steward with restricted:read", restSt, []string{"a b", "b d", "a d"}},
		{"a steward with protected:read", protected, []string{"a c", "a b", "b d", "a d"}},
	} {
		if diff := cmp.Diff(c.want, waiting(c.rights)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		counts, err := tw.view(c.rights).WorkCounts(ctx)
		if err != nil || counts.Reviews[model.Person] != int64(len(c.want)) || (counts.Reviews == nil) != (c.want == nil) {
			t.Errorf("%s is told of %v that wait, %v", c.name, counts.Reviews, err)
		}
		among, err := tw.view(c.rights).PairsAmong(ctx, []model.EntityID{id(1), id(3), id(4)})
		if want := map[int]int{0: 0, 3: 1, 4: 3}[len(c.want)]; err != nil || len(among) != want {
			t.Errorf("%s is shown %d pairs among three, want %d: %v", c.name, len(among), want, err)
		}
	}
	if _, err := tw.view(restricted).PairsAmong(ctx, []model.EntityID{id(1), id(2)}); !errors.Is(err, access.ErrForbidden) {
		t.Errorf("a reader asks what records weigh: %v", err)
	}
	if _, err := tw.view(restSt).Waterfall(ctx, id(1), id(3)); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the waterfall with a protected person: %v", err)
	}
	if _, err := tw.view(steward).Waterfall(ctx, id(1), id(2)); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("the waterfall without restricted:read: %v", err)
	}
	w, err := tw.view(restSt).Waterfall(ctx, id(1), id(2))
	if err != nil {
		t.Fatal(err)
	}
	text := answer(w, nil)
	if strings.Contains(text, anna) || strings.Contains(text, bertil) {
		t.Errorf("the waterfall shows a personal number without identifier:lookup: %s", text)
	}
	if len(w.Steps) != 2 || len(w.Steps[1].A) == 0 || len(w.Steps[1].B) == 0 {
		t.Errorf("the waterfall lacks the values that it compares: %s", text)
	}
}

// choosing compared the third statement of one record, and all of the other.
type choosing struct{ keyer }

func (choosing) WeighPair(context.Context, model.EntityID, model.EntityID) (access.Evidence, bool, error) {
	return access.Evidence{Band: "link", Steps: []access.EvidenceStep{
		{Comparison: "given", Level: "same", Properties: []model.PropertyID{ontology.PersonGivenName}, SaidA: []int{2}},
		{Comparison: "family", Level: "same", Properties: []model.PropertyID{ontology.PersonFamilyName}, SaidA: []int{0}},
	}}, true, nil
}

func TestAWaterfallShowsWhichOfSeveralValuesWereCompared(t *testing.T) {
	tw := newTown()
	hidden := model.PropertyID(60_000) // of no table: nobody is shown it
	tw.put(1, "hr", model.Person, "a", say(hidden, text("x")), say(ontology.PersonGivenName, text("Anna")), say(ontology.PersonGivenName, text("Annika")), say(ontology.PersonFamilyName, text("Berg")))
	tw.put(2, "hr", model.Person, "b", say(ontology.PersonGivenName, text("Annika")), say(ontology.PersonGivenName, text("Ana")))
	tw.commit()
	a := access.New(access.Deps{Auditor: access.Unaudited, Store: tw.store, BaseIRI: base, Unsealer: tw.store, Keyer: keyer{}, Weigher: choosing{}, Sources: sources, Clock: func() time.Time { return tw.now }})
	w, err := a.View(restSt).Waterfall(ctx, id(1), id(2))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]model.Value{text("Annika")}, w.Steps[0].A); diff != "" {
		t.Errorf("of one record (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]model.Value{text("Annika"), text("Ana")}, w.Steps[0].B); diff != "" {
		t.Errorf("of the other (-want +got):\n%s", diff)
	}
	if len(w.Steps[1].A) != 0 {
		t.Errorf("a value that was not compared is shown, or one that the caller may not see: %v", w.Steps[1].A)
	}
}
