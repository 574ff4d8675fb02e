package document_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/graph/document/documenttest"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func TestRecordComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := documenttest.Record().Draw(t, "record")
		b := document.AppendRecord(nil, want)
		got, err := document.DecodeRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		if again := document.AppendRecord([]byte("before"), got); !bytes.Equal(again[6:], b) {
			t.Fatal("the same record was written otherwise")
		}
	})
}

func TestGoldenComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := documenttest.AnyGolden().Draw(t, "golden")
		b := document.AppendGolden(nil, want)
		got := &model.Golden{ID: want.ID, Kind: want.Kind, Revision: want.Revision, Disclosure: want.Disclosure}
		if err := document.DecodeGolden(b, got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

func TestEvidenceComesBackAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := documenttest.Evidence(rapid.IntRange(0, 5).Draw(t, "values")).Draw(t, "evidence")
		var got model.Evidence
		if err := document.DecodeEvidence(document.AppendEvidence(nil, want), &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, &got, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

func TestStatementsHashAlikeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := documenttest.Record().Draw(t, "record")
		want := document.AppendStatements([]byte("x"), r.Statements, r.Disclosure, r.Period)
		shuffled := rapid.Permutation(r.Statements).Draw(t, "shuffled")
		if got := document.AppendStatements([]byte("x"), shuffled, r.Disclosure, r.Period); !bytes.Equal(got, want) {
			t.Fatal("another order gives other bytes")
		}
		if len(r.Statements) > 0 {
			if got := document.AppendStatements([]byte("x"), r.Statements[1:], r.Disclosure, r.Period); bytes.Equal(got, want) {
				t.Fatal("a statement less gives the same bytes")
			}
		}
	})
}

func TestHashOfStatementsSeesWhatWasSealed(t *testing.T) {
	bytesOf := func(value string, seal byte) string {
		id := model.Identifier{Scheme: model.Personnummer, Value: value, Seal: model.EntityID{seal}, Status: model.IdentifierValid}
		return string(document.AppendStatements(nil, []model.Statement{{Property: ontology.PersonIdentifier, Value: id, Original: value}}, 0, model.Period{}))
	}
	if bytesOf("a", 1) == bytesOf("b", 1) {
		t.Error("another number hashes the same")
	}
	if bytesOf("a", 1) != bytesOf("a", 2) {
		t.Error("the same number under another seal hashes otherwise")
	}
}

func TestSealedValuesAreNeverWritten(t *testing.T) {
	const secret = "189001019802"
	identifiers := []model.Identifier{
		{Scheme: model.Personnummer, Value: secret, Seal: model.EntityID{1}},
		{Scheme: model.Reservnummer.Scoped("01"), Value: secret},
		{Scheme: model.Hetu, Value: secret},
		{Scheme: "own-scheme", Value: secret, Seal: model.EntityID{1}},
	}
	for _, id := range identifiers {
		link := model.Link{Ref: model.Reference{Kind: model.Person, Scheme: id.Scheme, Value: id.Value, Seal: id.Seal}}
		r := &model.Record{Statements: []model.Statement{
			{Property: ontology.PersonIdentifier, Value: id, Original: secret},
			{Property: ontology.RoleHolder, Value: link, Original: secret},
		}}
		if bytes.Contains(document.AppendRecord(nil, r), []byte(secret)) {
			t.Errorf("%s: the record's document holds the number", id.Scheme)
		}
		g := &model.Golden{Kind: model.Person, Values: []model.GoldenValue{{Property: ontology.PersonIdentifier, Value: id}, {Property: ontology.RoleHolder, Value: link}}}
		if bytes.Contains(document.AppendGolden(nil, g), []byte(secret)) {
			t.Errorf("%s: the golden document holds the number", id.Scheme)
		}
		e := &model.Evidence{Members: []model.EntityID{{1}}, Alternatives: []model.Alternative{{GoldenValue: g.Values[0]}, {GoldenValue: g.Values[1]}}}
		if bytes.Contains(document.AppendEvidence(nil, e), []byte(secret)) {
			t.Errorf("%s: the evidence holds the number", id.Scheme)
		}
		if r.Statements[0].Original != secret || id.Value != secret {
			t.Error("the caller's record was changed")
		}
		g.Values = g.Values[:1]
		g.Values[0].Property = ontology.OrgIdentifier
		g.Kind = model.Organisation
		if terms := document.Terms(g, nil); len(terms) != 0 {
			t.Errorf("%s: indexed as %v", id.Scheme, terms)
		}
	}
}

