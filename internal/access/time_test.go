package access_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// feedOf is the whole feed of a caller, "revision id what".
func feedOf(t *testing.T, v *access.View, size int) (out []string) {
	t.Helper()
	for cursor := ""; ; {
		p, err := v.Changes(ctx, cursor, size)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Items {
			line := fmt.Sprint(c.Revision, " ", c.ID[15], " ", c.What)
			if !c.Redirect.IsZero() {
				line += fmt.Sprint(" ", c.Redirect[15])
			}
			out = append(out, line)
		}
		cursor = p.Cursor
		if !p.HasNext {
			// Nothing comes twice, and nothing that has not happened.
			again, err := v.Changes(ctx, cursor, size)
			if err != nil {
				t.Fatal(err)
			}
			if len(again.Items) > 0 {
				t.Errorf("the end of the feed has more: %+v", again.Items)
			}
			return out
		}
	}
}

// eventfulTown: a person and a job are there, change, and become protected; a
// unit closes; two units merge and part; one ends.
func eventfulTown() *town {
	t := newTown()
	person := func(level model.Protection, name string) {
		t.put(1, "hr", model.Person, "p", say(ontology.PersonFamilyName, text(name)), say(ontology.PersonEmail, work), say(ontology.PersonProtection, noteOf(level)))
	}
	person(model.ProtectionNone, "Ek")
	t.put(2, "hr", model.Role, "j", say(ontology.RoleType, code("role-type", "employment")), say(ontology.RoleTitle, text("Lärare")), say(ontology.RoleHolder, to("hr", model.Person, "p")))
	t.put(3, "hr", model.Organisation, "u", say(ontology.OrgName, text("Enhet")))
	t.put(4, "school", model.Organisation, "u", say(ontology.OrgName, text("Enhet")))
	t.put(5, "hr", model.Service, "s", say(ontology.ServiceName, text("Lov")), say(ontology.ServiceCaseHandlers, text("Eva")))
	t.commit()
	person(model.ProtectionNone, "Ekman") // hidden from the house
	t.put(5, "hr", model.Service, "s", say(ontology.ServiceName, text("Lov")), say(ontology.ServiceCaseHandlers, text("Ulf")))
	t.merge(3, 4)
	t.commit()
	person(marked, "Ekman")
	t.split(4)
	t.commit()
	t.put(3, "hr", model.Organisation, "u")
	t.putAs(4, "school", model.Organisation, "u", model.Restricted, say(ontology.OrgName, text("Enhet")))
	t.commit()
	return t
}

func TestTheFeedTellsWhatTheCallerMayKnow(t *testing.T) {
	tw := eventfulTown()
	for name, c := range map[string]struct {
		rights access.Rights
		want   []string
	}{
		// Units are hidden today once they closed, so what was told of them is not
		// told again, only that they went.
		"public": {public, []string{"1 3 changed", "1 5 changed", "4 3 ended", "2 4 withdrawn", "4 4 withdrawn"}},
		"house":  {reader, []string{"1 3 changed", "1 5 changed", "2 5 changed", "3 1 withdrawn", "3 2 withdrawn", "4 3 ended", "2 4 withdrawn", "4 4 withdrawn"}},
		"restricted": {restricted, []string{"1 3 changed", "1 4 changed", "1 5 changed", "2 4 merged 3", "2 5 changed",
			"3 1 withdrawn", "3 2 withdrawn", "3 4 changed", "4 3 ended", "4 4 changed"}},
		"protected": {protected, []string{"1 1 changed", "1 2 changed", "1 3 changed", "1 4 changed", "1 5 changed",
			"2 1 changed", "2 4 merged 3", "2 5 changed", "3 1 changed", "3 2 changed", "3 4 changed", "4 3 ended", "4 4 changed"}},
	} {
		for _, size := range []int{1, 3, 100} {
			got := feedOf(t, tw.view(c.rights), size)
			// In the order of the feed: by revision and id.
			want := map[string]bool{}
			for _, line := range c.want {
				want[line] = true
			}
			for _, line := range got {
				if !want[line] {
					t.Errorf("%s is told %q", name, line)
				}
				delete(want, line)
			}
			for line := range want {
				t.Errorf("%s is not told %q", name, line)
			}
		}
	}
}

