package ontology_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func everyProperty() (out []*ontology.Property) {
	for _, k := range model.Kinds {
		out = append(out, ontology.Of(k)...)
	}
	return out
}

func TestNumbersAreUniqueAndOrderedWithinTheirKindsHundred(t *testing.T) {
	seen := map[model.PropertyID]bool{}
	for _, k := range model.Kinds {
		previous := model.PropertyID(k) * 100
		for _, p := range ontology.Of(k) {
			if seen[p.ID] || p.ID <= previous || p.ID >= (model.PropertyID(k)+1)*100 {
				t.Errorf("%s.%s: number %d is taken, out of order or outside the hundred of its kind", k, p.Name, p.ID)
			}
			seen[p.ID], previous = true, p.ID
			if ontology.ByID(p.ID) != p || ontology.ByName(k, p.Name) != p {
				t.Errorf("%s.%s is not found by number and name", k, p.Name)
			}
		}
	}
}

func TestEveryRowIsWhole(t *testing.T) {
	camel := regexp.MustCompile(`^[a-z][a-zA-Z]*$`)
	for _, p := range everyProperty() {
		place := p.Kind.String() + "." + p.Name
		if !camel.MatchString(p.Name) || p.LabelSV == "" || p.Description == "" || p.DescriptionSV == "" {
			t.Errorf("%s: want a camelCase name, a Swedish label and descriptions in both languages", place)
		}
		if p.Disclosure.Rank() > model.Restricted.Rank() {
			t.Errorf("%s: no explicit disclosure", place)
		}
		if (p.Type == model.TypeLink) != (len(p.Range) > 0) {
			t.Errorf("%s: a link, and nothing else, says what it points to", place)
		}
		if p.CodeList != "" && p.Type != model.TypeCode {
			t.Errorf("%s: has a code list and is no code", place)
		}
		if p.Localized && p.Type != model.TypeText {
			t.Errorf("%s: carries a language and is no text", place)
		}
		if (p.Survive == ontology.SurviveGroup) != (p.Group != "") {
			t.Errorf("%s: survives as a group without one, or has one that does nothing", place)
		}
		if p.Many && p.Survive == ontology.SurviveOne || !p.Many && p.Survive == ontology.SurviveAll {
			t.Errorf("%s: how many values it has and how they survive disagree", place)
		}
	}
}

// ownLists are code lists of sources or of others, which are not shipped: the
// occupation lists AID, SSYK and HSA, and the sector classifications.
var ownLists = map[string]bool{
	"role.occupationCode": true, "service.sector": true,
}

func TestEveryCodeHasAShippedListOrIsKnownToHaveItsSources(t *testing.T) {
	for _, p := range everyProperty() {
		place := p.Kind.String() + "." + p.Name
		if p.Type != model.TypeCode {
			continue
		}
		switch {
		case p.CodeList == "" && !ownLists[place]:
			t.Errorf("%s: no code list, and not among those that have their source's own", place)
		case p.CodeList != "" && !ontology.KnownScheme(p.CodeList):
			t.Errorf("%s: code list %s is not shipped", place, p.CodeList)
		}
		delete(ownLists, place)
	}
	for place := range ownLists {
		t.Errorf("%s is listed as having its source's own codes, and is no code", place)
	}
}

