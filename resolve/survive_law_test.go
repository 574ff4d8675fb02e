package resolve_test

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

var survivalPolicy = &resolve.Policy{
	Trust:           map[model.Source]int{"register": 2, "payroll": 1},
	Masters:         map[model.PropertyID]model.Source{ontology.PersonBirthDate: "school", ontology.PersonFamilyName: "register", ontology.OrgName: "school"},
	KnowsProtection: map[model.Source]bool{"register": true},
	Rules:           map[model.PropertyID][]model.Rule{ontology.PersonSex: {model.RuleSupport, model.RuleRecency}, ontology.OrgLegalForm: {model.RuleRecency, model.RuleTrust}},
}

var nameParts = []model.PropertyID{ontology.PersonGivenName, ontology.PersonMiddleName, ontology.PersonFamilyName, ontology.PersonPreferredName}

// drawMembers is a cluster of people or of organisations. A record says one
// thing of a name part at most, unless timed: then several, with periods.
func drawMembers(t *rapid.T, timed bool) []resolve.Member {
	kind := rapid.SampledFrom([]model.Kind{model.Person, model.Person, model.Organisation}).Draw(t, "kind")
	periods := []model.Period{{}, {}, {}, span("2001", "2010"), span("2010-01-01", ""), span("2005", "2015"), span("", "2006"), span("2012", "2003")}
	properties := []model.PropertyID{ontology.PersonIdentifier, ontology.PersonBirthDate, ontology.PersonBirthName, ontology.PersonSex, ontology.PersonEmail, ontology.PersonAddress, ontology.PersonProtection}
	if kind == model.Organisation {
		properties = []model.PropertyID{ontology.OrgIdentifier, ontology.OrgName, ontology.OrgAltName, ontology.OrgLegalForm, ontology.OrgParent, ontology.OrgAddress, ontology.OrgMunicipality}
	}
	var out []resolve.Member
	for i := range rapid.IntRange(1, 6).Draw(t, "members") {
		source := rapid.SampledFrom([]model.Source{"register", "payroll", "school", "care"}).Draw(t, "source")
		r := says(source, kind, fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "local")*10+i))
		if kind == model.Person {
			parts := nameParts
			if timed {
				parts = slices.Concat(nameParts, nameParts)
			}
			for _, id := range parts {
				if rapid.Bool().Draw(t, "has part") {
					period := model.Period{}
					if timed {
						period = rapid.SampledFrom(periods).Draw(t, "period")
					}
					r.during(period, id, text(rapid.SampledFrom([]string{"Anna", "Bo", "Cia"}).Draw(t, "name")))
				}
			}
		}
		for range rapid.IntRange(0, 6).Draw(t, "statements") {
			id := rapid.SampledFrom(properties).Draw(t, "property")
			r.during(rapid.SampledFrom(periods).Draw(t, "period"), id, drawValue(t, id))
		}
		r.Period = rapid.SampledFrom(periods).Draw(t, "record period")
		out = append(out, resolve.Member{
			Subject: resolve.Subject{ID: entity(rapid.IntRange(0, 9).Draw(t, "age")*10 + i), Record: r.Record},
			Source:  source, Stamp: int64(rapid.IntRange(0, 2).Draw(t, "stamp")),
		})
	}
	return out
}

func drawPins(t *rapid.T, kind model.Kind) (pins []resolve.Pin) {
	properties := []model.PropertyID{ontology.PersonBirthName, ontology.PersonFamilyName, ontology.PersonSex, ontology.PersonAddress, ontology.PersonProtection}
	if kind == model.Organisation {
		properties = []model.PropertyID{ontology.OrgName, ontology.OrgAltName, ontology.OrgMunicipality}
	}
	for range rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "pins") {
		id := rapid.SampledFrom(properties).Draw(t, "pinned")
		period := rapid.SampledFrom([]model.Period{{}, span("2005", "2010"), span("2010", "")}).Draw(t, "pin period")
		pins = append(pins, resolve.Pin{Property: id, Value: drawValue(t, id), Period: period})
	}
	return pins
}

