package synth

import (
	"errors"
	"fmt"
	"slices"
)

// febrlTable is the form of FEBRL's data sets; the truth is in rec_id.
var febrlTable = table{
	columns:   []string{"rec_id", "given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state", "date_of_birth", "soc_sec_id"},
	key:       "rec_id",
	separator: ", ",
	keyOf:     func(n int) string { return fmt.Sprintf("rec-%07d", n+1) },
}

// The columns that modifications are of, in the order of their errors.
const (
	febrlGiven    = 1
	febrlSurname  = 2
	febrlNumber   = 3
	febrlPostcode = 7
	febrlState    = 8
	febrlBirth    = 9
	febrlSocial   = 10
)

const (
	febrlMostModifications = 10
	febrlMostOfAField      = 2
)

// generateFebrl writes originals with up to five duplicates each in one file
// (FEBRL 3), or an original in one file and its duplicate in the other (FEBRL 4).
func generateFebrl(g *generation) error {
	w := febrlWords()
	originals, copies := &filling{sink: g.out}, &filling{sink: g.out}
	if g.next != nil {
		copies = &filling{sink: g.next}
	}
	for n := 0; !originals.full || !copies.full; n++ {
		original := g.febrlOriginal(w)
		entity := fmt.Sprintf("rec-%d", n)
		if err := originals.add(row{cells: original, entity: entity, key: entity + "-org"}); err != nil {
			return err
		}
		duplicates := 1
		if g.next == nil {
			duplicates = g.rng.weighted(42, 15, 14, 14, 10, 5)
		}
		for k := range duplicates {
			duplicate := row{cells: g.febrlDuplicate(w, original), entity: entity, key: fmt.Sprintf("%s-dup-%d", entity, k)}
			if err := copies.add(duplicate); err != nil {
				return err
			}
		}
	}
	return errEnough
}

// filling is a sink that takes no more once it is full.
type filling struct {
	*sink
	full bool
}

func (f *filling) add(r row) error {
	err := f.sink.add(r)
	if errors.Is(err, errEnough) {
		f.full = true
		return nil
	}
	return err
}

func (g *generation) febrlOriginal(w map[string]*list) []string {
	r := g.rng
	or := func(missing float64, value string) string {
		if r.chance(missing) {
			return ""
		}
		return value
	}
	return []string{
		"",
		or(.02, w["given"].pick(r)),
		or(.011, g.febrlSurname(w)),
		or(.035, fmt.Sprint(1+r.skewed(250))),
		or(.018, w["name"].pick(r)+" "+w["street"].pick(r)),
		or(.09, w["property"].pick(r)),
		or(.009, w["suburb"].pick(r)),
		fmt.Sprintf("%04d", r.between(800, 7999)),
		or(.009, w["state"].pick(r)),
		or(.02, compact(r.dayOf(r.between(firstYear, lastYear)))),
		fmt.Sprintf("%07d", r.between(1_000_000, 9_999_999)),
	}
}

// febrlSurname draws a surname; a quarter are rare, made of the parts of English
// ones.
func (g *generation) febrlSurname(w map[string]*list) string {
	if g.rng.chance(.25) {
		return rareEnglish(g.rng)
	}
	return w["surname"].pick(g.rng)
}

// rareEnglish is a surname of two parts.
func rareEnglish(r *rng) string {
	w := english()
	return w["first"].pick(r) + w["last"].pick(r)
}

// febrlDuplicate is a copy with one to ten modifications.
func (g *generation) febrlDuplicate(w map[string]*list, original []string) []string {
	r, d := g.rng, g.dice
	cells := slices.Clone(original)
	var times [febrlSocial + 1]int
	for n := 1; ; n++ {
		field := 0
		for field == 0 || times[field] == febrlMostOfAField || cells[field] == "" {
			field = int(d.one(r, feGiven, feSocial)-feGiven) + febrlGiven
		}
		times[field]++
		g.febrlModify(w, cells, field)
		if n == febrlMostModifications || !d.hits(r, feMore) {
			return cells
		}
	}
}

func (g *generation) febrlModify(w map[string]*list, cells []string, field int) {
	r, d := g.rng, g.dice
	was := cells[field]
	switch field {
	case febrlState:
		if r.chance(.2) {
			cells[field] = ""
			return
		}
		for cells[field] == was {
			cells[field] = w["state"].pick(r)
		}
	case febrlNumber, febrlPostcode, febrlBirth, febrlSocial:
		cells[field] = g.febrlDigits(was, field)
	default:
		switch d.one(r, feInsert, feSwap) {
		case feInsert:
			cells[field] = insertLetter(r, was)
		case feDelete:
			cells[field] = deleteLetter(r, was)
		case feSubstitute:
			cells[field] = substituteLetter(r, was)
		case feTranspose:
			cells[field] = transposeLetters(r, was)
		case feMisspell:
			cells[field] = sounded(r, was)
		case feSpace:
			cells[field] = space(r, was)
		case feEmpty:
			cells[field] = ""
		default:
			if field == febrlGiven || field == febrlSurname {
				cells[febrlGiven], cells[febrlSurname] = cells[febrlSurname], cells[febrlGiven]
			} else if cells[field] = reordered(was); cells[field] == was {
				cells[field] = transposeLetters(r, was)
			}
		}
	}
}

func (g *generation) febrlDigits(was string, field int) string {
	r := g.rng
	fixed := field != febrlNumber
	switch e := g.dice.one(r, feDigitInsert, feDigitEmpty); {
	case e == feDigitInsert && !fixed:
		i := r.intn(len(was) + 1)
		return was[:i] + fmt.Sprint(r.intn(10)) + was[i:]
	case e == feDigitDelete && !fixed && len(was) > 1:
		i := r.intn(len(was))
		return was[:i] + was[i+1:]
	case e == feDigitTranspose:
		if t := transposed(r, was); t != was {
			return t
		}
	case e == feDigitEmpty && (!fixed || field == febrlBirth):
		return ""
	}
	return digitTypo(r, was)
}
