package access_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// hitsOf are the numbers of what a search finds, in its order.
func hitsOf(t *testing.T, v *access.View, words string, size int, kinds ...model.Kind) (out []int) {
	t.Helper()
	q := access.Everywhere{Text: words, Kinds: kinds, First: size}
	for {
		p, err := v.SearchEverywhere(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range p.Items {
			out, q.After = append(out, int(e.ID[14])<<8|int(e.ID[15])), p.Cursors[i]
		}
		if !p.HasNext {
			return out
		}
	}
}

func searchedTown() *town {
	t := newTown()
	org := func(n int, name string) {
		t.put(n, "hr", model.Organisation, fmt.Sprint(n), say(ontology.OrgName, text(name)))
	}
	org(1, "Skåneförvaltningen")
	org(2, "Region Skåne")
	org(3, "Skåne")
	t.put(4, "open", model.Geography, "4", say(ontology.GeoName, text("Skåne")))
	t.put(5, "open", model.Geography, "5", say(ontology.GeoAddress, model.Address{Street: "Skånegatan", StreetNumber: "12B", PostalCode: "11640", Locality: "Stockholm"}))
	t.put(6, "open", model.Service, "6", say(ontology.ServiceName, text("Bygglov i Skåne")))
	person := func(n int, given, family string, level model.Protection) {
		t.put(n, "hr", model.Person, fmt.Sprint(n), say(ontology.PersonGivenName, text(given)), say(ontology.PersonFamilyName, text(family)),
			say(ontology.PersonProtection, noteOf(level)))
	}
	person(7, "Anna", "Wiklund", model.ProtectionNone)
	person(8, "Anna", "Viklundh", model.ProtectionNone)
	person(9, "Anna", "Vicklund", marked)
	person(10, "Anna Maria", "Viklundh", model.ProtectionNone)
	t.commit()
	return t
}

func TestSearchGivesTheWholeNameFirst(t *testing.T) {
	tw := searchedTown()
	for name, c := range map[string]struct {
		rights access.Rights
		words  string
		kinds  []model.Kind
		want   []int
	}{
		"names, then words, then beginnings": {public, "skåne", nil, []int{3, 4, 2, 6, 1, 5}},
		"of some kinds":                      {public, "skåne", []model.Kind{model.Geography, model.Service}, []int{4, 6, 5}},
		"an address":                         {public, "skånegatan 12b stockholm", nil, []int{5}},
		"a postal code":                      {public, "1164", nil, []int{5}},
		"a person, in the parts of the name": {restricted, "anna viklundh", nil, []int{8, 10}},
		"a person who is protected":          {restricted, "vicklund", nil, nil},
		"a person who is protected, to few":  {protected, "vicklund", nil, []int{9}},
		"a person, to the house":             {reader, "anna", nil, nil},
		"nothing":                            {public, "!", nil, nil},
	} {
		for _, size := range []int{1, 2, 100} {
			if diff := cmp.Diff(c.want, hitsOf(t, tw.view(c.rights), c.words, size, c.kinds...)); diff != "" {
				t.Errorf("%s, %d at a time: %s", name, size, diff)
			}
		}
	}
}

func TestDidYouMeanSuggestsWhatTheCallerMaySee(t *testing.T) {
	tw := searchedTown()
	for name, c := range map[string]struct {
		rights access.Rights
		words  string
		want   []string
	}{
		"a name that sounds so":             {restricted, "wicklund", []string{"Wiklund", "Viklundh"}},
		"with another word":                 {restricted, "anna wiklunt", nil},
		"one of a protected person, to few": {protected, "wicklund", []string{"Vicklund", "Wiklund", "Viklundh"}},
		"a person's, to the house":          {reader, "wicklund", nil},
		"a place":                           {public, "sckåne", []string{"Skåne"}},
	} {
		got, err := tw.view(c.rights).DidYouMean(ctx, c.words, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q is suggested, want %q", name, got, c.want)
		}
	}
}
