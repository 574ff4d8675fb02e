package match_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/resolve/match"
)

// unitSchema is of a kind that is found by its words.
var unitSchema = match.Schema{Kind: model.Organisation, Columns: []match.Column{
	{Attr: match.Name}, {Attr: match.Text, Name: "type"}, {Attr: match.PostalCode}, {Attr: match.Text, Name: "description"},
}}

func drawUnits(t *rapid.T) [][]string {
	words := []string{"skola", "norra", "södra", "björk", "hemtjänst", "vatten", "och", "avlopp", "enhet"}
	rows := make([][]string, rapid.IntRange(2, 40).Draw(t, "n"))
	for i := range rows {
		text := func(label string, most int) (s string) {
			for _, w := range rapid.SliceOfN(rapid.SampledFrom(words), 0, most).Draw(t, label) {
				s += w + " "
			}
			return s
		}
		rows[i] = []string{text("name", 3), text("type", 1), rapid.SampledFrom([]string{"", "11122"}).Draw(t, "postcode"), text("description", 8)}
	}
	return rows
}

func named(t interface{ Fatal(...any) }, schema match.Schema, rows [][]string, names []uint64) *match.Table {
	b, err := match.NewBuilder(schema)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		values := make([][]string, len(r))
		for c, cell := range r {
			values[c] = strings.Split(cell, "|")
		}
		b.AddNamed(0, values, names[i])
	}
	return b.Table()
}

// The blocks that the engine makes are those that an index of strings gives,
// each string made of its record alone.
func TestCandidatesAreWhoeverSharesABlockOfStrings(t *testing.T) {
	divided, twins := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		schema, rows := personSchema, [][]string(nil)
		if rapid.Bool().Draw(rt, "units") {
			schema, rows = unitSchema, drawUnits(rt)
		} else {
			rows = drawRows(rt)
		}
		for range rapid.IntRange(0, 12).Draw(rt, "second values") {
			i, from := rapid.IntRange(0, len(rows)-1).Draw(rt, "of"), rapid.IntRange(0, len(rows)-1).Draw(rt, "from")
			c := rapid.IntRange(0, len(rows[i])-1).Draw(rt, "column")
			rows[i][c] += "|" + rows[from][c]
		}
		for range rapid.IntRange(0, 20).Draw(rt, "equal rows") {
			rows = append(rows, rows[0])
		}
		names := rapid.SliceOfNDistinct(rapid.Uint64(), len(rows), len(rows), rapid.ID[uint64]).Draw(rt, "names")
		limit := rapid.IntRange(2, 9).Draw(rt, "limit")
		secret := match.Secret(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, "secret"))
		shipped, err := match.Default(schema.Kind)
		if err != nil {
			rt.Fatal(err)
		}
		table := named(rt, schema, rows, names)
		m := match.Freeze(table, shipped)

		type key struct {
			text   string
			record int
		}
		byKey := map[int][]key{}
		for i := range rows {
			alone := named(rt, schema, rows[i:i+1], names[i:i+1]).Strings(m, secret)
			for k := range alone.Keys() {
				for _, s := range alone.Of(nil, 0, k) {
					byKey[k] = append(byKey[k], key{s, i})
				}
			}
		}
		want := map[[2]uint32]bool{}
		for _, keys := range byKey {
			slices.SortFunc(keys, func(a, b key) int { return bytes.Compare([]byte(a.text), []byte(b.text)) })
			texts := make([]string, len(keys))
			for i := range keys {
				texts[i] = keys[i].text
			}
			for _, x := range keys {
				lo, hi, depth := match.Block(texts, x.text, limit)
				if hi-lo > limit {
					twins++
				}
				if depth > 1 {
					divided++
				}
				for _, y := range keys[lo:hi] {
					if x.record < y.record {
						want[[2]uint32{uint32(x.record), uint32(y.record)}] = true
					}
				}
			}
		}
		r := resolved(rt, table, match.Options{Workers: 2, Model: m, KeepAll: true, PairsOnly: true, Secret: secret, BlockLimit: limit})
		got := map[[2]uint32]bool{}
		for _, e := range r.Edges {
			got[[2]uint32{min(e.A, e.B), max(e.A, e.B)}] = true
		}
		for p := range want {
			if !got[p] {
				rt.Errorf("records %v share a block of strings and the engine did not look at them", p)
			}
		}
		for p := range got {
			if !want[p] {
				rt.Errorf("the engine looked at %v, which share no block of strings", p)
			}
		}
	})
	if divided == 0 || twins > 0 {
		t.Errorf("%d blocks were divided, %d are too large", divided, twins)
	}
}

