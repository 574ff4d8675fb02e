package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// timelineOf is a timeline as lines: "revision what (cause, …): property before -> after".
func timelineOf(t *testing.T, v *access.View, id model.EntityID, size int) (out []string) {
	t.Helper()
	for cursor := ""; ; {
		p, err := v.Timeline(ctx, id, access.Page{First: size, After: cursor})
		if errors.Is(err, access.ErrNotFound) {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range p.Items {
			line := fmt.Sprint(e.Revision, " ", e.What)
			for _, c := range e.Causes {
				line += fmt.Sprint(" (", c.Kind)
				if c.Source != "" {
					line += " " + string(c.Source)
				}
				if c.Delivery != nil {
					line += " " + c.Delivery.Name
				}
				if c.Decision != nil {
					line += " " + c.Decision.Reason
				}
				for _, r := range c.Records {
					line += fmt.Sprint(" ", r[15])
				}
				line += ")"
			}
			for _, c := range e.Changes {
				name := "period"
				if p := ontology.ByID(c.Property); p != nil {
					name = p.Name
				}
				line += fmt.Sprint("; ", name, " ", valuesText(c.Before), "->", valuesText(c.After))
			}
			out, cursor = append(out, line), e.Cursor
		}
		if !p.HasNext {
			return out
		}
	}
}

func valuesText(all []model.GoldenValue) string {
	var out []string
	for _, v := range all {
		switch v := v.Value.(type) {
		case model.Text:
			out = append(out, v.Text)
		case model.Code:
			out = append(out, v.Notation)
		case model.Contact:
			out = append(out, v.Value)
		default:
			out = append(out, fmt.Sprintf("%T", v))
		}
	}
	return "[" + strings.Join(out, " ") + "]"
}

func TestATimelineSaysWhatChangedAndWhy(t *testing.T) {
	tw := eventfulTown()
	tw.store.delivered = []graph.Delivery{{ID: deliveries["hr"], Source: "hr", Name: "a.xml"}, {ID: deliveries["social"], Source: "social", Name: "b.xml"}}
	tw.store.decisions = []graph.Decision{
		{ID: id(500), A: id(4), B: id(5), Verdict: graph.Same, Reason: "one thing", Revision: 2},
		{ID: id(501), A: id(1), B: id(5), Verdict: graph.Different, Reason: "about Ek", Revision: 2},
	}
	tw.store.provenance[2] = graph.Provenance{Actor: "karin", Reason: "one thing"}
	tw.store.provenance[3] = graph.Provenance{Actor: graph.SystemActor, Reason: graph.ReasonRebuild}
	for name, c := range map[string]struct {
		rights access.Rights
		id     int
		want   []string
	}{
		"a service, to the public": {public, 5, []string{"1 appeared (delivery hr); name []->[Lov]"}},
		"a service, to the house": {reader, 5, []string{
			"1 appeared (delivery hr); name []->[Lov]; caseHandlers []->[Eva]", "2 changed (delivery hr); caseHandlers [Eva]->[Ulf]"}},
		"a service, to a steward, who may not see the decision about Ek": {steward, 5, []string{
			"1 appeared (delivery hr a.xml); name []->[Lov]; caseHandlers []->[Eva]", "2 changed (delivery hr a.xml); caseHandlers [Eva]->[Ulf]"}},
		"a unit that another was merged into": {restSt, 3, []string{
			"1 appeared (delivery hr a.xml); name []->[Enhet]", "2 changed (merge 4) (decision one thing)", "3 changed (split 4) (rule)", "4 ended (delivery hr a.xml)"}},
		"a unit that was merged, to the house": {restricted, 4, []string{
			"1 appeared (delivery school); name []->[Enhet]", "2 merged", "3 appeared; name []->[Enhet]"}},
		"a unit whose other half is closed today": {public, 3, []string{"1 appeared (delivery hr); name []->[Enhet]", "4 ended (delivery hr)"}},
		"a person who is protected today":         {restricted, 1, nil},
		"a protected person, with a purpose": {protected, 1, []string{
			"1 appeared (delivery hr a.xml); familyName []->[Ek]; email []->[anna@kommun.example]; protection []->[none]",
			"2 changed (delivery hr a.xml) (decision about Ek); familyName [Ek]->[Ekman]",
			"3 changed (delivery hr a.xml) (protection) (rule); protection [none]->[sekretessmarkering]"}},
	} {
		for _, size := range []int{1, 100} {
			if diff := cmp.Diff(c.want, timelineOf(t, tw.view(c.rights), id(c.id), size)); diff != "" {
				t.Errorf("%s, %d at a time: %s", name, size, diff)
			}
		}
	}
}

func TestATimelineOfThePastEndsThere(t *testing.T) {
	tw := eventfulTown()
	then, err := tw.view(restricted).At(ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := timelineOf(t, then, id(4), 10); len(got) != 2 || !strings.HasPrefix(got[1], "2 merged") {
		t.Errorf("at revision 2 the history is %q", got)
	}
}

func TestACursorOfAnotherHistoryIsRefused(t *testing.T) {
	v := eventfulTown().view(restricted)
	p, err := v.Timeline(ctx, id(4), access.Page{First: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Timeline(ctx, id(3), access.Page{First: 1, After: p.Items[0].Cursor}); !errors.Is(err, access.ErrOtherList) {
		t.Errorf("another record's cursor gives %v", err)
	}
}

// TestDifferencesAreWhatTwoPastsSay: the records that differ are exactly those
// that a caller sees otherwise at the one revision than at the other.
func TestDifferencesAreWhatTwoPastsSay(t *testing.T) {
	for townName, tw := range map[string]*town{"eventful": eventfulTown(), "lively": livelyTown()} {
		for name, rights := range callers {
			v := tw.view(rights)
			for to := model.Revision(1); to <= tw.store.at; to++ {
				for from := range to {
					var want []model.EntityID
					for n := range tw.keys {
						if !cmp.Equal(entityThen(t, v, n, from), entityThen(t, v, n, to)) {
							want = append(want, n)
						}
					}
					got := differencesOf(t, v, from, to)
					slices.SortFunc(want, model.EntityID.Compare)
					slices.SortFunc(got, model.EntityID.Compare)
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s, %s, from %d to %d: %s", townName, name, from, to, diff)
					}
				}
			}
		}
	}
}

// entityThen is what a caller sees of an id itself at a revision, but for its class.
func entityThen(t *testing.T, v *access.View, n model.EntityID, r model.Revision) *access.Entity {
	t.Helper()
	then, err := v.At(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	e, err := then.Entity(ctx, n)
	switch {
	case errors.Is(err, access.ErrNotFound):
		return nil
	case err != nil:
		t.Fatal(err)
	}
	if e.ID != n || e.Disclosure == model.Protected && v.Rights().Clearance() != model.Protected {
		return nil
	}
	e.Disclosure, e.Secret = model.Unclassified, false
	for i := range e.Values {
		if l, ok := e.Values[i].Value.(model.Link); ok {
			l.Disclosure = model.Unclassified
			e.Values[i].Value = l
		}
	}
	return e
}

func differencesOf(t *testing.T, v *access.View, from, to model.Revision) (out []model.EntityID) {
	t.Helper()
	q := access.DifferenceQuery{From: from, To: to, First: 2}
	for {
		p, err := v.Differences(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range p.Items {
			one, err := v.Difference(ctx, d.ID, from, to)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&d, one); diff != "" {
				t.Errorf("asked for by itself: %s", diff)
			}
			out, q.After = append(out, d.ID), p.Cursors[i]
		}
		if !p.HasNext {
			return out
		}
	}
}

func TestADifferenceNeedsTwoRevisionsInOrder(t *testing.T) {
	v := eventfulTown().view(reader)
	for _, span := range [][2]model.Revision{{2, 2}, {3, 1}, {-1, 2}} {
		if _, err := v.Difference(ctx, id(5), span[0], span[1]); !errors.Is(err, access.ErrBadRequest) {
			t.Errorf("from %d to %d: %v", span[0], span[1], err)
		}
	}
	if _, err := v.Differences(ctx, access.DifferenceQuery{From: 1, To: 9, First: 1}); !errors.Is(err, graph.ErrFutureRevision) {
		t.Errorf("to a revision that has not happened: %v", err)
	}
}

func TestTheRevisionOfAnInstant(t *testing.T) {
	tw := newTown()
	for range 100 {
		tw.commit()
	}
	began := tw.now
	tw.now = tw.now.Add(1000 * time.Hour)
	v := tw.view(public)
	for r := model.Revision(0); r <= 100; r++ {
		for after, want := range map[time.Duration]model.Revision{-time.Second: max(r-1, 0), 0: r, time.Minute: r} {
			got, err := v.RevisionAt(ctx, began.Add(time.Duration(r)*time.Hour+after))
			if err != nil || got != want {
				t.Errorf("%s after revision %d it is %d, %v; want %d", after, r, got, err, want)
			}
		}
	}
	if _, err := v.RevisionAt(ctx, tw.now.Add(time.Second)); !errors.Is(err, graph.ErrFutureRevision) {
		t.Errorf("an instant to come: %v", err)
	}
}
