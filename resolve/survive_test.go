package resolve_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

func (r record) at(minute int) record {
	r.Stamp = time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC)
	return r
}

// told is what a golden record says of some properties, one line a value.
func told(g model.Golden, e model.Evidence, properties ...model.PropertyID) (out []string) {
	for i, v := range g.Values {
		if slices.Contains(properties, v.Property) {
			out = append(out, fmt.Sprint(show(v.Value), during(v.Period), " by ", e.Support[i].Rule, " of ", e.Support[i].Records))
		}
	}
	for _, a := range e.Alternatives {
		if slices.Contains(properties, a.Property) {
			out = append(out, fmt.Sprint("not ", show(a.Value), during(a.Period), " by ", a.Lost, " of ", a.Records))
		}
	}
	return out
}

func during(p model.Period) string {
	if p.IsZero() {
		return ""
	}
	return " " + p.String()
}

func show(v model.Value) string {
	switch v := v.(type) {
	case model.Text:
		if v.Lang != "" {
			return v.Text + "@" + v.Lang
		}
		return v.Text
	case model.Identifier:
		return string(v.Scheme) + " " + v.Value
	case model.Code:
		return v.Notation
	case model.Address:
		return v.Street
	case model.Link:
		if v.To.IsZero() {
			return "to " + v.Ref.Key.String()
		}
		return fmt.Sprint("to ", v.To[15], " ", v.Disclosure)
	}
	return fmt.Sprint(v)
}

