package tabular_test

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/internal/tabular"
)

func readAll(r *tabular.Reader) (rows [][]string, err error) {
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, slices.Clone(row))
	}
}

func TestTablesAreRecognised(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want [][]string // the header first
	}{
		"comma":                   {"a,b\n1,2\n", [][]string{{"a", "b"}, {"1", "2"}}},
		"semicolon":               {"a;b, c\n1;2,5\n", [][]string{{"a", "b, c"}, {"1", "2,5"}}},
		"tab":                     {"a\tb\n1\t2\n", [][]string{{"a", "b"}, {"1", "2"}}},
		"bar, CRLF":               {"a|b\r\n1|2\r\n", [][]string{{"a", "b"}, {"1", "2"}}},
		"byte order mark":         {"\xef\xbb\xbfa,b\n1,2", [][]string{{"a", "b"}, {"1", "2"}}},
		"blanks around":           {"a, b\n1, 2\n", [][]string{{"a", "b"}, {"1", "2"}}},
		"quotes":                  {"a,b\n\"x, \"\"y\"\"\", \"z\"\n", [][]string{{"a", "b"}, {`x, "y"`, "z"}}},
		"line break in quotes":    {"a,b\n\"x\ny\",2\n", [][]string{{"a", "b"}, {"x\ny", "2"}}},
		"quote inside a field":    {"a,b\n5\" rör,2\n", [][]string{{"a", "b"}, {`5" rör`, "2"}}},
		"blank lines":             {"\na,b\n\n1,2\n  \n", [][]string{{"a", "b"}, {"1", "2"}}},
		"Latin-1":                 {"namn,ort\n\xc5sa,V\xe4ster\xe5s\n", [][]string{{"namn", "ort"}, {"Åsa", "Västerås"}}},
		"Latin-1 late":            {"namn,ort\nÅsa,X\nBj\xf6rn,Y\n", [][]string{{"namn", "ort"}, {"Åsa", "X"}, {"Björn", "Y"}}},
		"empty fields at end":     {"a,b\n1,2,,\n", [][]string{{"a", "b"}, {"1", "2"}}},
		"one column":              {"a\n1\n2\n", [][]string{{"a"}, {"1"}, {"2"}}},
		"header without name":     {"a,\n1,2\n", [][]string{{"a", "column 2"}, {"1", "2"}}},
		"delimiter in quotes":     {"\"a;x\",b\n1,2\n", [][]string{{"a;x", "b"}, {"1", "2"}}},
		"last field empty":        {"a,b\n1,\n", [][]string{{"a", "b"}, {"1", ""}}},
		"quote closed at the end": {"a,b\n1,\"2\"", [][]string{{"a", "b"}, {"1", "2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(c.in), iotest.OneByteReader(strings.NewReader(c.in))} {
				r, err := tabular.NewReader(in, tabular.Options{})
				if err != nil {
					t.Fatal(err)
				}
				rows, err := readAll(r)
				if err != nil {
					t.Fatal(err)
				}
				got := append([][]string{r.Header()}, rows...)
				if !slices.EqualFunc(got, c.want, slices.Equal) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}
		})
	}
}

func TestBrokenTablesSayWhereAndWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ in, place, reason, remedy string }{
		"empty":             {"", "line 1", "empty", "header"},
		"too few fields":    {"a,b\n1,2\n3\n", "line 3", "1 fields, the header 2", "whole"},
		"too many fields":   {"a,b\n1,2\n3,4,5\n", "line 3", "3 fields, the header 2", "quotes"},
		"after line breaks": {"a,b\n\"x\n\ny\",2\n3\n", "line 5", "1 fields", "whole"},
		"quote not closed":  {"a,b\n1,2\n1,\"x\n2,3\n", "line 3", "no end", "close the quote"},
		"text after quote":  {"a,b\n\"x\"y,2\n", "line 2", "after a field's closing quote", "double"},
		"two names":         {"a,a\n1,2\n", "line 1", "columns 1 and 2", "name of its own"},
		"line ends of CR":   {"a,b\r1,2\r3,4\r", "line 1", "CR alone", "LF or CRLF"},
		"CR, two alike":     {"a,b\r\"1\",2\r", "line 1", "CR alone", "LF or CRLF"},
		"no header row":     {"1,189001019802\n2,189001029819\n", "line 1", "column 2 is a personal number", "header row"},
		"UTF-16":            {"\xff\xfea\x00,\x00", "line 1", "UTF-16", "UTF-8"},
		"spreadsheet":       {"PK\x03\x04", "line 1", "spreadsheet", "CSV"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := tabular.NewReader(strings.NewReader(c.in), tabular.Options{})
			if err == nil {
				_, err = readAll(r)
			}
			var place *ingest.PlaceError
			if !errors.As(err, &place) {
				t.Fatalf("error %v", err)
			}
			if place.Place != c.place || !strings.Contains(place.Reason, c.reason) || !strings.Contains(place.Remedy, c.remedy) {
				t.Errorf("got %v", place)
			}
		})
	}
}

