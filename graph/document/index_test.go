package document_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/graph/document/documenttest"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func TestTokensFoldCaseAndDiacritics(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Åsa Märta Öberg", "asa marta oberg"},
		{"A\u030asa O\u0308berg", "asa oberg"}, // decomposed
		{"ANDRÉ Éva", "andre eva"},
		{"Sørensen-Ærø", "sorensen aero"},
		{"O'Brien, Jr.", "o brien jr"},
		{"Södra skolan (F–6), södra", "sodra skolan f 6"},
		{"Straße Łódź Đorđe", "strasse lodz dorde"},
		{"ΟΔΥΣΣΕΥΣ οδυσσευς", "οδυσσευσ"},
		{"Иванов", "иванов"},
		{"日本語 한국어", "日本語 한국어"},
		{"ｆｕｌｌ ﬁn", "full fin"},
		{"İstanbul ısı", "istanbul isi"},
		{"12B", "12b"},
		{"a\x00b", "a b"},
		{"", ""},
		{" – ", ""},
	} {
		if got := strings.Join(document.Tokens(c.text), " "); got != c.want {
			t.Errorf("Tokens(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

// TestTokensAreEachOnceHoweverMany: few are gone through, many are looked up.
func TestTokensAreEachOnceHoweverMany(t *testing.T) {
	for _, n := range []int{1, 15, 16, 17, 18, 100_000} {
		var text strings.Builder
		var want []string
		for i := range n {
			want = append(want, fmt.Sprintf("ord%d", i))
		}
		for i := range n {
			fmt.Fprintf(&text, "ÖRD%d, ord%d ", i, i/2)
		}
		if got := document.Tokens(text.String()); !slices.Equal(got, want) {
			t.Errorf("of %d words %d are found", n, len(got))
		}
	}
}

func TestTokensAreUniqueAndStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tokens := document.Tokens(documenttest.Text().Draw(t, "text"))
		if again := document.Tokens(strings.Join(tokens, " ")); !slices.Equal(tokens, again) {
			t.Fatalf("%q folds again to %q", tokens, again)
		}
		for _, k := range tokens {
			if k == "" || len(k) > 64 || !utf8.ValidString(k) || strings.ContainsAny(k, " \x00") {
				t.Fatalf("bad token %q", k)
			}
		}
	})
}

