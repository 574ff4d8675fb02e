package match_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/karna-registry/karna/resolve/match"
)

func jsonOf(t *testing.T, m *match.Model) []byte {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// word is one of many made-up words, the same for the same number.
func word(n int) string {
	parts := []string{"ba", "ko", "li", "mu", "ne", "ri", "so", "tu", "va", "ge", "dy", "fo"}
	x := uint32(n)*2654435761 + 12345
	s := ""
	for range 4 {
		s += parts[x%12]
		x /= 12
	}
	return s
}

// town is n records of n/2 persons, two a person: the second has one slip.
func town(n int) [][]string {
	var rows [][]string
	for i := range n / 2 {
		given, family := word(i%40), word(100+i%97)
		born := fmt.Sprintf("18%02d-%02d-%02d", i%90+10, i%12+1, i%27+1)
		street := fmt.Sprintf("%sgatan %d", word(300+i%50), i%60+1)
		row := []string{"", given, family, born, "", fmt.Sprintf("070%07d", i*37), street, fmt.Sprint(11100 + i%40), "Haninge", "", ""}
		again := append([]string(nil), row...)
		switch i % 4 {
		case 0:
			again[1] = given[:3] + given[4:]
		case 1:
			again[5] = ""
		case 2:
			again[3] = born[:9] + "1"
		case 3:
			again[6], again[7] = "", ""
		}
		rows = append(rows, row, again)
	}
	return rows
}