func TestBlockNeedsOnlyItsNeighbours(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 6).Draw(rt, "limit")
		text := rapid.Custom(func(t *rapid.T) string {
			part := rapid.SampledFrom([]string{"aa", "ab", "b\x00"})
			tail := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 3, 0x80, 0xff}), 6, 6)
			return "family 1" + part.Draw(t, "first") + part.Draw(t, "second") + string(tail.Draw(t, "tail"))
		})
		all := rapid.SliceOfDistinct(text, rapid.ID[string]).Draw(rt, "strings")
		slices.Sort(all)
		s := text.Draw(rt, "string")
		lo, hi, depth := match.Block(all, s, limit)
		at, _ := slices.BinarySearch(all, s)
		from, to := max(0, at-limit-1), min(len(all), at+limit+1)
		l, h, d := match.Block(all[from:to], s, limit)
		if l+from != lo || h+from != hi || d != depth {
			rt.Fatalf("among all [%d:%d] at depth %d, among its neighbours [%d:%d] at %d", lo, hi, depth, l+from, h+from, d)
		}
		for i := lo; i < hi; i++ {
			if l, h, d := match.Block(all, all[i], limit); l != lo || h != hi || d != depth && slices.Contains(all, s) {
				rt.Fatalf("%q is in the block [%d:%d] and its own is [%d:%d]", all[i], lo, hi, l, h)
			}
		}
		if hi-lo > limit {
			rt.Fatalf("a block of %d", hi-lo)
		}
	})
}

func TestStringsTellNothingWithoutTheSecret(t *testing.T) {
	rows := town(40)
	names := make([]uint64, len(rows))
	for i := range names {
		names[i] = uint64(i)
	}
	table := named(t, personSchema, rows, names)
	shipped, err := match.Default(model.Person)
	if err != nil {
		t.Fatal(err)
	}
	m := match.Freeze(table, shipped)
	a, b := table.Strings(m, match.Secret{1}), table.Strings(m, match.Secret{2})
	seen := 0
	for i := range rows {
		for k := range a.Keys() {
			x, y := a.Of(nil, i, k), b.Of(nil, i, k)
			for j := range x {
				seen++
				if x[j][1:8] == y[j][1:8] || x[j][len(x[j])-6:] == y[j][len(y[j])-6:] {
					t.Fatalf("record %d, key %d: two secrets give %x and %x", i, k, x[j], y[j])
				}
			}
		}
	}
	if seen < 8*len(rows) {
		t.Errorf("%d records have %d strings", len(rows), seen)
	}
}

// What an index keeps is made anew when the program makes other strings or
// weights of the same records: whoever changes either raises match.Version and
// puts here what this test says.
func TestVersionIsRaisedWithStringsAndWeights(t *testing.T) {
	const version, digest = 4, "de5f6b7f06329a1f"
	sum := sha256.New()
	units := [][]string{
		{"Norra skolan", "skola", "11122", "en skola i norr"}, {"Norra skolan AB", "skola", "11122", ""}, {"Södra skolan", "skola", "", "en skola i söder för alla barn i kommunen"},
		{"Hemtjänst Björk", "omsorg", "11123", "hjälp i hemmet"}, {"Björks hemtjänst", "omsorg", "11123", "hjälp hemma"}, {"Vatten och avlopp", "", "", "vatten"},
		{"VA-enheten", "teknik", "11122", ""}, {"Ekonomiskt bistånd", "", "", "försörjningsstöd"}, {"Försörjningsstöd", "", "", "ekonomiskt bistånd"},
		{"Område 1", "", "11122", ""}, {"Område 2", "", "11122", ""}, {"Björkskolan F-6", "skola", "", ""}, {"Björksk.", "skola", "", ""}, {"Älvsala Bostäder AB", "", "11124", ""},
	}
	for _, set := range []struct {
		schema match.Schema
		rows   [][]string
	}{{personSchema, town(60)}, {unitSchema, units}} {
		shipped, err := match.Default(set.schema.Kind)
		if err != nil {
			t.Fatal(err)
		}
		table := named(t, set.schema, set.rows, make([]uint64, len(set.rows)))
		m := match.Freeze(table, shipped)
		x, w := table.Strings(m, match.Secret{}), match.NewWeigher(table, m)
		fmt.Fprintln(sum, x.Scheme())
		for i := range set.rows {
			for k := range x.Keys() {
				fmt.Fprintf(sum, "%x\n", x.Of(nil, i, k))
			}
			for j := range i {
				fmt.Fprintf(sum, "%.1f\n", w.Weigh(i, j))
			}
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)[:8]); got != digest || match.Version != version {
		t.Errorf("strings or weights are others (%s): raise Version (%d) and say so here", got, match.Version)
	}
}
