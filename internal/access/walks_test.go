package access_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/karna-registry/karna/graph/cayley"
	"github.com/karna-registry/karna/graph/pathexpr"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/graph/walk"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// everyLink is a step along every link property.
var everyLink = func() (out []walk.Step) {
	for _, kind := range model.Kinds {
		for _, row := range ontology.Of(kind) {
			if row.Type == model.TypeLink {
				out = append(out, walk.Step{Predicate: quads.Predicate(row.ID), Subjects: cayley.KindPrefix(base, kind)})
			}
		}
	}
	return out
}()

// paths are expressions over what the town has, protected persons and closed
// units among it.
var paths = []string{
	"^holder", "holder", "^organisation/holder", "^organisation[roleType=employment]/organisation", "organisation|legalEntity|parent", "^parent|^legalEntity|^provider",
	"^holder/organisation/^organisation/holder", "fills/^fills", "^organisation[title='title1']", "^holder[organisation.type=unit]|^organisation[extent=50]",
	"^organisation[isManager=true]/holder[sex=F]", "holder[familyName='alm1']/^holder", "onBehalfOf|^onBehalfOf",
}

// walks asks everything that follows links, from everywhere, with limits that a
// town meets: what a caller may not see must not exceed one.
func (a *asking) walks() (out []string) {
	// Whom the caller can name is somebody that they see.
	var from []string
	for _, id := range a.everyID() {
		if e, err := a.view.Entity(ctx, id); err == nil {
			from = append(from, e.IRI)
		}
	}
	slices.Sort(from)
	from = slices.Compact(from)
	source := a.view.QuadsOn(model.Date{Year: 1900, Month: 1, Day: 1}, "")
	for n, limits := range []walk.Limits{{}, {Lookups: 3}, {Quads: 4}, {Results: 2}} {
		if n > 0 && a.past {
			break // the past has no links against their direction: it is bounded alike
		}
		for i, iri := range from {
			// Each limit and each path from some: there are many towns.
			if n > 0 && i%4 != n {
				continue
			}
			w := func() *walk.Walk { return walk.New(source, limits) }
			out = append(out, answer(w().Reach(ctx, iri, everyLink, 0)))
			things, links, err := w().Neighbourhood(ctx, iri, everyLink, 2)
			out = append(out, answer(things, err), answer(links, err))
			to := from[(i+1)%len(from)]
			links2, ok, err := w().Path(ctx, iri, to, slices.Concat(everyLink, against(everyLink)))
			out = append(out, fmt.Sprint(ok, answer(links2, err)))
			for k, text := range paths {
				if (i+k)%3 != 0 || a.past && k > 3 {
					continue
				}
				e, err := pathexpr.Parse(text)
				if err != nil {
					out = append(out, answer(nil, err))
					continue
				}
				out = append(out, text+" "+answer(cayley.Follow(ctx, walk.NewBudget(source, limits), base, iri, e)))
			}
		}
	}
	return out
}

func against(steps []walk.Step) []walk.Step {
	out := slices.Clone(steps)
	for i := range out {
		out[i].Inverse = true
	}
	return out
}