func drawValue(t *rapid.T, id model.PropertyID) model.Value {
	n := rapid.IntRange(0, 2).Draw(t, "value")
	switch ontology.ByID(id).Type {
	case model.TypeIdentifier:
		status := rapid.SampledFrom([]model.IdentifierStatus{model.IdentifierValid, model.IdentifierValid, model.IdentifierReplaced, model.IdentifierFailed}).Draw(t, "status")
		return model.Identifier{Scheme: model.HSAID, Value: fmt.Sprint("SE1-", n), Seal: entity(rapid.IntRange(5000, 5003).Draw(t, "seal")), Status: status}
	case model.TypeDate:
		return []model.Date{day("1850-03-01"), day("1850-03"), day("1850")}[n]
	case model.TypeCode:
		if id == ontology.PersonProtection {
			return model.Code{Scheme: model.ProtectionScheme, Notation: []string{"none", "unknown", "sekretessmarkering"}[n]}
		}
		return model.Code{Scheme: "list", Notation: fmt.Sprint(n)}
	case model.TypeContact:
		return model.Contact{Medium: "email", Use: rapid.SampledFrom([]string{"work", "private"}).Draw(t, "use"), Value: fmt.Sprint(n)}
	case model.TypeAddress:
		return model.Address{Street: []string{"Storgatan", "STORGATAN", "Lillgatan"}[n], PostalCode: rapid.SampledFrom([]string{"733 30", "73330"}).Draw(t, "postcode")}
	case model.TypeLink:
		return model.Link{Ref: model.Reference{Key: model.RecordKey{Source: "org", Kind: model.Organisation, LocalID: fmt.Sprint(n)}}, Role: rapid.SampledFrom([]string{"line", "economy"}).Draw(t, "role")}
	}
	return model.Text{Text: fmt.Sprint("text", n), Lang: rapid.SampledFrom([]string{"", "sv", "fi"}).Draw(t, "lang")}
}

// halfway resolves two of three references to one organisation.
func halfway(r model.Reference) (model.EntityID, model.Disclosure, bool) {
	if r.Key.LocalID == "2" {
		return model.EntityID{}, 0, false
	}
	return entity(77), model.Internal, true
}

func nowhere(model.Reference) (model.EntityID, model.Disclosure, bool) {
	return model.EntityID{}, 0, false
}

func TestSurviveDoesNotDependOnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawMembers(t, true)
		pins := drawPins(t, in[0].Record.Key.Kind)
		g, e := resolve.Survive(in, survivalPolicy, pins, halfway)
		seed := rapid.Uint64().Draw(t, "order")
		other := shuffled(seed, in)
		for i := range other {
			rec := *other[i].Record
			rec.Statements = shuffled(seed, rec.Statements)
			other[i].Record = &rec
		}
		g2, e2 := resolve.Survive(other, survivalPolicy, shuffled(seed, pins), halfway)
		if !reflect.DeepEqual(g, g2) {
			t.Fatalf("golden %+v\nin another order %+v", g, g2)
		}
		if !reflect.DeepEqual(e, e2) {
			t.Fatalf("evidence %+v\nin another order %+v", e, e2)
		}
	})
}

// TestSurviveDoesNotDependOnArrival: ids are given on arrival, and keys are not.
func TestSurviveDoesNotDependOnArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawMembers(t, true)
		late := slices.Clone(in)
		for i := range late {
			late[i].ID = entity(900 - i)
		}
		g, e := resolve.Survive(in, survivalPolicy, nil, halfway)
		g2, e2 := resolve.Survive(late, survivalPolicy, nil, func(r model.Reference) (model.EntityID, model.Disclosure, bool) {
			to, d, ok := halfway(r)
			if ok {
				to = entity(7)
			}
			return to, d, ok
		})
		if a, b := withoutIDs(g), withoutIDs(g2); !reflect.DeepEqual(a, b) {
			t.Fatalf("golden %+v\nwith other ids %+v", a, b)
		}
		for i := range e.Support {
			if e.Support[i].Rule != e2.Support[i].Rule {
				t.Fatalf("value %d won by %v, with other ids by %v", i, e.Support[i].Rule, e2.Support[i].Rule)
			}
		}
	})
}