func TestThePastIsSeenWithTodaysProtection(t *testing.T) {
	tw := eventfulTown()
	for name, c := range map[string]struct {
		rights access.Rights
		id     int
		want   map[model.Revision]bool // there as more than a flag
	}{
		"a person who is protected today":        {reader, 1, map[model.Revision]bool{1: false, 2: false, 3: false}},
		"a job of one":                           {reader, 2, map[model.Revision]bool{1: false, 2: false, 3: false}},
		"a job of one, with a purpose":           {protected, 2, map[model.Revision]bool{1: true, 2: true, 3: true}},
		"a unit that is closed today":            {public, 4, map[model.Revision]bool{1: false, 3: false, 4: false}},
		"a unit that is closed, with the scope":  {restricted, 4, map[model.Revision]bool{1: true, 2: true, 3: true, 4: true}},
		"a unit that held what is closed today":  {public, 3, map[model.Revision]bool{1: true, 2: false, 3: true, 4: false}},
		"a service, whatever of it was internal": {public, 5, map[model.Revision]bool{1: true, 2: true, 3: true, 4: true}},
	} {
		for r, want := range c.want {
			v, err := tw.view(c.rights).At(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			e, err := v.Entity(ctx, id(c.id))
			if err != nil && !errors.Is(err, access.ErrNotFound) {
				t.Fatal(err)
			}
			if got := err == nil && (e.Disclosure != model.Protected || c.rights.Clearance() == model.Protected); got != want {
				t.Errorf("%s at revision %d: %v", name, r, got)
			}
		}
	}
}

func TestALinkOfThePastToWhomIsProtectedTodayIsHidden(t *testing.T) {
	tw := newTown()
	person := func(level model.Protection) {
		tw.put(1, "hr", model.Person, "p", say(ontology.PersonFamilyName, text("Ek")), say(ontology.PersonProtection, noteOf(level)))
	}
	person(model.ProtectionNone)
	tw.put(2, "hr", model.Role, "post", say(ontology.RoleType, code("role-type", "post")), say(ontology.RoleHolder, to("hr", model.Person, "p")))
	tw.commit()
	person(marked)
	tw.commit()
	for name, c := range map[string]struct {
		rights access.Rights
		want   int
	}{"with the scope": {restricted, 0}, "with a purpose": {protected, 1}} {
		then, err := tw.view(c.rights).At(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		e, err := then.Entity(ctx, id(2))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(e.All(ontology.RoleHolder)); got != c.want {
			t.Errorf("%s: %d holders", name, got)
		}
	}
}

func TestWhatAProtectedPersonHeldOnceIsHidden(t *testing.T) {
	tw := newTown()
	// The job is gone before its holder is protected, or even known.
	tw.put(2, "hr", model.Role, "j", say(ontology.RoleType, code("role-type", "employment")), say(ontology.RoleHolder, to("hr", model.Person, "p")))
	tw.commit()
	tw.put(1, "hr", model.Person, "p", say(ontology.PersonFamilyName, text("Ek")), say(ontology.PersonProtection, noteOf(model.ProtectionNone)))
	tw.commit()
	tw.put(2, "hr", model.Role, "j")
	tw.commit()
	there := func(r model.Revision) bool {
		then, err := tw.view(reader).At(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		_, err = then.Entity(ctx, id(2))
		return err == nil
	}
	if !there(1) || !there(2) {
		t.Fatal("the job is not in the past at all")
	}
	tw.put(1, "hr", model.Person, "p", say(ontology.PersonFamilyName, text("Ek")), say(ontology.PersonProtection, noteOf(marked)))
	tw.commit()
	if there(1) || there(2) {
		t.Error("a job of a protected person is in the past")
	}
	for _, line := range feedOf(t, tw.view(reader), 10) {
		if line != "3 2 withdrawn" && line != "4 1 withdrawn" {
			t.Errorf("the feed tells %q", line)
		}
	}
}

func TestAMergedIDLeadsToWhatItIsNow(t *testing.T) {
	tw := eventfulTown()
	then, err := tw.view(restricted).At(ctx, 2)
	if err != nil {
		t.Fatal(err)
	}
	e, err := then.Entity(ctx, id(4))
	if err != nil {
		t.Fatal(err)
	}
	if e.ID != id(3) || e.Redirect != id(3) || e.State != graph.Live {
		t.Errorf("a merged id gives %s, redirect %s, state %d", e.ID, e.Redirect, e.State)
	}
	now, err := tw.view(restricted).Entity(ctx, id(4))
	if err != nil {
		t.Fatal(err)
	}
	if now.ID != id(4) || !now.Redirect.IsZero() {
		t.Errorf("after the split it gives %s, redirect %s", now.ID, now.Redirect)
	}
}

func TestHistoryHasTheVersionsThatDifferForTheCaller(t *testing.T) {
	tw := eventfulTown()
	for name, c := range map[string]struct {
		rights access.Rights
		id     int
		want   []string
	}{
		"a service to the public":     {public, 5, []string{"1 live"}},
		"a service to the house":      {reader, 5, []string{"1 live", "2 live"}},
		"a unit that merged":          {restricted, 4, []string{"1 live", "2 merged", "3 live", "4 live"}},
		"a unit that ended":           {public, 3, []string{"1 live", "4 ended"}},
		"a person with a purpose":     {protected, 1, []string{"1 live", "2 live", "3 live"}},
		"a protected person's job":    {restricted, 2, nil},
		"a unit that is closed today": {public, 4, nil},
	} {
		v := tw.view(c.rights)
		history, err := v.History(ctx, id(c.id))
		if err != nil && !errors.Is(err, access.ErrNotFound) {
			t.Fatal(err)
		}
		var got []string
		for _, e := range history {
			got = append(got, fmt.Sprint(e.Revision, " ", map[graph.GoldenState]string{graph.Live: "live", graph.Merged: "merged", graph.Ended: "ended"}[e.State]))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		revised, err := v.Revised(ctx, ids(c.id))
		if err != nil {
			t.Fatal(err)
		}
		want := model.Revision(0)
		if n := len(history); n > 0 {
			want = history[n-1].Revision
		}
		if revised[0] != want {
			t.Errorf("%s: revised at %d, want %d", name, revised[0], want)
		}
	}
}

func TestGoneIsWhatWasOnceShown(t *testing.T) {
	tw := eventfulTown()
	for name, c := range map[string]struct {
		rights access.Rights
		id     int
		want   bool
	}{
		"a unit that ended":                 {public, 3, true},
		"a unit that closed":                {public, 4, true},
		"a unit that is there":              {restricted, 4, false},
		"a service that is there":           {public, 5, false},
		"a person, to the public":           {public, 1, false},
		"a job that is protected":           {reader, 2, true},
		"a job, to the public":              {public, 2, false},
		"nothing":                           {public, 99, false},
		"a protected person shows the flag": {reader, 1, false},
	} {
		got, err := tw.view(c.rights).Gone(ctx, id(c.id))
		if err != nil {
			t.Fatal(err)
		}
		if got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// remembering is an auditor that keeps whom it was told of.
type remembering struct {
	access.Auditor
	subjects []model.EntityID
}

func (r *remembering) Append(_ context.Context, entries ...audit.Entry) error {
	for _, e := range entries {
		r.subjects = append(r.subjects, e.Subjects...)
	}
	return nil
}

// A unit that is closed today was open then, with nothing in it above that: whoever
// may see it is in the audit all the same, however it is asked.
func TestTheAuditIsToldOfThePastByWhatIsClosedToday(t *testing.T) {
	tw := eventfulTown()
	const unit = 4
	for name, ask := range map[string]func(*access.View) error{
		"at a revision": func(v *access.View) error {
			then, err := v.At(ctx, 1)
			if err == nil {
				_, err = then.Entity(ctx, id(unit))
			}
			return err
		},
		"history": func(v *access.View) error {
			_, err := v.History(ctx, id(unit))
			return err
		},
		"a difference": func(v *access.View) error {
			_, err := v.Difference(ctx, id(unit), 1, 2)
			return err
		},
	} {
		told := &remembering{}
		v := access.New(access.Deps{
			Auditor: told, Store: tw.store, BaseIRI: base, Unsealer: tw.store, Keyer: keyer{}, Hearer: tw, Sources: sources, Clock: func() time.Time { return tw.now },
		}).View(restricted)
		if err := ask(v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.Contains(told.subjects, id(unit)) {
			t.Errorf("%s: the audit is told of %v", name, told.subjects)
		}
	}
}
