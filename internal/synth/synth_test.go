package synth_test

import (
	"bytes"
	"encoding/csv"
	"testing"

	"github.com/karna-registry/karna/internal/synth"
)

// generate writes a set and reads it back, by column.
func generate(t testing.TB, set string, records int, seed uint64) []map[string]string {
	t.Helper()
	var data bytes.Buffer
	if _, err := synth.Write(synth.Output{Data: &data}, synth.Options{Set: set, Records: records, Seed: seed}); err != nil {
		t.Fatal(err)
	}
	return parse(t, &data)
}

func parse(t testing.TB, data *bytes.Buffer) []map[string]string {
	t.Helper()
	r := csv.NewReader(data)
	r.TrimLeadingSpace = true
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, line := range all[1:] {
		row := map[string]string{}
		for i, c := range line {
			row[all[0][i]] = c
		}
		out = append(out, row)
	}
	return out
}

func TestASetHasTheRowsAskedFor(t *testing.T) {
	for _, set := range synth.Sets() {
		for _, n := range []int{1, 2, 999} {
			if rows := generate(t, set.Name, n, 3); len(rows) != n {
				t.Errorf("%s: %d rows, want %d", set.Name, len(rows), n)
			}
		}
	}
}