func withoutIDs(g model.Golden) model.Golden {
	g.ID = model.EntityID{}
	g.Values = slices.Clone(g.Values)
	for i := range g.Values {
		if l, ok := g.Values[i].Value.(model.Link); ok {
			l.To = model.EntityID{}
			g.Values[i].Value = l
		}
	}
	return g
}

func TestSurviveIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawMembers(t, true)
		g, _ := resolve.Survive(in, survivalPolicy, nil, nowhere)
		again := says("golden", g.Kind, "1")
		again.Period = g.Period
		for _, v := range g.Values {
			again.during(v.Period, v.Property, v.Value)
		}
		g2, e2 := resolve.Survive([]resolve.Member{{Subject: resolve.Subject{ID: g.ID, Record: again.Record}}}, survivalPolicy, nil, nowhere)
		if a, b := unranked(g), unranked(g2); !reflect.DeepEqual(a, b) {
			t.Fatalf("golden %+v\nof the golden %+v", a, b)
		}
		if len(e2.Alternatives) != 0 {
			t.Fatalf("the golden record contradicts itself: %+v", e2.Alternatives)
		}
	})
}

// unranked has the values of many-valued properties in no order of rank, which
// a record alone does not know.
func unranked(g model.Golden) model.Golden {
	g.Values = slices.Clone(g.Values)
	slices.SortStableFunc(g.Values, func(a, b model.GoldenValue) int {
		return cmp.Or(int(a.Property)-int(b.Property), cmp.Compare(fmt.Sprint(a.Value, a.Period), fmt.Sprint(b.Value, b.Period)))
	})
	return g
}

func TestOneValueAtAnInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawMembers(t, true)
		g, _ := resolve.Survive(in, survivalPolicy, drawPins(t, in[0].Record.Key.Kind), halfway)
		for i, v := range g.Values {
			if i > 0 && g.Values[i-1].Property > v.Property {
				t.Fatalf("property %d after %d", v.Property, g.Values[i-1].Property)
			}
			for _, w := range g.Values[i+1:] {
				a, _ := v.Value.(model.Text)
				b, _ := w.Value.(model.Text)
				if row := ontology.ByID(v.Property); v.Property == w.Property && !row.Many && a.Lang == b.Lang && v.Period.Overlaps(w.Period) {
					t.Fatalf("two values of %s at one instant: %v and %v", row.Name, v, w)
				}
			}
		}
	})
}

// same tells whether two values mean the same, as a reader would.
func same(a, b model.Value) bool {
	switch a := a.(type) {
	case model.Identifier:
		b := b.(model.Identifier)
		return a.Scheme == b.Scheme && a.Value == b.Value
	case model.Address:
		b := b.(model.Address)
		return strings.EqualFold(a.Street, b.Street) && strings.ReplaceAll(a.PostalCode, " ", "") == strings.ReplaceAll(b.PostalCode, " ", "")
	case model.Link:
		b := b.(model.Link)
		return a.To == b.To && a.Ref == b.Ref && a.Role == b.Role
	}
	return a == b
}

