package export_test

import (
	"context"
	"encoding/binary"
	"io"
	"testing"

	"github.com/karna-registry/karna/export"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// schools is a source of units as a municipality has them, rendered before the
// clock starts.
func schools(n int) source {
	r := quads.NewRenderer(base)
	var s source
	for i := range n {
		var id model.EntityID
		binary.BigEndian.PutUint64(id[8:], uint64(i+1))
		s = r.AppendGolden(s, &model.Golden{ID: id, Kind: model.Organisation, Period: model.Period{From: model.Date{Year: 2010, Month: 1, Day: 1}}, Values: []model.GoldenValue{
			{Property: ontology.OrgIdentifier, Value: model.Identifier{Scheme: model.Skolenhetskod, Value: "12345678", Status: model.IdentifierValid}},
			{Property: ontology.OrgName, Value: model.Text{Text: "Vikingaskolan vid sjön", Lang: "sv"}},
			{Property: ontology.OrgType, Value: model.Code{Scheme: "organisation-type", Notation: "school-unit"}},
			{Property: ontology.OrgParent, Value: model.Link{To: model.EntityID{2}, Role: "line"}},
			{Property: ontology.OrgLegalEntity, Value: model.Link{To: model.EntityID{3}}},
			{Property: ontology.OrgAddress, Value: model.Address{Use: "visit", Street: "Skolgatan", StreetNumber: "1", PostalCode: "13640", Locality: "Haninge"}},
			{Property: ontology.OrgContact, Value: model.Contact{Medium: "phone", Use: "work", Value: "+4687405404"}},
			{Property: ontology.OrgHomepage, Value: model.Text{Text: "https://haninge.example/vikingaskolan"}},
			{Property: ontology.OrgStatus, Value: model.Code{Scheme: "organisation-status", Notation: "active"}},
		}})
	}
	return s
}

func BenchmarkRun(b *testing.B) {
	s := schools(2000)
	for _, f := range export.Formats() {
		b.Run(f.String(), func(b *testing.B) {
			b.ReportAllocs()
			var stats export.Stats
			for b.Loop() {
				var err error
				if stats, err = export.Run(context.Background(), s, io.Discard, f, export.Options{ContextIRI: contextIRI}); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(stats.Bytes)
			b.ReportMetric(float64(stats.Quads)*float64(b.N)/b.Elapsed().Seconds(), "quads/s")
		})
	}
}
