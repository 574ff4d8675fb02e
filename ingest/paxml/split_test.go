package paxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/ingesttest"
	"github.com/karna-registry/karna/ingest/window"
)

// split is the raw elements of a file and the error that ended it.
func split(r io.Reader) (items []ingest.Item, err error) {
	d, err := Format{}.Open(r, options)
	if err != nil {
		return nil, err
	}
	for it, err := range d.Items() {
		if err != nil {
			return items, err
		}
		it.Raw = bytes.Clone(it.Raw)
		items = append(items, it)
	}
	return items, nil
}

const start = "<paxml><header/>"

func TestABrokenFileSaysWhereAndGivesWhatCameBefore(t *testing.T) {
	for name, c := range map[string]struct {
		input string
		items int
		place string
		says  string
	}{
		"cut in a person":        {start + "<personal>\n<person anstid='1'></person>\n<person anstid='2'>", 2, "line 3", "ends in the middle"},
		"cut between":            {start + "<personal>\n<person/>\n", 2, "line 3", "ends in the middle"},
		"cut in a tag":           {start + "<personal>\n<person anst", 1, "line 2", "ends in the middle"},
		"cut in a comment":       {start + "<personal>\n<person/><!-- <person/>", 2, "line 2", "ends in the middle"},
		"cut before any section": {start, 1, "line 1", "ends in the middle"},
		"tags that cross":        {start + "<personal><person><a></person></a></personal></paxml>", 1, "line 1", "another's tag"},
		"wrong end":              {start + "<personal>\n<person/></person></paxml>", 2, "line 2", "another's tag"},
		"text between":           {start + "<personal><person/>\nhej<person/></personal></paxml>", 2, "line 2", "text where"},
		"document type":          {"<!DOCTYPE paxml [<!ENTITY a 'b'>]>" + start + "</paxml>", 0, "line 1", "document type"},
		"after the end":          {start + "</paxml>\n<paxml/>", 1, "line 2", "after the end"},
		"text after the end":     {start + "</paxml>\nhej", 1, "line 2", "text where"},
		"too deep":               {start + "<personal><person>" + strings.Repeat("<a>", 40) + "</person></personal></paxml>", 1, "line 1", "nested deeper"},
		"another root":           {"<lon/>", 0, "line 1", "root is not paxml"},
		"no header":              {"<paxml><personal/></paxml>", 0, "line 1", "header"},
		"header last":            {"<paxml>\n<personal/><header/></paxml>", 0, "line 2", "header"},
		"nothing in the root":    {"<paxml/>", 0, "line 1", "header"},
		"empty":                  {"", 0, "line 1", "empty"},
		"a tag without name":     {start + "<personal>< person/></personal></paxml>", 1, "line 1", "without a name"},
		"< in a tag":             {start + "<personal><person <a/></personal></paxml>", 1, "line 1", "inside a tag"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.input), iotest.OneByteReader(strings.NewReader(c.input))} {
				items, err := split(r)
				var place *ingest.PlaceError
				if !errors.As(err, &place) || place.Place != c.place || !strings.Contains(place.Reason, c.says) {
					t.Errorf("got %v, want %s: … %s", err, c.place, c.says)
				}
				if len(items) != c.items {
					t.Errorf("%d items before the break, want %d", len(items), c.items)
				}
			}
		})
	}
}

func TestAnElementThatIsNotXMLCostsOnlyItself(t *testing.T) {
	input := []byte(start + `<personal><person anstid="1"><fornamn>A &nbsp; B</fornamn></person><person anstid="2" anstid="3"/><person anstid="4"/></personal></paxml>`)
	got := read(t, input)
	if got.Err != nil || len(got.Refused) != 2 || len(got.Records) != 3 {
		t.Errorf("got %d records, refused %v, %v", len(got.Records), got.Refused, got.Err)
	}
}

func TestAPersonBeyondTheLimitEndsTheFile(t *testing.T) {
	long := "<person anstid='2'>" + strings.Repeat("x", window.MaxItem) + "</person>"
	items, err := split(strings.NewReader(start + "<personal><person anstid='1'/>" + long))
	if err == nil || len(items) != 2 {
		t.Errorf("got %v after %d items", err, len(items))
	}
}

func TestReadingThatFailsIsNotTheEndOfTheFile(t *testing.T) {
	broken := errors.New("cable out")
	items, err := split(io.MultiReader(strings.NewReader(start+"<personal><person/>"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || len(items) != 2 {
		t.Errorf("got %v after %d items", err, len(items))
	}
}

func TestTimesAreReadAsPayrollSystemsWriteThem(t *testing.T) {
	for s, want := range map[string]string{
		"2012-04-01T08:00+02:00[Europe/Stockholm]": "2012-04-01T06:00:00Z",
		"2012-04-01T08:00:00+02:00":                "2012-04-01T06:00:00Z",
		"2022-09-20T09:49:30.037417400+02:00":      "2022-09-20T07:49:30.0374174Z",
		"2022-09-20T09:49:30":                      "2022-09-20T09:49:30Z",
		" 2022-09-20 ":                             "2022-09-20T00:00:00Z",
		"igår":                                     "",
	} {
		got, ok := parseTime(s)
		if ok != (want != "") || (ok && got.Format(time.RFC3339Nano) != want) {
			t.Errorf("%s: got %s, %t, want %s", s, got, ok, want)
		}
	}
}

// wellFormed is encoding/xml's opinion, and how many persons it sees.
func wellFormed(input []byte) (persons int, ok bool) {
	d := xml.NewDecoder(bytes.NewReader(input))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("another encoding") }
	var path []string
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return persons, len(path) == 0
		}
		if err != nil {
			return persons, false
		}
		switch e := tok.(type) {
		case xml.StartElement:
			name := e.Name.Local
			if e.Name.Space != "" {
				name = e.Name.Space + ":" + name
			}
			path = append(path, name)
			if strings.Join(path, "/") == "paxml/personal/person" {
				persons++
			}
		case xml.EndElement:
			if len(path) == 0 {
				return persons, false
			}
			path = path[:len(path)-1]
		}
	}
}

