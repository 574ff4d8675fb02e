package match_test

import (
	"testing"

	"github.com/karna-registry/karna/resolve/match"
)

// lines are persons of whom nothing but names and the lines of an address are known.
func lines(given, family, street, second string) []string {
	row := person(given, family, "")
	row[6], row[8] = street, "Haninge"
	return append(row, "", "", "", "", "", second)
}

func TestLinesOfAnAddressStandCrosswise(t *testing.T) {
	for _, c := range []struct {
		name                       string
		street, line, other, under string
		want, second               string
	}{
		{"as they stand", "Storgatan 1", "Solgården", "Storgatan 1", "Solgården", "same street and number", "same"},
		{"in each other's place", "Storgatan 1", "Solgården", "Solgården", "Storgatan 1", "same street", "unstated"},
		{"with a slip in each", "Storgatan 1", "Solgården", "Solgrden", "Storgtan 1", "street near", "unstated"},
		{"with words in another order", "Norra Storgatan 1", "Solgården", "Storgatan Norra 1", "Solgården", "number and street near", "same"},
		{"one of them unstated", "Storgatan 1", "", "", "Storgatan 1", "same street", "unstated"},
		{"only one of them is the other's", "Storgatan 1", "Solgården", "Hagen", "Storgatan 1", "same place", "different"},
		{"two houses of one name", "Storgatan 1", "Solgården", "Lillgatan 7", "Solgården", "same place", "same"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := lines("Anna", "Berg", c.street, c.line), lines("Anna", "Berg", c.other, c.under)
			for range 2 {
				if got := levelOf(t, "address", a, b); got != c.want {
					t.Errorf("address: %s, want %s", got, c.want)
				}
				if got := levelOf(t, "text:careOf", a, b); got != c.second {
					t.Errorf("second line: %s, want %s", got, c.second)
				}
				a, b = b, a
			}
		})
	}
}

// Nobody but the lines finds these two: all else is unstated or differs.
func TestALineFindsItsRecordWhereverItStands(t *testing.T) {
	rows := append(town(40), lines("Kestutis", "Vaitkus", "Rosenlundsgatan", "Vita huset"), lines("Kestutis", "Norberg", "Vita huset", "Rosenlundsgatan"))
	for _, r := range rows[40:] {
		r[8] = "" // the town would find them
	}
	r := resolved(t, build(t, personSchema, rows), match.Options{Workers: 2})
	for _, k := range r.Keys {
		if k.Key == "line of address, given name" && k.Pairs == 1 {
			return
		}
	}
	t.Errorf("no key of the lines found them: %+v", r.Keys)
}