// withoutSuper are own terms for which no published vocabulary has a property
// whose meaning they narrow, with the reason.
var withoutSuper = map[string]string{
	"karna:identityAssurance": "how well an identity is proved is in no core vocabulary",
	"karna:protection":        "a protected identity is a Swedish and Finnish institution",
	"karna:party":             "org:memberOf would state membership, which is another fact",
	"karna:groupName":         "a class or teaching group is a name here, not a resource",
	"karna:extent":            "org has no extent of a membership",
	"karna:isManager":         "org:headOf points from a person, which would disclose the holder",
	"karna:isMainEmployment":  "org has no main membership",
	"karna:openingHours":      "m8g:openingHours wants a time:TemporalEntity; these are words",
	"karna:processingTime":    "m8g:processingTime wants an xsd:duration; these are words",
	"karna:caseHandlers":      "m8g:hasParticipation wants agents; these are words, for the house",
	"karna:original":          "no vocabulary has the text as delivered",
	"karna:statement":         "RDF reification is another shape",
	"karna:role":              "a link's hierarchy or kind, in a word",
	"karna:careOf":            "locn has no care-of",
	"karna:entrance":          "locn:locatorDesignator is the number",
	"karna:dwellingNumber":    "locn:locatorDesignator is the number",
	"karna:contactValue":      "m8g has terms for e-mail, telephone and page only",
	"karna:contactMedium":     "m8g has terms for e-mail, telephone and page only",
	"karna:revision":          "transaction time as a count",
}

func TestEveryTermResolvesAndOwnTermsNarrowAStandardOne(t *testing.T) {
	check := func(place, term, superior string) {
		t.Helper()
		if iri := ontology.Expand(term); !strings.HasPrefix(iri, "http") || strings.HasSuffix(iri, "#") || strings.HasSuffix(iri, "/") {
			t.Errorf("%s: term %q expands to %q", place, term, iri)
		}
		own := strings.HasPrefix(term, "karna:")
		switch {
		case superior != "" && !own:
			t.Errorf("%s: %s is a published term and takes no super-property here", place, term)
		case superior != "" && (strings.HasPrefix(superior, "karna:") || ontology.Expand(superior) == ""):
			t.Errorf("%s: %s is no published super-property", place, superior)
		case superior == "" && own && withoutSuper[term] == "":
			t.Errorf("%s: own term %s narrows nothing, and nothing says why", place, term)
		case superior != "" && withoutSuper[term] != "":
			t.Errorf("%s: own term %s is said to narrow nothing, and narrows %s", place, term, superior)
		}
	}
	for _, p := range everyProperty() {
		check(p.Kind.String()+"."+p.Name, p.RDF, p.SubOf)
	}
	parts := append(slices.Clone(ontology.EveryRecord()), ontology.EveryStructure()...)
	for _, s := range ontology.Structures() {
		if ontology.Expand(s.RDF) == "" {
			t.Errorf("structure %s: class %q has no namespace", s.Name, s.RDF)
		}
		parts = append(parts, s.Properties...)
	}
	for _, p := range parts {
		if p.Description == "" || p.DescriptionSV == "" || p.LabelSV == "" {
			t.Errorf("part %s: want a Swedish label and descriptions in both languages", p.Name)
		}
		check("part "+p.Name, p.RDF, p.SubOf)
	}
	used := map[string]bool{}
	for _, term := range ontology.OwnTerms() {
		used[term.RDF] = true
	}
	for term := range withoutSuper {
		if !used[term] {
			t.Errorf("%s is explained and not used", term)
		}
	}
	if ontology.Expand("nobody:x") != "" || ontology.Expand("x") != "" {
		t.Error("a prefix nobody declared expands")
	}
}

func TestAPropertysNodeIsAStructure(t *testing.T) {
	for _, p := range everyProperty() {
		if p.Node == "" {
			continue
		}
		if !slices.ContainsFunc(ontology.Structures(), func(s ontology.Structure) bool { return s.Name == p.Node }) {
			t.Errorf("%s.%s: no structure %s", p.Kind, p.Name, p.Node)
		}
	}
}

func TestAnOwnTermMeansOneThing(t *testing.T) {
	of := map[string]*ontology.Property{}
	for _, p := range everyProperty() {
		if !strings.HasPrefix(p.RDF, "karna:") {
			continue
		}
		if other := of[p.RDF]; other != nil && (other.Type != p.Type || other.SubOf != p.SubOf || !slices.Equal(other.Range, p.Range)) {
			t.Errorf("%s is two things: %s.%s and %s.%s", p.RDF, other.Kind, other.Name, p.Kind, p.Name)
		}
		of[p.RDF] = p
	}
}

