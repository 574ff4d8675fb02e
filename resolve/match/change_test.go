package match_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/karna-registry/karna/resolve/match"
)

func TestChangesAreNamed(t *testing.T) {
	for name, c := range map[string]struct {
		now, then []uint32
		want      []string
	}{
		"none":  {[]uint32{0, 0, 1}, []uint32{7, 7, 9}, nil},
		"join":  {[]uint32{0, 1, 2}, []uint32{0, 0, 2}, []string{"join"}},
		"split": {[]uint32{0, 0, 0}, []uint32{0, 0, 2}, []string{"split"}},
		"move":  {[]uint32{0, 0, 1, 1}, []uint32{0, 0, 0, 1}, []string{"move"}},
		"two":   {[]uint32{0, 0, 1, 2}, []uint32{0, 3, 1, 1}, []string{"split", "join"}},
	} {
		got := match.Changes(c.now, c.then)
		if len(got) != len(c.want) {
			t.Errorf("%s: %v", name, got)
			continue
		}
		for i := range got {
			if got[i].Kind != c.want[i] {
				t.Errorf("%s: change %d is a %s, want a %s", name, i, got[i].Kind, c.want[i])
			}
		}
	}
}

func TestChangesHoldEveryRecordOnce(t *testing.T) {
	part := rapid.SliceOfN(rapid.Uint32Range(0, 4), 8, 8)
	rapid.Check(t, func(t *rapid.T) {
		now, then := part.Draw(t, "now"), part.Draw(t, "then")
		seen := map[int]int{}
		for _, c := range match.Changes(now, then) {
			for side, groups := range [2][][]int{c.From, c.To} {
				for _, g := range groups {
					for _, i := range g {
						seen[i] += 1 << (4 * side)
					}
				}
			}
		}
		for i, n := range seen {
			if n != 0x11 {
				t.Fatalf("record %d is named %x times", i, n)
			}
		}
	})
}