func TestWhichValueSurvives(t *testing.T) {
	birthName := func(r record, name string) record { return r.with(ontology.PersonBirthName, text(name)) }
	trust := &resolve.Policy{Trust: map[model.Source]int{"a": 1, "b": 2}}
	for _, c := range []struct {
		name     string
		policy   *resolve.Policy
		pins     []resolve.Pin
		property model.PropertyID
		records  []record
		want     []string
	}{
		{
			name: "what nobody contradicts", property: ontology.PersonBirthName,
			records: []record{birthName(person("a", "1"), "Ek"), birthName(person("b", "1"), "Ek"), person("c", "1")},
			want:    []string{"Ek by only of [0 1]"},
		},
		{
			name: "the master before trust", property: ontology.PersonBirthName,
			policy:  &resolve.Policy{Trust: map[model.Source]int{"b": 9}, Masters: map[model.PropertyID]model.Source{ontology.PersonBirthName: "a"}},
			records: []record{birthName(person("a", "1"), "Ek"), birthName(person("b", "1"), "Al")},
			want:    []string{"Ek by master of [0]", "not Al by master of [1]"},
		},
		{
			name: "trust before recency", property: ontology.PersonBirthName, policy: trust,
			records: []record{birthName(person("a", "1").at(9), "Ek"), birthName(person("b", "1").at(1), "Al")},
			want:    []string{"Al by trust of [1]", "not Ek by trust of [0]"},
		},
		{
			name: "recency among the most trusted, whoever else repeats the older value lately", property: ontology.PersonBirthName, policy: trust,
			records: []record{birthName(person("b", "1").at(1), "Ek"), birthName(person("b", "2").at(2), "Al"), birthName(person("a", "1").at(9), "Ek")},
			want:    []string{"Al by recency of [1]", "not Ek by recency of [0 2]"},
		},
		{
			name: "support before order", property: ontology.PersonBirthName,
			records: []record{birthName(person("a", "1"), "Al"), birthName(person("b", "1"), "Ek"), birthName(person("c", "1"), "Ek")},
			want:    []string{"Ek by support of [1 2]", "not Al by support of [0]"},
		},
		{
			name: "order when nothing separates", property: ontology.PersonBirthName,
			records: []record{birthName(person("a", "1"), "Ek"), birthName(person("b", "1"), "Al")},
			want:    []string{"Al by order of [1]", "not Ek by order of [0]"},
		},
		{
			name: "rules in the order of the policy", property: ontology.PersonBirthName,
			policy: &resolve.Policy{Trust: map[model.Source]int{"a": 1},
				Rules: map[model.PropertyID][]model.Rule{ontology.PersonBirthName: {model.RuleRecency, model.RuleTrust}}},
			records: []record{birthName(person("a", "1").at(1), "Ek"), birthName(person("b", "1").at(2), "Al")},
			want:    []string{"Al by recency of [1]", "not Ek by recency of [0]"},
		},
		{
			name: "a pin before everything", property: ontology.PersonBirthName, policy: trust,
			pins:    []resolve.Pin{{Property: ontology.PersonBirthName, Value: text("Berg")}},
			records: []record{birthName(person("a", "1"), "Ek"), birthName(person("b", "1"), "Al")},
			want:    []string{"Berg by pin of []", "not Al by pin of [1]", "not Ek by pin of [0]"},
		},
		{
			name: "a pin that a record agrees with", property: ontology.PersonBirthName, policy: trust,
			pins:    []resolve.Pin{{Property: ontology.PersonBirthName, Value: text("Ek")}},
			records: []record{birthName(person("a", "1"), "Ek"), birthName(person("b", "1"), "Al")},
			want:    []string{"Ek by pin of [0]", "not Al by pin of [1]"},
		},
		{
			name: "a pin on one record", property: ontology.PersonBirthName,
			pins:    []resolve.Pin{{Property: ontology.PersonBirthName, Value: text("Berg")}},
			records: []record{birthName(person("a", "1"), "Ek")},
			want:    []string{"Berg by pin of []", "not Ek by pin of [0]"},
		},
		{
			name: "two pins of one value at different times", property: ontology.PersonBirthName,
			pins: []resolve.Pin{
				{Property: ontology.PersonBirthName, Value: text("Ek"), Period: span("1900", "1905")},
				{Property: ontology.PersonBirthName, Value: text("Ek"), Period: span("1920", "")},
			},
			records: []record{person("a", "1").during(span("1890", "1910"), ontology.PersonBirthName, text("Ek")), birthName(person("b", "1"), "Al")},
			want:    []string{"Ek 1920/.. by pin of []", "Ek 1900/1905 by pin of [0]", "not Al by pin of [1]"},
		},
		{
			name: "pins of one value that follow on each other", property: ontology.PersonBirthName,
			pins: []resolve.Pin{
				{Property: ontology.PersonBirthName, Value: text("Ek"), Period: span("1900", "1905")},
				{Property: ontology.PersonBirthName, Value: text("Ek"), Period: span("1905", "1910")},
			},
			records: []record{person("a", "1").during(span("1890", "1920"), ontology.PersonBirthName, text("Ek"))},
			want:    []string{"Ek 1900/1910 by pin of [0]"},
		},
		{
			name: "a pin of all time takes the period away", property: ontology.PersonBirthName,
			pins:    []resolve.Pin{{Property: ontology.PersonBirthName, Value: text("Ek")}},
			records: []record{person("a", "1").during(span("1900", "1910"), ontology.PersonBirthName, text("Ek"))},
			want:    []string{"Ek by pin of [0]"},
		},
		{
			name: "of many values those without an end come first", property: ontology.PersonAddress, policy: trust,
			records: []record{
				person("b", "1").during(span("1900", "1910"), ontology.PersonAddress, model.Address{Street: "A"}),
				person("a", "1").with(ontology.PersonAddress, model.Address{Street: "B"}),
			},
			want: []string{"B by all of [1]", "A 1900/1910 by all of [0]"},
		},
		{
			name: "a pin among many values", property: ontology.PersonAddress,
			pins:    []resolve.Pin{{Property: ontology.PersonAddress, Value: model.Address{Street: "C"}}},
			records: []record{person("a", "1").with(ontology.PersonAddress, model.Address{Street: "A"}), person("b", "1")},
			want:    []string{"C by pin of []", "A by all of [0]"},
		},
		{
			name: "values at different times stand side by side, the current first", property: ontology.PersonBirthName, policy: trust,
			records: []record{
				person("a", "1").during(span("1900", "1910"), ontology.PersonBirthName, text("Ek")).during(span("1910", ""), ontology.PersonBirthName, text("Al")),
				person("b", "1").during(span("1905", "1908"), ontology.PersonBirthName, text("Berg")),
			},
			want: []string{"Al 1910/.. by only of [0]", "Berg 1905/1908 by trust of [1]", "not Ek 1900/1910 by trust of [0]"},
		},
		{
			name: "one value a language", property: ontology.OrgName, policy: trust,
			records: []record{
				organisation("1", "").with(ontology.OrgName, model.Text{Text: "Åbo", Lang: "sv"}).with(ontology.OrgName, model.Text{Text: "Turku", Lang: "fi"}),
				says("b", model.Organisation, "1").with(ontology.OrgName, model.Text{Text: "Åbo stad", Lang: "sv"}),
			},
			want: []string{"Turku@fi by only of [0]", "Åbo stad@sv by trust of [1]", "not Åbo@sv by trust of [0]"},
		},
		{
			name: "every address, one spelt two ways", property: ontology.PersonAddress, policy: trust,
			records: []record{
				person("a", "1").with(ontology.PersonAddress, model.Address{Street: "STORGATAN  1", PostalCode: "733 30"}),
				person("b", "1").with(ontology.PersonAddress, model.Address{Street: "Storgatan 1", PostalCode: "73330"}),
				person("a", "2").with(ontology.PersonAddress, model.Address{Street: "Lillgatan 2", PostalCode: "73330"}),
			},
			want: []string{"Storgatan 1 by all of [0 1]", "Lillgatan 2 by all of [2]"},
		},
		{
			name: "periods of one value that touch are one, and no period is no period", property: ontology.PersonAddress,
			records: []record{
				person("a", "1").during(span("1900", "1905"), ontology.PersonAddress, model.Address{Street: "A"}),
				person("b", "1").during(span("1905", "1907"), ontology.PersonAddress, model.Address{Street: "A"}),
				person("c", "1").during(span("1910", "1912"), ontology.PersonAddress, model.Address{Street: "A"}),
				person("d", "1").with(ontology.PersonAddress, model.Address{Street: "A"}),
				person("e", "1").during(span("", "1906"), ontology.PersonAddress, model.Address{Street: "A"}),
			},
			want: []string{"A 1900/1907 by all of [0 1 4]", "A 1910/1912 by all of [2 3]"},
		},
		{
			name: "an end that somebody leaves open is open", property: ontology.PersonAddress,
			records: []record{
				person("a", "1").during(span("1900", "1905"), ontology.PersonAddress, model.Address{Street: "A"}),
				person("b", "1").during(span("1903", ""), ontology.PersonAddress, model.Address{Street: "A"}),
			},
			want: []string{"A 1900/.. by only of [0 1]"},
		},
		{
			name: "a period that ends before it starts says nothing of time", property: ontology.PersonBirthName,
			records: []record{person("a", "1").during(span("1910", "1900"), ontology.PersonBirthName, text("Ek")), birthName(person("b", "1"), "Ek")},
			want:    []string{"Ek by only of [0 1]"},
		},
		{
			name: "identifiers in use before replaced ones", property: ontology.PersonIdentifier, policy: trust,
			records: []record{
				person("b", "1").holds(model.Samordningsnummer, "x"),
				person("c", "1").held(model.Samordningsnummer, "x").holds(model.Personnummer, number(1)),
			},
			want: []string{"personnummer " + number(1) + " by all of [1]", "samordningsnummer x by all of [0 1]"},
		},
		{
			name: "links by where they lead", property: ontology.OrgParent,
			records: []record{
				says("a", model.Organisation, "1").with(ontology.OrgParent, parent("x", "1", "line")),
				says("b", model.Organisation, "1").with(ontology.OrgParent, parent("y", "2", "line")).with(ontology.OrgParent, parent("y", "dangling", "line")),
				says("c", model.Organisation, "1").with(ontology.OrgParent, parent("y", "2", "economy")),
			},
			want: []string{"to 7 internal by all of [0 1]", "to 7 internal by all of [2]", "to y/organisation/dangling by all of [1]"},
		},
		{
			name: "of two links the reference decides, not the id that it was given", property: ontology.OrgLegalEntity,
			records: []record{
				says("a", model.Organisation, "1").with(ontology.OrgLegalEntity, parent("y", "dangling", "")),
				says("b", model.Organisation, "1").with(ontology.OrgLegalEntity, parent("x", "1", "")),
			},
			want: []string{"to 7 internal by order of [1]", "not to y/organisation/dangling by order of [0]"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, e := resolve.Survive(members(c.records...), c.policy, c.pins, towards7)
			if got := told(g, e, c.property); !slices.Equal(got, c.want) {
				t.Errorf("golden says\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

func parent(source model.Source, local, role string) model.Link {
	return model.Link{Ref: model.Reference{Key: model.RecordKey{Source: source, Kind: model.Organisation, LocalID: local}}, Role: role}
}

func towards7(r model.Reference) (model.EntityID, model.Disclosure, bool) {
	if r.Key.LocalID == "dangling" {
		return model.EntityID{}, 0, false
	}
	id := model.EntityID{}
	id[15] = 7
	return id, model.Internal, true
}

func TestANameComesFromOneRecord(t *testing.T) {
	name := []model.PropertyID{ontology.PersonGivenName, ontology.PersonFamilyName, ontology.PersonPreferredName}
	trust := &resolve.Policy{Trust: map[model.Source]int{"a": 1, "b": 2}}
	for _, c := range []struct {
		name    string
		policy  *resolve.Policy
		pins    []resolve.Pin
		records []record
		want    []string
	}{
		{
			"the trusted one's whole name, without the other's preferred name", trust, nil,
			[]record{person("a", "1").named("Anna", "Ek").with(ontology.PersonPreferredName, text("Ann")), person("b", "1").named("Anna", "Berg")},
			[]string{"Anna by group of [0 1]", "Berg by trust of [1]", "not Ek by trust of [0]", "not Ann by trust of [0]"},
		},
		{
			"the master of one part brings the whole name", &resolve.Policy{Trust: trust.Trust, Masters: map[model.PropertyID]model.Source{ontology.PersonFamilyName: "a"}}, nil,
			[]record{person("a", "1").named("Anna", "Ek"), person("b", "1").named("Anne", "Berg")},
			[]string{"Anna by master of [0]", "Ek by master of [0]", "not Anne by master of [1]", "not Berg by master of [1]"},
		},
		{
			"records that say the same support each other", nil, nil,
			[]record{person("a", "1").named("Anna", "Al"), person("b", "1").named("Anna", "Ek"), person("c", "1").named("Anna", "Ek")},
			[]string{"Anna by group of [0 1 2]", "Ek by support of [1 2]", "not Al by support of [0]"},
		},
		{
			"one name that all agree on", nil, nil,
			[]record{person("a", "1").named("Anna", "Al"), person("b", "1").named("Anna", "Al"), person("c", "1")},
			[]string{"Anna by only of [0 1]", "Al by only of [0 1]"},
		},
		{
			"names of different times stand side by side", trust, nil,
			[]record{
				person("a", "1").during(span("", "1900"), ontology.PersonGivenName, text("Anna")).during(span("", "1900"), ontology.PersonFamilyName, text("Ek")),
				person("b", "1").during(span("1900", ""), ontology.PersonGivenName, text("Anna")).during(span("1900", ""), ontology.PersonFamilyName, text("Berg")),
			},
			[]string{"Anna by group of [0 1]", "Berg 1900/.. by group of [1]", "Ek ../1900 by group of [0]"},
		},
		{
			"a steward's word on one part", trust, []resolve.Pin{{Property: ontology.PersonFamilyName, Value: text("Ek")}},
			[]record{person("a", "1").named("Anna", "Ek"), person("b", "1").named("Anne", "Berg")},
			[]string{"Anne by trust of [1]", "Ek by pin of [0]", "not Anna by trust of [0]", "not Berg by pin of [1]"},
		},
		{
			"one record with two family names, beside one with none", nil, nil,
			[]record{person("a", "1"), person("b", "1").named("Anna", "Ek").with(ontology.PersonFamilyName, text("Berg"))},
			[]string{"Anna by only of [1]", "Berg by order of [1]", "not Ek by order of [1]"},
		},
		{
			"two words of stewards on one part at one time", nil,
			[]resolve.Pin{{Property: ontology.PersonFamilyName, Value: text("Ek")}, {Property: ontology.PersonFamilyName, Value: text("Al"), Period: span("1900", "")}},
			[]record{person("a", "1").named("Anna", "Asp"), person("b", "1").named("Anna", "Asp")},
			[]string{"Anna by only of [0 1]", "Al 1900/.. by pin of []", "not Asp by pin of [0 1]"},
		},
		{
			"a record that gives two family names at once", trust, nil,
			[]record{person("a", "1").named("Anna", "Al"), person("b", "1").named("Anna", "Ek").with(ontology.PersonFamilyName, text("Berg"))},
			[]string{"Anna by group of [0 1]", "Berg by trust of [1]", "not Ek by order of [1]", "not Al by trust of [0]"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, e := resolve.Survive(members(c.records...), c.policy, c.pins, nil)
			if got := told(g, e, name...); !slices.Equal(got, c.want) {
				t.Errorf("golden says\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

func TestAnIdentifierKeepsTheSealOfTheSmallestRecord(t *testing.T) {
	sealed := func(source model.Source, seal int) record {
		return person(source, "1").with(ontology.PersonIdentifier, model.Identifier{Scheme: model.Personnummer, Value: number(1), Seal: entity(seal), Status: model.IdentifierValid})
	}
	p := &resolve.Policy{Trust: map[model.Source]int{"c": 9}}
	g, _ := resolve.Survive(members(sealed("c", 30), sealed("a", 10), sealed("b", 20)), p, nil, nil)
	all := g.All(ontology.PersonIdentifier)
	if len(all) != 1 || all[0].Value.(model.Identifier).Seal != entity(10) {
		t.Errorf("identifiers %+v, want one with the seal of record a/person/1", all)
	}
}

func TestProtectionByMaximum(t *testing.T) {
	flag := func(source model.Source, notation string) record {
		r := person(source, "1").named("Anna", "Ek")
		if notation != "" {
			r.with(ontology.PersonProtection, model.Code{Scheme: model.ProtectionScheme, Notation: notation})
		}
		return r
	}
	p := &resolve.Policy{KnowsProtection: map[model.Source]bool{"register": true}}
	steward := []resolve.Pin{{Property: ontology.PersonProtection, Value: model.Code{Scheme: model.ProtectionScheme, Notation: "none"}}}
	for _, c := range []struct {
		name    string
		pins    []resolve.Pin
		records []record
		want    []string
		class   model.Disclosure
	}{
		{"a source that is silent leaves it unknown", nil, []record{flag("payroll", "")}, []string{"unknown by only of [0]"}, model.Internal},
		{"a source that knows settles it by silence", nil, []record{flag("register", ""), flag("payroll", "")}, []string{"none by maximum of [0]"}, model.Internal},
		{"a source that knows settles it by a word", nil, []record{flag("payroll", "unknown"), flag("register", "none")}, []string{"none by maximum of [1]", "not unknown by maximum of [0]"}, model.Internal},
		{"a source that does not know for everyone settles nothing", nil, []record{flag("payroll", ""), flag("school", "none")}, []string{"unknown by maximum of [0]", "not none by maximum of [1]"}, model.Internal},
		{"one source only flags it", nil, []record{flag("school", "sekretessmarkering"), flag("register", "none"), flag("payroll", "")},
			[]string{"sekretessmarkering by maximum of [0]", "not none by maximum of [1]"}, model.Protected},
		{"the higher of two", nil, []record{flag("a", "sekretessmarkering"), flag("b", "skyddad-folkbokforing")},
			[]string{"skyddad-folkbokforing by maximum of [1]", "not sekretessmarkering by maximum of [0]"}, model.Protected},
		{"a spelling that nobody foresaw protects", nil, []record{flag("a", "hemlig")}, []string{"sekretessmarkering by only of [0]"}, model.Protected},
		{"a steward lowers it", steward, []record{flag("school", "sekretessmarkering"), flag("register", "none")},
			[]string{"none by pin of [1]", "not sekretessmarkering by pin of [0]"}, model.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, e := resolve.Survive(members(c.records...), p, c.pins, nil)
			if got := told(g, e, ontology.PersonProtection); !slices.Equal(got, c.want) {
				t.Errorf("golden says %q, want %q", got, c.want)
			}
			if g.Disclosure != c.class {
				t.Errorf("disclosure %v, want %v", g.Disclosure, c.class)
			}
		})
	}
}

func role(kind string, statements ...model.Statement) record {
	r := says("a", model.Role, "1")
	if kind != "" {
		r.with(ontology.RoleType, model.Code{Scheme: "role-type", Notation: kind})
	}
	r.Statements = append(r.Statements, statements...)
	return r
}

func to(p model.PropertyID, local string) model.Statement {
	return model.Statement{Property: p, Value: model.Link{Ref: model.Reference{Key: model.RecordKey{Source: "a", Kind: model.Person, LocalID: local}}}}
}

func TestWhoMaySeeThatARecordExists(t *testing.T) {
	closed := func(r record, d model.Disclosure) record {
		r.Disclosure = d
		return r
	}
	people := func(r model.Reference) (model.EntityID, model.Disclosure, bool) {
		switch r.Key.LocalID {
		case "protected":
			return entity(1), model.Protected, true
		case "dangling":
			return model.EntityID{}, 0, false
		}
		return entity(2), model.Internal, true
	}
	const kommun = "2120000142"
	soleTrader := number(5)[2:]
	for _, c := range []struct {
		name string
		of   []record
		want model.Disclosure
	}{
		{"a person", []record{person("a", "1")}, model.Internal},
		{"a person whom one source restricts", []record{person("a", "1"), closed(person("b", "1"), model.Restricted)}, model.Restricted},
		{"a person whom a source calls open", []record{closed(person("a", "1"), model.Open)}, model.Internal},
		{"an organisation", []record{organisation("1", "company").holds(model.Organisationsnummer, kommun)}, model.Open},
		{"a sole trader by number", []record{organisation("1", "").holds(model.Organisationsnummer, soleTrader)}, model.Restricted},
		{"a sole trader by seal", []record{organisation("1", "").with(ontology.OrgIdentifier, model.Identifier{Scheme: model.Organisationsnummer, Seal: entity(9), Status: model.IdentifierValid})}, model.Restricted},
		{"a sole trader under another scheme", []record{organisation("1", "").holds(model.LocalID.Scoped("a"), soleTrader)}, model.Restricted},
		{"a sheltered unit", []record{closed(organisation("1", "unit"), model.Restricted)}, model.Restricted},
		{"a vacant post", []record{role("post")}, model.Open},
		{"a post held by a protected person", []record{role("post", to(ontology.RoleHolder, "protected"))}, model.Open},
		{"an employment", []record{role("employment", to(ontology.RoleHolder, "someone"))}, model.Internal},
		{"an employment of someone not yet delivered", []record{role("employment", to(ontology.RoleHolder, "dangling"))}, model.Internal},
		{"an employment of a protected person", []record{role("employment", to(ontology.RoleHolder, "protected"))}, model.Protected},
		{"an elected office", []record{role("elected-office", to(ontology.RoleHolder, "someone"))}, model.Internal},
		{"an elected office of a protected person", []record{role("elected-office", to(ontology.RoleHolder, "protected"))}, model.Protected},
		{"a pupil", []record{role("pupil", to(ontology.RoleHolder, "someone"))}, model.Restricted},
		{"a guardian of a protected child", []record{role("guardian", to(ontology.RoleHolder, "someone"), to(ontology.RoleOnBehalfOf, "protected"))}, model.Protected},
		{"a tenant", []record{role("tenant")}, model.Restricted},
		{"a client", []record{role("client")}, model.Restricted},
		{"a trustee", []record{role("trustee")}, model.Restricted},
		{"a role of no stated type", []record{role("")}, model.Restricted},
		{"a role of a type that nobody foresaw", []record{role("something")}, model.Restricted},
		{"a role that one source calls a post and one an employment", []record{role("post"), role("employment", to(ontology.RoleHolder, "protected"))}, model.Protected},
		{"a post that acts for a protected person", []record{role("post", to(ontology.RoleOnBehalfOf, "protected"))}, model.Protected},
	} {
		t.Run(c.name, func(t *testing.T) {
			if g, _ := resolve.Survive(members(c.of...), nil, nil, people); g.Disclosure != c.want {
				t.Errorf("disclosure %v, want %v", g.Disclosure, c.want)
			}
		})
	}
}

func TestThePeriodIsThatOfTheHighestRankedMemberThatStatesOne(t *testing.T) {
	lasting := func(r record, p model.Period) record {
		r.Period = p
		return r
	}
	p := &resolve.Policy{Trust: map[model.Source]int{"b": 1, "c": 2}}
	g, _ := resolve.Survive(members(
		lasting(says("a", model.Organisation, "1").at(9), span("1900", "")),
		lasting(says("b", model.Organisation, "1").at(1), span("1910", "1920")),
		says("c", model.Organisation, "1")), p, nil, nil)
	if g.Period != span("1910", "1920") {
		t.Errorf("period %v, want that of b", g.Period)
	}
}

func TestThePeriodOfEquallyTrustedMembersIsTheLatest(t *testing.T) {
	old, late := says("a", model.Organisation, "1").at(1), says("b", model.Organisation, "1").at(2)
	old.Period, late.Period = span("1900", ""), span("1910", "1920")
	if g, _ := resolve.Survive(members(old, late), nil, nil, nil); g.Period != late.Period {
		t.Errorf("period %v, want the later record's", g.Period)
	}
}

func TestDerivedForeignAndUnknownPropertiesAreNotGolden(t *testing.T) {
	r := role("employment").with(ontology.RoleHolderName, text("Anna Ek")).with(ontology.OrgName, text("Sala")).with(9999, text("x"))
	g, e := resolve.Survive(members(r), nil, nil, nil)
	if len(g.Values) != 1 || len(e.Support) != 1 || g.Values[0].Property != ontology.RoleType {
		t.Errorf("values %+v, want the role type only", g.Values)
	}
}

func TestSurviveLeavesItsInputAlone(t *testing.T) {
	in := members(person("b", "1").born("1850").named("Anna", "Ek"), person("a", "1").named("Anna", "Al").born("1851"))
	slices.Reverse(in)
	var before []model.Statement
	for _, m := range in {
		before = append(before, m.Record.Statements...)
	}
	first := in[0].ID
	resolve.Survive(in, nil, nil, nil)
	var after []model.Statement
	for _, m := range in {
		after = append(after, m.Record.Statements...)
	}
	if in[0].ID != first || !reflect.DeepEqual(before, after) {
		t.Error("Survive changed what it was given")
	}
}

func BenchmarkSurviveOne(b *testing.B) {
	in := members(benchmarkPerson(1))
	p := &resolve.Policy{Trust: map[model.Source]int{"payroll": 1}}
	b.ReportAllocs()
	for b.Loop() {
		if g, _ := resolve.Survive(in, p, nil, nil); len(g.Values) != 11 {
			b.Fatal("values are missing")
		}
	}
}

func BenchmarkSurviveThree(b *testing.B) {
	in := members(benchmarkPerson(1), benchmarkPerson(1), benchmarkPerson(1).named("Anna", "Ek"))
	p := &resolve.Policy{Trust: map[model.Source]int{"payroll": 1}}
	b.ReportAllocs()
	for b.Loop() {
		resolve.Survive(in, p, nil, nil)
	}
}
