package match_test

import (
	"strings"
	"testing"

	"github.com/karna-registry/karna/resolve/match"
)

// levelOf is the level that a comparison of two persons comes to.
func levelOf(t *testing.T, comparison string, a, b []string) string {
	t.Helper()
	shipped, err := match.Default(personSchema.Kind)
	if err != nil {
		t.Fatal(err)
	}
	table := named(t, personSchema, [][]string{a, b}, []uint64{1, 2})
	for _, s := range match.NewWeigher(table, match.Freeze(table, shipped)).Explain(0, 1).Steps {
		if s.Comparison == comparison {
			return s.Level
		}
	}
	t.Fatalf("no comparison %s", comparison)
	return ""
}

func person(given, family, born string) []string {
	return []string{"", given, family, born, "", "", "", "", "", "", ""}
}

func TestSwappedNamesMayHaveSlipped(t *testing.T) {
	for _, c := range []struct{ given, family, otherGiven, otherFamily, want string }{
		{"Sanford", "Ethan", "Ethsn", "Sanndord", "swapped"}, // two slips in one, one in the other
		{"Brooke", "Berber", "Berber", "Brokoe", "swapped"},
		{"Kalle", "Berg", "Lind", "Kalle", "different"},
	} {
		if got := levelOf(t, "given", person(c.given, c.family, "1871-06-24"), person(c.otherGiven, c.otherFamily, "1871-06-24")); got != c.want {
			t.Errorf("%s %s and %s %s: %s, want %s", c.given, c.family, c.otherGiven, c.otherFamily, got, c.want)
		}
	}
}

func TestADateWithASlipSaysWhatStands(t *testing.T) {
	if got := levelOf(t, "birth", person("Anna", "Berg", "18710682"), person("Anna", "Berg", "18710628")); !strings.Contains(got, "year") {
		t.Errorf("one year, and a day that there is not: %s", got)
	}
	if got := levelOf(t, "birth", person("Anna", "Berg", "18710682"), person("Anna", "Berg", "18320628")); got == "unstated" {
		t.Error("two years say nothing because a day is wrong")
	}
}
