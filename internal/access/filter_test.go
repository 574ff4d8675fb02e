package access_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// The kinds of a land of random places, organisations and roles.
const (
	landPlaces = 100
	landUnits  = 200
	landRoles  = 300
	landPeople = 400
	landSize   = 24
)

// land is a town of nested places and organisations that change; what is
// restricted lies among the rest, also between two that are not.
func land(seed uint64, revisions int, after func(*town)) *town {
	rnd := rand.New(rand.NewPCG(seed, 7))
	tw := newTown()
	upward := func(kind model.Kind, i int) model.Link {
		l := to("hr", kind, fmt.Sprint(rnd.IntN(i+1)))
		l.Role = []string{"line", "economy"}[rnd.IntN(2)]
		return l
	}
	names := []string{"Ek", "Ekskolan", "Alm", "Asp", "Björk"}
	day := func(st model.Statement) model.Statement {
		switch rnd.IntN(4) {
		case 0:
			st.Period.To = model.Date{Year: 2000}
		case 1:
			st.Period.From = model.Date{Year: 2000}
		}
		return st
	}
	class := func() model.Disclosure {
		if rnd.IntN(6) == 0 {
			return model.Restricted
		}
		return model.Open
	}
	for range revisions {
		for i := range landSize {
			if rnd.IntN(3) == 0 {
				continue
			}
			gone := rnd.IntN(8) == 0
			local := fmt.Sprint(i)
			// Circles are possible: what lies in itself lies there.
			place := []model.Statement{
				say(ontology.GeoType, code("geography-type", []string{"county", "building"}[rnd.IntN(2)])),
				say(ontology.GeoName, text(names[rnd.IntN(len(names))])), day(say(ontology.GeoParent, upward(model.Geography, i))),
			}
			unit := []model.Statement{
				day(say(ontology.OrgType, code("organisation-type", []string{"unit", "school"}[rnd.IntN(2)]))),
				say(ontology.OrgName, text(names[rnd.IntN(len(names))])), day(say(ontology.OrgParent, upward(model.Organisation, i))),
				say(ontology.OrgPlace, to("hr", model.Geography, fmt.Sprint(rnd.IntN(landSize)))),
				say(ontology.OrgIdentifier, ident(model.CFAR, fmt.Sprintf("1234%04d", rnd.IntN(6)))),
			}
			// An address says the codes of areas or is that of an address point, or both.
			address := model.Address{}
			switch rnd.IntN(4) {
			case 0:
				address.Municipality = []string{"0136", "0180"}[rnd.IntN(2)]
			case 1:
				address.PostalCode = fmt.Sprint(13640 + rnd.IntN(3))
			default:
				address = model.Address{Street: "Storgatan", StreetNumber: fmt.Sprint(rnd.IntN(4)), PostalCode: fmt.Sprint(13640 + rnd.IntN(2))}
			}
			switch rnd.IntN(5) {
			case 0:
				if rnd.IntN(3) == 0 {
					place = append(place, day(say(ontology.GeoIdentifier, ident(model.Kommunkod, []string{"0136", "0180"}[rnd.IntN(2)]))))
				}
			case 1:
				place = append(place, say(ontology.GeoIdentifier, ident("postcode", fmt.Sprint(13640+rnd.IntN(3)))))
			default:
				place = append(place, say(ontology.GeoAddress, model.Address{Street: "STORGATAN", StreetNumber: fmt.Sprint(rnd.IntN(4)), PostalCode: fmt.Sprint(13640 + rnd.IntN(2))}))
			}
			level := model.ProtectionNone
			if rnd.IntN(6) == 0 {
				level = marked
			}
			person := []model.Statement{
				say(ontology.PersonGivenName, text(names[rnd.IntN(len(names))])), say(ontology.PersonProtection, noteOf(level)), day(say(ontology.PersonAddress, address)),
			}
			role := []model.Statement{
				day(say(ontology.RoleHolder, to("hr", model.Person, fmt.Sprint((i+rnd.IntN(2))%landSize)))),
				say(ontology.RoleType, code("role-type", "post")), say(ontology.RoleTitle, text(names[rnd.IntN(len(names))])),
				day(say(ontology.RoleOrganisation, to("hr", model.Organisation, fmt.Sprint(rnd.IntN(landSize))))),
				say(ontology.RolePlace, to("hr", model.Geography, fmt.Sprint(rnd.IntN(landSize)))),
			}
			if gone {
				place, unit, role, person = nil, nil, nil, nil
			}
			tw.putAs(landPlaces+i, "hr", model.Geography, local, class(), place...)
			tw.putAs(landUnits+i, "hr", model.Organisation, local, class(), unit...)
			tw.putAs(landRoles+i, "hr", model.Role, local, class(), role...)
			if rec := tw.records[id(landRoles+i)]; rec != nil && rnd.IntN(2) == 0 {
				rec.Period.To = model.Date{Year: 2000}
			}
			tw.put(landPeople+i, "hr", model.Person, local, person...)
		}
		tw.commit()
		if after != nil {
			after(tw)
		}
	}
	return tw
}