// FuzzSplit: the sizes of reads change nothing, every item is in the file where
// it should be, what is split whole is as encoding/xml sees it, and a cut file
// gives the same items up to the cut.
func FuzzSplit(f *testing.F) {
	f.Add(file(f), uint16(900))
	f.Add(latin1(f), uint16(2000))
	f.Add([]byte(start+"<personal><person a='>'><![CDATA[</person>]]></person></personal></paxml>"), uint16(40))
	f.Fuzz(func(t *testing.T, input []byte, cut uint16) {
		items, err := split(bytes.NewReader(input))
		slow, slowErr := split(iotest.OneByteReader(bytes.NewReader(input)))
		if fmt.Sprint(items, err) != fmt.Sprint(slow, slowErr) {
			t.Fatalf("the reads' sizes change the answer: %v and %v", err, slowErr)
		}
		from, persons := 0, 0
		for _, it := range items {
			at := bytes.Index(input[from:], it.Raw)
			if at < 0 {
				t.Fatalf("%q is not in the file where it should be", it.Raw)
			}
			if want := fmt.Sprintf("line %d", 1+bytes.Count(input[:from+at], []byte{'\n'})); it.Type != itemHeader && it.Place != want {
				// The same bytes may stand earlier, in a section that is skipped.
				if !bytes.Contains(input[from+at+1:], it.Raw) {
					t.Fatalf("place %s, want %s", it.Place, want)
				}
			}
			if it.Type == itemPerson {
				persons++
			}
			from += at + len(it.Raw)
		}
		if want, ok := wellFormed(input); ok && err == nil && persons != want {
			t.Fatalf("%d persons, encoding/xml sees %d", persons, want)
		}
		cutItems, _ := split(bytes.NewReader(input[:min(int(cut), len(input))]))
		for i, it := range cutItems {
			if i >= len(items) || !bytes.Equal(items[i].Raw, it.Raw) {
				t.Fatalf("item %d of the cut file is %q", i, it.Raw)
			}
		}
	})
}

// FuzzMap: no element makes the mapper panic or answer twice differently, and
// what it takes as XML encoding/xml takes too.
func FuzzMap(f *testing.F) {
	items, err := split(bytes.NewReader(file(f)))
	if err != nil {
		f.Fatal(err)
	}
	for _, it := range items {
		f.Add(it.Raw)
	}
	d, err := Format{}.Open(strings.NewReader(start+"</paxml>"), options)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, typ := range []string{itemHeader, itemUnit, itemPerson} {
			it := ingest.Item{Type: typ, Place: "line 1", Raw: raw}
			first, err := d.Map(it)
			second, again := d.Map(it)
			if fmt.Sprint(first, err) != fmt.Sprint(second, again) {
				t.Fatalf("mapped twice, two answers: %v, %v and %v, %v", first, err, second, again)
			}
			for _, r := range first.Records {
				if r.Key.LocalID == "" || r.Key.Kind == 0 {
					t.Fatalf("a record without a key: %+v", r.Key)
				}
			}
		}
	})
}

// personal is a file of n people.
func personal(n int) []byte {
	var b bytes.Buffer
	b.WriteString("<paxml>\n<header><foretagid>30</foretagid></header>\n<personal>\n")
	for i := range n {
		fmt.Fprintf(&b, `	<person anstid="%d" persnr="189001019802">
		<fornamn>Siv Maria</fornamn>
		<efternamn>Ljunggren</efternamn>
		<postadress>Föreningsgatan 33</postadress>
		<postnr>447 34</postnr>
		<ort>Vårgårda</ort>
		<epostarb>siv@example.se</epostarb>
		<befattning>Lärare</befattning>
		<anstdatum>1995-01-01</anstdatum>
		<manlon datum="2010-01-01">25000</manlon>
		<sysgrad>100</sysgrad>
		<resenheter><resenhet dim="1" id="100"/></resenheter>
	</person>
`, i)
	}
	b.WriteString("</personal></paxml>")
	return b.Bytes()
}

func BenchmarkSplit(b *testing.B) {
	const n = 10_000
	input := personal(n)
	ingesttest.BenchmarkSplit(b, Format{}, input, options, n+1)
}

func BenchmarkMap(b *testing.B) {
	items, err := split(bytes.NewReader(personal(1)))
	if err != nil {
		b.Fatal(err)
	}
	d, _ := Format{}.Open(bytes.NewReader(personal(0)), options)
	ingesttest.BenchmarkMap(b, d, items[1])
}
