package ss12000

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/ingesttest"
	"github.com/karna-registry/karna/ingest/window"
	"github.com/karna-registry/karna/model"
)

// split is the raw elements of a file and the error that ended it.
func split(t testing.TB, r io.Reader, o ingest.Options) (raws []string, places []string, err error) {
	t.Helper()
	d, err := Format{}.Open(r, o)
	if err != nil {
		t.Fatal(err)
	}
	for it, err := range d.Items() {
		if err != nil {
			return raws, places, err
		}
		raws, places = append(raws, string(it.Raw)), append(places, it.Place)
	}
	return raws, places, nil
}

func TestAFileIsSplitWhateverItsEnvelope(t *testing.T) {
	const a, b = `{"id":"1","t":"]}\"\\"}`, `{"id":"2","n":{"m":[[]]}}`
	for name, c := range map[string]struct {
		input string
		want  []string
		place string // of the last
	}{
		"envelope":                  {`{"data":[` + a + `,` + b + `],"pageToken":"x"}`, []string{a, b}, "$.data[1]"},
		"envelope, token first":     {` {"pageToken" : null , "data" : [ ` + a + ` , ` + b + " ] }\n", []string{a, b}, "$.data[1]"},
		"bare array":                {`[` + a + `,` + b + `]`, []string{a, b}, "$[1]"},
		"bare object":               {a, []string{a}, "$"},
		"lines of objects":          {a + "\n" + b + "\n", []string{a, b}, "$"},
		"pages":                     {`{"data":[` + a + `],"pageToken":"x"}{"data":[` + b + `]}`, []string{a, b}, "$.data[0]"},
		"byte order mark":           {"\ufeff[" + a + "]", []string{a}, "$[0]"},
		"nothing":                   {`{"data":[],"pageToken":null}`, nil, ""},
		"empty array":               {"[ ]", nil, ""},
		"data that is no list":      {`{"data":null}`, []string{`{"data":null}`}, "$"},
		"empty object":              {`{}`, []string{`{}`}, "$"},
		"elements that are no such": {`[1,"a",null,[2]]`, []string{"1", `"a"`, "null", "[2]"}, "$[3]"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.input), iotest.OneByteReader(strings.NewReader(c.input))} {
				raws, places, err := split(t, r, options(Persons))
				if err != nil {
					t.Fatal(err)
				}
				if fmt.Sprint(raws) != fmt.Sprint(c.want) {
					t.Errorf("got %q, want %q", raws, c.want)
				}
				if len(places) > 0 && places[len(places)-1] != c.place {
					t.Errorf("last place %s, want %s", places[len(places)-1], c.place)
				}
			}
		})
	}
}

func TestABrokenFileSaysWhereAndGivesWhatCameBefore(t *testing.T) {
	for name, c := range map[string]struct {
		input string
		items int
		place string
	}{
		"cut in an element":   {`{"data":[{"id":"1"},{"id":`, 1, "$.data[1], byte 26"},
		"cut in a string":     {`[{"id":"1"},{"id":"abc`, 1, "$[1], byte 22"},
		"cut between":         {`[{"id":"1"},`, 1, "$, byte 12"},
		"no comma":            {`[{"id":"1"} {"id":"2"}]`, 1, "$[0], byte 12"},
		"trailing comma":      {`[{"id":"1"},]`, 1, "$[1], byte 12"},
		"brackets that cross": {`[{"id":["1"}]]`, 0, "$[0], byte 11"},
		"no JSON":             {`<html>`, 0, "$, byte 0"},
		"empty":               {"  \n", 0, "byte 0"},
		"after the end":       {`{"data":[{"id":"1"}]} x`, 1, "$, byte 22"},
		"too deep":            {`[` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `]`, 0, "$[0], byte 65"},
		"unquoted name":       {`{data:[]}`, 0, "$, byte 1"},
		"no colon":            {`{"data" []}`, 0, "$, byte 8"},
	} {
		t.Run(name, func(t *testing.T) {
			raws, _, err := split(t, strings.NewReader(c.input), options(Persons))
			var place *ingest.PlaceError
			if !errors.As(err, &place) || place.Place != c.place {
				t.Errorf("got %v, want the place %s", err, c.place)
			}
			if len(raws) != c.items {
				t.Errorf("%d elements before the break, want %d: %q", len(raws), c.items, raws)
			}
		})
	}
}