// landFilters are filters of every sort.
func landFilters(kind model.Kind) []access.Filter {
	today := model.Date{Year: 2024, Month: 3, Day: 5}
	lists := map[model.Kind][]access.Filter{
		model.Geography: {
			{Within: new(id(landPlaces))},
			{Within: new(id(landPlaces + 3)), Day: today},
			{Within: new(id(landPlaces + 1)), Codes: []access.CodeFilter{{Code: code("geography-type", "building")}}, Text: new("e")},
			{Values: []access.ValueFilter{{Property: ontology.GeoParent, To: new(id(landPlaces + 1))}}},
			{Values: []access.ValueFilter{{Property: ontology.GeoName, Value: "ek"}, {Property: ontology.GeoType, Value: "county"}}},
			{Values: []access.ValueFilter{{Property: ontology.GeoType, Value: "county"}}, Day: today},
		},
		model.Organisation: {
			{Under: new(id(landUnits))},
			{Under: new(id(landUnits + 2)), Hierarchy: new("line"), Day: today},
			{Under: new(id(landUnits)), Within: new(id(landPlaces))},
			{Within: new(id(landPlaces + 2)), Text: new("ek")},
			{Values: []access.ValueFilter{{Property: ontology.OrgIdentifier, Scheme: "cfar", Value: "12340002"}}},
			{Values: []access.ValueFilter{{Property: ontology.OrgPlace, To: new(id(landPlaces))}, {Property: ontology.OrgType, Value: "school"}}},
			{Codes: []access.CodeFilter{{Property: ontology.OrgType, Code: code("organisation-type", "unit")}}, Day: today},
		},
		model.Role: {
			{Under: new(id(landUnits + 1))},
			{Under: new(id(landUnits)), Day: today, Text: new("ek")},
			{Under: new(id(landUnits)), Ends: model.Period{From: model.Date{Year: 1999, Month: 12, Day: 31}}},
			{Text: new("e"), Ends: model.Period{From: model.Date{Year: 1990}, To: model.Date{Year: 2000}}},
			{Within: new(id(landPlaces)), Ends: model.Period{From: model.Date{Year: 2000}}},
			{Within: new(id(landPlaces)), Ends: model.Period{To: model.Date{Year: 1999, Month: 12, Day: 31}}},
			{Within: new(id(landPlaces))},
			{Values: []access.ValueFilter{{Property: ontology.RoleOrganisation, To: new(id(landUnits + 1))}}, Day: today},
			{Values: []access.ValueFilter{{Property: ontology.RoleTitle, Value: "asp"}}},
		},
		model.Person: {
			{Under: new(id(landUnits))},
			{Under: new(id(landUnits)), Day: today},
			{Under: new(id(landUnits + 1)), Hierarchy: new("line")},
			{Within: new(id(landPlaces))},
			{Within: new(id(landPlaces + 2)), Day: today},
			{Under: new(id(landUnits)), Text: new("a")},
			{Within: new(id(landPlaces + 3)), Text: new("e")},
			{Within: new(id(landPlaces + landSize - 1))},
		},
	}
	return lists[kind]
}

var landKinds = []model.Kind{model.Geography, model.Organisation, model.Role, model.Person}