func TestTermsFollowTheTable(t *testing.T) {
	id := model.EntityID{9}
	g := &model.Golden{ID: id, Kind: model.Organisation, Disclosure: model.Open, Values: []model.GoldenValue{
		{Property: ontology.OrgIdentifier, Value: model.Identifier{Scheme: model.Kommunkod, Value: "0136"}},
		{Property: ontology.OrgName, Value: model.Text{Text: "Haninge Kommun", Lang: "sv"}},
		{Property: ontology.OrgAltName, Value: model.Text{Text: "Haninge"}},
		{Property: ontology.OrgType, Value: model.Code{Scheme: "organisation-type", Notation: "municipality"}},
		{Property: ontology.OrgHomepage, Value: model.Text{Text: "https://haninge.example"}},
	}}
	open := document.TokenSpace(model.Organisation, model.Open)
	want := []graph.Term{
		{Space: document.CodeSpace(ontology.OrgIdentifier, model.Open), Key: document.IdentifierKey(model.Kommunkod, "0136"), ID: id},
		{Space: document.CodeSpace(ontology.OrgType, model.Open), Key: document.CodeKey("organisation-type", "municipality"), ID: id},
		{Space: open, Key: "haninge", ID: id},
		{Space: open, Key: "kommun", ID: id},
	}
	if got := document.Terms(g, nil); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestWhatIsOfAClosedRecordIsInCompartmentsOfItsClass: who may not see the record
// does not come by its words and codes, whoever may see such words and codes.
func TestWhatIsOfAClosedRecordIsInCompartmentsOfItsClass(t *testing.T) {
	id := model.EntityID{9}
	for _, d := range []model.Disclosure{model.Unclassified, model.Internal, model.Restricted, model.Protected} {
		g := &model.Golden{ID: id, Kind: model.Role, Disclosure: d, Values: []model.GoldenValue{
			{Property: ontology.RoleType, Value: model.Code{Scheme: "role-type", Notation: "employment"}},
			{Property: ontology.RoleTitle, Value: model.Text{Text: "Lärare"}},
		}}
		want := []graph.Term{
			{Space: document.CodeSpace(ontology.RoleType, d), Key: document.CodeKey("role-type", "employment"), ID: id},
			{Space: document.TokenSpace(model.Role, d), Key: "larare", ID: id},
		}
		if got := document.Terms(g, nil); !slices.Equal(got, want) {
			t.Errorf("of a record that is %s: got %v, want %v", d, got, want)
		}
	}
}

// TestAPersonsAddressIsFoundByItsPostalCode, and by no word of it.
func TestAPersonsAddressIsFoundByItsPostalCode(t *testing.T) {
	id := model.EntityID{9}
	g := &model.Golden{ID: id, Kind: model.Person, Disclosure: model.Internal, Values: []model.GoldenValue{
		{Property: ontology.PersonAddress, Value: model.Address{Street: "Ekvägen", PostalCode: "98765", Locality: "Exempel", Municipality: "9899"}},
		{Property: ontology.PersonAddress, Value: model.Address{FullAddress: "Ekvägen 2"}},
	}}
	want := []graph.Term{{Space: document.CodeSpace(ontology.PersonAddress, model.Restricted), Key: document.TextKey("98765"), ID: id}}
	if got := document.Terms(g, nil); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestTokenSpacesAreApart(t *testing.T) {
	seen := map[graph.Space]bool{}
	for _, k := range model.Kinds {
		for _, p := range ontology.Of(k) {
			for d := model.Unclassified; d <= model.Protected; d++ {
				if s := document.CodeSpace(p.ID, d); seen[s] {
					t.Errorf("space %d of %s is taken twice", s, p.Name)
				} else {
					seen[s] = true
				}
			}
		}
	}
	for _, k := range model.Kinds {
		for d := model.Unclassified; d <= model.Protected; d++ {
			if s := document.TokenSpace(k, d); seen[s] {
				t.Errorf("space %d is taken twice", s)
			} else {
				seen[s] = true
			}
		}
	}
}

func TestKeysFitEveryEngine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := strings.Repeat(documenttest.Text().Draw(t, "a"), rapid.IntRange(1, 60).Draw(t, "times"))
		k := document.TextKey(a)
		if len(k) > 256 || !utf8.ValidString(k) || strings.ContainsRune(k, 0) {
			t.Fatalf("bad key %q", k)
		}
		if other := document.TextKey(a + "x"); other == k {
			t.Fatal("two texts have one key")
		}
	})
}

