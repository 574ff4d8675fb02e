package csv

import (
	"bytes"
	gocsv "encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/ingesttest"
	"github.com/karna-registry/karna/ingest/window"
)

const headless = "header: false\ncolumns: [id]\nrecords: [{kind: person, key: id}]\n"

// split is the rows of a file, their places, and the error that ended it.
func split(t testing.TB, r io.Reader, mapping string) (rows, places []string, err error) {
	t.Helper()
	d, err := Format{}.Open(r, options([]byte(mapping)))
	if err != nil {
		t.Fatal(err)
	}
	for it, err := range d.Items() {
		if err != nil {
			return rows, places, err
		}
		rows, places = append(rows, string(it.Raw)), append(places, it.Place)
	}
	return rows, places, nil
}

func TestRowsEndWhereTheirFieldsDo(t *testing.T) {
	for name, c := range map[string]struct {
		input  string
		rows   []string
		places []string
	}{
		"plain":                   {"a,b\nc,d\n", []string{"a,b", "c,d"}, []string{"line 1", "line 2"}},
		"no last newline":         {"a\nb", []string{"a", "b"}, []string{"line 1", "line 2"}},
		"CRLF":                    {"a\r\nb\r\n", []string{"a", "b"}, []string{"line 1", "line 2"}},
		"blank lines":             {"\n\r\na\n\n\nb\n\n", []string{"a", "b"}, []string{"line 3", "line 6"}},
		"newline in quotes":       {"a,\"b\nc\"\nd\n", []string{"a,\"b\nc\"", "d"}, []string{"line 1", "line 3"}},
		"doubled quotes":          {"\"a\"\"\n\"\"b\"\nc", []string{"\"a\"\"\n\"\"b\"", "c"}, []string{"line 1", "line 3"}},
		"quote inside a field":    {"5\" rör,b\nc\"\nd", []string{"5\" rör,b", "c\"", "d"}, []string{"line 1", "line 2", "line 3"}},
		"quoted and at the end":   {"a,\"b\"", []string{"a,\"b\""}, []string{"line 1"}},
		"text after a quote":      {"\"a\"b\nc\n", []string{"\"a\"b", "c"}, []string{"line 1", "line 2"}},
		"delimiter inside quotes": {"\"a,\"\",\n\",b\nc\n", []string{"\"a,\"\",\n\",b", "c"}, []string{"line 1", "line 3"}},
		"CR in a field":           {"\"a\rb\",c\nd\re\n", []string{"\"a\rb\",c", "d\re"}, []string{"line 1", "line 2"}},
		"nothing":                 {"", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.input), iotest.OneByteReader(strings.NewReader(c.input))} {
				rows, places, err := split(t, r, headless)
				if err != nil || fmt.Sprintf("%q", rows) != fmt.Sprintf("%q", c.rows) || fmt.Sprint(places) != fmt.Sprint(c.places) {
					t.Errorf("got %q at %q, %v, want %q at %q", rows, places, err, c.rows, c.places)
				}
			}
		})
	}
}

func TestABrokenFileSaysWhereAndGivesWhatCameBefore(t *testing.T) {
	broken := errors.New("cable out")
	for name, c := range map[string]struct {
		input io.Reader
		rows  int
		place string
	}{
		"a quote without end":      {strings.NewReader("a\nb,c\n\"d\ne\nf,"), 2, "line 3"},
		"a quote without end late": {strings.NewReader("a\n\"b\nc\",\n\"d\ne"), 2, "line 4"},
		"a row beyond the limit":   {strings.NewReader("a\n" + strings.Repeat("x", window.MaxItem+1)), 1, "line 2"},
		"a quote beyond the limit": {strings.NewReader("a\nb,\"" + strings.Repeat("x\n", window.MaxItem/2)), 1, "line 2"},
		"line ends of CR":          {strings.NewReader("a,b\rc,d\re,f\r"), 0, "line 1"},
		"reading fails":            {io.MultiReader(strings.NewReader("a\nb\nc"), iotest.ErrReader(broken)), 2, "line 3"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, _, err := split(t, c.input, headless)
			var place *ingest.PlaceError
			if !errors.As(err, &place) || place.Place != c.place || len(rows) != c.rows {
				t.Errorf("got %v after %d rows, want %s after %d", err, len(rows), c.place, c.rows)
			}
			if name == "reading fails" && !errors.Is(err, broken) {
				t.Errorf("the cause is lost: %v", err)
			}
		})
	}
}

