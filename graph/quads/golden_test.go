package quads_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph/document/documenttest"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

const base = "https://data.haninge.example"

// kept is what RDF carries of a golden record, each value once, in an order
// that does not depend on rank.
func kept(g *model.Golden) *model.Golden {
	out := &model.Golden{ID: g.ID, Kind: g.Kind, Period: g.Period}
	for _, v := range g.Values {
		row := ontology.ByID(v.Property)
		switch value := v.Value.(type) {
		case model.Text:
			if !quads.ValidLang(value.Lang) || row.RDF == "skos:inScheme" {
				value.Lang = ""
			}
			v.Value = value
		case model.Identifier:
			if !value.Seal.IsZero() {
				continue
			}
		case model.Link:
			if value.To.IsZero() {
				continue
			}
			v.Value = model.Link{To: value.To, Role: value.Role, Note: value.Note}
		case model.Period:
			if value.IsZero() {
				continue
			}
		case model.Geometry:
			value.Original, value.CRS = "", 0
			if value.WKT != "" {
				value.Lon, value.Lat = 0, 0
			}
			v.Value = value
		}
		out.Values = append(out.Values, v)
	}
	slices.SortFunc(out.Values, func(a, b model.GoldenValue) int {
		return cmp.Or(cmp.Compare(a.Property, b.Property), strings.Compare(fmt.Sprintf("%#v", a), fmt.Sprintf("%#v", b)))
	})
	out.Values = slices.Compact(out.Values)
	return out
}

// drawGolden draws a golden record whose geometries say which of the two
// properties they are of, as they do in a store.
func drawGolden(t *rapid.T) *model.Golden {
	g := documenttest.AnyGolden().Draw(t, "golden")
	for i, v := range g.Values {
		if geometry, ok := v.Value.(model.Geometry); ok {
			if geometry.WKT = ""; v.Property == ontology.GeoGeometry {
				geometry.WKT = "POLYGON((18 59, 18.1 59, 18.1 59.1, 18 59))" + fmt.Sprint(i)
			}
			g.Values[i].Value = geometry
		}
	}
	return g
}

func TestGoldenComesBackFromItsQuads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGolden(t)
		qs := quads.AppendGolden(nil, base, g)
		got, err := quads.ToGolden(rapid.Permutation(qs).Draw(t, "any order"))
		if err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(kept(g), kept(got)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestRankedValuesComeBackInTheirOrder(t *testing.T) {
	name := func(s string, p model.Period) model.GoldenValue {
		return model.GoldenValue{Property: ontology.OrgName, Value: model.Text{Text: s, Lang: "sv"}, Period: p}
	}
	since := func(y int16) model.Period { return model.Period{From: model.Date{Year: y}} }
	contact := func(s string) model.GoldenValue {
		return model.GoldenValue{Property: ontology.OrgContact, Value: model.Contact{Medium: "phone", Value: s}}
	}
	g := &model.Golden{ID: model.EntityID{1}, Kind: model.Organisation, Values: []model.GoldenValue{
		name("Utbildning", model.Period{}), name("Skola", since(2010)), name("Bildning", since(1990)), contact("2"), contact("1"), contact("3"),
	}}
	got, err := quads.ToGolden(quads.AppendGolden(nil, base, g))
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(g.Values, got.Values); d != "" {
		t.Fatal(d)
	}
}

func TestQuadsAreWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGolden(t)
		checkQuads(t, g.Kind, g.ID, quads.AppendGolden(nil, base, g), "")
	})
}

