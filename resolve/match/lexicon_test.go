package match

import (
	"slices"
	"strings"
	"testing"

	"github.com/karna-registry/karna/model"
)

func readBy(l *lexicon, s string) []piece {
	return l.read(nil, strings.Fields(string(titleText(nil, Fold(s)))))
}

func TestNamesAreReadByTheirLexicon(t *testing.T) {
	for _, c := range []struct {
		lexicon *lexicon
		name    string
		want    []piece
	}{
		{serviceWords, "Lov för att bygga", []piece{{core, "bygglov", false}}},
		{serviceWords, "Bygglovsansökan", []piece{{core, "bygglov", false}, {way, "ansokan", true}}},
		{serviceWords, "Överklaga byggtillståndet", []piece{{act, "overklaga", false}, {core, "bygglov", false}}},
		{serviceWords, "Tryghetslarm", []piece{{core, "trygghetslarm", false}}}, // one letter left out
		{serviceWords, "Bygg lov", []piece{{core, "bygglov", false}}},           // written apart
		{unitWords, "Fsk Solrosen", []piece{{sortWord, "forskola", false}, {core, "solrosen", false}}},
		{unitWords, "Lindskolan", []piece{{core, "lind", false}, {sortWord, "skola", true}}},
		{unitWords, "KF", []piece{{core, "kommunfullmaktige", false}}},
		{titleWords, "Usk", []piece{{core, "underskoterska", false}}},
	} {
		if got := readBy(c.lexicon, c.name); !slices.Equal(got, c.want) {
			t.Errorf("%s is read %v, want %v", c.name, got, c.want)
		}
	}
}

// levelOf is the level at which two values of a column are compared among others.
func levelOf(t *testing.T, kind model.Kind, column Column, a, b string) string {
	t.Helper()
	builder, err := NewBuilder(Schema{Kind: kind, Columns: []Column{column}})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{a, b, "Ekeby 1:2", "Something else", "Quite another"} {
		builder.Add(0, []string{v})
	}
	table := builder.Table()
	c := newComparer(table, table.frequencies(), table.comparisons())
	p, _ := c.compare(0, 1)
	q, _ := c.compare(1, 0)
	if p != q {
		t.Errorf("%q and %q: %v one way, %v the other", a, b, p, q)
	}
	return levelNames[c.comps[0].sort][p.level(0)]
}

func TestWhatTellsNamesApart(t *testing.T) {
	name := Column{Attr: Name}
	for _, c := range []struct {
		kind       model.Kind
		column     Column
		a, b, want string
	}{
		{model.Service, name, "Ansökan om bygglov", "Byggtillstånd", "nearly all"},
		{model.Service, name, "Bygglov", "Överklaga bygglov", "another number"},
		{model.Service, name, "Kontaktperson LSS", "Kontaktperson SoL", "another number"},
		{model.Service, name, "Anmälan om avlopp", "Ansökan om avlopp", "some words"},
		{model.Organisation, name, "Förskolan Solrosen", "Solrosens förskola", "nearly all"},
		{model.Organisation, name, "Förskolan Solrosen", "Förskolan Ekorren", "different"},
		{model.Organisation, name, "Lindskolans fritidshem", "Lindskolan", "another number"},
		{model.Organisation, name, "Hemtjänst norr", "Hemtjänst söder", "different"},
		{model.Organisation, Column{Attr: Text, Name: "enhetskod"}, "32110", "32120", "different"},
		{model.Geography, Column{Attr: Identifier, Scheme: model.Fastighet}, "ÄLVSALA EKEN 3:12", "Älvsala Eken 3;12", "same"},
		{model.Geography, Column{Attr: Identifier, Scheme: model.Fastighet}, "ÄLVSALA EKEN 3:12", "Eken 3:12", "nearly all"},
		{model.Geography, Column{Attr: Identifier, Scheme: model.Fastighet}, "Eken 3:12", "Eken 12:3", "another number"},
		{model.Geography, Column{Attr: Identifier, Scheme: model.Fastighet}, "Eken s:4", "Eken ga:4", "another number"},
		{model.Geography, Column{Attr: Identifier, Scheme: model.Fastighet}, "V:lunda 3:12", "Västerlunda 3:12", "one inside the other"},
		{model.Geography, Column{Attr: Identifier, Scheme: model.Fastighet}, "Eken 3:12, Älvsala", "Eken 3:12, Granefors", "few words"},
	} {
		if got := levelOf(t, c.kind, c.column, c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

func TestRolesThatDoNotOverlapAreTwo(t *testing.T) {
	b, err := NewBuilder(Schema{Kind: model.Role, Columns: []Column{{Attr: StartDate}, {Attr: EndDate}}})
	if err != nil {
		t.Fatal(err)
	}
	b.Add(0, []string{"1890-01-01", "1890-01-10"})
	b.Add(0, []string{"1890-01-15", ""})
	b.Add(0, []string{"1890-01-08", ""})
	table := b.Table()
	c := newComparer(table, table.frequencies(), table.comparisons())
	if p, _ := c.compare(0, 1); p.level(0) != different {
		t.Errorf("one that began when the other had ended: %s", dateLevels[p.level(0)])
	}
	if p, _ := c.compare(0, 2); p.level(0) == different {
		t.Error("two that overlap are said to differ")
	}
}

func FuzzTitles(f *testing.F) {
	for _, s := range [][2]string{{"Ansökan om bygglov", "Byggtillstånd"}, {"V:lunda 3:12", "VÄSTERLUNDA 3:12"}, {"", "å"}, {"S:t", "ga:4"}, {"åååååå", "aaaaaaa"}, {"Åå skolan", "x"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, x, y string) {
		for _, c := range []struct {
			kind   model.Kind
			column Column
		}{
			{model.Service, Column{Attr: Name}}, {model.Organisation, Column{Attr: Name}}, {model.Role, Column{Attr: Title, Name: "titel"}},
			{model.Geography, Column{Attr: Identifier, Scheme: model.Fastighet}}, {model.Role, Column{Attr: Text, Name: "enhetskod"}},
		} {
			levelOf(t, c.kind, c.column, x, y)
		}
	})
}