func TestResolvedLinkForgetsWhatTheSourceCalledIt(t *testing.T) {
	ref := model.Reference{Key: model.RecordKey{Source: "school", Kind: model.Organisation, LocalID: "u-17"}}
	resolved := model.Link{Ref: ref, To: model.EntityID{7}, Disclosure: model.Open, Role: "line"}
	g := &model.Golden{Kind: model.Role, Values: []model.GoldenValue{{Property: ontology.RoleOrganisation, Value: resolved}}}
	var got model.Golden
	if err := document.DecodeGolden(document.AppendGolden(nil, g), &got); err != nil {
		t.Fatal(err)
	}
	resolved.Ref = model.Reference{}
	if got.Values[0].Value != model.Value(resolved) {
		t.Errorf("got %+v", got.Values[0].Value)
	}
}

func TestNumbersThatAreNotFiniteAreRefused(t *testing.T) {
	for _, v := range []model.Value{model.Number(math.NaN()), model.Number(math.Inf(-1)), model.Geometry{Lon: math.NaN()}, model.Geometry{Lat: math.Inf(1)}} {
		if document.Valid(ontology.RoleExtent, v) == nil {
			t.Errorf("%v is valid", v)
		}
		g := &model.Golden{Values: []model.GoldenValue{{Property: ontology.RoleExtent, Value: v}}}
		if b := document.AppendGolden(nil, g); len(b) != 0 {
			t.Errorf("%v was written as %x", v, b)
		}
	}
	// 217 as a fixed64 of all ones: a NaN.
	nan := []byte{0xca, 0x0d, 9, 0x31, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	if err := document.DecodeGolden(nan, &model.Golden{}); err == nil {
		t.Error("a stored NaN was read")
	}
}

func TestTruncatedDocumentsAreErrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := documenttest.AnyGolden().Draw(t, "golden")
		b := document.AppendGolden(nil, g)
		if len(b) == 0 {
			return
		}
		n := rapid.IntRange(0, len(b)-1).Draw(t, "length")
		var got model.Golden
		if err := document.DecodeGolden(b[:n], &got); err == nil && len(got.Values) >= len(g.Values) && len(g.Values) > 0 {
			t.Fatal("a truncated document gave every value")
		}
		// Whole: half a number behind a part may end the text that it breaks off in.
		if err := document.DecodeGolden(append(b, 0xff), &got); err == nil {
			t.Fatal("a document that ends in half a number was read")
		}
	})
}

// testified are the values of a golden record, as two sources say them in turn.
func testified(g *model.Golden) *model.Testimony {
	t := &model.Testimony{Witnesses: []model.Witness{{Source: "0", Key: 1, Period: g.Period}, {Source: "1", Stamp: 1}}}
	for i, v := range g.Values {
		if document.Valid(v.Property, v.Value) == nil {
			t.Words = append(t.Words, model.Word{GoldenValue: v, Witness: uint32(i % 2), Restricted: i%3 > 0, Form: uint32(i), Order: uint32(i / 2)})
		}
	}
	return t
}

