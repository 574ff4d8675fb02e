package synth

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
)

// germanTable is the form of RLdata10000.
var germanTable = table{
	columns: []string{"id", "fname_c1", "fname_c2", "lname_c1", "lname_c2", "by", "bm", "bd", "identity"},
	key:     "id", truth: "identity",
	keyOf: func(n int) string { return fmt.Sprint(n + 1) },
}

// Columns of germanTable.
const (
	deFname  = 1
	deFname2 = 2
	deLname  = 3
	deLname2 = 4
	deBy     = 5
	deBm     = 6
	deBd     = 7
)

// generateGerman writes nine originals of ten rows, and a duplicate of every
// ninth.
func generateGerman(g *generation) error {
	w, r := germanWords(), g.rng
	for n := 1; ; n++ {
		original := g.german(w)
		entity := fmt.Sprint(n)
		if err := g.out.add(row{cells: original, entity: entity}); err != nil {
			return err
		}
		if r.intn(9) == 0 {
			if err := g.out.add(row{cells: g.germanDuplicate(w, original), entity: entity}); err != nil {
				return err
			}
		}
	}
}

func (g *generation) german(w map[string]*list) []string {
	r := g.rng
	given := w[pick(r, []string{"m", "f"})]
	cells := make([]string, len(germanTable.columns))
	cells[deFname] = given.pick(r)
	if r.chance(.09) {
		cells[deFname2] = given.pick(r)
	}
	cells[deLname] = g.germanSurname(w)
	if r.chance(.012) {
		cells[deLname2] = g.germanSurname(w)
	}
	born := r.dayOf(r.between(firstYear, lastYear))
	cells[deBy], cells[deBm], cells[deBd] = fmt.Sprint(born.year), fmt.Sprint(born.month), fmt.Sprint(born.day)
	return cells
}

// germanSurname draws a surname; rare ones take more of a larger set.
func (g *generation) germanSurname(w map[string]*list) string {
	r := g.rng
	rare := min(150+30*bits.Len(uint(g.Records/1000)), 500) //nolint:gosec // positive
	if r.intn(1000) < rare {
		return w["first"].pick(r) + w["last"].pick(r)
	}
	return w["surname"].pick(r)
}

func (g *generation) germanDuplicate(w map[string]*list, original []string) []string {
	r, d := g.rng, g.dice
	cells := slices.Clone(original)
	first := g.germanError(w, cells, -1)
	if d.hits(r, deMore) {
		g.germanError(w, cells, first)
	}
	return cells
}

// germanError makes one error, of another kind than the one given.
func (g *generation) germanError(w map[string]*list, cells []string, but errorID) errorID {
	r := g.rng
	e := but
	for e == but {
		e = g.dice.one(r, deGiven, deDay)
	}
	switch e {
	case deGiven:
		cells[deFname] = typo(r, cells[deFname])
	case deSurname:
		cells[deLname] = typo(r, cells[deLname])
	case deSecond:
		if cells[deFname2] != "" {
			cells[deFname2] = ""
		} else {
			cells[deFname2] = w[pick(r, []string{"m", "f"})].pick(r)
		}
	case deSwapped:
		cells[deFname], cells[deLname] = cells[deLname], cells[deFname]
	case deYear:
		for {
			t := cells[deBy][:2] + digitTypo(r, cells[deBy][2:])
			if r.chance(.3) {
				t = cells[deBy][:2] + transposed(r, cells[deBy][2:])
			}
			if t != cells[deBy] {
				cells[deBy] = t
				break
			}
		}
	case deMonth:
		cells[deBm] = otherOf(r, cells[deBm], 12)
	default:
		cells[deBd] = otherOf(r, cells[deBd], 28)
	}
	return e
}

// otherOf is another number from 1 to n: half the time the next or the one before.
func otherOf(r *rng, s string, n int) string {
	was, _ := strconv.Atoi(s)
	for {
		now := r.between(1, n)
		if r.chance(.5) {
			now = was - 1 + 2*r.intn(2)
		}
		if now != was && now >= 1 && now <= n {
			return strconv.Itoa(now)
		}
	}
}
