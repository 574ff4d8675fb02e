package server_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/graph/gql/gqltest"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/internal/access"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// concept is a record of a code.
func concept(local, scheme, notation, label string) model.Record {
	return model.Record{Key: model.RecordKey{Kind: model.Concept, LocalID: local}, Period: model.Period{From: model.DateOf(testkit.NewClock().Now())}, Statements: []model.Statement{
		{Property: ontology.ConceptScheme, Value: model.Text{Text: scheme}}, {Property: ontology.ConceptNotation, Value: model.Text{Text: notation}},
		{Property: ontology.ConceptLabel, Value: model.Text{Text: label, Lang: "sv"}},
	}}
}

// TestACodesAddressLeadsToItsConcept: every address by which the open data refers to a
// code that the registry holds leads to a document that says what the code is.
func TestACodesAddressLeadsToItsConcept(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		town.Deliver(t, "web", concept("fee", "avgifter/2026", "a/b %2F å", "Avgift"))
		s := serve(t, town, "127.0.0.1:0", access.Rights{})
		at := func(scheme, notation string) string {
			return strings.TrimPrefix(quads.CodeIRI(gqltest.Base, scheme, notation), gqltest.Base)
		}
		fee := "/id/concept/" + town.ID(t, "web", model.Concept, "fee").String()
		unit := "/id/concept/" + town.ID(t, ontology.CodeListSource, model.Concept, "organisation-type/unit").String()
		for name, test := range map[string]struct {
			path, accept string
			status       int
			to, has      string
		}{
			"a code":                        {at("organisation-type", "unit"), "", 303, unit + ".jsonld", ""},
			"a code as Turtle":              {at("organisation-type", "unit"), "text/turtle", 303, unit + ".ttl", ""},
			"a code as what there is not":   {at("organisation-type", "unit"), "text/html", 406, "", "text/turtle"},
			"slashes and more in its names": {at("avgifter/2026", "a/b %2F å"), "", 303, fee + ".jsonld", ""},
			"a code that there is not":      {at("organisation-type", "nothing"), "", 404, "", ""},
			"a list that there is not":      {at("nothing", "unit"), "text/html", 404, "", ""},
			"no code":                       {"/code/organisation-type/", "", 404, "", ""},
			"no text":                       {"/code/organisation-type/%ff%00", "", 404, "", ""},
		} {
			resp, body := s.do(t, http.MethodGet, test.path, "", "Accept", test.accept)
			if resp.StatusCode != test.status || resp.Header.Get("Location") != test.to || !strings.Contains(body, test.has) {
				t.Errorf("%s, %s: %s to %q, want %d to %q: %.200s", name, test.path, resp.Status, resp.Header.Get("Location"), test.status, test.to, body)
			}
		}
		if _, body := s.do(t, http.MethodGet, fee+".nq", ""); !strings.Contains(body, quads.CodeIRI(gqltest.Base, "avgifter/2026", "a/b %2F å")) {
			t.Errorf("the document does not say by which address the code is referred to:\n%s", body)
		}
		_, all := s.do(t, http.MethodGet, "/dumps/organisation.nq", "")
		referred := regexp.MustCompile(`<`+gqltest.Base+`(/code/organisation-type/[^>]+)>`).FindAllStringSubmatch(all, -1)
		if len(referred) == 0 {
			t.Fatal("the dump refers to no type of an organisation")
		}
		for _, code := range referred {
			if resp, _ := s.do(t, http.MethodGet, code[1], ""); resp.StatusCode != http.StatusSeeOther {
				t.Errorf("%s in the dump is answered with %s", code[1], resp.Status)
			}
		}
	})
}