// What a document holds of what its records say each by itself is read as it was
// written, where the values are read as without it.
func TestATestimonyIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := documenttest.AnyGolden().Draw(t, "golden")
		e := documenttest.Evidence(len(g.Values)).Draw(t, "evidence")
		of := func(i int) model.Source { return model.Source(fmt.Sprint(i % 2)) }
		// As it is stored: a link that leads somewhere without what sources call it.
		var stored model.Golden
		if err := document.DecodeGolden(document.AppendGolden(nil, g), &stored); err != nil {
			t.Fatal(err)
		}
		want := testified(&stored)
		want.Whole = rapid.Bool().Draw(t, "whole")
		b := document.AppendTestimony(document.AppendGolden(document.AppendSources(nil, g, e, want, of), g), want)
		got, err := document.DecodeTestimony(b)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Fatalf("%v (-written +read):\n%s", err, diff)
		}
		var values model.Golden
		if err := document.DecodeGolden(b, &values); err != nil || !slices.Equal(values.Values, stored.Values) {
			t.Fatalf("the values beside a testimony are %v, %v", values.Values, err)
		}
		if part, told, err := document.PartOf(b, func([]byte) bool { return true }); !part.Disputed || !told || err != nil {
			t.Fatalf("the document says %+v, %t, %v", part, told, err)
		}
		b = document.AppendGolden(document.AppendSources(nil, g, e, nil, of), g)
		if got, err := document.DecodeTestimony(b); got != nil || err != nil {
			t.Fatalf("a testimony of nothing: %+v, %v", got, err)
		}
		if part, _, _ := document.PartOf(b, func([]byte) bool { return true }); part.Disputed {
			t.Fatal("a document without a testimony says that there is one")
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, k := range model.Kinds {
		g, e := documenttest.Golden(k).Example(int(k)), documenttest.Evidence(3).Example(int(k))
		said := testified(g)
		f.Add(document.AppendTestimony(document.AppendGolden(document.AppendSources(nil, g, e, said, func(i int) model.Source { return model.Source(fmt.Sprint(i % 2)) }), g), said))
		f.Add(document.AppendRecord(nil, documenttest.Record().Example(int(k))))
		f.Add(document.AppendEvidence(nil, documenttest.Evidence(3).Example(int(k))))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var g, g2 model.Golden
		if err := document.DecodeGolden(b, &g); err == nil {
			once := document.AppendGolden(nil, &g)
			if err := document.DecodeGolden(once, &g2); err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
			if !bytes.Equal(once, document.AppendGolden(nil, &g2)) {
				t.Fatal("writing is not stable")
			}
			said, err := document.DecodeTestimony(b)
			if err == nil && said != nil {
				for _, w := range said.Words {
					_ = said.Witnesses[w.Witness]
				}
			}
			document.Terms(&g, said)
			document.Links(&g, said)
			document.SortKey(&g)
		}
		if part, told, err := document.PartOf(b, func(name []byte) bool { return len(name)%2 == 0 }); err == nil && (len(part.But) > 0 && !part.Some || part.Some && !told) {
			t.Fatal("a part in what no source has a part in")
		}
		if r, err := document.DecodeRecord(b); err == nil {
			if _, err := document.DecodeRecord(document.AppendRecord(nil, r)); err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
			document.AppendStatements(nil, r.Statements, r.Disclosure, r.Period)
		}
		var e, e2 model.Evidence
		if err := document.DecodeEvidence(b, &e); err == nil {
			if err := document.DecodeEvidence(document.AppendEvidence(nil, &e), &e2); err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
		}
	})
}

