package synth_test

import (
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/synth"
	"github.com/karna-registry/karna/model"
)

// TestNumbersAreValidAndOfOnePersonOnly holds what a matcher may rely on: a
// number that passes its rule belongs to one person, born 1800–1899, and is
// wrong only where it fails its rule.
func TestNumbersAreValidAndOfOnePersonOnly(t *testing.T) {
	rows := generate(t, "swedish", 30_000/synth.Slower, 7)
	owner := map[string]string{}
	numbers := map[string]map[string]bool{}
	failed, given := 0, 0
	for _, r := range rows {
		if r["personnummer"] == "" {
			continue
		}
		given++
		id, err := model.ParsePersonalNumber(r["personnummer"], model.Date{})
		if err != nil {
			failed++
			continue
		}
		if !strings.HasPrefix(id.Value, "18") {
			t.Fatalf("row %s: a valid number that is not of 1800–1899", r["id"])
		}
		who := r["person_id"]
		if other, ok := owner[id.Value]; ok && other != who {
			t.Fatalf("row %s: %s and %s have the same valid number", r["id"], who, other)
		}
		owner[id.Value] = who
		if numbers[who] == nil {
			numbers[who] = map[string]bool{}
		}
		numbers[who][string(id.Scheme)+id.Value] = true
		perScheme := 0
		for n := range numbers[who] {
			if strings.HasPrefix(n, string(id.Scheme)) {
				perScheme++
			}
		}
		if perScheme > 1 {
			t.Fatalf("row %s: %s has two valid numbers of one scheme", r["id"], who)
		}
	}
	if share := float64(failed) / float64(given); share < .018 || share > .032 {
		t.Errorf("%.4f of the numbers fail their rule, want about .025", share)
	}
	missing := 1 - float64(given)/float64(len(rows))
	if missing < .18 || missing > .22 {
		t.Errorf("%.4f of the rows have no personnummer, want a fifth", missing)
	}
}

func TestPersonsHaveOneToEightRecords(t *testing.T) {
	rows := generate(t, "swedish", 30_000/synth.Slower, 7)
	size := map[string]int{}
	for _, r := range rows {
		size[r["person_id"]]++
	}
	most := 0
	for _, n := range size {
		most = max(most, n)
	}
	if mean := float64(len(rows)) / float64(len(size)); mean < 2 || mean > 3 || most != 8 {
		t.Errorf("%.2f records a person, at most %d; want 2 to 3, at most 8", mean, most)
	}
}
