package access_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// codeTown has three lists. In a: x was replaced by y, y by z. In b: p maps
// exactly to y, and q (replaced by r) is narrower than z. In c: s is what z says
// is nearly the same, and u is hidden.
func codeTown() *town {
	tw := newTown()
	n := 900
	put := func(list, notation string, d model.Disclosure, from, to int16, statements ...model.Statement) {
		n++
		st := append([]model.Statement{say(ontology.ConceptScheme, text(list)), say(ontology.ConceptNotation, text(notation))}, statements...)
		tw.putAs(n, "karna", model.Concept, list+"/"+notation, d, st...)
		if from > 0 {
			tw.records[id(n)].Period.From = model.Date{Year: from, Month: 1, Day: 1}
		}
		if to > 0 {
			tw.records[id(n)].Period.To = model.Date{Year: to, Month: 1, Day: 1}
		}
	}
	concept := func(local string) model.Value { return to("karna", model.Concept, local) }
	put("a", "x", 0, 0, 2000, say(ontology.ConceptReplacedBy, concept("a/y")))
	put("a", "y", 0, 2000, 2010, say(ontology.ConceptReplacedBy, concept("a/z")))
	put("a", "z", 0, 2010, 0, say(ontology.ConceptCloseMatch, concept("c/s")), say(ontology.ConceptExactMatch, concept("c/u")))
	put("b", "p", 0, 0, 0, say(ontology.ConceptExactMatch, concept("a/y")))
	put("b", "q", 0, 0, 2015, say(ontology.ConceptBroadMatch, concept("a/z")), say(ontology.ConceptReplacedBy, concept("b/r")))
	put("b", "r", 0, 2015, 0)
	put("c", "s", 0, 0, 0)
	put("c", "u", model.Restricted, 0, 0)
	tw.commit()
	return tw
}

func TestCodesAreTranslatedAsTheListsSay(t *testing.T) {
	tw := codeTown()
	for _, c := range []struct {
		code, to string
		year     int16
		want     string
	}{
		{"x", "", 1990, "same a/x"},
		{"x", "a", 2005, "replaced a/y"},
		{"x", "", 2020, "replaced a/z"}, // through one that has ended, too
		{"z", "", 2005, "replaced a/y"}, // before it was there
		{"z", "", 1990, "replaced a/x"},
		{"y", "b", 2005, "exact b/p"},
		{"x", "b", 2005, "exact b/p"},
		{"z", "b", 2012, "narrower b/q"},
		{"z", "b", 2020, "narrower b/r"},
		{"z", "c", 2020, "close c/s"},
		{"y", "c", 2005, ""},
	} {
		found, err := tw.view(public).TranslateCode(ctx, code("a", c.code), c.to, model.Date{Year: c.year, Month: 6, Day: 1})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, f := range found {
			if got != "" {
				got += ", "
			}
			scheme, notation := f.Concept.All(ontology.ConceptScheme)[0].Value.(model.Text), f.Concept.All(ontology.ConceptNotation)[0].Value.(model.Text)
			got += fmt.Sprintf("%s %s/%s", f.Relation, scheme.Text, notation.Text)
		}
		if got != c.want {
			t.Errorf("%s into %q in %d is %q, want %q", c.code, c.to, c.year, got, c.want)
		}
	}
	if _, err := tw.view(public).TranslateCode(ctx, code("a", "none"), "", model.Date{Year: 2000}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a code that is in no list: %v", err)
	}
	found, err := tw.view(restricted).TranslateCode(ctx, code("a", "z"), "c", model.Date{Year: 2020, Month: 1, Day: 1})
	if err != nil || len(found) != 2 || found[0].Relation != access.ExactCode {
		t.Errorf("whoever sees more has %v, %v; want an exact one first", found, err)
	}
}

// TestLinksArePagedBothWays: the pages of what refers to something are the same
// forwards and backwards, and say truly whether there are others.
func TestLinksArePagedBothWays(t *testing.T) {
	tw := land(5, 3, nil)
	// One thing links twice to the same.
	tw.put(landUnits+9, "hr", model.Organisation, "9", say(ontology.OrgName, text("Ek")),
		say(ontology.OrgParent, roleLink("line", "1")), say(ontology.OrgParent, roleLink("economy", "1")))
	tw.commit()
	targets := make([]int, landSize)
	for i := range targets {
		targets[i] = landUnits + i
	}
	some := 0
	for _, rights := range []access.Rights{public, restricted} {
		v := tw.view(rights)
		for _, p := range []model.PropertyID{ontology.OrgParent, ontology.RoleOrganisation} {
			all, err := v.ReferrersOf(ctx, ids(targets...), access.ReferrerQuery{Property: p, First: 1000})
			if err != nil {
				t.Fatal(err)
			}
			for i, target := range ids(targets...) {
				ask := func(q access.ReferrerQuery) *access.ReferrerPage {
					q.Property, q.First = p, 2
					pages, err := v.ReferrersOf(ctx, []model.EntityID{target}, q)
					if err != nil {
						t.Fatal(err)
					}
					return pages[0]
				}
				var forwards, backwards []string
				for q := (access.ReferrerQuery{}); ; {
					page := ask(q)
					if page.HasPrevious != (q.After != "") {
						t.Errorf("after %q something is before: %t", q.After, page.HasPrevious)
					}
					if forwards = append(forwards, page.Cursors...); !page.HasNext {
						break
					}
					q.After = page.Cursors[1]
				}
				for q := (access.ReferrerQuery{Backward: true}); ; {
					page := ask(q)
					if page.HasNext != (q.Before != "") {
						t.Errorf("before %q something is after: %t", q.Before, page.HasNext)
					}
					if backwards = append(append([]string{}, page.Cursors...), backwards...); !page.HasPrevious {
						break
					}
					q.Before = page.Cursors[0]
				}
				if diff := cmp.Diff(all[i].Cursors, forwards); diff != "" && len(forwards) > 0 {
					t.Errorf("forwards: %s", diff)
				}
				if diff := cmp.Diff(forwards, backwards); diff != "" && len(forwards) > 0 {
					t.Errorf("backwards: %s", diff)
				}
				some += len(forwards)
			}
		}
	}
	if some < 30 {
		t.Errorf("only %d links: the pages tell too little", some)
	}
}

func roleLink(role, local string) model.Link {
	l := to("hr", model.Organisation, local)
	l.Role = role
	return l
}