func TestAFullDeliveryThatStopsAtAPageIsRefused(t *testing.T) {
	o := options(Persons)
	o.Full = true
	raws, _, err := split(t, strings.NewReader(`{"data":[{"id":"1"}],"pageToken":"next"}`), o)
	if err == nil || len(raws) != 1 {
		t.Errorf("got %v after %d elements: what is on the next page would be retracted", err, len(raws))
	}
	if _, _, err = split(t, strings.NewReader(`{"data":[],"pageToken":"next"}{"data":[{"id":"1"}],"pageToken":null}`), o); err != nil {
		t.Errorf("the last page ends it: %v", err)
	}
}

func TestAnElementBeyondTheLimitEndsTheFile(t *testing.T) {
	long := `{"id":"` + strings.Repeat("x", window.MaxItem) + `"}`
	raws, _, err := split(t, strings.NewReader(`[{"id":"1"},`+long+`]`), options(Persons))
	if err == nil || len(raws) != 1 {
		t.Errorf("got %v after %d elements", err, len(raws))
	}
}

func TestReadingThatFailsIsNotTheEndOfTheFile(t *testing.T) {
	broken := errors.New("cable out")
	raws, _, err := split(t, io.MultiReader(strings.NewReader(`[{"id":"1"},`), iotest.ErrReader(broken)), options(Persons))
	if !errors.Is(err, broken) || len(raws) != 1 {
		t.Errorf("got %v after %d elements", err, len(raws))
	}
}

func TestTheTypeMustBeNamed(t *testing.T) {
	if _, err := (Format{}).Open(strings.NewReader("[]"), ingest.Options{Source: "school"}); err == nil {
		t.Error("a file of nobody knows what was opened")
	}
}

// element draws a JSON value of every sort that stresses a splitter.
func anyObject() *rapid.Generator[any] {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{`"`, `\`, `\"`, `]}`, "\u2028", "å"}))
	leaf := rapid.OneOf(rapid.Map(text, func(s string) any { return s }), rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f }),
		rapid.SampledFrom([]any{true, false, nil}))
	inner := rapid.OneOf(leaf, rapid.Map(rapid.SliceOfN(leaf, 0, 3), func(l []any) any { return l }))
	return rapid.Map(rapid.MapOfN(text, inner, 0, 4), func(m map[string]any) any { return m })
}

func TestSplittingLosesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		elements := rapid.SliceOfN(anyObject(), 0, 5).Draw(rt, "elements")
		var want []string
		for _, e := range elements {
			b, err := json.Marshal(e)
			if err != nil {
				rt.Fatal(err)
			}
			want = append(want, string(b))
		}
		input := "[" + strings.Join(want, " ,\n") + "]"
		got, _, err := split(t, iotest.OneByteReader(strings.NewReader(input)), options(Persons))
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("got %q, %v, want %q", got, err, want)
		}
	})
}

func TestAFileThatIsNotUTF8IsBrokenAtTheFirstOfIt(t *testing.T) {
	const first = `{"id":"c63d41a4-a9ae-5cbd-99ff-2057a81cd393","givenName":"Åsa"}`
	latin := strings.Replace(first, "Å", "\xc5", 1)
	for input, c := range map[string]struct {
		before int
		place  string
	}{
		`{"data":[` + first + "," + latin + "," + first + "]}": {1, "$.data[1], byte 132"},
		latin:                        {0, "$, byte 58"},
		"[" + first + "]\n[" + latin: {1, "$[0], byte 126"},
	} {
		raws, _, err := split(t, iotest.HalfReader(strings.NewReader(input)), options(Persons))
		var place *ingest.PlaceError
		if !errors.As(err, &place) || len(raws) != c.before || place.Place != c.place || !strings.Contains(place.Remedy, "UTF-8") {
			t.Errorf("%q: got %v after %d, want %s after %d", input, err, len(raws), c.place, c.before)
		}
	}
}