func TestAFileInAnotherEncodingIsBrokenAtTheFirstOfIt(t *testing.T) {
	const mapping = "header: false\ncolumns: [id, a]\nrecords: [{kind: person, key: id}]\n"
	const oneByte = "encoding: windows-1252\n" + mapping
	long := strings.Repeat("1,"+strings.Repeat("x", 998)+"\n", 100)
	for name, c := range map[string]struct {
		mapping, input string
		rows           int
		place, remedy  string
	}{
		"Latin-1 under utf-8":              {mapping, "1,a\n2,Å\n3,\xc5sa\n4,b\n", 2, "line 3", "encoding: windows-1252"},
		"in a field of several lines":      {mapping, "1,a\n2,\"b\n\xc5sa\"\n", 1, "line 3", "encoding: windows-1252"},
		"UTF-8 under windows-1252":         {oneByte, "1,a\n2,Åsa Öberg\n3,b\n", 1, "line 2", "encoding: utf-8"},
		"UTF-8 under iso-8859-1":           {"encoding: iso-8859-1\n" + mapping, "1,Åsa", 0, "line 1", "encoding: utf-8"},
		"UTF-8 after more than a sample":   {oneByte, long + "2,Åsa\n" + long, 100, "line 101", "encoding: utf-8"},
		"UTF-8 that the sample cuts":       {oneByte, "1,åå\n" + strings.Repeat("åå", 100_000), 0, "line 1", "encoding: utf-8"},
		"UTF-8 that the sample cuts, odd":  {oneByte, "12,åå\n" + strings.Repeat("åå", 100_000), 0, "line 1", "encoding: utf-8"},
		"windows-1252":                     {oneByte, "1,a\n2,\xc5sa \xd6berg\n3,b\n", 3, "", ""},
		"windows-1252 with a bit of UTF-8": {oneByte, "1,Ã…\n2,\xc5sa\n3,b\n", 3, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.input), iotest.HalfReader(strings.NewReader(c.input))} {
				rows, _, err := split(t, r, c.mapping)
				var place *ingest.PlaceError
				if errors.As(err, &place) != (c.place != "") || len(rows) != c.rows {
					t.Fatalf("got %v after %d rows, want %q after %d", err, len(rows), c.place, c.rows)
				}
				if place != nil && (place.Place != c.place || !strings.Contains(place.Remedy, c.remedy)) {
					t.Errorf("got %v, want %s and %s", err, c.place, c.remedy)
				}
			}
		})
	}
}

func TestAFileThatEndsInTheMiddleOfARowIsBroken(t *testing.T) {
	const mapping = "delimiter: ';'\nrecords: [{kind: person, key: id}]\n"
	for input, c := range map[string]struct {
		rows  int
		place string
	}{
		"id;a;b\n1;2;3\n4;5":            {1, "line 3"},
		"id;a;b\n1;2;3\n4":              {1, "line 3"},
		"id;a;b\n1;2;3\n\"4\"":          {1, "line 3"},
		"id;a;b\n1;2;3\n4;\"x":          {1, "line 3"},
		"id;a;b\n1;2;3\n4;\"x\n5;6;7\n": {1, "line 3"},
		"id;a;b\n1;2;3\n4;5;\xc3":       {1, "line 3"},
		"id;a;b\n1;2;3\n4;5;":           {2, ""},
		"id;a;b\n1;2;3\n4;5;6":          {2, ""},
		"id;a;b\n1;2;3\n4;5\n":          {2, ""}, // one row that is short
		"id;a;b\n1;2;3\n4;5\r\n":        {2, ""},
		"id;a;b\n1;2;3\n\x1a":           {2, ""}, // as DOS ends a file
	} {
		rows, _, err := split(t, strings.NewReader(input), mapping)
		var place *ingest.PlaceError
		if errors.As(err, &place) != (c.place != "") || place != nil && place.Place != c.place || len(rows) != c.rows {
			t.Errorf("%q: got %v after %d rows, want %q after %d", input, err, len(rows), c.place, c.rows)
		}
	}
}