// What a document says that some sources have a part in is what the evidence says.
func TestPartIsWhatTheEvidenceSays(t *testing.T) {
	names := []model.Source{"hr", "school", "social"}
	rapid.Check(t, func(t *rapid.T) {
		g := documenttest.AnyGolden().Draw(t, "golden")
		e := documenttest.Evidence(len(g.Values)).Draw(t, "evidence")
		source := make([]model.Source, len(e.Members))
		for i := range source {
			source[i] = rapid.SampledFrom(names).Draw(t, "source")
		}
		for i := range e.Support {
			if rapid.IntRange(0, 5).Draw(t, "derived") == 0 {
				e.Support[i].Records = nil
			}
		}
		ours := rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(t, "ours")
		our := func(member uint32) bool { return slices.Contains(ours, source[member]) }
		b := document.AppendGolden(document.AppendSources(nil, g, e, nil, func(i int) model.Source { return source[i] }), g)
		var got model.Golden
		if err := document.DecodeGolden(b, &got); err != nil || len(got.Values) != len(g.Values) {
			t.Fatalf("%d values of %d, %v", len(got.Values), len(g.Values), err)
		}
		part, told, err := document.PartOf(b, func(name []byte) bool { return slices.Contains(ours, model.Source(name)) })
		if err != nil {
			t.Fatal(err)
		}
		if restricted := g.Disclosure.Rank() >= model.Restricted.Rank(); restricted && !told {
			t.Fatal("a restricted record does not say whose it is")
		}
		if !told {
			return
		}
		if want := slices.ContainsFunc(source, func(s model.Source) bool { return slices.Contains(ours, s) }); part.Some != want {
			t.Fatalf("a part in the record: %t, want %t", part.Some, want)
		}
		for i := range g.Values {
			if got, want := part.Some && !slices.Contains(part.But, i), slices.ContainsFunc(e.Support[i].Records, our); got != want {
				t.Fatalf("a part in value %d of %d: %t, want %t", i, len(g.Values), got, want)
			}
		}
	})
}

// A golden record of more sources than have room leaves it to the evidence.
func TestTooManySourcesAreNotNamed(t *testing.T) {
	g := &model.Golden{Kind: model.Person, Disclosure: model.Restricted}
	for _, n := range []int{64, 65} {
		b := document.AppendSources(nil, g, &model.Evidence{Members: make([]model.EntityID, n)}, nil, func(i int) model.Source { return model.Source(fmt.Sprint(i)) })
		_, told, err := document.PartOf(b, func([]byte) bool { return true })
		if told != (n == 64) || err != nil {
			t.Fatalf("%d sources: told %t, %v", n, told, err)
		}
	}
}

func TestALinksIDIsWhereItsMarkSays(t *testing.T) {
	to, other := model.EntityID{1, 2, 3, 15: 9}, model.EntityID{7, 15: 1}
	for _, kind := range model.Kinds {
		for _, p := range ontology.Of(kind) {
			if p.Type != model.TypeLink {
				continue
			}
			g := model.Golden{Period: model.Period{From: model.Date{Year: 2020}}, Values: []model.GoldenValue{
				{Property: p.ID, Value: model.Link{To: to, Disclosure: model.Open, Role: "ekonomi"}, Period: model.Period{To: model.Date{Year: 2031}}},
				{Property: p.ID, Value: model.Link{To: other, Note: "second"}},
			}}
			doc := document.AppendGolden(nil, &g)
			spot := document.LinkSpot(p.ID)
			mark, place := spot.Mark, spot.Place
			at := bytes.Index(doc, mark)
			if at < 0 || len(doc) < at+place+len(to) || model.EntityID(doc[at+place:at+place+len(to)]) != to {
				t.Errorf("%s: mark %x, place %d: not where the id is in %x", p.Name, mark, place, doc)
			} else if class := append(slices.Clone(spot.Class), byte(model.Open.Rank())); !bytes.HasPrefix(doc[at+place+len(to):], class) {
				t.Errorf("%s: the class is not behind the id in %x", p.Name, doc)
			}
		}
	}
	g := model.Golden{Values: []model.GoldenValue{
		{Property: ontology.PersonIdentifier, Value: model.Identifier{Scheme: model.Personnummer, Seal: to, Status: model.IdentifierValid}},
		{Property: ontology.PersonIdentifier, Value: model.Identifier{Scheme: model.EPPN, Value: "anna@kommun.example"}},
	}}
	doc := document.AppendGolden(nil, &g)
	spot := document.SealSpot(ontology.PersonIdentifier)
	mark, place := spot.Mark, spot.Place
	if at := bytes.Index(doc, mark); at < 0 || len(doc) < at+place+len(to) || model.EntityID(doc[at+place:at+place+len(to)]) != to {
		t.Errorf("a seal: mark %x, place %d: not where the reference is in %x", mark, place, doc)
	}
	if mark := document.LinkSpot(4).Mark; mark != nil {
		t.Errorf("a field that is no property has the mark %x", mark)
	}
}