func TestEveryPathOfTheTestsIsOne(t *testing.T) {
	for _, text := range paths {
		if _, err := pathexpr.Parse(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestNothingLeadsThroughWhatIsHidden: by no walk and no path does a caller get
// to, or past, what they may not see.
func TestNothingLeadsThroughWhatIsHidden(t *testing.T) {
	tw := ruledTown()
	for name, c := range map[string]struct {
		rights access.Rights
		from   int
		path   string
		want   []int
	}{
		"a protected person's post has no holder":    {restricted, post, "holder", nil},
		"nor leads back to their roles":              {restricted, post, "holder/^holder", nil},
		"a protected person's roles are not counted": {restricted, bertilHR, "^holder", nil},
		"with a purpose they are there":              {protected, post, "holder/^holder", []int{post, bertilJob}},
		"a holder is restricted":                     {reader, annaJob, "holder", nil},
		"with the scope it is there":                 {restricted, annaJob, "holder", []int{annaHR}},
		"a sole trader owns no unit":                 {public, unit, "legalEntity", nil},
		"of a sole trader with the scope":            {restricted, unit, "legalEntity", []int{shop}},
		"nothing lies between two units of theirs":   {public, unit, "legalEntity/^legalEntity", nil},
		"a shelter is in no list":                    {public, unit, "^parent", nil},
	} {
		e, err := pathexpr.Parse(c.path)
		if err != nil {
			t.Fatal(err)
		}
		v := tw.view(c.rights)
		from, err := v.Entity(ctx, id(c.from))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := cayley.Follow(ctx, walk.NewBudget(v.QuadsOn(model.Date{}, ""), walk.Limits{}), base, from.IRI, e)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, n := range c.want {
			for _, kind := range model.Kinds {
				if kind == tw.keys[id(n)].Kind {
					want = append(want, quads.EntityIRI(base, kind, id(n)))
				}
			}
		}
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %s leads %s to %v; want %v", name, c.path, from.IRI, got, want)
		}
	}
}

// TestADayHasItsOwnLinks: what was valid before and comes later is no link that day.
func TestADayHasItsOwnLinks(t *testing.T) {
	tw := newTown()
	moved := say(ontology.OrgParent, to("hr", model.Organisation, "old"))
	moved.Period.To = model.Date{Year: 2020, Month: 1, Day: 1}
	since := say(ontology.OrgParent, model.Link{Ref: to("hr", model.Organisation, "new").Ref, Role: "line"})
	since.Period.From = model.Date{Year: 2020, Month: 1, Day: 1}
	tw.put(1, "hr", model.Organisation, "old", say(ontology.OrgName, text("Gamla")))
	tw.put(2, "hr", model.Organisation, "new", say(ontology.OrgName, text("Nya")))
	tw.put(3, "hr", model.Organisation, "unit", say(ontology.OrgName, text("Enhet")), moved, since)
	tw.commit()
	org := func(n int) string { return quads.EntityIRI(base, model.Organisation, id(n)) }
	below := []walk.Step{{Predicate: quads.Predicate(ontology.OrgParent), Inverse: true}}
	for _, c := range []struct {
		day    model.Date
		role   string
		of     int
		has    bool
		reason string
	}{
		{model.Date{Year: 2019, Month: 5, Day: 1}, "", 1, true, "before the move"},
		{model.Date{Year: 2020, Month: 1, Day: 1}, "", 1, false, "from the day of the move"},
		{model.Date{Year: 2020, Month: 1, Day: 1}, "", 2, true, "from the day of the move"},
		{model.Date{Year: 2019, Month: 5, Day: 1}, "", 2, false, "before the move"},
		{model.Date{Year: 2024, Month: 1, Day: 1}, "line", 2, true, "in its hierarchy"},
		{model.Date{Year: 2024, Month: 1, Day: 1}, "economy", 2, false, "in another hierarchy"},
		{model.Date{}, "", 1, true, "on any day"},
	} {
		got, err := walk.New(tw.view(public).QuadsOn(c.day, c.role), walk.Limits{}).Reach(ctx, org(c.of), below, 0)
		if err != nil {
			t.Fatal(err)
		}
		if has := len(got) == 1 && got[0].IRI == org(3); has != c.has {
			t.Errorf("%s: below %d is %v", c.reason, c.of, got)
		}
		up, err := walk.New(tw.view(public).QuadsOn(c.day, c.role), walk.Limits{}).Reach(ctx, org(3), []walk.Step{{Predicate: quads.Predicate(ontology.OrgParent)}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if has := slices.ContainsFunc(up, func(f walk.Found) bool { return f.IRI == org(c.of) }); has != c.has {
			t.Errorf("%s: above the unit is %v", c.reason, up)
		}
	}
}