func TestEverythingSaidIsKeptOrIsAnAlternativeThatLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawMembers(t, true)
		g, e := resolve.Survive(in, survivalPolicy, nil, halfway)
		index := map[model.EntityID]uint32{}
		for i, id := range e.Members {
			index[id] = uint32(i)
		}
		if len(e.Support) != len(g.Values) {
			t.Fatalf("%d values and support for %d", len(g.Values), len(e.Support))
		}
		for _, m := range in {
			for _, st := range m.Record.Statements {
				if st.Property == ontology.PersonProtection {
					continue // has its own law
				}
				v := st.Value
				if l, ok := v.(model.Link); ok {
					if to, _, ok := halfway(l.Ref); ok {
						v = model.Link{To: to, Role: l.Role}
					}
				}
				found := false
				for i, gv := range g.Values {
					found = found || gv.Property == st.Property && same(gv.Value, v) && slices.Contains(e.Support[i].Records, index[m.ID])
				}
				for _, a := range e.Alternatives {
					found = found || a.Property == st.Property && same(a.Value, v) && slices.Contains(a.Records, index[m.ID])
				}
				if !found {
					t.Fatalf("%v of %v is neither supported nor an alternative:\n%+v\n%+v", st, m.ID, g, e)
				}
			}
		}
		for i, s := range e.Support {
			for _, r := range s.Records {
				says := slices.ContainsFunc(in, func(m resolve.Member) bool { return index[m.ID] == r })
				if !says || !slices.IsSorted(s.Records) {
					t.Fatalf("support of value %d: %v", i, s.Records)
				}
			}
		}
	})
}

func TestANameIsNeverAHybrid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawMembers(t, false)
		g, _ := resolve.Survive(in, survivalPolicy, nil, nil)
		name := func(all []model.GoldenValue) (out []model.GoldenValue) {
			for _, v := range all {
				if slices.Contains(nameParts, v.Property) {
					out = append(out, v)
				}
			}
			return out
		}
		golden := name(g.Values)
		if len(golden) == 0 {
			return
		}
		for _, m := range in {
			var own []model.GoldenValue
			for _, st := range m.Record.Statements {
				own = append(own, model.GoldenValue{Property: st.Property, Value: st.Value, Period: st.Period})
			}
			if reflect.DeepEqual(name(own), golden) {
				return
			}
		}
		t.Fatalf("no record has the name %v", golden)
	})
}

func level(g model.Golden) model.Protection {
	all := g.All(ontology.PersonProtection)
	if len(all) != 1 {
		return 0
	}
	return model.ParseProtection(all[0].Value.(model.Code).Notation)
}

func TestProtectionIsTheHighestAndNeverFallsWithMoreRecords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawMembers(t, true)
		if in[0].Record.Key.Kind != model.Person {
			return
		}
		ignorant := *survivalPolicy
		ignorant.KnowsProtection = nil
		for n := 1; n <= len(in); n++ {
			g, _ := resolve.Survive(in[:n], survivalPolicy, nil, nil)
			if level(g) == 0 {
				t.Fatalf("%d protection values", len(g.All(ontology.PersonProtection)))
			}
			if hidden := g.Disclosure == model.Protected; hidden != level(g).IsProtected() {
				t.Fatalf("protection %v has disclosure %v", level(g), g.Disclosure)
			}
			if n == 1 {
				continue
			}
			fewer, _ := resolve.Survive(in[:n-1], survivalPolicy, nil, nil)
			if level(fewer).IsProtected() && level(g) < level(fewer) {
				t.Fatalf("one record more and %v fell to %v", level(fewer), level(g))
			}
			was, _ := resolve.Survive(in[:n-1], &ignorant, nil, nil)
			is, _ := resolve.Survive(in[:n], &ignorant, nil, nil)
			if level(is) < level(was) {
				t.Fatalf("one record more and %v fell to %v with no source that knows", level(was), level(is))
			}
		}
	})
}

func TestDisclosureIsTheSameWithoutTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawMembers(t, true)
		own := rapid.SampledFrom([]model.Disclosure{0, 0, model.Open, model.Restricted}).Draw(t, "own")
		in[0].Record.Disclosure = own
		pins := drawPins(t, in[0].Record.Key.Kind)
		g, _ := resolve.Survive(in, survivalPolicy, pins, halfway)
		if d := resolve.DisclosureOf(in, survivalPolicy, halfway, pins...); d != g.Disclosure {
			t.Fatalf("disclosure %v, golden has %v", d, g.Disclosure)
		}
		if g.Disclosure == model.Unclassified || own == model.Restricted && g.Disclosure.Rank() < own.Rank() {
			t.Fatalf("a member asks for %v and the golden record is %v", own, g.Disclosure)
		}
	})
}