// TestACodeListsAddressHasItsConcepts: its title where it is known, and each concept of
// it that the caller sees, and no other.
func TestACodeListsAddressHasItsConcepts(t *testing.T) {
	gqltest.Engines(t, func(t *testing.T, town *gqltest.Town) {
		town.Deliver(t, "web", concept("fee", "avgifter/2026", "a", "Avgift"), concept("fine", "avgifter/2026", "b", "Böter"), concept("other", "avgifter", "a", "Annan"))
		s := serve(t, town, "127.0.0.1:0", access.Rights{})
		const fees = gqltest.Base + "/code/avgifter%2F2026"
		fee, fine := gqltest.Base+"/id/concept/"+town.ID(t, "web", model.Concept, "fee").String(), gqltest.Base+"/id/concept/"+town.ID(t, "web", model.Concept, "fine").String()
		get := func(path, accept, media string) string {
			t.Helper()
			resp, body := s.do(t, http.MethodGet, path, "", "Accept", accept)
			if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != media {
				t.Fatalf("%s as %q: %s %s\n%s", path, accept, resp.Status, resp.Header, body)
			}
			return body
		}
		lines := func(text string) []string { return slices.Sorted(strings.Lines(text)) }
		want := `<` + fees + `> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2004/02/skos/core#ConceptScheme> .
`
		for iri, of := range map[string][2]string{fee: {"a", "Avgift"}, fine: {"b", "Böter"}} {
			want += `<` + iri + `> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/2004/02/skos/core#Concept> .
<` + iri + `> <http://www.w3.org/2002/07/owl#sameAs> <` + fees + `/` + of[0] + `> .
<` + iri + `> <http://www.w3.org/2004/02/skos/core#inScheme> <` + fees + `> .
<` + iri + `> <http://www.w3.org/2004/02/skos/core#notation> "` + of[0] + `" .
<` + iri + `> <http://www.w3.org/2004/02/skos/core#prefLabel> "` + of[1] + `"@sv .
`
		}
		for _, as := range []string{"application/n-triples", "application/n-quads"} {
			if got := get("/code/avgifter%2F2026", as, as); !slices.Equal(lines(got), lines(want)) {
				t.Errorf("as %s it is\n%s\nwant\n%s", as, got, want)
			}
		}
		var document struct {
			Context string `json:"@context"`
			Graph   []struct {
				ID string `json:"@id"`
			} `json:"@graph"`
		}
		if text := get("/code/avgifter%2F2026", "", "application/ld+json"); json.Unmarshal([]byte(text), &document) != nil || document.Context != gqltest.Base+"/context.jsonld" ||
			len(document.Graph) != 3 || document.Graph[0].ID != fees {
			t.Errorf("as JSON-LD it is %s", text)
		}
		// A list that is shipped has a title.
		types := get("/code/organisation-type", "text/turtle", "text/turtle")
		i := slices.IndexFunc(ontology.CodeLists(), func(l ontology.CodeList) bool { return l.Scheme == "organisation-type" })
		for _, has := range []string{`"` + ontology.CodeLists()[i].TitleSV + `"@sv`, `"` + ontology.CodeLists()[i].TitleEN + `"@en`, `"Kommun"@sv`} {
			if !strings.Contains(types, has) {
				t.Errorf("the types of organisations lack %s:\n%s", has, types)
			}
		}
		for path, status := range map[string]int{"/code/nothing": 404, "/code/%ff": 404, "/code/": 404, "/code/avgifter%2F2026/": 404} {
			if resp, _ := s.do(t, http.MethodGet, path, ""); resp.StatusCode != status {
				t.Errorf("%s: %s, want %d", path, resp.Status, status)
			}
		}
		if resp, body := s.do(t, http.MethodGet, "/code/organisation-type", "", "Accept", "application/rdf+xml"); resp.StatusCode != http.StatusNotAcceptable || !strings.Contains(body, "text/turtle") {
			t.Errorf("as what there is not: %s %s", resp.Status, body)
		}
		town.Retract(t, "web", model.Concept, "fee")
		town.Retract(t, "web", model.Concept, "fine")
		if resp, _ := s.do(t, http.MethodGet, "/code/avgifter%2F2026", ""); resp.StatusCode != http.StatusNotFound {
			t.Errorf("a list without concepts: %s", resp.Status)
		}
	})
}
