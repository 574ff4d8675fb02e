package document_test

import (
	"testing"

	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func tenValues() *model.Golden {
	return &model.Golden{ID: model.EntityID{1}, Kind: model.Person, Values: []model.GoldenValue{
		{Property: ontology.PersonIdentifier, Value: model.Identifier{Scheme: model.Personnummer, Seal: model.EntityID{1, 2}, Status: model.IdentifierValid}},
		{Property: ontology.PersonGivenName, Value: model.Text{Text: "Åsa Märta"}},
		{Property: ontology.PersonFamilyName, Value: model.Text{Text: "Öberg"}},
		{Property: ontology.PersonPreferredName, Value: model.Text{Text: "Åsa"}},
		{Property: ontology.PersonBirthDate, Value: model.Date{Year: 1890, Month: 1, Day: 2}},
		{Property: ontology.PersonSex, Value: model.Code{Scheme: "sex", Notation: "female"}},
		{Property: ontology.PersonEmail, Value: model.Contact{Medium: "email", Use: "work", Value: "asa.oberg@haninge.example"}},
		{Property: ontology.PersonPhone, Value: model.Contact{Medium: "phone", Use: "work", Value: "+4687405404"}},
		{Property: ontology.PersonAddress, Value: model.Address{Use: "folkbokforing", Street: "Storgatan", StreetNumber: "12B", PostalCode: "13640", Locality: "Haninge", Municipality: "0136", Country: "SE"}},
		{Property: ontology.PersonProtection, Value: model.Code{Scheme: "protection", Notation: "none"}},
	}}
}

func BenchmarkEncodeGolden(b *testing.B) {
	g := tenValues()
	dst := document.AppendGolden(nil, g)
	b.SetBytes(int64(len(dst)))
	b.ReportAllocs()
	for b.Loop() {
		dst = document.AppendGolden(dst[:0], g)
	}
}

func BenchmarkDecodeGolden(b *testing.B) {
	doc := document.AppendGolden(nil, tenValues())
	var g model.Golden
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if err := document.DecodeGolden(doc, &g); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSortKey(b *testing.B) {
	g := tenValues()
	b.ReportAllocs()
	for b.Loop() {
		document.SortKey(g)
	}
}

func BenchmarkTerms(b *testing.B) {
	g := tenValues()
	b.ReportAllocs()
	for b.Loop() {
		document.Terms(g, nil)
	}
}

func TestEncodingAllocatesNothing(t *testing.T) {
	g := tenValues()
	dst := document.AppendGolden(nil, g)
	if n := testing.AllocsPerRun(100, func() { dst = document.AppendGolden(dst[:0], g) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