// notInShapes are terms of vocabularies that the test files cover which do not
// occur in them, with the published place where they do.
var notInShapes = map[string]string{
	"legal:legalName":   "Core Business Vocabulary (W3C legal): no shape of it here",
	"legal:companyType": "Core Business Vocabulary (W3C legal): no shape of it here",
	"legal:LegalEntity": "Core Business Vocabulary (W3C legal): no shape of it here",
	"org:Membership":    "W3C ORG; CPOV leaves memberships out",
	"org:Post":          "W3C ORG; CPOV leaves posts out",
	"org:member":        "W3C ORG, of a membership",
	"org:organization":  "W3C ORG, of a membership",
	"org:role":          "W3C ORG, of a membership",
	"foaf:primaryTopic": "FOAF; of a record's description",
	"dct:PeriodOfTime":  "DCMI",
	"dct:isReplacedBy":  "DCMI",
	"dct:modified":      "DCMI",
	"dct:source":        "DCMI",
	"dct:temporal":      "DCMI",
	"dcat:startDate":    "DCAT 2, of a dct:PeriodOfTime",
	"dcat:endDate":      "DCAT 2, of a dct:PeriodOfTime",
	"owl:sameAs":        "OWL",
	"skos:inScheme":     "SKOS",
	"skos:definition":   "SKOS",
	"skos:broader":      "SKOS",
	"skos:exactMatch":   "SKOS",
	"skos:closeMatch":   "SKOS",
	"skos:broadMatch":   "SKOS",
	"skos:narrowMatch":  "SKOS",
}

func TestPublishedTermsOccurInThePublishedShapes(t *testing.T) {
	var text strings.Builder
	for _, f := range []string{"core-person-2.1.2.ttl", "core-location-2.1.0.ttl", "cpov-2.1.2.ttl", "cpsv-ap-3.2.0.ttl"} {
		raw, err := os.ReadFile(testkit.Data(t, "shapes/"+f))
		if err != nil {
			t.Fatal(err)
		}
		text.Write(raw)
		text.WriteByte('\n')
	}
	occurring := map[string]bool{}
	prefix := map[string]string{}
	for _, m := range regexp.MustCompile(`@prefix (\w+): <([^>]+)>`).FindAllStringSubmatch(text.String(), -1) {
		prefix[m[1]] = m[2]
	}
	for _, m := range regexp.MustCompile(`<([^>\s]+)>`).FindAllStringSubmatch(text.String(), -1) {
		occurring[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`\b(\w+):(\w+)`).FindAllStringSubmatch(text.String(), -1) {
		if prefix[m[1]] != "" {
			occurring[prefix[m[1]]+m[2]] = true
		}
	}
	terms := map[string]bool{}
	for _, p := range everyProperty() {
		terms[p.RDF] = true
	}
	for _, c := range ontology.KindClasses() {
		terms[c.RDF] = true
	}
	for _, s := range ontology.Structures() {
		terms[s.RDF] = true
		for _, p := range s.Properties {
			terms[p.RDF] = true
		}
	}
	for _, p := range append(slices.Clone(ontology.EveryRecord()), ontology.EveryStructure()...) {
		terms[p.RDF] = true
	}
	for term := range terms {
		if strings.HasPrefix(term, "karna:") {
			continue
		}
		if why := notInShapes[term]; !occurring[ontology.Expand(term)] && why == "" {
			t.Errorf("%s occurs in none of the published shapes, and nothing says where it is published", term)
		} else if occurring[ontology.Expand(term)] && why != "" {
			t.Errorf("%s occurs in the published shapes; take it off the list", term)
		}
	}
}

func TestDescriptionsAreSentences(t *testing.T) {
	for _, p := range everyProperty() {
		for _, d := range []string{p.Description, p.DescriptionSV} {
			if !unicode.IsUpper([]rune(d)[0]) || !strings.HasSuffix(d, ".") || strings.Contains(d, "|") {
				t.Errorf("%s.%s: %q is no sentence that a table can hold", p.Kind, p.Name, d)
			}
		}
	}
}