// allListed is all of a kind that a caller sees, in an order.
func allListed(t *testing.T, v *access.View, kind model.Kind, f access.Filter) []*access.Entity {
	t.Helper()
	p, err := v.List(ctx, kind, f, access.Page{First: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return p.Items
}

// naive answers a filter by looking at everything the caller sees.
type naive struct {
	f   access.Filter
	all map[model.EntityID]*access.Entity
}

func (n *naive) links(e *access.Entity, role string, of ...model.PropertyID) (out []model.EntityID) {
	for _, val := range e.Values {
		l, ok := val.Value.(model.Link)
		if ok && slices.Contains(of, val.Property) && (role == "" || l.Role == role) && (n.f.Day.IsZero() || val.Period.Contains(n.f.Day)) {
			out = append(out, l.To)
		}
	}
	return out
}

func (n *naive) leads(from []model.EntityID, root model.EntityID, role string, seen map[model.EntityID]bool, of ...model.PropertyID) bool {
	if n.all[root] == nil {
		return false
	}
	for _, id := range from {
		if id == root {
			return true
		}
		if e := n.all[id]; e != nil && !seen[id] {
			seen[id] = true
			if n.leads(n.links(e, role, of...), root, role, seen, of...) {
				return true
			}
		}
	}
	return false
}

// addresses are those of a thing, on the day.
func (n *naive) addresses(e *access.Entity, property model.PropertyID) (out []model.Address) {
	for _, val := range e.All(property) {
		if n.f.Day.IsZero() || val.Period.Contains(n.f.Day) {
			out = append(out, val.Value.(model.Address))
		}
	}
	return out
}

// lives are the places that a person's addresses tell of.
func (n *naive) lives(person *access.Entity) (out []model.EntityID) {
	for _, a := range n.addresses(person, ontology.PersonAddress) {
		for _, place := range n.all {
			if place.Kind != model.Geography {
				continue
			}
			there := slices.ContainsFunc(n.addresses(place, ontology.GeoAddress), func(b model.Address) bool {
				return a.Street != "" && strings.EqualFold(a.Street, b.Street) && a.StreetNumber == b.StreetNumber && a.PostalCode == b.PostalCode
			})
			for _, val := range place.All(ontology.GeoIdentifier) {
				is := val.Value.(model.Identifier)
				if n.f.Day.IsZero() || val.Period.Contains(n.f.Day) {
					there = there || is.Scheme == "kommunkod" && is.Value == a.Municipality || is.Scheme == "postcode" && is.Value == a.PostalCode
				}
			}
			if there {
				out = append(out, place.ID)
			}
		}
	}
	return out
}

// works are the organisations of the roles that a person holds.
func (n *naive) works(person *access.Entity) (out []model.EntityID) {
	for _, role := range n.all {
		if role.Kind == model.Role && slices.Contains(n.links(role, "", ontology.RoleHolder), person.ID) && (n.f.Day.IsZero() || role.Period.Contains(n.f.Day)) {
			out = append(out, n.links(role, "", ontology.RoleOrganisation)...)
		}
	}
	return out
}

func (n *naive) passes(e *access.Entity) bool {
	entry := func(self model.Kind, of ...model.PropertyID) []model.EntityID {
		switch {
		case e.Kind == self:
			return []model.EntityID{e.ID}
		case e.Kind == model.Person && self == model.Geography:
			return n.lives(e)
		case e.Kind == model.Person:
			return n.works(e)
		}
		return n.links(e, "", of...)
	}
	if n.f.Within != nil && !n.leads(entry(model.Geography, ontology.OrgPlace, ontology.RolePlace), *n.f.Within, "", map[model.EntityID]bool{}, ontology.GeoParent) {
		return false
	}
	hierarchy := ""
	if n.f.Hierarchy != nil {
		hierarchy = *n.f.Hierarchy
	}
	if n.f.Under != nil && !n.leads(entry(model.Organisation, ontology.RoleOrganisation), *n.f.Under, hierarchy, map[model.EntityID]bool{}, ontology.OrgParent) {
		return false
	}
	if in := n.f.Ends; !in.IsZero() {
		last := model.Date{Year: 1980, Month: 1, Day: 1}
		for last.Next().Compare(e.Period.To) < 0 {
			last = last.Next()
		}
		if e.Period.To.IsZero() || !in.Contains(last) {
			return false
		}
	}
	has := func(test func(model.GoldenValue) bool) bool {
		return slices.ContainsFunc(e.Values, func(val model.GoldenValue) bool {
			return (n.f.Day.IsZero() || val.Period.Contains(n.f.Day)) && test(val)
		})
	}
	for _, c := range n.f.Codes {
		if !has(func(val model.GoldenValue) bool { return val.Value == model.Value(c.Code) }) {
			return false
		}
	}
	for _, want := range n.f.Values {
		if !has(func(val model.GoldenValue) bool {
			if val.Property != want.Property {
				return false
			}
			switch is := val.Value.(type) {
			case model.Link:
				return is.To == *want.To && n.all[*want.To] != nil
			case model.Code:
				return is.Notation == want.Value
			case model.Identifier:
				return is.Value == want.Value
			case model.Text:
				return strings.HasPrefix(strings.ToLower(is.Text), want.Value)
			}
			return false
		}) {
			return false
		}
	}
	return n.f.Text == nil || slices.ContainsFunc(e.Values, func(val model.GoldenValue) bool {
		text, ok := val.Value.(model.Text)
		return ok && strings.HasPrefix(strings.ToLower(text.Text), *n.f.Text)
	})
}

// thumb pages through a list forwards and backwards, three rows at a time, and
// says what is wrong with the pages.
func thumb(t *testing.T, v *access.View, kind model.Kind, f access.Filter) []model.EntityID {
	t.Helper()
	var forwards, backwards []model.EntityID
	page := access.Page{First: 3}
	for i := 0; ; i++ {
		p, err := v.List(ctx, kind, f, page)
		if err != nil {
			t.Fatal(err)
		}
		if p.HasPrevious != (i > 0) {
			t.Errorf("page %d says that there is something before it: %t", i, p.HasPrevious)
		}
		forwards = append(forwards, entityIDs(p.Items)...)
		if !p.HasNext {
			break
		}
		page.After = p.Cursors[2]
	}
	page = access.Page{First: 3, Backward: true}
	for i := 0; ; i++ {
		p, err := v.List(ctx, kind, f, page)
		if err != nil {
			t.Fatal(err)
		}
		if p.HasNext != (i > 0) {
			t.Errorf("page %d from the end says that there is something after it: %t", i, p.HasNext)
		}
		backwards = append(entityIDs(p.Items), backwards...)
		if !p.HasPrevious {
			break
		}
		page.Before = p.Cursors[0]
	}
	if diff := cmp.Diff(forwards, backwards); diff != "" {
		t.Errorf("forwards and backwards differ: %s", diff)
	}
	return forwards
}

// inOrder puts what is in display order in another one.
func inOrder(all []*access.Entity, order access.Order) []*access.Entity {
	switch order {
	case access.AsFound, access.ByID:
		slices.SortFunc(all, func(a, b *access.Entity) int { return a.ID.Compare(b.ID) })
	case access.ByIDDescending:
		slices.SortFunc(all, func(a, b *access.Entity) int { return b.ID.Compare(a.ID) })
	case access.ByNameDescending:
		slices.Reverse(all)
	case access.ByName:
	}
	return all
}

// TestFiltersFindWhatLookingAtEverythingFinds: every filter, in every order, by
// every way that there is to the rows.
func TestFiltersFindWhatLookingAtEverythingFinds(t *testing.T) {
	found := 0
	persons, told := make([]int, len(landFilters(model.Person))), false
	for seed := range uint64(6) {
		tw := land(seed, 2, nil)
		a := tw.access()
		for _, ways := range [][3]int{{10000, 20000, 5000}, {0, 0, 0}, {1000, 1000, 0}, {3, 2, 6}} {
			access.Narrow(a, ways[0], ways[1], ways[2])
			for _, rights := range []access.Rights{public, restricted} {
				v := a.View(rights)
				all := map[model.EntityID]*access.Entity{}
				for _, kind := range landKinds {
					for _, e := range allListed(t, v, kind, access.Filter{}) {
						all[e.ID] = e
					}
				}
				for _, kind := range landKinds {
					for i, f := range landFilters(kind) {
						n := &naive{f, all}
						for _, order := range []access.Order{access.AsFound, access.ByName, access.ByNameDescending, access.ByID, access.ByIDDescending} {
							f.Order = order
							var want []model.EntityID
							for _, e := range inOrder(allListed(t, v, kind, access.Filter{}), order) {
								if n.passes(e) {
									want = append(want, e.ID)
								}
							}
							if diff := cmp.Diff(want, thumb(t, v, kind, f)); diff != "" {
								t.Errorf("seed %d, bounds %v, %s filter %d in order %d: %s", seed, ways, kind, i, order, diff)
							}
							found += len(want)
							total, ok, err := v.Total(ctx, kind, f)
							if kind == model.Person {
								persons[i] += len(want)
								told = told || ok && f.Within != nil && len(want) > 0
							}
							if err != nil || ok && total != len(want) || !ok && ways[2] > 5 && ways[2] != 6 && (kind != model.Person || f.Within == nil) {
								t.Errorf("%s filter %d: a total of %d, %t, %v; want %d", kind, i, total, ok, err, len(want))
							}
						}
					}
				}
			}
		}
	}
	if found < 2000 || slices.Contains(persons, 0) || !told {
		t.Errorf("only %d hits, of persons by filter %v: the filters find too little to tell", found, persons)
	}
}

// TestThePastIsFoundAsThePresentWas: searches, filters and links answer of a
// revision what they answered when it was the present one.
func TestThePastIsFoundAsThePresentWas(t *testing.T) {
	var then [][]string
	ask := func(v *access.View) (out []string) {
		for _, kind := range landKinds {
			for _, f := range landFilters(kind) {
				for _, order := range []access.Order{access.AsFound, access.ByNameDescending} {
					f.Order = order
					out = append(out, fmt.Sprint(kind, thumb(t, v, kind, f)))
				}
			}
		}
		for i := range landSize {
			for _, target := range []int{landPlaces + i, landUnits + i} {
				// A cursor is the place of a link: its property and where it comes from.
				p, err := v.Referrers(ctx, id(target), nil, access.Page{First: 100})
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, fmt.Sprint("referrers of ", target, p.Cursors))
			}
		}
		many, err := v.ReferrersOf(ctx, ids(landUnits, landUnits+1, landUnits+2), access.ReferrerQuery{Property: ontology.OrgParent, First: 2})
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range many {
			out = append(out, fmt.Sprint("units below ", i, p.Cursors, p.HasNext))
		}
		for _, words := range []string{"ek", "ekskolan", "a", "ekskoln"} {
			hits, err := v.SearchEverywhere(ctx, access.Everywhere{Text: words, First: 100})
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprint(words, hits.Cursors), answer(v.DidYouMean(ctx, words, nil)))
		}
		return out
	}
	// What is seen depends on today's class of each thing, so the caller sees all.
	tw := land(11, 5, func(tw *town) { then = append(then, ask(tw.view(protected))) })
	changed := false
	for r, want := range then {
		v, err := tw.view(protected).At(ctx, model.Revision(r+1))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, ask(v)); diff != "" {
			t.Errorf("at revision %d: %s", r+1, diff)
		}
		changed = changed || r > 0 && !slices.Equal(want, then[r-1])
	}
	if !changed {
		t.Error("no revision answers otherwise than the one before: nothing is tested")
	}
}