// TestAFileOfAnotherTypeGivesNothing: what an object says is told by its type, which its
// file does not say.
func TestAFileOfAnotherTypeGivesNothing(t *testing.T) {
	id := func(n int) string { return fmt.Sprintf(`"id":"c63d41a4-a9ae-5cbd-99ff-%012d"`, n) }
	objects := map[string]string{
		Organisations: `"displayName":"Björkskolan","organisationType":"Skola"`,
		Persons:       `"givenName":"Åsa","familyName":"Lind"`,
		Duties:        `"person":{"id":"c63d41a4-a9ae-5cbd-99ff-000000000001"},"dutyAt":{"id":"c63d41a4-a9ae-5cbd-99ff-000000000002"}`,
		Placements:    `"child":{"id":"c63d41a4-a9ae-5cbd-99ff-000000000001"},"placedAt":{"id":"c63d41a4-a9ae-5cbd-99ff-000000000002"}`,
		Groups:        `"displayName":"5A","groupType":"Klass","groupMemberships":[{"person":{"id":"c63d41a4-a9ae-5cbd-99ff-000000000001"}}]`,
	}
	for typ := range objects {
		for of, object := range objects {
			var list []string
			for n := range 150 {
				list = append(list, "{"+id(n)+","+object+"}")
			}
			for _, n := range []int{1, 2, 150} {
				got := read(t, []byte(`{"data":[`+strings.Join(list[:n], ",")+`]}`), options(typ))
				if typ == of {
					if got.Err != nil || len(got.Refused) > 0 || len(got.Places) != n {
						t.Errorf("%d %s: %v, %v", n, typ, got.Refused, got.Err)
					}
					continue
				}
				if len(got.Records) > 0 || len(got.Refused) != min(n, mostStrange-1) {
					t.Errorf("%d %s in a file of %s: %d records, %d refused", n, of, typ, len(got.Records), len(got.Refused))
				}
				var place *ingest.PlaceError
				if n > 1 && (!errors.As(got.Err, &place) || place.Place != "$.data[0]" || !strings.HasSuffix(place.Remedy, "is this a file of "+of+"?")) {
					t.Errorf("%d %s in a file of %s: %v", n, of, typ, got.Err)
				}
			}
			// One of the type is enough: the others cost themselves.
			if typ != of {
				got := read(t, []byte("["+strings.Join(list[1:], ",")+",{"+id(0)+","+objects[typ]+"}]"), options(typ))
				if n := len(got.Places); n != mostStrange-1 {
					t.Errorf("%d items of %s after the first hundred of %s", n, typ, of)
				}
				got = read(t, []byte("[{"+id(0)+","+objects[typ]+"},"+strings.Join(list[1:], ",")+"]"), options(typ))
				if got.Err != nil || len(got.Refused) != len(list)-1 || len(got.Places) != len(list) {
					t.Errorf("%s after one of %s: %d refused, %v", of, typ, len(got.Refused), got.Err)
				}
			}
		}
	}
	// An activity is of no type that is read.
	for _, typ := range []string{Organisations, Groups} {
		if got := read(t, []byte(`{`+id(1)+`,"displayName":"Matematik","activityType":"Undervisning"}`), options(typ)); len(got.Refused) != 1 {
			t.Errorf("an activity in a file of %s: %v", typ, got.Records)
		}
	}
	// Nothing is there to tell, so nothing is guessed.
	got := read(t, []byte(`[{`+id(1)+`,"displayName":""},{`+id(2)+`,"givenName":null}]`), options(Organisations))
	if got.Err != nil || len(got.Refused) != 2 {
		t.Errorf("objects without anything: %v, %v", got.Refused, got.Err)
	}
	// What protects somebody is no use refused: it is taken, and closed.
	got = read(t, []byte(`{`+id(1)+`,"person":{`+id(2)+`,"securityMarking":"Sekretessmarkering"}}`), options(Organisations))
	for name, r := range got.Records {
		if r.Key.Kind != model.Person && r.Disclosure != model.Protected {
			t.Errorf("%s has class %s", name, r.Disclosure)
		}
	}
	if len(got.Refused) > 0 || len(got.Records) == 0 {
		t.Errorf("a flag is refused: %v", got.Refused)
	}
}

