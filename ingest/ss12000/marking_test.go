package ss12000

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/karna-registry/karna/ingest/ingesttest"
	"github.com/karna-registry/karna/internal/testkit"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// levels are the highest levels that readings state of persons, by the source's id.
func levels(readings ...ingesttest.Reading) map[string]model.Protection {
	out := map[string]model.Protection{}
	for _, got := range readings {
		for _, r := range got.Records {
			if r.Key.Kind != model.Person {
				continue
			}
			id, _, _ := strings.Cut(r.Key.LocalID, "/marking/")
			out[id] = max(out[id], 0)
			for _, v := range ingesttest.Values(r, ontology.PersonProtection) {
				out[id] = max(out[id], model.ParseProtection(v.(model.Code).Notation))
			}
		}
	}
	return out
}

// TestAFlagIsReadWhereverItStands: in files of every type, whoever should be hidden
// has an id that begins with 5ec2e700, and whoever should not with 09e40000.
func TestAFlagIsReadWhereverItStands(t *testing.T) {
	files := map[string]ingesttest.Reading{}
	var all []ingesttest.Reading
	for _, typ := range []string{Persons, Duties, Placements, Groups} {
		got := read(t, file(t, "protected/"+typ+".json"), options(typ))
		if got.Err != nil || len(got.Refused) > 0 {
			t.Fatalf("%s: refused %v, %v", typ, got.Refused, got.Err)
		}
		files[typ] = got
		all = append(all, got)
	}
	hidden, open := 0, 0
	for id, level := range levels(all...) {
		secret := strings.HasPrefix(id, "5ec2e700")
		if secret != level.IsProtected() {
			t.Errorf("%s has the level %q", id, level.Notation())
		}
		if secret {
			hidden++
		} else {
			open++
		}
	}
	if hidden < 50 || open < 10 {
		t.Errorf("%d hidden and %d open persons", hidden, open)
	}
	for _, got := range all {
		for name, r := range got.Records {
			if r.Key.Kind != model.Role {
				continue
			}
			secret := false
			for _, p := range []model.PropertyID{ontology.RoleHolder, ontology.RoleOnBehalfOf} {
				for _, v := range ingesttest.Values(r, p) {
					secret = secret || strings.HasPrefix(v.(model.Link).Ref.Key.LocalID, "5ec2e700")
				}
			}
			if secret != (r.Disclosure == model.Protected) {
				t.Errorf("%s has class %s", name, r.Disclosure)
			}
		}
	}
}

// TestAFlagOfNobodyInParticularClosesTheElement: deny by default.
func TestAFlagOfNobodyInParticularClosesTheElement(t *testing.T) {
	group := `{"id":"90000000-0000-4000-8000-000000000001","displayName":"5A","securityMarking":"Sekretessmarkering","groupMemberships":[{"id":"c0000000-0000-4000-8000-000000000001","person":{"id":"09e40000-0000-4000-8000-000000000001"}}]}`
	for typ, text := range map[string]string{
		Groups:        group,
		Duties:        `{"id":"d0000000-0000-4000-8000-000000000001","person":{"id":"ingen uuid","securityMarking":"Sekretessmarkering"},"dutyRole":"Lärare"}`,
		Organisations: `{"id":"a0000000-0000-4000-8000-000000000001","displayName":"Skyddat boende","protected":true}`,
	} {
		got := read(t, []byte(text), options(typ))
		if len(got.Records) != 1 {
			t.Fatalf("%s: %v", typ, got.Records)
		}
		for name, r := range got.Records {
			if r.Disclosure != model.Protected {
				t.Errorf("%s has class %s", name, r.Disclosure)
			}
		}
	}
}

// TestAnOddFlagIsAnIssueAtItsPlace, and tells nothing of what it says.
func TestAnOddFlagIsAnIssueAtItsPlace(t *testing.T) {
	for text, want := range map[string]string{
		`{"id":"5ec2e700-0000-4000-8000-000000000001","securityMarking":{"value":"hemligt"}}`: "$.securityMarking: unknown-code",
		`{"id":"5ec2e700-0000-4000-8000-000000000001","addresses":[{"protected":"hemligt"}]}`: "$.addresses[0].protected: unknown-code",
	} {
		ingesttest.WantIssues(t, read(t, []byte(text), options(Persons)).Records["person 5ec2e700-0000-4000-8000-000000000001"], want)
	}
	duty := read(t, []byte(`{"id":"d0000000-0000-4000-8000-000000000001","person":{"id":"5ec2e700-0000-4000-8000-000000000001","securityMarking":"hemligt"}}`), options(Duties))
	ingesttest.WantIssues(t, duty.Records["role d0000000-0000-4000-8000-000000000001"], "$.person.securityMarking: unknown-code")
}

