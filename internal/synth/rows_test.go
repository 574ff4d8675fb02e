package synth_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/synth"
	"github.com/karna-registry/karna/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden hashes and the documentation anew")

// TestTheSameSeedGivesTheSameBytes holds every set to bytes that were written
// before, perhaps on another machine.
func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	var got strings.Builder
	for _, s := range synth.Sets() {
		for _, o := range []synth.Options{{Set: s.Name, Records: 3_000, Seed: 1}, {Set: s.Name, Records: 3_000, Seed: 2}, {Set: s.Name, Records: 3_000, Seed: 1, Link: true}} {
			if o.Link && !s.Link {
				continue
			}
			a, b := sha256.New(), sha256.New()
			to := synth.Output{Data: a, Truth: b}
			if o.Link {
				to.Second = b
			}
			if _, err := synth.Write(to, o); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "%s seed %d link %v: %x %x\n", o.Set, o.Seed, o.Link, a.Sum(nil)[:12], b.Sum(nil)[:12])
		}
	}
	golden(t, filepath.Join("internal", "synth", "testdata", "hashes.txt"), got.String())
}

// golden compares with a file of the repository, or writes it.
func golden(t *testing.T, rel, got string) {
	t.Helper()
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, rel)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is stale: run go test ./internal/synth -update and look at the difference\n%s", rel, got)
	}
}

// TestTheDocumentationHasTheErrorModel makes the tables of docs/synth.md.
func TestTheDocumentationHasTheErrorModel(t *testing.T) {
	root, err := testkit.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "synth.md"))
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- begin: made of internal/synth -->\n", "<!-- end -->"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/synth.md has lost the marks between which the error model stands")
	}
	var b strings.Builder
	b.WriteString(before + begin)
	for _, s := range synth.Sets() {
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n| error | rate | of each | what |\n|---|---|---|---|\n", s.Name, strings.ToUpper(s.About[:1])+s.About[1:])
		for _, e := range synth.Errors() {
			if e.Set == s.Name {
				fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", e.Name, strconv.FormatFloat(e.Rate, 'g', -1, 64), e.Of, e.Text)
			}
		}
	}
	golden(t, filepath.Join("docs", "synth.md"), b.String()+"\n"+end+after)
}

// TestShareOfEmptyValues looks at the rows alone: a value that the model says is
// missing is.
func TestShareOfEmptyValues(t *testing.T) {
	rate := map[string]float64{}
	for _, e := range synth.Errors() {
		rate[e.Set+" "+e.Name] = e.Rate
	}
	columns := map[string]map[string]string{
		"swedish":       {"personnummer": "number-missing", "fodelsedatum": "birth-missing", "kon": "sex-missing", "gatuadress": "address-missing", "postnummer": "address-missing"},
		"historical":    {"first_name": "given-missing", "surname": "surname-missing", "dob": "birth-missing", "birth_place": "place-missing", "postcode_fake": "postcode-missing", "gender": "gender-missing", "occupation": "occupation-missing"},
		"fake1000":      {"first_name": "given-missing", "surname": "surname-missing", "city": "city-missing", "email": "email-missing"},
		"organisations": {"organisationsnummer": "number-missing", "gatuadress": "address-missing", "telefon": "phone-missing", "epost": "email-missing"},
		"services":      {"beskrivning": "description-missing", "enhet": "unit-missing", "url": "url-missing"},
		"places":        {"north": "position-missing"},
		"roles":         {"personnummer": "number-missing", "enhetskod": "code-missing", "omfattning": "extent-missing", "epost": "email-missing"},
	}
	for set, wanted := range columns {
		rows := generate(t, set, 20_000/synth.Slower, 4)
		for column, name := range wanted {
			empty := 0
			for _, r := range rows {
				if r[column] == "" {
					empty++
				}
			}
			want := rate[set+" "+name]
			if got := float64(empty) / float64(len(rows)); want == 0 || math.Abs(got-want) > 5*math.Sqrt(want*(1-want)/float64(len(rows)))+.004 {
				t.Errorf("%s: %s is empty in %.4f of the rows, want %.4f (%s)", set, column, got, want, name)
			}
		}
	}
}

