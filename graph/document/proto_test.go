package document_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/karna-registry/karna/graph/document"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

var update = flag.Bool("update", false, "rewrite the generated parts of document.proto")

const protoFile = "document.proto"

func TestPublishedSchemaHasEveryPropertyAndWord(t *testing.T) {
	have, err := os.ReadFile(protoFile)
	if err != nil {
		t.Fatal(err)
	}
	var properties, enum strings.Builder
	for _, k := range model.Kinds {
		for _, p := range ontology.Of(k) {
			fmt.Fprintf(&properties, "  repeated Value %s_%s = %d;\n", k, snake(p.Name), p.ID)
		}
	}
	for n, w := range document.Words {
		if n > 0 {
			fmt.Fprintf(&enum, "  WORD_%d = %d; // %s\n", n, n, w)
		}
	}
	want := section(section(string(have), "properties", properties.String()), "words", enum.String())
	if want == string(have) {
		return
	}
	if !*update {
		t.Fatal("document.proto is stale: run go test ./graph/document -update")
	}
	if err := os.WriteFile(protoFile, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func section(s, name, body string) string {
	re := regexp.MustCompile(`(?s)(// BEGIN ` + name + `\n).*?( *// END ` + name + `)`)
	return re.ReplaceAllString(s, "${1}"+strings.ReplaceAll(body, "$", "$$")+"${2}")
}

func snake(name string) string {
	var b strings.Builder
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			b.WriteByte('_')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// TestDocumentsFollowThePublishedSchema reads documents that use every field by
// document.proto alone, and finds every field of it.
func TestDocumentsFollowThePublishedSchema(t *testing.T) {
	s := readSchema(t)
	seen := map[string]bool{}
	for name, docs := range fullDocuments() {
		for _, d := range docs {
			s.walk(t, name, d, seen)
		}
	}
	for msg, fields := range s {
		for _, f := range fields {
			if !seen[msg+"."+f.name] && !strings.HasPrefix(f.typ, "repeated Value") {
				t.Errorf("no document has %s.%s", msg, f.name)
			}
		}
	}
}

func fullDocuments() map[string][][]byte {
	full := model.Period{From: model.Date{Year: 2001}, To: model.Date{Year: 2002, Month: 3, Day: 4}}
	id := model.EntityID{1}
	values := []model.Value{
		model.Text{Text: "a", Lang: "sv"}, model.Text{Text: "b", Lang: "se"}, full.From, full,
		model.Code{Scheme: "sex", Notation: "none"}, model.Code{Scheme: "x", Notation: "y"},
		model.Identifier{Scheme: model.EmployeeNumber.Scoped("payroll"), Value: "1", Status: model.IdentifierValid}, model.Identifier{Scheme: model.Hetu, Seal: id},
		model.Link{Ref: model.Reference{Key: model.RecordKey{Source: "s", Kind: model.Person, LocalID: "1"}}, Role: "line", Note: "n"},
		model.Link{Ref: model.Reference{Kind: model.Person, Scheme: model.EmployeeNumber.Scoped("x"), Value: "1"}, Role: "r"},
		model.Link{Ref: model.Reference{Kind: model.Person, Scheme: model.Personnummer, Seal: id}}, model.Link{To: id, Disclosure: model.Open},
		model.Number(1.5), model.Boolean(true),
		model.Address{Use: "post", CareOf: "c", Street: "s", StreetNumber: "1", Entrance: "e", Unit: "u", PostalCode: "p", Locality: "l", Municipality: "m", County: "c", Property: "p", Country: "SE", FullAddress: "f"},
		model.Address{Use: "u", Country: "c"},
		model.Contact{Medium: "email", Use: "work", Value: "v"}, model.Contact{Medium: "m", Use: "u"},
		model.Geometry{Lon: 1, Lat: 2, WKT: "w", Original: "o", CRS: 3006},
	}
	r := &model.Record{Stamp: time.Unix(1, 2), Disclosure: model.Open, Period: full,
		Issues: []model.Issue{{Property: 1, Place: "p", Code: "c", Text: "t", Severity: model.Failed, Original: "o"}}}
	g := &model.Golden{Period: full}
	single := &model.Evidence{Members: []model.EntityID{id}}
	two := &model.Evidence{Members: []model.EntityID{id, {2}}}
	for i, v := range values {
		p := ontology.Of(model.Service)[i].ID
		r.Statements = append(r.Statements, model.Statement{Property: p, Value: v, Original: "o", Period: full})
		g.Values = append(g.Values, model.GoldenValue{Property: p, Value: v, Period: full})
		single.Support = append(single.Support, model.Support{Rule: model.RuleOnly, Records: []uint32{0}})
		two.Support = append(two.Support, model.Support{Rule: model.RuleTrust, Records: []uint32{0, 1}})
		two.Alternatives = append(two.Alternatives, model.Alternative{GoldenValue: g.Values[i], Lost: model.RuleTrust, Records: []uint32{1}})
	}
	two.Support[0].Records = []uint32{1}
	g.Disclosure = model.Restricted
	said := &model.Testimony{
		Whole: true, Witnesses: []model.Witness{{Source: "a", Period: full}, {Source: "b", Key: 1, Stamp: 1}},
		Words: []model.Word{{GoldenValue: g.Values[0], Witness: 1, Form: 1, Order: 1}, {GoldenValue: g.Values[1], Restricted: true}},
	}
	return map[string][][]byte{
		"Record":   {document.AppendRecord(nil, r)},
		"Golden":   {document.AppendTestimony(document.AppendGolden(document.AppendSources(nil, g, two, said, func(i int) model.Source { return model.Source(rune('b' - i)) }), g), said)},
		"Evidence": {document.AppendEvidence(nil, single), document.AppendEvidence(nil, two)},
	}
}

type field struct{ name, typ string }

// schema is document.proto as far as reading needs it: fields by message and
// number.
type schema map[string]map[protowire.Number]field

func readSchema(t *testing.T) schema {
	b, err := os.ReadFile(protoFile)
	if err != nil {
		t.Fatal(err)
	}
	s := schema{}
	message := ""
	start := regexp.MustCompile(`^message (\w+) \{`)
	line := regexp.MustCompile(`^\s+(?:optional )?((?:repeated )?\w+) (\w+) = (\d+);`)
	for _, l := range strings.Split(string(b), "\n") {
		if m := start.FindStringSubmatch(l); m != nil {
			message, s[m[1]] = m[1], map[protowire.Number]field{}
		} else if strings.HasPrefix(l, "enum ") {
			message = ""
		} else if m := line.FindStringSubmatch(l); m != nil && message != "" {
			n, _ := strconv.Atoi(m[3])
			if _, twice := s[message][protowire.Number(n)]; twice {
				t.Errorf("%s has two fields %d", message, n)
			}
			s[message][protowire.Number(n)] = field{m[2], m[1]}
		}
	}
	return s
}

func (s schema) walk(t *testing.T, message string, b []byte, seen map[string]bool) {
	t.Helper()
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatalf("%s: %v", message, protowire.ParseError(n))
		}
		f, ok := s[message][num]
		if !ok {
			t.Fatalf("%s has no field %d", message, num)
		}
		seen[message+"."+f.name] = true
		b = b[n:]
		want := protowire.BytesType
		switch f.typ {
		case "sint32", "sint64", "uint32", "bool", "Word":
			want = protowire.VarintType
		case "double":
			want = protowire.Fixed64Type
		}
		if typ != want {
			t.Fatalf("%s.%s is a %s of wire type %d", message, f.name, f.typ, typ)
		}
		n = protowire.ConsumeFieldValue(num, typ, b)
		if n < 0 {
			t.Fatalf("%s.%s: %v", message, f.name, protowire.ParseError(n))
		}
		if child := strings.TrimPrefix(f.typ, "repeated "); s[child] != nil {
			body, _ := protowire.ConsumeBytes(b)
			s.walk(t, child, body, seen)
		}
		if f.typ == "string" {
			if body, _ := protowire.ConsumeBytes(b); bytes.ContainsRune(body, '\uFFFD') {
				t.Errorf("%s.%s holds %q", message, f.name, body)
			}
		}
		b = b[n:]
	}
}

func TestEverySchemeHasOneWord(t *testing.T) {
	for _, s := range model.Schemes() {
		if !slices.Contains(document.Words, string(s)) {
			t.Errorf("the scheme %s has no word: add it last", s)
		}
	}
	seen := map[string]bool{}
	for _, w := range document.Words {
		if seen[w] {
			t.Errorf("%s has two numbers", w)
		}
		seen[w] = true
	}
}
