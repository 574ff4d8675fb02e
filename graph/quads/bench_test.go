package quads_test

import (
	"testing"

	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func unit() *model.Golden {
	return &model.Golden{ID: model.EntityID{1}, Kind: model.Organisation, Period: model.Period{From: model.Date{Year: 2010, Month: 1, Day: 1}}, Values: []model.GoldenValue{
		{Property: ontology.OrgIdentifier, Value: model.Identifier{Scheme: model.Skolenhetskod, Value: "12345678", Status: model.IdentifierValid}},
		{Property: ontology.OrgName, Value: model.Text{Text: "Vikingaskolan", Lang: "sv"}},
		{Property: ontology.OrgType, Value: model.Code{Scheme: "organisation-type", Notation: "school-unit"}},
		{Property: ontology.OrgParent, Value: model.Link{To: model.EntityID{2}, Role: "line"}},
		{Property: ontology.OrgLegalEntity, Value: model.Link{To: model.EntityID{3}}},
		{Property: ontology.OrgAddress, Value: model.Address{Use: "visit", Street: "Skolgatan", StreetNumber: "1", PostalCode: "13640", Locality: "Haninge"}},
		{Property: ontology.OrgContact, Value: model.Contact{Medium: "phone", Use: "work", Value: "+4687405404"}},
		{Property: ontology.OrgHomepage, Value: model.Text{Text: "https://haninge.example/vikingaskolan"}},
		{Property: ontology.OrgStatus, Value: model.Code{Scheme: "organisation-status", Notation: "active"}},
	}}
}

func BenchmarkAppendGolden(b *testing.B) {
	g, r := unit(), quads.NewRenderer(base)
	var qs []quads.Quad
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		qs = r.AppendGolden(qs[:0], g)
		n += len(qs)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "quads/s")
}