func TestAFieldThatHasTakenInRowsIsRefused(t *testing.T) {
	const mapping = "delimiter: ';'\nrecords: [{kind: organisation, key: id, fields: [{column: name, property: name}]}]\n"
	const three, two = "id;name;until\n", "id;name\n"
	row := func(n int) string { return fmt.Sprintf("%d;Enhet %d;\n", n, n) }
	for name, c := range map[string]struct {
		input  string
		places []string // of what is refused
	}{
		"closed before a delimiter": {three + row(9) + "10;\"Enhet 10;\n" + row(11) + row(12) + "13;Enhet\";\n" + row(14), []string{"lines 3–6"}},
		"text after it":             {three + row(9) + "10;\"Enhet 10;\n" + row(11) + "12;\"Enhet\";\n" + row(14), []string{"lines 3–5"}},
		"in another column":         {three + row(9) + "10;\"Enhet 10;\n" + row(11) + "12;Enhet;x\"\n" + row(14), []string{"lines 3–5"}},
		"two rows":                  {three + "10;\"Enhet 10;\n11;Enhet\";\n" + row(14), []string{"lines 2–3"}},
		"with a blank line":         {three + "10;\"Enhet 10;\n\n" + row(11) + "12;Enhet\";\n" + row(14), []string{"lines 2–5"}},
		"of two columns":            {two + "1;\"a\n2;b\n3;c\"\n4;d\n", []string{"lines 2–4"}},
		"CRLF":                      {strings.ReplaceAll(three+"10;\"Enhet 10;\n"+row(11)+"12;Enhet\";\n", "\n", "\r\n"), []string{"lines 2–4"}},
		"text of several lines":     {three + "1;\"Enhet ett\nHus A\";\n", nil},
		"text with a delimiter":     {three + "1;\"Enhet; ett\nHus A\";\n", nil},
		"text with many":            {three + "1;\"Stängt; öppnar; snart\nVälkommen; in\nHus; A; B; C\nslut\";\n", nil},
		"text with a doubled quote": {three + "1;\"Enhet \"\"ett\"\"\nHus A\";\n", nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, []byte(c.input), []byte(mapping))
			var places []string
			for _, err := range got.Refused {
				var place *ingest.PlaceError
				if errors.As(err, &place) {
					places = append(places, place.Place)
				}
			}
			if got.Err != nil || fmt.Sprint(places) != fmt.Sprint(c.places) {
				t.Errorf("refused %v (%v), want %v", got.Refused, got.Err, c.places)
			}
		})
	}
}

// fieldsOf are a row's fields as the mapper reads them, untrimmed.
func fieldsOf(d dialect, row string) ([]string, bool) {
	fields, ok := d.fields([]byte(row), nil)
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = row[f.from:f.to]
		if f.doubled {
			out[i] = strings.ReplaceAll(out[i], `""`, `"`)
		}
	}
	return out, ok
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	d := dialect{',', '"'}
	rapid.Check(t, func(rt *rapid.T) {
		cell := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune{'"', ',', '\n', 'a', ' ', 'å'})))
		table := rapid.SliceOfN(rapid.SliceOfN(cell, 2, 4), 0, 6).Draw(rt, "table")
		file := bytes.NewBufferString("header\n") // so that no row starts the file
		w := gocsv.NewWriter(file)
		if err := w.WriteAll(table); err != nil {
			rt.Fatal(err)
		}
		rows, _, err := split(t, iotest.OneByteReader(file), headless)
		if err != nil || len(rows) != len(table)+1 {
			rt.Fatalf("%d rows, %v, want %d", len(rows), err, len(table)+1)
		}
		for i, row := range rows[1:] {
			got, ok := fieldsOf(d, row)
			for j := range table[i] {
				// A \r at the end of an unquoted row is part of the row's end, and
				// the writer quotes it for that reason.
				if !ok || len(got) != len(table[i]) || got[j] != table[i][j] {
					rt.Fatalf("row %d: got %q, want %q", i, got, table[i])
				}
			}
		}
	})
}

