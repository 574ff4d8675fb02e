package synth

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

// favour gives one error of a share nine tenths of it, until the test ends.
func favour(t *testing.T, e errorID) {
	t.Helper()
	kept := errorTable
	t.Cleanup(func() { errorTable = kept })
	for _, g := range shares {
		if e < g[0] || e > g[1] {
			continue
		}
		for other := g[0]; other <= g[1]; other++ {
			errorTable[other].Rate = .1 / float64(g[1]-g[0])
		}
		errorTable[e].Rate = .9
	}
}

// differing is how large a part of the duplicates differs from the original in
// each column, and in any.
func differing(t *testing.T, set string, entity func(row []string) (string, bool)) (of map[string]float64, some float64) {
	t.Helper()
	data, _ := write(t, set, 2_000, 9)
	r := csv.NewReader(bytes.NewReader(data))
	r.TrimLeadingSpace = true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	originals := map[string][]string{}
	for _, row := range rows[1:] {
		if e, duplicate := entity(row); !duplicate && originals[e] == nil {
			originals[e] = row
		}
	}
	of = map[string]float64{}
	count := 0.0
	for _, row := range rows[1:] {
		e, duplicate := entity(row)
		original := originals[e]
		if original == nil || original[0] == row[0] || set == "febrl" && !duplicate {
			continue
		}
		count++
		differs := false
		for i, column := range rows[0] {
			if row[i] != original[i] && i > 0 {
				of[column]++
				differs = true
			}
		}
		if differs {
			some++
		}
	}
	for column := range of {
		of[column] /= count
	}
	return of, some / count
}

func febrlEntity(row []string) (string, bool) {
	e, _, duplicate := strings.Cut(strings.TrimSuffix(row[0], "-org"), "-dup-")
	return e, duplicate
}

// TestModificationsAreOfTheirField favours one field after the other.
func TestModificationsAreOfTheirField(t *testing.T) {
	for e := feGiven; e <= feSocial; e++ {
		t.Run(errorTable[e].Name, func(t *testing.T) {
			favour(t, e)
			errorTable[feMore].Rate = 0
			column := febrlTable.columns[febrlGiven+int(e-feGiven)]
			if of, _ := differing(t, "febrl", febrlEntity); of[column] < .75 {
				t.Errorf("%s differs in %.2f of the duplicates, want most", column, of[column])
			}
		})
	}
	for e, column := range map[errorID]string{deGiven: "fname_c1", deSurname: "lname_c1", deSecond: "fname_c2", deSwapped: "lname_c1", deYear: "by", deMonth: "bm", deDay: "bd"} {
		t.Run(errorTable[e].Name, func(t *testing.T) {
			favour(t, e)
			errorTable[deMore].Rate = 0
			if of, _ := differing(t, "german", func(row []string) (string, bool) { return row[8], false }); of[column] < .75 {
				t.Errorf("%s differs in %.2f of the duplicates, want most", column, of[column])
			}
		})
	}
}

// TestEveryKindOfModificationModifies favours one kind after the other, in a
// field of its sort.
func TestEveryKindOfModificationModifies(t *testing.T) {
	for e := feInsert; e <= feDigitEmpty; e++ {
		t.Run(errorTable[e].Name, func(t *testing.T) {
			favour(t, e)
			field := feSurname
			if e >= feDigitInsert {
				field = feNumber
			}
			for other := feGiven; other <= feSocial; other++ {
				errorTable[other].Rate = .01
			}
			errorTable[field].Rate = .91
			errorTable[feMore].Rate = 0
			if _, some := differing(t, "febrl", febrlEntity); some < .95 {
				t.Errorf("%.2f of the duplicates differ, want nearly all", some)
			}
		})
	}
}