func TestAListCanBeFilteredByWhatIsIndexed(t *testing.T) {
	v := land(1, 1, nil).view(public)
	for name, c := range map[string]struct {
		kind model.Kind
		f    access.Filter
		want string
	}{
		"a property without an index": {model.Organisation, access.Filter{Values: []access.ValueFilter{{Property: ontology.OrgHomepage, Value: "x"}}}, "by homepage, only by identifier, name"},
		"a property of another kind":  {model.Organisation, access.Filter{Values: []access.ValueFilter{{Property: ontology.GeoName, Value: "x"}}}, "only by identifier, name"},
		"a link by a value":           {model.Organisation, access.Filter{Values: []access.ValueFilter{{Property: ontology.OrgParent, Value: "x"}}}, "the id of what it links to"},
		"a text by an id":             {model.Organisation, access.Filter{Values: []access.ValueFilter{{Property: ontology.OrgName, To: new(id(1))}}}, "a value, and no id"},
		"an identifier of no scheme":  {model.Organisation, access.Filter{Values: []access.ValueFilter{{Property: ontology.OrgIdentifier, Value: "1"}}}, "the identifier's scheme"},
		"a code of no list":           {model.Role, access.Filter{Values: []access.ValueFilter{{Property: ontology.RoleOccupation, Value: "1"}}}, "the code list"},
		"concepts within a place":     {model.Concept, access.Filter{Within: new(id(landPlaces))}, "nothing links it to geography"},
		"persons by an address":       {model.Person, access.Filter{Values: []access.ValueFilter{{Property: ontology.PersonAddress, Value: "13640"}}}, "by address, only by"},
		"a list that is not":          {model.Organisation, access.Filter{Values: []access.ValueFilter{{Property: ontology.OrgType, Scheme: "nosuchlist", Value: "school"}}}, "no code list of that name; want organisation-type"},
		"a code of such a list":       {model.Organisation, access.Filter{Codes: []access.CodeFilter{{Code: code("nosuchlist", "school")}}}, "no code list of that name"},
		"a scheme that is not":        {model.Organisation, access.Filter{Values: []access.ValueFilter{{Property: ontology.OrgIdentifier, Scheme: "zz", Value: "1"}}}, "want one of cfar, cost-centre, fo-nummer, hsa-id, local-id, organisationsnummer, skolenhetskod"},
		"a hierarchy that is not":     {model.Organisation, access.Filter{Under: new(id(landUnits)), Hierarchy: new("zzz")}, "want one of line, economy, school"},
		"a hierarchy without a name":  {model.Organisation, access.Filter{Under: new(id(landUnits)), Hierarchy: new("")}, "want one of line, economy, school"},
		"places under a unit":         {model.Geography, access.Filter{Under: new(id(landUnits))}, "nothing links it to organisation"},
	} {
		_, err := v.List(ctx, c.kind, c.f, access.Page{First: 1})
		if !errors.Is(err, access.ErrBadRequest) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v; want %q", name, err, c.want)
		}
	}
}