func TestFebrlDuplicatesDifferAsMuchAsTheModelSays(t *testing.T) {
	rows := generate(t, "febrl", 10_000, 4)
	original, duplicates := map[string]map[string]string{}, map[string]int{}
	for _, r := range rows {
		if entity, ok := strings.CutSuffix(r["rec_id"], "-org"); ok {
			original[entity] = r
		}
	}
	changed, count := 0, 0
	for _, r := range rows {
		entity, k, ok := strings.Cut(r["rec_id"], "-dup-")
		o := original[entity]
		if !ok || o == nil {
			continue
		}
		if n, err := strconv.Atoi(k); err != nil || n > 4 {
			t.Errorf("%s: want at most five duplicates", r["rec_id"])
		}
		duplicates[entity]++
		count++
		fields := 0
		for column := range r {
			if column != "rec_id" && r[column] != o[column] {
				fields++
			}
		}
		if fields > 10 {
			t.Errorf("%s differs in %d fields", r["rec_id"], fields)
		}
		changed += fields
	}
	// One modification, and another with probability .6 after each: 2.5 on the
	// average, some of them of one field.
	if mean := float64(changed) / float64(count); mean < 2.1 || mean > 2.5 {
		t.Errorf("%.2f fields of a duplicate differ, want about 2.3", mean)
	}
	if share := float64(count) / float64(len(rows)); share < .55 || share > .65 {
		t.Errorf("%.2f of the rows are duplicates, want about .6", share)
	}
}

func TestFebrlFilesToLinkHaveNoDuplicates(t *testing.T) {
	var a, b bytes.Buffer
	if _, err := synth.Write(synth.Output{Data: &a, Second: &b}, synth.Options{Set: "febrl", Records: 2_000, Seed: 1, Link: true}); err != nil {
		t.Fatal(err)
	}
	first := parse(t, &a)
	entities := map[string]bool{}
	for _, r := range first {
		entities[strings.TrimSuffix(r["rec_id"], "-org")] = true
	}
	second := parse(t, &b)
	for _, r := range second {
		entity := strings.TrimSuffix(r["rec_id"], "-dup-0")
		if !entities[entity] {
			t.Errorf("%s has no original, or two duplicates", r["rec_id"])
		}
		delete(entities, entity)
	}
	if len(first) != 1_000 || len(second) != 1_000 {
		t.Errorf("%d and %d rows", len(first), len(second))
	}
}

func TestGermanDuplicatesHaveOneErrorOrTwo(t *testing.T) {
	rows := generate(t, "german", 10_000, 4)
	of := map[string][]map[string]string{}
	for _, r := range rows {
		of[r["identity"]] = append(of[r["identity"]], r)
	}
	pairs := 0
	for entity, all := range of {
		if len(all) > 2 {
			t.Errorf("%s has %d rows", entity, len(all))
		}
		if len(all) < 2 {
			continue
		}
		pairs++
		fields := 0
		for column := range all[0] {
			if column != "id" && all[0][column] != all[1][column] {
				fields++
			}
		}
		if fields < 1 || fields > 4 { // swapped names are two fields
			t.Errorf("%s: the rows differ in %d fields", entity, fields)
		}
	}
	if pairs < 900 || pairs > 1_100 {
		t.Errorf("%d duplicates among 10 000, want about 1 000", pairs)
	}
}

// TestLargerSetsHaveMoreNames holds that names do not get commoner as a set
// grows, beyond the commonest.
func TestLargerSetsHaveMoreNames(t *testing.T) {
	surnames := func(n int) (distinct int, commonest float64) {
		count := map[string]int{}
		for _, r := range generate(t, "swedish", n, 4) {
			count[strings.ToUpper(r["efternamn"])]++
		}
		most := 0
		for _, c := range count {
			most = max(most, c)
		}
		return len(count), float64(most) / float64(n)
	}
	small, a := surnames(40_000 / synth.Slower)
	large, b := surnames(160_000 / synth.Slower)
	if large < 2*small || b > a*1.2 {
		t.Errorf("%d surnames in a set, the commonest %.4f; %d in one of four times the rows, %.4f", small, a, large, b)
	}
}