// FuzzSplit: the sizes of reads change nothing; the rows and what is between
// them, blank, are the file; and a file cut short gives the same rows before the cut.
func FuzzSplit(f *testing.F) {
	f.Add(ingesttest.File(f, "testdata/staff.csv"), uint16(600))
	f.Add([]byte("a,\"b\n\"\"c\"\r\n\r\nd"), uint16(7))
	f.Fuzz(func(t *testing.T, input []byte, cut uint16) {
		if bytes.HasPrefix(input, []byte("\xff\xfe")) || bytes.HasPrefix(input, []byte("\xfe\xff")) {
			return
		}
		rows, places, err := split(t, bytes.NewReader(input), headless)
		slow, slowPlaces, slowErr := split(t, iotest.OneByteReader(bytes.NewReader(input)), headless)
		if fmt.Sprintf("%q", rows) != fmt.Sprintf("%q", slow) || fmt.Sprint(places, err) != fmt.Sprint(slowPlaces, slowErr) {
			t.Fatalf("the reads' sizes change the answer: %q, %v and %q, %v", rows, err, slow, slowErr)
		}
		rest := bytes.TrimPrefix(input, []byte("\xef\xbb\xbf"))
		for i, row := range rows {
			at := bytes.Index(rest, []byte(row))
			if at < 0 || strings.Trim(string(rest[:at]), "\r\n") != "" {
				t.Fatalf("row %d, %q, is not where it should be in %q", i, row, rest)
			}
			rest = rest[at+len(row):]
		}
		if err == nil && strings.Trim(string(rest), "\r\n") != "" {
			t.Fatalf("%q is lost", rest)
		}
		short, _, _ := split(t, bytes.NewReader(input[:min(int(cut), len(input))]), headless)
		for i := 0; i+1 < len(short); i++ {
			if i >= len(rows) || rows[i] != short[i] {
				t.Fatalf("row %d of the cut file is %q", i, short[i])
			}
		}
	})
}

// FuzzMap: no row makes the mapper panic or answer twice differently, and every
// record has a key.
func FuzzMap(f *testing.F) {
	mapping := ingesttest.File(f, "testdata/staff.yaml")
	input := ingesttest.File(f, "testdata/staff.csv")
	for row := range bytes.SplitSeq(input, []byte("\n")) {
		f.Add(row)
	}
	d, err := Format{}.Open(bytes.NewReader(input), options(mapping))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		it := ingest.Item{Type: itemRow, Place: "line 2", Raw: raw}
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
	})
}

// FuzzMapping: no mapping file makes reading it panic.
func FuzzMapping(f *testing.F) {
	f.Add(ingesttest.File(f, "testdata/staff.yaml"))
	f.Add(ingesttest.File(f, "examples/postcodes.yaml"))
	f.Fuzz(func(t *testing.T, mapping []byte) {
		d, err := Format{}.Open(strings.NewReader("id;a\n1;2\n"), options(mapping))
		if err != nil {
			return
		}
		for it, err := range d.Items() {
			if err != nil {
				return
			}
			_, _ = d.Map(it)
		}
	})
}

// table is n rows of the fixture's first.
func table(b *testing.B, n int) []byte {
	lines := bytes.SplitAfter(ingesttest.File(b, "testdata/staff.csv"), []byte("\n"))
	out := bytes.Clone(lines[0])
	for range n {
		out = append(out, lines[1]...)
	}
	return out
}

func BenchmarkSplit(b *testing.B) {
	const n = 10_000
	input := table(b, n)
	o := options(ingesttest.File(b, "testdata/staff.yaml"))
	ingesttest.BenchmarkSplit(b, Format{}, input, o, n)
}

func BenchmarkMap(b *testing.B) {
	input := table(b, 1)
	d, err := Format{}.Open(bytes.NewReader(input), options(ingesttest.File(b, "testdata/staff.yaml")))
	if err != nil {
		b.Fatal(err)
	}
	var item ingest.Item
	for it := range d.Items() {
		item = it
		item.Raw = bytes.Clone(it.Raw)
	}
	ingesttest.BenchmarkMap(b, d, item)
}