func checkQuads(t *rapid.T, kind model.Kind, id model.EntityID, qs []quads.Quad, graph string) {
	seen, closed, last := map[quads.Quad]bool{}, map[string]bool{}, ""
	for _, q := range qs {
		if seen[q] {
			t.Fatalf("twice: %v", q)
		}
		seen[q] = true
		if q.Subject != last && closed[q.Subject] {
			t.Fatalf("the quads of %s are apart", q.Subject)
		}
		closed[q.Subject], last = true, q.Subject
		for _, i := range []string{q.Subject, q.Predicate} {
			if !quads.ValidIRI(i) {
				t.Fatalf("invalid IRI %q", i)
			}
		}
		switch {
		case q.Object.Kind == quads.IRI && (!quads.ValidIRI(q.Object.Value) || q.Object.Datatype != "" || q.Object.Lang != ""):
			t.Fatalf("invalid IRI %+v", q.Object)
		case q.Object.Kind == quads.Literal && (!utf8.ValidString(q.Object.Value) || q.Object.Datatype != "" && q.Object.Lang != ""):
			t.Fatalf("invalid literal %+v", q.Object)
		case q.Object.Lang != "" && !quads.ValidLang(q.Object.Lang):
			t.Fatalf("invalid language %q", q.Object.Lang)
		}
		if k, i, _, ok := quads.ParseNodeIRI(base, q.Subject); graph == "" && (!ok || k != kind || i != id) {
			t.Fatalf("%s is not about the record", q.Subject)
		}
		if q.Graph != graph {
			t.Fatalf("graph %q", q.Graph)
		}
	}
}

func TestSameRecordGivesTheSameQuads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawGolden(t), drawGolden(t)
		used := quads.NewRenderer(base)
		used.AppendGolden(nil, b)
		before := append([]quads.Quad(nil), used.AppendGolden(nil, a)...)
		used.AppendGolden(nil, b)
		if d := gocmp.Diff(quads.AppendGolden(nil, base, a), before); d != "" {
			t.Fatal(d)
		}
	})
}

func TestSealedIdentifiersGiveNoQuad(t *testing.T) {
	const secret = "189001019802"
	for _, v := range []model.Identifier{
		{Scheme: model.Personnummer, Value: secret},
		{Scheme: model.Hetu, Value: secret, Seal: model.EntityID{1}},
		{Scheme: "own", Value: secret, Seal: model.EntityID{1}},
	} {
		g := &model.Golden{ID: model.EntityID{1}, Kind: model.Person, Values: []model.GoldenValue{{Property: ontology.PersonIdentifier, Value: v}}}
		rec := &model.Record{Statements: []model.Statement{{Property: ontology.PersonIdentifier, Value: v, Original: secret},
			{Property: ontology.PersonIdentifier, Value: model.Link{Ref: model.Reference{Scheme: v.Scheme, Value: secret, Seal: v.Seal}}, Original: secret}}}
		for _, q := range append(quads.AppendGolden(nil, base, g), quads.AppendRecord(nil, base, quads.RecordInfo{Kind: model.Person}, rec)...) {
			if strings.Contains(fmt.Sprint(q), secret) || strings.Contains(q.Object.Value, "#identifier") {
				t.Errorf("%s: %v", v.Scheme, q)
			}
		}
	}
}

func TestNoIRIIsMadeOfAValue(t *testing.T) {
	const secret = "Hemlig"
	g := &model.Golden{ID: model.EntityID{1}, Kind: model.Person, Values: []model.GoldenValue{
		{Property: ontology.PersonGivenName, Value: model.Text{Text: secret}, Period: model.Period{From: model.Date{Year: 1890}}},
		{Property: ontology.PersonEmail, Value: model.Contact{Medium: "email", Value: secret}},
		{Property: ontology.PersonAddress, Value: model.Address{Street: secret}, Period: model.Period{To: model.Date{Year: 1890}}},
	}}
	for _, q := range quads.AppendGolden(nil, base, g) {
		if strings.Contains(q.Subject, secret) || strings.Contains(q.Subject, "1890") || q.Object.Kind == quads.IRI && strings.Contains(q.Object.Value, secret) {
			t.Errorf("%v", q)
		}
	}
}

