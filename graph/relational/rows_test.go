package relational

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/graph"
	"github.com/karna-registry/karna/model"
)

func drawDate(t *rapid.T, label string) model.Date {
	return model.Date{
		Year:  rapid.Int16Range(-400, 9999).Draw(t, label+" year"),
		Month: rapid.Uint8Range(0, 12).Draw(t, label+" month"),
		Day:   rapid.Uint8Range(0, 31).Draw(t, label+" day"),
	}
}

func TestPeriodsComeBackAsTheyWere(t *testing.T) {
	if packPeriod(model.Period{}) != 0 {
		t.Error("the unbounded period is not 0")
	}
	rapid.Check(t, func(t *rapid.T) {
		p := model.Period{From: drawDate(t, "from"), To: drawDate(t, "to")}
		if got := unpackPeriod(packPeriod(p)); got != p {
			t.Fatalf("%v became %v", p, got)
		}
	})
}

func TestUnsignedKeysKeepTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Uint64().Draw(t, "a"), rapid.Uint64().Draw(t, "b")
		if unsigned(signed(a)) != a {
			t.Fatalf("%d became %d", a, unsigned(signed(a)))
		}
		if (a < b) != (signed(a) < signed(b)) {
			t.Fatalf("%d and %d change their order", a, b)
		}
		p, q := model.PropertyID(a), model.PropertyID(b)
		if property(propertyNumber(p)) != p || (p < q) != (propertyNumber(p) < propertyNumber(q)) {
			t.Fatalf("properties %d and %d", p, q)
		}
		if n := propertyNumber(p); n < math.MinInt16 || n > math.MaxInt16 {
			t.Fatalf("property %d is stored as %d", p, n)
		}
	})
}

func TestEveryDisclosureComesBack(t *testing.T) {
	for d := model.Unclassified; d <= model.Protected; d++ {
		if got := disclosure(rank(d)); got != d {
			t.Errorf("%s became %s", d, got)
		}
	}
}

func TestTimesComeBackAsTheyWere(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(0, 0).UTC(), time.Date(2026, 11, 22, 1, 2, 3, 456789, time.UTC)} {
		var w written
		writeTime(&w, at)
		if got := readTime(number{n: w.n}, 0); !got.Equal(at) || got.IsZero() != at.IsZero() {
			t.Errorf("%v became %v", at, got)
		}
	}
}

// written is a Writer that keeps the last number.
type written struct {
	Writer
	n int64
}

func (w *written) Int(n int64) { w.n = n }

// number is a row of one number.
type number struct {
	Rows
	n int64
}

func (r number) Int(int) int64 { return r.n }

func TestPrefixEndBoundsThePrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 0xfe, 0xff}), 0, 4).Draw(t, "prefix")
		key := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 'a', 0xfe, 0xff}), 0, 6).Draw(t, "key")
		end := prefixEnd(prefix)
		within := bytes.Compare(key, prefix) >= 0 && (end == nil || bytes.Compare(key, end) < 0)
		if within != bytes.HasPrefix(key, prefix) {
			t.Fatalf("%x with prefix %x, whose end is %x: %v", key, prefix, end, within)
		}
	})
}

func TestIntersectionIsOfAllLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) model.EntityID {
			return model.EntityID{14: rapid.ByteRange(0, 1).Draw(t, "high"), 15: rapid.ByteRange(1, 12).Draw(t, "low")}
		}), 0, 20)
		var in intersection
		var plain [][]model.EntityID
		for range rapid.IntRange(1, 4).Draw(t, "lists") {
			l := distinct(ids.Draw(t, "ids"), compareIDs)
			plain = append(plain, l)
			in.lists = append(in.lists, &fixedList{l})
		}
		var want []model.EntityID
		for _, id := range plain[0] {
			if !slices.ContainsFunc(plain, func(l []model.EntityID) bool { return !slices.Contains(l, id) }) {
				want = append(want, id)
			}
		}
		var got []model.EntityID
		for page := rapid.IntRange(1, 5).Draw(t, "page"); ; {
			ids, err := in.next(page)
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, ids...); len(ids) < page {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestDifferenceOfIndexRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) graph.Term {
			return graph.Term{Space: 1, Key: rapid.StringMatching(`[a-h]{1,2}`).Draw(t, "key")}
		}), 0, 60)
		rows, others := terms.Draw(t, "rows"), terms.Draw(t, "others")
		got := appendMissing(nil, rows, others)
		seen := map[graph.Term]bool{}
		for _, r := range got {
			if seen[r] || slices.Contains(others, r) || !slices.Contains(rows, r) {
				t.Fatalf("%v should not be in the difference", r)
			}
			seen[r] = true
		}
		for _, r := range rows {
			if !slices.Contains(others, r) && !seen[r] {
				t.Fatalf("%v is not in the difference", r)
			}
		}
	})
}

func TestOnlyTheLastOfAKeyIsKept(t *testing.T) {
	type row struct {
		key string
		n   int
	}
	got := lastOf([]row{{"a", 1}, {"b", 2}, {"a", 3}, {"c", 4}}, func(r *row) string { return r.key })
	if want := []row{{"b", 2}, {"a", 3}, {"c", 4}}; !slices.Equal(got, want) {
		t.Errorf("kept %v", got)
	}
}

func TestATransactionForgetsHeadsAndKeepsWhichAreNew(t *testing.T) {
	var seen headsSeen
	first := graph.Head{ID: model.EntityID{1}, Key: model.RecordKey{Source: "school", LocalID: "1"}}
	seen.rememberAbsent(first.Key)
	seen.rememberInserted(first)
	if _, absent := seen.absent[first.Key]; absent || !seen.inserted(first.ID) {
		t.Error("a head that was inserted is taken for absent")
	}
	for i := range mostHeadsSeen {
		seen.remember(graph.Head{ID: model.EntityID{2, byte(i >> 16), byte(i >> 8), byte(i)}})
	}
	if len(seen.byID) > mostHeadsSeen {
		t.Errorf("%d heads are remembered", len(seen.byID))
	}
	if !seen.inserted(first.ID) {
		t.Error("that a head is new is forgotten")
	}
}