// FuzzSplit holds the splitter to encoding/json: what that calls an array is
// split into the same elements, and whatever is broken loses nothing before it.
func FuzzSplit(f *testing.F) {
	for _, name := range []string{"organisations.json", "persons.json", "duties.json", "placements.json", "deleted.json"} {
		f.Add(file(f, name))
	}
	f.Add([]byte(`[1,"\"]",{}]`))
	f.Fuzz(func(t *testing.T, input []byte) {
		for _, typ := range []string{Persons, Deleted} {
			raws, _, err := split(t, bytes.NewReader(input), options(typ))
			slow, _, slowErr := split(t, iotest.OneByteReader(bytes.NewReader(input)), options(typ))
			if fmt.Sprint(raws, err) != fmt.Sprint(slow, slowErr) {
				t.Fatalf("the reads' sizes change the answer: %q, %v and %q, %v", raws, err, slow, slowErr)
			}
			from := 0
			for _, raw := range raws {
				at := bytes.Index(input[from:], []byte(raw))
				if at < 0 {
					t.Fatalf("%q is not in the file where it should be", raw)
				}
				from += at + len(raw)
			}
			var place *ingest.PlaceError
			if !utf8.Valid(input) || errors.As(err, &place) && strings.HasPrefix(place.Reason, "no object is one of") {
				continue // encoding/json takes these
			}
			var list []json.RawMessage
			if json.Unmarshal(input, &list) == nil && len(input) > 0 && input[0] == '[' {
				if err != nil || len(list) != len(raws) {
					t.Fatalf("got %q, %v, want %q", raws, err, list)
				}
				for i := range list {
					if raws[i] != string(list[i]) {
						t.Fatalf("element %d: got %q, want %q", i, raws[i], list[i])
					}
				}
			}
		}
	})
}

// FuzzMap holds the parser to encoding/json: what is mapped is JSON, what is
// not JSON is refused, and nothing makes it panic.
func FuzzMap(f *testing.F) {
	for _, name := range []string{"organisations.json", "persons.json", "duties.json", "placements.json"} {
		raws, _, err := split(f, bytes.NewReader(file(f, name)), options(strings.TrimSuffix(name, ".json")))
		if err != nil {
			f.Fatal(err)
		}
		for _, raw := range raws {
			f.Add([]byte(raw))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		tr := new(tree)
		if at := tr.parse(raw); (at < 0) != json.Valid(raw) {
			t.Fatalf("parsed up to %d, encoding/json says %t", at, json.Valid(raw))
		}
		for _, typ := range Types {
			d, err := Format{}.Open(strings.NewReader(""), options(typ))
			if err != nil {
				t.Fatal(err)
			}
			item := ingest.Item{Type: typ, Place: "$", Raw: raw}
			first, err := d.Map(item)
			second, again := d.Map(item)
			if fmt.Sprint(first, err) != fmt.Sprint(second, again) {
				t.Fatalf("mapped twice, two answers: %v, %v and %v, %v", first, err, second, again)
			}
			for _, r := range first.Records {
				if r.Key.LocalID == "" || r.Key.Source != "school" || r.Key.Kind == 0 {
					t.Fatalf("a record without a key: %+v", r.Key)
				}
			}
		}
	})
}

// page is n copies of a fixture's first element.
func page(b *testing.B, name string, n int) []byte {
	b.Helper()
	raws, _, err := split(b, bytes.NewReader(file(b, name)), options(strings.TrimSuffix(name, ".json")))
	if err != nil {
		b.Fatal(err)
	}
	out := []byte(`{"data":[`)
	for i := range n {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, raws[0]...)
	}
	return append(out, "]}"...)
}

func BenchmarkSplit(b *testing.B) {
	const n = 10_000
	input := page(b, "duties.json", n)
	ingesttest.BenchmarkSplit(b, Format{}, input, options(Duties), n)
}

func BenchmarkMap(b *testing.B) {
	for _, c := range []struct{ typ, name string }{{Persons, "persons.json"}, {Duties, "duties.json"}, {Organisations, "organisations.json"}} {
		b.Run(c.typ, func(b *testing.B) {
			d, _ := Format{}.Open(strings.NewReader(""), options(c.typ))
			raws, _, _ := split(b, bytes.NewReader(file(b, c.name)), options(c.typ))
			item := ingest.Item{Type: c.typ, Place: "$.data[0]", Raw: []byte(raws[0])}
			ingesttest.BenchmarkMap(b, d, item)
		})
	}
}
