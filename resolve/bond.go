package resolve

import (
	"slices"

	"github.com/karna-registry/karna/model"
)

// bond is a set of records each hub of which has a must-link with every other
// member. Without hubs of its own every member is one. It stands for all those
// pairs without listing them. Positions ascend.
type bond struct {
	all  []int32
	hubs []int32
}

func (b *bond) isHub(i int32) bool {
	if b.hubs == nil {
		return true
	}
	_, ok := slices.BinarySearch(b.hubs, i)
	return ok
}

// partners are the members that i has a must-link with and that come after it.
func (b *bond) partners(i int32) []int32 {
	of := b.all
	if !b.isHub(i) {
		of = b.hubs
	}
	at, _ := slices.BinarySearch(of, i+1)
	return of[at:]
}

// bonds are the must-links among the holders of one unique value, as far as
// something agrees beside it: for persons a word of a name or a birth date. What
// only silence allows is not here (see silentLinks).
func (s *solver) bonds(holders []int32) []bond {
	if len(holders) < 2 {
		return nil
	}
	if s.kindAt(holders[0]) != model.Person {
		return []bond{{all: holders}}
	}
	var out []bond
	byWord := map[string][]int32{}
	var words []string
	for _, i := range holders {
		for _, w := range s.characterAt(i).names {
			if byWord[w] == nil {
				words = append(words, w)
			}
			byWord[w] = append(byWord[w], i)
		}
	}
	for _, w := range words {
		if len(byWord[w]) > 1 {
			out = append(out, bond{all: byWord[w]})
		}
	}
	return s.appendBirthBonds(out, holders)
}

// appendBirthBonds links who state one day, and who states only a month or a
// year with everyone born in it.
func (s *solver) appendBirthBonds(out []bond, holders []int32) []bond {
	var dates []model.Date
	within, exactly := map[model.Date][]int32{}, map[model.Date][]int32{}
	put := func(m map[model.Date][]int32, d model.Date, i int32) {
		if at := m[d]; len(at) == 0 || at[len(at)-1] != i {
			m[d] = append(at, i)
		}
	}
	for _, i := range holders {
		for _, d := range s.characterAt(i).born {
			if exactly[d] == nil {
				dates = append(dates, d)
			}
			put(exactly, d, i)
			put(within, d, i)
			if d.Day != 0 {
				put(within, model.Date{Year: d.Year, Month: d.Month}, i)
			}
			if d.Month != 0 {
				put(within, model.Date{Year: d.Year}, i)
			}
		}
	}
	for _, d := range dates {
		switch {
		case len(within[d]) < 2:
		case d.Day != 0:
			out = append(out, bond{all: within[d]})
		default:
			out = append(out, bond{all: within[d], hubs: exactly[d]})
		}
	}
	return out
}

// What a holder of an identifier can be checked against.
const (
	hasNames uint8 = 1 << iota
	hasBirth
)

func (s *solver) stance(i int32) uint8 {
	var f uint8
	c := s.characterAt(i)
	if len(c.names) > 0 {
		f |= hasNames
	}
	if len(c.born) > 0 {
		f |= hasBirth
	}
	return f
}

// tryInOrder tries every must-link of the bonds, pair by pair in the order of
// record keys (the lower first, then the higher), skipping pairs whose answer is
// already known: a cluster that has been refused another stays refused, since
// clusters only grow.
func (s *solver) tryInOrder(members []int32, bonds []bond) {
	at := map[int32][]int32{}
	for b := range bonds {
		for _, i := range bonds[b].all {
			at[i] = append(at[i], int32(b))
		}
	}
	hubsTried := make([][]int32, len(bonds))
	leavesTried := make([][]int32, len(bonds))
	tried := func(by []int32, i int32) bool {
		for _, j := range by {
			if s.find(j) == s.find(i) {
				return true
			}
		}
		return false
	}
	var partners []int32
	for _, i := range members {
		partners = partners[:0]
		for _, b := range at[i] {
			switch hub := bonds[b].isHub(i); {
			case tried(hubsTried[b], i), !hub && tried(leavesTried[b], i):
				continue
			case hub:
				hubsTried[b] = append(hubsTried[b], i)
			default:
				leavesTried[b] = append(leavesTried[b], i)
			}
			partners = append(partners, bonds[b].partners(i)...)
		}
		if len(at[i]) > 1 {
			slices.Sort(partners)
			partners = slices.Compact(partners)
		}
		for _, j := range partners {
			s.tryUnite(i, j)
		}
	}
}
