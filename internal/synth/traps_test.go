package synth_test

import (
	"strings"
	"testing"

	"github.com/karna-registry/karna/model"
)

// TestHouseholdsAreThere counts what makes persons hard to tell apart: people of
// one address and one phone, twins, parents' namesakes.
func TestHouseholdsAreThere(t *testing.T) {
	type person struct{ id, address, name, surname, born, phone string }
	first := map[string]person{}
	for _, r := range generate(t, "swedish", 6_000, 21) {
		p := first[r["person_id"]]
		p.id = r["person_id"]
		fill := func(field *string, value string) {
			if *field == "" {
				*field = strings.ToUpper(value)
			}
		}
		if r["source"] == "skatt" || r["source"] == "omsorg" { // they have all given names
			name, _, _ := strings.Cut(r["fornamn"], " ")
			fill(&p.name, name+" "+r["efternamn"])
		}
		street, _, _ := strings.Cut(r["gatuadress"], " lgh")
		fill(&p.address, street+strings.ReplaceAll(r["postnummer"], " ", ""))
		fill(&p.surname, r["efternamn"])
		fill(&p.born, strings.ReplaceAll(r["fodelsedatum"], "-", ""))
		phone := strings.NewReplacer("-", "", " ", "", "+46", "0").Replace(r["telefon"])
		fill(&p.phone, phone)
		first[p.id] = p
	}
	shared := func(key func(p person) string) int {
		count, others := map[string]int{}, 0
		for _, p := range first {
			if k := key(p); k != "" {
				count[k]++
			}
		}
		for _, n := range count {
			others += n - 1
		}
		return others
	}
	and := func(parts ...string) string {
		for _, p := range parts {
			if len(p) < 6 {
				return ""
			}
		}
		return strings.Join(parts, "|")
	}
	for what, c := range map[string]struct {
		got, atLeast int
	}{
		"an address with surname": {shared(func(p person) string { return and(p.address, p.surname) }), len(first) / 5},
		"a phone":                 {shared(func(p person) string { return and(p.phone) }), len(first) / 10},
		"a birth date at home":    {shared(func(p person) string { return and(p.address, p.born) }), 5},
		"a name at home":          {shared(func(p person) string { return and(p.address, p.name) }), 5},
	} {
		if c.got < c.atLeast {
			t.Errorf("%d of %d persons share %s with another, want %d or more", c.got, len(first), what, c.atLeast)
		}
	}
}

// TestAnOrganisationsNumberIsItsOwnOrItsOwners holds that a valid number tells
// one organisation, but for the units, schools and preschools of a municipality.
func TestAnOrganisationsNumberIsItsOwnOrItsOwners(t *testing.T) {
	entity, owner := map[string]string{}, map[string]string{}
	failed := 0
	for _, r := range generate(t, "organisations", 8_000, 3) {
		if r["organisationsnummer"] == "" {
			continue
		}
		id, err := model.ParseIdentifier(model.Organisationsnummer, r["organisationsnummer"], model.Date{})
		if err != nil {
			failed++
			continue
		}
		key, of := entity, r["entity"]
		if r["overordnad"] != "" {
			key, of = owner, r["overordnad"]
		}
		if other := key[id.Value]; other != "" && other != of {
			t.Errorf("%s: %s has the number of %s", r["id"], of, other)
		}
		key[id.Value] = of
	}
	if failed == 0 {
		t.Error("no number fails its rule")
	}
	for n := range owner {
		if entity[n] != "" {
			t.Errorf("%s has the number of an owner", entity[n])
		}
	}
}

// TestEmployeesNumbersAreValid holds roles to the rule of persons: a number is
// wrong only where it fails.
func TestEmployeesNumbersAreValid(t *testing.T) {
	number := map[string]string{}
	for _, r := range generate(t, "roles", 8_000, 3) {
		if r["personnummer"] == "" {
			continue
		}
		id, err := model.ParsePersonalNumber(r["personnummer"], model.Date{})
		if err != nil {
			continue
		}
		if other := number[r["entity"]]; other != "" && other != id.Value || !strings.HasPrefix(id.Value, "18") {
			t.Errorf("%s has two valid numbers, or one that is not of 1800–1899", r["entity"])
		}
		number[r["entity"]] = id.Value
	}
}