func TestBrokenRowsCanBePassedOver(t *testing.T) {
	var broken []string
	r, err := tabular.NewReader(strings.NewReader("a,b\n1\n2,3\n4,5,6\n"), tabular.Options{Broken: func(e *ingest.PlaceError) { broken = append(broken, e.Place) }})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readAll(r)
	if err != nil || len(rows) != 1 || !slices.Equal(broken, []string{"line 2", "line 4"}) {
		t.Errorf("rows %q, broken %q, error %v", rows, broken, err)
	}
}

func TestStatedEncodingIsHeldTo(t *testing.T) {
	r, err := tabular.NewReader(strings.NewReader("a\nBj\xf6rn\n"), tabular.Options{Encoding: "utf-8"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(r); err == nil || !strings.Contains(err.Error(), "latin-1") {
		t.Errorf("Latin-1 in a file that is said to be UTF-8: %v", err)
	}
	if _, err := tabular.NewReader(strings.NewReader("a\n"), tabular.Options{Encoding: "ebcdic"}); err == nil {
		t.Error("an unknown encoding is taken")
	}
}

func TestReadingThatFailsSaysSo(t *testing.T) {
	cause := errors.New("disk on fire")
	r, err := tabular.NewReader(io.MultiReader(strings.NewReader("a,b\n1,2\n3,"), iotest.ErrReader(cause)), tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(r); !errors.Is(err, cause) {
		t.Errorf("error %v", err)
	}
}

// FuzzReader holds the reader against encoding/csv where that reads a file: then
// both give the same rows.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a,b\n\"x\"\"y\",2\n", "a,b\n\"x\ny\",\n", "\xef\xbb\xbfa\n1", "a;b\n\"", "a,b\n1,\"\n", "a,b\r\n1,2\r\n\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		r, err := tabular.NewReader(strings.NewReader(in), tabular.Options{Delimiter: ','})
		if err != nil {
			return
		}
		rows, err := readAll(r)
		var place *ingest.PlaceError
		if err != nil && !errors.As(err, &place) {
			t.Fatalf("error %v has no place", err)
		}
		for _, row := range rows {
			if len(row) != len(r.Header()) {
				t.Fatalf("a row of %d for a header of %d", len(row), len(r.Header()))
			}
		}
		// A line of blanks is a row of one empty field to encoding/csv.
		if err != nil || strings.ContainsAny(in, "\r\x00") || !isASCII(in) || len(r.Header()) == 1 {
			return
		}
		std := csv.NewReader(strings.NewReader(in))
		std.TrimLeadingSpace = true
		want, err := std.ReadAll()
		if err != nil || len(want) == 0 {
			return
		}
		want = want[1:]
		if len(want) != len(rows) {
			t.Fatalf("%d rows, encoding/csv reads %d", len(rows), len(want))
		}
		for i := range want {
			for j := range want[i] {
				if strings.TrimSpace(want[i][j]) != rows[i][j] {
					t.Fatalf("row %d is %q, encoding/csv reads %q", i, rows[i], want[i])
				}
			}
		}
	})
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func BenchmarkReader(b *testing.B) {
	row := "skatt,R0000006,182207100666,Kerstin,Karlsson,1822-07-10,kvinna,Marmorgatan 24,13496,Handvik,,kerstin@post.example\n"
	in := "a,b,c,d,e,f,g,h,i,j,k,l\n" + strings.Repeat(row, 1000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := tabular.NewReader(strings.NewReader(in), tabular.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	}
}