func TestLinksAreTheResolvedOnes(t *testing.T) {
	p := model.Period{From: model.Date{Year: 2020}}
	g := &model.Golden{ID: model.EntityID{9}, Kind: model.Organisation, Values: []model.GoldenValue{
		{Property: ontology.OrgParent, Value: model.Link{To: model.EntityID{2}, Role: "school"}},
		{Property: ontology.OrgParent, Value: model.Link{To: model.EntityID{1}, Role: "line"}, Period: p},
		{Property: ontology.OrgParent, Value: model.Link{To: model.EntityID{1}, Role: "line", Note: "same edge"}, Period: p},
		{Property: ontology.OrgLegalEntity, Value: model.Link{Ref: model.Reference{Key: model.RecordKey{Source: "s", Kind: model.Organisation, LocalID: "1"}}}},
	}}
	want := []graph.Link{
		{To: model.EntityID{1}, Property: ontology.OrgParent, From: g.ID, Role: "line", Period: p},
		{To: model.EntityID{2}, Property: ontology.OrgParent, From: g.ID, Role: "school"},
	}
	if got := document.Links(g, nil); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func person(family, given string) *model.Golden {
	g := &model.Golden{Kind: model.Person}
	if given != "" {
		g.Values = append(g.Values, model.GoldenValue{Property: ontology.PersonGivenName, Value: model.Text{Text: given}})
	}
	if family != "" {
		g.Values = append(g.Values, model.GoldenValue{Property: ontology.PersonFamilyName, Value: model.Text{Text: family}})
	}
	return g
}

func TestPeopleSortAsInASwedishDirectory(t *testing.T) {
	var want []*model.Golden
	for _, n := range [][2]string{{"Ahl", "Östen"}, {"Ahlberg", "Anna"}, {"Berg", "Anna"}, {"Berg", "Åke"}, {"Bergman", "Anna"}, {"Vik", "A"}, {"Wik", "B"}, {"Zetterlund", "A"},
		{"Åberg", "A"}, {"Ärlig", "A"}, {"Öberg", "A"}, {"", ""}} {
		want = append(want, person(n[0], n[1]))
	}
	for i := 1; i < len(want); i++ {
		a, b := document.SortKey(want[i-1]), document.SortKey(want[i])
		if bytes.Compare(a, b) >= 0 {
			t.Errorf("%q does not sort before %q", document.DisplayName(want[i-1]), document.DisplayName(want[i]))
		}
		if len(a) > 40 {
			t.Errorf("a key of %d bytes", len(a))
		}
	}
}

func TestDisplayNameIsSwedishWhereThereIsOne(t *testing.T) {
	text := func(p model.PropertyID, s, lang string) model.GoldenValue {
		return model.GoldenValue{Property: p, Value: model.Text{Text: s, Lang: lang}}
	}
	for _, c := range []struct {
		g    model.Golden
		want string
	}{
		{*person("Öberg", "Åsa"), "Åsa Öberg"},
		{*person("Öberg", ""), "Öberg"},
		{model.Golden{Kind: model.Organisation, Values: []model.GoldenValue{text(ontology.OrgName, "The school", "en"), text(ontology.OrgName, "Skolan", "sv")}}, "Skolan"},
		{model.Golden{Kind: model.Organisation, Values: []model.GoldenValue{text(ontology.OrgLegalName, "Bolaget AB", "")}}, "Bolaget AB"},
		{model.Golden{Kind: model.Role, Values: []model.GoldenValue{{Property: ontology.RoleType, Value: model.Code{Scheme: "role-type", Notation: "duty"}}}}, "duty"},
		{model.Golden{Kind: model.Role, Values: []model.GoldenValue{{Property: ontology.RoleType, Value: model.Code{Scheme: "role-type", Notation: "duty"}}, text(ontology.RoleTitle, "Lärare", "sv")}}, "Lärare"},
		{model.Golden{Kind: model.Geography, Values: []model.GoldenValue{text(ontology.GeoName, "Haninge", "")}}, "Haninge"},
		{model.Golden{Kind: model.Service, Values: []model.GoldenValue{text(ontology.ServiceName, "Bygglov", "sv")}}, "Bygglov"},
		{model.Golden{Kind: model.Concept, Values: []model.GoldenValue{text(ontology.ConceptNotation, "0136", "")}}, "0136"},
		{model.Golden{Kind: model.Concept}, ""},
	} {
		if got := document.DisplayName(&c.g); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestSortKeysAreTheSameFromManyGoroutines(t *testing.T) {
	names := []string{"Åberg", "Öberg", "Aaltonen", "Zetterlund", "von Essen", "日本語"}
	want := make([][]byte, len(names))
	for i, n := range names {
		want[i] = document.SortKey(person(n, "Åsa"))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for round := range 200 {
				i := round % len(names)
				if got := document.SortKey(person(names[i], "Åsa")); !bytes.Equal(got, want[i]) {
					t.Errorf("%s: another key", names[i])
					return
				}
			}
		})
	}
	wg.Wait()
}
