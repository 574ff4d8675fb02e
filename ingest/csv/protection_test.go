package csv

import (
	"fmt"
	"strings"
	"testing"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

const protectionMapping = `delimiter: ";"
records:
  - kind: person
    key: id
    when: {column: typ, equals: P}
    fields:
      - {column: skydd, property: protection, protection: isClassified}
      - {column: nr, property: protection, protection: protectedNR}
  - kind: role
    key: id
    when: {column: typ, equals: R}
    fields:
      - {property: roleType, constant: employment}
      - {column: hsa, property: holder, link: {scheme: hsa-id, protection: {column: skydd, spelling: hsa}}}
  - kind: role
    key: id
    when: {column: typ, equals: K}
    fields:
      - {property: roleType, constant: employment}
      - {column: hsa, property: holder, link: {key: "{hsa}", protection: {column: skydd}}}
`

func protectionsOf(rec model.Record) (out []string) {
	for _, st := range rec.Statements {
		if c, ok := st.Value.(model.Code); ok && st.Property == ontology.PersonProtection {
			out = append(out, c.Notation)
		}
	}
	return out
}

func TestProtectionInTheSourcesSpelling(t *testing.T) {
	got := read(t, []byte("typ;id;skydd;nr;hsa\nP;1;true;false;\nP;2;false;true;\nP;3;;;\nP;4;false;;\nP;5;kanske;;\n"+
		"R;10;true;;SE2321000016-1a2b\nR;11;false;;SE2321000016-1a2b\nR;12;;;SE2321000016-1a2b\nR;13;vet ej;;SE2321000016-9z\nK;20;sekretessmarkering;;77\n"), []byte(protectionMapping))
	if got.Err != nil || len(got.Refused) > 0 {
		t.Fatal(got.Err, got.Refused)
	}
	for key, want := range map[string]string{"1": "[sekretessmarkering]", "2": "[none skyddad-folkbokforing]", "3": "[]", "4": "[none]", "5": "[sekretessmarkering]"} {
		found := false
		for _, rec := range got.Records {
			if rec.Key.Kind == model.Person && rec.Key.LocalID == key {
				found = true
				if s := fmt.Sprint(protectionsOf(rec)); s != want {
					t.Errorf("person %s: %s, want %s", key, s, want)
				}
			}
		}
		if !found {
			t.Errorf("no person %s", key)
		}
	}
	marks := 0
	for _, rec := range got.Records {
		switch {
		case rec.Key.Kind == model.Role:
			closed := rec.Key.LocalID == "10" || rec.Key.LocalID == "13" || rec.Key.LocalID == "20"
			if (rec.Disclosure == model.Protected) != closed {
				t.Errorf("role %s has class %s", rec.Key.LocalID, rec.Disclosure)
			}
		case rec.Key.LocalID == "marking/SE2321000016-1a2b" || rec.Key.LocalID == "marking/SE2321000016-9z":
			marks++
			if s := fmt.Sprint(protectionsOf(rec)); s != "[sekretessmarkering]" || len(rec.Statements) != 2 {
				t.Errorf("the marking says %s", s)
			}
		}
	}
	if marks != 2 {
		t.Errorf("%d markings of their own", marks)
	}
}

func TestASpellingThatNobodyHasIsAnError(t *testing.T) {
	_, err := Format{}.Open(strings.NewReader("id,a\n1,2\n"), options([]byte("records:\n  - {kind: person, key: id, fields: [{column: a, property: protection, protection: hemlig}]}\n")))
	if err == nil {
		t.Error("a spelling that nobody has passes")
	}
	_, err = Format{}.Open(strings.NewReader("id,a\n1,2\n"), options([]byte("records:\n  - {kind: person, key: id, fields: [{column: a, property: givenName, protection: hsa}]}\n")))
	if err == nil {
		t.Error("a name has a spelling of protection")
	}
}
