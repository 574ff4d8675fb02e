package formats

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/ingest"
)

// fixtures are files of every format, of several items each.
var fixtures = []struct {
	format, file, typ, mapping string
}{
	{"csv", "csv/testdata/staff.csv", "", "csv/testdata/staff.yaml"},
	{"paxml", "paxml/testdata/personal.xml", "", ""},
	{"ss12000", "ss12000/testdata/persons.json", "persons", ""},
	{"ss12000", "ss12000/testdata/duties.json", "duties", ""},
	{"ss12000", "ss12000/testdata/deleted.json", "deletedEntities", ""},
}

// items are the items that a file gives until its end or a break.
func items(t rapid.TB, format string, input []byte, o ingest.Options) (raws [][]byte) {
	f, err := ByName(format)
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Open(bytes.NewReader(input), o)
	if err != nil {
		return nil
	}
	for it, err := range d.Items() {
		if err != nil {
			break
		}
		raws = append(raws, bytes.Clone(it.Raw))
		_, _ = d.Map(it) // whatever it is, it does not panic
	}
	return raws
}

// TestABrokenFileLosesNothingThatCameBefore: whatever happens to a file from
// some byte on, the items before that byte are given as they were.
func TestABrokenFileLosesNothingThatCameBefore(t *testing.T) {
	for _, fx := range fixtures {
		t.Run(filepath.Base(fx.file), func(t *testing.T) {
			input, err := os.ReadFile(filepath.Join("..", fx.file))
			if err != nil {
				t.Fatal(err)
			}
			o := ingest.Options{Source: "s", Type: fx.typ}
			if fx.mapping != "" {
				if o.Mapping, err = os.ReadFile(filepath.Join("..", fx.mapping)); err != nil {
					t.Fatal(err)
				}
			}
			whole := items(t, fx.format, input, o)
			if len(whole) < 2 {
				t.Fatalf("%d items: too few to tell", len(whole))
			}
			ends := make([]int, len(whole)) // where each has been seen whole
			at := 0
			for i, raw := range whole {
				at += bytes.Index(input[at:], raw) + len(raw)
				ends[i] = at
			}
			rapid.Check(t, func(rt *rapid.T) {
				cut := rapid.IntRange(0, len(input)).Draw(rt, "cut")
				broken := append(bytes.Clone(input[:cut]), rapid.SliceOfN(rapid.SampledFrom([]byte("\"'<>[]{},;:&\\\n\x00\xffa1")), 0, 6).Draw(rt, "instead")...)
				if skip := cut + rapid.IntRange(0, 20).Draw(rt, "skip"); skip < len(input) {
					broken = append(broken, input[skip:]...)
				}
				got := items(rt, fx.format, broken, o)
				for i, raw := range whole {
					if ends[i]+1 >= cut { // a row ends with two bytes after it
						break
					}
					if i >= len(got) || !bytes.Equal(got[i], raw) {
						rt.Fatalf("item %d, whole before byte %d, is lost", i, cut)
					}
				}
			})
		})
	}
}
