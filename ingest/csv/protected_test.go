package csv

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"github.com/karna-registry/karna/ingest/ingesttest"
	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// TestEverySpellingReachesThePersonAndTheLink: by its name in the mapping, in UTF-8
// and in Windows-1252.
func TestEverySpellingReachesThePersonAndTheLink(t *testing.T) {
	raised := []string{"Sekretessmarkering", "SEKRETESSMARKERAD", "Skyddad folkbokföring", "skyddad_folkbokforing", "SkyddadFolkbokforing", "Kvarskrivning", "Skyddad folkbokfo\u0308ring", "hemligt", "?"}
	yes := []string{"true", "TRUE", "1", "J", "Ja", "yes"}
	for _, spelling := range slices.Sorted(maps.Keys(normalise.ProtectionSpellings)) {
		words := raised
		if normalise.ProtectionSpellings[spelling]("J").Raised() {
			words = slices.Concat(raised, yes)
		}
		for encoding, charset := range map[string]*charmap.Charmap{"utf-8": nil, "windows-1252": charmap.Windows1252} {
			mapping := fmt.Sprintf(`encoding: %s
delimiter: ";"
records:
  - kind: person
    key: id
    fields: [{column: skydd, property: protection, protection: %s}]
  - kind: role
    key: "chef/{id}"
    fields:
      - {property: roleType, constant: employment}
      - {column: chef, property: holder, link: {scheme: hsa-id, protection: {column: skydd, spelling: %s}}}
  - kind: role
    key: "post/{id}"
    fields:
      - {property: roleType, constant: post}
      - {property: holder, link: {kind: person, key: "{id}", protection: {column: skydd, spelling: %s}}}
`, encoding, spelling, spelling, spelling)
			text := "id;skydd;chef\nopen;;SE2321000016-open\n"
			for i, w := range words {
				text += fmt.Sprintf("%d;%s;SE2321000016-%d\n", i, w, i)
			}
			if charset != nil {
				text, _ = charset.NewEncoder().String(strings.ReplaceAll(text, "o\u0308", "ö"))
			}
			got := read(t, []byte(text), []byte(mapping))
			if got.Err != nil || len(got.Refused) > 0 {
				t.Fatal(got.Err, got.Refused)
			}
			for name, r := range got.Records {
				open := strings.HasSuffix(name, "open")
				switch {
				case r.Key.Kind == model.Person && level(r).IsProtected() == open:
					t.Errorf("%s, %s: %s has the level %q", spelling, encoding, name, level(r).Notation())
				case r.Key.Kind == model.Role && (r.Disclosure == model.Protected) == open:
					t.Errorf("%s, %s: %s has class %s", spelling, encoding, name, r.Disclosure)
				}
			}
			for i := range words {
				for _, mark := range []string{fmt.Sprintf("person marking/SE2321000016-%d", i), fmt.Sprintf("person marking/key/%d", i)} {
					if _, ok := got.Records[mark]; !ok {
						t.Errorf("%s, %s: %q marks nobody as %s", spelling, encoding, words[i], mark)
					}
				}
			}
		}
	}
}

func level(r model.Record) (out model.Protection) {
	for _, v := range ingesttest.Values(r, ontology.PersonProtection) {
		out = max(out, model.ParseProtection(v.(model.Code).Notation))
	}
	return out
}

// TestAFlagOnALinkByKeyReachesThePerson by an identifier that both have, in a scheme
// that only keys are in.
func TestAFlagOnALinkByKeyReachesThePerson(t *testing.T) {
	got := read(t, []byte("typ;id;skydd;nr;hsa\nP;77;;;\nK;20;sekretessmarkering;;77\n"), []byte(protectionMapping))
	want := model.Identifier{Scheme: "local-id/hr.key", Value: "77", Status: model.IdentifierValid}
	for _, name := range []string{"person 77", "person marking/key/77"} {
		if !slices.Contains(ingesttest.Values(got.Records[name], ontology.PersonIdentifier), model.Value(want)) {
			t.Errorf("%s: %v", name, got.Records[name].Statements)
		}
	}
	schemes, err := Format{}.Schemes([]byte(protectionMapping), "hr")
	if err != nil || !schemes[want.Scheme].Unique || !schemes[want.Scheme].Identifies(model.Person) {
		t.Errorf("%+v, %v", schemes, err)
	}
	_, err = Format{}.Open(strings.NewReader("id,chef,skydd\n1,2,J\n"), options([]byte("records:\n  - {kind: role, key: id, fields: [{column: chef, property: holder, link: {kind: person, key: chef, protection: {column: skydd, spelling: hsa}}}]}\n")))
	if err == nil {
		t.Error("a flag that reaches nobody passes")
	}
}

// TestAFlagThatTheMappingDoesNotTakeProtects whom the row is about, and is an issue.
func TestAFlagThatTheMappingDoesNotTakeProtects(t *testing.T) {
	const mapping = `delimiter: ";"
records:
  - {kind: person, key: id, fields: [{column: namn, property: givenName}]}
  - {kind: role, key: id, fields: [{property: roleType, constant: post}]}
  - {kind: organisation, key: id, fields: [{column: namn, property: name}]}
`
	for _, column := range []string{"isClassified", "Skyddade personuppgifter", "SEKRETESSMARKERING", "protectedNR", "securityMarking", "skyddad_folkbokforing", "Protected"} {
		got := read(t, []byte("id;namn;"+column+"\n1;Siv;J\n2;Bo;N\n3;Eva;\n4;Per;hemligt\n"), []byte(mapping))
		if got.Err != nil || len(got.Dropped) > 0 {
			t.Fatal(got.Err, got.Dropped)
		}
		for id, hidden := range map[string]bool{"1": true, "2": false, "3": false, "4": true} {
			person, role, unit := got.Records["person "+id], got.Records["role "+id], got.Records["organisation "+id]
			if level(person).IsProtected() != hidden || (role.Disclosure == model.Protected) != hidden || unit.Disclosure != model.Unclassified {
				t.Errorf("%s, row %s: level %q, role %s, unit %s", column, id, level(person).Notation(), role.Disclosure, unit.Disclosure)
			}
			if len(ingesttest.Values(person, ontology.PersonProtection)) > 0 != hidden {
				t.Errorf("%s, row %s: a column that the mapping does not take says that there is none", column, id)
			}
			if (len(person.Issues) > 0) != hidden {
				t.Errorf("%s, row %s: issues %v", column, id, person.Issues)
			}
		}
	}
}
