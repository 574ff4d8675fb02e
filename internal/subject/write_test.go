package subject_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/piprate/json-gold/ld"

	"github.com/karna-registry/karna/internal/audit"
	"github.com/karna-registry/karna/internal/subject"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var at = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func dossier() *subject.Dossier {
	said := subject.Said{Revision: 3, At: at, Stamp: at, Delivery: "hr.csv", Values: []subject.Value{
		{Property: ontology.PersonFamilyName, Text: "<b>Öberg</b> & co", Original: "ÖBERG"},
		{Property: ontology.PersonIdentifier, Text: "personnummer 188503152343", Period: model.Period{From: model.Date{Year: 1890}}},
	}, Issues: []subject.Issue{{Property: ontology.PersonBirthDate, Place: "line 2, column född", Code: model.IssueBadDate, Text: "not a date", Original: "1885-13-<1>"}}}
	looked := []audit.Read{{Number: 9, At: at, Actor: "bo", Role: "steward", Operation: "query persons", Purpose: "dnr 1"}, {Number: 4, At: at.AddDate(0, 0, -1), Actor: "bo", Role: "steward", Operation: "merge"}}
	return &subject.Dossier{
		ID: model.EntityID{1, 6: 0x70, 8: 0x80}, IRI: "https://data.example.se/id/person/01000000-0000-7000-8000-000000000000", Kind: model.Person, Name: "Anna Öberg",
		At: at, Actor: "åsa", Purpose: "dnr 2026-17",
		Sources: []subject.Source{{Name: "hr", Authority: "Kommunstyrelsen", Purpose: "lön", LegalBasis: "avtal", Retention: "2 år", Records: []subject.Part{
			{ID: model.EntityID{2}, Kind: model.Person, LocalID: "17", Live: true, Said: []subject.Said{said, {Revision: 4, At: at, Retracted: true}}},
			{ID: model.EntityID{3}, Kind: model.Role, LocalID: "r-17", Live: true, Said: []subject.Said{{Revision: 3, At: at, Values: []subject.Value{{Property: ontology.RoleTitle, Text: "Rektor"}}}}},
		}}},
		Golden:     []subject.Value{{Property: ontology.PersonFamilyName, Text: "Öberg", Rule: "master", Sources: []string{"hr"}}},
		Mentions:   []subject.Mention{{Source: "politik", Kind: model.Role, What: "Socialchef, <Socialkontoret>", Value: subject.Value{Property: ontology.RoleHolder}, At: at, Delivery: "poster.csv"}},
		Decisions:  []subject.Decision{{At: at, Actor: "bo", Verdict: "different"}},
		Pairs:      []subject.Pair{{Weight: 12.5, Band: "link", Together: true}},
		Quarantine: []subject.Quarantined{{Source: "skola", Place: "rad 3", Reason: "ingen nyckel", At: at}},
		Looked:     looked, Recipients: subject.Recipients(looked), Withheld: []string{"Uppgifter från Socialnämnden."},
	}
}

// TestJSONLDSaysAllOfItUnderTheRegistrysContext: the document expands by itself, and
// nothing of it is lost in that.
func TestJSONLDSaysAllOfItUnderTheRegistrysContext(t *testing.T) {
	var b bytes.Buffer
	if err := subject.WriteJSONLD(&b, dossier()); err != nil {
		t.Fatal(err)
	}
	var doc any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	options := ld.NewJsonLdOptions("")
	options.DocumentLoader = nowhere{t}
	expanded, err := ld.NewJsonLdProcessor().Expand(doc, options)
	if err != nil {
		t.Fatal(err)
	}
	if len(expanded) != 1 {
		t.Fatalf("%d nodes, want one", len(expanded))
	}
	text, err := json.Marshal(expanded)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"https://w3id.org/karna/ns#SubjectAccess", "https://data.example.se/id/person/", "ÖBERG", "188503152343", "hr.csv", "Kommunstyrelsen", "avtal", "Rektor",
		"http://xmlns.com/foaf/0.1/familyName", "different", "12.5", "ingen nyckel", "query persons", "dnr 1", "dnr 2026-17", "Socialnämnden", "https://w3id.org/karna/ns#recipient",
		"https://w3id.org/karna/ns#mention", "Socialchef", "poster.csv", "https://w3id.org/karna/ns#issue", "bad-date", "line 2, column född", "1885-13-",
	} {
		if !strings.Contains(string(text), strings.NewReplacer("<", `\u003c`).Replace(want)) {
			t.Errorf("expanded, it does not say %s", want)
		}
	}
	// A term that the context does not know is dropped in expansion.
	if strings.Contains(b.String(), `"karna:`) && strings.Count(string(text), "https://w3id.org/karna/ns#") < strings.Count(b.String(), `"karna:`)-strings.Count(string(ontology.Context()), `"karna:`) {
		t.Error("expansion drops terms")
	}
}

// nowhere is a loader that may not be asked: the context is in the document.
type nowhere struct{ t *testing.T }

func (n nowhere) LoadDocument(u string) (*ld.RemoteDocument, error) {
	n.t.Errorf("the document refers to %s", u)
	return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, u)
}

func TestPageIsSwedishEscapedAndFetchesNothing(t *testing.T) {
	var b bytes.Buffer
	if err := subject.WriteHTML(&b, dossier()); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{
		`<html lang="sv">`, "Registerutdrag", "@media print", "&lt;b&gt;Öberg&lt;/b&gt; &amp; co", "ÖBERG", "188503152343", "Efternamn", "Titel", "Rektor", "Roll, post r-17",
		"Borttagen av källan", "olika", "beslutet rör även någon annan", "12.5", "räknas som samma", "ingen nyckel", "query persons", "källan svarar för uppgiften", "Socialnämnden",
		"offentligt enligt beslut", "default-src 'none'", "hänvisar till dig", "Socialchef, &lt;Socialkontoret&gt;", "Innehavare", "Fält som inte kunde läsas", "inte ett datum", "line 2, column född", "1885-13-&lt;1&gt;",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %q", want)
		}
	}
	for _, never := range []string{"<b>Öberg", "://", "src=", "href=", "url(", "<script", "@import"} {
		if strings.Contains(page, never) {
			t.Errorf("the page holds %q", never)
		}
	}
	var empty bytes.Buffer
	if err := subject.WriteHTML(&empty, &subject.Dossier{Kind: model.Person, At: at}); err != nil || !strings.Contains(empty.String(), "Inga uppgifter") {
		t.Errorf("of whom nothing is held: %v", err)
	}
}

func TestADeliveryIsNoRecipient(t *testing.T) {
	at := time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)
	got := subject.Recipients([]audit.Read{
		{Actor: "ingest", Operation: "deliver hr", At: at}, {Actor: "åsa", Role: "steward", Operation: "query person", At: at},
		{Actor: "åsa", Role: "steward", Operation: "query person", At: at.Add(-time.Hour)}, {Actor: "bo", Role: "reader", Operation: "query audit", At: at},
	})
	if len(got) != 2 || got[0].Actor != "bo" || got[1].Times != 2 || !got[1].First.Before(got[1].Last) || len(got[1].Operations) != 1 {
		t.Errorf("recipients are %+v", got)
	}
}
