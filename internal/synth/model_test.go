package synth

import (
	"bytes"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func write(t testing.TB, set string, records int, seed uint64) ([]byte, Report) {
	t.Helper()
	var data bytes.Buffer
	report, err := Write(Output{Data: &data}, Options{Set: set, Records: records, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return data.Bytes(), report
}

// TestEveryErrorHappensAtItsRate holds the error model to what was drawn: within
// five standard deviations.
func TestEveryErrorHappensAtItsRate(t *testing.T) {
	for _, set := range sets {
		_, report := write(t, set.Name, 40_000/slower, 11)
		if len(report.Errors) == 0 {
			t.Errorf("%s has no error model", set.Name)
		}
		for _, e := range report.Errors {
			if e.Could == 0 || e.Did == 0 {
				t.Errorf("%s, %s: could happen %d times and did %d", e.Set, e.Name, e.Could, e.Did)
				continue
			}
			n, got := float64(e.Could), float64(e.Did)/float64(e.Could)
			if deviation := math.Sqrt(e.Rate * (1 - e.Rate) / n); math.Abs(got-e.Rate) > 5*deviation {
				t.Errorf("%s, %s: %.4f of %d, want %.4f", e.Set, e.Name, got, e.Could, e.Rate)
			}
		}
	}
}

// TestEveryErrorShowsInTheRows takes one error after the other out of the model:
// a set without it is another set.
func TestEveryErrorShowsInTheRows(t *testing.T) {
	type size struct {
		set     string
		records int
	}
	whole := map[size][]byte{}
	same := func(e errorID, records int) bool {
		s := size{errorTable[e].Set, records}
		if whole[s] == nil {
			whole[s], _ = write(t, s.set, s.records, 5)
		}
		kept := errorTable
		defer func() { errorTable = kept }()
		if errorTable[e].Rate = 0; slices.ContainsFunc(shares, func(g [2]errorID) bool { return g[1] == e }) {
			errorTable[e-1].Rate += kept[e].Rate // the last of a share is what is left over
		}
		without, _ := write(t, s.set, s.records, 5)
		return bytes.Equal(without, whole[s])
	}
	for e := range errorCount {
		// One that is rare is looked for among more rows.
		if same(e, 150) && same(e, 3_000) {
			t.Errorf("%s: without %s the rows are the same", errorTable[e].Set, errorTable[e].Name)
		}
	}
}

// shares are the errors of which one is certain.
var shares = [][2]errorID{{feGiven, feSocial}, {feInsert, feSwap}, {feDigitInsert, feDigitEmpty}, {deGiven, deDay}}

func TestEveryErrorIsDescribed(t *testing.T) {
	names, known := map[string]bool{}, map[string]bool{}
	for _, s := range sets {
		known[s.Name] = true
	}
	for _, e := range errorTable {
		if e.Name == "" || e.Of == "" || e.Text == "" || e.Rate <= 0 || e.Rate >= 1 || !known[e.Set] {
			t.Errorf("not described: %+v", e)
		}
		if names[e.Set+e.Name] {
			t.Errorf("%s has two errors %s", e.Set, e.Name)
		}
		names[e.Set+e.Name] = true
	}
}

// TestSharesMakeOne holds that what is certain to be one of several errors is.
func TestSharesMakeOne(t *testing.T) {
	for _, g := range shares {
		sum := 0.0
		for e := g[0]; e <= g[1]; e++ {
			sum += errorTable[e].Rate
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%s to %s: %v, want 1", errorTable[g[0]].Name, errorTable[g[1]].Name, sum)
		}
	}
}

// TestMemoryDoesNotGrowWithTheRows writes ten times as many, and is given no more
// than the window to hold.
func TestMemoryDoesNotGrowWithTheRows(t *testing.T) {
	held := func(records int) uint64 {
		var most uint64
		_, err := Write(Output{Data: io.Discard, Progress: func(rows int64) bool {
			if rows%40_000 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
			return true
		}}, Options{Set: "swedish", Records: records, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return most
	}
	if slower > 1 {
		t.Skip("the race detector holds memory of its own")
	}
	small, large := held(80_000), held(400_000)
	if large > small+small/4+1<<20 {
		t.Errorf("%d bytes held for 80 000 rows, %d for 400 000", small, large)
	}
}

func TestStoppingStops(t *testing.T) {
	calls := 0
	_, err := Write(Output{Data: io.Discard, Progress: func(int64) bool { calls++; return calls < 2 }}, Options{Set: "fake1000", Records: 1_000_000, Seed: 1})
	if err == nil || calls != 2 {
		t.Errorf("stopped after %d calls with %v", calls, err)
	}
}

var words = rapid.StringMatching(`[A-ZÅÄÖ][a-zåäöé]{1,12}( [A-ZÅÄÖ][a-zåäö]{1,9})?`)

// TestEditsChangeWhatTheyEdit holds that an error which is counted is there.
func TestEditsChangeWhatTheyEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRNG(rapid.Uint64().Draw(t, "seed"), 0)
		s := words.Draw(t, "word")
		for name, edit := range map[string]func(*rng, string) string{"typo": typo, "misspell": misspell, "respell": respell} {
			if edit(r, s) == s {
				t.Fatalf("%s leaves %q as it is", name, s)
			}
		}
		ascii := strings.ToLower(folds.Replace(s))
		for name, edit := range map[string]func(*rng, string) string{
			"insert": insertLetter, "delete": deleteLetter, "substitute": substituteLetter, "transpose": transposeLetters, "space": space, "sounded": sounded,
		} {
			if edit(r, ascii) == ascii {
				t.Fatalf("%s leaves %q as it is", name, ascii)
			}
		}
	})
}

// TestBrokenNumbersFailTheirCheck holds that an error in a number makes no other
// person's number of it.
func TestBrokenNumbersFailTheirCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRNG(rapid.Uint64().Draw(t, "seed"), 0)
		n := &numbers{seed: r.next()}
		number, _ := n.next(r.dayOf(r.between(firstYear, lastYear)), r.intn(2), r.chance(.5))
		if !checks(number) {
			t.Fatal("a number that is given out fails its check")
		}
		if broken := number[:2] + digitTypo(r, number[2:]); checks(broken) {
			t.Fatalf("one digit of %s changed: %s passes", number, broken)
		}
	})
}

// TestNumbersAreGivenOutOnce empties a day and goes on to the next.
func TestNumbersAreGivenOutOnce(t *testing.T) {
	n := &numbers{seed: 3}
	given := map[string]bool{}
	last := date{lastYear, 12, 31}
	for i := range 2 * numbersADay {
		number, born := n.next(last, 1, false)
		if given[number] {
			t.Fatalf("%s twice", number)
		}
		given[number] = true
		if want := (date{firstYear, 1, 1}); i >= numbersADay && born != want {
			t.Fatalf("number %d is of %s, want the day after", i, born)
		}
	}
}

func TestDrawsAreEven(t *testing.T) {
	r := newRNG(1, 1)
	var seen [10]int
	for range 100_000 {
		seen[r.intn(10)]++
	}
	for i, n := range seen {
		if n < 9_500 || n > 10_500 {
			t.Errorf("%d was drawn %d times of 100 000", i, n)
		}
	}
	l := &list{}
	l.add(3, "a")
	l.add(1, "b", "c")
	count := map[string]int{}
	for range 50_000 {
		count[l.pick(r)]++
	}
	if count["a"] < 29_000 || count["a"] > 31_000 || count["b"] < 9_500 || count["c"] < 9_500 {
		t.Errorf("words of weight 3, 1 and 1 were drawn %v", count)
	}
}
