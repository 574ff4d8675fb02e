package quads_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph/document/documenttest"
	"github.com/karna-registry/karna/graph/quads"
	"github.com/karna-registry/karna/model"
)

func TestCodeIRIsCarryAnyNotation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scheme, notation := documenttest.Text().Draw(t, "scheme"), documenttest.Text().Draw(t, "notation")
		iri := quads.CodeIRI(base, scheme, notation)
		if !quads.ValidIRI(iri) {
			t.Fatalf("%q is not valid", iri)
		}
		if s, n, ok := quads.ParseCodeIRI(base, iri); !ok || s != scheme || n != notation {
			t.Fatalf("%q came back as %q, %q, %v", iri, s, n, ok)
		}
	})
	for _, dots := range []string{".", ".."} {
		if got := quads.CodeIRI(base, "x", dots); got == base+"/code/x/"+dots {
			t.Errorf("%s is a step up", got)
		}
	}
}

func TestEntityIRIsComeBack(t *testing.T) {
	id, err := model.ParseEntityID("018f0000-0000-7000-8000-0000000000ab")
	if err != nil {
		t.Fatal(err)
	}
	iri := quads.EntityIRI(base, model.Person, id)
	if iri != base+"/id/person/018f0000-0000-7000-8000-0000000000ab" {
		t.Error(iri)
	}
	if k, i, ok := quads.ParseEntityIRI(base, iri); !ok || k != model.Person || i != id {
		t.Error("it does not come back")
	}
	if k, i, f, ok := quads.ParseNodeIRI(base, iri+"#address-1"); !ok || k != model.Person || i != id || f != "address-1" {
		t.Error("its node does not come back")
	}
	for _, other := range []string{"", base, iri + "#", iri + "#x", iri + "/", base + "/id/persons/" + id.String(), base + "/id/person/018F0000-0000-7000-8000-0000000000AB", "https://elsewhere.example/id/person/" + id.String()} {
		if _, _, ok := quads.ParseEntityIRI(base, other); ok {
			t.Errorf("%q is taken for an address", other)
		}
	}
}

func TestValidIRI(t *testing.T) {
	for iri, want := range map[string]bool{
		"https://a.example": true, "http://a/å?q=1#f": true, "http://a/%C3%A5": true, "https://data.se:8080/x": true,
		"": false, "a": false, "mailto:a@b": false, "http://": false, "http:///x": false, "http://a b": false, "http://a/<": false, "http://a/\"": false,
		"http://a/{x}": false, "http://a/\\u0041": false, "http://a/%4": false, "http://a/%zz": false, "http://a/#a#b": false, "http://a/\x00": false,
		"http://a/\u0085": false, "http://a/\xff": false, "http://a/\ufeff": false, "http://a/[": false, "http://a!b/": false, "http://u@a/": false, "http://a:x/": false, "http://a..b/": false, "http://-a/": false, "https://åäö.se": true, "http://a/^": false, "http://a/`": false, "http://a/|": false, "http://a/\U000f0000": false,
	} {
		if got := quads.ValidIRI(iri); got != want {
			t.Errorf("ValidIRI(%q) = %v", iri, got)
		}
	}
}

func TestBaseMustCarryAddresses(t *testing.T) {
	for base, want := range map[string]bool{"https://data.example.se": true, "http://127.0.0.1:8080": true, "https://example.se/grunddata": true,
		"https://example.se/": false, "example.se": false, "https://example.se/#": false, "https://example.se?x": false} {
		if err := quads.CheckBase(base); (err == nil) != want {
			t.Errorf("CheckBase(%q) = %v", base, err)
		}
	}
}

func TestFilterTellsWhatMatches(t *testing.T) {
	q := quads.Quad{Subject: "s", Predicate: "p", Object: quads.Term{Kind: quads.Literal, Value: "o"}, Graph: "g"}
	for _, c := range []struct {
		p    quads.Pattern
		want bool
	}{
		{quads.Pattern{}, true},
		{quads.Pattern{Subjects: []string{"x", "s"}, Predicates: []string{"p"}, Objects: []quads.Term{q.Object}, Graphs: []string{"g"}}, true},
		{quads.Pattern{Subjects: []string{"x"}}, false},
		{quads.Pattern{Predicates: []string{"x"}}, false},
		{quads.Pattern{Objects: []quads.Term{{Kind: quads.IRI, Value: "o"}}}, false},
		{quads.Pattern{Graphs: []string{""}}, false},
	} {
		if got := quads.NewFilter(c.p).Match(&q); got != c.want {
			t.Errorf("%+v: %v", c.p, got)
		}
	}
}
