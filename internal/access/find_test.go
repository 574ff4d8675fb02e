package access_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func TestLookupByAPersonalNumberNeedsTheScope(t *testing.T) {
	tw := ruledTown()
	for name, r := range callers {
		v := tw.view(r)
		for _, value := range []string{anna, bertil, personnummer("18900101", 1)} {
			_, err := v.ByIdentifier(context.Background(), model.Person, model.Personnummer, value)
			// The answer does not depend on what the registry holds.
			if allowed := r.Has(access.IdentifierLookup); errors.Is(err, access.ErrForbidden) == allowed {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestLookupByIdentifier(t *testing.T) {
	tw := ruledTown()
	for name, c := range map[string]struct {
		rights access.Rights
		kind   model.Kind
		scheme model.Scheme
		value  string
		want   []int
	}{
		"in any spelling":                      {finder, model.Person, model.Personnummer, anna[:8] + "-" + anna[8:], []int{annaHR}},
		"as ten digits with the sign of age":   {finder, model.Person, model.Personnummer, anna[2:8] + "+" + anna[8:], []int{annaHR}},
		"nobody":                               {finder, model.Person, model.Personnummer, personnummer("18900101", 1), nil},
		"a protected person is found by none":  {finder, model.Person, model.Personnummer, bertil, nil},
		"an open code by the public":           {public, model.Geography, model.Lanskod, "12", []int{county}},
		"a unit by its code":                   {public, model.Organisation, model.Skolenhetskod, "12345678", []int{unit}},
		"a sole trader by the public":          {public, model.Organisation, model.Organisationsnummer, trader[2:], nil},
		"a sole trader without the lookup":     {restricted, model.Organisation, model.Organisationsnummer, trader[2:], nil},
		"a sole trader with both":              {looker, model.Organisation, model.Organisationsnummer, trader[2:], []int{shop}},
		"a person by a user name":              {restricted, model.Person, model.EPPN, "anek@skola.example", []int{annaHR}},
		"a person by a restricted user name":   {reader, model.Person, model.EPPN, "anek@skola.example", nil},
		"a person by the public":               {public, model.Person, model.EPPN, "anek@skola.example", nil},
		"a person by the own board's":          {school, model.Person, model.EPPN, "anek@skola.example", []int{annaHR}},
		"with a protected purpose, everything": {rightsWith(protected, access.IdentifierLookup), model.Person, model.Personnummer, bertil, []int{bertilHR}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := tw.view(c.rights).ByIdentifier(context.Background(), c.kind, c.scheme, c.value)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(ids(c.want...), entityIDs(found)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func rightsWith(r access.Rights, s access.Scope) access.Rights {
	r.Scopes = append(slices.Clone(r.Scopes), s)
	return r
}

func ids(ns ...int) []model.EntityID {
	var out []model.EntityID
	for _, n := range ns {
		out = append(out, id(n))
	}
	return out
}

func entityIDs(all []*access.Entity) []model.EntityID {
	var out []model.EntityID
	for _, e := range all {
		out = append(out, e.ID)
	}
	return out
}

func TestSearchFindsOnlyByNamesThatTheCallerMaySee(t *testing.T) {
	tw := ruledTown()
	for name, c := range map[string]struct {
		rights access.Rights
		kind   model.Kind
		text   string
		want   []int
	}{
		"by the beginning of the last word":  {public, model.Organisation, "enheten ålder", nil},
		"by every word":                      {public, model.Organisation, "enheten åld", []int{unit}},
		"folded":                             {public, model.Organisation, "ENHETEN ald", []int{unit}},
		"a whole word and no beginning":      {public, model.Organisation, "enh aldrande", nil},
		"a sole trader by the public":        {public, model.Organisation, "snick", nil},
		"a sole trader with the scope":       {restricted, model.Organisation, "snick", []int{shop}},
		"a person without the scope":         {reader, model.Person, "ek", nil},
		"a person with the scope":            {restricted, model.Person, "anna ek", []int{annaHR}},
		"a protected person":                 {restricted, model.Person, "bertil", nil},
		"a protected person with a purpose":  {protected, model.Person, "bertil", []int{bertilHR}},
		"a person by another board's name":   {school, model.Person, "ek", nil},
		"a person by the board's own name":   {school, model.Person, "anna eek", []int{annaHR}},
		"a protected person's job":           {restricted, model.Role, "sotare", nil},
		"a post":                             {public, model.Role, "enhetsch", []int{post}},
		"nothing that is no word":            {public, model.Organisation, " - ", nil},
		"a name that lost is not searched":   {restricted, model.Person, "eek", nil},
		"an employment is not for the house": {public, model.Role, "handl", nil},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := tw.view(c.rights).Search(context.Background(), c.kind, c.text, access.Page{First: 10})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(ids(c.want...), entityIDs(p.Items)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestByCodeFindsOnlyWhatTheCallerMaySee(t *testing.T) {
	tw := ruledTown()
	for name, c := range map[string]struct {
		rights   access.Rights
		kind     model.Kind
		property model.PropertyID
		code     model.Code
		want     []int
	}{
		"posts by the public":       {public, model.Role, ontology.RoleType, code("role-type", "post"), []int{post}},
		"employments by the public": {public, model.Role, ontology.RoleType, code("role-type", "employment"), nil},
		"employments in the house":  {reader, model.Role, 0, code("role-type", "employment"), []int{annaJob}},
		"with a protected holder":   {protected, model.Role, 0, code("role-type", "employment"), []int{annaJob, bertilJob}},
		"pupils in the house":       {reader, model.Role, 0, code("role-type", "pupil"), nil},
		"another scheme":            {public, model.Role, 0, code("school-type", "post"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := tw.view(c.rights).ByCode(context.Background(), c.kind, c.property, c.code.Scheme, c.code.Notation, access.Page{First: 10})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(ids(c.want...), entityIDs(p.Items)); diff != "" {
				t.Error(diff)
			}
		})
	}
	_, err := tw.view(admin).ByCode(context.Background(), model.Role, ontology.RoleTitle, "a", "b", access.Page{First: 1})
	if !errors.Is(err, access.ErrBadRequest) {
		t.Errorf("a property without codes: %v", err)
	}
}

func TestReferrersThatTheCallerMaySee(t *testing.T) {
	tw := ruledTown()
	for name, c := range map[string]struct {
		rights     access.Rights
		target     int
		properties []model.PropertyID
		want       []int
	}{
		"a unit to the public":                {public, unit, nil, []int{post, service}},
		"a unit to the house":                 {reader, unit, nil, []int{post, annaJob, service}},
		"a unit with the scope":               {restricted, unit, nil, []int{post, annaJob, pupil, shelter, service}},
		"a unit with a purpose":               {protected, unit, []model.PropertyID{ontology.RoleOrganisation}, []int{post, annaJob, bertilJob, pupil}},
		"whether a post is held":              {public, post, nil, nil},
		"what fills a post":                   {reader, post, nil, []int{annaJob}},
		"a person's roles without the scope":  {reader, annaHR, nil, nil},
		"a person's roles":                    {restricted, annaHR, nil, []int{annaJob, pupil}},
		"a protected person's roles":          {restricted, bertilHR, nil, nil},
		"a protected person's with a purpose": {protected, bertilHR, nil, []int{post, bertilJob}},
		"by a merged id":                      {restricted, annaSchool, nil, []int{annaJob, pupil}},
		"of a sole trader":                    {public, shop, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := tw.view(c.rights).Referrers(context.Background(), id(c.target), c.properties, access.Page{First: 10})
			if err != nil {
				t.Fatal(err)
			}
			var got []model.EntityID
			for _, r := range p.Items {
				got = append(got, r.Entity.ID)
			}
			if diff := cmp.Diff(ids(c.want...), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestABoardFindsNobodyByAnotherBoardsNumber(t *testing.T) {
	tw := newTown()
	tw.put(1, "hr", model.Person, "a", say(ontology.PersonIdentifier, ident(model.EPPN, "anna@kommun.example")))
	tw.put(2, "school", model.Person, "aa", say(ontology.PersonIdentifier, ident(model.EPPN, "anek@skola.example")))
	tw.merge(1, 2)
	tw.commit()
	for value, want := range map[string][]model.EntityID{"anna@kommun.example": nil, "anek@skola.example": ids(1)} {
		found, err := tw.view(school).ByIdentifier(ctx, model.Person, model.EPPN, value)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, entityIDs(found)); diff != "" {
			t.Errorf("%s: %s", value, diff)
		}
	}
}

// TestReferrersToAreReferrersOf: what a View has shown is not read again, and the
// answer is the same, also of somebody of whom only the flag is shown.
func TestReferrersToAreReferrersOf(t *testing.T) {
	tw := ruledTown()
	flags, links := 0, 0
	for name, r := range callers {
		v := tw.view(r)
		var ids []model.EntityID
		for g := range tw.store.Scan(t.Context(), model.KindUnknown, 0) {
			ids = append(ids, g.ID)
		}
		shown, err := v.Entities(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range shown {
			if e == nil {
				continue
			}
			for _, p := range []model.PropertyID{ontology.RoleHolder, ontology.RoleOrganisation} {
				q := access.ReferrerQuery{Property: p, First: 1}
				of, err := v.ReferrersOf(t.Context(), ids[i:i+1], q)
				if err != nil {
					t.Fatal(err)
				}
				to, err := v.ReferrersTo(t.Context(), shown[i:i+1], q)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(of, to); diff != "" {
					t.Errorf("%s: %s (-of +to):\n%s", name, ids[i], diff)
				}
				links += len(to[0].Items)
			}
			if e.Disclosure == model.Protected && !r.Has(access.ProtectedRead) {
				flags++
			}
		}
	}
	if flags == 0 || links == 0 {
		t.Errorf("%d flags and %d links were shown: want some of each", flags, links)
	}
}