func TestClassFollowsTheType(t *testing.T) {
	code := func(p model.PropertyID, notation string) model.GoldenValue {
		return model.GoldenValue{Property: p, Value: model.Code{Scheme: "x", Notation: notation}}
	}
	for _, c := range []struct {
		kind   model.Kind
		values []model.GoldenValue
		want   string
	}{
		{model.Person, nil, "person:Person"},
		{model.Role, []model.GoldenValue{code(ontology.RoleType, "post")}, "org:Post"},
		{model.Role, []model.GoldenValue{code(ontology.RoleType, "employment")}, "org:Membership"},
		{model.Organisation, []model.GoldenValue{code(ontology.OrgType, "municipality"), code(ontology.OrgLegalForm, "82")}, "m8g:PublicOrganisation legal:LegalEntity"},
		{model.Organisation, []model.GoldenValue{code(ontology.OrgType, "school-unit")}, "org:OrganizationalUnit"},
		{model.Organisation, []model.GoldenValue{code(ontology.OrgType, "choir")}, "org:Organization"},
		{model.Geography, []model.GoldenValue{code(ontology.GeoType, "county")}, "m8g:AdminUnit"},
		{model.Geography, []model.GoldenValue{code(ontology.GeoType, "address-point")}, "locn:Address"},
		{model.Geography, []model.GoldenValue{code(ontology.GeoType, "building")}, "dct:Location"},
		{model.Service, nil, "cpsv:PublicService"},
		{model.Concept, nil, "skos:Concept"},
	} {
		var want, got []string
		for _, w := range strings.Fields(c.want) {
			want = append(want, ontology.Expand(w))
		}
		for _, q := range quads.AppendGolden(nil, base, &model.Golden{ID: model.EntityID{1}, Kind: c.kind, Values: c.values}) {
			if q.Predicate == ontology.Expand("rdf:type") && !strings.Contains(q.Subject, "#") {
				got = append(got, q.Object.Value)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s %v: got %v, want %v", c.kind, c.values, got, want)
		}
		for _, class := range got {
			if !slices.ContainsFunc(ontology.KindClasses(), func(k ontology.KindClass) bool { return k.Kind == c.kind && ontology.Expand(k.RDF) == class }) {
				t.Errorf("%s is not declared a class of %s", class, c.kind)
			}
		}
	}
}

func TestPeriodEndsOnItsLastDay(t *testing.T) {
	for _, c := range []struct {
		to         model.Date
		last, kind string
	}{
		{model.Date{Year: 2024, Month: 3, Day: 1}, "2024-02-29", "date"},
		{model.Date{Year: 2023, Month: 3, Day: 1}, "2023-02-28", "date"},
		{model.Date{Year: 2023, Month: 1, Day: 1}, "2022-12-31", "date"},
		{model.Date{Year: 2023, Month: 5, Day: 1}, "2023-04-30", "date"},
		{model.Date{Year: 2023, Month: 1}, "2022-12", "gYearMonth"},
		{model.Date{Year: 2023}, "2022", "gYear"},
		{model.Date{Year: 1}, "0000", "gYear"},
	} {
		g := &model.Golden{ID: model.EntityID{1}, Kind: model.Service, Period: model.Period{To: c.to}}
		qs := quads.AppendGolden(nil, base, g)
		last := qs[len(qs)-1].Object
		if last.Value != c.last || last.Datatype != ontology.Expand("xsd:"+c.kind) {
			t.Errorf("until %s: got %+v", c.to, last)
		}
		if got, err := quads.ToGolden(qs); err != nil || got.Period.To != c.to {
			t.Errorf("until %s: came back as %v, %v", c.to, got, err)
		}
	}
}

func TestQuadsOfAnythingElseAreRefused(t *testing.T) {
	a := quads.AppendGolden(nil, base, &model.Golden{ID: model.EntityID{1}, Kind: model.Service})
	b := quads.AppendGolden(nil, base, &model.Golden{ID: model.EntityID{2}, Kind: model.Service})
	own := func(p, o string) []quads.Quad {
		return append(slices.Clone(a), quads.Quad{Subject: a[0].Subject, Predicate: ontology.Expand(p), Object: quads.Term{Kind: quads.IRI, Value: o}})
	}
	for name, qs := range map[string][]quads.Quad{
		"none": nil, "two": append(slices.Clone(a), b...), "foreign predicate": own("foaf:depiction", base),
		"bad code": own("adms:status", base+"/code/x"), "bad link": own("dct:spatial", base+"/id/geography/1"),
		"bad node": own("m8g:hasChannel", a[0].Subject+"#channel"), "empty statement": own("karna:statement", a[0].Subject+"#name-1"),
		"empty period": own("dct:temporal", a[0].Subject+"#period-1"),
	} {
		if g, err := quads.ToGolden(qs); !errors.Is(err, quads.ErrNotGolden) {
			t.Errorf("%s: %v, %v", name, g, err)
		}
	}
}