// TestAFlagInTheSharedFilesIsRead sets one in third-party files: on the person, and on
// the reference of the group's member.
func TestAFlagInTheSharedFilesIsRead(t *testing.T) {
	const id = "3b0840e9-fb9c-4618-9732-9f6f1627d038"
	for _, flag := range []string{`"securityMarking": "Skyddad folkbokföring"`, `"securityMarking": true`, `"isClassified": true`} {
		person := shared(t, "ss12000/skolverket-person.json")
		person = bytes.Replace(person, []byte(`"id": "123456789"`), []byte(`"id": "`+id+`", `+flag), 1)
		if got := levels(read(t, person, options(Persons))); !got[id].IsProtected() {
			t.Errorf("%s on the person: %v", flag, got)
		}
		group := shared(t, "ss12000/skolverket-group_json.json")
		group = bytes.Replace(group, []byte(`"id": "`+id+`"`), []byte(`"id": "`+id+`", `+flag), 1)
		got := read(t, group, options(Groups))
		if !levels(got)[id].IsProtected() {
			t.Errorf("%s on the reference: %v", flag, got.Records)
		}
		for name, r := range got.Records {
			if r.Key.Kind == model.Role && r.Disclosure != model.Protected {
				t.Errorf("%s: %s has class %s", flag, name, r.Disclosure)
			}
		}
	}
}

func shared(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testkit.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAFlagUnderAnIDThatIsNoPersonsIsOfThePersonAroundIt: an enrolment, a unit or a
// membership has an id too, and nobody is protected by a mark of one.
func TestAFlagUnderAnIDThatIsNoPersonsIsOfThePersonAroundIt(t *testing.T) {
	const (
		own     = "5ec2e700-0000-4000-8000-000000000001"
		other   = "5ec2e700-0000-4000-8000-000000000002"
		open    = "09e40000-0000-4000-8000-000000000001"
		foreign = "e0000000-0000-4000-8000-000000000001"
		duty    = "d0000000-0000-4000-8000-000000000001"
	)
	for _, c := range []struct {
		typ, text string
		hidden    string // who is protected, and nobody besides
	}{
		{Persons, `{"id":"` + own + `","enrolments":[{"id":"` + foreign + `","schoolType":"GR","protectedPerson":true}]}`, own},
		{Persons, `{"id":"` + own + `","enrolments":[{"schoolType":"GR","enroledAt":{"id":"` + foreign + `","displayName":"Skolan","securityMarking":"Sekretessmarkering"}}]}`, own},
		{Persons, `{"id":"` + own + `","_embedded":{"units":[{"id":"` + foreign + `","sekretessmarkering":"ja"}]}}`, own},
		{Persons, `{"id":"` + own + `","child":{"id":"` + open + `"},"securityMarking":"Sekretessmarkering"}`, own},
		{Persons, `{"id":"` + own + `","_embedded":{"duties":[{"id":"` + duty + `","person":{"id":"` + open + `"},"dutyAt":{"id":"` + foreign + `","isClassified":true}}]}}`, own},
		{Persons, `{"id":"` + open + `","responsibles":[{"id":"` + other + `","relationType":"God man","securityMarking":true}]}`, other},
		{Persons, `{"id":"` + open + `","_embedded":{"family":[{"id":"` + other + `","givenName":"Nr2","enrolments":[{"id":"` + foreign + `","protectedPerson":true}]}]}}`, other},
		{Duties, `{"id":"` + duty + `","person":{"id":"` + open + `"},"dutyAt":{"id":"` + foreign + `","protected":true},"dutyRole":"Lärare"}`, ""},
		{Duties, `{"id":"` + duty + `","person":{"id":"` + other + `"},"_embedded":{"staff":[{"id":"` + other + `","isClassified":true}]}}`, other},
		{Groups, `{"id":"90000000-0000-4000-8000-000000000001","groupMemberships":[{"id":"` + foreign + `","person":{"id":"ingen uuid"},"securityMarking":true},{"person":{"id":"` + open + `"}}]}`, ""},
	} {
		got := read(t, []byte(c.text), options(c.typ))
		if len(got.Refused) > 0 || got.Err != nil {
			t.Fatalf("%s: %v, %v", c.text, got.Refused, got.Err)
		}
		found := levels(got)
		for id, level := range found {
			if level.IsProtected() != (id == c.hidden) {
				t.Errorf("%s: %s has the level %q", c.text, id, level.Notation())
			}
		}
		if _, ok := found[c.hidden]; c.hidden != "" && !ok {
			t.Errorf("%s: nothing is said of %s", c.text, c.hidden)
		}
		for name, r := range got.Records {
			if c.typ != Persons && r.Key.Kind == model.Role && r.Disclosure != model.Protected {
				t.Errorf("%s: %s has class %s", c.text, name, r.Disclosure)
			}
		}
	}
}
