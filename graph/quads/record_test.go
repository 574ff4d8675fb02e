package quads_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph/document/documenttest"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func TestRecordIsAGraphOfItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rec := documenttest.Record().Draw(t, "record")
		kind := model.Service
		if len(rec.Statements) > 0 {
			kind = ontology.ByID(rec.Statements[0].Property).Kind
		}
		info := quads.RecordInfo{ID: model.EntityID{1}, Golden: model.EntityID{2}, Source: "pay roll", Kind: kind, Revision: 7}
		graph := quads.RecordIRI(base, info.ID)
		var about, said []quads.Quad
		for _, q := range quads.AppendRecord(nil, base, info, rec) {
			if q.Graph == "" {
				about = append(about, q)
			} else {
				said = append(said, q)
			}
		}
		checkQuads(t, kind, info.Golden, said, graph)
		for _, q := range about {
			if q.Subject != graph {
				t.Fatalf("%v is not about the graph", q)
			}
		}
	})
}

func TestRecordKeepsOriginalsAndResolvesItsReferences(t *testing.T) {
	ref := model.Reference{Key: model.RecordKey{Source: "payroll", Kind: model.Organisation, LocalID: "17"}}
	rec := &model.Record{Statements: []model.Statement{
		{Property: ontology.RoleTitle, Value: model.Text{Text: "Lärare"}, Original: "LÄRARE"},
		{Property: ontology.RoleOrganisation, Value: model.Link{Ref: ref}},
		{Property: ontology.RoleEmployer, Value: model.Link{Ref: model.Reference{Scheme: model.Organisationsnummer, Value: "1"}}},
	}}
	info := quads.RecordInfo{ID: model.EntityID{1}, Golden: model.EntityID{2}, Source: "payroll", Kind: model.Role,
		Resolve: func(r model.Reference) (model.EntityID, bool) { return model.EntityID{9}, r == ref }}
	said := map[[2]string]string{}
	for _, q := range quads.AppendRecord(nil, base, info, rec) {
		said[[2]string{q.Subject, q.Predicate}] = q.Object.Value
	}
	subject, graph := quads.EntityIRI(base, model.Role, info.Golden), quads.RecordIRI(base, info.ID)
	for _, want := range [][3]string{
		{subject, "org:organization", quads.EntityIRI(base, model.Organisation, model.EntityID{9})},
		{subject, "karna:employer", ""},
		{subject, "rdfs:label", "Lärare"},
		{graph + "#title-1", "karna:original", "LÄRARE"},
		{graph, "dct:source", base + "/source/payroll"},
	} {
		if got := said[[2]string{want[0], ontology.Expand(want[1])}]; got != want[2] {
			t.Errorf("%s %s: got %q, want %q", want[0], want[1], got, want[2])
		}
	}
}
