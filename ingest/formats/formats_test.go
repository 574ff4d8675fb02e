package formats

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryFormatIsFoundByItsName(t *testing.T) {
	names := Names()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("names %v are not sorted and distinct", names)
	}
	for _, want := range []string{"csv", "paxml", "ss12000"} {
		f, err := ByName(want)
		if err != nil || f.Name() != want || f.Version() == "" {
			t.Errorf("%s: got %v, %v", want, f, err)
		}
	}
}

func TestAnUnknownFormatIsToldWhatThereIs(t *testing.T) {
	if _, err := ByName("sie"); err == nil || !strings.Contains(err.Error(), "csv, paxml, ss12000") {
		t.Errorf("got %v", err)
	}
}
