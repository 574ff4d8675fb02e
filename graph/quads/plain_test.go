package quads_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func TestPlainQuadsAreOneForEachValueAndNothingThatHangsOnIt(t *testing.T) {
	const base = "https://data.example.se"
	id := func(n byte) model.EntityID { return model.EntityID{6: 0x70, 8: 0x80, 15: n} }
	val := func(p model.PropertyID, v model.Value) model.GoldenValue {
		return model.GoldenValue{Property: p, Value: v}
	}
	since := val(ontology.OrgParent, model.Link{To: id(2), Role: "line"})
	since.Period.From = model.Date{Year: 2020}
	g := &model.Golden{ID: id(1), Kind: model.Organisation, Period: since.Period, Values: []model.GoldenValue{
		val(ontology.OrgIdentifier, model.Identifier{Scheme: model.Skolenhetskod, Value: "12345678", Status: model.IdentifierValid}),
		val(ontology.OrgName, model.Text{Text: "Ek", Lang: "sv"}), val(ontology.OrgName, model.Text{Text: "Oak", Lang: "en"}), val(ontology.OrgName, model.Text{Text: "Eken", Lang: "sv"}),
		val(ontology.OrgType, model.Code{Scheme: "organisation-type", Notation: "school"}),
		since, val(ontology.OrgParent, model.Link{To: id(2), Role: "economy"}), val(ontology.OrgParent, model.Link{}),
		val(ontology.OrgChangedBy, model.Link{To: id(3), Role: "merged"}),
		val(ontology.OrgAddress, model.Address{Street: "Ekvägen"}),
	}}
	text := func(all []quads.Quad) (out []string) {
		for _, q := range all {
			if q.Subject != quads.EntityIRI(base, model.Organisation, id(1)) {
				t.Errorf("a quad is about %s", q.Subject)
			}
			out = append(out, fmt.Sprint(q.Predicate[strings.LastIndexAny(q.Predicate, "#/")+1:], " ", strings.TrimPrefix(q.Object.Value, base), " ", q.Object.Lang))
		}
		return out
	}
	want := []string{
		"type http://www.w3.org/ns/org#OrganizationalUnit ", "prefLabel Ek sv", "prefLabel Oak en", "classification /code/organisation-type/school ",
		"subOrganizationOf /id/organisation/00000000-0000-7000-8000-000000000002 ", "changedBy /id/organisation/00000000-0000-7000-8000-000000000003 ",
	}
	r := quads.NewRenderer(base)
	if diff := cmp.Diff(want, text(r.AppendPlain(nil, g, nil))); diff != "" {
		t.Error(diff)
	}
	parent := quads.Predicate(ontology.OrgParent)
	if diff := cmp.Diff(want[4:5], text(r.AppendPlain(nil, g, func(p string) bool { return p == parent }))); diff != "" {
		t.Error(diff)
	}
}
