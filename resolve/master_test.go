package resolve_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
	"github.com/karna-registry/karna/resolve"
)

func TestWhatDiffersFromItsMaster(t *testing.T) {
	type said struct {
		source model.Source
		what   []model.Statement
	}
	day := func(year int16) model.Date { return model.Date{Year: year, Month: 1, Day: 2} }
	born := func(year int16) model.Statement {
		return model.Statement{Property: ontology.PersonBirthDate, Value: day(year)}
	}
	family := func(name string, period model.Period) model.Statement {
		return model.Statement{Property: ontology.PersonFamilyName, Value: model.Text{Text: name}, Period: period}
	}
	given := func(name string) model.Statement {
		return model.Statement{Property: ontology.PersonGivenName, Value: model.Text{Text: name}}
	}
	mail := func(to string) model.Statement {
		return model.Statement{Property: ontology.PersonEmail, Value: model.Contact{Medium: "email", Use: "work", Value: to}}
	}
	always := model.Period{}
	masters := map[model.PropertyID]model.Source{
		ontology.PersonBirthDate: "register", ontology.PersonFamilyName: "register", ontology.PersonEmail: "register",
		ontology.PersonProtection: "register",
	}
	for name, c := range map[string]struct {
		masters map[model.PropertyID]model.Source
		said    []said
		pins    []resolve.Pin
		want    string
	}{
		"another source says the same":    {masters, []said{{"register", []model.Statement{born(1890)}}, {"hr", []model.Statement{born(1890)}}}, nil, "[]"},
		"another source says otherwise":   {masters, []said{{"register", []model.Statement{born(1890)}}, {"hr", []model.Statement{born(1891)}}}, nil, "[birthDate [0 1]]"},
		"two say otherwise, one the same": {masters, []said{{"register", []model.Statement{born(1890)}}, {"hr", []model.Statement{born(1891)}}, {"school", []model.Statement{born(1890)}}, {"care", []model.Statement{born(1892)}}}, nil, "[birthDate [0 1 3]]"},
		"nobody is declared":              {nil, []said{{"register", []model.Statement{born(1890)}}, {"hr", []model.Statement{born(1891)}}}, nil, "[]"},
		"another property has a master":   {map[model.PropertyID]model.Source{ontology.PersonSex: "register"}, []said{{"register", []model.Statement{born(1890)}}, {"hr", []model.Statement{born(1891)}}}, nil, "[]"},
		"the master says nothing":         {masters, []said{{"register", []model.Statement{family("Ek", always)}}, {"hr", []model.Statement{born(1891)}}, {"school", []model.Statement{born(1892)}}}, nil, "[]"},
		"another time":                    {masters, []said{{"register", []model.Statement{family("Ek", model.Period{From: day(1910)})}}, {"hr", []model.Statement{family("Alm", model.Period{To: day(1910)})}}}, nil, "[]"},
		"the same time":                   {masters, []said{{"register", []model.Statement{family("Ek", model.Period{From: day(1910)})}}, {"hr", []model.Statement{family("Alm", model.Period{To: day(1911)})}}}, nil, "[familyName [0 1]]"},
		"a part of a name, of no master":  {masters, []said{{"register", []model.Statement{family("Ek", always), given("Eva")}}, {"hr", []model.Statement{family("Ek", always), given("Ewa")}}}, nil, "[]"},
		"a part that the master leaves":   {masters, []said{{"register", []model.Statement{given("Eva")}}, {"hr", []model.Statement{family("Ek", always), given("Eva")}}}, nil, "[]"},
		"one more of many":                {masters, []said{{"register", []model.Statement{mail("a@kommun.example")}}, {"hr", []model.Statement{mail("b@kommun.example")}}}, nil, "[]"},
		"protection is of the highest":    {masters, []said{{"register", []model.Statement{{Property: ontology.PersonProtection, Value: model.Code{Scheme: model.ProtectionScheme, Notation: "none"}}}}, {"hr", []model.Statement{{Property: ontology.PersonProtection, Value: model.Code{Scheme: model.ProtectionScheme, Notation: "sekretessmarkering"}}}}}, nil, "[]"},
		"a steward has said which it is":  {masters, []said{{"register", []model.Statement{born(1890)}}, {"hr", []model.Statement{born(1891)}}}, []resolve.Pin{{Property: ontology.PersonBirthDate, Value: day(1891)}}, "[]"},
		"the master contradicts itself":   {masters, []said{{"register", []model.Statement{born(1890)}}, {"register", []model.Statement{born(1891)}}}, nil, "[]"},
	} {
		p := &resolve.Policy{Trust: map[model.Source]int{"register": 1, "hr": 9, "school": 5}, Masters: c.masters}
		var members []resolve.Member
		for i, s := range c.said {
			var id model.EntityID
			id[15] = byte(i + 1)
			rec := &model.Record{Key: model.RecordKey{Source: s.source, Kind: model.Person, LocalID: fmt.Sprint(i)}, Statements: slices.Clone(s.what)}
			members = append(members, resolve.Member{Subject: resolve.Subject{ID: id, Record: rec}, Source: s.source})
		}
		g, e := resolve.Survive(members, p, c.pins, nil)
		var got []string
		for _, d := range resolve.Divergences(&g, &e, p, func(i int) model.Source { return members[i].Source }) {
			got = append(got, fmt.Sprint(ontology.ByID(d.Property).Name, " ", d.Records))
		}
		if diff := cmp.Diff(c.want, fmt.Sprint(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
