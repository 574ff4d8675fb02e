package resolve_test

import (
	"slices"
	"testing"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

func TestKeysAreOneForEveryIdentifierThatIsTheRecordsOwn(t *testing.T) {
	r := person("payroll", "1").
		holds(model.Personnummer, number(1)).
		held(model.Samordningsnummer, "x").
		holds(model.Personnummer, number(1)).
		holds(model.Kommunkod, "1981").
		holds(model.LocalID.Scoped("payroll"), "17").
		with(ontology.PersonIdentifier, model.Identifier{Scheme: model.Hetu, Value: "bad", Status: model.IdentifierFailed}).
		with(ontology.PersonIdentifier, model.Identifier{Scheme: model.Hetu, Seal: entity(3), Status: model.IdentifierValid})
	number1 := resolve.IdentifierKey(model.Person, model.Personnummer, number(1), hasher)
	replaced := resolve.IdentifierKey(model.Person, model.Samordningsnummer, "x", hasher)
	local := resolve.IdentifierKey(model.Person, model.LocalID.Scoped("payroll"), "17", hasher)
	want := []uint64{number1, replaced, local}
	slices.Sort(want)
	if got := resolve.Keys(r.Record, nil, hasher); !slices.Equal(got, want) {
		t.Errorf("keys %x, want %x", got, want)
	}
	want = []uint64{number1, replaced}
	slices.Sort(want)
	if got := resolve.LinkKeys(r.Record, nil, hasher); !slices.Equal(got, want) {
		t.Errorf("linking keys %x, want %x", got, want)
	}
}

func TestASchemeThatIsNotUniqueGivesAKeyThatLinksNothing(t *testing.T) {
	service := says("a", model.Service, "1").holds(model.Klassa, "2.1")
	if keys, links := resolve.Keys(service.Record, nil, hasher), resolve.LinkKeys(service.Record, nil, hasher); len(keys) != 1 || len(links) != 0 {
		t.Errorf("%d keys and %d linking keys, want one and none", len(keys), len(links))
	}
}

func TestKeysTellKindsSchemesAndSortsApart(t *testing.T) {
	key := resolve.IdentifierKey(model.Person, model.HSAID, "SE1-A", hasher)
	for name, other := range map[string]uint64{
		"kind":   resolve.IdentifierKey(model.Organisation, model.HSAID, "SE1-A", hasher),
		"scheme": resolve.IdentifierKey(model.Person, model.EPPN, "SE1-A", hasher),
		"value":  resolve.IdentifierKey(model.Person, model.HSAID, "SE1-B", hasher),
		"sort":   resolve.RecordRefKey(model.RecordKey{Source: "identifier", Kind: model.Person, LocalID: "hsa-id"}, hasher),
	} {
		if other == key {
			t.Errorf("keys of another %s are the same", name)
		}
	}
}

func TestAUnitIsNotFoundByItsOwnersNumber(t *testing.T) {
	unit := organisation("1", "school-unit").holds(model.Organisationsnummer, "2120000142").holds(model.Skolenhetskod, "12345678")
	want := []uint64{resolve.IdentifierKey(model.Organisation, model.Skolenhetskod, "12345678", hasher)}
	if got := resolve.Keys(unit.Record, nil, hasher); !slices.Equal(got, want) {
		t.Errorf("keys %x, want %x", got, want)
	}
}

func TestRecordsWithoutALinkingKeyInCommonHaveNoMustLink(t *testing.T) {
	all := subjects(
		person("a", "1").holds(model.Personnummer, number(1)), person("b", "1").holds(model.Personnummer, number(1)),
		person("c", "1").holds(model.HSAID, "1").holds(model.LocalID, "1"), person("d", "1").holds(model.LocalID, "1"),
		organisation("1", "unit").holds(model.Organisationsnummer, "1"), organisation("2", "company").holds(model.Organisationsnummer, "1"),
		organisation("3", "").holds(model.Organisationsnummer, "1"))
	for i := range all {
		for j := range all {
			if i == j {
				continue
			}
			common := false
			for _, k := range resolve.LinkKeys(all[i].Record, nil, hasher) {
				common = common || slices.Contains(resolve.LinkKeys(all[j].Record, nil, hasher), k)
			}
			if must := resolve.Score(&all[i], &all[j], nil).Must; must != common {
				t.Errorf("%v and %v: must-link %v, linking key in common %v", all[i].Record.Key, all[j].Record.Key, must, common)
			}
		}
	}
}

func BenchmarkKeys(b *testing.B) {
	r := benchmarkPerson(0)
	b.ReportAllocs()
	for b.Loop() {
		if len(resolve.Keys(r.Record, &resolve.Policy{}, hasher)) != 2 {
			b.Fatal("keys are missing")
		}
	}
}

// benchmarkPerson has ten statements, two of them identifiers.
func benchmarkPerson(n int) record {
	return person("payroll", number(n)).
		holds(model.Personnummer, number(n)).
		holds(model.EmployeeNumber.Scoped("payroll"), "17").
		named("Anna Maria", "Sjöberg").
		with(ontology.PersonPreferredName, text("Maria")).
		born("1850-03-04").
		with(ontology.PersonSex, model.Code{Scheme: "sex", Notation: "female"}).
		with(ontology.PersonEmail, model.Contact{Medium: "email", Use: "work", Value: "a@example.se"}).
		with(ontology.PersonPhone, model.Contact{Medium: "phone", Use: "work", Value: "+4621000000"}).
		with(ontology.PersonAddress, model.Address{Use: "folkbokforing", Street: "Storgatan", StreetNumber: "1", PostalCode: "73330", Locality: "Sala"})
}
